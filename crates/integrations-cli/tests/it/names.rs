//! Names on the command line, and that only what is named is made.

use serde_json::Value;

use crate::stub::{Answer, Stub};
use crate::{configure, folder, program, run, stderr, stdout};

const TWO: &str = "[one]\nprovider = \"local_storage\"\npath = \"one\"\n\
                   [two]\nprovider = \"local_storage\"\npath = \"two\"\n";

/// The error of a run under `--json`.
fn error(output: &std::process::Output) -> Value {
    let line = stderr(output);
    let value: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
    value["error"].clone()
}

#[test]
fn looking_at_the_configuration_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, TWO);
    for args in [
        &["config", "check"][..],
        &["config", "show"],
        &["config", "show", "one"],
        &["providers"],
        &["status", "--offline"],
    ] {
        let output = run(folder.path(), args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    }
    assert!(!folder.path().join("one").exists());
    assert!(!folder.path().join("two").exists());
}

#[test]
fn only_the_store_that_is_named_is_made() {
    let folder = tempfile::tempdir().unwrap();
    // What is wrong with another one is no hindrance.
    configure(&folder, &format!("{TWO}[three]\nprovider = \"no_such\"\n"));
    let put = ["storage", "ls", "one:"];
    let output = run(folder.path(), &put);
    assert!(output.status.success(), "{}", stderr(&output));
    run(
        folder.path(),
        &["conformance", "one", "--category", "storage"],
    );
    assert!(!folder.path().join("two").exists());
    // `check` is about all of them.
    let output = run(folder.path(), &["config", "check"]);
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
}

#[test]
fn a_check_finds_what_fields_alone_do_not_show() {
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, "[s3]\nbucket = \"photos\"\npart_size = 17\n");
    let output = run(folder.path(), &["config", "check"]);
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
    assert!(stderr(&output).contains("part_size"), "{}", stderr(&output));
}

#[test]
fn a_check_says_of_every_field_where_it_is_and_never_what() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[s3]\nbucket = \"photos-c4nary\"\n[work]\nprovider = \"oidc\"\n\
                client_secret = \"s3cret-c4nary\"\n";
    configure(&folder, text);
    let output = program(folder.path())
        .env("AWS_REGION", "region-c4nary")
        .env("INTEGRATIONS__WORK__CLIENT_ID", "id-c4nary")
        .args(["config", "check"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let shown = stdout(&output);
    let row = |words: &[&str]| {
        let all = |line: &&str| words.iter().all(|word| line.contains(word));
        assert!(shown.lines().any(|line| all(&line)), "{words:?}: {shown}");
    };
    row(&["s3", "bucket", "set", "integrations.toml"]);
    row(&["s3", "region", "set", "AWS_REGION"]);
    row(&["work", "client_id", "set", "INTEGRATIONS__WORK__CLIENT_ID"]);
    row(&["work", "client_secret", "set"]);
    row(&["work", "issuer", "missing", "INTEGRATIONS__WORK__ISSUER"]);
    row(&[
        "google_oauth",
        "client_id",
        "not configured",
        "GOOGLE_OAUTH_CLIENT_ID",
    ]);
    assert!(
        !format!("{shown}{}", stderr(&output)).contains("c4nary"),
        "{shown}"
    );
}

#[test]
fn unknown_names_are_wrong_usage() {
    let folder = folder();
    for (args, word) in [
        (&["--json", "storage", "ls", "nobody:"][..], "store"),
        (&["--json", "conformance", "nobody"], "store"),
        (&["--json", "config", "show", "nobody"], "store"),
        (&["--json", "providers", "nobody"], "local_storage"),
        (&["--json", "providers", "--category", "nobody"], "provider"),
        (
            &["--json", "conformance", "local", "--category", "x"],
            "suite",
        ),
    ] {
        let output = run(folder.path(), args);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{args:?}: {}",
            stderr(&output)
        );
        let message = error(&output)["message"].to_string();
        assert!(message.contains(word), "{args:?}: {message}");
    }
}

