//! The policy of a guard, and how one is built.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::integration::Descriptor;

use super::breaker::Breaker;
use super::budget::RetryBudget;
use super::limiter::Rate;
use super::retry::Backoff;
use super::{Guard, telemetry};
#[cfg(feature = "capsule")]
use crate::capsule::Capture;

/// The policy that every call of an integration runs under.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GuardConfig {
    /// How long an operation may take, waiting and retries included, when it sets nothing itself.
    pub deadline: Duration,
    /// How long one attempt may take. `None`: as long as the operation.
    pub attempt_timeout: Option<Duration>,
    /// The most attempts of one operation, the first included.
    pub max_attempts: u32,
    /// The waits between attempts.
    pub backoff: Backoff,
    /// How much may be repeated while the provider fails.
    pub budget: RetryBudget,
    /// The rate of each connection. `None`: as fast as the callers are.
    pub rate: Option<Rate>,
    /// The rate of all connections together.
    pub shared_rate: Option<Rate>,
    /// How many calls of one connection may wait for their turn; the next is refused at once.
    pub max_queue: u32,
    /// The longest that one `Retry-After` holds up the others of its connection.
    pub max_pause: Duration,
    /// The circuit breaker of each class of endpoints. `None`: never opens.
    pub breaker: Option<Breaker>,
    /// The seed of all random choices, so that a run can be repeated. `None`: a random one.
    pub seed: Option<u64>,
    /// Whether and where calls that fail are kept as [capsules](crate::capsule).
    #[cfg(feature = "capsule")]
    pub capture: Option<Capture>,
}

impl Default for GuardConfig {
    /// 5 minutes, 3 attempts, the AWS SDKs' budget, no rate, 1,000 waiting, a breaker.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(300),
            attempt_timeout: None,
            max_attempts: 3,
            backoff: Backoff::default(),
            budget: RetryBudget::default(),
            rate: None,
            shared_rate: None,
            max_queue: 1000,
            max_pause: Duration::from_secs(60),
            breaker: Some(Breaker::default()),
            seed: None,
            #[cfg(feature = "capsule")]
            capture: None,
        }
    }
}

impl GuardConfig {
    fn check(&self) -> Result<()> {
        let mut wrong = Vec::new();
        if self.deadline.is_zero() {
            wrong.push("deadline is zero");
        }
        if self.attempt_timeout.is_some_and(|limit| limit.is_zero()) {
            wrong.push("attempt_timeout is zero");
        }
        if self.max_attempts == 0 {
            wrong.push("max_attempts is 0");
        }
        // Far beyond use, and small enough that no point in time runs over.
        let longest = Duration::from_secs(365 * 24 * 3600);
        let open = self.breaker.as_ref().map(|breaker| breaker.max_open_for);
        if self.max_pause > longest || open.is_some_and(|open| open > longest) {
            wrong.push("max_pause or a breaker's max_open_for is longer than a year");
        }
        let rates = self.rate.iter().chain(&self.shared_rate);
        if rates.clone().any(|rate| rate.calls == 0 || rate.burst == 0) {
            wrong.push("a rate of 0 calls, or with a burst of 0");
        }
        if rates.clone().any(|rate| rate.per.is_zero()) {
            wrong.push("a rate per no time");
        }
        if let Some(breaker) = &self.breaker {
            if breaker.consecutive_failures == 0 {
                wrong.push("a breaker that opens after 0 failures");
            }
            if !(breaker.failure_ratio > 0.0 && breaker.failure_ratio <= 1.0) {
                wrong.push("a breaker's failure_ratio outside 0 to 1");
            }
            if breaker.open_for.is_zero() || breaker.open_for > breaker.max_open_for {
                wrong.push("a breaker's open_for is zero or above max_open_for");
            }
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::Config,
                format!("the guard's policy cannot work: {}", wrong.join("; ")),
            )),
        }
    }
}

/// Builds a [`Guard`]. Everything has a default: see [`GuardConfig`].
#[derive(Debug, Clone)]
#[must_use]
pub struct GuardBuilder {
    name: String,
    target: String,
    config: GuardConfig,
}

impl Default for GuardBuilder {
    fn default() -> Self {
        Self {
            name: "unnamed".to_owned(),
            target: telemetry::ROOT.to_owned(),
            config: GuardConfig::default(),
        }
    }
}

impl GuardBuilder {
    /// Names the integration in metrics, and sets the spans' target to
    /// `integrations::<category>::<provider>`.
    pub fn integration(mut self, descriptor: &Descriptor) -> Self {
        self.name = descriptor.name.clone().into_owned();
        self.target = format!(
            "{}::{}::{}",
            telemetry::ROOT,
            descriptor.category,
            descriptor.provider
        );
        self
    }

    /// Takes a whole policy.
    pub fn config(mut self, config: GuardConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets how long an operation may take that sets nothing itself.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.config.deadline = deadline;
        self
    }

    /// Sets how long one attempt may take.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.config.attempt_timeout = Some(limit);
        self
    }

    /// Sets the most attempts of one operation, the first included.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.config.max_attempts = attempts;
        self
    }

    /// Sets the waits between attempts.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.config.backoff = backoff;
        self
    }

    /// Sets how much may be repeated while the provider fails.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.config.budget = budget;
        self
    }

    /// Limits the rate of each connection.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.config.rate = Some(rate);
        self
    }

    /// Limits the rate of all connections together.
    pub fn shared_rate(mut self, rate: Rate) -> Self {
        self.config.shared_rate = Some(rate);
        self
    }

    /// Sets how many calls of one connection may wait for their turn.
    pub fn max_queue(mut self, calls: u32) -> Self {
        self.config.max_queue = calls;
        self
    }

    /// Sets the longest that one `Retry-After` holds up the others of its connection.
    pub fn max_pause(mut self, pause: Duration) -> Self {
        self.config.max_pause = pause;
        self
    }

    /// Sets when the circuit opens.
    pub fn breaker(mut self, breaker: Breaker) -> Self {
        self.config.breaker = Some(breaker);
        self
    }

    /// Never opens the circuit.
    pub fn without_breaker(mut self) -> Self {
        self.config.breaker = None;
        self
    }

    /// Makes all random choices from a seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(seed);
        self
    }

    /// Keeps each call that fails as a [capsule](crate::capsule), which can be replayed.
    #[cfg(feature = "capsule")]
    pub fn capture(mut self, capture: Capture) -> Self {
        self.config.capture = Some(capture);
        self
    }

    /// Builds the guard.
    ///
    /// # Errors
    /// `Config`, naming every value that cannot work.
    pub fn build(self) -> Result<Guard> {
        self.config.check()?;
        Ok(self.build_unchecked())
    }

    /// For the default policy, which is known to work.
    pub(super) fn build_unchecked(self) -> Guard {
        Guard::from_parts(self.name, &self.target, self.config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_is_a_valid_one() {
        GuardConfig::default().check().unwrap();
    }

    #[test]
    fn one_error_names_all_that_cannot_work() {
        let error = Guard::builder()
            .max_attempts(0)
            .max_pause(Duration::MAX)
            .rate(Rate::per_second(0))
            .breaker(Breaker::default().with_failure_ratio(f64::NAN, 1, Duration::ZERO))
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        for part in ["max_attempts", "max_pause", "a rate of 0", "failure_ratio"] {
            assert!(error.message().contains(part), "{error}");
        }
    }
}
