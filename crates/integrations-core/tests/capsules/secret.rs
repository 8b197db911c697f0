//! No capsule has a secret in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use integrations_core::SecretString;
use integrations_core::guard::{Operation, Safety};
use integrations_core::testing::FaultyTransport;

use crate::{Rooms, Warnings, answering, request};

/// A server that refuses with this body.
fn refusing(body: impl Into<Bytes>) -> FaultyTransport {
    let body = body.into();
    FaultyTransport::answering(move |_| {
        http::Response::builder()
            .status(400)
            .body(body.clone())
            .unwrap()
    })
}

/// How many capsules a call leaves that gets this answer.
async fn left(name: &'static str, body: impl Into<Bytes>) -> usize {
    let guarded = SecretString::from("guarded/canary+1");
    let rooms = Rooms::new(|capture| capture.guarding(guarded));
    let once = Operation::new(name, Safety::Once);
    rooms
        .call(&once, &refusing(body), request)
        .await
        .unwrap_err();
    rooms.files().await.len()
}

#[tokio::test(start_paused = true)]
async fn nothing_that_was_hidden_is_in_a_capsule() {
    let guarded = SecretString::from("guarded-canary-1");
    let rooms = Rooms::new(|capture| capture.guarding(guarded));
    let line = answering(503, "overloaded");
    let read = Operation::new("get_room", Safety::Read);
    rooms.call(&read, &line, request).await.unwrap_err();
    let text = rooms.text().await;
    assert!(!text.contains("canary"), "{text}");
    for name in ["authorization", "x-api-key", "set-cookie", "signature"] {
        assert!(text.contains(name), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_repeats_the_authorization_is_refused_with_one_warning() {
    let warnings = Warnings::listen();
    let echo = r#"{"headers": {"Authorization": "Bearer header-canary-1"}}"#;
    assert_eq!(left("echoing", echo).await, 0);
    let told = warnings.with("echoing");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("WARN") && told[0].contains("would contain a secret"),
        "{told:?}"
    );
    assert!(!told[0].contains("canary"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_found_in_every_form_and_from_every_place() {
    assert_eq!(left("plain", "nothing of it").await, 1);
    let base64 = STANDARD.encode("user:header-canary-2@rooms");
    for body in [
        "token header-canary-1 is revoked",
        "key header-canary-2",
        "query-canary-1",
        "guarded/canary+1",
        r#"{"key": "guarded\/canary+1"}"#,
        r#"{"key": "\u0067uarded/canary+1"}"#,
        "guarded%2Fcanary%2b1",
        &base64,
        &STANDARD.encode("guarded/canary+1"),
    ] {
        assert_eq!(left("hidden", body.to_owned()).await, 0, "{body}");
    }
    // What is no text is written in base64, and found in it.
    let mut binary = vec![0xff, 0xfe];
    binary.extend_from_slice(b"header-canary-2");
    assert_eq!(left("binary", binary).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_an_answer_repeats_costs_no_capsule_where_it_may_be_shown() {
    let filtered = || {
        http::Request::get("https://rooms.example/rooms?Type=scheduled")
            .header("authorization", "Bearer header-canary-1")
            .body(integrations_core::http::Body::empty())
            .unwrap()
    };
    let once = Operation::new("list_rooms", Safety::Once);
    let line = refusing("no type scheduled");
    let hidden = Rooms::new(|capture| capture);
    hidden.call(&once, &line, filtered).await.unwrap_err();
    assert_eq!(hidden.files().await.len(), 0);

    let rooms = Rooms::new(|capture| capture.showing("type").showing("Authorization"));
    rooms.call(&once, &line, filtered).await.unwrap_err();
    let text = rooms.text().await;
    assert!(
        text.contains("rooms?Type=scheduled") && !text.contains("canary"),
        "{text}"
    );
    let transport = rooms.capsule().await.transport();
    let again = Rooms::new(|capture| capture);
    let error = again.call(&once, &transport, filtered).await.unwrap_err();
    assert_eq!(error.status(), Some(400), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_the_limit_would_cut_in_two_is_found() {
    for room in 1..15 {
        let body = format!("{}header-canary-2", "x".repeat((8 << 10) - room));
        assert_eq!(left("cut", body).await, 0, "{room}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_a_message_or_a_path_is_found() {
    use integrations_core::{Error, ErrorKind};
    let guarded = SecretString::from("guarded-canary-1");
    let rooms = Rooms::new(|capture| capture.guarding(guarded));
    let once = Operation::new("note", Safety::Once);
    let said = || {
        Err::<(), _>(Error::new(
            ErrorKind::Network,
            "no route to guarded-canary-1",
        ))
    };
    rooms.guard.run(&once, async |_| said()).await.unwrap_err();
    let line = refusing("no");
    let in_path = || {
        http::Request::get("https://rooms.example/botguarded%2Dcanary-1/rooms")
            .body(integrations_core::http::Body::empty())
            .unwrap()
    };
    rooms.call(&once, &line, in_path).await.unwrap_err();
    assert_eq!(rooms.files().await.len(), 0);
}
