//! The limiter: how fast calls may leave, who waits, and in which order.
//!
//! A weighted leaky bucket (the generic cell rate algorithm of ITU-T I.371) behind a fair queue.
//! The queue is a [`tokio::sync::Mutex`]: callers get it in the order in which they came, a caller
//! that is dropped while it waits leaves it, and only its holder, the head of the queue, sleeps
//! until the bucket has room. So nothing has to be handed from one caller to another, and what a
//! cancelled caller would have taken goes to the next.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync;
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
    fn interval(self) -> Duration {
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

impl Refusal {
    /// The same, with a wait of at least `least`.
    pub(crate) fn or_longer(self, least: Duration) -> Self {
        match self {
            Self::Full { waiting, wait } => Self::Full {
                waiting,
                wait: wait.max(least),
            },
            Self::TooLate { wait } => Self::TooLate {
                wait: wait.max(least),
            },
        }
    }
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
    turn: sync::Mutex<()>,
    bucket: Mutex<Bucket>,
    max_queue: u32,
}

#[derive(Debug)]
struct Bucket {
    rate: Option<Rate>,
    /// Between two calls of weight 1 at the full rate.
    interval: Duration,
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
        if self.rate.is_none() || cost == 0 {
            return Duration::ZERO;
        }
        // Most calls: the full rate, in whole nanoseconds.
        if self.eased.is_none() {
            if cost == 1 {
                return self.interval;
            }
            let nanoseconds = self.interval.as_nanos().saturating_mul(u128::from(cost));
            return u64::try_from(nanoseconds).map_or(Duration::MAX, Duration::from_nanos);
        }
        let even = self.interval.as_secs_f64() * cost as f64;
        Duration::try_from_secs_f64(even / self.ease(now)).unwrap_or(Duration::MAX)
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

    /// Lets a call in at `basis`, which is not after `now`. Answers until when it fills the bucket,
    /// if it does.
    fn charge(&mut self, cost: u32, basis: Instant, now: Instant) -> Option<Instant> {
        let fills = self.rate.is_some() && cost > 0;
        if fills {
            let from = self.empty_at.map_or(basis, |empty_at| empty_at.max(basis));
            self.empty_at = from
                .checked_add(self.span(u64::from(cost), now))
                .or(self.empty_at);
        }
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
        if self.eased.is_some() && self.ease(now) >= 1.0 {
            self.eased = None;
        }
        self.empty_at.filter(|_| fills)
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
            turn: sync::Mutex::new(()),
            bucket: Mutex::new(Bucket {
                rate,
                interval: rate.map_or(Duration::ZERO, Rate::interval),
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

    /// Lets a call in that need not wait: nobody waits, and there is room. One uncontended lock, no
    /// timer.
    pub(crate) fn try_acquire(&self, cost: u32, now: Instant) -> Option<Charge<'_>> {
        let mut bucket = self.bucket();
        // Whoever has the turn, or waits for it, is counted.
        let free = bucket.waiting == 0 && bucket.earliest(cost, now) <= now;
        free.then(|| Charge {
            until: bucket.charge(cost, now, now),
            limiter: self,
            cost,
            waited: Duration::ZERO,
        })
    }

    /// Waits for the call's turn. The answer says what it waited; dropped unspent it gives back
    /// what the call took.
    pub(crate) async fn acquire(
        &self,
        cost: u32,
        deadline: Deadline,
    ) -> Result<Charge<'_>, Refusal> {
        if let Some(charge) = self.try_acquire(cost, Instant::now()) {
            return Ok(charge);
        }
        let mut place = self.enter(cost, deadline).await?;
        place.ready(deadline).await?;
        Ok(place.charge(true))
    }

    /// Waits until the call is at the head of the queue, where it stays until it is charged or
    /// dropped.
    pub(crate) async fn enter(&self, cost: u32, deadline: Deadline) -> Result<Place<'_>, Refusal> {
        let turn = self.turn.try_lock().ok();
        self.queue(cost, deadline, turn).await
    }

    async fn queue<'a>(
        &'a self,
        cost: u32,
        deadline: Deadline,
        turn: Option<sync::MutexGuard<'a, ()>>,
    ) -> Result<Place<'a>, Refusal> {
        let since = Instant::now();
        let ticket = {
            let mut bucket = self.bucket();
            let wait = bucket.estimate(cost, since);
            // Without a rate of its own a queue is one of calls that wait for the rate of all.
            let free = turn.is_some() && wait.is_zero() && bucket.waiting == 0;
            if !free && bucket.waiting >= self.max_queue {
                let waiting = bucket.waiting;
                return Err(Refusal::Full { waiting, wait });
            }
            let at = since.checked_add(wait);
            if !at.is_some_and(|at| deadline.allows(at)) {
                return Err(Refusal::TooLate { wait });
            }
            Ticket::take(self, &mut bucket, cost)
        };
        let turn = match turn {
            Some(turn) => turn,
            None => timeout_at(deadline.at(), self.turn.lock())
                .await
                .map_err(|_| Refusal::TooLate {
                    wait: self.bucket().estimate(cost, deadline.at()),
                })?,
        };
        Ok(Place {
            ticket,
            turn: Some(turn),
            since,
        })
    }

    /// How long a call that comes now would wait.
    pub(crate) fn estimate(&self, cost: u32) -> Duration {
        self.bucket().estimate(cost, Instant::now())
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

    /// How long it is still busy with what was let in.
    #[cfg(test)]
    pub(super) fn busy(&self, now: Instant) -> Duration {
        let at = self.bucket().empty_at;
        at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
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

/// The head of the queue.
pub(crate) struct Place<'a> {
    // Dropped before the turn: who comes next does not count this one any more.
    ticket: Ticket<'a>,
    turn: Option<sync::MutexGuard<'a, ()>>,
    since: Instant,
}

impl<'a> Place<'a> {
    /// Waits until the bucket has room for the call.
    pub(crate) async fn ready(&mut self, deadline: Deadline) -> Result<(), Refusal> {
        let Ticket { limiter, cost } = self.ticket;
        loop {
            let at = {
                let bucket = limiter.bucket();
                let now = Instant::now();
                let at = bucket.earliest(cost, now);
                if at <= now {
                    if bucket.rate.is_none() {
                        // Nothing has to be kept apart from those who come next.
                        self.turn = None;
                    }
                    return Ok(());
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
    }

    /// Whether the bucket still has room: a pause may have begun since it was [ready](Self::ready).
    pub(crate) fn has_room(&self) -> bool {
        let now = Instant::now();
        self.ticket.limiter.bucket().earliest(self.ticket.cost, now) <= now
    }

    /// Lets the call in. What timers were late since the bucket had room for it, while it waited,
    /// is made up for, unless something else was waited for since.
    pub(crate) fn charge(self, at_once: bool) -> Charge<'a> {
        let Ticket { limiter, cost } = self.ticket;
        let now = Instant::now();
        let mut bucket = limiter.bucket();
        let basis = match (at_once, now.checked_sub(LATENESS)) {
            (true, Some(late)) => late.max(self.since).max(bucket.earliest(cost, now)),
            _ => now,
        };
        Charge {
            until: bucket.charge(cost, basis.min(now), now),
            limiter,
            cost,
            waited: now.saturating_duration_since(self.since),
        }
    }
}

/// What a call took. Given back unless it is [spent](Charge::spend).
#[derive(Debug)]
pub(crate) struct Charge<'a> {
    limiter: &'a Limiter,
    cost: u32,
    /// Until when it fills the bucket.
    until: Option<Instant>,
    /// How long the call waited for it.
    pub(crate) waited: Duration,
}

impl Charge<'_> {
    /// The call is sent.
    pub(crate) fn spend(mut self) {
        self.until = None;
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        let Some(until) = self.until else { return };
        let now = Instant::now();
        let mut bucket = self.limiter.bucket();
        // What has drained meanwhile cannot be given to others any more.
        let left = until.saturating_duration_since(now);
        let left = left.min(bucket.span(u64::from(self.cost), now));
        bucket.empty_at = bucket.empty_at.and_then(|at| at.checked_sub(left));
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
