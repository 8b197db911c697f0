//! What a store with a list of its records finds out.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Connection, ConnectionId, CredentialStore};
use super::{delete, id, ids, load, named, secret_of, stored};
use crate::error::{Error, ErrorKind, Result};

/// What of a store somebody takes away or puts back.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Place<'a> {
    /// The record of a connection.
    Record(&'a ConnectionId),
    /// The whole list of records, with everything that says which there are and in which state.
    List,
}

/// What is in a place: pieces, each by a name that the store gives it. A record is one piece.
pub type Pieces = Vec<(String, Vec<u8>)>;

/// A store, and what somebody without its key does to it behind its back.
#[async_trait]
pub trait Tamper: Send + Sync {
    /// The store, as the process has it that found out nothing yet.
    fn store(&self) -> &dyn CredentialStore;

    /// The store as a process has it that opens it now.
    ///
    /// # Errors
    /// Those of opening it.
    async fn open_again(&self) -> Result<Arc<dyn CredentialStore>>;

    /// Copies what is in a place.
    async fn copy(&self, place: Place<'_>) -> Pieces;

    /// Puts into a place what was copied from it, and nothing else. No pieces: it is removed.
    async fn put_back(&self, place: Place<'_>, pieces: &Pieces);
}

/// Runs every behaviour of a store that promises more than [`CredentialStore`] does: that a record
/// which is put back as it was earlier, or removed, is found out, and so is the list. Each on a store
/// that `make` makes empty.
///
/// # Panics
/// With a sentence about the behaviour that does not hold.
pub async fn check_rollback<F>(make: impl Fn() -> F)
where
    F: Future<Output = Box<dyn Tamper>>,
{
    an_earlier_record_is_found_out(&*make().await).await;
    a_removed_record_is_missed(&*make().await).await;
    a_deleted_record_stays_deleted(&*make().await).await;
    an_earlier_list_is_found_out(&*make().await).await;
    a_record_and_the_list_of_one_time_do_not_hide_the_others(&*make().await).await;
    an_earlier_list_is_not_written_over(&*make().await).await;
    a_removed_list_is_missed(&*make().await).await;
    an_empty_store_may_be_opened_again(&*make().await).await;
}

async fn put(store: &dyn CredentialStore, name: &str, secret: &str) {
    let there = load(store, name).await.map(|there| there.version);
    stored(store, there, &named(name, secret)).await;
}

/// `a`, `b` and `c`, which is the last write: a store may have that a second time.
async fn three(store: &dyn CredentialStore) {
    for name in ["a", "b", "c"] {
        put(store, name, "1").await;
    }
}

async fn fails(store: &dyn CredentialStore, name: &str, code: &str, what: &str) {
    match store.load(&id(name)).await {
        Ok(loaded) => panic!("{what}: {name} was loaded, {loaded:?}"),
        Err(error) => is_told(&error, code, what),
    }
}

fn is_told(error: &Error, code: &str, what: &str) {
    let told = (error.kind(), error.code());
    assert_eq!(told, (ErrorKind::Untrusted, Some(code)), "{what}: {error}");
}

async fn has(store: &dyn CredentialStore, name: &str, secret: &str) {
    let loaded = load(store, name).await;
    let found = loaded.as_ref().map(secret_of);
    assert_eq!(found, Some(secret), "what was not touched changed: {name}");
}

async fn an_earlier_record_is_found_out(made: &dyn Tamper) {
    let (store, a) = (made.store(), id("a"));
    three(store).await;
    let earlier = made.copy(Place::Record(&a)).await;
    put(store, "a", "2").await;
    put(store, "b", "2").await;
    made.put_back(Place::Record(&a), &earlier).await;
    let what = "an earlier record was put back";
    fails(store, "a", "record_rolled_back", what).await;
    has(store, "b", "2").await;
    has(store, "c", "1").await;
    match made.open_again().await {
        Ok(again) => fails(&*again, "a", "record_rolled_back", what).await,
        Err(error) => panic!("one record kept the store from being opened: {error}"),
    }
}

async fn a_removed_record_is_missed(made: &dyn Tamper) {
    let (store, a) = (made.store(), id("a"));
    three(store).await;
    made.put_back(Place::Record(&a), &Pieces::new()).await;
    fails(store, "a", "record_missing", "a record was removed").await;
    has(store, "b", "1").await;
    let listed = ids(store).await;
    assert!(listed.contains(&a), "a removed record is not listed");
}

async fn a_deleted_record_stays_deleted(made: &dyn Tamper) {
    let (store, a) = (made.store(), id("a"));
    three(store).await;
    let earlier = made.copy(Place::Record(&a)).await;
    if let Some(there) = load(store, "a").await {
        delete(store, "a", there.version).await;
    }
    made.put_back(Place::Record(&a), &earlier).await;
    let loaded = load(store, "a").await;
    assert!(loaded.is_none(), "a deleted record came back");
    let listed = ids(store).await;
    assert!(
        !listed.contains(&a),
        "a deleted record that came back is listed"
    );
    stored(store, None, &named("a", "2")).await;
    has(store, "a", "2").await;
}

async fn an_earlier_list_is_found_out(made: &dyn Tamper) {
    let store = made.store();
    three(store).await;
    let earlier = made.copy(Place::List).await;
    for name in ["a", "b", "c", "d"] {
        put(store, name, "2").await;
    }
    made.put_back(Place::List, &earlier).await;
    for name in ["a", "b"] {
        fails(
            store,
            name,
            "list_rolled_back",
            "an earlier list was put back",
        )
        .await;
    }
}

async fn a_record_and_the_list_of_one_time_do_not_hide_the_others(made: &dyn Tamper) {
    let (store, a) = (made.store(), id("a"));
    three(store).await;
    let record = made.copy(Place::Record(&a)).await;
    let list = made.copy(Place::List).await;
    for (name, secret) in [("a", "2"), ("b", "2"), ("a", "3")] {
        put(store, name, secret).await;
    }
    made.put_back(Place::List, &list).await;
    made.put_back(Place::Record(&a), &record).await;
    let what = "a record and the list were put back together";
    fails(store, "b", "list_rolled_back", what).await;
}

async fn an_earlier_list_is_not_written_over(made: &dyn Tamper) {
    let store = made.store();
    three(store).await;
    let earlier = made.copy(Place::List).await;
    for name in ["a", "b", "a"] {
        put(store, name, "2").await;
    }
    made.put_back(Place::List, &earlier).await;
    // A write of something else goes by the list, and must not make it a good one.
    if let Ok(there) = store.load(&id("c")).await {
        let there = there.map(|there| there.version);
        let _ = store.compare_and_swap(there, &named("c", "3")).await;
    }
    let what = "an earlier list was put back, and something written";
    fails(store, "b", "list_rolled_back", what).await;
}

async fn a_removed_list_is_missed(made: &dyn Tamper) {
    let store = made.store();
    three(store).await;
    made.put_back(Place::List, &Pieces::new()).await;
    let what = "the list was removed";
    fails(store, "a", "list_missing", what).await;
    match made.open_again().await {
        Ok(_) => panic!("{what}, and the store was opened"),
        Err(error) => is_told(&error, "list_missing", what),
    }
    let written = store.compare_and_swap(None, &named("d", "1")).await;
    match written {
        Ok(swap) => panic!("{what}, and a write was answered {swap:?}"),
        Err(error) => is_told(&error, "list_missing", what),
    }
}

async fn an_empty_store_may_be_opened_again(made: &dyn Tamper) {
    let connection: Connection = named("a", "1");
    let version = stored(made.store(), None, &connection).await;
    delete(made.store(), "a", version).await;
    match made.open_again().await {
        Ok(again) => assert!(ids(&*again).await.is_empty(), "a deleted record is listed"),
        Err(error) => panic!("a store whose records were all deleted is not opened: {error}"),
    }
}
