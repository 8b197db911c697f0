//! Outlook against the stand-in of Microsoft Graph, which Microsoft's own client proved, with every
//! request and answer held against Graph's OpenAPI description.

// A test that cannot set itself up has failed; one that is skipped says so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod account;
mod attached;
mod calls;
mod conformance;
mod documented;
mod events;
mod lost;
mod noticed;
mod people;
mod series;
mod synchronised;
