//! One operation from its start to its end.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::error::{Effect, Error, ErrorKind, Result};
use crate::integration::Circuit;

use super::Guard;
use super::breaker::{ClassBreaker, Pass};
use super::budget::Withdrawal;
use super::deadline::Deadline;
use super::limiter::Refusal;
use super::operation::{Attempt, Operation};
use super::policy::{self, Verdict};
use super::random::Random;
use super::watch::Watch;

/// An operation under way.
pub(super) struct Run<'a> {
    guard: &'a Guard,
    operation: &'a Operation,
    breaker: Option<&'a ClassBreaker>,
    watch: Watch<'a>,
    started: Instant,
    /// What the clock showed last, where no time has passed since: all decisions of one moment are
    /// made by the same reading, and a reading is a tenth of what the guard costs.
    now: Instant,
    deadline: Deadline,
    span: Span,
    /// Attempts made so far.
    attempts: u32,
    /// The most that an attempt did so far.
    done: Effect,
    queued: Duration,
    outcome: &'static str,
}

/// What the guard made of an attempt that failed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Decision {
    /// The random number behind the wait.
    pub(crate) drawn: Option<u64>,
    /// The wait before the next attempt.
    pub(crate) wait: Option<Duration>,
    /// The tokens of the retry budget when it was asked.
    pub(crate) tokens: Option<u32>,
    /// Why there is no next attempt.
    pub(crate) why: Option<Why>,
}

/// Why an attempt is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Its failure is not one that passes, or it may have arrived and is not to be sent twice.
    Final,
    /// It was the last one that the policy allows.
    Attempts,
    NoTime,
    Budget,
}

impl Why {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Final => "the failure is not one that may be repeated",
            Self::Attempts => "as many attempts were made as are allowed",
            Self::NoTime => "no time is left for another attempt",
            Self::Budget => "the retry budget is used up",
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(guard: &'a Guard, operation: &'a Operation, watch: Watch<'a>) -> Self {
        let shared = &guard.shared;
        let started = watch.started();
        let limit = operation.deadline.unwrap_or(shared.config.deadline);
        Self {
            span: shared
                .spans
                .call(&shared.name, &guard.connection.name, operation),
            breaker: shared.breaker(operation.class),
            deadline: Deadline::after(started, limit),
            guard,
            operation,
            watch,
            started,
            now: started,
            attempts: 0,
            done: Effect::NotApplied,
            queued: Duration::ZERO,
            // What it is when it is dropped before its end.
            outcome: ErrorKind::Cancelled.as_str(),
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(super) async fn run<T, F, Fut>(&mut self, mut attempt: F) -> Result<T>
    where
        F: FnMut(Attempt) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let guard = self.guard;
        let mut paid: Option<Withdrawal<'_>> = None;
        let mut last: Option<Error> = None;
        loop {
            self.now = self.watch.due(self.now);
            let pass = match self.admit().await {
                Ok(pass) => pass,
                Err(refusal) => {
                    self.now = self.watch.refused(&refusal);
                    return Err(self.refused(refusal, last));
                }
            };
            let cost = paid.take().map(Withdrawal::spend);
            self.attempts += 1;
            let (result, verdict) = self.attempt(&mut attempt).await;
            self.settle(pass, verdict);
            let error = match result {
                Ok(value) => {
                    guard.shared.budget.success(cost);
                    self.outcome = "ok";
                    return Ok(value);
                }
                Err(error) => error,
            };
            if verdict == Verdict::Alive && !policy::asks_to_wait(&error) {
                guard.shared.budget.success(cost);
            }
            self.heed(&error);
            let (next, decision) = self.next(&error);
            self.watch.decided(&error, decision);
            match next {
                Ok((withdrawal, wait)) => {
                    self.done = policy::the_more(self.done, error.effect());
                    tracing::debug!(
                        target: "integrations::guard",
                        integration = &*guard.shared.name,
                        operation = self.operation.name,
                        attempt = self.attempts,
                        outcome = error.kind().as_str(),
                        wait_ms = wait.as_millis() as u64,
                        "the attempt is repeated"
                    );
                    guard
                        .shared
                        .meters
                        .retry(self.operation.name, error.kind().as_str());
                    paid = Some(withdrawal);
                    last = Some(error);
                    self.watch.wait(wait).await;
                    self.now = self.watch.now();
                }
                Err(why) => return Err(self.failed(error, why)),
            }
        }
    }

    /// Waits until an attempt may be made: the circuit lets it through, and it is its turn.
    async fn admit(&mut self) -> Result<Option<Pass<'a>>> {
        let now = self.now;
        if self.deadline.has_passed(now) {
            let text = format!("the deadline of {:?} passed", self.deadline.after);
            return Err(Error::new(ErrorKind::Timeout, text).with_effect(Effect::NotApplied));
        }
        if let Some(said) = self.watch.admission() {
            return said.map(|()| None);
        }
        // An open circuit is told at once, not after a wait in the queue.
        if let Some(breaker) = self.breaker {
            breaker.check(now).map_err(|wait| self.circuit_open(wait))?;
        }
        let guard = self.guard;
        let (cost, deadline) = (self.operation.cost, self.deadline);
        let limiter = &guard.connection.limiter;
        let at_once = match &guard.shared.limiter {
            None => limiter.try_acquire(cost, now).map(|own| (own, None)),
            // Who has room of its own and finds none in the rate of all gives it back, and queues.
            Some(shared) => limiter.try_acquire(cost, now).and_then(|own| {
                let all = shared.try_acquire(cost, now)?;
                Some((own, Some(all)))
            }),
        };
        let (own, all) = match (at_once, &guard.shared.limiter) {
            (Some(charges), _) => charges,
            (None, None) => {
                let own = limiter.acquire(cost, deadline).await;
                self.now = Instant::now();
                (own.map_err(queue_error)?, None)
            }
            // It waits for the rate of all at the head of its own queue: what it takes of its own
            // rate counts from when it leaves.
            (None, Some(shared)) => {
                let place = limiter.enter(cost, deadline).await;
                let mut place = place
                    .map_err(|refusal| queue_error(refusal.or_longer(shared.estimate(cost))))?;
                loop {
                    place.ready(deadline).await.map_err(queue_error)?;
                    let all = shared.acquire(cost, deadline).await;
                    let all = all.map_err(queue_error)?;
                    // A pause that began meanwhile is waited for, and the others go on.
                    if place.has_room() {
                        self.now = Instant::now();
                        break (place.charge(all.waited.is_zero()), Some(all));
                    }
                }
            }
        };
        self.queued += own.waited;
        // It may have opened meanwhile. Then what the limiters gave is given back.
        let pass = match self.breaker {
            Some(breaker) => {
                let pass = breaker.enter(self.now);
                Some(pass.map_err(|wait| self.circuit_open(wait))?)
            }
            None => None,
        };
        if pass.as_ref().is_some_and(Pass::is_probe) {
            let meters = &guard.shared.meters;
            meters.circuit(self.operation.class, Circuit::HalfOpen);
        }
        own.spend();
        if let Some(all) = all {
            all.spend();
        }
        Ok(pass)
    }

