//! What an application holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};

use super::check::check_range;
use super::{
    ByteRange, ByteStream, CopyOptions, DeleteOptions, DeleteOutcome, ETag, GetOptions, GetResult,
    ListEntry, ListOptions, ObjectKey, ObjectMeta, PresignMethod, PresignRequest, PresignedRequest,
    PutBody, PutOptions, PutResult, StorageCapabilities, StorageProvider,
};
use crate::call;
use crate::error::{Error, ErrorKind, Result};
use crate::page::{Page, PageRequest, Paged};

/// An object store. Cheap to clone; clones share the provider.
#[derive(Debug, Clone)]
pub struct Storage(Arc<dyn StorageProvider>);

impl Storage {
    /// A store over a provider.
    pub fn new(provider: impl StorageProvider + 'static) -> Self {
        Self(Arc::new(provider))
    }

    /// A store over a shared provider.
    #[must_use]
    pub fn from_arc(provider: Arc<dyn StorageProvider>) -> Self {
        Self(provider)
    }

    /// The provider itself: its descriptor, status, health.
    #[must_use]
    pub fn provider(&self) -> &Arc<dyn StorageProvider> {
        &self.0
    }

    /// What the provider can do.
    #[must_use]
    pub fn capabilities(&self) -> &StorageCapabilities {
        self.0.capabilities()
    }

    /// Stores an object: the entirety of `body`, or nothing.
    ///
    /// # Errors
    /// `AlreadyExists` or `PreconditionFailed` as `options` ask; `Unsupported` before anything is
    /// sent for an option that the provider does not have; `InvalidInput` for metadata that would
    /// not arrive as it was given.
    pub async fn put(
        &self,
        key: &ObjectKey,
        body: impl Into<PutBody>,
        options: PutOptions,
    ) -> Result<PutResult> {
        let body = body.into().checked();
        call::run(&*self.0, "put", async {
            self.check_key(key)?;
            self.check_put(&body, &options)?;
            self.0.put(key, body, &options).await
        })
        .await
    }

    /// Reads an object or a range of it. The body ends with an error when fewer bytes arrive than
    /// were announced.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed`; `InvalidInput` for a range that has no byte; `Decode` when
    /// the provider answers other bytes than were asked for.
    pub async fn get(&self, key: &ObjectKey, options: GetOptions) -> Result<GetResult> {
        call::run(&*self.0, "get", async {
            self.check_get(key, &options)?;
            let mut result = self.0.get(key, &options).await?;
            check_range(&options, &result)?;
            let length = result.range.end.saturating_sub(result.range.start);
            result.body = ByteStream::exact(result.body, length);
            Ok(result)
        })
        .await
    }

    /// All bytes of an object.
    ///
    /// # Errors
    /// As [`get`](Self::get); nothing is returned in part.
    pub async fn get_bytes(&self, key: &ObjectKey) -> Result<Bytes> {
        self.get(key, GetOptions::default()).await?.bytes().await
    }

