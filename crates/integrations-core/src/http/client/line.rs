//! A connection as the pool holds it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

/// A connection that requests can be sent over: TCP, TLS over it, or TLS through a tunnel.
pub(super) struct Line {
    io: Box<dyn Io>,
    kind: Kind,
}

/// What the client has to know of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// To the origin, HTTP/1.1.
    Plain,
    /// To the origin, HTTP/2, as ALPN found (RFC 7301).
    H2,
    /// To a proxy that takes requests with the whole address (RFC 9112, section 3.2.2).
    Proxy,
}

/// What bytes go through.
trait Io: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Io for T {}

impl Line {
    pub(super) fn new(io: impl Read + Write + Send + Unpin + 'static, kind: Kind) -> Self {
        let io = Box::new(io);
        Self { io, kind }
    }
}

impl Connection for Line {
    // Nothing of the sockets' addresses: it would be put into every answer.
    fn connected(&self) -> Connected {
        match self.kind {
            Kind::Plain => Connected::new(),
            Kind::H2 => Connected::new().negotiated_h2(),
            Kind::Proxy => Connected::new().proxy(true),
        }
    }
}

impl Read for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_read(cx, buffer)
    }
}

impl Write for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.io).poll_write_vectored(cx, slices)
    }
}
