//! The page of evidence.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::behaviours::Behaviour;
use super::judge::{Behaviours, Judged, Row, lacks};
use super::marker::Leg;

const HEAD: &str = "\
# Evidence

<!-- Made by `cargo xtask evidence` from the tests: do not edit. -->

";

const NO_LIVE: &str = "\
**No live account of any vendor was ever reached.** This page says what each operation of each
provider stands on instead.
";

const SOME_LIVE: &str = "\
This page says what each operation of each provider stands on. Live accounts were reached by the
tests of the leg *live* below, and by nothing else.
";

const READING: &str = "
It is made from the tests themselves: from the markers on them (`evidence: …`), from the exceptions
that a suite's tests are given, and from a record of which operations each behaviour of the suites
exercises. Operations are the methods of the category's trait and its groups that a provider
implements. A number in brackets counts the behaviours of the category's suite that exercise the
operation there.

";

/// The whole page. It ends with a line feed.
pub(super) fn render(judged: &[Judged<'_>], behaviours: &Behaviours) -> String {
    let live = judged.iter().any(|one| {
        let mut rows = one.operations.iter();
        rows.any(|row| row.legs.contains_key(&Leg::Live))
    });
    let mut page = HEAD.to_owned();
    page.push_str(if live { SOME_LIVE } else { NO_LIVE });
    page.push_str(READING);
    page.push_str("| leg | what it says |\n|---|---|\n");
    for leg in Leg::ALL {
        line(
            &mut page,
            &format!("| {} | {} |", leg.name(), leg.meaning()),
        );
    }
    overview(&mut page, judged);
    for one in judged {
        provider(&mut page, one, behaviours);
    }
    page
}

/// How many operations of each provider have each leg.
fn overview(page: &mut String, judged: &[Judged<'_>]) {
    page.push_str("\n## In short\n\nHow many operations of each provider stand on each leg.\n\n");
    let mut head = "| provider | category | operations |".to_owned();
    let mut rule = "|---|---|---:|".to_owned();
    for leg in Leg::ALL {
        let name = match leg {
            Leg::OwnReference => "own reference only",
            other => other.name(),
        };
        let _ = write!(head, " {name} |");
        rule.push_str("---:|");
    }
    line(page, &head);
    line(page, &rule);
    for one in judged {
        let name = &one.provider.name;
        let mut row = format!(
            "| [`{name}`](#{name}) | {} | {} |",
            one.provider.category,
            one.operations.len()
        );
        for leg in Leg::ALL {
            let count = one
                .operations
                .iter()
                .filter(|row| match leg {
                    Leg::OwnReference => is_own_only(row),
                    other => row.legs.contains_key(&other),
                })
                .count();
            let shown = if count == 0 {
                "–".to_owned()
            } else {
                count.to_string()
            };
            let _ = write!(row, " {shown} |");
        }
        line(page, &row);
    }
}

fn is_own_only(row: &Row) -> bool {
    row.legs.keys().all(|leg| *leg == Leg::OwnReference)
}

fn provider(page: &mut String, one: &Judged<'_>, behaviours: &Behaviours) {
    let _ = writeln!(page, "\n## {}\n", one.provider.name);
    page.push_str("| operation | stands on |\n|---|---|\n");
    for row in &one.operations {
        let legs = Leg::ALL.into_iter().filter_map(|leg| {
            let sources = cell(&row.legs.get(&leg)?.join(" and "));
            let only = if is_own_only(row) { " only" } else { "" };
            Some(format!("{}{only}: {sources}", leg.name()))
        });
        let legs: Vec<String> = legs.collect();
        line(page, &format!("| `{}` | {} |", row.name, legs.join("; ")));
    }
    if !one.tests.is_empty() {
        page.push_str("\nTests beside the suite:\n\n");
    }
    for test in &one.tests {
        let operations = code(&test.operations);
        let _ = writeln!(
            page,
            "- {operations}: {} ({}), `{}` in [{place}](../{place})",
            test.leg.name(),
            test.source,
            test.name,
            place = test.place
        );
    }
    let known = behaviours.get(&one.provider.category);
    let known = known.map(Vec::as_slice).unwrap_or_default();
    exceptions(page, one, &|name| {
        let behaviour = known.iter().find(|one| one.name == name);
        behaviour.map_or_else(String::new, |one| code(&one.operations))
    });
    missing(page, one, known);
}

/// What is not run for what is not declared or cannot be done.
fn missing(page: &mut String, one: &Judged<'_>, known: &[Behaviour]) {
    let mut lists: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for suite in &one.suites {
        let skipped: Vec<String> = known
            .iter()
            .filter_map(|one| Some(format!("`{}` ({})", one.name, lacks(suite, one)?)))
            .collect();
        match lists.iter_mut().find(|(list, _)| *list == skipped) {
            Some((_, sources)) => sources.push(&suite.source),
            None => lists.push((skipped, vec![&suite.source])),
        }
    }
    for (skipped, sources) in lists.iter().filter(|(list, _)| !list.is_empty()) {
        let _ = writeln!(
            page,
            "\nNot run on {}, for what is not declared or cannot be done there: {}.",
            sources.join(" and "),
            skipped.join(", ")
        );
    }
}

/// What is not run on a server for the server's own reason.
fn exceptions(page: &mut String, one: &Judged<'_>, operations: &dyn Fn(&str) -> String) {
    let mut rows: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for suite in &one.suites {
        for (behaviour, reason) in &suite.except {
            let key = (behaviour.as_str(), reason.as_str());
            rows.entry(key).or_default().push(&suite.source);
        }
    }
    if rows.is_empty() {
        return;
    }
    page.push_str("\nBehaviours that a server fails for a reason of its own, not run there:\n\n");
    page.push_str("| behaviour | operations | not run on | why |\n|---|---|---|---|\n");
    for ((behaviour, reason), sources) in rows {
        let row = format!(
            "| `{behaviour}` | {} | {} | {} |",
            operations(behaviour),
            cell(&sources.join(" and ")),
            cell(reason)
        );
        line(page, &row);
    }
}

fn code(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}
