//! Behaviour suites, one per category, that any provider can be run against.
//!
//! A suite is a list of named [behaviours](Behaviour). Each says in one sentence what must be
//! true and which [capabilities](Need) it needs; a provider that does not declare them skips it.
//! The suites are written from the vendors' documentation and from other projects' suites, not
//! from the providers of this workspace, and they are proved themselves: for each there are faults
//! that it must catch.
//!
//! Run a suite from a test with one line per category (each behaviour becomes one test), or
//! [`run`] it and print the [scorecard](Report).
//!
//! A behaviour gets a *harness* of its own: the handle under test, and what the suite cannot do
//! through the handle, such as reading the mailbox that a message was sent to. Behaviours run
//! beside each other, also against one shared server: a harness separates what they touch. Only
//! those that count requests are run alone.

mod report;
mod requests;
mod run;

pub mod auth;
pub mod calendar;
pub mod email;
pub mod payment;
pub mod storage;
pub mod video;

use std::fmt;

use futures::future::BoxFuture;
use integrations_core::Category;

pub use report::{Outcome, Report, Row};
pub use run::{Absent, Options, run, run_one};

#[doc(hidden)]
pub use tokio as __tokio;

/// Why a behaviour does not hold.
pub struct Failure(String);

impl Failure {
    /// A failure with what was seen.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<integrations_core::Error> for Failure {
    fn from(error: integrations_core::Error) -> Self {
        Self(format!("an unexpected error: {error}"))
    }
}

/// What a behaviour answers.
pub type Verdict = Result<(), Failure>;

/// A capability of the provider, or a hook of the harness, that a behaviour needs.
pub struct Need<H: 'static> {
    /// Its name, as in the capability struct; or what it is, in words.
    pub name: &'static str,
    met: fn(&H) -> bool,
    alone: bool,
}

impl<H> Need<H> {
    /// A need with the way to tell whether a harness's provider declares it.
    pub const fn new(name: &'static str, met: fn(&H) -> bool) -> Self {
        Self {
            name,
            met,
            alone: false,
        }
    }

    /// Says that [`run`] runs what has this need while nothing else of the suite is under way: what
    /// is counted there may be shared by all.
    #[must_use]
    pub const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Whether the provider declares it, or the harness supplies it.
    pub fn is_met(&self, harness: &H) -> bool {
        (self.met)(harness)
    }

    /// Why a behaviour is skipped that has this need where it is not met.
    fn missing(&self) -> String {
        // A capability goes by its name in the struct; all else is said in words.
        match self.name.contains(' ') {
            false => format!("the provider does not declare `{}`", self.name),
            true => format!("it needs {}, which is missing here", self.name),
        }
    }
}

impl<H> fmt::Debug for Need<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// One thing that must be true of every provider of a category.
#[derive(Debug)]
#[non_exhaustive]
pub struct Behaviour<H: 'static> {
    /// A name, unique in its suite.
    pub name: &'static str,
    /// What must be true, in one sentence.
    pub summary: &'static str,
    /// The capabilities without which it says nothing.
    pub needs: &'static [Need<H>],
    run: fn(H) -> BoxFuture<'static, Verdict>,
}

/// The behaviours of a category.
#[derive(Debug)]
#[non_exhaustive]
pub struct Suite<H: 'static> {
    /// The category.
    pub category: Category,
    /// The behaviours, in the order in which they are reported.
    pub behaviours: Vec<Behaviour<H>>,
}

impl<H> Suite<H> {
    #[doc(hidden)]
    pub fn __new(category: Category, behaviours: Vec<Behaviour<H>>) -> Self {
        Self {
            category,
            behaviours,
        }
    }

    /// The behaviour with a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Behaviour<H>> {
        self.behaviours
            .iter()
            .find(|behaviour| behaviour.name == name)
    }
}

