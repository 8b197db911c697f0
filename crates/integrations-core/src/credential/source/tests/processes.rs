//! Several sources over one store, as processes are, and stores that fail.

use std::sync::Mutex;

use async_trait::async_trait;
use futures::future::join_all;

use super::provider::Line;
use super::*;
use crate::credential::Version;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::page::{Page, PageRequest};

/// A store that fails when it is told to.
#[derive(Debug, Default)]
struct Shaky {
    beneath: MemoryStore,
    /// What happens to the next writes: `Some(true)` is carried out and not answered.
    writes: Mutex<Vec<Option<bool>>>,
}

impl Shaky {
    fn next(&self, writes: impl IntoIterator<Item = Option<bool>>) {
        let mut all: Vec<_> = writes.into_iter().collect();
        all.reverse();
        *self.writes.lock().unwrap() = all;
    }
}

#[async_trait]
impl CredentialStore for Shaky {
    async fn load(&self, id: &ConnectionId) -> Result<Option<Versioned<Connection>>> {
        self.beneath.load(id).await
    }

    async fn compare_and_swap(&self, expected: Option<Version>, new: &Connection) -> Result<Swap> {
        let failure = self.writes.lock().unwrap().pop().flatten();
        let failed = Err(Error::new(ErrorKind::Unavailable, "the disk is away"));
        match failure {
            None => self.beneath.compare_and_swap(expected, new).await,
            Some(false) => failed,
            Some(true) => {
                let _ = self.beneath.compare_and_swap(expected, new).await?;
                failed
            }
        }
    }

