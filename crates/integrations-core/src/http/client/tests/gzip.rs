//! Answers in gzip. What is compressed was made by Python's `gzip`.

use super::*;

/// `first, `
const FIRST: [u8; 27] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x4b, 0xcb, 0x2c, 0x2a, 0x2e, 0xd1,
    0x51, 0x00, 0x00, 0x04, 0xcf, 0xce, 0xf1, 0x07, 0x00, 0x00, 0x00,
];
/// `and second`
const SECOND: [u8; 30] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x4b, 0xcc, 0x4b, 0x51, 0x28, 0x4e,
    0x4d, 0xce, 0xcf, 0x4b, 0x01, 0x00, 0x19, 0x7a, 0xcf, 0xd5, 0x0a, 0x00, 0x00, 0x00,
];

fn coded(status: &str, body: &[u8]) -> Step {
    let mut text = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-encoding: gzip\r\netag: \"1\"\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    text.extend_from_slice(body);
    Step::Bytes(text)
}

async fn read(body: &[u8]) -> Result<Bytes> {
    let server = Script::serve(vec![coded("200 OK", body)]).await;
    transport().send(get(&server.base)).await?.bytes().await
}

#[tokio::test]
async fn gzip_is_asked_for_and_its_headers_go_with_it() {
    let server = Script::serve(vec![coded("200 OK", &FIRST)]).await;
    let response = transport().send(get(&server.base)).await.unwrap();
    assert_eq!(response.header("content-encoding"), None);
    assert_eq!(response.header("content-length"), None);
    assert_eq!(response.header("etag"), Some("\"1\""));
    assert_eq!(response.bytes().await.unwrap(), "first, ");
    let seen = server.seen().remove(0);
    assert!(seen.contains("\r\naccept-encoding: gzip\r\n"), "{seen}");
}

#[tokio::test]
async fn all_members_are_read() {
    let both = [&FIRST[..], &SECOND].concat();
    assert_eq!(read(&both).await.unwrap(), "first, and second");
}

#[tokio::test]
async fn what_ends_early_is_an_error_wherever_it_does() {
    let both = [&FIRST[..], &SECOND].concat();
    for end in (1..both.len()).filter(|end| *end != FIRST.len()) {
        let error = read(&both[..end]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{end}");
        assert_eq!(error.effect(), Effect::Applied, "{end}");
    }
}

#[tokio::test]
async fn what_is_damaged_or_followed_by_something_else_is_an_error() {
    // The checksum, the length, and the data.
    for place in [FIRST.len() - 5, FIRST.len() - 1, 12] {
        let mut damaged = FIRST;
        damaged[place] ^= 1;
        let error = read(&damaged).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{place}");
    }
    assert!(read(&[&FIRST[..], b"more"].concat()).await.is_err());
    assert!(read(b"no gzip at all").await.is_err());
}

#[tokio::test]
async fn a_body_that_breaks_off_says_so_and_not_that_its_gzip_does() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 99\r\n\r\n";
    let server = Script::serve(vec![Step::Bytes([head.as_bytes(), &FIRST].concat())]).await;
    let response = transport().send(get(&server.base)).await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.message().contains("broke off"), "{error}");
}

#[tokio::test]
async fn a_line_that_falls_silent_within_gzip_ends_the_reading() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 99\r\n\r\n";
    let server = Script::serve(vec![Step::Stall(head.to_owned())]).await;
    let config = TransportConfig::new().with_idle_timeout(Duration::from_millis(50));
    let transport = HttpTransport::new(config).unwrap();
    let response = transport.send(get(&server.base)).await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn the_limit_is_of_what_comes_out() {
    let server = Script::serve(vec![coded("200 OK", &SECOND)]).await;
    let transport = HttpTransport::new(TransportConfig::new().with_max_answer(9)).unwrap();
    let response = transport.send(get(&server.base)).await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_part_is_not_asked_for_in_gzip_and_not_decoded() {
    let part = &FIRST[3..9];
    let server = Script::serve(vec![coded("206 Partial Content", part)]).await;
    let mut request = get(&server.base);
    let range = HeaderValue::from_static("bytes=3-8");
    request.headers_mut().insert("range", range);
    let response = transport().send(request).await.unwrap();
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert_eq!(response.header("content-length"), Some("6"));
    assert_eq!(response.bytes().await.unwrap(), part);
    let seen = server.seen().remove(0);
    assert!(!seen.contains("accept-encoding"), "{seen}");
}

#[tokio::test]
async fn what_the_caller_accepts_is_the_callers() {
    let server = Script::serve(vec![answer("200 OK", "content-encoding: br\r\n", "??")]).await;
    let mut request = get(&server.base);
    let coding = HeaderValue::from_static("br");
    request.headers_mut().insert("accept-encoding", coding);
    let response = transport().send(request).await.unwrap();
    assert_eq!(response.header("content-encoding"), Some("br"));
    assert_eq!(response.bytes().await.unwrap(), "??");
    let seen = server.seen().remove(0);
    assert!(seen.contains("\r\naccept-encoding: br\r\n"), "{seen}");
    assert!(!seen.contains("gzip"), "{seen}");
}

#[tokio::test]
async fn the_header_of_gzip_without_a_body_is_no_error() {
    let head = "content-encoding: gzip\r\n";
    let server = Script::serve(vec![
        answer("200 OK", head, ""),
        Step::Answer(format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 27\r\n{head}\r\n"
        )),
    ])
    .await;
    for method in [Method::GET, Method::HEAD] {
        let mut request = get(&server.base);
        *request.method_mut() = method;
        let response = transport().send(request).await.unwrap();
        assert_eq!(response.bytes().await.unwrap(), "");
    }
}
