//! Who posts, each with what it does about failures and what it tells of them.

use std::time::Duration;

use async_trait::async_trait;
use integrations_core::guard::{Guard, GuardBuilder, Operation, Safety};
use integrations_core::http::{Body, HttpTransport, Transport, TransportConfig};
use integrations_core::{Category, Descriptor, Effect, IdempotencyKey};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;

use crate::Result;

pub const ARMS: [(&str, &str); 9] = [
    ("none", "the bare `reqwest`, no retries"),
    (
        "guard-once",
        "our guard, `Safety::Once`: every request is an effect",
    ),
    (
        "guard-keyed",
        "our guard, `Safety::Keyed`: the key is in a header that the server honours; by default 3 \
         attempts, one fewer than 3 retries are",
    ),
    (
        "guard-keyed-again",
        "the same, and a caller who is told that the effect is unknown does what the error \
         advises: calls once more with the same key",
    ),
    ("guard-keyed-no-breaker", "`guard-keyed` without breaker"),
    (
        "reqwest-retry",
        "`reqwest-retry`, its default strategy, 3 retries",
    ),
    (
        "reqwest-retry-keyed",
        "the same with a key in the header, set by hand",
    ),
    (
        "reqwest",
        "the retries of `reqwest` for the host, their default budget, errors and 5xx retried",
    ),
    (
        "reqwest-no-budget",
        "the same without the budget, 3 retries",
    ),
];

/// What a caller is told of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Success,
    /// An error that says what it knows of the effect.
    Known(Effect),
    /// An error that says nothing of it.
    Unsaid,
}

#[async_trait]
pub trait Arm: Send + Sync {
    /// One POST to this address, which is one thing to be done once.
    async fn post(&self, url: &str, number: u32) -> Told;
}

pub fn make(name: &str) -> Result<Box<dyn Arm>> {
    let client = || reqwest::Client::builder().timeout(Duration::from_secs(10));
    // The default waits between a second and half an hour; how long it waits changes nothing here.
    let backoff = || {
        ExponentialBackoff::builder()
            .retry_bounds(Duration::from_millis(100), Duration::from_millis(800))
            .build_with_max_retries(3)
    };
    let retried = |keyed| -> Result<Box<dyn Arm>> {
        let middleware = RetryTransientMiddleware::new_with_policy(backoff());
        let client = ClientBuilder::new(client().build()?)
            .with(middleware)
            .build();
        Ok(Box::new(Chain { client, keyed }))
    };
    let own = || {
        reqwest::retry::for_host("127.0.0.1").classify_fn(|seen| {
            match seen.status().is_none_or(|status| status.is_server_error()) {
                true => seen.retryable(),
                false => seen.success(),
            }
        })
    };
    let bare = |client: reqwest::ClientBuilder| -> Result<Box<dyn Arm>> {
        Ok(Box::new(Bare(client.build()?)))
    };
    match name {
        "none" => bare(client().retry(reqwest::retry::never())),
        "guard-once" => guarded(Guard::builder(), false),
        "guard-keyed" => guarded(Guard::builder(), true),
        "guard-keyed-again" => Ok(Box::new(Again(guarded(Guard::builder(), true)?))),
        "guard-keyed-no-breaker" => guarded(Guard::builder().without_breaker(), true),
        "reqwest-retry" => retried(false),
        "reqwest-retry-keyed" => retried(true),
        "reqwest" => bare(client().retry(own())),
        "reqwest-no-budget" => bare(client().retry(own().no_budget().max_retries_per_request(3))),
        _ => Err(format!("there is no arm {name}").into()),
    }
}

struct Guarded {
    guard: Guard,
    transport: HttpTransport,
    keyed: bool,
}

fn guarded(builder: GuardBuilder, keyed: bool) -> Result<Box<dyn Arm>> {
    let guard = builder
        .integration(&Descriptor::new("bank", Category::PAYMENT, "bank"))
        .seed(1)
        .build()?;
    Ok(Box::new(Guarded {
        guard,
        transport: HttpTransport::new(TransportConfig::new())?,
        keyed,
    }))
}

impl Guarded {
    async fn send(&self, url: &str, number: u32) -> integrations_core::Result<()> {
        let key = IdempotencyKey::new(key(number))?;
        let safety = match self.keyed {
            true => Safety::Keyed(key.clone()),
            false => Safety::Once,
        };
        let operation = Operation::new("charge", safety);
        let attempt = |_| async {
            let mut request = http::Request::post(url);
            if self.keyed {
                request = request.header(KEY, key.as_str());
            }
            let request = request
                .body(Body::empty())
                .map_err(|_| integrations_core::Error::invalid_input("no URL"))?;
            self.transport
                .send(request)
                .await?
                .accepted()
                .await?
                .bytes()
                .await
        };
        self.guard.run(&operation, attempt).await.map(drop)
    }
}

#[async_trait]
impl Arm for Guarded {
    async fn post(&self, url: &str, number: u32) -> Told {
        match self.send(url, number).await {
            Ok(()) => Told::Success,
            Err(error) => Told::Known(error.effect()),
        }
    }
}

/// Calls once more where the effect is unknown.
struct Again(Box<dyn Arm>);

#[async_trait]
impl Arm for Again {
    async fn post(&self, url: &str, number: u32) -> Told {
        match self.0.post(url, number).await {
            Told::Known(Effect::Unknown) => self.0.post(url, number).await,
            told => told,
        }
    }
}

const KEY: &str = "idempotency-key";

fn key(number: u32) -> String {
    format!("order-{number}")
}

struct Chain {
    client: ClientWithMiddleware,
    keyed: bool,
}

#[async_trait]
impl Arm for Chain {
    async fn post(&self, url: &str, number: u32) -> Told {
        let mut request = self.client.post(url);
        if self.keyed {
            request = request.header(KEY, key(number));
        }
        told(request.send().await.ok())
    }
}

struct Bare(reqwest::Client);

#[async_trait]
impl Arm for Bare {
    async fn post(&self, url: &str, _: u32) -> Told {
        told(self.0.post(url).send().await.ok())
    }
}

fn told(answer: Option<reqwest::Response>) -> Told {
    match answer.is_some_and(|answer| answer.status().is_success()) {
        true => Told::Success,
        false => Told::Unsaid,
    }
}