    fn circuit_open(&self, wait: Duration) -> Error {
        let text = format!(
            "the circuit of the endpoints {:?} is open after repeated failures",
            self.operation.class
        );
        Error::new(ErrorKind::CircuitOpen, text).with_retry_after(wait)
    }

    /// Makes one attempt, within the deadline.
    async fn attempt<T, F, Fut>(&mut self, attempt: &mut F) -> (Result<T>, Verdict)
    where
        F: FnMut(Attempt) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        let Guard { shared, connection } = self.guard;
        let limit = shared.config.attempt_timeout;
        let began = self.watch.begins(self.now);
        let own = limit.and_then(|limit| began.checked_add(limit));
        let until = own.map_or(self.deadline.at(), |own| own.min(self.deadline.at()));
        let span = shared
            .spans
            .attempt(&connection.name, self.operation, self.attempts);
        let this = Attempt {
            number: self.attempts,
            after_unknown: self.done != Effect::NotApplied,
        };
        // Pinned where it stands, as the call is.
        let attempt = pin!(attempt(this));
        let attempt = attempt.instrument(span.clone());
        let result = self.watch.attempt(until, attempt).await;
        let cut = result.is_none();
        self.now = match &result {
            // For a success the window of the breaker is as well served by the time of its start.
            Some(Ok(_)) => self.watch.succeeded(self.now),
            _ => self.watch.ended(cut),
        };
        let result = result.unwrap_or_else(|| {
            let after = match limit {
                Some(limit) if until < self.deadline.at() => limit,
                _ => self.deadline.after,
            };
            Err(Error::new(
                ErrorKind::Timeout,
                format!("no answer within {after:?}"),
            ))
        });
        match result {
            Ok(value) => {
                span.record("outcome", "ok");
                Self::note_success(self.guard);
                (Ok(value), Verdict::Alive)
            }
            Err(error) => {
                span.record("outcome", error.kind().as_str());
                if let Some(id) = error.request_id() {
                    span.record("request_id", id);
                }
                let verdict = policy::verdict(&error);
                connection.board.failure(&error, verdict, |_| {});
                let tell = |available| shared.meters.available(available);
                shared.board.failure(&error, verdict, tell);
                (Err(error), verdict)
            }
        }
    }

    fn note_success(guard: &Guard) {
        let Guard { shared, connection } = guard;
        connection.board.success(|_| {});
        shared
            .board
            .success(|available| shared.meters.available(available));
    }

    /// Tells the breaker what the attempt proved.
    fn settle(&self, pass: Option<Pass<'_>>, verdict: Verdict) {
        let shared = &self.guard.shared;
        let change = pass.and_then(|pass| pass.settle(verdict, self.now, &shared.random));
        if let Some(circuit) = change {
            shared.meters.circuit(self.operation.class, circuit);
            tracing::warn!(
                target: "integrations::guard",
                integration = &*shared.name,
                class = self.operation.class,
                circuit = ?circuit,
                "the circuit changed"
            );
        }
    }

    /// Passes on what the provider asks of all who call on this connection.
    fn heed(&self, error: &Error) {
        let Guard { shared, connection } = self.guard;
        if !policy::asks_to_wait(error) {
            return;
        }
        let now = self.now;
        if error.kind() == ErrorKind::RateLimited {
            connection.limiter.ease(now);
        }
        if let Some(wait) = error.retry_after() {
            let wait = wait.min(shared.config.max_pause);
            connection.limiter.pause_until(now + wait);
        }
    }

    /// Whether the failed attempt is repeated, after how long, and who pays; otherwise why not.
    fn next(&mut self, error: &Error) -> (Result<(Withdrawal<'a>, Duration), Why>, Decision) {
        let shared = &self.guard.shared;
        let mut decision = Decision::default();
        let no = |mut decision: Decision, why| {
            decision.why = Some(why);
            (Err(why), decision)
        };
        if !policy::may_repeat(&self.operation.safety, error) {
            return no(decision, Why::Final);
        }
        if self.attempts >= shared.config.max_attempts {
            return no(decision, Why::Attempts);
        }
        let drawn = self.watch.draw(&shared.random);
        let backoff = shared.config.backoff;
        let wait = backoff.delay(self.attempts, error.retry_after(), Random::share(drawn));
        (decision.drawn, decision.wait) = (Some(drawn), Some(wait));
        let begins = self.now.checked_add(wait);
        if !begins.is_some_and(|begins| self.deadline.allows(begins)) {
            return no(decision, Why::NoTime);
        }
        self.watch.set_budget(&shared.budget);
        match shared.budget.withdraw(error.kind() == ErrorKind::Timeout) {
            Ok(paid) => {
                decision.tokens = Some(paid.held());
                (Ok((paid, wait)), decision)
            }
            Err(held) => {
                decision.tokens = Some(held);
                no(decision, Why::Budget)
            }
        }
    }

    /// The error of an operation whose last attempt failed.
    fn failed(&mut self, error: Error, why: Why) -> Error {
        if matches!(why, Why::NoTime | Why::Budget) {
            tracing::debug!(
                target: "integrations::guard",
                integration = &*self.guard.shared.name,
                operation = self.operation.name,
                attempt = self.attempts,
                why = why.as_str(),
                "the attempt is not repeated"
            );
        }
        self.finish(error)
    }

    /// The error of an operation that was not let in: the refusal, or the failure before it, which
    /// says more.
    fn refused(&mut self, refusal: Error, last: Option<Error>) -> Error {
        match last {
            Some(last) => {
                let error = match refusal.retry_after() {
                    Some(wait) => last.with_retry_after(wait),
                    None => last,
                };
                self.finish(error)
            }
            None => self.finish(refusal),
        }
    }

    /// Says of the whole operation what the last error says of its attempt.
    fn finish(&mut self, error: Error) -> Error {
        self.outcome = error.kind().as_str();
        let error = self.overall(error);
        self.watch.failed(self.guard, self.operation, &error);
        error
    }

    fn overall(&self, error: Error) -> Error {
        let effect = policy::overall_effect(self.operation, &error, self.done);
        let error = error
            .with_effect(effect)
            .with_attempts(self.attempts, self.now.duration_since(self.started));
        if effect != Effect::Unknown {
            return error;
        }
        match (self.operation.read_back, policy::read_back(self.operation)) {
            (Some(how), _) if !error.has_advice() => error.with_advice(how),
            // A handle that knows the key and how long it is remembered says it better.
            (None, Some(how)) => error.with_default_advice(how),
            _ => error,
        }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.span.record("outcome", self.outcome);
        self.span.record("attempts", self.attempts);
        // Without a recorder nobody asks how long it took.
        let took = || self.watch.now().duration_since(self.started);
        let meters = &self.guard.shared.meters;
        meters.call(self.operation.name, self.outcome, took, self.queued);
    }
}

fn queue_error(refusal: Refusal) -> Error {
    let (text, wait) = match refusal {
        Refusal::Full { waiting, wait } => (
            format!("the queue is full: {waiting} calls wait for their turn"),
            wait,
        ),
        Refusal::TooLate { wait } => (
            format!("its turn would come after its deadline, in {wait:.1?}"),
            wait,
        ),
    };
    Error::new(ErrorKind::RateLimited, text).with_retry_after(wait)
}
