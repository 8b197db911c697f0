//! One refresh for all who ask at the same time.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{AccessToken, Current, Inner};
use crate::error::{Effect, Error, ErrorKind, Result};

/// A look at the store, with the refresh if one is due, that many wait for.
pub(super) type Flight = Shared<BoxFuture<'static, Landing>>;
type Landing = std::result::Result<Current, Arc<Error>>;

/// A time in which nothing is tried again.
pub(super) struct Pause {
    until: Instant,
    /// How many failures there were one after another.
    failures: u32,
    error: Option<Arc<Error>>,
}

/// The first pause after a failure, and the pause before the store is looked at again.
const SHORT: Duration = Duration::from_secs(1);
/// The longest pause, unless the provider asks for a longer one.
const LONG: Duration = Duration::from_secs(30);

enum Step {
    Ready(AccessToken),
    Wait(Flight),
}

impl Inner {
    /// A good token; another one than `refused`.
    pub(super) async fn token_but(
        self: &Arc<Self>,
        refused: Option<&AccessToken>,
    ) -> Result<AccessToken> {
        // Twice is enough: the second flight was started by somebody who knew of the refusal, or by
        // us. One more for a flight that began just before.
        for _ in 0..3 {
            let flight = match self.step(refused)? {
                Step::Ready(token) => return Ok(token),
                Step::Wait(flight) => flight,
            };
            match flight.await {
                Ok(current) if !is_refused(&current, refused) => return Ok(current.token),
                Ok(_) => {}
                Err(error) => {
                    return match self.rest(refused) {
                        Some(token) if !error.needs_reconnect() => Ok(token),
                        _ => Err(error.same_again()),
                    };
                }
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            format!("the tokens of {} are renewed all the time", self.id),
        )
        .with_effect(Effect::NotApplied)
        .with_advice("look who else writes to this connection"))
    }

    /// What a caller has to wait for, if anything.
    fn step(self: &Arc<Self>, refused: Option<&AccessToken>) -> Result<Step> {
        let now = self.now();
        let mut state = self.state();
        let usable = state
            .current
            .clone()
            .filter(|current| !is_refused(current, refused));
        if let Some(current) = usable.as_ref().filter(|one| one.good_for(self.skew, now)) {
            return Ok(Step::Ready(current.token.clone()));
        }
        if let Some(flight) = state.flight.as_ref().filter(|one| one.peek().is_none()) {
            return Ok(Step::Wait(flight.clone()));
        }
        if let Some(pause) = state
            .pause
            .as_ref()
            .filter(|one| Instant::now() < one.until)
        {
            let gone = pause.error.as_ref().is_some_and(|e| e.needs_reconnect());
            if let Some(current) = usable.filter(|one| !gone && one.good_for(Duration::ZERO, now)) {
                return Ok(Step::Ready(current.token));
            }
            if let Some(error) = &pause.error {
                return Err(error.same_again());
            }
        }
        let flight = self.start(refused.cloned())?;
        state.flight = Some(flight.clone());
        Ok(Step::Wait(flight))
    }

    /// Starts a flight as a task of its own, which no caller can cancel.
    fn start(self: &Arc<Self>, refused: Option<AccessToken>) -> Result<Flight> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            Error::new(
                ErrorKind::Config,
                "tokens are renewed in a tokio runtime, and there is none",
            )
        })?;
        let (landed, landing) = oneshot::channel();
        let this = Arc::clone(self);
        runtime.spawn(async move {
            let result = this.renew(refused.as_ref()).await.map_err(Arc::new);
            let now = this.now();
            let mut state = this.state();
            state.pause = match &result {
                Ok(current) if current.good_for(this.skew, now) => None,
                // What is left of a token: the store is not asked again for each caller.
                Ok(_) => Some(Pause {
                    until: Instant::now() + SHORT,
                    failures: 0,
                    error: None,
                }),
                Err(error) => Some(Pause::after(error, state.pause.as_ref())),
            };
            // Before the landing: who asks after it starts anew.
            state.flight = None;
            drop(state);
            let _ = landed.send(result);
        });
        let landing = landing.map(|landed| match landed {
            Ok(result) => result,
            Err(_) => Err(Arc::new(
                Error::new(
                    ErrorKind::Cancelled,
                    "the refresh was cut off: the runtime ended, or it panicked",
                )
                .with_effect(Effect::Unknown),
            )),
        });
        Ok(landing.boxed().shared())
    }

    /// What is left of the present token, where a refresh failed.
    fn rest(&self, refused: Option<&AccessToken>) -> Option<AccessToken> {
        let now = self.now();
        let current = self.state().current.clone()?;
        let good = current.good_for(Duration::ZERO, now) && !is_refused(&current, refused);
        good.then_some(current.token)
    }
}

pub(super) fn is_refused(current: &Current, refused: Option<&AccessToken>) -> bool {
    refused.is_some_and(|refused| refused.is(current.token.secret()))
}

impl Pause {
    fn after(error: &Arc<Error>, before: Option<&Self>) -> Self {
        let failures = before.map_or(0, |before| before.failures) + 1;
        // Who waits for the owner's consent only looks into the store.
        let growing = match error.needs_reconnect() {
            true => SHORT,
            false => (SHORT * 2_u32.pow(failures.min(6) - 1)).min(LONG),
        };
        let wait = growing.max(error.retry_after().unwrap_or_default());
        Self {
            until: Instant::now() + wait,
            failures,
            error: Some(Arc::clone(error)),
        }
    }
}
