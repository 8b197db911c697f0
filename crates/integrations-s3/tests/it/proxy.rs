//! A proxy before a real server that breaks chosen requests: the server's effect is real, only
//! the way there or back is not.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response};
use integrations_core::guard::Guard;
use integrations_core::storage::Storage;
use integrations_s3::{S3, S3Config};
use tokio::sync::Notify;

use crate::counterpart::Server;

/// The same provider, whose calls are attempted once.
pub(crate) fn once(s3: &S3) -> Storage {
    let guard = Guard::builder().max_attempts(1).build().unwrap();
    Storage::new(s3.clone().with_guard(guard))
}

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// The connection ends and the server has not seen it.
    CutBefore,
    /// The server answers, and the connection ends before the answer.
    CutAfter,
    /// The server answers, and the answer comes a little later.
    Hold,
    /// The server answers, and the connection ends before the answer once the test says so.
    HoldAndCut,
    /// The answer's body ends after so many bytes.
    CutBody(usize),
    /// The byte at this place of the answer's body is another.
    Flip(usize),
    /// This status instead, and the server has not seen it.
    Answer(u16),
    /// The server answers, and 200 with an error in its body comes instead.
    ErrorInside(&'static str),
    /// The answer does not say how long it is.
    NoLength,
    /// The byte at this place of the request's body is another when the server sees it.
    FlipRequest(usize),
    /// This answer instead, with a header and a body, and the server has not seen it.
    Say(u16, (&'static str, &'static str), &'static str),
}

/// One request that came by.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) query: String,
    pub(crate) headers: http::HeaderMap,
}

type Rule = Box<dyn Fn(&Seen) -> bool + Send>;

#[derive(Default)]
struct State {
    /// Used up from the front, each for the first request that it fits.
    faults: Vec<(Rule, Fault)>,
    seen: Vec<Seen>,
}

pub(crate) struct Proxy {
    endpoint: String,
    state: Arc<Mutex<State>>,
    gate: Arc<Gate>,
}

/// Where a request is held, and let go.
#[derive(Default)]
struct Gate {
    held: Notify,
    released: Notify,
}

type Body = BoxBody<Bytes, std::io::Error>;

impl Proxy {
    /// A proxy before the server of `config`.
    pub(crate) async fn before(config: &S3Config) -> Self {
        let upstream = config.endpoint.clone().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let gate = Arc::new(Gate::default());
        let shared = (state.clone(), gate.clone());
        // It ends with the test's runtime.
        tokio::spawn(async move {
            let client = reqwest::Client::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (shared, upstream, client) = (shared.clone(), upstream.clone(), client.clone());
                let service = hyper::service::service_fn(move |request| {
                    pass(request, shared.clone(), upstream.clone(), client.clone())
                });
                tokio::spawn(async move {
                    let io = hyper_util::rt::TokioIo::new(socket);
                    // Cut connections are the point.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(io, service)
                        .await;
                });
            }
        });
        Self {
            endpoint,
            state,
            gate,
        }
    }

    /// Waits until a request is held.
    pub(crate) async fn held(&self) {
        self.gate.held.notified().await;
    }

    /// Lets it go.
    pub(crate) fn release(&self) {
        self.gate.released.notify_one();
    }

    /// A proxy before a bucket of the test's own, and the provider behind it.
    pub(crate) async fn at(server: Server) -> Option<(Self, S3)> {
        let config = server.new_bucket().await?;
        let proxy = Self::before(&config).await;
        let s3 = S3::new(proxy.config(config)).await.unwrap();
        Some((proxy, s3))
    }

    /// The same configuration, through the proxy.
    pub(crate) fn config(&self, config: S3Config) -> S3Config {
        config.with_endpoint(self.endpoint.clone())
    }

    /// Breaks the next request with this method whose query has this text.
    pub(crate) fn fail(&self, method: &'static str, query: &'static str, fault: Fault) {
        let rule: Rule = Box::new(move |seen| seen.method == method && seen.query.contains(query));
        self.state.lock().unwrap().faults.push((rule, fault));
    }

    /// What came by with this method.
    pub(crate) fn seen(&self, method: &str) -> Vec<Seen> {
        let state = self.state.lock().unwrap();
        state
            .seen
            .iter()
            .filter(|seen| seen.method == method)
            .cloned()
            .collect()
    }
}

