//! One call, made as a provider makes it; and the ways to make it wrong.

use std::sync::Mutex;
use std::time::Duration;

use http::Method;
use integrations_core::guard::{Attempt, Guard, Operation, Safety};
use integrations_core::http::{Body, Transport};
use integrations_core::{Effect, Error, ErrorKind, IdempotencyKey, Result};
use serde::Deserialize;

/// The safety of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Idempotent,
    Keyed,
    Once,
}

/// How an operation of kind `Once` says that the outcome is found out.
pub(crate) const READ_BACK: &str = "look the charge up by its number";

/// What is wrong with a guard or a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Nothing is.
    None,
    /// The guard repeats `Once` after an answer that was lost.
    RepeatsOnce,
    /// There is no guard: three attempts, whatever the error.
    RepeatsEverything,
    /// Each attempt has a key of its own.
    KeyForEachAttempt,
    /// The transport tells a lost answer as a request that was not sent.
    LostIsNotSent,
    /// The provider takes every 5xx for a refusal before execution.
    BrokenIsRefused,
    /// The final error tells what the last attempt did, and forgets those before it.
    ForgetsEarlierAttempts,
    /// Every status of success is told as an effect, whoever sent it.
    TrustsEveryPage,
    /// An answer that cannot be read is told as a success.
    SwallowsBadAnswers,
    /// Whatever happened, the effect is "unknown".
    KnowsNothing,
    /// An unknown outcome comes without the way to find out.
    LeavesTheCallerAlone,
}

impl Mistake {
    pub(crate) const ALL: [Self; 10] = [
        Self::RepeatsOnce,
        Self::RepeatsEverything,
        Self::KeyForEachAttempt,
        Self::LostIsNotSent,
        Self::BrokenIsRefused,
        Self::ForgetsEarlierAttempts,
        Self::TrustsEveryPage,
        Self::SwallowsBadAnswers,
        Self::KnowsNothing,
        Self::LeavesTheCallerAlone,
    ];
}

/// What the server answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) thing: String,
    pub(crate) effects: u32,
}

/// A provider for one server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provider<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) transport: &'a dyn Transport,
    /// Where the server is.
    pub(crate) base: &'a str,
    pub(crate) deadline: Duration,
    pub(crate) mistake: Mistake,
}

impl Provider<'_> {
    /// Changes a thing once, or reads it. Things are paths such as `/charges/7`.
    pub(crate) async fn call(&self, kind: Kind, thing: &str) -> Result<Receipt> {
        let key = IdempotencyKey::new(thing.replace('/', "_"))?;
        let safety = match (kind, self.mistake) {
            (Kind::Read, _) => Safety::Read,
            (Kind::Idempotent, _) | (Kind::Once, Mistake::RepeatsOnce) => Safety::Idempotent,
            (Kind::Keyed, _) => Safety::Keyed(key.clone()),
            (Kind::Once, _) => Safety::Once,
        };
        let mut operation = Operation::new("charge", safety).with_deadline(self.deadline);
        if kind == Kind::Once {
            operation = operation.with_read_back(READ_BACK);
        }
        if self.mistake == Mistake::RepeatsEverything {
            return self.without_guard(kind, thing, &key).await;
        }
        let last = Mutex::new(Effect::NotApplied);
        let (key, noted) = (&key, &last);
        let attempt = |attempt: Attempt| async move {
            let result = self.attempt(kind, thing, key, attempt.number).await;
            let result = self.mistaken(result, thing);
            if let Err(error) = &result {
                *noted.lock().unwrap() = error.effect();
            }
            result
        };
        let outcome = self.guard.run(&operation, attempt).await;
        outcome.map_err(|error| match self.mistake {
            Mistake::ForgetsEarlierAttempts => error.with_effect(*last.lock().unwrap()),
            Mistake::KnowsNothing => error.with_effect(Effect::Unknown),
            Mistake::LeavesTheCallerAlone => error.with_advice("try again later"),
            _ => error,
        })
    }

    async fn without_guard(
        &self,
        kind: Kind,
        thing: &str,
        key: &IdempotencyKey,
    ) -> Result<Receipt> {
        let mut number = 1;
        loop {
            let attempt = self.attempt(kind, thing, key, number);
            match tokio::time::timeout(self.deadline, attempt).await {
                Ok(Ok(receipt)) => return Ok(receipt),
                Ok(Err(error)) if number == 3 => return Err(error),
                Err(_) if number == 3 => {
                    return Err(Error::new(ErrorKind::Timeout, "no answer"));
                }
                _ => number += 1,
            }
        }
    }

    /// One attempt: a request, its answer, read as JSON.
    async fn attempt(
        &self,
        kind: Kind,
        thing: &str,
        key: &IdempotencyKey,
        number: u32,
    ) -> Result<Receipt> {
        let (method, body) = match kind {
            Kind::Read => (Method::GET, Body::empty()),
            Kind::Idempotent => (Method::PUT, Body::from("1 EUR")),
            Kind::Keyed | Kind::Once => (Method::POST, Body::from("1 EUR")),
        };
        let mut request = http::Request::builder().method(method);
        request = request.uri(format!("{}{thing}", self.base));
        if kind == Kind::Keyed {
            let key = match self.mistake {
                Mistake::KeyForEachAttempt => format!("{key}-{number}"),
                _ => key.to_string(),
            };
            request = request.header("idempotency-key", key);
        }
        let request = request.body(body).unwrap();
        let response = self.transport.send(request).await?.accepted().await?;
        response.with_limit(64 << 10).json().await
    }

    /// What a wrong transport or provider makes of an attempt's outcome.
    fn mistaken(&self, result: Result<Receipt>, thing: &str) -> Result<Receipt> {
        result.or_else(|error| match (self.mistake, error.kind()) {
            (Mistake::LostIsNotSent, ErrorKind::Network) => {
                Err(error.with_effect(Effect::NotApplied))
            }
            (Mistake::BrokenIsRefused, ErrorKind::Unavailable) => {
                Err(error.with_effect(Effect::NotApplied))
            }
            (Mistake::TrustsEveryPage, ErrorKind::Decode) => {
                Err(error.with_effect(Effect::Applied))
            }
            (Mistake::SwallowsBadAnswers, ErrorKind::Decode) => Ok(Receipt {
                thing: thing.to_owned(),
                effects: 1,
            }),
            _ => Err(error),
        })
    }
}
