//! Redirects: what is followed, and what stays behind.

use super::*;

const CREDENTIALS: [(&str, &str); 4] = [
    ("authorization", "Bearer secret"),
    ("cookie", "session=secret"),
    ("x-api-key", "secret"),
    ("x-goog-api-key", "secret"),
];

fn with_credentials(mut request: Request) -> Request {
    for (name, value) in CREDENTIALS {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let accept = "application/json".parse().unwrap();
    request.headers_mut().insert("accept", accept);
    request
}

fn redirect(status: &str, to: &str) -> Step {
    answer(status, &format!("location: {to}\r\n"), "")
}

#[tokio::test]
async fn to_another_origin_no_header_goes_that_could_be_a_credential() {
    let other = Script::serve(vec![answer("200 OK", "", "there")]).await;
    let server = Script::serve(vec![redirect("302 Found", &other.base)]).await;
    let request = with_credentials(get(&server.base));
    let response = transport().send(request).await.unwrap();
    assert_eq!(response.uri().to_string(), format!("{}/", other.base));
    assert_eq!(response.bytes().await.unwrap(), "there");
    assert!(server.seen()[0].contains("secret"));
    let seen = other.seen().remove(0);
    assert!(!seen.contains("secret"), "{seen}");
    assert!(seen.contains("accept: application/json"), "{seen}");
}

#[tokio::test]
async fn within_the_origin_everything_goes_along() {
    let server = Script::serve(vec![
        redirect("307 Temporary Redirect", "/moved?x=1"),
        answer("200 OK", "", ""),
    ])
    .await;
    let request = with_credentials(get(format!("{}/old", server.base)));
    transport().send(request).await.unwrap();
    let seen = server.seen().remove(1);
    assert!(seen.starts_with("GET /moved?x=1 "), "{seen}");
    for (name, value) in CREDENTIALS {
        assert!(seen.contains(&format!("{name}: {value}")), "{seen}");
    }
}

#[tokio::test]
async fn a_request_that_changes_something_is_never_sent_to_another_address() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let server = Script::serve(vec![redirect(status, "/moved")]).await;
            let mut request = post(&server.base, "x");
            *request.method_mut() = method;
            let response = transport().send(request).await.unwrap();
            assert!(response.status().is_redirection(), "{status}");
            assert!(response.accepted().await.is_err());
            assert_eq!(server.seen().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_propfind_keeps_its_method_and_body() {
    // RFC 6764, section 5: `/.well-known/caldav` redirects to the service.
    let server = Script::serve(vec![
        redirect("301 Moved Permanently", "/dav/"),
        answer("207 Multi-Status", "", ""),
    ])
    .await;
    let mut request = post(format!("{}/.well-known/caldav", server.base), "<propfind/>");
    *request.method_mut() = Method::from_bytes(b"PROPFIND").unwrap();
    assert_eq!(transport().send(request).await.unwrap().status(), 207);
    let seen = server.seen().remove(1);
    assert!(seen.starts_with("PROPFIND /dav/ "), "{seen}");
    assert!(seen.ends_with("<propfind/>"), "{seen}");
}

#[tokio::test]
async fn a_redirect_that_goes_in_circles_or_to_a_strange_address_is_an_error() {
    let server = Script::serve(vec![redirect("302 Found", "/again"); 6]).await;
    let error = transport().send(get(&server.base)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(server.seen().len(), 6, "five redirects are followed");

    for (to, kind) in [
        ("file:///etc/passwd", ErrorKind::Untrusted),
        ("http://user:pw@127.0.0.1/", ErrorKind::Untrusted),
        ("http://api.example.com/", ErrorKind::Config),
    ] {
        let server = Script::serve(vec![redirect("302 Found", to)]).await;
        let error = transport().send(get(&server.base)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{to}: {error}");
    }
}

#[test]
fn from_https_to_http_is_refused() {
    let from = Url::parse("https://api.example.com/a").unwrap();
    let mut headers = HeaderMap::new();
    let location = HeaderValue::from_static("http://api.example.com/a");
    headers.insert("location", location);
    let error = redirect::target(&Method::GET, &from, ::http::StatusCode::FOUND, &headers);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Untrusted);
}
