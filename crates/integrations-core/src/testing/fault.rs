//! What can go wrong with one request.

use std::time::Duration;

use ::http::header::{CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use ::http::{Response, StatusCode};
use bytes::Bytes;

/// What goes wrong with one request.
///
/// "The server" is the function, or the real server behind a [proxy](super::FaultyServer::before),
/// that acts on requests. The last column says what it did.
///
/// | fault | the client sees | the server acted |
/// |---|---|---|
/// | [`Refuse`](Self::Refuse) | no connection | no |
/// | [`CutBefore`](Self::CutBefore) | a connection that breaks before a status | no |
/// | [`CutAfter`](Self::CutAfter) | the same | **yes** |
/// | [`Slow`](Self::Slow) | nothing for a long time | **yes** |
/// | [`Late`](Self::Late) | the same | **later**, even when nobody waits any more |
/// | [`Truncate`](Self::Truncate), [`Trickle`](Self::Trickle), [`Oversized`](Self::Oversized) | a status, and a body that breaks off, comes in drops, is too long | **yes** |
/// | [`ContentType`](Self::ContentType), [`Duplicate`](Self::Duplicate), [`NoLength`](Self::NoLength), [`Flip`](Self::Flip) | an odd answer | **yes** |
/// | [`Answer`](Self::Answer) | another's answer | no |
/// | [`AnswerAfter`](Self::AnswerAfter) | another's answer | **yes** |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing does.
    None,
    /// There is no connection: nothing is sent.
    Refuse,
    /// The request is sent, and the connection is cut before the server acts. From here it looks
    /// like [`CutAfter`](Self::CutAfter).
    CutBefore,
    /// The server acts, and the connection is cut before its answer.
    CutAfter,
    /// The server acts, and only so many bytes of its answer's body arrive.
    Truncate(usize),
    /// The server acts, and its answer begins so much later.
    Slow(Duration),
    /// The request arrives so much later. Then the server acts, whether or not the client still
    /// waits for the answer.
    Late(Duration),
    /// The server acts, its answer begins at once, and each byte of its body comes so much later
    /// than the one before.
    Trickle(Duration),
    /// The server acts, and its answer's body goes on with spaces up to so many bytes.
    Oversized(u64),
    /// The server acts, and its answer has another `Content-Type`.
    ContentType(HeaderValue),
    /// The server acts, and its answer is sent twice over the same connection: the second is what
    /// the client may take for the answer to its next request. Without sockets nothing is amiss.
    Duplicate,
    /// The server acts, and its answer does not say how long it is.
    NoLength,
    /// The server acts, and the byte at this place of its answer's body is another.
    Flip(usize),
    /// Something before the server answers in its place: it does not act.
    Answer(Response<Bytes>),
    /// The server acts, and something before it answers in its place.
    AnswerAfter(Response<Bytes>),
}

/// What a gateway shows of an upstream that fails.
const PAGE: &str = "<html><body><h1>Bad Gateway</h1></body></html>";
/// The clock of the answers that have a date.
const DATED: &str = "Sat, 28 Nov 2026 12:00:00 GMT";

