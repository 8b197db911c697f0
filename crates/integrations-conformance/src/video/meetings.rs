//! Meetings themselves.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use integrations_core::time::TimeRange;
use integrations_core::video::{
    CancelOptions, MeetingId, MeetingKind, MeetingPatch, MeetingQuery, MeetingSettings,
    MeetingStatus, NewMeeting,
};
use integrations_core::{ExposeSecret, PageRequest};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::Harness;
use super::harness::{day, name};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_meeting_is_read_back_as_it_was_made(h: Harness) -> Verdict {
    let made = h.create("Review", 3).await?;
    let read = h.meetings.get_meeting(&made.id).await?;
    for meeting in [&made, &read] {
        ensure_eq!(meeting.topic, h.topic("Review"), "the topic");
        ensure_eq!(meeting.kind, MeetingKind::Scheduled, "the kind");
        ensure_eq!(meeting.status, MeetingStatus::Waiting, "the status");
        ensure_eq!(meeting.duration_minutes, Some(30), "the duration");
        let start = meeting
            .start
            .as_ref()
            .map(|start| start.to_timestamp(&TimeZone::UTC));
        ensure_eq!(
            start.transpose()?,
            Some(day(3)?.to_timestamp(&TimeZone::UTC)?),
            "the start"
        );
    }
    ensure_eq!(read.join_url, made.join_url, "the link");
    Ok(())
}

pub(super) async fn a_start_keeps_its_zone(h: Harness) -> Verdict {
    let made = h.create("Zone", 3).await?;
    let read = h.meetings.get_meeting(&made.id).await?;
    ensure_eq!(read.start, Some(day(3)?), "the start");
    Ok(())
}

pub(super) async fn every_meeting_has_a_link_of_its_own(h: Harness) -> Verdict {
    let (one, two) = (h.create("One", 3).await?, h.create("Two", 3).await?);
    for meeting in [&one, &two] {
        ensure!(meeting.link()?.scheme() == "https", "the link is not https");
    }
    ensure!(one.join_url != two.join_url, "both have one link");
    Ok(())
}

pub(super) async fn an_agenda_is_kept(h: Harness) -> Verdict {
    let agenda = "1. Welcome\n2. \"Numbers\" & <questions>";
    let new = h.meeting("Agenda", 3)?.with_agenda(agenda);
    let made = h.meetings.create_meeting(new).await?;
    let read = h.meetings.get_meeting(&made.id).await?;
    ensure_eq!(read.agenda.as_deref(), Some(agenda), "the agenda");
    Ok(())
}

pub(super) async fn odd_topics_are_kept(h: Harness) -> Verdict {
    let made = h.create("Q&A; \"größer\" <b> 日本 😀", 3).await?;
    let read = h.meetings.get_meeting(&made.id).await?;
    ensure_eq!(name(&read), "Q&A; \"größer\" <b> 日本 😀", "the topic");
    Ok(())
}

pub(super) async fn a_passcode_is_kept_and_not_shown(h: Harness) -> Verdict {
    let new = h.meeting("Passcode", 3)?.with_passcode("7h-canary");
    let made = h.meetings.create_meeting(new).await?;
    let read = h.meetings.get_meeting(&made.id).await?;
    let passcode = read.passcode.as_ref().map(|code| code.expose_secret());
    ensure_eq!(passcode, Some("7h-canary"), "the passcode");
    let shown = format!("{made:?} {read:?}");
    ensure!(!shown.contains("canary"), "the passcode is shown: {shown}");
    if let Some(start) = &read.start_url {
        ensure!(
            !shown.contains(start.expose_secret()),
            "the host's link is shown"
        );
    }
    Ok(())
}

pub(super) async fn settings_are_kept(h: Harness) -> Verdict {
    for on in [true, false] {
        let mut settings = MeetingSettings::default();
        settings.waiting_room = Some(on);
        let new = h.meeting("Settings", 3)?.with_settings(settings);
        let made = h.meetings.create_meeting(new).await?;
        let read = h.meetings.get_meeting(&made.id).await?;
        ensure_eq!(read.settings.waiting_room, Some(on), "the waiting room");
    }
    Ok(())
}

pub(super) async fn a_meeting_can_begin_at_once(h: Harness) -> Verdict {
    let made = h
        .meetings
        .create_meeting(NewMeeting::instant(h.topic("Now")))
        .await?;
    ensure_eq!(made.kind, MeetingKind::Instant, "the kind");
    let read = h.meetings.get_meeting(&made.id).await?;
    ensure!(read.status != MeetingStatus::Ended, "it has ended already");
    Ok(())
}

pub(super) async fn a_missing_meeting_is_not_found(h: Harness) -> Verdict {
    // Digits, because some providers have numbers.
    let missing = MeetingId::new("99999999999");
    ensure_kind!(h.meetings.get_meeting(&missing).await, NotFound, "reading");
    if h.meetings.capabilities().update {
        let patch = MeetingPatch::default().with_topic("x");
        ensure_kind!(
            h.meetings.update_meeting(&missing, patch).await,
            NotFound,
            "changing"
        );
    }
    Ok(())
}

