//! CalDAV against servers that this project did not write, and against faults.

// A test that cannot set itself up has failed; one that is skipped says so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod conformance;
mod counterpart;
mod cross;
mod damaged;
mod documented;
mod double;
mod exceptions;
mod expiring;
mod future;
mod lost;
mod pages;
mod scheduling;
