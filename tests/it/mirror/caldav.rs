//! At the three CalDAV servers, behind a line that fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use integrations::caldav::{CalDav, CalDavConfig};
use integrations::calendar::mirror::MemoryMirror;
use integrations::calendar::{Calendar, NewCalendar};
use integrations::guard::{Backoff, Guard};
use integrations::http::{Body, HttpTransport, Request, Response, Transport, TransportConfig};
use integrations::testing::{Fault, FaultPlan, FaultyServer};
use integrations::{IdempotencyKey, Integration, Result};

use super::edits;
use super::soak::{Length, World, soak};

/// A server, and where it is found.
#[derive(Debug, Clone, Copy)]
struct Server {
    name: &'static str,
    variable: &'static str,
    asks: bool,
}

const RADICALE: Server = Server {
    name: "Radicale",
    variable: "INTEGRATIONS_RADICALE_ENDPOINT",
    asks: true,
};
const XANDIKOS: Server = Server {
    name: "Xandikos",
    variable: "INTEGRATIONS_XANDIKOS_ENDPOINT",
    // Over plain HTTP it asks nobody who they are.
    asks: false,
};
const CYRUS: Server = Server {
    name: "Cyrus",
    variable: "INTEGRATIONS_CYRUS_ENDPOINT",
    asks: true,
};

impl Server {
    fn endpoint(self) -> Option<String> {
        let set = std::env::var(self.variable).ok();
        let endpoint = set.filter(|text| !text.is_empty());
        if endpoint.is_none() {
            let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
            assert!(!required, "the counterpart {} is not running", self.name);
            let name = self.name;
            eprintln!("skipped: the counterpart {name} is not running; use `cargo xtask test`");
        }
        endpoint
    }

    fn config(self, url: impl Into<String>) -> CalDavConfig {
        let config = CalDavConfig::new(url);
        match self.asks {
            true => config.with_password("alice", "secret"),
            false => config,
        }
    }
}

/// Puts a token that the server does not know in the place of ours, once.
#[derive(Debug, Clone)]
struct Ageing {
    inner: HttpTransport,
    due: Arc<AtomicBool>,
}

#[async_trait]
impl Transport for Ageing {
    async fn send(&self, mut request: Request) -> Result<Response> {
        let other = request.body().as_bytes().and_then(|body| {
            let body = std::str::from_utf8(body).ok()?;
            let (before, rest) = body.split_once("<sync-token>")?;
            let (token, after) = rest.split_once("</sync-token>")?;
            let due = !token.is_empty() && self.due.swap(false, Ordering::Relaxed);
            due.then(|| format!("{before}<sync-token>data:,0000000000</sync-token>{after}"))
        });
        if let Some(other) = other {
            *request.body_mut() = Body::from(other);
        }
        self.inner.send(request).await
    }
}

/// What does not keep the test waiting.
fn faults() -> Vec<Fault> {
    vec![
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::page_after(500),
        Fault::status_after(503),
        Fault::status(503),
        Fault::rate_limited("0"),
        Fault::NoLength,
        Fault::Truncate(5),
        Fault::page(200),
        Fault::page(502),
    ]
}

async fn run(server: Server, count: usize) {
    let Some(endpoint) = server.endpoint() else {
        return;
    };
    let seed = 1;
    let direct = CalDav::new(server.config(endpoint.clone())).unwrap();
    direct.connect().await.unwrap();
    let direct = Calendar::new(direct);
    let new = NewCalendar::new("Soak").with_key(IdempotencyKey::random());
    let id = direct.create_calendar(new).await.unwrap().id;

    let plan = FaultPlan::seeded(seed).with_share(0.1).of(faults());
    let proxy = FaultyServer::before(&endpoint)
        .await
        .unwrap()
        .with_plan(plan);
    let due = Arc::new(AtomicBool::new(false));
    let line = Ageing {
        inner: HttpTransport::new(TransportConfig::default()).unwrap(),
        due: due.clone(),
    };
    let faulty = CalDav::with_transport(server.config(proxy.url()), line).unwrap();
    let (least, most) = (Duration::from_millis(1), Duration::from_millis(2));
    let guard = Guard::builder()
        .backoff(Backoff::new(least, most))
        .without_breaker()
        .build()
        .unwrap();
    let faulty = faulty.with_guard(guard);
    while faulty.connect().await.is_err() {}
    let world = World {
        direct: direct.clone(),
        faulty: Calendar::new(faulty),
        id: id.clone(),
        expire: async move || due.store(true, Ordering::Relaxed),
        zone: "Europe/Berlin",
    };
    let length = Length {
        edits: edits(count),
        seed,
    };
    soak(world, MemoryMirror::new(), length).await;
    direct.delete_calendar(&id).await.unwrap();
}

/// evidence: caldav: sync.sync_page: independent server: a copy under random edits, faults and tokens that are too old, at Radicale
#[tokio::test]
async fn a_mirror_of_radicale_is_the_calendar() {
    run(RADICALE, 250).await;
}

/// evidence: caldav: sync.sync_page: independent server: the same at Xandikos
#[tokio::test]
async fn a_mirror_of_xandikos_is_the_calendar() {
    run(XANDIKOS, 150).await;
}

/// evidence: caldav: sync.sync_page: independent server: the same at Cyrus
#[tokio::test]
async fn a_mirror_of_cyrus_is_the_calendar() {
    run(CYRUS, 150).await;
}