    async fn delete(&self, id: &ConnectionId, expected: Version) -> Result<bool> {
        self.beneath.delete(id, expected).await
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<ConnectionId>> {
        self.beneath.list(page).await
    }
}

async fn shaky() -> (Stage, Arc<Shaky>) {
    let store = Arc::new(Shaky::default());
    (Stage::over(store.clone()).await, store)
}

#[tokio::test(start_paused = true)]
async fn many_processes_make_one_refresh_for_each_expiry() {
    let stage = Stage::new().await;
    let processes: Vec<_> = (0..4).map(|_| stage.source()).collect();
    for expiry in 1..=20 {
        stage.provider.next([Line::Takes(Duration::from_secs(3))]);
        pass(700).await;
        let calls = processes.iter().flat_map(|source| {
            (0..16).map(|_| {
                let source = source.clone();
                tokio::spawn(async move { source.access_token().await.unwrap() })
            })
        });
        for token in join_all(calls).await {
            assert_eq!(text(&token.unwrap()), format!("access-1-{expiry}"));
        }
        assert_eq!(stage.provider.ledger().requests, expiry);
    }
    assert!(stage.provider.ledger().revoked.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_process_that_died_holds_its_lease_for_no_longer_than_it_says() {
    let stage = Stage::new().await;
    pass(700).await;
    // Killed after the note was written, before the request arrived.
    let dead = stage.record().await;
    let note = crate::credential::RefreshAttempt {
        id: "of-the-dead".into(),
        by: "process 1".into(),
        since: stage.clock.now(),
        lease: Duration::from_secs(60),
        lost: false,
        repeat: false,
    };
    let leased = dead.value.attempting(Some(note), stage.clock.now());
    let swap = stage
        .store
        .compare_and_swap(Some(dead.version), &leased)
        .await;
    assert!(matches!(swap.unwrap(), Swap::Stored(_)));
    let before = tokio::time::Instant::now();
    let token = stage.source().access_token().await.unwrap();
    assert_eq!(text(&token), "access-1-1");
    let waited = before.elapsed().as_secs();
    assert!((60..=61).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_begins_in_the_future_ends_all_the_same() {
    let stage = Stage::new().await;
    pass(700).await;
    let dead = stage.record().await;
    let note = crate::credential::RefreshAttempt {
        id: "of-the-dead".into(),
        by: "process 1".into(),
        since: stage.clock.now() + Duration::from_secs(365 * 86_400),
        lease: Duration::from_secs(60),
        lost: false,
        repeat: false,
    };
    let leased = dead.value.attempting(Some(note), stage.clock.now());
    let swap = stage
        .store
        .compare_and_swap(Some(dead.version), &leased)
        .await;
    assert!(matches!(swap.unwrap(), Swap::Stored(_)));
    let before = tokio::time::Instant::now();
    assert_eq!(
        text(&stage.source().access_token().await.unwrap()),
        "access-1-1"
    );
    assert!(before.elapsed() < Duration::from_secs(62));
}

#[tokio::test(start_paused = true)]
async fn tokens_are_not_given_out_before_they_are_stored() {
    let (stage, store) = shaky().await;
    let source = stage.source();
    pass(700).await;
    // The note is written; the tokens are not for 20 seconds.
    store.next([None].into_iter().chain([Some(false); 20]));
    let token = source.access_token().await.unwrap();
    let kept = stage.record().await.value;
    assert_eq!(
        kept.tokens().unwrap().access_token.expose_secret(),
        text(&token)
    );
    assert_eq!(stage.provider.ledger().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn tokens_that_cannot_be_stored_stay_in_memory_until_they_can() {
    let (stage, store) = shaky().await;
    let source = stage.source();
    pass(700).await;
    store.next([None].into_iter().chain([Some(false); 500]));
    let error = source.access_token().await.unwrap_err();
    assert_eq!(error.code(), Some("tokens_not_stored"));
    assert_eq!(error.effect(), Effect::Applied);
    assert!(!error.to_string().contains("access-1-1"), "{error}");
    pass(300).await;
    store.next([]);
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-1");
    assert_eq!(stage.provider.ledger().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_is_recognised() {
    let (stage, store) = shaky().await;
    let source = stage.source();
    pass(700).await;
    store.next([None, Some(true)]);
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-1");
    // The note's own write: it is ours, and nothing was sent.
    pass(700).await;
    store.next([Some(true)]);
    assert_eq!(
        source.access_token().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    pass(1).await;
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-2");
    assert_eq!(stage.provider.ledger().requests, 2);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changes_meanwhile_and_the_new_tokens_are_both_kept() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Takes(Duration::from_secs(4))]);
    let source = stage.source();
    pass(700).await;
    let (token, ()) = tokio::join!(source.access_token(), async {
        pass(1).await;
        let mut there = stage.record().await;
        there.value.integration = "renamed".into();
        let swap = stage
            .store
            .compare_and_swap(Some(there.version), &there.value);
        assert!(matches!(swap.await.unwrap(), Swap::Stored(_)));
    });
    assert_eq!(text(&token.unwrap()), "access-1-1");
    let kept = stage.record().await.value;
    assert_eq!(kept.integration, "renamed");
    let refresh = kept.tokens().unwrap().refresh_token.clone().unwrap();
    assert_eq!(refresh.expose_secret(), "refresh-1-1");
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_is_given_meanwhile_stays() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Takes(Duration::from_secs(4))]);
    let source = stage.source();
    pass(700).await;
    let (token, ()) = tokio::join!(source.access_token(), async {
        pass(3).await;
        let tokens = stage.provider.consent();
        stage.connect(tokens).await;
    });
    assert_eq!(text(&token.unwrap()), "access-2-0");
    let kept = stage.record().await.value;
    assert_eq!(
        kept.tokens().unwrap().access_token.expose_secret(),
        "access-2-0"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_a_token_that_somebody_replaced_meanwhile_is_no_end() {
    let stage = Stage::new().await;
    let late = Duration::from_secs(4);
    stage
        .provider
        .next([Line::RefusesAfter(late, "invalid_grant")]);
    let source = stage.source();
    pass(700).await;
    let (token, ()) = tokio::join!(source.access_token(), async {
        pass(3).await;
        let tokens = stage.provider.consent();
        stage.connect(tokens).await;
    });
    assert_eq!(text(&token.unwrap()), "access-2-0");
    assert!(stage.state().await.is_active());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_removed_meanwhile_stays_removed() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Takes(Duration::from_secs(4))]);
    let source = stage.source();
    pass(700).await;
    let (token, ()) = tokio::join!(source.access_token(), async {
        pass(1).await;
        let there = stage.record().await;
        assert!(stage.store.delete(&stage.id, there.version).await.unwrap());
    });
    assert_eq!(token.unwrap_err().code(), Some("removed_meanwhile"));
    assert!(stage.store.load(&stage.id).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_connection_has_one_source_however_often_it_is_asked_for() {
    let stage = Arc::new(Stage::new().await);
    let of = Arc::clone(&stage);
    let sources = crate::credential::TokenSources::new(move |_| of.source());
    pass(700).await;
    stage.provider.next([Line::Takes(Duration::from_secs(3))]);
    let calls = (0..20).map(|_| {
        let source = sources.of(&stage.id);
        tokio::spawn(async move { source.access_token().await.unwrap() })
    });
    join_all(calls).await;
    assert_eq!(stage.provider.ledger().requests, 1);
    // The store is not even asked: the record is gone, and the token is there.
    let there = stage.record().await;
    assert!(stage.store.delete(&stage.id, there.version).await.unwrap());
    let token = sources.of(&stage.id).access_token().await.unwrap();
    assert_eq!(text(&token), "access-1-1");
    sources.forget(&stage.id);
    let error = sources.of(&stage.id).access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    sources.settle().await;
}
