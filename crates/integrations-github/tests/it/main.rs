//! Sign-in with GitHub: against a stand-in that this project did not write, and against what the
//! vendor documents.

// A test that cannot set itself up has failed; one that is skipped says so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod conformance;
mod documented;
mod spec;
