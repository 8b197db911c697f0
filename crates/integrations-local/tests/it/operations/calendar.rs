//! The recorder of the calendar category.

use async_trait::async_trait;
use bytes::Bytes;
use integrations_core::calendar::*;
use integrations_core::time::TimeRange;
use integrations_core::{Page, PageRequest, Result};
use integrations_local::calendar::LocalCalendar;

use super::recorder::{Recorder, record};

record! {
    LocalCalendar: CalendarProvider -> CalendarCapabilities {
        list_calendars(page: &PageRequest) -> Page<CalendarInfo>;
        list_events(calendar: &CalendarId, query: &EventQuery, page: &PageRequest) -> Page<Event>;
        get_event(calendar: &CalendarId, id: &EventId) -> Event;
        create_event(calendar: &CalendarId, new: &NewEvent) -> Event;
        update_event(
            calendar: &CalendarId,
            id: &EventId,
            patch: &EventPatch,
            options: &UpdateOptions
        ) -> Event;
        delete_event(calendar: &CalendarId, id: &EventId, options: &DeleteOptions) -> ();
        get_calendar(id: &CalendarId) -> CalendarInfo;
        create_calendar(new: &NewCalendar) -> CalendarInfo;
        update_calendar(id: &CalendarId, patch: &CalendarPatch) -> CalendarInfo;
        delete_calendar(id: &CalendarId) -> ();
        instances(
            calendar: &CalendarId,
            series: &EventId,
            range: TimeRange,
            page: &PageRequest
        ) -> Page<Event>;
        move_event(from: &CalendarId, id: &EventId, to: &CalendarId, notify: Notify) -> Event;
        respond(calendar: &CalendarId, id: &EventId, rsvp: &Rsvp) -> Event;
        free_busy(subjects: &[Subject], range: TimeRange) -> Vec<FreeBusy>;
    }
    sharing: SharingProvider {
        list_acl(calendar: &CalendarId, page: &PageRequest) -> Page<AclRule>;
        put_acl(calendar: &CalendarId, scope: &AclScope, role: &AclRole) -> AclRule;
        remove_acl(calendar: &CalendarId, rule: &AclRuleId) -> ();
    }
    attachments: AttachmentProvider {
        add_attachment(
            calendar: &CalendarId,
            event: &EventId,
            attachment: &NewAttachment
        ) -> Attachment;
        read_attachment(
            calendar: &CalendarId,
            event: &EventId,
            attachment: &AttachmentId
        ) -> Bytes;
        remove_attachment(calendar: &CalendarId, event: &EventId, attachment: &AttachmentId) -> ();
    }
    sync: SyncProvider {
        sync_page(calendar: &CalendarId, from: &SyncFrom) -> SyncPage;
    }
    watching: WatchProvider {
        watch(request: &WatchRequest) -> Watch;
        renew_watch(watch: &Watch, request: &WatchRequest) -> Watch;
        stop_watch(watch: &Watch) -> ();
    }
}
