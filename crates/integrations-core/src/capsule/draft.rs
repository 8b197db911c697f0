//! From what was noted to the text of a capsule, or to the reason why there is none.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::log::{Log, Seen, SeenAnswer};
use super::model::{Answer, Capsule, Exchange};
use super::seconds::Seconds;
use super::secrets::{self, SHORTEST};

/// What stands in the place of the idempotency key.
const KEY: &str = "[idempotency key]";

/// A capsule without its exchanges, and what was noted of those.
#[derive(Debug)]
pub(crate) struct Draft {
    capsule: Capsule,
    logs: Vec<Arc<Log>>,
    key: Option<SecretString>,
}

/// Why a capsule is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It would contain a secret.
    Secret,
    /// It is too long, even without its exchanges.
    TooLong,
}

impl Draft {
    pub(crate) fn new(capsule: Capsule, logs: Vec<Arc<Log>>, key: Option<SecretString>) -> Self {
        Self { capsule, logs, key }
    }

    pub(crate) fn capsule(&self) -> &Capsule {
        &self.capsule
    }

    /// The finished text, of `max_bytes` at most, with `max_body` of each body at most.
    pub(crate) fn text(
        self,
        guarded: &[SecretString],
        max_bytes: usize,
        max_body: usize,
    ) -> Result<String, Unfit> {
        let Self {
            mut capsule,
            logs,
            key,
        } = self;
        let seen: Vec<Vec<Seen>> = logs.iter().map(|log| log.take()).collect();
        let mut hidden: Vec<SecretString> = guarded.to_vec();
        for seen in seen.iter().flatten() {
            hidden.extend(seen.secrets.iter().cloned());
        }
        // What is kept of a body goes on behind what is written of it: a secret that the end of
        // what is written would cut in two is whole here.
        let whole = written(&mut capsule, &seen, usize::MAX, key.as_ref());
        if secrets::has_one(&whole, &hidden) {
            return Err(Unfit::Secret);
        }
        for most in [max_body, max_body.min(1024), 0] {
            let text = written(&mut capsule, &seen, most, key.as_ref());
            if text.len() <= max_bytes {
                return Ok(text);
            }
        }
        let text = written(&mut capsule, &[], 0, key.as_ref());
        match text.len() <= max_bytes {
            true => Ok(text),
            false => Err(Unfit::TooLong),
        }
    }
}

/// The text with so much of each body. The key is masked first: a header that has it is hidden, and
/// an answer that repeats it is no leak of a secret, but no business of a reader's either.
fn written(
    capsule: &mut Capsule,
    seen: &[Vec<Seen>],
    most: usize,
    key: Option<&SecretString>,
) -> String {
    for (place, step) in capsule.attempts.iter_mut().enumerate() {
        let seen = seen.get(place).map(Vec::as_slice).unwrap_or_default();
        step.exchanges = seen.iter().map(|seen| exchange(seen, most)).collect();
    }
    let key = key.map(ExposeSecret::expose_secret);
    if let Some(key) = key.filter(|key| key.len() >= SHORTEST) {
        for text in capsule.texts().filter(|text| text.contains(key)) {
            *text = text.replace(key, KEY);
        }
    }
    // Nothing in it can fail to be written: its keys are texts, and its numbers are numbers.
    serde_json::to_string_pretty(capsule).unwrap_or_default()
}

fn exchange(seen: &Seen, most: usize) -> Exchange {
    Exchange {
        began: Seconds(seen.began),
        method: seen.method.clone(),
        url: seen.url.clone(),
        headers: seen.headers.clone(),
        sent: seen.sent,
        answer: seen
            .answer
            .as_ref()
            .map(|answer| self::answer(answer, most)),
        error: seen.error.clone(),
    }
}

fn answer(seen: &SeenAnswer, most: usize) -> Answer {
    let mut kept = &seen.body[..seen.body.len().min(most)];
    // The end may have cut a character in two.
    if let Err(error) = std::str::from_utf8(kept)
        && error.error_len().is_none()
    {
        kept = &kept[..error.valid_up_to()];
    }
    let (text, base64) = match std::str::from_utf8(kept) {
        _ if kept.is_empty() => (None, None),
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(STANDARD.encode(kept))),
    };
    Answer {
        at: Seconds(seen.at),
        status: seen.status,
        headers: seen.headers.clone(),
        url: seen.url.clone(),
        text,
        base64,
        received: seen.received,
        complete: kept.len() as u64 == seen.received,
        broke: seen.broke.clone(),
    }
}
