//! Google Calendar behind the calendar trait.
//!
//! ```no_run
//! use integrations_core::calendar::{Calendar, EventQuery, NewEvent};
//! use integrations_core::time::EventTime;
//! use integrations_google_calendar::{GoogleCalendar, GoogleCalendarConfig};
//! use jiff::civil::date;
//!
//! # async fn example() -> integrations_core::Result<()> {
//! let config = GoogleCalendarConfig::refreshed("1234.apps.googleusercontent.com", "GOCSPX-…", "1//…");
//! let calendar = Calendar::new(GoogleCalendar::new(config)?);
//!
//! let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
//! calendar.create_event(&"primary".into(), NewEvent::new("Lunch", at(12), at(13))).await?;
//! # Ok(()) }
//! ```
//!
//! # What is Google's own
//!
//! - **An event's id is made of the idempotency key**, because Google lets the client choose it: a
//!   create that is repeated finds the first one. An id stays taken when its event is deleted, so a
//!   key whose event is gone is refused. Calendars have no such thing: a
//!   [key](integrations_core::calendar::NewCalendar::key) there is `Unsupported`.
//! - **Those invited are told of nothing** unless a call says so: `sendUpdates` goes with
//!   [`Notify`](integrations_core::calendar::Notify). A change that tells somebody is not repeated
//!   when its answer was lost.
//! - **This and following** is two requests at Google: the rest becomes a series of its own, then the
//!   first part ends. A call that was cut off in between is repeated as it was, and goes on.
//!   Occurrences that were deleted stay so; those that differed are carried over where times and rule
//!   stay.
//! - **Cancelled is deleted.** [`get_event`](integrations_core::calendar::Calendar::get_event) still
//!   gives such an event, with that status.
//! - **Descriptions are HTML** there: markup is taken out, and what is written shows as it is.
//! - A **conference** that Google makes is made after the event: the call waits up to two and a half
//!   seconds for its link, and it is there later otherwise.
//! - **Other versions**: the entity tag of a calendar comes with
//!   [`get_calendar`](integrations_core::calendar::Calendar::get_calendar) and not with the list,
//!   whose tags are of the list's own entries.
//! - A **sync token** that is too old is a run over everything, and says so. Page size, limits and
//!   quotas are Google's; 403 with a reason of the quota is `RateLimited` and waited for.
//! - **Subscriptions** are renewed by another one before the old one is stopped, so that no notice is
//!   lost; the header `X-Goog-Channel-Token` carries the secret.

mod calendars;
mod config;
mod events;
mod following;
mod free_busy;
mod html;
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

pub use config::{GoogleCalendarConfig, SCOPE, factory};
pub use provider::GoogleCalendar;
