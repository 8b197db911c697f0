//! Callers, expiries and refusals.

use futures::future::join_all;

use super::provider::Line;
use super::*;
use crate::auth::Scopes;
use crate::credential::{ConnectionEvent, Secrets};
use crate::error::ErrorKind;

#[tokio::test(start_paused = true)]
async fn a_good_token_is_given_out_without_asking_anybody() {
    let stage = Stage::new().await;
    let source = stage.source();
    for _ in 0..3 {
        assert_eq!(text(&source.access_token().await.unwrap()), "access-1-0");
    }
    assert_eq!(stage.provider.ledger().requests, 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_is_good_for_less_than_the_skew() {
    let stage = Stage::new().await;
    let source = stage.source();
    pass(539).await;
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-0");
    pass(1).await;
    let token = source.access_token().await.unwrap();
    assert_eq!(text(&token), "access-1-1");
    let left = token
        .expires_at()
        .unwrap()
        .duration_since(stage.clock.now());
    assert!(left.as_secs() >= 60, "{left}");
}

#[tokio::test(start_paused = true)]
async fn many_callers_make_one_refresh() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Takes(Duration::from_secs(2))]);
    let source = stage.source();
    pass(700).await;
    let tokens = join_all((0..100).map(|_| {
        let source = source.clone();
        tokio::spawn(async move { source.access_token().await.unwrap() })
    }))
    .await;
    assert!(
        tokens
            .iter()
            .all(|t| text(t.as_ref().unwrap()) == "access-1-1")
    );
    assert_eq!(stage.provider.ledger().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn the_rotated_refresh_token_is_stored_before_the_access_token_is_given_out() {
    let stage = Stage::new().await;
    pass(700).await;
    let token = stage.source().access_token().await.unwrap();
    let kept = stage.record().await.value;
    let kept = kept.tokens().unwrap();
    assert_eq!(kept.access_token.expose_secret(), text(&token));
    let refresh = kept.refresh_token.as_ref().unwrap();
    assert_eq!(refresh.expose_secret(), "refresh-1-1");
    // And another process goes on from there.
    pass(700).await;
    let token = stage.source().access_token().await.unwrap();
    assert_eq!(text(&token), "access-1-2");
    assert!(stage.provider.ledger().revoked.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once() {
    let stage = Stage::new().await;
    let source = stage.source();
    let first = source.access_token().await.unwrap();
    let second = source.rejected(&first).await.unwrap();
    assert_eq!(text(&second), "access-1-1");
    // The others who were refused meanwhile get the same.
    assert_eq!(text(&source.rejected(&first).await.unwrap()), "access-1-1");
    assert_eq!(stage.provider.ledger().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_in_a_row_is_an_error_that_says_so() {
    let stage = Stage::new().await;
    let source = stage.source();
    let first = source.access_token().await.unwrap();
    let second = source.rejected(&first).await.unwrap();
    let error = source.rejected(&second).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(error.code(), Some("new_token_refused"));
    assert!(!error.needs_reconnect());
    // Another process is told the same: no refresh for each of them.
    let error = stage.source().rejected(&second).await.unwrap_err();
    assert_eq!(error.code(), Some("new_token_refused"));
    assert_eq!(stage.provider.ledger().requests, 1);
    // A refusal much later is a new matter.
    pass(120).await;
    assert_eq!(text(&source.rejected(&second).await.unwrap()), "access-1-2");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_during_a_refresh_waits_for_it_and_makes_no_second_one() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Takes(Duration::from_secs(4))]);
    let source = stage.source();
    let old = source.access_token().await.unwrap();
    pass(700).await;
    let (one, other) = tokio::join!(source.access_token(), async {
        pass(1).await;
        source.rejected(&old).await
    });
    assert_eq!(text(&one.unwrap()), "access-1-1");
    assert_eq!(text(&other.unwrap()), "access-1-1");
    assert_eq!(stage.provider.ledger().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_without_an_end_is_renewed_only_when_it_is_refused() {
    let stage = Stage::new().await;
    let endless = TokenSet::new("endless").with_refresh_token("refresh-1-0");
    stage.connect(endless).await;
    let source = stage.source();
    pass(1_000_000).await;
    let token = source.access_token().await.unwrap();
    assert_eq!(text(&token), "endless");
    assert_eq!(text(&source.rejected(&token).await.unwrap()), "access-1-1");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_runs_back_gives_no_token_out_for_longer_than_it_lives() {
    let stage = Stage::new().await;
    let source = stage.source();
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-0");
    stage.clock.set_off_by(-86_400);
    // The wall clock says that the token is good for a day.
    pass(541).await;
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-1");
    // A process that starts with the wrong clock gives it out for one life, not for a day.
    stage.clock.set_off_by(-2 * 86_400);
    let late = stage.source();
    assert_eq!(text(&late.access_token().await.unwrap()), "access-1-1");
    pass(541).await;
    assert_eq!(text(&late.access_token().await.unwrap()), "access-1-2");
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_secrets_and_one_that_is_not_there_say_so() {
    let stage = Stage::new().await;
    let id = ConnectionId::new("stripe").unwrap();
    let secrets = Secrets::new().with("secret_key", "sk_1");
    let record = Connection::new(id.clone(), "stripe", secrets, stage.clock.now());
    let swap = stage.store.compare_and_swap(None, &record).await;
    assert!(matches!(swap.unwrap(), Swap::Stored(_)));
    let sign_in = SignIn::from_arc(stage.provider.clone());
    let source = TokenSource::new(id, stage.store.clone(), sign_in.clone());
    let error = source.access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let id = ConnectionId::new("nobody").unwrap();
    let source = TokenSource::new(id, stage.store.clone(), sign_in);
    let error = source.access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn subscribers_are_told_of_refreshes() {
    let stage = Stage::new().await;
    let source = stage.source();
    let mut events = source.subscribe();
    pass(700).await;
    let token = source.access_token().await.unwrap();
    let expected = ConnectionEvent::Refreshed {
        id: stage.id.clone(),
        expires_at: token.expires_at(),
    };
    assert_eq!(events.next().await, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn what_a_refresh_leaves_out_is_kept() {
    let stage = Stage::new().await;
    let mut tokens = stage.record().await.value.tokens().unwrap().clone();
    tokens.scopes = Scopes::sign_in();
    stage.connect(tokens).await;
    pass(700).await;
    stage.source().access_token().await.unwrap();
    assert_eq!(stage.record().await.value.scopes(), Scopes::sign_in());
}

#[test]
fn debug_of_a_source_shows_no_token() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(async {
        let stage = Stage::new().await;
        let source = stage.source();
        let token = source.access_token().await.unwrap();
        let shown = format!("{source:?} {token:?}");
        assert!(!shown.contains("access-1"), "{shown}");
        assert!(!shown.contains("refresh-1"), "{shown}");
    });
}
