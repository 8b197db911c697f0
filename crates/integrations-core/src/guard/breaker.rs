//! The circuit breaker: a provider that is down is left alone, and probed by one call at a time.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;

use crate::integration::Circuit;

use super::policy::Verdict;
use super::random::Random;
use super::sync::atomic::{AtomicBool, Ordering};
use super::sync::{Mutex, MutexGuard};

/// When a circuit opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Breaker {
    /// So many failures in a row open it, while there are fewer than
    /// [`min_calls`](Self::min_calls) in the window. Where there are more, it takes `min_calls` in a
    /// row: at a thousand calls a second five failures come together by chance every minute when one
    /// call in ten fails.
    pub consecutive_failures: u32,
    /// This share of failures (0 to 1) among the calls of the window opens it.
    pub failure_ratio: f64,
    /// The least number of calls in the window before the share counts, and the number of failures
    /// in a row that opens it from then on.
    pub min_calls: u32,
    /// How far back the share looks.
    pub window: Duration,
    /// How long it stays open the first time. Each failed probe doubles it. The real time is up to
    /// a fifth longer, at random, so that processes do not probe in step.
    pub open_for: Duration,
    /// The longest that it stays open.
    pub max_open_for: Duration,
}

impl Default for Breaker {
    /// 5 failures in a row (20 where there were as many calls), or half of at least 20 calls within
    /// 30 s; open for 1 s, up to 5 s.
    ///
    /// A probe is one call: it costs a provider that is down next to nothing, and what a longer
    /// interval costs are the calls that it would have answered since it is back.
    /// `docs/benchmarks.md` has the figures.
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            failure_ratio: 0.5,
            min_calls: 20,
            window: Duration::from_secs(30),
            open_for: Duration::from_secs(1),
            max_open_for: Duration::from_secs(5),
        }
    }
}

impl Breaker {
    /// Opens after so many failures in a row; after [`min_calls`](Self::min_calls) of them where
    /// there are as many calls in the window and that is more.
    #[must_use]
    pub fn with_consecutive_failures(mut self, failures: u32) -> Self {
        self.consecutive_failures = failures;
        self
    }

    /// Opens at this share of failures among at least `min_calls` within `window`.
    #[must_use]
    pub fn with_failure_ratio(mut self, ratio: f64, min_calls: u32, window: Duration) -> Self {
        self.failure_ratio = ratio;
        self.min_calls = min_calls;
        self.window = window;
        self
    }

    /// Stays open so long the first time, and never longer than `max`.
    #[must_use]
    pub fn with_open_for(mut self, first: Duration, max: Duration) -> Self {
        self.open_for = first;
        self.max_open_for = max;
        self
    }
}

/// The breaker of one class of endpoints.
#[derive(Debug)]
pub(crate) struct ClassBreaker {
    config: Breaker,
    /// True while it is closed, so that most calls need no lock to know it.
    closed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed {
        in_a_row: u32,
        window: Window,
    },
    Open {
        until: Instant,
        lasted: Duration,
    },
    /// The time is over: the next call is the probe, or a probe is under way.
    HalfOpen {
        probing: bool,
        lasted: Duration,
    },
}

/// Counts of the current half of the window and of the one before it.
#[derive(Debug, Clone, Copy)]
struct Window {
    since: Instant,
    current: (u32, u32),
    before: (u32, u32),
}

impl Window {
    fn new(now: Instant) -> Self {
        Self {
            since: now,
            current: (0, 0),
            before: (0, 0),
        }
    }

    fn count(&mut self, failed: bool, now: Instant, half: Duration) {
        let age = now.saturating_duration_since(self.since);
        if age >= half {
            let before = if age < half * 2 { self.current } else { (0, 0) };
            *self = Self {
                since: now,
                current: (0, 0),
                before,
            };
        }
        self.current.0 = self.current.0.saturating_add(1);
        self.current.1 = self.current.1.saturating_add(u32::from(failed));
    }

    fn calls(&self) -> u32 {
        self.current.0.saturating_add(self.before.0)
    }

    fn failures(&self) -> u32 {
        self.current.1.saturating_add(self.before.1)
    }
}

