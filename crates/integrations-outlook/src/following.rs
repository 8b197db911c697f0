//! This and following: the rest of a series becomes one of its own, and the first part ends before
//! it. Graph has no request for it. When the end of a series changes, Outlook forgets the occurrences
//! that differed, which are made so again.

use integrations_core::calendar::recurrence::{Recurrence, moved_with};
use integrations_core::calendar::{CalendarId, Event, EventId, EventPatch, Notify, Patch};
use integrations_core::guard::Operation;
use integrations_core::time::EventTime;
use integrations_core::{Effect, Error, ErrorKind, Result};
use integrations_microsoft_graph::Call;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::create::{is_duplicate, mark};
use crate::events::{in_part, is_meeting, telling};
use crate::exceptions::{Differing, original, taken};
use crate::fetch::Whole;
use crate::ids::{self, REQUEST};
use crate::operations::{
    CUT, CUT_DELETE, DELETE, EXCEPTIONS, GET, INSERT_REST, PATCH_REST, PATCH_REST_TOLD,
};
use crate::provider::preferred;
use crate::write::{self, is_online};
use crate::{Outlook, read, recurrence, times};

/// A series, where it is cut.
struct Cut {
    master: Event,
    head: Recurrence,
    rest: Recurrence,
    at: Timestamp,
    /// What differs from the series, before the cut and from it on.
    before: Vec<Value>,
    after: Vec<Value>,
}

/// The rest, as it should be.
struct Rest {
    id: EventId,
    request: String,
    body: Map<String, Value>,
    except: Vec<EventTime>,
}

impl Outlook {
    /// `None` when it is cut before its first occurrence: then it is the whole series.
    async fn cut(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        from: &EventTime,
    ) -> Result<(Event, Option<Cut>)> {
        let Whole { event, exceptions } = self.whole(calendar, series).await?;
        let whole = event
            .recurrence
            .clone()
            .ok_or_else(|| Error::unsupported("cutting a series whose pattern is not known"))?;
        let at = from.to_timestamp(&TimeZone::UTC)?;
        if at <= event.start.to_timestamp(&TimeZone::UTC)? {
            return Ok((event, None));
        }
        let (head, rest) = whole.split_at(&event.start, at, &TimeZone::UTC)?;
        let earlier = |one: &Value| original(one).is_some_and(|own| own < at);
        let (before, after) = exceptions.into_iter().partition(earlier);
        let cut = Cut {
            master: event.clone(),
            head,
            rest,
            at,
            before,
            after,
        };
        Ok((event, Some(cut)))
    }

    pub(crate) async fn delete_following(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        from: &EventTime,
    ) -> Result<()> {
        match self.cut(calendar, series, from).await? {
            (master, None) => {
                let etag = master.etag.as_ref();
                let operation = Operation::of(&DELETE);
                self.delete_one(calendar, series, etag, &operation).await
            }
            (_, Some(cut)) => {
                let operation = Operation::of(&CUT_DELETE);
                self.end_head(calendar, &cut, &operation).await
            }
        }
    }

