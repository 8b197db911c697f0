//! What the rules of RFC 9111 are told of a request and its answer: no more than they need, in the
//! form in which the crate that knows them reads it right.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::time::Duration;

use ::http::header::{
    AGE, AUTHORIZATION, CACHE_CONTROL, COOKIE, DATE, EXPIRES, HeaderName, PRAGMA,
    PROXY_AUTHORIZATION, VARY,
};
use ::http::{HeaderMap, HeaderValue, Request};

/// Stands for all credentials of a request whose connection has no name.
static CREDENTIALS: HeaderName = HeaderName::from_static("x-integrations-credentials");

/// The most seconds that a header can count: RFC 9111, section 1.2.2.
const MOST_SECONDS: u64 = 1 << 31;

/// A request, as the rules are told of it: the value of each header is a digest, which is as good
/// for comparing (section 4.1) and lets no credential into the cache.
pub(super) struct Asked {
    pub(super) request: Request<()>,
    unnamed: bool,
}

impl Asked {
    /// `unnamed`: its connection has no name, so that only its credentials tell whose answer it
    /// gets.
    pub(super) fn new<B>(request: &Request<B>, unnamed: bool, salt: &RandomState) -> Self {
        let mut told = Request::new(());
        *told.method_mut() = request.method().clone();
        *told.uri_mut() = request.uri().clone();
        let given = request.headers();
        let headers = told.headers_mut();
        for name in given.keys() {
            headers.insert(name, digest(salt, [name], given));
        }
        for name in [CACHE_CONTROL, PRAGMA] {
            if let Some(text) = text(given, &name) {
                headers.insert(name, value(&without_max_stale(&text)));
            }
        }
        if unnamed {
            let credentials = given.iter().filter_map(|(name, value)| {
                let known = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(name);
                (known || value.is_sensitive()).then_some(name)
            });
            let mut credentials: Vec<_> = credentials.collect();
            credentials.sort_by_key(|name| name.as_str());
            credentials.dedup();
            headers.insert(CREDENTIALS.clone(), digest(salt, credentials, given));
        }
        Self {
            request: told,
            unnamed,
        }
    }

    /// What is kept of it beside an answer: the headers that select the answer.
    pub(super) fn kept(&self, told: &HeaderMap) -> Request<()> {
        let mut kept = Request::new(());
        *kept.method_mut() = self.request.method().clone();
        *kept.uri_mut() = self.request.uri().clone();
        let vary = text(told, &VARY).unwrap_or_default();
        let names = vary.split(',').map(str::trim).chain(["host"]);
        for name in names {
            // One that is absent has to be absent again.
            if let Some((name, value)) = HeaderName::from_bytes(name.as_bytes())
                .ok()
                .and_then(|name| Some((name.clone(), self.request.headers().get(&name)?)))
            {
                kept.headers_mut().insert(name, value.clone());
            }
        }
        kept
    }

    /// An answer, as the rules are told of it.
    pub(super) fn answer(&self, headers: &HeaderMap) -> HeaderMap {
        let mut told = HeaderMap::new();
        for name in [CACHE_CONTROL, PRAGMA] {
            if let Some(text) = text(headers, &name) {
                told.insert(name, value(&text));
            }
        }
        for name in [DATE, EXPIRES] {
            if let Some(first) = headers.get(&name) {
                told.insert(name, first.clone());
            }
        }
        if let Some(age) = headers.get(AGE) {
            // One that cannot be read is left out: section 5.1. One that is too large is cut.
            let age = age.to_str().ok().and_then(seconds);
            if let Some(age) = age {
                told.insert(AGE, HeaderValue::from(age.as_secs()));
            }
        }
        let mut vary = text(headers, &VARY).unwrap_or_default();
        if self.unnamed {
            vary = match vary.is_empty() {
                true => CREDENTIALS.to_string(),
                false => format!("{vary}, {CREDENTIALS}"),
            };
        }
        if !vary.is_empty() {
            told.insert(VARY, value(&vary));
        }
        told
    }
}

/// What the cache decides by itself of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Directives {
    /// `must-revalidate`, `no-cache`: it is never used when it is stale (sections 5.2.2.2 and
    /// 5.2.2.4).
    pub(super) never_stale: bool,
    /// `stale-if-error`: how long after its freshness it may be used instead of an error (RFC 5861,
    /// section 4).
    pub(super) stale_if_error: Option<Duration>,
    /// `Vary: *`: no request is ever like another (section 4.1).
    pub(super) varies_always: bool,
}

