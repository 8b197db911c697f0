//! Resources: read, written under their conditions, deleted.

use aws_lc_rs::digest::{SHA256, digest};
use integrations_core::calendar::{CalendarId, ETag, Event, EventId, NewEvent};
use integrations_core::guard::{Attempt, Operation};
use integrations_core::{Effect, Error, ErrorKind, IdempotencyKey, Raw, Result};
use integrations_icalendar::write_new;
use jiff::tz::TimeZone;
use url::Url;

use super::CalDav;
use super::calendars::no_calendar;
use crate::client::{Call, Reply};
use crate::digest::hex;
use crate::ids::event_url;
use crate::operations::{CREATE_EVENT, DELETE_EVENT, GET_EVENT};
use crate::series::{Series, add_known_zones};

pub(super) fn no_event(id: &str) -> Error {
    Error::not_found(format_args!("the event {id:?}"))
}

/// The version that an answer names, where it says that what it has is what was sent.
fn strong_etag(reply: &Reply) -> Option<ETag> {
    let etag = reply.header("etag")?.trim();
    // RFC 4791, section 5.3.4: with a strong one, the bytes are those that were sent.
    (!etag.starts_with("W/") && !etag.is_empty()).then(|| ETag::new(etag))
}

/// Asks for a resource, uncompressed: the version of a compressed answer is a weak one, on which
/// no condition can be put (RFC 9110, section 8.8.1).
fn get(url: &Url) -> Call {
    Call::new("GET", url)
        .header("accept", "text/calendar")
        .header("accept-encoding", "identity")
}

/// What a write needs to be true.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// There is nothing.
    Absent,
    /// There is this version.
    Is(ETag),
}

/// The name of the resource, and the `UID`, that a key stands for. The calendar is a part of it:
/// some servers refuse one `UID` in two calendars.
pub(super) fn uid_of(calendar: &CalendarId, key: &str) -> String {
    let text = format!("{}\n{key}", calendar.as_str());
    let hash = digest(&SHA256, text.as_bytes());
    hex(&hash.as_ref()[..16])
}

/// What is the same when a server writes an object in its own way.
fn content(series: &Series) -> Vec<Event> {
    let plain = |event: &Event| {
        let mut event = event.clone();
        (event.etag, event.raw) = (None, Raw::None);
        event
    };
    series.events().map(plain).collect()
}

impl CalDav {
    /// Reads a resource's text into a series.
    pub(super) fn series(
        &self,
        text: impl AsRef<[u8]>,
        calendar: &CalendarId,
        name: &EventId,
        etag: Option<ETag>,
    ) -> Result<Option<Series>> {
        let read = Series::read(text.as_ref(), calendar, name, etag, TimeZone::UTC);
        read.map_err(|error| {
            let text = format!("the event {:?}: {}", name.as_str(), error.message());
            Error::new(ErrorKind::Decode, text)
                .with_advice("its text is not as RFC 5545 has it; repair it with what wrote it")
        })
    }

    /// Reads days and floating times in the calendar's zone, where there are any.
    pub(super) async fn settle(
        &self,
        calendar: &CalendarId,
        all: Vec<Series>,
    ) -> Result<Vec<Result<Series>>> {
        let zone = match all.iter().any(Series::floats) {
            true => self.calendar(calendar).await?.time_zone,
            false => None,
        };
        let zone = zone.and_then(|zone| zone.time_zone().ok());
        let settled = all.into_iter().map(|one| match &zone {
            Some(zone) => one.in_zone(zone.clone()),
            None => Ok(one),
        });
        Ok(settled.collect())
    }

    /// Makes it known that an event cannot be read and is left out: lists and synchronisations go on
    /// without it, and have no place to say so.
    pub(super) fn leave_out(&self, calendar: &CalendarId, name: &EventId, error: &Error) {
        tracing::warn!(
            target: "integrations",
            integration = %self.descriptor.name,
            calendar = calendar.as_str(),
            event = name.as_str(),
            %error,
            "an event cannot be read and is left out"
        );
    }

    /// A resource, read now.
    pub(super) async fn load(&self, calendar: &CalendarId, name: &str) -> Result<Series> {
        let collection = self.calendar_url(calendar).await?;
        let url = event_url(&collection, name)?;
        let reply = self.dav.run(&Operation::of(&GET_EVENT), &get(&url)).await?;
        let series = self.read_reply(&reply, calendar, name)?;
        let mut settled = self.settle(calendar, vec![series]).await?;
        settled.pop().ok_or_else(|| no_event(name))?
    }

    fn read_reply(&self, reply: &Reply, calendar: &CalendarId, name: &str) -> Result<Series> {
        let etag = reply.header("etag").map(|etag| ETag::new(etag.trim()));
        let series = self.series(&reply.body, calendar, &EventId::new(name), etag)?;
        series.ok_or_else(|| no_event(name))
    }

