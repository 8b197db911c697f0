//! A server on a real socket whose connections fail on purpose.

mod answer;
mod echo;
mod upstream;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::http::request::Parts;
use ::http::{Request, Response, Uri};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use super::line::Line;
use super::transport::Handler;
use super::{Exchange, Fault, FaultPlan};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{self, Transport};
use answer::Body;
use echo::Echo;
use upstream::Upstream;

/// A server of HTTP/1.1 on loopback whose connections fail on purpose: for whatever opens
/// connections of its own, such as an SDK.
///
/// It is either a server by itself, whose function [answers](Self::answering), or stands
/// [before](Self::before) a real server: then the effects are those of the real one, and only the
/// way there and back fails. It ends when it is dropped.
///
/// ```
/// use http::Method;
/// use integrations_core::testing::{Fault, FaultyServer};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Here would be the address of the server that the tests run against.
/// let real = FaultyServer::answering(|_| http::Response::new("stored".into())).await?;
/// let proxy = FaultyServer::before(real.url()).await?;
///
/// // The next upload takes effect, and its answer is lost.
/// proxy.fail(|head| head.method == Method::PUT, Fault::CutAfter);
///
/// let lost = put(proxy.url()).await;
/// assert!(lost.is_err());
/// assert_eq!(real.served(), 1);
/// # async fn put(url: &str) -> Result<String, Box<dyn std::error::Error>> {
/// #     use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// #     let mut socket = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await?;
/// #     socket.write_all(b"PUT /a HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx").await?;
/// #     let mut answer = String::new();
/// #     socket.read_to_string(&mut answer).await?;
/// #     if answer.is_empty() { Err("no answer".into()) } else { Ok(answer) }
/// # }
/// # Ok(()) }
/// ```
///
/// A connection that was made cannot be refused any more: [`Fault::Refuse`] is as
/// [`Fault::CutBefore`] here, unless the client sends [`through`](Self::through) this server. To
/// refuse every connection for a while there is
/// [`refuse_connections`](Self::refuse_connections).
pub struct FaultyServer {
    url: String,
    address: SocketAddr,
    line: Arc<Line>,
    commands: mpsc::Sender<Command>,
    accepting: JoinHandle<()>,
}

/// Whether connections are to be accepted, and whom to tell when it is so.
struct Command {
    accept: bool,
    done: oneshot::Sender<io::Result<()>>,
}

/// What acts on requests.
enum Backend {
    Function(Box<Handler>),
    Server(Upstream),
}

struct Shared {
    line: Arc<Line>,
    backend: Backend,
}

impl FaultyServer {
    /// A server that is this function, on a free port of loopback. What the function changes is
    /// the effect of a request; a [`Ledger`](super::Ledger) has a function that counts effects.
    ///
    /// # Errors
    /// `Internal` when no port can be had.
    pub async fn answering<F>(server: F) -> Result<Self>
    where
        F: Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    {
        Self::start(Backend::Function(Box::new(server))).await
    }

    /// A proxy before the server at this address, such as `http://127.0.0.1:9000`, on a free port
    /// of loopback. It passes on heads as they are, `Host` too, so that signatures stay valid,
    /// and reads bodies whole. The server has to speak plain HTTP/1.1.
    ///
    /// # Errors
    /// `InvalidInput` when it is not the address of an `http` server, `Internal` when no port can
    /// be had.
    pub async fn before(server: &str) -> Result<Self> {
        Self::start(Backend::Server(Upstream::new(server)?)).await
    }

    async fn start(backend: Backend) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let line = Arc::new(Line::default());
        let shared = Arc::new(Shared {
            line: line.clone(),
            backend,
        });
        let (commands, heard) = mpsc::channel(1);
        Ok(Self {
            url: format!("http://{address}"),
            address,
            line,
            commands,
            accepting: tokio::spawn(accept(listener, shared, heard)),
        })
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The faults of the next requests, one for each, whatever they are.
    #[must_use]
    pub fn with_faults(self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.line.push(faults);
        self
    }

    /// What the requests meet for which nothing else is there.
    #[must_use]
    pub fn with_plan(self, plan: FaultPlan) -> Self {
        self.line.follow(plan);
        self
    }

    /// The fault of the next request that fits: the rule sees its method, address and headers.
    /// It goes before what [`with_faults`](Self::with_faults) set.
    pub fn fail(&self, rule: impl Fn(&Parts) -> bool + Send + 'static, fault: Fault) {
        self.line.rule(Box::new(rule), fault);
    }

    /// All requests that were sent so far, in the order in which they came.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.line.exchanges()
    }

    /// On how many requests the server acted.
    #[must_use]
    pub fn served(&self) -> usize {
        self.line.served()
    }

    /// Closes every connection and refuses new ones, until
    /// [`accept_connections`](Self::accept_connections).
    ///
    /// # Errors
    /// `Internal` when the port was lost to another process.
    pub async fn refuse_connections(&self) -> Result<()> {
        self.command(false).await
    }

    /// Accepts connections again, on the same port.
    ///
    /// # Errors
    /// `Internal` when the port was lost to another process.
    pub async fn accept_connections(&self) -> Result<()> {
        self.command(true).await
    }

    async fn command(&self, accept: bool) -> Result<()> {
        let (done, heard) = oneshot::channel();
        let ended = || Error::internal("the server has ended");
        let sent = self.commands.send(Command { accept, done }).await;
        sent.map_err(|_| ended())?;
        heard.await.map_err(|_| ended())?.map_err(no_port)
    }

    /// A transport to this server that can refuse single connections: where a request meets
    /// [`Fault::Refuse`], `inner` is sent to a port on which nobody listens.
    ///
    /// # Errors
    /// `Internal` when no port can be had.
    pub fn through<T: Transport>(&self, inner: T) -> Result<impl Transport + use<T>> {
        // Bound, so that nobody else gets it, and never listening.
        let closed = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(no_port)?;
        let refusing = closed.local_addr().map_err(no_port)?;
        Ok(Through {
            inner,
            line: self.line.clone(),
            refusing,
            _closed: closed,
        })
    }
}

