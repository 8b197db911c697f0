//! What changed since a token.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use integrations_core::calendar::{
    CalendarId, Change, EventId, SyncFrom, SyncNext, SyncPage, SyncProvider, SyncToken,
};
use integrations_core::guard::Operation;
use integrations_core::{Cursor, Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use url::Url;

use super::CalDav;
use super::calendars::no_calendar;
use crate::client::Call;
use crate::dav::multistatus::Multistatus;
use crate::dav::request::{CTAG, propfind, sync_collection};
use crate::dav::xml::DAV;
use crate::ids::{event_id, event_url};
use crate::operations::{SYNC, SYNC_READ, SYNC_TAGS};
use crate::series::Series;

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    calendar: CalendarId,
    at: At,
    /// The changed occurrences that were given, by the resource: a server tells that a resource
    /// changed, and not which of its occurrences are no longer there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    occurrences: BTreeMap<EventId, BTreeSet<EventId>>,
    /// Resources that changed and are read with the next pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unread: Vec<EventId>,
    /// Whether the server has more to tell when those are read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

/// Where a synchronisation ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum At {
    /// The server's own token (RFC 6578).
    Token(String),
    /// Where it has none: the tag of the whole, and those of the resources.
    Tags {
        whole: Option<String>,
        each: BTreeMap<EventId, String>,
    },
}

/// How many resources a page has, at least.
const READ: usize = 250;

/// Resources that are there now, and that are gone.
#[derive(Default)]
struct Moved {
    there: Vec<EventId>,
    gone: Vec<EventId>,
}

impl State {
    fn read(text: &str, calendar: &CalendarId) -> Result<Self> {
        let state: Option<Self> = serde_json::from_str(text).ok();
        let state = state.filter(|state| state.calendar == *calendar);
        state.ok_or_else(|| Error::invalid_input("the token is not one of this calendar"))
    }

    fn text(&self) -> Result<String> {
        let text = serde_json::to_string(self);
        text.map_err(|_| Error::internal("a token cannot be written"))
    }

    /// Records what a resource has now, and tells what it no longer has.
    fn upsert(&mut self, series: &Series, changes: &mut Vec<Change>) {
        let now: BTreeSet<EventId> = series.changed.values().map(|it| it.id.clone()).collect();
        let before = self.occurrences.remove(&series.id).unwrap_or_default();
        let gone = before.difference(&now).cloned();
        changes.extend(gone.map(Change::Deleted));
        for event in series.events() {
            changes.push(Change::Upserted(Box::new(event.clone())));
        }
        if !now.is_empty() {
            self.occurrences.insert(series.id.clone(), now);
        }
    }

    fn delete(&mut self, id: EventId, changes: &mut Vec<Change>) {
        let before = self.occurrences.remove(&id).unwrap_or_default();
        changes.extend(before.into_iter().map(Change::Deleted));
        changes.push(Change::Deleted(id));
    }
}

/// The three ways in which servers say that a token is too old: 403, 409 or 412, with this name.
fn is_too_old(error: &Error) -> bool {
    error.code() == Some("valid-sync-token") || error.status() == Some(410)
}

/// What servers answer to a report that they do not have (RFC 3253, section 3.6).
fn has_no_report(error: &Error) -> bool {
    matches!(error.code(), Some("supported-report"))
        || (error.code().is_none()
            && matches!(error.status(), Some(400 | 403 | 404 | 405 | 415 | 501)))
}

impl CalDav {
    async fn changes(
        &self,
        calendar: &CalendarId,
        mut state: State,
        first: bool,
    ) -> Result<SyncPage> {
        let collection = self.calendar_url(calendar).await?;
        let mut changes = Vec::new();
        if state.unread.is_empty() {
            let Some((moved, at, more)) = self.moved(calendar, &collection, &state, first).await?
            else {
                return Ok(SyncPage::Expired);
            };
            (state.at, state.more) = (at, more);
            for id in moved.gone {
                state.delete(id, &mut changes);
            }
            state.unread = moved.there;
        }
        // What is left travels with the cursor, so that many of them are not cut into too many pages.
        let page = READ.max(state.unread.len() / 100).min(state.unread.len());
        let now: Vec<EventId> = state.unread.drain(..page).collect();
        let hrefs = now.iter().map(|id| event_url(&collection, id.as_str()));
        let hrefs = hrefs.collect::<Result<Vec<Url>>>()?;
        let read = self.multiget(&SYNC_READ, calendar, &collection, &hrefs);
        let read = read.await?;
        for href in &read.gone {
            // Deleted since the report: the next one says it once more.
            if let Some(id) = event_id(&collection, href) {
                state.delete(id, &mut changes);
            }
        }
        let ids: Vec<EventId> = read.series.iter().map(|one| one.id.clone()).collect();
        for (id, series) in ids.iter().zip(self.settle(calendar, read.series).await?) {
            match series {
                Ok(series) => state.upsert(&series, &mut changes),
                Err(error) => self.leave_out(calendar, id, &error),
            }
        }
        let text = state.text()?;
        let next = match state.more || !state.unread.is_empty() {
            true => SyncNext::More(Cursor::new(text)),
            false => SyncNext::Done(SyncToken::new(text)),
        };
        Ok(SyncPage::Changes { changes, next })
    }

