//! Nobody sees another's answer.

use super::*;
use crate::integration::{Category, Descriptor};

/// A server that tells everybody who they are.
fn mirror(vary: Option<&'static str>) -> FaultyTransport {
    FaultyTransport::answering(move |request| {
        let who = request.headers().get("authorization");
        let who = who.map_or("nobody", |who| who.to_str().unwrap());
        let mut answer = answer(&[("cache-control", "max-age=60")], who.to_owned());
        if let Some(vary) = vary {
            answer.headers_mut().insert("vary", vary.parse().unwrap());
        }
        answer
    })
}

fn by(who: &str) -> Head<()> {
    with(get(ROOMS), "authorization", who)
}

#[tokio::test(start_paused = true)]
async fn two_tenants_never_see_each_others_answers() {
    for vary in [None, Some("accept"), Some("Authorization")] {
        let (cache, transport) = (HttpCache::default(), mirror(vary));
        let guard = Guard::default();
        for round in 0..3 {
            for who in ["alice", "bob"] {
                let own = guard.for_connection(who);
                let (text, freshness) = read(&cache, &own, &transport, by(who)).await;
                assert_eq!(text, who, "{vary:?}");
                assert_eq!(freshness == Freshness::Fresh, round > 0, "{vary:?}");
            }
        }
        assert_eq!(transport.served(), 2, "{vary:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tenant_whose_token_was_renewed_keeps_its_answers() {
    let (cache, transport, guard) = (HttpCache::default(), mirror(None), guard());
    read(&cache, &guard, &transport, by("token_1")).await;
    let again = read(&cache, &guard, &transport, by("token_2")).await;
    assert_eq!(again, body("token_1", Freshness::Fresh));
}

/// Reads of several tenants at the same time, with answers that are forgotten meanwhile.
async fn interleave(seed: u64) {
    let vary = [None, Some("accept"), Some("authorization")];
    let random = Random::new(Some(seed));
    let transport = mirror(vary[seed as usize % 3]);
    let transport = Paced::new(transport, random.next_u64(), SECOND);
    let (cache, guard) = (HttpCache::default(), Guard::default());
    let reads = (0..8).map(|number| {
        let who = if number % 2 == 0 { "alice" } else { "bob" };
        let own = guard.for_connection(who);
        let (cache, transport, random) = (&cache, &transport, &random);
        async move {
            for _ in 0..2 {
                tokio::time::sleep(random.up_to(2 * SECOND)).await;
                let (text, _) = read(cache, &own, transport, by(who)).await;
                assert_eq!(text, who, "seed {seed}");
            }
            if number == 0 {
                cache.forget(&own, &ROOMS.parse().unwrap()).await;
            }
        }
    });
    futures::future::join_all(reads).await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_interleavings_keep_tenants_apart() {
    for seed in 0..1000 {
        interleave(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn integrations_that_share_a_cache_do_not_mix() {
    let (cache, transport) = (HttpCache::default(), mirror(None));
    for name in ["one", "two"] {
        let descriptor = Descriptor::new(name, Category::VIDEO, "zoom");
        let guard = Guard::builder().integration(&descriptor).build().unwrap();
        let guard = guard.for_connection("the same");
        let (text, _) = read(&cache, &guard, &transport, by(name)).await;
        assert_eq!(text, name);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_connection_the_credentials_tell_whose_answer_it_is() {
    let (cache, transport) = (HttpCache::default(), mirror(None));
    let guard = Guard::default();
    for who in ["alice", "bob", "alice", "bob"] {
        assert_eq!(read(&cache, &guard, &transport, by(who)).await.0, who);
    }
    let (text, _) = read(&cache, &guard, &transport, get(ROOMS)).await;
    assert_eq!(text, "nobody");
    assert_eq!(transport.served(), 3);

    // A key in a header of its own counts when it is marked as one.
    let transport = counting(&[("cache-control", "max-age=60")]);
    let keyed = |key: &'static str| {
        let mut key = ::http::HeaderValue::from_static(key);
        key.set_sensitive(true);
        let mut request = get("https://api.example/keyed");
        request.headers_mut().insert("x-api-key", key);
        request
    };
    for (key, number) in [("k1", "1"), ("k2", "2"), ("k1", "1")] {
        assert_eq!(read(&cache, &guard, &transport, keyed(key)).await.0, number);
    }
}
