//! What is refused before anything is sent.

use integrations_core::calendar::Patch;
use integrations_core::calendar::recurrence::{Frequency, RRule};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::video::*;
use integrations_core::{Effect, ErrorKind, PageRequest, Result, SecretString};
use jiff::SignedDuration;
use jiff::Timestamp;

use super::Harness;
use super::harness::day;
use crate::requests::quietly;
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

pub(super) async fn wrong_input_is_refused(h: Harness) -> Verdict {
    wrong_input(&h).await
}

pub(super) async fn refusing_wrong_input_sends_nothing(h: Harness) -> Verdict {
    let read = async {
        // Digits, because some providers have numbers.
        let read = h.meetings.get_meeting(&MeetingId::new("99999999999")).await;
        ensure_kind!(read, NotFound, "a meeting that is not there");
        Ok(())
    };
    quietly(h.requests.as_ref(), read, wrong_input(&h)).await
}

/// Asks the handle for what cannot be.
async fn wrong_input(h: &Harness) -> Verdict {
    let start = day(3)?;
    let floating = EventTime::Floating(start.wall());
    let nowhere = EventTime::zoned(start.wall(), "Europe/Atlantis");
    let mut hourly = NewMeeting::scheduled("x", start.clone(), 30);
    hourly.recurrence = Some(RRule::new(Frequency::Hourly));
    for (what, new) in [
        (
            "an empty topic",
            NewMeeting::scheduled("", start.clone(), 30),
        ),
        (
            "a topic with a line break",
            NewMeeting::scheduled("a\r\nb", start.clone(), 30),
        ),
        (
            "a topic of 201 characters",
            NewMeeting::scheduled("x".repeat(201), start.clone(), 30),
        ),
        ("no minute", NewMeeting::scheduled("x", start.clone(), 0)),
        ("a floating start", NewMeeting::scheduled("x", floating, 30)),
        ("an unknown zone", NewMeeting::scheduled("x", nowhere, 30)),
        ("a meeting every hour", hourly),
    ] {
        let error = ensure_kind!(h.meetings.create_meeting(new).await, InvalidInput, "{what}");
        ensure_eq!(error.effect(), Effect::NotApplied, "the effect of {what}");
    }
    let id = MeetingId::new("1");
    ensure_kind!(
        h.meetings.get_meeting(&MeetingId::new("")).await,
        InvalidInput,
        "an empty id"
    );
    let empty = h
        .meetings
        .update_meeting(&id, MeetingPatch::default())
        .await;
    ensure_kind!(empty, InvalidInput, "a patch that changes nothing");
    let mut hosted = NewMeeting::scheduled("x", start, 30);
    hosted.host = Some("a\r\nb".to_owned());
    let made = h.meetings.create_meeting(hosted).await;
    ensure_kind!(made, InvalidInput, "a host with a line break");
    let admitted = h.meetings.control(&id, LiveAction::Admit("".into())).await;
    ensure_kind!(admitted, InvalidInput, "admitting an empty id");
    if let Ok(recordings) = h.meetings.recordings() {
        let listed = recordings.list(RecordingQuery::of("")).all().await;
        ensure_kind!(listed, InvalidInput, "recordings of an empty id");
    }
    if let Ok(registrants) = h.meetings.registrants() {
        let mut new = NewRegistrant::new("ada@example.com", "Ada");
        new.last_name = Some("Love\nlace".to_owned());
        let added = registrants.add(&id, new).await;
        ensure_kind!(added, InvalidInput, "a last name of two lines");
    }
    Ok(())
}

fn refused<T>(feature: &str, result: Result<T>) -> Verdict {
    match result {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            ensure_eq!(
                error.effect(),
                Effect::NotApplied,
                "the effect of {feature}"
            );
            Ok(())
        }
        Err(error) => Err(Failure::new(format!(
            "{feature} is not declared: expected Unsupported, saw {error}"
        ))),
        Ok(_) => Err(Failure::new(format!(
            "{feature} is not declared, and the call succeeded"
        ))),
    }
}

pub(super) async fn what_is_not_declared_is_refused(h: Harness) -> Verdict {
    // A real meeting, so that a driver that goes on finds something.
    let made = h.create("Refused", 3).await?;
    undeclared(&h, &made.id).await?;
    let read = h.meetings.get_meeting(&made.id).await?;
    ensure_eq!(read.topic, made.topic, "the meeting afterwards");
    Ok(())
}

