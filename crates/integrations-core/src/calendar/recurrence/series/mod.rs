//! A series with its changed occurrences.
//!
//! A rule says when a series has an occurrence; a changed occurrence (an event with a
//! `RECURRENCE-ID`) says that one of them, or all from one on, is at another time. So an occurrence
//! has two times: the *original*, by which it is known, and when it takes place.
//!
//! ```
//! use integrations_core::calendar::recurrence::{Definition, Override, RRule, Recurrence, Series};
//! use integrations_core::time::EventTime;
//! use jiff::civil::date;
//!
//! let at = |day, hour| EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), "Europe/Berlin");
//! let weekly = Recurrence::from("FREQ=WEEKLY".parse::<RRule>()?);
//! let series = Series::new(at(1, 9), at(1, 10), weekly)?
//!     // From the third on it is in the afternoon,
//!     .with_override(Override::new(at(15, 9), at(15, 14), at(15, 15)).and_future())?
//!     // and the second does not take place.
//!     .with_override(Override::new(at(8, 9), at(8, 9), at(8, 10)).cancelled())?;
//!
//! // It has no end, and is asked for what follows an instant.
//! let mut next = series.upcoming("2026-06-02T00:00:00Z".parse().unwrap());
//! let second = next.next().unwrap()?;
//! assert!(second.cancelled);
//! let third = next.next().unwrap()?;
//! assert_eq!((third.original, third.start), (at(15, 9), at(15, 14)));
//! let fourth = next.next().unwrap()?;
//! assert_eq!((fourth.original, fourth.start), (at(22, 9), at(22, 14)));
//! assert_eq!(fourth.definition, Definition::Override(0));
//! # Ok::<_, integrations_core::Error>(())
//! ```

mod length;
mod occurrences;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

pub use occurrences::Occurrences;

use self::length::Length;
use super::Recurrence;
use crate::error::{Error, Result};
use crate::time::{EventTime, TimeRange};

/// A series: when it starts, how long its occurrences are, how it repeats, and what was changed.
#[derive(Debug, Clone)]
pub struct Series {
    start: EventTime,
    length: Length,
    recurrence: Recurrence,
    overrides: Vec<Override>,
    local: TimeZone,
}

/// How much of a series a change is of (`RANGE`, RFC 5545, section 3.2.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reach {
    /// One occurrence.
    #[default]
    This,
    /// It and all that follow (`THISANDFUTURE`).
    ThisAndFuture,
}

/// A change of occurrences: an event with a `RECURRENCE-ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Override {
    /// When the series has the occurrence (`RECURRENCE-ID`).
    pub original: EventTime,
    /// Which ones it is of.
    pub reach: Reach,
    /// When it takes place now.
    pub start: EventTime,
    /// When it ends now.
    pub end: EventTime,
    /// Whether it is cancelled (`STATUS:CANCELLED`).
    pub cancelled: bool,
}

impl Override {
    /// A change of one occurrence.
    #[must_use]
    pub fn new(original: EventTime, start: EventTime, end: EventTime) -> Self {
        Self {
            original,
            reach: Reach::This,
            start,
            end,
            cancelled: false,
        }
    }

    /// Of all that follow, too: they are moved by as much on the wall and are as long, until the
    /// next change with this reach.
    #[must_use]
    pub fn and_future(mut self) -> Self {
        self.reach = Reach::ThisAndFuture;
        self
    }

    /// It does not take place.
    #[must_use]
    pub fn cancelled(mut self) -> Self {
        self.cancelled = true;
        self
    }
}

/// What says when an occurrence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Definition {
    /// The series.
    Series,
    /// The override with this place, in the order in which they were added.
    Override(usize),
}

