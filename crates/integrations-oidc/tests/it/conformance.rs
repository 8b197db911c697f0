//! The suite of sign-in, on npm `oidc-provider`.

use std::sync::Arc;

use integrations_conformance::auth::Harness;

use crate::counterpart::{self, CALLBACK, browse, connected, decide, rotate};

async fn harness() -> Option<Harness> {
    let issuer = counterpart::issuer()?;
    let (sign_in, sent) = connected(counterpart::application(&issuer).await).await;
    let browser = Arc::new(|url, decision| Box::pin(browse(url, decision)) as _);
    Some(
        Harness::new(sign_in, CALLBACK.parse().unwrap(), browser)
            .with_verified_email("ada@people.example")
            .with_unregistered("https://elsewhere.example/callback".parse().unwrap())
            .with_device_user(Arc::new(|device, decision| {
                Box::pin(decide(device, decision))
            }))
            .with_rotate_keys(Arc::new(move || {
                let issuer = issuer.clone();
                Box::pin(async move { rotate(&issuer).await })
            }))
            .with_requests(move || sent.sent()),
    )
}

/// What the server does otherwise.
const EXCEPT: &[(&str, &str)] = &[
    (
        "a_scope_that_is_not_known_is_refused",
        "the server leaves out scopes that it does not know, as RFC 6749 (section 3.3) allows",
    ),
    (
        "polling_too_fast_is_told",
        "the server answers `authorization_pending` however fast it is asked",
    ),
];

/// evidence: oidc: suite: independent server: oidc-provider
mod oidc_provider {
    integrations_conformance::auth_tests!(
        async { super::harness().await },
        except super::EXCEPT,
        without &["another user", "a hook that lets time pass", "directory"]
    );
}
