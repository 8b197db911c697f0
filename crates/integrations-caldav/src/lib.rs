//! Calendars at any CalDAV server (RFC 4791), behind the calendar trait.
//!
//! ```no_run
//! use integrations_caldav::{CalDav, CalDavConfig};
//! use integrations_core::Integration;
//! use integrations_core::calendar::{Calendar, NewEvent};
//! use integrations_core::time::EventTime;
//! use jiff::civil::date;
//!
//! # async fn example() -> integrations_core::Result<()> {
//! let config = CalDavConfig::new("https://dav.example.com").with_password("ada", "…");
//! let caldav = CalDav::new(config)?;
//! // Finds the account, and what the server can do.
//! caldav.connect().await?;
//!
//! let calendar = Calendar::new(caldav);
//! let home = calendar.list_calendars().all().await?.remove(0).id;
//! let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
//! calendar.create_event(&home, NewEvent::new("Lunch", at(12), at(13))).await?;
//! # Ok(()) }
//! ```
//!
//! # What is CalDAV's own
//!
//! - **An event is a resource** with an iCalendar object: a series with all its changed
//!   occurrences. What is changed is read, edited in place and written back under the condition
//!   that it is still the version that was read; lines that nobody here knows stay as they are.
//! - **Occurrences are made here**, not by the server: three servers that were tried disagree where
//!   summer time begins.
//! - **What the server can do is asked at [`connect`](integrations_core::Integration::connect)**:
//!   before it, what only some servers have is not declared. Calls that need the account find it by
//!   themselves.
//! - **The password is shown only when the server asks for it**, and to no other host than the
//!   configured ones: by Basic over TLS, by Digest over an open line that offers it.
//! - **Invitations** are sent by servers that schedule (RFC 6638). Others keep attendees and tell
//!   nobody, and `notify` is refused.

mod auth;
mod client;
mod config;
mod dav;
mod digest;
mod discovery;
mod ids;
mod operations;
mod provider;
mod series;

pub use auth::Credentials;
pub use config::{CalDavConfig, factory};
pub use discovery::{ServiceRecord, ServiceResolver, find_service};
pub use integrations_icalendar::Method as MessageMethod;
pub use provider::CalDav;
