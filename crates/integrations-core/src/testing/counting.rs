//! A transport that counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::error::Result;
use crate::http::{Request, Response, Transport};

/// A [`Transport`] that counts what is sent over another: what the conformance suites need to prove
/// that refusals send nothing. Clones share the count.
///
/// ```
/// use integrations_core::http::{Body, Transport};
/// use integrations_core::testing::{CountingTransport, FaultyTransport};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
/// let inner = FaultyTransport::answering(|_| http::Response::new("".into()));
/// let transport = CountingTransport::new(inner);
/// let request = http::Request::get("https://api.example/").body(Body::empty()).unwrap();
/// transport.send(request).await?;
/// assert_eq!(transport.sent(), 1);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct CountingTransport<T> {
    inner: Arc<T>,
    sent: Arc<AtomicU64>,
}

impl<T> CountingTransport<T> {
    /// Counts over another transport, from 0 on.
    pub fn new(inner: T) -> Self {
        Self {
            inner: Arc::new(inner),
            sent: Arc::default(),
        }
    }

    /// How many requests were sent so far, whatever became of them.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl<T> Clone for CountingTransport<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            sent: self.sent.clone(),
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for CountingTransport<T> {
    async fn send(&self, request: Request) -> Result<Response> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request).await
    }
}
