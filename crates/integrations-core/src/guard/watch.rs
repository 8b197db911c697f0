//! What stands beside a call: nothing, a record for its capsule, or the script that it replays.
//!
//! The run asks it for everything that is not its own decision: the clock, the random numbers, the
//! timer, and what queue and circuit said. So a replay is the same code with other answers.

use std::future::{Future, Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, OptionFuture};
use tokio::task::futures::TaskLocalFuture;
use tokio::time::{Instant, sleep};

use crate::capsule::{LOG, Log, Record, Script};
use crate::error::{Error, Result};

use super::Guard;
use super::budget::Budget;
use super::deadline::{InTime, in_time};
use super::operation::Operation;
use super::random::Random;
use super::run::Decision;

pub(super) enum Watch<'a> {
    Off,
    Record(Box<Record>),
    Script(&'a mut Script),
}

type Attempt<F, Out> = Either<
    InTime<F>,
    Either<InTime<TaskLocalFuture<Arc<Log>, F>>, Either<OptionFuture<F>, Ready<Option<Out>>>>,
>;

impl Watch<'_> {
    /// A record where the policy captures; otherwise nothing.
    pub(super) fn of(guard: &Guard, _: &Operation) -> Self {
        match &guard.shared.config.capture {
            None => Self::Off,
            Some(capture) => Self::Record(Box::new(Record::new(capture))),
        }
    }

    /// The begin of the call.
    pub(super) fn started(&self) -> Instant {
        match self {
            Self::Off => Instant::now(),
            Self::Record(record) => record.started(),
            Self::Script(script) => script.now(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        match self {
            Self::Off | Self::Record(_) => Instant::now(),
            Self::Script(script) => script.now(),
        }
    }

    /// An attempt is due: it asks to be let in.
    pub(super) fn due(&mut self, now: Instant) -> Instant {
        match self {
            Self::Off => now,
            Self::Record(record) => record.due(),
            Self::Script(script) => script.due(),
        }
    }

    /// What queue and circuit said, where that is known.
    pub(super) fn admission(&mut self) -> Option<Result<()>> {
        match self {
            Self::Off | Self::Record(_) => None,
            Self::Script(script) => Some(script.admission()),
        }
    }

    /// The attempt was not let in.
    pub(super) fn refused(&mut self, refusal: &Error) -> Instant {
        match self {
            Self::Off => Instant::now(),
            Self::Record(record) => record.refused(refusal),
            Self::Script(script) => script.refused(),
        }
    }

    /// The attempt begins.
    pub(super) fn begins(&mut self, now: Instant) -> Instant {
        match self {
            Self::Off => now,
            Self::Record(record) => record.begins(),
            Self::Script(script) => script.begins(),
        }
    }

    /// Makes the attempt; `None` when it is cut at `until`.
    pub(super) fn attempt<F: Future>(
        &mut self,
        until: Instant,
        attempt: F,
    ) -> Attempt<F, F::Output> {
        match self {
            Self::Off => Either::Left(in_time(until, attempt)),
            Self::Record(record) => {
                let attempt = LOG.scope(record.log(until), attempt);
                Either::Right(Either::Left(in_time(until, attempt)))
            }
            Self::Script(script) => Either::Right(Either::Right(match script.is_cut(until) {
                true => Either::Right(ready(None)),
                false => Either::Left(Some(attempt).into()),
            })),
        }
    }

    /// The attempt is over, and the call with it. Nobody asks when, but who keeps a record.
    pub(super) fn succeeded(&mut self, now: Instant) -> Instant {
        match self {
            Self::Off => now,
            Self::Record(_) | Self::Script(_) => self.ended(false),
        }
    }

    /// The attempt is over.
    pub(super) fn ended(&mut self, cut: bool) -> Instant {
        match self {
            Self::Off => Instant::now(),
            Self::Record(record) => record.ended(cut),
            Self::Script(script) => script.ended(cut),
        }
    }

    pub(super) fn draw(&mut self, random: &Random) -> u64 {
        match self {
            Self::Off | Self::Record(_) => random.draw(),
            Self::Script(script) => script.draw(),
        }
    }

    /// Puts the budget where it was, before it is asked.
    pub(super) fn set_budget(&self, budget: &Budget) {
        if let Self::Script(script) = self
            && let Some(tokens) = script.tokens()
        {
            budget.set(tokens);
        }
    }

    /// What became of an attempt that failed.
    pub(super) fn decided(&mut self, error: &Error, decision: Decision) {
        match self {
            Self::Off => {}
            Self::Record(record) => record.decided(error, decision),
            Self::Script(script) => script.decided(decision),
        }
    }

    pub(super) async fn wait(&mut self, wait: Duration) {
        match self {
            Self::Off | Self::Record(_) => sleep(wait).await,
            Self::Script(script) => script.wait(wait),
        }
    }

    /// The call failed, with this error.
    pub(super) fn failed(&mut self, guard: &Guard, operation: &Operation, error: &Error) {
        if let Self::Record(record) = self
            && let Some(capture) = &guard.shared.config.capture
        {
            let integration = &guard.shared.name;
            let connection = !guard.connection.name.is_empty();
            let config = &guard.shared.config;
            capture.keep(record.finish(integration, connection, operation, config, error));
        }
    }
}
