//! How long to wait before an attempt is repeated.

use std::time::Duration;

/// Exponential backoff with full jitter: before retry *n* a random time between nothing and
/// `first * 2^(n-1)`, never more than `max`.
///
/// Full jitter spreads callers that failed together over the whole interval, which gives the least
/// load and the earliest recovery (AWS Architecture Blog, "Exponential Backoff And Jitter").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backoff {
    /// The most to wait before the first retry.
    pub first: Duration,
    /// The most to wait before any retry.
    pub max: Duration,
}

impl Default for Backoff {
    /// Up to 200 ms before the first retry, up to 20 s before any.
    fn default() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(20))
    }
}

impl Backoff {
    /// Up to `first` before the first retry, twice as much before each next, up to `max`.
    #[must_use]
    pub fn new(first: Duration, max: Duration) -> Self {
        Self { first, max }
    }

    /// The most to wait before retry `retry` (1 is the first).
    pub(crate) fn ceiling(&self, retry: u32) -> Duration {
        let doublings = retry.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.max)
    }

    /// The wait before retry `retry`. What the provider asks for is waited for in full, and the
    /// jitter, this share of its ceiling, comes on top: callers that were told the same second do
    /// not return in the same one.
    pub(crate) fn delay(&self, retry: u32, asked: Option<Duration>, share: f64) -> Duration {
        let jitter = self.ceiling(retry).mul_f64(share);
        asked.unwrap_or_default().saturating_add(jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);

    #[test]
    fn the_ceiling_doubles_up_to_the_maximum() {
        let backoff = Backoff::new(FIRST, Duration::from_secs(1));
        let ceilings: Vec<u128> = (1..=6).map(|n| backoff.ceiling(n).as_millis()).collect();
        assert_eq!(ceilings, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(backoff.ceiling(u32::MAX), Duration::from_secs(1));
    }

    #[test]
    fn delays_fill_the_whole_interval_and_average_half_of_it() {
        let backoff = Backoff::new(FIRST, Duration::from_secs(1));
        let random = Random::new(Some(1));
        let delays: Vec<Duration> = (0..10_000)
            .map(|_| backoff.delay(2, None, random.unit()))
            .collect();
        assert!(delays.iter().all(|d| *d <= 2 * FIRST));
        assert!(delays.iter().any(|d| *d < FIRST / 10));
        assert!(delays.iter().any(|d| *d > FIRST * 19 / 10));
        let mean = delays.iter().sum::<Duration>() / 10_000;
        assert!(mean.abs_diff(FIRST) < FIRST / 20, "{mean:?}");
    }

    #[test]
    fn what_the_provider_asks_for_is_waited_for_in_full() {
        let backoff = Backoff::new(FIRST, Duration::from_secs(1));
        let random = Random::new(Some(1));
        let asked = Duration::from_secs(7);
        for _ in 0..100 {
            let delay = backoff.delay(1, Some(asked), random.unit());
            assert!(delay >= asked && delay <= asked + FIRST, "{delay:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_delays() {
        let delays = |seed| {
            let random = Random::new(Some(seed));
            (1..=5)
                .map(|n| Backoff::default().delay(n, None, random.unit()))
                .collect::<Vec<_>>()
        };
        assert_eq!(delays(3), delays(3));
        assert_ne!(delays(3), delays(4));
    }
}
