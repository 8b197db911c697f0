//! The origins that requests went to, parsed once.
//!
//! To parse an address is a tenth of what a small request costs, and most of that is the host. An
//! application talks to a handful of hosts, so they are kept, and only path and query are read anew.

use std::sync::{PoisonError, RwLock, TryLockError};

use ::http::Uri;
use ::http::uri::{Authority, Scheme};
use url::Url;

/// How many are kept.
const MOST: usize = 8;

/// What was found to be allowed lately.
#[derive(Debug, Default)]
pub(super) struct Origins(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    all: Vec<(Scheme, Authority, Url)>,
    /// Which one the next takes the place of, when all places are taken.
    oldest: usize,
}

impl Origins {
    /// The address, when it is one of an origin that is kept.
    pub(super) fn url(&self, uri: &Uri) -> Option<Url> {
        let (scheme, authority) = (uri.scheme()?, uri.authority()?);
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = kept.all.iter();
        let (_, _, origin) = all.find(|(s, a, _)| s == scheme && a == authority)?;
        let mut url = origin.clone();
        drop(kept);
        url.set_path(uri.path());
        url.set_query(uri.query());
        Some(url)
    }

    /// Keeps the origin of an address that may be sent to. Where another thread does so now, it is
    /// kept the next time.
    pub(super) fn keep(&self, uri: &Uri, url: &Url) {
        // A copy: the request's own would keep its path and query alive.
        let copy = |authority: &Authority| authority.as_str().parse::<Authority>().ok();
        let (Some(scheme), Some(authority)) =
            (uri.scheme().cloned(), uri.authority().and_then(copy))
        else {
            return;
        };
        let mut origin = url.clone();
        origin.set_path("");
        origin.set_query(None);
        let mut kept = match self.0.try_write() {
            Ok(kept) => kept,
            Err(TryLockError::Poisoned(kept)) => kept.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // Another thread was first.
        if kept
            .all
            .iter()
            .any(|(s, a, _)| *s == scheme && *a == authority)
        {
            return;
        }
        let entry = (scheme, authority, origin);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    fn kept(text: &str) -> Origins {
        let origins = Origins::default();
        origins.keep(&uri(text), &Url::parse(text).unwrap());
        origins
    }

    proptest! {
        /// By another way the same address.
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
            // What is no address for the one is none that reaches the other.
            if let Ok(uri) = text.parse::<Uri>() {
                let fast = kept(base).url(&uri);
                let whole = super::super::text(&uri).and_then(|text| Url::parse(&text).ok());
                prop_assert_eq!(fast, whole);
            }
        }
    }

    #[test]
    fn another_scheme_host_or_port_is_another_origin() {
        let origins = kept("https://api.example.com/v1?key=secret");
        let found = origins.url(&uri("https://API.example.com/v2")).unwrap();
        assert_eq!(found.as_str(), "https://api.example.com/v2");
        for other in [
            "http://api.example.com/v2",
            "https://api.example.com:8443/v2",
            "https://example.com/v2",
            "https://me@api.example.com/v2",
            "/v2",
        ] {
            assert_eq!(origins.url(&uri(other)), None, "{other}");
        }
        assert!(!format!("{origins:?}").contains("secret"));
    }

    #[test]
    fn only_the_latest_are_kept() {
        let origins = Origins::default();
        let text = |number| format!("https://tenant-{number}.example.com/");
        for number in (0..20).chain(15..20) {
            let text = text(number);
            origins.keep(&uri(&text), &Url::parse(&text).unwrap());
        }
        let held = (0..20).filter(|number| origins.url(&uri(&text(*number))).is_some());
        assert_eq!(held.collect::<Vec<_>>(), (12..20).collect::<Vec<_>>());
    }
}
