//! One event of the file into the calendar.

use integrations::calendar::{
    Calendar, CalendarId, DeleteOptions, EditScope, Event, EventId, EventKind, EventPatch,
    NewEvent, Patch, UpdateOptions,
};
use integrations::icalendar::{Import, OccurrenceChange};
use integrations::time::{EventTime, TimeRange};
use integrations::{Error, ErrorKind, IdempotencyKey};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::content::{MARK, difference, digest_of_new};
use super::fit::fit;
use super::is_of_the_event;
use super::known::{Kept, Known};
use crate::calendar::reader::Reader;

/// What every event needs.
pub(super) struct Context<'a> {
    pub(super) calendars: &'a Calendar,
    pub(super) calendar: &'a CalendarId,
    pub(super) known: &'a Known,
    pub(super) reader: &'a Reader,
    pub(super) dry_run: bool,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Made,
    Changed,
    Equal,
    /// The file has it as cancelled, and the calendar had it.
    Removed,
    /// The file has it as cancelled, and the calendar never had it.
    LeftOut,
}

/// What became of an event, and what did not.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) done: Option<Done>,
    pub(super) failures: Vec<String>,
    /// What is not carried, by names of iCalendar.
    pub(super) left_out: Vec<String>,
}

impl Report {
    pub(super) fn failed(why: String) -> Self {
        Self {
            done: None,
            failures: vec![why],
            left_out: Vec::new(),
        }
    }
}

/// How often an event whose key is used up gets another one.
const KEYS: u32 = 8;

/// Makes, changes or leaves an event. An error is not of this event, and would be of the next too.
pub(super) async fn put(import: Import, context: &Context<'_>) -> Result<Report, Error> {
    let mut report = Report {
        done: None,
        failures: Vec::new(),
        left_out: import.left_out.clone(),
    };
    match context.event(import, &mut report).await {
        Ok(done) => report.done = Some(done),
        Err(Stop::Event(why)) => report.failures.push(why),
        Err(Stop::All(error)) => return Err(error),
    }
    Ok(report)
}

/// Why an event was not imported.
enum Stop {
    /// For a reason of its own.
    Event(String),
    /// For one that others would meet too.
    All(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match is_of_the_event(&error) {
            true => Self::Event(error.to_string()),
            false => Self::All(error),
        }
    }
}

