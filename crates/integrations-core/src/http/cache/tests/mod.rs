//! What the cache does as a whole, under paused time, at a counterpart that counts requests.

mod bounds;
mod cancellation;
mod flights;
mod forgetting;
mod stale;
mod storing;
mod telemetry;
mod tenants;
mod validation;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ::http::Request as Head;
use async_trait::async_trait;
use bytes::Bytes;

use super::*;
use crate::error::ErrorKind;
use crate::guard::random::Random;
use crate::testing::{Fault, FaultyTransport};

const SECOND: Duration = Duration::from_secs(1);
const ROOMS: &str = "https://api.example/rooms?page=1";

/// A guard with a seed, that tries once.
fn guard() -> Guard {
    let guard = Guard::builder().seed(7).max_attempts(1).build().unwrap();
    guard.for_connection("acct_1")
}

fn list() -> &'static Operation {
    static LIST: LazyLock<Operation> = LazyLock::new(|| Operation::new("list_rooms", Safety::Read));
    &LIST
}

fn get(url: &str) -> Head<()> {
    Head::get(url).body(()).unwrap()
}

fn with(mut request: Head<()>, name: &'static str, value: &str) -> Head<()> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

/// An answer with these headers.
fn answer(headers: &[(&str, &str)], body: impl Into<Bytes>) -> ::http::Response<Bytes> {
    let mut answer = ::http::Response::builder();
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    answer.body(body.into()).unwrap()
}

/// A server whose answers have these headers, and as their body the number of the request.
fn counting(headers: &'static [(&'static str, &'static str)]) -> FaultyTransport {
    let number = AtomicU32::new(0);
    FaultyTransport::answering(move |_| {
        let number = number.fetch_add(1, Ordering::Relaxed) + 1;
        answer(headers, number.to_string())
    })
}

/// A server with a version of what it has: it answers 304 to who has it already.
fn versioned(
    version: &'static str,
    headers: &'static [(&'static str, &'static str)],
) -> FaultyTransport {
    FaultyTransport::answering(move |request| {
        let known = request.headers().get("if-none-match");
        let known = known.is_some_and(|known| known == version);
        let mut answer = answer(headers, if known { "" } else { "the rooms" });
        answer
            .headers_mut()
            .insert("etag", version.parse().unwrap());
        if known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        answer
    })
}

async fn try_read(
    cache: &HttpCache,
    guard: &Guard,
    transport: &dyn Transport,
    request: Head<()>,
    options: ReadOptions,
) -> Result<(String, Freshness)> {
    let answer = cache.read(guard, list(), transport, request, options);
    let answer = answer.await?;
    let freshness = answer.freshness();
    let body = answer.into_response().bytes().await?;
    Ok((String::from_utf8(body.to_vec()).unwrap(), freshness))
}

/// Body and freshness of a read that allows nothing stale.
async fn read(
    cache: &HttpCache,
    guard: &Guard,
    transport: &dyn Transport,
    request: Head<()>,
) -> (String, Freshness) {
    let read = try_read(cache, guard, transport, request, ReadOptions::new());
    read.await.unwrap()
}

fn body(text: &str, freshness: Freshness) -> (String, Freshness) {
    (text.to_owned(), freshness)
}

/// A transport that takes its time, drawn from a seed, before and after the server acts; and counts
/// how many requests were under way at once.
#[derive(Debug)]
struct Paced {
    inner: FaultyTransport,
    random: Random,
    most: Duration,
    under_way: AtomicU32,
    most_under_way: AtomicU32,
}

impl Paced {
    fn new(inner: FaultyTransport, seed: u64, most: Duration) -> Self {
        Self {
            inner,
            random: Random::new(Some(seed)),
            most,
            under_way: AtomicU32::new(0),
            most_under_way: AtomicU32::new(0),
        }
    }
}

struct UnderWay<'a>(&'a AtomicU32);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Transport for Paced {
    async fn send(&self, request: Request) -> Result<Response> {
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        let _under_way = UnderWay(&self.under_way);
        self.most_under_way.fetch_max(now, Ordering::Relaxed);
        tokio::time::sleep(self.random.up_to(self.most)).await;
        let answer = self.inner.send(request).await;
        tokio::time::sleep(self.random.up_to(self.most)).await;
        answer
    }
}
