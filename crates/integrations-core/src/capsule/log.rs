//! What transports report of the attempt that runs now.
//!
//! The guard sets a task-local around an attempt whose call is captured. A transport that finds it
//! reports; anywhere else it finds nothing, and that is all that it costs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use super::failure::Failure;

tokio::task_local! {
    /// The log of the attempt that runs now.
    pub(crate) static LOG: Arc<Log>;
}

/// So many exchanges of one attempt are noted.
const MOST: usize = 16;

/// The exchanges of one attempt.
#[derive(Debug)]
pub(crate) struct Log {
    started: Instant,
    /// How much of each answer's body is kept.
    keep: usize,
    /// The names whose values may be written, beside those that always may.
    shown: Arc<Vec<String>>,
    seen: Mutex<Vec<Seen>>,
}

/// One exchange, with its body as it came and with what must not be in the capsule.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) began: Duration,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Option<String>)>,
    pub(crate) sent: Option<u64>,
    pub(crate) answer: Option<SeenAnswer>,
    pub(crate) error: Option<Failure>,
    pub(crate) secrets: Vec<SecretString>,
}

#[derive(Debug, Default)]
pub(crate) struct SeenAnswer {
    pub(crate) at: Duration,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Option<String>)>,
    pub(crate) url: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) received: u64,
    pub(crate) broke: Option<Failure>,
}

impl Log {
    pub(crate) fn new(started: Instant, keep: usize, shown: Arc<Vec<String>>) -> Self {
        Self {
            started,
            keep,
            shown,
            seen: Mutex::default(),
        }
    }

    fn since(&self) -> Duration {
        self.started.elapsed()
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was noted. A body that is still read adds nothing more.
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen())
    }
}

#[cfg(any(feature = "http", feature = "testing"))]
mod report {
    use bytes::Bytes;
    use futures::StreamExt;

    use super::super::redact;
    use super::*;
    use crate::ByteStream;
    use crate::error::{Error, Result};
    use crate::http::{Request, Response};

    /// Reports the end of one exchange.
    #[derive(Debug)]
    pub(crate) struct Reporter {
        log: Arc<Log>,
        place: usize,
        asked: String,
    }

    /// Reports a request, where the attempt that sends it is captured.
    pub(crate) fn report(request: &Request) -> Option<Reporter> {
        LOG.try_with(|log| {
            let mut secrets = Vec::new();
            let seen = Seen {
                began: log.since(),
                method: request.method().to_string(),
                url: redact::address(request.uri(), &log.shown, &mut secrets),
                headers: redact::headers(request.headers(), &log.shown, &mut secrets),
                sent: request.body().len(),
                secrets,
                ..Seen::default()
            };
            let asked = seen.url.clone();
            let mut all = log.seen();
            if all.len() == MOST {
                return None;
            }
            all.push(seen);
            Some(Reporter {
                place: all.len() - 1,
                log: log.clone(),
                asked,
            })
        })
        .ok()
        .flatten()
    }

    impl Reporter {
        /// Reports what came of it. The body is noted as it is read.
        pub(crate) fn ended(self, result: Result<Response>) -> Result<Response> {
            match result {
                Ok(response) => Ok(self.answered(response)),
                Err(error) => {
                    self.with(|seen| seen.error = Some(Failure::from(&error)));
                    Err(error)
                }
            }
        }

        fn answered(self, response: Response) -> Response {
            self.with(|seen| {
                let shown = &self.log.shown;
                let url = redact::address(response.uri(), shown, &mut seen.secrets);
                let answer = SeenAnswer {
                    at: self.log.since(),
                    status: response.status().as_u16(),
                    headers: redact::headers(response.headers(), shown, &mut seen.secrets),
                    url: (url != self.asked).then_some(url),
                    ..SeenAnswer::default()
                };
                seen.answer = Some(answer);
            });
            response
                .map_stream(|body| ByteStream::new(body.inspect(move |chunk| self.received(chunk))))
        }

        fn received(&self, chunk: &Result<Bytes, Error>) {
            let keep = self.log.keep;
            self.with(|seen| {
                let Some(answer) = &mut seen.answer else {
                    return;
                };
                match chunk {
                    Ok(chunk) => {
                        answer.received += chunk.len() as u64;
                        let room = keep.saturating_sub(answer.body.len());
                        let kept = chunk.get(..room).unwrap_or(chunk);
                        answer.body.extend_from_slice(kept);
                    }
                    Err(error) => answer.broke = Some(Failure::from(error)),
                }
            });
        }

        fn with(&self, change: impl FnOnce(&mut Seen)) {
            if let Some(seen) = self.log.seen().get_mut(self.place) {
                change(seen);
            }
        }
    }
}

#[cfg(any(feature = "http", feature = "testing"))]
pub(crate) use report::report;
