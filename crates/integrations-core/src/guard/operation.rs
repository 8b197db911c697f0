//! What the guard is told of a call.

use std::time::Duration;

use crate::IdempotencyKey;
use crate::operation::{OperationSpec, SafetyClass};

/// Whether sending a request twice can do it twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Safety {
    /// Changes nothing.
    Read,
    /// Doing it twice leaves the same state as doing it once, for example a delete or a whole-object put.
    Idempotent,
    /// The provider does it once for all requests with this key.
    Keyed(IdempotencyKey),
    /// Every request that arrives is an effect. Never repeated once it may have arrived.
    Once,
}

impl Safety {
    /// The safety as a short, stable word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Idempotent => "idempotent",
            Self::Keyed(_) => "keyed",
            Self::Once => "once",
        }
    }
}

/// A call, as the guard sees it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Operation {
    /// The operation's name, as in errors, spans and metrics.
    pub name: &'static str,
    /// Whether it may be repeated.
    pub safety: Safety,
    /// Its weight in the rate limit. 1 unless the vendor says otherwise; 0 is not limited.
    pub cost: u32,
    /// How long the whole operation may take, waiting and retries included. `None` takes the
    /// guard's default.
    pub deadline: Option<Duration>,
    /// The class of endpoint whose circuit breaker it shares.
    pub class: &'static str,
    /// How to find out what happened when the outcome is unknown.
    pub read_back: Option<&'static str>,
    /// Whether a refusal that the attempt answers is the operation's: see
    /// [`Operation::with_settled_refusals`].
    pub settles: bool,
}

impl Operation {
    /// A call with a name and safety, of weight 1, in the class `"default"`.
    #[must_use]
    pub fn new(name: &'static str, safety: Safety) -> Self {
        Self {
            name,
            safety,
            cost: 1,
            deadline: None,
            class: "default",
            read_back: None,
            settles: false,
        }
    }

    /// A call as it was [declared](crate::operation), without a key: a keyed operation is then
    /// [`Safety::Once`].
    #[must_use]
    pub fn of(spec: &OperationSpec) -> Self {
        let safety = match spec.safety {
            SafetyClass::Read => Safety::Read,
            SafetyClass::Idempotent => Safety::Idempotent,
            SafetyClass::Keyed | SafetyClass::Once => Safety::Once,
        };
        Self {
            class: spec.class,
            read_back: spec.read_back,
            ..Self::new(spec.name, safety)
        }
    }

    /// A keyed call as it was [declared](crate::operation), with its key. An operation of another
    /// safety keeps its own: a key that the vendor does not read protects from nothing.
    #[must_use]
    pub fn keyed(spec: &OperationSpec, key: IdempotencyKey) -> Self {
        let mut operation = Self::of(spec);
        if spec.safety == SafetyClass::Keyed {
            operation.safety = Safety::Keyed(key);
        }
        operation
    }

    /// Sets the weight in the rate limit.
    #[must_use]
    pub fn with_cost(mut self, cost: u32) -> Self {
        self.cost = cost;
        self
    }

    /// Sets how long the whole operation may take.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Names the class of endpoint whose breaker it shares.
    #[must_use]
    pub fn with_class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// Says how a caller finds out what happened when the outcome is unknown, for example `"find
    /// the event by its id"`. It becomes the error's advice.
    #[must_use]
    pub fn with_read_back(mut self, how: &'static str) -> Self {
        self.read_back = Some(how);
        self
    }

    /// Promises that the attempt, before it answers a refusal, finds out what an earlier attempt
    /// did whose answer was lost (for example by a mark that it left). Without this promise a
    /// refusal after a lost answer leaves the effect unknown: the object that "exists already" may
    /// be the one that the first attempt made.
    #[must_use]
    pub fn with_settled_refusals(mut self) -> Self {
        self.settles = true;
        self
    }
}

/// One try at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// Whether the answer of an earlier attempt was lost, so that it may have been carried out.
    pub after_unknown: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::operations! {
        const OPERATIONS;
        GET = read("get", "GET /charges/{id}").with_class("reads");
        PUT = idempotent("put", "PUT /charges/{id}", "replaces the whole");
        CHARGE = keyed("charge", "POST /charges", "the header Idempotency-Key").with_read_back("ask");
        NOTE = once("note", "POST /notes", "list the notes");
    }

    #[test]
    fn a_declared_call_has_its_safety_and_a_key_only_where_the_vendor_reads_one() {
        let key = || IdempotencyKey::new("order-1").unwrap();
        let safety = |spec| Operation::of(spec).safety;
        let names: Vec<_> = OPERATIONS.iter().map(|spec| spec.name).collect();
        assert_eq!(names, ["get", "put", "charge", "note"]);
        assert_eq!(safety(&GET), Safety::Read);
        assert_eq!(safety(&PUT), Safety::Idempotent);
        assert_eq!(safety(&CHARGE), Safety::Once, "no key, no repetition");
        assert_eq!(safety(&NOTE), Safety::Once);
        let keyed = |spec| Operation::keyed(spec, key()).safety;
        assert_eq!(keyed(&CHARGE), Safety::Keyed(key()));
        assert_eq!(keyed(&NOTE), Safety::Once, "the key would not be read");
        assert_eq!(keyed(&GET), Safety::Read);
    }

    #[test]
    fn class_and_read_back_are_taken_over() {
        assert_eq!(Operation::of(&GET).class, "reads");
        assert_eq!(Operation::of(&CHARGE).read_back, Some("ask"));
        assert_eq!(Operation::of(&NOTE).read_back, Some("list the notes"));
    }
}