impl Fault {
    /// A status that comes in the server's place, before it acts.
    ///
    /// # Panics
    /// When `status` is no HTTP status (100 to 999).
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(with_status(status))
    }

    /// A status that comes in place of the server's answer, after it acted.
    ///
    /// # Panics
    /// When `status` is no HTTP status (100 to 999).
    #[must_use]
    pub fn status_after(status: u16) -> Self {
        Self::AnswerAfter(with_status(status))
    }

    /// A status with a page of HTML, as gateways and captive portals send it, before the server
    /// acts.
    ///
    /// # Panics
    /// When `status` is no HTTP status (100 to 999).
    #[must_use]
    pub fn page(status: u16) -> Self {
        Self::Answer(with_page(status))
    }

    /// A status with a page of HTML in place of the server's answer, after it acted.
    ///
    /// # Panics
    /// When `status` is no HTTP status (100 to 999).
    #[must_use]
    pub fn page_after(status: u16) -> Self {
        Self::AnswerAfter(with_page(status))
    }

    /// Status 429 with this `Retry-After`, before the server acts. A `Date` of 28 November 2026,
    /// 12:00:00 GMT, comes with it, which waits that are points in time refer to.
    ///
    /// # Panics
    /// When the text is no header value.
    #[must_use]
    pub fn rate_limited(retry_after: &str) -> Self {
        Self::Answer(with_wait(429, retry_after))
    }

    /// The server acts, and its answer says that it is of this type.
    ///
    /// # Panics
    /// When the text is no header value.
    #[must_use]
    pub fn content_type(kind: &str) -> Self {
        Self::ContentType(header(kind))
    }

    /// Every fault that one request can meet, each form of it by name: what a seeded
    /// [`FaultPlan`](super::FaultPlan) draws from, and what a matrix of tests goes through. Only
    /// [`Flip`](Self::Flip) is left out: a changed byte may be another valid answer, which nothing
    /// above TLS can see.
    #[must_use]
    pub fn catalogue() -> Vec<(&'static str, Self)> {
        let hour = Duration::from_secs(3600);
        vec![
            ("no connection", Self::Refuse),
            ("cut before the server acts", Self::CutBefore),
            ("cut after the server acted", Self::CutAfter),
            ("cut within the answer", Self::Truncate(5)),
            ("answer an hour late", Self::Slow(hour)),
            ("request an hour late", Self::Late(hour)),
            ("body in drops", Self::Trickle(hour)),
            ("body too long", Self::Oversized(64 << 20)),
            ("wrong content type", Self::content_type("text/html")),
            ("answer twice", Self::Duplicate),
            ("answer without length", Self::NoLength),
            ("429", Self::status(429)),
            ("429, wait in seconds", Self::rate_limited("2")),
            (
                "429, wait until an HTTP date",
                Self::rate_limited("Sat, 28 Nov 2026 12:00:03 GMT"),
            ),
            (
                "429, wait until an ISO timestamp",
                Self::rate_limited("2026-11-28T12:00:04Z"),
            ),
            ("429, unreadable wait", Self::rate_limited("soon")),
            ("429, wait beyond the deadline", Self::rate_limited("86400")),
            ("408", Self::status(408)),
            ("500, page", Self::page(500)),
            ("500, page, after it acted", Self::page_after(500)),
            ("502, page", Self::page(502)),
            ("502, page, after it acted", Self::page_after(502)),
            ("503", Self::status(503)),
            ("503, wait", Self::Answer(with_wait(503, "2"))),
            ("503, after it acted", Self::status_after(503)),
            ("504, after it acted", Self::status_after(504)),
            ("a captive portal's page", Self::page(200)),
        ]
    }
}

#[allow(clippy::expect_used)] // Documented: it is a test that calls this.
fn header(text: &str) -> HeaderValue {
    text.parse().expect("a header value")
}

fn with_status(status: u16) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    #[allow(clippy::expect_used)] // Documented: it is a test that calls this.
    let status = StatusCode::from_u16(status).expect("a status from 100 to 999");
    *answer.status_mut() = status;
    answer
}

fn with_page(status: u16) -> Response<Bytes> {
    let mut answer = with_status(status);
    *answer.body_mut() = Bytes::from_static(PAGE.as_bytes());
    let html = HeaderValue::from_static("text/html");
    answer.headers_mut().insert(CONTENT_TYPE, html);
    answer
}

fn with_wait(status: u16, wait: &str) -> Response<Bytes> {
    let mut answer = with_status(status);
    let headers = answer.headers_mut();
    headers.insert(DATE, HeaderValue::from_static(DATED));
    headers.insert(RETRY_AFTER, header(wait));
    answer
}
