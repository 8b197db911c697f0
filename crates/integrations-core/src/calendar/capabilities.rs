//! What a calendar provider can do, as data.

use std::time::Duration;

use serde::Serialize;

use super::model::{Reminders, Visibility};
use super::recurrence::Recurrence;
use super::request::{
    CalendarPatch, ConferenceRequest, DeleteOptions, EditScope, EventPatch, EventQuery,
    NewCalendar, NewEvent, Patch, UpdateOptions,
};
use crate::error::{Error, Result};
use crate::time::EventTime;

/// What a calendar provider can do. What is false or 0 answers `Unsupported` before anything is
/// sent; what is true works. The default is nothing beyond single events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct CalendarCapabilities {
    /// Calendars can be made, changed and deleted.
    pub calendar_write: bool,
    /// A repeated create with the same key makes one.
    pub idempotent_create: bool,
    /// Changes and deletes take the version as a condition.
    pub etag_conditions: bool,
    /// Whole-day events.
    pub whole_days: bool,
    /// Events whose time floats with the reader.
    pub floating_times: bool,
    /// Series.
    pub recurrence: bool,
    /// Series with more than one rule, or with single dates added.
    pub recurrence_dates: bool,
    /// Series by hours or shorter.
    pub recurrence_sub_daily: bool,
    /// Lists of occurrences instead of series.
    pub expand: bool,
    /// One occurrence can be changed and deleted.
    pub scope_this: bool,
    /// A series can be changed and deleted from an occurrence on.
    pub scope_following: bool,
    /// Events can be found by text.
    pub text_search: bool,
    /// Events can be moved to another calendar.
    pub move_event: bool,
    /// People can be invited.
    pub attendees: bool,
    /// Those who are invited can be told ([`Notify`](super::Notify)).
    pub notify: bool,
    /// The owner can answer an invitation.
    pub respond: bool,
    /// How many reminders an event can have.
    pub max_reminders: usize,
    /// Events can be private or public.
    pub visibility: bool,
    /// The application's own values.
    pub properties: bool,
    /// Links can be attached when an event is made.
    pub attachment_links: bool,
    /// Content can be attached, read and removed: the group of attachments is there.
    pub attachments: bool,
    /// A conference can be named by its link.
    pub conference_link: bool,
    /// The provider makes conferences of its own.
    pub conference_create: bool,
    /// Free/busy of the account's calendars.
    pub free_busy: bool,
    /// Free/busy of people by address.
    pub free_busy_people: bool,
    /// How many subjects one free/busy call takes; 0 is any number.
    pub max_free_busy_subjects: usize,
    /// How long a span one free/busy call takes; `None` is any.
    pub max_free_busy_span: Option<Duration>,
    /// Calendars can be shared: the group of sharing is there.
    pub sharing: bool,
    /// Changes since a token: the group of synchronisation is there.
    pub sync: bool,
    /// Notices of changes by webhook: the group of watching is there.
    pub watching: bool,
}

impl CalendarCapabilities {
    /// Nothing beyond single events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails for a calendar that cannot be made.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_new_calendar(&self, new: &NewCalendar) -> Result<()> {
        need(self.calendar_write, "calendar_write")?;
        need(
            new.key.is_none() || self.idempotent_create,
            "idempotent_create",
        )
    }

    /// Fails for a change that cannot be made to a calendar.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_calendar_patch(&self, _: &CalendarPatch) -> Result<()> {
        need(self.calendar_write, "calendar_write")
    }

    /// Fails for an event with something that the provider would drop.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_new_event(&self, new: &NewEvent) -> Result<()> {
        self.times(&new.start)?;
        if let Some(recurrence) = &new.recurrence {
            self.recurrence(recurrence)?;
        }
        need(new.attendees.is_empty() || self.attendees, "attendees")?;
        need(new.notify == Default::default() || self.notify, "notify")?;
        self.reminders(&new.reminders)?;
        need(
            new.visibility == Visibility::Default || self.visibility,
            "visibility",
        )?;
        need(new.properties.is_empty() || self.properties, "properties")?;
        need(
            new.attachments.is_empty() || self.attachment_links,
            "attachment_links",
        )?;
        self.conference(new.conference.as_ref())?;
        need(
            new.key.is_none() || self.idempotent_create,
            "idempotent_create",
        )
    }

    /// Fails for a change with something that the provider would drop.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_patch(&self, patch: &EventPatch, options: &UpdateOptions) -> Result<()> {
        self.check_change(options)?;
        if let Some((start, _)) = &patch.times {
            self.times(start)?;
        }
        if let Patch::Set(recurrence) = &patch.recurrence {
            self.recurrence(recurrence)?;
        }
        need(patch.attendees.is_none() || self.attendees, "attendees")?;
        if let Some(reminders) = &patch.reminders {
            self.reminders(reminders)?;
        }
        need(patch.visibility.is_none() || self.visibility, "visibility")?;
        need(patch.properties.is_empty() || self.properties, "properties")?;
        match &patch.conference {
            Patch::Set(conference) => self.conference(Some(conference)),
            Patch::Clear => need(
                self.conference_link || self.conference_create,
                "conference_link",
            ),
            Patch::Keep => Ok(()),
        }
    }

    /// Fails for a scope or condition that the provider does not have.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_change(&self, options: &DeleteOptions) -> Result<()> {
        match options.scope {
            EditScope::ThisAndFollowing => need(self.scope_following, "scope_following")?,
            EditScope::All | EditScope::This => {}
        }
        need(
            options.if_match.is_none() || self.etag_conditions,
            "etag_conditions",
        )?;
        need(
            options.notify == Default::default() || self.notify,
            "notify",
        )
    }

    /// Fails for a list that the provider cannot give.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_query(&self, query: &EventQuery) -> Result<()> {
        need(!query.expand || self.expand, "expand")?;
        need(query.text.is_none() || self.text_search, "text_search")
    }

    fn times(&self, start: &EventTime) -> Result<()> {
        match start {
            EventTime::Date(_) => need(self.whole_days, "whole_days"),
            EventTime::Floating(_) => need(self.floating_times, "floating_times"),
            _ => Ok(()),
        }
    }

    fn recurrence(&self, recurrence: &Recurrence) -> Result<()> {
        need(self.recurrence, "recurrence")?;
        let plain = recurrence.rules.len() == 1 && recurrence.dates.is_empty();
        need(plain || self.recurrence_dates, "recurrence_dates")?;
        let short = recurrence
            .rules
            .iter()
            .any(|rule| rule.frequency.is_sub_daily());
        need(!short || self.recurrence_sub_daily, "recurrence_sub_daily")
    }

    fn reminders(&self, reminders: &Reminders) -> Result<()> {
        match reminders {
            Reminders::Default => Ok(()),
            Reminders::Only(list) if self.max_reminders == 0 => need(list.is_empty(), "reminders"),
            Reminders::Only(list) if list.len() > self.max_reminders => Err(Error::unsupported(
                format_args!("more than {} reminders", self.max_reminders),
            )),
            Reminders::Only(_) => Ok(()),
        }
    }

    fn conference(&self, conference: Option<&ConferenceRequest>) -> Result<()> {
        match conference {
            None => Ok(()),
            Some(ConferenceRequest::Create) => need(self.conference_create, "conference_create"),
            Some(ConferenceRequest::Link(_)) => need(self.conference_link, "conference_link"),
        }
    }
}

fn need(has: bool, feature: &'static str) -> Result<()> {
    if has {
        Ok(())
    } else {
        Err(Error::unsupported(feature))
    }
}
