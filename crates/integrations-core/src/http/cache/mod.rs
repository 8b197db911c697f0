//! A cache of answers to reads, by the rules of RFC 9111.
//!
//! It stands above the [guard](crate::guard): what is fresh is answered without a permit, without a
//! call, and with the circuit open; only what has to be asked runs under
//! [`Guard::run`]. A read is opted in by making it through
//! [`HttpCache::read`].
//!
//! ```
//! use std::time::Duration;
//! use integrations_core::guard::{Guard, Operation, Safety};
//! use integrations_core::http::Transport;
//! use integrations_core::http::cache::{Freshness, HttpCache, ReadOptions};
//! use integrations_core::{Error, Result};
//!
//! /// Reads the list of rooms, and says when it may be out of date.
//! async fn rooms(cache: &HttpCache, guard: &Guard, transport: &dyn Transport) -> Result<String> {
//!     let request = http::Request::get("https://api.example.com/rooms")
//!         .header("accept", "application/json")
//!         .body(())
//!         .map_err(|_| Error::internal("a constant request"))?;
//!     let read = Operation::new("list_rooms", Safety::Read);
//!     // During an outage a list of an hour ago is better than none.
//!     let options = ReadOptions::new().stale_if_error(Duration::from_secs(3600));
//!     let answer = cache.read(guard, &read, transport, request, options).await?;
//!     let mark = match answer.freshness() {
//!         Freshness::Stale { age, .. } => format!(" (as of {} s ago)", age.as_secs()),
//!         _ => String::new(),
//!     };
//!     let body = answer.into_response().bytes().await?;
//!     Ok(String::from_utf8_lossy(&body).into_owned() + &mark)
//! }
//!
//! # #[cfg(not(feature = "testing"))] fn main() {}
//! # #[cfg(feature = "testing")]
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<()> {
//! # use integrations_core::testing::{Fault, FaultyTransport};
//! let transport = FaultyTransport::answering(|_| {
//!     let answer = http::Response::builder().header("cache-control", "max-age=60");
//!     answer.body("[1, 2]".into()).unwrap()
//! });
//! let cache = HttpCache::default();
//! let guard = Guard::default().for_connection("acct_1");
//!
//! assert_eq!(rooms(&cache, &guard, &transport).await?, "[1, 2]");
//! assert_eq!(rooms(&cache, &guard, &transport).await?, "[1, 2]");
//! assert_eq!(transport.served(), 1, "the second is answered from the cache");
//!
//! // A minute later the provider is down.
//! tokio::time::sleep(Duration::from_secs(90)).await;
//! let transport = transport.with_faults([Fault::Refuse, Fault::Refuse, Fault::Refuse]);
//! let stale = rooms(&cache, &guard, &transport).await?;
//! assert!(stale.starts_with("[1, 2] (as of 9"), "{stale}");
//! # Ok(()) }
//! ```
//!
//! # Whose answers
//!
//! A private cache in the sense of the RFC, whose user is the **connection**: what is kept under one
//! name of integration and connection is never seen by another, whatever the headers. So one cache
//! can serve all integrations and tenants of an application. The guard of a whole integration has no
//! connection; there the credentials that the request carries (`Authorization`,
//! `Proxy-Authorization`, `Cookie`, and every header that is marked
//! [sensitive](::http::HeaderValue::set_sensitive)) tell whose answer it is. A credential in another
//! header is not known as one. Nothing of a request's headers is kept but digests.
//!
//! # What is kept, and how long it is fresh
//!
//! | | |
//! |---|---|
//! | kept | answers to `GET` and `HEAD` with a status that section 3 allows, from where they were asked for (not through a redirect), within the bounds of [`CacheConfig`] |
//! | not kept | `no-store` on either side, `Vary: *`, parts (206), a body that is longer than a bound: it is handed on as it comes |
//! | fresh | as long as `max-age` or `Expires` say, less its age. **It is never guessed**: without either it is asked for again each time |
//! | asked for again | with `If-None-Match` and `If-Modified-Since`; a 304 renews what is kept |
//! | gone past the cache | requests with `no-store`, with `Range`, and with conditions of their own |
//! | dropped | what the provider answers no longer, or refuses for good (401, 403, 404 …) |
//!
//! A request's `no-cache`, `max-age` and `min-fresh` are heard; `max-stale` is not, since what is
//! stale is allowed by [`ReadOptions`] and marked, and `only-if-cached` is not. After a **write** the
//! answers that it may have changed are dropped with [`HttpCache::forget`] (section 4.4): also after
//! one whose effect is unknown.
//!
//! # Many who read the same
//!
//! One of them asks, the others wait for its answer, each within its own deadline. When the one is
//! dropped another takes over. When it fails another tries once more; when that fails too, all who
//! waited are told the second error. When the answer may be used by one reader only (it is not
//! kept, or is stale at once), the others ask each for itself.
//!
//! # Telemetry
//!
//! The counter `integrations_cache_total` has the labels `integration` and `outcome`: `hit`,
//! `revalidated`, `miss` (the whole answer was asked for, or the read failed), `stale`, `bypass`. An
//! event of target `integrations::cache` (`DEBUG`) tells of each stale answer. What is answered
//! without asking is no call in the guard's own metrics.
//!
//! # Time
//!
//! Ages are counted with tokio's clock, so that tests pause it, and a wall clock that is set back
//! makes nothing fresh. Where the system's monotonic clock stands still while the machine sleeps,
//! answers do not age meanwhile.

mod clock;
mod config;
mod fetch;
mod flight;
mod key;
mod options;
mod read;
mod stored;
mod told;

use std::fmt;
use std::future::Future;
use std::hash::RandomState;
use std::sync::Arc;

use ::http::{StatusCode, Uri};

pub use config::CacheConfig;
pub use options::{CachedResponse, Freshness, ReadOptions};

use super::{Request, Response, Transport};
use crate::error::{Error, Result};
use crate::guard::{Attempt, Guard, Operation, Safety};
use clock::Clock;
use fetch::Ask;
use flight::Flights;
use key::{Key, Tenant};
use read::Reading;
use stored::Variants;

/// Keeps answers to reads. Cheap to clone; clones share what is kept. See the [module page](self).
#[derive(Clone)]
pub struct HttpCache(Arc<Inner>);

struct Inner {
    config: CacheConfig,
    kept: moka::future::Cache<Key, Variants>,
    flights: Arc<Flights>,
    clock: Clock,
    salt: RandomState,
}

impl HttpCache {
    /// An empty cache. It starts no task and no thread.
    #[must_use]
    pub fn new(config: CacheConfig) -> Self {
        let kept = moka::future::Cache::builder()
            .max_capacity(config.max_bytes)
            .weigher(|key: &Key, variants: &Variants| {
                let bytes = variants.iter().map(|stored| stored.weight);
                let bytes = bytes.sum::<usize>() + key.len();
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        Self(Arc::new(Inner {
            config,
            kept,
            flights: Arc::default(),
            clock: Clock::new(),
            salt: RandomState::new(),
        }))
    }

    /// Reads through the cache: from what is kept where the rules allow it, and otherwise with the
    /// transport, under the guard. The request is sent as it is, with conditions added where
    /// something is kept.
    ///
    /// A status other than success is an error by the rules of [`Response::accepted`], but for a 304
    /// to a condition of your own; see [`read_with`](Self::read_with) for more.
    ///
    /// # Errors
    /// Those of [`Guard::run`] and of the transport. `InvalidInput` when the request is no `GET` or
    /// `HEAD` of an absolute URL, or the operation is not [`Safety::Read`].
    pub async fn read(
        &self,
        guard: &Guard,
        operation: &Operation,
        transport: &(impl Transport + ?Sized),
        request: ::http::Request<()>,
        options: ReadOptions,
    ) -> Result<CachedResponse> {
        let fetch = |request: Request, _| async move {
            let response = transport.send(request).await?;
            match response.status() {
                // It answers a condition: the cache's, or one of the request's own.
                StatusCode::NOT_MODIFIED => Ok(response),
                _ => response.accepted().await,
            }
        };
        let read = self.read_with(guard, operation, request, options, fetch);
        read.await
    }

    /// The same with an attempt of your own, which may add credentials and make the vendor's own
    /// errors. What runs is one attempt under the guard.
    ///
    /// It passes 304 on as an answer. Whatever other answer it passes on is kept by the rules, also
    /// a 404 or 410; what shows that the provider fails (408, 429, 5xx) it makes an error, so that
    /// the guard learns of it and a stale answer can stand in.
    ///
    /// # Errors
    /// Those of [`Guard::run`] and of the attempt. `InvalidInput` as for [`read`](Self::read).
    pub async fn read_with<F, Fut>(
        &self,
        guard: &Guard,
        operation: &Operation,
        request: ::http::Request<()>,
        options: ReadOptions,
        fetch: F,
    ) -> Result<CachedResponse>
    where
        F: Fn(Request, Attempt) -> Fut + Send + Sync,
        Fut: Future<Output = Result<Response>> + Send,
    {
        if operation.safety != Safety::Read {
            let text = "only an operation that reads goes through a cache";
            return Err(Error::invalid_input(text));
        }
        let cache = &*self.0;
        let key = Key::of(guard, &request)?;
        let of = (cache.clock, cache.config.longest());
        let reading = Reading {
            cache,
            options: &options,
            ask: Ask::new((guard, operation), request, (key, &cache.salt), of, fetch),
        };
        reading.run().await
    }

    /// Drops what is kept of a URL for the guard's connection: after a write that may have changed
    /// it (RFC 9111, section 4.4), whether it succeeded or its effect is unknown. What a read that
    /// is under way brings is not kept, and later reads do not wait for it.
    pub async fn forget(&self, guard: &Guard, url: &Uri) {
        let keys = Key::all_of(guard, url);
        // First what is under way: what it brings after that is known as forgotten.
        self.0.flights.forget(|key| keys.contains(key));
        for key in &keys {
            self.0.kept.invalidate(key).await;
        }
    }

    /// Drops all that is kept for the guard's connection: when it is disconnected, or its account
    /// changes. It looks at every key of the cache.
    pub async fn forget_connection(&self, guard: &Guard) {
        let tenant = Tenant::of(guard);
        self.0.flights.forget(|key| key.tenant == tenant);
        let keys = self.0.kept.iter().map(|(key, _)| key);
        let keys: Vec<_> = keys.filter(|key| key.tenant == tenant).collect();
        for key in keys {
            self.0.kept.invalidate(&*key).await;
        }
    }

    /// How many bytes the answers that are kept take, once the room that is owed is made.
    pub async fn bytes(&self) -> u64 {
        self.0.kept.run_pending_tasks().await;
        self.0.kept.weighted_size()
    }

    /// How much it keeps at most.
    #[must_use]
    pub fn config(&self) -> CacheConfig {
        self.0.config
    }
}

impl Default for HttpCache {
    /// A cache with the [default bounds](CacheConfig::default).
    fn default() -> Self {
        Self::new(CacheConfig::default())
    }
}

/// The numbers only: what is kept is not for logs.
impl fmt::Debug for HttpCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCache")
            .field("config", &self.0.config)
            .field("answers", &self.0.kept.entry_count())
            .field("bytes", &self.0.kept.weighted_size())
            .field("under_way", &self.0.flights.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
