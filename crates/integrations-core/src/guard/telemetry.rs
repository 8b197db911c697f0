//! The spans: one for each call, one for each attempt.
//!
//! Their target names the category and provider, so that a filter such as
//! `integrations::storage=debug` works. Those names are known when a guard is built and not when
//! this is compiled, so the spans' metadata is made then, once for each target, and kept for ever.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::callsite::{self, Callsite, Identifier};
use tracing::field::{FieldSet, Value};
use tracing::level_filters::LevelFilter;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Span};

use super::operation::Operation;

/// What every target begins with.
pub(crate) const ROOT: &str = "integrations";

const CALL: &str = "guarded_call";
const ATTEMPT: &str = "attempt";
const CALL_FIELDS: &[&str] = &[
    "integration",
    "connection",
    "operation",
    "safety",
    "attempts",
    "outcome",
];
const ATTEMPT_FIELDS: &[&str] = &[
    "operation",
    "connection",
    "attempt",
    "outcome",
    "request_id",
];

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;

/// Where spans come from, as `tracing` sees it: metadata, and whether anybody wants them.
#[derive(Debug)]
struct Site {
    metadata: OnceLock<Metadata<'static>>,
    interest: AtomicU8,
}

impl Site {
    const fn new() -> Self {
        Self {
            metadata: OnceLock::new(),
            interest: AtomicU8::new(SOMETIMES),
        }
    }

    fn leak(
        name: &'static str,
        target: &'static str,
        fields: &'static [&'static str],
    ) -> &'static Self {
        let site: &'static Self = Box::leak(Box::new(Self::new()));
        let metadata = Metadata::new(
            name,
            target,
            Level::DEBUG,
            None,
            None,
            None,
            FieldSet::new(fields, Identifier(site)),
            Kind::SPAN,
        );
        // It was empty: nobody else has it yet.
        let _ = site.metadata.set(metadata);
        callsite::register(site);
        site
    }

    /// Its metadata, when somebody wants its spans now.
    fn wanted(&'static self) -> Option<&'static Metadata<'static>> {
        let metadata = self.metadata.get()?;
        let wanted = *metadata.level() <= LevelFilter::current()
            && match self.interest.load(Ordering::Relaxed) {
                NEVER => false,
                ALWAYS => true,
                _ => tracing::dispatcher::get_default(|now| now.enabled(metadata)),
            };
        wanted.then_some(metadata)
    }
}

impl Callsite for Site {
    fn set_interest(&self, interest: Interest) {
        let interest = match interest {
            interest if interest.is_never() => NEVER,
            interest if interest.is_always() => ALWAYS,
            _ => SOMETIMES,
        };
        self.interest.store(interest, Ordering::Relaxed);
    }

    fn metadata(&self) -> &Metadata<'_> {
        static NOBODY: Site = Site::new();
        static NOTHING: Metadata<'static> = Metadata::new(
            "",
            ROOT,
            Level::TRACE,
            None,
            None,
            None,
            FieldSet::new(&[], Identifier(&NOBODY)),
            Kind::SPAN,
        );
        self.metadata.get().unwrap_or(&NOTHING)
    }
}

/// The spans of one target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spans {
    call: &'static Site,
    attempt: &'static Site,
}

impl Spans {
    /// The spans of a target. Each target is made once in a process, however many guards name it.
    pub(crate) fn of(target: &str) -> Self {
        static MADE: Mutex<Option<HashMap<&'static str, Spans>>> = Mutex::new(None);
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let made = made.get_or_insert_default();
        if let Some(spans) = made.get(target) {
            return *spans;
        }
        let target: &'static str = Box::leak(target.to_owned().into_boxed_str());
        let spans = Self {
            call: Site::leak(CALL, target, CALL_FIELDS),
            attempt: Site::leak(ATTEMPT, target, ATTEMPT_FIELDS),
        };
        made.insert(target, spans);
        spans
    }

    pub(crate) fn call(&self, integration: &str, connection: &str, operation: &Operation) -> Span {
        let Some(metadata) = self.call.wanted() else {
            return Span::none();
        };
        let values: [Option<&dyn Value>; 6] = [
            Some(&integration),
            (!connection.is_empty()).then_some(&connection as &dyn Value),
            Some(&operation.name),
            Some(&operation.safety.as_str() as &dyn Value),
            None,
            None,
        ];
        Span::new(metadata, &metadata.fields().value_set_all(&values))
    }

    pub(crate) fn attempt(&self, connection: &str, operation: &Operation, number: u32) -> Span {
        let Some(metadata) = self.attempt.wanted() else {
            return Span::none();
        };
        let values: [Option<&dyn Value>; 5] = [
            Some(&operation.name),
            (!connection.is_empty()).then_some(&connection as &dyn Value),
            Some(&number),
            None,
            None,
        ];
        Span::new(metadata, &metadata.fields().value_set_all(&values))
    }
}

/// Notes the vendor's id of the request on the attempt that runs now. The transport does it for
/// every answer; providers over an SDK call it where they have the id.
pub fn record_request_id(id: &str) {
    Span::current().record("request_id", id);
}
