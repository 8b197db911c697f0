//! What each command does when all is well.

use crate::{folder, run, stderr, stdout};

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
