//! A stale answer instead of an error: allowed by both sides, and marked.

use super::*;
use crate::Circuit;
use crate::guard::{Breaker, Rate};

const HOUR: Duration = Duration::from_secs(3600);

fn up_to(max_stale: Duration) -> ReadOptions {
    ReadOptions::new().stale_if_error(max_stale)
}

fn breaking() -> Guard {
    let breaker = Breaker::default().with_consecutive_failures(2);
    let breaker = breaker.with_open_for(600 * SECOND, 600 * SECOND);
    let guard = Guard::builder().seed(1).max_attempts(1).breaker(breaker);
    guard.build().unwrap().for_connection("acct_1")
}

/// Fails calls until the circuit is open.
async fn open(guard: &Guard) {
    while guard.status().circuit != Circuit::Open {
        let lost = || async { Err::<(), _>(Error::new(ErrorKind::Network, "lost")) };
        guard.run(list(), |_| lost()).await.unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn with_an_open_circuit_the_stale_answer_is_served_and_marked() {
    let (cache, guard) = (HttpCache::default(), breaking());
    let transport = counting(&[("cache-control", "max-age=60")]);
    read(&cache, &guard, &transport, get(ROOMS)).await;
    tokio::time::sleep(100 * SECOND).await;
    open(&guard).await;
    let answer = try_read(&cache, &guard, &transport, get(ROOMS), up_to(HOUR)).await;
    let stale = Freshness::Stale {
        age: 100 * SECOND,
        because: ErrorKind::CircuitOpen,
    };
    assert_eq!(answer.unwrap(), body("1", stale));
    assert_eq!(transport.served(), 1, "nothing was sent");

    // Who did not allow it is told the error.
    let error = try_read(&cache, &guard, &transport, get(ROOMS), ReadOptions::new()).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::CircuitOpen);
    // So is who asks for what is not kept.
    let other = get("https://api.example/other");
    let error = try_read(&cache, &guard, &transport, other, up_to(HOUR)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::CircuitOpen);
}

#[tokio::test(start_paused = true)]
async fn a_fresh_answer_takes_no_permit_and_needs_no_circuit() {
    let rate = Rate::new(1, HOUR);
    let breaker = Breaker::default().with_consecutive_failures(1);
    let guard = Guard::builder().rate(rate).breaker(breaker).max_attempts(1);
    let guard = guard.build().unwrap().for_connection("acct_1");
    let (cache, transport) = (
        HttpCache::default(),
        counting(&[("cache-control", "max-age=60")]),
    );
    read(&cache, &guard, &transport, get(ROOMS)).await;
    for _ in 0..100 {
        let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
        assert_eq!(answer, body("1", Freshness::Fresh));
    }
    // The one permit of the hour is taken, as another read finds.
    let other = get("https://api.example/other");
    let error = try_read(&cache, &guard, &transport, other, ReadOptions::new()).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::RateLimited);

    let guard = breaking();
    let cache = HttpCache::default();
    read(&cache, &guard, &transport, get(ROOMS)).await;
    open(&guard).await;
    let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
    assert_eq!(answer, body("2", Freshness::Fresh));
}

/// What a read gets, so long after one whose answer had these headers, with that fault.
async fn later(
    headers: &'static [(&'static str, &'static str)],
    after: u32,
    fault: Fault,
    options: ReadOptions,
) -> Result<(String, Freshness)> {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(headers);
    read(&cache, &guard, &transport, get(ROOMS)).await;
    tokio::time::sleep(after * SECOND).await;
    let transport = transport.with_faults([fault]);
    try_read(&cache, &guard, &transport, get(ROOMS), options).await
}

