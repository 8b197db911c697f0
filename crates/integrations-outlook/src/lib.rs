//! Outlook's calendars behind the calendar trait, through Microsoft Graph v1.0.
mod attachments;
mod calendars;
mod config;
mod create;
mod events;
mod exceptions;
mod fetch;
mod following;
mod free_busy;
mod ids;
mod lists;
mod operations;
mod provider;
mod read;
mod recurrence;
mod sharing;
mod sync;
mod times;
mod watch;
mod write;

pub use config::{OutlookConfig, SCOPE, factory};
pub use provider::Outlook;
