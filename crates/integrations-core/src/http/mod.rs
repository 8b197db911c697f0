//! How bytes reach a provider that speaks HTTP: one trait, one client behind it.
//!
//! A provider maps a call to a [`Request`], hands it to the [`Transport`] inside an attempt of its
//! [guard](crate::guard), and reads the [`Response`]. It never sees the HTTP client: in production
//! the transport is [`HttpTransport`], in tests a double that loses answers on purpose
//! (`integrations_core::testing::FaultyTransport`).
//!
//! ```
//! use integrations_core::http::{Body, Transport};
//! use integrations_core::{Error, ErrorKind, Result};
//!
//! /// Reads the title of one meeting.
//! async fn title(transport: &dyn Transport, id: &str) -> Result<String> {
//!     let request = http::Request::get(format!("https://api.example.com/meetings/{id}"))
//!         .header("accept", "application/json")
//!         .body(Body::empty())
//!         .map_err(|_| Error::invalid_input("the meeting's id is no part of a URL"))?;
//!     let response = transport.send(request).await?.accepted().await?;
//!     let meeting: serde_json::Value = response.json().await?;
//!     meeting["title"]
//!         .as_str()
//!         .map(str::to_owned)
//!         .ok_or_else(|| Error::new(ErrorKind::Decode, "the meeting has no title"))
//! }
//!
//! # #[cfg(not(feature = "testing"))] fn main() {}
//! # #[cfg(feature = "testing")]
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
//! # use integrations_core::testing::FaultyTransport;
//! let transport = FaultyTransport::answering(|_| {
//!     http::Response::new(r#"{"title": "Weekly"}"#.into())
//! });
//! assert_eq!(title(&transport, "42").await?, "Weekly");
//! # Ok(()) }
//! ```
//!
//! # What a transport promises
//!
//! - **It sends a request once.** Whether it may be sent again is the guard's decision.
//! - **Its errors tell what is known of the effect**: [`NotApplied`](crate::Effect::NotApplied)
//!   when no byte of the request can have arrived (no address, no connection, no TLS),
//!   [`Unknown`](crate::Effect::Unknown) when it was sent and no status came back,
//!   [`Applied`](crate::Effect::Applied) when a status of success came back and what follows it
//!   did not.
//! - **An answer with a status is no error**: [`Response::accepted`] makes it one by the generic
//!   rules of RFC 9110, [`Response::into_refusal`] gives a provider what it needs to say it better.
//! - **Answers are bounded**: reading one whole stops at a limit, a silent line at another.
//! - **Credentials stay with the origin** that they were sent to.
//!
//! With the feature `cache` there is a cache of answers to reads above it: the module `cache`.

mod body;
#[cfg(feature = "cache")]
pub mod cache;
#[cfg(feature = "http")]
mod client;
mod refusal;
mod response;
mod retry_after;

use std::fmt::Debug;

use async_trait::async_trait;

pub use body::Body;
#[cfg(feature = "http")]
pub use client::{HttpTransport, TransportConfig};
pub use refusal::Refusal;
pub use response::Response;
pub use retry_after::parse_retry_after;

use crate::error::Result;

/// A request, as the `http` crate has it, with a [`Body`]. `http::Request::post(uri)` and its like
/// start one.
pub type Request = ::http::Request<Body>;

/// Sends requests. See the [module page](self) for what it promises.
#[async_trait]
pub trait Transport: Send + Sync + Debug {
    /// Sends a request once, and gives the answer as soon as its headers are there.
    ///
    /// # Errors
    /// `InvalidInput` for a request that cannot be sent (no absolute `http` or `https` URL, a user
    /// name in it), `Config` for one that must not be, `Network` and `Timeout` when no answer came.
    /// An answer with any status is no error.
    async fn send(&self, request: Request) -> Result<Response>;
}

/// Sends a request, and reports it where the attempt that runs now is kept as a capsule.
#[cfg(feature = "testing")]
pub(crate) async fn reported<F>(
    request: Request,
    send: impl FnOnce(Request) -> F,
) -> Result<Response>
where
    F: Future<Output = Result<Response>>,
{
    #[cfg(feature = "capsule")]
    let reporter = crate::capsule::report(&request);
    let answer = send(request).await;
    #[cfg(feature = "capsule")]
    if let Some(reporter) = reporter {
        return reporter.ended(answer);
    }
    answer
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    async fn send(&self, request: Request) -> Result<Response> {
        (**self).send(request).await
    }
}
