//! The storage trait.

use std::collections::BTreeMap;
use std::time::Instant;

use async_trait::async_trait;
use integrations_core::guard::Operation;
use integrations_core::storage::{
    CopyOptions, DeleteOptions, DeleteOutcome, GetOptions, GetResult, ListEntry, ListOptions,
    ObjectKey, ObjectMeta, PresignRequest, PresignedRequest, PutBody, PutOptions, PutResult,
    StorageCapabilities, StorageProvider,
};
use integrations_core::{
    Descriptor, Error, ErrorKind, Health, Integration, Page, PageRequest, Result, Status,
};

use crate::S3;
use crate::error::map;
use crate::operations::{CONNECT, DELETE};

#[async_trait]
impl Integration for S3 {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let operation = Operation::of(&CONNECT);
        let checked = self
            .guard
            .run(&operation, |_| async {
                self.client
                    .head_bucket()
                    .bucket(self.bucket())
                    .send()
                    .await
                    .map_err(map)
            })
            .await;
        match checked {
            Ok(_) => {
                self.answered();
                Ok(())
            }
            Err(error) => Err(self.refused_bucket(self.reason(error).await)),
        }
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.connect().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        self.guard.status()
    }
}

#[async_trait]
impl StorageProvider for S3 {
    fn capabilities(&self) -> &StorageCapabilities {
        &self.capabilities
    }

    async fn put(&self, key: &ObjectKey, body: PutBody, options: &PutOptions) -> Result<PutResult> {
        self.put_any(key, body, options).await
    }

    async fn get(&self, key: &ObjectKey, options: &GetOptions) -> Result<GetResult> {
        self.read(key, options).await
    }

    async fn head(&self, key: &ObjectKey, options: &GetOptions) -> Result<ObjectMeta> {
        self.stat(key, options).await
    }

    async fn delete(&self, key: &ObjectKey, options: &DeleteOptions) -> Result<()> {
        if options.if_match.is_some() {
            return Err(Error::unsupported("delete_condition"));
        }
        let operation = Operation::of(&DELETE);
        let deleted = self
            .guard
            .run(&operation, |_| async {
                let request = self.client.delete_object().bucket(self.bucket());
                request
                    .key(key.as_str())
                    .send()
                    .await
                    .map(drop)
                    .map_err(map)
            })
            .await;
        match deleted {
            // Stores differ; afterwards it is not there.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    async fn list(&self, options: &ListOptions, page: &PageRequest) -> Result<Page<ListEntry>> {
        self.list_page(options, page).await
    }

    async fn delete_many(&self, keys: &[ObjectKey]) -> Result<Vec<DeleteOutcome>> {
        self.delete_batch(keys).await
    }

    async fn copy(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        options: &CopyOptions,
    ) -> Result<PutResult> {
        if options.create {
            return Err(Error::unsupported("copy_create"));
        }
        self.copy_any(from, to, options.if_match.as_ref()).await
    }

    async fn presign(&self, request: &PresignRequest) -> Result<PresignedRequest> {
        self.sign(request).await
    }

    async fn get_tags(&self, key: &ObjectKey) -> Result<BTreeMap<String, String>> {
        self.read_tags(key).await
    }

    async fn set_tags(&self, key: &ObjectKey, tags: &BTreeMap<String, String>) -> Result<()> {
        self.write_tags(key, tags).await
    }
}
