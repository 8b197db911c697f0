//! No secret of a sign-in shows in `Debug`, in an error or in what is serialised.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

use std::error::Error as _;
use std::fmt::Debug;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::*;
use crate::error::{Error, ErrorKind};

/// Every secret below has this in it; verifiers are 43 characters or longer (RFC 7636).
const CANARY: &str = "c4n4ry";
const VERIFIER: &str = "c4n4ry-verifier-c4n4ry-verifier-c4n4ry-verifier";

fn secret(name: &str) -> SecretString {
    format!("{CANARY}-{name}").into()
}

fn plain(name: &str) -> String {
    format!("{CANARY}-{name}")
}

fn tokens() -> TokenSet {
    TokenSet::new(secret("access"))
        .with_refresh_token(secret("refresh"))
        .with_id_token(secret("id"))
        .with_scopes(Scopes::sign_in())
}

fn session() -> AuthSession {
    let verifier = PkceVerifier::new(VERIFIER).unwrap();
    let callback = "https://app.example/cb".parse().unwrap();
    let now = Timestamp::UNIX_EPOCH;
    AuthSession::new(
        "mock",
        secret("state"),
        secret("nonce"),
        verifier,
        callback,
        now,
    )
}

fn authorization() -> Authorization {
    let url = format!("https://i.example/auth?state={CANARY}-state&nonce={CANARY}-nonce#{CANARY}");
    Authorization::new(url.parse().unwrap(), session())
}

fn device() -> DeviceAuth {
    let uri = "https://i.example/device".parse().unwrap();
    let complete = format!("https://i.example/device?user_code={CANARY}-user");
    DeviceAuth::new(secret("device"), plain("user"), uri, Timestamp::UNIX_EPOCH)
        .with_complete_uri(complete.parse().unwrap())
}

fn profile() -> UserProfile {
    UserProfile::new(SubjectKey::new("https://i.example", "ann"))
}

/// As the answer of a provider that repeats secrets where nobody expects them.
fn claims() -> IdClaims {
    let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let raw = serde_json::json!({ "nonce": plain("nonce") });
    IdClaims::new("https://i.example", "ann", vec![], from, to, raw)
}

#[track_caller]
fn silent(value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
}

#[test]
fn no_debug_shows_a_secret() {
    silent(&tokens());
    silent(&tokens().access_ref());
    silent(&tokens().refresh_ref());
    silent(&tokens().export());
    silent(&session());
    silent(&session().export());
    silent(&PkceVerifier::new(VERIFIER).unwrap());
    silent(&authorization());
    silent(&device());
    silent(&DevicePoll::Tokens(Box::new(tokens())));
    silent(&LogoutRequest::of(&tokens()).with_state(plain("state")));
    silent(&SignedIn::new(tokens(), profile()).with_claims(claims()));
    silent(&claims());
    let query = format!("code={CANARY}-code&state={CANARY}-state&error_description={CANARY}");
    silent(&CallbackParams::from_query(&query).unwrap());
    let expected = IdTokenExpectations::at(Timestamp::UNIX_EPOCH)
        .with_nonce(secret("nonce"))
        .with_access_token(secret("access"));
    silent(&expected);
    let raw = serde_json::json!({ "access_token": plain("access") });
    silent(&Introspection::active(Scopes::none()).with_raw(raw));
}

#[track_caller]
fn silent_error(error: &Error) {
    let mut shown = format!("{error} {error:?} {} {}", error.message(), error.advice());
    let mut below = error.source();
    while let Some(source) = below {
        shown.push_str(&format!(" {source} {source:?}"));
        below = source.source();
    }
    assert!(!shown.contains(CANARY), "{shown}");
}

#[test]
fn no_error_shows_a_secret() {
    let kept = IssuedTokens::keep(Error::new(ErrorKind::Network, "x"), tokens());
    assert!(IssuedTokens::of(&kept).is_some());
    silent_error(&kept);
    // What was stored and is damaged is not repeated by the parser's words.
    let damaged = format!("{{\"v\":1,\"access_token\":\"{CANARY}\",\"{CANARY}\":");
    silent_error(&TokenSet::import(&damaged).unwrap_err());
    silent_error(&AuthSession::import(&damaged).unwrap_err());
    silent_error(&PkceVerifier::new(CANARY).unwrap_err());
    let twice = format!("code={CANARY}-1&code={CANARY}-2");
    silent_error(&CallbackParams::from_query(&twice).unwrap_err());
    let check = CallbackCheck {
        provider: "mock",
        issuer_required: false,
        now: Timestamp::UNIX_EPOCH,
        max_age: AuthSession::DEFAULT_MAX_AGE,
    };
    let other = format!("code={CANARY}-code&state={CANARY}-other");
    let other = CallbackParams::from_query(&other).unwrap();
    silent_error(&session().check_callback(&other, &check).unwrap_err());
}

/// Which of two traits has the method shows whether `T` is `Serialize`: with both it is ambiguous,
/// and this does not compile.
macro_rules! never_serialised {
    ($($name:ty),+ $(,)?) => {$({
        trait Either<A> {
            fn one() {}
        }
        impl<T: ?Sized> Either<()> for T {}
        impl<T: ?Sized + Serialize> Either<u8> for T {}
        <$name as Either<_>>::one();
    })+};
}

#[test]
fn what_holds_secrets_is_not_serialised_by_accident() {
    never_serialised!(
        TokenSet,
        TokenRef,
        AuthSession,
        Authorization,
        CallbackParams,
        DeviceAuth,
        DevicePoll,
        IdTokenExpectations,
        IssuedTokens,
        LogoutRequest,
        PkceVerifier,
        SignedIn,
    );
    // The ways that are meant give a secret, which is not serialised either.
    assert!(tokens().export().expose_secret().contains(CANARY));
    never_serialised!(SecretString);
}
