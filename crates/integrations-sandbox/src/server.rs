//! A stand-in on a socket.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What answers requests.
pub type Handler = Arc<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>;

/// The longest request that is read, in bytes: Microsoft Graph takes files of less than 3 MB, as
/// base64 in JSON, and parts of files of 4 MB.
const MOST: usize = 8 << 20;

/// A stand-in on a port of loopback, over plain HTTP/1.1. It ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves on this port of loopback; 0 takes a free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(port: u16, handler: Handler) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        Ok(Self {
            address: listener.local_addr()?,
            accepting: tokio::spawn(accept(listener, handler)),
        })
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Accepts until the server is dropped; connections that are open end with it.
async fn accept(listener: TcpListener, handler: Handler) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((socket, _)) = accepted {
                    connections.spawn(serve(socket, handler.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(socket: TcpStream, handler: Handler) {
    let _ = socket.set_nodelay(true);
    let service = hyper::service::service_fn(move |request| pass(request, handler.clone()));
    // Clients go when they like.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn pass(
    request: Request<Incoming>,
    handler: Handler,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MOST).collect().await else {
        let mut refused = Response::new(Full::new(Bytes::new()));
        *refused.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(refused);
    };
    let request = Request::from_parts(head, body.to_bytes());
    // Beside the runtime: a handler may ask another server on this machine, which may be served by
    // the same thread.
    let answered = tokio::task::spawn_blocking(move || handler(request)).await;
    Ok(answered
        .map(|answer| answer.map(Full::new))
        .unwrap_or_else(|_| {
            let mut failed = Response::new(Full::new(Bytes::new()));
            *failed.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            failed
        }))
}
