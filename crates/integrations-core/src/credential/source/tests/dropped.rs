//! Callers that stop waiting, at any point.

use proptest::prelude::*;

use super::provider::Line;
use super::*;
use crate::dropped::Dropped;

#[tokio::test(start_paused = true)]
async fn the_caller_that_began_a_refresh_can_leave_it_to_the_others() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Takes(Duration::from_secs(4))]);
    let source = stage.source();
    pass(700).await;
    let first = tokio::time::timeout(Duration::from_secs(1), source.access_token()).await;
    assert!(first.is_err());
    assert_eq!(text(&source.access_token().await.unwrap()), "access-1-1");
    assert_eq!(stage.provider.ledger().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_everybody_left_is_stored_all_the_same() {
    let stage = Stage::new().await;
    stage.provider.next([Line::Takes(Duration::from_secs(4))]);
    let source = stage.source();
    pass(700).await;
    let first = tokio::time::timeout(Duration::from_secs(1), source.access_token()).await;
    assert!(first.is_err());
    source.settle().await;
    let kept = stage.record().await.value;
    let kept = kept.tokens().unwrap().access_token.clone();
    assert_eq!(kept.expose_secret(), "access-1-1");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Callers of several processes over several expiries, each dropped after some polls.
    #[test]
    fn wherever_callers_are_dropped_there_is_one_refresh_for_each_expiry(
        rounds in prop::collection::vec(
            (0u64..3000, prop::collection::vec((0usize..3, 0u32..6, 0u64..3000), 1..12)),
            1..6,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let stage = Stage::new().await;
            let processes = [stage.source(), stage.source(), stage.source()];
            for (round, (takes, callers)) in rounds.into_iter().enumerate() {
                let expected = u32::try_from(round).unwrap() + 1;
                stage.provider.next([Line::Takes(Duration::from_millis(takes))]);
                pass(700).await;
                let callers = callers.into_iter().map(|(process, polls, after)| {
                    let source = processes[process].clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(after)).await;
                        let call = Box::pin(async move { source.access_token().await });
                        Dropped { future: Some(call), polls }.await
                    })
                });
                for done in futures::future::join_all(callers).await {
                    if let Some(token) = done.unwrap() {
                        let token = token.unwrap();
                        assert_eq!(text(&token), format!("access-1-{expected}"));
                    }
                }
                // One who stays: a round in which everybody left at once has an expiry as well.
                let token = processes[0].access_token().await.unwrap();
                assert_eq!(text(&token), format!("access-1-{expected}"));
                for source in &processes {
                    source.settle().await;
                }
                assert_eq!(stage.provider.ledger().requests, expected);
            }
            assert!(stage.provider.ledger().revoked.is_empty());
        });
    }
}
