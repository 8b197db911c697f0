//! Participants, recordings, registrants.

use super::{check_id, group};
use crate::call;
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};
use crate::storage::ByteStream;
use crate::video::groups::{
    DeleteMode, Download, NewRegistrant, Recording, RecordingFileId, RecordingId, RecordingQuery,
    Registrant, RegistrantId, RegistrantStatus,
};
use crate::video::model::{MeetingId, Participant, Session, SessionId};

group! {
    /// Sessions and who is or was in them.
    Participants, participants, ParticipantProvider
}

impl Participants {
    /// The times that a meeting was held, the one that is being held included.
    #[must_use]
    pub fn sessions(&self, meeting: &MeetingId) -> Paged<Session> {
        let (this, meeting) = (self.clone(), meeting.clone());
        Paged::new(PageRequest::default(), move |page| {
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
        let (this, meeting, session) = (self.clone(), meeting.clone(), session.clone());
        Paged::new(PageRequest::default(), move |page| {
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
    Recordings, recordings, RecordingProvider
}

impl Recordings {
    /// Recordings, the latest first.
    #[must_use]
    pub fn list(&self, query: RecordingQuery) -> Paged<Recording> {
        let this = self.clone();
        Paged::new(PageRequest::default(), move |page| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                call::run(&*this.0, "list_recordings", async {
                    if query.trashed {
                        this.need_trash()?;
                    }
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
    /// `Unsupported` for the trash where there is none.
    pub async fn delete(&self, id: &RecordingId, mode: DeleteMode) -> Result<()> {
        call::run(&*self.0, "delete_recording", async {
            check_id(id.as_str())?;
            if mode == DeleteMode::Trash {
                self.need_trash()?;
            }
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

group! {
    /// Registration for meetings that ask for it.
    Registrants, registrants, RegistrantProvider
}

impl Registrants {
    /// Registers somebody. The same address twice is one registration.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a meeting that does not ask for registration.
    pub async fn add(&self, meeting: &MeetingId, new: NewRegistrant) -> Result<Registrant> {
        call::run(&*self.0, "add_registrant", async {
            check_id(meeting.as_str())?;
            new.check()?;
            self.driver()?.add_registrant(meeting, &new).await
        })
        .await
    }

    /// Those who registered, all or those of one status.
    #[must_use]
    pub fn list(&self, meeting: &MeetingId, status: Option<RegistrantStatus>) -> Paged<Registrant> {
        let (this, meeting) = (self.clone(), meeting.clone());
        Paged::new(PageRequest::default(), move |page| {
            let (this, meeting, status) = (this.clone(), meeting.clone(), status.clone());
            async move {
                call::run(&*this.0, "list_registrants", async {
                    check_id(meeting.as_str())?;
                    this.driver()?
                        .list_registrants(&meeting, status, &page)
                        .await
                })
                .await
            }
        })
    }

    /// Decides on somebody: `Approved`, `Denied` or `Cancelled`.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for another status.
    pub async fn set_status(
        &self,
        meeting: &MeetingId,
        registrant: &RegistrantId,
        status: RegistrantStatus,
    ) -> Result<()> {
        call::run(&*self.0, "set_registrant_status", async {
            check_id(meeting.as_str())?;
            check_id(registrant.as_str())?;
            if matches!(
                status,
                RegistrantStatus::Pending | RegistrantStatus::Other(_)
            ) {
                return Err(Error::invalid_input(
                    "decide: approved, denied or cancelled",
                ));
            }
            self.driver()?
                .set_registrant_status(meeting, registrant, &status)
                .await
        })
        .await
    }
}
