//! Object storage: keys, bytes and what is known of them.
//!
//! An application holds a [`Storage`]; a provider implements [`StorageProvider`]. Objects are
//! whole: a reader never sees half of a put, and a read that ends early is an error.
//!
//! ```
//! use integrations_core::storage::{ObjectKey, PutOptions, Storage};
//!
//! # async fn example(storage: Storage) -> integrations_core::Result<()> {
//! let key = ObjectKey::new("reports/2026/q3.csv")?;
//! storage.put(&key, "a,b\n1,2\n", PutOptions::default().with_content_type("text/csv")).await?;
//!
//! let report = storage.get_bytes(&key).await?;
//! assert_eq!(report, "a,b\n1,2\n");
//! # Ok(()) }
//! ```
//!
//! # What holds for every provider
//!
//! - [`put`](Storage::put) stores the whole body or nothing; nobody observes a part of it.
//! - [`get`](Storage::get) gives the bytes of one version of the object. Its body ends with an
//!   error, never silently, when fewer bytes arrive than the object has.
//! - [`delete`](Storage::delete) of a missing object succeeds: afterwards it is not there.
//! - [`list`](Storage::list) gives every object, in the order of the keys' bytes.
//! - A condition ([`PutMode::Create`], [`PutMode::Update`], [`GetOptions::if_match`]) that does not
//!   hold is [`ErrorKind::PreconditionFailed`](crate::ErrorKind::PreconditionFailed), except that
//!   creating what exists is [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists).

mod body;
mod capabilities;
mod check;
mod handle;
mod key;
#[cfg(feature = "testing")]
mod mock;
mod model;
mod options;

use std::collections::BTreeMap;

use async_trait::async_trait;

pub use body::PutBody;
pub use capabilities::StorageCapabilities;
pub use handle::Storage;
pub use key::ObjectKey;
#[cfg(feature = "testing")]
pub use mock::MockStorageProvider;
pub use model::{
    Attributes, DeleteOutcome, ETag, GetResult, ListEntry, ObjectMeta, PresignedRequest, PutResult,
    VersionId, is_not_modified,
};
pub use options::{
    ByteRange, CopyOptions, DeleteOptions, GetOptions, ListOptions, PresignMethod, PresignRequest,
    PutMode, PutOptions,
};

pub use crate::byte_stream::ByteStream;
use crate::error::Result;
use crate::integration::{Integration, unsupported};
use crate::page::{Page, PageRequest};

/// What a storage provider implements. Applications hold a [`Storage`] over it.
///
/// Five methods and the capabilities are required. What [`capabilities`](Self::capabilities)
/// declares must work; what it does not declare must answer `Unsupported` before any byte is sent.
/// [`Storage`] checks both before it calls, so a driver may rely on checked input.
#[async_trait]
pub trait StorageProvider: Integration {
    /// What this provider can do, as data.
    fn capabilities(&self) -> &StorageCapabilities;

    /// Stores an object: the entirety of `body`, or nothing.
    ///
    /// # Errors
    /// `AlreadyExists` for [`PutMode::Create`] on an existing key, `PreconditionFailed` for
    /// [`PutMode::Update`] on another version. When the body's stream fails, its error.
    async fn put(&self, key: &ObjectKey, body: PutBody, options: &PutOptions) -> Result<PutResult>;

    /// Reads an object or a range of it.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when a condition does not hold, with the code `NotModified`
    /// when it is one of those that [`is_not_modified`] names; `InvalidInput` for a range that
    /// starts past the end.
    async fn get(&self, key: &ObjectKey, options: &GetOptions) -> Result<GetResult>;

    /// What is known of an object, without its bytes. Conditions apply; the range does not.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn head(&self, key: &ObjectKey, options: &GetOptions) -> Result<ObjectMeta>;

    /// Removes an object. Removing what is not there succeeds.
    ///
    /// # Errors
    /// `PreconditionFailed` when the condition does not hold.
    async fn delete(&self, key: &ObjectKey, options: &DeleteOptions) -> Result<()>;

    /// One page of a listing, in the order of the keys' bytes.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list(&self, options: &ListOptions, page: &PageRequest) -> Result<Page<ListEntry>>;

    /// Removes many objects, at most [`StorageCapabilities::max_delete_batch`] of them, with one
    /// outcome per key in the order given.
    ///
    /// # Errors
    /// Only when the call as a whole failed; a key that could not be removed is in its outcome.
    async fn delete_many(&self, keys: &[ObjectKey]) -> Result<Vec<DeleteOutcome>> {
        let _ = keys;
        Err(unsupported(self, "delete_many"))
    }

    /// Copies an object within the store, on the provider's side.
    ///
    /// # Errors
    /// `NotFound` for the source; `AlreadyExists` when only a new target is allowed.
    async fn copy(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        options: &CopyOptions,
    ) -> Result<PutResult> {
        let _ = (from, to, options);
        Err(unsupported(self, "copy"))
    }

    /// A URL (with headers) that lets its holder make one kind of request for a while. Local work:
    /// no I/O beyond fetching credentials.
    ///
    /// # Errors
    /// `InvalidInput` when it should hold longer than the provider allows.
    async fn presign(&self, request: &PresignRequest) -> Result<PresignedRequest> {
        let _ = request;
        Err(unsupported(self, "presign"))
    }

    /// An object's tags.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_tags(&self, key: &ObjectKey) -> Result<BTreeMap<String, String>> {
        let _ = key;
        Err(unsupported(self, "get_tags"))
    }

    /// Replaces an object's tags.
    ///
    /// # Errors
    /// `NotFound`.
    async fn set_tags(&self, key: &ObjectKey, tags: &BTreeMap<String, String>) -> Result<()> {
        let _ = (key, tags);
        Err(unsupported(self, "set_tags"))
    }
}
