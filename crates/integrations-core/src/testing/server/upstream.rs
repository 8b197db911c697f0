//! The real server behind the proxy.

use std::io;

use ::http::{Request, Response, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::error::{Error, Result};

pub(super) struct Upstream {
    /// Host and port.
    address: String,
}

impl Upstream {
    pub(super) fn new(url: &str) -> Result<Self> {
        let uri: Option<Uri> = url.parse().ok();
        let uri = uri.filter(|uri| uri.scheme_str() == Some("http") && uri.path() == "/");
        let address = uri.as_ref().and_then(|uri| {
            let port = uri.port_u16().unwrap_or(80);
            Some(format!("{}:{port}", uri.host()?))
        });
        address.map(|address| Self { address }).ok_or_else(|| {
            let text = "the proxy needs the address of a server such as http://127.0.0.1:9000";
            Error::invalid_input(text)
        })
    }

    /// Sends a request over a connection of its own, and reads the whole answer.
    pub(super) async fn send(&self, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        let socket = TcpStream::connect(&self.address).await?;
        let shaken = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await;
        let (mut sender, connection) = shaken.map_err(io::Error::other)?;
        // Ends with this call.
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // What breaks here is seen by who waits for the answer.
            let _ = connection.await;
        });
        let answer = sender.send_request(request.map(Full::new)).await;
        let (head, body) = answer.map_err(io::Error::other)?.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}
