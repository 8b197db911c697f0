//! What of a request and of an answer is written, and what is kept to be searched for instead.
//!
//! Both lists are of what may be shown: every vendor has names of its own for its keys.

use ::http::header::HeaderMap;
use ::http::{HeaderValue, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use url::Url;

use super::secrets::SHORTEST;

/// What stands in the place of a value.
pub(crate) const HIDDEN: &str = "[hidden]";

/// The headers whose values may be shown.
const SHOWN: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "alt-svc",
    "cache-control",
    "cf-ray",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-range",
    "content-security-policy",
    "content-type",
    "date",
    "depth",
    "etag",
    "expires",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "nel",
    "permissions-policy",
    "prefer",
    "proxy-authenticate",
    "range",
    "referrer-policy",
    "report-to",
    "request-id",
    "retry-after",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-cache",
    "x-content-type-options",
    "x-correlation-id",
    "x-frame-options",
    "x-ms-request-id",
    "x-powered-by",
    "x-request-id",
    "x-zm-trackingid",
];

/// The parameters of a query whose values may be shown.
const PARAMETERS: &[&str] = &[
    "api-version",
    "delimiter",
    "delete",
    "expand",
    "fields",
    "limit",
    "list-type",
    "max-keys",
    "maxresults",
    "offset",
    "order",
    "orderby",
    "page",
    "page_size",
    "pagesize",
    "partnumber",
    "per_page",
    "sort",
    "starting_after",
    "top",
    "uploads",
];

/// The headers whose values are never shown, whoever allows it.
const NEVER: &[&str] = &[
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
];

fn is_shown(name: &str, shown: &[String]) -> bool {
    let allowed = SHOWN.contains(&name) || shown.iter().any(|other| other == name);
    (allowed && !NEVER.contains(&name))
        || name.ends_with("-version")
        || name.starts_with("x-ratelimit-")
        || name.starts_with("x-rate-limit-")
        || name.starts_with("ratelimit")
        || name.starts_with("access-control-")
        || name.starts_with("cross-origin-")
}

