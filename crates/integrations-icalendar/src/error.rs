//! What is wrong with a text.

use std::fmt;

use integrations_core::{Error, ErrorKind};

use crate::line::Line;

/// Where something is wrong, as a detail of the error: counted from 1 in lines of the text before
/// unfolding.
///
/// ```
/// use integrations_icalendar::{Component, LineNumber};
///
/// let error = Component::parse("BEGIN:VCALENDAR\nEND:VEVENT\n").unwrap_err();
/// assert_eq!(error.detail(), Some(&LineNumber(2)));
/// assert!(error.message().starts_with("line 2: "));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineNumber(pub u32);

/// A `Decode` error.
pub(crate) fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Decode, what.into())
}

/// A `Decode` error about a line, with its number where it was read.
pub(crate) fn at(line: &Line, what: impl fmt::Display) -> Error {
    at_number(line.number(), what)
}

pub(crate) fn at_number(number: Option<u32>, what: impl fmt::Display) -> Error {
    match number {
        Some(number) => damaged(format!("line {number}: {what}")).with_detail(LineNumber(number)),
        None => damaged(what.to_string()),
    }
}
