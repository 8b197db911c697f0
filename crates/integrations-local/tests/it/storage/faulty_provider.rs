//! The calls of the faulty provider.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use bytes::Bytes;
use integrations_core::storage::*;
use integrations_core::{
    Descriptor, Effect, Error, ErrorKind, Health, Integration, Page, PageRequest, Result, Status,
};

use super::fault::Fault;
use super::faulty::Faulty;

#[async_trait]
impl Integration for Faulty {
    fn descriptor(&self) -> &Descriptor {
        self.store.descriptor()
    }
    async fn connect(&self) -> Result<()> {
        let before = self.connects.fetch_add(1, Ordering::Relaxed);
        if self.has(Fault::ConnectsOnce) && before > 0 {
            return Err(Error::new(ErrorKind::Conflict, "it is connected already"));
        }
        self.store.connect().await
    }
    async fn check_health(&self) -> Health {
        self.store.check_health().await
    }
    fn status(&self) -> Status {
        self.store.status()
    }
}

impl Faulty {
    /// What is said of an object that is not there.
    fn missing<T>(&self, result: Result<T>, empty: impl FnOnce() -> T) -> Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::NotFound => match self.fault {
                Fault::MissingIsAnError => Err(Error::internal("the key has no entry")),
                Fault::MissingIsEmpty => Ok(empty()),
                Fault::LeavesTheEffectOpen => Err(error.with_effect(Effect::Unknown)),
                _ => Err(error),
            },
            result => result,
        }
    }

    fn put_result(&self, mut result: PutResult) -> PutResult {
        match self.fault {
            Fault::AnswersAnotherTag => result.etag = Some(ETag::new("\"another\"")),
            Fault::ConstantTag => result.etag = Some(ETag::new("\"0\"")),
            _ => {}
        }
        result
    }

    /// The object that a key stands for.
    fn target(&self, key: &ObjectKey) -> ObjectKey {
        let key = self.key(key);
        match self.aliases.lock().unwrap().get(key.as_str()) {
            Some(target) => ObjectKey::from_provider(target.clone()),
            None => key,
        }
    }

    /// Whether an object is in the way of a key that goes below it.
    async fn is_below_an_object(&self, key: &ObjectKey) -> bool {
        let starts = key.as_str().match_indices('/').map(|(at, _)| at);
        for end in starts {
            let parent = ObjectKey::from_provider(&key.as_str()[..end]);
            if self
                .store
                .head(&parent, &GetOptions::default())
                .await
                .is_ok()
            {
                return true;
            }
        }
        false
    }
}

#[async_trait]
impl StorageProvider for Faulty {
    fn capabilities(&self) -> &StorageCapabilities {
        &self.capabilities
    }

    async fn put(&self, key: &ObjectKey, body: PutBody, options: &PutOptions) -> Result<PutResult> {
        self.needs(body.length().is_none(), "put_stream")?;
        self.needs(options.mode != PutMode::Overwrite, "a conditional put")?;
        self.needs(!options.attributes.is_empty(), "attributes")?;
        self.needs(!options.metadata.is_empty(), "metadata")?;
        self.needs(!options.tags.is_empty(), "tags")?;
        let (store, key) = (&self.store, self.key(key));
        let streamed = matches!(body, PutBody::Stream { .. });
        if self.has(Fault::LosesEmptyObjects) && body.length() == Some(0) {
            return Ok(PutResult::default());
        }
        if self.has(Fault::KeysAreFolders) && self.is_below_an_object(&key).await {
            return Err(Error::new(ErrorKind::Conflict, "a file is in the way"));
        }
        let mut options = self.describe(&key, options, streamed).await;
        if options.mode != PutMode::Overwrite {
            options.mode = self.mode(&key, &options.mode, streamed).await?;
        }
        let body = self.body(&key, body, &options).await?;
        let result = store.put(&key, body, &options).await?;
        *self.newest.lock().unwrap() = Some(key.as_str().to_owned());
        Ok(self.put_result(result))
    }

    async fn get(&self, key: &ObjectKey, options: &GetOptions) -> Result<GetResult> {
        self.needs(options.range.is_some(), "get_range")?;
        self.needs(options.has_conditions(), "get_conditions")?;
        let asked = self.read_options(options)?;
        let empty = || GetResult::new(ObjectMeta::new(key.clone(), 0), 0..0, Bytes::new().into());
        let read = self.store.get(&self.target(key), &asked).await;
        let mut read = match (self.missing(read, empty), &options.range) {
            (Err(error), Some(ByteRange::Bounded(range)))
                if error.kind() == ErrorKind::InvalidInput && self.has(Fault::PadsPastTheEnd) =>
            {
                // As if the object were longer, and zeros there.
                let zeros = vec![0; (range.end - range.start) as usize];
                let meta = ObjectMeta::new(key.clone(), range.end);
                GetResult::new(meta, range.clone(), Bytes::from(zeros).into())
            }
            (read, _) => read?,
        };
        read.meta = self.meta(key, read.meta);
        self.answer(read, options)
    }

