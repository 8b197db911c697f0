//! Asking the provider, under the guard.

use std::future::Future;
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use ::http::header::CONTENT_LENGTH;
use ::http::{Method, StatusCode};
use bytes::Bytes;
use futures::{StreamExt, stream};
use tokio::time::Instant;

use super::key::Key;
use super::stored::{Conditions, Head, Stored};
use super::told::Asked;
use crate::ByteStream;
use crate::error::{Effect, Error, Result};
use crate::guard::{Attempt, Guard, Operation};
use crate::http::{Body, Request, Response};

use super::clock::Clock;

/// What one read asks for.
pub(super) struct Ask<'a, F> {
    pub(super) guard: &'a Guard,
    pub(super) operation: &'a Operation,
    pub(super) request: ::http::Request<()>,
    pub(super) key: Key,
    pub(super) asked: Asked,
    /// When the whole read has to be over.
    pub(super) until: Instant,
    pub(super) clock: Clock,
    /// The longest body that is kept.
    pub(super) longest: u64,
    pub(super) fetch: F,
}

/// What the provider answered.
pub(super) enum Answer {
    /// The kept answer still holds; `kept`: it may go on to be kept.
    Unchanged { stored: Arc<Stored>, kept: bool },
    /// One that may be kept.
    Kept(Arc<Stored>),
    /// One that may not be, as it comes.
    Passed(Box<Response>),
}

impl<'a, F, Fut> Ask<'a, F>
where
    F: Fn(Request, Attempt) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Response>> + Send,
{
    pub(super) fn new(
        (guard, operation): (&'a Guard, &'a Operation),
        request: ::http::Request<()>,
        (key, salt): (Key, &RandomState),
        (clock, longest): (Clock, u64),
        fetch: F,
    ) -> Self {
        let limit = operation.deadline.unwrap_or(guard.config().deadline);
        let asked = Asked::new(&request, key.tenant.is_unnamed(), salt);
        Self {
            until: crate::guard::until(limit),
            guard,
            operation,
            request,
            key,
            asked,
            clock,
            longest,
            fetch,
        }
    }

    /// Asks, with the conditions of what is kept if there is any.
    pub(super) async fn ask(
        &self,
        stored: Option<&Stored>,
        forgotten: &Arc<AtomicBool>,
    ) -> Result<Answer> {
        if let Some(answer) = self.run(stored, forgotten).await? {
            return Ok(answer);
        }
        // Another version is said to hold still. So the whole answer is asked for.
        let answer = self.run(None, forgotten).await?;
        answer.ok_or_else(|| Error::internal("a 304 to a request without conditions"))
    }

    /// Asks for what is not kept.
    pub(super) async fn pass(&self) -> Result<Response> {
        let operation = self.operation();
        let attempt = |attempt| (self.fetch)(self.request(None), attempt);
        self.guard.run(&operation, attempt).await
    }

    /// `None`: a 304 that does not speak of what is kept.
    async fn run(
        &self,
        stored: Option<&Stored>,
        forgotten: &Arc<AtomicBool>,
    ) -> Result<Option<Answer>> {
        let operation = self.operation();
        let known = stored.and_then(|stored| Some((stored, stored.conditions()?)));
        let known = known.as_ref();
        let attempt = |attempt| async move {
            let sent = self.clock.now();
            let request = self.request(known.map(|(_, conditions)| conditions));
            let response = (self.fetch)(request, attempt).await?;
            match known {
                Some((stored, _)) if response.status() == StatusCode::NOT_MODIFIED => {
                    let news = response.headers();
                    let refreshed = stored.refreshed(&self.asked, news, sent, forgotten.clone());
                    Ok(refreshed.map(|(stored, kept)| Answer::Unchanged { stored, kept }))
                }
                _ => self.take(response, sent, forgotten).await.map(Some),
            }
        };
        self.guard.run(&operation, attempt).await
    }

    /// The operation, with the time that is left of it.
    fn operation(&self) -> Operation {
        let left = self.until.saturating_duration_since(Instant::now());
        self.operation.clone().with_deadline(left)
    }

    fn request(&self, conditions: Option<&Conditions>) -> Request {
        let mut request = self.request.clone().map(|()| Body::empty());
        if let Some(conditions) = conditions {
            conditions.add_to(request.headers_mut());
        }
        request
    }

    /// Reads the body of an answer that may be kept, within the attempt, so that one that breaks
    /// off is asked for again. One that may not be, or is too long, is handed on as it comes.
    async fn take(
        &self,
        response: Response,
        sent: SystemTime,
        forgotten: &Arc<AtomicBool>,
    ) -> Result<Answer> {
        let (status, headers, uri, mut body, limit) = response.into_parts();
        let passed = |headers, body| {
            let response = Response::new(status, headers, uri.clone(), body);
            Ok(Answer::Passed(Box::new(response.with_limit(limit))))
        };
        let announced = headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        // To HEAD it is the length of a body that does not come.
        let too_long = *self.request.method() != Method::HEAD
            && announced.is_some_and(|length| length > self.longest);
        let head = Head::of(&self.asked, status, &headers, &uri, sent);
        let Some(head) = head.filter(|_| !too_long) else {
            return passed(headers, body);
        };
        let (mut chunks, mut length) = (Vec::new(), 0);
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| match status.is_success() {
                true => error
                    .with_status(status.as_u16())
                    .with_effect(Effect::Applied),
                false => error.with_status(status.as_u16()),
            })?;
            length += chunk.len() as u64;
            chunks.push(chunk);
            if length > self.longest {
                let begin = stream::iter(chunks.into_iter().map(Ok));
                return passed(headers, ByteStream::new(begin.chain(body)));
            }
        }
        // A copy of its own: a chunk holds on to the whole buffer that it was read into.
        let body = Bytes::from(chunks.concat());
        Ok(Answer::Kept(head.with(body, forgotten.clone())))
    }
}
