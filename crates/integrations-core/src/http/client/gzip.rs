//! Answers in gzip (RFC 1952): asked for, and decoded on their way.

use std::io;

use ::http::StatusCode;
use ::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, Entry, HeaderMap, HeaderValue, RANGE,
};
use async_compression::tokio::bufread::GzipDecoder;
use bytes::Bytes;
use futures::future::Either;
use futures::{Stream, StreamExt, stream};
use tokio_util::io::{ReaderStream, StreamReader};

use crate::ByteStream;
use crate::error::{Error, ErrorKind, Result};

/// How much is decoded at a time, in bytes: what a small answer can become in one piece.
const PIECE: usize = 16 << 10;

/// Asks for gzip, where the caller says nothing of it. Not where a part is asked for: it would be a
/// part of what is compressed, which nobody can read (RFC 9110, section 14.2).
pub(super) fn ask(headers: &mut HeaderMap) {
    if headers.contains_key(RANGE) {
        return;
    }
    if let Entry::Vacant(encoding) = headers.entry(ACCEPT_ENCODING) {
        encoding.insert(HeaderValue::from_static("gzip"));
    }
}

/// Whether an answer is to be decoded. Its headers are then those of what comes out: no encoding,
/// and no length, which nobody knows. A part of something (206) stays as it is.
pub(super) fn is_coded(status: StatusCode, headers: &mut HeaderMap) -> bool {
    let coded = status != StatusCode::PARTIAL_CONTENT
        && headers
            .get(CONTENT_ENCODING)
            .is_some_and(|coding| coding == "gzip");
    if coded {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    coded
}

/// What is in it. Several members follow one another (RFC 1952, section 2.2); one that ends early
/// is an error, and so is what follows that is none. No bytes at all are no gzip and no error:
/// answers to HEAD have the header and no body.
pub(super) fn decoded(body: impl Stream<Item = Result<Bytes>> + Send + 'static) -> ByteStream {
    let mut body = body.boxed();
    ByteStream::new(
        stream::once(async move {
            let first = loop {
                match body.next().await {
                    Some(Ok(chunk)) if chunk.is_empty() => {}
                    Some(first) => break first,
                    None => return Either::Left(stream::empty()),
                }
            };
            let rest = stream::once(async { first }).chain(body);
            let read =
                StreamReader::new(Box::pin(rest.map(|chunk| chunk.map_err(io::Error::other))));
            let mut decoder = GzipDecoder::new(read);
            decoder.multiple_members(true);
            let pieces = ReaderStream::with_capacity(decoder, PIECE);
            Either::Right(pieces.map(|piece| piece.map_err(broken)))
        })
        .flatten(),
    )
}

/// The error of the body itself, or one of what is in it.
fn broken(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(of_the_body) => of_the_body,
        Err(error) => {
            Error::new(ErrorKind::Network, "the answer's gzip is damaged").with_source(error)
        }
    }
}
