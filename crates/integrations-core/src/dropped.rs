//! For tests of cancellation.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that is dropped instead of being polled once more. So it is dropped at an await point
/// whose wait is over: with the turn handed to it, or the timer run out, and nobody to take it.
pub(crate) struct Dropped<F> {
    pub(crate) future: Option<Pin<Box<F>>>,
    pub(crate) polls: u32,
}

impl<F: Future> Future for Dropped<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(future) = this.future.as_mut().filter(|_| this.polls > 0) else {
            this.future = None;
            return Poll::Ready(None);
        };
        this.polls -= 1;
        future.as_mut().poll(cx).map(Some)
    }
}
