//! An answer that is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use ::http::header::{
    AGE, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, HeaderName,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use ::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use bytes::Bytes;
use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};

use super::told::{Asked, Directives};
use crate::http::Response;

/// A cache of one user, who is the connection. Freshness is never guessed (RFC 9111, section 4.2.2,
/// allows it and does not ask for it): an answer that does not say how long it is fresh is asked for
/// again.
const OPTIONS: CacheOptions = CacheOptions {
    shared: false,
    cache_heuristic: 0.0,
    immutable_min_time_to_live: Duration::ZERO,
    ignore_cargo_cult: false,
};

/// What it takes to keep an answer beside its texts, in bytes, roughly.
const OVERHEAD: usize = 1024;
/// What it takes to keep a header beside its texts.
const HEADER_OVERHEAD: usize = 64;

/// Belongs to one connection between two machines and not to the answer: RFC 9111, section 3.1.
const NOT_KEPT: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Says how the body that is kept was coded, which a later answer without a body does not change.
const OF_THE_BODY: [HeaderName; 3] = [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE];

/// The head of an answer that may be kept, and the decision on it.
pub(super) struct Head {
    policy: CachePolicy,
    directives: Directives,
    /// How long it is fresh, from when it was asked for.
    lifetime: Duration,
    status: StatusCode,
    headers: HeaderMap,
    uri: Uri,
}

impl Head {
    /// Decides on an answer to a request that was sent at `sent`. `None`: it may not be kept.
    ///
    /// Its age counts from when the request was sent: RFC 9111, section 4.2.3, `response_delay`.
    pub(super) fn of(
        asked: &Asked,
        status: StatusCode,
        headers: &HeaderMap,
        uri: &Uri,
        sent: SystemTime,
    ) -> Option<Self> {
        // What came from elsewhere says nothing of how long the way there stays the same.
        if !same(uri, asked.request.uri()) {
            return None;
        }
        let told = asked.answer(headers);
        let directives = Directives::of(&told);
        let kept = asked.kept(&told);
        let policy = |told| {
            let mut answer = ::http::Response::new(());
            *answer.status_mut() = status;
            *answer.headers_mut() = told;
            CachePolicy::new_options(&kept, &answer, sent, OPTIONS)
        };
        let mut young = told.clone();
        young.remove(AGE);
        let lifetime = policy(young).time_to_live(sent);
        let policy = policy(told);
        (policy.is_storable() && !directives.varies_always).then(|| Self {
            policy,
            directives,
            lifetime,
            status,
            headers: copied(headers, sent),
            uri: uri.clone(),
        })
    }

    /// With its body. `forgotten` is set when somebody asks meanwhile to forget it.
    pub(super) fn with(self, body: Bytes, forgotten: Arc<AtomicBool>) -> Arc<Stored> {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| {
            // The policy has some of them once more.
            2 * (name.as_str().len() + value.len()) + HEADER_OVERHEAD
        });
        let weight = body.len() + headers.sum::<usize>() + OVERHEAD;
        Arc::new(Stored {
            head: self,
            body,
            weight,
            forgotten,
        })
    }
}

/// An answer that is kept.
pub(super) struct Stored {
    head: Head,
    body: Bytes,
    /// How many bytes it takes.
    pub(super) weight: usize,
    forgotten: Arc<AtomicBool>,
}

/// What a kept answer is to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It answers it.
    Fresh,
    /// It answers it once the provider has said that it still holds.
    Stale,
    /// It is the answer to another request.
    Other,
}

/// What makes a request conditional: RFC 9111, section 4.3.1.
#[derive(Clone)]
pub(super) struct Conditions {
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

impl Conditions {
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        if let Some(etag) = &self.etag {
            headers.insert(IF_NONE_MATCH, etag.clone());
        }
        if let Some(modified) = &self.modified {
            headers.insert(IF_MODIFIED_SINCE, modified.clone());
        }
    }
}

impl Stored {
    /// Whether somebody asked to forget it while it was on its way.
    pub(super) fn is_forgotten(&self) -> bool {
        self.forgotten.load(Ordering::Acquire)
    }

    pub(super) fn fit(&self, asked: &Asked, now: SystemTime) -> Fit {
        if self.is_forgotten() {
            return Fit::Other;
        }
        match self.head.policy.before_request(&asked.request, now) {
            BeforeRequest::Fresh(_) => Fit::Fresh,
            BeforeRequest::Stale { matches: true, .. } => Fit::Stale,
            BeforeRequest::Stale { .. } => Fit::Other,
        }
    }

    /// How old it is: RFC 9111, section 4.2.3.
    pub(super) fn age(&self, now: SystemTime) -> Duration {
        self.head.policy.age(now)
    }

