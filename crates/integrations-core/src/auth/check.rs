//! The checks that every provider needs, in one place, so that none is left out.

use url::Url;

use crate::error::{Error, ErrorKind, Result};

/// Whether two secrets are equal, in a time that depends on their lengths alone.
#[must_use]
pub fn secrets_equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let difference = one
        .iter()
        .zip(other)
        .fold(0_u8, |seen, (a, b)| std::hint::black_box(seen | (a ^ b)));
    std::hint::black_box(difference) == 0
}

/// Whether an address may be a redirect URI: absolute, without a fragment (RFC 6749, section
/// 3.1.2) or credentials, and `https`, `http` on the own machine, or a private scheme with a dot
/// (RFC 8252, section 7.1).
///
/// # Errors
/// `InvalidInput` that says what is wrong.
pub fn check_redirect_uri(uri: &Url) -> Result<()> {
    let wrong = |why: &'static str| Err(Error::invalid_input(why));
    if uri.fragment().is_some() {
        return wrong("a redirect URI must not have a fragment");
    }
    if !uri.username().is_empty() || uri.password().is_some() {
        return wrong("a redirect URI must not have credentials");
    }
    match uri.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(uri) => Ok(()),
        "http" => wrong("a redirect URI must be https, except on the own machine"),
        scheme if scheme.contains('.') => Ok(()),
        _ => {
            wrong("a private redirect scheme must be a reversed domain name, like com.example.app")
        }
    }
}

