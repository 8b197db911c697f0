//! Tokens: renewed, ended, looked at.

use std::time::Duration;

use integrations_core::auth::{Scopes, TokenRef, TokenSet};
use integrations_core::{ExposeSecret, SecretString};

use super::harness::{Decision, Harness, scopes};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_made_up_token_has_no_profile(h: Harness) -> Verdict {
    let tokens = TokenSet::new("made-up");
    ensure_kind!(
        h.sign_in.user_profile(&tokens).await,
        Unauthenticated,
        "the profile"
    );
    Ok(())
}

pub(super) async fn tokens_expire(h: Harness) -> Verdict {
    let tokens = h.tokens().await?;
    let Some(expires) = tokens.expires_at else {
        return Ok(());
    };
    let left = expires
        .duration_since(h.sign_in.expect_now().now)
        .unsigned_abs();
    h.pass(left + Duration::from_secs(1));
    ensure_kind!(
        h.sign_in.user_profile(&tokens).await,
        Unauthenticated,
        "the profile"
    );
    Ok(())
}

fn has_refresh(tokens: &TokenSet) -> Result<SecretString, Failure> {
    let token = tokens.refresh_token.clone();
    token.ok_or_else(|| Failure::new("there is no refresh token"))
}

pub(super) async fn tokens_are_renewed_for_the_same_user(h: Harness) -> Verdict {
    let old = h.tokens().await?;
    has_refresh(&old)?;
    let new = h.sign_in.refresh(&old).await?;
    has_refresh(&new)?;
    ensure!(
        new.access_token.expose_secret() != old.access_token.expose_secret(),
        "the access token is the same"
    );
    ensure!(
        new.scopes.covers(&old.scopes),
        "scopes were lost: {} of {}",
        new.scopes,
        old.scopes
    );
    let profile = h.sign_in.user_profile(&new).await?;
    ensure_eq!(
        profile.subject,
        h.sign_in.user_profile(&h.tokens().await?).await?.subject,
        "the subject"
    );
    Ok(())
}

pub(super) async fn a_refresh_token_is_replaced_at_every_use(h: Harness) -> Verdict {
    let old = h.tokens().await?;
    let new = h.sign_in.refresh(&old).await?;
    ensure!(
        has_refresh(&new)?.expose_secret() != has_refresh(&old)?.expose_secret(),
        "the refresh token is the same"
    );
    ensure_kind!(
        h.sign_in.refresh(&old).await,
        Unauthenticated,
        "the old one again"
    );
    Ok(())
}

pub(super) async fn a_stolen_refresh_token_ends_the_family(h: Harness) -> Verdict {
    let old = h.tokens().await?;
    let new = h.sign_in.refresh(&old).await?;
    ensure_kind!(
        h.sign_in.refresh(&old).await,
        Unauthenticated,
        "the old one again"
    );
    ensure_kind!(
        h.sign_in.refresh(&new).await,
        Unauthenticated,
        "the new one afterwards"
    );
    // Another sign-in of the same user goes on.
    h.sign_in.user_profile(&h.tokens().await?).await?;
    Ok(())
}

pub(super) async fn tokens_are_renewed_for_fewer_scopes(h: Harness) -> Verdict {
    let old = h.tokens().await?;
    let fewer = scopes(&["openid"])?;
    let new = h.sign_in.refresh_to(&old, &fewer).await?;
    ensure_eq!(new.scopes, fewer, "the scopes");
    let more = scopes(&["openid", "more-than-was-granted"])?;
    let refresh = has_refresh(&new)?;
    let widened = h.sign_in.provider().refresh(&refresh, &more).await;
    ensure!(
        widened.is_err(),
        "the driver renewed for more than was granted"
    );
    Ok(())
}

pub(super) async fn a_made_up_refresh_token_is_refused(h: Harness) -> Verdict {
    let tokens = TokenSet::new("x").with_refresh_token("made-up");
    let error = ensure_kind!(
        h.sign_in.refresh(&tokens).await,
        Unauthenticated,
        "renewing"
    );
    ensure!(
        error.needs_reconnect(),
        "it does not say that the user has to sign in again: {error}"
    );
    Ok(())
}

