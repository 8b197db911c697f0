//! Sign-ins under way, where the application keeps no session of its own.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::error::{Error, ErrorKind, Result};

/// Keeps [sessions](super::AuthSession) between the two requests of a sign-in, each under its
/// state, and gives each out once.
///
/// [`MemoryPending`] does within one process. Where the second request may reach another machine,
/// implement it over what all of them share; what is stored holds secrets.
#[async_trait]
pub trait PendingStore: Send + Sync + fmt::Debug {
    /// Keeps a session until it is taken or has ended.
    ///
    /// # Errors
    /// `AlreadyExists` for a state that is kept already: two sign-ins must not share one.
    async fn put(&self, state: &str, session: SecretString, ends: Timestamp) -> Result<()>;

    /// Takes a session out: a second call finds nothing, also when both come at once.
    ///
    /// # Errors
    /// What the store answers.
    async fn take(&self, state: &str) -> Result<Option<SecretString>>;
}

/// Sign-ins under way in the memory of this process, 10,000 at most: those that ended make room,
/// and then the oldest, so that nobody can fill it up.
#[derive(Default)]
pub struct MemoryPending(Mutex<HashMap<String, (SecretString, Timestamp)>>);

impl MemoryPending {
    /// The most that are kept.
    pub const MAX: usize = 10_000;

    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl PendingStore for MemoryPending {
    async fn put(&self, state: &str, session: SecretString, ends: Timestamp) -> Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.contains_key(state) {
            let text = "a sign-in with this state is under way already";
            return Err(Error::new(ErrorKind::AlreadyExists, text)
                .with_advice("make a new random state for each sign-in"));
        }
        if kept.len() >= Self::MAX {
            // The end of the first that ends: all have the same life.
            let oldest = kept.iter().min_by_key(|(_, (_, ends))| *ends);
            if let Some(oldest) = oldest.map(|(state, _)| state.clone()) {
                kept.remove(&oldest);
            }
        }
        kept.insert(state.to_owned(), (session, ends));
        Ok(())
    }

    async fn take(&self, state: &str) -> Result<Option<SecretString>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.remove(state).map(|(session, _)| session))
    }
}

impl fmt::Debug for MemoryPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write!(f, "MemoryPending({} sign-ins)", kept.len())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[tokio::test]
    async fn a_session_is_taken_once() {
        let pending = MemoryPending::new();
        pending
            .put("a", "one".into(), Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        let taken = pending.take("a").await.unwrap();
        assert_eq!(taken.unwrap().expose_secret(), "one");
        assert!(pending.take("a").await.unwrap().is_none());
        assert!(pending.take("never").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn two_sign_ins_do_not_share_a_state() {
        let pending = MemoryPending::new();
        pending
            .put("a", "one".into(), Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        let second = pending.put("a", "two".into(), Timestamp::UNIX_EPOCH).await;
        assert_eq!(second.unwrap_err().kind(), ErrorKind::AlreadyExists);
    }

    #[tokio::test]
    async fn the_oldest_makes_room_when_it_is_full() {
        let pending = MemoryPending::new();
        for n in 0..=MemoryPending::MAX {
            let ends = Timestamp::from_second(i64::try_from(n).unwrap()).unwrap();
            pending.put(&n.to_string(), "s".into(), ends).await.unwrap();
        }
        assert!(pending.take("0").await.unwrap().is_none());
        assert!(pending.take("1").await.unwrap().is_some());
        assert!(pending.take("10000").await.unwrap().is_some());
    }

    #[test]
    fn debug_shows_neither_state_nor_session() {
        assert_eq!(
            format!("{:?}", MemoryPending::new()),
            "MemoryPending(0 sign-ins)"
        );
    }
}
