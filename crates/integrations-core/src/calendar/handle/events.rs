//! Events.

use super::{Calendar, check_id};
use crate::calendar::model::{CalendarId, Event, EventId};
use crate::calendar::request::{
    DeleteOptions, EventPatch, EventQuery, NewEvent, Notify, Rsvp, UpdateOptions,
};
use crate::call;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::page::{PageRequest, Paged};
use crate::time::TimeRange;

impl Calendar {
    /// A calendar's events, complete.
    #[must_use]
    pub fn list_events(&self, calendar: &CalendarId, query: EventQuery) -> Paged<Event> {
        self.list_events_from(calendar, query, PageRequest::default())
    }

    /// [`list_events`](Self::list_events) from a page on, or with a page size.
    #[must_use]
    pub fn list_events_from(
        &self,
        calendar: &CalendarId,
        query: EventQuery,
        first: PageRequest,
    ) -> Paged<Event> {
        let (this, calendar) = (self.clone(), calendar.clone());
        Paged::new(first, move |page| {
            let (this, calendar, query) = (this.clone(), calendar.clone(), query.clone());
            async move {
                call::run(&*this.0, "list_events", async {
                    check_id(calendar.as_str())?;
                    query.check()?;
                    this.capabilities().check_query(&query)?;
                    this.0.list_events(&calendar, &query, &page).await
                })
                .await
            }
        })
    }

    /// An event, a series, or an occurrence of one.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        call::run(&*self.0, "get_event", async {
            check_id(calendar.as_str())?;
            check_id(id.as_str())?;
            self.0.get_event(calendar, id).await
        })
        .await
    }

    /// Makes an event or a series. Repeated with the same key it gives the first one; without a
    /// key, one is made for the attempts of this call where the provider can use it.
    ///
    /// # Errors
    /// `InvalidInput` for times or a rule that cannot be; `Unsupported` for a field that the
    /// provider would drop; `NotFound` for the calendar.
    pub async fn create_event(&self, calendar: &CalendarId, new: NewEvent) -> Result<Event> {
        call::run(&*self.0, "create_event", async {
            check_id(calendar.as_str())?;
            new.check()?;
            self.capabilities().check_new_event(&new)?;
            let mut new = new;
            if new.key.is_none() && self.capabilities().idempotent_create {
                new.key = Some(IdempotencyKey::random());
            }
            self.0.create_event(calendar, &new).await
        })
        .await
    }

    /// Changes an event or a part of a series. The answer is the occurrence, the new series, or
    /// the series, as the scope says.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` for another version; `InvalidInput`; `Unsupported`.
    pub async fn update_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: EventPatch,
        options: UpdateOptions,
    ) -> Result<Event> {
        call::run(&*self.0, "update_event", async {
            check_id(calendar.as_str())?;
            check_id(id.as_str())?;
            patch.check(&options)?;
            self.capabilities().check_patch(&patch, &options)?;
            self.0.update_event(calendar, id, &patch, &options).await
        })
        .await
    }

    /// Deletes an event or a part of a series. What is gone already is no error.
    ///
    /// # Errors
    /// `PreconditionFailed` for another version; `Unsupported`.
    pub async fn delete_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: DeleteOptions,
    ) -> Result<()> {
        call::run(&*self.0, "delete_event", async {
            check_id(calendar.as_str())?;
            check_id(id.as_str())?;
            options.check_delete()?;
            self.capabilities().check_change(&options)?;
            self.0.delete_event(calendar, id, &options).await
        })
        .await
    }

    /// A series' occurrences in a span, in the order of the starts.
    #[must_use]
    pub fn instances(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
    ) -> Paged<Event> {
        self.instances_from(calendar, series, range, PageRequest::default())
    }

    /// [`instances`](Self::instances) from a page on, or with a page size.
    #[must_use]
    pub fn instances_from(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        first: PageRequest,
    ) -> Paged<Event> {
        let (this, calendar, series) = (self.clone(), calendar.clone(), series.clone());
        Paged::new(first, move |page| {
            let (this, calendar, series) = (this.clone(), calendar.clone(), series.clone());
            async move {
                call::run(&*this.0, "instances", async {
                    check_id(calendar.as_str())?;
                    check_id(series.as_str())?;
                    this.need(this.capabilities().expand, "expand")?;
                    this.0.instances(&calendar, &series, range, &page).await
                })
                .await
            }
        })
    }

    /// Moves an event or a series to another calendar of the account, and tells nobody.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported`; `InvalidInput` for one occurrence or the same calendar.
    pub async fn move_event(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
    ) -> Result<Event> {
        self.move_event_with(from, id, to, Notify::Nobody).await
    }

    /// Moves an event or a series to another calendar of the account, and says who is told.
    ///
    /// # Errors
    /// As [`move_event`](Self::move_event).
    pub async fn move_event_with(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
        notify: Notify,
    ) -> Result<Event> {
        call::run(&*self.0, "move_event", async {
            for id in [from.as_str(), id.as_str(), to.as_str()] {
                check_id(id)?;
            }
            if from == to {
                return Err(Error::invalid_input(
                    "the event is in that calendar already",
                ));
            }
            self.capabilities().check_move(notify)?;
            self.0.move_event(from, id, to, notify).await
        })
        .await
    }

    /// Answers an invitation for the account's owner.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported`; `Conflict` when the owner is not invited.
    pub async fn respond(&self, calendar: &CalendarId, id: &EventId, rsvp: Rsvp) -> Result<Event> {
        call::run(&*self.0, "respond", async {
            check_id(calendar.as_str())?;
            check_id(id.as_str())?;
            rsvp.check()?;
            self.capabilities().check_rsvp(&rsvp)?;
            self.0.respond(calendar, id, &rsvp).await
        })
        .await
    }
}
