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

/// The most in any second, of times in order.
fn most_in_a_second(times: &[Instant]) -> usize {
    let within = |start: &Instant| {
        let inside = times
            .iter()
            .filter(|at| *at >= start && **at < *start + SECOND);
        inside.count()
    };
    times.iter().map(within).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn both_rates_hold_in_every_second_and_connections_get_their_share() {
    let guard = Guard::builder()
        .rate(Rate::per_second(10))
        .shared_rate(Rate::per_second(60))
        .build()
        .unwrap();
    let start = Instant::now();
    let callers = (0..12 * 6).map(|caller| {
        let connection = guard.for_connection(format!("c{}", caller % 12));
        async move {
            let (mut left, operation) = (Vec::new(), operation());
            while start.elapsed() < 60 * SECOND {
                let call = connection.run(&operation, |_| async { Ok(Instant::now()) });
                left.push(call.await.unwrap());
            }
            left
        }
    });
    let of_callers = futures::future::join_all(callers).await;
    let of_connection = |connection: usize| {
        let mut times = of_callers
            .iter()
            .skip(connection)
            .step_by(12)
            .flatten()
            .copied();
        let mut times: Vec<Instant> = times.by_ref().collect();
        times.sort();
        times
    };
    let of_each: Vec<Vec<Instant>> = (0..12).map(of_connection).collect();
    let mut all = of_each.concat();
    all.sort();
    assert!(most_in_a_second(&all) <= 60);
    assert!(of_each.iter().all(|times| most_in_a_second(times) <= 10));
    let used = all.iter().filter(|at| **at < start + 60 * SECOND).count();
    assert!(used >= 3564, "{used} of 3600");
    let counts = of_each.iter().map(Vec::len);
    let (least, most) = (counts.clone().min().unwrap(), counts.max().unwrap());
    assert!((most - least) * 20 <= most, "{least} to {most}");
}

#[tokio::test(start_paused = true)]
async fn who_waited_for_the_rate_of_all_does_not_leave_close_behind_another_of_its_connection() {
    let guard = Guard::builder()
        .rate(Rate::per_second(1))
        .shared_rate(Rate::per_second(100))
        .build()
        .unwrap();
    let left = Mutex::new(Vec::new());
    let op = operation();
    let call = async |name: String| {
        let connection = guard.for_connection(&name);
        let leaves = async |_| Ok(Instant::now());
        let at = connection.run(&op, leaves).await.unwrap();
        left.lock().unwrap().push((name, at));
    };
    // Ninety others are before the first of `z`, nobody before its second.
    let others = (0..90).map(|n| format!("c{n}"));
    let names = others.chain(["z".to_owned(), "z".to_owned()]);
    futures::future::join_all(names.map(call)).await;
    let left = left.into_inner().unwrap();
    let of_z: Vec<Instant> = left
        .iter()
        .filter(|(name, _)| name == "z")
        .map(|(_, at)| *at)
        .collect();
    assert_eq!(of_z[1] - of_z[0], SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_bound_of_a_queue_counts_those_who_wait_for_the_rate_of_all() {
    let guard = Guard::builder()
        .shared_rate(Rate::per_second(1))
        .max_queue(2)
        .build()
        .unwrap();
    let calls = (0..6).map(|_| async { Script::new([]).run(&guard, &operation()).await });
    let start = Instant::now();
    let told = futures::future::join_all(calls).await;
    assert_eq!(start.elapsed(), 2 * SECOND);
    let refused: Vec<_> = told.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 3);
    for error in refused {
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(3 * SECOND));
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_begins_in_the_shared_queue_is_waited_for() {
    let guard = Guard::builder()
        .shared_rate(Rate::per_second(1))
        .build()
        .unwrap();
    Script::new([]).run(&guard, &operation()).await.unwrap();
    let start = Instant::now();
    let (paused, other) = (guard.for_connection("a"), guard.for_connection("b"));
    let waits = {
        let paused = paused.clone();
        tokio::spawn(async move { Script::new([]).run(&paused, &operation()).await })
    };
    tokio::task::yield_now().await;
    paused.pause_for(5 * SECOND);
    // Its place in the rate of all is another's meanwhile.
    Script::new([]).run(&other, &operation()).await.unwrap();
    assert!(start.elapsed() <= 2 * SECOND, "{:?}", start.elapsed());
    waits.await.unwrap().unwrap();
    assert!(start.elapsed() >= 5 * SECOND, "{:?}", start.elapsed());
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
