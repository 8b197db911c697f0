//! What a store can do, as data.

use serde::Serialize;

/// What a storage provider can do. Everything starts as "no": a provider declares what works.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct StorageCapabilities {
    /// Gives every object an entity tag, which changes with its bytes.
    pub etag: bool,
    /// Knows when an object was last written.
    pub last_modified: bool,
    /// Puts a stream whose length is not known beforehand.
    pub put_stream: bool,
    /// [`PutMode::Create`](super::PutMode::Create): only if the key is new.
    pub put_create: bool,
    /// [`PutMode::Update`](super::PutMode::Update): only over a known version.
    pub put_update: bool,
    /// Conditions on reads (`if_match` and the like).
    pub get_conditions: bool,
    /// Reads of a kept version.
    pub get_version: bool,
    /// Reads of a byte range.
    pub get_range: bool,
    /// Listings that fold keys at a delimiter.
    pub list_delimiter: bool,
    /// Listings that start after a key.
    pub list_start_after: bool,
    /// Deletes only a known version.
    pub delete_condition: bool,
    /// Deletes many objects in one call.
    pub delete_many: bool,
    /// Copies on the provider's side.
    pub copy: bool,
    /// Copies only to a new key.
    pub copy_create: bool,
    /// Copies only a known version of the source.
    pub copy_condition: bool,
    /// Keeps content type, cache control and the other standard headers.
    pub attributes: bool,
    /// Keeps the caller's own metadata.
    pub metadata: bool,
    /// Keeps tags.
    pub tags: bool,
    /// Presigned reads.
    pub presign_get: bool,
    /// Presigned puts.
    pub presign_put: bool,
    /// The longest key, in bytes of UTF-8. 0 stands for [`ObjectKey::MAX_LEN`](super::ObjectKey::MAX_LEN).
    pub max_key_len: usize,
    /// The largest object, in bytes.
    pub max_object_size: Option<u64>,
    /// The most keys in one [`delete_many`](super::StorageProvider::delete_many) call.
    pub max_delete_batch: usize,
    /// The most bytes of metadata, names and values together.
    pub max_metadata_len: Option<usize>,
    /// The most tags on one object.
    pub max_tags: Option<usize>,
}

impl StorageCapabilities {
    /// A store that puts, gets, lists and deletes, and no more.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
