//! The client against servers that are scripts over real sockets: what a server does to a
//! connection is written out, byte by byte.

mod faults;
mod gzip;
mod h2;
mod messages;
mod proxies;
mod redirects;
mod requests;
mod tls;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::error::Effect;

/// What the server does with one connection.
#[derive(Debug, Clone)]
enum Step {
    /// Reads a request, writes this, and closes.
    Answer(String),
    /// The same with what is no text.
    Bytes(Vec<u8>),
    /// Reads a request, writes this, and goes on to be silent.
    Stall(String),
    /// Reads a request and closes.
    CutAfterReading,
    /// Closes before anything is read.
    CutAtOnce,
}

/// A server that does one step for each connection. Stops when it is dropped.
struct Script {
    base: String,
    seen: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Script {
    async fn serve(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = seen.clone();
        let task = tokio::spawn(async move {
            let mut open = Vec::new();
            for step in steps {
                let (mut socket, _) = listener.accept().await.unwrap();
                if matches!(step, Step::CutAtOnce) {
                    continue;
                }
                let request = read_request(&mut socket).await.unwrap();
                into.lock().unwrap().push(request);
                match step {
                    Step::Answer(text) => socket.write_all(text.as_bytes()).await.unwrap(),
                    Step::Bytes(bytes) => socket.write_all(&bytes).await.unwrap(),
                    Step::Stall(text) => {
                        socket.write_all(text.as_bytes()).await.unwrap();
                        open.push(socket);
                    }
                    Step::CutAfterReading | Step::CutAtOnce => {}
                }
            }
            std::future::pending::<()>().await;
        });
        Self { base, seen, task }
    }

    /// The requests that were read, heads and bodies as they came.
    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a head, and as many bytes after it as `content-length` or the last chunk say.
async fn read_request(socket: &mut TcpStream) -> io::Result<String> {
    let mut text = Vec::new();
    loop {
        let mut some = [0; 4096];
        let read = socket.read(&mut some).await?;
        text.extend_from_slice(&some[..read]);
        let now = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = now.split_once("\r\n\r\n") else {
            if read == 0 {
                return Ok(now);
            }
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .and_then(|length| length.parse::<usize>().ok());
        let whole = match length {
            Some(length) => body.len() >= length,
            None if head.contains("transfer-encoding: chunked") => body.ends_with("0\r\n\r\n"),
            None => true,
        };
        if whole || read == 0 {
            return Ok(now);
        }
    }
}

/// An answer with a length, on a connection that closes.
fn answer(status: &str, headers: &str, body: &str) -> Step {
    Step::Answer(format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    ))
}

fn transport() -> HttpTransport {
    HttpTransport::new(TransportConfig::new()).unwrap()
}

fn get(uri: impl AsRef<str>) -> Request {
    ::http::Request::get(uri.as_ref())
        .body(Body::empty())
        .unwrap()
}

fn post(uri: impl AsRef<str>, body: impl Into<Body>) -> Request {
    ::http::Request::post(uri.as_ref())
        .body(body.into())
        .unwrap()
}
