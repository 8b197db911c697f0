//! At the three CalDAV servers, behind a line that fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use integrations::caldav::CalDav;
use integrations::calendar::Calendar;
use integrations::calendar::mirror::MemoryMirror;
use integrations::http::{Body, HttpTransport, Request, Response, Transport, TransportConfig};
use integrations::testing::{FaultPlan, FaultyServer};
use integrations::{Integration, Result};

use super::edits;
use super::soak::{Length, World, soak};
use crate::calendars::accounts::caldav::{
    CYRUS, RADICALE, Server, XANDIKOS, faults, guard, new_calendar,
};

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

async fn run(server: Server, count: usize) {
    let Some(endpoint) = server.endpoint() else {
        return;
    };
    let seed = 1;
    let direct = CalDav::new(server.config(endpoint.clone())).unwrap();
    direct.connect().await.unwrap();
    let direct = Calendar::new(direct);
    let id = new_calendar(&direct, "Soak").await;

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
    let faulty = faulty.with_guard(guard());
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