    /// The bytes of a range of an object.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_range(&self, key: &ObjectKey, range: impl Into<ByteRange>) -> Result<Bytes> {
        self.get(key, GetOptions::range(range)).await?.bytes().await
    }

    /// What is known of an object, without its bytes.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta> {
        self.head_with(key, GetOptions::default()).await
    }

    /// [`head`](Self::head) on a condition, or of a kept version.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed`.
    pub async fn head_with(&self, key: &ObjectKey, options: GetOptions) -> Result<ObjectMeta> {
        call::run(&*self.0, "head", async {
            self.check_get(key, &options)?;
            self.0.head(key, &options).await
        })
        .await
    }

    /// Whether an object is there.
    ///
    /// # Errors
    /// What the provider answers, except `NotFound`.
    pub async fn exists(&self, key: &ObjectKey) -> Result<bool> {
        match self.head(key).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes an object. Removing what is not there succeeds.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn delete(&self, key: &ObjectKey) -> Result<()> {
        self.delete_with(key, DeleteOptions::default()).await
    }

    /// Removes an object on a condition.
    ///
    /// # Errors
    /// `PreconditionFailed` when the condition does not hold.
    pub async fn delete_with(&self, key: &ObjectKey, options: DeleteOptions) -> Result<()> {
        call::run(&*self.0, "delete", async {
            self.check_key(key)?;
            self.need(
                options.if_match.is_none() || self.capabilities().delete_condition,
                "delete_condition",
            )?;
            self.0.delete(key, &options).await
        })
        .await
    }

    /// Removes many objects, with one outcome per key in the order given: in the provider's
    /// batches where it has them, else eight at a time.
    ///
    /// # Errors
    /// Only when nothing could be tried, or a key is too long for the provider (then nothing was);
    /// what became of each key is in its outcome.
    pub async fn delete_many(&self, keys: &[ObjectKey]) -> Result<Vec<DeleteOutcome>> {
        // One of them could make the provider refuse its whole batch.
        let checked = async { keys.iter().try_for_each(|key| self.check_key(key)) };
        call::run(&*self.0, "delete_many", checked).await?;
        let batch = self.capabilities().max_delete_batch;
        if !self.capabilities().delete_many || batch == 0 {
            // Owned keys: a borrow in a closure would keep the future from being `Send`.
            let each = keys.iter().cloned().map(|key| {
                let this = self.clone();
                async move {
                    let result = this.delete(&key).await;
                    DeleteOutcome::new(key, result)
                }
            });
            return Ok(stream::iter(each).buffered(8).collect().await);
        }
        let mut outcomes = Vec::with_capacity(keys.len());
        for keys in keys.chunks(batch) {
            match call::run(&*self.0, "delete_many", self.0.delete_many(keys)).await {
                Ok(batch) => outcomes.extend(one_for_each(keys, batch)),
                Err(error) if outcomes.is_empty() => return Err(error),
                // Earlier batches are done: their outcomes must not be lost with this error.
                Err(error) => outcomes.extend(keys.iter().map(|key| {
                    let one = again(&error);
                    DeleteOutcome::new(
                        key.clone(),
                        Err(one.in_call(&self.0.descriptor().name, "delete_many")),
                    )
                })),
            }
        }
        Ok(outcomes)
    }

    /// Every object whose key starts with `prefix`, in the order of the keys' bytes.
    #[must_use]
    pub fn list(&self, prefix: impl Into<String>) -> Paged<ObjectMeta> {
        let this = self.clone();
        let options = ListOptions::prefix(prefix);
        Paged::new(PageRequest::default(), move |page| {
            let (this, options) = (this.clone(), options.clone());
            async move {
                let page = this.list_page(&options, &page).await?;
                let items = page
                    .items
                    .into_iter()
                    .filter_map(ListEntry::into_object)
                    .collect();
                Ok(Page {
                    items,
                    next: page.next,
                })
            }
        })
    }

    /// A listing with all options: delimiter, start, page size.
    #[must_use]
    pub fn list_with(&self, options: ListOptions, first: PageRequest) -> Paged<ListEntry> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let (this, options) = (this.clone(), options.clone());
            async move { this.list_page(&options, &page).await }
        })
    }

    async fn list_page(
        &self,
        options: &ListOptions,
        page: &PageRequest,
    ) -> Result<Page<ListEntry>> {
        call::run(&*self.0, "list", async {
            let capabilities = self.capabilities();
            self.need(
                options.delimiter.is_none() || capabilities.list_delimiter,
                "list_delimiter",
            )?;
            self.need(
                options.start_after.is_none() || capabilities.list_start_after,
                "list_start_after",
            )?;
            if options.delimiter.as_deref() == Some("") {
                return Err(Error::invalid_input("a delimiter must not be empty"));
            }
            self.0.list(options, page).await
        })
        .await
    }

    /// Copies an object on the provider's side.
    ///
    /// # Errors
    /// `NotFound` for the source; `AlreadyExists` when only a new target is allowed.
    pub async fn copy(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        options: CopyOptions,
    ) -> Result<PutResult> {
        call::run(&*self.0, "copy", async {
            self.check_key(from)?;
            self.check_key(to)?;
            self.need(self.capabilities().copy, "copy")?;
            self.need(
                !options.create || self.capabilities().copy_create,
                "copy_create",
            )?;
            self.need(
                options.if_match.is_none() || self.capabilities().copy_condition,
                "copy_condition",
            )?;
            self.0.copy(from, to, &options).await
        })
        .await
    }

    /// Copies, then deletes the source. Not atomic: when the delete fails both are there, and the
    /// error says so.
    ///
    /// What somebody writes to the source meanwhile is not deleted: copy and delete are for the
    /// version that was there at the start, where the provider has such conditions; where it has
    /// none, the source is looked at again before the delete, and only a write in that last moment
    /// can be lost. A provider without entity tags cannot tell.
    ///
    /// # Errors
    /// As [`copy`](Self::copy). An error of the delete has the effect `Applied`, and so has the
    /// `PreconditionFailed` of a source that was written to.
    pub async fn rename(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        options: CopyOptions,
    ) -> Result<()> {
        let source = self.head(from).await?;
        if from == to {
            return match options.create {
                true => call::run(&*self.0, "rename", async { Err(taken(to)) }).await,
                false => Ok(()),
            };
        }
        let capabilities = self.capabilities();
        let etag = options.if_match.clone().or(source.etag);
        let mut copy = options;
        if capabilities.copy_condition {
            copy.if_match.clone_from(&etag);
        }
        self.copy(from, to, copy).await?;
        self.delete_version(from, etag).await.map_err(|error| {
            error
                .with_effect(crate::Effect::Applied)
                .with_advice("the copy is made and the source is still there: delete the source")
        })
    }

    /// Deletes what has this entity tag, as safely as the provider can.
    async fn delete_version(&self, key: &ObjectKey, etag: Option<ETag>) -> Result<()> {
        let Some(etag) = etag else {
            return self.delete(key).await;
        };
        if self.capabilities().delete_condition {
            return self.delete_with(key, DeleteOptions::if_match(etag)).await;
        }
        let now = match self.head(key).await {
            Ok(now) => now,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if now.etag.is_some_and(|now| now != etag) {
            let changed = async { Err(written_meanwhile()) };
            return call::run(&*self.0, "rename", changed).await;
        }
        self.delete(key).await
    }

    /// A request that its holder may send without credentials for a while.
    ///
    /// # Errors
    /// `InvalidInput` when it should hold for less than a second or more than seven days.
    pub async fn presign(&self, request: PresignRequest) -> Result<PresignedRequest> {
        call::run(&*self.0, "presign", async {
            self.check_key(&request.key)?;
            match request.method {
                PresignMethod::Get => self.need(self.capabilities().presign_get, "presign_get")?,
                PresignMethod::Put => self.need(self.capabilities().presign_put, "presign_put")?,
            }
            if request.expires_in < Duration::from_secs(1)
                || request.expires_in > PresignRequest::MAX_EXPIRY
            {
                return Err(Error::invalid_input(
                    "a presigned request holds for 1 second to 7 days",
                ));
            }
            self.0.presign(&request).await
        })
        .await
    }

    /// An object's tags.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_tags(&self, key: &ObjectKey) -> Result<BTreeMap<String, String>> {
        call::run(&*self.0, "get_tags", async {
            self.check_key(key)?;
            self.need(self.capabilities().tags, "tags")?;
            self.0.get_tags(key).await
        })
        .await
    }

    /// Replaces an object's tags.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for more tags than the provider keeps.
    pub async fn set_tags(&self, key: &ObjectKey, tags: &BTreeMap<String, String>) -> Result<()> {
        call::run(&*self.0, "set_tags", async {
            self.check_key(key)?;
            self.need(self.capabilities().tags, "tags")?;
            self.check_tags(tags)?;
            self.0.set_tags(key, tags).await
        })
        .await
    }
}

