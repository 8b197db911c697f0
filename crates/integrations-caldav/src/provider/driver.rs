//! The trait.

use async_trait::async_trait;
use integrations_core::calendar::{
    CalendarCapabilities, CalendarId, CalendarInfo, CalendarPatch, CalendarProvider, DeleteOptions,
    Event, EventId, EventPatch, EventQuery, FreeBusy, NewCalendar, NewEvent, Notify, Rsvp, Subject,
    SyncProvider, UpdateOptions,
};
use integrations_core::time::TimeRange;
use integrations_core::{Page, PageRequest, Result, unsupported};

use super::CalDav;
use super::events::no_event;
use crate::ids::split;

/// How many calendars a page has when the caller does not say.
const CALENDARS: usize = 100;

impl CalDav {
    fn need(&self, has: bool, feature: &'static str) -> Result<()> {
        if has {
            Ok(())
        } else {
            Err(unsupported(self, feature))
        }
    }
}

#[async_trait]
impl CalendarProvider for CalDav {
    fn capabilities(&self) -> &CalendarCapabilities {
        self.known()
    }

    async fn list_calendars(&self, page: &PageRequest) -> Result<Page<CalendarInfo>> {
        Page::slice_by(self.calendars().await?, page, CALENDARS, |one| {
            one.id.as_str()
        })
    }

    async fn get_calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        self.calendar(id).await
    }

    async fn create_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo> {
        self.known().check_new_calendar(new)?;
        self.make_calendar(new).await
    }

    async fn update_calendar(
        &self,
        id: &CalendarId,
        patch: &CalendarPatch,
    ) -> Result<CalendarInfo> {
        self.known().check_calendar_patch(patch)?;
        self.change_calendar(id, patch).await
    }

    async fn delete_calendar(&self, id: &CalendarId) -> Result<()> {
        self.need(self.known().calendar_write, "calendar_write")?;
        self.remove_calendar(id).await
    }

    async fn list_events(
        &self,
        calendar: &CalendarId,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        self.known().check_query(query)?;
        self.search(calendar, query, page).await
    }

    async fn get_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        let (name, at) = split(id);
        let series = self.load(calendar, name).await?;
        let found = match at {
            None => series.master,
            Some(at) => series.occurrence(at.to_timestamp(&series.zone)?)?,
        };
        found.ok_or_else(|| no_event(id.as_str()))
    }

    async fn create_event(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        self.known().check_new_event(new)?;
        self.make(calendar, new).await
    }

    async fn update_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        self.known().check_patch(patch, options)?;
        self.update(calendar, id, patch, options).await
    }

    async fn delete_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        self.known().check_change(options)?;
        self.delete(calendar, id, options).await
    }

    async fn instances(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        self.occurrences(calendar, series.as_str(), range, page)
            .await
    }

    async fn move_event(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
        notify: Notify,
    ) -> Result<Event> {
        self.known().check_move(notify)?;
        self.relocate(from, id, to, notify).await
    }

    async fn respond(&self, calendar: &CalendarId, id: &EventId, rsvp: &Rsvp) -> Result<Event> {
        self.known().check_rsvp(rsvp)?;
        self.answer(calendar, id, rsvp).await
    }

    async fn free_busy(&self, subjects: &[Subject], range: TimeRange) -> Result<Vec<FreeBusy>> {
        for subject in subjects {
            match subject {
                Subject::Person(_) => {
                    self.need(self.known().free_busy_people, "free_busy_people")?
                }
                _ => self.need(self.known().free_busy, "free_busy")?,
            }
        }
        self.busy(subjects, range).await
    }

    fn sync(&self) -> Option<&dyn SyncProvider> {
        self.known().sync.then_some(self)
    }
}
