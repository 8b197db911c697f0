//! A stand-in that runs by itself, and the suite over it as over what is configured.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::{configure, folder, program, run, stderr, stdout};

/// Starts a stand-in, and what it says of itself.
pub(crate) fn serve(folder: &Path, provider: &str) -> (Child, Value) {
    let mut command = program(folder);
    command.args(["--json", "sandbox", provider]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut text = String::new();
    // It is one JSON value, printed before it waits.
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        text.push_str(&line.unwrap());
        if serde_json::from_str::<Value>(&text).is_ok() {
            break;
        }
    }
    (child, serde_json::from_str(&text).unwrap())
}

/// Presses Ctrl-C, and gives the exit code.
fn interrupt(mut child: Child) -> Option<i32> {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.unwrap().success());
    child.wait().unwrap().code()
}

#[test]
fn a_stand_in_serves_until_it_is_interrupted_and_takes_the_suite() {
    let folder = folder();
    let (child, serving) = serve(folder.path(), "google_calendar");
    configure(
        &folder,
        &format!(
            "[work]\nprovider = \"google_calendar\"\nbase_url = {}\naccess_token = {}\n",
            serving["base_url"], serving["access_token"]
        ),
    );
    let suite = run(folder.path(), &["--json", "conformance", "work"]);
    assert_eq!(interrupt(child), Some(130));
    let report: Value = serde_json::from_str(&stdout(&suite)).unwrap();
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
fn microsofts_calendars_are_served_where_it_says() {
    let folder = folder();
    let (child, serving) = serve(folder.path(), "microsoft_graph");
    let url = serving["base_url"].as_str().unwrap();
    let (address, path) = url["http://".len()..].split_once('/').unwrap();
    let token = serving["access_token"].as_str().unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    write!(
        socket,
        "GET /{path}/me/calendar HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert_eq!(interrupt(child), Some(130));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let account = serving["account"].as_str().unwrap();
    assert!(answer.contains(account), "{answer}");
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
