//! What is known of the effect when the network fails at each point.

use std::error::Error as StdError;

use super::*;

/// A port on which nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!(
        "http://{}/pay?card=secret-canary",
        listener.local_addr().unwrap()
    )
}

#[tokio::test]
async fn without_a_connection_nothing_was_applied_and_the_error_says_whom_and_why() {
    let uri = nobody().await;
    let error = transport().send(post(&uri, "x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.effect(), Effect::NotApplied);
    assert!(error.message().contains("http://127.0.0.1:"), "{error}");
    assert!(error.message().contains("refused"), "{error}");
    let mut text = format!("{error} {error:?}");
    let mut source = StdError::source(&error);
    while let Some(cause) = source {
        text = format!("{text} {cause} {cause:?}");
        source = cause.source();
    }
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn a_name_without_an_address_is_not_sent() {
    // RFC 6761, section 6.4: `.invalid` never resolves.
    let error = transport().send(post("https://nobody.invalid/", "x")).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
}

#[tokio::test]
async fn a_request_that_was_sent_and_not_answered_is_unknown() {
    let server = Script::serve(vec![Step::CutAfterReading]).await;
    let error = transport().send(post(&server.base, "x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!(server.seen().len(), 1);

    let server = Script::serve(vec![Step::CutAtOnce]).await;
    let error = transport().send(post(&server.base, "x")).await.unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
}

#[tokio::test]
async fn a_success_whose_body_breaks_off_was_applied_and_is_never_a_short_body() {
    let short = "HTTP/1.1 201 Created\r\ncontent-length: 20\r\n\r\n{\"id\": ";
    let server = Script::serve(vec![Step::Answer(short.to_owned())]).await;
    let response = transport().send(post(&server.base, "x")).await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.effect(), Effect::Applied);
    assert_eq!(error.status(), Some(201));
}

#[tokio::test]
async fn an_answer_without_length_that_is_cut_in_a_chunk_is_an_error() {
    let short = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n9\r\nwor";
    let server = Script::serve(vec![Step::Answer(short.to_owned())]).await;
    let response = transport().send(get(&server.base)).await.unwrap();
    assert_eq!(
        response.bytes().await.unwrap_err().kind(),
        ErrorKind::Network
    );
}

#[tokio::test]
async fn a_line_that_falls_silent_in_the_body_ends_the_reading() {
    let start = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhello";
    let server = Script::serve(vec![Step::Stall(start.to_owned())]).await;
    let config = TransportConfig::new().with_idle_timeout(Duration::from_millis(50));
    let transport = HttpTransport::new(config).unwrap();
    let response = transport.send(get(&server.base)).await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_while_it_was_unused_costs_no_call() {
    // The first answer keeps the connection, which is then closed: the second request takes a new
    // one, because none of its bytes were sent on the old.
    let kept = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned();
    let server = Script::serve(vec![Step::Answer(kept.clone()), Step::Answer(kept)]).await;
    let transport = transport();
    transport.send(post(&server.base, "1")).await.unwrap();
    // Lets the client see that it was closed.
    tokio::time::sleep(Duration::from_millis(20)).await;
    transport.send(post(&server.base, "2")).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}
