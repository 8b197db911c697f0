//! Signing keys: when they are asked for, and when not.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::auth::IdTokenExpectations;
use crate::error::ErrorKind;

/// A token whose header names a key; its signature is none.
fn token(kid: &str) -> crate::SecretString {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = json!({"alg": "RS256", "kid": kid}).to_string();
    format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header)).into()
}

/// RFC 7517, appendix A.1: the RSA key, under a key id.
fn keys(kid: &str) -> Value {
    json!({"keys": [{"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "e": "AQAB",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}]})
}

/// A provider whose key changes with every time it is asked.
fn rotating() -> (Arc<FaultyTransport>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let transport = serving(move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        answer(200, &keys(&format!("k{number}")))
    });
    (transport, asked)
}

async fn outcome(client: &OAuthClient, kid: &str) -> String {
    let expected = IdTokenExpectations::at(now());
    let error = client
        .verify_id_token(&token(kid), &expected)
        .await
        .unwrap_err();
    error.code().unwrap_or(error.kind().as_str()).to_owned()
}

#[tokio::test]
async fn keys_are_asked_for_once_an_hour() {
    let (transport, asked) = rotating();
    let clock = Clock::new();
    let client = client(&transport).with_clock(clock.read());
    for _ in 0..3 {
        assert_eq!(outcome(&client, "k1").await, "id_token_signature");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    clock.pass(3600);
    assert_eq!(outcome(&client, "k2").await, "id_token_signature");
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_once_and_then_once_a_minute_at_most() {
    let (transport, asked) = rotating();
    let clock = Clock::new();
    let client = client(&transport).with_clock(clock.read());
    assert_eq!(outcome(&client, "k1").await, "id_token_signature");
    // The provider rotated a moment later: found at once.
    assert_eq!(outcome(&client, "k2").await, "id_token_signature");
    for _ in 0..100 {
        assert_eq!(outcome(&client, "forged").await, "id_token_unknown_key");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    clock.pass(60);
    for _ in 0..100 {
        assert_eq!(outcome(&client, "forged").await, "id_token_unknown_key");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn many_that_wait_ask_once() {
    let (transport, asked) = rotating();
    let client = client(&transport);
    let all = (0..64).map(|_| outcome(&client, "k1"));
    let all = futures::future::join_all(all).await;
    assert!(
        all.iter().all(|code| code == "id_token_signature"),
        "{all:?}"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn old_keys_do_for_a_day_when_the_provider_is_down() {
    let up = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_up = up.clone();
    let transport = serving(move |_| match is_up.load(Ordering::Relaxed) {
        true => answer(200, &keys("k1")),
        false => answer(503, &json!({})),
    });
    let clock = Clock::new();
    let client = client(&transport).with_clock(clock.read());
    assert_eq!(outcome(&client, "k1").await, "id_token_signature");
    up.store(false, Ordering::Relaxed);
    clock.pass(23 * 3600);
    assert_eq!(outcome(&client, "k1").await, "id_token_signature");
    // What cannot be asked for says nothing against the token.
    let down = [ErrorKind::Unavailable, ErrorKind::CircuitOpen].map(|kind| kind.as_str());
    assert!(down.contains(&&*outcome(&client, "k2").await));
    clock.pass(2 * 3600);
    assert!(down.contains(&&*outcome(&client, "k1").await));
}

#[tokio::test(start_paused = true)]
async fn a_forged_token_and_a_slow_provider_hold_up_nobody_else() {
    use std::time::Duration;

    let (transport, _) = rotating();
    let client = client(&transport);
    assert_eq!(outcome(&client, "k1").await, "id_token_signature");
    let slow = crate::testing::Fault::Slow(Duration::from_secs(200));
    transport.fail(|_| true, slow);
    let forger = client.clone();
    let forged = tokio::spawn(async move { outcome(&forger, "forged").await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let known = tokio::time::timeout(Duration::from_secs(1), outcome(&client, "k1")).await;
    assert_eq!(known.unwrap(), "id_token_signature");
    assert_eq!(forged.await.unwrap(), "id_token_unknown_key");
}
