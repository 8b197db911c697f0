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
mod expand;
mod rule;
mod text;

use serde::{Deserialize, Serialize};

#[cfg(feature = "recurrence")]
pub use expand::expand;
pub use rule::{ByDay, Frequency, RRule, RuleEnd, Until, Weekday};

use crate::error::{Error, Result};
use crate::time::EventTime;

/// When a series takes place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recurrence {
    /// The rules; the occurrences of all of them together.
    pub rules: Vec<RRule>,
    /// Further occurrences.
    pub dates: Vec<EventTime>,
    /// Occurrences that do not take place.
    pub except: Vec<EventTime>,
}

impl Recurrence {
    /// Takes an occurrence out.
    #[must_use]
    pub fn with_except(mut self, start: EventTime) -> Self {
        self.except.push(start);
        self
    }

    /// Adds an occurrence.
    #[must_use]
    pub fn with_date(mut self, start: EventTime) -> Self {
        self.dates.push(start);
        self
    }

    /// Checks it against the start of the series.
    ///
    /// # Errors
    /// `InvalidInput` when there is neither rule nor date, a rule is not one of RFC 5545, or the
    /// forms of time do not go together.
    pub fn check(&self, start: &EventTime) -> Result<()> {
        if self.rules.is_empty() && self.dates.is_empty() {
            return Err(Error::invalid_input(
                "a recurrence needs a rule or a date; clear it to stop repeating",
            ));
        }
        for rule in &self.rules {
            rule.check()?;
            rule.check_start(start)?;
        }
        for other in self.dates.iter().chain(&self.except) {
            if other.is_date() != start.is_date() {
                return Err(Error::invalid_input(
                    "the dates of a recurrence are whole days when the event is, and times \
                     otherwise",
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
