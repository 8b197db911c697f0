//! What every [`CredentialStore`] must do, as a test for stores of your own.
//!
//! ```
//! use std::sync::Arc;
//! use integrations_core::credential::{MemoryStore, contract};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! // Each behaviour on a store that is empty.
//! contract::check(|| async { Arc::new(MemoryStore::new()) as _ }).await;
//! # }
//! ```
//!
//! A store that has a list of its records, as the sealed ones have, promises more: that records which
//! are put back or removed are found out. [`check_rollback`] is the test of that, for which a
//! [`Tamper`] says how somebody changes the store behind its back.

mod rollback;

use std::collections::BTreeSet;
use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;

use futures::future::join_all;
use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::{Connection, ConnectionId, CredentialStore, Secrets, Swap, Version, Versioned};
use crate::auth::{Scopes, SubjectKey, TokenSet};
use crate::page::PageRequest;

pub use rollback::{Pieces, Place, Tamper, check_rollback};

/// Runs every behaviour, each on a store that `make` makes empty.
///
/// # Panics
/// With a sentence about the behaviour that does not hold.
pub async fn check<F>(make: impl Fn() -> F)
where
    F: Future<Output = Arc<dyn CredentialStore>>,
{
    an_empty_store_has_nothing(&*make().await).await;
    what_was_written_comes_back_whole(&*make().await).await;
    a_write_needs_the_present_version(&*make().await).await;
    a_record_is_made_only_where_there_is_none(&*make().await).await;
    deleting_needs_the_present_version(&*make().await).await;
    no_version_is_given_twice(&*make().await).await;
    records_do_not_touch_each_other(&*make().await).await;
    a_list_is_complete_and_in_order(&*make().await).await;
    of_many_writers_one_wins(make().await).await;
    no_increment_is_lost(make().await).await;
}

fn id(name: &str) -> ConnectionId {
    ConnectionId::new(name).unwrap_or_else(|error| panic!("{error}"))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or_default()
}

fn named(name: &str, secret: &str) -> Connection {
    let secrets = Secrets::new().with("key", secret);
    Connection::new(id(name), "demo", secrets, at(1_700_000_000))
}

async fn load(store: &dyn CredentialStore, name: &str) -> Option<Versioned<Connection>> {
    match store.load(&id(name)).await {
        Ok(loaded) => loaded,
        Err(error) => panic!("loading {name} failed: {error}"),
    }
}

async fn swap(store: &dyn CredentialStore, expected: Option<Version>, new: &Connection) -> Swap {
    match store.compare_and_swap(expected, new).await {
        Ok(swap) => swap,
        Err(error) => panic!("writing {} failed: {error}", new.id),
    }
}

async fn stored(
    store: &dyn CredentialStore,
    expected: Option<Version>,
    new: &Connection,
) -> Version {
    match swap(store, expected, new).await {
        Swap::Stored(version) => version,
        Swap::Stale => panic!("writing {} with the present version was refused", new.id),
    }
}

async fn delete(store: &dyn CredentialStore, name: &str, version: Version) -> bool {
    match store.delete(&id(name), version).await {
        Ok(deleted) => deleted,
        Err(error) => panic!("deleting {name} failed: {error}"),
    }
}

async fn ids(store: &dyn CredentialStore) -> Vec<ConnectionId> {
    match store.ids().await {
        Ok(ids) => ids,
        Err(error) => panic!("listing failed: {error}"),
    }
}

fn secret_of(loaded: &Versioned<Connection>) -> &str {
    let secrets = loaded.value.secrets();
    match secrets.and_then(|secrets| secrets.get("key")) {
        Some(secret) => secret.expose_secret(),
        None => panic!("the record of {} lost its secret", loaded.value.id),
    }
}

async fn an_empty_store_has_nothing(store: &dyn CredentialStore) {
    assert!(
        load(store, "a").await.is_none(),
        "an empty store has a record"
    );
    assert!(ids(store).await.is_empty(), "an empty store lists a record");
    let deleted = delete(store, "a", Version::new(1)).await;
    assert!(!deleted, "what is not there was deleted");
}

async fn what_was_written_comes_back_whole(store: &dyn CredentialStore) {
    let mut tokens = TokenSet::new("acc\u{e9}ss \"quoted\"\n")
        .with_refresh_token("x".repeat(20_000))
        .with_id_token("i.d.t")
        .with_expiry(at(1_800_000_000))
        .with_refresh_expiry(at(1_900_000_000))
        .with_scopes(Scopes::sign_in());
    tokens.subject = Some(SubjectKey::new("https://issuer.example", "u1"));
    let whole = Connection::new(id("a.b:c-d_e@f+g"), "demo", tokens, at(1_700_000_000));
    let version = stored(store, None, &whole).await;
    let Some(back) = load(store, "a.b:c-d_e@f+g").await else {
        panic!("what was written is not there");
    };
    assert_eq!(
        back.version, version,
        "a record has another version than its write"
    );
    assert_eq!(
        back.value.export().expose_secret(),
        whole.export().expose_secret(),
        "a record came back otherwise than it was written"
    );
}

