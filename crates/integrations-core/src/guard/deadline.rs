//! The moment by which an operation has to be over.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::task::coop::{Unconstrained, unconstrained};
use tokio::time::{Instant, Sleep, sleep_until};

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
pub(crate) fn in_time<F: Future>(until: Instant, future: F) -> InTime<F> {
    InTime {
        future,
        timer: None,
        until,
    }
}

pin_project! {
    /// See [`in_time`]. `None` when the time was over.
    pub(crate) struct InTime<F> {
        #[pin]
        future: F,
        // The time is over also for a future that used its task's budget up.
        #[pin]
        timer: Option<Unconstrained<Sleep>>,
        until: Instant,
    }
}

impl<F: Future> Future for InTime<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(answer) = this.future.poll(cx) {
            return Poll::Ready(Some(answer));
        }
        if this.timer.is_none() {
            let timer = unconstrained(sleep_until(*this.until));
            this.timer.set(Some(timer));
        }
        match this.timer.as_pin_mut() {
            Some(timer) => timer.poll(cx).map(|()| None),
            None => Poll::Pending,
        }
    }
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

    /// Without a runtime a timer cannot be made.
    #[test]
    fn an_answer_at_once_needs_no_timer() {
        let until = Instant::now();
        let answer = futures::executor::block_on(in_time(until, std::future::ready(1)));
        assert_eq!(answer, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_is_cut_at_its_time() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let cut = in_time(start + second, std::future::pending::<()>()).await;
        assert_eq!(cut, None);
        assert_eq!(start.elapsed(), second);
        let answer = in_time(Instant::now() + second, tokio::time::sleep(second / 2)).await;
        assert_eq!(answer, Some(()));
    }
}
