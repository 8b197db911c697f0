//! The requests, and which of them may arrive twice.

integrations_core::operations! {
    pub(crate) const OPERATIONS;
    /// The token of a refresh token, or of a service account, which each call may need first.
    TOKEN = idempotent(
        "access_token", "POST https://oauth2.googleapis.com/token",
        "another access token is issued, and refresh tokens stay the same");
    /// The primary calendar: its id is the account's address.
    PRIMARY = read("connect", "GET /calendars/primary");
    /// <https://developers.google.com/workspace/calendar/api/v3/reference/calendarList/list>
    LIST_CALENDARS = read("list_calendars", "GET /users/me/calendarList");
    /// What the calendar list says of one.
    ENTRY = read("get_calendar", "GET /users/me/calendarList/{calendarId}");
    /// What holds for everybody, with the version that conditions take.
    CALENDAR = read("get_calendar", "GET /calendars/{calendarId}");
    /// It takes neither an id nor a key.
    INSERT_CALENDAR = once(
        "create_calendar", "POST /calendars", "list the calendars and look for its name");
    PATCH_CALENDAR = idempotent(
        "update_calendar", "PATCH /calendars/{calendarId}",
        "the same fields get the same values");
    DELETE_CALENDAR = idempotent(
        "delete_calendar", "DELETE /calendars/{calendarId}", "404 and 410 count as deleted");
    /// <https://developers.google.com/workspace/calendar/api/v3/reference/events/list>
    LIST = read("list_events", "GET /calendars/{calendarId}/events");
    SYNC = read("sync", "GET /calendars/{calendarId}/events");
    INSTANCES = read("instances", "GET /calendars/{calendarId}/events/{eventId}/instances");
    GET = read("get_event", "GET /calendars/{calendarId}/events/{eventId}");
    /// The id is the caller's: <https://developers.google.com/workspace/calendar/api/v3/reference/events/insert>
    INSERT = keyed(
        "create_event", "POST /calendars/{calendarId}/events",
        "the event's id is made of the key, and of an id that is taken (409) the event is read");
    PATCH = idempotent(
        "update_event", "PATCH /calendars/{calendarId}/events/{eventId}",
        "the same fields get the same values");
    PATCH_TOLD = once(
        "update_event", "PATCH /calendars/{calendarId}/events/{eventId} (sendUpdates)",
        "read the event: if it is changed, those invited were told");
    /// The part of a series from an occurrence on, as a series of its own.
    INSERT_REST = idempotent(
        "update_event", "POST /calendars/{calendarId}/events (this and following)",
        "its id is made of the series, its version and the occurrence; where that is taken it is written again")
        .with_read_back("repeat the call: it goes on where it was cut off");
    /// What differs from the series, from the occurrence on.
    EXCEPTIONS = read("update_event", "GET /calendars/{calendarId}/events?iCalUID");
    EXCEPTIONS_OF_REST = idempotent(
        "update_event", "PATCH /calendars/{calendarId}/events/{eventId} (occurrences of the rest)",
        "the same fields get the same values")
        .with_read_back("repeat the call: it goes on where it was cut off");
    CUT_DELETE = idempotent(
        "delete_event", "PATCH /calendars/{calendarId}/events/{eventId} (UNTIL)",
        "the series ends where it ended already");
    CUT = idempotent(
        "update_event", "PATCH /calendars/{calendarId}/events/{eventId} (UNTIL)",
        "the series ends where it ended already")
        .with_read_back("repeat the call: it goes on where it was cut off");
    DELETE = idempotent(
        "delete_event", "DELETE /calendars/{calendarId}/events/{eventId}",
        "404 and 410 count as deleted");
    MOVE = idempotent(
        "move_event", "POST /calendars/{calendarId}/events/{eventId}/move",
        "after a lost answer an event that is gone here is read there")
        .with_read_back("read the event in both calendars");
    RESPOND = idempotent(
        "respond", "PATCH /calendars/{calendarId}/events/{eventId} (own attendee)",
        "the same answer is given");
    RESPOND_TOLD = once(
        "respond", "PATCH /calendars/{calendarId}/events/{eventId} (own attendee, sendUpdates)",
        "read the event: if the answer is there, the organizer was told");
    FREE_BUSY = read("free_busy", "POST /freeBusy");
    LIST_ACL = read("list_acl", "GET /calendars/{calendarId}/acl");
    PUT_ACL = idempotent(
        "put_acl", "POST /calendars/{calendarId}/acl",
        "a rule for a scope takes the place of the one before");
    REMOVE_ACL = idempotent(
        "remove_acl", "DELETE /calendars/{calendarId}/acl/{ruleId}", "404 counts as removed");
    WATCH = once(
        "watch", "POST /calendars/{calendarId}/events/watch",
        "subscribe again: the channel whose answer was lost ends at its expiration");
    STOP_WATCH = idempotent(
        "stop_watch", "POST /channels/stop", "404 counts as stopped");
}
