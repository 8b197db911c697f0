//! What a server or the provider does not have, so that a behaviour says nothing of it.

/// Radicale and Xandikos invite nobody. The rest is declared at no server.
pub(crate) const WITHOUT_SCHEDULING: &[&str] = &[
    "notify",
    "respond",
    "free_busy_people",
    "calendar_etag",
    "conference_create",
    "attachments",
    "sharing",
    "watching",
    "a hook for notices",
    "a hook that reads invitations",
];

/// Cyrus invites people. Who is invited finds that in an inbox, which the tests of scheduling read.
pub(crate) const WITH_SCHEDULING: &[&str] = &[
    "calendar_etag",
    "conference_create",
    "attachments",
    "sharing",
    "watching",
    "a hook for notices",
    "a hook that reads invitations",
];
