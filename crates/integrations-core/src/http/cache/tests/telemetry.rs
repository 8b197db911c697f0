//! What is counted, and what is not shown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key as Name, KeyName, Metadata, Recorder, SharedString,
    Unit,
};

use super::*;
use crate::integration::{Category, Descriptor};

/// What was counted, by name and labels.
#[derive(Debug, Clone, Default)]
struct Counted(Arc<Mutex<BTreeMap<String, u64>>>);

struct One(String, Counted);

impl CounterFn for One {
    fn increment(&self, value: u64) {
        *self.1.0.lock().unwrap().entry(self.0.clone()).or_default() += value;
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Name, _: &Metadata<'_>) -> Counter {
        let labels = key.labels();
        let labels = labels.map(|label| format!(" {}={}", label.key(), label.value()));
        let name = format!("{}{}", key.name(), labels.collect::<String>());
        Counter::from_arc(Arc::new(One(name, self.clone())))
    }

    fn register_gauge(&self, _: &Name, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Name, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[tokio::test(start_paused = true)]
async fn reads_are_counted_by_where_their_answer_came_from() {
    let counted = Counted::default();
    let _recording = metrics::set_default_local_recorder(&counted);
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

    let counted = counted.0.lock().unwrap();
    let of = |outcome: &str| {
        let name = format!("integrations_cache_total integration=our_zoom outcome={outcome}");
        counted.get(&name).copied().unwrap_or_default()
    };
    let outcomes = ["hit", "revalidated", "miss", "stale", "bypass"];
    assert_eq!(outcomes.map(of), [3, 1, 2, 1, 1]);
    // What the cache answers is no call.
    let calls = "integrations_calls_total integration=our_zoom operation=list_rooms outcome=ok";
    assert_eq!(counted.get(calls), Some(&3));
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
