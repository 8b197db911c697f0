//! The sources of many connections.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::TokenSource;
use crate::credential::ConnectionId;

/// The sources of many connections, one for each however often it is asked for: for applications
/// with a connection for each of their users. Clones are the same.
///
/// ```
/// use std::sync::Arc;
/// use integrations_core::auth::SignIn;
/// use integrations_core::credential::{
///     ConnectionEvents, ConnectionId, CredentialStore, TokenSource, TokenSources,
/// };
///
/// # fn example(store: Arc<dyn CredentialStore>, sign_in: SignIn) -> integrations_core::Result<()> {
/// // One subscription for all of them.
/// let events = ConnectionEvents::new();
/// let all = events.clone();
/// let sources = TokenSources::new(move |id| {
///     TokenSource::builder(id, store.clone(), sign_in.clone()).events(all.clone()).build()
/// });
///
/// // In each request:
/// let source = sources.of(&ConnectionId::new("google_calendar:42")?);
/// # let _ = (source, events.subscribe()); Ok(()) }
/// ```
///
/// It keeps every source that it was asked for, a kibibyte or so each, until it is told to
/// [forget](Self::forget) it.
#[derive(Clone)]
pub struct TokenSources {
    make: Arc<dyn Fn(ConnectionId) -> TokenSource + Send + Sync>,
    made: Arc<Mutex<HashMap<ConnectionId, TokenSource>>>,
}

impl TokenSources {
    /// With what makes the source of a connection when it is asked for first.
    pub fn new(make: impl Fn(ConnectionId) -> TokenSource + Send + Sync + 'static) -> Self {
        Self {
            make: Arc::new(make),
            made: Arc::default(),
        }
    }

    /// The source of a connection. Whether there is such a connection shows when it is asked for a
    /// token.
    #[must_use]
    pub fn of(&self, id: &ConnectionId) -> TokenSource {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match made.get(id) {
            Some(source) => source.clone(),
            None => {
                let source = (self.make)(id.clone());
                made.insert(id.clone(), source.clone());
                source
            }
        }
    }

    /// Lets go of the source of a connection that was removed. A token that it had is not given out
    /// any more by those which are asked for from now on.
    pub fn forget(&self, id: &ConnectionId) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.remove(id);
    }

    /// Waits until no refresh of any of them is under way, at the end of a program.
    pub async fn settle(&self) {
        let all: Vec<TokenSource> = {
            let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.values().cloned().collect()
        };
        for source in all {
            source.settle().await;
        }
    }
}

impl fmt::Debug for TokenSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("TokenSources")
            .field("made", &made.len())
            .finish_non_exhaustive()
    }
}
