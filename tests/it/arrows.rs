//! Which crate may know which: the arrows of the architecture, checked in what Cargo knows of the
//! workspace.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;

/// Where a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Core,
    Conformance,
    Local,
    /// What providers of one vendor, or of one format, share: it is beneath them, as an SDK would be.
    Shared,
    /// A vendor.
    Provider,
    Umbrella,
    Server,
    Sandbox,
    CommandLine,
    /// Tasks of contributors.
    Task,
    /// These tests.
    Tests,
}

use Room::*;

/// What a crate's name says. A new crate is taken for a provider, which may know the least.
fn room(name: &str) -> Room {
    match name {
        "integrations-core" => Core,
        "integrations-conformance" => Conformance,
        "integrations-local" => Local,
        "integrations-google" | "integrations-icalendar" | "integrations-microsoft-graph" => Shared,
        "integrations" => Umbrella,
        "integrations-server" => Server,
        "integrations-sandbox" => Sandbox,
        "integrations-cli" => CommandLine,
        "integrations-tests" | "integrations-interleavings" => Tests,
        "xtask" => Task,
        _ => Provider,
    }
}

impl Room {
    /// What it may depend on.
    fn uses(self) -> &'static [Self] {
        match self {
            Core | Task => &[],
            Conformance | Shared | Server | Sandbox => &[Core],
            Local | Provider => &[Core, Shared],
            // What is read from files, beside the providers.
            Umbrella => &[Core, Provider, Local, Shared],
            CommandLine => &[Umbrella, Server, Sandbox, Conformance],
            // The examples of the documentation name provider crates.
            Tests => &[
                Core,
                Umbrella,
                Server,
                Sandbox,
                Conformance,
                Provider,
                Local,
            ],
        }
    }

    /// What its own tests may use besides.
    fn tests_use(self) -> &'static [Self] {
        match self {
            Local | Umbrella => &[Conformance],
            Provider | Shared | Server | Sandbox => &[Conformance, Local, Sandbox],
            _ => &[],
        }
    }
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing.
    kind: Option<String>,
    optional: bool,
}

pub(crate) fn workspace() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    metadata.packages
}

/// Every arrow that may not be.
fn wrong_arrows(packages: &[Package]) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages {
        let from = room(&package.name);
        for to in &package.dependencies {
            // Other workspaces' crates are no rooms of ours.
            if packages.iter().all(|one| one.name != to.name) {
                continue;
            }
            // These tests have no code besides: all that they use is for tests.
            let for_tests = to.kind.as_deref() == Some("dev");
            let allowed = from.uses().contains(&room(&to.name))
                || for_tests && from.tests_use().contains(&room(&to.name));
            if !allowed {
                let kind = if for_tests { " in its tests" } else { "" };
                wrong.push(format!("{} -> {}{kind}", package.name, to.name));
            }
        }
    }
    wrong
}

/// What is missing for every provider to be in the umbrella, and in its feature `all`.
fn missing_from_the_umbrella(packages: &[Package]) -> Vec<String> {
    let umbrella = packages.iter().find(|one| room(&one.name) == Umbrella);
    let umbrella = umbrella.unwrap();
    let mut missing = Vec::new();
    for provider in packages.iter().map(|one| &one.name) {
        if !matches!(room(provider), Provider | Local) {
            continue;
        }
        let depends = |one: &Dependency| one.name == *provider && one.optional;
        if !umbrella.dependencies.iter().any(depends) {
            missing.push(format!("{provider} is no optional dependency"));
            continue;
        }
        let switch = format!("dep:{provider}");
        let features = umbrella.features.iter();
        let own: Vec<&String> = features
            .filter(|(_, on)| on.contains(&switch))
            .map(|(name, _)| name)
            .collect();
        let all = &umbrella.features["all"];
        if !own.iter().any(|name| all.contains(name)) {
            missing.push(format!("{provider} is not in `all`"));
        }
    }
    missing
}

