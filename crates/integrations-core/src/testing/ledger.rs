//! What really happened: how often each request that arrived was an effect.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderValue, Method, Request, Response, StatusCode};
use bytes::Bytes;
use serde_json::json;

use super::plan::KEY;
use crate::error::{Effect, Result};

/// What a server makes of a request whose `Idempotency-Key` it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// It does not look at keys: every request is an effect.
    Ignored,
    /// It answers as it answered the first, and does nothing (Stripe, PayPal).
    Replays,
    /// It refuses with this status, and does nothing (Google's 409 for an event id that exists,
    /// PayPal's 422 for an order that was captured).
    Refuses(u16),
}

/// Counts effects at the server, and holds against them what callers are told.
///
/// A request is an effect of the thing that its path names. With [`service`](Self::service) the
/// ledger is a server by itself; a server of your own writes down with [`effect`](Self::effect)
/// what it does. Clones are one ledger.
///
/// ```
/// use integrations_core::guard::{Guard, Operation, Safety};
/// use integrations_core::http::{Body, Transport};
/// use integrations_core::testing::{FaultPlan, FaultyTransport, Idempotency, Ledger};
/// use integrations_core::{IdempotencyKey, Result};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let ledger = Ledger::new();
/// let plan = FaultPlan::from_env();
/// let transport = FaultyTransport::answering(ledger.service(Idempotency::Replays))
///     .with_plan(plan.clone());
/// let guard = Guard::builder().seed(plan.seed()).without_breaker().build().unwrap();
///
/// for order in 0..200 {
///     let path = format!("/charges/order-{order}");
///     let key = IdempotencyKey::new(format!("order-{order}")).unwrap();
///     let charge = Operation::new("charge", Safety::Keyed(key.clone()));
///     let outcome: Result<serde_json::Value> = guard
///         .for_connection(&path)
///         .run(&charge, async |_| {
///             let request = http::Request::post(format!("https://bank.example{path}"))
///                 .header("idempotency-key", key.as_str())
///                 .body(Body::empty())
///                 .unwrap();
///             // `json`, and not `bytes`: a page with status 200 is no answer of the bank's.
///             transport.send(request).await?.accepted().await?.json().await
///         })
///         .await;
///     // Never two charges, and never one that the caller was told is none.
///     ledger.audit(&path, &outcome).unwrap_or_else(|wrong| panic!("{wrong}; {plan}"));
/// }
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Books>>);

#[derive(Debug, Default)]
struct Books {
    entries: HashMap<String, Entry>,
    /// The answers to requests with keys, by path and key.
    keys: HashMap<(String, HeaderValue), Response<Bytes>>,
}

