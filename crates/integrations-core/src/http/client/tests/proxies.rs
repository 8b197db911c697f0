//! Proxies: which requests go through one, how, and who sees its credentials.

use std::process::Command;

use super::tls::secure_server;
use super::*;

/// `Aladdin:open sesame`, the example of RFC 7617, section 2.
const CREDENTIALS: &str = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";

/// A proxy's address with the same credentials.
fn with_credentials(base: &str) -> String {
    base.replace("http://", "http://Aladdin:open%20sesame@")
}

fn through(config: TransportConfig, proxies: Matcher) -> HttpTransport {
    HttpTransport::with_proxies(config, proxies).unwrap()
}

/// A proxy that opens tunnels to this machine; what it was asked for. Where it `refuses`, it says
/// this instead.
async fn tunnels(refuses: Option<&'static str>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let asked = read_request(&mut socket).await.unwrap();
            into.lock().unwrap().push(asked.clone());
            if let Some(refusal) = refuses {
                socket.write_all(refusal.as_bytes()).await.unwrap();
                continue;
            }
            let to = asked
                .split(' ')
                .nth(1)
                .unwrap()
                .replace("localhost", "127.0.0.1");
            let mut origin = TcpStream::connect(to).await.unwrap();
            let opened = "HTTP/1.1 200 Connection established\r\n\r\n";
            socket.write_all(opened.as_bytes()).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut socket, &mut origin).await;
            });
        }
    });
    (base, seen)
}

#[tokio::test]
async fn over_http_a_proxy_gets_the_whole_address_and_its_credentials() {
    let proxy = Script::serve(vec![answer("200 OK", "", ""); 2]).await;
    let proxies = Matcher::builder()
        .http(with_credentials(&proxy.base))
        .build();
    let transport = through(TransportConfig::new().with_plain_http(), proxies);
    // The second one's origin is known.
    for number in 0..2 {
        let uri = "http://api.example.com/a?b=1";
        transport.send(get(uri)).await.unwrap();
        let seen = proxy.seen().remove(number);
        let line = "GET http://api.example.com/a?b=1 HTTP/1.1\r\n";
        assert!(seen.starts_with(line), "{seen}");
        assert!(seen.contains("\r\nhost: api.example.com\r\n"), "{seen}");
        let credentials = format!("\r\nproxy-authorization: {CREDENTIALS}\r\n");
        assert!(seen.contains(&credentials), "{seen}");
    }
    assert!(!format!("{transport:?}").contains("QWxhZGRpbj"));
}

#[tokio::test]
async fn a_host_that_is_excepted_is_asked_itself_and_sees_no_credentials() {
    let proxy = Script::serve(Vec::new()).await;
    let server = Script::serve(vec![answer("200 OK", "", "")]).await;
    let proxies = Matcher::builder()
        .all(with_credentials(&proxy.base))
        .no("example.org, 127.0.0.0/8")
        .build();
    let transport = through(TransportConfig::new(), proxies);
    transport.send(get(&server.base)).await.unwrap();
    let seen = server.seen().remove(0);
    assert!(seen.starts_with("GET / HTTP/1.1\r\n"), "{seen}");
    assert!(!seen.contains("proxy-authorization"), "{seen}");
    assert!(proxy.seen().is_empty());
}

#[tokio::test]
async fn over_https_the_proxy_sees_its_credentials_and_the_origin_the_request() {
    let (uri, authority, origin) = secure_server().await;
    let (proxy, seen) = tunnels(None).await;
    let proxies = Matcher::builder().https(with_credentials(&proxy)).build();
    let config = TransportConfig::new().with_root_certificate(authority);
    let mut request = post(format!("{uri}a?key=secret"), "x");
    let key = HeaderValue::from_static("secret");
    request.headers_mut().insert("authorization", key);
    let response = through(config, proxies).send(request).await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), "secure");

    let asked = seen.lock().unwrap().remove(0);
    let to = uri.trim_start_matches("https://").trim_end_matches('/');
    assert!(
        asked.starts_with(&format!("CONNECT {to} HTTP/1.1\r\n")),
        "{asked}"
    );
    let credentials = format!("\r\nProxy-Authorization: {CREDENTIALS}\r\n");
    assert!(asked.contains(&credentials), "{asked}");
    assert!(!asked.contains("secret"), "{asked}");
    let read = origin.lock().unwrap().remove(0);
    assert!(
        read.starts_with("POST /a?key=secret HTTP/1.1\r\n"),
        "{read}"
    );
    assert!(!read.to_ascii_lowercase().contains("proxy-"), "{read}");
    assert!(!read.contains(CREDENTIALS), "{read}");
}

