use std::future::pending;

use super::*;

async fn hang(guard: &Guard, operation: &Operation) -> (Error, Duration) {
    let start = Instant::now();
    let result: Result<()> = guard.run(operation, |_| pending()).await;
    (result.unwrap_err(), start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_the_deadline_cuts_is_unknown_unless_it_only_read() {
    for safety in every_safety() {
        let read = safety == Safety::Read;
        let operation = Operation::new("op", safety).with_deadline(3 * SECOND);
        let (error, took) = hang(&guard(), &operation).await;
        assert_eq!(took, 3 * SECOND);
        assert_eq!(error.kind(), ErrorKind::Timeout);
        let expected = if read {
            Effect::NotApplied
        } else {
            Effect::Unknown
        };
        assert_eq!(error.effect(), expected);
        assert_eq!(error.attempts(), Some(1));
    }
}

#[tokio::test(start_paused = true)]
async fn it_covers_attempts_and_waits_together() {
    let guard = Guard::builder()
        .attempt_timeout(4 * SECOND)
        .max_attempts(10)
        .without_breaker()
        .build()
        .unwrap();
    let operation = Operation::new("op", Safety::Read).with_deadline(10 * SECOND);
    let (error, took) = hang(&guard, &operation).await;
    assert_eq!(took, 10 * SECOND);
    assert_eq!(error.attempts(), Some(3));
}

#[tokio::test(start_paused = true)]
async fn an_attempts_own_limit_lets_a_hung_one_be_repeated() {
    let guard = Guard::builder().attempt_timeout(SECOND).build().unwrap();
    let calls = AtomicU32::new(0);
    let operation = Operation::new("op", keyed());
    let result = guard
        .run(&operation, |_| async {
            if calls.fetch_add(1, Ordering::Relaxed) == 0 {
                pending::<()>().await;
            }
            Ok("done")
        })
        .await;
    assert_eq!(result.unwrap(), "done");
}

#[tokio::test(start_paused = true)]
async fn the_guards_own_deadline_serves_where_the_operation_has_none() {
    let guard = Guard::builder().deadline(8 * SECOND).build().unwrap();
    let (_, took) = hang(&guard, &Operation::new("op", Safety::Once)).await;
    assert_eq!(took, 8 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_passed_deadline_sends_nothing() {
    let operation = Operation::new("op", Safety::Once).with_deadline(Duration::ZERO);
    let script = Script::new([]);
    let error = script.run(&guard(), &operation).await.unwrap_err();
    assert_eq!(script.calls(), 0);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.effect(), Effect::NotApplied);
    assert_eq!(error.attempts(), Some(0));
}
