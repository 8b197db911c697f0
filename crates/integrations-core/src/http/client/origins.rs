//! The origins that requests went to, read once.
//!
//! To parse an address is a tenth of what a small request costs, and most of that is the host. An
//! application talks to a handful of hosts, so what became of them is kept, and paths and queries
//! go out as they came where they are already as the [WHATWG](https://url.spec.whatwg.org) writes
//! them. All others are read whole.

use std::sync::{PoisonError, RwLock, TryLockError};

use ::http::Uri;
use ::http::header::HeaderValue;
use ::http::uri::{Authority, Parts, Scheme};

/// How many are kept.
const MOST: usize = 8;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    /// The address as it is sent.
    pub(super) uri: Uri,
    /// What a proxy on the way wants to see beside the request.
    pub(super) credentials: Option<HeaderValue>,
}

/// What was found to be allowed lately.
#[derive(Debug, Default)]
pub(super) struct Origins(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    all: Vec<Origin>,
    /// Which one the next takes the place of, when all places are taken.
    oldest: usize,
}

#[derive(Debug)]
struct Origin {
    scheme: Scheme,
    /// As requests have it.
    asked: Authority,
    /// As it is sent: in small letters, and without a port that goes without saying.
    sent: Authority,
    credentials: Option<HeaderValue>,
}

impl Origin {
    fn is(&self, scheme: &Scheme, authority: &Authority) -> bool {
        self.scheme == *scheme && self.asked == *authority
    }
}

impl Origins {
    /// The address, when it is one of an origin that is kept and need not be read whole.
    pub(super) fn target(&self, uri: &Uri) -> Option<Target> {
        let (scheme, authority) = (uri.scheme()?, uri.authority()?);
        let path = uri.path_and_query()?;
        if !is_as_written(path.as_str()) {
            return None;
        }
        let mut parts = Parts::default();
        let credentials;
        {
            let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
            let origin = kept.all.iter().find(|one| one.is(scheme, authority))?;
            parts.scheme = Some(origin.scheme.clone());
            // Not the request's own: the pool would keep its path and query alive along with it.
            parts.authority = Some(origin.sent.clone());
            credentials = origin.credentials.clone();
        }
        parts.path_and_query = Some(path.clone());
        let uri = Uri::from_parts(parts).ok()?;
        Some(Target { uri, credentials })
    }

