//! What a provider answers.

use std::fmt;

use ::http::header::{AsHeaderName, HeaderMap};
use ::http::{StatusCode, Uri};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;

use super::Refusal;
use crate::ByteStream;
use crate::error::{Effect, Error, ErrorKind, Result};

/// How much of an answer is read into memory, when nobody says otherwise: 16 MiB.
const DEFAULT_LIMIT: u64 = 16 << 20;

/// How much of a refusal's body is kept: 64 KiB.
const REFUSAL_LIMIT: usize = 64 << 10;

/// An answer: status and headers, and a body that is still on its way.
// Boxed: it goes through several futures, and each would have room for it more than once.
pub struct Response(Box<Parts>);

struct Parts {
    status: StatusCode,
    headers: HeaderMap,
    uri: Uri,
    body: ByteStream,
    limit: u64,
}

impl Response {
    /// An answer from its parts, for a transport of your own. `uri` is where it came from, after
    /// redirects.
    #[must_use]
    pub fn new(status: StatusCode, headers: HeaderMap, uri: Uri, body: ByteStream) -> Self {
        Self(Box::new(Parts {
            status,
            headers,
            uri,
            body,
            limit: DEFAULT_LIMIT,
        }))
    }

    /// Bounds what [`bytes`](Self::bytes) and [`json`](Self::json) read, in bytes after
    /// decompression. The default is 16 MiB.
    #[must_use]
    pub fn with_limit(mut self, bytes: u64) -> Self {
        self.0.limit = bytes;
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The first header of that name, where it is a text.
    #[must_use]
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.0.headers.get(name)?.to_str().ok()
    }

    /// Where it came from, after redirects.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// Passes a status of success (2xx) on, and makes any other an error by the generic rules of
    /// [`Refusal::error`].
    ///
    /// # Errors
    /// The refusal.
    pub async fn accepted(self) -> Result<Self> {
        match self.0.status.is_success() {
            true => Ok(self),
            // What is rare is not kept in the future of every call.
            false => Err(Box::pin(self.into_refusal()).await.error()),
        }
    }

    /// Status, headers and the first 64 KiB of the body: what is needed to say why a call failed.
    /// A body that breaks off is kept as far as it came: the status is what counts.
    pub async fn into_refusal(mut self) -> Refusal {
        let mut kept = BytesMut::new();
        while let Some(Ok(chunk)) = self.0.body.next().await {
            let room = REFUSAL_LIMIT - kept.len();
            kept.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if kept.len() == REFUSAL_LIMIT {
                break;
            }
        }
        Refusal {
            status: self.0.status,
            headers: self.0.headers,
            body: kept.freeze(),
        }
    }

    /// The body as it comes, without a limit.
    #[must_use]
    pub fn into_stream(self) -> ByteStream {
        self.0.body
    }

    /// The same answer with its body seen on its way.
    #[cfg(feature = "capsule")]
    pub(crate) fn map_stream(mut self, map: impl FnOnce(ByteStream) -> ByteStream) -> Self {
        self.0.body = map(self.0.body);
        self
    }

    /// The whole body.
    ///
    /// # Errors
    /// `Network` when it breaks off, `Decode` when it is longer than the limit. After a status of
    /// success their effect is `Applied`: the provider did what it was asked for.
    pub async fn bytes(self) -> Result<Bytes> {
        let (status, limit) = (self.0.status, self.0.limit);
        self.read()
            .await
            .map_err(|error| told_by(status, error, limit))
    }

    /// Status, headers, where it came from, the body, and the limit of reading it.
    #[cfg(feature = "cache")]
    pub(super) fn into_parts(self) -> (StatusCode, HeaderMap, Uri, ByteStream, u64) {
        let parts = *self.0;
        (
            parts.status,
            parts.headers,
            parts.uri,
            parts.body,
            parts.limit,
        )
    }

    async fn read(mut self) -> Result<Bytes, Option<Error>> {
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(chunk) = self.0.body.next().await {
            let chunk = chunk.map_err(Some)?;
            if (first.len() + all.len() + chunk.len()) as u64 > self.0.limit {
                return Err(None);
            }
            // Most answers are one chunk, which need not be copied.
            if first.is_empty() && all.is_empty() {
                first = chunk;
            } else {
                all.extend_from_slice(&std::mem::take(&mut first));
                all.extend_from_slice(&chunk);
            }
        }
        Ok(match all.is_empty() {
            true => first,
            false => all.freeze(),
        })
    }

