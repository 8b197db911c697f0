//! How tokens are renewed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::{Inner, State, TokenSource};
use crate::auth::SignIn;
use crate::credential::{ConnectionEvents, ConnectionId, CredentialStore};

/// What to do when a refresh was cut off at a provider that **rotates** refresh tokens: the process
/// was killed, or the answer did not come. The refresh token may be spent, and the next one lost with
/// the answer. Nobody can tell from here.
///
/// Until then nothing is sent, and the access token that is there is given out as long as it is good.
/// At a provider that does not rotate there is nothing to decide: the refresh is done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CutOff {
    /// Send the refresh token **once** more, after the access token has ended; when that is refused
    /// or cut off as well, the owner has to consent again.
    ///
    /// It is the default because it only can win: when the first request never arrived, or the
    /// provider gives some time for repetitions, the connection lives on. When it did arrive, a strict
    /// provider now ends a grant whose only refresh token was lost anyway. It may warn the owner of a
    /// theft.
    #[default]
    RepeatOnce,
    /// Never send a refresh token that may be spent: the owner has to consent again. For providers
    /// that do worse than ending the grant, for example lock the account.
    AskOwner,
}

/// Settings of a [`TokenSource`].
#[derive(Debug)]
#[must_use]
pub struct TokenSourceBuilder {
    id: ConnectionId,
    store: Arc<dyn CredentialStore>,
    sign_in: SignIn,
    clock: Clock,
    skew: Duration,
    timeout: Duration,
    cut_off: CutOff,
    events: ConnectionEvents,
}

struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl TokenSourceBuilder {
    pub(super) fn new(id: ConnectionId, store: Arc<dyn CredentialStore>, sign_in: SignIn) -> Self {
        Self {
            id,
            store,
            sign_in,
            clock: Clock(Arc::new(Timestamp::now)),
            skew: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
            cut_off: CutOff::default(),
            events: ConnectionEvents::new(),
        }
    }

    /// For how long a token must be good to be given out. 60 seconds unless it is set. Let it be less
    /// than half of what tokens live.
    pub fn skew(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
    }

    /// How long a refresh may take, with its retries. 30 seconds unless it is set. Another process
    /// waits twice as long before it takes a refresh for cut off; the clocks of the machines may
    /// differ by as much as this.
    pub fn refresh_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What to do when a refresh was cut off.
    pub fn cut_off(mut self, what: CutOff) -> Self {
        self.cut_off = what;
        self
    }

    /// Tells what happens to others than only this source's subscribers.
    pub fn events(mut self, events: ConnectionEvents) -> Self {
        self.events = events;
        self
    }

    /// Reads the time from elsewhere, for tests.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Clock(Arc::new(clock));
        self
    }

    /// The source. It does no I/O before it is asked for a token.
    #[must_use]
    pub fn build(self) -> TokenSource {
        TokenSource {
            inner: Arc::new(Inner {
                id: self.id,
                store: self.store,
                sign_in: self.sign_in,
                clock: self.clock.0,
                skew: self.skew,
                timeout: self.timeout,
                cut_off: self.cut_off,
                events: self.events,
                state: Mutex::new(State::default()),
            }),
        }
    }
}
