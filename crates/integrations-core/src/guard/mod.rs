//! The guard: what every call to a provider runs under.
//!
//! It knows nothing of HTTP: it runs an asynchronous attempt under the policy of its integration,
//! so that REST providers, SDK providers (with their own retries switched off) and SMTP share one
//! behaviour. It needs a tokio runtime with its timer; it starts no task and no thread, but for
//! writing the capsules of calls that failed, where those are switched on.
//!
//! ```
//! use std::time::Duration;
//! use integrations_core::guard::{Guard, Operation, Rate, Safety};
//! use integrations_core::{Category, Descriptor, Error, ErrorKind};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> integrations_core::Result<()> {
//! let guard = Guard::builder()
//!     .integration(&Descriptor::new("zoom", Category::VIDEO, "zoom"))
//!     .rate(Rate::per_second(30))
//!     .build()?;
//!
//! // Reading changes nothing, so a lost answer is asked for again.
//! let read = Operation::new("get_meeting", Safety::Read).with_deadline(Duration::from_secs(10));
//! let title = guard
//!     .run(&read, |attempt| async move {
//!         match attempt.number {
//!             1 => Err(Error::new(ErrorKind::Network, "the connection broke")),
//!             _ => Ok("Weekly"),
//!         }
//!     })
//!     .await?;
//! assert_eq!(title, "Weekly");
//! # Ok(()) }
//! ```
//!
//! # What it decides
//!
//! An attempt that fails answers an [`Error`](crate::Error) that says what is known of *that*
//! attempt: [`Effect::NotApplied`](crate::Effect::NotApplied) when it was not sent or was refused
//! before execution, [`Effect::Unknown`](crate::Effect::Unknown) when it was sent and no answer
//! proves anything, [`Effect::Applied`](crate::Effect::Applied) when the answer began with a success
//! and broke off. **The retry decision is the operation's [`Safety`] times that knowledge:**
//!
//! | the attempt failed | `Read`, `Idempotent`, `Keyed` | `Once` |
//! |---|---|---|
//! | not sent: no address, no connection, no TLS | repeated | repeated |
//! | refused before execution: 429, a 503 that the vendor documents so | repeated | repeated |
//! | sent and unanswered, or 5xx | repeated | **never** |
//! | carried out, and its answer broke off | repeated, for the answer | **never** |
//! | refused for good: wrong, forbidden, not there, declined | never | never |
//!
//! What the operation as a whole did is on the final error: when the answer of *any* attempt was
//! lost, a later "not sent" or "exists already" does not make it [`Effect::NotApplied`](crate::Effect::NotApplied). The error
//! also says how many [attempts](crate::Error::attempts) were made, in [how
//! long](crate::Error::elapsed), and what to do.
//!
//! # What bounds it
//!
//! - The **deadline** covers everything: queueing, attempts and the waits between them. An attempt
//!   that it cuts is lost: unknown, unless it only read.
//! - Between attempts comes exponential [`Backoff`] with full jitter; a `Retry-After` is waited for
//!   in full, and holds up the other calls of the same connection too.
//! - A [`RetryBudget`] keeps an outage from being multiplied.
//! - A [`Rate`] for each connection, and one for all together, with a fair queue. Who cannot be
//!   served before its deadline, or finds the queue full, is refused at once with
//!   [`RateLimited`](crate::ErrorKind::RateLimited). After a 429 the connection's rate is lowered to
//!   0.7 of what it was, at most once a second and never below a tenth; it comes back by 5 % of the
//!   full rate per second, so that one 429 is forgotten after 6 seconds.
//! - A [`Breaker`] for each [class](Operation::class) of endpoints. While it is open calls end at
//!   once with [`CircuitOpen`](crate::ErrorKind::CircuitOpen); then one call at a time probes.
//!
//! A call that is dropped, wherever it is, leaves the queue, gives back what it took and frees the
//! probe's place.
//!
//! # Telemetry
//!
//! Spans (level `DEBUG`, target `integrations::<category>::<provider>`): `guarded_call` with the
//! fields `integration, connection, operation, safety, attempts, outcome`, and in it for each
//! attempt `attempt` with `operation, connection, attempt, outcome, request_id`. Events of target
//! `integrations::guard` tell of repeated attempts (`DEBUG`) and circuits that change (`WARN`).
//!
//! Metrics, through the `metrics` facade:
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `integrations_calls_total` | counter | `integration`, `operation`, `outcome` |
//! | `integrations_call_seconds` | histogram | `integration`, `operation` |
//! | `integrations_queue_seconds` | histogram | `integration`, `operation` |
//! | `integrations_retries_total` | counter | `integration`, `operation`, `reason` |
//! | `integrations_circuit` | gauge: 0 closed, 1 half open, 2 open | `integration`, `class` |
//! | `integrations_available` | gauge: 1 when the last call got through | `integration` |
//! | `integrations_cache_total` | counter: reads through a cache (feature `cache`) | `integration`, `outcome` |
//!
//! `outcome` is `ok` or the [kind](crate::ErrorKind::as_str) of the error, `cancelled` for a call that was
//! dropped; `reason` is the kind of the attempt's error. Of a cache it is `hit`, `revalidated`,
//! `miss`, `stale` or `bypass`; what it answers without asking is no call. The connection is no label: there may be
//! thousands. Refreshes of tokens are counted in `credential`, which needs no guard.

