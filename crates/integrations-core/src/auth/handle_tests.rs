//! What the handle makes of a driver's answers: tokens when a later step fails, and whose they are.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::*;
use crate::error::{Effect, Error, ErrorKind, RetryAdvice};
use crate::integration::{Category, Descriptor};

fn renewing(verification: ErrorKind) -> SignIn {
    let mut mock = MockAuthProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::AUTH, "mock"));
    let mut can = AuthCapabilities::new();
    can.refresh = true;
    can.id_token = true;
    mock.expect_capabilities().return_const(can);
    mock.expect_refresh().times(1).returning(|_, _| {
        let mut new = TokenSet::new("access-2");
        new.refresh_token = Some("refresh-2".into());
        new.id_token = Some("id-2".into());
        Ok(new)
    });
    mock.expect_verify_id_token()
        .returning(move |_, _| Err(Error::new(verification, "the keys were not read")));
    SignIn::new(mock)
}

fn old() -> TokenSet {
    let mut old = TokenSet::new("access-1");
    old.refresh_token = Some("refresh-1".into());
    old.subject = Some(SubjectKey::new("https://issuer.example", "ann"));
    old
}

#[tokio::test]
async fn a_rotated_token_is_kept_when_its_id_token_cannot_be_verified_now() {
    let error = renewing(ErrorKind::Network)
        .refresh(&old())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.effect(), Effect::Applied);
    assert_eq!(error.retry(), RetryAdvice::Never);
    let kept = IssuedTokens::of(&error).unwrap();
    let refresh = kept.refresh_token.as_ref().unwrap();
    assert_eq!(refresh.expose_secret(), "refresh-2");
    assert_eq!(kept.subject, None);
}

/// A provider that gives tokens with an ID token, and whose later steps answer as they are told.
fn issuing(verified: fn() -> Result<IdClaims>, profile: fn() -> Result<UserProfile>) -> SignIn {
    let mut mock = MockAuthProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::AUTH, "mock"));
    let mut can = AuthCapabilities::new();
    can.id_token = true;
    can.device = true;
    mock.expect_capabilities().return_const(can);
    let issued = || {
        TokenSet::new("access-1")
            .with_refresh_token("refresh-1")
            .with_id_token("id-1")
    };
    mock.expect_exchange().returning(move |_, _| Ok(issued()));
    mock.expect_device_poll()
        .returning(move |_| Ok(DevicePoll::Tokens(Box::new(issued()))));
    mock.expect_verify_id_token()
        .returning(move |_, _| verified());
    mock.expect_user_profile().returning(move |_| profile());
    SignIn::new(mock).with_clock(|| Timestamp::UNIX_EPOCH)
}

fn claims_of(subject: &str) -> IdClaims {
    let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let claims = serde_json::json!({ "sid": "session-1" });
    IdClaims::new("https://issuer.example", subject, vec![], from, to, claims)
}

fn profile_of(subject: &str) -> UserProfile {
    UserProfile::new(SubjectKey::new("https://issuer.example", subject))
}

fn unread() -> Error {
    Error::new(ErrorKind::Network, "the connection broke")
}

fn back() -> (CallbackParams, AuthSession) {
    let verifier = PkceVerifier::new("v".repeat(43)).unwrap();
    let callback = "https://app.example/cb".parse().unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let session = AuthSession::new("mock", "state-1", "nonce-1", verifier, callback, now)
        .with_scopes(Scopes::sign_in());
    let params = CallbackParams::from_query("code=code-1&state=state-1").unwrap();
    (params, session)
}

/// The tokens are there, the call is not to be repeated, and whose they are is as said.
#[track_caller]
fn kept(error: &Error, subject: Option<&str>) {
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert_eq!(error.effect(), Effect::Applied);
    assert_eq!(error.retry(), RetryAdvice::Never);
    let tokens = IssuedTokens::of(error).unwrap();
    let refresh = tokens.refresh_token.as_ref().unwrap();
    assert_eq!(tokens.access_token.expose_secret(), "access-1");
    assert_eq!(refresh.expose_secret(), "refresh-1");
    assert_eq!(tokens.scopes, Scopes::sign_in());
    let known = tokens.subject.as_ref().map(SubjectKey::subject);
    assert_eq!(known, subject);
}

#[tokio::test]
async fn an_exchange_keeps_tokens_whose_id_token_cannot_be_verified_now() {
    let sign_in = issuing(|| Err(unread()), || Ok(profile_of("ann")));
    let (callback, session) = back();
    let error = sign_in.exchange(&callback, session).await.unwrap_err();
    kept(&error, None);
}