#[tokio::test(start_paused = true)]
async fn each_failure_in_which_nobody_can_be_asked_counts_and_no_other() {
    const MINUTE: &[(&str, &str)] = &[("cache-control", "max-age=60")];
    for (fault, because) in [
        (Fault::Refuse, ErrorKind::Network),
        (Fault::CutAfter, ErrorKind::Network),
        (Fault::status(500), ErrorKind::Unavailable),
        (Fault::status(503), ErrorKind::Unavailable),
        (Fault::Slow(HOUR), ErrorKind::Timeout),
    ] {
        let answer = later(MINUTE, 100, fault.clone(), up_to(HOUR)).await;
        let (text, freshness) = answer.unwrap();
        assert_eq!(text, "1");
        match freshness {
            Freshness::Stale { because: why, .. } => assert_eq!(why, because, "{fault:?}"),
            other => panic!("{fault:?}: {other:?}"),
        }
        let never = up_to(HOUR).only_after([ErrorKind::CircuitOpen]);
        later(MINUTE, 100, fault, never).await.unwrap_err();
    }
    for (status, kind) in [
        (401, ErrorKind::Unauthenticated),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (429, ErrorKind::RateLimited),
    ] {
        let error = later(MINUTE, 100, Fault::status(status), up_to(HOUR)).await;
        assert_eq!(error.unwrap_err().kind(), kind);
    }
    // Of those only what passes can be allowed.
    let every = [ErrorKind::RateLimited, ErrorKind::PermissionDenied];
    let options = || up_to(HOUR).only_after(every);
    later(MINUTE, 100, Fault::status(429), options())
        .await
        .unwrap();
    later(MINUTE, 100, Fault::status(403), options())
        .await
        .unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn both_sides_bound_how_stale_an_answer_may_be() {
    let down = || Fault::Refuse;
    let minute = up_to(60 * SECOND);
    let plain: &[_] = &[("cache-control", "max-age=60")];
    later(plain, 120, down(), minute.clone()).await.unwrap();
    later(plain, 121, down(), minute.clone()).await.unwrap_err();
    // RFC 5861, section 4: an upper limit to staleness.
    let told: &[_] = &[("cache-control", "max-age=60, stale-if-error=30")];
    later(told, 90, down(), up_to(HOUR)).await.unwrap();
    later(told, 91, down(), up_to(HOUR)).await.unwrap_err();
    later(told, 90, down(), ReadOptions::new())
        .await
        .unwrap_err();
    let more: &[_] = &[("cache-control", "max-age=60, stale-if-error=9999")];
    later(more, 121, down(), minute).await.unwrap_err();
    // One that never was fresh is stale from the start.
    later(&[], 59, down(), up_to(60 * SECOND)).await.unwrap();
    later(&[], 61, down(), up_to(60 * SECOND))
        .await
        .unwrap_err();
    // The age that it came with is no freshness.
    let aged: &[_] = &[("cache-control", "max-age=60"), ("age", "100")];
    later(aged, 19, down(), up_to(60 * SECOND)).await.unwrap();
    later(aged, 21, down(), up_to(60 * SECOND))
        .await
        .unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn who_forbids_stale_answers_is_obeyed() {
    let forbids: [&'static [_]; 6] = [
        &[("cache-control", "max-age=60, must-revalidate")],
        &[(
            "cache-control",
            "max-age=60, Must-Revalidate, stale-if-error=999",
        )],
        &[
            ("cache-control", "max-age=60"),
            ("cache-control", "must-revalidate"),
        ],
        &[("cache-control", "no-cache")],
        &[("pragma", "no-cache")],
        &[("cache-control", "max-age=60, max-age=90")],
    ];
    for headers in forbids {
        let error = later(headers, 100, Fault::Refuse, up_to(HOUR)).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Network, "{headers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_lost_access_is_not_shown_what_it_once_read() {
    for status in [401, 403, 404] {
        let (cache, guard) = (HttpCache::default(), guard());
        let transport = counting(&[("cache-control", "max-age=60")]);
        read(&cache, &guard, &transport, get(ROOMS)).await;
        tokio::time::sleep(100 * SECOND).await;
        let transport = transport.with_faults([Fault::status(status), Fault::Refuse]);
        let mut last = None;
        for _ in 0..2 {
            let read = try_read(&cache, &guard, &transport, get(ROOMS), up_to(HOUR));
            last = Some(read.await.unwrap_err().kind());
        }
        assert_eq!(last, Some(ErrorKind::Network), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_who_waited_are_served_the_stale_answer() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(&[("cache-control", "max-age=60")]);
    read(&cache, &guard, &transport, get(ROOMS)).await;
    tokio::time::sleep(100 * SECOND).await;
    let transport = transport.with_faults((0..100).map(|_| Fault::status(503)));
    let transport = Paced::new(transport, 1, SECOND);
    let reads = (0..100).map(|_| try_read(&cache, &guard, &transport, get(ROOMS), up_to(HOUR)));
    for answer in futures::future::join_all(reads).await {
        assert!(answer.unwrap().1.is_stale());
    }
    assert_eq!(transport.inner.exchanges().len(), 3);
}