pub(super) async fn a_revoked_token_is_not_good(h: Harness) -> Verdict {
    let (tokens, other) = (h.tokens().await?, h.tokens().await?);
    for _ in 0..2 {
        h.sign_in.revoke(&tokens.access_ref()).await?;
    }
    ensure_kind!(
        h.sign_in.user_profile(&tokens).await,
        Unauthenticated,
        "the profile"
    );
    h.sign_in.user_profile(&other).await?;
    // RFC 7009, section 2.2: an unknown token is no error.
    h.sign_in.revoke(&TokenRef::access("made-up")).await?;
    Ok(())
}

pub(super) async fn a_revoked_refresh_token_renews_nothing(h: Harness) -> Verdict {
    let tokens = h.tokens().await?;
    h.sign_in
        .revoke(&TokenRef::refresh(has_refresh(&tokens)?))
        .await?;
    ensure_kind!(
        h.sign_in.refresh(&tokens).await,
        Unauthenticated,
        "renewing"
    );
    Ok(())
}

pub(super) async fn a_whole_set_is_ended(h: Harness) -> Verdict {
    let (tokens, other) = (h.tokens().await?, h.tokens().await?);
    has_refresh(&tokens)?;
    for time in ["first", "second"] {
        let ended = h.sign_in.revoke_all(&tokens).await;
        ensure!(ended.is_ok(), "the {time} time: {ended:?}");
    }
    ensure_kind!(
        h.sign_in.user_profile(&tokens).await,
        Unauthenticated,
        "the profile"
    );
    ensure_kind!(
        h.sign_in.refresh(&tokens).await,
        Unauthenticated,
        "renewing"
    );
    h.sign_in.user_profile(&other).await?;
    Ok(())
}

pub(super) async fn introspection_tells_good_from_bad(h: Harness) -> Verdict {
    let tokens = h.tokens().await?;
    ensure!(
        h.sign_in.introspect(&tokens.access_ref()).await?.active,
        "the token is not active"
    );
    let made_up = h.sign_in.introspect(&TokenRef::access("made-up")).await?;
    ensure!(!made_up.active, "a made-up token is active");
    Ok(())
}

pub(super) async fn a_revoked_token_is_not_active(h: Harness) -> Verdict {
    let tokens = h.tokens().await?;
    h.sign_in.revoke(&tokens.access_ref()).await?;
    ensure!(
        !h.sign_in.introspect(&tokens.access_ref()).await?.active,
        "the token is active"
    );
    Ok(())
}

pub(super) async fn the_application_has_tokens_of_its_own(h: Harness) -> Verdict {
    let tokens = h.sign_in.client_credentials(&Scopes::none()).await?;
    ensure!(
        !tokens.access_token.expose_secret().is_empty(),
        "there is no access token"
    );
    ensure!(
        tokens.id_token.is_none() && tokens.subject.is_none(),
        "the tokens have a user"
    );
    ensure!(
        h.sign_in.user_profile(&tokens).await.is_err(),
        "the application has a profile"
    );
    Ok(())
}

pub(super) async fn a_scope_that_is_not_known_is_refused(h: Harness) -> Verdict {
    let unknown = scopes(&["no-such-scope-anywhere"])?;
    ensure_kind!(
        h.sign_in.client_credentials(&unknown).await,
        InvalidInput,
        "asking for it"
    );
    Ok(())
}

pub(super) async fn no_secret_is_shown(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.offline(), Decision::Approve).await?;
    let mut secrets = vec![
        session.nonce().to_owned(),
        session.verifier().expose().to_owned(),
        session.state().to_owned(),
    ];
    let mut shown = format!("{callback:?} {session:?}");
    let code = callback.code.clone();
    let tokens = h.sign_in.exchange(&callback, session).await?;
    shown.push_str(&format!("{tokens:?} {:?}", h.sign_in));
    for secret in [
        code,
        Some(tokens.access_token),
        tokens.refresh_token,
        tokens.id_token,
    ]
    .into_iter()
    .flatten()
    {
        secrets.push(secret.expose_secret().to_owned());
    }
    for secret in secrets {
        ensure!(!shown.contains(&secret), "a secret is shown in {shown}");
    }
    Ok(())
}
