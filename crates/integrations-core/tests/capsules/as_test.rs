//! A capsule becomes a test.

use std::path::Path;

use integrations_core::capsule::Capsule;
use integrations_core::guard::{Operation, Safety};
use integrations_core::http::Body;

use crate::{Rooms, answering};

/// Set, it makes the capsule and the test that are checked in anew.
const ANEW: &str = "INTEGRATIONS_NEW_CAPSULE";

fn checked_in(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/capsules");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn write(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/capsules");
    std::fs::write(folder.join(name), text).unwrap();
}

/// What a gateway's refusals leave.
async fn gateway() -> String {
    let rooms = Rooms::new(|capture| capture);
    let line = answering(503, "<h1>\"#1\" is overloaded</h1>");
    let read = Operation::new("get_room", Safety::Read);
    let get = || {
        http::Request::get("https://rooms.example/rooms/7")
            .header("authorization", "Bearer header-canary-1")
            .body(Body::empty())
            .unwrap()
    };
    rooms.call(&read, &line, get).await.unwrap_err();
    rooms.text().await
}

#[tokio::test(start_paused = true)]
async fn the_test_that_is_checked_in_is_the_one_that_is_printed() {
    if std::env::var_os(ANEW).is_some() {
        let text = gateway().await;
        write("gateway.capsule.json", &text);
        let capsule: Capsule = text.parse().unwrap();
        write("generated.rs", &capsule.as_test("integrations_core"));
    }
    let capsule: Capsule = checked_in("gateway.capsule.json").parse().unwrap();
    assert_eq!(
        capsule.as_test("integrations_core"),
        checked_in("generated.rs")
    );
    let other = capsule.as_test("integrations");
    assert!(other.contains("use integrations::capsule::Capsule;"));
}

#[tokio::test(start_paused = true)]
async fn the_capsule_that_is_checked_in_is_the_one_that_is_written() {
    let without_time = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains("\"started\":"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let checked_in = checked_in("gateway.capsule.json");
    assert_eq!(without_time(&gateway().await), without_time(&checked_in));
}
