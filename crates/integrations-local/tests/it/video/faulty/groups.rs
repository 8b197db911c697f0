//! The groups of the provider in which one thing is wrong.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use futures::StreamExt;
use integrations_core::storage::ByteStream;
use integrations_core::video::*;
use integrations_core::{ErrorKind, Page, PageRequest, Result};

use super::{Fault, Faulty};

#[async_trait]
impl ParticipantProvider for Faulty {
    async fn list_sessions(
        &self,
        meeting: &MeetingId,
        page: &PageRequest,
    ) -> Result<Page<Session>> {
        self.inner
            .participants()
            .unwrap()
            .list_sessions(meeting, page)
            .await
    }
    async fn list_participants(
        &self,
        meeting: &MeetingId,
        session: &SessionId,
        page: &PageRequest,
    ) -> Result<Page<Participant>> {
        let mut page = self
            .inner
            .participants()
            .unwrap()
            .list_participants(meeting, session, page)
            .await?;
        if self.has(Fault::ForgetsGuests) {
            page.items.retain(|one| one.left.is_none());
        }
        if self.has(Fault::NamesGuestsAlike) {
            for one in &mut page.items {
                one.name = "Guest".to_owned();
            }
        }
        Ok(page)
    }
}

#[async_trait]
impl LiveProvider for Faulty {
    async fn control(&self, meeting: &MeetingId, action: &LiveAction) -> Result<()> {
        let live = self.inner.live().unwrap();
        match (self.fault, action) {
            (Fault::AdmitsNobody, LiveAction::Admit(_)) => Ok(()),
            (Fault::RemovesEverybody, LiveAction::Remove(_)) => {
                self.inner.end_meeting(meeting).await
            }
            (Fault::RecordsWhatIsNotHeld, LiveAction::StartRecording) => {
                let _ = live.control(meeting, action).await;
                Ok(())
            }
            _ => live.control(meeting, action).await,
        }
    }
}

#[async_trait]
impl RecordingProvider for Faulty {
    async fn list_recordings(
        &self,
        query: &RecordingQuery,
        page: &PageRequest,
    ) -> Result<Page<Recording>> {
        let mut query = query.clone();
        if self.has(Fault::ListsEverybodysRecordings) {
            query.meeting = None;
        }
        self.inner
            .recordings()
            .unwrap()
            .list_recordings(&query, page)
            .await
    }
    async fn get_recording(&self, id: &RecordingId) -> Result<Recording> {
        self.inner.recordings().unwrap().get_recording(id).await
    }
    async fn download(&self, recording: &RecordingId, file: &RecordingFileId) -> Result<Download> {
        let mut download = self
            .inner
            .recordings()
            .unwrap()
            .download(recording, file)
            .await?;
        if self.has(Fault::TruncatesDownloads) {
            download.body = ByteStream::new(
                download
                    .body
                    .take(1)
                    .map(|piece| piece.map(|bytes| bytes.slice(..bytes.len() / 2))),
            );
        }
        Ok(download)
    }
    async fn delete_recording(&self, id: &RecordingId, mode: DeleteMode) -> Result<()> {
        let mode = if self.has(Fault::KeepsDeletedRecordings) {
            DeleteMode::Trash
        } else {
            mode
        };
        self.inner
            .recordings()
            .unwrap()
            .delete_recording(id, mode)
            .await
    }
    async fn recover_recording(&self, id: &RecordingId) -> Result<Recording> {
        if self.has(Fault::RecoversNothing) {
            return self.get_recording(id).await;
        }
        self.inner.recordings().unwrap().recover_recording(id).await
    }
}

