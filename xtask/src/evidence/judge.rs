//! What each operation of each provider stands on, and what is wrong with what is said of it.

use std::collections::{BTreeMap, BTreeSet};

use super::behaviours::Behaviour;
use super::found::{Found, Suite, Test};
use super::marker::Leg;
use super::operations::Category;
use super::providers::Provider;

/// The behaviours by category.
pub(super) type Behaviours = BTreeMap<String, Vec<Behaviour>>;

/// A provider and what it stands on.
pub(super) struct Judged<'a> {
    pub(super) provider: &'a Provider,
    pub(super) suites: Vec<&'a Suite>,
    pub(super) tests: Vec<&'a Test>,
    /// The operations in the order of the traits.
    pub(super) operations: Vec<Row>,
}

/// An operation, and its legs with their sources.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) legs: BTreeMap<Leg, Vec<String>>,
}

/// Brings everything together, or says all that is wrong.
pub(super) fn judge<'a>(
    categories: &[Category],
    providers: &'a [Provider],
    behaviours: &Behaviours,
    found: &'a [Found],
) -> Result<Vec<Judged<'a>>, Vec<String>> {
    let mut problems: Vec<String> = found.iter().flat_map(|one| one.problems.clone()).collect();
    for suite in found.iter().flat_map(|one| &one.suites) {
        problems.extend(check_suite(suite, providers, behaviours));
    }
    for test in found.iter().flat_map(|one| &one.tests) {
        problems.extend(check_test(test, categories, providers));
    }
    let mut judged = Vec::new();
    for provider in providers {
        let suites = found.iter().flat_map(|one| &one.suites);
        let tests = found.iter().flat_map(|one| &one.tests);
        let mut one = Judged {
            provider,
            suites: suites.filter(|one| one.provider == provider.name).collect(),
            tests: tests.filter(|one| one.provider == provider.name).collect(),
            operations: Vec::new(),
        };
        let known = behaviours.get(&provider.category);
        let known = known.map(Vec::as_slice).unwrap_or_default();
        for operation in &provider.operations {
            let legs = legs(&operation.name, &one, known);
            if legs.is_empty() {
                problems.push(format!(
                    "{}: {} stands on nothing: no behaviour that is run exercises it, and no test \
                     has a marker for it",
                    provider.name, operation.name
                ));
            }
            one.operations.push(Row {
                name: operation.name.clone(),
                legs,
            });
        }
        judged.push(one);
    }
    if problems.is_empty() {
        Ok(judged)
    } else {
        Err(problems)
    }
}

fn legs(operation: &str, of: &Judged<'_>, known: &[Behaviour]) -> BTreeMap<Leg, Vec<String>> {
    let mut legs: BTreeMap<Leg, Vec<String>> = BTreeMap::new();
    for suite in &of.suites {
        let count = run(suite, known)
            .filter(|one| one.operations.iter().any(|name| name == operation))
            .count();
        if count > 0 {
            let source = format!("{} ({count})", suite.source);
            legs.entry(suite.leg).or_default().push(source);
        }
    }
    for test in &of.tests {
        if test.operations.iter().any(|name| name == operation) {
            let sources = legs.entry(test.leg).or_default();
            if !sources.contains(&test.source) {
                sources.push(test.source.clone());
            }
        }
    }
    legs
}

/// The behaviours that a suite runs.
fn run<'a>(suite: &'a Suite, known: &'a [Behaviour]) -> impl Iterator<Item = &'a Behaviour> {
    known.iter().filter(|behaviour| {
        let excepted = suite.except.iter().any(|(name, _)| *name == behaviour.name);
        !excepted && lacks(suite, behaviour).is_none()
    })
}

/// What a behaviour needs and is missing.
pub(super) fn lacks<'a>(suite: &Suite, behaviour: &'a Behaviour) -> Option<&'a str> {
    let mut needs = behaviour.needs.iter();
    let lacks = needs.find(|need| suite.without.contains(need));
    lacks.map(String::as_str)
}

fn check_suite(suite: &Suite, providers: &[Provider], behaviours: &Behaviours) -> Vec<String> {
    let at = |what: String| format!("{}: {what}", suite.place);
    let Some(provider) = providers.iter().find(|one| one.name == suite.provider) else {
        return vec![at(format!("there is no provider {:?}", suite.provider))];
    };
    if provider.category != suite.category {
        return vec![at(format!(
            "{} is of the category {}, and the suite is that of {}",
            provider.name, provider.category, suite.category
        ))];
    }
    let known = behaviours.get(&suite.category);
    let known = known.map(Vec::as_slice).unwrap_or_default();
    let mut problems = Vec::new();
    for (name, _) in &suite.except {
        if known.iter().all(|one| one.name != *name) {
            problems.push(at(format!("the suite has no behaviour {name}")));
        }
    }
    let needs: BTreeSet<&String> = known.iter().flat_map(|one| &one.needs).collect();
    for name in suite.without.iter().filter(|name| !needs.contains(name)) {
        problems.push(at(format!("no behaviour of the suite needs `{name}`")));
    }
    problems
}

fn check_test(test: &Test, categories: &[Category], providers: &[Provider]) -> Vec<String> {
    let at = |what: String| format!("{}: {}: {what}", test.place, test.name);
    let Some(provider) = providers.iter().find(|one| one.name == test.provider) else {
        return vec![at(format!("there is no provider {:?}", test.provider))];
    };
    let category = categories.iter().find(|one| one.name == provider.category);
    let known = category.map_or(&[][..], |category| &category.operations);
    let mut problems = Vec::new();
    for name in &test.operations {
        if provider.operations.iter().any(|one| one.name == *name) {
            continue;
        }
        problems.push(if known.iter().any(|one| one.name == *name) {
            at(format!("{} does not implement {name}", provider.name))
        } else {
            at(format!(
                "the category {} has no operation {name:?}",
                provider.category
            ))
        });
    }
    problems
}
