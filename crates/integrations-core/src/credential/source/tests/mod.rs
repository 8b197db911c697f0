//! Sources against a provider that rotates and ends the grant at the second use of a token.

mod calls;
mod dropped;
mod failures;
mod measured;
mod processes;
mod provider;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::{AccessToken, CutOff, TokenSource, TokenSourceBuilder};
use crate::auth::{SignIn, TokenSet};
use crate::credential::{
    Connection, ConnectionId, CredentialStore, GrantState, MemoryStore, Swap, Versioned,
};
use provider::Provider;

/// A wall clock that goes with paused time, and can be set wrong.
#[derive(Clone)]
struct Clock {
    start: Instant,
    off_by: Arc<AtomicI64>,
}

impl Clock {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            off_by: Arc::new(AtomicI64::new(0)),
        }
    }

    fn now(&self) -> Timestamp {
        let second = 1_800_000_000 + self.off_by.load(Ordering::SeqCst);
        let base = Timestamp::from_second(second).unwrap();
        base + jiff::SignedDuration::try_from(self.start.elapsed()).unwrap()
    }

    fn set_off_by(&self, seconds: i64) {
        self.off_by.store(seconds, Ordering::SeqCst);
    }
}

/// One connection at one provider, in a store.
struct Stage {
    clock: Clock,
    provider: Arc<Provider>,
    store: Arc<dyn CredentialStore>,
    id: ConnectionId,
}

impl Stage {
    /// A connection whose access token ends after ten minutes.
    async fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new())).await
    }

    async fn over(store: Arc<dyn CredentialStore>) -> Self {
        let clock = Clock::new();
        let stage = Self {
            provider: Arc::new(Provider::new(clock.clone())),
            clock,
            store,
            id: ConnectionId::new("zoom:1").unwrap(),
        };
        let tokens = stage.provider.consent();
        stage.connect(tokens).await;
        stage
    }

    async fn connect(&self, tokens: TokenSet) {
        let now = self.clock.now();
        let (expected, record) = match self.store.load(&self.id).await.unwrap() {
            Some(there) => (Some(there.version), there.value.reconnected(tokens, now)),
            None => (None, Connection::new(self.id.clone(), "zoom", tokens, now)),
        };
        let swap = self.store.compare_and_swap(expected, &record).await;
        assert!(matches!(swap.unwrap(), Swap::Stored(_)));
    }

    fn builder(&self) -> TokenSourceBuilder {
        let clock = self.clock.clone();
        let sign_in = SignIn::from_arc(self.provider.clone());
        TokenSource::builder(self.id.clone(), self.store.clone(), sign_in)
            .clock(move || clock.now())
    }

    /// Each is a process of its own, as far as tokens are concerned.
    fn source(&self) -> TokenSource {
        self.builder().build()
    }

    async fn record(&self) -> Versioned<Connection> {
        self.store.load(&self.id).await.unwrap().unwrap()
    }

    async fn state(&self) -> GrantState {
        self.record().await.value.state
    }
}

fn text(token: &AccessToken) -> &str {
    token.secret().expose_secret()
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
