//! What is said of the user, and what of it is believed.

use std::time::Duration;

use integrations_core::auth::TokenSet;
use integrations_core::{ExposeSecret, SecretString};
use jiff::SignedDuration;

use super::harness::{Decision, Harness};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

async fn id_token(h: &Harness) -> Result<(TokenSet, String), Failure> {
    let tokens = h.tokens().await?;
    let Some(token) = &tokens.id_token else {
        return Err(Failure::new("there is no ID token"));
    };
    let text = token.expose_secret().to_owned();
    ensure_eq!(text.split('.').count(), 3, "the parts of the ID token");
    Ok((tokens, text))
}

async fn verify(
    h: &Harness,
    token: &str,
) -> Result<integrations_core::auth::IdClaims, integrations_core::Error> {
    let token = SecretString::from(token);
    h.sign_in
        .verify_id_token(&token, &h.sign_in.expect_now())
        .await
}

pub(super) async fn the_id_token_says_who_signed_in(h: Harness) -> Verdict {
    let (tokens, text) = id_token(&h).await?;
    let claims = verify(&h, &text).await?;
    let profile = h.sign_in.user_profile(&tokens).await?;
    ensure_eq!(*claims.subject_key(), profile.subject, "the subject");
    ensure_eq!(
        tokens.subject,
        Some(profile.subject),
        "the subject of the tokens"
    );
    ensure!(
        claims.expires_at > claims.issued_at,
        "it ends before it begins"
    );
    Ok(())
}

/// Base64url without padding (RFC 4648, section 5).
fn encode(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let mut bits = 0_u32;
        for place in 0..3 {
            bits = bits << 8 | u32::from(chunk.get(place).copied().unwrap_or_default());
        }
        for place in 0..=chunk.len() {
            let digit = bits >> (18 - 6 * place) & 63;
            out.push(char::from(LETTERS[digit as usize]));
        }
    }
    out
}

pub(super) async fn a_changed_id_token_is_refused(h: Harness) -> Verdict {
    let (_, text) = id_token(&h).await?;
    let parts: Vec<&str> = text.split('.').collect();
    let mine =
        encode("{\"iss\":\"https://mallory.example\",\"sub\":\"mallory\",\"exp\":99999999999}");
    for (what, token) in [
        ("other claims", format!("{}.{mine}.{}", parts[0], parts[2])),
        (
            "half of the signature",
            format!(
                "{}.{}.{}",
                parts[0],
                parts[1],
                &parts[2][..parts[2].len() / 2]
            ),
        ),
        (
            "claims that were cut off",
            format!(
                "{}.{}.{}",
                parts[0],
                &parts[1][..parts[1].len() / 2],
                parts[2]
            ),
        ),
    ] {
        ensure_kind!(verify(&h, &token).await, Untrusted, "{what}");
    }
    verify(&h, &text).await?;
    Ok(())
}

pub(super) async fn an_unsigned_id_token_is_refused(h: Harness) -> Verdict {
    let (_, text) = id_token(&h).await?;
    let parts: Vec<&str> = text.split('.').collect();
    for algorithm in ["none", "None", "NONE", ""] {
        let header = encode(&format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"}}"));
        for token in [
            format!("{header}.{}.", parts[1]),
            format!("{header}.{}.{}", parts[1], parts[2]),
        ] {
            ensure_kind!(verify(&h, &token).await, Untrusted, "alg {algorithm:?}");
        }
    }
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    ensure_kind!(verify(&h, &unsigned).await, Untrusted, "no signature");
    Ok(())
}

pub(super) async fn a_shared_key_algorithm_is_refused(h: Harness) -> Verdict {
    let (_, text) = id_token(&h).await?;
    let parts: Vec<&str> = text.split('.').collect();
    for algorithm in ["HS256", "HS384", "HS512"] {
        let header = encode(&format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"}}"));
        let token = format!("{header}.{}.{}", parts[1], parts[2]);
        ensure_kind!(verify(&h, &token).await, Untrusted, "{algorithm}");
    }
    Ok(())
}

