//! What happened, one by one and counted.

use std::collections::BTreeMap;

use async_trait::async_trait;
use integrations_core::email::{
    EmailAnalytics, EmailEvent, EventQuery, Resolution, StatPoint, StatsQuery,
};
use integrations_core::{Error, Page, PageRequest, Result, unsupported};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{LocalMailer, PAGE};

/// The start of the point that an instant is in.
fn start(query: &StatsQuery, at: Timestamp) -> Result<Timestamp> {
    let wall = TimeZone::UTC.to_datetime(at);
    let date = wall.date();
    let start = match query.resolution {
        Resolution::Hour => date.at(wall.hour(), 0, 0, 0),
        Resolution::Day => date.at(0, 0, 0, 0),
        Resolution::Month => date.first_of_month().at(0, 0, 0, 0),
        _ => return Ok(query.range.start),
    };
    TimeZone::UTC
        .to_timestamp(start)
        .map_err(|error| Error::internal("a point in time is out of range").with_source(error))
}

#[async_trait]
impl EmailAnalytics for LocalMailer {
    async fn stats(&self, query: &StatsQuery) -> Result<Vec<StatPoint>> {
        if !self.capabilities.stats {
            return Err(unsupported(self, "stats"));
        }
        if query.tag.is_some() && !self.capabilities.stats_by_tag {
            return Err(unsupported(self, "stats_by_tag"));
        }
        let query = query.clone();
        self.run(move |tx| {
            let mut points: BTreeMap<Timestamp, StatPoint> = BTreeMap::new();
            for event in tx.state.events.values() {
                let tagged = query
                    .tag
                    .as_ref()
                    .is_none_or(|tag| event.tags.contains(tag));
                if tagged && query.range.contains(event.occurred_at) {
                    let start = start(&query, event.occurred_at)?;
                    points
                        .entry(start)
                        .or_insert_with(|| StatPoint::new(start))
                        .add(event.kind.clone(), 1);
                }
            }
            Ok(points.into_values().collect())
        })
        .await
    }

    async fn list_events(
        &self,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<EmailEvent>> {
        if !self.capabilities.events {
            return Err(unsupported(self, "events"));
        }
        let (query, page) = (query.clone(), page.clone());
        self.run(move |tx| {
            // A batch's id means all of its messages.
            let mut anywhere = query.clone();
            let batch = anywhere.message_id.take();
            let of_batch = |event: &EmailEvent| {
                let row = event
                    .message_id
                    .as_ref()
                    .and_then(|id| tx.state.messages.get(id));
                batch.is_some() && row.is_some_and(|row| row.batch == batch)
            };
            let events = tx.state.events.values();
            let mut wanted: Vec<EmailEvent> = events
                .filter(|event| {
                    query.matches(event) || (anywhere.matches(event) && of_batch(event))
                })
                .map(|event| (**event).clone())
                .collect();
            wanted.sort_by(|a, b| (a.occurred_at, &a.id).cmp(&(b.occurred_at, &b.id)));
            Page::slice(wanted, &page, PAGE)
        })
        .await
    }
}
