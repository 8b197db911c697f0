//! The requests, and what happens when one arrives twice.

integrations_core::operations! {
    pub(crate) const OPERATIONS;
    /// RFC 5397, section 3; RFC 6764, section 6.
    DISCOVER = read("connect", "PROPFIND {url}, /.well-known/caldav, {principal}");
    /// RFC 4791, section 5.1.
    OPTIONS = read("connect", "OPTIONS {home}");
    /// RFC 4918, section 9.1.
    LIST_CALENDARS = read("list_calendars", "PROPFIND {home} (Depth: 1)");
    /// The same of one collection.
    GET_CALENDAR = read("get_calendar", "PROPFIND {calendar}");
    /// RFC 4791, section 5.3.1.
    CREATE_CALENDAR = keyed(
        "create_calendar", "MKCALENDAR {home}/{name}",
        "the key names the collection; one that is there already is read");
    /// RFC 4918, section 9.2.
    UPDATE_CALENDAR = idempotent(
        "update_calendar", "PROPPATCH {calendar}", "sets properties to values");
    /// RFC 4918, section 9.6.1.
    DELETE_CALENDAR = idempotent(
        "delete_calendar", "DELETE {calendar}", "404 counts as deleted");
    /// RFC 4791, section 7.8.
    QUERY = read("list_events", "REPORT {calendar} (calendar-query)");
    /// Resources that a report names without their text (RFC 4791, section 7.9).
    MULTIGET = read("list_events", "REPORT {calendar} (calendar-multiget)");
    /// RFC 4791, section 5.3.4.
    GET_EVENT = read("get_event", "GET {event}");
    /// RFC 4791, section 5.3.2.
    CREATE_EVENT = keyed(
        "create_event", "PUT {event}",
        "the key names the resource and its UID, with `If-None-Match: *`; one that is there already is read");
    /// RFC 9110, section 13.1.1.
    UPDATE_EVENT = idempotent(
        "update_event", "PUT {event}",
        "`If-Match`; a refusal after a lost answer is compared with what is there");
    /// The following part of a series that is cut.
    SPLIT = idempotent(
        "update_event", "PUT {following}",
        "the occurrence names the resource, with `If-None-Match: *`");
    /// RFC 9110, section 13.1.1.
    DELETE_EVENT = idempotent(
        "delete_event", "DELETE {event}", "`If-Match`; 404 counts as deleted");
    /// RFC 4918, section 9.9.
    MOVE = idempotent(
        "move_event", "MOVE {event}",
        "`Overwrite: F`; where it is gone and there, it was moved");
    /// RFC 4791, section 7.10.
    FREE_BUSY = read("free_busy", "REPORT {calendar} (free-busy-query)");
    /// RFC 6638, section 5; it asks, and leaves nothing behind.
    FREE_BUSY_PEOPLE = read("free_busy", "POST {outbox}");
    /// RFC 6578, section 3.2.
    SYNC = read("sync", "REPORT {calendar} (sync-collection)");
    /// Where that is missing: the tag of the calendar and those of its resources.
    SYNC_TAGS = read("sync", "PROPFIND {calendar} (Depth: 1)");
    /// What changed, whole.
    SYNC_READ = read("sync", "REPORT {calendar} (calendar-multiget)");
    /// The answer is a change of the event (RFC 6638, section 3.2.2).
    RESPOND = idempotent(
        "respond", "PUT {event}",
        "`If-Match`; a refusal after a lost answer is compared with what is there");
}
