//! What has to hold, however the threads are interleaved. Each is run by `loom::model`.

use std::sync::Arc;
use std::time::Duration;

use integrations_core::{Circuit, ConnectionState, Error, ErrorKind};
use loom::thread;
use tokio::time::Instant;

use super::breaker::{Breaker, ClassBreaker, Pass};
use super::budget::{Budget, RetryBudget};
use super::policy::Verdict;
use super::random::Random;
use super::status::Board;

const LATER: Duration = Duration::from_secs(3600);

fn random() -> Random {
    Random::new(Some(1))
}

/// A breaker that opens at so many failures in a row. It outlives the threads that share it.
fn breaker(failures: u32) -> &'static ClassBreaker {
    let config = Breaker::default().with_consecutive_failures(failures);
    Box::leak(Box::new(ClassBreaker::new(config)))
}

/// Runs both at once and gives what they answered.
fn both<T: 'static>(
    one: impl FnOnce() -> T + 'static,
    other: impl FnOnce() -> T + 'static,
) -> (T, T) {
    let other = thread::spawn(other);
    let first = one();
    let Ok(second) = other.join() else {
        panic!("the other thread panicked")
    };
    (first, second)
}

fn fail(breaker: &ClassBreaker, now: Instant) -> Option<Circuit> {
    let pass = breaker.enter(now).ok()?;
    pass.settle(Verdict::Failing, now, &random())
}

fn opened(now: Instant) -> &'static ClassBreaker {
    let breaker = breaker(1);
    assert_eq!(fail(breaker, now), Some(Circuit::Open));
    breaker
}

/// Of all who come when a probe is due, one is it and the others are refused.
pub fn one_call_probes() {
    let now = Instant::now();
    let breaker = opened(now);
    let (first, second) = both(
        move || breaker.enter(now + LATER),
        move || breaker.enter(now + LATER),
    );
    let probes = [&first, &second].map(|pass| pass.as_ref().is_ok_and(Pass::is_probe));
    assert_ne!(probes[0], probes[1], "exactly one is the probe");
    assert_ne!(first.is_ok(), second.is_ok(), "and nobody else is let in");
}

/// A probe that is dropped frees its place, whoever asks meanwhile.
pub fn a_dropped_probe_frees_its_place() {
    let now = Instant::now();
    let breaker = opened(now);
    both(
        move || drop(breaker.enter(now + LATER)),
        move || drop(breaker.enter(now + LATER)),
    );
    let next = breaker.enter(now + LATER);
    assert!(next.is_ok_and(|pass| pass.is_probe()));
}

/// Of failures that come together, one opens the circuit, and none is lost.
pub fn the_circuit_opens_once() {
    let now = Instant::now();
    let breaker = breaker(2);
    let changes = both(move || fail(breaker, now), move || fail(breaker, now));
    assert_eq!(
        [changes.0, changes.1].iter().flatten().count(),
        1,
        "{changes:?}"
    );
    assert_eq!(breaker.circuit(now), Circuit::Open);
}

/// A probe that succeeds closes the circuit, whatever a late failure of before it says.
pub fn a_late_failure_does_not_undo_the_probe() {
    let now = Instant::now();
    let breaker = breaker(2);
    let Ok(late) = breaker.enter(now) else {
        panic!("a closed circuit lets calls through")
    };
    fail(breaker, now);
    fail(breaker, now);
    both(
        move || {
            let Ok(probe) = breaker.enter(now + LATER) else {
                panic!("the probe is due")
            };
            let change = probe.settle(Verdict::Alive, now + LATER, &random());
            assert_eq!(change, Some(Circuit::Closed));
        },
        move || {
            late.settle(Verdict::Failing, now + LATER, &random());
        },
    );
    assert_eq!(breaker.circuit(now + LATER), Circuit::Closed);
    let next = breaker.enter(now + LATER);
    assert!(next.is_ok_and(|pass| !pass.is_probe()));
}

/// The last tokens pay for one retry, not for two.
pub fn a_token_is_spent_once() {
    let budget = Arc::new(Budget::new(RetryBudget::default().with_capacity(5)));
    let (one, other) = (budget.clone(), budget.clone());
    let withdraw = |budget: &Budget| budget.withdraw(false).map(|paid| paid.spend()).is_ok();
    let paid = both(move || withdraw(&one), move || withdraw(&other));
    assert_ne!(paid.0, paid.1);
}

/// What is given back and what successes bring never fill it above its capacity, and no token that
/// was given back is lost.
pub fn a_budget_is_full_and_never_fuller() {
    let budget = Arc::new(Budget::new(RetryBudget::default().with_capacity(5)));
    let (one, other) = (budget.clone(), budget.clone());
    both(
        move || drop(one.withdraw(false)),
        move || other.success(None),
    );
    let whole = budget.withdraw(false).map(|paid| paid.spend()).ok();
    assert_eq!(whole, Some(5), "all five tokens are there");
    assert!(budget.withdraw(false).is_err(), "and no sixth");
}

/// State, last error and what was told of them agree, whichever call came last.
pub fn the_status_agrees_with_itself() {
    let board = Arc::new(Board::default());
    let told = Arc::new(loom::sync::Mutex::new(None));
    let tell = |told: &Arc<loom::sync::Mutex<Option<bool>>>| {
        let told = told.clone();
        move |available: bool| {
            if let Ok(mut told) = told.lock() {
                *told = Some(available);
            }
        }
    };
    let (one, other) = (board.clone(), board.clone());
    let (success, failure) = (tell(&told), tell(&told));
    both(
        move || one.success(success),
        move || {
            let error = Error::new(ErrorKind::Network, "down");
            other.failure(&error, Verdict::Failing, failure);
        },
    );
    let status = board.status(Circuit::Closed);
    let connected = status.state == ConnectionState::Connected;
    assert_eq!(connected, status.last_error.is_none(), "{status:?}");
    let last = told.lock().map(|told| *told).ok().flatten();
    assert_eq!(last, Some(connected), "what was told last is what is");
}
