//! Accounts with two ways to them: directly, and over a line that fails.

pub(super) mod caldav;
pub(super) mod google;
pub(super) mod outlook;

use std::sync::Arc;

use http::request::Parts;
use integrations::calendar::{Calendar, CalendarId};
use integrations::testing::{Fault, FaultyServer, FaultyTransport};

/// An account.
pub(super) struct Account {
    /// The way that never fails.
    pub(super) direct: Calendar,
    /// The way that fails when it is told to.
    pub(super) faulty: Calendar,
    pub(super) line: Line,
    /// A calendar to write in.
    pub(super) home: CalendarId,
    /// Another one.
    pub(super) other: CalendarId,
    /// The account's address, where it has one.
    pub(super) owner: Option<&'static str>,
}

/// What a faulty way goes over.
#[derive(Clone)]
pub(super) enum Line {
    Transport(Arc<FaultyTransport>),
    Server(Arc<FaultyServer>),
}

impl Line {
    /// Lets the next request that fits a rule meet a fault.
    pub(super) fn fail(&self, rule: impl Fn(&Parts) -> bool + Send + 'static, fault: Fault) {
        match self {
            Self::Transport(line) => line.fail(rule, fault),
            Self::Server(line) => line.fail(rule, fault),
        }
    }
}
