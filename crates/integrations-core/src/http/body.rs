//! What a request carries.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use crate::ByteStream;
use crate::error::{Error, ErrorKind, Result};

/// The body of a request: bytes in memory, or a stream.
///
/// Bytes can be sent again by making the request again; a stream is used up by one attempt, so an
/// operation that sends one makes a new stream for each attempt or is not repeated.
pub struct Body(pub(super) Kind);

pub(super) enum Kind {
    Bytes(Bytes),
    Stream {
        stream: ByteStream,
        length: Option<u64>,
    },
}

impl Body {
    /// No body.
    #[must_use]
    pub fn empty() -> Self {
        Self(Kind::Bytes(Bytes::new()))
    }

    /// A value as JSON. The caller sets the `Content-Type`.
    ///
    /// # Errors
    /// `InvalidInput` when the value has no form in JSON, such as a map whose keys are no texts.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        serde_json::to_vec(value).map(Self::from).map_err(|error| {
            Error::new(
                ErrorKind::InvalidInput,
                "the request cannot be written as JSON",
            )
            .with_source(error)
        })
    }

    /// Pairs of names and values as `application/x-www-form-urlencoded` (WHATWG URL, section 5).
    /// The caller sets the `Content-Type`.
    pub fn form<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        Self::from(form.finish())
    }

    /// A stream of exactly `length` bytes: fewer or more fail the request. Without a length it is
    /// sent in chunks (RFC 9112, section 7.1), which some vendors refuse.
    #[must_use]
    pub fn stream(stream: ByteStream, length: Option<u64>) -> Self {
        let stream = match length {
            Some(length) => ByteStream::exact(stream, length),
            None => stream,
        };
        Self(Kind::Stream { stream, length })
    }

    /// The length in bytes, when it is known.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Stream { length, .. } => *length,
        }
    }

    /// Whether it is known to have no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The bytes, when they are in memory.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes),
            Kind::Stream { .. } => None,
        }
    }

    /// All of it as a stream, for a transport of your own.
    #[must_use]
    pub fn into_stream(self) -> ByteStream {
        match self.0 {
            Kind::Bytes(bytes) => bytes.into(),
            Kind::Stream { stream, .. } => stream,
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Bytes(bytes))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

/// The length only: what a body says is not for logs.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len() {
            Some(length) => write!(f, "Body({length} bytes)"),
            None => f.write_str("Body(a stream)"),
        }
    }
}
