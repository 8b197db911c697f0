//! Meetings that are being held.

use integrations_core::video::{
    LiveAction, Meeting, MeetingQuery, MeetingState, MeetingStatus, Participant, ParticipantStatus,
};

use super::Harness;
use super::harness::name;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

async fn status(h: &Harness, meeting: &Meeting) -> Result<MeetingStatus, Failure> {
    Ok(h.meetings.get_meeting(&meeting.id).await?.status)
}

async fn people(h: &Harness, meeting: &Meeting) -> Result<Vec<Participant>, Failure> {
    let participants = h.meetings.participants()?;
    let sessions = participants.sessions(&meeting.id).all().await?;
    let Some(session) = sessions.last() else {
        return Err(Failure::new("the meeting has no session"));
    };
    let mut people = participants.list(&meeting.id, &session.id).all().await?;
    people.retain(|one| one.name.starts_with("Guest"));
    people.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(people)
}

pub(super) async fn a_meeting_that_is_held_says_so(h: Harness) -> Verdict {
    let held = h.held("Held").await?;
    h.create("Waits", 1).await?;
    ensure_eq!(status(&h, &held).await?, MeetingStatus::Live, "the status");
    let live = h.list(MeetingQuery::state(MeetingState::Live)).await?;
    ensure_eq!(
        live.iter().map(name).collect::<Vec<_>>(),
        ["Held"],
        "the live ones"
    );
    let upcoming = h.list(MeetingQuery::state(MeetingState::Upcoming)).await?;
    ensure_eq!(
        upcoming.iter().map(name).collect::<Vec<_>>(),
        ["Waits"],
        "those to come"
    );
    Ok(())
}

pub(super) async fn a_meeting_is_ended_for_everybody(h: Harness) -> Verdict {
    let held = h.held("Held").await?;
    for _ in 0..2 {
        h.meetings.end_meeting(&held.id).await?;
        ensure!(
            status(&h, &held).await? != MeetingStatus::Live,
            "it is still live"
        );
    }
    Ok(())
}

pub(super) async fn a_meeting_that_is_held_is_not_cancelled(h: Harness) -> Verdict {
    let held = h.held("Held").await?;
    ensure_kind!(
        h.meetings.cancel_meeting(&held.id).await,
        Conflict,
        "cancelling it"
    );
    ensure_eq!(status(&h, &held).await?, MeetingStatus::Live, "the status");
    h.meetings.end_meeting(&held.id).await?;
    Ok(())
}

pub(super) async fn guests_are_participants(h: Harness) -> Verdict {
    let held = h.held("Held").await?;
    for guest in ["Guest Ada", "Guest Bob"] {
        h.join(&held, guest).await?;
    }
    let people = people(&h, &held).await?;
    let names: Vec<&str> = people.iter().map(|one| one.name.as_str()).collect();
    ensure_eq!(names, ["Guest Ada", "Guest Bob"], "the guests");
    ensure!(
        people
            .iter()
            .all(|one| one.status == ParticipantStatus::Joined && one.left.is_none()),
        "one is not there: {people:?}"
    );
    ensure!(people[0].id != people[1].id, "both have one id");
    Ok(())
}

pub(super) async fn participants_of_the_past_are_kept(h: Harness) -> Verdict {
    let held = h.held("Held").await?;
    h.join(&held, "Guest Ada").await?;
    h.meetings.end_meeting(&held.id).await?;
    let sessions = h.meetings.participants()?.sessions(&held.id).all().await?;
    ensure_eq!(sessions.len(), 1, "the sessions");
    ensure!(
        sessions[0]
            .ended
            .is_some_and(|ended| ended >= sessions[0].started),
        "the session has no end"
    );
    let people = people(&h, &held).await?;
    ensure_eq!(people.len(), 1, "the guests");
    ensure_eq!(people[0].status, ParticipantStatus::Left, "the status");
    ensure!(people[0].left.is_some(), "nobody knows when the guest left");
    Ok(())
}

pub(super) async fn guests_wait_until_they_are_let_in(h: Harness) -> Verdict {
    let mut settings = integrations_core::video::MeetingSettings::default();
    settings.waiting_room = Some(true);
    let new = h.meeting("Waiting", 1)?.with_settings(settings);
    let held = h.meetings.create_meeting(new).await?;
    h.begin(&held.id).await?;
    let guest = h.join(&held, "Guest Ada").await?;
    ensure_eq!(
        people(&h, &held).await?[0].status,
        ParticipantStatus::InWaitingRoom,
        "the status"
    );
    h.meetings
        .control(&held.id, LiveAction::Admit(guest))
        .await?;
    ensure_eq!(
        people(&h, &held).await?[0].status,
        ParticipantStatus::Joined,
        "the status afterwards"
    );
    Ok(())
}

pub(super) async fn a_guest_is_muted_and_removed(h: Harness) -> Verdict {
    let held = h.held("Held").await?;
    let ada = h.join(&held, "Guest Ada").await?;
    h.join(&held, "Guest Bob").await?;
    h.meetings
        .control(&held.id, LiveAction::Mute(ada.clone()))
        .await?;
    let muted: Vec<_> = people(&h, &held)
        .await?
        .iter()
        .map(|one| one.muted == Some(true))
        .collect();
    ensure_eq!(muted, [true, false], "who is muted");
    h.meetings
        .control(&held.id, LiveAction::Remove(ada))
        .await?;
    let statuses: Vec<_> = people(&h, &held)
        .await?
        .into_iter()
        .map(|one| one.status)
        .collect();
    ensure_eq!(
        statuses,
        [ParticipantStatus::Left, ParticipantStatus::Joined],
        "who is there"
    );
    Ok(())
}

pub(super) async fn actions_need_a_meeting_that_is_held(h: Harness) -> Verdict {
    let waits = h.create("Waits", 3).await?;
    let record = h
        .meetings
        .control(&waits.id, LiveAction::StartRecording)
        .await;
    ensure_kind!(record, Conflict, "recording it");
    Ok(())
}
