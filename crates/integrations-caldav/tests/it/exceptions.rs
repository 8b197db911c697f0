//! What a server cannot do, so that a behaviour cannot hold against it.

/// What no CalDAV server has, or is not declared.
pub(crate) const ABSENT: &[&str] = &[];
