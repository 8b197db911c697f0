//! What stands beside a call when capsules are compiled out: nothing.

use std::future::Future;
use std::marker::PhantomData;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::{Error, Result};

use super::Guard;
use super::budget::Budget;
use super::deadline::{InTime, in_time};
use super::operation::Operation;
use super::random::Random;
use super::run::Decision;

/// The clock, the random source and the timer as they are.
pub(super) struct Watch<'a>(PhantomData<&'a ()>);

impl Watch<'_> {
    pub(super) fn of(_: &Guard, _: &Operation) -> Self {
        Self(PhantomData)
    }

    pub(super) fn started(&self) -> Instant {
        Instant::now()
    }

    pub(super) fn now(&self) -> Instant {
        Instant::now()
    }

    pub(super) fn due(&mut self, now: Instant) -> Instant {
        now
    }

    pub(super) fn admission(&mut self) -> Option<Result<()>> {
        None
    }

    pub(super) fn refused(&mut self, _: &Error) -> Instant {
        Instant::now()
    }

    pub(super) fn begins(&mut self, now: Instant) -> Instant {
        now
    }

    pub(super) fn attempt<F: Future>(&mut self, until: Instant, attempt: F) -> InTime<F> {
        in_time(until, attempt)
    }

    pub(super) fn succeeded(&mut self, now: Instant) -> Instant {
        now
    }

    pub(super) fn ended(&mut self, _: bool) -> Instant {
        Instant::now()
    }

    pub(super) fn draw(&mut self, random: &Random) -> u64 {
        random.draw()
    }

    pub(super) fn set_budget(&self, _: &Budget) {}

    pub(super) fn decided(&mut self, _: &Error, _: Decision) {}

    pub(super) async fn wait(&mut self, wait: Duration) {
        sleep(wait).await;
    }

    pub(super) fn failed(&mut self, _: &Guard, _: &Operation, _: &Error) {}
}
