//! The storage trait over the index and the contents.

use std::collections::BTreeMap;
use std::time::Instant;

use async_trait::async_trait;
use integrations_core::storage::{
    ByteStream, CopyOptions, DeleteOptions, DeleteOutcome, ETag, GetOptions, GetResult, ListEntry,
    ListOptions, ObjectKey, ObjectMeta, PresignRequest, PresignedRequest, PutBody, PutMode,
    PutOptions, PutResult, StorageCapabilities, StorageProvider,
};
use integrations_core::{
    ConnectionState, Descriptor, Error, ErrorKind, Health, Integration, Page, PageRequest, Result,
    Status,
};
use jiff::Timestamp;

use super::content::{Content, full, receive};
use super::index::Record;
use super::{LocalStorage, lock};

#[async_trait]
impl Integration for LocalStorage {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let result = self.check().await;
        let now = Some(Timestamp::now());
        *lock(&self.shared.status) = match &result {
            Ok(()) => Status::new(ConnectionState::Connected, now),
            Err(error) => {
                Status::new(ConnectionState::Failed, now).with_last_error(Some(error.to_string()))
            }
        };
        result
    }

    async fn disconnect(&self) -> Result<()> {
        let now = Some(Timestamp::now());
        *lock(&self.shared.status) = Status::new(ConnectionState::Disconnected, now);
        Ok(())
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.check().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        lock(&self.shared.status).clone()
    }
}

fn precondition(what: &'static str) -> Error {
    Error::new(ErrorKind::PreconditionFailed, what)
}

fn not_modified() -> Error {
    precondition("the object is not modified")
        .with_code("NotModified")
        .with_status(304)
}

/// Checks the conditions of a read in the order of RFC 9110, section 13.2.2.
fn check_conditions(record: &Record, options: &GetOptions) -> Result<()> {
    // HTTP times are whole seconds; a later fraction of the same second is not later.
    let written = record.modified.as_second();
    if let Some(etag) = &options.if_match {
        if *etag != record.etag {
            return Err(precondition("the object has another entity tag"));
        }
    } else if options
        .if_unmodified_since
        .is_some_and(|time| written > time.as_second())
    {
        return Err(precondition("the object was modified since"));
    }
    if let Some(etag) = &options.if_none_match {
        if *etag == record.etag {
            return Err(not_modified());
        }
    } else if options
        .if_modified_since
        .is_some_and(|time| written <= time.as_second())
    {
        return Err(not_modified());
    }
    Ok(())
}

impl LocalStorage {
    async fn find(&self, key: &ObjectKey, options: &GetOptions) -> Result<Record> {
        if options.version.is_some() {
            return Err(Error::unsupported("reading a kept version"));
        }
        let record = self.store().await?.index().find(key)?;
        check_conditions(&record, options)?;
        Ok(record)
    }

    /// Makes received bytes an object, on a condition that holds until it is done.
    async fn commit(
        &self,
        key: &ObjectKey,
        mode: &PutMode,
        content: Content,
        describe: impl FnOnce(Record) -> Record + Send,
    ) -> Result<PutResult> {
        let store = self.store().await?;
        let _commit = store.commit.lock().await;
        let record = {
            let mut index = store.index();
            match (mode, index.get(key)) {
                (PutMode::Create, Some(_)) => {
                    return Err(Error::new(
                        ErrorKind::AlreadyExists,
                        format!("the object {:?} exists already", key.as_str()),
                    ));
                }
                (PutMode::Update(_), None) => {
                    return Err(precondition("there is no object to update"));
                }
                (PutMode::Update(etag), Some(record)) if record.etag != *etag => {
                    return Err(precondition("the object has another entity tag"));
                }
                _ => {}
            }
            let total = index.total_with(key, content.size);
            if self
                .shared
                .capacity
                .is_some_and(|capacity| total > capacity)
            {
                return Err(full());
            }
            let sequence = index.next_sequence();
            describe(Record {
                key: key.as_str().to_owned(),
                id: content.id.clone(),
                sequence,
                size: content.size,
                // The number makes two writes of the same bytes two versions.
                etag: ETag::new(format!("\"{:08x}-{sequence:x}\"", content.crc)),
                modified: Timestamp::now(),
                attributes: Default::default(),
                metadata: BTreeMap::new(),
                tags: BTreeMap::new(),
                bytes: content.bytes.clone(),
            })
        };
        if let Some(folder) = &store.folder {
            folder.publish(&record).await?;
        }
        content.claim();
        let result = PutResult::new(Some(record.etag.clone()), None);
        let old = store.index().insert(record);
        if let (Some(folder), Some(old)) = (&store.folder, old) {
            // The new record counts already; an old one that stays is removed at the next start.
            let _ = folder.retract(&old).await;
            folder.discard(&old).await;
        }
        Ok(result)
    }

