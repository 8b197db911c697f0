//! What a behaviour of this suite gets.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use integrations_core::Result;
use integrations_core::storage::{
    ETag, GetOptions, ObjectKey, PresignedRequest, PutBody, PutOptions, Storage,
};

use crate::{Failure, Verdict};

/// Sends a presigned request with a body, as its holder would; answers the status and the body. An
/// error is for what has no status: then nothing is known of the request.
pub type Redeem =
    Arc<dyn Fn(PresignedRequest, Bytes) -> BoxFuture<'static, Result<(u16, Bytes)>> + Send + Sync>;

/// A store, and what the suite cannot do through its handle.
#[derive(Clone)]
pub struct Harness {
    /// The store under test.
    pub storage: Storage,
    /// Every key of the behaviour starts so; nobody else uses it.
    pub prefix: String,
    /// How many requests have left the provider so far, where that can be told. With it the suite
    /// proves that refusals send nothing; without it those behaviours are skipped.
    pub requests: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
    /// Sends presigned requests. Without it the behaviours of presigned requests are skipped, but
    /// for those that are about their form alone.
    pub redeem: Option<Redeem>,
}

impl Harness {
    /// A harness with a fresh prefix.
    #[must_use]
    pub fn new(storage: Storage) -> Self {
        let prefix = format!("conformance-{}/", uuid::Uuid::new_v4().simple());
        Self {
            storage,
            prefix,
            requests: None,
            redeem: None,
        }
    }

    /// Counts the requests that leave the provider.
    #[must_use]
    pub fn with_requests(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.requests = Some(Arc::new(count));
        self
    }

    /// Sends presigned requests.
    #[must_use]
    pub fn with_redeem(mut self, redeem: Redeem) -> Self {
        self.redeem = Some(redeem);
        self
    }

    pub(super) fn key(&self, name: &str) -> ObjectKey {
        ObjectKey::from_provider(format!("{}{name}", self.prefix))
    }

    pub(super) async fn put(&self, name: &str, body: impl Into<PutBody>) -> Verdict {
        self.storage
            .put(&self.key(name), body, PutOptions::default())
            .await?;
        Ok(())
    }

    /// Stores an object; gives its entity tag.
    pub(super) async fn put_tagged(
        &self,
        name: &str,
        body: impl Into<PutBody>,
    ) -> Result<ETag, Failure> {
        let put = self
            .storage
            .put(&self.key(name), body, PutOptions::default())
            .await?;
        match put.etag {
            Some(etag) => Ok(etag),
            // A store may answer it with head only.
            None => self.etag(name).await,
        }
    }

    pub(super) async fn etag(&self, name: &str) -> Result<ETag, Failure> {
        let key = self.key(name);
        let meta = self.storage.head(&key).await?;
        meta.etag
            .ok_or_else(|| Failure::new(format!("{key} has no entity tag")))
    }

    /// The bytes of an object, as text for messages.
    pub(super) async fn read(&self, name: &str) -> Result<String, Failure> {
        let bytes = self.storage.get_bytes(&self.key(name)).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Fails unless an object has these bytes.
    pub(super) async fn holds(&self, name: &str, expected: &[u8]) -> Verdict {
        let bytes = self.storage.get_bytes(&self.key(name)).await?;
        same(&bytes, expected).map_err(|why| Failure::new(format!("{name:?}: {why}")))
    }

    /// Fails unless there is no such object.
    pub(super) async fn lacks(&self, name: &str) -> Verdict {
        if self.storage.exists(&self.key(name)).await? {
            return Err(Failure::new(format!("{name:?} exists and must not")));
        }
        Ok(())
    }

    /// The names under the prefix, as listed.
    pub(super) async fn names(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let objects = self
            .storage
            .list(format!("{}{prefix}", self.prefix))
            .all()
            .await?;
        objects
            .iter()
            .map(|meta| self.name(meta.key.as_str()))
            .collect()
    }

    /// A listed key without the behaviour's prefix.
    pub(super) fn name(&self, key: &str) -> Result<String, Failure> {
        let name = key.strip_prefix(&self.prefix);
        name.map(str::to_owned).ok_or_else(|| {
            Failure::new(format!("{key:?} does not start with the prefix asked for"))
        })
    }

    pub(super) fn read_if_match(etag: &ETag) -> GetOptions {
        GetOptions::default().with_if_match(etag.clone())
    }

    pub(super) fn read_if_none_match(etag: &ETag) -> GetOptions {
        GetOptions::default().with_if_none_match(etag.clone())
    }
}

/// Whether bytes are the expected ones; for large objects, where they begin to differ.
pub(super) fn same(seen: &[u8], expected: &[u8]) -> Result<(), String> {
    if seen == expected {
        return Ok(());
    }
    if seen.len() != expected.len() {
        return Err(format!(
            "{} bytes where {} were stored",
            seen.len(),
            expected.len()
        ));
    }
    let at = seen
        .iter()
        .zip(expected)
        .position(|(a, b)| a != b)
        .unwrap_or_default();
    Err(format!("other bytes than were stored, from byte {at} on"))
}

/// Bytes that repeat nowhere in step with a part or page, so that a lost or doubled piece shows.
pub(super) fn pattern(length: usize) -> Bytes {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        // xorshift32
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..length).map(|_| next()).collect::<Vec<u8>>().into()
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
