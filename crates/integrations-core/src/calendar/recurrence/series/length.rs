//! How long occurrences are.

use jiff::Span;
use jiff::tz::TimeZone;

use crate::calendar::recurrence::engine::day::{self, DAY};
use crate::calendar::recurrence::engine::form::{Form, check_pair};
use crate::error::{Error, Result};
use crate::time::EventTime;

/// The length of an occurrence.
#[derive(Debug, Clone)]
pub(super) enum Length {
    /// So many days of the wall, and then so many seconds. The end has the form of the start.
    Nominal { days: i64, seconds: i64 },
    /// As long as from the one to the other. The end has the form of the second.
    Exact { start: EventTime, end: EventTime },
}

impl Length {
    pub(super) fn until(start: &EventTime, end: EventTime) -> Result<Self> {
        check_pair(start, &end)?;
        if let (EventTime::Date(from), EventTime::Date(to)) = (start, &end) {
            let days = day::day_of(*to) - day::day_of(*from);
            return match days < 0 {
                true => Err(before()),
                false => Ok(Self::Nominal { days, seconds: 0 }),
            };
        }
        let utc = TimeZone::UTC;
        if start.to_timestamp(&utc)? > end.to_timestamp(&utc)? {
            return Err(before());
        }
        Ok(Self::Exact {
            start: start.clone(),
            end,
        })
    }

    pub(super) fn nominal(start: &EventTime, length: Span) -> Result<Self> {
        let wrong = |why| {
            Error::invalid_input(format!(
                "{length} is no length of an event: {why} (RFC 5545, section 3.3.6)"
            ))
        };
        if length.is_negative() {
            return Err(wrong("it is below zero"));
        }
        if length.get_years() != 0 || length.get_months() != 0 {
            return Err(wrong("it has months or years"));
        }
        if length.get_milliseconds() != 0
            || length.get_microseconds() != 0
            || length.get_nanoseconds() != 0
        {
            return Err(wrong("it has parts of a second"));
        }
        let days = i64::from(length.get_weeks()) * 7 + i64::from(length.get_days());
        let minutes = i64::from(length.get_hours()) * 60 + length.get_minutes();
        // A span has at most 631,107,417,600 seconds, and the sum fits.
        let seconds = minutes * 60 + length.get_seconds();
        if start.is_date() && seconds != 0 {
            return Err(wrong("the event has whole days, and it has hours"));
        }
        Ok(Self::Nominal { days, seconds })
    }
}

fn before() -> Error {
    Error::invalid_input("an event must not end before it starts")
}

/// A length with what is needed to apply it.
#[derive(Debug)]
pub(super) enum Measure {
    Nominal { days: i64, seconds: i64 },
    Exact { seconds: i64, end: Box<Form> },
}

/// The end of an occurrence.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// Its key in the form of the end.
    pub(super) key: i64,
    pub(super) instant: i64,
}

impl Measure {
    pub(super) fn new(length: &Length, local: &TimeZone) -> Result<Self> {
        Ok(match length {
            Length::Nominal { days, seconds } => Self::Nominal {
                days: *days,
                seconds: *seconds,
            },
            Length::Exact { start, end } => {
                let mut form = Form::of(end, local)?;
                let seconds = form.key(end)? - form.key(start)?;
                Self::Exact {
                    seconds,
                    end: Box::new(form),
                }
            }
        })
    }

    /// No occurrence takes longer, in seconds.
    pub(super) fn longest(&self) -> i64 {
        match self {
            // Two changes of the zone of a day each are more than there ever were.
            Self::Nominal { days: 0, seconds } => *seconds,
            Self::Nominal { days, seconds } => (days + 2) * DAY + seconds,
            Self::Exact { seconds, end } if end.has_instants() => *seconds,
            Self::Exact { seconds, .. } => seconds + 2 * DAY,
        }
    }

    /// The same with ends in the form of a series.
    pub(super) fn ending_in(self, form: &Form) -> Self {
        match self {
            Self::Exact { seconds, .. } => Self::Exact {
                seconds,
                end: Box::new(form.clone()),
            },
            nominal => nominal,
        }
    }

    /// The end of what starts at a key and instant.
    pub(super) fn end(&mut self, form: &mut Form, key: i64, instant: i64) -> Result<End> {
        match self {
            Self::Nominal { days, seconds } => {
                let later = match *days {
                    // A wall that comes twice must not become the first of the two.
                    0 => key,
                    days => {
                        let wall = form.wall(key)? + days * DAY;
                        form.read_wall(wall)?.instant
                    }
                };
                let key = later + *seconds;
                Ok(End {
                    key,
                    instant: form.instant(key)?.instant,
                })
            }
            // Both have instants, or both float and have walls.
            Self::Exact { seconds, end } => {
                let key = match end.has_instants() {
                    true => instant + *seconds,
                    false => key + *seconds,
                };
                Ok(End {
                    key,
                    instant: end.instant(key)?.instant,
                })
            }
        }
    }

    /// The time of an end.
    pub(super) fn time(&mut self, form: &mut Form, end: End) -> Result<EventTime> {
        match self {
            Self::Nominal { .. } => form.time(end.key),
            Self::Exact { end: own, .. } => own.time(end.key),
        }
    }
}
