//! How messages begin and end, as RFC 9112 and RFC 9110 have it.

use super::*;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A request by this method to a server that says exactly this; the answer's status and body.
async fn answered(method: Method, text: &str) -> (u16, Bytes) {
    let server = Script::serve(vec![Step::Answer(text.to_owned())]).await;
    let mut request = get(&server.base);
    *request.method_mut() = method;
    let response = transport().send(request).await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap())
}

#[tokio::test]
async fn what_is_only_underway_is_not_the_answer() {
    // RFC 9110, section 15.2; RFC 8297.
    let text =
        format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n{OK}");
    let (status, body) = answered(Method::GET, &text).await;
    assert_eq!((status, &body[..]), (200, &b"ok"[..]));
}

#[tokio::test]
async fn an_answer_to_head_has_a_length_and_no_body() {
    // RFC 9112, section 6.3, rule 1.
    let text = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n";
    let (status, body) = answered(Method::HEAD, text).await;
    assert_eq!((status, body.len()), (200, 0));
}

#[tokio::test]
async fn a_status_without_content_ends_with_its_headers() {
    for status in [204, 304] {
        let text = format!("HTTP/1.1 {status} None\r\ncontent-length: 20\r\n\r\n");
        let (seen, body) = answered(Method::GET, &text).await;
        assert_eq!((seen, body.len()), (status, 0));
    }
}

#[tokio::test]
async fn what_follows_an_answer_is_not_the_next_one() {
    let forged = format!("{OK}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged");
    let server = Script::serve(vec![
        Step::Stall(forged),
        Step::Answer("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nreal".to_owned()),
    ])
    .await;
    let transport = transport();
    for body in ["ok", "real"] {
        let response = transport.send(get(&server.base)).await.unwrap();
        assert_eq!(response.bytes().await.unwrap(), body);
    }
    assert_eq!(server.seen().len(), 2);
}

/// Two ends of a line.
async fn line() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap());
    let (near, far) = tokio::join!(near, listener.accept());
    (near.unwrap(), far.unwrap().0)
}

#[tokio::test]
async fn a_kept_connection_that_closes_just_as_it_is_used_costs_no_call() {
    for body in [
        Body::from("abc"),
        Body::stream(Bytes::from("abc").into(), Some(3)),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap());
        let (mut near, mut far) = line().await;
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            read_request(&mut socket).await.unwrap();
            socket.write_all(OK.as_bytes()).await.unwrap();
            // When the other side says so.
            far.read_u8().await.unwrap();
            far.write_u8(1).await.unwrap();
            drop(socket);
            let (mut socket, _) = listener.accept().await.unwrap();
            let seen = read_request(&mut socket).await.unwrap();
            socket.write_all(OK.as_bytes()).await.unwrap();
            seen
        });
        let transport = transport();
        let first = transport.send(get(&uri)).await.unwrap();
        first.bytes().await.unwrap();
        near.write_u8(1).await.unwrap();
        // The system tells of this byte and of the closing at once, and this task, which tokio asks
        // first, takes the connection from the pool before it is known to be closed.
        near.read_u8().await.unwrap();
        let second = transport.send(post(&uri, body)).await.unwrap();
        assert_eq!(second.bytes().await.unwrap(), "ok");
        assert!(server.await.unwrap().ends_with("\r\n\r\nabc"));
    }
}

#[tokio::test]
async fn anything_is_accepted_unless_the_caller_says_what() {
    let server = Script::serve(vec![answer("200 OK", "", ""); 2]).await;
    let transport = transport();
    transport.send(get(&server.base)).await.unwrap();
    let mut request = get(&server.base);
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("accept", json);
    transport.send(request).await.unwrap();
    let seen = server.seen();
    assert!(seen[0].contains("\r\naccept: */*\r\n"), "{}", seen[0]);
    assert!(
        seen[1].contains("\r\naccept: application/json\r\n"),
        "{}",
        seen[1]
    );
    assert!(!seen[1].contains("*/*"), "{}", seen[1]);
}

#[tokio::test]
async fn an_address_is_sent_as_the_whatwg_writes_it() {
    let server = Script::serve(vec![answer("200 OK", "", ""); 6]).await;
    let transport = transport();
    // Twice, because the second one's origin is known. https://url.spec.whatwg.org, section 4.4.
    for (asked, sent) in [
        ("/a/b?c=d%20e", "/a/b?c=d%20e"),
        ("/a/../b/./c?q='x'", "/b/c?q=%27x%27"),
        ("/\"{ü}", "/%22%7B%C3%BC%7D"),
    ] {
        for _ in 0..2 {
            let uri = format!("{}{asked}", server.base);
            transport.send(get(&uri)).await.unwrap();
            let seen = server.seen().pop().unwrap();
            assert!(
                seen.starts_with(&format!("GET {sent} HTTP/1.1\r\n")),
                "{seen}"
            );
        }
    }
}

#[tokio::test]
async fn no_body_has_no_length_and_bytes_have_theirs() {
    let server = Script::serve(vec![answer("200 OK", "", ""); 2]).await;
    let transport = transport();
    transport.send(get(&server.base)).await.unwrap();
    transport.send(post(&server.base, "abc")).await.unwrap();
    let seen = server.seen();
    assert!(!seen[0].contains("content-length"), "{}", seen[0]);
    assert!(!seen[0].contains("transfer-encoding"), "{}", seen[0]);
    assert!(seen[1].contains("\r\ncontent-length: 3\r\n"), "{}", seen[1]);
}
