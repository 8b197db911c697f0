//! S3 against servers that this project did not write, and against faults.
#![allow(clippy::unwrap_used)] // A test that cannot set itself up has failed.

mod conformance;
mod counterpart;
