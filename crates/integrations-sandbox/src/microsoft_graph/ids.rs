//! The ids of events.
//!
//! Graph has two for each: one that changes when the event is moved, and an immutable one, which is
//! answered when `Prefer: IdType="ImmutableId"` asks for it
//! (<https://learn.microsoft.com/graph/outlook-immutable-id>). Both are taken in a path. Here both
//! are written round one key: a number, and of an occurrence the day when its series has it.

use jiff::civil::Date;

use super::refusal::Refusal;
use super::state::Answer;

const PLAIN: &str = "AAMkADIx";
const IMMUTABLE: &str = "AAkALgAA";
const END: &str = "AAA=";

pub(super) fn id(key: &str, immutable: bool) -> String {
    let start = if immutable { IMMUTABLE } else { PLAIN };
    format!("{start}{key}{END}")
}

/// The key of an id; an id that nobody gave is malformed.
pub(super) fn key(id: &str) -> Answer<String> {
    let start = [PLAIN, IMMUTABLE];
    let bare = start.iter().find_map(|start| id.strip_prefix(start));
    let bare = bare.and_then(|bare| bare.strip_suffix(END));
    let well = |key: &&str| {
        key.bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'D' | b'F'))
    };
    bare.filter(well)
        .map(str::to_owned)
        .ok_or_else(Refusal::malformed_id)
}

pub(super) fn event(number: u64) -> String {
    format!("{number:010}")
}

pub(super) fn occurrence(master: &str, day: Date) -> String {
    format!("{master}D{}", day.strftime("%Y%m%d"))
}

/// The series of an occurrence; any other event's is itself.
pub(super) fn master(key: &str) -> &str {
    key.split(['D', 'F']).next().unwrap_or(key)
}

/// The day of an occurrence.
pub(super) fn day(key: &str) -> Option<Date> {
    let (_, day) = key.split_once('D')?;
    Date::strptime("%Y%m%d", day).ok()
}