/// What is written down of one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// How many requests that change something arrived.
    pub requests: u32,
    /// How often something was changed.
    pub effects: u32,
    /// The state that the last `PUT` set, or `DELETE` (`None`) removed; `Unset` before the first.
    state: Held,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Held {
    #[default]
    Unset,
    Set(Bytes),
    Removed,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes down an effect on a thing.
    pub fn effect(&self, thing: &str) {
        let mut books = self.books();
        let entry = books.entry(thing);
        entry.requests += 1;
        entry.effects += 1;
    }

    /// What is written down of a thing.
    #[must_use]
    pub fn entry(&self, thing: &str) -> Entry {
        let books = self.books();
        books.entries.get(thing).cloned().unwrap_or_default()
    }

    /// How often a thing was changed.
    #[must_use]
    pub fn effects(&self, thing: &str) -> u32 {
        self.entry(thing).effects
    }

    /// How many effects there are on all things together.
    #[must_use]
    pub fn total(&self) -> u32 {
        let books = self.books();
        books.entries.values().map(|entry| entry.effects).sum()
    }

    /// Holds what a caller of one changing operation was told against what happened to the thing.
    /// The operation is to change it once.
    ///
    /// # Errors
    /// What is not true: more than one effect, whatever the caller was told; an effect of which the
    /// caller was told that there is none; no effect where the caller was told of one.
    pub fn audit<T>(&self, thing: &str, told: &Result<T>) -> Result<(), Violation> {
        let effects = self.effects(thing);
        let wrong = |kind, told: &str| {
            Err(Violation {
                kind,
                thing: thing.to_owned(),
                effects,
                told: told.to_owned(),
            })
        };
        let (told, text) = match told {
            Ok(_) => (Effect::Applied, "success".to_owned()),
            Err(error) => (error.effect(), error.to_string()),
        };
        match (effects, told) {
            (2.., _) => wrong(ViolationKind::Duplicated, &text),
            (1, Effect::NotApplied) => wrong(ViolationKind::Denied, &text),
            (0, Effect::Applied) => wrong(ViolationKind::Missing, &text),
            _ => Ok(()),
        }
    }

    /// A server that keeps this ledger, for [`FaultyTransport`](super::FaultyTransport) and
    /// [`FaultyServer`](super::FaultyServer).
    ///
    /// | request | what it does | answer |
    /// |---|---|---|
    /// | `GET`, `HEAD` | nothing | 200 |
    /// | `PUT` | sets the state: an effect when the body is another than the one held | 200 |
    /// | `DELETE` | removes the state: an effect unless it is removed already | 200 |
    /// | any other | an effect, unless `Idempotency-Key` was seen and is not ignored | 201 |
    ///
    /// The answer is JSON: `{"thing": "/charges/7", "effects": 1}`.
    pub fn service(
        &self,
        idempotency: Idempotency,
    ) -> impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static + use<> {
        let ledger = self.clone();
        move |request| ledger.books().serve(request, idempotency)
    }

    /// What was written before a panic is still true.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn entry(&mut self, thing: &str) -> &mut Entry {
        self.entries.entry(thing.to_owned()).or_default()
    }

    fn serve(&mut self, request: Request<Bytes>, idempotency: Idempotency) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let thing = head.uri.path();
        if matches!(head.method, Method::GET | Method::HEAD) {
            let effects = self.entries.get(thing).map_or(0, |entry| entry.effects);
            return receipt(StatusCode::OK, thing, effects);
        }
        let entry = self.entry(thing);
        entry.requests += 1;
        let to = match head.method {
            Method::PUT => Some(Held::Set(body)),
            Method::DELETE => Some(Held::Removed),
            _ => None,
        };
        if let Some(to) = to {
            if entry.state != to {
                entry.state = to;
                entry.effects += 1;
            }
            return receipt(StatusCode::OK, thing, entry.effects);
        }
        let key = match idempotency {
            Idempotency::Ignored => None,
            _ => head.headers.get(KEY).cloned(),
        };
        let key = key.map(|key| (thing.to_owned(), key));
        let seen = key.as_ref().and_then(|key| self.keys.get(key));
        match (seen, idempotency) {
            (Some(_), Idempotency::Refuses(status)) => {
                let mut refusal = receipt(StatusCode::CONFLICT, thing, 1);
                if let Ok(status) = StatusCode::from_u16(status) {
                    *refusal.status_mut() = status;
                }
                refusal
            }
            (Some(answer), _) => answer.clone(),
            (None, _) => {
                let entry = self.entry(thing);
                entry.effects += 1;
                let answer = receipt(StatusCode::CREATED, thing, entry.effects);
                if let Some(key) = key {
                    self.keys.insert(key, answer.clone());
                }
                answer
            }
        }
    }
}

fn receipt(status: StatusCode, thing: &str, effects: u32) -> Response<Bytes> {
    let text = json!({ "thing": thing, "effects": effects }).to_string();
    let mut answer = Response::new(Bytes::from(text));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}

