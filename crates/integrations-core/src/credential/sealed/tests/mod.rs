//! Sealed stores, and what somebody does to them.

mod behind;
mod contract;
#[cfg(feature = "sealed-sqlite")]
mod database;
mod folder;
mod keys;
mod tampered;

use std::path::{Path, PathBuf};

#[cfg(all(feature = "sealed-sqlite", feature = "testing"))]
use database::Database;
use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::file_store::file_of;
use super::{SealedFileStore, SealingKey, SealingKeys};
use crate::auth::TokenSet;
use crate::credential::{Connection, ConnectionId, CredentialStore, Swap, Version};
use crate::error::Error;

fn id(name: &str) -> ConnectionId {
    ConnectionId::new(name).unwrap()
}

fn keys() -> SealingKeys {
    SealingKeys::new(SealingKey::generate().unwrap())
}

fn connection(name: &str, access: &str) -> Connection {
    let tokens = TokenSet::new(access).with_refresh_token(format!("refresh-of-{access}"));
    Connection::new(id(name), "zoom", tokens, Timestamp::UNIX_EPOCH)
}

/// A store in a folder that is removed with it.
struct Folder {
    _place: tempfile::TempDir,
    path: PathBuf,
    keys: SealingKeys,
    store: SealedFileStore,
}

impl Folder {
    async fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let keys = keys();
        // The folder of `tempfile` is open to others where the umask is.
        let path = place.path().join("store");
        let store = SealedFileStore::open(&path, keys.clone()).await.unwrap();
        Self {
            _place: place,
            path,
            keys,
            store,
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn record(&self, name: &str) -> PathBuf {
        self.path().join(file_of(&id(name)))
    }

    fn list(&self) -> PathBuf {
        self.path().join("records")
    }

    /// Another process that opens it now.
    async fn again(&self) -> crate::Result<SealedFileStore> {
        SealedFileStore::open(self.path(), self.keys.clone()).await
    }

    async fn put(&self, name: &str, access: &str) -> Version {
        put(&self.store, name, access).await
    }

    /// Two records, so that the first is not also in the list.
    async fn with_two() -> Self {
        let folder = Self::new().await;
        folder.put("a", "access-a").await;
        folder.put("b", "access-b").await;
        folder
    }

    async fn error(&self, name: &str) -> Error {
        match self.store.load(&id(name)).await {
            Err(error) => error,
            Ok(loaded) => panic!("{name} was loaded: {loaded:?}"),
        }
    }
}

async fn put(store: &dyn CredentialStore, name: &str, access: &str) -> Version {
    let there = store.load(&id(name)).await.unwrap();
    let expected = there.map(|there| there.version);
    let swap = store
        .compare_and_swap(expected, &connection(name, access))
        .await;
    match swap.unwrap() {
        Swap::Stored(version) => version,
        Swap::Stale => panic!("{name} was changed meanwhile"),
    }
}

async fn access(store: &dyn CredentialStore, name: &str) -> String {
    let loaded = store.load(&id(name)).await.unwrap().unwrap();
    let tokens = loaded.value.tokens().unwrap();
    tokens.access_token.expose_secret().to_owned()
}
