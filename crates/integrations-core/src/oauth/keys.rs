//! The keys that a provider signs with, as it publishes them now.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use url::Url;

use super::client::OAuthClient;
use super::operations::KEYS;
use crate::auth::Jwks;
use crate::error::{Error, ErrorKind, Result};
use crate::guard::Operation;

/// The longest set of keys that is read, in bytes.
const MAX_KEYS: u64 = 512 << 10;

/// How long keys are used before they are asked for again. Vendors announce a new key days ahead,
/// and an unknown key is asked for at once.
const FRESH: Duration = Duration::from_secs(3600);

/// How long keys are used when the provider cannot be asked.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// How often an unknown key can make us ask: a forged token must not be a way to load the provider.
const INTERVAL: Duration = Duration::from_secs(60);

#[derive(Clone)]
struct Known {
    url: Url,
    keys: Arc<Jwks>,
    at: Timestamp,
}

/// What was fetched last.
#[derive(Default)]
pub(super) struct KeyCache {
    known: RwLock<Option<Known>>,
    /// Who has it asks, and the others wait for the same answer. It holds when an unknown key made
    /// us ask last. Whoever finds a key that is known waits for nobody: a forged token and a slow
    /// provider together must not hold up those who sign in.
    asking: Mutex<Option<Timestamp>>,
}

impl KeyCache {
    fn known(&self, url: &Url) -> Option<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone().filter(|known| known.url == *url)
    }

    fn set(&self, url: &Url, keys: &Arc<Jwks>, at: Timestamp) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Known {
            url: url.clone(),
            keys: keys.clone(),
            at,
        });
    }

    fn fresh(&self, url: &Url, now: Timestamp) -> Option<Arc<Jwks>> {
        let known = self.known(url)?;
        younger(known.at, FRESH, now).then_some(known.keys)
    }
}

/// The age of something, where the clock did not go back behind it.
fn younger(at: Timestamp, than: Duration, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    !age.is_negative() && age.unsigned_abs() < than
}

impl OAuthClient {
    /// The keys, fetched when there are none or they are old.
    pub(super) async fn keys(&self, url: &Url) -> Result<Arc<Jwks>> {
        let (cache, now) = (&self.inner.keys, self.now());
        if let Some(keys) = cache.fresh(url, now) {
            return Ok(keys);
        }
        let _asking = cache.asking.lock().await;
        if let Some(keys) = cache.fresh(url, now) {
            return Ok(keys);
        }
        match (self.fetch_keys(url, now).await, cache.known(url)) {
            (Err(error), Some(known))
                if error.kind().is_transient() && younger(known.at, STALE, now) =>
            {
                tracing::warn!(target: "integrations", %error, "the provider's keys are old");
                Ok(known.keys)
            }
            (fetched, _) => fetched,
        }
    }

    /// The keys once more, because a token names one that is not among `seen`: the same keys when
    /// they were asked for a short while ago.
    pub(super) async fn newer_keys(&self, url: &Url, seen: &Arc<Jwks>) -> Result<Arc<Jwks>> {
        let (cache, now) = (&self.inner.keys, self.now());
        let mut asked_at = cache.asking.lock().await;
        let known = cache
            .known(url)
            .map_or_else(|| seen.clone(), |known| known.keys);
        let recent = |at: Timestamp| younger(at, INTERVAL, now);
        if !Arc::ptr_eq(&known, seen) || asked_at.is_some_and(recent) {
            return Ok(known);
        }
        // Counts also when it fails.
        *asked_at = Some(now);
        self.fetch_keys(url, now).await
    }

    async fn fetch_keys(&self, url: &Url, now: Timestamp) -> Result<Arc<Jwks>> {
        let operation = Operation::of(&KEYS);
        let body = self.inner.get(&operation, url, MAX_KEYS).await?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| Error::new(ErrorKind::Decode, "the provider's keys are no text"))?;
        let keys = Arc::new(Jwks::from_json(text)?);
        self.inner.keys.set(url, &keys, now);
        Ok(keys)
    }
}
