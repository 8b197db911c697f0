//! The sign-in suite over the provider in memory, in a folder and with fewer abilities; what the
//! folder promises; the faults that the suite must catch.

mod faults;
mod faulty;
mod folder;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use integrations_conformance::auth::{Decision, Harness};
use integrations_core::Error;
use integrations_core::auth::{AuthCapabilities, AuthProvider, SignIn};
use integrations_local::auth::{LocalSignIn, LocalUser};
use jiff::{SignedDuration, Timestamp};

const CALLBACK: &str = "https://app.example/callback";

/// A clock that behaviours set forward.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    fn now(&self) -> Timestamp {
        let off = SignedDuration::from_secs(self.0.load(Ordering::Relaxed));
        Timestamp::now().checked_add(off).unwrap()
    }

    fn forward(&self, time: Duration) {
        self.0
            .fetch_add(i64::try_from(time.as_secs()).unwrap(), Ordering::Relaxed);
    }
}

/// The provider as the suite needs it: two users, a registered redirect URI, a clock.
pub(crate) async fn prepare(provider: LocalSignIn, clock: &Clock) -> LocalSignIn {
    let clock = clock.clone();
    let provider = provider
        .with_redirect_uri(CALLBACK)
        .with_clock(move || clock.now());
    let other = LocalUser::new("mallory").with_email("ada@example.org", false);
    provider.add_user(other).await.unwrap();
    provider
}

/// A harness whose browser is the provider's, and whose calls go through `driver`.
pub(crate) fn harness(
    provider: &LocalSignIn,
    clock: &Clock,
    driver: impl AuthProvider + 'static,
) -> Harness {
    let (browser, typist, rotator) = (provider.clone(), provider.clone(), provider.clone());
    let (now, wait) = (clock.clone(), clock.clone());
    let sign_in = SignIn::new(driver).with_clock(move || now.now());
    let counted = provider.clone();
    Harness::new(
        sign_in,
        CALLBACK.parse().unwrap(),
        Arc::new(move |url, decision| {
            let provider = browser.clone();
            Box::pin(async move {
                match decision {
                    Decision::Approve => provider.approve(&url, "ada").await,
                    Decision::ApproveAsOther => provider.approve(&url, "mallory").await,
                    Decision::Deny => provider.deny(&url).await,
                }
            })
        }),
    )
    .with_requests(move || counted.requests())
    .with_verified_email("ada@example.com")
    .with_other_user()
    .with_unregistered("https://app.example/callback/".parse().unwrap())
    .with_device_user(Arc::new(move |device, decision| {
        let provider = typist.clone();
        Box::pin(async move {
            match decision {
                Decision::Deny => provider.deny_device(&device.user_code).await,
                _ => provider.approve_device(&device.user_code, "ada").await,
            }
        })
    }))
    .with_rotate_keys(Arc::new(move || {
        let provider = rotator.clone();
        Box::pin(async move { provider.rotate_keys().await })
    }))
    .with_wait(Arc::new(move |time| wait.forward(time)))
}

/// A harness over a provider in memory.
async fn in_memory(capabilities: Option<AuthCapabilities>) -> Harness {
    let clock = Clock::default();
    let mut provider = prepare(LocalSignIn::in_memory().unwrap(), &clock).await;
    if let Some(capabilities) = capabilities {
        provider = provider.with_capabilities(capabilities);
    }
    harness(&provider, &clock, provider.clone())
}

/// evidence: local_auth: suite: own reference: memory
mod memory {
    integrations_conformance::auth_tests!(super::in_memory(None), complete);
}

/// evidence: local_auth: suite: own reference: folder
mod in_folder {
    integrations_conformance::auth_tests!(
        async {
            let folder = tempfile::tempdir().unwrap().keep();
            let provider = integrations_local::auth::LocalSignIn::open(&folder)
                .await
                .unwrap();
            let clock = super::Clock::default();
            let provider = super::prepare(provider, &clock).await;
            super::harness(&provider, &clock, provider.clone())
        },
        complete
    );
}

#[tokio::test]
async fn no_behaviour_is_skipped() {
    let suite = integrations_conformance::auth::suite();
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", || in_memory(None), &options).await;
    assert!(report.is_green() && report.skipped == 0, "{report}");
    assert!(report.passed >= 25, "{report}");
}

#[tokio::test]
async fn a_provider_that_can_only_do_the_least_refuses_the_rest() {
    let suite = integrations_conformance::auth::suite();
    let make = || in_memory(Some(AuthCapabilities::new()));
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped > 25, "{report}");
}

#[tokio::test]
async fn somebody_who_may_not_sign_in_gets_no_code() {
    let clock = Clock::default();
    let provider = prepare(LocalSignIn::in_memory().unwrap(), &clock).await;
    let mut gone = LocalUser::new("gone");
    gone.active = false;
    provider.add_user(gone).await.unwrap();
    let request = integrations_core::auth::AuthorizeRequest::new(CALLBACK.parse().unwrap());
    let started = SignIn::new(provider.clone())
        .authorize(&request)
        .await
        .unwrap();
    let error: Error = provider.approve(&started.url, "gone").await.unwrap_err();
    assert_eq!(
        error.kind(),
        integrations_core::ErrorKind::PermissionDenied,
        "{error}"
    );
}