#[test]
fn every_arrow_is_one_of_the_architecture() {
    let wrong = wrong_arrows(&workspace());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_umbrella_has_every_provider() {
    let missing = missing_from_the_umbrella(&workspace());
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The crates that the rules are about are there under those names: a rule about a name that nobody
/// has would hold for ever.
#[test]
fn the_rooms_are_there() {
    let packages = workspace();
    for wanted in [
        Core,
        Conformance,
        Local,
        Provider,
        Umbrella,
        CommandLine,
        Task,
        Tests,
    ] {
        let mut rooms = packages.iter().map(|one| room(&one.name));
        assert!(rooms.any(|room| room == wanted), "{wanted:?}");
    }
}

/// Packages with their dependencies: `name`, or `dev:name`.
fn packages(all: &[(&str, &[&str])]) -> Vec<Package> {
    let dependency = |text: &&str| {
        let (kind, name) = match text.split_once(':') {
            Some((kind, name)) => (Some(kind.to_owned()), name),
            None => (None, *text),
        };
        Dependency {
            name: name.to_owned(),
            kind,
            optional: true,
        }
    };
    let package = |(name, uses): &(&str, &[&str])| Package {
        name: (*name).to_owned(),
        dependencies: uses.iter().map(dependency).collect(),
        features: [("all".to_owned(), vec!["s3".to_owned()])].into(),
    };
    all.iter().map(package).collect()
}

#[test]
fn a_wrong_arrow_is_found() {
    const SOUND: &[(&str, &[&str])] = &[
        ("integrations-core", &["serde"]),
        (
            "integrations-local",
            &["integrations-core", "integrations-icalendar"],
        ),
        ("integrations-icalendar", &["integrations-core"]),
        ("integrations-conformance", &["integrations-core"]),
        ("integrations-google", &["integrations-core"]),
        ("integrations-cli", &["integrations"]),
        ("integrations-stripe", &["integrations-core"]),
    ];
    for (name, uses, wrong) in [
        (
            "integrations-s3",
            &["integrations-core", "dev:integrations-local"][..],
            None,
        ),
        ("integrations-s3", &["integrations-google"], None),
        (
            "integrations-s3",
            &["integrations-stripe"],
            Some("integrations-stripe"),
        ),
        (
            "integrations-s3",
            &["dev:integrations-stripe"],
            Some("integrations-stripe in its tests"),
        ),
        (
            "integrations-s3",
            &["integrations-local"],
            Some("integrations-local"),
        ),
        (
            "integrations-s3",
            &["build:integrations-local"],
            Some("integrations-local"),
        ),
        (
            "integrations-s3",
            &["integrations-conformance"],
            Some("integrations-conformance"),
        ),
        (
            "integrations-server",
            &["integrations-s3"],
            Some("integrations-s3"),
        ),
        (
            "integrations",
            &["integrations-conformance"],
            Some("integrations-conformance"),
        ),
        ("xtask", &["integrations-core"], Some("integrations-core")),
    ] {
        let mut all = packages(SOUND);
        all.extend(packages(&[(name, uses), ("integrations-s3", &[])]));
        let expected: Vec<String> = wrong
            .map(|to| format!("{name} -> {to}"))
            .into_iter()
            .collect();
        assert_eq!(wrong_arrows(&all), expected, "{name} {uses:?}");
    }
    let mut core = packages(SOUND);
    core.extend(packages(&[("integrations-core", &["integrations-local"])]));
    assert_eq!(
        wrong_arrows(&core),
        ["integrations-core -> integrations-local"]
    );
}

#[test]
fn a_provider_that_is_not_in_the_umbrella_is_found() {
    let mut all = packages(&[
        ("integrations", &["integrations-s3"]),
        ("integrations-s3", &[]),
    ]);
    assert_eq!(
        missing_from_the_umbrella(&all),
        ["integrations-s3 is not in `all`"],
        "no feature switches it on"
    );
    let switch = vec!["dep:integrations-s3".to_owned()];
    all[0].features.insert("s3".to_owned(), switch);
    assert!(missing_from_the_umbrella(&all).is_empty());
    all.extend(packages(&[("integrations-stripe", &[])]));
    assert_eq!(
        missing_from_the_umbrella(&all),
        ["integrations-stripe is no optional dependency"]
    );
}
