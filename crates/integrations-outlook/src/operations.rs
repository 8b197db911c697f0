//! The requests, and which of them may arrive twice. Paths are those of the account's owner; with a
//! user they begin with `/users/{id}` instead of `/me`, and those of the default calendar have
//! `/calendar` instead of `/calendars/{id}`.

integrations_core::operations! {
    pub(crate) const OPERATIONS;
    /// The token of a refresh token, or of the application, which each call may need first.
    TOKEN = idempotent(
        "access_token", "POST https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "another access token is issued, and the refresh token before it stays good");
    /// The default calendar: it is there for every mailbox.
    DEFAULT = read("connect", "GET /me/calendar");
    LIST_CALENDARS = read("list_calendars", "GET /me/calendars");
    CALENDAR = read("get_calendar", "GET /me/calendars/{id}");
    /// It takes no key.
    INSERT_CALENDAR = once(
        "create_calendar", "POST /me/calendars", "list the calendars and look for its name");
    PATCH_CALENDAR = idempotent(
        "update_calendar", "PATCH /me/calendars/{id}", "the same name is set");
    DELETE_CALENDAR = idempotent(
        "delete_calendar", "DELETE /me/calendars/{id}", "404 counts as deleted");
    LIST = read("list_events", "GET /me/calendars/{id}/events");
    VIEW = read("list_events", "GET /me/calendars/{id}/calendarView");
    /// What a list leaves out, twenty events at a time.
    DETAILS = read("list_events", "GET /me/calendars/{id}/events/{id} (in a batch)");
    SYNC = read("sync", "GET /me/calendars/{id}/calendarView/delta");
    SYNC_DETAILS = read("sync", "GET /me/calendars/{id}/events/{id} (in a batch)");
    INSTANCES = read("instances", "GET /me/calendars/{id}/events/{id}/instances");
    GET = read("get_event", "GET /me/calendars/{id}/events/{id}");
    LIST_ATTACHMENTS = read("get_event", "GET /me/calendars/{id}/events/{id}/attachments");
    /// <https://learn.microsoft.com/en-us/graph/api/resources/event> (`transactionId`). How long
    /// Graph remembers one, Microsoft does not say: days later, look for the event first.
    INSERT = keyed(
        "create_event", "POST /me/calendars/{id}/events",
        "its transactionId is made of the key, and an event that has it already is read");
    /// Dates that a new recurrence leaves out are occurrences that are deleted.
    TAKE_OUT = idempotent(
        "create_event", "DELETE /me/calendars/{id}/events/{id} (occurrence of a new series)",
        "404 counts as deleted")
        .with_read_back("repeat the call with its key: it goes on where it was cut off");
    PATCH = idempotent(
        "update_event", "PATCH /me/calendars/{id}/events/{id}",
        "the same fields get the same values");
    PATCH_TOLD = once(
        "update_event", "PATCH /me/calendars/{id}/events/{id} (with attendees)",
        "read the event: if it is changed, those invited were told");
    TAKE_OUT_CHANGED = idempotent(
        "update_event", "DELETE /me/calendars/{id}/events/{id} (occurrence)",
        "404 counts as deleted")
        .with_read_back("read the series: an occurrence that should be gone may be there");
    /// The part of a series from an occurrence on, as a series of its own.
    INSERT_REST = idempotent(
        "update_event", "POST /me/calendars/{id}/events (this and following)",
        "its transactionId is made of the series, its version and the occurrence; an event that has it is written again")
        .with_read_back("repeat the call: it goes on where it was cut off");
    PATCH_REST = idempotent(
        "update_event", "PATCH /me/calendars/{id}/events/{id} (this and following)",
        "the same fields get the same values")
        .with_read_back("repeat the call: it goes on where it was cut off");
    PATCH_REST_TOLD = once(
        "update_event", "PATCH /me/calendars/{id}/events/{id} (this and following, with attendees)",
        "repeat the call: it goes on where it was cut off");
    /// What differs from its series, which Graph forgets where the series changes.
    EXCEPTIONS = idempotent(
        "update_event", "PATCH /me/calendars/{id}/events/{id} (occurrences)",
        "the same fields get the same values")
        .with_read_back("repeat the call: it goes on where it was cut off");
    EXCEPTIONS_TOLD = once(
        "update_event", "PATCH /me/calendars/{id}/events/{id} (occurrences, with attendees)",
        "repeat the call: it goes on where it was cut off");
    /// On the condition that the series is as it was read, so that nobody is told twice.
    CUT = idempotent(
        "update_event", "PATCH /me/calendars/{id}/events/{id} (end of the series)",
        "If-Match refuses a second one, and the series is read: it ends as it should")
        .with_read_back("repeat the call: it goes on where it was cut off");
    CUT_DELETE = idempotent(
        "delete_event", "PATCH /me/calendars/{id}/events/{id} (end of the series)",
        "If-Match refuses a second one, and the series is read: it ends as it should");
    DELETE = idempotent(
        "delete_event", "DELETE /me/calendars/{id}/events/{id}", "404 counts as deleted");
    /// The event is gone afterwards, so that nobody is told twice.
    CANCEL = idempotent(
        "delete_event", "POST /me/calendars/{id}/events/{id}/cancel", "404 counts as cancelled");
    RESPOND = idempotent(
        "respond", "POST /me/calendars/{id}/events/{id}/accept, tentativelyAccept, decline (sendResponse false)",
        "the same answer is given");
    RESPOND_TOLD = once(
        "respond", "POST /me/calendars/{id}/events/{id}/accept, tentativelyAccept, decline",
        "read the event: if the answer is there, the organizer was told");
    /// What is busy of a calendar of the account.
    BUSY = read("free_busy", "GET /me/calendars/{id}/calendarView");
    SCHEDULE = read("free_busy", "POST /me/calendar/getSchedule");
    LIST_ACL = read("list_acl", "GET /me/calendars/{id}/calendarPermissions");
    PUT_ACL = idempotent(
        "put_acl", "POST /me/calendars/{id}/calendarPermissions, PATCH …/{id}",
        "the list is read before each attempt, and a permission that is there is changed");
    REMOVE_ACL = idempotent(
        "remove_acl", "DELETE /me/calendars/{id}/calendarPermissions/{id}",
        "404 counts as removed");
    WATCH = once(
        "watch", "POST /subscriptions",
        "subscribe again: the subscription whose answer was lost ends at its expiration");
    RENEW = idempotent(
        "renew_watch", "PATCH /subscriptions/{id}", "the same expiration is set");
    STOP_WATCH = idempotent(
        "stop_watch", "DELETE /subscriptions/{id}", "404 counts as stopped");
    ATTACH = once(
        "add_attachment", "POST /me/calendars/{id}/events/{id}/attachments",
        "read the event and look among its attachments");
    /// A session that is not finished ends by itself, and leaves nothing.
    UPLOAD_SESSION = idempotent(
        "add_attachment", "POST /me/events/{id}/attachments/createUploadSession",
        "another session is begun, and one that is not finished leaves nothing");
    UPLOAD = idempotent(
        "add_attachment", "PUT {uploadUrl}",
        "the session is asked which bytes it expects, and no byte is sent twice");
    FIND_UPLOADED = read(
        "add_attachment", "GET /me/calendars/{id}/events/{id}/attachments");
    READ_ATTACHMENT = read(
        "read_attachment", "GET /me/calendars/{id}/events/{id}/attachments/{id}/$value");
    REMOVE_ATTACHMENT = idempotent(
        "remove_attachment", "DELETE /me/calendars/{id}/events/{id}/attachments/{id}",
        "404 counts as removed");
}
