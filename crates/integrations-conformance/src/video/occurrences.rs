//! Meetings that repeat.

use integrations_core::calendar::recurrence::RRule;
use integrations_core::video::{Meeting, MeetingKind, MeetingPatch, MeetingStatus, MeetingTarget};

use super::Harness;
use super::harness::day;
use crate::{Failure, Verdict, ensure, ensure_eq};

async fn repeats(h: &Harness, rule: &str) -> Result<Meeting, Failure> {
    let rule: RRule = rule.parse()?;
    let new = h.meeting("Repeats", 3)?.with_recurrence(rule);
    let made = h.meetings.create_meeting(new).await?;
    Ok(h.meetings.get_meeting(&made.id).await?)
}

pub(super) async fn a_meeting_repeats_as_its_rule_says(h: Harness) -> Verdict {
    let meeting = repeats(&h, "FREQ=DAILY;COUNT=3").await?;
    ensure_eq!(meeting.kind, MeetingKind::Recurring, "the kind");
    ensure_eq!(
        meeting.recurrence.map(|rule| rule.to_string()).as_deref(),
        Some("FREQ=DAILY;COUNT=3"),
        "the rule"
    );
    let starts: Vec<_> = meeting
        .occurrences
        .iter()
        .map(|one| one.start.clone())
        .collect();
    ensure_eq!(starts, [day(3)?, day(4)?, day(5)?], "the occurrences");
    ensure!(
        meeting
            .occurrences
            .iter()
            .all(|one| one.duration_minutes == 30),
        "a duration is another"
    );
    Ok(())
}

pub(super) async fn occurrences_keep_the_hour_on_the_clock(h: Harness) -> Verdict {
    let meeting = repeats(&h, "FREQ=MONTHLY;COUNT=12").await?;
    ensure!(
        meeting.occurrences.len() >= 7,
        "there are {} occurrences",
        meeting.occurrences.len()
    );
    let berlin = jiff::tz::TimeZone::get("Europe/Berlin")
        .map_err(|error| Failure::new(error.to_string()))?;
    for one in &meeting.occurrences {
        let instant = one.start.to_timestamp(&berlin)?;
        ensure_eq!(
            berlin.to_datetime(instant).hour(),
            9,
            "the hour of {}",
            one.start
        );
    }
    Ok(())
}

pub(super) async fn one_occurrence_is_moved_alone(h: Harness) -> Verdict {
    let meeting = repeats(&h, "FREQ=DAILY;COUNT=3").await?;
    let target = MeetingTarget::occurrence(meeting.id.clone(), meeting.occurrences[1].id.clone());
    let patch = MeetingPatch::default()
        .with_start(day(20)?)
        .with_duration(60);
    h.meetings.update_meeting(target, patch).await?;
    let read = h.meetings.get_meeting(&meeting.id).await?;
    let mut times: Vec<_> = read
        .occurrences
        .iter()
        .map(|one| (one.start.wall(), one.duration_minutes))
        .collect();
    times.sort_unstable();
    let expected = [
        (day(3)?.wall(), 30),
        (day(5)?.wall(), 30),
        (day(20)?.wall(), 60),
    ];
    ensure_eq!(times, expected, "the occurrences");
    Ok(())
}

pub(super) async fn one_occurrence_is_cancelled_alone(h: Harness) -> Verdict {
    let meeting = repeats(&h, "FREQ=DAILY;COUNT=3").await?;
    let target = MeetingTarget::occurrence(meeting.id.clone(), meeting.occurrences[1].id.clone());
    for _ in 0..2 {
        h.meetings.cancel_meeting(target.clone()).await?;
    }
    let read = h.meetings.get_meeting(&meeting.id).await?;
    let starts: Vec<_> = read
        .occurrences
        .iter()
        .map(|one| one.start.clone())
        .collect();
    ensure_eq!(starts, [day(3)?, day(5)?], "the occurrences");
    Ok(())
}

pub(super) async fn a_repeating_meeting_can_be_held_again(h: Harness) -> Verdict {
    let meeting = repeats(&h, "FREQ=DAILY;COUNT=3").await?;
    for _ in 0..2 {
        h.begin(&meeting.id).await?;
        h.meetings.end_meeting(&meeting.id).await?;
        let read = h.meetings.get_meeting(&meeting.id).await?;
        ensure_eq!(read.status, MeetingStatus::Waiting, "the status");
    }
    Ok(())
}