pub(super) async fn an_id_token_of_another_sign_in_is_refused(h: Harness) -> Verdict {
    let (_, text) = id_token(&h).await?;
    let expected = h.sign_in.expect_now().with_nonce("another-nonce");
    let verified = h
        .sign_in
        .verify_id_token(&SecretString::from(text), &expected)
        .await;
    ensure_kind!(verified, Untrusted, "another nonce");
    Ok(())
}

pub(super) async fn an_id_token_of_another_user_is_refused(h: Harness) -> Verdict {
    let (_, text) = id_token(&h).await?;
    let expected = h.sign_in.expect_now().with_subject("somebody-else");
    let verified = h
        .sign_in
        .verify_id_token(&SecretString::from(text), &expected)
        .await;
    ensure_kind!(verified, Untrusted, "another subject");
    Ok(())
}

async fn verify_at(
    h: &Harness,
    text: &str,
    off: SignedDuration,
) -> Result<(), integrations_core::Error> {
    let mut expected = h.sign_in.expect_now();
    expected.now = expected.now.saturating_add(off).unwrap_or(expected.now);
    let token = SecretString::from(text);
    h.sign_in.verify_id_token(&token, &expected).await.map(drop)
}

pub(super) async fn an_expired_id_token_is_refused(h: Harness) -> Verdict {
    let (_, text) = id_token(&h).await?;
    let claims = verify(&h, &text).await?;
    let left = claims.expires_at.duration_since(h.sign_in.expect_now().now);
    let late = left + SignedDuration::from_mins(10);
    ensure_kind!(
        verify_at(&h, &text, late).await,
        Untrusted,
        "ten minutes after its end"
    );
    Ok(())
}

pub(super) async fn an_id_token_from_the_future_is_refused(h: Harness) -> Verdict {
    let (_, text) = id_token(&h).await?;
    let early = SignedDuration::from_hours(-24);
    ensure_kind!(
        verify_at(&h, &text, early).await,
        Untrusted,
        "the day before"
    );
    Ok(())
}

pub(super) async fn an_old_authentication_is_refused(h: Harness) -> Verdict {
    // Without `max_age` a token need not say when the user signed in (OpenID Connect Core,
    // section 2).
    let asked = h.request().with_max_age(Duration::from_secs(3600));
    let (callback, session) = h.back(&asked, Decision::Approve).await?;
    let tokens = h.sign_in.exchange(&callback, session).await?;
    let Some(text) = tokens
        .id_token
        .map(|token| token.expose_secret().to_owned())
    else {
        return Err(Failure::new("there is no ID token"));
    };
    let token = SecretString::from(text.as_str());
    let recent = h
        .sign_in
        .expect_now()
        .with_max_auth_age(Duration::from_secs(3600));
    h.sign_in.verify_id_token(&token, &recent).await?;
    let mut late = h
        .sign_in
        .expect_now()
        .with_max_auth_age(Duration::from_secs(60));
    // Within the token's time, and more than a minute and the leeway after the user signed in.
    late.now = late
        .now
        .saturating_add(SignedDuration::from_mins(10))
        .unwrap_or(late.now);
    ensure_kind!(
        h.sign_in.verify_id_token(&token, &late).await,
        Untrusted,
        "ten minutes later"
    );
    Ok(())
}

pub(super) async fn keys_may_rotate(h: Harness) -> Verdict {
    let (_, before) = id_token(&h).await?;
    if let Some(rotate) = &h.rotate_keys {
        rotate().await?;
    }
    let (_, after) = id_token(&h).await?;
    verify(&h, &after).await?;
    verify(&h, &before).await?;
    ensure!(
        before.split('.').next() != after.split('.').next(),
        "the key is the same"
    );
    Ok(())
}

pub(super) async fn only_a_proved_address_is_verified(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.request(), Decision::Approve).await?;
    let profile = h.sign_in.sign_in(&callback, session).await?.profile;
    ensure_eq!(
        profile.verified_email(),
        h.verified_email.as_deref(),
        "the proved address"
    );
    Ok(())
}

pub(super) async fn an_unproved_address_is_not_verified(h: Harness) -> Verdict {
    let (callback, session) = h.back(&h.request(), Decision::ApproveAsOther).await?;
    let profile = h.sign_in.sign_in(&callback, session).await?.profile;
    ensure_eq!(
        profile.verified_email(),
        None,
        "the proved address of the other user"
    );
    Ok(())
}
