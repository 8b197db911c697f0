//! Sign-in with Microsoft Entra: against a stand-in that this project did not write, and against what the
//! vendor documents.

// A test that cannot set itself up has failed.
#![allow(clippy::unwrap_used)]

mod conformance;
mod documented;
