//! What an application adds to the peers by hand: they have no rate limit of their own that clones
//! share, and tower has no retry policy.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::Either;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use tower::retry::Policy;
use tower::retry::budget::{Budget, TpsBudget};
use tower::{BoxError, Layer, Service};

use crate::policy::{BURST, ENDLESS};

fn endless() -> DefaultDirectRateLimiter {
    let of = |calls| std::num::NonZeroU32::new(calls).unwrap_or(std::num::NonZeroU32::MIN);
    RateLimiter::direct(Quota::per_second(of(ENDLESS)).allow_burst(of(BURST)))
}

/// A rate limit as a middleware of `reqwest-middleware`.
struct Limited(DefaultDirectRateLimiter);

#[async_trait]
impl Middleware for Limited {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        self.0.until_ready().await;
        next.run(request, extensions).await
    }
}

/// `reqwest-middleware` with `reqwest-retry` and a rate that nobody reaches. Where `end` is given,
/// it answers in the network's place.
pub fn middleware(
    client: reqwest::Client,
    end: Option<Arc<dyn Middleware>>,
) -> ClientWithMiddleware {
    let backoff = ExponentialBackoff::builder().build_with_max_retries(3);
    let mut builder = ClientBuilder::new(client)
        .with(RetryTransientMiddleware::new_with_policy(backoff))
        .with(Limited(endless()));
    if let Some(end) = end {
        builder = builder.with_arc(end);
    }
    builder.build()
}

/// A rate limit as a service of tower, which clones share.
#[derive(Clone)]
pub struct Governed<S> {
    limiter: Arc<DefaultDirectRateLimiter>,
    inner: S,
}

pub struct GovernedLayer;

impl<S> Layer<S> for GovernedLayer {
    type Service = Governed<S>;

    fn layer(&self, inner: S) -> Governed<S> {
        Governed {
            limiter: Arc::new(endless()),
            inner,
        }
    }
}

impl<S, R> Service<R> for Governed<S>
where
    S: Service<R, Error = BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<S::Future, Ready<Result<S::Response, BoxError>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self.limiter.check() {
            Ok(_) => Either::Left(self.inner.call(request)),
            Err(_) => Either::Right(ready(Err("too fast".into()))),
        }
    }
}

/// Repeats what failed, so many times, at once; with a budget, as long as it lasts.
pub struct Repeat<T> {
    left: u32,
    budget: Option<Arc<TpsBudget>>,
    failed: fn(&Result<T, BoxError>) -> bool,
}

impl<T> Clone for Repeat<T> {
    fn clone(&self) -> Self {
        Self {
            left: self.left,
            budget: self.budget.clone(),
            failed: self.failed,
        }
    }
}

impl<T> Repeat<T> {
    pub fn times(times: u32, failed: fn(&Result<T, BoxError>) -> bool) -> Self {
        Self {
            left: times,
            budget: None,
            failed,
        }
    }

    /// A fifth of the calls more, and ten a second: tower's own defaults.
    pub fn with_budget(mut self) -> Self {
        let budget = TpsBudget::new(Duration::from_secs(10), 10, 0.2);
        self.budget = Some(Arc::new(budget));
        self
    }
}

impl<R: Clone, T> Policy<R, T, BoxError> for Repeat<T> {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut R, result: &mut Result<T, BoxError>) -> Option<Ready<()>> {
        if !(self.failed)(result) {
            if let Some(budget) = &self.budget {
                budget.deposit();
            }
            return None;
        }
        let paid = self.budget.as_ref().is_none_or(|budget| budget.withdraw());
        if self.left == 0 || !paid {
            return None;
        }
        self.left -= 1;
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &R) -> Option<R> {
        Some(request.clone())
    }
}
