//! The conformance suites over the embedded providers, and the faults that the suites must catch.

#![allow(clippy::unwrap_used)] // A test that cannot set itself up has failed.

mod auth;
mod calendar;
mod email;
mod full_disk;
mod making;
mod older;
mod operations;
mod payment;
mod proof;
mod storage;
mod video;
