//! What goes out, what comes in, and what is refused before anything goes out.

use super::*;

#[tokio::test]
async fn a_request_arrives_as_it_was_made_and_the_answer_is_read_whole() {
    let server = Script::serve(vec![answer(
        "201 Created",
        "x-request-id: req_7\r\ncontent-type: application/json\r\n",
        r#"{"id": "m1"}"#,
    )])
    .await;
    let mut request = post(format!("{}/meetings?notify=1", server.base), r#"{"a":1}"#);
    request.headers_mut().insert("x-key", "k".parse().unwrap());
    let response = transport().send(request).await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.header("X-Request-Id"), Some("req_7"));
    assert_eq!(response.uri().path(), "/meetings");
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(body["id"], "m1");

    let seen = server.seen().remove(0);
    assert!(
        seen.starts_with("POST /meetings?notify=1 HTTP/1.1\r\n"),
        "{seen}"
    );
    assert!(seen.contains("\r\nx-key: k\r\n"), "{seen}");
    assert!(seen.contains("\r\nuser-agent: integrations/"), "{seen}");
    assert!(seen.ends_with("\r\n\r\n{\"a\":1}"), "{seen}");
}

#[tokio::test]
async fn a_stream_is_sent_with_its_length_or_in_chunks_and_a_wrong_length_fails() {
    let server = Script::serve(vec![
        answer("200 OK", "", ""),
        answer("200 OK", "", ""),
        Step::CutAfterReading,
    ])
    .await;
    let stream = |length| Body::stream(Bytes::from_static(b"abcdef").into(), length);
    let transport = transport();
    for length in [Some(6), None] {
        let request = post(&server.base, stream(length));
        transport
            .send(request)
            .await
            .unwrap()
            .accepted()
            .await
            .unwrap();
    }
    let seen = server.seen();
    assert!(seen[0].contains("content-length: 6"), "{}", seen[0]);
    assert!(
        seen[1].contains("transfer-encoding: chunked"),
        "{}",
        seen[1]
    );

    // One byte fewer than announced: the request fails rather than being sent short.
    let error = transport.send(post(&server.base, stream(Some(7)))).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Network);
}

#[tokio::test]
async fn a_status_is_no_error_until_somebody_says_so() {
    let refusal = r#"{"error": "name taken"}"#;
    let limited = "retry-after: 3\r\n";
    let server = Script::serve(vec![
        answer("409 Conflict", "", refusal),
        answer("429 Too Many Requests", limited, ""),
    ])
    .await;
    let transport = transport();
    let response = transport.send(get(&server.base)).await.unwrap();
    let refusal = response.into_refusal().await;
    let json: serde_json::Value = refusal.json().unwrap();
    assert_eq!(json["error"], "name taken");
    assert_eq!(refusal.error().kind(), ErrorKind::Conflict);

    let response = transport.send(get(&server.base)).await.unwrap();
    let error = response.accepted().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn an_answer_that_is_too_long_stops_at_the_limit_and_says_that_the_call_took_effect() {
    let long = "x".repeat(5000);
    let server = Script::serve(vec![
        answer("200 OK", "", &long),
        answer("200 OK", "", &long),
    ])
    .await;
    let config = TransportConfig::new().with_max_answer(4999);
    let transport = HttpTransport::new(config).unwrap();
    let response = transport.send(post(&server.base, "")).await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.effect(), Effect::Applied);
    assert!(error.message().contains("4999"), "{error}");

    let response = transport.send(post(&server.base, "")).await.unwrap();
    let all = response.with_limit(5000).bytes().await.unwrap();
    assert_eq!(all.len(), 5000);
}

#[tokio::test]
async fn a_page_of_html_in_place_of_json_is_told_without_its_text() {
    let page = "<html>secret-canary</html>";
    let server = Script::serve(vec![answer("200 OK", "content-type: text/html\r\n", page)]).await;
    let response = transport().send(get(&server.base)).await.unwrap();
    let error = response.json::<serde_json::Value>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("text/html"), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn a_success_that_is_no_json_proves_an_effect_only_where_it_says_that_it_is_json() {
    for (kind, effect) in [
        (
            "content-type: application/json; charset=utf-8\r\n",
            Effect::Applied,
        ),
        (
            "content-type: application/problem+json\r\n",
            Effect::Applied,
        ),
        // From a proxy, perhaps, that passed nothing on.
        ("content-type: text/html\r\n", Effect::Unknown),
        ("", Effect::Unknown),
    ] {
        let server = Script::serve(vec![answer("200 OK", kind, "{\"id\": ")]).await;
        let response = transport().send(post(&server.base, "x")).await.unwrap();
        let error = response.json::<serde_json::Value>().await.unwrap_err();
        assert_eq!(error.effect(), effect, "{kind}");
    }
}

#[tokio::test]
async fn what_must_not_be_sent_is_refused_before_a_connection_is_made() {
    let transport = transport();
    for (uri, kind) in [
        ("/only/a/path", ErrorKind::InvalidInput),
        ("ftp://example.com/file", ErrorKind::InvalidInput),
        (
            "https://user:secret-canary@example.com/",
            ErrorKind::InvalidInput,
        ),
        ("http://api.example.com/", ErrorKind::Config),
        ("http://127.0.0.1.example.com/", ErrorKind::Config),
    ] {
        let error = transport.send(get(uri)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{uri}: {error}");
        assert_eq!(error.effect(), Effect::NotApplied, "{uri}");
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
}

#[test]
fn a_certificate_that_is_none_is_a_configuration_error() {
    let config = TransportConfig::new().with_root_certificate("no certificate");
    let error = HttpTransport::new(config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let config = TransportConfig::new().with_user_agent("line\nbreak");
    assert_eq!(
        HttpTransport::new(config).unwrap_err().kind(),
        ErrorKind::Config
    );
}
