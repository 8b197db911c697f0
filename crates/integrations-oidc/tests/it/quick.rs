//! A sign-in in two calls.

use integrations_conformance::auth::Decision;
use integrations_core::ErrorKind;
use integrations_core::auth::{CallbackParams, random_token};

use crate::counterpart::{self, browse, connected};

#[tokio::test]
async fn a_state_is_good_once_and_only_when_it_was_given_out() {
    let Some(issuer) = counterpart::issuer() else {
        return;
    };
    let (sign_in, _) = connected(counterpart::application(&issuer).await).await;
    let state = random_token().unwrap();
    let url = sign_in.authorization_url(&state).await.unwrap();
    let back = browse(url, Decision::Approve).await.unwrap();
    let callback = CallbackParams::from_url(&back).unwrap();
    let who = sign_in.finish(&callback).await.unwrap();
    assert_eq!(who.profile.subject.subject(), "ada");
    assert!(who.tokens.refresh_token.is_some(), "offline is asked for");

    let again = sign_in.finish(&callback).await.unwrap_err();
    assert_eq!(
        (again.kind(), again.code()),
        (ErrorKind::Untrusted, Some("state_unknown"))
    );
    let foreign = sign_in
        .exchange_code("c0de", &random_token().unwrap())
        .await
        .unwrap_err();
    assert_eq!(foreign.code(), Some("state_unknown"));
    let short = sign_in.authorization_url("short").await.unwrap_err();
    assert_eq!(short.kind(), ErrorKind::InvalidInput);
}