    /// The whole body, read as JSON.
    ///
    /// # Errors
    /// Those of [`bytes`](Self::bytes), and `Decode` when it is not the JSON that `T` is. The
    /// message has the place and not the text: an answer may hold what no log should. Where the
    /// answer does not call itself JSON, the effect is `Unknown`: a page with status 200 can come
    /// from a proxy or a captive portal that passed nothing on.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let (bytes, told) = self.told().await?;
        told.json(&bytes)
    }

    /// As [`json`](Self::json), for answers that may have no body: `None`, then.
    ///
    /// # Errors
    /// Those of [`json`](Self::json).
    pub async fn json_if_any<T: DeserializeOwned>(self) -> Result<Option<T>> {
        let (bytes, told) = self.told().await?;
        match bytes.is_empty() {
            true => Ok(None),
            false => told.json(&bytes).map(Some),
        }
    }

    async fn told(self) -> Result<(Bytes, Told)> {
        let told = Told {
            status: self.0.status,
            kind: self.header("content-type").unwrap_or("none").to_owned(),
        };
        match self.bytes().await {
            Ok(bytes) => Ok((bytes, told)),
            Err(error) => Err(told.by(error)),
        }
    }
}

/// What an answer says of itself, before its body is read.
struct Told {
    status: StatusCode,
    kind: String,
}

impl Told {
    /// What it says of the effect, when its body is amiss.
    fn by(&self, error: Error) -> Error {
        match is_json(&self.kind) {
            true => applied_by(self.status, error),
            false => error.with_effect(Effect::Unknown),
        }
    }

    fn json<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        serde_json::from_slice(bytes).map_err(|error| {
            let text = format!(
                "the answer ({} bytes, content type {}) is not the JSON that was expected: line \
                 {}, column {}",
                bytes.len(),
                printable(&self.kind),
                error.line(),
                error.column()
            );
            self.by(Error::new(ErrorKind::Decode, text).with_status(self.status.as_u16()))
        })
    }
}

/// Whether a media type is JSON: `application/json`, or with the suffix of RFC 6839, section 3.1.
fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}

/// What came after a status says nothing against it.
fn told_by(status: StatusCode, error: Option<Error>, limit: u64) -> Error {
    let error = error.unwrap_or_else(|| {
        let text = format!("the answer is longer than the {limit} bytes that are read");
        Error::new(ErrorKind::Decode, text)
    });
    applied_by(status, error.with_status(status.as_u16()))
}

fn applied_by(status: StatusCode, error: Error) -> Error {
    match status.is_success() {
        true => error.with_effect(Effect::Applied),
        false => error,
    }
}

/// A header's text, without what could disturb a log line.
pub(super) fn printable(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(100).collect()
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers may hold session cookies and links that are secrets.
        f.debug_struct("Response")
            .field("status", &self.0.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ::http::header::{CONTENT_TYPE, HeaderValue};
    use futures::executor::block_on;
    use futures::stream;
    use serde_json::{Value, json};

    use super::*;

    fn answer(kind: &'static str, chunks: Vec<Result<Bytes>>) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        let body = ByteStream::new(stream::iter(chunks));
        Response::new(StatusCode::OK, headers, Uri::default(), body)
    }

    fn read(kind: &'static str, chunks: Vec<Result<Bytes>>) -> Result<Option<Value>> {
        block_on(answer(kind, chunks).json_if_any())
    }

    #[test]
    fn no_body_is_none_and_one_that_is_none_of_json_says_what_is_known() {
        let bytes = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
        assert_eq!(read("application/json", Vec::new()).unwrap(), None);
        let one = read("application/json", vec![bytes("{\"a\":"), bytes("1}")]);
        assert_eq!(one.unwrap(), Some(json!({"a": 1})));
        let broken = || Err(Error::new(ErrorKind::Network, "the line broke"));
        // The provider began to answer, or something before it did.
        for (kind, effect) in [
            ("application/json", Effect::Applied),
            ("text/html", Effect::Unknown),
        ] {
            let cut = read(kind, vec![bytes("<html"), broken()]).unwrap_err();
            assert_eq!(cut.effect(), effect, "{kind}");
            let page = read(kind, vec![bytes("<html>")]).unwrap_err();
            assert_eq!((page.kind(), page.effect()), (ErrorKind::Decode, effect));
        }
    }
}
