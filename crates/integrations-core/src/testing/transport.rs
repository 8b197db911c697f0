//! A transport that loses requests and answers on purpose.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::http::{HeaderMap, Method, StatusCode, Uri};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};

use crate::ByteStream;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::http::{Request, Response, Transport};

/// What goes wrong with one request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing does.
    None,
    /// There is no connection: nothing is sent.
    Refuse,
    /// The request is sent, and the connection is cut before the server acts. From here it looks
    /// like [`CutAfter`](Self::CutAfter).
    CutBefore,
    /// The server acts, and the connection is cut before its answer.
    CutAfter,
    /// The server acts, and only so many bytes of its answer's body arrive.
    Truncate(usize),
    /// The server acts, and its answer takes so long.
    Slow(Duration),
    /// Something before the server answers in its place: it does not act.
    Answer(::http::Response<Bytes>),
    /// The server acts, and something before it answers in its place.
    AnswerAfter(::http::Response<Bytes>),
}

impl Fault {
    /// A status that comes in the server's place, before it acts.
    ///
    /// # Panics
    /// When `status` is no HTTP status (100 to 999).
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(with_status(status))
    }

    /// A status that comes in place of the server's answer, after it acted.
    ///
    /// # Panics
    /// When `status` is no HTTP status (100 to 999).
    #[must_use]
    pub fn status_after(status: u16) -> Self {
        Self::AnswerAfter(with_status(status))
    }

    /// Status 429 with this `Retry-After`, before the server acts.
    ///
    /// # Panics
    /// When the text is no header value.
    #[must_use]
    pub fn rate_limited(retry_after: &str) -> Self {
        let mut answer = with_status(429);
        let value = retry_after.parse();
        #[allow(clippy::expect_used)] // Documented: it is a test that calls this.
        let value = value.expect("a header value");
        answer.headers_mut().insert("retry-after", value);
        Self::Answer(answer)
    }
}

fn with_status(status: u16) -> ::http::Response<Bytes> {
    let mut answer = ::http::Response::new(Bytes::new());
    #[allow(clippy::expect_used)] // Documented: it is a test that calls this.
    let status = StatusCode::from_u16(status).expect("a status from 100 to 999");
    *answer.status_mut() = status;
    answer
}

/// One request that was made, and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// The address.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
    /// Whether the server acted on it.
    pub served: bool,
}

type Handler = dyn Fn(::http::Request<Bytes>) -> ::http::Response<Bytes> + Send + Sync;

/// A [`Transport`] without a network: a function is the server, a plan of faults the network. It
/// does not follow redirects.
///
/// ```
/// use integrations_core::guard::{Guard, Operation, Safety};
/// use integrations_core::http::{Body, Transport};
/// use integrations_core::testing::{Fault, FaultyTransport};
/// use integrations_core::{Effect, Result};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<()> {
/// // The server charges, and its answer is lost.
/// let transport = FaultyTransport::answering(|_| http::Response::new("charged".into()))
///     .with_faults([Fault::CutAfter]);
///
/// // A call without idempotency key is not repeated: the error says that nobody knows.
/// let charge = Operation::new("charge", Safety::Once);
/// let outcome = Guard::default()
///     .run(&charge, async |_| {
///         let request = http::Request::post("https://bank.example/charges").body(Body::empty()).unwrap();
///         transport.send(request).await?.accepted().await?.bytes().await
///     })
///     .await;
/// assert_eq!(outcome.unwrap_err().effect(), Effect::Unknown);
/// assert_eq!(transport.served(), 1);
/// # Ok(()) }
/// ```
pub struct FaultyTransport {
    server: Box<Handler>,
    faults: Mutex<VecDeque<Fault>>,
    exchanges: Mutex<Vec<Exchange>>,
}

impl FaultyTransport {
    /// A network without faults, to a server that is this function. What the function changes is
    /// the effect of a request.
    pub fn answering<F>(server: F) -> Self
    where
        F: Fn(::http::Request<Bytes>) -> ::http::Response<Bytes> + Send + Sync + 'static,
    {
        Self {
            server: Box::new(server),
            faults: Mutex::default(),
            exchanges: Mutex::default(),
        }
    }

    /// The faults of the first requests, one for each; those after them meet none.
    #[must_use]
    pub fn with_faults(self, faults: impl IntoIterator<Item = Fault>) -> Self {
        lock(&self.faults).extend(faults);
        self
    }

    /// All requests so far, in the order in which they came.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.exchanges).clone()
    }

    /// On how many requests the server acted.
    #[must_use]
    pub fn served(&self) -> usize {
        let exchanges = lock(&self.exchanges);
        exchanges.iter().filter(|exchange| exchange.served).count()
    }

    fn serve(&self, index: usize) -> ::http::Response<Bytes> {
        let request = {
            let mut exchanges = lock(&self.exchanges);
            let exchange = &mut exchanges[index];
            exchange.served = true;
            let mut request = ::http::Request::new(exchange.body.clone());
            *request.method_mut() = exchange.method.clone();
            *request.uri_mut() = exchange.uri.clone();
            *request.headers_mut() = exchange.headers.clone();
            request
        };
        (self.server)(request)
    }
}

#[async_trait]
impl Transport for FaultyTransport {
    async fn send(&self, request: Request) -> Result<Response> {
        let fault = lock(&self.faults).pop_front().unwrap_or(Fault::None);
        if matches!(fault, Fault::Refuse) {
            return Err(
                Error::new(ErrorKind::Network, "no connection; nothing was sent")
                    .with_effect(Effect::NotApplied),
            );
        }
        let (parts, body) = request.into_parts();
        let exchange = Exchange {
            method: parts.method,
            uri: parts.uri.clone(),
            headers: parts.headers,
            body: body.into_stream().bytes().await?,
            served: false,
        };
        let index = {
            let mut exchanges = lock(&self.exchanges);
            exchanges.push(exchange);
            exchanges.len() - 1
        };
        let cut = || {
            Error::new(
                ErrorKind::Network,
                "the connection broke before an answer came",
            )
        };
        let whole = |answer| Ok(response(parts.uri.clone(), answer, None));
        match fault {
            Fault::None => whole(self.serve(index)),
            Fault::Refuse | Fault::CutBefore => Err(cut()),
            Fault::CutAfter => {
                self.serve(index);
                Err(cut())
            }
            Fault::Truncate(bytes) => {
                let answer = self.serve(index);
                Ok(response(parts.uri.clone(), answer, Some(bytes)))
            }
            Fault::Slow(wait) => {
                let answer = self.serve(index);
                tokio::time::sleep(wait).await;
                whole(answer)
            }
            Fault::Answer(answer) => whole(answer),
            Fault::AnswerAfter(answer) => {
                self.serve(index);
                whole(answer)
            }
        }
    }
}

fn response(uri: Uri, answer: ::http::Response<Bytes>, cut: Option<usize>) -> Response {
    let (parts, mut body) = answer.into_parts();
    let body = match cut.filter(|cut| *cut < body.len()) {
        None => ByteStream::from(body),
        Some(cut) => {
            let broken = Error::new(ErrorKind::Network, "the answer broke off");
            body.truncate(cut);
            ByteStream::new(ByteStream::from(body).chain(stream::iter([Err(broken)])))
        }
    };
    Response::new(parts.status, parts.headers, uri, body)
}

impl fmt::Debug for FaultyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyTransport")
            .field("faults", &lock(&self.faults))
            .field("exchanges", &lock(&self.exchanges).len())
            .finish_non_exhaustive()
    }
}

/// What was written before a panic in the server's function is still true.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
