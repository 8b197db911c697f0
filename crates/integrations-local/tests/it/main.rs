//! The conformance suites over the embedded providers, and the faults that the suites must catch.

#![allow(clippy::unwrap_used)] // A test that cannot set itself up has failed.

mod auth;
mod calendar;
mod email;
mod operations;
mod payment;
mod storage;
mod video;
