//! A capsule, read and run again.

use std::collections::HashSet;
use std::fmt;
use std::future::ready;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::failure::{self, End};
use super::model::{Capsule, Then, VERSION};
use super::script::Script;
use crate::IdempotencyKey;
use crate::error::{Error, Result};
use crate::guard::{Backoff, Guard, GuardConfig, Operation, RetryBudget, Safety};

/// What became of a capsule that was run again.
#[derive(Debug)]
#[must_use]
pub struct Replay {
    differences: Vec<Difference>,
    waits: Vec<Duration>,
    error: Error,
}

/// One thing that came out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// What it is, for example `"attempts"`.
    pub what: String,
    /// How it was.
    pub recorded: String,
    /// How it came out this time.
    pub replayed: String,
}

impl Replay {
    /// Whether the guard did the same, to the nanosecond.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }

    /// What came out differently.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// The waits between the attempts.
    #[must_use]
    pub fn waits(&self) -> &[Duration] {
        &self.waits
    }

    /// The error that the call ended with this time.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

/// `the same outcome`, or a line for each difference.
impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_same() {
            return f.write_str("the same outcome");
        }
        f.write_str("a different outcome:")?;
        self.differences
            .iter()
            .try_for_each(|difference| write!(f, "\n  {difference}"))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            recorded,
            replayed,
        } = self;
        write!(f, "{what}: {recorded} was recorded, {replayed} came out")
    }
}

impl Capsule {
    /// Reads a capsule's file.
    ///
    /// # Errors
    /// `InvalidInput` when there is none or it is no capsule of a known version.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::invalid_input(format!("{} cannot be read: {error}", path.display()))
        })?;
        text.parse()
    }

    /// The integration's name.
    #[must_use]
    pub fn integration(&self) -> &str {
        &self.integration
    }

    /// The operation's name.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation.name
    }

    /// When the call began.
    #[must_use]
    pub fn started(&self) -> jiff::Timestamp {
        self.started
    }

    /// How many attempts were made.
    #[must_use]
    pub fn attempts(&self) -> usize {
        self.attempts.len()
    }

    /// Runs the guard again: with the recorded policy and random numbers, over the recorded
    /// outcomes, on a clock of its own. It sends nothing and takes no time. Everything that the
    /// guard decides for the call is decided again: whether an attempt is repeated, after how long,
    /// what the deadline and the budget allow, and what the final error says. What the call shared
    /// with others (its turn in the queue, the circuit, the tokens of the budget) is as it was. Its
    /// metrics are those of an integration without a name.
    pub async fn replay(&self) -> Replay {
        let guard = Guard::builder().config(self.config()).build();
        // `from_str` has checked the policy.
        let guard = guard.unwrap_or_default();
        let operation = self.operation();
        let operation = self.as_operation(operation);
        let mut script = Script::new(self);
        let outcome: Result<()> = guard
            .replay(&operation, &mut script, |attempt| {
                let step = self.attempts.get(attempt.number as usize - 1);
                let error = step.and_then(|step| step.error.to_error());
                let text = "the capsule has no such attempt";
                ready(Err(error.unwrap_or_else(|| Error::internal(text))))
            })
            .await;
        // No attempt succeeds.
        let error = outcome
            .err()
            .unwrap_or_else(|| Error::internal("the replay did not fail"));
        let waits = script.decided.iter().filter(|then| then.ends.is_none());
        Replay {
            differences: self.compare(&script, &error),
            waits: waits.filter_map(|then| Some(then.wait?.0)).collect(),
            error,
        }
    }

    /// The policy, without what is shared with other calls.
    fn config(&self) -> GuardConfig {
        let policy = &self.policy;
        let budget = RetryBudget::default()
            .with_capacity(policy.budget.capacity)
            .with_costs(policy.budget.retry_cost, policy.budget.timeout_cost);
        GuardConfig {
            deadline: policy.deadline.0,
            attempt_timeout: policy.attempt_timeout.map(|limit| limit.0),
            max_attempts: policy.max_attempts,
            backoff: Backoff::new(policy.backoff.first.0, policy.backoff.max.0),
            budget,
            max_pause: policy.max_pause.0,
            breaker: None,
            seed: policy.seed,
            ..GuardConfig::default()
        }
    }

    fn as_operation(&self, name: &str) -> Operation {
        let called = &self.operation;
        let safety = match called.safety.as_str() {
            "read" => Safety::Read,
            "idempotent" => Safety::Idempotent,
            // A keyed one; its key decides nothing.
            "keyed" => Safety::Keyed(IdempotencyKey::random()),
            _ => Safety::Once,
        };
        let mut operation = Operation::new(kept(name), safety)
            .with_cost(called.cost)
            .with_class(kept(&called.class));
        operation.deadline = called.deadline.map(|deadline| deadline.0);
        operation.read_back = called.read_back.as_deref().map(kept);
        operation.settles = called.settles;
        operation
    }

    fn compare(&self, script: &Script, error: &Error) -> Vec<Difference> {
        let (then, now) = (&self.end, &End::from(error));
        let mut found = Differences::default();
        found.unless_same("attempts", then.attempts, now.attempts);
        let nothing = Then::default();
        for place in 0..self.attempts.len().max(script.decided.len()) {
            let then = self.attempts.get(place).map_or(&nothing, |step| &step.then);
            let now = script.decided.get(place).unwrap_or(&nothing);
            let what = |what: &str| format!("{what} after attempt {}", place + 1);
            found.unless_same(what("wait"), or_none(then.wait), or_none(now.wait));
            found.unless_same(what("number"), or_none(then.drawn), or_none(now.drawn));
            found.unless_same(what("budget"), or_none(then.tokens), or_none(now.tokens));
            let (ended, ends) = (then.ends.as_ref(), now.ends.as_ref());
            found.unless_same(what("end"), or_none(ended), or_none(ends));
        }
        found.unless_same("kind", &then.kind, &now.kind);
        found.unless_same("effect", &then.effect, &now.effect);
        found.unless_same("message", &then.message, &now.message);
        found.unless_same("advice", &then.advice, &now.advice);
        found.unless_same("retry", &then.retry, &now.retry);
        let (asked, asks) = (then.retry_after, now.retry_after);
        found.unless_same("retry_after", or_none(asked), or_none(asks));
        found.unless_same("status", or_none(then.status), or_none(now.status));
        let (code, id) = (then.code.as_ref(), then.request_id.as_ref());
        found.unless_same("code", or_none(code), or_none(now.code.as_ref()));
        found.unless_same("request id", or_none(id), or_none(now.request_id.as_ref()));
        found.unless_same("elapsed", then.elapsed, now.elapsed);
        if script.beyond {
            let replayed = "an attempt or a random number more";
            found.unless_same("record", "all there is", replayed);
        }
        found.0
    }
}

