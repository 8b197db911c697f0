//! A call that failed, replayed.

use crate::{run, stderr, stdout};

/// The capsule that the core's own tests have.
const CAPSULE: &str =
    include_str!("../../../integrations-core/tests/capsules/gateway.capsule.json");
const TEST: &str = include_str!("../../../integrations-core/tests/capsules/generated.rs");

fn folder(capsule: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.capsule.json"), capsule).unwrap();
    folder
}

#[test]
fn the_story_is_told_and_it_ends_the_same() {
    let folder = folder(CAPSULE);
    let output = run(folder.path(), &["replay", "a.capsule.json"]);
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    for part in [
        "rooms get_room (read), 2026-",
        "sent GET https://rooms.example/rooms/7",
        "came 503, x-request-id: req-1, 27 bytes",
        "repeated after 0.07796595 s",
        "not repeated: as many attempts were made as are allowed",
        "the same outcome",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_comes_out_differently_is_exit_code_1() {
    let folder = folder(&CAPSULE.replace("\"max_attempts\": 3", "\"max_attempts\": 2"));
    let output = run(folder.path(), &["replay", "a.capsule.json"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("attempts: 3 was recorded, 2 came out"),
        "{text}"
    );

    let output = run(folder.path(), &["--json", "replay", "a.capsule.json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["same"], false);
    assert_eq!(json["differences"][0]["what"], "attempts");
    assert!(json["events"].as_array().unwrap().len() > 10);
}

#[test]
fn the_test_that_is_printed_is_the_one_that_the_core_runs() {
    let folder = folder(CAPSULE);
    let arguments = ["replay", "a.capsule.json", "--as-test"];
    let core = [&arguments[..], &["--root", "integrations_core"]].concat();
    assert_eq!(stdout(&run(folder.path(), &core)), TEST);
    let text = stdout(&run(folder.path(), &arguments));
    assert_eq!(text, TEST.replace("integrations_core::", "integrations::"));
}

#[test]
fn what_is_no_capsule_is_wrong_input() {
    let folder = folder("{}");
    for name in ["a.capsule.json", "b.capsule.json"] {
        let output = run(folder.path(), &["replay", name]);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).starts_with("error: "),
            "{}",
            stderr(&output)
        );
    }
}