/// What a caller was told and the ledger refutes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// What is wrong.
    pub kind: ViolationKind,
    /// The thing that the operation changed, or did not.
    pub thing: String,
    /// How often it was changed.
    pub effects: u32,
    /// What the caller was told: `success`, or the error.
    pub told: String,
}

/// In which way what a caller was told is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ViolationKind {
    /// One operation has more than one effect.
    Duplicated,
    /// There is an effect, and the caller was told that there is none.
    Denied,
    /// There is no effect, and the caller was told of one.
    Missing,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ViolationKind::Duplicated => "one operation took effect more than once",
            ViolationKind::Denied => "an effect was told as none",
            ViolationKind::Missing => "an effect was told that there is not",
        };
        let Self {
            thing,
            effects,
            told,
            ..
        } = self;
        write!(f, "{what}: {thing} has {effects} effects; told: {told}")
    }
}

impl std::error::Error for Violation {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    fn ask(ledger: &Ledger, method: Method, key: Option<&str>, how: Idempotency) -> u16 {
        let mut request = Request::builder().method(method).uri("/a?b");
        if let Some(key) = key {
            request = request.header(KEY, key);
        }
        let request = request.body(Bytes::from_static(b"1")).unwrap();
        ledger.service(how)(request).status().as_u16()
    }

    #[test]
    fn a_key_that_was_seen_is_one_effect_unless_keys_are_ignored() {
        for (how, effects, second) in [
            (Idempotency::Ignored, 2, 201),
            (Idempotency::Replays, 1, 201),
            (Idempotency::Refuses(422), 1, 422),
        ] {
            let ledger = Ledger::new();
            assert_eq!(ask(&ledger, Method::POST, Some("k"), how), 201);
            assert_eq!(ask(&ledger, Method::POST, Some("k"), how), second);
            assert_eq!(ledger.effects("/a"), effects, "{how:?}");
            assert_eq!(ledger.entry("/a").requests, 2);
            ask(&ledger, Method::POST, Some("another"), how);
            ask(&ledger, Method::POST, None, how);
            assert_eq!(ledger.effects("/a"), effects + 2, "{how:?}");
        }
    }

    #[test]
    fn setting_the_same_state_again_is_no_effect_and_neither_is_reading() {
        let ledger = Ledger::new();
        let how = Idempotency::Ignored;
        for (method, effects) in [
            (Method::GET, 0),
            (Method::PUT, 1),
            (Method::PUT, 1),
            (Method::DELETE, 2),
            (Method::DELETE, 2),
            (Method::PUT, 3),
            (Method::GET, 3),
        ] {
            assert_eq!(ask(&ledger, method, None, how), 200);
            assert_eq!(ledger.effects("/a"), effects);
        }
        assert_eq!(ledger.total(), 3);
    }

    #[test]
    fn what_is_told_is_held_against_what_happened() {
        let told =
            |effect| -> Result<()> { Err(Error::new(ErrorKind::Network, "x").with_effect(effect)) };
        use ViolationKind::{Denied, Duplicated, Missing};
        for (effects, told, expected) in [
            (0, Ok(()), Some(Missing)),
            (0, told(Effect::Applied), Some(Missing)),
            (0, told(Effect::Unknown), None),
            (0, told(Effect::NotApplied), None),
            (1, Ok(()), None),
            (1, told(Effect::Applied), None),
            (1, told(Effect::Unknown), None),
            (1, told(Effect::NotApplied), Some(Denied)),
            (2, Ok(()), Some(Duplicated)),
            (2, told(Effect::Unknown), Some(Duplicated)),
            (2, told(Effect::NotApplied), Some(Duplicated)),
        ] {
            let ledger = Ledger::new();
            for _ in 0..effects {
                ledger.effect("charge");
            }
            let found = ledger.audit("charge", &told).err();
            assert_eq!(found.as_ref().map(|wrong| wrong.kind), expected);
            if let Some(wrong) = found {
                assert!(wrong.to_string().contains("charge has"), "{wrong}");
            }
        }
    }
}
