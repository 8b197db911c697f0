//! The parts of a rule.

use std::num::NonZeroU32;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The unit in which a rule steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Frequency {
    /// Every second.
    Secondly,
    /// Every minute.
    Minutely,
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
}

impl Frequency {
    /// Whether it steps in less than a day.
    #[must_use]
    pub fn is_sub_daily(self) -> bool {
        self < Self::Daily
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Weekday {
    /// Monday, with which a week begins unless the rule says otherwise.
    #[default]
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl From<jiff::civil::Weekday> for Weekday {
    fn from(day: jiff::civil::Weekday) -> Self {
        use jiff::civil::Weekday as Jiff;
        match day {
            Jiff::Monday => Self::Monday,
            Jiff::Tuesday => Self::Tuesday,
            Jiff::Wednesday => Self::Wednesday,
            Jiff::Thursday => Self::Thursday,
            Jiff::Friday => Self::Friday,
            Jiff::Saturday => Self::Saturday,
            Jiff::Sunday => Self::Sunday,
        }
    }
}

/// A day of the week, or the nth of them in the month or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ByDay {
    /// Which one: 1 is the first, -1 the last; `None` every one.
    pub nth: Option<i8>,
    /// The day.
    pub day: Weekday,
}

impl From<Weekday> for ByDay {
    fn from(day: Weekday) -> Self {
        Self { nth: None, day }
    }
}

/// The last moment of a rule, included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Until {
    /// A whole day, for events of whole days.
    Date(Date),
    /// An instant, for events in a zone or in UTC.
    Utc(Timestamp),
    /// A wall time, for events that float.
    Local(DateTime),
}

/// When a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RuleEnd {
    /// It does not.
    #[default]
    Never,
    /// After so many occurrences.
    Count(NonZeroU32),
    /// At a moment.
    Until(Until),
}

/// A recurrence rule (RFC 5545, section 3.3.10). Serialised as its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub struct RRule {
    /// The unit of the steps.
    pub frequency: Frequency,
    /// How many units a step has.
    pub interval: NonZeroU32,
    /// When it ends.
    pub end: RuleEnd,
    /// Seconds of the minute, 0 to 60.
    pub by_second: Vec<u8>,
    /// Minutes of the hour, 0 to 59.
    pub by_minute: Vec<u8>,
    /// Hours of the day, 0 to 23.
    pub by_hour: Vec<u8>,
    /// Days of the week.
    pub by_day: Vec<ByDay>,
    /// Days of the month, 1 to 31, or from its end, -1 to -31.
    pub by_month_day: Vec<i8>,
    /// Days of the year, 1 to 366, or from its end.
    pub by_year_day: Vec<i16>,
    /// Weeks of the year (ISO 8601), 1 to 53, or from its end.
    pub by_week_no: Vec<i8>,
    /// Months, 1 to 12.
    pub by_month: Vec<u8>,
    /// Which of the days of a step, 1 to 366, or from the step's end.
    pub by_set_pos: Vec<i16>,
    /// The day with which a week begins.
    pub week_start: Weekday,
}

impl RRule {
    /// A rule that steps for ever.
    #[must_use]
    pub fn new(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: NonZeroU32::MIN,
            end: RuleEnd::Never,
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week_no: Vec::new(),
            by_month: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    /// Every day.
    #[must_use]
    pub fn daily() -> Self {
        Self::new(Frequency::Daily)
    }

    /// Every week on these days; without any, on the day of the start.
    pub fn weekly(days: impl IntoIterator<Item = Weekday>) -> Self {
        let mut rule = Self::new(Frequency::Weekly);
        rule.by_day = days.into_iter().map(ByDay::from).collect();
        rule
    }

    /// Every month.
    #[must_use]
    pub fn monthly() -> Self {
        Self::new(Frequency::Monthly)
    }

    /// Every year.
    #[must_use]
    pub fn yearly() -> Self {
        Self::new(Frequency::Yearly)
    }

    /// Only every so many steps.
    #[must_use]
    pub fn every(mut self, interval: NonZeroU32) -> Self {
        self.interval = interval;
        self
    }

    /// Ends after so many occurrences.
    #[must_use]
    pub fn count(mut self, count: NonZeroU32) -> Self {
        self.end = RuleEnd::Count(count);
        self
    }

    /// Ends at a moment, included.
    #[must_use]
    pub fn until(mut self, until: Until) -> Self {
        self.end = RuleEnd::Until(until);
        self
    }
}

impl TryFrom<String> for RRule {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<RRule> for String {
    fn from(rule: RRule) -> Self {
        rule.to_string()
    }
}
