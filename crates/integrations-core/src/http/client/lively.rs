//! An answer's body that ends with an error when the line falls silent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

use crate::error::{Error, ErrorKind, Result};

/// The chunks of a body, and an error for a silence of `idle`. Only the reader's waiting counts:
/// who reads slowly is not cut off. The timer is made when there is something to wait for, which a
/// body that came with its headers has not.
pub(super) fn lively<S>(chunks: S, idle: Duration) -> Lively<S>
where
    S: Stream<Item = hyper::Result<Bytes>>,
{
    Lively {
        chunks,
        idle,
        silence: None,
        state: State::Reading,
    }
}

pin_project! {
    /// See [`lively`].
    pub(super) struct Lively<S> {
        #[pin]
        chunks: S,
        #[pin]
        silence: Option<Sleep>,
        idle: Duration,
        state: State,
    }
}

#[derive(Clone, Copy)]
enum State {
    Reading,
    /// The reader waits, and the timer runs.
    Waiting,
    Over,
}

impl<S: Stream<Item = hyper::Result<Bytes>>> Stream for Lively<S> {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if let State::Over = this.state {
            return Poll::Ready(None);
        }
        if let Poll::Ready(next) = this.chunks.poll_next(cx) {
            *this.state = match next {
                Some(Ok(_)) => State::Reading,
                Some(Err(_)) | None => State::Over,
            };
            return Poll::Ready(next.map(|chunk| chunk.map_err(broken_off)));
        }
        if let State::Reading = this.state {
            this.silence.set(Some(sleep(*this.idle)));
            *this.state = State::Waiting;
        }
        let Some(silence) = this.silence.as_pin_mut() else {
            return Poll::Pending;
        };
        ready!(silence.poll(cx));
        *this.state = State::Over;
        let text = format!("the answer fell silent for {:?}", this.idle);
        Poll::Ready(Some(Err(Error::new(ErrorKind::Timeout, text))))
    }
}

fn broken_off(error: hyper::Error) -> Error {
    Error::new(ErrorKind::Network, "the answer broke off").with_source(error)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::{StreamExt, stream};
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    const IDLE: Duration = Duration::from_secs(30);

    fn body(mut chunks: UnboundedReceiver<&'static str>) -> impl Stream<Item = Result<Bytes>> {
        let chunks = stream::poll_fn(move |cx| chunks.poll_recv(cx));
        lively(chunks.map(|chunk| Ok(Bytes::from(chunk))), IDLE)
    }

    #[tokio::test(start_paused = true)]
    async fn each_chunk_has_the_whole_time_and_silence_ends_it() {
        let (line, chunks) = unbounded_channel();
        let mut body = pin!(body(chunks));
        for _ in 0..3 {
            let (next, ()) = tokio::join!(body.next(), async {
                tokio::time::sleep(IDLE - Duration::from_millis(1)).await;
                line.send("a").unwrap();
            });
            assert_eq!(next.unwrap().unwrap(), "a");
        }
        let error = body.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        line.send("too late").unwrap();
        assert!(body.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_is_not_cut_off() {
        let (line, chunks) = unbounded_channel();
        let mut body = pin!(body(chunks));
        for _ in 0..3 {
            line.send("a").unwrap();
            assert_eq!(body.next().await.unwrap().unwrap(), "a");
            tokio::time::sleep(IDLE * 3).await;
        }
        // Nor one that waited before, and then took its time.
        let waiting = tokio::time::timeout(IDLE / 2, body.next()).await;
        assert!(waiting.is_err());
        line.send("b").unwrap();
        assert_eq!(body.next().await.unwrap().unwrap(), "b");
        tokio::time::sleep(IDLE * 3).await;
        line.send("c").unwrap();
        drop(line);
        assert_eq!(body.next().await.unwrap().unwrap(), "c");
        assert!(body.next().await.is_none());
    }
}
