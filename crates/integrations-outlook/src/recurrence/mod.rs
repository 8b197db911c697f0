//! How a series repeats: `patternedRecurrence`
//! (<https://learn.microsoft.com/en-us/graph/api/resources/patternedrecurrence>).
//!
//! Graph has six patterns, and RFC 5545 has many more rules. A rule is written when a pattern makes
//! the same occurrences, and is `Unsupported` otherwise: never one that is nearly the same. Two
//! differences are easily overlooked. At Graph a series begins with the first day that fits its
//! pattern, while by the RFC its start is an occurrence in any case; so a start that does not fit is
//! refused. And a day of the month that a month does not have is its last day at Outlook ("If for a
//! particular month this value is larger than the number of days in the month, the last day of the
//! month is assumed", `AbsoluteMonthlyRecurrence` of Exchange Web Services), while the RFC leaves that
//! month out; so the 29th to the 31st are refused, and are read as what they are.

mod read;
mod written;

use integrations_core::Error;
use integrations_core::calendar::recurrence::Weekday;

pub(crate) use read::{cancelled, read};
pub(crate) use written::written;

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

const INDEX: [(&str, i8); 5] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("last", -1),
];

fn far<E>(_: E) -> Error {
    Error::invalid_input("the series leaves the range of time")
}

#[cfg(test)]
mod tests;
