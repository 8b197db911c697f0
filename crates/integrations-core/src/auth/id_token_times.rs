//! The times in an ID token.

use jiff::Timestamp;
use serde_json::Value;

use super::IdTokenExpectations;
use super::claims::numeric_date;
use super::id_token::refused;
use crate::error::Result;

/// Checks every time there is, and gives when the token was issued and when it ends.
pub(super) fn check(
    claims: &Value,
    expected: &IdTokenExpectations,
) -> Result<(Timestamp, Timestamp)> {
    let leeway = i64::try_from(expected.leeway.as_secs()).unwrap_or(i64::MAX);
    let now = expected.now.as_second();
    let latest = now.saturating_add(leeway);
    let expired = || {
        refused(
            "id_token_expired",
            "the ID token has expired or does not say when",
        )
    };
    let early = || refused("id_token_not_yet_valid", "the ID token is from the future");
    let expires = numeric_date(claims, "exp").ok_or_else(expired)?;
    // RFC 7519, section 4.1.4: not on or after the time.
    if now.saturating_sub(leeway) >= expires.as_second() {
        return Err(expired());
    }
    let issued = numeric_date(claims, "iat").ok_or_else(early)?;
    let not_before = match claims.get("nbf") {
        None => issued,
        Some(_) => numeric_date(claims, "nbf").ok_or_else(early)?,
    };
    if issued.max(not_before).as_second() > latest {
        return Err(early());
    }
    // No leeway here: both are of the same clock.
    if expires <= issued || expires <= not_before {
        return Err(refused(
            "id_token_times",
            "the ID token ends before it begins",
        ));
    }
    let signed_in = numeric_date(claims, "auth_time");
    let told = claims.get("auth_time").is_some_and(|time| !time.is_null());
    if told && signed_in.is_none() {
        return Err(refused(
            "id_token_auth_time",
            "the time of the sign-in cannot be read",
        ));
    }
    if signed_in.is_some_and(|at| at.as_second() > latest) {
        return Err(refused(
            "id_token_auth_time",
            "the user signed in at a time that is yet to come",
        ));
    }
    if let Some(age) = expected.max_auth_age {
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        let recent = signed_in.is_some_and(|at| {
            let until = at.as_second().saturating_add(age).saturating_add(leeway);
            until >= now
        });
        if !recent {
            return Err(refused(
                "id_token_auth_time",
                "the user signed in too long ago",
            ));
        }
    }
    Ok((issued, expires))
}