    async fn head(&self, key: &ObjectKey, options: &GetOptions) -> Result<ObjectMeta> {
        self.needs(options.has_conditions(), "get_conditions")?;
        let mut asked = self.read_options(options)?;
        if self.has(Fault::HeadIgnoresConditions) {
            asked = GetOptions::default();
        }
        let head = self.store.head(&self.target(key), &asked).await;
        let head = self.missing(head, || ObjectMeta::new(key.clone(), 0))?;
        let mut meta = self.meta(key, head);
        match self.fault {
            Fault::HeadSaysZero => meta.size = 0,
            Fault::HeadForgetsTheTag => meta.etag = None,
            _ => {}
        }
        Ok(meta)
    }

    async fn delete(&self, key: &ObjectKey, options: &DeleteOptions) -> Result<()> {
        self.needs(options.if_match.is_some(), "delete_condition")?;
        let (store, key) = (&self.store, self.key(key));
        self.deleted.lock().unwrap().insert(key.as_str().to_owned());
        let unconditional = DeleteOptions::default();
        match self.fault {
            Fault::KeepsWhatIsDeleted => Ok(()),
            Fault::MissingDeletesFail => {
                store.head(&key, &GetOptions::default()).await?;
                store.delete(&key, options).await
            }
            Fault::IgnoresDeleteConditions => store.delete(&key, &unconditional).await,
            Fault::SwallowsErrorsOfDeletes => {
                // Whatever it answers.
                let _ = store.delete(&key, options).await;
                Ok(())
            }
            _ => store.delete(&key, options).await,
        }
    }

    async fn list(&self, options: &ListOptions, page: &PageRequest) -> Result<Page<ListEntry>> {
        self.needs(options.delimiter.is_some(), "list_delimiter")?;
        self.needs(options.start_after.is_some(), "list_start_after")?;
        let listed = self.store.list(&self.list_options(options), page).await?;
        Ok(self.page(listed, options, page))
    }

    async fn delete_many(&self, keys: &[ObjectKey]) -> Result<Vec<DeleteOutcome>> {
        self.needs(true, "delete_many")?;
        let mut outcomes = Vec::new();
        for key in keys {
            let there = self.store.head(key, &GetOptions::default()).await;
            if self.has(Fault::BatchesStopAtMissing) && there.is_err() {
                break;
            }
            let result = self.delete(key, &DeleteOptions::default()).await;
            outcomes.push(DeleteOutcome::new(key.clone(), result));
        }
        if self.has(Fault::BatchesForgetKeys) {
            outcomes.pop();
        }
        Ok(outcomes)
    }

    async fn copy(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        options: &CopyOptions,
    ) -> Result<PutResult> {
        self.needs(true, "copy")?;
        let store = &self.store;
        match self.fault {
            Fault::SendsBeforeItRefuses => {
                store.head(from, &GetOptions::default()).await?;
                return Err(Error::unsupported("copy"));
            }
            Fault::CopiesNothing => return Ok(PutResult::default()),
            Fault::CopiesAreAliases => {
                let (from, to) = (from.as_str().to_owned(), to.as_str().to_owned());
                self.aliases.lock().unwrap().insert(to, from);
                return Ok(PutResult::default());
            }
            Fault::CopiesKeepTheTarget => {
                if let Ok(there) = store.head(to, &GetOptions::default()).await {
                    return Ok(PutResult::new(there.etag, None));
                }
            }
            Fault::CopiesDropMetadata => {
                let read = store.get(from, &GetOptions::default()).await?;
                let bytes = read.bytes().await?;
                return store.put(to, bytes.into(), &PutOptions::default()).await;
            }
            Fault::CopiesIgnoreCreate => {
                return store.copy(from, to, &CopyOptions::default()).await;
            }
            Fault::CopiesIgnoreConditions => {
                let mut options = options.clone();
                options.if_match = None;
                return store.copy(from, to, &options).await;
            }
            Fault::CopiesDecodeTheSource => {
                let from = ObjectKey::from_provider(from.as_str().replace("%41", "A"));
                return store.copy(&from, to, options).await;
            }
            _ => {}
        }
        store.copy(&self.key(from), &self.key(to), options).await
    }

    async fn presign(&self, request: &PresignRequest) -> Result<PresignedRequest> {
        self.needs(true, "presign")?;
        let mut request = request.clone();
        match self.fault {
            Fault::PresignsForAWeek => request.expires_in = PresignRequest::MAX_EXPIRY,
            Fault::PresignsAnotherSpelling => {
                request.key = ObjectKey::from_provider(request.key.as_str().replace('+', " "));
            }
            _ => {}
        }
        let mut presigned = self.store.presign(&request).await?;
        if self.has(Fault::ShowsTheToken) {
            let token = presigned.url.query().unwrap_or_default().to_owned();
            presigned.url.set_fragment(Some(&token));
        }
        Ok(presigned)
    }

    async fn get_tags(&self, key: &ObjectKey) -> Result<BTreeMap<String, String>> {
        self.needs(true, "tags")?;
        self.store.get_tags(key).await
    }

    async fn set_tags(&self, key: &ObjectKey, tags: &BTreeMap<String, String>) -> Result<()> {
        self.needs(true, "tags")?;
        let mut all = BTreeMap::new();
        if self.has(Fault::MergesTags) {
            all = self.store.get_tags(key).await?;
        }
        all.extend(tags.clone());
        self.store.set_tags(key, &all).await
    }
}
