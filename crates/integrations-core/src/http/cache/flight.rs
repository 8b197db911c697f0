//! One request for many who ask the same at the same time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::key::Key;
use super::stored::Stored;
use crate::error::Error;

/// What the request of a leader came to.
#[derive(Clone)]
pub(super) enum Landing {
    /// An answer that may be kept. Whether it is fresh for a follower is the follower's to see.
    Kept(Arc<Stored>),
    /// An answer for the leader alone.
    NotShared,
    /// It failed.
    Failed(Arc<Error>),
}

/// The requests that are under way.
#[derive(Default)]
pub(super) struct Flights {
    /// At most one for each key, which its [`Lead`] removes.
    by_key: Mutex<HashMap<Key, Flight>>,
}

struct Flight {
    landing: watch::Receiver<Option<Landing>>,
    forgotten: Arc<AtomicBool>,
}

/// A place in a flight.
pub(super) enum Place {
    Leads(Lead),
    Follows(Follow),
}

/// Makes the request. Dropped at any point without a landing, it makes room for the next.
pub(super) struct Lead {
    flights: Arc<Flights>,
    key: Key,
    landing: watch::Sender<Option<Landing>>,
    /// Set when somebody asks meanwhile to forget what it brings.
    pub(super) forgotten: Arc<AtomicBool>,
}

/// Waits for a leader.
pub(super) struct Follow(watch::Receiver<Option<Landing>>);

impl Flights {
    /// Joins those who ask for `key`: as the leader when there is none.
    pub(super) fn join(self: &Arc<Self>, key: &Key) -> Place {
        let mut by_key = self.by_key();
        if let Some(flight) = by_key.get(key) {
            return Place::Follows(Follow(flight.landing.clone()));
        }
        let (landing, receiver) = watch::channel(None);
        let forgotten = Arc::new(AtomicBool::new(false));
        by_key.insert(
            key.clone(),
            Flight {
                landing: receiver,
                forgotten: forgotten.clone(),
            },
        );
        Place::Leads(Lead {
            flights: self.clone(),
            key: key.clone(),
            landing,
            forgotten,
        })
    }

    /// What these are about to bring is not kept, and nobody joins them any more.
    pub(super) fn forget(&self, which: impl Fn(&Key) -> bool) {
        self.by_key().retain(|key, flight| {
            let forget = which(key);
            if forget {
                flight.forgotten.store(true, Ordering::Release);
            }
            !forget
        });
    }

    /// How many are under way.
    pub(super) fn len(&self) -> usize {
        self.by_key().len()
    }

    /// No code of others runs under the lock, so nothing is left half done.
    fn by_key(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lead {
    /// Tells the followers.
    pub(super) fn land(self, landing: Landing) {
        self.landing.send_replace(Some(landing));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // Before the sender goes: whoever is woken by that finds the place free. After a `forget`
        // another may have it.
        let mut by_key = self.flights.by_key();
        let own = by_key.get(&self.key);
        if own.is_some_and(|flight| Arc::ptr_eq(&flight.forgotten, &self.forgotten)) {
            by_key.remove(&self.key);
        }
    }
}

impl Follow {
    /// What the leader's request came to. `None`: the leader is gone.
    pub(super) async fn landing(mut self) -> Option<Landing> {
        let landing = self.0.wait_for(Option::is_some).await;
        landing.ok().and_then(|landing| landing.clone())
    }
}
