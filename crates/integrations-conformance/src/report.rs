//! What a run of a suite says: for people and for machines.

use std::fmt;
use std::time::Duration;

use integrations_core::Category;
use serde::Serialize;

/// What became of one behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "why", rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold, and what was seen.
    Failed(String),
    /// It says nothing of this provider, and why.
    Skipped(String),
}

/// One behaviour in a report.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The behaviour's name.
    pub name: &'static str,
    /// What must be true.
    #[serde(skip)]
    pub summary: &'static str,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How long it took.
    #[serde(skip)]
    pub took: Duration,
}

/// The outcome of a suite for one provider. `Display` prints the scorecard; it serialises as one
/// object with the counts and the behaviours.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The category.
    pub category: Category,
    /// The provider's name.
    pub provider: String,
    /// How many behaviours hold.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
    /// How many say nothing of this provider.
    pub skipped: usize,
    /// Every behaviour, in the suite's order.
    pub behaviours: Vec<Row>,
}

impl Report {
    pub(crate) fn new(category: Category, provider: String, behaviours: Vec<Row>) -> Self {
        let count =
            |is: fn(&Outcome) -> bool| behaviours.iter().filter(|row| is(&row.outcome)).count();
        Self {
            category,
            provider,
            passed: count(|outcome| matches!(outcome, Outcome::Passed)),
            failed: count(|outcome| matches!(outcome, Outcome::Failed(_))),
            skipped: count(|outcome| matches!(outcome, Outcome::Skipped(_))),
            behaviours,
        }
    }

    /// Whether no behaviour failed.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.failed == 0
    }

    /// The names of the behaviours that failed.
    pub fn failures(&self) -> impl Iterator<Item = &'static str> {
        self.behaviours
            .iter()
            .filter(|row| matches!(row.outcome, Outcome::Failed(_)))
            .map(|row| row.name)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} conformance of {}", self.category, self.provider)?;
        for row in &self.behaviours {
            match &row.outcome {
                Outcome::Passed => writeln!(f, "  pass  {}", row.name)?,
                Outcome::Skipped(why) => writeln!(f, "  skip  {}: {why}", row.name)?,
                Outcome::Failed(why) => {
                    writeln!(
                        f,
                        "  FAIL  {}\n        {}\n        {why}",
                        row.name, row.summary
                    )?;
                }
            }
        }
        write!(
            f,
            "  {} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}
