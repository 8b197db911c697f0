//! Refreshes that fail, are refused, or are cut off.

use super::provider::{Line, Provider};
use super::*;
use crate::credential::ConnectionEvent;
use crate::error::{Effect, ErrorKind};

fn reason(state: &GrantState) -> &str {
    match state {
        GrantState::NeedsConsent { reason, .. } => reason,
        GrantState::Active => panic!("the connection is active"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_is_gone_is_written_down_and_told_once() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Refuses("invalid_grant")]);
    let (source, other) = (stage.source(), stage.source());
    let (mut events, mut of_other) = (source.subscribe(), other.subscribe());
    pass(700).await;
    for _ in 0..5 {
        let error = source.access_token().await.unwrap_err();
        assert!(error.needs_reconnect());
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert_eq!(error.code(), Some("needs_consent"));
        assert!(other.access_token().await.unwrap_err().needs_reconnect());
        pass(5).await;
    }
    // It is not asked for again: what is gone is gone.
    assert_eq!(stage.provider.ledger().requests, 1);
    assert!(reason(&stage.state().await).contains("invalid_grant"));
    for events in [&mut events, &mut of_other] {
        let told = events.next().await;
        assert!(
            matches!(told, Some(ConnectionEvent::NeedsConsent { .. })),
            "{told:?}"
        );
    }
    drop((source, other));
    assert_eq!((events.next().await, of_other.next().await), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_connection_lives_again_when_its_owner_has_consented() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Refuses("invalid_grant")]);
    let source = stage.source();
    pass(700).await;
    assert!(source.access_token().await.unwrap_err().needs_reconnect());
    let tokens = stage.provider.consent();
    stage.connect(tokens).await;
    pass(1).await;
    assert_eq!(text(&source.access_token().await.unwrap()), "access-2-0");
    pass(700).await;
    assert_eq!(text(&source.access_token().await.unwrap()), "access-2-1");
}

