//! Objects in memory, or as files in a folder.
//!
//! ```
//! use integrations_core::storage::{ObjectKey, PutOptions, Storage};
//! use integrations_local::storage::LocalStorage;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
//! let storage = Storage::new(LocalStorage::in_memory());
//! let key = ObjectKey::new("hello.txt")?;
//! storage.put(&key, "hello", PutOptions::default()).await?;
//! assert_eq!(storage.get_bytes(&key).await?, "hello");
//! # Ok(()) }
//! ```
//!
//! # In a folder
//!
//! Each version of an object is two files with a name of their own: its bytes (`.data`) and a
//! record (`.json`) with the key and everything else. A put writes the bytes, flushes them to the
//! disk, and then renames the record into place: that one step makes the new version visible, so
//! a crash leaves the old object or the new one, whole, with the metadata that belongs to it. What
//! a crash left over is removed when the folder is opened again.
//!
//! A folder belongs to one process at a time; opening it a second time is an error that says so.

mod content;
mod index;
mod presign;
mod provider;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use integrations_core::storage::StorageCapabilities;
use integrations_core::{Category, Descriptor, Result, Status};

use content::Folder;
use index::Index;
use presign::Grants;

use crate::lazy::Lazy;

/// An object store in memory or in a folder. Clones share the objects.
#[derive(Debug, Clone)]
pub struct LocalStorage {
    descriptor: Descriptor,
    capabilities: StorageCapabilities,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<Lazy<Store>>,
    grants: Mutex<Grants>,
    capacity: Option<u64>,
    status: Mutex<Status>,
}

/// The objects, in memory or as they are in a folder.
#[derive(Debug)]
struct Store {
    index: Mutex<Index>,
    /// Held while a change is decided and made, so that a condition and its write are one step.
    commit: tokio::sync::Mutex<()>,
    folder: Option<Folder>,
}

impl Store {
    fn new(index: Index, folder: Option<Folder>) -> Self {
        Self {
            index: Mutex::new(index),
            commit: tokio::sync::Mutex::new(()),
            folder,
        }
    }

    async fn open(folder: PathBuf) -> Result<Self> {
        let (folder, index) = Folder::open(folder).await?;
        Ok(Self::new(index, Some(folder)))
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        lock(&self.index)
    }
}

/// A poisoned lock guards whole values: each is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LocalStorage {
    /// The largest object: what fits a file offset.
    const MAX_OBJECT_SIZE: u64 = i64::MAX as u64;

    /// A store that is gone when the last clone is dropped.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::over(Lazy::memory(Store::new(Index::default(), None)))
    }

    /// A store in a folder, which is opened when it is connected or used first, and made then when
    /// it is not there. Making it does no I/O; what [`open`](Self::open) fails with, the first use
    /// fails with.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self::over(Lazy::folder(folder.into()))
    }

    /// A store in a folder, opened now.
    ///
    /// # Errors
    /// `Conflict` when another process has it open; `PermissionDenied` and its like when the folder
    /// cannot be used; `Decode` when a record is damaged, which names the file.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let this = Self::in_folder(folder.as_ref());
        this.store().await?;
        Ok(this)
    }

    fn over(store: Arc<Lazy<Store>>) -> Self {
        let mut capabilities = StorageCapabilities::new();
        capabilities.etag = true;
        capabilities.last_modified = true;
        capabilities.put_stream = true;
        capabilities.put_create = true;
        capabilities.put_update = true;
        capabilities.get_conditions = true;
        capabilities.get_range = true;
        capabilities.list_delimiter = true;
        capabilities.list_start_after = true;
        capabilities.delete_condition = true;
        capabilities.delete_many = true;
        capabilities.copy = true;
        capabilities.copy_create = true;
        capabilities.copy_condition = true;
        capabilities.attributes = true;
        capabilities.metadata = true;
        capabilities.tags = true;
        capabilities.presign_get = true;
        capabilities.presign_put = true;
        capabilities.max_object_size = Some(Self::MAX_OBJECT_SIZE);
        capabilities.max_delete_batch = 1000;
        Self {
            descriptor: Descriptor::new("local_storage", Category::STORAGE, "local"),
            capabilities,
            shared: Arc::new(Shared {
                store,
                grants: Mutex::default(),
                capacity: None,
                status: Mutex::new(Status::disconnected()),
            }),
        }
    }

    /// Bounds what all objects together may take, in bytes: a put over it fails with
    /// `QuotaExceeded`, as on a full disk. Call it before the store is cloned; it has no effect
    /// afterwards.
    #[must_use]
    pub fn with_capacity(mut self, bytes: u64) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.capacity = Some(bytes);
        }
        self
    }

    /// Gives the integration another name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.descriptor = self.descriptor.with_name(name.into());
        self
    }

    /// How often something here was read or written so far: what would be requests to a service. It
    /// is for tests, which prove with it that a call that is refused does neither. Clones count
    /// together.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.store.asked()
    }

    /// The objects, opened now when they were not.
    async fn store(&self) -> Result<&Store> {
        self.shared.store.get(Store::open).await
    }

    fn grants(&self) -> MutexGuard<'_, Grants> {
        lock(&self.shared.grants)
    }

    /// Whether the folder can be used.
    async fn check(&self) -> Result<()> {
        match &self.store().await?.folder {
            None => Ok(()),
            Some(folder) => folder.check().await,
        }
    }
}
