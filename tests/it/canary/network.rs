//! Providers that speak to a network, under every fault.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use integrations::guard::{Backoff, Guard, Operation, Safety};
use integrations::http::{Body, HttpTransport, Transport, TransportConfig};
use integrations::s3::{S3, S3Config};
use integrations::storage::{GetOptions, ObjectKey, PutMode, PutOptions, Storage};
use integrations::{Category, Descriptor, IdempotencyKey, Integration};
use integrations_core::testing::{Fault, FaultyServer};

use super::{Watch, secret};

const MILLISECOND: Duration = Duration::from_millis(1);

/// The faults, with waits that a test can wait for.
fn faults() -> Vec<(&'static str, Fault)> {
    let quick = |(name, fault): (&'static str, Fault)| match fault {
        // A put waits for as long as it is told.
        _ if name.contains("wait") => (name, Fault::rate_limited("0")),
        Fault::Slow(_) => (name, Fault::Slow(40 * MILLISECOND)),
        Fault::Late(_) => (name, Fault::Late(40 * MILLISECOND)),
        Fault::Trickle(_) => (name, Fault::Trickle(40 * MILLISECOND)),
        fault => (name, fault),
    };
    let mut all: Vec<_> = Fault::catalogue().into_iter().map(quick).collect();
    for status in [400, 401, 403, 404, 409, 412, 422] {
        all.push(("refused", Fault::status(status)));
    }
    all
}

fn guard() -> Guard {
    Guard::builder()
        .integration(&Descriptor::new("watched", Category::EMAIL, "acme"))
        .max_attempts(2)
        .backoff(Backoff::new(MILLISECOND, MILLISECOND))
        .attempt_timeout(20 * MILLISECOND)
        .deadline(60 * MILLISECOND)
        .without_breaker()
        .build()
        .unwrap()
}

#[test]
fn the_transport_lets_no_secret_out() {
    let watch = Watch::scene(async |watch| {
        let config = TransportConfig::new().with_plain_http();
        let config = config
            .with_idle_timeout(50 * MILLISECOND)
            .with_max_answer(4096);
        let transport = HttpTransport::new(config).unwrap();
        let key = IdempotencyKey::new("order-17").unwrap();
        for safety in [Safety::Read, Safety::Keyed(key), Safety::Once] {
            for (name, fault) in faults() {
                let server = FaultyServer::answering(|_| Response::new(Bytes::from("{}")));
                let server = server.await.unwrap().with_faults([fault.clone(), fault]);
                let through = server.through(transport.clone()).unwrap();
                let operation = Operation::new("send", safety.clone());
                let url = format!("{}/send?access_token={}", server.url(), secret("query"));
                let sent = guard()
                    .run(&operation, async |_| {
                        let request = http::Request::post(&url)
                            .header("authorization", format!("Bearer {}", secret("bearer")))
                            .header("x-api-key", secret("api-key"))
                            .header("cookie", format!("session={}", secret("cookie")))
                            .body(Body::from(format!("text={}", secret("body"))))
                            .unwrap();
                        let response = through.send(request).await?.accepted().await?;
                        response.json::<serde_json::Value>().await
                    })
                    .await;
                watch.outcome(name, sent);
            }
        }
        watch.shown("the transport", &transport);
    });
    watch.is_clean(60);
}

#[test]
fn s3_lets_no_secret_out() {
    let watch = Watch::scene(async |watch| {
        for (name, fault) in faults() {
            let server = FaultyServer::answering(|_| Response::new(Bytes::new()));
            let server = server.await.unwrap();
            server.fail(|_| true, fault.clone());
            let mut config = S3Config::new("photos")
                .with_endpoint(server.url())
                // The id of a key is no secret, and the SDK's own logs tell it.
                .with_access_key("AKIDWATCHED", secret("key"));
            config.session_token = Some(secret("session").into());
            watch.shown("the configuration", &config);
            let s3 = S3::new(config).await.unwrap().with_guard(guard());
            watch.outcome(name, s3.connect().await);
            watch.shown("the provider", &s3);
            assert!(!format!("{s3:?}").contains("AKIDWATCHED"));
            watch.shown("its status", &s3.status());
            let storage = Storage::new(s3);
            let key = ObjectKey::new("a/b").unwrap();
            let mut options = PutOptions::default();
            options.mode = PutMode::Create;
            for _ in 0..2 {
                server.fail(|_| true, fault.clone());
            }
            let put = storage.put(&key, secret("object").into_bytes(), options);
            watch.outcome(name, put.await.map(drop));
            server.fail(|_| true, fault.clone());
            let read = storage.get(&key, GetOptions::default()).await;
            watch.outcome(name, read.map(drop));
            server.fail(|_| true, fault.clone());
            let listed = storage.list("a").all().await;
            watch.outcome(name, listed.map(drop));
        }
    });
    watch.is_clean(60);
}