async fn pass(
    request: Request<Incoming>,
    (state, gate): (Arc<Mutex<State>>, Arc<Gate>),
    upstream: String,
    client: reqwest::Client,
) -> Result<Response<Body>, std::io::Error> {
    let seen = Seen {
        method: request.method().to_string(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request.headers().clone(),
    };
    let fault = {
        let mut state = state.lock().unwrap();
        state.seen.push(seen.clone());
        let place = state.faults.iter().position(|(rule, _)| rule(&seen));
        place.map(|place| state.faults.remove(place).1)
    };
    let (head, body) = request.into_parts();
    let mut body = body
        .collect()
        .await
        .map_err(std::io::Error::other)?
        .to_bytes();
    match fault {
        Some(Fault::FlipRequest(place)) => {
            let mut bytes = body.to_vec();
            bytes[place] ^= 1;
            body = bytes.into();
        }
        Some(Fault::Say(status, (name, value), text)) => {
            let answer = Response::builder().status(status).header(name, value);
            return Ok(answer.body(full(text.into())).unwrap());
        }
        Some(Fault::CutBefore) => return Err(std::io::Error::other("cut before")),
        Some(Fault::Answer(status)) => {
            let empty = full(Bytes::new());
            return Ok(Response::builder().status(status).body(empty).unwrap());
        }
        _ => {}
    }
    let url = format!("{upstream}{}", head.uri.path_and_query().unwrap());
    let sent = client
        .request(head.method, url)
        .headers(head.headers)
        .body(body)
        .send()
        .await;
    let answer = sent.map_err(std::io::Error::other)?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        *headers = answer.headers().clone();
        headers.remove("transfer-encoding");
    }
    let bytes = answer.bytes().await.map_err(std::io::Error::other)?;
    if let Some(Fault::HoldAndCut) = fault {
        gate.held.notify_one();
        gate.released.notified().await;
        return Err(std::io::Error::other("cut after"));
    }
    if let Some(Fault::Hold) = fault {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    if let (Some(Fault::NoLength), Some(headers)) = (fault, response.headers_mut()) {
        headers.remove("content-length");
    }
    let body = match fault {
        Some(Fault::ErrorInside(code)) => {
            let text = format!("<Error><Code>{code}</Code><Message>failed late</Message></Error>");
            let answer = Response::builder().header("content-type", "application/xml");
            return Ok(answer.body(full(text.into())).unwrap());
        }
        Some(Fault::NoLength) => {
            // A stream: hyper adds no length of its own.
            let nothing = stream::iter([Ok::<_, std::io::Error>(Frame::data(bytes))]);
            BodyExt::boxed(StreamBody::new(nothing))
        }
        Some(Fault::CutAfter) => return Err(std::io::Error::other("cut after")),
        Some(Fault::CutBody(length)) => {
            let head = bytes.slice(..length.min(bytes.len()));
            let cut = async {
                // The server sends what it has only when it finds nothing more to send.
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(std::io::Error::other("cut in the body"))
            };
            let pieces = stream::iter([Ok(Frame::data(head))]).chain(stream::once(cut));
            BodyExt::boxed(StreamBody::new(pieces))
        }
        Some(Fault::Flip(place)) => {
            let mut bytes = bytes.to_vec();
            bytes[place] ^= 1;
            full(bytes.into())
        }
        _ => full(bytes),
    };
    Ok(response.body(body).unwrap())
}

fn full(bytes: Bytes) -> Body {
    BodyExt::boxed(Full::new(bytes).map_err(|never: Infallible| match never {}))
}
