//! A connection that says what it said once more.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A socket that sends what is written between the switch and the next flush twice: the answer of
/// one request, because HTTP/1.1 answers one after the other and a short answer is flushed once.
pub(super) struct Echo {
    socket: TcpStream,
    twice: Arc<AtomicBool>,
    kept: Vec<u8>,
}

impl Echo {
    pub(super) fn new(socket: TcpStream, twice: Arc<AtomicBool>) -> Self {
        Self {
            socket,
            twice,
            kept: Vec::new(),
        }
    }
}

impl AsyncRead for Echo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Echo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.socket).poll_write(cx, bytes))?;
        if self.twice.load(Ordering::Acquire) {
            self.kept.extend_from_slice(&bytes[..written]);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while !this.kept.is_empty() {
            let written = ready!(Pin::new(&mut this.socket).poll_write(cx, &this.kept))?;
            this.kept.drain(..written);
            if this.kept.is_empty() {
                this.twice.store(false, Ordering::Release);
            }
        }
        Pin::new(&mut this.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