/// The names of all headers, with the values that may be shown.
pub(crate) fn headers(
    map: &HeaderMap,
    shown: &[String],
    secrets: &mut Vec<SecretString>,
) -> Vec<(String, Option<String>)> {
    map.iter()
        .map(|(name, value)| {
            let shown = is_shown(name.as_str(), shown) && !value.is_sensitive();
            let value = match shown {
                true => value.to_str().ok().map(str::to_owned),
                false => {
                    hide(value, secrets);
                    None
                }
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// Takes the whole of a header's value, and each part of it that may be a secret by itself.
fn hide(value: &HeaderValue, secrets: &mut Vec<SecretString>) {
    let value = String::from_utf8_lossy(value.as_bytes());
    let value = value.trim();
    keep(value, secrets);
    for (place, part) in value.split([' ', ',', ';']).enumerate() {
        // The scheme of a credential is no secret: "Negotiate".
        let scheme = place == 0 && value.contains(' ') && !part.contains('=');
        if scheme || part.len() == value.len() {
            continue;
        }
        keep(part, secrets);
    }
    for part in value.split([' ', ',', ';']) {
        if let Some((_, part)) = part.split_once('=') {
            keep(part.trim_matches('"'), secrets);
        }
    }
    // Basic (RFC 7617): the secret is inside.
    let decoded = value.split_once(' ').and_then(|(scheme, part)| {
        let is_basic = scheme.eq_ignore_ascii_case("basic");
        STANDARD.decode(part.trim()).ok().filter(|_| is_basic)
    });
    if let Some(pair) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
        keep(&pair, secrets);
        let (user, password) = pair.split_once(':').unwrap_or((&pair, ""));
        keep(user, secrets);
        keep(password, secrets);
    }
}

fn keep(value: &str, secrets: &mut Vec<SecretString>) {
    if value.len() >= SHORTEST {
        secrets.push(SecretString::from(value));
    }
}

/// An address without its user, its fragment, and the values of its query.
pub(crate) fn address(uri: &Uri, shown: &[String], secrets: &mut Vec<SecretString>) -> String {
    let Ok(url) = Url::parse(&uri.to_string()) else {
        return "[no absolute URL]".to_owned();
    };
    keep(url.username(), secrets);
    keep(url.password().unwrap_or_default(), secrets);
    let mut text = url.origin().ascii_serialization();
    text.push_str(url.path());
    for (place, pair) in url
        .query()
        .into_iter()
        .flat_map(|all| all.split('&'))
        .enumerate()
    {
        text.push(if place == 0 { '?' } else { '&' });
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (pair, None),
        };
        // A name that is none may be the secret.
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"_-.$[]:%".contains(&c);
        if name.len() <= 32 && name.bytes().all(plain) {
            text.push_str(name);
        } else {
            keep(name, secrets);
            text.push_str(HIDDEN);
        }
        let Some(value) = value else {
            continue;
        };
        text.push('=');
        let lower = name.trim_start_matches('$').to_ascii_lowercase();
        if PARAMETERS.contains(&lower.as_str()) || shown.contains(&lower) {
            text.push_str(value);
            continue;
        }
        text.push_str(HIDDEN);
        keep(value, secrets);
        let decoded = url::form_urlencoded::parse(pair.as_bytes()).next();
        if let Some((_, decoded)) = decoded.filter(|(_, decoded)| decoded != value) {
            keep(&decoded, secrets);
        }
    }
    text
}

/// Whether a request for this address is the one that was written so.
pub(crate) fn fits(written: &str, asked: &Uri) -> bool {
    let Ok(asked) = Url::parse(&asked.to_string()) else {
        return false;
    };
    let (base, query) = written.split_once('?').unwrap_or((written, ""));
    let same = asked.origin().ascii_serialization() + asked.path() == base;
    let mut asked = asked.query().unwrap_or_default().split('&');
    let fits = |written: &str| {
        asked.next().is_some_and(
            |asked| match (written.split_once('='), asked.split_once('=')) {
                (Some((written, HIDDEN)), Some((asked, _))) => {
                    written == HIDDEN || written == asked
                }
                _ => written == HIDDEN || written == asked,
            },
        )
    };
    same && query.split('&').all(fits) && asked.next().is_none()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn kept(secrets: &[SecretString]) -> Vec<&str> {
        secrets.iter().map(ExposeSecret::expose_secret).collect()
    }

    #[test]
    fn an_address_shows_its_path_and_the_names_of_its_query() {
        let mut secrets = Vec::new();
        let uri = "https://user-name:pass-word@api.example:8443/v1/a%20b?limit=5&code=abc%2Fdefgh&x=1&flag&\
                   aVeryLongThingThatIsNoNameAtAllButAKey";
        let shown = address(&uri.parse().unwrap(), &[], &mut secrets);
        assert_eq!(
            shown,
            "https://api.example:8443/v1/a%20b?limit=5&code=[hidden]&x=[hidden]&flag&[hidden]"
        );
        assert_eq!(
            kept(&secrets),
            [
                "user-name",
                "pass-word",
                "abc%2Fdefgh",
                "abc/defgh",
                "aVeryLongThingThatIsNoNameAtAllButAKey"
            ]
        );
    }

    #[test]
    fn an_address_fits_what_was_written_of_it() {
        for (written, asked) in [
            ("https://a.example/b", "https://a.example/b"),
            (
                "https://a.example/b?limit=5&x=[hidden]",
                "https://a.example/b?limit=5&x=9",
            ),
            ("https://a.example/?[hidden]&a", "https://a.example/?key&a"),
        ] {
            assert!(fits(written, &asked.parse().unwrap()), "{written}");
            for other in [
                "https://a.example/c",
                "https://b.example/b",
                "https://a.example/b?y=1",
            ] {
                assert!(!fits(written, &other.parse().unwrap()), "{written} {other}");
            }
            let more = format!("{asked}&more=1").replace("b&", "b?");
            assert!(!fits(written, &more.parse().unwrap()), "{more}");
        }
    }

    #[test]
    fn a_credential_is_taken_whole_and_in_its_parts() {
        let mut secrets = Vec::new();
        let mut map = HeaderMap::new();
        map.insert("authorization", "Bearer token-canary".parse().unwrap());
        map.append(
            "authorization",
            "Basic dXNlcjpwYXNzd29yZA==".parse().unwrap(),
        );
        map.insert("cookie", "id=\"cookie-canary\"; a=b".parse().unwrap());
        map.insert("accept", "text/plain".parse().unwrap());
        map.insert("x-ratelimit-remaining", "7".parse().unwrap());
        let shown = headers(&map, &["cookie".to_owned()], &mut secrets);
        let values: Vec<_> = shown.iter().filter(|(_, value)| value.is_some()).collect();
        assert_eq!(values.len(), 2, "{shown:?}");
        for secret in [
            "Bearer token-canary",
            "token-canary",
            "dXNlcjpwYXNzd29yZA==",
            "user:password",
            "password",
            "cookie-canary",
        ] {
            assert!(kept(&secrets).contains(&secret), "{secret}");
        }
        assert!(!kept(&secrets).contains(&"Bearer"));
    }
}
