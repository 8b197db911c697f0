//! iCalendar text, as others write it and as nobody should.

#![allow(clippy::unwrap_used)]

mod edited;
mod exported;
mod files;
mod future;
mod hostile;
mod imported;
