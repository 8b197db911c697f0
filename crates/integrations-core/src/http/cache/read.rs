//! One read, from its begin to its answer.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ::http::HeaderMap;
use ::http::header::{
    CACHE_CONTROL, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use tokio::time::timeout_at;

use super::Inner;
use super::fetch::{Answer, Ask};
use super::flight::{Landing, Lead, Place};
use super::options::{CachedResponse, Freshness, ReadOptions};
use super::stored::{Fit, MOST_VARIANTS, Stored, with_variant};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::guard::Attempt;
use crate::http::{Request, Response};

/// How many leaders may fail before a follower is told what they were told.
const MOST_FAILURES: u32 = 2;

/// A read under way.
pub(super) struct Reading<'a, F> {
    pub(super) cache: &'a Inner,
    pub(super) options: &'a ReadOptions,
    pub(super) ask: Ask<'a, F>,
}

impl<F, Fut> Reading<'_, F>
where
    F: Fn(Request, Attempt) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Response>> + Send,
{
    pub(super) async fn run(self) -> Result<CachedResponse> {
        if passes(self.ask.request.headers()) {
            self.count("bypass");
            let response = self.ask.pass().await?;
            return Ok(CachedResponse::new(response, Freshness::Fetched));
        }
        let (mut failures, mut others) = (0, 0);
        loop {
            let found = self.find().await;
            if let Some((Fit::Fresh, stored)) = &found {
                return Ok(self.hit(stored));
            }
            let follow = match self.cache.flights.join(&self.ask.key) {
                Place::Leads(lead) => return self.lead(lead).await,
                Place::Follows(follow) => follow,
            };
            match timeout_at(self.ask.until, follow.landing()).await {
                // The next of them leads, perhaps this one.
                Ok(None) => {}
                Ok(Some(Landing::Kept(stored))) => match self.fit(&stored) {
                    Fit::Fresh => return Ok(self.hit(&stored)),
                    // It may serve nobody else before the provider says that it holds, so there is
                    // nothing that waiting for each other would save.
                    Fit::Stale => return self.alone(Some(stored)).await,
                    Fit::Other if others < MOST_VARIANTS => others += 1,
                    Fit::Other => return self.alone(None).await,
                },
                Ok(Some(Landing::NotShared)) => {
                    return self.alone(found.map(|(_, stored)| stored)).await;
                }
                Ok(Some(Landing::Failed(error))) => {
                    failures += 1;
                    if failures == MOST_FAILURES {
                        return self.instead(error.same_again()).await;
                    }
                }
                Err(_) => {
                    let text = "no answer within the deadline to the same read by another caller";
                    let error = Error::new(ErrorKind::Timeout, text);
                    return self.instead(error.with_effect(Effect::NotApplied)).await;
                }
            }
        }
    }

    /// Asks for all who ask for the same.
    pub(super) async fn lead(&self, lead: Lead) -> Result<CachedResponse> {
        // Another may have brought it since it was looked for.
        let found = match self.find().await {
            Some((Fit::Fresh, stored)) => {
                lead.land(Landing::Kept(stored.clone()));
                return Ok(self.hit(&stored));
            }
            found => found.map(|(_, stored)| stored),
        };
        match self.ask.ask(found.as_deref(), &lead.forgotten).await {
            Ok(Answer::Unchanged { stored, kept: true }) => {
                self.keep(stored.clone()).await;
                lead.land(Landing::Kept(stored.clone()));
                Ok(self.revalidated(&stored))
            }
            Ok(Answer::Kept(stored)) => {
                self.keep(stored.clone()).await;
                lead.land(Landing::Kept(stored.clone()));
                Ok(self.fetched(stored.response(None)))
            }
            Ok(Answer::Unchanged { stored, .. }) => {
                self.drop_kept().await;
                lead.land(Landing::NotShared);
                Ok(self.revalidated(&stored))
            }
            Ok(Answer::Passed(response)) => {
                self.drop_kept().await;
                lead.land(Landing::NotShared);
                Ok(self.fetched(*response))
            }
            Err(error) => {
                self.heed(&error).await;
                lead.land(Landing::Failed(Arc::new(error.same_again())));
                self.instead(error).await
            }
        }
    }

    /// Asks for itself. What it brings is not kept: nobody could tell it to forget that.
    async fn alone(&self, stored: Option<Arc<Stored>>) -> Result<CachedResponse> {
        let forgotten = Arc::new(AtomicBool::new(false));
        match self.ask.ask(stored.as_deref(), &forgotten).await {
            Ok(Answer::Unchanged { stored, .. }) => Ok(self.revalidated(&stored)),
            Ok(Answer::Kept(stored)) => Ok(self.fetched(stored.response(None))),
            Ok(Answer::Passed(response)) => Ok(self.fetched(*response)),
            Err(error) => {
                self.heed(&error).await;
                self.instead(error).await
            }
        }
    }

    /// What is kept of the answer to this request, if anything is.
    async fn find(&self) -> Option<(Fit, Arc<Stored>)> {
        let variants = self.cache.kept.get(&self.ask.key).await?;
        let mut fits = variants.iter().map(|stored| (self.fit(stored), stored));
        let (fit, stored) = fits.find(|(fit, _)| *fit != Fit::Other)?;
        Some((fit, stored.clone()))
    }

    fn fit(&self, stored: &Stored) -> Fit {
        stored.fit(&self.ask.asked, self.ask.clock.now())
    }

    async fn keep(&self, stored: Arc<Stored>) {
        // It would only push out what others brought since.
        if stored.is_forgotten() {
            return;
        }
        let key = &self.ask.key;
        let old = self.cache.kept.get(key).await.unwrap_or_default();
        let variants = with_variant(&old, stored, &self.ask.asked);
        self.cache.kept.insert(key.clone(), variants).await;
    }

    /// The provider gave another answer, which is not kept: what is kept is the past.
    async fn drop_kept(&self) {
        self.cache.kept.invalidate(&self.ask.key).await;
    }

    /// A refusal for good (access that ended, a thing that is gone) is an answer too.
    async fn heed(&self, error: &Error) {
        if !error.kind().is_transient() {
            self.drop_kept().await;
        }
    }

    /// A stale answer instead of the error, where both sides allow it.
    async fn instead(&self, error: Error) -> Result<CachedResponse> {
        let because = error.kind();
        if let Some(max_stale) = self.options.allows(because)
            && let Some((_, stored)) = self.find().await
        {
            let now = self.ask.clock.now();
            if stored.serves_stale(now, max_stale) {
                self.count("stale");
                let age = stored.age(now);
                tracing::debug!(
                    target: "integrations::cache",
                    integration = self.ask.guard.integration(),
                    operation = self.ask.operation.name,
                    because = because.as_str(),
                    age_s = age.as_secs(),
                    "a stale answer stands in"
                );
                let freshness = Freshness::Stale { age, because };
                return Ok(CachedResponse::new(stored.response(Some(now)), freshness));
            }
        }
        self.count("miss");
        Err(error)
    }

    fn hit(&self, stored: &Stored) -> CachedResponse {
        self.count("hit");
        let response = stored.response(Some(self.ask.clock.now()));
        CachedResponse::new(response, Freshness::Fresh)
    }

    fn revalidated(&self, stored: &Stored) -> CachedResponse {
        self.count("revalidated");
        let response = stored.response(Some(self.ask.clock.now()));
        CachedResponse::new(response, Freshness::Revalidated)
    }

    fn fetched(&self, response: Response) -> CachedResponse {
        self.count("miss");
        CachedResponse::new(response, Freshness::Fetched)
    }

    fn count(&self, outcome: &'static str) {
        self.ask.guard.count_cached(outcome);
    }
}

/// Whether a request goes past the cache: it forbids to keep the answer, asks for a part, or has
/// conditions of its own.
fn passes(headers: &HeaderMap) -> bool {
    let own = [
        RANGE,
        IF_RANGE,
        IF_MATCH,
        IF_NONE_MATCH,
        IF_MODIFIED_SINCE,
        IF_UNMODIFIED_SINCE,
    ];
    let control = headers.get_all(CACHE_CONTROL).iter();
    let no_store = control.filter_map(|value| value.to_str().ok()).any(|text| {
        let mut parts = text.split(',').map(str::trim);
        parts.any(|part| part.eq_ignore_ascii_case("no-store"))
    });
    no_store || own.iter().any(|name| headers.contains_key(name))
}