#[async_trait]
impl RegistrantProvider for Faulty {
    async fn add_registrant(
        &self,
        target: &RegistrationTarget,
        new: &NewRegistrant,
    ) -> Result<Registrant> {
        let mut new = new.clone();
        if self.has(Fault::RegistersTwice) {
            new.email = format!(
                "{}-{}",
                self.sent.fetch_add(1, Ordering::Relaxed),
                new.email
            );
        }
        let inner = self.inner.registrants().unwrap();
        match inner.add_registrant(target, &new).await {
            Err(error)
                if error.kind() == ErrorKind::Conflict && self.has(Fault::RegistersForAnything) =>
            {
                Ok(Registrant::new("anybody", new, RegistrantStatus::Approved))
            }
            other => other,
        }
    }
    async fn list_registrants(
        &self,
        target: &RegistrationTarget,
        status: Option<RegistrantStatus>,
        page: &PageRequest,
    ) -> Result<Page<Registrant>> {
        if let (Fault::ListsNoListeners, RegistrationTarget::Webinar(_)) = (self.fault, target) {
            return Ok(Page::last(Vec::new()));
        }
        self.inner
            .registrants()
            .unwrap()
            .list_registrants(target, status, page)
            .await
    }
    async fn set_registrant_status(
        &self,
        target: &RegistrationTarget,
        registrant: &RegistrantId,
        status: &RegistrantStatus,
    ) -> Result<()> {
        if self.has(Fault::IgnoresDecisions) {
            return Ok(());
        }
        self.inner
            .registrants()
            .unwrap()
            .set_registrant_status(target, registrant, status)
            .await
    }
    async fn remove_registrant(
        &self,
        target: &RegistrationTarget,
        registrant: &RegistrantId,
    ) -> Result<()> {
        if self.has(Fault::RemovesNobody) {
            return Ok(());
        }
        self.inner
            .registrants()
            .unwrap()
            .remove_registrant(target, registrant)
            .await
    }
}

#[async_trait]
impl WebinarProvider for Faulty {
    async fn create_webinar(&self, new: &NewWebinar) -> Result<Webinar> {
        let mut new = new.clone();
        match self.fault {
            Fault::MakesAgainForAKey => new.key = None,
            Fault::DropsWebinarPasscodes => new.passcode = None,
            _ => {}
        }
        self.inner.webinars().unwrap().create_webinar(&new).await
    }
    async fn get_webinar(&self, id: &WebinarId) -> Result<Webinar> {
        self.inner.webinars().unwrap().get_webinar(id).await
    }
    async fn list_webinars(&self, page: &PageRequest) -> Result<Page<Webinar>> {
        if self.has(Fault::ListsNoWebinars) {
            return Ok(Page::last(Vec::new()));
        }
        self.inner.webinars().unwrap().list_webinars(page).await
    }
    async fn update_webinar(&self, id: &WebinarId, patch: &WebinarPatch) -> Result<Webinar> {
        if self.has(Fault::IgnoresChangesOfWebinars) {
            return self.get_webinar(id).await;
        }
        let inner = self.inner.webinars().unwrap();
        inner.update_webinar(id, patch).await
    }
    async fn cancel_webinar(&self, id: &WebinarId, options: &CancelOptions) -> Result<()> {
        if self.has(Fault::KeepsCancelledWebinars) {
            return Ok(());
        }
        let inner = self.inner.webinars().unwrap();
        inner.cancel_webinar(id, options).await
    }
    async fn add_panelist(&self, id: &WebinarId, name: &str, email: &str) -> Result<Panelist> {
        let mut email = email.to_owned();
        if self.has(Fault::AddsPanelistsTwice) {
            email = format!("{}-{email}", self.sent.fetch_add(1, Ordering::Relaxed));
        }
        let inner = self.inner.webinars().unwrap();
        inner.add_panelist(id, name, &email).await
    }
    async fn list_panelists(&self, id: &WebinarId, page: &PageRequest) -> Result<Page<Panelist>> {
        let inner = self.inner.webinars().unwrap();
        inner.list_panelists(id, page).await
    }
    async fn remove_panelist(&self, id: &WebinarId, panelist: &PanelistId) -> Result<()> {
        if self.has(Fault::KeepsPanelists) {
            return Ok(());
        }
        let inner = self.inner.webinars().unwrap();
        inner.remove_panelist(id, panelist).await
    }
}
