//! Google Calendar against the stand-in of it, which Google's own client proved, with every request
//! held against Google's discovery document.

// A test that cannot set itself up has failed; one that is skipped says so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod account;
mod conformance;
mod documented;
mod lost;
mod series;
mod synchronised;