    pub(crate) async fn update_following(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        from: &EventTime,
        patch: &EventPatch,
        notify: Notify,
    ) -> Result<Event> {
        let mut cut = match self.cut(calendar, series, from).await? {
            (master, None) => {
                let etag = master.etag.clone();
                return self
                    .patch(calendar, &master, patch, etag.as_ref(), notify)
                    .await;
            }
            (_, Some(cut)) => cut,
        };
        let invited = patch.attendees.as_ref().is_some_and(|it| !it.is_empty());
        telling(&cut.master, is_meeting(&cut.master) || invited, notify)?;
        if is_online(&cut.master) {
            return Err(
                Error::unsupported("cutting a series that has an online meeting")
                    .with_advice("the rest would get another meeting: change single occurrences"),
            );
        }
        if cut
            .master
            .raw
            .get("hasAttachments")
            .is_some_and(|it| *it == true)
        {
            return Err(Error::unsupported("cutting a series that has attachments"));
        }
        let keeps = patch.times.is_none() && patch.recurrence.is_keep();
        let mut body = self.rest_of(calendar, &mut cut, from, patch).await?;
        // The same call on the same series gives the same id, so that it can be repeated.
        let etag = cut.master.etag.as_ref().map_or("", |etag| etag.as_str());
        let at = cut.at.to_string();
        let transaction = ids::of(&["rest", series.as_str(), etag, &at]);
        let request = mark(&mut body, &transaction);
        let rest = self.insert_rest(calendar, &transaction, &body).await?;
        body.remove("transactionId");
        let wanted = Rest {
            id: rest,
            request,
            body,
            except: match &patch.recurrence {
                Patch::Keep => cut.rest.except.clone(),
                Patch::Set(other) => other.except.clone(),
                Patch::Clear => Vec::new(),
            },
        };
        let carried = keeps.then_some(patch);
        match self.move_rest(calendar, &cut, &wanted, carried).await {
            Ok(()) => {}
            // Somebody was faster, and the first part still has the rest. Who was told of the new
            // series is told of its end.
            Err(error)
                if error.kind() == ErrorKind::PreconditionFailed
                    && error.effect() == Effect::NotApplied =>
            {
                let operation = Operation::of(&DELETE);
                let taken_back = self.delete_one(calendar, &wanted.id, None, &operation);
                taken_back.await.map_err(|_| left(&wanted.id))?;
                let text = "the series was changed meanwhile; nothing was changed here";
                return Err(Error::new(ErrorKind::Conflict, text).with_effect(Effect::NotApplied));
            }
            Err(error) => return Err(in_part(error, &CUT)),
        }
        let read = self.event(calendar, &wanted.id).await;
        read.map_err(|error| error.with_effect(Effect::Applied))
    }

    /// Makes the rest, or finds what an earlier call made that did not come further.
    async fn insert_rest(
        &self,
        calendar: &CalendarId,
        transaction: &str,
        body: &Map<String, Value>,
    ) -> Result<EventId> {
        let path = self.path(calendar, &["events"]);
        let call = &preferred(Call::post(&path).json(Value::Object(body.clone())));
        let operation = Operation::of(&INSERT_REST);
        let made = self.api.guard().run(&operation, |_| async move {
            match self.api.attempt(call).await {
                Err(error) if is_duplicate(&error) => {
                    let found = self.marked(calendar, transaction).await?;
                    found.ok_or(error)
                }
                answer => answer,
            }
        });
        Ok(read::event(calendar, made.await?)?.id)
    }

    /// Makes the rest what it should be, and then ends the first part.
    async fn move_rest(
        &self,
        calendar: &CalendarId,
        cut: &Cut,
        wanted: &Rest,
        carried: Option<&EventPatch>,
    ) -> Result<()> {
        let id = &wanted.id;
        let get = self.get(calendar, id);
        let raw = self.api.send(&Operation::of(&GET), &get).await?;
        if read::extended(&raw, REQUEST) != Some(&wanted.request) {
            let path = self.path(calendar, &["events", id.as_str()]);
            let call = Call::patch(&path).json(Value::Object(wanted.body.clone()));
            let people = wanted.body.get("attendees").and_then(Value::as_array);
            let operation = match people.is_some_and(|it| !it.is_empty()) {
                true => Operation::of(&PATCH_REST_TOLD),
                false => Operation::of(&PATCH_REST),
            };
            self.api.send(&operation, &preferred(call)).await?;
        }
        let operation = Operation::of(&EXCEPTIONS);
        self.take_out(calendar, id, &wanted.except, &operation)
            .await?;
        if let Some(patch) = carried {
            for own in self.differing(calendar, &cut.after).await? {
                self.make_differ(calendar, id, &own, Some(patch)).await?;
            }
        }
        self.end_head(calendar, cut, &Operation::of(&CUT)).await
    }