    /// Keeps the origin of an address that may be sent to. Where another thread does so now, it is
    /// kept the next time.
    pub(super) fn keep(&self, uri: &Uri, target: &Target) {
        // A copy: the request's own would keep its path and query alive.
        let copy = |authority: &Authority| authority.as_str().parse::<Authority>().ok();
        let (Some(scheme), Some(asked), Some(sent)) = (
            uri.scheme().cloned(),
            uri.authority().and_then(copy),
            target.uri.authority().and_then(copy),
        ) else {
            return;
        };
        let mut kept = match self.0.try_write() {
            Ok(kept) => kept,
            Err(TryLockError::Poisoned(kept)) => kept.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // Another thread was first.
        if kept.all.iter().any(|one| one.is(&scheme, &asked)) {
            return;
        }
        let entry = Origin {
            scheme,
            asked,
            sent,
            credentials: target.credentials.clone(),
        };
        if kept.all.len() < MOST {
            kept.all.push(entry);
            return;
        }
        let oldest = kept.oldest;
        if let Some(place) = kept.all.get_mut(oldest) {
            *place = entry;
        }
        kept.oldest = (oldest + 1) % MOST;
    }
}

/// Whether a path and query are surely as they would be written anew: no letter that is encoded
/// in either, and no segment that is a dot or two (a dot can be `%2e` too).
fn is_as_written(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.first() == Some(&b'/')
        && bytes.iter().all(|byte| AS_WRITTEN[usize::from(*byte)])
        && !bytes.windows(2).any(|two| two == b"/.")
        && !bytes
            .windows(3)
            .any(|three| three.eq_ignore_ascii_case(b"%2e"))
}

/// Letters, digits, and the marks of RFC 3986 that the WHATWG's sets of what is encoded leave
/// alone in paths and in queries.
const AS_WRITTEN: [bool; 256] = {
    let mut table = [false; 256];
    let marks = *b"-._~!$&()*+,;=:@/%?";
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] = true;
        }
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    /// Read whole, as the transport does it.
    fn whole(uri: &Uri) -> Option<Target> {
        let text = super::super::text(uri)?;
        let uri = Url::parse(&text).ok()?.as_str().parse().ok()?;
        let credentials = None;
        Some(Target { uri, credentials })
    }

    fn kept(text: &str) -> Origins {
        let origins = Origins::default();
        origins.keep(&uri(text), &whole(&uri(text)).unwrap());
        origins
    }

    proptest! {
        /// By another way the same address, letter for letter.
        #[test]
        fn path_and_query_are_read_as_in_a_whole_address(
            base in prop::sample::select(vec![
                "http://127.0.0.1:8080", "https://API.example.com", "https://example.com:443",
                "http://[::1]:99", "https://xn--bcher-kva.example:8443",
            ]),
            path in r"(/|\\.|%2[eEfF5]|[!-~&&[^?#\\\\/%]]|[a-z0-9/._~-]){0,20}",
            query in prop::option::of(r"([!-~&&[^#]]|%[0-9a-f]{2}){0,12}"),
        ) {
            let query = query.map(|query| format!("?{query}")).unwrap_or_default();
            let text = format!("{base}/{path}{query}");
            // What is no address for the one is none that reaches the other, and what is not surely
            // the same is left to be read whole.
            if let Ok(uri) = text.parse::<Uri>()
                && let Some(fast) = kept(base).target(&uri)
            {
                let whole = whole(&uri).unwrap();
                prop_assert_eq!(fast.uri.to_string(), whole.uri.to_string());
            }
        }

        /// What applications send is not read whole.
        #[test]
        fn a_common_address_is_found(
            path in r"[a-z0-9~_-]{1,8}(/[A-Za-z0-9_-][A-Za-z0-9._~:@+-]{0,8}){0,4}",
            query in prop::option::of("[a-z]{1,8}=([A-Za-z0-9._~:+-]|%[013-9][0-9A-F]){0,12}"),
        ) {
            let query = query.map(|query| format!("?{query}")).unwrap_or_default();
            let text = format!("https://api.example.com/{path}{query}");
            let found = kept("https://api.example.com").target(&uri(&text)).unwrap();
            prop_assert_eq!(found.uri.to_string(), text);
        }
    }

    #[test]
    fn what_would_be_written_otherwise_is_read_whole() {
        let origins = kept("https://api.example.com");
        for path in [
            "/a/../b",
            "/a/./b",
            "/.",
            "/a/%2e%2E/b",
            "/a/.%2e/b",
            "/a\\b",
            "/\"",
            "/{id}",
            "/ü",
            "/?q='",
        ] {
            let uri = format!("https://api.example.com{path}").parse().unwrap();
            assert_eq!(origins.target(&uri), None, "{path}");
        }
    }

    #[test]
    fn another_scheme_host_or_port_is_another_origin() {
        let origins = kept("https://api.example.com/v1?key=secret");
        let found = origins.target(&uri("https://API.example.com/v2")).unwrap();
        assert_eq!(found.uri.to_string(), "https://api.example.com/v2");
        for other in [
            "http://api.example.com/v2",
            "https://api.example.com:8443/v2",
            "https://example.com/v2",
            "https://me@api.example.com/v2",
            "/v2",
        ] {
            assert_eq!(origins.target(&uri(other)), None, "{other}");
        }
        assert!(!format!("{origins:?}").contains("secret"));
    }

    #[test]
    fn only_the_latest_are_kept() {
        let origins = Origins::default();
        let text = |number| format!("https://tenant-{number}.example.com/");
        for number in (0..20).chain(15..20) {
            let uri = uri(&text(number));
            origins.keep(&uri, &whole(&uri).unwrap());
        }
        let held = (0..20).filter(|number| origins.target(&uri(&text(*number))).is_some());
        assert_eq!(held.collect::<Vec<_>>(), (12..20).collect::<Vec<_>>());
    }
}