#[tokio::test]
async fn a_proxy_may_itself_be_reached_by_tls() {
    let (proxy, authority, seen) = secure_server().await;
    let proxies = Matcher::builder().http(proxy).build();
    let config = TransportConfig::new().with_plain_http();
    let config = config.with_root_certificate(authority);
    let transport = through(config, proxies);
    transport
        .send(get("http://api.example.com/a"))
        .await
        .unwrap();
    let seen = seen.lock().unwrap().remove(0);
    assert!(
        seen.starts_with("GET http://api.example.com/a HTTP/1.1\r\n"),
        "{seen}"
    );
}

#[tokio::test]
async fn a_tunnel_that_is_refused_sends_nothing_and_the_error_has_no_credentials() {
    for (refusal, why) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "authorization required",
        ),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", "unsuccessful"),
        ("", "unexpected end of file"),
    ] {
        let (proxy, _) = tunnels(Some(refusal)).await;
        let proxies = Matcher::builder().all(with_credentials(&proxy)).build();
        let transport = through(TransportConfig::new(), proxies);
        let uri = "https://api.example.com/pay?card=canary";
        let error = transport.send(post(uri, "x")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        assert_eq!(error.effect(), Effect::NotApplied, "{error}");
        assert!(error.message().contains(why), "{error}");
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains("canary") && !text.contains("QWxhZGRpbj"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_proxy_of_another_kind_is_no_reason_to_go_without_it() {
    let server = Script::serve(Vec::new()).await;
    for uri in [server.base.clone(), "https://127.0.0.1:1/".to_owned()] {
        let proxies = Matcher::builder().all("socks5://127.0.0.1:1").build();
        let transport = through(TransportConfig::new(), proxies);
        let error = transport.send(get(&uri)).await.unwrap_err();
        assert_eq!(error.effect(), Effect::NotApplied, "{error}");
        assert!(error.message().contains("not http or https"), "{error}");
    }
    assert!(server.seen().is_empty());
}

/// Sends a request in a process of its own, whose environment is given.
async fn sent_by_a_child(environment: &[(&str, &str)], uri: &str) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "http::client::tests::proxies::the_child_that_sends",
    ]);
    for name in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUEST_METHOD",
    ] {
        child.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    child.env("INTEGRATIONS_TEST_URI", uri);
    child.envs(environment.iter().copied());
    let run = tokio::task::spawn_blocking(move || child.output().unwrap());
    run.await.unwrap().status.success()
}

#[tokio::test]
async fn the_child_that_sends() {
    let Ok(uri) = std::env::var("INTEGRATIONS_TEST_URI") else {
        return;
    };
    let transport = HttpTransport::new(TransportConfig::new().with_plain_http()).unwrap();
    transport.send(get(uri)).await.unwrap();
}

#[tokio::test]
async fn proxies_are_those_of_the_environment() {
    let uri = "http://api.invalid/x";
    let proxy = Script::serve(vec![answer("200 OK", "", ""); 3]).await;
    let base = proxy.base.as_str();
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        assert!(
            sent_by_a_child(&[(variable, base)], uri).await,
            "{variable}"
        );
    }
    assert_eq!(proxy.seen().len(), 3);
    // Without one the name has no address (RFC 6761, section 6.4).
    for environment in [
        &[("HTTPS_PROXY", base)][..],
        &[("HTTP_PROXY", base), ("NO_PROXY", ".invalid")],
        // A CGI program: the variable may be a header of the request that it answers (RFC 3875,
        // section 4.1.18).
        &[("HTTP_PROXY", base), ("REQUEST_METHOD", "GET")],
    ] {
        assert!(!sent_by_a_child(environment, uri).await, "{environment:?}");
    }
    assert_eq!(proxy.seen().len(), 3);
}
