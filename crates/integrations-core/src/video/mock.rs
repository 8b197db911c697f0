//! Mocks of the driver traits, for tests of applications.

use super::*;
use crate::integration::{Descriptor, Health, Status};

mockall::mock! {
    /// A video provider whose answers a test sets. Wrap it in [`Meetings::new`].
    #[derive(Debug)]
    pub VideoProvider {}

    #[async_trait]
    impl Integration for VideoProvider {
        fn descriptor(&self) -> &Descriptor;
        async fn connect(&self) -> Result<()>;
        async fn disconnect(&self) -> Result<()>;
        async fn check_health(&self) -> Health;
        fn status(&self) -> Status;
    }

    #[async_trait]
    impl VideoProvider for VideoProvider {
        fn capabilities(&self) -> &VideoCapabilities;
        async fn create_meeting(&self, new: &NewMeeting) -> Result<Meeting>;
        async fn get_meeting(&self, id: &MeetingId) -> Result<Meeting>;
        async fn list_meetings(&self, query: &MeetingQuery, page: &PageRequest) -> Result<Page<Meeting>>;
        async fn cancel_meeting(&self, target: &MeetingTarget, options: &CancelOptions) -> Result<()>;
        async fn update_meeting(&self, target: &MeetingTarget, patch: &MeetingPatch) -> Result<Meeting>;
        async fn end_meeting(&self, id: &MeetingId) -> Result<()>;
        fn participants<'a>(&'a self) -> Option<&'a dyn ParticipantProvider>;
        fn live<'a>(&'a self) -> Option<&'a dyn LiveProvider>;
        fn recordings<'a>(&'a self) -> Option<&'a dyn RecordingProvider>;
        fn registrants<'a>(&'a self) -> Option<&'a dyn RegistrantProvider>;
        fn webinars<'a>(&'a self) -> Option<&'a dyn WebinarProvider>;
    }
}

mockall::mock! {
    /// Sessions and participants whose answers a test sets.
    #[derive(Debug)]
    pub ParticipantProvider {}

    #[async_trait]
    impl ParticipantProvider for ParticipantProvider {
        async fn list_sessions(&self, meeting: &MeetingId, page: &PageRequest) -> Result<Page<Session>>;
        async fn list_participants(&self, meeting: &MeetingId, session: &SessionId, page: &PageRequest) -> Result<Page<Participant>>;
    }
}

mockall::mock! {
    /// Live control whose answers a test sets.
    #[derive(Debug)]
    pub LiveProvider {}

    #[async_trait]
    impl LiveProvider for LiveProvider {
        async fn control(&self, meeting: &MeetingId, action: &LiveAction) -> Result<()>;
    }
}

mockall::mock! {
    /// Recordings whose answers a test sets.
    #[derive(Debug)]
    pub RecordingProvider {}

    #[async_trait]
    impl RecordingProvider for RecordingProvider {
        async fn list_recordings(&self, query: &RecordingQuery, page: &PageRequest) -> Result<Page<Recording>>;
        async fn get_recording(&self, id: &RecordingId) -> Result<Recording>;
        async fn download(&self, recording: &RecordingId, file: &RecordingFileId) -> Result<Download>;
        async fn delete_recording(&self, id: &RecordingId, mode: DeleteMode) -> Result<()>;
        async fn recover_recording(&self, id: &RecordingId) -> Result<Recording>;
    }
}

mockall::mock! {
    /// Registration whose answers a test sets.
    #[derive(Debug)]
    pub RegistrantProvider {}

    #[async_trait]
    impl RegistrantProvider for RegistrantProvider {
        async fn add_registrant(&self, target: &RegistrationTarget, new: &NewRegistrant) -> Result<Registrant>;
        async fn list_registrants(&self, target: &RegistrationTarget, status: Option<RegistrantStatus>, page: &PageRequest) -> Result<Page<Registrant>>;
        async fn set_registrant_status(&self, target: &RegistrationTarget, registrant: &RegistrantId, status: &RegistrantStatus) -> Result<()>;
        async fn remove_registrant(&self, target: &RegistrationTarget, registrant: &RegistrantId) -> Result<()>;
    }
}

mockall::mock! {
    /// Webinars whose answers a test sets.
    #[derive(Debug)]
    pub WebinarProvider {}

    #[async_trait]
    impl WebinarProvider for WebinarProvider {
        async fn create_webinar(&self, new: &NewWebinar) -> Result<Webinar>;
        async fn get_webinar(&self, id: &WebinarId) -> Result<Webinar>;
        async fn list_webinars(&self, page: &PageRequest) -> Result<Page<Webinar>>;
        async fn update_webinar(&self, id: &WebinarId, patch: &WebinarPatch) -> Result<Webinar>;
        async fn cancel_webinar(&self, id: &WebinarId, options: &CancelOptions) -> Result<()>;
        async fn add_panelist(&self, id: &WebinarId, name: &str, email: &str) -> Result<Panelist>;
        async fn list_panelists(&self, id: &WebinarId, page: &PageRequest) -> Result<Page<Panelist>>;
        async fn remove_panelist(&self, id: &WebinarId, panelist: &PanelistId) -> Result<()>;
    }
}
