//! Running a suite.

use std::future::Future;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};

use crate::{Behaviour, Outcome, Report, Row, Suite};

/// How to run a suite.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// How many behaviours run beside each other.
    pub concurrency: usize,
    /// How long one behaviour may take.
    pub timeout: Duration,
    /// Behaviours that are skipped, each with the reason why it cannot hold here.
    pub except: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: 8,
            timeout: Duration::from_secs(60),
            except: Vec::new(),
        }
    }
}

impl Options {
    /// Skips a behaviour, for a reason that the report repeats.
    #[must_use]
    pub fn except(mut self, name: impl Into<String>, reason: impl Into<String>) -> Self {
        self.except.push((name.into(), reason.into()));
        self
    }
}

/// Runs every behaviour of a suite, each with a harness of its own, and reports.
pub async fn run<H, M, F>(suite: &Suite<H>, provider: &str, make: M, options: &Options) -> Report
where
    H: Send + 'static,
    M: Fn() -> F,
    F: Future<Output = H>,
{
    let rows = stream::iter(&suite.behaviours)
        .map(|behaviour| run_behaviour(behaviour, &make, options))
        .buffered(options.concurrency.max(1))
        .collect()
        .await;
    Report::new(suite.category.clone(), provider.to_owned(), rows)
}

/// Runs one behaviour as a test: panics when it does not hold. The test macros call it. `make`
/// gives a harness, or `None` where none can be had: then nothing is run.
///
/// # Panics
/// When the behaviour does not hold, or the suite has none of that name.
#[allow(clippy::print_stderr)] // A skipped behaviour must be seen in the test's output.
pub async fn run_one<H, M, F>(suite: &Suite<H>, name: &str, except: &[(&str, &str)], make: M)
where
    H: Send + 'static,
    M: Fn() -> F,
    F: Future,
    F::Output: Into<Option<H>>,
{
    for (except, _) in except {
        assert!(
            suite.get(except).is_some(),
            "the suite has no behaviour {except}"
        );
    }
    let Some(behaviour) = suite.get(name) else {
        panic!("the suite has no behaviour {name}")
    };
    // A harness that cannot be had (a server that is not running) skips; whoever makes it says so.
    let Some(harness) = make().await.into() else {
        return;
    };
    let options = Options {
        except: except
            .iter()
            .map(|(n, r)| ((*n).to_owned(), (*r).to_owned()))
            .collect(),
        ..Options::default()
    };
    match outcome(behaviour, harness, &options).await {
        Outcome::Passed => {}
        Outcome::Skipped(why) => eprintln!("skipped {name}: {why}"),
        Outcome::Failed(why) => panic!("{}\n{why}", behaviour.summary),
    }
}

async fn run_behaviour<H, M, F>(behaviour: &Behaviour<H>, make: &M, options: &Options) -> Row
where
    H: Send + 'static,
    M: Fn() -> F,
    F: Future<Output = H>,
{
    let started = Instant::now();
    let outcome = match options
        .except
        .iter()
        .find(|(name, _)| name == behaviour.name)
    {
        Some((_, reason)) => Outcome::Skipped(reason.clone()),
        None => judge(behaviour, make().await, options.timeout).await,
    };
    Row {
        name: behaviour.name,
        summary: behaviour.summary,
        outcome,
        took: started.elapsed(),
    }
}

async fn outcome<H: Send + 'static>(
    behaviour: &Behaviour<H>,
    harness: H,
    options: &Options,
) -> Outcome {
    match options
        .except
        .iter()
        .find(|(name, _)| name == behaviour.name)
    {
        Some((_, reason)) => Outcome::Skipped(reason.clone()),
        None => judge(behaviour, harness, options.timeout).await,
    }
}

async fn judge<H: Send + 'static>(
    behaviour: &Behaviour<H>,
    harness: H,
    timeout: Duration,
) -> Outcome {
    if let Some(need) = behaviour.needs.iter().find(|need| !need.is_met(&harness)) {
        return Outcome::Skipped(format!("the provider does not declare `{}`", need.name));
    }
    // A task of its own, so that a provider that panics fails one behaviour and not the run.
    let mut task = tokio::spawn((behaviour.run)(harness));
    match tokio::time::timeout(timeout, &mut task).await {
        Ok(Ok(Ok(()))) => Outcome::Passed,
        Ok(Ok(Err(failure))) => Outcome::Failed(failure.to_string()),
        Ok(Err(panic)) => Outcome::Failed(format!("it panicked: {panic}")),
        Err(_) => {
            task.abort();
            Outcome::Failed(format!("it did not end within {timeout:?}"))
        }
    }
}
