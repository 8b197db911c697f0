//! Times of events, kept as they were meant: a date, a wall time in a zone, an instant, or a wall
//! time that floats with the reader.
//!
//! Reading "9 o'clock in Berlin" as an instant loses the meeting the day the rule for summer time
//! changes, and reading "9 o'clock, wherever you are" as UTC moves it at once. So the four forms
//! are four variants, and only [`EventTime::to_timestamp`] makes an instant of them.
//!
//! ```
//! use integrations_core::time::EventTime;
//! use jiff::civil::date;
//! use jiff::tz::TimeZone;
//!
//! let meeting = EventTime::zoned(date(2026, 3, 30).at(9, 0, 0, 0), "Europe/Berlin");
//! assert_eq!(meeting.to_timestamp(&TimeZone::UTC)?.to_string(), "2026-03-30T07:00:00Z");
//! # Ok::<_, integrations_core::Error>(())
//! ```

mod windows;

use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The name of a time zone: as the provider wrote it, and as an IANA name where it has one.
///
/// Names are shared, because every occurrence of a series has them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Names", into = "Names")]
pub struct TzId {
    /// The IANA name, for example `Europe/Berlin`; `None` when the provider's name is not known.
    pub iana: Option<Arc<str>>,
    /// The name as it came, for example `W. Europe Standard Time` or `Customized Time Zone`.
    pub raw: Arc<str>,
}

/// A [`TzId`] as it is kept.
#[derive(Serialize, Deserialize)]
struct Names {
    iana: Option<String>,
    raw: String,
}

impl From<Names> for TzId {
    fn from(Names { iana, raw }: Names) -> Self {
        Self {
            iana: iana.map(Arc::from),
            raw: raw.into(),
        }
    }
}

impl From<TzId> for Names {
    fn from(TzId { iana, raw }: TzId) -> Self {
        Self {
            iana: iana.map(|name| name.to_string()),
            raw: raw.to_string(),
        }
    }
}

impl TzId {
    /// A zone by its IANA name.
    pub fn iana(name: impl Into<String>) -> Self {
        let raw: Arc<str> = name.into().into();
        Self {
            iana: Some(raw.clone()),
            raw,
        }
    }

    /// A name that no table knows.
    pub fn unknown(raw: impl Into<String>) -> Self {
        Self {
            iana: None,
            raw: raw.into().into(),
        }
    }

    /// The rules of the zone.
    ///
    /// # Errors
    /// `InvalidInput` when the name is not in the time-zone database.
    pub fn time_zone(&self) -> Result<TimeZone> {
        let name = self.iana.as_deref().unwrap_or(&self.raw);
        TimeZone::get(name)
            .map_err(|_| Error::invalid_input(format!("the time zone {name:?} is not known")))
    }
}

impl fmt::Display for TzId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.iana.as_deref().unwrap_or(&self.raw))
    }
}

/// When something starts or ends, in the form in which it was meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventTime {
    /// A whole day. As an end it is exclusive: the day after the last.
    Date(Date),
    /// A wall time in a zone.
    Zoned {
        /// What the clock on the wall shows.
        local: DateTime,
        /// The zone of that wall.
        tz: TzId,
    },
    /// An instant.
    Utc(Timestamp),
    /// A wall time wherever the reader is.
    Floating(DateTime),
}

impl EventTime {
    /// A wall time in the zone with the given IANA name.
    pub fn zoned(local: DateTime, iana: impl Into<String>) -> Self {
        Self::Zoned {
            local,
            tz: TzId::iana(iana),
        }
    }

    /// The instant, with dates and floating times read in `local`. A wall time that summer time
    /// skips is read with the offset before the gap, and one that occurs twice is its first
    /// occurrence (RFC 5545, section 3.3.5).
    ///
    /// # Errors
    /// `InvalidInput` for an unknown zone or a time out of range.
    pub fn to_timestamp(&self, local: &TimeZone) -> Result<Timestamp> {
        let (wall, tz) = match self {
            Self::Utc(instant) => return Ok(*instant),
            Self::Date(date) => (date.at(0, 0, 0, 0), local.clone()),
            Self::Floating(wall) => (*wall, local.clone()),
            Self::Zoned { local, tz } => (*local, tz.time_zone()?),
        };
        // "Compatible" is exactly the rule of RFC 5545.
        tz.to_ambiguous_timestamp(wall)
            .compatible()
            .map_err(|_| Error::invalid_input(format!("{wall} is out of range")))
    }

