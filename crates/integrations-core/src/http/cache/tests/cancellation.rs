//! Readers that are dropped, at whatever point, leave nobody waiting.

use super::*;
use crate::dropped::Dropped;

/// Readers of one key, most of which are dropped at points drawn from the seed.
async fn drop_anywhere(seed: u64) {
    let random = Random::new(Some(seed));
    let fails = (0..random.next_u64() % 4).map(|_| Fault::status(503));
    let transport = versioned("\"v1\"", &[("cache-control", "max-age=3")]).with_faults(fails);
    let transport = Paced::new(transport, random.next_u64(), SECOND);
    let (cache, guard) = (HttpCache::default(), guard());
    let reads = (0..16).map(|reader| {
        let (cache, guard, transport, random) = (&cache, &guard, &transport, &random);
        async move {
            tokio::time::sleep(random.up_to(6 * SECOND)).await;
            let options = ReadOptions::new();
            let read = try_read(cache, guard, transport, get(ROOMS), options);
            match reader % 4 {
                // One in four stays, and gets an answer or an error.
                0 => match tokio::time::timeout(60 * SECOND, read).await {
                    Ok(Ok((text, _))) => assert_eq!(text, "the rooms", "seed {seed}"),
                    Ok(Err(error)) => {
                        assert_eq!(error.kind(), ErrorKind::Unavailable, "seed {seed}");
                    }
                    Err(_) => panic!("seed {seed}: a reader hangs"),
                },
                1 => {
                    let _ = tokio::time::timeout(random.up_to(2 * SECOND), read).await;
                }
                _ => {
                    let polls = random.next_u64() as u32 % 6;
                    let future = Some(Box::pin(read));
                    Dropped { future, polls }.await;
                }
            }
        }
    });
    futures::future::join_all(reads).await;
    assert_eq!(cache.0.flights.len(), 0, "seed {seed}: a place is taken");
    let most = transport.most_under_way.load(Ordering::Relaxed);
    assert!(most <= 1, "seed {seed}: {most} requests at once");
    for _ in 0..4 {
        // The faults that are left.
        let _ = try_read(&cache, &guard, &transport, get(ROOMS), ReadOptions::new()).await;
    }
    let (text, _) = read(&cache, &guard, &transport, get(ROOMS)).await;
    assert_eq!(text, "the rooms", "seed {seed}");
}

#[tokio::test(start_paused = true)]
async fn readers_that_are_dropped_at_any_point_leave_nobody_waiting() {
    for seed in 0..1000 {
        drop_anywhere(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_leader_is_dropped_a_follower_takes_over() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(&[("cache-control", "max-age=60")]);
    let transport = Paced::new(transport, 1, 10 * SECOND);
    let leader = read(&cache, &guard, &transport, get(ROOMS));
    let leader = tokio::time::timeout(Duration::from_millis(1), leader);
    let followers = (0..99).map(|_| read(&cache, &guard, &transport, get(ROOMS)));
    let (leader, followers) = futures::join!(leader, futures::future::join_all(followers));
    leader.unwrap_err();
    assert!(followers.iter().all(|(text, _)| text == "1"));
    assert_eq!(transport.inner.served(), 1);
}
