//! A transport that loses requests and answers on purpose, without sockets.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::CONTENT_TYPE;
use ::http::request::Parts;
use ::http::{Response as Answer, Uri};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};

use super::line::Line;
use super::{Exchange, Fault, FaultPlan};
use crate::ByteStream;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::http::{Request, Response, Transport, reported};

/// What acts on requests.
pub(super) type Handler = dyn Fn(::http::Request<Bytes>) -> Answer<Bytes> + Send + Sync;

/// Spaces, which change no JSON: what an answer that is too long goes on with.
pub(super) static SPACES: [u8; 16 << 10] = [b' '; 16 << 10];

/// A [`Transport`] without a network: a function is the server, faults are the network. It does
/// not follow redirects, takes no time of its own, and runs under paused time, so that thousands of
/// calls with hours of waiting are tested in a second. Its errors are those of the real transport.
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
    server: Arc<Handler>,
    line: Arc<Line>,
}

impl FaultyTransport {
    /// A network without faults, to a server that is this function. What the function changes is
    /// the effect of a request; a [`Ledger`](super::Ledger) has a function that counts effects.
    pub fn answering<F>(server: F) -> Self
    where
        F: Fn(::http::Request<Bytes>) -> Answer<Bytes> + Send + Sync + 'static,
    {
        Self {
            server: Arc::new(server),
            line: Arc::default(),
        }
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
}

#[async_trait]
impl Transport for FaultyTransport {
    async fn send(&self, request: Request) -> Result<Response> {
        reported(request, |request| self.exchange(request)).await
    }
}

impl FaultyTransport {
    async fn exchange(&self, request: Request) -> Result<Response> {
        let (head, body) = request.into_parts();
        let fault = self.line.meet(&head);
        if matches!(fault, Fault::Refuse) {
            return Err(
                Error::new(ErrorKind::Network, "no connection; nothing was sent")
                    .with_effect(Effect::NotApplied),
            );
        }
        let body = body.into_stream().bytes().await?;
        let number = self.line.sent(&head, body, fault.clone());
        let serve = || (self.server)(self.line.serve(number).request());
        let cut = || {
            let text = "the connection broke before an answer came";
            Err(Error::new(ErrorKind::Network, text))
        };
        let answer = match &fault {
            Fault::Late(wait) => {
                let (server, line, wait) = (self.server.clone(), self.line.clone(), *wait);
                let acts = tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    server(line.serve(number).request())
                });
                match acts.await {
                    Ok(answer) => answer,
                    Err(_) => return cut(),
                }
            }
            Fault::CutBefore | Fault::Refuse => return cut(),
            Fault::Answer(answer) => answer.clone(),
            Fault::AnswerAfter(answer) => {
                serve();
                answer.clone()
            }
            _ => serve(),
        };
        match fault {
            Fault::CutAfter => return cut(),
            Fault::Slow(wait) => tokio::time::sleep(wait).await,
            _ => {}
        }
        Ok(response(head.uri, answer, &fault))
    }
}

/// The answer, as far as it arrives.
fn response(uri: Uri, answer: Answer<Bytes>, fault: &Fault) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = match fault {
        Fault::Truncate(length) if *length < body.len() => {
            let broken = Error::new(ErrorKind::Network, "the answer broke off");
            let head = ByteStream::from(body.slice(..*length));
            ByteStream::new(head.chain(stream::iter([Err(broken)])))
        }
        Fault::Trickle(wait) => ByteStream::new(drops(body, *wait).map(Ok)),
        Fault::Oversized(length) => {
            let more = length.saturating_sub(body.len() as u64);
            let more = spaces(more).map(Ok);
            ByteStream::new(ByteStream::from(body).chain(more))
        }
        Fault::Flip(place) => flipped(body, *place).into(),
        _ => ByteStream::from(body),
    };
    if let Fault::ContentType(kind) = fault {
        parts.headers.insert(CONTENT_TYPE, kind.clone());
    }
    Response::new(parts.status, parts.headers, uri, body)
}

/// Each byte by itself, so much later than the one before.
pub(super) fn drops(
    body: Bytes,
    wait: Duration,
) -> impl futures::Stream<Item = Bytes> + Send + 'static {
    stream::unfold(body, move |mut body| async move {
        if body.is_empty() {
            return None;
        }
        tokio::time::sleep(wait).await;
        let drop = body.split_to(1);
        Some((drop, body))
    })
}

/// So many spaces.
pub(super) fn spaces(length: u64) -> impl futures::Stream<Item = Bytes> + Send + 'static {
    let piece = SPACES.len() as u64;
    stream::iter((0..length.div_ceil(piece)).map(move |number| {
        let rest = (length - number * piece).min(piece);
        Bytes::from_static(&SPACES[..rest as usize])
    }))
}

/// The body with one other byte, or as it is when it has none at that place.
pub(super) fn flipped(body: Bytes, place: usize) -> Bytes {
    let mut body = body.to_vec();
    if let Some(byte) = body.get_mut(place) {
        *byte ^= 1;
    }
    body.into()
}

impl fmt::Debug for FaultyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyTransport")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
