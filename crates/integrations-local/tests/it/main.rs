//! The conformance suites over the embedded providers, and the faults that the suites must catch.

mod auth;
mod calendar;
mod email;
mod payment;
mod storage;
mod video;
