//! The stand-ins, held against the vendors' own clients and documents.

// A test that cannot set itself up has failed; one that is skipped says so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod google_calendar;
mod microsoft_graph;
