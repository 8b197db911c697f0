//! The retry budget: how much repeating a guard may do while its provider fails.
//!
//! Without it every layer that retries three times makes an outage three times the load. The
//! figures are those of the AWS SDKs' standard mode: a bucket of 500 tokens, 5 for a retry and 10
//! for one after a timeout; a success without retry returns 1, one after a retry returns what that
//! retry had cost.

use super::sync::atomic::{AtomicU32, Ordering};

/// How much a guard may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryBudget {
    /// The tokens of a full bucket. 0 switches retries off.
    pub capacity: u32,
    /// What a retry costs.
    pub retry_cost: u32,
    /// What a retry after a timeout costs.
    pub timeout_cost: u32,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self {
            capacity: 500,
            retry_cost: 5,
            timeout_cost: 10,
        }
    }
}

impl RetryBudget {
    /// A budget with another capacity.
    #[must_use]
    pub fn with_capacity(mut self, tokens: u32) -> Self {
        self.capacity = tokens;
        self
    }

    /// Sets what a retry costs, and what one after a timeout costs.
    #[must_use]
    pub fn with_costs(mut self, retry: u32, after_timeout: u32) -> Self {
        self.retry_cost = retry;
        self.timeout_cost = after_timeout;
        self
    }
}

#[derive(Debug)]
pub(crate) struct Budget {
    tokens: AtomicU32,
    config: RetryBudget,
}

impl Budget {
    pub(crate) fn new(config: RetryBudget) -> Self {
        Self {
            tokens: AtomicU32::new(config.capacity),
            config,
        }
    }

    /// Pays for a retry, or answers the tokens that there are when they are too few.
    pub(crate) fn withdraw(&self, after_timeout: bool) -> Result<Withdrawal<'_>, u32> {
        let cost = match after_timeout {
            true => self.config.timeout_cost,
            false => self.config.retry_cost,
        };
        if self.config.capacity == 0 {
            return Err(0);
        }
        self.tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
                tokens.checked_sub(cost)
            })
            .map(|held| Withdrawal {
                budget: self,
                held,
                cost,
                spent: false,
            })
    }

    /// A call succeeded, its last retry having cost `cost`.
    pub(crate) fn success(&self, cost: Option<u32>) {
        self.deposit(cost.unwrap_or(1));
    }

    fn deposit(&self, tokens: u32) {
        let capacity = self.config.capacity;
        // Most calls meet a full bucket: they only read it.
        if self.tokens.load(Ordering::Relaxed) < capacity {
            let _ = self
                .tokens
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                    Some(held.saturating_add(tokens).min(capacity))
                });
        }
    }

    /// Puts the budget where it was at some other time.
    #[cfg(feature = "capsule")]
    pub(super) fn set(&self, tokens: u32) {
        self.tokens.store(tokens, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn tokens(&self) -> u32 {
        self.tokens.load(Ordering::Relaxed)
    }
}

/// A paid retry. It is given back unless it is [spent](Withdrawal::spend): a retry that was
/// cancelled or refused before it was sent has cost nothing.
#[derive(Debug)]
pub(crate) struct Withdrawal<'a> {
    budget: &'a Budget,
    held: u32,
    cost: u32,
    spent: bool,
}

impl Withdrawal<'_> {
    /// The tokens that there were before it.
    pub(crate) fn held(&self) -> u32 {
        self.held
    }

    /// The retry is sent. Answers what it cost.
    pub(crate) fn spend(mut self) -> u32 {
        self.spent = true;
        self.cost
    }
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        if !self.spent {
            self.budget.deposit(self.cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures of `token_bucket.rs` in aws-smithy-runtime.
    #[test]
    fn a_full_budget_pays_a_hundred_retries_or_fifty_after_timeouts() {
        for (timeout, retries) in [(false, 100), (true, 50)] {
            let budget = Budget::new(RetryBudget::default());
            let mut paid = 0;
            while let Ok(retry) = budget.withdraw(timeout) {
                retry.spend();
                paid += 1;
            }
            assert_eq!(paid, retries);
        }
    }

    #[test]
    fn successes_fill_it_again_and_never_above_its_capacity() {
        let budget = Budget::new(RetryBudget::default());
        let cost = budget.withdraw(true).unwrap().spend();
        assert_eq!(budget.tokens(), 490);
        budget.success(None);
        assert_eq!(budget.tokens(), 491);
        budget.success(Some(cost));
        assert_eq!(budget.tokens(), 500);
    }

    #[test]
    fn a_retry_that_is_dropped_before_it_is_sent_costs_nothing() {
        let budget = Budget::new(RetryBudget::default());
        drop(budget.withdraw(false));
        assert_eq!(budget.tokens(), 500);
    }

    #[test]
    fn no_capacity_means_no_retry_even_when_a_retry_is_free() {
        let none = RetryBudget::default().with_capacity(0).with_costs(0, 0);
        assert!(Budget::new(none).withdraw(false).is_err());
    }
}
