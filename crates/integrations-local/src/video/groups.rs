//! Participants, live control, recordings.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use integrations_core::ByteStream;
use integrations_core::video::{
    DeleteMode, Download, LiveAction, LiveProvider, MeetingId, Participant, ParticipantProvider,
    Recording, RecordingFileId, RecordingId, RecordingProvider, RecordingQuery, RecordingStatus,
    Session, SessionId,
};
use integrations_core::{Error, ErrorKind, Page, PageRequest, Result, unsupported};

use super::LocalMeetings;

#[async_trait]
impl ParticipantProvider for LocalMeetings {
    async fn list_sessions(
        &self,
        meeting: &MeetingId,
        page: &PageRequest,
    ) -> Result<Page<Session>> {
        let account = self.account().await?;
        let sessions = &account.meeting(meeting)?.sessions;
        let sessions = sessions.iter().map(|sitting| sitting.session.clone());
        Page::slice(sessions.collect(), page, self.page_size)
    }

    async fn list_participants(
        &self,
        meeting: &MeetingId,
        session: &SessionId,
        page: &PageRequest,
    ) -> Result<Page<Participant>> {
        let account = self.account().await?;
        let sessions = &account.meeting(meeting)?.sessions;
        let sitting = sessions
            .iter()
            .find(|sitting| sitting.session.id == *session);
        let sitting = sitting
            .ok_or_else(|| Error::not_found(format_args!("the session {:?}", session.as_str())))?;
        Page::slice(sitting.participants.clone(), page, self.page_size)
    }
}

#[async_trait]
impl LiveProvider for LocalMeetings {
    async fn control(&self, meeting: &MeetingId, action: &LiveAction) -> Result<()> {
        self.capabilities.check_live(action)?;
        let now = self.now();
        self.change(|account| account.meeting_mut(meeting)?.control(action, now))
            .await
    }
}

#[async_trait]
impl RecordingProvider for LocalMeetings {
    async fn list_recordings(
        &self,
        query: &RecordingQuery,
        page: &PageRequest,
    ) -> Result<Page<Recording>> {
        self.capabilities.check_recordings(query)?;
        let account = self.account().await?;
        if let Some(meeting) = &query.meeting {
            account.meeting(meeting)?;
        }
        let of = |recording: &&Recording| {
            query
                .meeting
                .as_ref()
                .is_none_or(|meeting| *meeting == recording.meeting)
                && query
                    .range
                    .is_none_or(|range| recording.started.is_some_and(|at| range.contains(at)))
                && (recording.status == RecordingStatus::Trashed) == query.trashed
        };
        let all = account.recordings().map(|kept| &kept.recording);
        let mut found: Vec<Recording> = all.filter(of).cloned().collect();
        found.sort_by(|a, b| (b.started, &b.id).cmp(&(a.started, &a.id)));
        Page::slice_by(found, page, self.page_size, |one| one.id.as_str())
    }

    async fn get_recording(&self, id: &RecordingId) -> Result<Recording> {
        Ok(self.account().await?.recording(id)?.recording.clone())
    }

    async fn download(&self, recording: &RecordingId, file: &RecordingFileId) -> Result<Download> {
        let account = self.account().await?;
        let kept = account.recording(recording)?;
        match kept.recording.status {
            RecordingStatus::Available => {}
            RecordingStatus::Processing => {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "the recording is being made",
                ));
            }
            _ => return Err(Error::not_found("the file of a recording in the trash")),
        }
        let mut files = kept.recording.files.iter().zip(&kept.contents);
        let found = files.find(|(known, _)| known.id == *file);
        let (known, content) =
            found.ok_or_else(|| Error::not_found(format_args!("the file {:?}", file.as_str())))?;
        let pieces: Vec<_> = content
            .as_bytes()
            .chunks(16_384)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let mut download = Download::new(known.size, ByteStream::new(stream::iter(pieces)));
        download.media_type.clone_from(&known.media_type);
        Ok(download)
    }

    async fn delete_recording(&self, id: &RecordingId, mode: DeleteMode) -> Result<()> {
        self.capabilities.check_delete_recording(mode)?;
        self.change(|account| {
            for room in account.meetings.values_mut() {
                match mode {
                    DeleteMode::Permanent => {
                        room.recordings.retain(|kept| kept.recording.id != *id)
                    }
                    DeleteMode::Trash => {
                        for kept in &mut room.recordings {
                            if kept.recording.id == *id
                                && kept.recording.status == RecordingStatus::Available
                            {
                                kept.recording.status = RecordingStatus::Trashed;
                            }
                        }
                    }
                    _ => return Err(Error::unsupported("this way of deleting")),
                }
            }
            Ok(())
        })
        .await
    }

    async fn recover_recording(&self, id: &RecordingId) -> Result<Recording> {
        if !self.capabilities.recording_trash {
            return Err(unsupported(self, "recording_trash"));
        }
        self.change(|account| {
            let mut all = account
                .meetings
                .values_mut()
                .flat_map(|room| &mut room.recordings);
            let kept = all.find(|kept| kept.recording.id == *id);
            let kept = kept
                .ok_or_else(|| Error::not_found(format_args!("the recording {:?}", id.as_str())))?;
            if kept.recording.status == RecordingStatus::Trashed {
                kept.recording.status = RecordingStatus::Available;
            }
            Ok(kept.recording.clone())
        })
        .await
    }
}
