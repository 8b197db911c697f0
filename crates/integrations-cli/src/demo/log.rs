//! What the tour did, as it goes and in sum.

use std::future::Future;
use std::time::Instant;

use integrations::Error;
use serde::Serialize;

use crate::output::{Output, table};

/// One step of the tour.
#[derive(Debug, Serialize)]
struct Step {
    operation: &'static str,
    outcome: &'static str,
    what: String,
    milliseconds: u64,
}

/// The steps of a category.
#[derive(Debug, Serialize)]
struct Part {
    category: &'static str,
    handle: &'static str,
    provider: Option<String>,
    /// `ok`, `failed`, `skipped` (no step could be taken) or `not configured`. Known at the end.
    result: &'static str,
    steps: Vec<Step>,
}

impl Part {
    fn count(&self, outcome: &str) -> usize {
        let of = self.steps.iter().filter(|step| step.outcome == outcome);
        of.count()
    }

    fn judge(&mut self) {
        self.result = match (&self.provider, self.count("failed"), self.count("ok")) {
            (None, ..) => "not configured",
            (_, 0, 0) => "skipped",
            (_, 0, _) => "ok",
            _ => "failed",
        };
    }
}

pub(super) struct Log<'a> {
    output: &'a Output,
    parts: Vec<Part>,
}

impl<'a> Log<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self {
            output,
            parts: Vec::new(),
        }
    }

    /// A category begins.
    pub(super) fn begin(&mut self, category: &'static str, handle: &'static str, provider: &str) {
        self.output
            .note(&format!("\n{category}: {handle} over {provider}"));
        self.parts.push(Part {
            category,
            handle,
            provider: Some(provider.to_owned()),
            result: "",
            steps: Vec::new(),
        });
    }

    /// A category of which nothing is configured.
    pub(super) fn absent(&mut self, category: &'static str, handle: &'static str) {
        self.output
            .note(&format!("\n{category}: nothing is configured"));
        self.parts.push(Part {
            category,
            handle,
            provider: None,
            result: "",
            steps: Vec::new(),
        });
    }

    /// Takes a step, and says what it did. `None` when it failed.
    pub(super) async fn step<T>(
        &mut self,
        operation: &'static str,
        work: impl Future<Output = Result<(T, String), Error>>,
    ) -> Option<T> {
        let started = Instant::now();
        let result = work.await;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (outcome, what, value) = match result {
            Ok((value, what)) => ("ok", what, Some(value)),
            Err(error) => ("failed", error.to_string(), None),
        };
        self.add(operation, outcome, what, milliseconds);
        value
    }

    /// A step that cannot be taken here.
    pub(super) fn skip(&mut self, operation: &'static str, why: &str) {
        self.add(operation, "skipped", why.to_owned(), 0);
    }

    fn add(
        &mut self,
        operation: &'static str,
        outcome: &'static str,
        what: String,
        milliseconds: u64,
    ) {
        let mark = match outcome {
            "ok" => self.output.verdict("ok     ", true),
            "failed" => self.output.verdict("FAILED ", false),
            _ => "skipped".to_owned(),
        };
        self.output
            .note(&format!("  {mark} {operation:<20} {what}"));
        if let Some(part) = self.parts.last_mut() {
            part.steps.push(Step {
                operation,
                outcome,
                what,
                milliseconds,
            });
        }
    }

    /// The sum. Whether nothing failed.
    pub(super) fn end(mut self) -> bool {
        self.parts.iter_mut().for_each(Part::judge);
        self.output.show(&self.parts, || {
            let rows = self.parts.iter().map(|part| {
                let result = match part.result {
                    "ok" => self.output.verdict("ok", true),
                    "failed" => self.output.verdict("failed", false),
                    other => other.to_owned(),
                };
                let milliseconds: u64 = part.steps.iter().map(|step| step.milliseconds).sum();
                [
                    part.category.to_owned(),
                    part.handle.to_owned(),
                    part.provider.clone().unwrap_or_else(|| "-".to_owned()),
                    format!("{} of {}", part.count("ok"), part.steps.len()),
                    format!("{milliseconds} ms"),
                    result,
                ]
            });
            let header = ["category", "handle", "provider", "steps", "time", "result"];
            format!("\n{}", table(&header, rows))
        });
        self.parts.iter().all(|part| part.result != "failed")
    }
}
