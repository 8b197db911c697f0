//! Changing and deleting events and parts of series.

use integrations_core::calendar::{
    CalendarId, DeleteOptions, ETag, EditScope, Event, EventId, EventPatch, Notify, UpdateOptions,
};
use integrations_core::guard::Operation;
use integrations_core::operation::OperationSpec;
use integrations_core::time::EventTime;
use integrations_core::{Effect, Error, ErrorKind, Result};
use jiff::Timestamp;

use super::CalDav;
use super::events::{Condition, no_event, uid_of};
use crate::discovery::Account;
use crate::ids::split;
use crate::operations::{SPLIT, UPDATE_EVENT};
use crate::series::Series;

/// How often a change is made again because somebody else wrote in between.
const ROUNDS: usize = 4;

fn name_an_occurrence() -> Error {
    Error::invalid_input("this is a series: name an occurrence of it, or use the scope All")
}

fn another_version(id: &EventId) -> Error {
    Error::new(
        ErrorKind::PreconditionFailed,
        format!("the event {:?} has another version", id.as_str()),
    )
    .with_advice("read it, and decide again")
}

fn check_version(series: &Series, id: &EventId, wanted: Option<&ETag>) -> Result<()> {
    match wanted {
        Some(wanted) if series.etag.as_ref() != Some(wanted) => Err(another_version(id)),
        _ => Ok(()),
    }
}

/// Whether somebody else wrote between our reading and our writing, and nothing of ours is there.
fn overtaken(error: &Error, wanted: Option<&ETag>) -> bool {
    wanted.is_none()
        && error.kind() == ErrorKind::PreconditionFailed
        && error.effect() == Effect::NotApplied
}

/// When the series has the occurrence that an id names.
fn instant(series: &Series, at: &EventTime) -> Result<Timestamp> {
    at.to_timestamp(&series.zone)
}

impl CalDav {
    /// Writes a series that was read and edited.
    pub(super) async fn write(&self, spec: &OperationSpec, series: &mut Series) -> Result<()> {
        let etag = series.etag.clone().ok_or_else(|| {
            let text = "the server gives the event no version, so that no change of it is safe";
            Error::new(ErrorKind::Decode, text).with_effect(Effect::NotApplied)
        })?;
        let operation = Operation::of(spec);
        self.put(&operation, series, &Condition::Is(etag)).await
    }

    pub(super) async fn update(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        let wanted = options.if_match.as_ref();
        let mut round = 1;
        loop {
            match self.update_once(calendar, id, patch, options).await {
                Err(error) if round < ROUNDS && overtaken(&error, wanted) => round += 1,
                done => return done,
            }
        }
    }

    async fn update_once(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        let account = self.account().await?;
        let (name, at) = split(id);
        let mut series = self.load(calendar, name).await?;
        let at = at.map(|at| instant(&series, &at)).transpose()?;
        if let Some(at) = at
            && series.occurrence(at)?.is_none()
        {
            return Err(no_event(id.as_str()));
        }
        check_version(&series, id, options.if_match.as_ref())?;
        let before = series.clone();
        match (at, options.scope) {
            (None, scope) if scope != EditScope::All && series.is_series() => {
                Err(name_an_occurrence())
            }
            (None, _) | (Some(_), EditScope::All) => {
                series.patch_all(patch, self.now())?;
                self.finish(series, &before, &account, options.notify).await
            }
            (Some(at), EditScope::This) => {
                series.patch_one(at, patch, self.now())?;
                self.invite_again(&mut series, &before, &account, options.notify)?;
                self.write(&UPDATE_EVENT, &mut series).await?;
                let changed = series.changed.get(&at).cloned();
                changed.ok_or_else(|| no_event(id.as_str()))
            }
            (Some(at), EditScope::ThisAndFollowing) => {
                let start = series.start_at(at)?.ok_or_else(|| no_event(id.as_str()))?;
                let first = match &series.master {
                    Some(master) => master.start.to_timestamp(&series.zone)?,
                    None => return Err(no_event(id.as_str())),
                };
                if at <= first {
                    series.patch_all(patch, self.now())?;
                    return self.finish(series, &before, &account, options.notify).await;
                }
                self.cut(series, at, &start, patch, &account, options.notify)
                    .await
            }
        }
    }