mod breaker;
mod budget;
mod config;
mod deadline;
mod limiter;
mod meters;
mod operation;
mod policy;
pub(crate) mod random;
mod retry;
mod run;
mod shared;
mod status;
mod sync;
mod telemetry;
#[cfg_attr(not(feature = "capsule"), path = "unwatched.rs")]
mod watch;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;

pub use breaker::Breaker;
pub use budget::RetryBudget;
pub use config::{GuardBuilder, GuardConfig};
pub use limiter::Rate;
pub use operation::{Attempt, Operation, Safety};
pub use retry::Backoff;
pub use telemetry::record_request_id;

use crate::error::Result;
#[cfg(feature = "capsule")]
pub(crate) use run::Decision;
use shared::{Connection, Shared};
use watch::Watch;

/// Runs attempts under the policy of one integration. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct Guard {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
}

impl Guard {
    /// Starts a guard with a policy of its own.
    pub fn builder() -> GuardBuilder {
        GuardBuilder::default()
    }

    fn from_parts(name: String, target: &str, config: GuardConfig) -> Self {
        let shared = Shared::new(name, target, config);
        Self {
            connection: shared.new_connection(""),
            shared: Arc::new(shared),
        }
    }

    /// The guard of one connection: one account at the provider. It has a queue, a rate and a
    /// status of its own; the budget, the breakers and the shared rate are those of all. Asked
    /// again with the same name it is the same.
    #[must_use]
    pub fn for_connection(&self, connection: impl AsRef<str>) -> Self {
        Self {
            shared: self.shared.clone(),
            connection: self.shared.connection(connection.as_ref()),
        }
    }

    /// The integration's name, as in metrics and spans; `"unnamed"` unless it was
    /// [given](GuardBuilder::integration).
    #[must_use]
    pub fn integration(&self) -> &str {
        &self.shared.name
    }

    /// The connection's name; empty for the guard of the whole integration.
    #[must_use]
    pub fn connection(&self) -> &str {
        &self.connection.name
    }

    /// The policy.
    #[must_use]
    pub fn config(&self) -> &GuardConfig {
        &self.shared.config
    }

    /// What is known from the calls so far, without I/O: of this connection, or, for the guard of
    /// the whole integration, of all of them.
    #[must_use]
    pub fn status(&self) -> crate::Status {
        let board = match self.connection.name.is_empty() {
            true => &self.shared.board,
            false => &self.connection.board,
        };
        board.status(self.shared.circuit())
    }

    /// Holds up the calls of this connection for so long, at most
    /// [`max_pause`](GuardConfig::max_pause). Errors with a [`retry_after`](crate::Error::retry_after)
    /// do it by themselves; this is for hints on answers that succeeded, such as
    /// `X-RateLimit-Remaining: 0`.
    pub fn pause_for(&self, wait: Duration) {
        let wait = wait.min(self.shared.config.max_pause);
        self.connection.limiter.pause_until(Instant::now() + wait);
    }

    /// Names of integration and connection, to be kept.
    #[cfg(feature = "cache")]
    pub(crate) fn names(&self) -> (Arc<str>, Arc<str>) {
        (self.shared.name.clone(), self.connection.name.clone())
    }

    /// Counts a read through a cache.
    #[cfg(feature = "cache")]
    pub(crate) fn count_cached(&self, outcome: &'static str) {
        self.shared.meters.cached(outcome);
    }

    /// Runs an operation: repeats the attempt where that is safe, and makes the final error say
    /// what the operation as a whole did.
    ///
    /// # Errors
    /// The last attempt's error, with its effect set from the operation's safety and all its
    /// attempts; or the guard's own refusal: `Timeout` when the deadline passed, `RateLimited` when
    /// the queue is full or too long, `CircuitOpen`.
    pub async fn run<T, F, Fut>(&self, operation: &Operation, attempt: F) -> Result<T>
    where
        F: FnMut(Attempt) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let mut run = run::Run::new(self, operation, Watch::of(self, operation));
        let span = run.span();
        // Pinned where it stands: it is large, and each layer around it would move it.
        let call = pin!(run.run(attempt));
        call.instrument(span).await
    }

    /// Runs an operation as a script says: see [`crate::capsule`].
    #[cfg(feature = "capsule")]
    pub(crate) async fn replay<T, F, Fut>(
        &self,
        operation: &Operation,
        script: &mut crate::capsule::Script,
        attempt: F,
    ) -> Result<T>
    where
        F: FnMut(Attempt) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let mut run = run::Run::new(self, operation, Watch::Script(script));
        run.run(attempt).await
    }
}

/// When something is over that may take so long from now on.
#[cfg(feature = "cache")]
pub(crate) fn until(limit: Duration) -> Instant {
    deadline::Deadline::after(Instant::now(), limit).at()
}

impl Default for Guard {
    /// A guard with the [default policy](GuardConfig::default), without a name.
    fn default() -> Self {
        Self::builder().build_unchecked()
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("integration", &self.shared.name)
            .field("connection", &self.connection.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