#[tokio::test(start_paused = true)]
async fn a_cause_that_passes_never_asks_the_owner() {
    let stage = Stage::new().await;
    let source = stage.source();
    pass(700).await;
    stage.provider.next([Line::NotSent; 20]);
    for _ in 0..20 {
        let error = source.access_token().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(!error.needs_reconnect());
        assert!(stage.state().await.is_active());
        // Other processes need not wait for the end of a lease.
        assert_eq!(stage.record().await.value.attempt(), None);
        pass(30).await;
    }
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-1");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_down_is_not_asked_by_every_caller() {
    let stage = Stage::new().await;
    // One that rotates is not asked again at all: see below.
    let provider = Provider::new(stage.clock.clone()).not_rotating();
    provider.next([Line::LostBefore; 1000]);
    let stage = Stage {
        provider: Arc::new(provider),
        ..stage
    };
    let source = stage.source();
    pass(700).await;
    for _ in 0..600 {
        assert!(source.access_token().await.is_err());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // A minute: at 0, 1, 3, 7, 15, 31 and 61 seconds.
    let requests = stage.provider.ledger().requests;
    assert!((5..=8).contains(&requests), "{requests}");
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_token_is_given_out_while_the_provider_is_down() {
    let stage = Stage::new().await;
    let source = stage.source();
    stage.provider.next([Line::NotSent; 100]);
    pass(545).await;
    for _ in 0..5 {
        assert_eq!(text(&source.access_token().await.unwrap()), "access-1-0");
        pass(10).await;
    }
    pass(10).await;
    assert!(source.access_token().await.is_err());
    // What was refused is not.
    let stage = Stage::new().await;
    let source = stage.source();
    let token = source.access_token().await.unwrap();
    stage.provider.next([Line::NotSent]);
    assert!(source.rejected(&token).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_client_is_for_an_operator_and_not_for_the_owner() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Refuses("invalid_client")]);
    pass(700).await;
    let error = stage.source().access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(stage.state().await.is_active());
}

#[tokio::test(start_paused = true)]
async fn a_refresh_whose_answer_is_lost_is_not_repeated_while_the_old_token_is_good() {
    let stage = Stage::new().await;
    let source = stage.source();
    stage.provider.next([Line::LostBefore]);
    pass(545).await;
    for _ in 0..5 {
        assert_eq!(text(&source.access_token().await.unwrap()), "access-1-0");
        // Nor by another process.
        let token = stage.source().access_token().await.unwrap();
        assert_eq!(text(&token), "access-1-0");
        pass(10).await;
    }
    assert_eq!(stage.provider.ledger().requests, 1);
    // After its end it is sent once more; here the first never arrived.
    pass(10).await;
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-1");
    assert!(stage.provider.ledger().revoked.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_repetition_that_is_refused_is_the_end_and_says_what_happened() {
    let stage = Stage::new().await;
    let source = stage.source();
    stage.provider.next([Line::LostAfter]);
    pass(700).await;
    let error = source.access_token().await.unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
    assert!(error.to_string().contains("may be spent"), "{error}");
    pass(5).await;
    assert!(source.access_token().await.unwrap_err().needs_reconnect());
    let state = stage.state().await;
    assert!(reason(&state).contains("used twice"), "{state:?}");
    assert!(reason(&state).contains("was cut off"), "{state:?}");
    pass(100).await;
    assert!(source.access_token().await.unwrap_err().needs_reconnect());
    assert_eq!(stage.provider.ledger().requests, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_is_repeated_once_and_no_more() {
    let stage = Stage::new().await;
    let source = stage.source();
    stage.provider.next([Line::LostBefore; 100]);
    pass(700).await;
    for _ in 0..50 {
        assert!(source.access_token().await.is_err());
        pass(10).await;
    }
    assert_eq!(stage.provider.ledger().requests, 2);
    assert!(reason(&stage.state().await).contains("as the one before it"));
}

#[tokio::test(start_paused = true)]
async fn a_repetition_that_was_not_sent_does_not_count() {
    let stage = Stage::new().await;
    let source = stage.source();
    stage
        .provider
        .next([Line::LostBefore, Line::NotSent, Line::NotSent]);
    pass(700).await;
    for _ in 0..3 {
        assert!(source.access_token().await.is_err());
        pass(10).await;
    }
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-1");
    // And it is still known that it was one: another that is lost ends it.
    assert_eq!(stage.record().await.value.attempt(), None);
}

#[tokio::test(start_paused = true)]
async fn with_ask_owner_a_token_that_may_be_spent_is_never_sent_again() {
    let stage = Stage::new().await;
    let source = stage.builder().cut_off(CutOff::AskOwner).build();
    stage.provider.next([Line::LostAfter]);
    pass(545).await;
    // What is left of the access token is used up first.
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-0");
    pass(60).await;
    assert!(source.access_token().await.unwrap_err().needs_reconnect());
    assert_eq!(stage.provider.ledger().requests, 1);
    assert!(stage.provider.ledger().revoked.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_does_not_rotate_is_asked_again() {
    let stage = Stage::new().await;
    let stage = Stage {
        provider: Arc::new(Provider::new(stage.clock.clone()).not_rotating()),
        ..stage
    };
    let tokens = stage.provider.consent();
    stage.connect(tokens).await;
    let source = stage.source();
    stage
        .provider
        .next([Line::LostAfter, Line::LostBefore, Line::LostAfter]);
    pass(700).await;
    for _ in 0..3 {
        assert!(!source.access_token().await.unwrap_err().needs_reconnect());
        pass(10).await;
    }
    assert!(source.access_token().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_is_given_up_in_time() {
    let stage = Stage::new().await;
    let source = stage.source();
    stage.provider.next([Line::Silent]);
    pass(700).await;
    let before = tokio::time::Instant::now();
    let error = source.access_token().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Timeout, Effect::Unknown)
    );
    assert!(before.elapsed() < Duration::from_secs(31));
}

#[tokio::test(start_paused = true)]
async fn without_a_refresh_token_the_owner_is_asked_when_the_token_has_ended() {
    let stage = Stage::new().await;
    let mut tokens = stage.record().await.value.tokens().unwrap().clone();
    tokens.refresh_token = None;
    stage.connect(tokens.clone()).await;
    let source = stage.source();
    pass(590).await;
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-0");
    pass(11).await;
    assert!(source.access_token().await.unwrap_err().needs_reconnect());
    assert!(reason(&stage.state().await).contains("no refresh token"));
    // The same with one that has ended.
    let ended = tokens
        .with_refresh_token("refresh-1-0")
        .with_refresh_expiry(stage.clock.now());
    stage.connect(ended).await;
    pass(2).await;
    assert!(
        stage
            .source()
            .access_token()
            .await
            .unwrap_err()
            .needs_reconnect()
    );
    assert!(reason(&stage.state().await).contains("refresh token ended"));
    assert_eq!(stage.provider.ledger().requests, 0);
}
