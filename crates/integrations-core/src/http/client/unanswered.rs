//! What is known when no answer came.

use std::error::Error as StdError;
use std::io;

use ::http::Uri;
use hyper_util::client::legacy;
use url::Url;

use super::connect::TimedOut;
use crate::error::{Effect, Error, ErrorKind};

/// Whether a server of HTTP/2 said that it did not begin with a request, so that sending it again
/// is no second attempt: it refused the stream, or it closes the connection in peace and the
/// request came after the last that it takes (RFC 9113, sections 6.8 and 8.7).
pub(super) fn never_began(error: &legacy::Error) -> bool {
    let told = causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>());
    told.is_some_and(|told| {
        let reason = told.reason();
        told.is_remote()
            && (told.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM)
                || told.is_go_away() && reason == Some(h2::Reason::NO_ERROR))
    })
}

/// The error of a request to `uri`.
pub(super) fn not_answered(error: legacy::Error, uri: &Uri) -> Error {
    let host = origin_of(uri);
    let (kind, effect, text) = if error.is_connect() {
        let (kind, why) = match is_timeout(&error) {
            true => (ErrorKind::Timeout, "within the time for it".to_owned()),
            false => (ErrorKind::Network, innermost(&error)),
        };
        let text = format!("no connection to {host}: {why}; nothing was sent");
        (kind, Effect::NotApplied, text)
    } else if is_timeout(&error) {
        let text = format!("{host} did not answer in time");
        (ErrorKind::Timeout, Effect::Unknown, text)
    } else {
        let text = format!("the connection to {host} broke before an answer came");
        (ErrorKind::Network, Effect::Unknown, text)
    };
    Error::new(kind, text)
        .with_effect(effect)
        .with_source(error)
}

/// Scheme, host and port: what an error may show of an address. Paths and queries hold secrets.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn origin_of(uri: &Uri) -> String {
    let url = super::text(uri).and_then(|text| Url::parse(&text).ok());
    url.map_or_else(|| "the server".to_owned(), |url| origin(&url))
}

fn is_timeout(error: &legacy::Error) -> bool {
    causes(error).any(|cause| {
        let of_system = cause.downcast_ref::<io::Error>();
        let of_protocol = cause.downcast_ref::<hyper::Error>();
        cause.is::<TimedOut>()
            || of_system.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
            || of_protocol.is_some_and(hyper::Error::is_timeout)
    })
}

/// The reason at the bottom of an error of connecting: the system's or the TLS library's, which
/// never has anything of the request in it.
fn innermost(error: &legacy::Error) -> String {
    let deepest = causes(error).last();
    let text = deepest.map_or_else(|| error.to_string(), ToString::to_string);
    super::super::response::printable(&text)
}

/// What is beneath an error, from above.
fn causes(error: &legacy::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