fn is_loopback(uri: &Url) -> bool {
    match uri.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Whether a redirect URI is one that is registered: the same text, character by character
/// (RFC 6749, section 3.1.2.3; RFC 9700, section 2.1). Nothing is normalised, because every
/// pattern here has been a way to steal codes.
#[must_use]
pub fn redirect_uri_is_registered<S: AsRef<str>>(registered: &[S], given: &str) -> bool {
    registered.iter().any(|uri| uri.as_ref() == given)
}

/// An error that a provider answered by an OAuth `error` code, in the terms of this workspace.
/// The codes are those of RFC 6749 (4.1.2.1, 5.2), RFC 7009, RFC 8628 and OpenID Connect Core
/// (3.1.2.6); an unknown one is `Unauthenticated`, never a success. [`Error::code`] keeps it.
///
/// It never says that the account's owner has to consent again: an authorization or device code that
/// is spent says nothing of the connection that the application has. The answer to a *refresh* does:
/// [`oauth_refresh_error`]. A wrong client is `Config`, for an operator.
#[must_use]
pub fn oauth_error(code: &str, description: Option<&str>) -> Error {
    let (kind, advice) = match code {
        "invalid_request" | "invalid_scope" | "invalid_target" | "unsupported_token_type" => {
            (ErrorKind::InvalidInput, None)
        }
        // GitHub and Google.
        "redirect_uri_mismatch" => (
            ErrorKind::InvalidInput,
            Some("register the redirect URI in the provider's console, character by character"),
        ),
        // GitHub.
        "unverified_user_email" => (
            ErrorKind::PermissionDenied,
            Some("the user has to verify an address at the provider first"),
        ),
        "device_flow_disabled" => (
            ErrorKind::PermissionDenied,
            Some("allow the device flow for the client in the provider's console"),
        ),
        "access_denied" => (
            ErrorKind::PermissionDenied,
            Some("the user or an administrator said no: ask again, or for fewer scopes"),
        ),
        "unauthorized_client" => (
            ErrorKind::PermissionDenied,
            Some("allow this flow for the client in the provider's console"),
        ),
        "unsupported_response_type" | "unsupported_grant_type" => (ErrorKind::Unsupported, None),
        "server_error" | "temporarily_unavailable" => (ErrorKind::Unavailable, None),
        "slow_down" => (ErrorKind::RateLimited, None),
        // The second is GitHub's word.
        "invalid_client" | "incorrect_client_credentials" => (
            ErrorKind::Config,
            Some("check the client id and the client secret"),
        ),
        "invalid_grant" => (
            ErrorKind::Unauthenticated,
            Some("the code or refresh token is used, expired or revoked: sign in again"),
        ),
        "consent_required" | "interaction_required" => {
            (ErrorKind::Unauthenticated, Some("sign in again"))
        }
        _ => (
            ErrorKind::Unauthenticated,
            Some("look the code up in the provider's documentation; signing in again may help"),
        ),
    };
    let code = plain(code, 64);
    let message = match description.map(|text| plain(text, 200)) {
        Some(text) if !text.is_empty() => format!("the provider answered {code}: {text}"),
        _ => format!("the provider answered {code}"),
    };
    let error = Error::new(kind, message).with_code(code);
    match advice {
        Some(advice) => error.with_advice(advice),
        None => error,
    }
}

/// [`oauth_error`] as the answer to a refresh: `invalid_grant`, `consent_required` and
/// `interaction_required` say that the grant is gone and the owner has to consent again
/// ([`Error::needs_reconnect`]).
#[must_use]
pub fn oauth_refresh_error(code: &str, description: Option<&str>) -> Error {
    ends_the_grant(oauth_error(code, description))
}

/// Marks the error of a refresh whose code says that the grant is gone. With a status that asks to
/// wait (429, 5xx) it says nothing of the grant, whatever the code.
pub(crate) fn ends_the_grant(error: Error) -> Error {
    match error.code() {
        _ if error.kind().is_transient() => error,
        Some("invalid_grant" | "consent_required" | "interaction_required") => {
            error.with_reconnect()
        }
        _ => error,
    }
}

/// Text from outside as part of one line of ours.
fn plain(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_equal_only_when_every_byte_is() {
        assert!(secrets_equal("abc", "abc"));
        for other in ["abd", "ab", "abcd", "", "ABC"] {
            assert!(!secrets_equal("abc", other), "{other}");
        }
        assert!(secrets_equal("", ""));
    }

    #[test]
    fn a_redirect_uri_is_https_or_the_own_machine_or_a_private_scheme() {
        for good in [
            "https://app.example/cb?x=1",
            "http://localhost:8080/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/cb",
            "com.example.app:/cb",
        ] {
            assert!(check_redirect_uri(&good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in [
            "http://app.example/cb",
            "http://localhost.evil.example/cb",
            "https://app.example/cb#f",
            "https://user:secret@app.example/cb",
            "javascript:alert(1)",
            "data:text/html,hi",
        ] {
            assert!(check_redirect_uri(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_redirect_uri_matches_only_character_by_character() {
        let registered = ["https://app.example/cb"];
        assert!(redirect_uri_is_registered(
            &registered,
            "https://app.example/cb"
        ));
        for other in [
            "https://app.example/cb/",
            "https://app.example/CB",
            "https://app.example/cb?x=1",
            "https://app.example:443/cb",
            "https://app.example/cb/../evil",
            "https://app.example.evil.example/cb",
        ] {
            assert!(!redirect_uri_is_registered(&registered, other), "{other}");
        }
    }

    #[test]
    fn the_codes_of_the_standards_have_kinds_and_are_kept() {
        let cases = [
            ("access_denied", ErrorKind::PermissionDenied),
            ("invalid_scope", ErrorKind::InvalidInput),
            ("server_error", ErrorKind::Unavailable),
            ("invalid_grant", ErrorKind::Unauthenticated),
            ("login_required", ErrorKind::Unauthenticated),
            ("something_new", ErrorKind::Unauthenticated),
        ];
        for (code, kind) in cases {
            let error = oauth_error(code, None);
            assert_eq!(error.kind(), kind, "{code}");
            assert_eq!(error.code(), Some(code));
        }
    }

    #[test]
    fn only_a_refresh_that_finds_no_grant_asks_the_owner_to_consent_again() {
        for code in ["invalid_grant", "consent_required", "interaction_required"] {
            assert!(oauth_refresh_error(code, None).needs_reconnect(), "{code}");
            // A code that is spent: the connection is as good as it was.
            assert!(!oauth_error(code, None).needs_reconnect(), "{code}");
        }
        for code in ["invalid_client", "server_error", "something_new"] {
            assert!(!oauth_refresh_error(code, None).needs_reconnect(), "{code}");
        }
        let kind = oauth_error("invalid_client", None).kind();
        assert_eq!(kind, ErrorKind::Config);
    }

    #[test]
    fn a_status_that_asks_to_wait_does_not_end_a_grant() {
        for kind in [ErrorKind::RateLimited, ErrorKind::Unavailable] {
            let error = Error::new(kind, "busy").with_code("invalid_grant");
            assert!(!ends_the_grant(error).needs_reconnect(), "{kind:?}");
        }
    }

    #[test]
    fn a_description_stays_on_one_line_and_short() {
        let error = oauth_error("invalid_request", Some(&format!("a\nb{}", "x".repeat(999))));
        assert!(!error.to_string().contains('\n'));
        assert!(error.to_string().len() < 400);
    }
}
