//! The driver trait over the account.

use std::time::Instant;

use async_trait::async_trait;
use integrations_core::calendar::{
    AttachmentProvider, BusySpan, CalendarCapabilities, CalendarId, CalendarInfo, CalendarPatch,
    CalendarProvider, DeleteOptions, EditScope, Event, EventId, EventKind, EventPatch, EventQuery,
    FreeBusy, NewCalendar, NewEvent, Notify, Person, Rsvp, SharingProvider, Subject, SyncProvider,
    UpdateOptions, WatchProvider,
};
use integrations_core::time::TimeRange;
use integrations_core::{
    ConnectionState, Descriptor, Error, ErrorKind, Health, Integration, Page, PageRequest, Result,
    Status, unsupported,
};

use super::account::{Delta, Held, Meta};
use super::series::{Part, Series, conference, stamp, takes_place};
use super::{LocalCalendar, lock, occurrence};

#[async_trait]
impl Integration for LocalCalendar {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let result = match &self.shared.folder {
            Some(folder) => folder.check().await,
            None => Ok(()),
        };
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
        let result = match &self.shared.folder {
            Some(folder) => folder.check().await,
            None => Ok(()),
        };
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        lock(&self.shared.status).clone()
    }
}

fn no_event(id: &EventId) -> Error {
    Error::not_found(format_args!("the event {:?}", id.as_str()))
}

impl LocalCalendar {
    fn need(&self, has: bool, feature: &'static str) -> Result<()> {
        if has {
            Ok(())
        } else {
            Err(unsupported(self, feature))
        }
    }
}

/// The series that an id belongs to, and which part of it the id names.
fn find<'a>(held: &'a Held, id: &EventId) -> Result<(&'a Series, Part)> {
    if let Some(series) = held.series.get(id.as_str()) {
        return Ok((series, Part::Whole));
    }
    let (series, at) = occurrence::split(id, &held.meta.zone()).ok_or_else(|| no_event(id))?;
    let series = held.series.get(series).ok_or_else(|| no_event(id))?;
    Ok((series, Part::Occurrence(at)))
}

/// The event that an id names, as it is.
fn read(held: &Held, id: &EventId) -> Result<Event> {
    match find(held, id)? {
        (series, Part::Whole) => Ok(series.master.clone()),
        (series, Part::Occurrence(at)) => {
            let found = series.occurrence(at, &held.meta.zone())?;
            found.ok_or_else(|| no_event(id))
        }
    }
}

fn check_version(event: &Event, options: &UpdateOptions) -> Result<()> {
    if options.if_match.is_none() || options.if_match == event.etag {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::PreconditionFailed,
        format!("the event {:?} has another version", event.id.as_str()),
    )
    .with_advice("read it, and decide again"))
}

fn name_an_occurrence() -> Error {
    Error::invalid_input("this is a series: name an occurrence of it, or use the scope All")
}

#[async_trait]
impl CalendarProvider for LocalCalendar {
    fn capabilities(&self) -> &CalendarCapabilities {
        &self.capabilities
    }

    async fn list_calendars(&self, page: &PageRequest) -> Result<Page<CalendarInfo>> {
        let all = self
            .account()
            .calendars
            .values()
            .map(|held| held.meta.info.clone())
            .collect();
        Page::slice(all, page, self.page_size)
    }

