//! Lists of events and of occurrences.

use integrations_core::calendar::recurrence::expand;
use integrations_core::calendar::{CalendarId, Event, EventId, EventKind, EventQuery, EventStatus};
use integrations_core::guard::Operation;
use integrations_core::time::TimeRange;
use integrations_core::{Page, PageRequest, Result};
use integrations_google::Call;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::GoogleCalendar;
use crate::operations::{INSTANCES, LIST};
use crate::provider::{items, next_page};
use crate::read;

/// "The page size can never be larger than 2500 events" (discovery document, `maxResults`).
const MOST: u32 = 2500;

impl GoogleCalendar {
    pub(crate) async fn list(
        &self,
        calendar: &CalendarId,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        self.capabilities().check_query(query)?;
        let call = Call::get(&["calendars", calendar.as_str(), "events"]);
        let call = paged(within(call, query.range), page)
            .with_if("q", query.text.as_deref())
            .with_if("showDeleted", query.include_cancelled.then_some(true))
            .with_if("updatedMin", query.updated_since)
            .with_if("singleEvents", query.expand.then_some(true))
            .with_if("orderBy", query.expand.then_some("startTime"));
        let mut answer = self.api.send(&Operation::of(&LIST), &call).await?;
        // Whole days are days of the calendar's zone.
        let zone = answer["timeZone"]
            .as_str()
            .and_then(|name| TimeZone::get(name).ok());
        let zone = zone.unwrap_or(TimeZone::UTC);
        let mut events = Vec::new();
        for item in items(&mut answer) {
            // "Deleted events are only guaranteed to have the id field populated" (`Event.status`):
            // of one without times nothing can be listed.
            if read::is_cancelled(&item)
                && (!query.include_cancelled
                    || item["start"].is_null() && item["originalStartTime"].is_null())
            {
                continue;
            }
            let event = read::event(calendar, item, !query.expand)?;
            let listed = query.include_cancelled || event.status != EventStatus::Cancelled;
            if listed
                && query
                    .range
                    .is_none_or(|range| touches(&event, range, &zone))
            {
                events.push(event);
            }
        }
        Ok(next_page(events, &answer))
    }

    pub(crate) async fn occurrences(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        let path = [
            "calendars",
            calendar.as_str(),
            "events",
            series.as_str(),
            "instances",
        ];
        let call = paged(within(Call::get(&path), Some(range)), page);
        let mut answer = self.api.send(&Operation::of(&INSTANCES), &call).await?;
        let all = items(&mut answer)
            .into_iter()
            .map(|item| read::event(calendar, item, false));
        Ok(next_page(all.collect::<Result<_>>()?, &answer))
    }

    fn capabilities(&self) -> &integrations_core::calendar::CalendarCapabilities {
        &self.capabilities
    }
}

/// Both bounds are exclusive at Google, of an event's end and of its start: what shares an instant
/// with the span.
fn within(call: Call, range: Option<TimeRange>) -> Call {
    call.with_if("timeMin", range.map(|range| range.start))
        .with_if("timeMax", range.map(|range| range.end))
}

fn paged(call: Call, page: &PageRequest) -> Call {
    call.with_if("maxResults", page.limit.map(|limit| limit.get().min(MOST)))
        .with_if(
            "pageToken",
            page.cursor.as_ref().map(|cursor| cursor.as_str()),
        )
}

/// Whether a series has an occurrence in a span: Google may list it by the whole of its time. Of what
/// cannot be told Google's answer holds.
fn touches(event: &Event, range: TimeRange, zone: &TimeZone) -> bool {
    let (EventKind::Series, Some(recurrence)) = (&event.kind, &event.recurrence) else {
        return true;
    };
    let bounds = |event: &Event| {
        let start = event.start.to_timestamp(zone).ok()?;
        Some((start, event.end.to_timestamp(zone).ok()?))
    };
    let Some((start, end)) = bounds(event) else {
        return true;
    };
    let length = end.duration_since(start).max(SignedDuration::ZERO);
    // Summer time makes a day an hour longer.
    let before = length + SignedDuration::from_hours(2);
    let Ok(from) = range.start.checked_sub(before) else {
        return true;
    };
    match expand(
        &event.start,
        recurrence,
        TimeRange {
            start: from,
            end: range.end,
        },
        zone,
    ) {
        Err(_) => true,
        Ok(starts) => starts.iter().any(|start| {
            let at = start.to_timestamp(zone);
            at.is_ok_and(|at| at.checked_add(length).is_ok_and(|end| end > range.start))
        }),
    }
}
