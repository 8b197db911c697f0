//! What is kept and what is not: RFC 9111, sections 3 and 4.

use super::*;

/// Reads twice, with statuses as answers. Whether the second was answered from the cache.
async fn is_kept(
    request: &Head<()>,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
) -> bool {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = FaultyTransport::answering(move |_| {
        let mut answer = answer(headers, "x");
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        answer
    });
    let mut last = Freshness::Fetched;
    for _ in 0..2 {
        let fetch = |request, _| transport.send(request);
        let options = ReadOptions::new();
        let read = cache.read_with(&guard, list(), request.clone(), options, fetch);
        let answer = read.await.unwrap();
        assert_eq!(answer.response().status().as_u16(), status);
        last = answer.freshness();
    }
    last == Freshness::Fresh
}

#[tokio::test(start_paused = true)]
async fn what_a_response_says_decides_whether_it_is_kept() {
    let kept: [(u16, &'static [_]); 7] = [
        (200, &[("cache-control", "max-age=60")]),
        (200, &[("cache-control", "private, max-age=60")]),
        (200, &[("cache-control", "Max-Age=60")]),
        (
            200,
            &[("cache-control", "max-age=60"), ("set-cookie", "a=b")],
        ),
        (
            200,
            &[
                ("date", "Sat, 28 Nov 2026 12:00:00 GMT"),
                ("expires", "Sat, 28 Nov 2026 12:01:00 GMT"),
            ],
        ),
        (404, &[("cache-control", "max-age=60")]),
        (410, &[("cache-control", "max-age=60")]),
    ];
    for (status, headers) in kept {
        assert!(
            is_kept(&get(ROOMS), status, headers).await,
            "{status} {headers:?}"
        );
    }
    let not: [(u16, &'static [_]); 15] = [
        (200, &[("cache-control", "no-store")]),
        (200, &[("cache-control", "max-age=60, no-store")]),
        (
            200,
            &[
                ("cache-control", "max-age=60"),
                ("cache-control", "no-store"),
            ],
        ),
        (200, &[("cache-control", "max-age=60, No-Store")]),
        (200, &[("cache-control", "max-age=60, No-Cache")]),
        (200, &[("cache-control", "max-age=60, x=\u{e9}, no-store")]),
        (200, &[("cache-control", "max-age=60"), ("vary", "*")]),
        (
            200,
            &[("cache-control", "max-age=60"), ("vary", "accept, *")],
        ),
        (200, &[("cache-control", "max-age=60"), ("age", "60")]),
        (
            200,
            &[
                ("cache-control", "max-age=60"),
                ("age", "18446744073709551615"),
            ],
        ),
        (200, &[("cache-control", "s-maxage=60")]),
        // Freshness is not guessed.
        (200, &[("last-modified", "Sat, 28 Nov 2020 12:00:00 GMT")]),
        (206, &[("cache-control", "max-age=60")]),
        (401, &[("cache-control", "max-age=60")]),
        (299, &[("cache-control", "max-age=60")]),
    ];
    for (status, headers) in not {
        assert!(
            !is_kept(&get(ROOMS), status, headers).await,
            "{status} {headers:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_request_says_is_heard() {
    let headers = &[("cache-control", "max-age=60")];
    for (name, value) in [
        ("cache-control", "no-store"),
        ("cache-control", "NO-STORE"),
        ("cache-control", "no-cache"),
        ("pragma", "no-cache"),
        ("cache-control", "min-fresh=90"),
        ("range", "bytes=0-1"),
        ("if-none-match", "\"mine\""),
    ] {
        let request = with(get(ROOMS), name, value);
        assert!(!is_kept(&request, 200, headers).await, "{name}: {value}");
    }
    let head = Head::head(ROOMS).body(()).unwrap();
    assert!(is_kept(&head, 200, headers).await);
}

#[tokio::test(start_paused = true)]
async fn no_store_leaves_nothing_behind() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(&[("cache-control", "no-store"), ("etag", "\"1\"")]);
    let options = ReadOptions::new().stale_if_error(3600 * SECOND);
    for number in ["1", "2"] {
        let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
        assert_eq!(answer, body(number, Freshness::Fetched));
    }
    assert!(
        !transport.exchanges()[1]
            .headers
            .contains_key("if-none-match")
    );
    assert_eq!(cache.bytes().await, 0);
    let down = transport.with_faults([Fault::Refuse]);
    let error = try_read(&cache, &guard, &down, get(ROOMS), options).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Network);
}

#[tokio::test(start_paused = true)]
async fn fresh_means_as_long_as_was_said_less_its_age() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(&[("cache-control", "max-age=60"), ("age", "20")]);
    read(&cache, &guard, &transport, get(ROOMS)).await;
    tokio::time::sleep(39 * SECOND).await;
    let request = cache.read(&guard, list(), &transport, get(ROOMS), ReadOptions::new());
    let answer = request.await.unwrap();
    assert_eq!(answer.freshness(), Freshness::Fresh);
    assert_eq!(answer.response().header("age"), Some("59"));
    tokio::time::sleep(SECOND).await;
    let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
    assert_eq!(answer, body("2", Freshness::Fetched));
}

#[tokio::test(start_paused = true)]
async fn an_age_beyond_counting_is_an_old_answer_and_no_panic() {
    for age in ["18446744073709551615", "99999999999999999999999"] {
        let (cache, guard) = (HttpCache::default(), guard());
        let transport = FaultyTransport::answering(move |_| {
            answer(&[("cache-control", "max-age=60"), ("age", age)], "x")
        });
        for _ in 0..2 {
            let (_, freshness) = read(&cache, &guard, &transport, get(ROOMS)).await;
            assert_eq!(freshness, Freshness::Fetched, "{age}");
            tokio::time::sleep(3600 * SECOND).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_that_the_answer_took_counts_as_age() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(&[("cache-control", "max-age=60")]);
    let transport = transport.with_faults([Fault::Slow(30 * SECOND)]);
    read(&cache, &guard, &transport, get(ROOMS)).await;
    tokio::time::sleep(30 * SECOND).await;
    let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
    assert_eq!(answer, body("2", Freshness::Fetched));
}

#[tokio::test(start_paused = true)]
async fn variants_are_kept_beside_each_other() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = FaultyTransport::answering(|request| {
        let language = request.headers()["accept-language"].to_str().unwrap();
        // In two lines: both count.
        let headers = [
            ("cache-control", "max-age=60"),
            ("vary", "Accept-Language"),
            ("vary", "accept"),
        ];
        answer(&headers, language.to_owned())
    });
    for _ in 0..2 {
        for language in ["de", "fr", "en"] {
            let request = with(get(ROOMS), "accept-language", language);
            assert_eq!(read(&cache, &guard, &transport, request).await.0, language);
        }
    }
    assert_eq!(transport.served(), 3);
}

#[tokio::test(start_paused = true)]
async fn headers_come_back_as_they_were_and_those_of_the_connection_do_not() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(&[
        ("cache-control", "max-age=60"),
        ("link", "<a>"),
        ("link", "<b>"),
        ("connection", "X-Hop"),
        ("x-hop", "1"),
        ("keep-alive", "5"),
    ]);
    for _ in 0..2 {
        let read = cache.read(&guard, list(), &transport, get(ROOMS), ReadOptions::new());
        let response = read.await.unwrap().into_response();
        let links: Vec<_> = response.headers().get_all("link").iter().collect();
        assert_eq!(links, ["<a>", "<b>"]);
        for name in ["connection", "x-hop", "keep-alive"] {
            assert_eq!(response.header(name), None, "{name}");
        }
        assert!(response.header("date").is_some());
    }
}

/// Follows a redirect, and answers from where it led.
#[derive(Debug)]
struct Redirected(FaultyTransport);

#[async_trait]
impl Transport for Redirected {
    async fn send(&self, mut request: Request) -> Result<Response> {
        *request.uri_mut() = "https://api.example/elsewhere".parse().unwrap();
        self.0.send(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_redirect_led_to_is_not_kept() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = Redirected(counting(&[("cache-control", "max-age=60")]));
    for number in ["1", "2"] {
        let answer = read(&cache, &guard, &transport, get(ROOMS)).await;
        assert_eq!(answer, body(number, Freshness::Fetched));
    }
}

#[tokio::test(start_paused = true)]
async fn only_reads_go_through() {
    let (cache, guard) = (HttpCache::default(), guard());
    let transport = counting(&[]);
    let post = Head::post(ROOMS).body(()).unwrap();
    let read = cache.read(&guard, list(), &transport, post, ReadOptions::new());
    assert_eq!(read.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let change = Operation::new("change", Safety::Idempotent);
    let read = cache.read(&guard, &change, &transport, get(ROOMS), ReadOptions::new());
    assert_eq!(read.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(transport.served(), 0);
}
