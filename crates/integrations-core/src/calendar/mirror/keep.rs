//! A mirror that looks by itself.

use std::time::Duration;

use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use url::Url;

use super::Mirror;
use super::pull::Pulled;
use super::store::{KeptWatch, Place, Source, Step};
use crate::calendar::groups::{Watch, WatchRequest};
use crate::error::{ErrorKind, Result};

/// The first wait after a failure. It doubles with each that follows.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// How a mirror looks by itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Keep {
    /// How long after a pull the next one comes when no notice does, and the longest wait after a
    /// failure. At least a second.
    pub every: Duration,
    /// Where notices of changes go.
    pub notices: Option<Notices>,
}

/// Notices of changes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Notices {
    /// Where they go: an https URL of the application, which calls [`Mirror::nudge`].
    pub callback: Url,
    /// What every notice carries, so that a forged one is told apart.
    pub secret: SecretString,
    /// How long a subscription should hold; the provider may shorten it.
    pub ttl: Option<Duration>,
}

impl Notices {
    /// Notices to an address.
    #[must_use]
    pub fn new(callback: Url, secret: SecretString) -> Self {
        Self {
            callback,
            secret,
            ttl: None,
        }
    }
}

impl Keep {
    /// A pull at least so often.
    #[must_use]
    pub fn every(every: Duration) -> Self {
        Self {
            every: every.max(Duration::from_secs(1)),
            notices: None,
        }
    }

    /// Notices too, for which a subscription is kept alive.
    #[must_use]
    pub fn with_notices(mut self, notices: Notices) -> Self {
        self.notices = Some(notices);
        self
    }
}

impl Mirror {
    /// Says that something changed: a [keeping](Self::keep) mirror pulls at once. Many in a short
    /// time are one.
    pub fn nudge(&self) {
        self.0.nudge.notify_one();
    }

    /// Keeps the copy equal to the calendar: pulls at once, after each [nudge](Self::nudge), and
    /// after [`Keep::every`] without one, because notices are lost. A failed pull is repeated after
    /// the wait that the provider asks for, or else after a second and then twice as long each time.
    ///
    /// A subscription to notices is made before the first pull, stored with the copy, renewed at
    /// half of its time, and made anew when it ended. While it cannot be had the pulls go on.
    ///
    /// It ends when it is dropped, and leaves the subscription to the next start;
    /// [`end_notices`](Self::end_notices) ends that too.
    ///
    /// `told` is called after every pull and every failure to subscribe.
    pub async fn keep(&self, keep: Keep, mut told: impl FnMut(Result<Pulled>) + Send) {
        let every = keep.every.max(Duration::from_secs(1));
        let mut failures: u32 = 0;
        loop {
            let mut wait = every;
            if let Some(notices) = &keep.notices {
                match self.subscribed(notices).await {
                    Ok(renew) => wait = wait.min(until(self.now(), renew)),
                    Err(error) => told(Err(error)),
                }
            }
            let result = self.pull().await;
            match &result {
                Ok(_) => failures = 0,
                Err(error) => {
                    let doubled = FIRST_WAIT.saturating_mul(1 << failures.min(16));
                    let asked = error.retry_after().unwrap_or(doubled.min(every));
                    wait = wait.min(every).min(asked.max(FIRST_WAIT));
                    failures = failures.saturating_add(1);
                }
            }
            told(result);
            let pause = wait.max(FIRST_WAIT);
            // A nudge during the pull is kept, and ends the wait at once.
            let _ = tokio::time::timeout(pause, self.0.nudge.notified()).await;
            // Those that came since are answered by the same pull.
            let _ = self.0.nudge.notified().now_or_never();
        }
    }

    /// Ends the subscription to notices that [`keep`](Self::keep) made, if there is one.
    ///
    /// # Errors
    /// What the provider and the store answer.
    pub async fn end_notices(&self) -> Result<()> {
        let turn = self.turn().await?;
        let Some(kept) = &turn.place.watch else {
            return Ok(());
        };
        self.0.calendar.watching()?.stop(&kept.watch).await?;
        let place = Place {
            watch: None,
            ..turn.place
        };
        self.0
            .store
            .apply(Step::new(Vec::new(), Source::Page, place))
            .await
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// Sees that there is a subscription, and says when it has to be renewed.
    async fn subscribed(&self, notices: &Notices) -> Result<Timestamp> {
        let turn = self.turn().await?;
        let now = self.now();
        let kept = turn.place.watch.as_ref();
        let alive = kept.filter(|kept| kept.watch.expires > now);
        if let Some(kept) = alive.filter(|kept| kept.renew > now) {
            return Ok(kept.renew);
        }
        let mut request = WatchRequest::new(
            self.0.id.clone(),
            notices.callback.clone(),
            notices.secret.clone(),
        );
        request.ttl = notices.ttl;
        let watching = self.0.calendar.watching()?;
        let renewed = match alive {
            None => None,
            Some(kept) => match watching.renew(&kept.watch, &request).await {
                Ok(watch) => Some(watch),
                // It ended before its time, as the provider is free to do.
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            },
        };
        let watch = match renewed {
            Some(watch) => watch,
            None => watching.start(&request).await?,
        };
        let renew = half(now, &watch);
        let place = Place {
            watch: Some(KeptWatch { watch, renew }),
            ..turn.place
        };
        self.0
            .store
            .apply(Step::new(Vec::new(), Source::Page, place))
            .await?;
        Ok(renew)
    }
}

/// Half of the time that a subscription has.
fn half(now: Timestamp, watch: &Watch) -> Timestamp {
    let long = watch.expires.duration_since(now).max(SignedDuration::ZERO);
    now.checked_add(long / 2).unwrap_or(watch.expires)
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}
