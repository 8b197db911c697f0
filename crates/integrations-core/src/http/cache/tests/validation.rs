//! Asking whether what is kept still holds: RFC 9111, section 4.3.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_entity_tag_is_asked_for_and_a_304_gives_the_kept_body() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = versioned("\"v1\"", &[("cache-control", "max-age=60")]);
    for (freshness, requests) in [
        (Freshness::Fetched, 1),
        (Freshness::Revalidated, 2),
        // What the 304 renewed is fresh for another minute.
        (Freshness::Fresh, 2),
        (Freshness::Revalidated, 3),
    ] {
        let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
        assert_eq!(answer, body("the rooms", freshness));
        assert_eq!(transport.served(), requests);
        let wait = if requests == 2 { 40 } else { 61 };
        tokio::time::sleep(wait * SECOND).await;
    }
    let asked = &transport.exchanges()[1].headers;
    assert_eq!(asked["if-none-match"], "\"v1\"");
}

#[tokio::test(start_paused = true)]
async fn a_date_of_change_is_asked_for() {
    const CHANGED: &str = "Sat, 28 Nov 2026 12:00:00 GMT";
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = FaultyTransport::answering(|request| {
        let known = request.headers().get("if-modified-since");
        let known = known.is_some_and(|known| known == CHANGED);
        // This server says the date only once.
        let mut answer = match known {
            true => answer(&[], ""),
            false => answer(&[("last-modified", CHANGED)], "the rooms"),
        };
        if known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        answer
    });
    for freshness in [
        Freshness::Fetched,
        Freshness::Revalidated,
        Freshness::Revalidated,
    ] {
        let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
        assert_eq!(answer, body("the rooms", freshness));
    }
    assert_eq!(transport.served(), 3);
}

#[tokio::test(start_paused = true)]
async fn another_version_replaces_what_is_kept() {
    let (cache, guard) = (HttpCache::default(), guard());
    let old = versioned("\"v1\"", &[("cache-control", "max-age=60")]);
    read(&cache, &guard, &old, get(ROOMS)).await;
    tokio::time::sleep(61 * SECOND).await;
    let new = counting(&[("cache-control", "max-age=60"), ("etag", "\"v2\"")]);
    for freshness in [Freshness::Fetched, Freshness::Fresh] {
        let answer = read(&cache, &guard, &new, get(ROOMS)).await;
        assert_eq!(answer, body("1", freshness));
    }
}

#[tokio::test(start_paused = true)]
async fn a_304_that_speaks_of_another_version_is_not_believed() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = FaultyTransport::answering(|request| {
        let mut answer = answer(&[("etag", "\"v2\"")], "two");
        if request.headers().contains_key("if-none-match") {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            *answer.body_mut() = Bytes::new();
        }
        answer
    });
    let first = versioned("\"v1\"", &[]);
    read(&cache, &guard, &first, get(ROOMS)).await;
    let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
    assert_eq!(answer, body("two", Freshness::Fetched));
    let conditional = |number: usize| {
        let asked = &transport.exchanges()[number].headers;
        asked.contains_key("if-none-match")
    };
    assert!(conditional(0) && !conditional(1));
}

#[tokio::test(start_paused = true)]
async fn what_a_304_says_replaces_what_was_said() {
    let (cache, guard) = (HttpCache::default(), guard());
    let first = versioned(
        "W/\"v1\"",
        &[("cache-control", "max-age=60"), ("age", "50")],
    );
    read(&cache, &guard, &first, get(ROOMS)).await;
    tokio::time::sleep(20 * SECOND).await;
    // The age was that of the first answer; a weak tag and a strong one are the same version.
    let renewed = FaultyTransport::answering(|_| {
        let mut answer = answer(&[("etag", "\"v1\""), ("x-new", "1")], "");
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    });
    read(&cache, &guard, &renewed, get(ROOMS)).await;
    tokio::time::sleep(59 * SECOND).await;
    let answer = cache.read(&guard, list(), &renewed, get(ROOMS), ReadOptions::new());
    let answer = answer.await.unwrap();
    assert_eq!(answer.freshness(), Freshness::Fresh);
    assert_eq!(answer.response().header("x-new"), Some("1"));
    assert_eq!(answer.response().header("age"), Some("59"));
}

#[tokio::test(start_paused = true)]
async fn a_304_that_forbids_to_keep_it_is_the_last_that_is_answered() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = versioned("\"v1\"", &[]);
    read(&cache, &guard, &transport, get(ROOMS)).await;
    let forbids = versioned("\"v1\"", &[("cache-control", "no-store")]);
    let answer = read(&cache, &guard, &forbids, get(ROOMS)).await;
    assert_eq!(answer, body("the rooms", Freshness::Revalidated));
    assert_eq!(cache.bytes().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_renewed_answer_without_a_date_is_not_fresh_beyond_its_expiry() {
    let (cache, guard) = (HttpCache::default(), guard());
    // Long past by our clock, and half an hour ahead by its own.
    let first = versioned(
        "\"v1\"",
        &[
            ("date", "Mon, 01 Jan 2024 12:00:00 GMT"),
            ("expires", "Mon, 01 Jan 2024 12:30:00 GMT"),
        ],
    );
    read(&cache, &guard, &first, get(ROOMS)).await;
    let (_, freshness) = read(&cache, &guard, &first, get(ROOMS)).await;
    assert_eq!(freshness, Freshness::Fresh);
    tokio::time::sleep(3600 * SECOND).await;
    let bare = versioned("\"v1\"", &[]);
    for _ in 0..2 {
        let (_, freshness) = read(&cache, &guard, &bare, get(ROOMS)).await;
        assert_eq!(freshness, Freshness::Revalidated);
    }
}
