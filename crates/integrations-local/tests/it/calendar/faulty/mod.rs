//! A provider in which one thing is wrong.

mod groups;

use async_trait::async_trait;
use futures::FutureExt;
use integrations_core::calendar::*;
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{
    Cursor, Descriptor, ErrorKind, Health, Integration, Page, PageRequest, Result, Status,
};
use integrations_local::calendar::LocalCalendar;
use jiff::tz::TimeZone;

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    DropsAttendees,
    DropsReminders,
    DropsThePlace,
    AnswersInUtc,
    MakesDaysTimes,
    MakesAgainForAKey,
    IgnoresTheVersion,
    KeepsTheVersion,
    ChangesAllForOne,
    DeletesAllForOne,
    ChangesOneForAll,
    DeletesTheSeriesByAccident,
    ExpandsInUtc,
    LosesTheLastOccurrence,
    ListsOnlyTheFirstPage,
    ListsForEver,
    ListsTwice,
    IgnoresTheRange,
    ShowsCancelled,
    SwallowsNotFound,
    FailsOnTheSecondDelete,
    TakesTheUnknownForFree,
    CountsFreeAsBusy,
    MissesDeletions,
    HidesTheReset,
    SendsEverythingEachTime,
    WipesOnPatch,
    DoesWhatItDoesNotDeclare,
    SendsBeforeItRefuses,
    DeclaresWhatDoesNotWork,
    KeepsTheOldRole,
    ForgetsToNotify,
    IgnoresChangesOfCalendars,
    IgnoresTheCalendarsVersion,
    TakesAnyCalendarForHome,
    KeepsOnNotifying,
    ForgetsAnswers,
    AnswersForStrangers,
    MovesNothing,
    LosesBusyTime,
    CountsASeriesOnce,
    TakesTentativeForFree,
    KeepsRemovedContent,
    IgnoresTheCount,
    GivesFloatingTimesAZone,
    TakesAllForBusy,
    ShowsThePrivate,
    DropsProperties,
    DropsLinks,
    AddsLinks,
    ListsEveryInstance,
    EscapesText,
    DropsTheInterval,
    EndsInTheStartsZone,
    LosesTheFirstOfASync,
    TellsNobody,
    TellsUnasked,
    IgnoresUpdatedSince,
    LooksUpItsName,
    FindsTextByItsCase,
    TakesEveryKeyForOne,
    IgnoresTheWholeSeries,
    ForgetsTheSeries,
    DropsSingleDates,
}

#[derive(Debug)]
pub(super) struct Faulty {
    inner: LocalCalendar,
    fault: Fault,
    capabilities: CalendarCapabilities,
}

