//! The server and the proxy, seen by a client that has nothing to do with them.

use std::time::Duration;

use super::super::{Idempotency, Ledger};
use super::*;
use crate::error::Effect;
use crate::http::{Body, HttpTransport, TransportConfig};

const BODY: &str = r#"{"charged": true}"#;

async fn server() -> FaultyServer {
    let answer = |_| {
        let json = Response::builder().header("content-type", "application/json");
        json.body(Bytes::from_static(BODY.as_bytes())).unwrap()
    };
    FaultyServer::answering(answer).await.unwrap()
}

fn client() -> HttpTransport {
    HttpTransport::new(TransportConfig::new()).unwrap()
}

fn post(url: &str) -> http::Request {
    let request = Request::post(format!("{url}/charges?currency=EUR"));
    request.body(Body::from("1 EUR")).unwrap()
}

async fn send(transport: &dyn Transport, url: &str) -> Result<(http::Response, Bytes)> {
    let response = transport.send(post(url)).await?;
    let (status, headers, uri) = (
        response.status(),
        response.headers().clone(),
        response.uri().clone(),
    );
    let body = response.with_limit(1000).bytes().await?;
    let empty = crate::ByteStream::from(Bytes::new());
    Ok((http::Response::new(status, headers, uri, empty), body))
}

