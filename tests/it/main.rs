//! Tests that cross crates: what holds of the workspace as a whole, and of an application that is
//! written against the umbrella alone.

// A test that cannot set itself up has failed, and what was skipped must be seen.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod application;
mod arrows;
mod calendars;
mod canary;
mod categories;
mod effects;
mod features;
mod objects;
mod pages;
mod policy;
mod sign_in;
mod stores;
mod telemetry;
mod toolchain;
mod updates;
