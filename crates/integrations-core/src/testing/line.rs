//! The line between a client and a server: decides what each request meets, and keeps what was
//! sent.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::http::request::Parts;
use ::http::{HeaderMap, Method, Uri};
use bytes::Bytes;

use super::Fault;
use super::plan::{FaultPlan, identity};

/// One request that was made, and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// The address.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole; empty when the connection was cut before it was read.
    pub body: Bytes,
    /// What it met.
    pub fault: Fault,
    /// Whether the server acted on it.
    pub served: bool,
}

/// What decides on requests; it sees their head.
pub(super) type Rule = Box<dyn Fn(&Parts) -> bool + Send>;

/// The faults that are to come, and the requests that were.
#[derive(Default)]
pub(super) struct Line(Mutex<State>);

#[derive(Default)]
struct State {
    /// Each for the first request that it fits.
    rules: Vec<(Rule, Fault)>,
    /// Each for the next request, whatever it is.
    next: VecDeque<Fault>,
    /// For those that nothing else is there for.
    plan: Option<FaultPlan>,
    /// How many requests the plan has seen of each identity.
    seen: HashMap<u64, u32>,
    exchanges: Vec<Exchange>,
}

impl Line {
    pub(super) fn push(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().next.extend(faults);
    }

    pub(super) fn follow(&self, plan: FaultPlan) {
        self.state().plan = Some(plan);
    }

    pub(super) fn rule(&self, rule: Rule, fault: Fault) {
        self.state().rules.push((rule, fault));
    }

    /// What this request meets. It is met once.
    pub(super) fn meet(&self, head: &Parts) -> Fault {
        let mut state = self.state();
        let place = state.rules.iter().position(|(rule, _)| rule(head));
        if let Some(place) = place {
            return state.rules.remove(place).1;
        }
        if let Some(fault) = state.next.pop_front() {
            return fault;
        }
        let Some(plan) = state.plan.clone() else {
            return Fault::None;
        };
        let identity = identity(head);
        let seen = state.seen.entry(identity).or_default();
        let nth = *seen;
        *seen += 1;
        plan.fault(identity, nth)
    }

    /// Whether this request meets a refusal. If so, it has met it.
    pub(super) fn refuses(&self, head: &Parts) -> bool {
        let mut state = self.state();
        if let Some(place) = state.rules.iter().position(|(rule, _)| rule(head)) {
            let refused = matches!(state.rules[place].1, Fault::Refuse);
            if refused {
                drop(state.rules.remove(place));
            }
            return refused;
        }
        if let Some(fault) = state.next.front() {
            let refused = matches!(fault, Fault::Refuse);
            if refused {
                state.next.pop_front();
            }
            return refused;
        }
        let Some(plan) = state.plan.clone() else {
            return false;
        };
        let seen = state.seen.entry(identity(head)).or_default();
        let refused = matches!(plan.fault(identity(head), *seen), Fault::Refuse);
        *seen += u32::from(refused);
        refused
    }

    /// Keeps a request that was sent. Answers its number.
    pub(super) fn sent(&self, head: &Parts, body: Bytes, fault: Fault) -> usize {
        let mut state = self.state();
        state.exchanges.push(Exchange {
            method: head.method.clone(),
            uri: head.uri.clone(),
            headers: head.headers.clone(),
            body,
            fault,
            served: false,
        });
        state.exchanges.len() - 1
    }

    /// The server acts on that request.
    pub(super) fn serve(&self, number: usize) -> Exchange {
        let mut state = self.state();
        let exchange = &mut state.exchanges[number];
        exchange.served = true;
        exchange.clone()
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.state().exchanges.clone()
    }

    pub(super) fn served(&self) -> usize {
        let state = self.state();
        let served = state.exchanges.iter().filter(|exchange| exchange.served);
        served.count()
    }

    /// What was written before a panic in a rule or in the server's function is still true.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange {
    /// The request, as the server's function takes it.
    pub(super) fn request(self) -> ::http::Request<Bytes> {
        let mut request = ::http::Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        request
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Line")
            .field("rules", &state.rules.len())
            .field("next", &state.next)
            .field("plan", &state.plan)
            .field("exchanges", &state.exchanges.len())
            .finish_non_exhaustive()
    }
}
