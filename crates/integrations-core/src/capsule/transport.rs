//! A transport that answers what was recorded.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use ::http::{StatusCode, Uri};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{StreamExt, stream};

use super::model::{Answer, Capsule, Exchange};
use super::redact;
use crate::ByteStream;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::http::{Request, Response, Transport};

/// Answers the exchanges of a capsule in their order, and refuses every other request. So the
/// provider that made the call maps the same answers again:
///
/// ```
/// use integrations_core::capsule::Capsule;
/// use integrations_core::http::{Body, Transport};
/// use integrations_core::{ErrorKind, Result};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/capsules/gateway.capsule.json"));
/// let transport = text.parse::<Capsule>()?.transport();
/// let request = http::Request::get("https://rooms.example/rooms/7").body(Body::empty()).unwrap();
/// let answer = transport.send(request).await?;
/// assert_eq!(answer.status(), 503);
///
/// let other = http::Request::post("https://rooms.example/rooms").body(Body::empty()).unwrap();
/// assert_eq!(transport.send(other).await.unwrap_err().kind(), ErrorKind::Internal);
/// # Ok(()) }
/// ```
///
/// A request fits when its method and its address do, without the values of the query that were
/// hidden. What a capsule does not have is not answered: headers that were hidden, and of a body that
/// was longer the rest (its end is an error that says so).
#[derive(Debug)]
pub struct ReplayTransport(Mutex<VecDeque<Exchange>>);

impl Capsule {
    /// A transport that answers what was recorded.
    #[must_use]
    pub fn transport(&self) -> ReplayTransport {
        let exchanges = self.attempts.iter().flat_map(|step| &step.exchanges);
        ReplayTransport(Mutex::new(exchanges.cloned().collect()))
    }
}

impl ReplayTransport {
    /// How many of the recorded exchanges were not asked for yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.exchanges().len()
    }

    fn exchanges(&self) -> std::sync::MutexGuard<'_, VecDeque<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, request: &Request) -> Result<Exchange> {
        let mut left = self.exchanges();
        let (method, uri) = (request.method().as_str(), request.uri());
        let fits = |next: &Exchange| next.method == method && redact::fits(&next.url, uri);
        if left.front().is_some_and(fits)
            && let Some(next) = left.pop_front()
        {
            return Ok(next);
        }
        let next = left
            .front()
            .map(|next| format!("{} {}", next.method, next.url));
        let next = next.unwrap_or_else(|| "nothing more".to_owned());
        let asked = redact::address(uri, &[], &mut Vec::new());
        let text = format!("the capsule has {next}, and was asked for {method} {asked}");
        Err(Error::internal(text).with_effect(Effect::NotApplied))
    }
}

#[async_trait]
impl Transport for ReplayTransport {
    async fn send(&self, request: Request) -> Result<Response> {
        let exchange = self.next(&request)?;
        if let Some(error) = &exchange.error {
            return Err(unknown_if_none(error.to_error()));
        }
        let Some(answer) = exchange.answer else {
            return Err(Error::new(
                ErrorKind::Timeout,
                "no answer came before the attempt's end",
            ));
        };
        response(answer, request.uri())
    }
}

fn response(answer: Answer, asked: &Uri) -> Result<Response> {
    let status = StatusCode::from_u16(answer.status)
        .map_err(|_| Error::internal("the capsule has a status that is none"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = value.as_deref().map(HeaderValue::from_str);
        if let (Ok(name), Some(Ok(value))) = (name, value) {
            headers.append(name, value);
        }
    }
    let elsewhere = answer.url.as_deref().and_then(|url| url.parse().ok());
    let uri = elsewhere.unwrap_or_else(|| asked.clone());
    let base64 = answer.base64.as_ref().map(|base64| STANDARD.decode(base64));
    let body = match (answer.text, base64) {
        (Some(text), _) => Bytes::from(text),
        (None, Some(Ok(bytes))) => bytes.into(),
        (None, Some(Err(_))) => return Err(Error::internal("the capsule's base64 is none")),
        (None, None) => Bytes::new(),
    };
    let end = match (answer.complete, answer.broke) {
        (false, _) => Some(Error::internal(format!(
            "the capsule has {} of the {} bytes that were read",
            body.len(),
            answer.received
        ))),
        (true, Some(broke)) => Some(unknown_if_none(broke.to_error())),
        (true, None) => None,
    };
    let body = ByteStream::from(body).chain(stream::iter(end.map(Err)));
    Ok(Response::new(status, headers, uri, ByteStream::new(body)))
}

fn unknown_if_none(error: Option<Error>) -> Error {
    error.unwrap_or_else(|| Error::internal("the capsule has an error that is not known"))
}
