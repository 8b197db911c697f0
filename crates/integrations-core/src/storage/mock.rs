//! A mock of the driver trait, for tests of applications.

use std::collections::BTreeMap;

use super::*;
use crate::integration::{Descriptor, Health, Status};

mockall::mock! {
    /// A storage provider whose answers a test sets. Wrap it in [`Storage::new`].
    #[derive(Debug)]
    pub StorageProvider {}

    #[async_trait]
    impl Integration for StorageProvider {
        fn descriptor(&self) -> &Descriptor;
        async fn connect(&self) -> Result<()>;
        async fn disconnect(&self) -> Result<()>;
        async fn check_health(&self) -> Health;
        fn status(&self) -> Status;
    }

    #[async_trait]
    impl StorageProvider for StorageProvider {
        fn capabilities(&self) -> &StorageCapabilities;
        async fn put(&self, key: &ObjectKey, body: PutBody, options: &PutOptions) -> Result<PutResult>;
        async fn get(&self, key: &ObjectKey, options: &GetOptions) -> Result<GetResult>;
        async fn head(&self, key: &ObjectKey, options: &GetOptions) -> Result<ObjectMeta>;
        async fn delete(&self, key: &ObjectKey, options: &DeleteOptions) -> Result<()>;
        async fn list(&self, options: &ListOptions, page: &PageRequest) -> Result<Page<ListEntry>>;
        async fn delete_many(&self, keys: &[ObjectKey]) -> Result<Vec<DeleteOutcome>>;
        async fn copy(&self, from: &ObjectKey, to: &ObjectKey, options: &CopyOptions) -> Result<PutResult>;
        async fn presign(&self, request: &PresignRequest) -> Result<PresignedRequest>;
        async fn get_tags(&self, key: &ObjectKey) -> Result<BTreeMap<String, String>>;
        async fn set_tags(&self, key: &ObjectKey, tags: &BTreeMap<String, String>) -> Result<()>;
    }
}
