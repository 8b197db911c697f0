//! What a guard does as a whole, under paused time.

mod cancellation;
mod circuit;
mod deadline;
mod effect;
mod queue;
mod retry;
mod telemetry;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::idempotency::IdempotencyKey;

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// A guard with a seed, so that every run is the same.
pub(super) fn guard() -> Guard {
    Guard::builder().seed(7).build().unwrap()
}

pub(super) fn keyed() -> Safety {
    Safety::Keyed(IdempotencyKey::new("order-1").unwrap())
}

pub(super) fn every_safety() -> [Safety; 4] {
    [Safety::Read, Safety::Idempotent, keyed(), Safety::Once]
}

pub(super) fn not_sent() -> Error {
    Error::new(ErrorKind::Network, "no connection").with_effect(Effect::NotApplied)
}

pub(super) fn lost() -> Error {
    Error::new(ErrorKind::Network, "the connection broke")
}

pub(super) fn too_many(wait: Duration) -> Error {
    Error::new(ErrorKind::RateLimited, "too many requests").with_retry_after(wait)
}

/// Answers from a list, one for each attempt, then successes.
pub(super) struct Script {
    answers: Mutex<Vec<Error>>,
    calls: AtomicU32,
}

impl Script {
    pub(super) fn new(answers: impl IntoIterator<Item = Error>) -> Self {
        let mut answers: Vec<Error> = answers.into_iter().collect();
        answers.reverse();
        Self {
            answers: Mutex::new(answers),
            calls: AtomicU32::new(0),
        }
    }

    pub(super) async fn run(&self, guard: &Guard, operation: &Operation) -> Result<u32> {
        guard
            .run(operation, |_| async {
                let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
                match self.answers.lock().unwrap().pop() {
                    Some(error) => Err(error),
                    None => Ok(call),
                }
            })
            .await
    }

    pub(super) fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

/// Runs one operation whose attempts all answer what `answer` makes.
pub(super) async fn run_failing(
    guard: &Guard,
    operation: &Operation,
    answer: fn() -> Error,
) -> (Error, u32) {
    let calls = AtomicU32::new(0);
    let result: Result<()> = guard
        .run(operation, |_| async {
            calls.fetch_add(1, Ordering::Relaxed);
            Err(answer())
        })
        .await;
    (result.unwrap_err(), calls.load(Ordering::Relaxed))
}
