//! Against servers of the tests' own; `tests/it` signs in at servers that this project did not
//! write.

use std::sync::Mutex;

use super::*;
use crate::testing::FaultyServer;

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn to(status: u16, location: &str) -> Response<Bytes> {
    let answer = Response::builder().status(status);
    answer
        .header(LOCATION, location)
        .body(Bytes::new())
        .unwrap()
}

/// A server with a page for signing in and one for agreeing, as `oidc-provider` has them.
async fn server() -> FaultyServer {
    let seen = Mutex::new(Vec::<String>::new());
    FaultyServer::answering(move |request| {
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        let cookie = request.headers().get(COOKIE).map(|c| c.to_str().unwrap().to_owned());
        let form = |prompt: &str| {
            let html = format!(
                r#"<form action="/interaction/1" method="post">
                   <input type="hidden" name="prompt" value="{prompt}"/><input name="login"></form>"#
            );
            Response::new(html.into())
        };
        match (request.method().as_str(), request.uri().path()) {
            ("GET", "/auth") => {
                let mut answer = to(303, "/interaction/1");
                let set = HeaderValue::from_static("_interaction=1; path=/interaction/1; httponly");
                answer.headers_mut().append(SET_COOKIE, set);
                answer
            }
            (_, "/interaction/1") if cookie.as_deref() != Some("_interaction=1") => {
                Response::builder().status(400).body("no session".into()).unwrap()
            }
            ("GET", _) if seen.lock().unwrap().is_empty() => form("login"),
            ("GET", _) => form("consent"),
            ("POST", _) if body.contains("prompt=consent") => {
                let login = seen.lock().unwrap().join(" ");
                to(303, &format!("https://app.example/cb?code={}", login.len()))
            }
            ("POST", _) => {
                seen.lock().unwrap().push(body);
                to(303, "/interaction/1")
            }
            other => panic!("{other:?}"),
        }
    })
    .await
    .unwrap()
}

fn authorization(server: &FaultyServer) -> Url {
    url(&format!(
        "{}/auth?redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=s",
        server.url()
    ))
}

#[tokio::test]
async fn somebody_signs_in_and_agrees_and_the_application_is_called_back() {
    let server = server().await;
    let callback = sign_in_at_oidc_provider(&authorization(&server), "a b&c")
        .await
        .unwrap();
    // As a browser encodes a form (the URL Standard, application/x-www-form-urlencoded).
    let sent = "prompt=login&login=a+b%26c&password=x";
    assert_eq!(
        callback.query(),
        Some(format!("code={}", sent.len()).as_str())
    );
}

#[tokio::test]
async fn a_page_that_is_not_expected_is_told() {
    let server = FaultyServer::answering(|_| {
        let answer = Response::builder().status(400);
        answer
            .body("<h1>oops! invalid_redirect_uri</h1>".into())
            .unwrap()
    });
    let server = server.await.unwrap();
    let error = sign_in_at_oidc_provider(&authorization(&server), "a")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("invalid_redirect_uri"),
        "{error}"
    );
}

#[tokio::test]
async fn redirects_that_never_end_are_given_up() {
    let server = FaultyServer::answering(|_| to(302, "/again?code=hidden"))
        .await
        .unwrap();
    let mut browser = Browser::new(url("https://app.example/cb"));
    let error = browser.open(&url(server.url())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!error.to_string().contains("hidden"), "{error}");
    assert!(server.served() <= STEPS);
}

/// RFC 9110, sections 15.4.3 and 15.4.8: 302 turns a post into a get, 307 does not.
#[tokio::test]
async fn a_redirect_keeps_or_changes_the_method_by_its_status() {
    let server = FaultyServer::answering(|request| match request.uri().path() {
        "/302" => to(302, "/end"),
        "/307" => to(307, "/end"),
        _ => Response::new(format!("{} {}", request.method(), request.body().len()).into()),
    });
    let server = server.await.unwrap();
    let mut browser = Browser::new(url("https://app.example/cb"));
    for (path, expected) in [("/302", "GET 0"), ("/307", "POST 3")] {
        let at = url(&format!("{}{path}", server.url()));
        let Visit::Page(page) = browser.post(&at, &[("a", "b")]).await.unwrap() else {
            panic!("no page")
        };
        assert_eq!(page.body, expected, "{path}");
    }
}

#[tokio::test]
async fn nothing_but_plain_http_is_opened() {
    let mut browser = Browser::new(url("https://app.example/cb"));
    for address in [
        "https://127.0.0.1:1/",
        "file:///etc/passwd",
        "data:text/html,x",
    ] {
        let error = browser.open(&url(address)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{address}");
    }
}
