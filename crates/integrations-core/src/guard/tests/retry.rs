use super::*;

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_repeated_whatever_the_safety() {
    for safety in every_safety() {
        let script = Script::new([not_sent(), not_sent()]);
        let operation = Operation::new("op", safety);
        assert_eq!(script.run(&guard(), &operation).await.unwrap(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn once_is_sent_once_when_its_answer_is_lost() {
    for error in [
        lost(),
        Error::new(ErrorKind::Timeout, "no answer"),
        Error::new(ErrorKind::Unavailable, "bad gateway").with_status(502),
    ] {
        let kind = error.kind();
        let script = Script::new([error]);
        let operation = Operation::new("op", Safety::Once);
        let failed = script.run(&guard(), &operation).await.unwrap_err();
        assert_eq!(script.calls(), 1);
        assert_eq!((failed.kind(), failed.effect()), (kind, Effect::Unknown));
        assert_eq!(failed.attempts(), Some(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_where_that_is_harmless() {
    for safety in [Safety::Read, Safety::Idempotent, keyed()] {
        let script = Script::new([lost(), lost()]);
        let operation = Operation::new("op", safety);
        assert_eq!(script.run(&guard(), &operation).await.unwrap(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_is_not_repeated() {
    let script = Script::new([Error::not_found("it")]);
    let operation = Operation::new("op", Safety::Read);
    let error = script.run(&guard(), &operation).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(script.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_and_told() {
    let operation = Operation::new("op", Safety::Read);
    let (error, calls) = run_failing(&guard(), &operation, lost).await;
    assert_eq!(calls, 3);
    assert_eq!(error.attempts(), Some(3));
    assert!(error.elapsed().is_some());
    assert!(error.to_string().contains("3 attempts in"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn even_once_waits_for_as_long_as_it_was_told_and_is_sent_again() {
    let script = Script::new([too_many(7 * SECOND)]);
    let operation = Operation::new("op", Safety::Once);
    let start = Instant::now();
    assert_eq!(script.run(&guard(), &operation).await.unwrap(), 2);
    let most = Backoff::default().first + SECOND / 100;
    assert!(start.elapsed() >= 7 * SECOND && start.elapsed() <= 7 * SECOND + most);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let script = Script::new([too_many(60 * SECOND)]);
    let operation = Operation::new("op", Safety::Read).with_deadline(10 * SECOND);
    let start = Instant::now();
    let error = script.run(&guard(), &operation).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(60 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn what_one_call_is_told_holds_up_the_others_of_its_connection_only() {
    let guard = guard();
    let (mine, other) = (guard.for_connection("a"), guard.for_connection("b"));
    let operation = Operation::new("op", Safety::Read);
    let told = {
        let (mine, operation) = (mine.clone(), operation.clone());
        let script = Script::new([too_many(5 * SECOND)]);
        tokio::spawn(async move { script.run(&mine, &operation).await })
    };
    tokio::task::yield_now().await;
    let start = Instant::now();
    Script::new([]).run(&other, &operation).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    Script::new([]).run(&mine, &operation).await.unwrap();
    assert_eq!(start.elapsed(), 5 * SECOND);
    told.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_absurd_wait_holds_up_the_others_no_longer_than_the_policy_says() {
    let guard = guard();
    let operation = Operation::new("op", Safety::Read);
    let day = 86_400 * SECOND;
    let told = Script::new([too_many(day)]);
    told.run(&guard, &operation).await.unwrap_err();
    let start = Instant::now();
    Script::new([]).run(&guard, &operation).await.unwrap();
    assert_eq!(start.elapsed(), 60 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_budget_ends_the_retries_of_an_outage() {
    let guard = Guard::builder().seed(7).without_breaker().build().unwrap();
    let operation = Operation::new("op", Safety::Read);
    let mut calls = 0;
    for _ in 0..1000 {
        calls += run_failing(&guard, &operation, lost).await.1;
    }
    // 500 tokens pay 100 retries at 5 each.
    assert_eq!(calls, 1000 + 100);
    // Successes pay for retries again.
    for _ in 0..10 {
        Script::new([]).run(&guard, &operation).await.unwrap();
    }
    assert_eq!(run_failing(&guard, &operation, lost).await.1, 3);
    assert_eq!(run_failing(&guard, &operation, lost).await.1, 1);
}

#[tokio::test(start_paused = true)]
async fn retries_after_timeouts_cost_twice_as_much() {
    let guard = Guard::builder().without_breaker().build().unwrap();
    let operation = Operation::new("op", Safety::Read);
    let mut calls = 0;
    for _ in 0..1000 {
        let timeout = || Error::new(ErrorKind::Timeout, "no answer");
        calls += run_failing(&guard, &operation, timeout).await.1;
    }
    assert_eq!(calls, 1000 + 50);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cancelled_while_it_waits_pays_for_no_retry() {
    let budget = RetryBudget::default().with_capacity(5);
    let guard = Guard::builder().retry_budget(budget).build().unwrap();
    let operation = Operation::new("op", Safety::Read);
    let waiting = Script::new([too_many(5 * SECOND)]);
    tokio::time::timeout(SECOND, waiting.run(&guard, &operation))
        .await
        .unwrap_err();
    tokio::time::sleep(5 * SECOND).await;
    let again = Script::new([lost()]);
    assert_eq!(again.run(&guard, &operation).await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_run() {
    let run = async |seed| {
        let guard = Guard::builder().seed(seed).build().unwrap();
        let start = Instant::now();
        let operation = Operation::new("op", Safety::Read);
        let script = Script::new([lost(), lost()]);
        script.run(&guard, &operation).await.unwrap();
        start.elapsed()
    };
    assert_eq!(run(1).await, run(1).await);
    assert_ne!(run(1).await, run(2).await);
}

#[tokio::test(start_paused = true)]
async fn attempts_know_their_number_and_whether_an_answer_was_lost() {
    let seen = Mutex::new(Vec::new());
    let answers = Mutex::new(vec![lost(), not_sent()]);
    let operation = Operation::new("op", Safety::Idempotent);
    guard()
        .run(&operation, |attempt| async move { Ok(attempt) })
        .await
        .map(|attempt| assert_eq!((attempt.number, attempt.after_unknown), (1, false)))
        .unwrap();
    let result: Result<()> = guard()
        .run(&operation, |attempt| {
            seen.lock()
                .unwrap()
                .push((attempt.number, attempt.after_unknown));
            let answer = answers.lock().unwrap().pop();
            async { answer.map_or(Ok(()), Err) }
        })
        .await;
    result.unwrap();
    let expected = [(1, false), (2, false), (3, true)];
    assert_eq!(*seen.lock().unwrap(), expected);
}
