//! What is refused before anything is sent.

use std::time::Duration;

use integrations_core::auth::{
    AuthorizeRequest, DeviceAuth, LogoutRequest, Prompt, Scopes, TokenRef, TokenSet,
};
use integrations_core::{Effect, ErrorKind, Result, SecretString};
use jiff::Timestamp;
use url::Url;

use super::harness::{Harness, scopes};
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

fn sent(h: &Harness) -> Option<u64> {
    h.requests.as_ref().map(|count| count())
}

fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| Failure::new(format!("{text}: {error}")))
}

pub(super) async fn wrong_input_is_refused_and_sends_nothing(h: Harness) -> Verdict {
    let before = sent(&h);
    for (what, request) in [
        (
            "http",
            AuthorizeRequest::new(url("http://app.example/callback")?),
        ),
        (
            "a fragment",
            AuthorizeRequest::new(url("https://app.example/callback#x")?),
        ),
        (
            "credentials",
            AuthorizeRequest::new(url("https://u:p@app.example/callback")?),
        ),
        (
            "a state of the caller's",
            h.request().with_extra("state", "mine"),
        ),
        (
            "a challenge of the caller's",
            h.request().with_extra("code_challenge", "mine"),
        ),
        (
            "two prompts that exclude each other",
            h.request()
                .with_prompt(Prompt::None)
                .with_prompt(Prompt::Login),
        ),
    ] {
        let refused = h.sign_in.authorize(&request).await;
        let error = ensure_kind!(refused, InvalidInput, "{what}");
        ensure_eq!(error.effect(), Effect::NotApplied, "the effect of {what}");
    }
    if h.sign_in.capabilities().refresh {
        let none = TokenSet::new("x");
        ensure_kind!(
            h.sign_in.refresh(&none).await,
            InvalidInput,
            "renewing without a refresh token"
        );
    }
    ensure_eq!(sent(&h), before, "the requests that were sent");
    Ok(())
}

fn refused<T>(feature: &str, result: Result<T>) -> Verdict {
    match result {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            ensure_eq!(
                error.effect(),
                Effect::NotApplied,
                "the effect of {feature}"
            );
            Ok(())
        }
        Err(error) => Err(Failure::new(format!(
            "{feature} is not declared: expected Unsupported, saw {error}"
        ))),
        Ok(_) => Err(Failure::new(format!(
            "{feature} is not declared, and the call succeeded"
        ))),
    }
}

pub(super) async fn undeclared_capabilities_are_refused_and_send_nothing(h: Harness) -> Verdict {
    let (driver, has) = (h.sign_in.provider(), *h.sign_in.capabilities());
    // Real tokens, so that a driver that goes on finds something.
    let tokens = h.tokens().await?;
    let before = sent(&h);
    let secret = || SecretString::from("x");
    for (declared, feature, request) in [
        (has.prompt, "prompt", h.request().with_prompt(Prompt::Login)),
        (
            has.login_hint,
            "login_hint",
            h.request().with_login_hint("ada"),
        ),
        (
            has.max_age,
            "max_age",
            h.request().with_max_age(Duration::from_secs(60)),
        ),
        (has.refresh, "refresh", h.request().offline()),
    ] {
        if !declared {
            refused(feature, driver.authorize(&request).await)?;
        }
    }
    if !has.id_token {
        refused(
            "id_token",
            driver
                .verify_id_token(&secret(), &h.sign_in.expect_now())
                .await,
        )?;
    }
    if !has.refresh {
        refused("refresh", driver.refresh(&secret(), &Scopes::none()).await)?;
    } else if !has.refresh_scopes {
        refused(
            "refresh_scopes",
            driver.refresh(&secret(), &scopes(&["openid"])?).await,
        )?;
    }
    if !has.revoke {
        refused("revoke", driver.revoke(&tokens.access_ref()).await)?;
        h.sign_in.user_profile(&tokens).await?;
    }
    if !has.introspect {
        refused(
            "introspect",
            driver.introspect(&TokenRef::access("x")).await,
        )?;
    }
    if !has.client_credentials {
        refused(
            "client_credentials",
            driver.client_credentials(&Scopes::none()).await,
        )?;
    }
    if !has.device {
        refused("device", driver.device_start(&Scopes::none()).await)?;
        let device = DeviceAuth::new("x", "x", url("https://example.com/device")?, Timestamp::MAX);
        refused("device", driver.device_poll(&device).await)?;
    }
    if !has.logout {
        refused("logout", driver.logout_url(&LogoutRequest::default()))?;
    }
    ensure_eq!(driver.directory().is_some(), has.directory, "the directory");
    // The check that a token still works after a refused revocation was one request.
    let asked = u64::from(!has.revoke);
    ensure_eq!(
        sent(&h),
        before.map(|before| before + asked),
        "the requests that were sent"
    );
    Ok(())
}
