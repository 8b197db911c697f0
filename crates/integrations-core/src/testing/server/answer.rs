//! The answer on its way back, and what happens to it.

use std::convert::Infallible;
use std::io;

use ::http::Response;
use ::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::Frame;

use super::super::Fault;
use super::super::transport::{drops, flipped, spaces};

pub(super) type Body = BoxBody<Bytes, io::Error>;

/// A body that arrives as it is, with its length.
pub(super) fn whole(bytes: Bytes) -> Body {
    let body = Full::new(bytes);
    body.map_err(|never: Infallible| match never {}).boxed()
}

fn streamed(pieces: impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static) -> Body {
    BodyExt::boxed(StreamBody::new(pieces.map(|piece| piece.map(Frame::data))))
}

/// The answer, with what this fault does to it.
pub(super) fn with(answer: Response<Bytes>, fault: &Fault) -> Response<Body> {
    let (mut head, body) = answer.into_parts();
    // What holds for the connection to the server that answered.
    head.headers.remove(TRANSFER_ENCODING);
    head.headers.remove(CONNECTION);
    let headers = &mut head.headers;
    let body = match fault {
        Fault::Truncate(length) if *length < body.len() => {
            announce(headers, body.len() as u64);
            let start = body.slice(..*length);
            let cut = async {
                // The server sends what it has when it finds that nothing more is there yet.
                tokio::task::yield_now().await;
                Err(io::Error::other("cut within the answer"))
            };
            streamed(stream::iter([Ok(start)]).chain(stream::once(cut)))
        }
        Fault::Trickle(wait) => {
            announce(headers, body.len() as u64);
            streamed(drops(body, *wait).map(Ok))
        }
        Fault::Oversized(length) if *length > body.len() as u64 => {
            announce(headers, *length);
            let more = length - body.len() as u64;
            let more = spaces(more).map(Ok);
            streamed(stream::iter([Ok(body)]).chain(more))
        }
        Fault::ContentType(kind) => {
            headers.insert(CONTENT_TYPE, kind.clone());
            whole(body)
        }
        Fault::NoLength => {
            headers.remove(CONTENT_LENGTH);
            streamed(stream::iter([Ok(body)]))
        }
        Fault::Flip(place) => whole(flipped(body, *place)),
        _ => whole(body),
    };
    Response::from_parts(head, body)
}

/// Says how long the body is.
fn announce(headers: &mut HeaderMap, length: u64) {
    headers.insert(CONTENT_LENGTH, length.into());
}
