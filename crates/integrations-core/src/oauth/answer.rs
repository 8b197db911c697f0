//! Answers of token endpoints as vendors give them, made what the standards say.

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use crate::auth::{oauth_error, strict_json};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::http::Refusal;

/// The longest answer that is read, in bytes. A set of tokens with an ID token full of groups has
/// some 20 KiB.
pub(super) const MAX_ANSWER: u64 = 512 << 10;

/// The fields of a request that no error may repeat. Providers' words go into errors, and from there
/// into logs and records; some of them quote what they refuse.
const SECRETS: [&str; 6] = [
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "refresh_token",
    "token",
];

/// Whether a text repeats one of these. Short ones would be found by chance.
pub(super) fn repeats<S: AsRef<str>>(text: &str, secrets: impl IntoIterator<Item = S>) -> bool {
    let mut secrets = secrets.into_iter();
    secrets.any(|secret| secret.as_ref().len() >= 6 && text.contains(secret.as_ref()))
}

/// An answer to a form that was sent, put right: the object that a success carries, or the error
/// that a refusal is.
pub(super) fn read(refusal: &Refusal, sent: &[u8]) -> Result<Map<String, Value>> {
    let fields = fields(&refusal.headers, &refusal.body);
    let status = refusal.status;
    let code = fields.as_ref().ok().and_then(|fields| fields.get("error"));
    if let Some(code) = code.and_then(error_code) {
        let text = fields
            .as_ref()
            .ok()
            .and_then(|fields| fields.get("error_description"));
        let secrets: Vec<_> = url::form_urlencoded::parse(sent)
            .filter(|(name, _)| SECRETS.contains(&&**name))
            .map(|(_, value)| value)
            .collect();
        let code = match repeats(code, &secrets) {
            true => "unknown_error",
            false => code,
        };
        let text = text.and_then(Value::as_str);
        return Err(refused(
            refusal,
            code,
            text.filter(|text| !repeats(text, &secrets)),
        ));
    }
    if !status.is_success() {
        return Err(refusal.error());
    }
    let mut fields = fields.map_err(|why| {
        let text = format!("the answer is not what the standards say: {why}");
        Error::new(ErrorKind::Decode, text)
            .with_status(status.as_u16())
            .with_effect(Effect::Applied)
    })?;
    put_right(&mut fields);
    Ok(fields)
}

/// The code of an error: a text by the standard, the `code` or `message` of an object at some.
fn error_code(error: &Value) -> Option<&str> {
    match error {
        Value::String(code) => Some(code),
        Value::Object(fields) => ["code", "status", "message"]
            .iter()
            .find_map(|name| fields.get(*name)?.as_str()),
        _ => None,
    }
}

/// A refusal with an OAuth code. Where the status says more than the code (wait, or broken), it
/// decides, and the code is kept.
fn refused(refusal: &Refusal, code: &str, description: Option<&str>) -> Error {
    let status = refusal.status;
    let by_code = oauth_error(code, description);
    let pauses = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    let error = match pauses {
        true => refusal
            .error()
            .with_code(by_code.code().unwrap_or_default().to_owned()),
        false => by_code.with_status(status.as_u16()),
    };
    match refusal.error().retry_after() {
        Some(wait) if !pauses => error.with_retry_after(wait),
        _ => error,
    }
}

/// The fields of a body: JSON, or a form where it says so or is one.
fn fields(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, String> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let is = |name: &str| kind.trim().eq_ignore_ascii_case(name);
    if is("application/x-www-form-urlencoded") || (is("text/plain") && looks_like_a_form(body)) {
        return form(body);
    }
    object(body)
}

fn looks_like_a_form(body: &[u8]) -> bool {
    !body.trim_ascii_start().starts_with(b"{") && body.contains(&b'=')
}

fn form(body: &[u8]) -> Result<Map<String, Value>, String> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if fields
            .insert(name.clone().into_owned(), value.into_owned().into())
            .is_some()
        {
            return Err("a field comes twice".to_owned());
        }
    }
    Ok(fields)
}

/// A JSON object in which no name comes twice: two readers would read two answers.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    match strict_json::read(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err("no JSON object".to_owned()),
        Err(strict_json::Refused::Duplicate) => Err("a field comes twice".to_owned()),
        Err(strict_json::Refused::Malformed) => Err("no JSON, or nested too deeply".to_owned()),
    }
}

/// What the `oauth2` crate would misread, as the standards write it.
fn put_right(fields: &mut Map<String, Value>) {
    let scopes = match fields.get("scope") {
        // GitHub writes commas.
        Some(Value::String(scopes)) => Some(scopes.replace(',', " ")),
        Some(Value::Array(scopes)) => {
            let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
            Some(scopes.join(" "))
        }
        _ => None,
    };
    match scopes {
        Some(scopes) => fields.insert("scope".to_owned(), scopes.into()),
        None => fields.remove("scope"),
    };
    for name in ["expires_in", "refresh_token_expires_in", "interval"] {
        // Whole seconds: Entra's v1 endpoints write text, others fractions.
        let Some(value) = fields.get(name) else {
            continue;
        };
        match seconds(value) {
            Some(seconds) => fields.insert(name.to_owned(), seconds.into()),
            None => fields.remove(name),
        };
    }
    let named = |fields: &Map<String, Value>| {
        let kind = fields.get("token_type").and_then(Value::as_str);
        kind.is_some_and(|kind| !kind.is_empty())
    };
    if fields.contains_key("access_token") && !named(fields) {
        fields.insert("token_type".to_owned(), "bearer".into());
    }
}

fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_u64().or_else(|| {
            let whole = number.as_f64().filter(|n| (0.0..1e12).contains(n))?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // In bounds above.
            Some(whole as u64)
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, kind: &str, body: &str) -> Result<Value> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        let refusal = Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        read(&refusal, b"").map(Value::Object)
    }

    const JSON: &str = "application/json; charset=utf-8";
    const FORM: &str = "application/x-www-form-urlencoded";

    // https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
    #[test]
    fn an_error_with_status_200_is_an_error() {
        let body = r#"{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}"#;
        let error = answer(200, JSON, body).unwrap_err();
        assert_eq!(error.code(), Some("bad_verification_code"));
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert_eq!(error.effect(), Effect::NotApplied);
    }

    #[test]
    fn a_form_is_read_as_json_is() {
        let body = "access_token=gho_1&scope=repo%2Cgist&token_type=bearer";
        let expected =
            json!({"access_token": "gho_1", "scope": "repo gist", "token_type": "bearer"});
        for kind in [FORM, "text/plain"] {
            assert_eq!(answer(200, kind, body).unwrap(), expected, "{kind}");
        }
        let error = answer(200, FORM, "error=incorrect_client_credentials").unwrap_err();
        assert_eq!(error.code(), Some("incorrect_client_credentials"));
    }

    #[test]
    fn scopes_with_commas_or_as_a_list_are_scopes() {
        for scope in [
            json!("repo,gist"),
            json!(["repo", "gist"]),
            json!("repo gist"),
        ] {
            let body = json!({"access_token": "a", "scope": scope}).to_string();
            assert_eq!(
                answer(200, JSON, &body).unwrap()["scope"],
                "repo gist",
                "{scope}"
            );
        }
    }

    #[test]
    fn seconds_as_text_or_with_a_fraction_are_seconds() {
        for (given, read) in [
            (json!(3600), json!(3600)),
            (json!("3600"), json!(3600)),
            (json!(3599.9), json!(3599)),
        ] {
            let body = json!({"access_token": "a", "expires_in": given}).to_string();
            assert_eq!(
                answer(200, JSON, &body).unwrap()["expires_in"],
                read,
                "{given}"
            );
        }
        for odd in [json!(-1), json!("soon"), json!(null), json!(1e300)] {
            let body = json!({"access_token": "a", "expires_in": odd}).to_string();
            assert_eq!(
                answer(200, JSON, &body).unwrap().get("expires_in"),
                None,
                "{odd}"
            );
        }
    }

    #[test]
    fn a_missing_token_type_is_bearer() {
        let read = answer(200, JSON, r#"{"access_token":"a"}"#).unwrap();
        assert_eq!(read["token_type"], "bearer");
    }

    #[test]
    fn a_field_that_comes_twice_is_refused() {
        for (kind, body) in [
            (JSON, r#"{"access_token":"a","access_token":"b"}"#),
            (FORM, "access_token=a&access_token=b"),
        ] {
            let error = answer(200, kind, body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
            assert_eq!(error.effect(), Effect::Applied, "{body}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_and_not_shown() {
        for body in [
            "",
            "<html>s3cret</html>",
            "[1]",
            "\"s3cret\"",
            "{\"a\":1} s3cret",
            "nul",
        ] {
            let error = answer(200, JSON, body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{body}");
        }
    }

    #[test]
    fn words_that_quote_what_was_sent_are_left_out() {
        let sent =
            b"grant_type=refresh_token&refresh_token=r3fr%2Fesh-s3cret&client_secret=cl13nt-s3cret";
        for body in [
            r#"{"error":"invalid_grant","error_description":"Unknown token r3fr/esh-s3cret."}"#,
            r#"{"error":"invalid_client","error_description":"cl13nt-s3cret is wrong"}"#,
            r#"{"error":"r3fr/esh-s3cret"}"#,
        ] {
            let refusal = Refusal {
                status: StatusCode::BAD_REQUEST,
                headers: HeaderMap::new(),
                body: body.into(),
            };
            let error = read(&refusal, sent).unwrap_err();
            let shown = format!("{error} {error:?} {:?}", error.code());
            assert!(!shown.contains("s3cret"), "{shown}");
        }
    }

    #[test]
    fn a_status_that_says_wait_decides_and_the_code_is_kept() {
        let error = answer(503, JSON, r#"{"error":"temporarily_unavailable"}"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.code(), Some("temporarily_unavailable"));
        let error = answer(429, JSON, r#"{"error":"slow_down"}"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        let error = answer(502, "text/html", "<h1>Bad gateway</h1>").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.effect(), Effect::Unknown);
    }
}