impl ClassBreaker {
    pub(crate) fn new(config: Breaker) -> Self {
        Self {
            config,
            closed: AtomicBool::new(true),
            state: Mutex::new(closed(Instant::now())),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call would be let through now; otherwise when to come back. Takes nothing.
    pub(crate) fn check(&self, now: Instant) -> Result<(), Duration> {
        if self.closed.load(Ordering::Acquire) {
            return Ok(());
        }
        match &*self.state() {
            State::Open { until, .. } if *until > now => Err(*until - now),
            State::HalfOpen {
                probing: true,
                lasted,
            } => Err(*lasted),
            _ => Ok(()),
        }
    }

    /// Lets a call through, as the probe when one is due; otherwise says when to come back.
    pub(crate) fn enter(&self, now: Instant) -> Result<Pass<'_>, Duration> {
        if self.closed.load(Ordering::Acquire) {
            return Ok(Pass {
                breaker: self,
                probe: false,
            });
        }
        let mut state = self.state();
        let probe = match &*state {
            State::Closed { .. } => false,
            State::Open { until, .. } if *until > now => return Err(*until - now),
            State::HalfOpen {
                probing: true,
                lasted,
            } => return Err(*lasted),
            State::Open { lasted, .. } | State::HalfOpen { lasted, .. } => {
                *state = State::HalfOpen {
                    probing: true,
                    lasted: *lasted,
                };
                true
            }
        };
        Ok(Pass {
            breaker: self,
            probe,
        })
    }

    pub(crate) fn circuit(&self, now: Instant) -> Circuit {
        if self.closed.load(Ordering::Acquire) {
            return Circuit::Closed;
        }
        match &*self.state() {
            State::Closed { .. } => Circuit::Closed,
            State::Open { until, .. } if *until > now => Circuit::Open,
            State::Open { .. } | State::HalfOpen { .. } => Circuit::HalfOpen,
        }
    }

    fn record(&self, verdict: Verdict, now: Instant, random: &Random) -> Option<Circuit> {
        let failed = match verdict {
            Verdict::Alive => false,
            Verdict::Failing => true,
            Verdict::NoEvidence => return None,
        };
        let mut state = self.state();
        // Calls that were let through before it opened say nothing new.
        let State::Closed { in_a_row, window } = &mut *state else {
            return None;
        };
        *in_a_row = if failed { *in_a_row + 1 } else { 0 };
        window.count(failed, now, self.config.window / 2);
        if !failed {
            return None;
        }
        let Breaker {
            consecutive_failures,
            min_calls,
            failure_ratio,
            ..
        } = self.config;
        let calls = window.calls();
        let bad = match calls >= min_calls {
            false => *in_a_row >= consecutive_failures,
            true => {
                let ratio = f64::from(window.failures()) / f64::from(calls.max(1));
                *in_a_row >= consecutive_failures.max(min_calls) || ratio >= failure_ratio
            }
        };
        bad.then(|| self.open(&mut state, self.config.open_for, now, random))
    }

    fn record_probe(&self, verdict: Verdict, now: Instant, random: &Random) -> Option<Circuit> {
        let mut state = self.state();
        let State::HalfOpen { probing, lasted } = &mut *state else {
            return None;
        };
        match verdict {
            Verdict::Alive => {
                *state = closed(now);
                self.closed.store(true, Ordering::Release);
                Some(Circuit::Closed)
            }
            Verdict::Failing => {
                let longer = lasted.saturating_mul(2).min(self.config.max_open_for);
                Some(self.open(&mut state, longer, now, random))
            }
            Verdict::NoEvidence => {
                *probing = false;
                None
            }
        }
    }

    fn open(&self, state: &mut State, lasts: Duration, now: Instant, random: &Random) -> Circuit {
        let until = now + lasts + random.up_to(lasts / 5);
        *state = State::Open {
            until,
            lasted: lasts,
        };
        self.closed.store(false, Ordering::Release);
        Circuit::Open
    }
}

fn closed(now: Instant) -> State {
    State::Closed {
        in_a_row: 0,
        window: Window::new(now),
    }
}

/// A call that was let through. Dropped without a verdict, a probe frees its place.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    breaker: &'a ClassBreaker,
    probe: bool,
}

impl Pass<'_> {
    /// Whether it is the probe.
    pub(crate) fn is_probe(&self) -> bool {
        self.probe
    }

    /// What the call proved. Answers the circuit's new state when it changed.
    pub(crate) fn settle(
        mut self,
        verdict: Verdict,
        now: Instant,
        random: &Random,
    ) -> Option<Circuit> {
        if std::mem::take(&mut self.probe) {
            self.breaker.record_probe(verdict, now, random)
        } else {
            self.breaker.record(verdict, now, random)
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe
            && let State::HalfOpen { probing, .. } = &mut *self.breaker.state()
        {
            *probing = false;
        }
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
