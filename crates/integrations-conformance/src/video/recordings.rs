//! Recordings.

use integrations_core::video::{
    DeleteMode, LiveAction, Meeting, Recording, RecordingQuery, RecordingStatus,
};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

async fn recordings(h: &Harness, meeting: &Meeting) -> Result<Vec<Recording>, Failure> {
    let list = h
        .meetings
        .recordings()?
        .list(RecordingQuery::of(meeting.id.clone()));
    Ok(list.all().await?)
}

/// A meeting with one recording that can be had.
async fn recorded(h: &Harness, name: &str) -> Result<(Meeting, Recording), Failure> {
    let meeting = h.create(name, 1).await?;
    h.record(&meeting.id).await?;
    let mut all = recordings(h, &meeting).await?;
    ensure_eq!(all.len(), 1, "the recordings");
    Ok((meeting, all.remove(0)))
}

pub(super) async fn what_was_recorded_is_listed(h: Harness) -> Verdict {
    let held = h.held("Recorded").await?;
    h.meetings
        .control(&held.id, LiveAction::StartRecording)
        .await?;
    h.meetings
        .control(&held.id, LiveAction::StopRecording)
        .await?;
    h.meetings.end_meeting(&held.id).await?;
    let all = recordings(&h, &held).await?;
    ensure_eq!(all.len(), 1, "the recordings");
    ensure_eq!(all[0].meeting, held.id, "the meeting");
    ensure!(
        all[0].status == RecordingStatus::Processing || !all[0].files.is_empty(),
        "it has no file"
    );
    let read = h.meetings.recordings()?.get(&all[0].id).await?;
    ensure_eq!(read.id, all[0].id, "the recording that is read");
    Ok(())
}

pub(super) async fn a_paused_recording_goes_on(h: Harness) -> Verdict {
    let held = h.held("Paused").await?;
    for action in [
        LiveAction::StartRecording,
        LiveAction::PauseRecording,
        LiveAction::ResumeRecording,
        LiveAction::StopRecording,
    ] {
        h.meetings.control(&held.id, action).await?;
    }
    h.meetings.end_meeting(&held.id).await?;
    ensure_eq!(recordings(&h, &held).await?.len(), 1, "the recordings");
    Ok(())
}

pub(super) async fn a_download_has_every_byte(h: Harness) -> Verdict {
    let (_, recording) = recorded(&h, "Download").await?;
    ensure!(!recording.files.is_empty(), "the recording has no file");
    for file in &recording.files {
        let mut seen = Vec::new();
        for _ in 0..2 {
            let download = h
                .meetings
                .recordings()?
                .download(&recording.id, &file.id)
                .await?;
            let announced = download.size.or(file.size);
            let bytes = download.body.bytes().await?;
            ensure!(!bytes.is_empty(), "the file is empty");
            if let Some(size) = announced {
                ensure_eq!(bytes.len() as u64, size, "the bytes");
            }
            seen.push(bytes);
        }
        ensure!(seen[0] == seen[1], "two downloads differ");
    }
    Ok(())
}

pub(super) async fn recordings_are_those_of_the_meeting(h: Harness) -> Verdict {
    let (one, first) = recorded(&h, "One").await?;
    let (two, second) = recorded(&h, "Two").await?;
    for (meeting, recording) in [(one, first), (two, second)] {
        let all: Vec<_> = recordings(&h, &meeting)
            .await?
            .into_iter()
            .map(|one| one.id)
            .collect();
        ensure_eq!(all, [recording.id], "the recordings of {}", meeting.topic);
    }
    Ok(())
}

pub(super) async fn a_deleted_recording_is_recovered_from_the_trash(h: Harness) -> Verdict {
    let (meeting, recording) = recorded(&h, "Trash").await?;
    let handle = h.meetings.recordings()?;
    for _ in 0..2 {
        handle.delete(&recording.id, DeleteMode::Trash).await?;
    }
    ensure_eq!(recordings(&h, &meeting).await?.len(), 0, "the list");
    let trash = handle
        .list(RecordingQuery::of(meeting.id.clone()).trashed())
        .all()
        .await?;
    ensure_eq!(trash.len(), 1, "the trash");
    for _ in 0..2 {
        handle.recover(&recording.id).await?;
    }
    ensure_eq!(
        recordings(&h, &meeting).await?.len(),
        1,
        "the list afterwards"
    );
    let file = &recording.files[0];
    handle
        .download(&recording.id, &file.id)
        .await?
        .body
        .bytes()
        .await?;
    Ok(())
}

pub(super) async fn a_recording_deleted_for_good_is_gone(h: Harness) -> Verdict {
    let (meeting, recording) = recorded(&h, "Gone").await?;
    let handle = h.meetings.recordings()?;
    for _ in 0..2 {
        handle.delete(&recording.id, DeleteMode::Permanent).await?;
    }
    ensure_kind!(handle.get(&recording.id).await, NotFound, "reading it");
    ensure_eq!(recordings(&h, &meeting).await?.len(), 0, "the list");
    if h.meetings.capabilities().recording_trash {
        ensure_kind!(
            handle.recover(&recording.id).await,
            NotFound,
            "recovering it"
        );
    }
    Ok(())
}
