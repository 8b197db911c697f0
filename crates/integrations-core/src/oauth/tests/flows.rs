//! What is sent, by the RFCs, and how answers are read.

use std::time::Duration;

use base64::Engine;
use secrecy::ExposeSecret;
use serde_json::json;

use super::super::ClientAuthentication;
use super::*;
use crate::ErrorKind;
use crate::auth::{DeviceAuth, DevicePoll, Scopes, TokenRef};

#[tokio::test]
async fn a_code_is_exchanged_with_its_verifier_and_redirect_uri() {
    let transport = always(200, tokens());
    let client = client(&transport).with_clock(now);
    let session = session();
    let set = client.exchange(&"c0de".into(), &session).await.unwrap();
    assert_eq!(set.access_token.expose_secret(), "a1");
    assert_eq!(set.token_type, "Bearer");
    assert_eq!(set.expires_at.unwrap().as_second(), now().as_second() + 60);

    let sent = &transport.exchanges()[0];
    assert_eq!(sent.method, "POST");
    assert_eq!(sent.uri, "https://id.example/token");
    // RFC 6749, section 4.1.3; RFC 7636, section 4.5.
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "c0de"),
        ("redirect_uri", "https://app.example/cb"),
        ("code_verifier", session.verifier().expose()),
    ] {
        assert_eq!(field(&sent.body, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(
        sent.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(sent.headers["accept"], "application/json");
}

// RFC 6749, section 2.3.1: id and secret are form-encoded before they are joined.
#[tokio::test]
async fn the_secret_is_shown_as_configured_and_in_one_place() {
    let transport = always(200, tokens());
    let odd = ClientConfig::new("a b").with_secret("p:%w");
    let make = |config| OAuthClient::new("acme", config, endpoints(), transport.clone()).unwrap();
    make(odd.clone())
        .client_credentials(&Scopes::none())
        .await
        .unwrap();
    let in_body = odd.with_authentication(ClientAuthentication::Body);
    make(in_body)
        .client_credentials(&Scopes::none())
        .await
        .unwrap();
    let [basic, body] = &transport.exchanges()[..] else {
        panic!("two requests");
    };
    let expected = base64::engine::general_purpose::STANDARD.encode("a+b:p%3A%25w");
    assert_eq!(basic.headers["authorization"], format!("Basic {expected}"));
    assert!(basic.headers["authorization"].is_sensitive());
    assert_eq!(field(&basic.body, "client_secret"), None);
    assert!(!body.headers.contains_key("authorization"));
    assert_eq!(field(&body.body, "client_secret").as_deref(), Some("p:%w"));
    assert_eq!(field(&body.body, "client_id").as_deref(), Some("a b"));
}

#[tokio::test]
async fn an_application_without_a_secret_names_itself_in_the_body() {
    let transport = always(200, tokens());
    let public = ClientConfig::new("public");
    let client = OAuthClient::new("acme", public, endpoints(), transport.clone()).unwrap();
    client.exchange(&"c".into(), &session()).await.unwrap();
    let sent = &transport.exchanges()[0];
    assert_eq!(field(&sent.body, "client_id").as_deref(), Some("public"));
    assert!(!sent.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_refresh_asks_for_scopes_only_where_they_are_given() {
    let transport = always(200, tokens());
    let client = client(&transport);
    client.refresh(&"r1".into(), &Scopes::none()).await.unwrap();
    let fewer = "calendar.read".parse().unwrap();
    client.refresh(&"r1".into(), &fewer).await.unwrap();
    let [all, some] = &transport.exchanges()[..] else {
        panic!("two requests");
    };
    assert_eq!(
        field(&all.body, "grant_type").as_deref(),
        Some("refresh_token")
    );
    assert_eq!(field(&all.body, "refresh_token").as_deref(), Some("r1"));
    assert_eq!(field(&all.body, "scope"), None);
    assert_eq!(field(&some.body, "scope").as_deref(), Some("calendar.read"));
}

#[tokio::test]
async fn a_refresh_that_finds_no_grant_asks_the_owner_to_consent_again() {
    let transport = always(400, json!({"error": "invalid_grant"}));
    let error = client(&transport)
        .refresh(&"r".into(), &Scopes::none())
        .await
        .unwrap_err();
    assert!(error.needs_reconnect(), "{error}");
    // A spent code says nothing of the connection that there is.
    let error = client(&transport)
        .exchange(&"c".into(), &session())
        .await
        .unwrap_err();
    assert!(!error.needs_reconnect(), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
#[tokio::test]
async fn what_github_answers_is_read() {
    let transport = Arc::new(FaultyTransport::answering(|_| {
        let body = "access_token=ghu_1&expires_in=28800&refresh_token=ghr_1\
                    &refresh_token_expires_in=15897600&scope=&token_type=bearer";
        Response::builder()
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(body.into())
            .unwrap()
    }));
    let client = client(&transport).with_clock(now);
    let set = client.exchange(&"c".into(), &session()).await.unwrap();
    assert_eq!(set.refresh_token.unwrap().expose_secret(), "ghr_1");
    assert_eq!(
        set.expires_at.unwrap().as_second() - now().as_second(),
        28_800
    );
    let refresh_life = set.refresh_expires_at.unwrap().as_second() - now().as_second();
    assert_eq!(refresh_life, 15_897_600);
    assert!(set.scopes.is_empty());
}

#[tokio::test]
async fn a_revoked_or_unknown_token_is_ended() {
    // RFC 7009, section 2.2: 200, of which nothing is read.
    let page = Arc::new(FaultyTransport::answering(|_| {
        Response::new("<html>".into())
    }));
    let ended = Arc::new(FaultyTransport::answering(|_| Response::new(Bytes::new())));
    let google = always(400, json!({"error": "invalid_token"}));
    for transport in [page, ended, google] {
        client(&transport)
            .revoke(&TokenRef::refresh("r1"))
            .await
            .unwrap();
        let sent = &transport.exchanges()[0];
        assert_eq!(sent.uri, "https://id.example/revoke");
        assert_eq!(field(&sent.body, "token").as_deref(), Some("r1"));
        assert_eq!(
            field(&sent.body, "token_type_hint").as_deref(),
            Some("refresh_token")
        );
    }
    let broken = always(400, json!({"error": "unsupported_token_type"}));
    let error = client(&broken)
        .revoke(&TokenRef::access("a"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("unsupported_token_type"));
}

#[tokio::test]
async fn introspection_tells_an_active_token_from_any_other() {
    // RFC 7662, section 2.2, the example.
    let active = always(
        200,
        json!({"active": true, "client_id": "l238j323ds-23ij4", "username": "jdoe",
            "scope": "read write dolphin", "sub": "Z5O3upPC88QrAjx00dis", "exp": 1419356238,
            "iat": 1419350238, "extension_field": "twenty-seven"}),
    );
    let known = client(&active)
        .introspect(&TokenRef::access("a"))
        .await
        .unwrap();
    assert!(known.active);
    assert_eq!(known.subject.as_deref(), Some("Z5O3upPC88QrAjx00dis"));
    assert_eq!(known.username.as_deref(), Some("jdoe"));
    assert_eq!(known.client_id.as_deref(), Some("l238j323ds-23ij4"));
    assert!(known.scopes.contains("dolphin"));
    assert_eq!(known.expires_at.unwrap().as_second(), 1_419_356_238);
    let crate::Raw::Json(raw) = &known.raw else {
        panic!("{:?}", known.raw);
    };
    assert_eq!(raw["extension_field"], "twenty-seven");

    let unknown = always(200, json!({"active": false}));
    let known = client(&unknown)
        .introspect(&TokenRef::access("a"))
        .await
        .unwrap();
    assert!(!known.active);
}

fn device() -> DeviceAuth {
    let uri = "https://id.example/activate".parse().unwrap();
    DeviceAuth::new("dev1ce", "ABCD-EFGH", uri, now())
}

#[tokio::test]
async fn a_device_gets_its_codes() {
    // RFC 8628, section 3.2, and Google's name for the address.
    for name in ["verification_uri", "verification_url"] {
        let transport = always(
            200,
            json!({"device_code": "dev1ce", "user_code": "ABCD-EFGH", "expires_in": 1800,
                name: "https://id.example/activate"}),
        );
        let client = client(&transport).with_clock(now);
        let device = client.device_start(&Scopes::sign_in()).await.unwrap();
        assert_eq!(device.device_code.expose_secret(), "dev1ce");
        assert_eq!(device.user_code, "ABCD-EFGH");
        assert_eq!(
            device.verification_uri.as_str(),
            "https://id.example/activate"
        );
        assert_eq!(device.interval, Duration::from_secs(5));
        assert_eq!(device.expires_at.as_second() - now().as_second(), 1800);
        let sent = &transport.exchanges()[0];
        assert_eq!(sent.uri, "https://id.example/device");
        assert_eq!(
            field(&sent.body, "scope").as_deref(),
            Some("openid profile email")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_asks_once_and_says_what_the_user_decided() {
    for (status, code, expected) in [
        (400, "authorization_pending", "Pending"),
        (400, "slow_down", "SlowDown"),
        (400, "expired_token", "Expired"),
        (400, "access_denied", "Denied"),
        // Google: https://developers.google.com/identity/protocols/oauth2/limited-input-device
        (428, "authorization_pending", "Pending"),
        (403, "slow_down", "SlowDown"),
        // Entra's word.
        (400, "authorization_declined", "Denied"),
        // GitHub, with 200.
        (200, "authorization_pending", "Pending"),
    ] {
        let transport = always(status, json!({"error": code}));
        let poll = client(&transport).device_poll(&device()).await.unwrap();
        assert!(
            format!("{poll:?}").starts_with(expected),
            "{status} {code}: {poll:?}"
        );
        assert_eq!(transport.served(), 1, "{code}");
    }
    let transport = always(200, tokens());
    let poll = client(&transport).device_poll(&device()).await.unwrap();
    let DevicePoll::Tokens(set) = poll else {
        panic!("{poll:?}");
    };
    assert_eq!(set.access_token.expose_secret(), "a1");
    let sent = &transport.exchanges()[0];
    let grant = field(&sent.body, "grant_type").unwrap();
    assert_eq!(grant, "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(field(&sent.body, "device_code").as_deref(), Some("dev1ce"));
    assert!(sent.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_configured_is_refused_before_the_browser_goes() {
    let transport = always(200, tokens());
    let config = config().with_redirect_uris(["https://app.example/cb", "http://127.0.0.1/cb"]);
    let client = OAuthClient::new("acme", config, endpoints(), transport.clone()).unwrap();
    let ask = async |uri: &str| {
        let request = AuthorizeRequest::new(uri.parse().unwrap());
        client.authorize(&request, &[]).await
    };
    for good in [
        "https://app.example/cb",
        "http://127.0.0.1:49152/cb",
        "http://127.0.0.1/cb",
    ] {
        ask(good).await.unwrap();
    }
    for bad in [
        "https://app.example/cb/",
        "https://app.example/cb?x=1",
        "https://app.example:8443/cb",
        "https://evil.example/cb",
        "http://127.0.0.1:49152/other",
        "http://localhost:49152/cb",
    ] {
        let error = ask(bad).await.unwrap_err();
        assert_eq!(error.code(), Some("redirect_uri_mismatch"), "{bad}");
    }
    assert_eq!(transport.served(), 0);
}

#[tokio::test]
async fn userinfo_is_read_with_the_token_and_must_say_whom_it_means() {
    let transport = always(200, json!({"sub": "u1", "email": "a@x.example"}));
    let told = client(&transport).userinfo(&"t0ken".into()).await.unwrap();
    assert_eq!(told["email"], "a@x.example");
    let sent = &transport.exchanges()[0];
    assert_eq!(sent.headers["authorization"], "Bearer t0ken");
    assert!(sent.headers["authorization"].is_sensitive());
    let nobody = always(200, json!({"email": "a@x.example"}));
    let error = client(&nobody).userinfo(&"t".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let expired = always(401, json!({"error": "invalid_token"}));
    let error = client(&expired).userinfo(&"t".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn an_answer_of_a_megabyte_is_refused() {
    let long = "x".repeat(1 << 20);
    let transport = always(200, json!({"access_token": long}));
    let error = client(&transport)
        .exchange(&"c".into(), &session())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().len() < 1000);
}

#[tokio::test]
async fn no_secret_is_shown() {
    let transport = always(200, json!({"token_type": "s3cret-answer"}));
    let client = client(&transport);
    let error = client
        .exchange(&"s3cret-code".into(), &session())
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?} {client:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[tokio::test]
async fn an_api_that_quotes_the_token_is_not_quoted() {
    use crate::guard::Operation;

    let quoting = json!({"message": "Bad credentials: t0ken-s3cret"});
    let transport = always(401, quoting);
    let client = client(&transport);
    let url: url::Url = "https://id.example/api".parse().unwrap();
    let token = "t0ken-s3cret".into();
    let operation = Operation::of(&super::super::operations::USERINFO);
    let error = client
        .get_json(&operation, &url, &token, &[])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
}
