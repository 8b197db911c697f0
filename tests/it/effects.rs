//! The page that says of every request of every provider whether it is sent twice is written by the
//! declarations that decide it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use integrations::operation::{OperationSpec, SafetyClass};
use integrations::registry::Factory;

const PAGE: &str = "docs/effects.md";

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap().to_owned()
}

fn page(factories: &[Factory]) -> String {
    let mut page = String::from(
        "# What is sent twice\n\n\
        For each request that a provider can send: whether the guard sends it again when its answer was\n\
        lost, and what makes that harmless. `cargo xtask effects` writes this page from the declarations\n\
        that the providers make their calls from; a test fails when it is out of date. A request that was\n\
        not sent, or was refused before it was carried out, is repeated whatever its safety. What a caller\n\
        is told in each case: [What happens when a call fails](guide/src/when-a-call-fails.md).\n\n\
        | safety | a lost answer |\n|---|---|\n\
        | read | is asked for again |\n\
        | idempotent | the request is sent again: a second one changes nothing more |\n\
        | keyed | the request is sent again with the same key: the vendor carries it out once |\n\
        | once | the call ends with `Unknown`, and says how to find out |\n",
    );
    let (remote, here): (Vec<_>, Vec<_>) = factories
        .iter()
        .partition(|factory| !factory.operations().is_empty());
    for factory in remote {
        let _ = writeln!(page, "\n## {} ({})\n", factory.name(), factory.category());
        page.push_str(
            "| operation | request | safety | why a second one is harmless |\n|---|---|---|---|\n",
        );
        for spec in factory.operations() {
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} |",
                spec.name,
                spec.request,
                spec.safety.as_str(),
                why(spec)
            );
        }
    }
    let names: Vec<_> = here.iter().map(|one| format!("`{}`", one.name())).collect();
    let _ = write!(
        page,
        "\n## In this process\n\n{} run in the process that calls them: nothing is sent, lost or\nrepeated.\n",
        names.join(", ")
    );
    page
}

fn why(spec: &OperationSpec) -> String {
    match (spec.safety, spec.read_back) {
        (SafetyClass::Read, _) => "it changes nothing".to_owned(),
        (SafetyClass::Once, Some(how)) => format!("it is not: {how}"),
        (_, Some(how)) => format!("{}; to find out: {how}", spec.mechanism),
        (_, None) => spec.mechanism.to_owned(),
    }
}

#[test]
fn the_page_says_what_the_providers_declare() {
    let made = page(&integrations::registry().factories());
    let path = root().join(PAGE);
    if std::env::var_os("INTEGRATIONS_WRITE_EFFECTS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{PAGE} is out of date; `cargo xtask effects` makes it anew"
    );
}

/// A provider outside this process that declares nothing would be on the page as one inside.
#[test]
fn every_provider_that_sends_declares_its_requests() {
    for factory in integrations::registry().factories() {
        let local = factory.vendor() == Some("local");
        assert_eq!(factory.operations().is_empty(), local, "{}", factory.name());
        for spec in factory.operations() {
            let said = match spec.safety {
                SafetyClass::Read => true,
                SafetyClass::Once => spec.read_back.is_some_and(|how| !how.is_empty()),
                _ => !spec.mechanism.is_empty(),
            };
            assert!(said, "{}: {} says nothing", factory.name(), spec.request);
        }
    }
}

/// What a provider would make beside its declarations would be on no page.
#[test]
fn no_provider_makes_a_call_that_it_does_not_declare() {
    let crates = std::fs::read_dir(root().join("crates")).unwrap();
    let mut read = 0;
    for provider in crates.map(|entry| entry.unwrap().path().join("src")) {
        if provider.parent().unwrap().ends_with("integrations-core") {
            continue;
        }
        let mut folders = vec![provider];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                assert!(!source.contains("Operation::new("), "{}", path.display());
                read += usize::from(source.contains("Operation::of("));
            }
        }
    }
    assert!(read > 5, "{read} files make calls");
}