async fn a_write_needs_the_present_version(store: &dyn CredentialStore) {
    let first = stored(store, None, &named("a", "1")).await;
    let second = stored(store, Some(first), &named("a", "2")).await;
    let refused = swap(store, Some(first), &named("a", "3")).await;
    assert_eq!(
        refused,
        Swap::Stale,
        "a write with an old version was carried out"
    );
    let missing = swap(store, Some(second), &named("b", "1")).await;
    assert_eq!(
        missing,
        Swap::Stale,
        "a record that is not there was changed"
    );
    let kept = load(store, "a").await;
    let kept = kept.as_ref().map(|kept| (kept.version, secret_of(kept)));
    assert_eq!(
        kept,
        Some((second, "2")),
        "a refused write changed something"
    );
    assert!(
        load(store, "b").await.is_none(),
        "a refused write made a record"
    );
}

async fn a_record_is_made_only_where_there_is_none(store: &dyn CredentialStore) {
    let first = stored(store, None, &named("a", "1")).await;
    let again = swap(store, None, &named("a", "2")).await;
    assert_eq!(again, Swap::Stale, "a record was made over another");
    let kept = load(store, "a").await.map(|kept| kept.version);
    assert_eq!(kept, Some(first), "a refused write changed something");
}

async fn deleting_needs_the_present_version(store: &dyn CredentialStore) {
    let first = stored(store, None, &named("a", "1")).await;
    let second = stored(store, Some(first), &named("a", "2")).await;
    assert!(
        !delete(store, "a", first).await,
        "an old version was deleted"
    );
    assert!(
        load(store, "a").await.is_some(),
        "a refused deletion deleted"
    );
    assert!(
        delete(store, "a", second).await,
        "the present version was not deleted"
    );
    assert!(
        load(store, "a").await.is_none(),
        "what was deleted is there"
    );
    assert!(
        !delete(store, "a", second).await,
        "what was deleted was deleted again"
    );
    let stale = swap(store, Some(second), &named("a", "3")).await;
    assert_eq!(stale, Swap::Stale, "what was deleted was changed");
}

async fn no_version_is_given_twice(store: &dyn CredentialStore) {
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let made = stored(store, None, &named("a", "1")).await;
        let changed = stored(store, Some(made), &named("a", "2")).await;
        for version in [made, changed] {
            assert!(seen.insert(version), "{version} was given twice");
        }
        assert!(
            delete(store, "a", changed).await,
            "the present version was not deleted"
        );
    }
}

async fn records_do_not_touch_each_other(store: &dyn CredentialStore) {
    // Alike but for case, and one the begin of the other.
    let names = ["a", "A", "a:1", "a:10", "b"];
    for name in names {
        stored(store, None, &named(name, name)).await;
    }
    let a = load(store, "a").await.map(|kept| kept.version);
    if let Some(version) = a {
        stored(store, Some(version), &named("a", "changed")).await;
    }
    for name in &names[1..] {
        let kept = load(store, name).await;
        let kept = kept.as_ref().map(secret_of);
        assert_eq!(kept, Some(*name), "changing one record changed another");
    }
}

async fn a_list_is_complete_and_in_order(store: &dyn CredentialStore) {
    let mut expected = Vec::new();
    for n in [3, 1, 4, 0, 2] {
        let name = format!("c:{n}");
        stored(store, None, &named(&name, "x")).await;
        expected.push(id(&name));
    }
    expected.sort();
    assert_eq!(
        ids(store).await,
        expected,
        "a list is not complete and in order"
    );
    let (mut pages, mut request) = (Vec::new(), NonZeroU32::new(2).map(PageRequest::with_limit));
    while let Some(page) = request.take() {
        match store.list(&page).await {
            Ok(page) => {
                assert!(page.items.len() <= 2, "a page is longer than asked for");
                pages.extend(page.items);
                request = page.next.map(|cursor| PageRequest {
                    cursor: Some(cursor),
                    limit: NonZeroU32::new(2),
                });
            }
            Err(error) => panic!("listing failed: {error}"),
        }
    }
    assert_eq!(pages, expected, "pages are not the list");
}

async fn of_many_writers_one_wins(store: Arc<dyn CredentialStore>) {
    let first = stored(&*store, None, &named("a", "0")).await;
    let writers = (0..16).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let new = named("a", &n.to_string());
            (n, swap(&*store, Some(first), &new).await)
        })
    });
    let mut winners = Vec::new();
    for done in join_all(writers).await {
        match done {
            Ok((n, Swap::Stored(_))) => winners.push(n.to_string()),
            Ok((_, Swap::Stale)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(
        winners.len(),
        1,
        "not one of 16 writers won, but {winners:?}"
    );
    let kept = load(&*store, "a").await;
    assert_eq!(
        kept.as_ref().map(secret_of),
        winners.first().map(String::as_str)
    );
}

async fn no_increment_is_lost(store: Arc<dyn CredentialStore>) {
    stored(&*store, None, &named("a", "0")).await;
    let writers = (0..4).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut done = 0;
            while done < 5 {
                let Some(kept) = load(&*store, "a").await else {
                    panic!("the record is gone");
                };
                let count: u32 = secret_of(&kept).parse().unwrap_or(u32::MAX);
                let new = named("a", &(count + 1).to_string());
                if let Swap::Stored(_) = swap(&*store, Some(kept.version), &new).await {
                    done += 1;
                }
            }
        })
    });
    for done in join_all(writers).await {
        if let Err(error) = done {
            panic!("{error}");
        }
    }
    let kept = load(&*store, "a").await;
    assert_eq!(
        kept.as_ref().map(secret_of),
        Some("20"),
        "an increment was lost"
    );
}
