//! What each command does when all is well.

use crate::stub::{Answer, Stub, listing};
use crate::{configure, folder, run, stderr, stdout};

#[test]
fn the_tour_visits_all_six_categories() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--json", "demo"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let parts: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let parts = parts.as_array().unwrap();
    let names: Vec<_> = parts
        .iter()
        .map(|part| part["category"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["calendar", "payment", "video", "email", "storage", "auth"]
    );
    for step in parts
        .iter()
        .flat_map(|part| part["steps"].as_array().unwrap())
    {
        assert_eq!(step["outcome"], "ok", "{step}");
    }
    assert!(parts.iter().all(|part| part["result"] == "ok"), "{parts:?}");
    // It leaves nothing behind.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_embedded_providers_pass_every_behaviour() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--json", "conformance", "local"]);
    let reports: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let reports = reports.as_array().unwrap();
    assert_eq!(reports.len(), 6);
    for report in reports {
        assert_eq!(
            (&report["failed"], &report["skipped"]),
            (&0.into(), &0.into()),
            "{report}"
        );
        assert!(report["passed"].as_u64().unwrap() >= 25, "{report}");
    }
    assert!(output.status.success());
}

#[test]
fn an_object_goes_in_and_out() {
    let folder = folder();
    std::fs::write(folder.path().join("a.txt"), "hello").unwrap();
    for args in [
        &["storage", "put", "a.txt", "store:dir/a.txt"][..],
        &["storage", "cp", "store:dir/a.txt", "store:dir/b.txt"],
        &["storage", "stat", "store:dir/b.txt"],
        &["storage", "get", "store:dir/b.txt", "b.txt"],
        &["storage", "presign", "store:dir/b.txt"],
        &["storage", "rm", "store:dir/a.txt"],
    ] {
        let output = run(folder.path(), args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    }
    assert_eq!(
        std::fs::read_to_string(folder.path().join("b.txt")).unwrap(),
        "hello"
    );
    let listed = stdout(&run(folder.path(), &["storage", "ls", "store:dir/"]));
    assert!(
        listed.contains("b.txt") && !listed.contains("a.txt"),
        "{listed}"
    );
}

#[test]
fn json_is_json_and_completions_are_there() {
    let folder = folder();
    for args in [
        &["--json", "providers"][..],
        &["--json", "status"],
        &["--json", "config", "check"],
        &["--json", "config", "show"],
        &["--json", "storage", "ls", "store:"],
    ] {
        let output = run(folder.path(), args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        serde_json::from_str::<serde_json::Value>(&stdout(&output)).unwrap();
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&run(folder.path(), &["completions", shell]));
        assert!(script.contains("conformance"), "{shell}");
    }
}

#[test]
fn the_suite_leaves_what_only_looks_like_its_own() {
    let folder = folder();
    std::fs::write(folder.path().join("a.txt"), "mine").unwrap();
    let put = ["storage", "put", "a.txt", "store:conformance-report.txt"];
    assert!(run(folder.path(), &put).status.success());
    run(folder.path(), &["conformance", "store"]);
    let output = run(folder.path(), &["storage", "ls", "-r", "store:"]);
    let listed = stdout(&output);
    assert!(listed.contains("conformance-report.txt"), "{listed}");
    assert!(listed.contains("1 objects"), "{listed}");
}

#[cfg(unix)]
#[test]
fn a_folder_is_synchronised_by_every_name_that_it_has() {
    let folder = folder();
    let source = folder.path().join("source");
    std::fs::create_dir_all(source.join("a")).unwrap();
    std::fs::write(source.join("a/one"), "1").unwrap();
    std::fs::write(source.join(".draft.part"), "2").unwrap();
    std::os::unix::fs::symlink(source.join("a"), source.join("b")).unwrap();
    // A circle.
    std::os::unix::fs::symlink(&source, source.join("a/up")).unwrap();
    let sync = run(folder.path(), &["storage", "sync", "source", "store:x/"]);
    assert!(sync.status.success(), "{}", stderr(&sync));
    let listed = stdout(&run(folder.path(), &["storage", "ls", "-r", "store:x/"]));
    for name in ["a/one", "b/one", ".draft.part"] {
        assert!(listed.contains(name), "{name}: {listed}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure_and_a_reader_that_has_gone_is_none() {
    for args in [&["providers"][..], &["completions", "bash"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_integrations"))
            .args(args)
            .stdout(full.unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let text = stderr(&output);
        assert!(text.contains("the output cannot be written"), "{text}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_integrations"))
            .args(args)
            .stdout(writer)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn a_sync_counts_what_it_moved() {
    let stub = Stub::start(|request| match request.method.as_str() {
        "PUT" if request.path.contains("locked") => Answer::Whole(403, String::new(), Vec::new()),
        "PUT" => Answer::ok(""),
        _ => listing(&[], 0),
    });
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, &stub.configuration());
    let source = folder.path().join("source");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("free.txt"), "12345").unwrap();
    std::fs::write(source.join("locked.txt"), "1234567").unwrap();
    let sync = ["--json", "storage", "sync", "source", "s3:"];
    let output = run(folder.path(), &sync);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (&report["copied"], &report["bytes"]),
        (&1.into(), &5.into())
    );
    assert!(
        report["failed"][0]
            .as_str()
            .unwrap()
            .starts_with("locked.txt")
    );
}

/// Runs a suite over an integration; its report.
fn suite(folder: &tempfile::TempDir, args: &[&str]) -> serde_json::Value {
    let output = run(folder.path(), &[&["--json", "conformance"], args].concat());
    let reports: serde_json::Value = serde_json::from_str(&stdout(&output))
        .unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    assert!(
        output.status.success(),
        "{args:?}: {reports} {}",
        stderr(&output)
    );
    reports[0].clone()
}

#[test]
fn every_category_is_tried_as_far_as_it_can_be_and_says_what_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let categories = ["calendar", "payment", "video", "email", "storage", "auth"];
    let text = categories.map(|name| format!("[{name}]\nprovider = \"local_{name}\"\n"));
    configure(&folder, &text.concat());
    for (name, at_least, lacking) in [
        ("calendar", 60, "a hook for notices"),
        ("payment", 55, "the hook `buyer`"),
        ("video", 20, "a hook that plays the host"),
        ("email", 25, "the hook `mailbox`"),
        ("storage", 85, "the hook `redeem`"),
        ("auth", 8, "a browser in which a user signs in"),
    ] {
        let report = suite(&folder, &[name]);
        assert_eq!(report["category"], name);
        assert!(
            report["passed"].as_u64().unwrap() >= at_least,
            "{name}: {report}"
        );
        let behaviours = report["behaviours"].as_array().unwrap();
        let skipped: Vec<_> = behaviours
            .iter()
            .filter(|row| row["outcome"] == "skipped")
            .map(|row| row["why"].as_str().unwrap())
            .collect();
        assert!(
            skipped.iter().any(|why| why.contains(lacking)),
            "{name}: {skipped:?}"
        );
    }
}

#[test]
fn a_suite_leaves_no_calendar_behind_and_none_of_the_users_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    configure(
        &folder,
        "[diary]\nprovider = \"local_calendar\"\npath = \"diary\"\n",
    );
    assert!(run(folder.path(), &["status"]).status.success());
    let list = || {
        let entries = std::fs::read_dir(folder.path().join("diary")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = list();
    assert!(!before.is_empty());
    suite(&folder, &["diary"]);
    assert_eq!(list(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn who_waits_at_a_terminal_sees_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = |name: &str| format!("[{name}]\nprovider = \"local_storage\"\npath = \"{name}\"\n");
    configure(&folder, &[store("one"), store("two")].concat());
    std::fs::write(folder.path().join("big.bin"), vec![0; 8 << 20]).unwrap();
    for (work, shown) in [
        ("put big.bin one:big", "/8.00 MiB"),
        ("get one:big copy.bin", "/8.00 MiB"),
        ("cp one:big two:big", "/8.00 MiB"),
        ("cp one:big one:other", "other"),
    ] {
        // `script` of util-linux plays the terminal.
        let program = env!("CARGO_BIN_EXE_integrations");
        let output = std::process::Command::new("script")
            .args(["-qec", &format!("{program} storage {work}"), "/dev/null"])
            .current_dir(folder.path())
            .env("TERM", "xterm")
            .output();
        let Ok(output) = output else {
            eprintln!("skipped: there is no `script` to play the terminal");
            return;
        };
        let text = stdout(&output);
        assert!(output.status.success(), "{work}: {text}");
        assert!(text.contains(shown), "{work}: {text:?}");
        // It is gone in the end: nothing is drawn after the line was cleared for the last time.
        let last = text.rsplit("\u{1b}[2K").next().unwrap();
        assert!(!last.contains("B/s"), "{work}: {text:?}");
    }
}
