//! Lists of events.

use integrations_core::calendar::{CalendarId, ETag, Event, EventId, EventQuery};
use integrations_core::guard::Operation;
use integrations_core::operation::OperationSpec;
use integrations_core::time::TimeRange;
use integrations_core::{Cursor, Error, ErrorKind, Page, PageRequest, Result};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::CalDav;
use super::calendars::no_calendar;
use crate::client::Call;
use crate::dav::multistatus::Answer;
use crate::dav::request::{calendar_query, multiget};
use crate::ids::event_id;
use crate::operations::{MULTIGET, QUERY};
use crate::series::{Series, takes_place};

/// How many resources are asked for at once.
const BATCH: usize = 100;

/// The events of a calendar that could be read.
pub(super) struct Found {
    pub(super) series: Vec<Series>,
    /// Whether some could not, and were left out.
    pub(super) damaged: bool,
}

/// Resources that were asked for by their addresses.
#[derive(Default)]
pub(super) struct Read {
    pub(super) series: Vec<Series>,
    pub(super) gone: Vec<Url>,
    /// Whether some cannot be read, and were left out.
    damaged: bool,
}

/// A span and a day more on both sides: a server that reads days and floating times in another
/// zone, or is wrong where summer time begins, leaves nothing out.
fn wider(range: TimeRange) -> TimeRange {
    let day = SignedDuration::from_hours(24);
    TimeRange {
        start: range.start.checked_sub(day).unwrap_or(range.start),
        end: range.end.checked_add(day).unwrap_or(range.end),
    }
}

impl CalDav {
    /// The resources of a calendar with events in a span, or all.
    pub(super) async fn query(
        &self,
        calendar: &CalendarId,
        range: Option<TimeRange>,
    ) -> Result<Found> {
        let collection = self.calendar_url(calendar).await?;
        let call = Call::new("REPORT", &collection)
            .depth("1")
            .xml(calendar_query(range.map(wider)));
        let reply = self.dav.run(&Operation::of(&QUERY), &call).await;
        let reply = reply.map_err(|error| self.no_report(error, calendar))?;
        let (mut all, mut damaged) = (Vec::new(), false);
        let mut without = Vec::new();
        for answer in reply.multistatus()?.responses {
            if answer.status == Some(507) {
                return Err(cut_off());
            }
            if event_id(&collection, &answer.href).is_none()
                || answer.status.is_some_and(|status| status >= 300)
            {
                continue;
            }
            match answer.calendar_data() {
                Some(_) => match self.read_answer(&answer, &collection, calendar) {
                    Ok(read) => all.extend(read),
                    Err(()) => damaged = true,
                },
                None => without.push(answer.href),
            }
        }
        let read = self.multiget(&MULTIGET, calendar, &collection, &without);
        let read = read.await?;
        damaged |= read.damaged;
        all.extend(read.series);
        let mut series = Vec::with_capacity(all.len());
        let ids: Vec<EventId> = all.iter().map(|one| one.id.clone()).collect();
        for (id, one) in ids.iter().zip(self.settle(calendar, all).await?) {
            match one {
                Ok(one) => series.push(one),
                Err(error) => {
                    self.leave_out(calendar, id, &error);
                    damaged = true;
                }
            }
        }
        Ok(Found { series, damaged })
    }

    /// A report on what is not there: some servers say 403 or 409.
    fn no_report(&self, error: Error, calendar: &CalendarId) -> Error {
        match error.status() {
            Some(404 | 409) => no_calendar(calendar),
            _ => error,
        }
    }

    /// The event of a resource; an error for one that cannot be read, of which this tells.
    fn read_answer(
        &self,
        answer: &Answer,
        collection: &Url,
        calendar: &CalendarId,
    ) -> Result<Option<Series>, ()> {
        let (Some(name), Some(text)) = (event_id(collection, &answer.href), answer.calendar_data())
        else {
            return Ok(None);
        };
        let etag = answer.etag().map(ETag::new);
        let read = self.series(text, calendar, &name, etag);
        read.map_err(|error| self.leave_out(calendar, &name, &error))
    }

