//! Who calls. Each loops by itself, so that being chosen at run time costs nothing.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Extensions;
use integrations_core::guard::{Guard, GuardBuilder, Operation, Safety};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};

use super::recorder::Plain;
use crate::Result;
use crate::peers::{GovernedLayer, Repeat, middleware};
use crate::policy::{self, ATTEMPT, DEADLINE, ENDLESS};

pub const ARMS: [(&str, &str); 11] = [
    ("clock", "for scale: one reading of the clock"),
    ("closure", "the bare attempt, an asynchronous closure"),
    (
        "guard",
        "our guard, all policies: a rate for the connection and one for all, breaker, retry \
         budget, deadline, timeout of attempts; no subscriber and no metrics recorder",
    ),
    ("guard-recorder", "the same with a recorder of metrics"),
    ("guard-one-rate", "the same without the rate for all"),
    ("guard-no-rates", "the same without any rate"),
    (
        "middleware-floor",
        "`reqwest-middleware` with a prepared request (cloned), whose one middleware answers at \
         once",
    ),
    (
        "middleware",
        "the same behind `reqwest-retry` and a middleware with `governor`; its timeout is the \
         client's, and not in the figure; no breaker, no budget",
    ),
    (
        "tower",
        "tower as tasks share it, cloned for each call: load shed, timeout, `governor`, \
         concurrency limit, retry with budget, timeout of attempts; no breaker",
    ),
    (
        "tower-owned",
        "the same with tower's own rate limit, which cannot be cloned: for one owner",
    ),
    (
        "tower-buffer",
        "that one behind tower's buffer, so that tasks can share it",
    ),
];

#[async_trait(?Send)]
pub trait Arm {
    async fn calls(&mut self, calls: u64) -> Result<()>;
}

pub fn make(name: &str) -> Result<Box<dyn Arm>> {
    Ok(match name {
        "clock" => Box::new(Clock),
        "closure" => Box::new(Closure),
        "guard" => guarded(policy::all())?,
        "guard-recorder" => Box::new(Recorded(guarded(policy::all())?)),
        "guard-one-rate" => guarded(policy::without_rates().rate(policy::endless()))?,
        "guard-no-rates" => guarded(policy::without_rates())?,
        "middleware-floor" => {
            let client = ClientBuilder::new(reqwest::Client::new());
            Box::new(Chain::new(client.with(End).build())?)
        }
        "middleware" => {
            let client = middleware(reqwest::Client::new(), Some(Arc::new(End)));
            Box::new(Chain::new(client)?)
        }
        "tower" => Box::new(Shared(
            ServiceBuilder::new()
                .load_shed()
                .timeout(DEADLINE)
                .layer(GovernedLayer)
                .concurrency_limit(1024)
                .retry(Repeat::times(3, Result::is_err).with_budget())
                .timeout(ATTEMPT)
                .service(service_fn(nothing)),
        )),
        "tower-owned" => Box::new(Owned(owned())),
        "tower-buffer" => Box::new(Shared(ServiceBuilder::new().buffer(1024).service(owned()))),
        _ => return Err(format!("there is no arm {name}").into()),
    })
}

/// What every attempt does.
async fn nothing(_: ()) -> std::result::Result<u64, BoxError> {
    Ok(black_box(1))
}

struct Clock;

#[async_trait(?Send)]
impl Arm for Clock {
    async fn calls(&mut self, calls: u64) -> Result<()> {
        for _ in 0..calls {
            black_box(std::time::Instant::now());
        }
        Ok(())
    }
}

struct Closure;

#[async_trait(?Send)]
impl Arm for Closure {
    async fn calls(&mut self, calls: u64) -> Result<()> {
        let attempt = async |number: u64| Result::Ok(black_box(number));
        for number in 0..calls {
            black_box(attempt(number).await?);
        }
        Ok(())
    }
}

struct Guarded {
    guard: Guard,
    operation: Operation,
}

fn guarded(builder: GuardBuilder) -> Result<Box<dyn Arm>> {
    Ok(Box::new(Guarded {
        guard: builder.build()?.for_connection("account-1"),
        operation: Operation::new("read", Safety::Read),
    }))
}

#[async_trait(?Send)]
impl Arm for Guarded {
    async fn calls(&mut self, calls: u64) -> Result<()> {
        for _ in 0..calls {
            let attempt = |_| async { Ok(black_box(1_u64)) };
            black_box(self.guard.run(&self.operation, attempt).await?);
        }
        Ok(())
    }
}

/// A guard that found a recorder at its first call.
struct Recorded(Box<dyn Arm>);

#[async_trait(?Send)]
impl Arm for Recorded {
    async fn calls(&mut self, calls: u64) -> Result<()> {
        // For this thread alone, so that the other arms have none.
        let _recorder = metrics::set_default_local_recorder(&Plain);
        self.0.calls(calls).await
    }
}

/// Answers in the network's place.
struct End;

#[async_trait]
impl Middleware for End {
    async fn handle(
        &self,
        request: Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        black_box(request);
        Ok(http::Response::new("").into())
    }
}

struct Chain {
    client: ClientWithMiddleware,
    request: Request,
}

impl Chain {
    fn new(client: ClientWithMiddleware) -> Result<Self> {
        let request = client.get("http://127.0.0.1/meetings/4711").build()?;
        Ok(Self { client, request })
    }
}

#[async_trait(?Send)]
impl Arm for Chain {
    async fn calls(&mut self, calls: u64) -> Result<()> {
        for _ in 0..calls {
            let request = self.request.try_clone().ok_or("it has a stream")?;
            black_box(self.client.execute(request).await?);
        }
        Ok(())
    }
}

/// tower, for one owner.
fn owned() -> impl Service<(), Response = u64, Error = BoxError, Future: Send> + Send + 'static {
    ServiceBuilder::new()
        .load_shed()
        .timeout(DEADLINE)
        .rate_limit(u64::from(ENDLESS), Duration::from_secs(1))
        .concurrency_limit(1024)
        .retry(Repeat::times(3, Result::is_err).with_budget())
        .timeout(ATTEMPT)
        .service(service_fn(nothing))
}

struct Shared<S>(S);

#[async_trait(?Send)]
impl<S> Arm for Shared<S>
where
    S: Service<(), Response = u64, Error = BoxError> + Clone,
{
    async fn calls(&mut self, calls: u64) -> Result<()> {
        for _ in 0..calls {
            black_box(self.0.clone().oneshot(()).await?);
        }
        Ok(())
    }
}

struct Owned<S>(S);

#[async_trait(?Send)]
impl<S> Arm for Owned<S>
where
    S: Service<(), Response = u64, Error = BoxError>,
{
    async fn calls(&mut self, calls: u64) -> Result<()> {
        for _ in 0..calls {
            black_box(self.0.ready().await?.call(()).await?);
        }
        Ok(())
    }
}
