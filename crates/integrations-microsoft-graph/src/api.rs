//! Requests and answers in JSON.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use integrations_core::guard::{Guard, Operation};
use integrations_core::http::{Response, Transport};
use integrations_core::oauth::AccessTokens;
use integrations_core::{Effect, Error, ExposeSecret, Result};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use crate::call::Call;
use crate::error;

/// How many requests of one application a mailbox takes at a time
/// (<https://learn.microsoft.com/en-us/graph/throttling-limits#outlook-service-limits>).
const CONCURRENT: usize = 4;

/// Microsoft Graph, for one account. Cheap to clone; clones share the places for requests that are
/// under way: four, as many as a mailbox takes, so that more wait here instead of being refused.
#[derive(Clone)]
pub struct Api {
    pub(crate) base: Url,
    pub(crate) transport: Arc<dyn Transport>,
    tokens: Arc<dyn AccessTokens>,
    guard: Guard,
    places: Arc<Semaphore>,
}

impl Api {
    /// The API at an address such as `https://graph.microsoft.com/v1.0`. Sends nothing.
    pub fn new(
        base: Url,
        transport: impl Transport + 'static,
        tokens: Arc<dyn AccessTokens>,
        guard: Guard,
    ) -> Self {
        Self {
            base,
            transport: Arc::new(transport),
            tokens,
            guard,
            places: Arc::new(Semaphore::new(CONCURRENT)),
        }
    }

    /// Runs every request under this guard.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// Takes tokens from elsewhere, for example a connection's
    /// `credential::TokenSource` (core's feature `credentials`). It is another account: it has
    /// places of its own.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<dyn AccessTokens>) -> Self {
        self.tokens = tokens;
        self.places = Arc::new(Semaphore::new(CONCURRENT));
        self
    }

    /// The guard that every request runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Sends a request under the guard. An answer without a body is `null`.
    ///
    /// # Errors
    /// What Graph answers, with its code as the [code](Error::code), its `request-id` as the
    /// [request id](Error::request_id) and a [`GraphError`](crate::GraphError) as the detail; what
    /// the guard and the tokens answer.
    pub async fn send(&self, operation: &Operation, call: &Call) -> Result<Value> {
        self.guard
            .run(operation, |_| async { self.attempt(call).await })
            .await
    }

    /// Sends a request under the guard and gives the bytes of its answer, for example those of an
    /// attachment.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn read(&self, operation: &Operation, call: &Call, limit: u64) -> Result<Bytes> {
        let read = |_| async {
            let response = self.answer(call).await?;
            response.with_limit(limit).bytes().await
        };
        self.guard.run(operation, read).await
    }

    /// Sends a request once, within an attempt of the guard: for operations of more than one
    /// request.
    ///
    /// # Errors
    /// As [`send`](Self::send), without the guard's.
    pub async fn attempt(&self, call: &Call) -> Result<Value> {
        let _place = self.place().await?;
        let response = self.exchange(call).await?;
        Ok(response.json_if_any().await?.unwrap_or_default())
    }

    async fn answer(&self, call: &Call) -> Result<Response> {
        let _place = self.place().await?;
        self.exchange(call).await
    }

    async fn place(&self) -> Result<tokio::sync::SemaphorePermit<'_>> {
        // It is never closed.
        let place = self.places.acquire().await;
        place.map_err(|_| Error::internal("the places for requests are closed"))
    }

    async fn exchange(&self, call: &Call) -> Result<Response> {
        // Without a token nothing is sent, whatever became of the request for one.
        let token = self.tokens.access_token().await;
        let token = token.map_err(|error| error.with_effect(Effect::NotApplied))?;
        let request = call.request(&self.base, token.expose_secret())?;
        let response = self.transport.send(request).await?;
        match response.status().is_success() {
            true => Ok(response),
            false => Err(error::read(&response.into_refusal().await)),
        }
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &self.base.as_str())
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}
