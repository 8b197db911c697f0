//! The way of the browser.

use std::time::Duration;

use integrations_core::auth::{AuthSession, PkceVerifier};
use integrations_core::{ExposeSecret, SecretString};

use super::harness::{Decision, Harness, is_safe};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_user_signs_in(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.request(), Decision::Approve).await?;
    let who = h.sign_in.sign_in(&callback, session).await?;
    let (tokens, profile) = (who.tokens, who.profile);
    ensure!(
        !tokens.access_token.expose_secret().is_empty(),
        "there is no access token"
    );
    ensure!(
        !profile.subject.subject().is_empty(),
        "the user has no subject"
    );
    let again = h.sign_in.user_profile(&tokens).await?;
    ensure_eq!(again.subject, profile.subject, "the subject of the profile");
    Ok(())
}

pub(super) async fn a_user_has_one_subject_for_ever(h: Harness) -> Verdict {
    let mut subjects = Vec::new();
    for _ in 0..2 {
        let tokens = h.tokens().await?;
        subjects.push(h.sign_in.user_profile(&tokens).await?.subject);
    }
    ensure_eq!(subjects[1], subjects[0], "the second subject");
    Ok(())
}

pub(super) async fn two_users_have_two_subjects(h: Harness) -> Verdict {
    let mut subjects = Vec::new();
    for decision in [Decision::Approve, Decision::ApproveAsOther] {
        let (callback, session) = h.back(&h.request(), decision).await?;
        let profile = h.sign_in.sign_in(&callback, session).await?.profile;
        subjects.push(profile.subject);
    }
    ensure!(subjects[0] != subjects[1], "both are {}", subjects[0]);
    Ok(())
}

pub(super) async fn the_address_carries_what_protects_it(h: Harness) -> Verdict {
    let started = h.sign_in.authorize(&h.request()).await?;
    let (url, session) = (&started.url, &started.session);
    ensure!(is_safe(url), "the address {url} is not encrypted");
    let field = |name: &str| {
        url.query_pairs()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    ensure_eq!(
        field("state").as_deref(),
        Some(session.state()),
        "the state"
    );
    ensure_eq!(
        field("redirect_uri").as_deref(),
        Some(h.redirect_uri.as_str()),
        "the redirect URI"
    );
    if h.sign_in.capabilities().pkce {
        ensure_eq!(
            field("code_challenge_method").as_deref(),
            Some("S256"),
            "the method of PKCE"
        );
    }
    if h.sign_in.capabilities().id_token {
        ensure_eq!(
            field("nonce").as_deref(),
            Some(session.nonce()),
            "the nonce"
        );
    }
    ensure!(
        !url.as_str().contains(session.verifier().expose()),
        "the address shows the verifier"
    );
    Ok(())
}

pub(super) async fn every_sign_in_has_secrets_of_its_own(h: Harness) -> Verdict {
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let session = h.sign_in.authorize(&h.request()).await?.session;
        for secret in [
            session.state(),
            session.nonce(),
            session.verifier().expose(),
        ] {
            // 128 bits at least, in whatever letters.
            ensure!(
                secret.len() >= 22,
                "a secret has {} characters",
                secret.len()
            );
            ensure!(seen.insert(secret.to_owned()), "a secret came twice");
        }
    }
    Ok(())
}

pub(super) async fn a_user_who_says_no_is_told_so(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.request(), Decision::Deny).await?;
    ensure_kind!(
        h.sign_in.exchange(&callback, session).await,
        PermissionDenied,
        "the exchange"
    );
    Ok(())
}

pub(super) async fn a_callback_with_another_state_is_refused(h: Harness) -> Verdict {
    for state in [Some("another-state"), None] {
        let (mut callback, session) = h.back(&h.request(), Decision::Approve).await?;
        callback.state = state.map(SecretString::from);
        ensure_kind!(
            h.sign_in.exchange(&callback, session).await,
            Untrusted,
            "the exchange with {state:?}"
        );
    }
    Ok(())
}

pub(super) async fn a_callback_of_another_issuer_is_refused(h: Harness) -> Verdict {
    for issuer in [Some("https://mallory.example"), None] {
        let (mut callback, session) = h.back(&h.request(), Decision::Approve).await?;
        callback.iss = issuer.map(str::to_owned);
        ensure_kind!(
            h.sign_in.exchange(&callback, session).await,
            Untrusted,
            "the exchange with {issuer:?}"
        );
    }
    Ok(())
}

