//! Who the user is, by what Entra and Graph say.

use integrations_core::auth::{SubjectKey, UserProfile};
use integrations_core::{Error, ErrorKind, Raw, Result};
use serde_json::Value;

/// The issuer of a tenant's tokens at an authority.
pub(crate) fn issuer(authority: &str, tenant: &str) -> String {
    format!("{}/{tenant}/v2.0", authority.trim_end_matches('/'))
}

/// A profile from an ID token's claims, which were verified. The subject is `oid` in `tid`
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference>).
pub(crate) fn from_claims(authority: &str, claims: &Value) -> Result<UserProfile> {
    let text = |name: &str| {
        let text = claims.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    };
    let (Some(oid), Some(tid)) = (text("oid"), text("tid")) else {
        let why = "the ID token does not say whom it means: `oid` or `tid` is missing";
        return Err(Error::new(ErrorKind::Untrusted, why)
            .with_code("id_token_subject")
            .with_advice("ask for the scope `profile`: the claims come with it"));
    };
    let subject = SubjectKey::new(issuer(authority, tid), oid);
    let mut profile = UserProfile::from_claims(subject, claims);
    // Only the claim "email domain owner verified" proves; it comes as 1, "1" or true.
    // https://learn.microsoft.com/en-us/entra/identity-platform/migrate-off-email-claim-authorization
    let proved = match claims.get("xms_edov") {
        Some(Value::Bool(told)) => *told,
        Some(Value::Number(told)) => told.as_u64() == Some(1),
        Some(Value::String(told)) => matches!(&**told, "1" | "true"),
        _ => false,
    };
    profile.email_verified = (proved && profile.email.is_some()).then_some(true);
    if has_more_groups(claims) {
        profile.groups = None;
    }
    Ok(profile.with_raw(Raw::Json(claims.clone())))
}

/// Whether the user is in more groups than a token holds
/// (<https://learn.microsoft.com/en-us/security/zero-trust/develop/configure-tokens-group-claims-app-roles#group-overages>).
fn has_more_groups(claims: &Value) -> bool {
    let named = claims
        .get("_claim_names")
        .and_then(|names| names.get("groups"));
    named.is_some() || claims.get("hasgroups").is_some()
}

/// A profile from Graph's `/me`, which is the subject's or it is refused.
pub(crate) fn from_graph(subject: SubjectKey, me: &Value) -> Result<UserProfile> {
    let text = |name: &str| {
        let text = me.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    if text("id").as_deref() != Some(subject.subject()) {
        let why = "the access token is of another user than the ID token";
        return Err(Error::new(ErrorKind::Untrusted, why).with_code("subject_mismatch"));
    }
    let tenant = subject
        .issuer()
        .trim_end_matches("/v2.0")
        .rsplit('/')
        .next();
    let tenant = tenant.map(str::to_owned);
    let mut profile = UserProfile::new(subject);
    profile.email = text("mail");
    profile.username = text("userPrincipalName");
    profile.name = text("displayName");
    profile.given_name = text("givenName");
    profile.family_name = text("surname");
    profile.locale = text("preferredLanguage");
    profile.tenant = tenant;
    Ok(profile.with_raw(Raw::Json(me.clone())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AUTHORITY: &str = "https://login.microsoftonline.com";

    fn claims() -> Value {
        json!({"sub": "pairwise", "oid": "o1", "tid": "t1", "email": "a@x.example",
            "email_verified": true, "groups": ["g1"]})
    }

    #[test]
    fn the_subject_is_the_object_in_its_tenant() {
        let profile = from_claims(AUTHORITY, &claims()).unwrap();
        assert_eq!(profile.subject.subject(), "o1");
        assert_eq!(
            profile.subject.issuer(),
            "https://login.microsoftonline.com/t1/v2.0"
        );
        for missing in ["oid", "tid"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(missing);
            let error = from_claims(AUTHORITY, &claims).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Untrusted, "{missing}");
        }
    }

    #[test]
    fn the_email_claim_proves_nothing() {
        let profile = from_claims(AUTHORITY, &claims()).unwrap();
        assert_eq!(profile.email.as_deref(), Some("a@x.example"));
        assert_eq!(profile.verified_email(), None);
        for (told, proved) in [
            (json!(true), true),
            (json!("1"), true),
            (json!(1), true),
            (json!(false), false),
            (json!("0"), false),
            (json!(null), false),
        ] {
            let mut claims = claims();
            claims["xms_edov"] = told.clone();
            let profile = from_claims(AUTHORITY, &claims).unwrap();
            assert_eq!(profile.verified_email().is_some(), proved, "{told}");
        }
    }

    #[test]
    fn graph_must_mean_the_same_user() {
        let subject = || SubjectKey::new(issuer(AUTHORITY, "t1"), "o1");
        let me = json!({"id": "o1", "mail": "a@x.example", "displayName": "Ada"});
        let profile = from_graph(subject(), &me).unwrap();
        assert_eq!(profile.tenant.as_deref(), Some("t1"));
        assert_eq!(profile.name.as_deref(), Some("Ada"));
        assert_eq!(profile.verified_email(), None);
        for other in [json!({"id": "o2"}), json!({})] {
            let error = from_graph(subject(), &other).unwrap_err();
            assert_eq!(error.code(), Some("subject_mismatch"), "{other}");
        }
    }

    #[test]
    fn too_many_groups_are_not_told_and_not_none() {
        let profile = from_claims(AUTHORITY, &claims()).unwrap();
        assert_eq!(profile.groups, Some(vec!["g1".to_owned()]));
        let mut claims = claims();
        claims["_claim_names"] = json!({"groups": "src1"});
        claims["groups"] = json!([]);
        assert_eq!(from_claims(AUTHORITY, &claims).unwrap().groups, None);
    }
}
