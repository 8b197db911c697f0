//! Bytes on their way out.

use std::fmt;

use bytes::Bytes;
use futures::stream::Stream;

use crate::byte_stream::ByteStream;
use crate::error::Result;

/// What a put stores: bytes at hand, or a stream of known or unknown length.
#[non_exhaustive]
pub enum PutBody {
    /// Bytes at hand. They can be sent again, so a provider may retry the put.
    Bytes(Bytes),
    /// A stream. It can be read once; providers buffer what they need to repeat a part.
    Stream {
        /// The bytes.
        stream: ByteStream,
        /// How many there are, when that is known. A stream of another length is an error.
        length: Option<u64>,
    },
}

impl PutBody {
    /// A stream of unknown length.
    pub fn stream(stream: impl Stream<Item = Result<Bytes>> + Send + 'static) -> Self {
        Self::Stream {
            stream: ByteStream::new(stream),
            length: None,
        }
    }

    /// A stream of `length` bytes. One that turns out shorter or longer fails the put.
    pub fn sized_stream(
        stream: impl Stream<Item = Result<Bytes>> + Send + 'static,
        length: u64,
    ) -> Self {
        Self::Stream {
            stream: ByteStream::exact(stream, length),
            length: Some(length),
        }
    }

    /// How many bytes there are, when that is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } => *length,
        }
    }

    /// The body whose stream fails when it is not as long as announced.
    pub(super) fn checked(self) -> Self {
        match self {
            Self::Stream {
                stream,
                length: Some(length),
            } => Self::sized_stream(stream, length),
            other => other,
        }
    }

    /// The body as a stream.
    #[must_use]
    pub fn into_stream(self) -> ByteStream {
        match self {
            Self::Bytes(bytes) => bytes.into(),
            Self::Stream { stream, .. } => stream,
        }
    }
}

impl fmt::Debug for PutBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutBody")
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}

macro_rules! from_bytes {
    ($($from:ty),+) => {$(
        impl From<$from> for PutBody {
            fn from(bytes: $from) -> Self {
                Self::Bytes(Bytes::from(bytes))
            }
        }
    )+};
}
from_bytes!(Bytes, Vec<u8>, String, &'static str, &'static [u8]);
