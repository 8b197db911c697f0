//! The recorder of the storage category.

use std::collections::BTreeMap;

use async_trait::async_trait;
use integrations_core::storage::*;
use integrations_core::{Page, PageRequest, Result};
use integrations_local::storage::LocalStorage;

use super::recorder::{Recorder, record};

record! {
    LocalStorage: StorageProvider -> StorageCapabilities {
        put(key: &ObjectKey, body: PutBody, options: &PutOptions) -> PutResult;
        get(key: &ObjectKey, options: &GetOptions) -> GetResult;
        head(key: &ObjectKey, options: &GetOptions) -> ObjectMeta;
        delete(key: &ObjectKey, options: &DeleteOptions) -> ();
        list(options: &ListOptions, page: &PageRequest) -> Page<ListEntry>;
        delete_many(keys: &[ObjectKey]) -> Vec<DeleteOutcome>;
        copy(from: &ObjectKey, to: &ObjectKey, options: &CopyOptions) -> PutResult;
        presign(request: &PresignRequest) -> PresignedRequest;
        get_tags(key: &ObjectKey) -> BTreeMap<String, String>;
        set_tags(key: &ObjectKey, tags: &BTreeMap<String, String>) -> ();
    }
}
