//! What is sent again when an answer is lost, and what never.

use super::*;
use crate::auth::{DeviceAuth, Scopes, TokenRef};
use crate::testing::Fault;
use crate::{Effect, Result};

/// A call whose first answer is lost: how it ended, and how often the provider acted.
async fn lost<T>(
    call: impl AsyncFn(&OAuthClient) -> Result<T>,
    change: impl Fn(OAuthClient) -> OAuthClient,
    body: Value,
) -> (Result<T>, usize) {
    let transport = FaultyTransport::answering(move |_| answer(200, &body));
    let transport = Arc::new(transport.with_faults([Fault::CutAfter]));
    let outcome = call(&change(client(&transport))).await;
    (outcome, transport.served())
}

#[tokio::test(start_paused = true)]
async fn a_code_is_sent_once() {
    let session = session();
    let exchange = async |client: &OAuthClient| client.exchange(&"c".into(), &session).await;
    let (outcome, served) = lost(exchange, |client| client, tokens()).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.effect(), served), (Effect::Unknown, 1));
    assert!(
        error.to_string().contains("start the sign-in again"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_rotates_is_sent_once() {
    let refresh = async |client: &OAuthClient| client.refresh(&"r".into(), &Scopes::none()).await;
    let (outcome, served) = lost(refresh, |client| client, tokens()).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.effect(), served), (Effect::Unknown, 1));
    assert!(!error.needs_reconnect());
    let (outcome, served) = lost(refresh, OAuthClient::with_static_refresh_tokens, tokens()).await;
    outcome.unwrap();
    assert_eq!(served, 2);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_may_have_used_the_code_up_is_sent_once() {
    let uri: url::Url = "https://id.example/activate".parse().unwrap();
    let device = DeviceAuth::new("d", "u", uri, now());
    let poll = async |client: &OAuthClient| client.device_poll(&device).await;
    let (outcome, served) = lost(poll, |client| client, tokens()).await;
    assert_eq!(
        (outcome.unwrap_err().effect(), served),
        (Effect::Unknown, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_arrive_twice_is_sent_again() {
    let revoke = async |client: &OAuthClient| client.revoke(&TokenRef::access("a")).await;
    let (outcome, served) = lost(revoke, |client| client, json!({})).await;
    outcome.unwrap();
    assert_eq!(served, 2);
    let own = async |client: &OAuthClient| client.client_credentials(&Scopes::none()).await;
    let (outcome, served) = lost(own, |client| client, tokens()).await;
    outcome.unwrap();
    assert_eq!(served, 2);
    let look = async |client: &OAuthClient| client.introspect(&TokenRef::access("a")).await;
    let (outcome, served) = lost(look, |client| client, json!({"active": false})).await;
    outcome.unwrap();
    assert_eq!(served, 2);
}

#[tokio::test(start_paused = true)]
async fn what_never_arrived_is_sent_again_whatever_it_is() {
    let transport = FaultyTransport::answering(|_| answer(200, &tokens()));
    let transport = Arc::new(transport.with_faults([Fault::Refuse]));
    client(&transport)
        .exchange(&"c".into(), &session())
        .await
        .unwrap();
    assert_eq!(transport.served(), 1);
}
