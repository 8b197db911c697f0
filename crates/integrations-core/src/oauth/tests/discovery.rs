//! Metadata: what is believed, and how often they are asked for.

use super::*;
use crate::ErrorKind;

fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "jwks_uri": format!("{ISSUER}/keys"),
        "scopes_supported": ["openid"],
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut changed = metadata();
    changed[name] = value;
    changed
}

#[tokio::test]
async fn metadata_are_asked_for_once_a_day() {
    let transport = always(200, metadata());
    let clock = Clock::new();
    let client = discovered(&transport).with_clock(clock.read());
    let known = client.endpoints().await.unwrap();
    assert_eq!(known.token.as_str(), "https://id.example/token");
    assert_eq!(known.issuer.as_deref(), Some(ISSUER));
    assert_eq!(known.revocation, None);
    assert_eq!(known.metadata["scopes_supported"], json!(["openid"]));
    client.endpoints().await.unwrap();
    assert_eq!(transport.served(), 1);
    let asked = &transport.exchanges()[0];
    assert_eq!(
        asked.uri,
        "https://id.example/.well-known/openid-configuration"
    );
    clock.pass(24 * 3600);
    client.endpoints().await.unwrap();
    assert_eq!(transport.served(), 2);
    // A clock that went back tells nothing of their age.
    clock.pass(-3600);
    client.endpoints().await.unwrap();
    assert_eq!(transport.served(), 3);
}

#[tokio::test]
async fn a_path_of_the_issuer_stays_before_the_well_known_one() {
    let transport = always(404, json!({}));
    for issuer in [
        "https://id.example/realms/a",
        "https://id.example/realms/a/",
    ] {
        let discovery = Discovery::new(issuer).unwrap();
        let client = OAuthClient::new("acme", config(), discovery, transport.clone()).unwrap();
        client.endpoints().await.unwrap_err();
        let asked = transport.exchanges().pop().unwrap().uri;
        assert_eq!(asked.path(), "/realms/a/.well-known/openid-configuration");
    }
}

#[tokio::test]
async fn metadata_of_another_issuer_are_refused() {
    for issuer in [
        json!("https://evil.example"),
        json!("https://id.example/"),
        json!("https://ID.example"),
        json!("http://id.example"),
        json!(null),
        json!([ISSUER]),
    ] {
        let client = discovered(&always(200, with("issuer", issuer.clone())));
        let error = client.endpoints().await.unwrap_err();
        assert_eq!(error.code(), Some("issuer_mismatch"), "{issuer}");
        assert_eq!(error.kind(), ErrorKind::Untrusted);
    }
}

#[tokio::test]
async fn an_endpoint_on_another_origin_is_refused_unless_it_is_allowed() {
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
    ] {
        for other in ["https://evil.example/x", "https://id.example:8443/x"] {
            let transport = always(200, with(name, json!(other)));
            let error = discovered(&transport).endpoints().await.unwrap_err();
            assert_eq!(error.code(), Some("foreign_endpoint"), "{name} {other}");
            let allowed = Discovery::new(ISSUER).unwrap();
            let allowed = allowed.with_origin(other.trim_end_matches("/x"));
            let client = OAuthClient::new("acme", config(), allowed, transport).unwrap();
            client.endpoints().await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_is_not_encrypted_is_refused() {
    for other in [
        "http://id.example/token",
        "http://127.0.0.1/token",
        "ftp://id.example/token",
        "https://user:secret@id.example/token",
        "//id.example/token",
        "token",
    ] {
        let client = discovered(&always(200, with("token_endpoint", json!(other))));
        let error = client.endpoints().await.unwrap_err();
        assert_eq!(error.code(), Some("insecure_endpoint"), "{other}");
    }
}

#[tokio::test]
async fn metadata_that_cannot_be_read_are_refused() {
    let mut without = metadata();
    without.as_object_mut().unwrap().remove("token_endpoint");
    let error = discovered(&always(200, without))
        .endpoints()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("token_endpoint"), "{error}");
    for body in [
        "[]",
        "<html>",
        r#"{"issuer":"https://id.example","issuer":"x"}"#,
    ] {
        let transport = FaultyTransport::answering(move |_| Response::new(body.into()));
        let error = discovered(&Arc::new(transport))
            .endpoints()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn yesterdays_metadata_do_when_the_provider_is_down() {
    let up = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let serving_up = up.clone();
    let transport = serving(
        move |_| match serving_up.load(std::sync::atomic::Ordering::Relaxed) {
            true => answer(200, &metadata()),
            false => answer(503, &json!({})),
        },
    );
    let clock = Clock::new();
    let client = discovered(&transport).with_clock(clock.read());
    client.endpoints().await.unwrap();
    up.store(false, std::sync::atomic::Ordering::Relaxed);
    clock.pass(48 * 3600);
    client.endpoints().await.unwrap();
}

#[test]
fn what_is_no_issuer_is_refused() {
    for issuer in [
        "",
        "id.example",
        "http://id.example",
        "https://id.example?x=1",
        "https://id.example#x",
        "https://user:secret@id.example",
        "file:///etc/passwd",
    ] {
        let error = Discovery::new(issuer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{issuer}");
    }
    for issuer in [
        "https://id.example/realms/a",
        "http://127.0.0.1:3000",
        "http://localhost:1",
    ] {
        Discovery::new(issuer).unwrap();
    }
}
