//! Which redirects are followed, and what goes along.
//!
//! A redirect of a request that changes something is never followed: the provider decides what it
//! means. One of a request that only reads is followed with its method (303 makes it a GET), and
//! when it leads to another origin, nothing goes along but headers that cannot be credentials.

use ::http::header::{self, HeaderMap, HeaderName};
use ::http::{Method, StatusCode};
use url::{Origin, Url};

use crate::error::{Effect, Error, ErrorKind, Result};

/// The headers that another origin may see. A list of what is allowed, because every vendor has
/// header names of its own for its keys.
const HARMLESS: [HeaderName; 12] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_UNMODIFIED_SINCE,
    header::RANGE,
    header::USER_AGENT,
    // WebDAV (RFC 4918, section 10.2; RFC 7240).
    HeaderName::from_static("depth"),
    HeaderName::from_static("prefer"),
];

/// Methods that are defined as safe: RFC 9110 section 9.2.1, RFC 4918 section 9.1, RFC 3253
/// section 3.6.
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(
        method.as_str(),
        "GET" | "HEAD" | "OPTIONS" | "PROPFIND" | "REPORT"
    )
}

/// Where an answer sends the request, or `None` when it stays as it is.
pub(super) fn target(
    method: &Method,
    from: &Url,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<Url>> {
    let followed = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    if !followed || !is_safe(method) {
        return Ok(None);
    }
    let Some(location) = headers.get(header::LOCATION) else {
        return Ok(None);
    };
    let to = location.to_str().ok().and_then(|to| from.join(to).ok());
    let Some(mut to) = to.filter(|to| matches!(to.scheme(), "http" | "https")) else {
        return Err(refused("redirects to what is no web address"));
    };
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(refused("redirects from https to http"));
    }
    if !to.username().is_empty() || to.password().is_some() {
        return Err(refused("redirects to an address with a user name"));
    }
    // RFC 9110, section 10.2.2: a fragment is inherited; it is never sent.
    to.set_fragment(None);
    Ok(Some(to))
}

/// The method of the next request.
pub(super) fn next_method(method: &Method, status: StatusCode) -> Method {
    match status {
        StatusCode::SEE_OTHER if method != Method::HEAD => Method::GET,
        _ => method.clone(),
    }
}

/// What of the headers goes along.
pub(super) fn carry(headers: &mut HeaderMap, from: &Origin, to: &Origin) {
    if from == to {
        return;
    }
    let all: Vec<HeaderName> = headers.keys().cloned().collect();
    for name in all.iter().filter(|name| !HARMLESS.contains(name)) {
        headers.remove(name);
    }
}

fn refused(what: &'static str) -> Error {
    Error::new(ErrorKind::Untrusted, what)
        .with_effect(Effect::NotApplied)
        .with_advice("check the address in the configuration")
}