    /// Whether it may be used instead of an error, by whom it comes from and by who asks: so long
    /// after the end of its freshness.
    pub(super) fn serves_stale(&self, now: SystemTime, max_stale: Duration) -> bool {
        let directives = &self.head.directives;
        let limit = directives
            .stale_if_error
            .map_or(max_stale, |limit| limit.min(max_stale));
        !directives.never_stale && self.age(now).saturating_sub(self.head.lifetime) <= limit
    }

    /// How the provider is asked whether it still holds. `None`: it cannot be asked.
    pub(super) fn conditions(&self) -> Option<Conditions> {
        let of = |name| self.head.headers.get(name).cloned();
        let (etag, modified) = (of(ETAG), of(LAST_MODIFIED));
        (etag.is_some() || modified.is_some()).then_some(Conditions { etag, modified })
    }

    /// It still holds, says a 304 with these headers to a request that was sent at `sent`: RFC 9111,
    /// sections 3.2 and 4.3.4. Whether it may go on to be kept is the other answer.
    ///
    /// `None`: the 304 speaks of another version. One that names no version speaks of the only one
    /// that it was asked for.
    pub(super) fn refreshed(
        &self,
        asked: &Asked,
        news: &HeaderMap,
        sent: SystemTime,
        forgotten: Arc<AtomicBool>,
    ) -> Option<(Arc<Self>, bool)> {
        let old = &self.head.headers;
        let agrees = match (news.get(ETAG), news.get(LAST_MODIFIED)) {
            (Some(new), _) => old.get(ETAG).is_some_and(|old| opaque(old) == opaque(new)),
            (None, Some(new)) => old.get(LAST_MODIFIED).is_none_or(|old| old == new),
            (None, None) => true,
        };
        if !agrees {
            return None;
        }
        let mut headers = old.clone();
        // These two were true of the answer that is replaced.
        headers.remove(AGE);
        headers.remove(DATE);
        for name in news.keys().filter(|name| !OF_THE_BODY.contains(name)) {
            headers.remove(name);
            for value in news.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        let head = &self.head;
        let new = Head::of(asked, head.status, &headers, &head.uri, sent);
        let kept = new.is_some();
        let new = new.unwrap_or_else(|| Head {
            policy: head.policy.clone(),
            directives: head.directives,
            lifetime: head.lifetime,
            status: head.status,
            headers: copied(&headers, sent),
            uri: head.uri.clone(),
        });
        Some((new.with(self.body.clone(), forgotten), kept))
    }

    /// The answer. From the cache it says its age: RFC 9111, section 5.1.
    pub(super) fn response(&self, cached_at: Option<SystemTime>) -> Response {
        let mut headers = self.head.headers.clone();
        if let Some(now) = cached_at {
            headers.insert(AGE, self.age(now).as_secs().into());
        }
        let body = self.body.clone().into();
        Response::new(self.head.status, headers, self.head.uri.clone(), body)
    }
}

/// The answers to the requests with one key that `Vary` tells apart, newest first.
pub(super) type Variants = Arc<Vec<Arc<Stored>>>;

/// The most that are kept of one key.
pub(super) const MOST_VARIANTS: usize = 4;

/// The variants with a new one, in place of those that answered the same request.
pub(super) fn with_variant(old: &[Arc<Stored>], new: Arc<Stored>, asked: &Asked) -> Variants {
    let now = SystemTime::UNIX_EPOCH;
    let others = old
        .iter()
        .filter(|old| old.fit(asked, now) == Fit::Other && !old.is_forgotten());
    let all = std::iter::once(new).chain(others.cloned());
    Arc::new(all.take(MOST_VARIANTS).collect())
}

/// Whether two addresses are the same, if not in writing.
fn same(one: &Uri, other: &Uri) -> bool {
    let parsed = |uri: &Uri| url::Url::parse(&uri.to_string());
    one == other || matches!((parsed(one), parsed(other)), (Ok(one), Ok(other)) if one == other)
}

/// An entity tag for the weak comparison: RFC 9110, section 8.8.3.2.
fn opaque(etag: &HeaderValue) -> &[u8] {
    let etag = etag.as_bytes().trim_ascii();
    etag.strip_prefix(b"W/").unwrap_or(etag)
}

/// What is kept of headers, in memory of its own: as it came it holds on to the whole buffer that
/// it was read into. Without a date it gets one: RFC 9110, section 6.6.1.
fn copied(headers: &HeaderMap, received: SystemTime) -> HeaderMap {
    let named: Vec<_> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut copied = HeaderMap::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        if NOT_KEPT.contains(name) || named.iter().any(|it| it == name.as_str()) {
            continue;
        }
        let own = (
            HeaderName::from_bytes(name.as_str().as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        if let (Ok(name), Ok(mut own)) = own {
            own.set_sensitive(value.is_sensitive());
            copied.append(name, own);
        }
    }
    if !copied.contains_key(DATE) {
        let date = httpdate::fmt_http_date(received);
        if let Ok(date) = HeaderValue::try_from(date) {
            copied.insert(DATE, date);
        }
    }
    copied
}
