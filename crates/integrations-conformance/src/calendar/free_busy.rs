//! Free/busy, and times to meet.

use integrations_core::calendar::{
    CalendarId, EventPatch, EventStatus, MeetingTimeQuery, ShowAs, Subject, UpdateOptions,
};
use integrations_core::time::TimeRange;
use jiff::SignedDuration;

use super::Harness;
use super::harness::span;
use crate::{Failure, Verdict, ensure, ensure_eq};

/// 1 June 2026, in UTC.
fn day() -> Result<TimeRange, Failure> {
    span("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")
}

async fn busy(
    h: &Harness,
    calendar: &CalendarId,
    range: TimeRange,
) -> Result<Vec<String>, Failure> {
    let answer = h
        .calendar
        .free_busy(&[Subject::from(calendar)], range)
        .await?;
    ensure_eq!(answer.len(), 1, "the answers");
    ensure_eq!(answer[0].unknown, None, "why it is not known");
    let spans = answer[0].busy.iter();
    Ok(spans
        .map(|busy| {
            format!(
                "{}-{}",
                busy.start.strftime("%H:%M"),
                busy.end.strftime("%H:%M")
            )
        })
        .collect())
}

pub(super) async fn busy_time_is_joined(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for (from, to) in [(9, 10), (10, 11), (10, 12), (14, 16)] {
        h.calendar
            .create_event(&calendar, h.event("Busy", from, to))
            .await?;
    }
    ensure_eq!(
        busy(&h, &calendar, day()?).await?,
        ["07:00-10:00", "12:00-14:00"],
        "the day"
    );
    let part = span("2026-06-01T08:00:00Z", "2026-06-01T13:00:00Z")?;
    ensure_eq!(
        busy(&h, &calendar, part).await?,
        ["08:00-10:00", "12:00-13:00"],
        "a part of it"
    );
    Ok(())
}

pub(super) async fn free_and_cancelled_events_take_no_time(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let free = h.event("Free", 9, 10).with_show_as(ShowAs::Free);
    h.calendar.create_event(&calendar, free).await?;
    let cancelled = h
        .calendar
        .create_event(&calendar, h.event("Cancelled", 11, 12))
        .await?;
    let mut patch = EventPatch::default();
    patch.status = Some(EventStatus::Cancelled);
    h.calendar
        .update_event(&calendar, &cancelled.id, patch, UpdateOptions::default())
        .await?;
    h.calendar
        .create_event(&calendar, h.event("Busy", 13, 14))
        .await?;
    ensure_eq!(
        busy(&h, &calendar, day()?).await?,
        ["11:00-12:00"],
        "the day"
    );
    Ok(())
}

pub(super) async fn series_take_time(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    h.calendar
        .create_event(&calendar, h.series("Daily", "FREQ=DAILY;COUNT=3")?)
        .await?;
    let range = span("2026-06-02T00:00:00Z", "2026-06-05T00:00:00Z")?;
    ensure_eq!(
        busy(&h, &calendar, range).await?,
        ["07:00-08:00", "07:00-08:00"],
        "three days"
    );
    Ok(())
}

pub(super) async fn time_that_may_be_taken_is_taken(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for (name, hour, show_as) in [
        ("Perhaps", 9, ShowAs::Tentative),
        ("Away", 11, ShowAs::OutOfOffice),
    ] {
        let new = h.event(name, hour, hour + 1).with_show_as(show_as);
        h.calendar.create_event(&calendar, new).await?;
    }
    let answer = h
        .calendar
        .free_busy(&[Subject::from(&calendar)], day()?)
        .await?;
    ensure_eq!(answer[0].busy.len(), 2, "the taken time");
    // Not every provider says how the time is taken; one that does says it right.
    if !answer[0].spans.is_empty() {
        let said: Vec<_> = answer[0].spans.iter().map(|one| &one.show_as).collect();
        ensure_eq!(
            said,
            [&ShowAs::Tentative, &ShowAs::OutOfOffice],
            "how it is taken"
        );
    }
    Ok(())
}

pub(super) async fn an_unknown_calendar_is_not_free(h: Harness) -> Verdict {
    let known = h.fresh().await?;
    let missing = CalendarId::new(format!("{}missing", h.label));
    let subjects = [Subject::from(&known), Subject::from(&missing)];
    let answers = h.calendar.free_busy(&subjects, day()?).await?;
    ensure_eq!(answers.len(), 2, "the answers");
    ensure_eq!(answers[0].subject, subjects[0], "the first subject");
    ensure_eq!(answers[0].unknown, None, "the known one");
    ensure!(
        answers[1].unknown.is_some(),
        "a calendar that is not there is free"
    );
    Ok(())
}

pub(super) async fn an_unknown_person_is_not_free(h: Harness) -> Verdict {
    let nobody = Subject::Person(format!("{}@example.invalid", h.label));
    let answers = h
        .calendar
        .free_busy(std::slice::from_ref(&nobody), day()?)
        .await?;
    ensure!(
        answers[0].unknown.is_some(),
        "a person who is not there is free"
    );
    let query = MeetingTimeQuery::new(vec![nobody], day()?, SignedDuration::from_mins(30));
    ensure!(
        h.calendar.find_meeting_times(&query).await.is_err(),
        "a meeting with nobody was found"
    );
    Ok(())
}

pub(super) async fn meeting_times_avoid_busy_time(h: Harness) -> Verdict {
    let (one, two) = (h.fresh().await?, h.fresh().await?);
    h.calendar
        .create_event(&one, h.event("Busy", 9, 11))
        .await?;
    h.calendar
        .create_event(&two, h.event("Busy", 12, 14))
        .await?;
    let range = span("2026-06-01T07:00:00Z", "2026-06-01T13:00:00Z")?;
    let subjects = vec![Subject::from(&one), Subject::from(&two)];
    let query = MeetingTimeQuery::new(subjects, range, SignedDuration::from_mins(60));
    let found = h.calendar.find_meeting_times(&query).await?;
    let expected = [
        span("2026-06-01T09:00:00Z", "2026-06-01T10:00:00Z")?,
        span("2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z")?,
    ];
    ensure_eq!(found, expected, "the times");
    Ok(())
}
