//! Participants and recordings.

use super::group;
use crate::ByteStream;
use crate::call;
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};
use crate::video::model::{MeetingId, Participant, Session, SessionId};
use crate::video::recordings::{
    DeleteMode, Download, Recording, RecordingFileId, RecordingId, RecordingQuery,
};
use crate::video::rules::check_id;

group! {
    /// Sessions and who is or was in them.
    Participants, participants, ParticipantProvider, |has| has.participants
}

impl Participants {
    /// The times that a meeting was held, the one that is being held included.
    #[must_use]
    pub fn sessions(&self, meeting: &MeetingId) -> Paged<Session> {
        self.sessions_from(meeting, PageRequest::default())
    }

    /// [`sessions`](Self::sessions) from a page on, or with a page size.
    #[must_use]
    pub fn sessions_from(&self, meeting: &MeetingId, first: PageRequest) -> Paged<Session> {
        let (this, meeting) = (self.clone(), meeting.clone());
        Paged::new(first, move |page| {
            let (this, meeting) = (this.clone(), meeting.clone());
            async move {
                call::run(&*this.0, "list_sessions", async {
                    check_id(meeting.as_str())?;
                    this.driver()?.list_sessions(&meeting, &page).await
                })
                .await
            }
        })
    }

    /// Those who are or were in a session.
    #[must_use]
    pub fn list(&self, meeting: &MeetingId, session: &SessionId) -> Paged<Participant> {
        self.list_from(meeting, session, PageRequest::default())
    }

    /// [`list`](Self::list) from a page on, or with a page size.
    #[must_use]
    pub fn list_from(
        &self,
        meeting: &MeetingId,
        session: &SessionId,
        first: PageRequest,
    ) -> Paged<Participant> {
        let (this, meeting, session) = (self.clone(), meeting.clone(), session.clone());
        Paged::new(first, move |page| {
            let (this, meeting, session) = (this.clone(), meeting.clone(), session.clone());
            async move {
                call::run(&*this.0, "list_participants", async {
                    check_id(meeting.as_str())?;
                    check_id(session.as_str())?;
                    this.driver()?
                        .list_participants(&meeting, &session, &page)
                        .await
                })
                .await
            }
        })
    }
}

group! {
    /// Recordings.
    Recordings, recordings, RecordingProvider, |has| has.recordings
}

impl Recordings {
    /// Recordings, the latest first.
    #[must_use]
    pub fn list(&self, query: RecordingQuery) -> Paged<Recording> {
        self.list_from(query, PageRequest::default())
    }

    /// [`list`](Self::list) from a page on, or with a page size.
    #[must_use]
    pub fn list_from(&self, query: RecordingQuery, first: PageRequest) -> Paged<Recording> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                call::run(&*this.0, "list_recordings", async {
                    query.check()?;
                    this.0.capabilities().check_recordings(&query)?;
                    this.driver()?.list_recordings(&query, &page).await
                })
                .await
            }
        })
    }

    /// A recording.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: &RecordingId) -> Result<Recording> {
        call::run(&*self.0, "get_recording", async {
            check_id(id.as_str())?;
            self.driver()?.get_recording(id).await
        })
        .await
    }

    /// The bytes of a file. The body ends with an error when fewer come than were announced.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is being made.
    pub async fn download(
        &self,
        recording: &RecordingId,
        file: &RecordingFileId,
    ) -> Result<Download> {
        call::run(&*self.0, "download", async {
            check_id(recording.as_str())?;
            check_id(file.as_str())?;
            let mut download = self.driver()?.download(recording, file).await?;
            if let Some(size) = download.size {
                download.body = ByteStream::exact(download.body, size);
            }
            Ok(download)
        })
        .await
    }

    /// Deletes a recording with all its files. What is gone already is no error.
    ///
    /// # Errors
    /// `Unsupported` for a way of deleting that the provider does not have.
    pub async fn delete(&self, id: &RecordingId, mode: DeleteMode) -> Result<()> {
        call::run(&*self.0, "delete_recording", async {
            check_id(id.as_str())?;
            self.0.capabilities().check_delete_recording(mode)?;
            self.driver()?.delete_recording(id, mode).await
        })
        .await
    }

    /// Takes a recording out of the trash. One that is not in it is no error.
    ///
    /// # Errors
    /// `NotFound` when it is gone for good; `Unsupported` where there is no trash.
    pub async fn recover(&self, id: &RecordingId) -> Result<Recording> {
        call::run(&*self.0, "recover_recording", async {
            check_id(id.as_str())?;
            self.need_trash()?;
            self.driver()?.recover_recording(id).await
        })
        .await
    }

    fn need_trash(&self) -> Result<()> {
        if self.0.capabilities().recording_trash {
            Ok(())
        } else {
            Err(Error::unsupported("recording_trash"))
        }
    }
}