    /// Ends the first part, if it is as it was read, and makes what differed in it differ again.
    async fn end_head(
        &self,
        calendar: &CalendarId,
        cut: &Cut,
        operation: &Operation,
    ) -> Result<()> {
        // Read before Outlook forgets them.
        let before = self.differing(calendar, &cut.before).await?;
        let id = &cut.master.id;
        let recurrence = recurrence::written(&cut.head, &cut.master.start)?;
        let call = Call::patch(&self.path(calendar, &["events", id.as_str()]))
            .if_match(cut.master.etag.as_ref().map(|etag| etag.as_str()))
            .json(json!({"recurrence": recurrence}));
        let (call, get) = (&preferred(call), &self.get(calendar, id));
        let ended = self.api.guard().run(operation, |attempt| async move {
            match self.api.attempt(call).await {
                // By the attempt whose answer was lost, if it ends as it should.
                Err(error)
                    if attempt.number > 1 && error.kind() == ErrorKind::PreconditionFailed =>
                {
                    let now = self.api.attempt(get).await;
                    // Reading changes nothing, whatever became of it.
                    let now = now.map_err(|error| error.with_effect(Effect::NotApplied))?;
                    let now = read::event(calendar, now)?;
                    let wanted = recurrence::written(&cut.head, &now.start)?;
                    let there = now.raw.get("recurrence");
                    match there.is_some_and(|there| ends_alike(there, &wanted)) {
                        true => Ok(Value::Null),
                        false => Err(error),
                    }
                }
                answer => answer,
            }
        });
        ended.await?;
        let restored = self.restore(calendar, cut, &before).await;
        restored.map_err(|error| {
            error.with_read_back(
                "read the series: occurrences that differed before the cut may be as the others",
            )
        })
    }

    /// Makes the first part have again what Outlook forgot of it.
    async fn restore(&self, calendar: &CalendarId, cut: &Cut, before: &[Differing]) -> Result<()> {
        if cut.head.except.is_empty() && before.is_empty() {
            return Ok(());
        }
        let id = &cut.master.id;
        let Whole { event, exceptions } = self.whole(calendar, id).await?;
        let still = event.recurrence.map(|it| it.except).unwrap_or_default();
        let lost = cut.head.except.iter().filter(|time| !still.contains(time));
        let lost: Vec<EventTime> = lost.cloned().collect();
        let operation = Operation::of(&EXCEPTIONS);
        self.take_out(calendar, id, &lost, &operation).await?;
        let kept: Vec<_> = exceptions.iter().filter_map(original).collect();
        for own in before {
            if !original(&own.raw).is_some_and(|at| kept.contains(&at)) {
                self.make_differ(calendar, id, own, None).await?;
            }
        }
        Ok(())
    }

    /// The rest as a series of its own.
    async fn rest_of(
        &self,
        calendar: &CalendarId,
        cut: &mut Cut,
        from: &EventTime,
        patch: &EventPatch,
    ) -> Result<Map<String, Value>> {
        let raw = self.formatted(calendar, &cut.master.id).await?;
        let mut body = taken(&raw);
        let (start, end) = match &patch.times {
            Some((start, end)) => (start.clone(), end.clone()),
            None => {
                let end = cut.master.end_from(from, &TimeZone::UTC)?;
                (from.clone(), end)
            }
        };
        body.insert("start".into(), times::written(&start)?);
        body.insert("end".into(), times::written(&end)?);
        body.insert("isAllDay".into(), start.is_date().into());
        if patch.times.is_some() {
            let except = cut.rest.except.iter();
            cut.rest.except = except
                .filter_map(|time| moved_with(time, from, &start))
                .collect();
        }
        let rest = match &patch.recurrence {
            Patch::Keep if cut.rest.rules.is_empty() => None,
            Patch::Keep => Some(cut.rest.clone()),
            Patch::Clear => None,
            Patch::Set(other) => Some(other.clone()),
        };
        if let Some(rest) = rest {
            rest.check(&start)?;
            body.insert("recurrence".into(), recurrence::written(&rest, &start)?);
        }
        body.extend(write::patch(patch, &cut.master)?);
        Ok(body)
    }
}

/// Whether a series ends as it should, whatever defaults Graph added.
fn ends_alike(there: &Value, wanted: &Value) -> bool {
    let same = |name: &str| there["range"][name] == wanted["range"][name];
    ["type", "endDate"].iter().all(|name| same(name))
}

fn left(id: &EventId) -> Error {
    let text = format!(
        "the series was changed meanwhile, and the event {id} that was made could not be taken back"
    );
    Error::new(ErrorKind::Conflict, text)
        .with_effect(Effect::Applied)
        .with_advice("delete that event")
}
