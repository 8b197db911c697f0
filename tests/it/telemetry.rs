//! The metrics, as an operator sees them: scraped over HTTP in the form of Prometheus, and held
//! against the table in the guide.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use integrations::auth::{AuthCapabilities, SignIn, TokenSet, oauth_error};
use integrations::credential::{
    Connection, ConnectionId, CredentialStore, MemoryStore, Swap, TokenSource,
};
use integrations::guard::{Backoff, Breaker, Guard, Operation, Rate, Safety};
use integrations::http::cache::{CacheConfig, HttpCache, ReadOptions};
use integrations::http::{Body, HttpTransport, Transport, TransportConfig};
use integrations::{Category, Descriptor, Error, ErrorKind, Result};
use integrations_core::auth::MockAuthProvider;
use integrations_core::testing::FaultyTransport;
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusBuilder;

const MILLISECOND: Duration = Duration::from_millis(1);

/// Serves the metrics of this process from a thread of its own.
fn serve() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let builder = PrometheusBuilder::new().with_http_listener(address);
            let (recorder, exporter) = builder.build().unwrap();
            metrics::set_global_recorder(recorder).unwrap();
            let _ = exporter.await;
        });
    });
    address
}

async fn scrape(address: SocketAddr) -> String {
    let transport = HttpTransport::new(TransportConfig::new().with_plain_http()).unwrap();
    for _ in 0..500 {
        let request = http::Request::get(format!("http://{address}/metrics"));
        let request = request.body(Body::empty()).unwrap();
        if let Ok(response) = transport.send(request).await {
            let text = response.accepted().await.unwrap().bytes().await.unwrap();
            return String::from_utf8(text.to_vec()).unwrap();
        }
        tokio::time::sleep(10 * MILLISECOND).await;
    }
    panic!("nobody serves the metrics at {address}");
}

fn guard(name: &'static str) -> Guard {
    Guard::builder()
        .integration(&Descriptor::new(name, Category::VIDEO, "zoom"))
        .backoff(Backoff::new(MILLISECOND, MILLISECOND))
        .breaker(Breaker::default().with_consecutive_failures(2))
        .rate(Rate::per_second(100))
        .build()
        .unwrap()
}

async fn call(guard: &Guard, name: &'static str, outcomes: &[Option<ErrorKind>]) -> Result<()> {
    let operation = Operation::new(name, Safety::Read);
    guard
        .run(&operation, |attempt| async move {
            match outcomes[attempt.number as usize - 1] {
                None => Ok(()),
                Some(kind) => Err(Error::new(kind, "as told")),
            }
        })
        .await
}

/// Refreshes the tokens of a connection, which have ended, at a provider that gives new ones; and
/// those of another, whose grant is gone.
async fn refresh() {
    let store: Arc<dyn CredentialStore> = Arc::new(MemoryStore::new());
    let mut provider = MockAuthProvider::new();
    let mut can = AuthCapabilities::new();
    can.refresh = true;
    provider.expect_capabilities().return_const(can);
    let descriptor = Descriptor::new("scraped_sign_in", Category::AUTH, "mock");
    provider.expect_descriptor().return_const(descriptor);
    provider.expect_refresh().returning(
        |token, _| match integrations::ExposeSecret::expose_secret(token) {
            "good" => Ok(TokenSet::new("new").with_refresh_token("next")),
            _ => Err(oauth_error("invalid_grant", None)),
        },
    );
    let sign_in = SignIn::new(provider);
    for (name, token) in [("scraped:1", "good"), ("scraped:2", "gone")] {
        let id = ConnectionId::new(name).unwrap();
        let ended = TokenSet::new("old")
            .with_refresh_token(token)
            .with_expiry(Timestamp::UNIX_EPOCH);
        let new = Connection::new(id.clone(), "scraped_video", ended, Timestamp::UNIX_EPOCH);
        let stored = store.compare_and_swap(None, &new).await.unwrap();
        assert!(matches!(stored, Swap::Stored(_)));
        let source = TokenSource::new(id, store.clone(), sign_in.clone());
        assert_eq!(source.access_token().await.is_ok(), token == "good");
    }
}