#[tokio::test]
async fn a_sign_in_keeps_tokens_whose_profile_cannot_be_read_now() {
    let sign_in = issuing(|| Ok(claims_of("ann")), || Err(unread()));
    let (callback, session) = back();
    let error = sign_in.sign_in(&callback, session).await.unwrap_err();
    kept(&error, Some("ann"));
}

#[tokio::test]
async fn a_device_keeps_tokens_whose_id_token_cannot_be_verified_now() {
    let sign_in = issuing(|| Err(unread()), || Ok(profile_of("ann")));
    let uri = "https://issuer.example/device".parse().unwrap();
    let device =
        DeviceAuth::new("device-1", "ABCD", uri, Timestamp::MAX).with_scopes(Scopes::sign_in());
    let error = sign_in.device_poll(&device).await.unwrap_err();
    kept(&error, None);
}

#[tokio::test]
async fn a_sign_in_keeps_no_tokens_of_two_users() {
    let sign_in = issuing(|| Ok(claims_of("ann")), || Ok(profile_of("mallory")));
    let (callback, session) = back();
    let error = sign_in.sign_in(&callback, session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untrusted);
    assert_eq!(error.effect(), Effect::Applied);
    assert!(IssuedTokens::of(&error).is_none());
}

#[tokio::test]
async fn a_sign_in_tells_what_the_id_token_says() {
    let sign_in = issuing(|| Ok(claims_of("ann")), || Ok(profile_of("ann")));
    let (callback, session) = back();
    let who = sign_in.sign_in(&callback, session).await.unwrap();
    let claims = who.claims.unwrap();
    assert_eq!(claims.session_id.as_deref(), Some("session-1"));
    assert_eq!(claims.subject_key(), &who.profile.subject);
    assert_eq!(who.tokens.subject, Some(who.profile.subject));
}

/// An ID token as Entra gives it: `sub` differs for each application, and the key is made of the
/// tenant and the object (`tid`, `oid`).
fn renewed_of(object: &'static str) -> SignIn {
    let mut mock = MockAuthProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::AUTH, "mock"));
    let mut can = AuthCapabilities::new();
    can.refresh = true;
    can.id_token = true;
    mock.expect_capabilities().return_const(can);
    mock.expect_refresh()
        .returning(|_, _| Ok(TokenSet::new("access-2").with_id_token("id-2")));
    mock.expect_verify_id_token()
        .returning(move |_, expected: &IdTokenExpectations| {
            let mut claims = claims_of("pairwise-sub");
            if expected
                .subject
                .as_ref()
                .is_some_and(|sub| *sub != claims.subject)
            {
                return Err(Error::new(ErrorKind::Untrusted, "of another user"));
            }
            claims.profile.subject = SubjectKey::new("https://issuer.example", object);
            Ok(claims)
        });
    SignIn::new(mock)
}

#[tokio::test]
async fn a_renewed_id_token_is_compared_by_the_subject_key_not_by_sub() {
    let key = SubjectKey::new("https://issuer.example", "tenant.object");
    let mut old = TokenSet::new("access-1").with_refresh_token("refresh-1");
    old.subject = Some(key.clone());
    let new = renewed_of("tenant.object").refresh(&old).await.unwrap();
    assert_eq!(new.subject, Some(key));
    let error = renewed_of("tenant.other").refresh(&old).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untrusted);
    assert_eq!(error.code(), Some("subject_mismatch"));
    assert!(IssuedTokens::of(&error).is_none());
}

#[tokio::test]
async fn only_a_refresh_loses_the_connection() {
    let mut mock = MockAuthProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::AUTH, "mock"));
    let mut can = AuthCapabilities::new();
    can.refresh = true;
    mock.expect_capabilities().return_const(can);
    mock.expect_exchange()
        .returning(|_, _| Err(oauth_error("invalid_grant", None)));
    // A driver that does not know the difference.
    mock.expect_refresh()
        .returning(|_, _| Err(oauth_error("invalid_grant", None)));
    let sign_in = SignIn::new(mock).with_clock(|| Timestamp::UNIX_EPOCH);
    let (callback, session) = back();
    let spent = sign_in.exchange(&callback, session).await.unwrap_err();
    assert_eq!(spent.kind(), ErrorKind::Unauthenticated);
    assert!(!spent.needs_reconnect());
    let gone = sign_in.refresh(&old()).await.unwrap_err();
    assert!(gone.needs_reconnect());
}

#[tokio::test]
async fn tokens_that_are_not_genuine_are_not_kept() {
    let error = renewing(ErrorKind::Untrusted)
        .refresh(&old())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untrusted);
    assert_eq!(error.effect(), Effect::Applied);
    assert!(IssuedTokens::of(&error).is_none());
}
