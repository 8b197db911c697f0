//! Where connections are kept.

use std::fmt;

use async_trait::async_trait;
use futures::TryStreamExt;

use super::{Connection, ConnectionId};
use crate::error::Result;
use crate::page::{Page, PageRequest};

/// Which state of a record one has seen. A store gives a number once, also when the record was
/// deleted meanwhile; the order says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(u64);

impl Version {
    /// A version, for stores.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// What was read, and which state of it that is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Versioned<T> {
    /// The state.
    pub version: Version,
    /// The value.
    pub value: T,
}

impl<T> Versioned<T> {
    /// A value in a state.
    pub const fn new(version: Version, value: T) -> Self {
        Self { version, value }
    }
}

/// What came of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Swap {
    /// It is written, on the disk where the store has one, in this state now.
    Stored(Version),
    /// Nothing was written: the record is in another state than expected. Load it and look again.
    Stale,
}

/// Where connections are kept: in memory, in a sealed folder, in a database. Four methods; what has
/// to be right about refreshes is in [`TokenSource`](super::TokenSource), once for all stores.
///
/// A store of your own is proved by `credential::contract` (feature `testing`).
///
/// # What a store promises
///
/// - A write that answered [`Swap::Stored`] survives the end of the process, and (where the store
///   is on a disk) of the machine.
/// - Of several writers that expect the same version, in any number of processes, one succeeds.
/// - A dropped call may have been carried out, or not; it was not carried out in part.
/// - What comes back is what was written, or an error. An error about one record is an error of
///   that record alone.
#[async_trait]
pub trait CredentialStore: Send + Sync + fmt::Debug {
    /// The connection in its present state; `None` where there is none of that name.
    ///
    /// # Errors
    /// `Untrusted` for a record that is not as it was written; `Unavailable` when the store cannot
    /// be reached.
    async fn load(&self, id: &ConnectionId) -> Result<Option<Versioned<Connection>>>;

    /// Writes a connection if its record is in the state `expected`; `None` expects that there is
    /// no record.
    ///
    /// # Errors
    /// When the store cannot be reached, or its disk is full. [`Error::effect`](crate::Error::effect)
    /// tells whether the write may have been carried out.
    async fn compare_and_swap(&self, expected: Option<Version>, new: &Connection) -> Result<Swap>;

    /// Removes a record if it is in the state `expected`. It answers whether it was: a record that
    /// is not there is not in that state.
    ///
    /// # Errors
    /// As [`compare_and_swap`](Self::compare_and_swap).
    async fn delete(&self, id: &ConnectionId, expected: Version) -> Result<bool>;

    /// One page of the ids, in an order that stays the same. It opens no record, so that one that
    /// is damaged does not hide the others.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn list(&self, page: &PageRequest) -> Result<Page<ConnectionId>>;
}

impl dyn CredentialStore + '_ {
    /// Every id, to the last page.
    ///
    /// # Errors
    /// As [`list`](CredentialStore::list).
    pub async fn ids(&self) -> Result<Vec<ConnectionId>> {
        let pages = futures::stream::try_unfold(Some(PageRequest::default()), |page| async move {
            let Some(page) = page else { return Ok(None) };
            let Page { items, next } = self.list(&page).await?;
            Ok::<_, crate::Error>(Some((items, next.map(PageRequest::at))))
        });
        Ok(pages.try_collect::<Vec<_>>().await?.concat())
    }
}
