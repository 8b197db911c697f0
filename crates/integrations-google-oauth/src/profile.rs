//! Who the user is, by what Google says.

use integrations_core::Raw;
use integrations_core::auth::{SubjectKey, UserProfile};
use serde_json::Value;

/// The issuer of Google's ID tokens. The `sub` is the same in userinfo
/// (<https://developers.google.com/identity/openid-connect/openid-connect#obtainuserinfo>).
pub(crate) const ISSUER: &str = "https://accounts.google.com";

/// A profile from claims, with the address verified only where Google is the authority for it
/// (<https://developers.google.com/identity/gsi/web/guides/verify-google-id-token>).
pub(crate) fn profile(issuer: &str, claims: Value) -> UserProfile {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    // The client has made sure that it is there.
    let subject = text("sub").unwrap_or_default();
    let profile = UserProfile::from_claims(SubjectKey::new(issuer, subject), &claims);
    proved(profile).with_raw(Raw::Json(claims))
}

/// Takes back what Google does not prove.
pub(crate) fn proved(mut profile: UserProfile) -> UserProfile {
    let gmail = |address: &str| {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain);
        domain.is_some_and(|domain| domain.eq_ignore_ascii_case("gmail.com"))
    };
    let authority = profile.tenant.is_some() || profile.email.as_deref().is_some_and(gmail);
    if profile.email_verified == Some(true) && !authority {
        profile.email_verified = None;
    }
    profile
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verified(claims: Value) -> Option<bool> {
        profile(ISSUER, claims).email_verified
    }

    #[test]
    fn an_address_is_verified_where_google_is_the_authority() {
        let gmail = json!({"sub": "1", "email": "a@gmail.com", "email_verified": true});
        assert_eq!(verified(gmail), Some(true));
        let workspace = json!({"sub": "1", "email": "a@school.example", "email_verified": true,
            "hd": "school.example"});
        assert_eq!(verified(workspace), Some(true));
        let elsewhere = json!({"sub": "1", "email": "a@yahoo.example", "email_verified": true});
        assert_eq!(verified(elsewhere), None);
        let unproved = json!({"sub": "1", "email": "a@school.example", "email_verified": false,
            "hd": "school.example"});
        assert_eq!(verified(unproved), Some(false));
        let alike = json!({"sub": "1", "email": "a@notgmail.com", "email_verified": true});
        assert_eq!(verified(alike), None);
    }
}