    async fn finish(
        &self,
        mut series: Series,
        before: &Series,
        account: &Account,
        notify: Notify,
    ) -> Result<Event> {
        self.invite_again(&mut series, before, account, notify)?;
        self.write(&UPDATE_EVENT, &mut series).await?;
        series.master.ok_or_else(|| no_event(series.id.as_str()))
    }

    /// Cuts a series at an occurrence, and changes the part from there on, which becomes a series
    /// of its own. The new part is written first: a cut that breaks off between the two leaves
    /// occurrences twice, and loses none; repeated, it finds what it wrote.
    async fn cut(
        &self,
        mut series: Series,
        at: Timestamp,
        start: &EventTime,
        patch: &EventPatch,
        account: &Account,
        notify: Notify,
    ) -> Result<Event> {
        let before = series.clone();
        let key = format!("{}\n{at}", series.id.as_str());
        let uid = uid_of(&series.calendar, &key);
        let id = EventId::new(format!("{uid}.ics"));
        let mut tail = series.tail(at, start, id, &uid, self.now())?;
        tail.patch_all(patch, self.now())?;
        self.invite_again(&mut tail, &before, account, notify)?;
        series.end_before(at, self.now())?;
        self.invite_again(&mut series, &before, account, notify)?;

        let split = Operation::of(&SPLIT);
        match self.put(&split, &mut tail, &Condition::Absent).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => {
                // A cut at this occurrence that broke off: its part is replaced by this one.
                let there = self.load(&tail.calendar, tail.id.as_str()).await?;
                tail.set_etag(there.etag);
                self.write(&SPLIT, &mut tail).await?;
            }
            Err(error) => return Err(error),
        }
        match self.write(&UPDATE_EVENT, &mut series).await {
            Ok(()) => tail.master.ok_or_else(|| no_event(series.id.as_str())),
            Err(error) if error.effect() == Effect::NotApplied => {
                // The series stays whole, so its following part must not be there twice.
                match self.remove(&tail).await {
                    Ok(()) => Err(error),
                    Err(_) => Err(half(error)),
                }
            }
            Err(error) => Err(half(error)),
        }
    }

    pub(super) async fn delete(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let wanted = options.if_match.as_ref();
        let mut round = 1;
        loop {
            match self.delete_once(calendar, id, options).await {
                Err(error) if round < ROUNDS && overtaken(&error, wanted) => round += 1,
                done => return done,
            }
        }
    }

    async fn delete_once(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let account = self.account().await?;
        let (name, at) = split(id);
        let mut series = match self.load(calendar, name).await {
            Ok(series) => series,
            // It is gone already.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let at = at.map(|at| instant(&series, &at)).transpose()?;
        let whole = match at {
            None if options.scope != EditScope::All && series.is_series() => {
                return Err(name_an_occurrence());
            }
            None => true,
            Some(at) if series.occurrence(at)?.is_none() => return Ok(()),
            Some(_) => options.scope == EditScope::All,
        };
        check_version(&series, id, options.if_match.as_ref())?;
        let Some(at) = at.filter(|_| !whole) else {
            return self.remove_quietly(series, &account, options.notify).await;
        };
        let before = series.clone();
        if options.scope == EditScope::ThisAndFollowing {
            let first = series.master.as_ref();
            let first = first
                .map(|it| it.start.to_timestamp(&series.zone))
                .transpose()?;
            if first.is_none_or(|first| at <= first) {
                return self.remove_quietly(series, &account, options.notify).await;
            }
            series.end_before(at, self.now())?;
        } else {
            let original = match series.start_at(at)? {
                Some(start) => start,
                None => EventTime::Utc(at),
            };
            series.take_out(at, &original, self.now())?;
            if series.events().next().is_none() {
                return self.remove_quietly(before, &account, options.notify).await;
            }
        }
        self.invite_again(&mut series, &before, &account, options.notify)?;
        self.write(&UPDATE_EVENT, &mut series).await
    }

    async fn remove_quietly(
        &self,
        series: Series,
        account: &Account,
        notify: Notify,
    ) -> Result<()> {
        self.check_silence(&series, account, notify)?;
        self.remove(&series).await
    }
}

/// A cut of which one half is done.
fn half(error: Error) -> Error {
    error.with_effect(Effect::Unknown).with_read_back(
        "the following part may be there twice: make the same change again, which finds it, or \
         delete the newer series",
    )
}
