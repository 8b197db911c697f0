//! What the providers of Microsoft Graph share: a client over the
//! [transport](integrations_core::http) and the [guard](integrations_core::guard), Graph's errors
//! told apart, batches, upload sessions, subscriptions with their notices, and the tokens that calls
//! carry.
//!
//! ```
//! use std::sync::Arc;
//! use integrations_core::guard::{Guard, Operation};
//! use integrations_core::{ErrorKind, SecretString};
//! use integrations_core::testing::FaultyTransport;
//! use integrations_microsoft_graph::{Api, Call};
//!
//! integrations_core::operations! {
//!     const OPERATIONS;
//!     /// What is said of a calendar.
//!     GET = read("get_calendar", "GET /me/calendars/{id}");
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> integrations_core::Result<()> {
//! # let transport = FaultyTransport::answering(|_| http::Response::builder().status(404).body(
//! #     r#"{"error": {"code": "ErrorItemNotFound", "innerError": {"request-id": "1-2"}}}"#.into()).unwrap());
//! let base = "https://graph.microsoft.com/v1.0".parse().unwrap();
//! let token = SecretString::from("eyJ0…");
//! let api = Api::new(base, transport, Arc::new(token), Guard::builder().build()?);
//!
//! let call = Call::get(&["me", "calendars", "AAMkAD…"]).prefer("IdType=\"ImmutableId\"");
//! let refused = api.send(&Operation::of(&GET), &call).await.unwrap_err();
//! assert_eq!(refused.kind(), ErrorKind::NotFound);
//! assert_eq!((refused.code(), refused.request_id()), (Some("ErrorItemNotFound"), Some("1-2")));
//! # Ok(()) }
//! ```

mod api;
mod batch;
mod call;
mod error;
mod notice;
mod subscription;
mod tokens;
mod upload;

pub use api::Api;
pub use call::Call;
pub use error::GraphError;
pub use notice::{Delivery, Notice, NoticeKind, receive};
pub use subscription::{NewSubscription, Subscription};
pub use tokens::{application_tokens, oauth_client, token_url};
pub use upload::{UploadSession, Uploaded};
