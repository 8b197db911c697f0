//! The driver trait over the account.

use std::time::Instant;

use async_trait::async_trait;
use integrations_core::calendar::{
    AttachmentProvider, CalendarCapabilities, CalendarId, CalendarInfo, CalendarPatch,
    CalendarProvider, DeleteOptions, ETag, EditScope, Event, EventId, EventKind, EventPatch,
    EventQuery, FreeBusy, NewCalendar, NewEvent, Notify, Rsvp, SharingProvider, Subject,
    SyncProvider, UpdateOptions, WatchProvider,
};
use integrations_core::time::TimeRange;
use integrations_core::{
    ConnectionState, Descriptor, Error, ErrorKind, Health, Integration, Page, PageRequest, Result,
    Status, unsupported,
};

use super::account::{Held, Meta};
use super::change::{Edit, organized};
use super::search::{busy_time, find, in_order, no_event, read, search};
use super::series::{Part, Series, conference, stamp, takes_place};
use super::{LocalCalendar, invite, lock};

#[async_trait]
impl Integration for LocalCalendar {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let result = self.check().await;
        let now = Some(self.now());
        *lock(&self.shared.status) = match &result {
            Ok(()) => Status::new(ConnectionState::Connected, now),
            Err(error) => {
                Status::new(ConnectionState::Failed, now).with_last_error(Some(error.to_string()))
            }
        };
        result
    }

    async fn disconnect(&self) -> Result<()> {
        *lock(&self.shared.status) = Status::new(ConnectionState::Disconnected, Some(self.now()));
        Ok(())
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.check().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        lock(&self.shared.status).clone()
    }
}

impl LocalCalendar {
    async fn check(&self) -> Result<()> {
        self.store().await?.check().await
    }

    /// Changes the events of a calendar.
    async fn edit<T>(
        &self,
        calendar: &CalendarId,
        decide: impl FnOnce(&mut Edit<'_>) -> Result<T>,
    ) -> Result<T> {
        let now = self.now();
        self.change(|account, delta| {
            decide(&mut Edit {
                held: account.writable(calendar)?,
                delta,
                owner: &self.owner,
                now,
                scope_this: self.capabilities.scope_this,
            })
        })
        .await
    }

    fn need(&self, has: bool, feature: &'static str) -> Result<()> {
        if has {
            Ok(())
        } else {
            Err(unsupported(self, feature))
        }
    }
}

#[async_trait]
impl CalendarProvider for LocalCalendar {
    fn capabilities(&self) -> &CalendarCapabilities {
        &self.capabilities
    }

    async fn list_calendars(&self, page: &PageRequest) -> Result<Page<CalendarInfo>> {
        let all = self
            .account()
            .await?
            .calendars
            .values()
            .map(|held| held.meta.info.clone())
            .collect();
        Page::slice_by(all, page, self.page_size, |one| one.id.as_str())
    }

    async fn get_calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        Ok(self.account().await?.calendar(id)?.meta.info.clone())
    }

    async fn create_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo> {
        self.capabilities.check_new_calendar(new)?;
        self.change(|account, delta| {
            let key = new.key.as_ref().map(|key| key.as_str().to_owned());
            let same = account
                .calendars
                .values()
                .find(|held| key.is_some() && held.meta.key == key);
            if let Some(held) = same {
                return Ok(held.meta.info.clone());
            }
            let mut info = CalendarInfo::new(uuid::Uuid::now_v7().to_string(), &new.name);
            info.description.clone_from(&new.description);
            info.time_zone.clone_from(&new.time_zone);
            info.color.clone_from(&new.color);
            let mut meta = Meta::new(info);
            meta.key = key;
            let info = meta.info.clone();
            delta.put_calendar(meta);
            Ok(info)
        })
        .await
    }

