//! Who calls, each with what it does about failures.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use integrations_core::guard::{Breaker, Guard, GuardBuilder, Operation, Safety};
use integrations_core::http::{Body, HttpTransport, Transport, TransportConfig};
use integrations_core::{Category, Descriptor};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

use super::clock::Bins;
use crate::Result;
use crate::peers::Repeat;

/// How long each arm waits for one answer.
pub const PATIENCE: Duration = Duration::from_secs(1);

pub const ARMS: [(&str, &str); 7] = [
    ("none", "the bare `reqwest`, no retries"),
    ("guard", "our guard, its default policy"),
    (
        "guard-1s",
        "the same with a breaker that opens for 1 s, at most 2 s",
    ),
    (
        "guard-no-breaker",
        "the same without breaker: the retry budget alone",
    ),
    (
        "reqwest-retry",
        "`reqwest-middleware` with `reqwest-retry`: its default backoff, 3 retries",
    ),
    (
        "reqwest",
        "the retries of `reqwest` for the host, their default budget, errors and 5xx retried",
    ),
    ("tower-3", "tower's `Retry`, 3 times, at once, no budget"),
];

#[async_trait]
pub trait Arm: Send + Sync {
    /// One call. Whether it succeeded.
    async fn call(&self) -> bool;
}

/// `sent` counts what is sent, as near to the socket as the arm lets: attempts, and for `reqwest`'s
/// own retries, which nothing sees, the connections that it tries to open.
pub fn make(name: &str, url: &str, sent: &Arc<Bins>) -> Result<Box<dyn Arm>> {
    let client = || reqwest::Client::builder().timeout(PATIENCE);
    let guarded = |builder: GuardBuilder| {
        let guard = builder
            .integration(&Descriptor::new("storm", Category::VIDEO, "storm"))
            .attempt_timeout(PATIENCE)
            .build()?;
        let transport = HttpTransport::new(TransportConfig::new())?;
        let (url, sent) = (url.to_owned(), sent.clone());
        Result::<Box<dyn Arm>>::Ok(Box::new(Guarded {
            guard,
            transport,
            url,
            sent,
        }))
    };
    let quick = Breaker::default().with_open_for(Duration::from_secs(1), Duration::from_secs(2));
    Ok(match name {
        "none" => Box::new(Chain {
            client: chain(client().build()?, sent, None),
            url: url.to_owned(),
        }),
        "guard" => guarded(Guard::builder())?,
        "guard-1s" => guarded(Guard::builder().breaker(quick))?,
        "guard-no-breaker" => guarded(Guard::builder().without_breaker())?,
        "reqwest-retry" => {
            let backoff = ExponentialBackoff::builder().build_with_max_retries(3);
            Box::new(Chain {
                client: chain(client().build()?, sent, Some(backoff)),
                url: url.to_owned(),
            })
        }
        "reqwest" => {
            let retry = reqwest::retry::for_host("127.0.0.1").classify_fn(|seen| {
                match seen.status().is_none_or(|status| status.is_server_error()) {
                    true => seen.retryable(),
                    false => seen.success(),
                }
            });
            let connects = Connects(sent.clone());
            Box::new(Bare {
                client: client().retry(retry).connector_layer(connects).build()?,
                url: url.to_owned(),
            })
        }
        "tower-3" => Box::new(tower(client().build()?, url, sent)),
        _ => return Err(format!("there is no arm {name}").into()),
    })
}

struct Guarded {
    guard: Guard,
    transport: HttpTransport,
    url: String,
    sent: Arc<Bins>,
}

#[async_trait]
impl Arm for Guarded {
    async fn call(&self) -> bool {
        let operation = Operation::new("read", Safety::Read);
        let attempt = |_| async {
            self.sent.note();
            let request = http::Request::get(&self.url).body(Body::empty());
            let request = request.map_err(|_| integrations_core::Error::invalid_input("no URL"))?;
            let answer = self.transport.send(request).await?.accepted().await?;
            answer.bytes().await
        };
        self.guard.run(&operation, attempt).await.is_ok()
    }
}

/// `reqwest` behind a middleware that counts, with retries before it or without.
fn chain(
    client: reqwest::Client,
    sent: &Arc<Bins>,
    retries: Option<ExponentialBackoff>,
) -> ClientWithMiddleware {
    let mut builder = ClientBuilder::new(client);
    if let Some(backoff) = retries {
        builder = builder.with(RetryTransientMiddleware::new_with_policy(backoff));
    }
    builder.with(Counted(sent.clone())).build()
}

struct Counted(Arc<Bins>);

#[async_trait]
impl reqwest_middleware::Middleware for Counted {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: reqwest_middleware::Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        self.0.note();
        next.run(request, extensions).await
    }
}

struct Chain {
    client: ClientWithMiddleware,
    url: String,
}

#[async_trait]
impl Arm for Chain {
    async fn call(&self) -> bool {
        let answer = self.client.get(&self.url).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }
}

struct Bare {
    client: reqwest::Client,
    url: String,
}

#[async_trait]
impl Arm for Bare {
    async fn call(&self) -> bool {
        let answer = self.client.get(&self.url).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }
}

/// Counts the connections that a client tries to open.
#[derive(Clone)]
struct Connects(Arc<Bins>);

impl<S> Layer<S> for Connects {
    type Service = Connecting<S>;

    fn layer(&self, inner: S) -> Connecting<S> {
        Connecting {
            sent: self.0.clone(),
            inner,
        }
    }
}

#[derive(Clone)]
struct Connecting<S> {
    sent: Arc<Bins>,
    inner: S,
}

impl<S: Service<R>, R> Service<R> for Connecting<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::result::Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.sent.note();
        self.inner.call(request)
    }
}

struct Tower {
    service: BoxCloneSyncService<(), bool, BoxError>,
}

fn tower(client: reqwest::Client, url: &str, sent: &Arc<Bins>) -> Tower {
    let (url, sent) = (url.to_owned(), sent.clone());
    let send = move |()| {
        sent.note();
        let answer = client.get(&url).send();
        async move { std::result::Result::<bool, BoxError>::Ok(answer.await?.status().is_success()) }
    };
    let failed = |result: &std::result::Result<bool, BoxError>| !matches!(result, Ok(true));
    let service = ServiceBuilder::new()
        .retry(Repeat::times(3, failed))
        .timeout(PATIENCE)
        .service(service_fn(send));
    Tower {
        service: BoxCloneSyncService::new(service),
    }
}

#[async_trait]
impl Arm for Tower {
    async fn call(&self) -> bool {
        matches!(self.service.clone().oneshot(()).await, Ok(true))
    }
}
