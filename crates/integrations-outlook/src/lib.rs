//! Outlook's calendars behind the calendar trait, through Microsoft Graph v1.0.
//!
//! ```no_run
//! use integrations_core::calendar::{Attendee, Calendar, NewEvent, Notify};
//! use integrations_core::time::EventTime;
//! use integrations_outlook::{Outlook, OutlookConfig};
//! use jiff::civil::date;
//!
//! # async fn example() -> integrations_core::Result<()> {
//! let config = OutlookConfig::application("contoso.onmicrosoft.com", "00000000-…", "…", "ada@contoso.com");
//! let calendar = Calendar::new(Outlook::new(config)?);
//!
//! let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
//! let lunch = NewEvent::new("Lunch", at(12), at(13))
//!     .with_attendee(Attendee::new("bob@contoso.com"))
//!     // Outlook tells those invited always, and is not asked to keep quiet.
//!     .with_notify(Notify::Everybody);
//! calendar.create_event(&"primary".into(), lunch).await?;
//! # Ok(()) }
//! ```
//!
//! # What is Outlook's own
//!
//! - **A create has a `transactionId`** that is made of the idempotency key, by which Graph knows a
//!   repeated one. Microsoft does not say for how long; the event carries it in a property of its own
//!   too, by which it is found. Calendars have no such thing: a
//!   [key](integrations_core::calendar::NewCalendar::key) there is `Unsupported`.
//! - **Those invited are told always**: with people, everything but
//!   [`Notify::Everybody`](integrations_core::calendar::Notify) is `Unsupported`. A change that tells
//!   somebody is not repeated when its answer was lost. A message goes with a deletion alone.
//! - **A series is one of six patterns.** A rule that none of them makes is `Unsupported`, and so is a
//!   start that does not fit its rule: at Outlook a series begins with the first day that fits.
//!   Dates that are left out are occurrences that are deleted.
//! - **This and following** is several requests: the rest becomes a series of its own, then the first
//!   part ends. A call that was cut off before that is repeated as it was, and goes on. Occurrences
//!   that were deleted stay so; those that differ are carried over where times and rule stay. A series
//!   with an online meeting or attachments is not cut for a change: the rest would lose them.
//! - **An occurrence** is not moved to or beyond the day of the one before or after it.
//! - **Times** are written and read in the event's own zone, by Windows' names; a zone that Windows
//!   does not have is `Unsupported`, and one that nobody knows, such as `tzone://Microsoft/Custom`, is
//!   never taken for UTC. Zones that are one to Windows come back as the one that the CLDR names for
//!   the world: what was `Europe/Zurich` is `Europe/Berlin`.
//! - **Cancelled is deleted**, for the organizer. A meeting that somebody else cancelled is left out of
//!   lists, and [`get_event`](integrations_core::calendar::Calendar::get_event) gives it with that
//!   status.
//! - **Synchronisation has a window**, [90 days back and two years
//!   ahead](OutlookConfig::with_sync_window) when nothing else is said. What lies outside is not in the
//!   mirror, and when half of what was ahead has passed, the mirror is read anew.
//! - **Subscriptions** hold for three days, and for a week when that is asked for; they are renewed in
//!   place. Notices, also of the subscription itself, are read by
//!   [`receive`](integrations_microsoft_graph::receive), which answers Graph's question too.
//! - **Properties** are one extended property with all of the application's own values: Graph gives
//!   such properties by name alone, and names that nobody knows could not be asked for.
//! - **Attachments** from 3 MB on go in an upload session, which goes on where it was interrupted. An
//!   event has them with [`get_event`](integrations_core::calendar::Calendar::get_event), and not in
//!   lists.
//! - **Not more than four requests** are under way at a time, as many as a mailbox takes.
//!
//! The default calendar can be called `primary`, besides by its id.

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