/// One outcome for each key, in the order of the keys, whatever the provider answered: a key that
/// it forgot must not look deleted.
fn one_for_each(keys: &[ObjectKey], mut answered: Vec<DeleteOutcome>) -> Vec<DeleteOutcome> {
    if answered.len() == keys.len() && keys.iter().zip(&answered).all(|(key, one)| *key == one.key)
    {
        return answered;
    }
    let of = |key: &ObjectKey| {
        let place = answered.iter().position(|one| one.key == *key);
        place.map_or_else(
            || {
                let text = "the provider's answer has no outcome for this key";
                DeleteOutcome::new(key.clone(), Err(Error::new(ErrorKind::Decode, text)))
            },
            |place| answered.swap_remove(place),
        )
    };
    keys.iter().map(of).collect()
}

/// The same error for another key: an error has one owner.
fn again(error: &Error) -> Error {
    let mut one = Error::new(error.kind(), error.message().to_owned())
        .with_effect(error.effect())
        .with_advice(error.advice().to_owned());
    if let Some(code) = error.code() {
        one = one.with_code(code.to_owned());
    }
    if let Some(id) = error.request_id() {
        one = one.with_request_id(id);
    }
    if let Some(status) = error.status() {
        one = one.with_status(status);
    }
    if let Some(wait) = error.retry_after() {
        one = one.with_retry_after(wait);
    }
    one
}

fn taken(key: &ObjectKey) -> Error {
    let text = format!("the object {:?} exists", key.as_str());
    Error::new(ErrorKind::AlreadyExists, text)
}

fn written_meanwhile() -> Error {
    let text = "the source was written to while it was copied";
    Error::new(ErrorKind::PreconditionFailed, text)
}

impl<P: StorageProvider + 'static> From<P> for Storage {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
