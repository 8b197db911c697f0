//! OpenID Connect against a certified server that this project did not write.

// A test that cannot set itself up has failed.
#![allow(clippy::unwrap_used)]

mod conformance;
mod counterpart;
mod lost;
mod quick;
