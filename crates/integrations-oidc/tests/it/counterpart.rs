//! The server to test against, an application there for each test, and the people who sign in.

use integrations_conformance::auth::Decision;
use integrations_core::auth::{DeviceAuth, SignIn};
use integrations_core::http::{HttpTransport, TransportConfig};
use integrations_core::testing::{
    Browser, CountingTransport, Visit, counterpart, sign_in_at_oidc_provider,
};
use integrations_core::{Error, ErrorKind, Integration, Result};
use integrations_oidc::{Oidc, OidcConfig};
use serde_json::{Value, json};
use url::Url;

pub(crate) const CALLBACK: &str = "https://app.example/callback";

/// Where it is.
pub(crate) fn issuer() -> Option<String> {
    counterpart("oidc-provider", "INTEGRATIONS_TEST_OIDC")
}

/// An application of the test's own (RFC 7591).
pub(crate) async fn application(issuer: &str) -> OidcConfig {
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let wanted = json!({
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": ["https://app.example/signed-out"],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials", device],
    });
    let mut browser = Browser::new(CALLBACK.parse().unwrap());
    let url: Url = format!("{issuer}/reg").parse().unwrap();
    let Visit::Page(page) = browser.post_json(&url, &wanted).await.unwrap() else {
        panic!("the registration leads elsewhere");
    };
    let made: Value = serde_json::from_str(&page.body).unwrap();
    let text = |name: &str| {
        let text = made[name].as_str();
        text.unwrap_or_else(|| panic!("no {name}: {}", page.body))
            .to_owned()
    };
    OidcConfig::new(issuer, text("client_id"))
        .with_secret(text("client_secret"))
        .with_redirect_uri(CALLBACK)
}

/// A provider that is connected, and the transport that counts its requests.
pub(crate) async fn connected(config: OidcConfig) -> (SignIn, CountingTransport<HttpTransport>) {
    let transport = HttpTransport::new(TransportConfig::new()).unwrap();
    let transport = CountingTransport::new(transport);
    let provider = Oidc::with_transport(config, transport.clone()).unwrap();
    provider.connect().await.unwrap();
    (SignIn::new(provider), transport)
}

/// Goes through the pages as somebody.
pub(crate) async fn browse(url: Url, decision: Decision) -> Result<Url> {
    match decision {
        Decision::Approve => sign_in_at_oidc_provider(&url, "ada").await,
        Decision::ApproveAsOther => sign_in_at_oidc_provider(&url, "grace").await,
        Decision::Deny => {
            let mut browser = Browser::for_sign_in(&url)?;
            let Visit::Page(page) = browser.open(&url).await? else {
                return Err(Error::new(ErrorKind::Decode, "no page to say no on"));
            };
            let path = format!("{}/abort", page.url.path());
            let abort = page
                .url
                .join(&path)
                .map_err(|_| Error::internal("no address"))?;
            match browser.open(&abort).await? {
                Visit::Application(url) => Ok(url),
                Visit::Page(page) => {
                    let text = format!("saying no leads to {} {}", page.status, page.url);
                    Err(Error::new(ErrorKind::Decode, text))
                }
            }
        }
    }
}

/// Types in a device's code and decides.
pub(crate) async fn decide(device: DeviceAuth, decision: Decision) -> Result<()> {
    let uri = device.verification_uri.clone();
    let mut browser = Browser::new(
        CALLBACK
            .parse()
            .map_err(|_| Error::internal("no address"))?,
    );
    if decision != Decision::Deny {
        let allowed = browser.allow_device_at_oidc_provider(&uri, &device.user_code, "ada");
        return allowed.await.map(drop);
    }
    let mut visit = browser.open(&uri).await?;
    for _ in 0..3 {
        let Visit::Page(page) = &visit else {
            break;
        };
        let Some(form) = page.forms().into_iter().next() else {
            return Ok(());
        };
        visit = match form.field("confirm") {
            Some(_) => return browser.submit(&form, &[("abort", "yes")]).await.map(drop),
            None => {
                browser
                    .submit(&form, &[("user_code", &device.user_code)])
                    .await?
            }
        };
    }
    Err(Error::new(
        ErrorKind::Decode,
        "there is no page to say no on",
    ))
}

/// Makes the server sign with new keys.
pub(crate) async fn rotate(issuer: &str) -> Result<()> {
    let url: Url = format!("{issuer}/control/rotate").parse().unwrap();
    let mut browser = Browser::new(CALLBACK.parse().unwrap());
    browser.post(&url, &[]).await.map(drop)
}

/// What the token endpoint answered to an application.
pub(crate) async fn ledger(issuer: &str, client: &str) -> Value {
    let url: Url = format!("{issuer}/control/ledger?client={client}")
        .parse()
        .unwrap();
    let mut browser = Browser::new(CALLBACK.parse().unwrap());
    let Visit::Page(page) = browser.open(&url).await.unwrap() else {
        panic!("the ledger leads elsewhere");
    };
    serde_json::from_str(&page.body).unwrap()
}