    /// What moved since the place; `None` when the server does not know the place any more.
    async fn moved(
        &self,
        calendar: &CalendarId,
        collection: &Url,
        state: &State,
        first: bool,
    ) -> Result<Option<(Moved, At, bool)>> {
        let token = match &state.at {
            At::Token(token) => token,
            At::Tags { whole, each } => {
                let tags = self.tags(calendar, collection, whole.as_deref(), each);
                return tags.await.map(Some);
            }
        };
        match self.report(collection, token).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_too_old(&error) && !first => Ok(None),
            Err(error) if first && has_no_report(&error) => {
                let none = BTreeMap::new();
                let tags = self.tags(calendar, collection, None, &none);
                tags.await.map(Some)
            }
            Err(error) => Err(error),
        }
    }

    /// RFC 6578, section 3.2. The last value is whether the server cut the answer off.
    async fn report(&self, collection: &Url, token: &str) -> Result<(Moved, At, bool)> {
        let call = Call::new("REPORT", collection)
            .depth("0")
            .xml(sync_collection(token));
        let reply = self.dav.run(&Operation::of(&SYNC), &call).await?;
        let Multistatus {
            responses,
            sync_token,
        } = reply.multistatus()?;
        let next = sync_token.ok_or_else(|| {
            let text = "the server synchronises without a token for the next time";
            Error::new(ErrorKind::Decode, text)
        })?;
        let (mut moved, mut more) = (Moved::default(), false);
        for answer in responses {
            let Some(id) = event_id(collection, &answer.href) else {
                // Section 3.6: 507 on the collection itself.
                more |= answer.status == Some(507);
                continue;
            };
            match answer.status {
                Some(404 | 410) => moved.gone.push(id),
                _ => moved.there.push(id),
            }
        }
        Ok((moved, At::Token(next), more))
    }

    /// The tag of the whole, which changes when anything in it does.
    async fn tag(&self, collection: &Url) -> Result<Option<String>> {
        let call = Call::new("PROPFIND", collection)
            .depth("0")
            .xml(propfind(&[CTAG]));
        let reply = self.dav.run(&Operation::of(&SYNC_TAGS), &call).await?;
        let answer = reply.multistatus()?.responses.into_iter().next();
        let tag = answer.and_then(|one| one.props.text_of(CTAG.0, CTAG.1).map(str::to_owned));
        Ok(tag)
    }

    /// Compares the tags of the resources with those of the last time.
    async fn tags(
        &self,
        calendar: &CalendarId,
        collection: &Url,
        whole: Option<&str>,
        before: &BTreeMap<EventId, String>,
    ) -> Result<(Moved, At, bool)> {
        let props = propfind(&[(DAV, "getetag"), (DAV, "resourcetype"), CTAG]);
        if whole.is_some() && whole == self.tag(collection).await?.as_deref() {
            let at = At::Tags {
                whole: whole.map(str::to_owned),
                each: before.clone(),
            };
            return Ok((Moved::default(), at, false));
        }
        let call = Call::new("PROPFIND", collection).depth("1").xml(props);
        let reply = self.dav.run(&Operation::of(&SYNC_TAGS), &call).await?;
        let mut now = BTreeMap::new();
        let mut moved = Moved::default();
        let (mut found, mut tag) = (false, None);
        for answer in reply.multistatus()?.responses {
            let Some(id) = event_id(collection, &answer.href) else {
                if answer.is_calendar() {
                    found = true;
                    tag = answer.props.text_of(CTAG.0, CTAG.1).map(str::to_owned);
                }
                continue;
            };
            let Some(etag) = answer.etag().map(str::to_owned) else {
                continue;
            };
            if before.get(&id) != Some(&etag) {
                moved.there.push(id.clone());
            }
            now.insert(id, etag);
        }
        if !found {
            return Err(no_calendar(calendar));
        }
        let gone = before.keys().filter(|id| !now.contains_key(id));
        moved.gone.extend(gone.cloned());
        let at = At::Tags {
            whole: tag,
            each: now,
        };
        Ok((moved, at, false))
    }
}

#[async_trait]
impl SyncProvider for CalDav {
    async fn sync_page(&self, calendar: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
        let (state, first) = match from {
            SyncFrom::Start => {
                let state = State {
                    calendar: calendar.clone(),
                    at: At::Token(String::new()),
                    occurrences: BTreeMap::new(),
                    unread: Vec::new(),
                    more: false,
                };
                (state, true)
            }
            SyncFrom::Token(token) => (State::read(token.as_str(), calendar)?, false),
            SyncFrom::Cursor(cursor) => (State::read(cursor.as_str(), calendar)?, false),
            _ => return Err(Error::unsupported("this start of a synchronisation")),
        };
        self.changes(calendar, state, first).await
    }
}
