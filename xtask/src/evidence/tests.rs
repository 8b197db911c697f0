//! Sources as text, and what is made of them.

use std::path::PathBuf;

use super::behaviours::Behaviour;
use super::found::{self, Found};
use super::judge::{Behaviours, judge};
use super::marker::Leg;
use super::operations::{self, Category, Operation};
use super::page;
use super::providers::{self, Provider};
use super::tree::{Crate, File};

fn file(path: &str, text: &str, test: bool) -> File {
    File {
        path: PathBuf::from(path),
        text: text.to_owned(),
        items: syn::parse_file(text).unwrap().items,
        test,
    }
}

/// A crate of a source and an integration test.
fn krate(source: &str, test: &str) -> Crate {
    Crate {
        name: "acme".to_owned(),
        sources: vec![file("src/storage/mod.rs", source, false)],
        tests: vec![file("tests/it/main.rs", test, true)],
    }
}

/// A category with two operations of its own and one of a group.
fn categories() -> Vec<Category> {
    let core = "
        pub trait StorageProvider: Integration {
            fn capabilities(&self) -> &StorageCapabilities;
            async fn put(&self, key: &Key) -> Result<()>;
            async fn get(&self, key: &Key) -> Result<Bytes> { todo!() }
            fn tags(&self) -> Option<&dyn TagProvider> { None }
        }
        pub trait TagProvider: Send + Sync {
            async fn set(&self, key: &Key) -> Result<()>;
        }";
    operations::read(&krate(core, "")).unwrap()
}

const ACME: &str = r#"
    const NAME: &str = "acme_storage";
    pub fn factories() -> Vec<Factory> {
        vec![
            Factory::new(NAME, Category::STORAGE, "Acme.", FIELDS, build),
            Factory::new("acme_sms", Category::custom("sms"), "Acme.", FIELDS, build),
        ]
    }
    impl StorageProvider for Acme {
        fn capabilities(&self) -> &StorageCapabilities { &self.0 }
        async fn put(&self, key: &Key) -> Result<()> { Ok(()) }
    }
    impl TagProvider for Acme {
        async fn set(&self, key: &Key) -> Result<()> { Ok(()) }
    }
    #[cfg(test)]
    mod tests {
        fn another() { Factory::new("fake", Category::STORAGE, "", FIELDS, build); }
        impl StorageProvider for Fake {}
    }
"#;

fn names(operations: &[Operation]) -> Vec<&str> {
    operations.iter().map(|one| one.name.as_str()).collect()
}

fn acme() -> Vec<Provider> {
    providers::read(&krate(ACME, ""), &categories()).unwrap()
}

fn behaviours() -> Behaviours {
    let one = |name: &str, needs: &[&str], operations: &[&str]| Behaviour {
        name: name.to_owned(),
        needs: needs.iter().map(|one| (*one).to_owned()).collect(),
        operations: operations.iter().map(|one| (*one).to_owned()).collect(),
    };
    let storage = vec![
        one("keeps", &[], &["put"]),
        one("creates", &["create"], &["put"]),
        one("tags", &["tags"], &["put", "tags.set"]),
    ];
    [("storage".to_owned(), storage)].into()
}

/// What a test's source is evidence of.
fn read(test: &str) -> Found {
    found::read(&krate("", test), |file| file.path.display().to_string())
}

/// The problems of a test's source, with nothing else wrong.
fn problems(test: &str) -> Vec<String> {
    const SOUND: &str = "
        /// evidence: acme_storage: put, tags.set: live: Acme
        #[test]
        fn sound() {}
    ";
    let found = [read(SOUND), read(test)];
    let providers = acme();
    let judged = judge(&categories(), &providers, &behaviours(), &found);
    judged.err().unwrap_or_default()
}

