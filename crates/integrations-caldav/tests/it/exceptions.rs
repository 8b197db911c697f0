//! What a server or the provider does not have, so that a behaviour says nothing of it.

/// What the provider does not declare at any server.
macro_rules! absent {
    ($($more:literal),*) => {
        &[
            "calendar_etag",
            "conference_create",
            "attachments",
            "sharing",
            "watching",
            "a hook for notices",
            // Who is invited there is told by the server, in an inbox that the tests of scheduling
            // read.
            "a hook that reads invitations",
            $($more),*
        ]
    };
}

/// Radicale and Xandikos invite nobody.
pub(crate) const WITHOUT_SCHEDULING: &[&str] = absent!("notify", "respond", "free_busy_people");
/// Cyrus does.
pub(crate) const WITH_SCHEDULING: &[&str] = absent!();
