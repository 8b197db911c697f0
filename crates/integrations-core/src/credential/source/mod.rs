//! Access tokens that are good, whoever asks and how many.

mod attempt;
mod flight;
mod keep;
mod many;
mod meters;
mod options;
mod renew;
#[cfg(test)]
mod tests;
mod token;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

pub use self::many::TokenSources;
pub use self::options::{CutOff, TokenSourceBuilder};
pub use self::token::AccessToken;

use self::flight::{Flight, Pause};
use self::token::Current;
use super::{ConnectionEvents, ConnectionId, CredentialStore, Subscription};
use crate::auth::{SignIn, TokenSet};
use crate::error::Result;

/// Gives access tokens of one connection, and renews them. Make one for each connection and clone
/// it: clones share the token, and the one refresh that is under way.
///
/// - A token is given out when it is good for at least the [skew](TokenSourceBuilder::skew), 60
///   seconds unless it is said otherwise; it is refreshed before. Where the refresh fails for a cause
///   that passes, a token that is not quite over is given out until it is.
/// - **One refresh for each expiry**, however many callers, clones, sources and processes there are.
///   It is a task of its own: a caller that stops waiting stops nothing.
/// - The new tokens are **stored before the access token is given out**, so that a rotated refresh
///   token is never only in memory while the new access token is in use.
/// - A grant that is gone ([`Error::needs_reconnect`](crate::Error::needs_reconnect)) is written down
///   as [`NeedsConsent`](super::GrantState::NeedsConsent) and told to
///   [subscribers](Self::subscribe); a cause that passes never is.
/// - A refresh whose answer is lost is not simply sent again: see [`CutOff`].
///
/// It works inside a tokio runtime. Call [`settle`](Self::settle) before a runtime is shut down: a
/// refresh that is cut off between the provider's answer and the store is the one thing that cannot
/// be made good.
#[derive(Clone)]
pub struct TokenSource {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    id: ConnectionId,
    store: Arc<dyn CredentialStore>,
    sign_in: SignIn,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    skew: Duration,
    timeout: Duration,
    cut_off: CutOff,
    events: ConnectionEvents,
    state: Mutex<State>,
}

/// What changes. The lock is never held across an await.
#[derive(Default)]
struct State {
    current: Option<Current>,
    flight: Option<Flight>,
    pause: Option<Pause>,
    /// The last attempt of this source, and whether its refresh token may have been sent.
    mine: Option<Mine>,
    /// Tokens that the provider gave and no store has yet.
    unstored: Option<Unstored>,
    /// The need of consent that subscribers were told of.
    told: Option<Timestamp>,
}

struct Mine {
    attempt: String,
    sent: bool,
}

#[derive(Clone)]
struct Unstored {
    /// The refresh token that they were given for.
    spent: SecretString,
    tokens: TokenSet,
    after_rejection: bool,
}

impl TokenSource {
    /// The tokens of a connection that is in a store, renewed at its provider.
    pub fn new(
        id: ConnectionId,
        store: Arc<dyn CredentialStore>,
        sign_in: impl Into<SignIn>,
    ) -> Self {
        Self::builder(id, store, sign_in).build()
    }

    /// The same, with other settings.
    pub fn builder(
        id: ConnectionId,
        store: Arc<dyn CredentialStore>,
        sign_in: impl Into<SignIn>,
    ) -> TokenSourceBuilder {
        TokenSourceBuilder::new(id, store, sign_in.into())
    }

    /// Which connection it is of.
    #[must_use]
    pub fn id(&self) -> &ConnectionId {
        &self.inner.id
    }

    /// A token that is good for at least the skew.
    ///
    /// # Errors
    /// `Unauthenticated` with [`needs_reconnect`](crate::Error::needs_reconnect) when the owner has
    /// to consent again; `NotFound` when the store has no such connection; `InvalidInput` when it has
    /// secrets and no tokens; what the provider or the store answers. After a failure nothing is sent
    /// for a second, then two, up to 30 (or as long as the provider asks): the error is given again.
    pub async fn access_token(&self) -> Result<AccessToken> {
        self.inner.token_but(None).await
    }

    /// Another token than `refused`, which the provider answered 401 to: the one that is there
    /// meanwhile, or one of a refresh. Repeat the call once with it.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token); and `Unauthenticated` with the code
    /// `new_token_refused` when `refused` is itself the result of such a refresh, less than a minute
    /// ago: the age of the token is not why it is refused.
    pub async fn rejected(&self, refused: &AccessToken) -> Result<AccessToken> {
        self.inner.token_but(Some(refused)).await
    }

    /// What happens to the connection from now on. For many connections let them share one
    /// [`ConnectionEvents`].
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        self.inner.events.subscribe()
    }

    /// Waits until no refresh is under way in this process. Dropping the call stops nothing.
    pub async fn settle(&self) {
        loop {
            let flight = self.inner.state().flight.clone();
            match flight {
                Some(flight) if flight.peek().is_none() => drop(flight.await),
                _ => return,
            }
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment; there is no half of it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether the provider takes the second use of a refresh token for theft.
    fn rotates(&self) -> bool {
        self.sign_in.capabilities().refresh_rotation
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("id", &self.inner.id)
            .field("store", &self.inner.store)
            .field("sign_in", &self.inner.sign_in)
            .field("skew", &self.inner.skew)
            .finish_non_exhaustive()
    }
}
