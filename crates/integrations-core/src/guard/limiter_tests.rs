use std::sync::Arc;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn within(seconds: u64) -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(seconds))
}

async fn take(limiter: &Limiter, cost: u32) -> Duration {
    let charge = limiter.acquire(cost, within(3600)).await.unwrap();
    let waited = charge.waited;
    charge.spend();
    waited
}

/// The most in any window of a length, of times in order.
fn most_within(times: &[Instant], window: Duration) -> usize {
    let count = |start: &Instant| {
        let inside = times
            .iter()
            .filter(|at| *at >= start && **at < *start + window);
        inside.count()
    };
    times.iter().map(count).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn without_a_rate_nobody_waits() {
    let limiter = Limiter::new(None, 0);
    for _ in 0..1000 {
        assert_eq!(take(&limiter, 1).await, Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_kept_in_every_window_and_used_to_the_full() {
    let limiter = Arc::new(Limiter::new(Some(Rate::per_second(100)), 64));
    let start = Instant::now();
    let callers = (0..64).map(|_| {
        let limiter = limiter.clone();
        tokio::spawn(async move {
            let mut times = Vec::new();
            while start.elapsed() < 60 * SECOND {
                take(&limiter, 1).await;
                times.push(Instant::now());
            }
            times
        })
    });
    let of_each: Vec<Vec<Instant>> = futures::future::try_join_all(callers).await.unwrap();
    let mut times: Vec<Instant> = of_each.concat();
    times.sort();
    assert!(most_within(&times, SECOND) <= 100);
    let used = times.iter().filter(|at| **at < start + 60 * SECOND).count();
    assert!(used >= 5940, "{used} of 6000");
    let counts = of_each.iter().map(Vec::len);
    let (least, most) = (counts.clone().min().unwrap(), counts.max().unwrap());
    assert!((most - least) * 20 <= most, "{least} to {most}");
}

#[tokio::test(start_paused = true)]
async fn a_rate_above_the_timers_resolution_is_reached() {
    let limiter = Limiter::new(Some(Rate::per_second(5000)), 100);
    let start = Instant::now();
    let callers = (0..50).map(async |_| {
        let mut calls = 0;
        while start.elapsed() < SECOND {
            take(&limiter, 1).await;
            calls += 1;
        }
        calls
    });
    let calls: i32 = futures::future::join_all(callers).await.into_iter().sum();
    assert!((4950..=5060).contains(&calls), "{calls}");
}

#[tokio::test(start_paused = true)]
async fn a_burst_leaves_at_once_and_the_next_waits() {
    let limiter = Limiter::new(Some(Rate::per_second(10).with_burst(3)), 10);
    for _ in 0..3 {
        assert_eq!(take(&limiter, 1).await, Duration::ZERO);
    }
    assert_eq!(take(&limiter, 1).await, SECOND / 10);
    tokio::time::sleep(10 * SECOND).await;
    for _ in 0..3 {
        assert_eq!(take(&limiter, 1).await, Duration::ZERO);
    }
    assert_eq!(take(&limiter, 1).await, SECOND / 10);
}

#[tokio::test(start_paused = true)]
async fn a_heavy_call_takes_its_weight_even_above_the_burst() {
    let limiter = Limiter::new(Some(Rate::per_second(10)), 10);
    assert_eq!(take(&limiter, 20).await, Duration::ZERO);
    assert_eq!(take(&limiter, 1).await, 2 * SECOND);
    assert_eq!(take(&limiter, 0).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn callers_are_served_in_the_order_in_which_they_came() {
    let limiter = Arc::new(Limiter::new(Some(Rate::per_second(10)), 100));
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut callers = Vec::new();
    for number in 0..20 {
        let (limiter, order) = (limiter.clone(), order.clone());
        callers.push(tokio::spawn(async move {
            // Heavy ones are not overtaken by light ones.
            take(&limiter, 1 + number % 3).await;
            order.lock().unwrap().push(number);
        }));
        tokio::task::yield_now().await;
    }
    futures::future::try_join_all(callers).await.unwrap();
    assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_at_once_and_says_how_long_it_is() {
    let limiter = Arc::new(Limiter::new(Some(Rate::per_second(1)), 3));
    take(&limiter, 1).await;
    for _ in 0..3 {
        let limiter = limiter.clone();
        tokio::spawn(async move { take(&limiter, 1).await });
        tokio::task::yield_now().await;
    }
    let before = Instant::now();
    let refused = limiter.acquire(1, within(3600)).await.unwrap_err();
    assert_eq!(before.elapsed(), Duration::ZERO);
    let wait = 4 * SECOND;
    assert_eq!(refused, Refusal::Full { waiting: 3, wait });
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_served_in_time_is_refused_at_once_and_takes_nothing() {
    let limiter = Arc::new(Limiter::new(Some(Rate::per_second(1)), 100));
    take(&limiter, 1).await;
    for _ in 0..5 {
        let limiter = limiter.clone();
        tokio::spawn(async move { take(&limiter, 1).await });
        tokio::task::yield_now().await;
    }
    let before = Instant::now();
    for _ in 0..10 {
        let refused = limiter.acquire(1, within(5)).await.unwrap_err();
        let wait = 6 * SECOND;
        assert_eq!(refused, Refusal::TooLate { wait });
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(take(&limiter, 1).await, 6 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_caller_leaves_the_queue_and_the_next_moves_up() {
    let limiter = Arc::new(Limiter::new(Some(Rate::per_second(1)), 100));
    take(&limiter, 1).await;
    let waiting: Vec<_> = (0..5)
        .map(|_| {
            let limiter = limiter.clone();
            tokio::spawn(async move { take(&limiter, 1).await })
        })
        .collect();
    tokio::time::sleep(SECOND / 2).await;
    // The head, which sleeps, and one behind it, which waits for it.
    waiting[0].abort();
    waiting[3].abort();
    tokio::task::yield_now().await;
    let mut waits = Vec::new();
    for caller in waiting {
        if let Ok(waited) = caller.await {
            waits.push(waited);
        }
    }
    assert_eq!(waits, [SECOND, 2 * SECOND, 3 * SECOND]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_spent_is_given_back() {
    let limiter = Limiter::new(Some(Rate::per_second(1)), 100);
    drop(limiter.acquire(1, within(10)).await.unwrap());
    assert_eq!(take(&limiter, 1).await, Duration::ZERO);
    assert_eq!(take(&limiter, 1).await, SECOND);
}

#[tokio::test(start_paused = true)]
async fn what_has_drained_is_not_given_back() {
    let limiter = Limiter::new(Some(Rate::per_second(1)), 100);
    let unspent = limiter.acquire(1, within(10)).await.unwrap();
    tokio::time::sleep(SECOND).await;
    assert_eq!(take(&limiter, 1).await, Duration::ZERO);
    drop(unspent);
    assert_eq!(take(&limiter, 1).await, SECOND);
    // And of what has drained in part, the rest is.
    tokio::time::sleep(SECOND).await;
    let unspent = limiter.acquire(1, within(10)).await.unwrap();
    tokio::time::sleep(SECOND / 4).await;
    drop(unspent);
    assert_eq!(take(&limiter, 1).await, Duration::ZERO);
    assert_eq!(take(&limiter, 1).await, SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_up_those_who_wait_and_those_who_come() {
    let limiter = Arc::new(Limiter::new(Some(Rate::per_second(10).with_burst(5)), 100));
    for _ in 0..5 {
        take(&limiter, 1).await;
    }
    let start = Instant::now();
    let waiting = {
        let limiter = limiter.clone();
        tokio::spawn(async move { take(&limiter, 1).await })
    };
    tokio::task::yield_now().await;
    limiter.pause_until(start + 7 * SECOND);
    limiter.pause_until(start + SECOND);
    assert_eq!(waiting.await.unwrap(), 7 * SECOND);
    // No burst after a pause: the provider has just said that it was too much.
    assert_eq!(take(&limiter, 1).await, SECOND / 10);
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_without_a_rate_too() {
    let limiter = Limiter::new(None, 100);
    limiter.pause_until(Instant::now() + 3 * SECOND);
    assert_eq!(take(&limiter, 1).await, 3 * SECOND);
    assert_eq!(take(&limiter, 1).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn after_too_many_it_slows_down_and_recovers() {
    let limiter = Limiter::new(Some(Rate::per_second(10)), 100);
    let count = async || {
        take(&limiter, 1).await;
        let start = Instant::now();
        let mut calls = 0;
        while start.elapsed() < SECOND {
            take(&limiter, 1).await;
            calls += 1;
        }
        calls
    };
    assert_eq!(count().await, 10);
    // Several answers to the same burst count once.
    for _ in 0..5 {
        limiter.ease(Instant::now());
    }
    assert!((7..=8).contains(&count().await));
    tokio::time::sleep(6 * SECOND).await;
    assert_eq!(count().await, 10);
}

/// Only a timer that was late is made up for, not the time in which nobody came.
#[tokio::test(start_paused = true)]
async fn who_comes_after_a_pause_fills_the_bucket_from_then_on() {
    let limiter = Limiter::new(Some(Rate::per_second(1)), 100);
    take(&limiter, 1).await;
    tokio::time::sleep(3 * SECOND).await;
    let mut place = limiter.enter(1, within(60)).await.unwrap();
    place.ready(within(60)).await.unwrap();
    place.charge(true).spend();
    assert_eq!(limiter.busy(Instant::now()), SECOND);
}

#[tokio::test(start_paused = true)]
async fn it_is_idle_again_when_nothing_is_left_of_its_use() {
    let limiter = Limiter::new(Some(Rate::per_second(1)), 100);
    assert!(limiter.is_idle(Instant::now()));
    take(&limiter, 2).await;
    assert!(!limiter.is_idle(Instant::now()));
    tokio::time::sleep(2 * SECOND).await;
    assert!(limiter.is_idle(Instant::now()));
}
