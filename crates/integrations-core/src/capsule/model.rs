//! What a capsule holds, as it stands in its file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::{End, Failure};
use super::seconds::Seconds;
use crate::guard::{Breaker, Decision, GuardConfig, Operation, Rate};

/// The version of the form.
pub(crate) const VERSION: u32 = 1;

/// A call that failed, as it can be replayed. See the [module page](super).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capsule {
    pub(crate) capsule: u32,
    pub(crate) integration: String,
    /// Whether it was one of several connections. Which one is left out: connections are named
    /// after accounts, often by an address, and the hash of an address is found by hashing those
    /// that one knows.
    pub(crate) connection: bool,
    pub(crate) operation: Called,
    pub(crate) policy: Policy,
    /// When the call began.
    pub(crate) started: Timestamp,
    pub(crate) attempts: Vec<Step>,
    /// That a last attempt was not let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<Refused>,
    pub(crate) end: End,
}

/// The operation. Of an idempotency key only that there was one: the safety says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Called {
    pub(crate) name: String,
    pub(crate) safety: String,
    pub(crate) class: String,
    pub(crate) cost: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deadline: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) read_back: Option<String>,
    pub(crate) settles: bool,
}

impl From<&Operation> for Called {
    fn from(operation: &Operation) -> Self {
        Self {
            name: operation.name.to_owned(),
            safety: operation.safety.as_str().to_owned(),
            class: operation.class.to_owned(),
            cost: operation.cost,
            deadline: operation.deadline.map(Seconds),
            read_back: operation.read_back.map(str::to_owned),
            settles: operation.settles,
        }
    }
}

/// What of the policy decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) deadline: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attempt_timeout: Option<Seconds>,
    pub(crate) max_attempts: u32,
    pub(crate) backoff: BackoffPolicy,
    pub(crate) budget: BudgetPolicy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rate: Option<RatePolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shared_rate: Option<RatePolicy>,
    pub(crate) max_queue: u32,
    pub(crate) max_pause: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) breaker: Option<BreakerPolicy>,
    /// The seed of the whole guard. The numbers that this call drew are on its attempts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BackoffPolicy {
    pub(crate) first: Seconds,
    pub(crate) max: Seconds,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BudgetPolicy {
    pub(crate) capacity: u32,
    pub(crate) retry_cost: u32,
    pub(crate) timeout_cost: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RatePolicy {
    pub(crate) calls: u32,
    pub(crate) per: Seconds,
    pub(crate) burst: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BreakerPolicy {
    pub(crate) consecutive_failures: u32,
    pub(crate) failure_ratio: f64,
    pub(crate) min_calls: u32,
    pub(crate) window: Seconds,
    pub(crate) open_for: Seconds,
    pub(crate) max_open_for: Seconds,
}

impl From<Rate> for RatePolicy {
    fn from(rate: Rate) -> Self {
        Self {
            calls: rate.calls,
            per: Seconds(rate.per),
            burst: rate.burst,
        }
    }
}

impl From<Breaker> for BreakerPolicy {
    fn from(breaker: Breaker) -> Self {
        Self {
            consecutive_failures: breaker.consecutive_failures,
            failure_ratio: breaker.failure_ratio,
            min_calls: breaker.min_calls,
            window: Seconds(breaker.window),
            open_for: Seconds(breaker.open_for),
            max_open_for: Seconds(breaker.max_open_for),
        }
    }
}

impl From<&GuardConfig> for Policy {
    fn from(config: &GuardConfig) -> Self {
        Self {
            deadline: Seconds(config.deadline),
            attempt_timeout: config.attempt_timeout.map(Seconds),
            max_attempts: config.max_attempts,
            backoff: BackoffPolicy {
                first: Seconds(config.backoff.first),
                max: Seconds(config.backoff.max),
            },
            budget: BudgetPolicy {
                capacity: config.budget.capacity,
                retry_cost: config.budget.retry_cost,
                timeout_cost: config.budget.timeout_cost,
            },
            rate: config.rate.map(Into::into),
            shared_rate: config.shared_rate.map(Into::into),
            max_queue: config.max_queue,
            max_pause: Seconds(config.max_pause),
            breaker: config.breaker.map(Into::into),
            seed: config.seed,
        }
    }
}

/// One attempt. All times are counted from the begin of the call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// When it asked to be let in.
    pub(crate) due: Seconds,
    /// When it was let in, by queue and circuit.
    pub(crate) began: Seconds,
    pub(crate) ended: Seconds,
    /// Whether the guard cut it: its time was over.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) cut: bool,
    pub(crate) error: Failure,
    pub(crate) then: Then,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) exchanges: Vec<Exchange>,
}

/// What the guard made of a failed attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Then {
    /// The wait before the next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wait: Option<Seconds>,
    /// The random number behind the wait, of 53 bits: the jitter is `drawn / 2^53` of its ceiling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) drawn: Option<u64>,
    /// The tokens of the retry budget when it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tokens: Option<u32>,
    /// Why there is no next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ends: Option<String>,
}

impl From<Decision> for Then {
    fn from(decision: Decision) -> Self {
        Self {
            wait: decision.wait.map(Seconds),
            drawn: decision.drawn,
            tokens: decision.tokens,
            ends: decision.why.map(|why| why.as_str().to_owned()),
        }
    }
}

/// An attempt that was not let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) due: Seconds,
    pub(crate) at: Seconds,
    /// `deadline`, `queue` or `circuit`.
    pub(crate) by: String,
    pub(crate) error: Failure,
}

/// One request over HTTP, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) began: Seconds,
    pub(crate) method: String,
    pub(crate) url: String,
    /// Names, with the values that may be shown.
    pub(crate) headers: Vec<(String, Option<String>)>,
    /// The length of the request's body. A hash of it would tell a short body to who guesses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Answer>,
    /// Why no status came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// When its headers were there.
    pub(crate) at: Seconds,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Option<String>)>,
    /// Where it came from, when that is another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// The begin of the body, when it is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// The begin of the body in base64, when it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base64: Option<String>,
    /// How much of the body was read.
    pub(crate) received: u64,
    /// Whether the body here is all that was read.
    pub(crate) complete: bool,
    /// How the body broke off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) broke: Option<Failure>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

impl Capsule {
    /// Everything that is a text from elsewhere.
    pub(crate) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let refused = self.refused.iter_mut().flat_map(|no| no.error.texts());
        let steps = self.attempts.iter_mut().flat_map(|step| {
            let exchanges = step.exchanges.iter_mut().flat_map(Exchange::texts);
            step.error.texts().into_iter().chain(exchanges)
        });
        refused.chain(steps).chain(self.end.texts())
    }
}

impl Exchange {
    fn texts(&mut self) -> Vec<&mut String> {
        let mut all = vec![&mut self.url];
        all.extend(
            self.headers
                .iter_mut()
                .filter_map(|(_, value)| value.as_mut()),
        );
        all.extend(self.error.iter_mut().flat_map(Failure::texts));
        if let Some(answer) = &mut self.answer {
            let headers = answer.headers.iter_mut();
            all.extend(headers.filter_map(|(_, value)| value.as_mut()));
            all.extend(answer.url.iter_mut().chain(&mut answer.text));
            all.extend(answer.broke.iter_mut().flat_map(Failure::texts));
        }
        all
    }
}
