//! iCalendar text (RFC 5545): read into the events of [`integrations_core::calendar`], edited in
//! place, written; for files that are imported and exported, and for the providers that keep
//! calendars as such text.
//!
//! ```
//! use integrations_icalendar::{Export, objects};
//!
//! let file = "BEGIN:VCALENDAR\r
//! BEGIN:VEVENT\r
//! UID:tea@example.com\r
//! DTSTART;TZID=W. Europe Standard Time:20260601T090000\r
//! DURATION:PT30M\r
//! RRULE:FREQ=WEEKLY;COUNT=4\r
//! SUMMARY:Tea\\, and more\r
//! END:VEVENT\r
//! BEGIN:VEVENT\r
//! UID:tea@example.com\r
//! RECURRENCE-ID;TZID=W. Europe Standard Time:20260608T090000\r
//! DTSTART;TZID=W. Europe Standard Time:20260608T150000\r
//! DURATION:PT30M\r
//! SUMMARY:Tea in the afternoon\r
//! END:VEVENT\r
//! END:VCALENDAR\r
//! ";
//! // One object for each UID; what is damaged is told with its line, and the rest goes on.
//! let mut all = objects(file.as_bytes());
//! let tea = all.next().unwrap().map_err(integrations_core::Error::from)?;
//! let series = tea.master.as_ref().unwrap();
//! assert_eq!(series.summary, "Tea, and more");
//! assert_eq!(series.start.to_string(), "2026-06-01T09:00:00[Europe/Berlin]");
//! assert_eq!(tea.changed[0].summary, "Tea in the afternoon");
//!
//! // To make it at a provider: a new event, and a change of its second occurrence.
//! let import = tea.imports().remove(0);
//! assert_eq!(import.new.summary, "Tea, and more");
//! assert_eq!(import.changes[0].patch.summary.as_deref(), Some("Tea in the afternoon"));
//!
//! // And as a file again.
//! let mut export = Export::new();
//! let mut copy = export.begin();
//! for event in tea.master.iter().chain(&tea.changed) {
//!     copy += &export.event(event)?;
//! }
//! copy += &export.end();
//! assert_eq!(objects(copy.as_bytes()).next().unwrap().unwrap().changed, tea.changed);
//! # Ok::<_, integrations_core::Error>(())
//! ```
//!
//! # What it is made of
//!
//! - **Lines and components** ([`Line`], [`Component`]) keep every line as it came: what nobody here
//!   knows is written again.
//! - **Reading** ([`Reader`], [`Events`]): an event of the model from a component, with the zones of
//!   the object. Other programs' ways are understood: Windows' names of zones, zones that only
//!   their component explains, dates where a time has to be.
//! - **When it is** ([`Plan`]): the occurrences of a series, with those that were changed, one by one
//!   or with all that follow (`RANGE=THISANDFUTURE`).
//! - **Editing** ([`apply`], [`put_recurrence`], [`set_times`]) and **writing** ([`write_new`],
//!   [`write_series`], [`add_zones`]): only the lines that differ are replaced.
//! - **Files** ([`objects`], [`Object`], [`Import`], [`Export`]).
//! - **Messages** ([`message`], [`free_busy_request`]): objects with a method (iTIP).
//!
//! # What it refuses
//!
//! A text is given by anybody. Lines, levels and sizes are bounded ([`MAX_LINE`], [`MAX_DEPTH`],
//! [`MAX_ITEMS`], [`MAX_OBJECT`], [`MAX_WAITING`]); beyond them, and for what is no iCalendar, there is
//! a `Decode` error with the number of the line ([`LineNumber`]), and never a panic.

mod component;
mod edit;
mod error;
mod event;
mod export;
mod import;
mod itip;
mod line;
mod lines;
mod objects;
mod plan;
mod read;
mod value;
mod zone;

pub use component::{Component, MAX_DEPTH, MAX_ITEMS, MAX_OBJECT};
pub use edit::{apply, override_of, put_recurrence, set_times, significant_lines, touch};
pub use error::LineNumber;
pub use event::{calendar, own_object, write_new, write_series};
pub use export::Export;
pub use import::{Import, OccurrenceChange, import_event, import_key};
pub use itip::{Method, free_busy_request, message};
pub use line::Line;
pub use lines::MAX_LINE;
pub use objects::{Damage, MAX_WAITING, Object, Objects, objects};
pub use plan::{Name, Plan};
pub use read::{Events, Reader, address};
pub use value::{busy_periods, time_line};
pub use zone::{add_zones, read_zone, zone_object};

/// What writes the objects (section 3.7.3).
const PRODUCT: &str = "-//integrations//iCalendar//EN";
