//! Stand-ins of vendors' HTTP APIs that keep state and refuse what the vendor refuses, for offline
//! work and for tests: a program that runs against one runs against the vendor by another base URL.
//!
//! ```
//! use integrations_sandbox::{Server, google_calendar::{GoogleCalendar, TOKEN}};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! let google = GoogleCalendar::new();
//! let server = Server::start(0, google.handler()).await?;
//! println!("{}/calendar/v3 with the token {TOKEN}", server.url());
//! # Ok(()) }
//! ```
//!
//! Where a stand-in has a rule, a comment beside it says from where: the vendor's published schema,
//! the vendor's page, or that it is this stand-in's own choice because neither says. Time is
//! injected, so that nothing waits. A stand-in is a function from requests to answers: it can be
//! [served](Server) on a socket or called in a test without one.

pub mod discovery;
pub mod google_calendar;
pub mod microsoft_graph;
pub mod openapi;
mod server;

pub use server::{Handler, Server};