#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn unless_same(
        &mut self,
        what: impl Into<String>,
        recorded: impl ToString,
        replayed: impl ToString,
    ) {
        let (recorded, replayed) = (recorded.to_string(), replayed.to_string());
        if recorded != replayed {
            self.0.push(Difference {
                what: what.into(),
                recorded,
                replayed,
            });
        }
    }
}

fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

/// Reads a capsule from its text.
impl FromStr for Capsule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: String| Error::invalid_input(format!("this is no capsule: {why}"));
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        // The version first: another one may have other fields.
        match value.get("capsule").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(wrong(format!("version {version} is not known"))),
            None => return Err(wrong("it has no version".to_owned())),
        }
        let capsule: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        capsule.check().map_err(wrong)?;
        Ok(capsule)
    }
}

impl Capsule {
    fn check(&self) -> Result<(), String> {
        let steps = self.attempts.iter().map(|step| &step.error);
        for failure in steps.chain(self.refused.iter().map(|refused| &refused.error)) {
            if failure.to_error().is_none() {
                return Err(format!("an error of kind {:?} is not known", failure.kind));
            }
        }
        let end = (
            failure::kind(&self.end.kind),
            failure::effect(&self.end.effect),
        );
        if end.0.is_none() || end.1.is_none() || failure::retry(&self.end.retry).is_none() {
            return Err("its end has words that are not known".to_owned());
        }
        if !["read", "idempotent", "keyed", "once"].contains(&self.operation.safety.as_str()) {
            return Err(format!("no safety is {:?}", self.operation.safety));
        }
        let guard = Guard::builder().config(self.config()).build();
        guard
            .map(|_| ())
            .map_err(|error| error.message().to_owned())
    }
}

/// A text that lives as long as the program, as the names of operations do. Each is kept once.
fn kept(text: &str) -> &'static str {
    static KEPT: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default();
    if let Some(found) = kept.get(text) {
        return found;
    }
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    kept.insert(text);
    text
}
