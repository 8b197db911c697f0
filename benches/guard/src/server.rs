//! The server of the throughput: one thread, keep-alive, a small answer to everything.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Result;

/// What it answers.
pub const BODY: &[u8] = br#"{"id": "m-4711", "title": "Weekly", "state": "scheduled"}"#;

/// Prints its address, and serves until it is killed.
pub fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("http://{}", listener.local_addr()?);
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            tokio::spawn(async move {
                // A client that goes away is no matter.
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service_fn(answer))
                    .await;
            });
        }
    })
}

async fn answer(_: Request<Incoming>) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(BODY))))
}