pub(super) async fn a_cancelled_meeting_is_gone(h: Harness) -> Verdict {
    let gone = h.create("Gone", 3).await?;
    let stays = h.create("Stays", 3).await?;
    h.meetings.cancel_meeting(&gone.id).await?;
    ensure_kind!(
        h.meetings.get_meeting(&gone.id).await,
        NotFound,
        "reading it"
    );
    let left: Vec<_> = h
        .list(MeetingQuery::default())
        .await?
        .into_iter()
        .map(|one| one.id)
        .collect();
    ensure_eq!(left, [stays.id], "the list");
    Ok(())
}

pub(super) async fn a_meeting_is_cancelled_and_those_invited_are_told(h: Harness) -> Verdict {
    let mut new = h.meeting("Told", 3)?;
    if h.meetings.capabilities().invitees {
        new.invitees.push("ada@example.com".to_owned());
    }
    let made = h.meetings.create_meeting(new).await?;
    for _ in 0..2 {
        h.meetings
            .cancel_meeting_with(&made.id, CancelOptions::notify())
            .await?;
    }
    ensure_kind!(
        h.meetings.get_meeting(&made.id).await,
        NotFound,
        "reading it"
    );
    Ok(())
}

pub(super) async fn cancelling_twice_succeeds(h: Harness) -> Verdict {
    let made = h.create("Twice", 3).await?;
    for _ in 0..2 {
        h.meetings.cancel_meeting(&made.id).await?;
    }
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_meeting(h: Harness) -> Verdict {
    let new = || Ok::<_, Failure>(h.meeting("Once", 3)?.with_key(h.key("once")?));
    let first = h.meetings.create_meeting(new()?).await?;
    let second = h.meetings.create_meeting(new()?).await?;
    ensure_eq!(second.id, first.id, "the second");
    ensure_eq!(
        h.list(MeetingQuery::default()).await?.len(),
        1,
        "how many there are"
    );
    Ok(())
}

pub(super) async fn two_keys_are_two_meetings(h: Harness) -> Verdict {
    for key in ["one", "two"] {
        let new = h.meeting("Equal", 3)?.with_key(h.key(key)?);
        h.meetings.create_meeting(new).await?;
    }
    ensure_eq!(
        h.list(MeetingQuery::default()).await?.len(),
        2,
        "how many there are"
    );
    Ok(())
}

pub(super) async fn a_list_has_every_meeting_once(h: Harness) -> Verdict {
    let mut expected = BTreeSet::new();
    for n in 0..5 {
        expected.insert(h.create(&format!("Meeting {n}"), 3 + n).await?.id);
    }
    let two = NonZeroU32::MIN.saturating_add(1);
    let list = h
        .meetings
        .list_meetings_from(MeetingQuery::default(), PageRequest::with_limit(two));
    let mut listed = list.all().await?;
    listed.retain(|meeting| meeting.topic.starts_with(&h.label));
    ensure_eq!(listed.len(), expected.len(), "how many are listed");
    let listed: BTreeSet<_> = listed.into_iter().map(|meeting| meeting.id).collect();
    ensure_eq!(listed, expected, "the ids");
    Ok(())
}

pub(super) async fn a_range_has_what_starts_in_it(h: Harness) -> Verdict {
    for (title, days) in [("Before", 2), ("In", 4), ("After", 6)] {
        h.create(title, days).await?;
    }
    let hour = SignedDuration::from_hours(1);
    let start = day(4)?.to_timestamp(&TimeZone::UTC)?;
    let query = MeetingQuery::default().with_range(TimeRange::new(start - hour, start + hour)?);
    let listed = h.list(query).await?;
    ensure_eq!(
        listed.iter().map(name).collect::<Vec<_>>(),
        ["In"],
        "the list"
    );
    Ok(())
}

pub(super) async fn a_patch_changes_what_it_names_and_nothing_else(h: Harness) -> Verdict {
    let made = h.create("Before", 3).await?;
    let patch = MeetingPatch::default().with_topic(h.topic("After"));
    h.meetings.update_meeting(&made.id, patch).await?;
    let read = h.meetings.get_meeting(&made.id).await?;
    ensure_eq!(name(&read), "After", "the topic");
    ensure_eq!(read.start, made.start, "the start");
    ensure_eq!(read.duration_minutes, Some(30), "the duration");
    Ok(())
}

pub(super) async fn a_meeting_gets_another_time(h: Harness) -> Verdict {
    let made = h.create("Moves", 3).await?;
    let patch = MeetingPatch::default()
        .with_start(day(5)?)
        .with_duration(45);
    let answer = h.meetings.update_meeting(&made.id, patch).await?;
    let read = h.meetings.get_meeting(&made.id).await?;
    for meeting in [answer, read] {
        ensure_eq!(meeting.start, Some(day(5)?), "the start");
        ensure_eq!(meeting.duration_minutes, Some(45), "the duration");
        ensure_eq!(meeting.join_url, made.join_url, "the link");
    }
    Ok(())
}