/// Fails the behaviour unless a condition holds.
#[allow(unused_macros)]
macro_rules! ensure {
    ($condition:expr, $($what:tt)+) => {
        if !$condition {
            return Err($crate::Failure::new(format!($($what)+)));
        }
    };
}

/// Fails the behaviour unless two values are equal.
macro_rules! ensure_eq {
    ($seen:expr, $expected:expr, $($what:tt)+) => {
        match (&$seen, &$expected) {
            (seen, expected) => if *seen != *expected {
                return Err($crate::Failure::new(format!(
                    "{}: saw {:?}, expected {:?}", format!($($what)+), seen, expected
                )));
            }
        }
    };
}

/// Fails the behaviour unless a result is an error of a kind; gives the error.
macro_rules! ensure_kind {
    ($result:expr, $kind:ident, $($what:tt)+) => {
        match $result {
            Err(error) if error.kind() == ::integrations_core::ErrorKind::$kind => error,
            Err(error) => return Err($crate::Failure::new(format!(
                "{}: expected {:?}, saw the error: {error}",
                format!($($what)+), ::integrations_core::ErrorKind::$kind
            ))),
            Ok(_) => return Err($crate::Failure::new(format!(
                "{}: expected {:?}, and the call succeeded",
                format!($($what)+), ::integrations_core::ErrorKind::$kind
            ))),
        }
    };
}

/// Declares a category's suite from its behaviours: the function `suite()`, and the macro that
/// makes one test of each.
///
/// ```text
/// suite! {
///     Category::STORAGE, Harness, storage_tests ($);
///     basic::puts_then_gets [] "A get gives the bytes that were put.";
///     conditions::creates_only_once [needs::PUT_CREATE] "…";
/// }
/// ```
macro_rules! suite {
    (
        $category:expr, $harness:ty, $tests:ident ($d:tt), $module:ident;
        $($file:ident :: $name:ident [$($need:expr),*] $summary:literal;)+
    ) => {
        /// The behaviours of this category.
        #[must_use]
        pub fn suite() -> $crate::Suite<$harness> {
            $crate::Suite::__new($category, vec![$($crate::Behaviour {
                name: stringify!($name),
                summary: $summary,
                needs: const { &[$($need),*] },
                run: |harness| Box::pin($file::$name(harness)),
            }),+])
        }

        /// Makes one test of every behaviour of the category. The argument is an expression that
        /// gives a future of a new harness, or of an `Option` of one where a server may not be
        /// running; it is evaluated once per test. The calling crate needs `tokio` with `macros`.
        ///
        /// Behaviours that cannot hold against a certain server are given as `except LIST`, a
        /// `&[(&str, &str)]` of names and reasons. After it `without LIST`, a `&[&str]`, names
        /// every capability and hook that is not there: then a behaviour that is skipped for the
        /// lack of another one fails, and so does one whose capability is there after all. Nothing
        /// is skipped unseen that way. `complete` says that nothing is missing at all.
        #[macro_export]
        macro_rules! $tests {
            ($d make:expr) => {
                $crate::$tests!(@ $d make, &[], $crate::Absent::Any);
            };
            ($d make:expr, complete) => {
                $crate::$tests!(@ $d make, &[], $crate::Absent::Only(&[]));
            };
            ($d make:expr, except $d except:expr) => {
                $crate::$tests!(@ $d make, $d except, $crate::Absent::Any);
            };
            ($d make:expr, except $d except:expr, without $d without:expr) => {
                $crate::$tests!(@ $d make, $d except, $crate::Absent::Only($d without));
            };
            (@ $d make:expr, $d except:expr, $d absent:expr) => {
                $(
                    #[tokio::test]
                    async fn $name() {
                        let except: &[(&str, &str)] = $d except;
                        let suite = $crate::$module::suite();
                        let name = stringify!($name);
                        $crate::run_one(&suite, name, except, $d absent, || $d make).await;
                    }
                )+
            };
        }
    };
}

#[allow(unused_imports)]
pub(crate) use {ensure, ensure_eq, ensure_kind, suite};
