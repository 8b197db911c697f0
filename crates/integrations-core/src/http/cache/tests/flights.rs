//! One request for many readers.

use std::sync::Arc;

use futures::future::join_all;
use tokio::time::Instant;

use super::flight::Place;
use super::*;

const FRESH: &[(&str, &str)] = &[("cache-control", "max-age=60")];

/// A hundred reads at the same time.
async fn hundred(cache: &HttpCache, transport: &dyn Transport) -> Vec<Result<(String, Freshness)>> {
    let guard = &guard();
    let reads = (0..100).map(|_| {
        let options = ReadOptions::new();
        try_read(cache, guard, transport, get(ROOMS), options)
    });
    join_all(reads).await
}

fn slow(inner: FaultyTransport) -> Paced {
    Paced::new(inner, 1, SECOND)
}

#[tokio::test(start_paused = true)]
async fn a_hundred_readers_of_what_is_not_kept_make_one_request() {
    let (cache, transport) = (HttpCache::default(), slow(counting(FRESH)));
    let answers = hundred(&cache, &transport).await;
    assert_eq!(transport.inner.served(), 1);
    let fetched = |answer: &&Result<_>| matches!(answer, Ok((_, Freshness::Fetched)));
    assert_eq!(answers.iter().filter(fetched).count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap().0 == "1")
    );
}

#[tokio::test(start_paused = true)]
async fn a_hundred_readers_of_what_is_stale_ask_once_whether_it_holds() {
    let (cache, transport) = (HttpCache::default(), slow(versioned("\"v1\"", FRESH)));
    read(&cache, &guard(), &transport, get(ROOMS)).await;
    tokio::time::sleep(61 * SECOND).await;
    let answers = hundred(&cache, &transport).await;
    assert_eq!(transport.inner.served(), 2);
    let asked = |answer: &&Result<_>| matches!(answer, Ok((_, Freshness::Revalidated)));
    assert_eq!(answers.iter().filter(asked).count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap().0 == "the rooms")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_many_threads_too_it_is_one_request() {
    let guard = guard();
    for _ in 0..50 {
        let cache = HttpCache::default();
        let transport = Arc::new(counting(FRESH));
        let reads = (0..100).map(|_| {
            let (cache, guard, transport) = (cache.clone(), guard.clone(), transport.clone());
            tokio::spawn(async move { read(&cache, &guard, &*transport, get(ROOMS)).await })
        });
        for answer in join_all(reads).await {
            assert_eq!(answer.unwrap().0, "1");
        }
        assert_eq!(transport.served(), 1);
    }
}

/// Between looking and leading another may bring it, on another thread.
#[tokio::test(start_paused = true)]
async fn who_leads_after_another_brought_it_does_not_ask() {
    let (cache, guard, transport) = (HttpCache::default(), guard(), counting(FRESH));
    read(&cache, &guard, &transport, get(ROOMS)).await;
    let inner = &*cache.0;
    let key = Key::of(&guard, &get(ROOMS)).unwrap();
    let of = (inner.clock, inner.config.longest());
    let (of_key, fetch) = ((key.clone(), &inner.salt), |request, _| {
        transport.send(request)
    });
    let reading = Reading {
        cache: inner,
        options: &ReadOptions::new(),
        ask: Ask::new((&guard, list()), get(ROOMS), of_key, of, fetch),
    };
    let Place::Leads(lead) = inner.flights.join(&key) else {
        panic!("somebody leads");
    };
    let answer = reading.lead(lead).await.unwrap();
    assert_eq!(answer.freshness(), Freshness::Fresh);
    assert_eq!(transport.served(), 1);
}

#[tokio::test(start_paused = true)]
async fn when_a_leader_fails_the_next_asks_for_all() {
    let transport = counting(FRESH).with_faults([Fault::status(503)]);
    let (cache, transport) = (HttpCache::default(), slow(transport));
    let answers = hundred(&cache, &transport).await;
    assert_eq!(transport.inner.exchanges().len(), 2);
    let failed = answers.iter().filter(|answer| answer.is_err());
    assert_eq!(failed.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn when_two_leaders_fail_all_are_told() {
    let faults = (0..100).map(|_| Fault::status(503));
    let transport = counting(FRESH).with_faults(faults);
    let (cache, transport) = (HttpCache::default(), slow(transport));
    let answers = hundred(&cache, &transport).await;
    assert_eq!(transport.inner.exchanges().len(), 2, "no stampede");
    for answer in answers {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.status(), Some(503));
        assert_eq!(error.effect(), crate::Effect::NotApplied);
    }
    assert_eq!(cache.0.flights.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_shared_is_asked_for_side_by_side() {
    for headers in [
        &[("cache-control", "no-store")],
        &[("cache-control", "no-cache")],
    ] {
        let (cache, transport) = (HttpCache::default(), slow(counting(headers)));
        let began = Instant::now();
        let answers = hundred(&cache, &transport).await;
        assert_eq!(transport.inner.served(), 100);
        let mut bodies: Vec<_> = answers.into_iter().map(|it| it.unwrap().0).collect();
        bodies.sort();
        bodies.dedup();
        assert_eq!(bodies.len(), 100, "each has an answer of its own");
        assert!(began.elapsed() <= 4 * SECOND, "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn variants_take_one_request_each() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = slow(counting(&[
        ("cache-control", "max-age=60"),
        ("vary", "accept"),
    ]));
    let (cache, guard, transport) = (&cache, &guard, &transport);
    let reads = (0..99).map(|number| async move {
        let accept = ["text/a", "text/b", "text/c"][number % 3];
        let request = with(get(ROOMS), "accept", accept);
        (accept, read(cache, guard, transport, request).await.0)
    });
    let mut answers = join_all(reads).await;
    answers.sort();
    answers.dedup();
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert_eq!(transport.inner.served(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_another_keeps_its_own_deadline() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(FRESH).with_faults([Fault::Slow(60 * SECOND)]);
    let leader = read(&cache, &guard, &transport, get(ROOMS));
    let follower = async {
        tokio::time::sleep(SECOND).await;
        let began = Instant::now();
        let hurry = list().clone().with_deadline(5 * SECOND);
        let read = cache.read(&guard, &hurry, &transport, get(ROOMS), ReadOptions::new());
        let error = read.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.effect(), crate::Effect::NotApplied);
        assert_eq!(began.elapsed().as_secs(), 5);
    };
    let (answer, ()) = futures::join!(leader, follower);
    assert_eq!(answer, body("1", Freshness::Fetched));
    assert_eq!(transport.served(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_gave_up_early_does_not_fail_those_with_more_time() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(FRESH).with_faults([Fault::Slow(60 * SECOND)]);
    let hurry = list().clone().with_deadline(SECOND);
    let leader = cache.read(&guard, &hurry, &transport, get(ROOMS), ReadOptions::new());
    let follower = read(&cache, &guard, &transport, get(ROOMS));
    let (leader, follower) = futures::join!(leader, follower);
    assert_eq!(leader.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(follower, body("2", Freshness::Fetched));
}