impl Faulty {
    pub(super) fn new(inner: LocalCalendar, fault: Fault) -> Self {
        let mut capabilities = inner.capabilities().clone();
        if matches!(
            fault,
            Fault::DoesWhatItDoesNotDeclare | Fault::SendsBeforeItRefuses
        ) {
            capabilities.move_event = false;
        }
        Self {
            inner,
            fault,
            capabilities,
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// What is wrong with an event on the way out.
    fn out(&self, mut event: Event) -> Event {
        match self.fault {
            Fault::DropsAttendees => event.attendees.clear(),
            Fault::DropsReminders => event.reminders = Reminders::Default,
            Fault::DropsThePlace => event.location = None,
            Fault::KeepsTheVersion => event.etag = Some(ETag::new("\"1\"")),
            Fault::AnswersInUtc => {
                for time in [&mut event.start, &mut event.end] {
                    if let EventTime::Zoned { .. } = time {
                        *time = EventTime::Utc(time.to_timestamp(&TimeZone::UTC).unwrap());
                    }
                }
            }
            Fault::MakesDaysTimes => {
                for time in [&mut event.start, &mut event.end] {
                    if let EventTime::Date(date) = time {
                        *time = EventTime::Floating(date.at(0, 0, 0, 0));
                    }
                }
            }
            Fault::GivesFloatingTimesAZone => {
                for time in [&mut event.start, &mut event.end] {
                    if let EventTime::Floating(local) = time {
                        *time = EventTime::zoned(*local, "Europe/Berlin");
                    }
                }
            }
            Fault::EndsInTheStartsZone => {
                if let (EventTime::Zoned { tz: from, .. }, EventTime::Zoned { tz, .. }) =
                    (&event.start, &mut event.end)
                {
                    tz.clone_from(from);
                }
            }
            Fault::ForgetsTheSeries => event.kind = EventKind::Single,
            Fault::TakesAllForBusy => event.show_as = ShowAs::Busy,
            Fault::ShowsThePrivate => event.visibility = Visibility::Default,
            Fault::DropsProperties => event.properties.clear(),
            Fault::DropsLinks => event.attachments.retain(|one| one.url.is_none()),
            Fault::EscapesText => event.summary = event.summary.replace(',', "\\,"),
            Fault::DropsTheInterval => {
                for rule in event.recurrence.iter_mut().flat_map(|r| &mut r.rules) {
                    rule.interval = std::num::NonZeroU32::MIN;
                }
            }
            // The distance to UTC of the first occurrence, for ever.
            Fault::ExpandsInUtc => {
                if let (EventKind::Occurrence { .. }, EventTime::Zoned { tz, .. }) =
                    (&event.kind, &event.start)
                {
                    let zone = tz.time_zone().unwrap();
                    let summer = |time: &EventTime| {
                        let instant = time.to_timestamp(&TimeZone::UTC).unwrap();
                        zone.to_offset_info(instant).dst().is_dst()
                    };
                    if summer(&event.start) && event.start.wall().date().month() == 3 {
                        for time in [&mut event.start, &mut event.end] {
                            let hour = jiff::SignedDuration::from_hours(1);
                            *time =
                                EventTime::Utc(time.to_timestamp(&TimeZone::UTC).unwrap() + hour);
                        }
                    }
                }
            }
            _ => {}
        }
        event
    }

    /// The calendar that this provider takes for one.
    async fn somewhere(&self, calendar: &CalendarId) -> Result<CalendarId> {
        let missing = self.inner.get_calendar(calendar).await.is_err();
        Ok(match missing && self.has(Fault::TakesAnyCalendarForHome) {
            true => "home".into(),
            false => calendar.clone(),
        })
    }

    fn options(&self, options: &UpdateOptions) -> UpdateOptions {
        let mut options = options.clone();
        if self.has(Fault::IgnoresTheVersion) {
            options.if_match = None;
        }
        options
    }
}

#[async_trait]
impl Integration for Faulty {
    fn descriptor(&self) -> &Descriptor {
        if self.has(Fault::LooksUpItsName) {
            // In memory there is nothing to wait for.
            let page = PageRequest::default();
            let calendars = self.inner.list_calendars(&page);
            calendars.now_or_never().unwrap().unwrap();
        }
        self.inner.descriptor()
    }
    async fn connect(&self) -> Result<()> {
        self.inner.connect().await
    }
    async fn check_health(&self) -> Health {
        self.inner.check_health().await
    }
    fn status(&self) -> Status {
        self.inner.status()
    }
}

#[async_trait]
impl CalendarProvider for Faulty {
    fn capabilities(&self) -> &CalendarCapabilities {
        &self.capabilities
    }

    async fn list_calendars(&self, page: &PageRequest) -> Result<Page<CalendarInfo>> {
        self.inner.list_calendars(page).await
    }

    async fn list_events(
        &self,
        calendar: &CalendarId,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        let calendar = &self.somewhere(calendar).await?;
        let mut query = query.clone();
        if self.has(Fault::IgnoresUpdatedSince) {
            query.updated_since = None;
        }
        if self.has(Fault::IgnoresTheRange) && !query.expand {
            query.range = None;
        }
        if self.has(Fault::ShowsCancelled) {
            query.include_cancelled = true;
        }
        let mut page = self
            .inner
            .list_events(calendar, &query, page)
            .await?
            .map(|event| self.out(event));
        if let (Fault::FindsTextByItsCase, Some(text)) = (self.fault, &query.text) {
            page.items.retain(|event| {
                let place = event.location.iter().chain(&event.description);
                place
                    .chain([&event.summary])
                    .any(|field| field.contains(text))
            });
        }
        match self.fault {
            Fault::ListsOnlyTheFirstPage => page.next = None,
            Fault::ListsForEver if page.next.is_none() && !page.items.is_empty() => {
                page.next = Some(Cursor::new("0"));
            }
            Fault::ListsTwice => {
                let again = page.items.first().cloned();
                page.items.extend(again);
            }
            Fault::LosesTheLastOccurrence if query.expand => {
                page.items.pop();
            }
            _ => {}
        }
        Ok(page)
    }

    async fn get_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        match self.inner.get_event(calendar, id).await {
            Err(error)
                if error.kind() == ErrorKind::NotFound && self.has(Fault::SwallowsNotFound) =>
            {
                let now = EventTime::Utc(jiff::Timestamp::UNIX_EPOCH);
                Ok(Event::new(
                    id.clone(),
                    calendar.clone(),
                    "",
                    now.clone(),
                    now,
                ))
            }
            other => other.map(|event| self.out(event)),
        }
    }

    async fn create_event(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        let calendar = &self.somewhere(calendar).await?;
        let mut new = new.clone();
        match self.fault {
            Fault::MakesAgainForAKey => new.key = None,
            Fault::TakesEveryKeyForOne if new.key.is_some() => new.key = "one".parse().ok(),
            Fault::DropsSingleDates => {
                if let Some(recurrence) = &mut new.recurrence {
                    recurrence.dates.clear();
                    recurrence.except.clear();
                }
            }
            Fault::TellsNobody => new.notify = Notify::Nobody,
            Fault::TellsUnasked => new.notify = Notify::Everybody,
            Fault::IgnoresTheCount => {
                for rule in new.recurrence.iter_mut().flat_map(|r| &mut r.rules) {
                    rule.end = recurrence::RuleEnd::Never;
                }
            }
            _ => {}
        }
        if self.has(Fault::DeclaresWhatDoesNotWork) {
            new.conference = None;
        }
        self.inner
            .create_event(calendar, &new)
            .await
            .map(|event| self.out(event))
    }

    async fn update_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        let mut options = self.options(options);
        let mut patch = patch.clone();
        match (self.fault, options.scope) {
            (Fault::ChangesAllForOne, EditScope::This) => options.scope = EditScope::All,
            (Fault::ChangesOneForAll, EditScope::ThisAndFollowing) => {
                options.scope = EditScope::This
            }
            (Fault::DeletesTheSeriesByAccident, EditScope::This) => {
                let event = self.inner.get_event(calendar, id).await?;
                if event.kind == EventKind::Series {
                    options.scope = EditScope::All;
                }
            }
            (Fault::IgnoresTheWholeSeries, EditScope::All) => {
                return self.inner.get_event(calendar, id).await;
            }
            (Fault::AddsLinks, _) => {
                if let Some(links) = &mut patch.attachments {
                    let event = self.inner.get_event(calendar, id).await?;
                    links.extend(event.attachments);
                }
            }
            (Fault::WipesOnPatch, _) if patch.description.is_keep() => {
                patch.description = Patch::Clear
            }
            _ => {}
        }
        self.inner
            .update_event(calendar, id, &patch, &options)
            .await
            .map(|event| self.out(event))
    }