/// The value of a metric with these labels.
fn value(scraped: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let lines = scraped.lines().filter(|line| !line.starts_with('#'));
    let mut fitting = lines.filter(|line| {
        let named = line.split(['{', ' ']).next() == Some(name);
        let has = |(key, value): &(&str, &str)| line.contains(&format!("{key}=\"{value}\""));
        named && labels.iter().all(has)
    });
    fitting.next()?.rsplit(' ').next()?.parse().ok()
}

/// The metrics that the guide's table lists.
fn documented() -> BTreeSet<String> {
    let page = include_str!("../../docs/guide/src/telemetry.md");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `integrations_"));
    rows.filter_map(|row| row.split('`').next())
        .map(|name| format!("integrations_{name}"))
        .collect()
}

#[tokio::test]
async fn a_scrape_has_every_metric_of_the_table_and_no_other() {
    let address = serve();
    scrape(address).await;

    let up = guard("scraped_up");
    call(&up, "list", &[None]).await.unwrap();
    call(&up, "list", &[Some(ErrorKind::Network), None])
        .await
        .unwrap();
    call(&up, "get", &[Some(ErrorKind::NotFound)])
        .await
        .unwrap_err();
    let down = guard("scraped_down");
    let failing = [Some(ErrorKind::Unavailable); 8];
    call(&down, "list", &failing).await.unwrap_err();
    let refused = call(&down, "list", &failing).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::CircuitOpen);

    let server = FaultyTransport::answering(|_| {
        let answer = http::Response::builder().header("cache-control", "max-age=60");
        answer.body(Bytes::from("{}")).unwrap()
    });
    let cache = HttpCache::new(CacheConfig::default());
    for _ in 0..2 {
        let request = http::Request::get("https://api.example.com/rooms").body(());
        let operation = Operation::new("rooms", Safety::Read);
        let read = cache.read(
            &up,
            &operation,
            &server,
            request.unwrap(),
            ReadOptions::default(),
        );
        drop(read.await.unwrap());
    }

    refresh().await;

    let scraped = scrape(address).await;
    let is = |name: &str, labels: &[(&str, &str)]| value(&scraped, name, labels);
    let up = ("integration", "scraped_up");
    let down = ("integration", "scraped_down");
    let calls = "integrations_calls_total";
    assert_eq!(
        is(calls, &[up, ("operation", "list"), ("outcome", "ok")]),
        Some(2.0)
    );
    assert_eq!(is(calls, &[up, ("outcome", "not_found")]), Some(1.0));
    assert_eq!(is(calls, &[down, ("outcome", "circuit_open")]), Some(1.0));
    let retries = "integrations_retries_total";
    assert_eq!(is(retries, &[up, ("reason", "network")]), Some(1.0));
    let seconds = "integrations_call_seconds_count";
    assert_eq!(is(seconds, &[up, ("operation", "list")]), Some(2.0));
    // The second call of a guard with 100 calls a second waited for its turn.
    let queued = is(
        "integrations_queue_seconds_sum",
        &[up, ("operation", "list")],
    );
    assert!(queued.is_some_and(|seconds| seconds > 0.0), "{queued:?}");
    assert_eq!(is("integrations_available", &[up]), Some(1.0));
    assert_eq!(is("integrations_available", &[down]), Some(0.0));
    assert_eq!(
        is("integrations_circuit", &[down, ("class", "default")]),
        Some(2.0)
    );

    let cached = "integrations_cache_total";
    assert_eq!(is(cached, &[up, ("outcome", "miss")]), Some(1.0));
    assert_eq!(is(cached, &[up, ("outcome", "hit")]), Some(1.0));

    let video = ("integration", "scraped_video");
    let refreshes = "integrations_token_refreshes_total";
    assert_eq!(is(refreshes, &[video, ("outcome", "ok")]), Some(1.0));
    let gone = ("outcome", "unauthenticated");
    assert_eq!(is(refreshes, &[video, gone]), Some(1.0));
    let seconds = "integrations_token_refresh_seconds_count";
    assert_eq!(is(seconds, &[video]), Some(2.0));
    let needed = "integrations_consents_needed_total";
    assert_eq!(is(needed, &[video]), Some(1.0));
    assert!(!scraped.contains("scraped:"), "the connection is no label");

    let kinds = scraped
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let names = kinds.filter_map(|line| line.split(' ').next());
    let seen: BTreeSet<String> = names
        .filter(|name| name.starts_with("integrations_"))
        .map(str::to_owned)
        .collect();
    assert_eq!(seen, documented());
}