    /// The time after a length (RFC 5545, section 3.3.6): its weeks and days are of the wall, and
    /// what is shorter is time that passes. Of two equal times on the wall the second can only be
    /// said as an instant, and is.
    ///
    /// ```
    /// use integrations_core::time::EventTime;
    /// use jiff::ToSpan;
    /// use jiff::civil::date;
    ///
    /// // Summer time ends in the night.
    /// let noon = EventTime::zoned(date(2026, 10, 24).at(12, 0, 0, 0), "Europe/Berlin");
    /// assert_eq!(noon.after(1.day())?.to_string(), "2026-10-25T12:00:00[Europe/Berlin]");
    /// assert_eq!(noon.after(24.hours())?.to_string(), "2026-10-25T11:00:00[Europe/Berlin]");
    /// # Ok::<_, integrations_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for an unknown zone, a time out of range, or hours after a whole day.
    pub fn after(&self, length: Span) -> Result<Self> {
        let far = |_| Error::invalid_input(format!("{self} and {length} is out of range"));
        Ok(match self {
            Self::Date(date) => {
                let has_days_alone = length.get_hours() == 0
                    && length.get_minutes() == 0
                    && length.get_seconds() == 0;
                if !has_days_alone {
                    return Err(Error::invalid_input(format!(
                        "{self} is a whole day, and {length} has parts of one"
                    )));
                }
                Self::Date(date.checked_add(length).map_err(far)?)
            }
            Self::Floating(wall) => Self::Floating(wall.checked_add(length).map_err(far)?),
            Self::Utc(at) => {
                let utc = TimeZone::UTC.to_datetime(*at).checked_add(length);
                let at = TimeZone::UTC.to_timestamp(utc.map_err(far)?);
                Self::Utc(at.map_err(far)?)
            }
            Self::Zoned { local, tz } => {
                let start = tz.time_zone()?.to_ambiguous_zoned_datetime(*local);
                let start = start.compatible().map_err(far)?;
                let end = start.checked_add(length).map_err(far)?;
                let zoned = Self::Zoned {
                    local: end.datetime(),
                    tz: tz.clone(),
                };
                match zoned.to_timestamp(&TimeZone::UTC)? == end.timestamp() {
                    true => zoned,
                    false => Self::Utc(end.timestamp()),
                }
            }
        })
    }

    /// What the wall shows where the event is: the date at midnight, the local time, or UTC.
    #[must_use]
    pub fn wall(&self) -> DateTime {
        match self {
            Self::Date(date) => date.at(0, 0, 0, 0),
            Self::Zoned { local, .. } | Self::Floating(local) => *local,
            Self::Utc(instant) => TimeZone::UTC.to_datetime(*instant),
        }
    }

    /// Whether this is a whole day.
    #[must_use]
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }
}

impl From<Timestamp> for EventTime {
    fn from(instant: Timestamp) -> Self {
        Self::Utc(instant)
    }
}

impl From<Date> for EventTime {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl From<&jiff::ZonedDateTime> for EventTime {
    fn from(zoned: &jiff::ZonedDateTime) -> Self {
        match zoned.time_zone().iana_name() {
            Some(name) => Self::zoned(zoned.datetime(), name),
            None => Self::Utc(zoned.timestamp()),
        }
    }
}

impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Zoned { local, tz } => write!(f, "{local}[{tz}]"),
            Self::Utc(instant) => instant.fmt(f),
            Self::Floating(local) => local.fmt(f),
        }
    }
}

/// A span of time from `start` (included) to `end` (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

impl TimeRange {
    /// A span that is not empty.
    ///
    /// # Errors
    /// `InvalidInput` when it ends before or as it starts.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self> {
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(Error::invalid_input(
                "a time range must end after it starts",
            ))
        }
    }

    /// Whether the two share an instant.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the instant lies in the span.
    #[must_use]
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_skipped_wall_time_takes_the_offset_before_the_gap() {
        // New York, 2007-03-11: the example of RFC 5545, section 3.3.5.
        let skipped = EventTime::zoned(date(2007, 3, 11).at(2, 30, 0, 0), "America/New_York");
        let instant = skipped.to_timestamp(&TimeZone::UTC).unwrap();
        assert_eq!(instant.to_string(), "2007-03-11T07:30:00Z");
    }

    #[test]
    fn a_repeated_wall_time_is_its_first_occurrence() {
        let twice = EventTime::zoned(date(2007, 11, 4).at(1, 30, 0, 0), "America/New_York");
        let instant = twice.to_timestamp(&TimeZone::UTC).unwrap();
        assert_eq!(instant.to_string(), "2007-11-04T05:30:00Z");
    }

    #[test]
    fn an_unknown_zone_is_an_error_and_never_utc() {
        let tz = TzId::unknown("Customized Time Zone");
        let time = EventTime::Zoned {
            local: date(2026, 1, 1).at(9, 0, 0, 0),
            tz,
        };
        assert!(time.to_timestamp(&TimeZone::UTC).is_err());
    }

    #[test]
    fn an_empty_range_is_refused() {
        assert!(TimeRange::new(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH).is_err());
    }
}
