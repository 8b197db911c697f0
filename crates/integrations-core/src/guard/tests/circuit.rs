use std::future::pending;

use super::*;
use crate::integration::{Circuit, ConnectionState};

fn read() -> Operation {
    Operation::new("op", Safety::Read)
}

/// A guard that retries nothing and whose circuit is open.
async fn opened() -> Guard {
    let guard = Guard::builder().max_attempts(1).seed(7).build().unwrap();
    for _ in 0..5 {
        run_failing(&guard, &read(), lost).await;
    }
    assert_eq!(guard.status().circuit, Circuit::Open);
    guard
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_answers_at_once_and_sends_nothing() {
    let guard = opened().await;
    let script = Script::new([]);
    let start = Instant::now();
    let once = Operation::new("op", Safety::Once);
    let error = script.run(&guard, &once).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(script.calls(), 0);
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    assert_eq!(error.effect(), Effect::NotApplied);
    let wait = error.retry_after().unwrap();
    assert!(wait >= SECOND && wait <= SECOND * 6 / 5, "{wait:?}");
}

#[tokio::test(start_paused = true)]
async fn the_first_success_after_the_wait_closes_it() {
    let guard = opened().await;
    tokio::time::sleep(6 * SECOND).await;
    assert_eq!(guard.status().circuit, Circuit::HalfOpen);
    Script::new([]).run(&guard, &read()).await.unwrap();
    assert_eq!(guard.status().circuit, Circuit::Closed);
    assert_eq!(guard.status().state, ConnectionState::Connected);
}

#[tokio::test(start_paused = true)]
async fn one_call_at_a_time_probes_and_a_dropped_probe_makes_room() {
    let guard = opened().await;
    tokio::time::sleep(6 * SECOND).await;
    let probe = {
        let guard = guard.clone();
        tokio::spawn(async move { guard.run(&read(), |_| pending::<Result<()>>()).await })
    };
    tokio::task::yield_now().await;
    let script = Script::new([]);
    for _ in 0..10 {
        let error = script.run(&guard, &read()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    }
    assert_eq!(script.calls(), 0);
    probe.abort();
    tokio::task::yield_now().await;
    script.run(&guard, &read()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_dead_class_of_endpoints_does_not_take_the_others_down() {
    let guard = Guard::builder().max_attempts(1).build().unwrap();
    let reports = read().with_class("reports");
    Script::new([]).run(&guard, &read()).await.unwrap();
    for _ in 0..5 {
        run_failing(&guard, &reports, lost).await;
    }
    let refused = Script::new([]).run(&guard, &reports).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::CircuitOpen);
    Script::new([]).run(&guard, &read()).await.unwrap();
    let status = guard.status();
    assert_eq!(status.circuit, Circuit::Open);
    assert_eq!(status.state, ConnectionState::Degraded);
}

#[tokio::test(start_paused = true)]
async fn refusals_of_the_caller_do_not_open_it() {
    let guard = guard();
    for _ in 0..100 {
        run_failing(&guard, &read(), || Error::not_found("it")).await;
        run_failing(&guard, &read(), || Error::invalid_input("wrong")).await;
    }
    assert_eq!(guard.status().circuit, Circuit::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_meets_an_open_circuit_answers_the_failure_that_opened_it() {
    let breaker = Breaker::default().with_consecutive_failures(1);
    let breaker = breaker.with_open_for(5 * SECOND, 60 * SECOND);
    let guard = Guard::builder().breaker(breaker).build().unwrap();
    let (error, calls) = run_failing(&guard, &read(), lost).await;
    assert_eq!(calls, 1);
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.retry_after().unwrap() >= 4 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waited_in_the_queue_meets_the_circuit_that_opened_meanwhile() {
    let guard = Guard::builder()
        .rate(Rate::per_second(1))
        .max_attempts(1)
        .build()
        .unwrap();
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let guard = guard.clone();
            tokio::spawn(async move { run_failing(&guard, &read(), lost).await })
        })
        .collect();
    let mut sent = 0;
    for call in calls {
        let (error, calls) = call.await.unwrap();
        sent += calls;
        if calls == 0 {
            assert_eq!(error.kind(), ErrorKind::CircuitOpen);
        }
    }
    assert_eq!(sent, 5);
}

#[tokio::test(start_paused = true)]
async fn the_status_of_a_connection_is_its_own_and_the_guards_is_of_all() {
    let guard = guard();
    let (good, bad) = (guard.for_connection("good"), guard.for_connection("bad"));
    assert_eq!(guard.status().state, ConnectionState::Disconnected);
    Script::new([]).run(&good, &read()).await.unwrap();
    let revoked = || Error::new(ErrorKind::Unauthenticated, "the token was revoked");
    run_failing(&bad, &read(), revoked).await;
    assert_eq!(good.status().state, ConnectionState::Connected);
    assert_eq!(bad.status().state, ConnectionState::Failed);
    let text = bad.status().last_error.unwrap();
    assert!(text.contains("the token was revoked"), "{text}");
    assert_eq!(guard.status().state, ConnectionState::Failed);
}
