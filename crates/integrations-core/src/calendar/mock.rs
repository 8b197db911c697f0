//! Mocks of the driver traits, for tests of applications.

use bytes::Bytes;

use super::*;
use crate::integration::{Descriptor, Health, Status};

mockall::mock! {
    /// A calendar provider whose answers a test sets. Wrap it in [`Calendar::new`].
    #[derive(Debug)]
    pub CalendarProvider {}

    #[async_trait]
    impl Integration for CalendarProvider {
        fn descriptor(&self) -> &Descriptor;
        async fn connect(&self) -> Result<()>;
        async fn disconnect(&self) -> Result<()>;
        async fn check_health(&self) -> Health;
        fn status(&self) -> Status;
    }

    #[async_trait]
    impl CalendarProvider for CalendarProvider {
        fn capabilities(&self) -> &CalendarCapabilities;
        async fn list_calendars(&self, page: &PageRequest) -> Result<Page<CalendarInfo>>;
        async fn list_events(&self, calendar: &CalendarId, query: &EventQuery, page: &PageRequest) -> Result<Page<Event>>;
        async fn get_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event>;
        async fn create_event(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event>;
        async fn update_event(&self, calendar: &CalendarId, id: &EventId, patch: &EventPatch, options: &UpdateOptions) -> Result<Event>;
        async fn delete_event(&self, calendar: &CalendarId, id: &EventId, options: &DeleteOptions) -> Result<()>;
        async fn get_calendar(&self, id: &CalendarId) -> Result<CalendarInfo>;
        async fn create_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo>;
        async fn update_calendar(&self, id: &CalendarId, patch: &CalendarPatch) -> Result<CalendarInfo>;
        async fn delete_calendar(&self, id: &CalendarId) -> Result<()>;
        async fn instances(&self, calendar: &CalendarId, series: &EventId, range: TimeRange, page: &PageRequest) -> Result<Page<Event>>;
        async fn move_event(&self, from: &CalendarId, id: &EventId, to: &CalendarId, notify: Notify) -> Result<Event>;
        async fn respond(&self, calendar: &CalendarId, id: &EventId, rsvp: &Rsvp) -> Result<Event>;
        async fn free_busy(&self, subjects: &[Subject], range: TimeRange) -> Result<Vec<FreeBusy>>;
        fn sharing<'a>(&'a self) -> Option<&'a dyn SharingProvider>;
        fn attachments<'a>(&'a self) -> Option<&'a dyn AttachmentProvider>;
        fn sync<'a>(&'a self) -> Option<&'a dyn SyncProvider>;
        fn watching<'a>(&'a self) -> Option<&'a dyn WatchProvider>;
    }
}

mockall::mock! {
    /// Sharing whose answers a test sets.
    #[derive(Debug)]
    pub SharingProvider {}

    #[async_trait]
    impl SharingProvider for SharingProvider {
        async fn list_acl(&self, calendar: &CalendarId, page: &PageRequest) -> Result<Page<AclRule>>;
        async fn put_acl(&self, calendar: &CalendarId, scope: &AclScope, role: &AclRole) -> Result<AclRule>;
        async fn remove_acl(&self, calendar: &CalendarId, rule: &AclRuleId) -> Result<()>;
    }
}

mockall::mock! {
    /// Attachments whose answers a test sets.
    #[derive(Debug)]
    pub AttachmentProvider {}

    #[async_trait]
    impl AttachmentProvider for AttachmentProvider {
        async fn add_attachment(&self, calendar: &CalendarId, event: &EventId, attachment: &NewAttachment) -> Result<Attachment>;
        async fn read_attachment(&self, calendar: &CalendarId, event: &EventId, attachment: &AttachmentId) -> Result<Bytes>;
        async fn remove_attachment(&self, calendar: &CalendarId, event: &EventId, attachment: &AttachmentId) -> Result<()>;
    }
}

mockall::mock! {
    /// Synchronisation whose answers a test sets.
    #[derive(Debug)]
    pub SyncProvider {}

    #[async_trait]
    impl SyncProvider for SyncProvider {
        async fn sync_page(&self, calendar: &CalendarId, from: &SyncFrom) -> Result<SyncPage>;
    }
}

mockall::mock! {
    /// Watching whose answers a test sets.
    #[derive(Debug)]
    pub WatchProvider {}

    #[async_trait]
    impl WatchProvider for WatchProvider {
        async fn watch(&self, request: &WatchRequest) -> Result<Watch>;
        async fn renew_watch(&self, watch: &Watch, request: &WatchRequest) -> Result<Watch>;
        async fn stop_watch(&self, watch: &Watch) -> Result<()>;
    }
}
