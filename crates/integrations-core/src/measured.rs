//! A recorder for tests of metrics.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

/// What was measured, by name and labels. Of a histogram it is the sum.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured(Arc<Mutex<BTreeMap<String, f64>>>);

struct Meter {
    name: String,
    measured: Measured,
}

impl Meter {
    fn set(&self, change: impl FnOnce(&mut f64)) {
        let mut measured = self.measured.0.lock().unwrap();
        change(measured.entry(self.name.clone()).or_default());
    }
}

impl CounterFn for Meter {
    fn increment(&self, value: u64) {
        self.set(|held| *held += value as f64);
    }

    fn absolute(&self, value: u64) {
        self.set(|held| *held = value as f64);
    }
}

impl GaugeFn for Meter {
    fn increment(&self, value: f64) {
        self.set(|held| *held += value);
    }

    fn decrement(&self, value: f64) {
        self.set(|held| *held -= value);
    }

    fn set(&self, value: f64) {
        Meter::set(self, |held| *held = value);
    }
}

impl HistogramFn for Meter {
    fn record(&self, value: f64) {
        self.set(|held| *held += value);
    }
}

impl Measured {
    fn meter(&self, key: &Key) -> Arc<Meter> {
        let labels = key
            .labels()
            .map(|label| format!(" {}={}", label.key(), label.value()));
        let name = format!("{}{}", key.name(), labels.collect::<String>());
        let measured = self.clone();
        Arc::new(Meter { name, measured })
    }

    pub(crate) fn of(&self, name: &str) -> Option<f64> {
        self.0.lock().unwrap().get(name).copied()
    }
}

impl Recorder for Measured {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.meter(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.meter(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.meter(key))
    }
}