#[tokio::test]
async fn faults_that_give_no_answer_tell_what_is_known() {
    for (fault, effect, served) in [
        (Fault::CutBefore, Effect::Unknown, 0),
        (Fault::CutAfter, Effect::Unknown, 1),
        (Fault::Truncate(3), Effect::Applied, 1),
        (Fault::Oversized(1001), Effect::Applied, 1),
        (
            Fault::Trickle(Duration::from_secs(3600)),
            Effect::Applied,
            1,
        ),
    ] {
        let server = server().await.with_faults([fault.clone()]);
        let mut config = TransportConfig::new();
        if matches!(fault, Fault::Trickle(_)) {
            config = config.with_idle_timeout(Duration::from_millis(50));
        }
        let client = HttpTransport::new(config).unwrap();
        let error = send(&client, server.url()).await.unwrap_err();
        assert_eq!(error.effect(), effect, "{fault:?}: {error}");
        assert_eq!(server.served(), served, "{fault:?}");
        assert_eq!(server.exchanges().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn what_arrives_of_an_answer_that_breaks_off_is_its_beginning() {
    let server = server().await.with_faults([Fault::Truncate(3)]);
    let response = client().send(post(server.url())).await.unwrap();
    assert_eq!(response.header("content-length"), Some("17"));
    let mut pieces = response.into_stream();
    let first = futures::StreamExt::next(&mut pieces)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(first, BODY[..3]);
    assert!(
        futures::StreamExt::next(&mut pieces)
            .await
            .unwrap()
            .is_err()
    );
}

#[tokio::test]
async fn faults_that_change_the_answer_leave_the_effect() {
    let spaced = format!("{BODY:1000}");
    let flipped = BODY.replacen('{', "z", 1);
    for (fault, expected, served) in [
        (Fault::None, (200, BODY), 1),
        (Fault::Oversized(1000), (200, &*spaced), 1),
        (Fault::Slow(Duration::from_millis(1)), (200, BODY), 1),
        (Fault::Late(Duration::from_millis(1)), (200, BODY), 1),
        (Fault::Trickle(Duration::from_millis(1)), (200, BODY), 1),
        (Fault::NoLength, (200, BODY), 1),
        (Fault::Flip(0), (200, &*flipped), 1),
        (Fault::status(503), (503, ""), 0),
        (Fault::status_after(503), (503, ""), 1),
    ] {
        let server = server().await.with_faults([fault.clone()]);
        let (head, body) = send(&client(), server.url()).await.unwrap();
        assert_eq!(head.status().as_u16(), expected.0, "{fault:?}");
        assert_eq!(body, expected.1, "{fault:?}");
        assert_eq!(server.served(), served, "{fault:?}");
        let length = head.header("content-length").is_some();
        assert_eq!(length, !matches!(fault, Fault::NoLength), "{fault:?}");
    }
    let server = server()
        .await
        .with_faults([Fault::content_type("text/html")]);
    let (head, body) = send(&client(), server.url()).await.unwrap();
    assert_eq!(head.header("content-type"), Some("text/html"));
    assert_eq!(body, BODY);
}

#[tokio::test]
async fn an_answer_that_comes_twice_is_not_taken_for_that_of_the_next_request() {
    let ledger = Ledger::new();
    let server = FaultyServer::answering(ledger.service(Idempotency::Ignored)).await;
    let server = server
        .unwrap()
        .with_faults([Fault::Duplicate, Fault::Duplicate]);
    let client = client();
    for number in 0..10 {
        let thing = format!("/charges/{number}");
        let request = Request::post(format!("{}{thing}", server.url()));
        let request = request.body(Body::empty()).unwrap();
        let response = client.send(request).await.unwrap();
        let receipt: serde_json::Value = response.json().await.unwrap();
        assert_eq!(receipt["thing"], *thing);
    }
    assert_eq!(ledger.total(), 10);
}

#[tokio::test]
async fn an_answer_that_is_said_twice_is_on_the_wire_twice() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = server().await.with_faults([Fault::Duplicate]);
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let request = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut said = String::new();
    socket.read_to_string(&mut said).await.unwrap();
    assert_eq!(said.matches("HTTP/1.1 200").count(), 2, "{said}");
    assert_eq!(said.matches(BODY).count(), 2, "{said}");
}

#[tokio::test]
async fn a_single_request_is_refused_where_it_is_sent_through_the_server() {
    let server = server()
        .await
        .with_faults([Fault::Refuse, Fault::None, Fault::Refuse]);
    let through = server.through(client()).unwrap();
    for refused in [true, false, true, false] {
        let outcome = send(&through, server.url()).await;
        match outcome {
            Ok((_, body)) => assert!(!refused && body == BODY),
            Err(error) => {
                assert!(refused, "{error}");
                assert_eq!(error.effect(), Effect::NotApplied, "{error}");
                assert_eq!(error.kind(), ErrorKind::Network, "{error}");
            }
        }
    }
    assert_eq!(server.exchanges().len(), 2);
}

#[tokio::test]
async fn every_connection_is_refused_for_as_long_as_it_is_said() {
    let server = server().await;
    let client = client();
    for _ in 0..3 {
        server.accept_connections().await.unwrap();
        send(&client, server.url()).await.unwrap();
        server.refuse_connections().await.unwrap();
        server.refuse_connections().await.unwrap();
        let error = send(&client, server.url()).await.unwrap_err();
        assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    }
    assert_eq!(server.served(), 3);
}

#[tokio::test]
async fn the_effects_behind_a_proxy_are_those_of_the_real_server() {
    let real = server().await;
    let proxy = FaultyServer::before(real.url()).await.unwrap();
    let uploads = |head: &Parts| head.method == "POST" && head.uri.query() == Some("currency=EUR");
    for (fault, arrives, served) in [
        (Fault::None, true, 1),
        (Fault::CutBefore, false, 1),
        (Fault::CutAfter, false, 2),
        (Fault::Truncate(3), false, 3),
        (Fault::Flip(0), true, 4),
        (Fault::NoLength, true, 5),
        (Fault::status(503), true, 5),
        (Fault::status_after(200), true, 6),
    ] {
        proxy.fail(|head| head.method == "GET", Fault::status(500));
        proxy.fail(uploads, fault.clone());
        let outcome = send(&client(), proxy.url()).await;
        assert_eq!(outcome.is_ok(), arrives, "{fault:?}");
        assert_eq!(real.served(), served, "{fault:?}");
    }
    // What is signed arrives as it was sent.
    let exchange = real.exchanges().remove(0);
    assert_eq!(exchange.body, "1 EUR");
    assert_eq!(exchange.uri, "/charges?currency=EUR");
    let host = exchange.headers["host"].to_str().unwrap();
    assert_eq!(proxy.url(), format!("http://{host}"));
}

#[tokio::test]
async fn a_head_keeps_the_length_of_what_it_does_not_bring() {
    let real = FaultyServer::answering(|_| {
        let answer = Response::builder().header("content-length", "1234");
        answer.body(Bytes::new()).unwrap()
    });
    let real = real.await.unwrap();
    let proxy = FaultyServer::before(real.url()).await.unwrap();
    let request = Request::head(proxy.url()).body(Body::empty()).unwrap();
    let response = client().send(request).await.unwrap();
    assert_eq!(response.header("content-length"), Some("1234"));
}

#[tokio::test]
async fn a_proxy_before_nothing_says_so() {
    for address in [
        "https://127.0.0.1:1",
        "127.0.0.1:1",
        "http://a/path",
        "",
        "/",
    ] {
        let error = FaultyServer::before(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{address}");
    }
    // Nobody listens there: the proxy breaks the connection, as it would break itself.
    let proxy = FaultyServer::before("http://127.0.0.1:1").await.unwrap();
    assert!(send(&client(), proxy.url()).await.is_err());
}
