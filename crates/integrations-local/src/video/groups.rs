//! Participants, live control, recordings, registrants.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use integrations_core::storage::ByteStream;
use integrations_core::video::{
    DeleteMode, Download, LiveAction, LiveProvider, MeetingId, NewRegistrant, Participant,
    ParticipantProvider, Recording, RecordingFileId, RecordingId, RecordingProvider,
    RecordingQuery, RecordingStatus, Registrant, RegistrantId, RegistrantProvider,
    RegistrantStatus, Session, SessionId,
};
use integrations_core::{Error, ErrorKind, Page, PageRequest, Result, unsupported};
use url::Url;

use super::LocalMeetings;

#[async_trait]
impl ParticipantProvider for LocalMeetings {
    async fn list_sessions(
        &self,
        meeting: &MeetingId,
        page: &PageRequest,
    ) -> Result<Page<Session>> {
        let account = self.account();
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
        let account = self.account();
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
        if query.trashed && !self.capabilities.recording_trash {
            return Err(unsupported(self, "recording_trash"));
        }
        let account = self.account();
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
                    .is_none_or(|range| range.contains(recording.started))
                && (recording.status == RecordingStatus::Trashed) == query.trashed
        };
        let all = account.recordings().map(|kept| &kept.recording);
        let mut found: Vec<Recording> = all.filter(of).cloned().collect();
        found.sort_by(|a, b| (b.started, &b.id).cmp(&(a.started, &a.id)));
        Page::slice(found, page, self.page_size)
    }

    async fn get_recording(&self, id: &RecordingId) -> Result<Recording> {
        Ok(self.account().recording(id)?.recording.clone())
    }

    async fn download(&self, recording: &RecordingId, file: &RecordingFileId) -> Result<Download> {
        let account = self.account();
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
        if mode == DeleteMode::Trash && !self.capabilities.recording_trash {
            return Err(unsupported(self, "recording_trash"));
        }
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

#[async_trait]
impl RegistrantProvider for LocalMeetings {
    async fn add_registrant(&self, meeting: &MeetingId, new: &NewRegistrant) -> Result<Registrant> {
        self.change(|account| {
            let room = account.meeting_mut(meeting)?;
            if room.settings.registration != Some(true) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "the meeting does not ask for registration",
                ));
            }
            let known = room
                .registrants
                .iter()
                .find(|one| one.email.eq_ignore_ascii_case(&new.email));
            if let Some(known) = known {
                return Ok(known.clone());
            }
            let id = uuid::Uuid::now_v7().to_string();
            let registrant = Registrant::new(id, new.clone(), RegistrantStatus::Pending);
            room.registrants.push(registrant.clone());
            Ok(registrant)
        })
        .await
    }

    async fn list_registrants(
        &self,
        meeting: &MeetingId,
        status: Option<RegistrantStatus>,
        page: &PageRequest,
    ) -> Result<Page<Registrant>> {
        let account = self.account();
        let all = account.meeting(meeting)?.registrants.iter();
        let wanted = all.filter(|one| status.as_ref().is_none_or(|status| *status == one.status));
        Page::slice(wanted.cloned().collect(), page, self.page_size)
    }

    async fn set_registrant_status(
        &self,
        meeting: &MeetingId,
        registrant: &RegistrantId,
        status: &RegistrantStatus,
    ) -> Result<()> {
        self.change(|account| {
            let room = account.meeting_mut(meeting)?;
            let found = room
                .registrants
                .iter_mut()
                .find(|one| one.id == *registrant);
            let found = found.ok_or_else(|| {
                Error::not_found(format_args!("the registrant {:?}", registrant.as_str()))
            })?;
            found.status = status.clone();
            found.join_url = None;
            if *status == RegistrantStatus::Approved {
                let link = Url::parse(&format!("https://meet.invalid/{meeting}?tk={registrant}"));
                found.join_url =
                    Some(link.map_err(|_| Error::internal("the link of a registrant is no URL"))?);
            }
            Ok(())
        })
        .await
    }
}