    async fn update_calendar(
        &self,
        id: &CalendarId,
        patch: &CalendarPatch,
    ) -> Result<CalendarInfo> {
        self.capabilities.check_calendar_patch(patch)?;
        self.change(|account, delta| {
            let mut meta = account.calendar(id)?.meta.clone();
            if patch.if_match.is_some() && patch.if_match != meta.info.etag {
                return Err(Error::new(
                    ErrorKind::PreconditionFailed,
                    format!("the calendar {:?} has another version", id.as_str()),
                )
                .with_advice("read it, and decide again"));
            }
            if let Some(name) = &patch.name {
                meta.info.name.clone_from(name);
            }
            patch.description.apply(&mut meta.info.description);
            patch.time_zone.apply(&mut meta.info.time_zone);
            patch.color.apply(&mut meta.info.color);
            meta.info.etag = Some(ETag::new(format!("\"{}\"", uuid::Uuid::new_v4().simple())));
            let info = meta.info.clone();
            delta.put_calendar(meta);
            Ok(info)
        })
        .await
    }

    async fn delete_calendar(&self, id: &CalendarId) -> Result<()> {
        self.need(self.capabilities.calendar_write, "calendar_write")?;
        self.change(|account, delta| {
            match account.calendars.get(id) {
                Some(held) if held.meta.info.primary => {
                    return Err(Error::new(
                        ErrorKind::PermissionDenied,
                        "the account's own calendar must stay",
                    ));
                }
                Some(_) => delta.remove_calendar(id),
                None => {}
            }
            Ok(())
        })
        .await
    }

    async fn list_events(
        &self,
        calendar: &CalendarId,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        self.capabilities.check_query(query)?;
        let account = self.account().await?;
        let held = account.calendar(calendar)?;
        let found = search(held, query)?;
        Page::slice_by(found, page, self.page_size, |one| one.id.as_str())
    }

