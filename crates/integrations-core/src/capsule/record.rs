//! What is noted of a call while it runs.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::time::Instant;

use super::capture::Capture;
use super::draft::Draft;
use super::failure::{End, Failure};
use super::log::Log;
use super::model::{Called, Capsule, Policy, Refused, Step, VERSION};
use super::seconds::Seconds;
use crate::error::{Error, ErrorKind};
use crate::guard::{Decision, GuardConfig, Operation, Safety};

/// The record of one call under way. It is dropped when the call succeeds.
#[derive(Debug)]
pub(crate) struct Record {
    started: Instant,
    utc: Timestamp,
    keep: usize,
    shown: Arc<Vec<String>>,
    /// Of the attempt under way: when it was due, began, has to end, and ended.
    due: Instant,
    began: Instant,
    until: Instant,
    ended: Instant,
    cut: bool,
    steps: Vec<Step>,
    logs: Vec<Arc<Log>>,
    refused: Option<Refused>,
}

impl Record {
    pub(crate) fn new(capture: &Capture) -> Self {
        let now = Instant::now();
        Self {
            started: now,
            utc: Timestamp::now(),
            keep: capture.kept_of_a_body(),
            shown: capture.shown(),
            due: now,
            began: now,
            until: now,
            ended: now,
            cut: false,
            steps: Vec::new(),
            logs: Vec::new(),
            refused: None,
        }
    }

    /// The begin of the call, from which all times are counted.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    pub(crate) fn due(&mut self) -> Instant {
        self.due = Instant::now();
        self.due
    }

    pub(crate) fn refused(&mut self, refusal: &Error) -> Instant {
        let now = Instant::now();
        self.refused = Some(Refused {
            due: self.since(self.due),
            at: self.since(now),
            by: match refusal.kind() {
                ErrorKind::Timeout => "deadline",
                ErrorKind::CircuitOpen => "circuit",
                _ => "queue",
            }
            .to_owned(),
            error: refusal.into(),
        });
        now
    }

    pub(crate) fn begins(&mut self) -> Instant {
        self.began = Instant::now();
        self.began
    }

    /// Where the exchanges of the attempt are noted that has to end at `until`.
    pub(crate) fn log(&mut self, until: Instant) -> Arc<Log> {
        self.until = until;
        let log = Arc::new(Log::new(self.started, self.keep, self.shown.clone()));
        self.logs.push(log.clone());
        log
    }

    pub(crate) fn ended(&mut self, cut: bool) -> Instant {
        let now = Instant::now();
        // An answer that was there in time counts, however late this was woken: in the replay it
        // comes in time.
        let in_time = self.until.max(self.began);
        self.ended = if cut { now } else { now.min(in_time) };
        self.cut = cut;
        self.ended
    }

    pub(crate) fn decided(&mut self, error: &Error, decision: Decision) {
        self.steps.push(Step {
            due: self.since(self.due),
            began: self.since(self.began),
            ended: self.since(self.ended),
            cut: self.cut,
            error: Failure::from(error),
            then: decision.into(),
            exchanges: Vec::new(),
        });
    }

    fn since(&self, at: Instant) -> Seconds {
        let since: Duration = at.saturating_duration_since(self.started);
        Seconds(since)
    }

    /// The capsule of the call that failed with this error, but for its exchanges.
    pub(crate) fn finish(
        &mut self,
        integration: &str,
        connection: bool,
        operation: &Operation,
        config: &GuardConfig,
        error: &Error,
    ) -> Draft {
        let key = match &operation.safety {
            Safety::Keyed(key) => Some(SecretString::from(key.as_str())),
            _ => None,
        };
        let capsule = Capsule {
            capsule: VERSION,
            integration: integration.to_owned(),
            connection,
            operation: Called::from(operation),
            policy: Policy::from(config),
            started: self.utc,
            attempts: std::mem::take(&mut self.steps),
            refused: self.refused.take(),
            end: End::from(error),
        };
        Draft::new(capsule, std::mem::take(&mut self.logs), key)
    }
}
