//! Who the user is, by what GitHub says.

use integrations_core::auth::{ProfileEmail, SubjectKey, UserProfile};
use integrations_core::{Error, ErrorKind, Raw, Result};
use serde_json::Value;

/// A profile from `/user`. Its address is the one that the user shows, which is not proved.
pub(crate) fn profile(issuer: &str, user: &Value) -> Result<UserProfile> {
    let text = |name: &str| {
        let text = user.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    // The number: a login can be another's tomorrow.
    let id = user.get("id").and_then(Value::as_u64).ok_or_else(|| {
        Error::new(
            ErrorKind::Decode,
            "GitHub did not say whom the token means: `id` is missing",
        )
    })?;
    let mut profile = UserProfile::new(SubjectKey::new(issuer, id.to_string()));
    profile.email = text("email");
    profile.username = text("login");
    profile.name = text("name");
    profile.picture = text("avatar_url");
    Ok(profile.with_raw(Raw::Json(user.clone())))
}

/// Adds the addresses of `/user/emails`: the primary one is the profile's, with its proof.
pub(crate) fn add_emails(mut profile: UserProfile, emails: &Value) -> UserProfile {
    let emails = emails.as_array().into_iter().flatten();
    let mut all = Vec::new();
    for entry in emails {
        let Some(address) = entry.get("email").and_then(Value::as_str) else {
            continue;
        };
        let told = |name: &str| entry.get(name).and_then(Value::as_bool);
        if told("primary") == Some(true) {
            profile.email = Some(address.to_owned());
            profile.email_verified = told("verified");
        }
        all.push(ProfileEmail {
            address: address.to_owned(),
            verified: told("verified"),
            primary: told("primary").unwrap_or(false),
        });
    }
    profile.emails = all;
    profile
}

/// The organisations of `/user/orgs`.
pub(crate) fn logins(orgs: &Value) -> Vec<String> {
    let orgs = orgs.as_array().into_iter().flatten();
    let login = |org: &Value| org.get("login").and_then(Value::as_str).map(str::to_owned);
    orgs.filter_map(login).collect()
}