impl Context<'_> {
    async fn event(&self, import: Import, report: &mut Report) -> Result<Done, Stop> {
        let Import {
            uid,
            mut new,
            cancelled,
            changes,
            ..
        } = import;
        let name = |why: String| Stop::Event(format!("the event {uid:?}: {why}"));
        let key = new.key.clone().unwrap_or_else(IdempotencyKey::random);
        let mark = new.properties.get(MARK).cloned();
        let mark = mark.unwrap_or_else(|| key.to_string());
        let kept = self.known.event(key.as_str());
        let kept = kept.or_else(|| self.known.event(&mark));
        if cancelled {
            return self.remove(kept).await;
        }
        if self.calendars.capabilities().properties {
            new.properties.insert(MARK.to_owned(), mark);
        }
        // An occurrence that does not take place is one that the series leaves out.
        let (out, changes): (Vec<_>, Vec<_>) = changes.into_iter().partition(|one| one.cancelled);
        if let Some(recurrence) = &mut new.recurrence {
            recurrence
                .except
                .extend(out.into_iter().map(|one| one.original));
        }
        let series = new.clone();
        let fitted = fit(&mut new, self.calendars.capabilities(), self.reader);
        let out = fitted.map_err(|failure| name(failure.line))?;
        report.left_out.extend(out.into_iter().map(str::to_owned));
        let (mut done, id) = match kept {
            None => match self.dry_run {
                true => return Ok(Done::Made),
                false => (Done::Made, self.make(&new, &key).await?.id),
            },
            Some(kept) => self.adapt(&new, kept, &key).await?,
        };
        for change in &changes {
            match self.occurrence(&id, &series, change).await {
                Ok(false) => {}
                Ok(true) if done == Done::Equal => done = Done::Changed,
                Ok(true) => {}
                Err(Stop::Event(why)) => {
                    let original = &change.original;
                    let why = format!("the event {uid:?}, its occurrence {original}: {why}");
                    report.failures.push(why);
                }
                Err(all) => return Err(all),
            }
        }
        Ok(done)
    }

    async fn make(&self, new: &NewEvent, key: &IdempotencyKey) -> Result<Event, Error> {
        let mut new = new.clone();
        let mut number = 1;
        loop {
            new.key = match (self.calendars.capabilities().idempotent_create, number) {
                (false, _) => None,
                (true, 1) => Some(key.clone()),
                (true, number) => Some(key.suffixed(&number.to_string())),
            };
            let made = self.calendars.create_event(self.calendar, new.clone());
            match made.await {
                // It was imported before and removed since, where keys are for ever.
                Err(error) if error.code() == Some("idempotency_key_reused") && number < KEYS => {
                    number += 1;
                }
                made => return made,
            }
        }
    }

    /// Changes what is there where it differs.
    async fn adapt(
        &self,
        new: &NewEvent,
        kept: &Kept,
        key: &IdempotencyKey,
    ) -> Result<(Done, EventId), Stop> {
        if kept.digest == digest_of_new(new) {
            return Ok((Done::Equal, kept.id.clone()));
        }
        let event = match self.calendars.get_event(self.calendar, &kept.id).await {
            Ok(event) => event,
            // It was removed a moment ago.
            Err(error) if error.kind() == ErrorKind::NotFound && !self.dry_run => {
                return Ok((Done::Made, self.make(new, key).await?.id));
            }
            Err(error) => return Err(error.into()),
        };
        let patch = difference(new, &event);
        if patch.is_empty() {
            return Ok((Done::Equal, event.id));
        }
        let is_series = event.kind == EventKind::Series || !patch.recurrence.is_keep();
        let scope = match is_series {
            true => EditScope::All,
            false => EditScope::This,
        };
        self.change(&event, patch, scope).await?;
        Ok((Done::Changed, event.id))
    }

    async fn change(
        &self,
        event: &Event,
        patch: EventPatch,
        scope: EditScope,
    ) -> Result<(), Error> {
        if self.dry_run {
            return Ok(());
        }
        let mut options = UpdateOptions::scope(scope);
        if self.calendars.capabilities().etag_conditions {
            options.if_match.clone_from(&event.etag);
        }
        let changed = self
            .calendars
            .update_event(self.calendar, &event.id, patch, options);
        changed.await.map(drop)
    }

    async fn remove(&self, kept: Option<&Kept>) -> Result<Done, Stop> {
        let Some(kept) = kept else {
            return Ok(Done::LeftOut);
        };
        if !self.dry_run {
            let options = DeleteOptions::scope(EditScope::All);
            let gone = self
                .calendars
                .delete_event(self.calendar, &kept.id, options);
            gone.await?;
        }
        Ok(Done::Removed)
    }

    /// Makes an occurrence of a series say what the file has. Whether it was changed.
    async fn occurrence(
        &self,
        series: &EventId,
        of: &NewEvent,
        change: &OccurrenceChange,
    ) -> Result<bool, Stop> {
        if change.scope != EditScope::This {
            return Err(Stop::Event(
                "a change of all that follow (RANGE=THISANDFUTURE) cannot be imported so that it \
                 could be done again; the series is as it was before it"
                    .to_owned(),
            ));
        }
        let mut wanted = as_changed(of, change)?;
        // What is left out was named with the series.
        fit(&mut wanted, self.calendars.capabilities(), self.reader)
            .map_err(|failure| Stop::Event(failure.line))?;
        let original = change.original.to_timestamp(&TimeZone::UTC)?;
        let kept = self.known.occurrence(series, original);
        if kept.is_some_and(|kept| kept.digest == digest_of_new(&wanted)) {
            return Ok(false);
        }
        let there = match kept {
            Some(kept) => self.calendars.get_event(self.calendar, &kept.id).await.ok(),
            None => None,
        };
        let there = match there {
            Some(event) => event,
            None => self.find(series, &change.original, original).await?,
        };
        let patch = difference(&wanted, &there);
        if patch.is_empty() {
            return Ok(false);
        }
        self.change(&there, patch, EditScope::This).await?;
        Ok(true)
    }

    /// The occurrence that a series has at a time.
    async fn find(
        &self,
        series: &EventId,
        original: &EventTime,
        at: Timestamp,
    ) -> Result<Event, Stop> {
        // Days and floating times are read by the provider, wherever it is.
        let around = match original {
            EventTime::Date(_) | EventTime::Floating(_) => SignedDuration::from_hours(26),
            _ => SignedDuration::from_secs(1),
        };
        let near = |by| {
            at.checked_add(by)
                .map_err(|_| Error::invalid_input("it is out of range"))
        };
        let range = TimeRange::new(near(-around)?, near(around)?)?;
        let all = self.calendars.instances(self.calendar, series, range);
        let found = all.all().await?.into_iter().find(|event| {
            let EventKind::Occurrence { original_start, .. } = &event.kind else {
                return false;
            };
            original_start
                .to_timestamp(&TimeZone::UTC)
                .is_ok_and(|of| of == at)
                && original_start.is_date() == original.is_date()
        });
        found.ok_or_else(|| Stop::Event("the series has no occurrence then".to_owned()))
    }
}

/// An occurrence as the file has it: the series with what is changed.
fn as_changed(series: &NewEvent, change: &OccurrenceChange) -> Result<NewEvent, Error> {
    let patch = &change.patch;
    let mut wanted = series.clone();
    wanted.recurrence = None;
    (wanted.start, wanted.end) = match &patch.times {
        Some(times) => times.clone(),
        None => {
            let (start, end) = (series.start.clone(), series.end.clone());
            let whole = Event::new("", "", "", start, end);
            let end = whole.end_from(&change.original, &TimeZone::UTC)?;
            (change.original.clone(), end)
        }
    };
    if let Some(summary) = &patch.summary {
        wanted.summary.clone_from(summary);
    }
    patch.description.apply(&mut wanted.description);
    patch.location.apply(&mut wanted.location);
    if let Some(attendees) = &patch.attendees {
        wanted.attendees.clone_from(attendees);
    }
    if let Some(reminders) = &patch.reminders {
        wanted.reminders = reminders.clone();
    }
    if let Some(status) = &patch.status {
        wanted.status = status.clone();
    }
    if let Some(visibility) = &patch.visibility {
        wanted.visibility = visibility.clone();
    }
    if let Some(show_as) = &patch.show_as {
        wanted.show_as = show_as.clone();
    }
    if let Patch::Set(conference) = &patch.conference {
        wanted.conference = Some(conference.clone());
    }
    if let Some(attachments) = &patch.attachments {
        wanted.attachments.clone_from(attachments);
    }
    for (name, value) in &patch.properties {
        match value {
            Some(value) => wanted.properties.insert(name.clone(), value.clone()),
            None => wanted.properties.remove(name),
        };
    }
    Ok(wanted)
}