    /// Resources by their addresses, and those that are gone meanwhile.
    pub(super) async fn multiget(
        &self,
        spec: &OperationSpec,
        calendar: &CalendarId,
        collection: &Url,
        hrefs: &[Url],
    ) -> Result<Read> {
        let mut read = Read::default();
        for hrefs in hrefs.chunks(BATCH) {
            let call = Call::new("REPORT", collection)
                .depth("1")
                .xml(multiget(hrefs.iter().map(Url::path)));
            let reply = self.dav.run(&Operation::of(spec), &call).await?;
            let mut left: Vec<&Url> = hrefs.iter().collect();
            for answer in reply.multistatus()?.responses {
                let name = event_id(collection, &answer.href);
                let place = left
                    .iter()
                    .position(|href| event_id(collection, href) == name);
                // What was not asked for is not taken.
                let Some(place) = place else { continue };
                let href = left.swap_remove(place);
                match answer.status {
                    Some(404 | 410) => read.gone.push(href.clone()),
                    _ => match self.read_answer(&answer, collection, calendar) {
                        Ok(series) => read.series.extend(series),
                        Err(()) => read.damaged = true,
                    },
                }
            }
            if !left.is_empty() {
                let text = "the server left out resources that it was asked for";
                return Err(Error::new(ErrorKind::Decode, text));
            }
        }
        Ok(read)
    }

    pub(super) async fn search(
        &self,
        calendar: &CalendarId,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        let mut found = Vec::new();
        for series in self.query(calendar, query.range).await?.series {
            match matching(&series, query) {
                Ok(events) => found.extend(events),
                Err(error) => self.leave_out(calendar, &series.id, &error),
            }
        }
        cut(found, page)
    }

    pub(super) async fn occurrences(
        &self,
        calendar: &CalendarId,
        series: &str,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        let series = self.load(calendar, series).await?;
        let mut found = Vec::new();
        for event in series.within(range)? {
            if takes_place(&event) {
                found.push((event.start.to_timestamp(&series.zone)?, event));
            }
        }
        cut(found, page)
    }
}

/// What of a series a list has, with the instants of the starts.
fn matching(series: &Series, query: &EventQuery) -> Result<Vec<(Timestamp, Event)>> {
    let mut events: Vec<Event> = match query.range {
        None => series.events().cloned().collect(),
        Some(range) => {
            let within = series.within(range)?;
            match query.expand || !series.is_series() {
                true => within,
                false if within.is_empty() => Vec::new(),
                false => series.events().cloned().collect(),
            }
        }
    };
    events.retain(|event| fits(event, query));
    let at = |event: Event| Ok((event.start.to_timestamp(&series.zone)?, event));
    events.into_iter().map(at).collect()
}

fn cut_off() -> Error {
    Error::new(
        ErrorKind::QuotaExceeded,
        "the server cuts the list off: it has more events than it gives at once",
    )
    .with_advice("ask for a shorter span, or synchronise")
}

fn fits(event: &Event, query: &EventQuery) -> bool {
    let shown = query.include_cancelled || takes_place(event);
    let recent = query
        .updated_since
        .is_none_or(|since| event.updated.is_some_and(|at| at >= since));
    let text = query.text.as_deref().map(str::to_lowercase);
    let has = |field: &str, text: &str| field.to_lowercase().contains(text);
    let said = text.as_deref().is_none_or(|text| {
        let more = [&event.description, &event.location];
        has(&event.summary, text) || more.into_iter().flatten().any(|field| has(field, text))
    });
    shown && recent && said
}

/// One page, in the order of the starts. CalDAV has no pages: the whole is asked for each time, and
/// the cursor is the last that was given, so that what comes or goes in between moves nothing.
fn cut(mut found: Vec<(Timestamp, Event)>, page: &PageRequest) -> Result<Page<Event>> {
    found.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    if let Some(cursor) = &page.cursor {
        let (at, id) = cursor
            .as_str()
            .split_once(' ')
            .and_then(|(at, id)| Some((at.parse::<Timestamp>().ok()?, id)))
            .ok_or_else(|| Error::invalid_input("the page cursor is not one of this list"))?;
        found.retain(|(start, event)| (*start, event.id.as_str()) > (at, id));
    }
    let limit = page.limit.map_or(usize::MAX, |limit| limit.get() as usize);
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next = last.map(|(at, event)| Cursor::new(format!("{at} {}", event.id.as_str())));
    Ok(Page {
        items: found.into_iter().map(|(_, event)| event).collect(),
        next,
    })
}
