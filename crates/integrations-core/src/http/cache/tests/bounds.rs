//! The cache takes no more memory than it may.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::*;
use crate::ByteStream;

#[tokio::test(start_paused = true)]
async fn ten_thousand_answers_stay_below_the_bound() {
    const MOST: u64 = 1 << 20;
    let cache = HttpCache::new(CacheConfig::default().with_max_bytes(MOST));
    let transport = FaultyTransport::answering(|_| {
        let headers = [
            ("cache-control", "max-age=60"),
            ("x-filler", "some more bytes"),
        ];
        answer(&headers, vec![b'x'; 1000])
    });
    let guard = guard();
    for number in 0..10_000 {
        let url = format!("https://api.example/{number}?{}", "q".repeat(number % 500));
        read(&cache, &guard, &transport, get(&url)).await;
        if number % 1000 == 999 {
            let bytes = cache.bytes().await;
            assert!(bytes <= MOST, "{bytes} after {number}");
            assert!(
                bytes > MOST / 2,
                "{bytes} after {number}: it keeps something"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_headers_and_keys_count() {
    let weight = async |url: &str, header: usize, text: usize| {
        let cache = HttpCache::default();
        let transport = FaultyTransport::answering(move |_| {
            let filler = "h".repeat(header);
            answer(&[("x-filler", &filler)], vec![b'x'; text])
        });
        read(&cache, &guard(), &transport, get(url)).await;
        cache.bytes().await
    };
    let least = weight("https://api.example/", 10, 10).await;
    assert!(weight("https://api.example/", 10, 5010).await >= least + 5000);
    assert!(weight("https://api.example/", 5010, 10).await >= least + 5000);
    let long = format!("https://api.example/{}", "p".repeat(5000));
    assert!(weight(&long, 10, 10).await >= least + 5000);
}

/// Answers a thousand chunks of 1 KiB, and counts how many were taken.
#[derive(Debug, Default)]
struct Chunks(Arc<AtomicU32>);

#[async_trait]
impl Transport for Chunks {
    async fn send(&self, request: Request) -> Result<Response> {
        let taken = self.0.clone();
        let chunks = stream::iter(0..1000).map(move |_| {
            taken.fetch_add(1, Ordering::Relaxed);
            Ok(Bytes::from_static(&[b'x'; 1024]))
        });
        let headers = answer(&[("cache-control", "max-age=60")], "")
            .into_parts()
            .0
            .headers;
        let uri = request.uri().clone();
        Ok(Response::new(
            StatusCode::OK,
            headers,
            uri,
            ByteStream::new(chunks),
        ))
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_long_is_handed_on_as_it_comes_and_not_kept() {
    let cache = HttpCache::new(CacheConfig::default().with_max_entry_bytes(10 << 10));
    let (transport, guard) = (Chunks::default(), guard());
    for round in 1..=2 {
        transport.0.store(0, Ordering::Relaxed);
        let read = cache.read(&guard, list(), &transport, get(ROOMS), ReadOptions::new());
        let answer = read.await.unwrap();
        assert_eq!(answer.freshness(), Freshness::Fetched, "round {round}");
        let taken = transport.0.load(Ordering::Relaxed);
        assert!(taken <= 11, "{taken} KiB in memory");
        let bytes = answer.into_response().bytes().await.unwrap();
        assert_eq!(bytes.len(), 1000 << 10);
    }
    assert_eq!(cache.bytes().await, 0);

    // One that says its length is not even begun.
    let transport = FaultyTransport::answering(|_| {
        let long = vec![b'x'; 20 << 10];
        let length = long.len().to_string();
        answer(
            &[("content-length", &length), ("cache-control", "max-age=60")],
            long,
        )
    });
    let (text, _) = read(&cache, &guard, &transport, get(ROOMS)).await;
    assert_eq!(text.len(), 20 << 10);
    assert_eq!(cache.bytes().await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off_is_asked_for_again_and_never_kept_in_part() {
    let guard = Guard::builder().seed(1).build().unwrap();
    let cache = HttpCache::default();
    let transport = FaultyTransport::answering(|_| {
        answer(&[("cache-control", "max-age=60")], "the whole answer")
    });
    let transport = transport.with_faults([Fault::Truncate(5)]);
    for freshness in [Freshness::Fetched, Freshness::Fresh] {
        let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
        assert_eq!(answer, body("the whole answer", freshness));
    }
    assert_eq!(transport.served(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_cache_of_no_bytes_keeps_nothing() {
    let cache = HttpCache::new(CacheConfig::default().with_max_bytes(0));
    let (transport, guard) = (counting(&[("cache-control", "max-age=60")]), guard());
    for number in ["1", "2"] {
        let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
        assert_eq!(answer, body(number, Freshness::Fetched));
    }
}
