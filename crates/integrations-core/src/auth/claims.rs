//! What an ID token says, and what is expected of it.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use super::{SubjectKey, UserProfile};
use crate::raw::Raw;

/// What the caller expects of an ID token. What the provider expects (issuer, audience, keys) it
/// knows itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IdTokenExpectations {
    /// The time against which expiry is judged.
    pub now: Timestamp,
    /// How far the provider's clock may be off.
    pub leeway: Duration,
    /// The nonce of the sign-in. With it, a token without one is refused.
    pub nonce: Option<SecretString>,
    /// The access token that came with it, which `at_hash` must match where the token has one.
    pub access_token: Option<SecretString>,
    /// How long ago the user may have signed in. With it, a token without `auth_time` is refused.
    pub max_auth_age: Option<Duration>,
    /// Whose token it must be: the claim `sub`. It is not always
    /// [`SubjectKey::subject`], which at Entra is made of other claims.
    pub subject: Option<String>,
}

impl IdTokenExpectations {
    /// The leeway where nothing else is said: 60 seconds.
    pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

    /// What any token must meet at a time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            leeway: Self::DEFAULT_LEEWAY,
            nonce: None,
            access_token: None,
            max_auth_age: None,
            subject: None,
        }
    }

    /// Expects the nonce of a sign-in.
    #[must_use]
    pub fn with_nonce(mut self, nonce: impl Into<SecretString>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// Expects that it belongs to an access token.
    #[must_use]
    pub fn with_access_token(mut self, token: SecretString) -> Self {
        self.access_token = Some(token);
        self
    }

    /// Expects that the user signed in not longer ago.
    #[must_use]
    pub fn with_max_auth_age(mut self, age: Duration) -> Self {
        self.max_auth_age = Some(age);
        self
    }

    /// Expects a user, by the claim `sub`.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets how far the provider's clock may be off.
    #[must_use]
    pub fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }
}

/// What a verified ID token says (OpenID Connect Core, sections 2 and 5.1).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IdClaims {
    /// Who says so.
    pub issuer: String,
    /// Of whom: the claim `sub`. Key accounts by [`subject_key`](Self::subject_key).
    pub subject: String,
    /// To whom it is said.
    pub audience: Vec<String>,
    /// The application that the token was given to, where it says so.
    pub authorized_party: Option<String>,
    /// When it was said.
    pub issued_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// When the user signed in.
    pub auth_time: Option<Timestamp>,
    /// The provider's session, for logout.
    pub session_id: Option<String>,
    /// Who signed in.
    pub profile: UserProfile,
}

impl IdClaims {
    /// The claims of a token whose signature and standard claims were checked. The profile is read
    /// from the standard claims: `email_verified` is told by `true`, `false` and the same as text alone;
    /// the tenant is `tid` or `hd`; groups are `groups`.
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        subject: impl Into<String>,
        audience: Vec<String>,
        issued_at: Timestamp,
        expires_at: Timestamp,
        claims: Value,
    ) -> Self {
        let (issuer, subject) = (issuer.into(), subject.into());
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let profile =
            UserProfile::from_claims(SubjectKey::new(issuer.clone(), subject.clone()), &claims);
        Self {
            authorized_party: text("azp"),
            auth_time: numeric_date(&claims, "auth_time"),
            session_id: text("sid"),
            profile: profile.with_raw(Raw::Json(claims)),
            issuer,
            subject,
            audience,
            issued_at,
            expires_at,
        }
    }

    /// Who the user is.
    #[must_use]
    pub fn subject_key(&self) -> &SubjectKey {
        &self.profile.subject
    }
}

/// A `NumericDate` (RFC 7519, section 2), which may have a fraction: the whole second before it.
/// `None` for what is no number, and for times that no calendar has.
pub(super) fn numeric_date(claims: &Value, name: &str) -> Option<Timestamp> {
    let value = claims.get(name)?;
    let seconds = value.as_i64().or_else(|| {
        #[allow(clippy::cast_possible_truncation)] // Saturates, and the result is bounds-checked.
        value
            .as_f64()
            .filter(|seconds| seconds.is_finite())
            .map(|seconds| seconds.floor() as i64)
    });
    Timestamp::from_second(seconds?).ok()
}

impl UserProfile {
    /// A profile from OpenID Connect's standard claims, as an ID token or a userinfo answer has
    /// them. `raw` is left to the caller.
    #[must_use]
    pub fn from_claims(subject: SubjectKey, claims: &Value) -> Self {
        let text = |name: &str| {
            claims
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let mut profile = Self::new(subject);
        profile.email = text("email");
        // Some providers write booleans as text; anything else tells nothing.
        let told = match claims.get("email_verified") {
            Some(Value::Bool(told)) => Some(*told),
            Some(Value::String(told)) => told.parse().ok(),
            _ => None,
        };
        profile.email_verified = told.filter(|_| profile.email.is_some());
        profile.username = text("preferred_username");
        profile.name = text("name");
        profile.given_name = text("given_name");
        profile.family_name = text("family_name");
        profile.picture = text("picture");
        profile.locale = text("locale");
        profile.tenant = text("tid").or_else(|| text("hd"));
        profile.groups = claims
            .get("groups")
            .and_then(Value::as_array)
            .map(|groups| {
                groups
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            });
        profile
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verified(claims: &Value) -> Option<bool> {
        UserProfile::from_claims(SubjectKey::new("https://i.example", "1"), claims).email_verified
    }

    #[test]
    fn an_address_is_verified_by_true_alone_and_what_is_not_told_is_not_false() {
        let claims = |value: Value| json!({"email": "a@x.example", "email_verified": value});
        for (value, told) in [
            (json!(true), Some(true)),
            (json!("true"), Some(true)),
            (json!(false), Some(false)),
            (json!("false"), Some(false)),
            (json!(1), None),
            (json!("yes"), None),
            (json!("True"), None),
            (json!(null), None),
        ] {
            assert_eq!(verified(&claims(value.clone())), told, "{value}");
        }
        assert_eq!(verified(&json!({"email": "a@x.example"})), None);
        // A proof of no address.
        assert_eq!(verified(&json!({"email_verified": true})), None);
    }

    #[test]
    fn groups_that_are_not_told_are_not_no_groups() {
        let subject = || SubjectKey::new("https://i.example", "1");
        assert_eq!(UserProfile::from_claims(subject(), &json!({})).groups, None);
        let none = UserProfile::from_claims(subject(), &json!({"groups": []}));
        assert_eq!(none.groups, Some(vec![]));
    }
}
