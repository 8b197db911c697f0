//! The contract of all stores.
#![cfg(feature = "testing")]

use std::sync::{Arc, Mutex};

use super::*;
use crate::credential::{MemoryStore, contract};

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    contract::check(|| async { Arc::new(MemoryStore::new()) as _ }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_a_folder_keeps_the_contract() {
    let places = Mutex::new(Vec::new());
    contract::check(|| async {
        let folder = Folder::new().await;
        let store = folder.store.clone();
        places.lock().unwrap().push(folder);
        Arc::new(store) as _
    })
    .await;
}

#[cfg(feature = "sealed-sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_a_database_keeps_the_contract() {
    let places = Mutex::new(Vec::new());
    contract::check(|| async {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("credentials.db");
        let store = super::super::SealedSqliteStore::open(path, keys()).await;
        places.lock().unwrap().push(place);
        Arc::new(store.unwrap()) as _
    })
    .await;
}
