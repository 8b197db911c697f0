//! A capsule as a story: when, what was sent, what came, and what the guard made of it.

use std::fmt::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::failure::Failure;
use super::model::{Answer, Capsule, Exchange, Policy, RatePolicy, Step};

/// So much of a body is shown.
const SHOWN: usize = 200;

/// One line of a call's story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// Seconds since the call began, such as `"1.204"`.
    pub at: String,
    /// The number of the attempt that it belongs to.
    pub attempt: u32,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>12}  {}", self.at, self.what)
    }
}

impl Capsule {
    /// The call's story: first what was called under which policy, then everything that happened.
    ///
    /// ```
    /// # use integrations_core::capsule::Capsule;
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/capsules/gateway.capsule.json"));
    /// let capsule: Capsule = text.parse()?;
    /// for event in capsule.events() {
    ///     println!("{event}");
    /// }
    /// assert!(capsule.events()[1].what.starts_with("  sent GET https://rooms.example/rooms/7"));
    /// # Ok::<_, integrations_core::Error>(())
    /// ```
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut story = Story::default();
        for (place, step) in self.attempts.iter().enumerate() {
            story.attempt = place as u32 + 1;
            story.attempt(step);
        }
        if let Some(refused) = &self.refused {
            story.attempt += 1;
            let text = format!("not let in by the {}: {}", refused.by, told(&refused.error));
            story.add(refused.at.0, text);
        }
        story.attempt = self.end.attempts;
        let end = &self.end;
        let mut text = format!(
            "ended: {} (effect {}) after {} attempts: {}",
            end.kind, end.effect, end.attempts, end.message
        );
        let _ = write!(text, "; {}", end.advice);
        story.add(end.elapsed.0, text);
        story.events
    }

    /// Two lines: what was called, and under which policy.
    #[must_use]
    pub fn title(&self) -> String {
        format!(
            "{} {} ({}), {}\n{}",
            self.integration,
            self.operation.name,
            self.operation.safety,
            self.started,
            policy(&self.policy)
        )
    }
}

fn policy(policy: &Policy) -> String {
    let mut text = format!(
        "{} attempts within {} s; waits up to {} s, doubling to {} s; a budget of {} tokens",
        policy.max_attempts,
        policy.deadline,
        policy.backoff.first,
        policy.backoff.max,
        policy.budget.capacity
    );
    if let Some(limit) = policy.attempt_timeout {
        let _ = write!(text, "; {limit} s for an attempt");
    }
    let mut rate = |rate: &Option<RatePolicy>, whose: &str| {
        if let Some(rate) = rate {
            let _ = write!(text, "; {} calls in {} s {whose}", rate.calls, rate.per);
        }
    };
    rate(&policy.rate, "for a connection");
    rate(&policy.shared_rate, "for all");
    if let Some(breaker) = &policy.breaker {
        let failures = breaker.consecutive_failures;
        let _ = write!(text, "; the circuit opens after {failures} failures");
    }
    text
}

#[derive(Default)]
struct Story {
    attempt: u32,
    events: Vec<Event>,
}

impl Story {
    fn add(&mut self, at: Duration, what: String) {
        self.events.push(Event {
            at: format!("{:.6}", at.as_secs_f64()),
            attempt: self.attempt,
            what,
        });
    }

    fn attempt(&mut self, step: &Step) {
        let mut text = format!("attempt {}", self.attempt);
        let queued = step.began.0.saturating_sub(step.due.0);
        if queued >= Duration::from_millis(1) {
            let _ = write!(text, ", after {:.3} s in the queue", queued.as_secs_f64());
        }
        self.add(step.began.0, text);
        for exchange in &step.exchanges {
            self.exchange(exchange, step.ended.0);
        }
        let cut = if step.cut { "cut by the guard: " } else { "" };
        self.add(step.ended.0, format!("  {cut}{}", told(&step.error)));
        let then = &step.then;
        let text = match (&then.ends, then.wait) {
            (Some(why), _) => format!("  not repeated: {why}"),
            (None, Some(wait)) => {
                let asked = step.error.retry_after.filter(|asked| !asked.0.is_zero());
                let why = match asked {
                    Some(asked) => format!("; the provider asked for {asked} s"),
                    None => String::new(),
                };
                format!("  repeated after {wait} s{why}")
            }
            (None, None) => return,
        };
        self.add(step.ended.0, text);
    }

    fn exchange(&mut self, exchange: &Exchange, ended: Duration) {
        let sent = match exchange.sent {
            Some(0) => String::new(),
            Some(length) => format!(" with {length} bytes"),
            None => " with a stream".to_owned(),
        };
        let text = format!("  sent {} {}{sent}", exchange.method, exchange.url);
        self.add(exchange.began.0, text);
        match (&exchange.answer, &exchange.error) {
            (Some(answer), _) => self.add(answer.at.0, came(answer)),
            (None, Some(error)) => self.add(ended, format!("  no answer: {}", told(error))),
            (None, None) => self.add(ended, "  no answer until the attempt's end".to_owned()),
        }
    }
}

fn came(answer: &Answer) -> String {
    let mut text = format!("  came {}", answer.status);
    for (name, value) in &answer.headers {
        let told = ["retry-after", "x-request-id", "request-id", "content-type"];
        if let Some(value) = value.as_deref().filter(|_| told.contains(&name.as_str())) {
            let _ = write!(text, ", {name}: {value}");
        }
    }
    let _ = write!(text, ", {} bytes", answer.received);
    if let Some(body) = &answer.text {
        let begin: String = body.chars().take(SHOWN).collect();
        let more = if begin.len() < body.len() { " …" } else { "" };
        let _ = write!(text, ": {begin:?}{more}");
    }
    if let Some(broke) = &answer.broke {
        let _ = write!(text, "; broke off: {}", broke.message);
    }
    text
}

fn told(failure: &Failure) -> String {
    let mut text = format!("{} (effect {}", failure.kind, failure.effect);
    if let Some(status) = failure.status {
        let _ = write!(text, ", status {status}");
    }
    if let Some(code) = &failure.code {
        let _ = write!(text, ", code {code}");
    }
    if let Some(id) = &failure.request_id {
        let _ = write!(text, ", request {id}");
    }
    let _ = write!(text, "): {}", failure.message);
    text
}
