//! Changes since a token: the delta of a calendar view
//! (<https://learn.microsoft.com/en-us/graph/delta-query-events>).
//!
//! Graph follows a window of time that is fixed when a run begins. What lies outside is not in the
//! mirror: an event that leaves the window is deleted there. The token remembers its window, and is
//! too old when half of what was ahead of it has passed.
//!
//! It remembers the occurrences that differ from their series, too: where one of them is deleted,
//! Graph says that its series changed, and not always which occurrence is gone.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use integrations_core::calendar::{
    CalendarId, Change, EventId, SyncFrom, SyncNext, SyncPage, SyncProvider, SyncToken,
};
use integrations_core::guard::Operation;
use integrations_core::time::TimeRange;
use integrations_core::{Cursor, Error, ErrorKind, Result};
use integrations_microsoft_graph::{Call, GraphError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Outlook;
use crate::fetch::ids_of;
use crate::lists::within;
use crate::operations::{SYNC, SYNC_DETAILS};
use crate::provider::{items, missing, next_link, preferred};
use crate::read;

/// How many events come at a time: more than the few that Graph gives by itself, each of which is
/// read once more.
const PAGE: &str = "odata.maxpagesize=100";

/// Where a run is, or where it ended.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    /// A page belongs to the calendar that it began with.
    calendar: String,
    /// Until when the window that was fixed holds.
    until: Timestamp,
    /// Whether it is a run over everything: of what was not there nothing can be gone.
    whole: bool,
    link: String,
    /// The occurrences that differ, by their series.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    differ: BTreeMap<String, BTreeSet<String>>,
}

impl Place {
    fn read(text: &str, calendar: &CalendarId) -> Result<Self> {
        let wrong = || Error::invalid_input("this is no token of a synchronisation here");
        let place: Self = serde_json::from_str(text).map_err(|_| wrong())?;
        match place.calendar == calendar.as_str() {
            true => Ok(place),
            false => Err(Error::invalid_input(
                "this is the token of another calendar",
            )),
        }
    }

    /// The occurrences of a series that differed and are not among those that still do.
    fn no_more(&mut self, series: &str, still: &BTreeSet<&str>) -> Vec<Change> {
        let Some(known) = self.differ.get_mut(series) else {
            return Vec::new();
        };
        let gone = known.iter().filter(|id| !still.contains(id.as_str()));
        let gone: Vec<_> = gone
            .map(|id| Change::Deleted(EventId::new(id.as_str())))
            .collect();
        known.retain(|id| still.contains(id.as_str()));
        if known.is_empty() {
            self.differ.remove(series);
        }
        gone
    }

    fn written(&self) -> Result<String> {
        let text = serde_json::to_string(self);
        text.map_err(|_| Error::internal("a token is no JSON"))
    }
}

fn far<E>(_: E) -> Error {
    Error::invalid_input("the window of the synchronisation leaves the range of time")
}

impl Outlook {
    /// The window of a run that begins now, and until when it holds.
    fn window(&self) -> Result<(TimeRange, Timestamp)> {
        let (past, ahead) = self.window;
        let days = |days: u16| SignedDuration::from_hours(i64::from(days) * 24);
        let now = self.now();
        // To the day, so that the same run is the same request.
        let day = now.as_second().div_euclid(86_400) * 86_400;
        let day = Timestamp::from_second(day).map_err(far)?;
        let range = TimeRange::new(
            day.checked_sub(days(past)).map_err(far)?,
            day.checked_add(days(ahead)).map_err(far)?,
        )?;
        let half = SignedDuration::from_hours(i64::from(ahead) * 12);
        Ok((range, now.checked_add(half).map_err(far)?))
    }
}

#[async_trait]
impl SyncProvider for Outlook {
    async fn sync_page(&self, calendar: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
        let path = self.path(calendar, &["calendarView", "delta"]);
        let (call, mut place) = match from {
            SyncFrom::Start => {
                let (range, until) = self.window()?;
                let place = Place {
                    calendar: calendar.as_str().to_owned(),
                    until,
                    whole: true,
                    link: String::new(),
                    differ: BTreeMap::new(),
                };
                (within(Call::get(&path), range), place)
            }
            SyncFrom::Token(token) => {
                let mut place = Place::read(token.as_str(), calendar)?;
                // The window has moved on too far; Graph would follow the old one for ever.
                if place.until <= self.now() {
                    return Ok(SyncPage::Expired);
                }
                place.whole = false;
                (Call::follow(&*place.link), place)
            }
            SyncFrom::Cursor(cursor) => {
                let place = Place::read(cursor.as_str(), calendar)?;
                (Call::follow(&*place.link), place)
            }
            _ => return Err(Error::unsupported("a synchronisation from elsewhere")),
        };
        let call = preferred(call).prefer(PAGE);
        let mut answer = match self.api.send(&Operation::of(&SYNC), &call).await {
            Err(error) if *from != SyncFrom::Start && is_too_old(&error) => {
                return Ok(SyncPage::Expired);
            }
            answer => answer?,
        };
        let raws = items(&mut answer);
        let changes = self.changes(calendar, raws, &mut place).await?;
        let next = match (next_link(&answer), answer["@odata.deltaLink"].as_str()) {
            (Some(link), _) => {
                link.clone_into(&mut place.link);
                SyncNext::More(Cursor::new(place.written()?))
            }
            (None, Some(link)) => {
                link.clone_into(&mut place.link);
                SyncNext::Done(SyncToken::new(place.written()?))
            }
            (None, None) => return Err(missing("the last page of changes has no link")),
        };
        Ok(SyncPage::Changes { changes, next })
    }
}