impl Directives {
    /// From headers as [`Asked::answer`] makes them.
    pub(super) fn of(told: &HeaderMap) -> Self {
        let mut this = Self::default();
        let mut seen: Vec<(&str, &str)> = Vec::new();
        let control = text(told, &CACHE_CONTROL).unwrap_or_default();
        let pragma = text(told, &PRAGMA).unwrap_or_default();
        for part in control.split(',').map(str::trim) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            match name {
                "must-revalidate" | "no-cache" => this.never_stale = true,
                "stale-if-error" => {
                    let limit = seconds(value).unwrap_or_default();
                    let least = this.stale_if_error.map_or(limit, |other| other.min(limit));
                    this.stale_if_error = Some(least);
                }
                _ => {}
            }
            // Who contradicts itself is taken by the stricter word: section 4.2.1.
            this.never_stale |= seen.iter().any(|it| it.0 == name && it.1 != value);
            seen.push((name, value));
        }
        this.never_stale |= control.is_empty() && pragma.contains("no-cache");
        let vary = text(told, &VARY).unwrap_or_default();
        this.varies_always = vary.split(',').any(|name| name.trim() == "*");
        this
    }
}

/// All values of a header in one, in lower case: names of directives and of headers are the same in
/// any case (RFC 9111, section 5.2; RFC 9110, section 5.1), and not for whom this is made. What is no
/// ASCII becomes a question mark, so that the rest is still heard.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut text = String::new();
    for value in headers.get_all(name) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        let plain = value.as_bytes().iter().map(|byte| match byte {
            b' '..=b'~' => char::from(byte.to_ascii_lowercase()),
            b'\t' => ' ',
            _ => '?',
        });
        text.extend(plain);
    }
    (!text.is_empty()).then_some(text)
}

fn value(text: &str) -> HeaderValue {
    // It is plain ASCII by construction.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("no-store"))
}

/// A stale answer is marked as one, and that is asked for elsewhere.
fn without_max_stale(control: &str) -> String {
    let parts = control.split(',').map(str::trim);
    let kept: Vec<_> = parts.filter(|it| !it.starts_with("max-stale")).collect();
    kept.join(", ")
}

/// A number of seconds (RFC 9111, section 1.2.2).
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = text.parse().unwrap_or(MOST_SECONDS);
    Some(Duration::from_secs(seconds.min(MOST_SECONDS)))
}

/// All values of these headers as one short text. The salt is drawn anew for each cache.
fn digest<'a>(
    salt: &RandomState,
    names: impl IntoIterator<Item = &'a HeaderName>,
    headers: &HeaderMap,
) -> HeaderValue {
    let mut hasher = salt.build_hasher();
    for name in names {
        name.hash(&mut hasher);
        for value in headers.get_all(name) {
            value.as_bytes().hash(&mut hasher);
        }
    }
    HeaderValue::from(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(control: &str) -> Directives {
        let mut headers = HeaderMap::new();
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_bytes(control.as_bytes()).unwrap(),
        );
        let asked = Asked::new(&Request::new(()), false, &RandomState::new());
        Directives::of(&asked.answer(&headers))
    }

    #[test]
    fn directives_are_read_in_any_case_and_beside_what_is_no_ascii() {
        for strict in [
            "Must-Revalidate",
            "max-age=5, NO-CACHE",
            "no-cache=\"set-cookie\"",
            "x=\"é\", must-revalidate",
            "max-age=5, max-age=6",
        ] {
            assert!(told(strict).never_stale, "{strict}");
        }
        assert!(!told("max-age=5, stale-if-error=9").never_stale);
    }

    #[test]
    fn stale_if_error_is_a_limit_and_what_cannot_be_read_is_none_at_all() {
        for (text, limit) in [
            ("stale-if-error=60", Some(60)),
            ("Stale-If-Error=\"60\"", Some(60)),
            ("stale-if-error=soon", Some(0)),
            ("stale-if-error=-1", Some(0)),
            ("stale-if-error=99999999999999999999", Some(MOST_SECONDS)),
            ("max-age=5", None),
        ] {
            let limit = limit.map(Duration::from_secs);
            assert_eq!(told(text).stale_if_error, limit, "{text}");
        }
    }

    #[test]
    fn no_value_of_a_request_header_is_told() {
        let mut request = Request::get("https://api.example/").body(()).unwrap();
        let secret = HeaderValue::from_static("canary");
        for name in [AUTHORIZATION, COOKIE, HeaderName::from_static("x-api-key")] {
            request.headers_mut().insert(name, secret.clone());
        }
        let asked = Asked::new(&request, true, &RandomState::new());
        let shown = format!("{:?}", asked.request.headers());
        assert!(!shown.contains("canary"), "{shown}");
    }
}