    async fn delete_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        self.capabilities.check_change(options)?;
        let mut options = self.options(options);
        if self.has(Fault::FailsOnTheSecondDelete) {
            self.inner.get_event(calendar, id).await?;
        }
        if self.has(Fault::IgnoresTheWholeSeries) && options.scope == EditScope::All {
            return Ok(());
        }
        if self.has(Fault::DeletesAllForOne) {
            options.scope = EditScope::All;
        }
        self.inner.delete_event(calendar, id, &options).await
    }

    async fn get_calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        self.inner.get_calendar(id).await
    }

    async fn create_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo> {
        let mut new = new.clone();
        if self.has(Fault::MakesAgainForAKey) {
            new.key = None;
        }
        self.inner.create_calendar(&new).await
    }

    async fn update_calendar(
        &self,
        id: &CalendarId,
        patch: &CalendarPatch,
    ) -> Result<CalendarInfo> {
        let mut patch = patch.clone();
        match self.fault {
            Fault::IgnoresChangesOfCalendars => return self.inner.get_calendar(id).await,
            Fault::IgnoresTheCalendarsVersion => patch.if_match = None,
            _ => {}
        }
        self.inner.update_calendar(id, &patch).await
    }

    async fn delete_calendar(&self, id: &CalendarId) -> Result<()> {
        self.inner.delete_calendar(id).await
    }

    async fn instances(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        if self.has(Fault::ListsEveryInstance) {
            let query = EventQuery::occurrences(range);
            return self.inner.list_events(calendar, &query, page).await;
        }
        let page = self.inner.instances(calendar, series, range, page).await?;
        Ok(page.map(|event| self.out(event)))
    }

    async fn move_event(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
        notify: Notify,
    ) -> Result<Event> {
        if self.has(Fault::SendsBeforeItRefuses) {
            let _ = self.inner.get_event(from, id).await;
            return Err(integrations_core::Error::unsupported("move_event"));
        }
        if self.has(Fault::MovesNothing) {
            return self.inner.get_event(from, id).await;
        }
        self.inner.move_event(from, id, to, notify).await
    }

    async fn respond(&self, calendar: &CalendarId, id: &EventId, rsvp: &Rsvp) -> Result<Event> {
        let answered = match self.fault {
            Fault::ForgetsAnswers => self.inner.get_event(calendar, id).await,
            _ => self.inner.respond(calendar, id, rsvp).await,
        };
        match answered {
            Err(error)
                if error.kind() == ErrorKind::Conflict && self.has(Fault::AnswersForStrangers) =>
            {
                self.inner.get_event(calendar, id).await
            }
            other => other,
        }
    }

    async fn free_busy(&self, subjects: &[Subject], range: TimeRange) -> Result<Vec<FreeBusy>> {
        let mut answers = self.inner.free_busy(subjects, range).await?;
        if self.has(Fault::TakesTheUnknownForFree) {
            for answer in &mut answers {
                answer.unknown = None;
            }
        }
        for answer in &mut answers {
            match self.fault {
                Fault::LosesBusyTime => {
                    answer.busy.pop();
                    answer.spans.pop();
                }
                Fault::TakesTentativeForFree => {
                    let sure = answer
                        .spans
                        .iter()
                        .filter(|one| one.show_as == ShowAs::Busy);
                    answer.busy = sure.map(|one| one.range).collect();
                }
                _ => {}
            }
        }
        if self.has(Fault::CountsFreeAsBusy) || self.has(Fault::CountsASeriesOnce) {
            for answer in &mut answers {
                if let Subject::Calendar(id) = &answer.subject {
                    let query = match self.fault {
                        Fault::CountsASeriesOnce => EventQuery::range(range),
                        _ => EventQuery::occurrences(range),
                    };
                    let all = self
                        .inner
                        .list_events(id, &query, &PageRequest::default())
                        .await?;
                    let utc = TimeZone::UTC;
                    let spans = all.items.iter().filter_map(|event| {
                        TimeRange::new(
                            event.start.to_timestamp(&utc).ok()?,
                            event.end.to_timestamp(&utc).ok()?,
                        )
                        .ok()
                    });
                    *answer = FreeBusy::new(answer.subject.clone(), spans.collect());
                }
            }
        }
        Ok(answers)
    }

    fn sharing(&self) -> Option<&dyn SharingProvider> {
        Some(self)
    }
    fn attachments(&self) -> Option<&dyn AttachmentProvider> {
        Some(self)
    }
    fn sync(&self) -> Option<&dyn SyncProvider> {
        Some(self)
    }
    fn watching(&self) -> Option<&dyn WatchProvider> {
        Some(self)
    }
}
