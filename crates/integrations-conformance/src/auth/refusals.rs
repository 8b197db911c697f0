//! What is refused before anything is sent.

use std::time::Duration;

use integrations_core::auth::{
    AuthorizeRequest, DeviceAuth, LogoutRequest, Prompt, Scopes, TokenRef, TokenSet,
};
use integrations_core::{Effect, ErrorKind, Result, SecretString};
use jiff::Timestamp;
use url::Url;

use super::harness::{Harness, scopes};
use crate::requests::quietly;
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| Failure::new(format!("{text}: {error}")))
}

pub(super) async fn wrong_input_is_refused(h: Harness) -> Verdict {
    wrong_input(&h).await
}

pub(super) async fn refusing_wrong_input_sends_nothing(h: Harness) -> Verdict {
    let asked = async {
        let made_up = TokenSet::new("made-up");
        let profile = h.sign_in.user_profile(&made_up).await;
        ensure_kind!(profile, Unauthenticated, "the profile of a made-up token");
        Ok(())
    };
    quietly(h.requests.as_ref(), asked, wrong_input(&h)).await
}

/// Asks the handle for what cannot be.
async fn wrong_input(h: &Harness) -> Verdict {
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

pub(super) async fn what_is_not_declared_is_refused(h: Harness) -> Verdict {
    // Real tokens, so that a driver that goes on finds something.
    let tokens = h.tokens().await?;
    undeclared(&h, &tokens).await?;
    // A refused revocation has revoked nothing.
    h.sign_in.user_profile(&tokens).await?;
    Ok(())
}

pub(super) async fn refusing_what_is_not_declared_sends_nothing(h: Harness) -> Verdict {
    let tokens = h.tokens().await?;
    let asked = async {
        h.sign_in.user_profile(&tokens).await?;
        Ok(())
    };
    quietly(h.requests.as_ref(), asked, undeclared(&h, &tokens)).await
}

/// Asks the driver for everything that it does not declare.
async fn undeclared(h: &Harness, tokens: &TokenSet) -> Verdict {
    let (driver, has) = (h.sign_in.provider(), *h.sign_in.capabilities());
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
    Ok(())
}
