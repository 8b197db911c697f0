//! The keys that a provider signs with, as it publishes them now.

use std::sync::Arc;
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

struct Known {
    url: Url,
    keys: Arc<Jwks>,
    at: Timestamp,
    /// When an unknown key made us ask last.
    asked_at: Option<Timestamp>,
}

/// What was fetched last.
#[derive(Default)]
pub(super) struct KeyCache(Mutex<Option<Known>>);

/// The age of something, where the clock did not go back behind it.
fn younger(at: Timestamp, than: Duration, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    !age.is_negative() && age.unsigned_abs() < than
}

impl OAuthClient {
    /// The keys, fetched when there are none or they are old.
    pub(super) async fn keys(&self, url: &Url) -> Result<Arc<Jwks>> {
        let mut known = self.inner.keys.0.lock().await;
        let now = self.now();
        match &mut *known {
            Some(cached) if cached.url == *url && younger(cached.at, FRESH, now) => {
                Ok(cached.keys.clone())
            }
            Some(cached) if cached.url == *url => match self.fetch_keys(url).await {
                Ok(keys) => {
                    (cached.keys, cached.at) = (keys.clone(), now);
                    Ok(keys)
                }
                Err(error) if error.kind().is_transient() && younger(cached.at, STALE, now) => {
                    tracing::warn!(target: "integrations", %error, "the provider's keys are old");
                    Ok(cached.keys.clone())
                }
                Err(error) => Err(error),
            },
            _ => {
                let keys = self.fetch_keys(url).await?;
                *known = Some(Known {
                    url: url.clone(),
                    keys: keys.clone(),
                    at: now,
                    asked_at: None,
                });
                Ok(keys)
            }
        }
    }

    /// The keys once more, because a token names one that is not among `seen`: the same keys when
    /// they were asked for a short while ago.
    pub(super) async fn newer_keys(&self, url: &Url, seen: &Arc<Jwks>) -> Result<Arc<Jwks>> {
        let mut known = self.inner.keys.0.lock().await;
        let now = self.now();
        let Some(cached) = &mut *known else {
            return Ok(seen.clone());
        };
        let recent = |at: Timestamp| younger(at, INTERVAL, now);
        if !Arc::ptr_eq(&cached.keys, seen) || cached.asked_at.is_some_and(recent) {
            return Ok(cached.keys.clone());
        }
        // Counts also when it fails.
        cached.asked_at = Some(now);
        let keys = self.fetch_keys(url).await?;
        (cached.keys, cached.at) = (keys.clone(), now);
        Ok(keys)
    }

    async fn fetch_keys(&self, url: &Url) -> Result<Arc<Jwks>> {
        let operation = Operation::of(&KEYS);
        let body = self.inner.get(&operation, url, MAX_KEYS).await?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| Error::new(ErrorKind::Decode, "the provider's keys are no text"))?;
        Jwks::from_json(text).map(Arc::new)
    }
}
