//! The limiter: how fast calls may leave, who waits, and in which order.
//!
//! A weighted leaky bucket (the generic cell rate algorithm of ITU-T I.371) behind a fair queue.
//! The queue is a [`tokio::sync::Mutex`]: callers get it in the order in which they came, a caller
//! that is dropped while it waits leaves it, and only its holder, the head of the queue, sleeps
//! until the bucket has room. So nothing has to be handed from one caller to another, and what a
//! cancelled caller would have taken goes to the next.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::deadline::Deadline;

/// How fast calls may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// The calls (of weight 1) in each period.
    pub calls: u32,
    /// The period.
    pub per: Duration,
    /// How many may leave at once after a pause. In no window of length `per` leave more than
    /// `calls + burst - 1`, so 1, the default, never exceeds the vendor's quota. Timers wake up to
    /// a millisecond late: for a rate of many hundred per second give it a burst of some.
    pub burst: u32,
}

impl Rate {
    /// So many calls in each period, evenly spread.
    #[must_use]
    pub const fn new(calls: u32, per: Duration) -> Self {
        Self {
            calls,
            per,
            burst: 1,
        }
    }

    /// So many calls in each second, evenly spread.
    #[must_use]
    pub const fn per_second(calls: u32) -> Self {
        Self::new(calls, Duration::from_secs(1))
    }

    /// Lets so many leave at once after a pause.
    #[must_use]
    pub const fn with_burst(mut self, calls: u32) -> Self {
        self.burst = calls;
        self
    }

    /// Between two calls of weight 1.
    fn interval(&self) -> Duration {
        self.per / self.calls.max(1)
    }
}

/// Why a call was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// As many as may wait are waiting.
    Full { waiting: u32, wait: Duration },
    /// Its turn would come after its deadline.
    TooLate { wait: Duration },
}

/// The share of the rate that is left after the provider said "too many", and how fast it comes
/// back. The factor is that of the AWS SDKs' adaptive mode; a full recovery takes 6 seconds.
const EASE_FACTOR: f64 = 0.7;
const EASE_LEAST: f64 = 0.1;
const EASE_PER_SECOND: f64 = 0.05;
/// Timers wake up to a millisecond late; the head of the queue may make up for so much of it.
const LATENESS: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(crate) struct Limiter {
    turn: tokio::sync::Mutex<()>,
    bucket: Mutex<Bucket>,
    max_queue: u32,
}

#[derive(Debug)]
struct Bucket {
    rate: Option<Rate>,
    /// When the bucket will be empty: the "theoretical arrival time". `None` before the first call.
    empty_at: Option<Instant>,
    paused_until: Option<Instant>,
    /// The share of the rate in use, and since when.
    eased: Option<(f64, Instant)>,
    waiting: u32,
    waiting_cost: u64,
}

impl Bucket {
    fn ease(&self, now: Instant) -> f64 {
        self.eased.map_or(1.0, |(share, since)| {
            let back = now.saturating_duration_since(since).as_secs_f64() * EASE_PER_SECOND;
            (share + back).min(1.0)
        })
    }

    /// How much of the bucket calls of this weight fill.
    fn span(&self, cost: u64, now: Instant) -> Duration {
        self.rate.map_or(Duration::ZERO, |rate| {
            let even = rate.interval().as_secs_f64() * cost as f64;
            Duration::try_from_secs_f64(even / self.ease(now)).unwrap_or(Duration::MAX)
        })
    }

    /// When a call of this weight may leave, if nobody waits before it.
    fn earliest(&self, cost: u32, now: Instant) -> Instant {
        let room = match (self.rate, self.empty_at) {
            (Some(rate), Some(empty_at)) if cost > 0 => {
                // A call that is heavier than the bucket leaves when the bucket is empty.
                let spare = rate.burst.max(1).saturating_sub(cost);
                let early = self.span(u64::from(spare), now);
                empty_at.checked_sub(early).unwrap_or(now)
            }
            _ => now,
        };
        self.paused_until.map_or(room, |until| room.max(until))
    }

    /// Lets a call in at `basis`, which is not after `now`.
    fn charge(&mut self, cost: u32, basis: Instant, now: Instant) {
        if self.rate.is_some() && cost > 0 {
            let from = self.empty_at.map_or(basis, |empty_at| empty_at.max(basis));
            self.empty_at = from
                .checked_add(self.span(u64::from(cost), now))
                .or(self.empty_at);
        }
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
    }

    /// How long a call that comes now would wait behind those that wait already.
    fn estimate(&self, cost: u32, now: Instant) -> Duration {
        let own = self.earliest(cost, now).saturating_duration_since(now);
        own.saturating_add(self.span(self.waiting_cost, now))
    }
}