    /// Writes a resource, and gives the version that it has then: the answer's, or the one that is
    /// read back where the server says that it changed the text.
    pub(super) async fn put(
        &self,
        operation: &Operation,
        series: &mut Series,
        condition: &Condition,
    ) -> Result<()> {
        let collection = self.calendar_url(&series.calendar).await?;
        let url = event_url(&collection, series.id.as_str())?;
        let call = Call::new("PUT", &url).ics(series.object.text());
        let call = match condition {
            Condition::Absent => call.header("if-none-match", "*"),
            Condition::Is(etag) => call.header("if-match", etag.as_str()),
        };
        let before = match condition {
            Condition::Absent => None,
            Condition::Is(etag) => Some(etag),
        };
        let written = &*series;
        let attempt = |attempt: Attempt| {
            let call = &call;
            async move {
                let refused = match self.dav.attempt(call).await {
                    // A version that a write left as it was says nothing of what is there.
                    Ok(reply) => return Ok(strong_etag(&reply).filter(|it| Some(it) != before)),
                    Err(error) => error,
                };
                if !attempt.after_unknown || refused.kind() != ErrorKind::PreconditionFailed {
                    return Err(refused);
                }
                // An answer was lost: what is there may be what was written then.
                match self.there(&call.url, written).await? {
                    Some(etag) => Ok(Some(etag)),
                    None => Err(refused),
                }
            }
        };
        let etag = self.dav.guard().run(operation, attempt).await;
        let etag = match etag {
            Err(error) => return Err(self.in_calendar(error, &series.calendar).await),
            Ok(etag) => etag,
        };
        match etag {
            Some(etag) => series.set_etag(Some(etag)),
            None => {
                let there = self.load(&series.calendar, series.id.as_str()).await;
                // It was written; only what it is now is not known.
                *series = there.map_err(|error| error.with_effect(Effect::Applied))?;
            }
        }
        Ok(())
    }

    /// The version of what is there, when that is what was written.
    async fn there(&self, url: &Url, written: &Series) -> Result<Option<ETag>> {
        let reply = match self.dav.attempt(&get(url)).await {
            Ok(reply) => reply,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let there = self.read_reply(&reply, &written.calendar, written.id.as_str())?;
        let there = there.in_zone(written.zone.clone())?;
        let same = content(&there) == content(written);
        Ok(same.then_some(there.etag).flatten())
    }

    /// Makes an event. One that is there already under the key is read.
    pub(super) async fn make(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        let account = self.account().await?;
        let key = new.key.clone().unwrap_or_else(IdempotencyKey::random);
        let uid = uid_of(calendar, key.as_str());
        let name = EventId::new(format!("{uid}.ics"));
        let mut object = write_new(new, &uid, self.now())?;
        self.invite(&mut object, &account, new.notify)?;
        add_known_zones(&mut object)?;
        let made = self.series(object.text(), calendar, &name, None)?;
        let mut made = made.ok_or_else(|| Error::internal("a new event is none"))?;
        let operation = Operation::keyed(&CREATE_EVENT, key)
            .with_read_back("read the event again: the same key gives it");
        match self.put(&operation, &mut made, &Condition::Absent).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => {
                // It is there, whatever becomes of reading it.
                let there = self.load(calendar, name.as_str()).await;
                made = there.map_err(|error| error.with_effect(Effect::Applied))?;
            }
            Err(error) => return Err(error),
        }
        made.master.ok_or_else(|| no_event(name.as_str()))
    }

    /// Deletes a resource that has this version. What is gone already is no error.
    pub(super) async fn remove(&self, series: &Series) -> Result<()> {
        let collection = self.calendar_url(&series.calendar).await?;
        let url = event_url(&collection, series.id.as_str())?;
        let call =
            Call::new("DELETE", &url).header_if("if-match", series.etag.as_ref().map(ETag::as_str));
        match self.dav.run(&Operation::of(&DELETE_EVENT), &call).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            deleted => deleted.map(drop),
        }
    }

    /// Where a resource is written into a calendar that is not there, servers say 409 (RFC 4918,
    /// section 9.7.1), 404, or, as Cyrus, 403 as for one that may not be written.
    async fn in_calendar(&self, error: Error, calendar: &CalendarId) -> Error {
        let status = error.status();
        if error.code().is_some() || !matches!(status, Some(403 | 404 | 409)) {
            return error;
        }
        match self.calendar(calendar).await {
            Err(gone) if gone.kind() == ErrorKind::NotFound => no_calendar(calendar),
            _ => error,
        }
    }
}