/// One occurrence of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Occurrence {
    /// When the series has it, by which it is known (`RECURRENCE-ID`).
    pub original: EventTime,
    /// When it starts.
    pub start: EventTime,
    /// When it ends; as long as it starts when it takes no time.
    pub end: EventTime,
    /// The instant of the start, with days and floating times read in the zone of the reader.
    pub starts_at: Timestamp,
    /// The instant of the end.
    pub ends_at: Timestamp,
    /// What says so.
    pub definition: Definition,
    /// Whether it was cancelled. One that was taken out by `EXDATE` is not given at all.
    pub cancelled: bool,
}

impl Series {
    /// A series whose first occurrence has an end (`DTEND`). The others have its *exact* length
    /// (RFC 5545, section 3.8.5.3): a night shift of eight hours has eight in the night when summer
    /// time ends, too. Whole days stay as many days.
    ///
    /// The recurrence is taken as it is meant ([`Recurrence::normalized`]); days and floating times
    /// are read in UTC, until [`read_in`](Self::read_in) says where.
    ///
    /// # Errors
    /// `InvalidInput` for a recurrence that is not one of the RFC, an unknown zone, an end before
    /// the start, or a start that is a day with an end that is a time.
    pub fn new(start: EventTime, end: EventTime, recurrence: Recurrence) -> Result<Self> {
        let length = Length::until(&start, end)?;
        Self::with_length(start, length, &recurrence)
    }

    /// A series whose occurrences have a *nominal* length (`DURATION`): days and weeks are of the
    /// wall, what is shorter is time that passes (section 3.3.6), so that one day from 9 is 9 again
    /// though it has 23 hours.
    ///
    /// # Errors
    /// As [`new`](Self::new); `InvalidInput` for a length in months or years, below a second, below
    /// zero, or of hours for whole days.
    pub fn lasting(start: EventTime, length: Span, recurrence: Recurrence) -> Result<Self> {
        let length = Length::nominal(&start, length)?;
        Self::with_length(start, length, &recurrence)
    }

    fn with_length(start: EventTime, length: Length, recurrence: &Recurrence) -> Result<Self> {
        let recurrence = recurrence.normalized(&start)?;
        // An unknown zone is told here, and not at the first occurrence.
        for time in std::iter::once(&start).chain(recurrence.times()) {
            time.to_timestamp(&TimeZone::UTC)?;
        }
        Ok(Self {
            start,
            length,
            recurrence,
            overrides: Vec::new(),
            local: TimeZone::UTC,
        })
    }

    /// The zone in which days and floating times are read.
    #[must_use]
    pub fn read_in(mut self, local: TimeZone) -> Self {
        self.local = local;
        self
    }

    /// Adds a change. One whose original the recurrence does not have is an occurrence all the
    /// same, because calendars change a rule and keep what was changed before; one that `EXDATE`
    /// takes out is none. Of two with the same original the one that was added last counts.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown zone, an end before the start, a start that is a day with an
    /// end that is a time, or an original that is a day where the series has times.
    pub fn with_override(mut self, change: Override) -> Result<Self> {
        if change.original.is_date() != self.start.is_date() {
            return Err(Error::invalid_input(
                "a changed occurrence is known by a day when the series has days, and by a time \
                 otherwise",
            ));
        }
        change.original.to_timestamp(&TimeZone::UTC)?;
        change.start.to_timestamp(&TimeZone::UTC)?;
        Length::until(&change.start, change.end.clone())?;
        self.overrides.push(change);
        Ok(self)
    }

    /// The changes, in the order in which they were added.
    #[must_use]
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// Every occurrence that shares an instant with a span, in order of their starts. One that
    /// takes no time is at its start.
    #[must_use]
    pub fn within(&self, window: TimeRange) -> Occurrences {
        Occurrences::new(self, window.start, Some(window.end))
    }

    /// Every occurrence that is not over at an instant, in order of their starts: the next is the
    /// first. A series without an end gives them for ever.
    #[must_use]
    pub fn upcoming(&self, instant: Timestamp) -> Occurrences {
        Occurrences::new(self, instant, None)
    }
}
