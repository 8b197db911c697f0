//! What is counted, and what is not shown.

use super::*;
use crate::integration::{Category, Descriptor};
use crate::measured::Measured;

#[tokio::test(start_paused = true)]
async fn reads_are_counted_by_where_their_answer_came_from() {
    let measured = Measured::default();
    let _recording = metrics::set_default_local_recorder(&measured);
    let descriptor = Descriptor::new("our_zoom", Category::VIDEO, "zoom");
    let guard = Guard::builder().integration(&descriptor).max_attempts(1);
    let guard = guard.build().unwrap().for_connection("acct_1");
    let cache = HttpCache::default();
    let transport = versioned("\"v1\"", &[("cache-control", "max-age=60")]);
    let options = || ReadOptions::new().stale_if_error(600 * SECOND);
    read(&cache, &guard, &transport, get(ROOMS)).await;
    for _ in 0..3 {
        read(&cache, &guard, &transport, get(ROOMS)).await;
    }
    tokio::time::sleep(61 * SECOND).await;
    read(&cache, &guard, &transport, get(ROOMS)).await;
    tokio::time::sleep(61 * SECOND).await;
    let transport = transport.with_faults([Fault::Refuse, Fault::Refuse]);
    let stale = try_read(&cache, &guard, &transport, get(ROOMS), options()).await;
    assert!(stale.unwrap().1.is_stale());
    let failed = try_read(&cache, &guard, &transport, get(ROOMS), ReadOptions::new()).await;
    failed.unwrap_err();
    let range = with(get(ROOMS), "range", "bytes=0-1");
    read(&cache, &guard, &transport, range).await;

    let of = |outcome: &str| {
        let name = format!("integrations_cache_total integration=our_zoom outcome={outcome}");
        measured.of(&name).unwrap_or_default()
    };
    let outcomes = ["hit", "revalidated", "miss", "stale", "bypass"];
    assert_eq!(outcomes.map(of), [3.0, 1.0, 2.0, 1.0, 1.0]);
    // What the cache answers is no call.
    let calls = "integrations_calls_total integration=our_zoom operation=list_rooms outcome=ok";
    assert_eq!(measured.of(calls), Some(3.0));
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_kept_is_shown() {
    const CANARY: &str = "canary";
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = FaultyTransport::answering(|_| {
        let headers = [("cache-control", "max-age=60"), ("x-secret", CANARY)];
        answer(&headers, CANARY)
    });
    let request = with(
        get(&format!("https://api.example/rooms?key={CANARY}")),
        "authorization",
        CANARY,
    );
    let key = Key::of(&guard, &request).unwrap();
    let read = cache.read(&guard, list(), &transport, request, ReadOptions::new());
    let answer = read.await.unwrap();
    for shown in [
        format!("{cache:?}"),
        format!("{answer:?}"),
        format!("{key:?}"),
    ] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
    assert!(format!("{key:?}").contains("https://api.example/rooms"));
}
