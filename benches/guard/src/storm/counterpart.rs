//! The counterpart: it does so much in a second and keeps a bounded queue, and it goes down.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::clock::{Bins, Start};
use super::{CAPACITY, Down};
use crate::Result;

/// How long one request takes it.
const WORK: Duration = Duration::from_micros(1_000_000 / CAPACITY);
/// The longest that a request waits for its turn: those that would wait longer are refused.
pub const QUEUE: Duration = Duration::from_secs(1);

/// What it is and has been.
pub struct Counterpart {
    down: AtomicBool,
    /// When what is queued will be done. It is done whether or not anybody still waits for it.
    busy_until: Mutex<Instant>,
    received: Bins,
}

impl Counterpart {
    pub fn new(start: Start, time: Duration) -> Arc<Self> {
        Arc::new(Self {
            down: AtomicBool::new(false),
            busy_until: Mutex::new(Instant::now()),
            received: Bins::new(start, time),
        })
    }

    /// What it received, for each bin.
    pub fn received(&self) -> Vec<u32> {
        self.received.counts()
    }

    /// Up, down, and up again until it is dropped.
    pub async fn run(
        self: Arc<Self>,
        socket: Listening,
        (down_at, up_at): (Instant, Instant),
        down: Down,
    ) -> Result<Infallible> {
        let Listening { listener, address } = socket;
        match down {
            Down::Answers503 => {
                let switch = async {
                    sleep_until(down_at).await;
                    self.down.store(true, Ordering::Relaxed);
                    sleep_until(up_at).await;
                    self.down.store(false, Ordering::Relaxed);
                };
                tokio::join!(switch, accept(&listener, &self)).1
            }
            Down::Refuses => {
                tokio::select! {
                    never = accept(&listener, &self) => return never,
                    () = sleep_until(down_at) => {}
                }
                drop(listener);
                // Bound, so that nobody else gets the port, and not listening.
                let closed = bind(address)?;
                sleep_until(up_at).await;
                accept(&closed.listen(1024)?, &self).await
            }
        }
    }

    /// Takes a request into the queue, unless that is full. Answers when it will be done.
    fn take_on(&self) -> Option<Instant> {
        let now = Instant::now();
        let busy = self.busy_until.lock();
        let mut busy = busy.unwrap_or_else(PoisonError::into_inner);
        let begins = (*busy).max(now);
        if begins - now > QUEUE {
            return None;
        }
        *busy = begins + WORK;
        Some(*busy)
    }
}

/// A port that is open.
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listening {
    pub fn new() -> Result<Self> {
        let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.listen(1024)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections that were just closed still hold the port for a while.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Accepts connections until it is dropped; those that are open end with it.
async fn accept(listener: &TcpListener, state: &Arc<Counterpart>) -> Result<Infallible> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((socket, _)) = accepted {
                    connections.spawn(serve(socket, state.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(socket: TcpStream, state: Arc<Counterpart>) {
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |request| answer(request, state.clone()));
    // A client that goes away is no matter.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn answer(
    _: Request<Incoming>,
    state: Arc<Counterpart>,
) -> io::Result<Response<Full<Bytes>>> {
    state.received.note();
    let done = match state.down.load(Ordering::Relaxed) {
        true => None,
        false => state.take_on(),
    };
    let mut answer = Response::new(Full::default());
    match done {
        Some(done) => sleep_until(done).await,
        None => *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
    }
    Ok(answer)
}