pub(super) async fn a_callback_of_another_sign_in_is_refused(h: Harness) -> Verdict {
    let (first, first_session) = h.back(&h.request(), Decision::Approve).await?;
    let (second, second_session) = h.back(&h.request(), Decision::Approve).await?;
    ensure_kind!(
        h.sign_in.exchange(&second, first_session).await,
        Untrusted,
        "the first with the second's"
    );
    ensure_kind!(
        h.sign_in.exchange(&first, second_session).await,
        Untrusted,
        "the second with the first's"
    );
    Ok(())
}

/// A copy of a session, as a store would give it twice.
fn copy(session: &AuthSession) -> Result<AuthSession, Failure> {
    Ok(AuthSession::import(session.export().expose_secret())?)
}

pub(super) async fn a_code_is_good_once(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.request(), Decision::Approve).await?;
    h.sign_in.exchange(&callback, copy(&session)?).await?;
    let error = ensure_kind!(
        h.sign_in.exchange(&callback, session).await,
        Unauthenticated,
        "the second exchange"
    );
    ensure!(
        !error.needs_reconnect(),
        "a spent code is taken for a lost connection: {error}"
    );
    Ok(())
}

pub(super) async fn a_made_up_code_is_refused(h: Harness) -> Verdict {
    let (mut callback, session) = h.back(&h.request(), Decision::Approve).await?;
    callback.code = Some(SecretString::from("made-up"));
    ensure_kind!(
        h.sign_in.exchange(&callback, session).await,
        Unauthenticated,
        "the exchange"
    );
    Ok(())
}

/// The session with another verifier or redirect URI.
fn other(
    session: &AuthSession,
    verifier: &str,
    redirect_uri: url::Url,
) -> Result<AuthSession, Failure> {
    let verifier = PkceVerifier::new(verifier)?;
    let other = AuthSession::new(
        session.provider(),
        session.state(),
        session.nonce(),
        verifier,
        redirect_uri,
        session.created_at(),
    );
    Ok(other.with_scopes(session.scopes().clone()))
}

pub(super) async fn a_code_needs_its_verifier(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.request(), Decision::Approve).await?;
    let Some(code) = &callback.code else {
        return Err(Failure::new("the callback has no code"));
    };
    let thief = other(&session, &"a".repeat(43), session.redirect_uri().clone())?;
    let stolen = h.sign_in.provider().exchange(code, &thief).await;
    ensure_kind!(stolen, Unauthenticated, "an exchange with another verifier");
    Ok(())
}

pub(super) async fn a_code_needs_its_redirect_uri(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.request(), Decision::Approve).await?;
    let Some(code) = &callback.code else {
        return Err(Failure::new("the callback has no code"));
    };
    let mut elsewhere = session.redirect_uri().clone();
    elsewhere.set_path("/elsewhere");
    let thief = other(&session, session.verifier().expose(), elsewhere)?;
    let stolen = h.sign_in.provider().exchange(code, &thief).await;
    ensure!(
        stolen.is_err(),
        "a code was exchanged for another redirect URI"
    );
    Ok(())
}

pub(super) async fn an_unregistered_redirect_uri_is_refused(h: Harness) -> Verdict {
    let mut request = h.request();
    if let Some(uri) = &h.unregistered {
        request.redirect_uri = uri.clone();
    }
    // Some refuse at once, some at the browser.
    match h.sign_in.authorize(&request).await {
        Err(_) => Ok(()),
        Ok(started) => {
            let back = (h.browser)(started.url, Decision::Approve).await;
            ensure!(back.is_err(), "the browser was sent to {back:?}");
            Ok(())
        }
    }
}

pub(super) async fn a_session_survives_storage(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.request(), Decision::Approve).await?;
    let stored = copy(&session)?;
    drop(session);
    h.sign_in.exchange(&callback, stored).await?;
    Ok(())
}

pub(super) async fn a_sign_in_that_takes_too_long_is_refused(h: Harness) -> Verdict {
    let started = h.sign_in.authorize(&h.request()).await?;
    h.pass(AuthSession::DEFAULT_MAX_AGE + Duration::from_secs(1));
    let back = (h.browser)(started.url, Decision::Approve).await?;
    let callback = integrations_core::auth::CallbackParams::from_url(&back)?;
    let late = h.sign_in.exchange(&callback, started.session).await;
    ensure_kind!(late, Unauthenticated, "the exchange");
    Ok(())
}

pub(super) async fn what_was_granted_is_told(h: Harness) -> Verdict {
    let tokens = h.tokens().await?;
    ensure!(!tokens.scopes.is_empty(), "the tokens have no scope");
    Ok(())
}
