//! What a call is made on, and how its effect is seen.

use async_trait::async_trait;
use integrations::Result;
use integrations::calendar::{Calendar, CalendarId, EventId};

use super::{calendars, events};
use crate::calendars::accounts::Account;

/// What is found where a call was to have an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing happened.
    Before,
    /// One of several things that it does.
    Partly,
    /// Everything, and once.
    After,
}

/// What was made before a call, for it alone.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// A word that only this call's things have.
    pub(super) mark: String,
    pub(super) event: Option<EventId>,
    pub(super) calendar: Option<CalendarId>,
    pub(super) key: Option<integrations::IdempotencyKey>,
}

impl Ready {
    pub(super) fn event(&self) -> &EventId {
        self.event.as_ref().unwrap()
    }

    pub(super) fn calendar(&self) -> &CalendarId {
        self.calendar.as_ref().unwrap()
    }
}

/// A mutating call. What is found and is neither of [`Found`] is a panic.
#[async_trait]
pub(super) trait Case: Send + Sync {
    fn name(&self) -> &'static str;
    /// Whether the provider has the call.
    fn serves(&self, account: &Account) -> bool;
    /// Whether it can be repeated by its caller after a failure.
    fn repeats(&self) -> bool {
        true
    }
    /// Makes what it is called on.
    async fn prepare(&self, account: &Account) -> Ready;
    async fn call(&self, account: &Account, ready: &Ready, calendar: &Calendar) -> Result<()>;
    async fn found(&self, account: &Account, ready: &Ready) -> Found;
}

pub(super) fn cases() -> Vec<Box<dyn Case>> {
    let mut all = events::cases();
    all.extend(calendars::cases());
    all
}
