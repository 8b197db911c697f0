//! The moment by which an operation has to be over.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::task::coop::unconstrained;
use tokio::time::{Instant, sleep_until};

/// When an operation has to be over: its queueing, attempts and waits together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    /// How long it was from the start.
    pub(crate) after: Duration,
}

/// Far enough away that nobody waits for it; adding more could overflow the clock.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

impl Deadline {
    pub(crate) fn after(start: Instant, after: Duration) -> Self {
        let after = after.min(FAR);
        Self {
            at: start + after,
            after,
        }
    }

    pub(crate) fn at(self) -> Instant {
        self.at
    }

    pub(crate) fn has_passed(self, now: Instant) -> bool {
        now >= self.at
    }

    /// Whether something that begins at `start` begins in time.
    pub(crate) fn allows(self, start: Instant) -> bool {
        start < self.at
    }
}

/// Runs a future until then, as [`timeout_at`](tokio::time::timeout_at) does; but the timer is made
/// when the future waits for the first time, and not for one that has its answer already.
pub(crate) async fn in_time<T>(until: Instant, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut timer = pin!(None);
    poll_fn(|cx| {
        if let Poll::Ready(answer) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(answer));
        }
        if timer.is_none() {
            // The time is over also for a future that used its task's budget up.
            timer.set(Some(unconstrained(sleep_until(until))));
        }
        match timer.as_mut().as_pin_mut() {
            Some(timer) => timer.poll(cx).map(|()| None),
            None => Poll::Pending,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn endless_deadlines_do_not_overflow_the_clock() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::MAX);
        assert!(deadline.allows(now + Duration::from_secs(3600)));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_begins_at_the_deadline_itself() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::from_secs(1));
        assert!(!deadline.has_passed(now));
        assert!(deadline.has_passed(now + Duration::from_secs(1)));
        assert!(!deadline.allows(now + Duration::from_secs(1)));
    }
}