    async fn open_content(
        &self,
        record: &Record,
        range: std::ops::Range<u64>,
    ) -> Result<Option<ByteStream>> {
        match &self.store().await?.folder {
            Some(folder) => folder.read(record, range).await,
            None => {
                let bounds = (usize::try_from(range.start), usize::try_from(range.end));
                let (Ok(start), Ok(end)) = bounds else {
                    return Err(Error::internal("a range in memory is larger than memory"));
                };
                Ok(Some(record.bytes.slice(start..end).into()))
            }
        }
    }

    /// The object and its bytes, of one version, also while others write.
    async fn read(&self, key: &ObjectKey, options: &GetOptions) -> Result<(Record, GetResult)> {
        loop {
            let record = self.find(key, options).await?;
            let range = match &options.range {
                Some(range) => range.resolve(record.size)?,
                None => 0..record.size,
            };
            if let Some(body) = self.open_content(&record, range.clone()).await? {
                let result = GetResult::new(record.meta(), range, body);
                return Ok((record, result));
            }
            // The version was replaced between the look-up and the opening: take the newer one.
            // A file that is gone for another reason would be looked for without end.
            let store = self.store().await?;
            if store
                .index()
                .get(key)
                .is_some_and(|now| now.id == record.id)
            {
                return Err(Error::new(
                    ErrorKind::Internal,
                    format!("the bytes of {:?} are gone from the folder", key.as_str()),
                )
                .with_advice("restore the folder from a backup"));
            }
        }
    }

    async fn remove(&self, key: &ObjectKey, options: &DeleteOptions) -> Result<()> {
        let store = self.store().await?;
        let _commit = store.commit.lock().await;
        let record = store.index().get(key).cloned();
        let Some(record) = record else {
            return match options.if_match {
                None => Ok(()),
                Some(_) => Err(precondition("there is no object with this entity tag")),
            };
        };
        if options
            .if_match
            .as_ref()
            .is_some_and(|etag| *etag != record.etag)
        {
            return Err(precondition("the object has another entity tag"));
        }
        if let Some(folder) = &store.folder {
            folder.retract(&record).await?;
        }
        store.index().remove(key);
        if let Some(folder) = &store.folder {
            folder.discard(&record).await;
        }
        Ok(())
    }
}

#[async_trait]
impl StorageProvider for LocalStorage {
    fn capabilities(&self) -> &StorageCapabilities {
        &self.capabilities
    }

    async fn put(&self, key: &ObjectKey, body: PutBody, options: &PutOptions) -> Result<PutResult> {
        let folder = self.store().await?.folder.as_ref();
        let content = receive(body, folder, self.shared.capacity).await?;
        self.commit(key, &options.mode, content, |record| {
            record.describe(options)
        })
        .await
    }

    async fn get(&self, key: &ObjectKey, options: &GetOptions) -> Result<GetResult> {
        Ok(self.read(key, options).await?.1)
    }

    async fn head(&self, key: &ObjectKey, options: &GetOptions) -> Result<ObjectMeta> {
        Ok(self.find(key, options).await?.meta())
    }

    async fn delete(&self, key: &ObjectKey, options: &DeleteOptions) -> Result<()> {
        self.remove(key, options).await
    }

    async fn list(&self, options: &ListOptions, page: &PageRequest) -> Result<Page<ListEntry>> {
        Ok(self.store().await?.index().list(options, page))
    }

    async fn delete_many(&self, keys: &[ObjectKey]) -> Result<Vec<DeleteOutcome>> {
        let mut outcomes = Vec::with_capacity(keys.len());
        for key in keys {
            let result = self.remove(key, &DeleteOptions::default()).await;
            outcomes.push(DeleteOutcome::new(key.clone(), result));
        }
        Ok(outcomes)
    }

    async fn copy(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        options: &CopyOptions,
    ) -> Result<PutResult> {
        let mut condition = GetOptions::default();
        condition.if_match.clone_from(&options.if_match);
        let (source, read) = self.read(from, &condition).await?;
        let body = PutBody::Stream {
            stream: ByteStream::exact(read.body, source.size),
            length: Some(source.size),
        };
        let folder = self.store().await?.folder.as_ref();
        let content = receive(body, folder, self.shared.capacity).await?;
        let mode = if options.create {
            PutMode::Create
        } else {
            PutMode::Overwrite
        };
        self.commit(to, &mode, content, |mut record| {
            record.attributes = source.attributes;
            record.metadata = source.metadata;
            record.tags = source.tags;
            record
        })
        .await
    }

    async fn presign(&self, request: &PresignRequest) -> Result<PresignedRequest> {
        self.grant(request)
    }

    async fn get_tags(&self, key: &ObjectKey) -> Result<BTreeMap<String, String>> {
        Ok(self.store().await?.index().find(key)?.tags)
    }

    async fn set_tags(&self, key: &ObjectKey, tags: &BTreeMap<String, String>) -> Result<()> {
        let store = self.store().await?;
        let _commit = store.commit.lock().await;
        let mut record = store.index().find(key)?;
        record.tags.clone_from(tags);
        if let Some(folder) = &store.folder {
            folder.publish(&record).await?;
        }
        store.index().insert(record);
        Ok(())
    }
}
