//! Statistics and events.

use super::{Mailer, group};
use crate::call;
use crate::email::{EmailAnalytics, EmailEvent, EventQuery, StatPoint, StatsQuery, check};
use crate::error::Result;
use crate::page::{PageRequest, Paged};

impl Mailer {
    fn analytics(&self, declared: bool, feature: &'static str) -> Result<&dyn EmailAnalytics> {
        group(declared, || self.provider.analytics(), feature)
    }

    /// Counts over time, oldest first.
    ///
    /// # Errors
    /// `Unsupported` for a tag where the provider does not count by tag.
    pub async fn stats(&self, query: &StatsQuery) -> Result<Vec<StatPoint>> {
        call::run(&*self.provider, "stats", async {
            let has = self.capabilities();
            let analytics = self.analytics(has.stats, "stats")?;
            self.need(query.tag.is_none() || has.stats_by_tag, "stats_by_tag")?;
            analytics.stats(query).await
        })
        .await
    }

    /// Every event that a query means, oldest first.
    #[must_use]
    pub fn events(&self, query: EventQuery, first: PageRequest) -> Paged<EmailEvent> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                call::run(&*this.provider, "list_events", async {
                    let has = this.capabilities().events;
                    let analytics = this.analytics(has, "events")?;
                    if let Some(id) = &query.message_id {
                        check::id("message id", id.as_str())?;
                    }
                    analytics.list_events(&query, &page).await
                })
                .await
            }
        })
    }
}
