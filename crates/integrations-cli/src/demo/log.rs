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
    steps: Vec<Step>,
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
    pub(super) fn end(self) -> bool {
        let count = |part: &Part, outcome: &str| {
            part.steps
                .iter()
                .filter(|step| step.outcome == outcome)
                .count()
        };
        let good = self.parts.iter().all(|part| count(part, "failed") == 0);
        self.output.show(&self.parts, || {
            let rows = self.parts.iter().map(|part| {
                let failed = count(part, "failed");
                let result = match (part.provider.is_some(), failed) {
                    (false, _) => "not configured".to_owned(),
                    (true, 0) => self.output.verdict("ok", true),
                    (true, _) => self.output.verdict("failed", false),
                };
                let milliseconds: u64 = part.steps.iter().map(|step| step.milliseconds).sum();
                [
                    part.category.to_owned(),
                    part.handle.to_owned(),
                    part.provider.clone().unwrap_or_else(|| "-".to_owned()),
                    format!("{} of {}", count(part, "ok"), part.steps.len()),
                    format!("{milliseconds} ms"),
                    result,
                ]
            });
            let header = ["category", "handle", "provider", "steps", "time", "result"];
            format!("\n{}", table(&header, rows))
        });
        good
    }
}
