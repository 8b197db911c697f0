//! Events as iCalendar objects (RFC 5545).
//!
//! What is written here is plain: one `VEVENT` for the series and one for each changed occurrence,
//! with the zones that they name. What a file of another program says beyond the model is kept and
//! written again.

mod line;
mod read;
mod write;
mod zone;

use std::collections::BTreeMap;

pub(super) use read::read;
pub(super) use write::{write, write_message};

/// Lines of a file that are not known here, by the `RECURRENCE-ID` of their event (empty for the
/// series), and components beside the events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(super) lines: BTreeMap<String, String>,
}
