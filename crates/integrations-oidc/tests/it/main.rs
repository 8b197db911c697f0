//! OpenID Connect against a certified server that this project did not write.

// A test that cannot set itself up has failed; one that is skipped says so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod conformance;
mod counterpart;
mod lost;
mod quick;
