//! The server to test against, and the people who sign in there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use integrations_core::Result;
use integrations_core::http::{HttpTransport, Request, Response, Transport, TransportConfig};

pub(crate) const CALLBACK: &str = "https://app.example/callback";
const VARIABLE: &str = "INTEGRATIONS_TEST_MICROSOFT";

/// Where it is. Says so when it is not there, and fails where it must be.
pub(crate) fn server() -> Option<String> {
    let server = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    if server.is_none() {
        let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
        assert!(!required, "the counterpart emulate is not running");
        eprintln!("skipped: the counterpart emulate is not running; use `cargo xtask test`");
    }
    server
}

/// Counts what leaves.
#[derive(Debug)]
pub(crate) struct Counted(HttpTransport, Arc<AtomicU64>);

impl Counted {
    pub(crate) fn new() -> (Self, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        let transport = HttpTransport::new(TransportConfig::new()).unwrap();
        (Self(transport, count.clone()), count)
    }
}

#[async_trait]
impl Transport for Counted {
    async fn send(&self, request: Request) -> Result<Response> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.send(request).await
    }
}