/// 410, and the codes of it that come with other statuses.
fn is_too_old(error: &Error) -> bool {
    let said = error.detail::<GraphError>();
    let code = |code| said.is_some_and(|said| said.is(code));
    error.status() == Some(410)
        || error.kind() == ErrorKind::Conflict
            && ["syncStateNotFound", "syncStateInvalid", "resyncRequired"]
                .iter()
                .any(|own| code(own))
}

/// What a page says of an event.
enum Told {
    Gone,
    /// It is, or was until now, as its series has it.
    AsItsSeries,
    There,
}

impl Outlook {
    /// What a page says, with every event read as a whole: delta takes neither `$select` nor
    /// `$expand`, and gives of most occurrences the times alone.
    async fn changes(
        &self,
        calendar: &CalendarId,
        raws: Vec<Value>,
        place: &mut Place,
    ) -> Result<Vec<Change>> {
        let mut told = Vec::with_capacity(raws.len());
        for raw in &raws {
            let id = raw["id"].as_str();
            let id = EventId::new(id.ok_or_else(|| missing("a changed event has no id"))?);
            let what = match (raw.get("@removed"), raw["type"].as_str()) {
                // For the mirror it is the same why: "deleted", and what is outside the window now.
                (Some(_), _) => Told::Gone,
                (None, Some("occurrence")) => Told::AsItsSeries,
                (None, _) => Told::There,
            };
            told.push((id, what));
        }
        let there = told.iter().filter(|(_, what)| matches!(what, Told::There));
        let there: Vec<&EventId> = there.map(|(id, _)| id).collect();
        let calls: Vec<Call> = there.iter().map(|id| self.get(calendar, id)).collect();
        let operation = Operation::of(&SYNC_DETAILS);
        let raws = self.many(&operation, &calls).await?;
        let mut read: BTreeMap<String, Value> = BTreeMap::new();
        for (id, raw) in there.iter().zip(raws) {
            if let Some(raw) = raw {
                read.insert(id.as_str().to_owned(), raw);
            }
        }
        let series: Vec<String> = read
            .iter()
            .filter(|(_, raw)| raw["type"] == "seriesMaster")
            .map(|(id, _)| id.clone())
            .collect();
        let calls = series.iter().map(|id| self.get_parts(calendar, id));
        let calls: Vec<Call> = calls.collect();
        let parts = self.many(&operation, &calls).await?;
        let mut changes = Vec::with_capacity(told.len());
        for (id, parts) in series.iter().zip(parts) {
            if let (Some(raw), Some(mut parts)) = (read.get_mut(id), parts) {
                raw["cancelledOccurrences"] = parts["cancelledOccurrences"].take();
                let still: BTreeSet<&str> = ids_of(&parts["exceptionOccurrences"]).collect();
                changes.extend(place.no_more(id, &still));
            }
        }
        for (id, what) in told {
            match (what, read.remove(id.as_str())) {
                // It was deleted since; what the next run says of it is no harm.
                (Told::There, None) | (Told::Gone, _) => {
                    changes.extend(place.no_more(id.as_str(), &BTreeSet::new()));
                    changes.push(Change::Deleted(id));
                }
                (Told::There, Some(raw)) => {
                    let event = read::event(calendar, raw)?;
                    if event.series_id() != &event.id {
                        let series = event.series_id().as_str().to_owned();
                        let known = place.differ.entry(series).or_default();
                        known.insert(event.id.as_str().to_owned());
                    }
                    changes.push(Change::Upserted(Box::new(event)));
                }
                // The series is there. Whoever has it as one that differs, has it no more.
                (Told::AsItsSeries, _) if !place.whole => changes.push(Change::Deleted(id)),
                (Told::AsItsSeries, _) => {}
            }
        }
        Ok(changes)
    }
}