impl Limiter {
    pub(crate) fn new(rate: Option<Rate>, max_queue: u32) -> Self {
        Self {
            turn: tokio::sync::Mutex::new(()),
            bucket: Mutex::new(Bucket {
                rate,
                empty_at: None,
                paused_until: None,
                eased: None,
                waiting: 0,
                waiting_cost: 0,
            }),
            max_queue,
        }
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the call's turn. The answer says what it waited; dropped unspent it gives back
    /// what the call took.
    pub(crate) async fn acquire(
        &self,
        cost: u32,
        deadline: Deadline,
    ) -> Result<Charge<'_>, Refusal> {
        let now = Instant::now();
        let charge = |waited| Charge {
            limiter: self,
            cost,
            waited,
        };
        // Nobody waits, and there is room: two uncontended locks, no timer.
        let turn = self.turn.try_lock();
        let ticket = {
            let mut bucket = self.bucket();
            let wait = bucket.estimate(cost, now);
            if turn.is_ok() && wait.is_zero() {
                bucket.charge(cost, now, now);
                return Ok(charge(Duration::ZERO));
            }
            if bucket.waiting >= self.max_queue {
                let waiting = bucket.waiting;
                return Err(Refusal::Full { waiting, wait });
            }
            if !deadline.allows(now + wait) {
                return Err(Refusal::TooLate { wait });
            }
            Ticket::take(self, &mut bucket, cost)
        };
        let turn = match turn {
            Ok(turn) => turn,
            Err(_) => timeout_at(deadline.at(), self.turn.lock())
                .await
                .map_err(|_| Refusal::TooLate {
                    wait: self.bucket().estimate(cost, deadline.at()),
                })?,
        };
        loop {
            let at = {
                let mut bucket = self.bucket();
                let now = Instant::now();
                let at = bucket.earliest(cost, now);
                if at <= now {
                    let late = now.checked_sub(LATENESS).map_or(now, |late| late.max(at));
                    bucket.charge(cost, late, now);
                    break;
                }
                if !deadline.allows(at) {
                    let wait = at - now;
                    return Err(Refusal::TooLate { wait });
                }
                at
            };
            // The pause may be made longer meanwhile, so the loop looks again.
            sleep_until(at).await;
        }
        drop(ticket);
        drop(turn);
        Ok(charge(now.elapsed()))
    }

    /// Nobody leaves before `until`, and then one after the other as the rate says.
    pub(crate) fn pause_until(&self, until: Instant) {
        let mut bucket = self.bucket();
        bucket.paused_until = Some(bucket.paused_until.map_or(until, |at| at.max(until)));
        if let Some(rate) = bucket.rate {
            // The bucket is full when the pause ends, but for one call.
            let spare = bucket.span(u64::from(rate.burst.max(1)) - 1, until);
            let full = until.checked_add(spare).unwrap_or(until);
            bucket.empty_at = Some(bucket.empty_at.map_or(full, |at| at.max(full)));
        }
    }

    /// The provider said that it was too fast: slows down, at most once a second.
    pub(crate) fn ease(&self, now: Instant) {
        let mut bucket = self.bucket();
        let recent = bucket
            .eased
            .is_some_and(|(_, since)| now < since + Duration::from_secs(1));
        if bucket.rate.is_some() && !recent {
            let share = (bucket.ease(now) * EASE_FACTOR).max(EASE_LEAST);
            bucket.eased = Some((share, now));
        }
    }

    /// Whether it is as if it had never been used.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        let bucket = self.bucket();
        bucket.waiting == 0
            && bucket.empty_at.is_none_or(|at| at <= now)
            && bucket.paused_until.is_none_or(|until| until <= now)
            && bucket.ease(now) >= 1.0
    }
}

/// What a call took. Given back unless it is [spent](Charge::spend).
#[derive(Debug)]
pub(crate) struct Charge<'a> {
    limiter: &'a Limiter,
    cost: u32,
    /// How long the call waited for it.
    pub(crate) waited: Duration,
}

impl Charge<'_> {
    /// The call is sent.
    pub(crate) fn spend(mut self) {
        self.cost = 0;
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        if self.cost > 0 {
            let mut bucket = self.limiter.bucket();
            let span = bucket.span(u64::from(self.cost), Instant::now());
            bucket.empty_at = bucket.empty_at.and_then(|at| at.checked_sub(span));
        }
    }
}

/// A place in the queue. Dropped, it is free again.
struct Ticket<'a> {
    limiter: &'a Limiter,
    cost: u32,
}

impl<'a> Ticket<'a> {
    fn take(limiter: &'a Limiter, bucket: &mut Bucket, cost: u32) -> Self {
        bucket.waiting += 1;
        bucket.waiting_cost += u64::from(cost);
        Self { limiter, cost }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut bucket = self.limiter.bucket();
        bucket.waiting = bucket.waiting.saturating_sub(1);
        bucket.waiting_cost = bucket.waiting_cost.saturating_sub(u64::from(self.cost));
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
