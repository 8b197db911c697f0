//! What is kept, and what it costs.

use std::time::Duration;

use integrations_core::guard::{Breaker, Operation, Rate, Safety};
use integrations_core::testing::Fault;
use integrations_core::{Error, ErrorKind, IdempotencyKey};

use crate::{Rooms, SECOND, Warnings, answering, request};

#[tokio::test(start_paused = true)]
async fn a_failed_call_is_kept_with_its_attempts_and_its_exchanges() {
    let rooms = Rooms::new(|capture| capture);
    let line = answering(503, r#"{"error": "overloaded"}"#).with_faults([Fault::Refuse]);
    let read = Operation::new("get_room", Safety::Read);
    let error = rooms.call(&read, &line, request).await.unwrap_err();

    let text = rooms.text().await;
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["capsule"], 1);
    assert_eq!(json["operation"]["safety"], "read");
    assert_eq!(json["policy"]["seed"], 7);
    assert_eq!(json["connection"], false);
    let attempts = json["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 3);
    assert_eq!(attempts[0]["error"]["effect"], "not applied");
    assert_eq!(attempts[0]["exchanges"][0]["error"]["kind"], "network");
    let exchange = &attempts[1]["exchanges"][0];
    assert_eq!(exchange["method"], "POST");
    assert_eq!(
        exchange["url"],
        "https://rooms.example/rooms/7?limit=5&signature=[hidden]"
    );
    assert_eq!(exchange["sent"], 13);
    assert_eq!(exchange["answer"]["status"], 503);
    assert_eq!(exchange["answer"]["text"], r#"{"error": "overloaded"}"#);
    assert_eq!(json["end"]["attempts"], 3);
    assert_eq!(json["end"]["message"], error.message());
    assert_eq!(json["end"]["advice"], error.advice());
    assert!(text.contains(r#""x-request-id","#) && text.contains("req-1"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_succeeds_leaves_nothing() {
    let rooms = Rooms::new(|capture| capture);
    let line = answering(200, "{}").with_faults([Fault::CutAfter]);
    let read = Operation::new("get_room", Safety::Read);
    rooms.call(&read, &line, request).await.unwrap();
    assert_eq!(rooms.files().await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn of_a_key_it_says_only_that_there_was_one() {
    let rooms = Rooms::new(|capture| capture);
    let key = IdempotencyKey::new("order-1042-canary").unwrap();
    let charge = Operation::new("charge", Safety::Keyed(key.clone()));
    let refused = || Err::<(), _>(Error::key_reused(&key));
    let connection = rooms.guard.for_connection("someone@example.com");
    connection
        .run(&charge, async |_| refused())
        .await
        .unwrap_err();
    let text = rooms.text().await;
    assert!(
        text.contains("\"keyed\"") && text.contains("[idempotency key]"),
        "{text}"
    );
    assert!(
        !text.contains("order-1042") && !text.contains("someone"),
        "{text}"
    );
    assert!(text.contains("\"connection\": true"), "{text}");
    assert!(rooms.capsule().await.replay().await.is_same());
}

#[tokio::test(start_paused = true)]
async fn there_are_never_more_than_are_allowed_and_the_oldest_goes() {
    let rooms = Rooms::new(|capture| capture.with_max_capsules(3));
    let once = Operation::new("note", Safety::Once);
    let mut last = Vec::new();
    for _ in 0..6 {
        let lost = || Err::<(), _>(Error::new(ErrorKind::Network, "lost"));
        rooms.guard.run(&once, async |_| lost()).await.unwrap_err();
        let files = rooms.files().await;
        assert!(files.len() <= 3, "{files:?}");
        assert_ne!(files.last(), last.last());
        last = files;
    }
    assert_eq!(last.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_capsule_is_never_longer_than_its_limit() {
    static LONG: [u8; 300_000] = [b'x'; 300_000];
    for limit in [64 << 10, 4 << 10, 1 << 10] {
        let rooms = Rooms::new(|capture| capture.with_max_bytes(limit).with_max_body(32 << 10));
        let body = std::str::from_utf8(&LONG).unwrap();
        let read = Operation::new("get_room", Safety::Read);
        let line = answering(503, body);
        rooms.call(&read, &line, request).await.unwrap_err();
        match rooms.files().await.as_slice() {
            [file] => {
                let text = std::fs::read_to_string(file).unwrap();
                assert!(text.len() <= limit, "{} of {limit}", text.len());
                assert_eq!(text.contains("\"complete\": false"), limit > 4096);
                assert!(rooms.capsule().await.replay().await.is_same());
            }
            // Not even the attempts alone have room.
            none => assert!(none.is_empty() && limit == 1024),
        }
    }
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn files_are_whole_and_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let rooms = Rooms::new(|capture| capture);
    std::fs::create_dir_all(rooms.capture.folder()).unwrap();
    // A crash left this long ago.
    let abandoned = rooms.capture.folder().join("a.capsule.tmp");
    let file = std::fs::File::create(&abandoned).unwrap();
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    file.set_modified(long_ago).unwrap();
    let once = Operation::new("note", Safety::Once);
    let lost = || Err::<(), _>(Error::new(ErrorKind::Network, "lost"));
    rooms.guard.run(&once, async |_| lost()).await.unwrap_err();
    let files = rooms.files().await;
    assert_eq!(files.len(), 1, "{files:?}");
    let mode = std::fs::metadata(&files[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_one_warning_and_no_failure_of_the_call() {
    let warnings = Warnings::listen();
    let file = tempfile::NamedTempFile::new().unwrap();
    let rooms = Rooms::new(|_| integrations_core::capsule::Capture::into_folder(file.path()));
    let once = Operation::new("unwritable", Safety::Once);
    let lost = || Err::<(), _>(Error::new(ErrorKind::Network, "lost"));
    let error = rooms.guard.run(&once, async |_| lost()).await.unwrap_err();
    assert_eq!(error.message(), "lost");
    rooms.capture.written().await;
    let told = warnings.with("unwritable");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("cannot be written"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn queue_circuit_and_deadline_are_in_it_and_come_out_the_same() {
    let breaker = Breaker::default().with_consecutive_failures(2);
    let rooms = Rooms::with(
        |capture| capture,
        |guard| {
            guard
                .seed(7)
                .breaker(breaker)
                .max_attempts(5)
                .rate(Rate::new(1, SECOND))
        },
    );
    let lost = || Err::<(), _>(Error::new(ErrorKind::Network, "lost"));
    // The second failure opens the circuit, which then does not let a third attempt in.
    let read = Operation::new("get_room", Safety::Read);
    let error = rooms.guard.run(&read, async |_| lost()).await.unwrap_err();
    assert_eq!(error.attempts(), Some(2));
    let text = rooms.text().await;
    assert!(text.contains(r#""by": "circuit""#), "{text}");
    let capsule = rooms.capsule().await;
    let replay = capsule.replay().await;
    assert!(replay.is_same(), "{replay}\n{text}");
    let events = capsule.events();
    let story: Vec<_> = events.iter().map(|event| event.what.as_str()).collect();
    assert!(
        story.iter().any(|what| what.contains("s in the queue")),
        "{story:#?}"
    );
    assert!(
        story
            .iter()
            .any(|what| what.starts_with("not let in by the circuit"))
    );

    // A call that is not let in at all.
    let error = rooms.guard.run(&read, async |_| lost()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    // One whose time is over while it waits for an answer.
    let write = Operation::new("put_room", Safety::Idempotent).with_class("writes");
    let write = write.with_deadline(90 * SECOND);
    let never = async |_| std::future::pending::<Result<(), Error>>().await;
    let error = rooms.guard.run(&write, never).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let files = rooms.files().await;
    assert_eq!(files.len(), 3);
    for file in files {
        let capsule = integrations_core::capsule::Capsule::load(file).unwrap();
        let replay = capsule.replay().await;
        assert!(replay.is_same(), "{replay}");
    }
}