pub(super) async fn refusing_what_is_not_declared_sends_nothing(h: Harness) -> Verdict {
    let made = h.create("Refused", 3).await?;
    let read = async {
        h.meetings.get_meeting(&made.id).await?;
        Ok(())
    };
    quietly(h.requests.as_ref(), read, undeclared(&h, &made.id)).await
}

/// Asks the driver for everything that it does not declare.
async fn undeclared(h: &Harness, id: &MeetingId) -> Verdict {
    let (driver, has) = (h.meetings.provider(), h.meetings.capabilities().clone());
    let page = PageRequest::default();
    create(h, &has).await?;
    let occurrence = MeetingTarget::occurrence(id.clone(), "1");
    let silent = CancelOptions::default();
    if !has.cancel_notify {
        let told = CancelOptions::notify();
        refused(
            "cancel_notify",
            driver.cancel_meeting(&id.into(), &told).await,
        )?;
    }
    if !has.occurrences {
        refused(
            "occurrences",
            driver.cancel_meeting(&occurrence, &silent).await,
        )?;
        let patch = MeetingPatch::default().with_duration(10);
        refused(
            "occurrences",
            driver.update_meeting(&occurrence, &patch).await,
        )?;
    }
    if !has.update {
        let patch = MeetingPatch::default().with_topic(h.topic("changed"));
        refused("update", driver.update_meeting(&id.into(), &patch).await)?;
    }
    if !has.agenda {
        let mut patch = MeetingPatch::default();
        patch.agenda = Patch::Set("x".to_owned());
        refused("agenda", driver.update_meeting(&id.into(), &patch).await)?;
    }
    if !has.end {
        refused("end", driver.end_meeting(id).await)?;
    }
    if !has.list_range {
        let hour = SignedDuration::from_hours(1);
        let range = TimeRange::new(Timestamp::now(), Timestamp::now() + hour)?;
        let query = MeetingQuery::default().with_range(range);
        refused("list_range", driver.list_meetings(&query, &page).await)?;
    }
    if !has.hosts {
        let mut query = MeetingQuery::default();
        query.host = Some("somebody".to_owned());
        refused("hosts", driver.list_meetings(&query, &page).await)?;
    }
    groups(h, &has, id).await
}

async fn create(h: &Harness, has: &VideoCapabilities) -> Verdict {
    let driver = h.meetings.provider();
    let meeting = || h.meeting("refused", 3);
    let settings = |change: fn(&mut MeetingSettings)| -> Result<NewMeeting, Failure> {
        let mut settings = MeetingSettings::default();
        change(&mut settings);
        Ok(meeting()?.with_settings(settings))
    };
    let mut invited = meeting()?;
    invited.invitees.push("ada@example.com".to_owned());
    let mut hosted = meeting()?;
    hosted.host = Some("somebody".to_owned());
    let mut coded = meeting()?;
    coded.passcode = Some(SecretString::from("123456"));
    for (declared, feature, new) in [
        (has.instant, "instant", NewMeeting::instant("refused")),
        (
            has.recurring,
            "recurring",
            meeting()?.with_recurrence(RRule::daily()),
        ),
        (has.agenda, "agenda", meeting()?.with_agenda("x")),
        (has.passcode, "passcode", coded),
        (has.hosts, "hosts", hosted),
        (has.invitees, "invitees", invited),
        (
            has.idempotent_create,
            "idempotent_create",
            meeting()?.with_key(h.key("refused")?),
        ),
        (
            has.waiting_room,
            "waiting_room",
            settings(|s| s.waiting_room = Some(true))?,
        ),
        (
            has.join_before_host,
            "join_before_host",
            settings(|s| s.join_before_host = Some(true))?,
        ),
        (
            has.mute_on_entry,
            "mute_on_entry",
            settings(|s| s.mute_on_entry = Some(true))?,
        ),
        (
            has.registrants,
            "registrants",
            settings(|s| s.registration = Some(true))?,
        ),
        (
            has.auto_recording,
            "auto_recording",
            settings(|s| s.auto_recording = Some(AutoRecording::Cloud))?,
        ),
        (
            has.auto_recording_local,
            "auto_recording_local",
            settings(|s| s.auto_recording = Some(AutoRecording::Local))?,
        ),
    ] {
        if !declared {
            refused(feature, driver.create_meeting(&new).await)?;
        }
    }
    Ok(())
}

