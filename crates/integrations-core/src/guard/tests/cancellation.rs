//! A call that is dropped, at whatever point, leaves nothing behind.

use std::sync::Arc;

use super::random::Random;
use super::*;
use crate::dropped::Dropped;

/// How one attempt ends, after which time. `paced`: nobody asks to slow down.
fn end(random: &Random, paced: bool) -> (Duration, Option<Result<()>>) {
    let takes = random.up_to(SECOND / 20);
    let end = match random.next_u64() % 8 {
        0 | 1 => Some(Ok(())),
        2 => Some(Err(lost())),
        3 => Some(Err(not_sent())),
        4 if !paced => Some(Err(too_many(random.up_to(SECOND / 10)))),
        5 => Some(Err(Error::not_found("it"))),
        6 => Some(Err(Error::new(ErrorKind::Unavailable, "down"))),
        // Never.
        _ => None,
    };
    (takes, end)
}

const CAPACITY: u32 = 100;
const COST: u32 = 5;
/// Between two calls of one connection.
const INTERVAL: Duration = Duration::from_millis(50);

/// The attempts that were made, of each connection.
#[derive(Debug, Default)]
struct Made {
    at: [Vec<Instant>; 2],
    repeated: u32,
}

impl Made {
    /// How long the limiter of a connection may still be busy with them.
    fn busy(&self, connection: usize, now: Instant) -> Duration {
        let free = self.at[connection]
            .iter()
            .fold(now - SECOND, |free, at| free.max(*at) + INTERVAL);
        free.saturating_duration_since(now)
    }
}

/// Calls that are dropped at points drawn from the seed, and then what is left of them.
async fn drop_anywhere(seed: u64) {
    let budget = RetryBudget::default().with_capacity(CAPACITY);
    let breaker = Breaker::default().with_consecutive_failures(2);
    let guard = Guard::builder()
        .seed(seed)
        .rate(Rate::new(1, INTERVAL))
        .shared_rate(Rate::per_second(10))
        .max_queue(3)
        .retry_budget(budget.with_costs(COST, COST))
        .breaker(breaker.with_open_for(SECOND / 10, SECOND))
        .build()
        .unwrap();
    let paced = seed.is_multiple_of(2);
    let random = Arc::new(Random::new(Some(seed)));
    let made = Arc::new(Mutex::new(Made::default()));
    let calls = (0..12).map(|call| {
        let connection = call % 2;
        let guard = guard.for_connection(format!("c{connection}"));
        let (random, made) = (random.clone(), made.clone());
        async move {
            let operation = Operation::new("op", Safety::Idempotent).with_deadline(5 * SECOND);
            tokio::time::sleep(random.up_to(SECOND / 4)).await;
            let run = guard.run(&operation, |attempt| {
                let mut made = made.lock().unwrap();
                made.at[connection].push(Instant::now());
                made.repeated += u32::from(attempt.number > 1);
                drop(made);
                let (takes, end) = end(&random, paced);
                async move {
                    tokio::time::sleep(takes).await;
                    match end {
                        Some(end) => end,
                        None => std::future::pending().await,
                    }
                }
            });
            let polls = random.next_u64() as u32 % 10;
            let run = Dropped {
                future: Some(Box::pin(run)),
                polls,
            };
            // Or while it waits.
            let _ = tokio::time::timeout(random.up_to(2 * SECOND), run).await;
        }
    });
    futures::future::join_all(calls).await;

    // What was paid and not given back is what was sent again.
    let made = std::mem::take(&mut *made.lock().unwrap());
    let (spent, left) = (made.repeated * COST, guard.shared.budget.tokens());
    assert!(
        left + spent >= CAPACITY,
        "seed {seed}: {left} left, {spent} spent"
    );
    let now = Instant::now();
    for connection in 0..2 {
        let limiter = &guard.for_connection(format!("c{connection}")).connection;
        let busy = limiter.limiter.busy(now);
        let most = made.busy(connection, now);
        assert!(
            !paced || busy <= most,
            "seed {seed}: busy for {busy:?}, and not {most:?}"
        );
    }
    tokio::time::sleep(20 * SECOND).await;
    let now = Instant::now();
    let shared = guard.shared.limiter.as_ref().unwrap();
    assert!(shared.is_idle(now), "seed {seed}: {shared:?}");
    for name in ["c0", "c1"] {
        let connection = guard.for_connection(name);
        let limiter = &connection.connection.limiter;
        assert!(limiter.is_idle(now), "seed {seed}: {limiter:?}");
        // A probe that was dropped does not keep its place.
        let (script, operation) = (Script::new([]), Operation::new("op", Safety::Read));
        let next = script.run(&connection, &operation).await;
        next.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        tokio::time::sleep(SECOND).await;
    }
    assert_eq!(
        guard.status().circuit,
        crate::Circuit::Closed,
        "seed {seed}"
    );
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_dropped_at_any_point_give_everything_back() {
    for seed in 0..1000 {
        drop_anywhere(seed).await;
    }
}