fn the_problem(test: &str) -> String {
    let problems = problems(test);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

#[test]
fn operations_are_the_methods_that_can_fail() {
    let categories = categories();
    assert_eq!(names(&categories[0].operations), ["put", "get", "tags.set"]);
    assert_eq!(categories[0].name, "storage");
}

#[test]
fn a_provider_is_its_factory_and_what_it_implements() {
    let providers = acme();
    assert_eq!(providers.len(), 1, "{providers:?}");
    assert_eq!(providers[0].name, "acme_storage");
    assert_eq!(names(&providers[0].operations), ["put", "tags.set"]);
}

#[test]
fn a_factory_without_a_provider_is_refused() {
    let source = r#"fn f() { Factory::new("x", Category::STORAGE, "", FIELDS, build); }"#;
    let error = providers::read(&krate(source, ""), &categories()).unwrap_err();
    assert!(error.contains("0 implement StorageProvider"), "{error}");
    let source = r#"fn f() { Factory::new("x", Category::MAIL, "", FIELDS, build); }"#;
    let error = providers::read(&krate(source, ""), &categories()).unwrap_err();
    assert!(error.contains("category mail that the core"), "{error}");
}

#[test]
fn a_marked_test_is_evidence() {
    let found = read(
        "
        /// What it shows.
        ///
        /// evidence: acme_storage: put: published vector: RFC 1
        /// evidence: acme_storage: put: vendor specification: Acme: limits
        #[tokio::test]
        async fn shows() {}
        ",
    );
    assert_eq!(found.problems, [] as [&str; 0]);
    let legs: Vec<_> = found.tests.iter().map(|test| test.leg).collect();
    assert_eq!(legs, [Leg::Vector, Leg::Specification]);
    assert_eq!(found.tests[0].name, "shows");
}

#[test]
fn a_suite_is_evidence_for_what_it_runs() {
    let found = [read(
        r#"
        const WHY: &str = "the server is odd";
        pub const ODD: &[(&str, &str)] = &[("creates", WHY)];
        /// evidence: acme_storage: suite: independent server: acmed
        mod acmed {
            integrations_conformance::storage_tests!(
                async { super::harness() },
                except crate::ODD,
                without &["tags"],
            );
        }
        /// evidence: acme_storage: tags.set: vendor SDK: acme.py
        #[test]
        fn other() {}
        "#,
    )];
    assert_eq!(found[0].problems, [] as [&str; 0]);
    let (providers, behaviours) = (acme(), behaviours());
    let judged = judge(&categories(), &providers, &behaviours, &found).unwrap();
    let rows = &judged[0].operations;
    assert_eq!(rows[0].legs[&Leg::Server], ["acmed (1)"]);
    assert!(
        !rows[1].legs.contains_key(&Leg::Server),
        "it is without tags"
    );
    let page = page::render(&judged, &behaviours);
    for line in [
        "**No live account of any vendor was ever reached.**",
        "| `put` | independent server: acmed (1) |",
        "| `tags.set` | vendor SDK: acme.py |",
        "| `creates` | `put` | acmed | the server is odd |",
        "`tags` (tags)",
        "`other` in [tests/it/main.rs](../tests/it/main.rs)",
    ] {
        assert!(page.contains(line), "{line} is not on the page:\n{page}");
    }
}

#[test]
fn a_complete_suite_runs_everything() {
    let found = [read(
        "
        /// evidence: acme_storage: suite: own reference: memory
        mod memory {
            integrations_conformance::storage_tests!(async { super::harness() }, complete);
        }
        ",
    )];
    let (providers, behaviours) = (acme(), behaviours());
    let judged = judge(&categories(), &providers, &behaviours, &found).unwrap();
    let page = page::render(&judged, &behaviours);
    let line = "| `put` | own reference only: memory (3) |";
    assert!(page.contains(line), "{page}");
}

#[test]
fn an_operation_that_stands_on_nothing_is_a_problem() {
    let providers = acme();
    let judged = judge(&categories(), &providers, &behaviours(), &[]);
    let problems = judged.err().unwrap();
    assert!(
        problems[0].contains("acme_storage: put stands on nothing"),
        "{problems:?}"
    );
    assert!(
        problems[1].contains("tags.set stands on nothing"),
        "{problems:?}"
    );
}

#[test]
fn a_marker_for_what_does_not_exist_is_a_problem() {
    let marked =
        |marker: &str| the_problem(&format!("/// evidence: {marker}\n#[test]\nfn t() {{}}"));
    for (marker, problem) in [
        ("nobody: put: live: x", "there is no provider \"nobody\""),
        (
            "acme_storage: push: live: x",
            "the category storage has no operation \"push\"",
        ),
        (
            "acme_storage: get: live: x",
            "acme_storage does not implement get",
        ),
        ("acme_storage: suite: live: x", "`suite` is for a module"),
        ("acme_storage: put: rumour: x", "there is no leg \"rumour\""),
        ("acme_storage: put", "has no leg"),
    ] {
        let found = marked(marker);
        assert!(found.contains(problem), "{found}");
        assert!(found.contains("tests/it/main.rs"), "{found}");
    }
}

#[test]
fn a_marker_that_outlived_its_test_is_a_problem() {
    for (test, problem) in [
        (
            "/// evidence: acme_storage: put: live: x\nfn f() {}",
            "a function that is no test",
        ),
        (
            "/// evidence: acme_storage: put: live: x\n#[test]\n#[ignore]\nfn f() {}",
            "not run is no evidence",
        ),
        (
            "/// evidence: acme_storage: suite: live: x\nmod memory {}",
            "without exactly one suite's tests",
        ),
        (
            "// evidence: acme_storage: put: live: x\n",
            "tests/it/main.rs:1: the marker is on no test",
        ),
        (
            "\n//! evidence: acme_storage: put: live: x\n",
            "main.rs:2: the marker is on no test",
        ),
        (
            "/// evidence: acme_storage: put: live: x\nstruct S;",
            "on no test and no module",
        ),
    ] {
        let found = the_problem(test);
        assert!(found.contains(problem), "{found}");
    }
}

#[test]
fn a_suite_says_what_is_missing_and_names_only_what_there_is() {
    let suite = |category: &str, arguments: &str| {
        the_problem(&format!(
            "/// evidence: acme_storage: suite: own reference: memory\n\
             mod memory {{ integrations_conformance::{category}_tests!(make(){arguments}); }}"
        ))
    };
    for (category, arguments, problem) in [
        ("storage", "", "says with `without` what is missing"),
        (
            "storage",
            ", except &[]",
            "says with `without` what is missing",
        ),
        (
            "storage",
            ", except NOWHERE, without &[]",
            "NOWHERE is no constant",
        ),
        (
            "storage",
            ", except &[\"x\"], without &[]",
            "a pair of a behaviour and a reason",
        ),
        (
            "storage",
            ", except &[(\"x\", \"y\")], without &[]",
            "has no behaviour x",
        ),
        (
            "storage",
            ", except &[], without &[\"x\"]",
            "no behaviour of the suite needs `x`",
        ),
        (
            "email",
            ", except &[], without &[]",
            "is of the category storage",
        ),
        ("storage", ", beside &[]", "expected `except`"),
    ] {
        let found = suite(category, arguments);
        assert!(found.contains(problem), "{found}");
    }
}
