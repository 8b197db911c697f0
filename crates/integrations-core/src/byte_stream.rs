//! Bytes on their way in.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::{self, BoxStream, Stream};

use crate::error::{Effect, Error, ErrorKind, Result};

/// A stream of bytes from a provider.
///
/// It ends with an error when the provider sends fewer or more bytes than it announced.
pub struct ByteStream(BoxStream<'static, Result<Bytes>>);

impl ByteStream {
    /// Wraps a stream as it is.
    pub fn new(stream: impl Stream<Item = Result<Bytes>> + Send + 'static) -> Self {
        Self(stream.boxed())
    }

    /// A stream that must give exactly `length` bytes: more or fewer end it with an error.
    pub fn exact(stream: impl Stream<Item = Result<Bytes>> + Send + 'static, length: u64) -> Self {
        let mut stream = stream.boxed();
        let mut seen = 0_u64;
        let mut over = false;
        Self::new(stream::poll_fn(move |cx| {
            if over {
                return Poll::Ready(None);
            }
            let wrong = |seen: u64| {
                Error::new(
                    ErrorKind::Network,
                    format!("the body has {seen} bytes where {length} were announced"),
                )
                .with_effect(Effect::NotApplied)
                .with_advice("read it again")
            };
            match futures::ready!(stream.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => {
                    seen += chunk.len() as u64;
                    if seen > length {
                        over = true;
                        return Poll::Ready(Some(Err(wrong(seen))));
                    }
                    Poll::Ready(Some(Ok(chunk)))
                }
                Some(Err(error)) => {
                    over = true;
                    Poll::Ready(Some(Err(error)))
                }
                None if seen < length => {
                    over = true;
                    Poll::Ready(Some(Err(wrong(seen))))
                }
                None => {
                    over = true;
                    Poll::Ready(None)
                }
            }
        }))
    }

    /// All bytes in one piece.
    ///
    /// # Errors
    /// The stream's, and nothing is returned in part.
    pub async fn bytes(mut self) -> Result<Bytes> {
        let Some(first) = self.next().await.transpose()? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.next().await.transpose()? else {
            return Ok(first);
        };
        let mut all = BytesMut::with_capacity((first.len() + second.len()) * 2);
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.next().await.transpose()? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl From<Bytes> for ByteStream {
    fn from(bytes: Bytes) -> Self {
        Self::new(stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream(..)")
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn chunks(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
        stream::iter(
            parts
                .iter()
                .map(|p| Ok(Bytes::from_static(p.as_bytes())))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_stream_of_another_length_than_announced_is_an_error() {
        assert_eq!(
            block_on(ByteStream::exact(chunks(&["ab", "c"]), 3).bytes()).unwrap(),
            "abc"
        );
        for length in [0, 2, 4] {
            assert!(block_on(ByteStream::exact(chunks(&["ab", "c"]), length).bytes()).is_err());
        }
        assert_eq!(
            block_on(ByteStream::exact(chunks(&[]), 0).bytes()).unwrap(),
            ""
        );
    }

    #[test]
    fn an_error_in_the_stream_is_the_readers_error() {
        let cut = chunks(&["ab"]).chain(stream::once(async { Err(Error::internal("cut")) }));
        assert!(block_on(ByteStream::new(cut).bytes()).is_err());
    }
}
