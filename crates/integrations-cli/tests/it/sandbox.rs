//! A stand-in that runs by itself, and the suite over it as over what is configured.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::{configure, folder, program, run, stderr, stdout};

#[test]
fn a_stand_in_serves_until_it_is_interrupted_and_takes_the_suite() {
    let folder = folder();
    let mut command = program(folder.path());
    command.args(["--json", "sandbox", "google_calendar"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut text = String::new();
    // It is one JSON value, printed before it waits.
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        text.push_str(&line.unwrap());
        if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
            break;
        }
    }
    let serving: serde_json::Value = serde_json::from_str(&text).unwrap();
    configure(
        &folder,
        &format!(
            "[work]\nprovider = \"google_calendar\"\nbase_url = {}\naccess_token = {}\n",
            serving["base_url"], serving["access_token"]
        ),
    );
    let suite = run(folder.path(), &["--json", "conformance", "work"]);
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let report: serde_json::Value = serde_json::from_str(&stdout(&suite)).unwrap();
    // One behaviour cannot hold at Google: a calendar has no key.
    assert_eq!(suite.status.code(), Some(1), "{}", stderr(&suite));
    assert_eq!(report[0]["failed"], 1, "{report:#}");
    assert!(
        report[0]["passed"]
            .as_u64()
            .is_some_and(|passed| passed > 60),
        "{report:#}"
    );
}

#[test]
fn a_port_that_is_taken_is_said() {
    let folder = folder();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(
        folder.path(),
        &["sandbox", "google_calendar", "--port", &port],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&port), "{}", stderr(&output));
}