    async fn get_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        read(self.account().await?.calendar(calendar)?, id)
    }

    async fn create_event(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        self.capabilities.check_new_event(new)?;
        self.edit(calendar, |edit| {
            let id = match &new.key {
                // The key chooses the id, so that a second create finds the first.
                Some(key) => format!("k-{key}"),
                None => uuid::Uuid::now_v7().to_string(),
            };
            if let Some(made) = edit.held.series.get(&id) {
                return Ok(made.master.clone());
            }
            let mut event = Event::new(
                id.as_str(),
                calendar.clone(),
                &new.summary,
                new.start.clone(),
                new.end.clone(),
            );
            event.ical_uid = Some(id);
            event.kind = match new.recurrence {
                Some(_) => EventKind::Series,
                None => EventKind::Single,
            };
            event.recurrence.clone_from(&new.recurrence);
            event.description.clone_from(&new.description);
            event.location.clone_from(&new.location);
            event.status = new.status.clone();
            event.attendees.clone_from(&new.attendees);
            event.sequence = Some(0);
            organized(&mut event, &self.owner);
            event.reminders = new.reminders.clone();
            event.visibility = new.visibility.clone();
            event.show_as = new.show_as.clone();
            event.conference = new.conference.as_ref().map(conference).transpose()?;
            event.attachments.clone_from(&new.attachments);
            event.properties.clone_from(&new.properties);
            stamp(&mut event, edit.delta.next_version(edit.held), edit.now);
            let series = Series::new(event.clone());
            edit.tell(new.notify, None, Some(&series));
            edit.put(series);
            Ok(event)
        })
        .await
    }

    async fn update_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        self.capabilities.check_patch(patch, options)?;
        self.edit(calendar, |edit| edit.update(id, patch, options))
            .await
    }

    async fn delete_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        self.capabilities.check_change(options)?;
        self.edit(calendar, |edit| edit.delete(id, options)).await
    }

    async fn instances(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        self.need(self.capabilities.expand, "expand")?;
        let account = self.account().await?;
        let held = account.calendar(calendar)?;
        let series = held
            .series
            .get(series.as_str())
            .ok_or_else(|| no_event(series))?;
        let mut found = series.plan(&held.meta.zone()).within(range)?;
        found.retain(takes_place);
        in_order(held, &mut found)?;
        Page::slice_by(found, page, self.page_size, |one| one.id.as_str())
    }

    async fn move_event(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
        notify: Notify,
    ) -> Result<Event> {
        self.capabilities.check_move(notify)?;
        let now = self.now();
        self.change(|account, delta| {
            let (source, target) = (account.writable(from)?, account.writable(to)?);
            let (series, Part::Whole) = find(source, id)? else {
                return Err(Error::invalid_input(
                    "one occurrence cannot be moved without its series",
                ));
            };
            if target.series.contains_key(series.uid()) {
                return Err(Error::new(
                    ErrorKind::AlreadyExists,
                    "the event is in that calendar already",
                ));
            }
            let mut moved = series.clone();
            let version = delta.next_version(target);
            for event in std::iter::once(&mut moved.master).chain(moved.changed.values_mut()) {
                event.calendar = to.clone();
                stamp(event, version, now);
            }
            let event = moved.master.clone();
            let mut edit = Edit {
                held: target,
                delta,
                owner: &self.owner,
                now,
                scope_this: self.capabilities.scope_this,
            };
            edit.tell(notify, Some(series), Some(&moved));
            delta.remove(from, series);
            for changed in moved.changed.values() {
                delta.changed(to, changed.id.clone());
            }
            delta.put(to, moved);
            Ok(event)
        })
        .await
    }

    async fn respond(&self, calendar: &CalendarId, id: &EventId, rsvp: &Rsvp) -> Result<Event> {
        self.capabilities.check_rsvp(rsvp)?;
        self.edit(calendar, |edit| {
            let mut attendees = read(edit.held, id)?.attendees;
            let own = attendees
                .iter_mut()
                .find(|one| one.person.email.eq_ignore_ascii_case(&self.owner));
            let Some(own) = own else {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("{} is not invited to the event", self.owner),
                ));
            };
            own.participation = rsvp.participation.clone();
            own.comment.clone_from(&rsvp.comment);
            let own = own.clone();
            let (series, part) = find(edit.held, id)?;
            let scope = match part {
                Part::Whole => EditScope::All,
                Part::Occurrence(_) => EditScope::This,
            };
            if rsvp.notify {
                let reply = invite::reply(series, &self.owner, &own, edit.now);
                edit.delta.invitations.extend(reply);
            }
            let patch = EventPatch::default().with_attendees(attendees);
            edit.update(id, &patch, &UpdateOptions::scope(scope))
        })
        .await
    }

    async fn free_busy(&self, subjects: &[Subject], range: TimeRange) -> Result<Vec<FreeBusy>> {
        for subject in subjects {
            match subject {
                Subject::Person(_) => {
                    self.need(self.capabilities.free_busy_people, "free_busy_people")?
                }
                _ => self.need(self.capabilities.free_busy, "free_busy")?,
            }
        }
        let account = self.account().await?;
        let answer = |subject: &Subject| -> Result<FreeBusy> {
            let held: Vec<&Held> = match subject {
                Subject::Calendar(id) => account.calendars.get(id).into_iter().collect(),
                Subject::Person(email) if email.eq_ignore_ascii_case(&self.owner) => {
                    account.calendars.values().collect()
                }
                _ => Vec::new(),
            };
            if held.is_empty() {
                return Ok(FreeBusy::unknown(subject.clone(), "not known here"));
            }
            let mut busy = Vec::new();
            for held in held {
                busy.extend(busy_time(held, range)?);
            }
            Ok(FreeBusy::from_spans(subject.clone(), busy).within(range))
        };
        subjects.iter().map(answer).collect()
    }

    fn sharing(&self) -> Option<&dyn SharingProvider> {
        self.capabilities.sharing.then_some(self)
    }

    fn attachments(&self) -> Option<&dyn AttachmentProvider> {
        self.capabilities.attachments.then_some(self)
    }

    fn sync(&self) -> Option<&dyn SyncProvider> {
        self.capabilities.sync.then_some(self)
    }

    fn watching(&self) -> Option<&dyn WatchProvider> {
        self.capabilities.watching.then_some(self)
    }
}
