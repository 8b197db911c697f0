use super::*;

fn operation() -> Operation {
    Operation::new("op", Safety::Once)
}

fn limited(rate: Rate, max_queue: u32) -> Guard {
    Guard::builder()
        .rate(rate)
        .max_queue(max_queue)
        .seed(7)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_answers_rate_limited_at_once_and_nothing_is_sent() {
    let guard = limited(Rate::per_second(1), 2);
    let script = Script::new([]);
    script.run(&guard, &operation()).await.unwrap();
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let guard = guard.clone();
            tokio::spawn(async move { Script::new([]).run(&guard, &operation()).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let start = Instant::now();
    let error = script.run(&guard, &operation()).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(script.calls(), 1);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.effect(), Effect::NotApplied);
    assert_eq!(error.retry_after(), Some(3 * SECOND));
    for caller in waiting {
        caller.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn who_would_be_too_late_is_told_at_once() {
    let guard = limited(Rate::per_second(1), 100);
    let heavy = operation().with_cost(30);
    Script::new([]).run(&guard, &heavy).await.unwrap();
    let start = Instant::now();
    let short = operation().with_deadline(10 * SECOND);
    let error = Script::new([]).run(&guard, &short).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(30 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn each_connection_has_a_rate_of_its_own() {
    let guard = limited(Rate::per_second(1), 100);
    let start = Instant::now();
    for name in ["a", "b", "c"] {
        let connection = guard.for_connection(name);
        Script::new([])
            .run(&connection, &operation())
            .await
            .unwrap();
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    // The same name is the same connection, whoever asks.
    let again = guard.for_connection("a");
    Script::new([]).run(&again, &operation()).await.unwrap();
    assert_eq!(start.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_shared_rate_holds_for_all_connections_together() {
    let guard = Guard::builder()
        .shared_rate(Rate::per_second(10))
        .build()
        .unwrap();
    let start = Instant::now();
    let calls = (0..21).map(|n| {
        let connection = guard.for_connection(format!("c{n}"));
        async move { Script::new([]).run(&connection, &operation()).await }
    });
    futures::future::try_join_all(calls).await.unwrap();
    assert_eq!(start.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_in_the_shared_queue_gives_back_its_own_rate_too() {
    let guard = Guard::builder()
        .rate(Rate::new(1, 60 * SECOND))
        .shared_rate(Rate::new(1, 10 * SECOND))
        .build()
        .unwrap();
    let (a, b) = (guard.for_connection("a"), guard.for_connection("b"));
    Script::new([]).run(&a, &operation()).await.unwrap();
    let op = operation();
    let script = Script::new([]);
    tokio::time::timeout(SECOND, script.run(&b, &op))
        .await
        .unwrap_err();
    tokio::time::sleep(9 * SECOND).await;
    let start = Instant::now();
    Script::new([]).run(&b, &operation()).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_hint_on_an_answer_pauses_the_connection() {
    let guard = guard();
    guard.pause_for(2 * SECOND);
    let start = Instant::now();
    Script::new([]).run(&guard, &operation()).await.unwrap();
    assert_eq!(start.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn connections_that_are_as_good_as_new_are_not_kept_for_ever() {
    let guard = limited(Rate::per_second(1), 100);
    for n in 0..10_000 {
        let connection = guard.for_connection(format!("c{n}"));
        Script::new([])
            .run(&connection, &operation())
            .await
            .unwrap();
        if n % 100 == 0 {
            tokio::time::sleep(SECOND).await;
        }
    }
    assert!(
        guard.shared.connections() < 500,
        "{}",
        guard.shared.connections()
    );
}
