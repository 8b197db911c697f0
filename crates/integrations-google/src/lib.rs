//! What the providers of Google's APIs share: a client over the [transport](integrations_core::http)
//! and the [guard](integrations_core::guard), Google's errors told apart, and the tokens that calls
//! carry.
//!
//! ```
//! use std::sync::Arc;
//! use integrations_core::guard::{Guard, Operation};
//! use integrations_core::{ErrorKind, SecretString};
//! use integrations_core::testing::FaultyTransport;
//! use integrations_google::{Api, Call};
//!
//! integrations_core::operations! {
//!     const OPERATIONS;
//!     /// What is said of a calendar.
//!     GET = read("get_calendar", "GET /calendars/{calendarId}");
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> integrations_core::Result<()> {
//! # let transport = FaultyTransport::answering(|_| http::Response::builder().status(403).body(
//! #     r#"{"error": {"code": 403, "errors": [{"reason": "forbidden"}]}}"#.into()).unwrap());
//! let base = "https://www.googleapis.com/calendar/v3/".parse().unwrap();
//! let token = SecretString::from("ya29.…");
//! let api = Api::new(base, transport, Arc::new(token), Guard::builder().build()?);
//!
//! let call = Call::get(&["calendars", "primary"]);
//! let refused = api.send(&Operation::of(&GET), &call).await.unwrap_err();
//! assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
//! assert_eq!(refused.code(), Some("forbidden"));
//! # Ok(()) }
//! ```

mod api;
mod error;
mod service_account;
mod tokens;

pub use api::{Api, Call};
pub use error::GoogleError;
pub use service_account::ServiceAccount;
pub use tokens::oauth_client;
