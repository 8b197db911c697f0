//! What is forgotten is gone, also what is still on its way: RFC 9111, section 4.4.

use super::*;

const FRESH: &[(&str, &str)] = &[("cache-control", "max-age=60")];

#[tokio::test(start_paused = true)]
async fn a_url_is_forgotten_for_its_connection_alone() {
    let (cache, transport) = (HttpCache::default(), counting(FRESH));
    let (one, two) = (guard(), guard().for_connection("acct_2"));
    let other = "https://api.example/other";
    for (guard, url) in [(&one, ROOMS), (&two, ROOMS), (&one, other)] {
        read(&cache, guard, &transport, get(url)).await;
    }
    cache.forget(&one, &ROOMS.parse().unwrap()).await;
    let again = read(&cache, &one, &transport, get(ROOMS)).await;
    assert_eq!(again, body("4", Freshness::Fetched));
    for (guard, url, number) in [(&two, ROOMS, "2"), (&one, other, "3")] {
        let answer = read(&cache, guard, &transport, get(url)).await;
        assert_eq!(answer, body(number, Freshness::Fresh));
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_forgotten_whole() {
    let (cache, transport) = (HttpCache::default(), counting(FRESH));
    let (one, two) = (guard(), guard().for_connection("acct_2"));
    let urls: Vec<_> = (0..50)
        .map(|n| format!("https://api.example/{n}"))
        .collect();
    for url in &urls {
        read(&cache, &one, &transport, get(url)).await;
        read(&cache, &two, &transport, get(url)).await;
    }
    cache.forget_connection(&one).await;
    for url in &urls {
        let (_, freshness) = read(&cache, &two, &transport, get(url)).await;
        assert_eq!(freshness, Freshness::Fresh);
        let (_, freshness) = read(&cache, &one, &transport, get(url)).await;
        assert_eq!(freshness, Freshness::Fetched);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_a_write_is_not_kept_after_it() {
    for whole in [false, true] {
        let (cache, guard) = (HttpCache::default(), guard());
        let transport = counting(FRESH).with_faults([Fault::Slow(10 * SECOND)]);
        let before = read(&cache, &guard, &transport, get(ROOMS));
        let write = async {
            tokio::time::sleep(SECOND).await;
            match whole {
                true => cache.forget_connection(&guard).await,
                false => cache.forget(&guard, &ROOMS.parse().unwrap()).await,
            }
            // It does not wait for the one that began before.
            read(&cache, &guard, &transport, get(ROOMS)).await
        };
        let (before, after) = futures::join!(before, write);
        assert_eq!(before, body("1", Freshness::Fetched));
        assert_eq!(after, body("2", Freshness::Fetched));
        let later = read(&cache, &guard, &transport, get(ROOMS)).await;
        assert_eq!(later, body("2", Freshness::Fresh));
    }
}

#[tokio::test(start_paused = true)]
async fn who_waited_for_what_is_forgotten_asks_anew() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(FRESH).with_faults([Fault::Slow(10 * SECOND)]);
    let leader = read(&cache, &guard, &transport, get(ROOMS));
    let follower = read(&cache, &guard, &transport, get(ROOMS));
    let write = async {
        tokio::time::sleep(SECOND).await;
        cache.forget(&guard, &ROOMS.parse().unwrap()).await;
    };
    let (leader, follower, ()) = futures::join!(leader, follower, write);
    assert_eq!((leader.0.as_str(), follower.0.as_str()), ("1", "2"));
}
