//! The suite of sign-in, on npm `emulate`.

use std::sync::Arc;

use integrations_azure_ad::{AzureAd, AzureAdConfig};
use integrations_conformance::auth::{Decision, Harness};
use integrations_core::auth::SignIn;
use integrations_core::http::{HttpTransport, TransportConfig};
use integrations_core::oauth::Endpoints;
use integrations_core::testing::{CountingTransport, counterpart, sign_in_at_emulate};
use integrations_core::{Error, ErrorKind, Result};
use url::Url;

const CALLBACK: &str = "https://app.example/callback";

async fn browse(url: Url, decision: Decision) -> Result<Url> {
    match decision {
        Decision::Approve => sign_in_at_emulate(&url, "ada@people.example").await,
        Decision::ApproveAsOther => sign_in_at_emulate(&url, "grace@school.example").await,
        Decision::Deny => Err(Error::new(ErrorKind::Unsupported, "nobody says no there")),
    }
}

fn harness() -> Option<Harness> {
    let base = counterpart("emulate", "INTEGRATIONS_TEST_MICROSOFT")?;
    // The stand-in has one set of addresses for all tenants.
    let url = |path: &str| format!("{base}/{path}").parse().unwrap();
    let mut endpoints = Endpoints::new(url("oauth2/v2.0/authorize"), url("oauth2/v2.0/token"))
        .with_end_session(url("oauth2/v2.0/logout"));
    endpoints.keys = Some(url("discovery/v2.0/keys"));
    let mut config = AzureAdConfig::new("common", "test-app").with_secret("test-secret");
    config.authority.clone_from(&base);
    config.graph.clone_from(&base);
    let transport = HttpTransport::new(TransportConfig::new()).unwrap();
    let transport = CountingTransport::new(transport);
    let sent = transport.clone();
    let azure = AzureAd::with_transport(config, endpoints, transport).unwrap();
    let browser = Arc::new(|url, decision| Box::pin(browse(url, decision)) as _);
    Some(
        Harness::new(SignIn::new(azure), CALLBACK.parse().unwrap(), browser)
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
    ("a_made_up_token_has_no_profile", FALLBACK),
    ("refusing_wrong_input_sends_nothing", FALLBACK),
    (
        "a_scope_that_is_not_known_is_refused",
        "the stand-in grants every scope",
    ),
    (
        "tokens_are_renewed_for_fewer_scopes",
        "the stand-in renews for all that was granted",
    ),
];

const FALLBACK: &str = "the stand-in takes any token for that of its first user";

/// What the provider or the stand-in does not have.
const ABSENT: &[&str] = &[
    "callback_issuer",
    "max_age",
    "refresh_rotation",
    "revoke",
    "introspect",
    "device",
    "verified_email",
    "directory",
    "the user's proved address",
    "another user",
    "a hook that plays a device's user",
    "a hook that rotates keys",
    "a hook that lets time pass",
];

/// evidence: azure_ad: suite: independent server: emulate
mod emulate {
    integrations_conformance::auth_tests!(
        async { super::harness() },
        except super::EXCEPT,
        without super::ABSENT
    );
}
