//! A request's body as the client sends it, and an answer's as it is read.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

use super::super::body::Kind;
use super::Body;
use crate::ByteStream;
use crate::error::Error;

/// Bytes go out in one piece and their length is told; a stream's length is a header of the
/// request, where it is known.
pub(super) enum Outgoing {
    /// `None` when there are none, or none are left.
    Bytes(Option<Bytes>),
    Stream(ByteStream),
}

impl From<Body> for Outgoing {
    fn from(body: Body) -> Self {
        match body.0 {
            Kind::Bytes(bytes) => Self::Bytes(Some(bytes).filter(|bytes| !bytes.is_empty())),
            Kind::Stream { stream, .. } => Self::Stream(stream),
        }
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.get_mut() {
            Self::Bytes(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(stream) => Pin::new(stream)
                .poll_next(cx)
                .map(|next| next.map(|chunk| chunk.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Bytes(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Bytes(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Stream(_) => SizeHint::new(),
        }
    }
}

/// The bytes of an answer, without what may follow them (trailers).
pub(super) struct Chunks(pub(super) Incoming);

impl Stream for Chunks {
    type Item = hyper::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = futures::ready!(Pin::new(&mut self.0).poll_frame(cx));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(bytes))) => return Poll::Ready(Some(Ok(bytes))),
                Some(Ok(Err(_))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}