    async fn get_calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        Ok(self.account().calendar(id)?.meta.info.clone())
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
            let mut meta = Meta::new(info.clone());
            meta.key = key;
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
            if let Some(name) = &patch.name {
                meta.info.name.clone_from(name);
            }
            patch.description.apply(&mut meta.info.description);
            patch.time_zone.apply(&mut meta.info.time_zone);
            patch.color.apply(&mut meta.info.color);
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
        let account = self.account();
        let held = account.calendar(calendar)?;
        let found = search(held, query)?;
        Page::slice(found, page, self.page_size)
    }

    async fn get_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        read(self.account().calendar(calendar)?, id)
    }

    async fn create_event(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        self.capabilities.check_new_event(new)?;
        let now = self.now();
        self.change(|account, delta| {
            let held = account.writable(calendar)?;
            let id = match &new.key {
                // The key chooses the id, so that a second create finds the first.
                Some(key) => format!("k-{key}"),
                None => uuid::Uuid::now_v7().to_string(),
            };
            if let Some(made) = held.series.get(&id) {
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
            if !new.attendees.is_empty() {
                event.organizer = Some(Person::new(&self.owner));
            }
            event.reminders = new.reminders.clone();
            event.visibility = new.visibility.clone();
            event.show_as = new.show_as.clone();
            event.conference = new.conference.as_ref().map(conference).transpose()?;
            event.attachments.clone_from(&new.attachments);
            event.properties.clone_from(&new.properties);
            stamp(&mut event, delta.next_version(held), now);
            delta.put(calendar, Series::new(event.clone()));
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
        let now = self.now();
        self.change(|account, delta| {
            let held = account.writable(calendar)?;
            let zone = held.meta.zone();
            let current = read(held, id)?;
            check_version(&current, options)?;
            let (series, part) = find(held, id)?;
            let mut series = series.clone();
            let whole = series.master.kind != EventKind::Series || options.scope == EditScope::All;
            let (at, scope) = match part {
                Part::Whole if whole => return whole_series(held, delta, series, patch, now),
                Part::Whole => return Err(name_an_occurrence()),
                Part::Occurrence(at) => (at, options.scope),
            };
            match scope {
                EditScope::All => whole_series(held, delta, series, patch, now),
                EditScope::This => {
                    self.need(self.capabilities.scope_this, "scope_this")?;
                    let mut changed = series.patch_one(at, current, patch)?;
                    stamp(&mut changed, delta.next_version(held), now);
                    series.changed.insert(at, changed.clone());
                    delta.put(calendar, series);
                    delta.changed(calendar, changed.id.clone());
                    Ok(changed)
                }
                EditScope::ThisAndFollowing => {
                    let Some(start) = series.start_at(at, &zone)? else {
                        return Err(no_event(id));
                    };
                    if at == series.master.start.to_timestamp(&zone)? {
                        return whole_series(held, delta, series, patch, now);
                    }
                    let gone: Vec<EventId> = series
                        .changed
                        .range(at..)
                        .map(|(_, event)| event.id.clone())
                        .collect();
                    let new_id = EventId::new(uuid::Uuid::now_v7().to_string());
                    let tail = series.split(at, &start, new_id, &zone)?;
                    stamp(&mut series.master, delta.next_version(held), now);
                    delta.put(calendar, series);
                    for id in gone {
                        delta.changed(calendar, id);
                    }
                    whole_series(held, delta, tail, patch, now)
                }
            }
        })
        .await
    }

    async fn delete_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        self.capabilities.check_change(options)?;
        let now = self.now();
        self.change(|account, delta| {
            let held = account.writable(calendar)?;
            let zone = held.meta.zone();
            let current = match read(held, id) {
                Ok(current) => current,
                // It is gone already.
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
            };
            check_version(&current, options)?;
            let (series, part) = find(held, id)?;
            let single = series.master.kind != EventKind::Series;
            let at = match (part, options.scope) {
                (_, EditScope::All) => {
                    delta.remove(calendar, series);
                    return Ok(());
                }
                (Part::Whole, _) if single => {
                    delta.remove(calendar, series);
                    return Ok(());
                }
                (Part::Whole, _) => return Err(name_an_occurrence()),
                (Part::Occurrence(at), _) => at,
            };
            let mut series = series.clone();
            if options.scope == EditScope::ThisAndFollowing {
                if at <= series.master.start.to_timestamp(&zone)? {
                    delta.remove(calendar, &series);
                    return Ok(());
                }
                for event in series.changed.range(at..).map(|(_, event)| event) {
                    delta.changed(calendar, event.id.clone());
                }
                series.end_before(at, &zone)?;
            } else {
                self.need(self.capabilities.scope_this, "scope_this")?;
                let original = match &current.kind {
                    EventKind::Occurrence { original_start, .. } => original_start.clone(),
                    _ => current.start.clone(),
                };
                series.take_out(at, original);
                delta.changed(calendar, id.clone());
            }
            stamp(&mut series.master, delta.next_version(held), now);
            delta.put(calendar, series);
            Ok(())
        })
        .await
    }

    async fn instances(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        self.need(self.capabilities.expand, "expand")?;
        let account = self.account();
        let held = account.calendar(calendar)?;
        let series = held
            .series
            .get(series.as_str())
            .ok_or_else(|| no_event(series))?;
        let mut found = series.within(range, &held.meta.zone())?;
        found.retain(takes_place);
        in_order(held, &mut found)?;
        Page::slice(found, page, self.page_size)
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
        let mut attendees = read(self.account().calendar(calendar)?, id)?.attendees;
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
        let whole = self
            .account()
            .calendar(calendar)?
            .series
            .contains_key(id.as_str());
        let scope = if whole {
            EditScope::All
        } else {
            EditScope::This
        };
        let patch = EventPatch::default().with_attendees(attendees);
        self.update_event(calendar, id, &patch, &UpdateOptions::scope(scope))
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
        let account = self.account();
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

/// Carries a patch out on a whole series or an event that stands alone.
fn whole_series(
    held: &Held,
    delta: &mut Delta,
    mut series: Series,
    patch: &EventPatch,
    now: jiff::Timestamp,
) -> Result<Event> {
    let calendar = &held.meta.info.id;
    let before: Vec<EventId> = series
        .changed
        .values()
        .map(|event| event.id.clone())
        .collect();
    series.patch_all(patch, &held.meta.zone())?;
    let version = delta.next_version(held);
    stamp(&mut series.master, version, now);
    for id in before {
        delta.changed(calendar, id);
    }
    let event = series.master.clone();
    delta.put(calendar, series);
    Ok(event)
}

fn in_order(held: &Held, events: &mut Vec<Event>) -> Result<()> {
    let zone = held.meta.zone();
    let mut keyed = Vec::with_capacity(events.len());
    for event in events.drain(..) {
        keyed.push((event.start.to_timestamp(&zone)?, event.id.clone(), event));
    }
    keyed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    events.extend(keyed.into_iter().map(|(_, _, event)| event));
    Ok(())
}

fn search(held: &Held, query: &EventQuery) -> Result<Vec<Event>> {
    let zone = held.meta.zone();
    let text = query.text.as_deref().map(str::to_lowercase);
    let fits = |event: &Event| {
        let shown = query.include_cancelled || takes_place(event);
        let recent = query
            .updated_since
            .is_none_or(|since| event.updated.is_some_and(|at| at >= since));
        let has = |field: &str, text: &str| field.to_lowercase().contains(text);
        let said = text.as_deref().is_none_or(|text| {
            has(&event.summary, text)
                || event
                    .description
                    .as_deref()
                    .is_some_and(|field| has(field, text))
                || event
                    .location
                    .as_deref()
                    .is_some_and(|field| has(field, text))
        });
        shown && recent && said
    };
    let mut found = Vec::new();
    for series in held.series.values() {
        match query.range {
            Some(range) => {
                let within = series.within(range, &zone)?;
                if query.expand || series.master.recurrence.is_none() {
                    found.extend(within.into_iter().filter(|event| fits(event)));
                } else if !within.is_empty() {
                    found.extend(whole(series).filter(|event| fits(event)).cloned());
                }
            }
            None => found.extend(whole(series).filter(|event| fits(event)).cloned()),
        }
    }
    in_order(held, &mut found)?;
    Ok(found)
}

/// A series and its changed occurrences.
pub(super) fn whole(series: &Series) -> impl Iterator<Item = &Event> {
    std::iter::once(&series.master).chain(series.changed.values())
}

fn busy_time(held: &Held, range: TimeRange) -> Result<Vec<BusySpan>> {
    let zone = held.meta.zone();
    let mut busy = Vec::new();
    for series in held.series.values() {
        for event in series.within(range, &zone)? {
            if event.show_as.is_busy() && takes_place(&event) {
                let start = event.start.to_timestamp(&zone)?;
                let range = TimeRange::new(start, event.end.to_timestamp(&zone)?);
                busy.extend(range.map(|range| BusySpan::new(range, event.show_as)));
            }
        }
    }
    Ok(busy)
}