async fn registrants(h: &Harness, has: &VideoCapabilities, id: &MeetingId) -> Verdict {
    let Some(driver) = h.meetings.provider().registrants() else {
        return Ok(());
    };
    let somebody = RegistrantId::new("1");
    let (meeting, webinar) = (id.into(), WebinarId::new("1").into());
    for (declared, feature, target) in [
        (has.registrants, "registrants", meeting),
        (has.webinar_registrants, "webinar_registrants", webinar),
    ] {
        if !declared {
            let new = NewRegistrant::new("ada@example.com", "Ada");
            refused(feature, driver.add_registrant(&target, &new).await)?;
        } else if !has.registrant_remove {
            let removed = driver.remove_registrant(&target, &somebody).await;
            refused("registrant_remove", removed)?;
        }
    }
    Ok(())
}

async fn webinars(h: &Harness, has: &VideoCapabilities) -> Verdict {
    let Some(driver) = h.meetings.provider().webinars() else {
        return Ok(());
    };
    let new = || Ok::<_, Failure>(NewWebinar::new(h.topic("refused"), day(3)?, 30));
    let settings = |change: fn(&mut WebinarSettings)| {
        let mut settings = WebinarSettings::default();
        change(&mut settings);
        Ok::<_, Failure>(new()?.with_settings(settings))
    };
    let mut hosted = new()?;
    hosted.host = Some("somebody".to_owned());
    for (declared, feature, new) in [
        (has.agenda, "agenda", new()?.with_agenda("x")),
        (has.passcode, "passcode", new()?.with_passcode("123456")),
        (has.hosts, "hosts", hosted),
        (
            has.idempotent_create,
            "idempotent_create",
            new()?.with_key(h.key("refused-webinar")?),
        ),
        (
            has.webinar_registrants,
            "webinar_registrants",
            settings(|s| s.registration = Some(true))?,
        ),
        (
            has.practice_session,
            "practice_session",
            settings(|s| s.practice_session = Some(true))?,
        ),
    ] {
        if !declared {
            refused(feature, driver.create_webinar(&new).await)?;
        }
    }
    Ok(())
}

async fn groups(h: &Harness, has: &VideoCapabilities, id: &MeetingId) -> Verdict {
    let driver = h.meetings.provider();
    for (action, kind) in [
        (LiveAction::StartRecording, LiveActionKind::Recording),
        (LiveAction::PauseRecording, LiveActionKind::PauseRecording),
        (LiveAction::WaitingRoom(true), LiveActionKind::WaitingRoom),
        (
            LiveAction::Invite("ada@example.com".to_owned()),
            LiveActionKind::Invite,
        ),
        (LiveAction::Admit("1".into()), LiveActionKind::Admit),
        (LiveAction::Remove("1".into()), LiveActionKind::Remove),
        (LiveAction::Mute("1".into()), LiveActionKind::Mute),
    ] {
        if !has.live.contains(&kind) {
            refused("live", h.meetings.control(id, action.clone()).await)?;
            if let Some(live) = driver.live() {
                refused("live", live.control(id, &action).await)?;
            }
        }
    }
    let recording = RecordingId::new("1");
    if let Some(recordings) = driver.recordings()
        && has.recordings
        && !has.recording_delete
    {
        let delete = recordings.delete_recording(&recording, DeleteMode::Permanent);
        refused("recording_delete", delete.await)?;
    }
    registrants(h, has, id).await?;
    webinars(h, has).await?;
    match driver.recordings() {
        Some(recordings) if has.recordings && !has.recording_trash => {
            refused(
                "recording_trash",
                recordings
                    .delete_recording(&recording, DeleteMode::Trash)
                    .await,
            )?;
            refused(
                "recording_trash",
                recordings.recover_recording(&recording).await,
            )?;
        }
        Some(_) if !has.recordings => {
            return Err(Failure::new(
                "recordings are not declared, and the group is there",
            ));
        }
        _ => {}
    }
    for (declared, there, refusal, feature) in [
        (
            has.participants,
            driver.participants().is_some(),
            h.meetings.participants().map(drop),
            "participants",
        ),
        (
            has.recordings,
            driver.recordings().is_some(),
            h.meetings.recordings().map(drop),
            "recordings",
        ),
        (
            has.registrants || has.webinar_registrants,
            driver.registrants().is_some(),
            h.meetings.registrants().map(drop),
            "registrants",
        ),
        (
            has.webinars,
            driver.webinars().is_some(),
            h.meetings.webinars().map(drop),
            "webinars",
        ),
    ] {
        ensure_eq!(there, declared, "the group of {feature}");
        if !declared {
            refused(feature, refusal)?;
        }
    }
    Ok(())
}
