//! What a replay answers in the place of the world.
//!
//! It has a clock of its own, which stands still until the script says that time passed. So a
//! replay of hours takes no time, and every reading is the one of the record, to the nanosecond.

use std::time::Duration;

use tokio::time::Instant;

use super::model::{Capsule, Refused, Step, Then};
use crate::error::{Error, Result};
use crate::guard::Decision;

/// The record of a call, played back; and what the guard made of it this time.
#[derive(Debug)]
pub(crate) struct Script {
    start: Instant,
    /// How long ago the call began.
    clock: Duration,
    steps: Vec<Step>,
    refused: Option<Refused>,
    /// The attempt that is due or under way.
    place: usize,
    pub(crate) decided: Vec<Then>,
    /// Whether the guard asked for something that is not in the record.
    pub(crate) beyond: bool,
}

impl Script {
    pub(crate) fn new(capsule: &Capsule) -> Self {
        Self {
            start: Instant::now(),
            clock: Duration::ZERO,
            steps: capsule.attempts.clone(),
            refused: capsule.refused.clone(),
            place: 0,
            decided: Vec::new(),
            beyond: false,
        }
    }

    fn step(&self) -> Option<&Step> {
        self.steps.get(self.place)
    }

    /// The refusal, when it is the next thing in the record.
    fn refusal(&self) -> Option<&Refused> {
        self.refused
            .as_ref()
            .filter(|_| self.place == self.steps.len())
    }

    /// It is at least so late. A policy that was changed may have made it later already.
    fn reach(&mut self, at: Option<Duration>) -> Instant {
        self.clock = self.clock.max(at.unwrap_or_default());
        self.now()
    }

    pub(crate) fn now(&self) -> Instant {
        self.start.checked_add(self.clock).unwrap_or(self.start)
    }

    pub(crate) fn due(&mut self) -> Instant {
        let refused = self.refusal().map(|refused| refused.due);
        let due = self.step().map(|step| step.due).or(refused);
        self.reach(due.map(|due| due.0))
    }

    /// What queue and circuit, which the call shared with others, said then. What the deadline says
    /// is decided again.
    pub(crate) fn admission(&mut self) -> Result<()> {
        match self.refusal() {
            Some(refused) if refused.by != "deadline" => Err(refused
                .error
                .to_error()
                .unwrap_or_else(|| Error::internal("the refusal has words that are not known"))),
            _ => Ok(()),
        }
    }

    pub(crate) fn refused(&mut self) -> Instant {
        let at = self.refusal().map(|refused| refused.at.0);
        self.reach(at)
    }

    pub(crate) fn begins(&mut self) -> Instant {
        self.beyond |= self.step().is_none();
        let began = self.step().map(|step| step.began.0);
        self.reach(began)
    }

    /// Whether the attempt's time is over before it ends.
    pub(crate) fn is_cut(&mut self, until: Instant) -> bool {
        let Some(step) = self.step() else {
            return false;
        };
        let (cut, ended) = (step.cut, step.ended.0);
        let limit = until.saturating_duration_since(self.start);
        // One that began after its time was over may still have had its answer at once.
        if cut || ended > limit.max(self.clock) {
            self.reach(Some(limit));
            return true;
        }
        false
    }

    pub(crate) fn ended(&mut self, cut: bool) -> Instant {
        let ended = self.step().filter(|step| step.cut == cut);
        let ended = ended.map(|step| step.ended.0);
        self.reach(ended)
    }

    pub(crate) fn draw(&mut self) -> u64 {
        let drawn = self.step().and_then(|step| step.then.drawn);
        self.beyond |= drawn.is_none();
        drawn.unwrap_or_default()
    }

    pub(crate) fn tokens(&self) -> Option<u32> {
        self.step().and_then(|step| step.then.tokens)
    }

    pub(crate) fn decided(&mut self, decision: Decision) {
        self.decided.push(decision.into());
        self.place += 1;
    }

    pub(crate) fn wait(&mut self, wait: Duration) {
        self.clock = self.clock.saturating_add(wait);
    }
}
