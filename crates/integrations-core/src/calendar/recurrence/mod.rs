//! How events repeat: the rules of RFC 5545, typed.
//!
//! A rule is read strictly and written in one form, so that what two providers mean by a rule can
//! be compared; what is not a rule of the RFC is refused before it is sent.
//!
//! ```
//! use integrations_core::calendar::recurrence::{Frequency, RRule};
//!
//! let rule: RRule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10".parse()?;
//! assert_eq!(rule.frequency, Frequency::Weekly);
//! assert_eq!(rule.to_string(), "FREQ=WEEKLY;COUNT=10;INTERVAL=2;BYDAY=MO,WE");
//!
//! // A day of the year does not go with months (RFC 5545, section 3.3.10).
//! assert!("FREQ=MONTHLY;BYYEARDAY=100".parse::<RRule>().is_err());
//! # Ok::<_, integrations_core::Error>(())
//! ```

mod check;
#[cfg(feature = "recurrence")]
mod cut;
#[cfg(feature = "recurrence")]
mod engine;
#[cfg(feature = "recurrence")]
mod expand;
mod normal;
mod property;
mod rule;
#[cfg(feature = "recurrence")]
mod series;
mod text;

use serde::{Deserialize, Serialize};

#[cfg(feature = "recurrence")]
pub use cut::moved_with;
#[cfg(feature = "recurrence")]
pub use expand::expand;
pub use property::Property;
pub use rule::{ByDay, Frequency, RRule, RuleEnd, Until, Weekday};
#[cfg(feature = "recurrence")]
pub use series::{Definition, Occurrence, Occurrences, Override, Reach, Series};

use crate::error::{Error, Result};
use crate::time::EventTime;

/// When a series takes place (RFC 5545, section 3.8.5).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recurrence {
    /// The rules (`RRULE`); the occurrences of all of them together.
    pub rules: Vec<RRule>,
    /// Further occurrences (`RDATE`).
    pub dates: Vec<RDate>,
    /// Occurrences that do not take place (`EXDATE`).
    pub except: Vec<EventTime>,
    /// Rules whose occurrences do not take place (`EXRULE`). RFC 5545 has them no more, RFC 2445
    /// had, and calendars still have some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except_rules: Vec<RRule>,
}

/// A further occurrence of a series (`RDATE`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RDate {
    /// When it starts.
    pub start: EventTime,
    /// When it ends, where it is a `PERIOD`; otherwise it is as long as the series' others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EventTime>,
}

impl RDate {
    /// An occurrence with an end of its own.
    #[must_use]
    pub fn period(start: EventTime, end: EventTime) -> Self {
        Self {
            start,
            end: Some(end),
        }
    }
}

impl From<EventTime> for RDate {
    fn from(start: EventTime) -> Self {
        Self { start, end: None }
    }
}

impl Recurrence {
    /// Takes an occurrence out.
    #[must_use]
    pub fn with_except(mut self, start: EventTime) -> Self {
        self.except.push(start);
        self
    }

    /// Takes the occurrences of a rule out.
    #[must_use]
    pub fn with_except_rule(mut self, rule: RRule) -> Self {
        self.except_rules.push(rule);
        self
    }

    /// Adds an occurrence.
    #[must_use]
    pub fn with_date(mut self, date: impl Into<RDate>) -> Self {
        self.dates.push(date.into());
        self
    }

    /// Every time that it names: dates, their ends, and exceptions.
    pub fn times(&self) -> impl Iterator<Item = &EventTime> {
        let dates = self.dates.iter();
        let dates = dates.flat_map(|date| std::iter::once(&date.start).chain(&date.end));
        dates.chain(&self.except)
    }

    /// Checks it against the start of the series.
    ///
    /// # Errors
    /// `InvalidInput` when there is neither rule nor date, a rule is not one of RFC 5545 or ends
    /// before the start, the forms of time do not go together, or a period has whole days (RFC 5545,
    /// section 3.3.9).
    pub fn check(&self, start: &EventTime) -> Result<()> {
        self.check_form(start)?;
        self.rules
            .iter()
            .try_for_each(|rule| rule.check_reach(start))
    }

    /// Checks what has to hold of one that somebody else wrote, too.
    fn check_form(&self, start: &EventTime) -> Result<()> {
        if self.rules.is_empty() && self.dates.is_empty() {
            return Err(Error::invalid_input(
                "a recurrence needs a rule or a date; clear it to stop repeating",
            ));
        }
        for rule in self.rules.iter().chain(&self.except_rules) {
            rule.check()?;
            rule.check_start(start)?;
        }
        let starts = self.dates.iter().map(|date| &date.start);
        for other in starts.chain(&self.except) {
            if other.is_date() != start.is_date() {
                return Err(Error::invalid_input(
                    "the dates of a recurrence are whole days when the event is, and times \
                     otherwise",
                ));
            }
        }
        for date in &self.dates {
            if date
                .end
                .as_ref()
                .is_some_and(|end| end.is_date() || date.start.is_date())
            {
                return Err(Error::invalid_input(
                    "a period of a recurrence is from a time to a time, and not of whole days",
                ));
            }
        }
        Ok(())
    }
}

impl From<RRule> for Recurrence {
    fn from(rule: RRule) -> Self {
        Self {
            rules: vec![rule],
            ..Self::default()
        }
    }
}