impl Drop for FaultyServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl fmt::Debug for FaultyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyServer")
            .field("address", &self.address)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

fn no_port(error: io::Error) -> Error {
    Error::new(ErrorKind::Internal, "no port on loopback for the server").with_source(error)
}

/// A socket that has the port and does not listen: connections to it are refused.
fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections that were just closed still hold the port for a while.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Accepts connections until the server is dropped; those that are open end with it.
async fn accept(
    mut listener: TcpListener,
    shared: Arc<Shared>,
    mut commands: mpsc::Receiver<Command>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((socket, _)) = accepted {
                    connections.spawn(serve(socket, shared.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
            command = commands.recv() => {
                let Some(command) = command else { return };
                if command.accept {
                    let _ = command.done.send(Ok(()));
                    continue;
                }
                connections.shutdown().await;
                match closed(listener, command, &mut commands).await {
                    Some(again) => listener = again,
                    None => return,
                }
            }
        }
    }
}

/// Refuses connections until the next command to accept. `None` when that never comes.
async fn closed(
    listener: TcpListener,
    command: Command,
    commands: &mut mpsc::Receiver<Command>,
) -> Option<TcpListener> {
    let address = listener.local_addr();
    drop(listener);
    let socket = match address.and_then(bind) {
        Ok(socket) => socket,
        Err(error) => {
            let _ = command.done.send(Err(error));
            return None;
        }
    };
    let _ = command.done.send(Ok(()));
    loop {
        let command = commands.recv().await?;
        if command.accept {
            match socket.listen(1024) {
                Ok(listener) => {
                    let _ = command.done.send(Ok(()));
                    return Some(listener);
                }
                Err(error) => {
                    let _ = command.done.send(Err(error));
                    return None;
                }
            }
        }
        let _ = command.done.send(Ok(()));
    }
}

/// One connection, for as many requests as come over it.
async fn serve(socket: TcpStream, shared: Arc<Shared>) {
    let _ = socket.set_nodelay(true);
    let twice = Arc::new(AtomicBool::new(false));
    let echo = Echo::new(socket, twice.clone());
    let service =
        hyper::service::service_fn(move |request| pass(request, shared.clone(), twice.clone()));
    // Connections that are cut are the point.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(echo), service)
        .await;
}

/// One request. An error ends the connection without an answer.
async fn pass(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    twice: Arc<AtomicBool>,
) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let fault = shared.line.meet(&head);
    if matches!(fault, Fault::CutBefore | Fault::Refuse) {
        shared.line.sent(&head, Bytes::new(), fault);
        return Err(io::Error::other("cut before the server acts"));
    }
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let number = shared.line.sent(&head, body, fault.clone());
    if let Fault::Answer(answer) = fault {
        return Ok(answer.map(answer::whole));
    }
    let answer = match fault {
        Fault::Late(wait) => {
            let act = async move {
                tokio::time::sleep(wait).await;
                shared.act(number).await
            };
            // It goes on when the connection ends.
            tokio::spawn(act).await.map_err(io::Error::other)??
        }
        _ => shared.act(number).await?,
    };
    match &fault {
        Fault::CutAfter => return Err(io::Error::other("cut after the server acted")),
        Fault::Slow(wait) => tokio::time::sleep(*wait).await,
        Fault::Duplicate => twice.store(true, Ordering::Release),
        _ => {}
    }
    Ok(match fault {
        Fault::AnswerAfter(instead) => instead.map(answer::whole),
        fault => answer::with(answer, &fault),
    })
}

impl Shared {
    /// The server acts on a request.
    async fn act(&self, number: usize) -> io::Result<Response<Bytes>> {
        let request = self.line.serve(number).request();
        match &self.backend {
            Backend::Function(server) => Ok(server(request)),
            Backend::Server(upstream) => upstream.send(request).await,
        }
    }
}

/// Sends what is to be refused to where nobody listens.
struct Through<T> {
    inner: T,
    line: Arc<Line>,
    refusing: SocketAddr,
    /// Holds the port.
    _closed: TcpSocket,
}

#[async_trait]
impl<T: Transport> Transport for Through<T> {
    async fn send(&self, request: http::Request) -> Result<http::Response> {
        let (mut head, body) = request.into_parts();
        if self.line.refuses(&head) {
            let mut parts = head.uri.into_parts();
            parts.authority = self.refusing.to_string().parse().ok();
            head.uri = Uri::from_parts(parts)
                .map_err(|_| Error::invalid_input("the address is no absolute URL"))?;
        }
        self.inner.send(Request::from_parts(head, body)).await
    }
}

impl<T: fmt::Debug> fmt::Debug for Through<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Through")
            .field("inner", &self.inner)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "http")]
mod tests;
