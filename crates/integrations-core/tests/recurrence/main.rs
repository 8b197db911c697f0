//! Series beside libraries that this project did not write.
//!
//! - `bounds`: rules that find little or nothing, and rules far from their start;
//! - `series`: lengths, changes and spans, worked out by hand;
//! - `published`: the examples of RFC 5545 and cases worked out by hand, which need no other program;
//! - `rules`: `python-dateutil` with the zones of `zoneinfo`, on cases that are known to be hard and
//!   on generated ones;
//! - `changes`: `recurring-ical-events`, with changed occurrences and `THISANDFUTURE`;
//! - `windows`: the table of `tzlocal`.
//!
//! `INTEGRATIONS_RECURRENCE_CASES` says how many cases are generated (10,000 unless it is set), and
//! `INTEGRATIONS_RECURRENCE_SEED` which. `cargo xtask test` installs the libraries.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)] // It is all tests.

mod bounds;
mod cases;
mod changes;
mod numbers;
mod oracle;
mod published;
mod rules;
mod series;
mod windows;

fn setting(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        Err(_) => otherwise,
    }
}
