//! The metrics, through the `metrics` facade.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};

use crate::integration::Circuit;

/// Calls, by their outcome.
pub(crate) const CALLS: &str = "integrations_calls_total";
/// How long calls took, in seconds.
pub(crate) const SECONDS: &str = "integrations_call_seconds";
/// Repeated attempts, by why.
pub(crate) const RETRIES: &str = "integrations_retries_total";
/// How long calls waited for their turn, in seconds.
pub(crate) const QUEUE_SECONDS: &str = "integrations_queue_seconds";
/// The circuit: 0 closed, 1 half open, 2 open.
pub(crate) const CIRCUIT: &str = "integrations_circuit";
/// Whether the last call got through: 1 or 0.
pub(crate) const AVAILABLE: &str = "integrations_available";
/// Reads through a cache, by where the answer came from.
#[cfg(feature = "cache")]
pub(crate) const CACHE: &str = "integrations_cache_total";

static METADATA: Metadata<'static> = Metadata::new("integrations", Level::INFO, None);

/// The meters of one guard. Handles are made once for each operation and outcome, and kept.
#[derive(Debug)]
pub(crate) struct Meters {
    integration: Arc<str>,
    made: RwLock<Vec<Arc<OfOperation>>>,
    #[cfg(feature = "cache")]
    cached: RwLock<Outcomes>,
}

/// A counter for each outcome that was seen.
type Outcomes = Vec<(&'static str, Counter)>;

struct OfOperation {
    operation: &'static str,
    seconds: Histogram,
    queue: Histogram,
    outcomes: RwLock<Outcomes>,
}

impl std::fmt::Debug for OfOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.operation)
    }
}

/// Whether nobody installed a recorder yet: the facade's own takes no space.
fn is_noop(recorder: &dyn Recorder) -> bool {
    size_of_val(recorder) == 0
}

/// Counts an outcome, with a counter that is made when it is first seen and a recorder is there:
/// one that is installed later is then found.
fn count(made: &RwLock<Outcomes>, outcome: &'static str, key: impl Fn() -> Key) {
    let find = |made: &Outcomes| {
        let found = made.iter().find(|(name, _)| *name == outcome);
        found.map(|(_, counter)| counter.increment(1)).is_some()
    };
    if find(&made.read().unwrap_or_else(PoisonError::into_inner)) {
        return;
    }
    metrics::with_recorder(|recorder| {
        if is_noop(recorder) {
            return;
        }
        let mut made = made.write().unwrap_or_else(PoisonError::into_inner);
        if !find(&made) {
            let counter = recorder.register_counter(&key(), &METADATA);
            counter.increment(1);
            made.push((outcome, counter));
        }
    });
}

impl Meters {
    pub(crate) fn new(integration: Arc<str>) -> Self {
        Self {
            integration,
            made: RwLock::new(Vec::new()),
            #[cfg(feature = "cache")]
            cached: RwLock::new(Vec::new()),
        }
    }

    fn label(&self) -> Label {
        Label::new("integration", self.integration.clone())
    }

    /// The handles of an operation. `None` while there is no recorder: one that is installed later
    /// is then found.
    fn of(&self, operation: &'static str) -> Option<Arc<OfOperation>> {
        let find = |made: &Vec<Arc<OfOperation>>| {
            made.iter()
                .find(|made| std::ptr::eq(made.operation, operation) || made.operation == operation)
                .cloned()
        };
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = find(&made) {
            return Some(found);
        }
        drop(made);
        metrics::with_recorder(|recorder| {
            if is_noop(recorder) {
                return None;
            }
            let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = find(&made) {
                return Some(found);
            }
            let labels = || {
                vec![
                    self.label(),
                    Label::from_static_parts("operation", operation),
                ]
            };
            let seconds = Key::from_parts(SECONDS, labels());
            let queue = Key::from_parts(QUEUE_SECONDS, labels());
            let new = Arc::new(OfOperation {
                operation,
                seconds: recorder.register_histogram(&seconds, &METADATA),
                queue: recorder.register_histogram(&queue, &METADATA),
                outcomes: RwLock::new(Vec::new()),
            });
            made.push(new.clone());
            Some(new)
        })
    }

    /// A call is over.
    pub(crate) fn call(
        &self,
        operation: &'static str,
        outcome: &'static str,
        took: impl FnOnce() -> Duration,
        queued: Duration,
    ) {
        let Some(meters) = self.of(operation) else {
            return;
        };
        meters.seconds.record(took());
        meters.queue.record(queued);
        count(&meters.outcomes, outcome, || {
            let labels = vec![
                self.label(),
                Label::from_static_parts("operation", operation),
                Label::from_static_parts("outcome", outcome),
            ];
            Key::from_parts(CALLS, labels)
        });
    }

    /// A read through a cache is over.
    #[cfg(feature = "cache")]
    pub(crate) fn cached(&self, outcome: &'static str) {
        count(&self.cached, outcome, || {
            let labels = vec![self.label(), Label::from_static_parts("outcome", outcome)];
            Key::from_parts(CACHE, labels)
        });
    }

    /// An attempt is repeated. Rare, so the handle is looked up each time.
    pub(crate) fn retry(&self, operation: &'static str, reason: &'static str) {
        let labels = vec![
            self.label(),
            Label::from_static_parts("operation", operation),
            Label::from_static_parts("reason", reason),
        ];
        let key = Key::from_parts(RETRIES, labels);
        metrics::with_recorder(|now| now.register_counter(&key, &METADATA)).increment(1);
    }

    /// A circuit changed.
    pub(crate) fn circuit(&self, class: &'static str, circuit: Circuit) {
        let value = match circuit {
            Circuit::Closed => 0.0,
            Circuit::HalfOpen => 1.0,
            Circuit::Open => 2.0,
        };
        let labels = vec![self.label(), Label::from_static_parts("class", class)];
        self.gauge(CIRCUIT, labels).set(value);
    }

    /// The integration got through, or no longer does.
    pub(crate) fn available(&self, available: bool) {
        self.gauge(AVAILABLE, vec![self.label()])
            .set(f64::from(u8::from(available)));
    }

    fn gauge(&self, name: &'static str, labels: Vec<Label>) -> Gauge {
        let key = Key::from_parts(name, labels);
        metrics::with_recorder(|now| now.register_gauge(&key, &METADATA))
    }
}
