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

/// Runs every behaviour of a suite, each with a harness of its own, and reports. Behaviours that
/// count requests are run last, one by one, so that harnesses may share a count.
pub async fn run<H, M, F>(suite: &Suite<H>, provider: &str, make: M, options: &Options) -> Report
where
    H: Send + 'static,
    M: Fn() -> F,
    F: Future<Output = H>,
{
    let numbered = suite.behaviours.iter().enumerate();
    let (alone, beside): (Vec<_>, Vec<_>) =
        numbered.partition(|(_, behaviour)| behaviour.needs.iter().any(|need| need.alone));
    let make = &make;
    let mut rows: Vec<(usize, Row)> = stream::iter(beside)
        .map(|(number, behaviour)| async move {
            (number, run_behaviour(behaviour, make, options).await)
        })
        .buffered(options.concurrency.max(1))
        .collect()
        .await;
    for (number, behaviour) in alone {
        rows.push((number, run_behaviour(behaviour, make, options).await));
    }
    rows.sort_by_key(|(number, _)| *number);
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    Report::new(suite.category.clone(), provider.to_owned(), rows)
}

/// Which capabilities and hooks may be missing from the provider and harness of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent<'a> {
    /// Any: what needs them is skipped.
    Any,
    /// These and no others, by the names of their [needs](crate::Need).
    Only(&'a [&'a str]),
}

impl Absent<'_> {
    /// Checks a behaviour's needs against what is said to be missing.
    ///
    /// # Panics
    /// When something else is missing, or something named is there.
    fn check<H>(self, behaviour: &Behaviour<H>, harness: &H) {
        let Self::Only(absent) = self else {
            return;
        };
        for need in behaviour.needs {
            let named = absent.contains(&need.name);
            match need.is_met(harness) {
                false => assert!(
                    named,
                    "`{}` is missing, so that this is skipped; if that is right, name it after \
                     `without`",
                    need.name
                ),
                true => assert!(!named, "`{}` is there; take it from `without`", need.name),
            }
        }
    }
}

/// Runs one behaviour as a test: panics when it does not hold. The test macros call it. `make`
/// gives a harness, or `None` where none can be had: then nothing is run.
///
/// # Panics
/// When the behaviour does not hold, the suite has none of that name, or `except` and `absent` name
/// what the suite does not know or what is otherwise.
#[allow(clippy::print_stderr)] // A skipped behaviour must be seen in the test's output.
pub async fn run_one<H, M, F>(
    suite: &Suite<H>,
    name: &str,
    except: &[(&str, &str)],
    absent: Absent<'_>,
    make: M,
) where
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
    if let Absent::Only(names) = absent {
        for name in names {
            let mut needs = suite.behaviours.iter().flat_map(|one| one.needs);
            assert!(
                needs.any(|need| need.name == *name),
                "no behaviour of the suite needs `{name}`"
            );
        }
    }
    let Some(behaviour) = suite.get(name) else {
        panic!("the suite has no behaviour {name}")
    };
    // A harness that cannot be had (a server that is not running) skips; whoever makes it says so.
    let Some(harness) = make().await.into() else {
        return;
    };
    if let Some((_, why)) = except.iter().find(|(except, _)| *except == name) {
        eprintln!("skipped {name}: {why}");
        return;
    }
    absent.check(behaviour, &harness);
    match judge(behaviour, harness, Options::default().timeout).await {
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

async fn judge<H: Send + 'static>(
    behaviour: &Behaviour<H>,
    harness: H,
    timeout: Duration,
) -> Outcome {
    if let Some(need) = behaviour.needs.iter().find(|need| !need.is_met(&harness)) {
        return Outcome::Skipped(need.missing());
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use integrations_core::Category;

    use super::*;
    use crate::Need;

    /// A suite of one behaviour, over a harness that says whether the store has tags.
    fn suite() -> Suite<bool> {
        let tagged = Behaviour {
            name: "tagged",
            summary: "Tags are kept.",
            needs: const { &[Need::new("tags", |has| *has)] },
            run: |_| Box::pin(async { Ok(()) }),
        };
        Suite::__new(Category::STORAGE, vec![tagged])
    }

    async fn run(has: bool, absent: Absent<'_>) {
        run_one(&suite(), "tagged", &[], absent, || async move { has }).await;
    }

    #[tokio::test]
    async fn what_is_missing_is_skipped() {
        run(false, Absent::Any).await;
        run(false, Absent::Only(&["tags"])).await;
        run(true, Absent::Only(&[])).await;
    }

    #[tokio::test]
    #[should_panic(expected = "`tags` is missing")]
    async fn what_is_missing_and_not_named_fails() {
        run(false, Absent::Only(&[])).await;
    }

    #[tokio::test]
    #[should_panic(expected = "`tags` is there")]
    async fn what_is_named_and_not_missing_fails() {
        run(true, Absent::Only(&["tags"])).await;
    }

    #[tokio::test]
    #[should_panic(expected = "no behaviour of the suite needs `tag`")]
    async fn a_name_that_nothing_needs_fails() {
        run(true, Absent::Only(&["tag"])).await;
    }

    /// How many behaviours are under way, and the most that there were at a time.
    #[derive(Clone, Default)]
    struct Busy(Arc<[AtomicUsize; 2]>);

    impl Busy {
        async fn work(self) -> crate::Verdict {
            let [now, most] = &*self.0;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }

        fn take_most(&self) -> usize {
            self.0[1].swap(0, Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn what_counts_runs_while_nothing_else_does() {
        const COUNTS: &[Need<Busy>] = &[Need::new("the hook `requests`", |_| true).alone()];
        let behaviour = |name, needs| Behaviour {
            name,
            summary: "It works.",
            needs,
            run: |busy: Busy| Box::pin(busy.work()),
        };
        let busy = Busy::default();
        let make = || {
            let busy = busy.clone();
            async move { busy }
        };
        let options = Options::default();
        let beside = vec![
            behaviour("a", &[]),
            behaviour("b", &[]),
            behaviour("c", &[]),
        ];
        let report = super::run(
            &Suite::__new(Category::STORAGE, beside),
            "busy",
            make,
            &options,
        )
        .await;
        assert_eq!((report.passed, busy.take_most()), (3, 3));
        let mixed = vec![
            behaviour("a", COUNTS),
            behaviour("b", &[]),
            behaviour("c", COUNTS),
        ];
        let suite = Suite::__new(Category::STORAGE, mixed);
        let report = super::run(&suite, "busy", make, &options).await;
        assert_eq!((report.passed, busy.take_most()), (3, 1));
        // The report keeps the order of the suite.
        let names: Vec<_> = report.behaviours.iter().map(|row| row.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn an_exception_is_not_run() {
        let except = [("tagged", "for a reason")];
        run_one(
            &suite(),
            "tagged",
            &except,
            Absent::Only(&["tags"]),
            || async { true },
        )
        .await;
    }
}
