use tokio::time::sleep;

use std::sync::Arc;

use super::*;

const OPEN_FOR: Duration = Duration::from_secs(1);

fn breaker() -> (Arc<ClassBreaker>, Random) {
    let breaker = Arc::new(ClassBreaker::new(Breaker::default()));
    (breaker, Random::new(Some(1)))
}

fn call(breaker: &Arc<ClassBreaker>, random: &Random, verdict: Verdict) -> Option<Circuit> {
    let now = Instant::now();
    breaker.enter(now).unwrap().settle(verdict, now, random)
}

fn trip(breaker: &Arc<ClassBreaker>, random: &Random) {
    for _ in 0..5 {
        call(breaker, random, Verdict::Failing);
    }
    assert_eq!(breaker.circuit(Instant::now()), Circuit::Open);
}

#[tokio::test(start_paused = true)]
async fn failures_in_a_row_open_it() {
    let (breaker, random) = breaker();
    for _ in 0..4 {
        assert_eq!(call(&breaker, &random, Verdict::Failing), None);
    }
    call(&breaker, &random, Verdict::Alive);
    for _ in 0..4 {
        assert_eq!(call(&breaker, &random, Verdict::Failing), None);
    }
    assert_eq!(
        call(&breaker, &random, Verdict::Failing),
        Some(Circuit::Open)
    );
    let wait = breaker.enter(Instant::now()).unwrap_err();
    assert!(wait >= OPEN_FOR && wait <= OPEN_FOR * 6 / 5, "{wait:?}");
    assert_eq!(breaker.check(Instant::now()), Err(wait));
}

#[tokio::test(start_paused = true)]
async fn half_of_the_calls_failing_opens_it_when_there_are_enough() {
    let (breaker, random) = breaker();
    for n in 1..=19 {
        let verdict = if n % 2 == 0 {
            Verdict::Failing
        } else {
            Verdict::Alive
        };
        assert_eq!(call(&breaker, &random, verdict), None, "call {n}");
    }
    assert_eq!(
        call(&breaker, &random, Verdict::Failing),
        Some(Circuit::Open)
    );
}

/// Where one call in seven fails, five failures come together by chance soon.
#[tokio::test(start_paused = true)]
async fn failures_that_come_together_by_chance_do_not_open_it_where_there_is_traffic() {
    let (breaker, random) = breaker();
    let (mut in_a_row, mut most) = (0, 0);
    for n in 0..100_000 {
        let verdict = match n >= 20 && random.unit() < 0.15 {
            true => Verdict::Failing,
            false => Verdict::Alive,
        };
        in_a_row = if verdict == Verdict::Failing {
            in_a_row + 1
        } else {
            0
        };
        most = most.max(in_a_row);
        assert_eq!(call(&breaker, &random, verdict), None, "call {n}");
        sleep(Duration::from_millis(2)).await;
    }
    assert!(most >= 5, "at most {most} in a row");
    // And when it is down, that is seen within 20 calls.
    call(&breaker, &random, Verdict::Alive);
    for _ in 0..19 {
        assert_eq!(call(&breaker, &random, Verdict::Failing), None);
    }
    let change = call(&breaker, &random, Verdict::Failing);
    assert_eq!(change, Some(Circuit::Open));
}

#[tokio::test(start_paused = true)]
async fn old_failures_are_forgotten() {
    let (breaker, random) = breaker();
    for _ in 0..4 {
        for _ in 0..4 {
            call(&breaker, &random, Verdict::Failing);
        }
        call(&breaker, &random, Verdict::Alive);
        sleep(Duration::from_secs(31)).await;
    }
    assert_eq!(breaker.circuit(Instant::now()), Circuit::Closed);
}

#[tokio::test(start_paused = true)]
async fn what_proves_nothing_changes_nothing() {
    let (breaker, random) = breaker();
    for _ in 0..100 {
        assert_eq!(call(&breaker, &random, Verdict::NoEvidence), None);
    }
    assert_eq!(breaker.circuit(Instant::now()), Circuit::Closed);
}

#[tokio::test(start_paused = true)]
async fn half_open_lets_one_probe_through_at_a_time() {
    let (breaker, random) = breaker();
    trip(&breaker, &random);
    sleep(OPEN_FOR * 6 / 5).await;
    assert_eq!(breaker.circuit(Instant::now()), Circuit::HalfOpen);
    let probe = breaker.enter(Instant::now()).unwrap();
    assert!(probe.is_probe());
    for _ in 0..100 {
        assert_eq!(breaker.enter(Instant::now()).unwrap_err(), OPEN_FOR);
    }
    let now = Instant::now();
    let closed = probe.settle(Verdict::Alive, now, &random);
    assert_eq!(closed, Some(Circuit::Closed));
    assert!(!breaker.enter(now).unwrap().is_probe());
    assert_eq!(breaker.circuit(now), Circuit::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_failed_probe_opens_it_for_twice_as_long_up_to_the_maximum() {
    let (breaker, random) = breaker();
    trip(&breaker, &random);
    for expected in [2, 4, 5, 5, 5] {
        sleep(breaker.enter(Instant::now()).unwrap_err()).await;
        assert_eq!(
            call(&breaker, &random, Verdict::Failing),
            Some(Circuit::Open)
        );
        let wait = breaker.enter(Instant::now()).unwrap_err();
        let expected = Duration::from_secs(expected);
        assert!(wait >= expected && wait <= expected * 6 / 5, "{wait:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_cancelled_or_proves_nothing_frees_its_place() {
    let (breaker, random) = breaker();
    trip(&breaker, &random);
    sleep(OPEN_FOR * 6 / 5).await;
    drop(breaker.enter(Instant::now()).unwrap());
    assert_eq!(call(&breaker, &random, Verdict::NoEvidence), None);
    assert!(breaker.enter(Instant::now()).unwrap().is_probe());
}

#[tokio::test(start_paused = true)]
async fn calls_from_before_it_opened_change_nothing_when_they_end() {
    let (breaker, random) = breaker();
    let now = Instant::now();
    let early: Vec<_> = (0..3).map(|_| breaker.enter(now).unwrap()).collect();
    trip(&breaker, &random);
    sleep(OPEN_FOR * 6 / 5).await;
    let probe = breaker.enter(Instant::now()).unwrap();
    for (pass, verdict) in early.into_iter().zip([Verdict::Alive, Verdict::Failing]) {
        assert_eq!(pass.settle(verdict, Instant::now(), &random), None);
    }
    assert_eq!(breaker.circuit(Instant::now()), Circuit::HalfOpen);
    assert!(breaker.enter(Instant::now()).is_err());
    drop(probe);
}

#[tokio::test(start_paused = true)]
async fn open_periods_differ_at_random() {
    let waits: Vec<Duration> = (0..20)
        .map(|seed| {
            let breaker = Arc::new(ClassBreaker::new(Breaker::default()));
            trip(&breaker, &Random::new(Some(seed)));
            breaker.enter(Instant::now()).unwrap_err()
        })
        .collect();
    let mut distinct = waits.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), waits.len());
}
