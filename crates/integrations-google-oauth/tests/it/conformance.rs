//! The suite of sign-in, on npm `emulate`.

use std::sync::Arc;

use integrations_conformance::auth::{Decision, Harness};
use integrations_core::auth::SignIn;
use integrations_core::http::{HttpTransport, TransportConfig};
use integrations_core::oauth::Endpoints;
use integrations_core::testing::{CountingTransport, counterpart, sign_in_at_emulate};
use integrations_core::{Error, ErrorKind, Result};
use integrations_google_oauth::{GoogleOAuth, GoogleOAuthConfig};
use url::Url;

const CALLBACK: &str = "https://app.example/callback";

async fn browse(url: Url, decision: Decision) -> Result<Url> {
    match decision {
        Decision::Approve => sign_in_at_emulate(&url, "grace@school.example").await,
        Decision::ApproveAsOther => sign_in_at_emulate(&url, "ada@people.example").await,
        Decision::Deny => Err(Error::new(ErrorKind::Unsupported, "nobody says no there")),
    }
}

fn harness() -> Option<Harness> {
    let base = counterpart("emulate", "INTEGRATIONS_TEST_GOOGLE")?;
    let url = |path: &str| format!("{base}/{path}").parse().unwrap();
    let endpoints = Endpoints::new(url("o/oauth2/v2/auth"), url("oauth2/token"))
        .with_issuer(&*base, url("oauth2/v3/certs"))
        .with_userinfo(url("oauth2/v2/userinfo"))
        .with_revocation(url("oauth2/revoke"));
    let config = GoogleOAuthConfig::new("test-app").with_secret("test-secret");
    let transport = HttpTransport::new(TransportConfig::new()).unwrap();
    let transport = CountingTransport::new(transport);
    let sent = transport.clone();
    let google = GoogleOAuth::with_transport(config, endpoints, transport).unwrap();
    let browser = Arc::new(|url, decision| Box::pin(browse(url, decision)) as _);
    Some(
        Harness::new(SignIn::new(google), CALLBACK.parse().unwrap(), browser)
            .with_verified_email("grace@school.example")
            .with_unregistered("https://elsewhere.example/callback".parse().unwrap())
            .with_requests(move || sent.sent()),
    )
}

/// What the stand-in does not have or does otherwise.
const EXCEPT: &[(&str, &str)] = &[
    (
        "a_user_who_says_no_is_told_so",
        "the stand-in has no way to say no",
    ),
    (
        "a_code_needs_its_redirect_uri",
        "the stand-in does not compare it",
    ),
    ("a_made_up_token_has_no_profile", FALLBACK),
    ("refusing_wrong_input_sends_nothing", FALLBACK),
    ("a_revoked_token_is_not_good", FALLBACK),
    ("a_whole_set_is_ended", FALLBACK),
];

const FALLBACK: &str = "the stand-in takes any token for that of its first user";

/// What the provider or the stand-in does not have.
const ABSENT: &[&str] = &[
    "callback_issuer",
    "max_age",
    "refresh_rotation",
    "refresh_scopes",
    "introspect",
    "device",
    "client_credentials",
    "logout",
    "directory",
    "another user",
    "a hook that plays a device's user",
    "a hook that rotates keys",
    "a hook that lets time pass",
];

/// evidence: google_oauth: suite: independent server: emulate
mod emulate {
    integrations_conformance::auth_tests!(
        async { super::harness() },
        except super::EXCEPT,
        without super::ABSENT
    );
}
