//! Lists of events and of occurrences.

use std::collections::BTreeSet;

use integrations_core::calendar::{CalendarId, Event, EventId, EventQuery, EventStatus};
use integrations_core::guard::Operation;
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Cursor, Error, Page, PageRequest, Result};
use integrations_microsoft_graph::Call;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::Outlook;
use crate::fetch::own_properties;
use crate::operations::{DETAILS, INSTANCES, LIST, VIEW};
use crate::provider::{items, next_link, page as page_of, paged, plain};
use crate::read;

/// "The maximum value of $top is 1000" (<https://learn.microsoft.com/en-us/graph/api/user-list-events>).
const MOST: u32 = 1000;

/// Adds the bounds of a view.
pub(crate) fn within(call: Call, range: TimeRange) -> Call {
    call.with("startDateTime", range.start)
        .with("endDateTime", range.end)
}

impl Outlook {
    pub(crate) async fn list(
        &self,
        calendar: &CalendarId,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        match (query.range, query.expand) {
            (Some(range), true) => self.view(calendar, range, page).await,
            (Some(range), false) => self.series_within(calendar, range, page).await,
            (None, true) => Err(Error::invalid_input("a list of occurrences needs a range")),
            (None, false) => self.everything(calendar, page).await,
        }
    }

    /// Events that stand alone and series, each series with what differs from it.
    async fn everything(&self, calendar: &CalendarId, page: &PageRequest) -> Result<Page<Event>> {
        let first = Call::get(&self.path(calendar, &["events"])).with("$expand", own_properties());
        let call = plain(paged(first, page, MOST));
        let mut answer = self.api.send(&Operation::of(&LIST), &call).await?;
        let raws = items(&mut answer);
        let operation = Operation::of(&DETAILS);
        let all = self.completed(calendar, raws, &operation).await?;
        let there = all.into_iter().filter(takes_place);
        Ok(page_of(there.collect(), &answer))
    }

    /// Every occurrence in a span, in order.
    async fn view(
        &self,
        calendar: &CalendarId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        let (events, answer) = self
            .view_page(calendar, range, page, &Operation::of(&VIEW))
            .await?;
        Ok(page_of(events, &answer))
    }

    async fn view_page(
        &self,
        calendar: &CalendarId,
        range: TimeRange,
        page: &PageRequest,
        operation: &Operation,
    ) -> Result<(Vec<Event>, Value)> {
        let call = self.view_call(calendar, range);
        let call = plain(paged(call, page, MOST));
        let mut answer = self.api.send(operation, &call).await?;
        let mut events = Vec::new();
        for raw in items(&mut answer) {
            let event = read::event(calendar, raw)?;
            // What only touches the span is of it at Graph.
            if takes_place(&event) && shares(&event, range) {
                events.push(event);
            }
        }
        Ok((events, answer))
    }

    pub(crate) fn view_call(&self, calendar: &CalendarId, range: TimeRange) -> Call {
        within(Call::get(&self.path(calendar, &["calendarView"])), range)
            .with("$orderby", "start/dateTime")
            .with("$expand", own_properties())
    }

    /// Events and series with something in a span: Graph lists series by their first occurrence, so
    /// that the occurrences are asked for, and their series read by them. The cursor has those that
    /// were listed already.
    async fn series_within(
        &self,
        calendar: &CalendarId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        let (link, mut seen) = match &page.cursor {
            None => (None, BTreeSet::new()),
            Some(cursor) => {
                let (link, seen) = place(cursor)?;
                (Some(link), seen)
            }
        };
        let mut inner = page.clone();
        inner.cursor = link.map(Cursor::new);
        let operation = Operation::of(&VIEW);
        let (events, answer) = self.view_page(calendar, range, &inner, &operation).await?;
        let mut found = Vec::new();
        let mut series = Vec::new();
        for event in events {
            let id = event.series_id().clone();
            if id == event.id {
                found.push(event);
            } else if seen.insert(id.as_str().to_owned()) {
                series.push(id);
            }
        }
        let calls: Vec<Call> = series.iter().map(|id| self.get(calendar, id)).collect();
        let details = Operation::of(&DETAILS);
        let raws = self.many(&details, &calls).await?;
        let raws = raws.into_iter().flatten().collect();
        let all = self.completed(calendar, raws, &details).await?;
        // Of what differs, that which is in the span.
        found.extend(all.into_iter().filter(|event| {
            takes_place(event) && (event.series_id() == &event.id || shares(event, range))
        }));
        let mut page = Page::last(found);
        if let Some(link) = next_link(&answer) {
            page.next = Some(cursor(link, &seen)?);
        }
        Ok(page)
    }

    pub(crate) fn instances_call(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
    ) -> Call {
        let path = self.path(calendar, &["events", series.as_str(), "instances"]);
        let call = within(Call::get(&path), range).with("$expand", own_properties());
        plain(call)
    }

    pub(crate) async fn occurrences(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        let path = self.path(calendar, &["events", series.as_str(), "instances"]);
        let first = within(Call::get(&path), range)
            .with("$orderby", "start/dateTime")
            .with("$expand", own_properties());
        let call = plain(paged(first, page, MOST));
        let mut answer = self.api.send(&Operation::of(&INSTANCES), &call).await?;
        let mut all = Vec::new();
        for raw in items(&mut answer) {
            let event = read::event(calendar, raw)?;
            if takes_place(&event) && shares(&event, range) {
                all.push(event);
            }
        }
        Ok(page_of(all, &answer))
    }
}

/// What an organizer cancelled stays in the calendars of those invited.
pub(crate) fn takes_place(event: &Event) -> bool {
    event.status != EventStatus::Cancelled
}

/// Whether an event shares an instant with a span. Of whole days, which begin where the mailbox is,
/// and of zones that nobody knows, Graph's answer holds.
fn shares(event: &Event, range: TimeRange) -> bool {
    let at = |time: &EventTime| match time {
        EventTime::Date(_) => None,
        time => time.to_timestamp(&TimeZone::UTC).ok(),
    };
    let (Some(start), Some(end)) = (at(&event.start), at(&event.end)) else {
        return true;
    };
    start < range.end && (end > range.start || start == end && start >= range.start)
}

/// The link of a cursor and the series that were listed before it.
fn place(cursor: &Cursor) -> Result<(String, BTreeSet<String>)> {
    let wrong = |_| Error::invalid_input("the cursor is not one of a list of events here");
    serde_json::from_str(cursor.as_str()).map_err(wrong)
}

fn cursor(link: &str, seen: &BTreeSet<String>) -> Result<Cursor> {
    let text = serde_json::to_string(&(link, seen));
    let text = text.map_err(|_| Error::internal("a cursor is no JSON"))?;
    Ok(Cursor::new(text))
}
