//! Connections in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Connection, ConnectionId, CredentialStore, Swap, Version, Versioned};
use crate::error::Result;
use crate::page::{Page, PageRequest};

/// Connections in memory: for tests, and for applications that are given their credentials anew at
/// each start. Clones share what they keep. With a provider that rotates refresh tokens, the end of
/// the process is the end of the grant: use a store that keeps them.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// The last version that was given.
    last: u64,
    by_id: BTreeMap<ConnectionId, Versioned<Connection>>,
}

impl Kept {
    fn version_of(&self, id: &ConnectionId) -> Option<Version> {
        self.by_id.get(id).map(|kept| kept.version)
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing between taking and giving back the lock can panic half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CredentialStore for MemoryStore {
    async fn load(&self, id: &ConnectionId) -> Result<Option<Versioned<Connection>>> {
        Ok(self.kept().by_id.get(id).cloned())
    }

    async fn compare_and_swap(&self, expected: Option<Version>, new: &Connection) -> Result<Swap> {
        let mut kept = self.kept();
        if kept.version_of(&new.id) != expected {
            return Ok(Swap::Stale);
        }
        kept.last += 1;
        let version = Version::new(kept.last);
        kept.by_id
            .insert(new.id.clone(), Versioned::new(version, new.clone()));
        Ok(Swap::Stored(version))
    }

    async fn delete(&self, id: &ConnectionId, expected: Version) -> Result<bool> {
        let mut kept = self.kept();
        let there = kept.version_of(id) == Some(expected);
        if there {
            kept.by_id.remove(id);
        }
        Ok(there)
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<ConnectionId>> {
        let after = page.cursor.as_ref().map(|cursor| cursor.as_str());
        let kept = self.kept();
        Ok(page_of(kept.by_id.keys().cloned(), after, page, PAGE))
    }
}

/// How many ids a page has when nobody says, unless the store has a reason for another number.
pub(super) const PAGE: usize = 1000;

/// One page of sorted ids. The cursor is the last id of the page before, so that ids which come and
/// go meanwhile neither hide nor repeat others.
pub(super) fn page_of(
    ids: impl Iterator<Item = ConnectionId>,
    after: Option<&str>,
    page: &PageRequest,
    otherwise: usize,
) -> Page<ConnectionId> {
    let limit = page.limit.map_or(otherwise, |limit| limit.get() as usize);
    let mut ids = ids.skip_while(|id| after.is_some_and(|after| id.as_str() <= after));
    let items: Vec<ConnectionId> = ids.by_ref().take(limit).collect();
    let next = match (ids.next(), items.last()) {
        (Some(_), Some(last)) => Some(crate::Cursor::new(last.as_str())),
        _ => None,
    };
    Page { items, next }
}
