//! The behaviours of object stores.
//!
//! One line per store under test:
//!
//! ```text
//! integrations_conformance::storage_tests!(async {
//!     storage::Harness::new(my_store().await.into())
//! });
//! ```

mod basic;

use std::sync::Arc;

use futures::future::BoxFuture;
use integrations_core::Category;
use integrations_core::storage::{ObjectKey, PresignedRequest, Storage};

use crate::suite;

/// Sends a presigned request, as its holder would, with `body`; answers the status and the body.
pub type Redeem = Arc<
    dyn Fn(PresignedRequest, bytes::Bytes) -> BoxFuture<'static, (u16, bytes::Bytes)> + Send + Sync,
>;

/// What a behaviour of this suite gets.
#[derive(Clone)]
pub struct Harness {
    /// The store under test.
    pub storage: Storage,
    /// Every key of the behaviour starts so; nobody else uses it.
    pub prefix: String,
    /// How many requests have left the provider so far, where that can be told. With it the suite
    /// proves that refusals send nothing.
    pub requests: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
    /// Sends presigned requests. Without it, presigned requests are made and not sent.
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

    fn key(&self, name: &str) -> ObjectKey {
        ObjectKey::from_provider(format!("{}{name}", self.prefix))
    }
}

impl std::fmt::Debug for Harness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Harness")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// The capabilities that behaviours need.
#[allow(dead_code)] // Used as the suite grows.
mod needs {
    use super::Harness;
    use crate::Need;

    pub(super) const PUT_CREATE: Need<Harness> =
        Need::new("put_create", |h| h.storage.capabilities().put_create);
}

suite! {
    Category::STORAGE, Harness, storage_tests ($), storage;
    basic::a_get_gives_the_bytes_that_were_put []
        "A get gives exactly the bytes that were put.";
    basic::a_put_replaces_the_whole_object []
        "A put over an existing object replaces all of it.";
    basic::creating_twice_fails_the_second_time [needs::PUT_CREATE]
        "A put that may only create is refused when the key exists, and the object stays as it was.";
}
