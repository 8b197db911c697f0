//! OAuth 2.0 and OpenID Connect over HTTP: what the sign-in providers have in common.
//!
//! A provider of the category [`auth`](crate::auth) holds an [`OAuthClient`] and adds what its
//! vendor does in its own way. The client makes authorization URLs, sends every request of the
//! protocol under the [guard](crate::guard), reads answers as vendors give them (see below), finds
//! and checks ID tokens with the keys that the vendor publishes now.
//!
//! ```
//! use integrations_core::auth::AuthorizeRequest;
//! use integrations_core::oauth::{ClientConfig, Endpoints, OAuthClient};
//! # use integrations_core::testing::FaultyTransport;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
//! # let transport = FaultyTransport::answering(|_| http::Response::new("{}".into()));
//! let endpoints = Endpoints::new(
//!     "https://id.example/authorize".parse().unwrap(),
//!     "https://id.example/token".parse().unwrap(),
//! );
//! let config = ClientConfig::new("my-client").with_secret("my-secret");
//! let client = OAuthClient::new("acme_sign_in", config, endpoints, transport)?;
//!
//! let request = AuthorizeRequest::new("https://app.example/callback".parse().unwrap());
//! let started = client.authorize(&request, &[]).await?;
//! assert!(started.url.as_str().starts_with("https://id.example/authorize?response_type=code"));
//! # Ok(()) }
//! ```
//!
//! # What is read as vendors write it
//!
//! Requests and answers are those of the `oauth2` crate; before it sees an answer, what it would
//! misread is put right: an `error` under status 200 (GitHub), forms instead of JSON (GitHub),
//! scopes with commas (GitHub) or as a list, `expires_in` as text (Entra's v1 endpoints), a missing
//! `token_type`. A name that comes twice in one answer is refused: two readers would read two
//! answers.
//!
//! # What is sent again
//!
//! A code and, where refresh tokens rotate, a refresh token are good once; a vendor takes a second
//! use for theft and ends everything that came of the first (RFC 6749, section 4.1.2; RFC 9700,
//! section 4.14). So the exchange and the refresh are sent once: when the answer is lost, the
//! effect is [`Unknown`](crate::Effect::Unknown) and the error says what to do. The rest may arrive
//! twice. [`OPERATIONS`] is the list.

mod answer;
mod client;
mod device;
mod discovery;
mod endpoints;
mod exchange;
mod ids;
mod keys;
mod operations;
mod own;
mod read;
mod tokens;

#[cfg(all(test, feature = "testing"))]
mod tests;

pub use client::{ClientAuthentication, ClientConfig, OAuthClient};
pub use discovery::{Discovery, Source};
pub use endpoints::Endpoints;
pub use own::{AccessTokens, ApplicationTokens, RefreshedTokens};
pub use read::{Answered, AuthScheme};

use crate::operation::OperationSpec;

/// Every request of the protocol, for the provider's
/// [factory](crate::operation).
pub const OPERATIONS: &[OperationSpec] = operations::OPERATIONS;