#[test]
fn what_is_switched_off_or_of_another_category_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[diary]\nprovider = \"local_calendar\"\n\
                [off]\nprovider = \"local_storage\"\nenabled = false\n";
    configure(&folder, text);
    for args in [&["storage", "ls", "off:"][..], &["conformance", "off"]] {
        let output = run(folder.path(), args);
        let line = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {line}");
        assert!(line.contains("switched off"), "{args:?}: {line}");
        assert!(line.contains("enabled = true"), "{args:?}: {line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    let output = run(folder.path(), &["storage", "ls", "diary:"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("calendar"), "{}", stderr(&output));
    let output = run(folder.path(), &["config", "check"]);
    let shown = stdout(&output);
    assert!(
        shown.ends_with("\ncomplete: diary\nswitched off, and not checked: off\n"),
        "{shown}"
    );
}

#[test]
fn the_status_names_the_vendor_whether_it_is_on_or_off() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[on]\nprovider = \"local_storage\"\n\
                [off]\nprovider = \"local_storage\"\nenabled = false\n\
                [s3]\nbucket = \"photos\"\nenabled = false\n";
    configure(&folder, text);
    for args in [
        &["--json", "status"][..],
        &["--json", "status", "--offline"],
    ] {
        let output = run(folder.path(), args);
        assert!(output.status.success(), "{}", stderr(&output));
        let reports: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let told: Vec<_> = reports.as_array().unwrap().iter().collect();
        let told: Vec<_> = told
            .iter()
            .map(|one| {
                (
                    one["name"].as_str().unwrap(),
                    one["provider"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(told, [("off", "local"), ("on", "local"), ("s3", "aws")]);
        assert_eq!(reports[0]["enabled"], false);
        assert_eq!(reports[1]["enabled"], true);
        assert_eq!(reports[0]["type"], "storage");
    }
}

#[test]
fn the_status_tells_why_it_could_not_connect() {
    // The call failed with a bare 403; what could not connect knows what that means.
    let stub = Stub::start(|_| Answer::Whole(403, String::new(), Vec::new()));
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, &stub.configuration());
    let output = run(folder.path(), &["--json", "status"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let reports: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(reports[0]["status"], "failed");
    let line = reports[0]["last_error"].as_str().unwrap();
    assert!(
        line.contains("access to the bucket \"bucket\" is denied"),
        "{line}"
    );
    assert!(line.contains("check access_key_id"), "{line}");
    assert!(line.contains("s3:ListBucket"), "{line}");
}

#[test]
fn wrong_arguments_are_json_too() {
    let folder = folder();
    for (args, word) in [
        (&["--json", "no-such-command"][..], "no-such-command"),
        (&["storage", "ls", "--json"], "<PLACE>"),
        (&["--json", "status", "--colour"], "--colour"),
        (&["--json"], "a command is missing"),
    ] {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(stdout(&output), "", "{args:?}");
        let error = error(&output);
        assert_eq!(error["kind"], "invalid_input", "{args:?}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(word), "{args:?}: {message}");
        assert!(!message.contains("Usage"), "{args:?}: {message}");
    }
    // Help that is asked for is no error.
    let output = run(folder.path(), &["--json", "--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stdout(&output).contains("Exit codes"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_tour_of_nothing_fails() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["", "[off]\nprovider = \"local_storage\"\nenabled = false\n"] {
        configure(&folder, text);
        let output = run(folder.path(), &["demo", "--configured"]);
        assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
        assert_eq!(stdout(&output), "");
        let line = stderr(&output);
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.contains("nothing is configured"), "{line}");
    }
}

#[test]
fn a_tour_of_one_category_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    configure(
        &folder,
        "[till]\nprovider = \"local_payment\"\n[one]\nprovider = \"local_storage\"\n",
    );
    let output = program(folder.path())
        .args(["--json", "demo", "--configured"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let parts: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let results: Vec<_> = parts.as_array().unwrap().iter().collect();
    let results: Vec<_> = results
        .iter()
        .map(|part| {
            (
                part["category"].as_str().unwrap(),
                part["result"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        results,
        [
            ("calendar", "not configured"),
            ("payment", "skipped"),
            ("video", "not configured"),
            ("email", "not configured"),
            ("storage", "ok"),
            ("auth", "not configured"),
        ]
    );
}
