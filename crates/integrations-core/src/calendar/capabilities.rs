//! What a calendar provider can do, as data.

use std::time::Duration;

use serde::Serialize;

use super::model::{EventStatus, ReminderMethod, Reminders, ShowAs, Visibility};
use super::people::{Attendee, AttendeeRole};
use super::recurrence::Recurrence;
use super::request::{
    CalendarPatch, ConferenceRequest, DeleteOptions, EditScope, EventPatch, EventQuery,
    NewCalendar, NewEvent, Notify, Patch, Rsvp, UpdateOptions,
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
    /// Calendars have a description.
    pub calendar_description: bool,
    /// Calendars have a time zone of their own.
    pub calendar_time_zone: bool,
    /// Calendars have a colour of the caller's choice.
    pub calendar_color: bool,
    /// Changes of a calendar take its version as a condition.
    pub calendar_etag: bool,
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
    /// Series with more than one rule, with single dates added, or with rules that take out.
    pub recurrence_dates: bool,
    /// Series by hours or shorter.
    pub recurrence_sub_daily: bool,
    /// Lists of occurrences instead of series.
    pub expand: bool,
    /// One occurrence can be changed and deleted. [`EditScope::This`] names an event that stands
    /// alone too, and only the driver knows which it is: the driver refuses.
    pub scope_this: bool,
    /// A series can be changed and deleted from an occurrence on.
    pub scope_following: bool,
    /// Events can be found by text.
    pub text_search: bool,
    /// Lists can have the events that were cancelled too.
    pub include_cancelled: bool,
    /// Lists of what was changed since an instant.
    pub updated_since: bool,
    /// Events can be moved to another calendar.
    pub move_event: bool,
    /// People can be invited.
    pub attendees: bool,
    /// Other roles than [`AttendeeRole::Required`].
    pub attendee_roles: bool,
    /// Those who are invited can be told ([`Notify`](super::Notify)).
    pub notify: bool,
    /// Those who are invited are told whatever is said: with people, everything but
    /// [`Notify::Everybody`](super::Notify) is refused.
    pub notify_always: bool,
    /// Those who are told of a deletion can read a message.
    pub delete_message: bool,
    /// The owner can answer an invitation.
    pub respond: bool,
    /// Something can be said with the answer.
    pub respond_comment: bool,
    /// How many reminders an event can have.
    pub max_reminders: usize,
    /// Reminders by email, beside notices.
    pub reminder_email: bool,
    /// Events can be tentative.
    pub tentative: bool,
    /// Events can leave their time free.
    pub show_as_free: bool,
    /// Events can say more of their time than busy and free: tentative, out of the office.
    pub show_as_finer: bool,
    /// Events can be private or public.
    pub visibility: bool,
    /// The application's own values.
    pub properties: bool,
    /// Links can be attached.
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
            new.description.is_none() || self.calendar_description,
            "calendar_description",
        )?;
        need(
            new.time_zone.is_none() || self.calendar_time_zone,
            "calendar_time_zone",
        )?;
        need(new.color.is_none() || self.calendar_color, "calendar_color")?;
        need(
            new.key.is_none() || self.idempotent_create,
            "idempotent_create",
        )
    }

    /// Fails for a change that cannot be made to a calendar.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_calendar_patch(&self, patch: &CalendarPatch) -> Result<()> {
        need(self.calendar_write, "calendar_write")?;
        need(
            patch.description.is_keep() || self.calendar_description,
            "calendar_description",
        )?;
        need(
            patch.time_zone.is_keep() || self.calendar_time_zone,
            "calendar_time_zone",
        )?;
        need(
            patch.color.is_keep() || self.calendar_color,
            "calendar_color",
        )?;
        need(
            patch.if_match.is_none() || self.calendar_etag,
            "calendar_etag",
        )
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
        self.people(&new.attendees)?;
        self.status(&new.status)?;
        self.show_as(&new.show_as)?;
        need(new.notify == Default::default() || self.notify, "notify")?;
        self.telling(&new.attendees, new.notify)?;
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
        let people = patch.attendees.as_deref().unwrap_or_default();
        self.people(people)?;
        self.telling(people, options.notify)?;
        patch.status.as_ref().map_or(Ok(()), |it| self.status(it))?;
        patch
            .show_as
            .as_ref()
            .map_or(Ok(()), |it| self.show_as(it))?;
        need(
            patch.attachments.is_none() || self.attachment_links,
            "attachment_links",
        )?;
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
        )?;
        need(
            options.message.is_none() || self.delete_message,
            "delete_message",
        )
    }

    /// Fails for a move that the provider cannot make.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_move(&self, notify: Notify) -> Result<()> {
        need(self.move_event, "move_event")?;
        need(notify == Notify::Nobody || self.notify, "notify")
    }

    /// Fails for an answer with something that the provider would drop.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_rsvp(&self, rsvp: &Rsvp) -> Result<()> {
        need(self.respond, "respond")?;
        need(
            rsvp.comment.is_none() || self.respond_comment,
            "respond_comment",
        )
    }

    /// Fails for a list that the provider cannot give.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_query(&self, query: &EventQuery) -> Result<()> {
        need(!query.expand || self.expand, "expand")?;
        need(query.text.is_none() || self.text_search, "text_search")?;
        need(
            !query.include_cancelled || self.include_cancelled,
            "include_cancelled",
        )?;
        need(
            query.updated_since.is_none() || self.updated_since,
            "updated_since",
        )
    }

    fn people(&self, attendees: &[Attendee]) -> Result<()> {
        need(attendees.is_empty() || self.attendees, "attendees")?;
        let plain = attendees
            .iter()
            .all(|one| one.role == AttendeeRole::Required);
        need(plain || self.attendee_roles, "attendee_roles")
    }

    fn telling(&self, attendees: &[Attendee], notify: Notify) -> Result<()> {
        let told = attendees.is_empty() || notify == Notify::Everybody;
        need(
            told || !self.notify_always,
            "inviting people who are not told",
        )
    }

    fn status(&self, status: &EventStatus) -> Result<()> {
        match status {
            EventStatus::Confirmed | EventStatus::Cancelled => Ok(()),
            EventStatus::Tentative => need(self.tentative, "tentative"),
            EventStatus::Other(_) => Err(Error::unsupported("a status of another provider")),
        }
    }

    fn show_as(&self, show_as: &ShowAs) -> Result<()> {
        match show_as {
            ShowAs::Busy => Ok(()),
            ShowAs::Free => need(self.show_as_free, "show_as_free"),
            _ => need(self.show_as_finer, "show_as_finer"),
        }
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
        let plain = recurrence.rules.len() == 1
            && recurrence.dates.is_empty()
            && recurrence.except_rules.is_empty();
        need(plain || self.recurrence_dates, "recurrence_dates")?;
        let mut rules = recurrence.rules.iter().chain(&recurrence.except_rules);
        let short = rules.any(|rule| rule.frequency.is_sub_daily());
        need(!short || self.recurrence_sub_daily, "recurrence_sub_daily")
    }

    fn reminders(&self, reminders: &Reminders) -> Result<()> {
        if let Reminders::Only(list) = reminders {
            let plain = |one: &super::Reminder| one.method == ReminderMethod::Popup;
            need(
                list.iter().all(plain) || self.reminder_email,
                "reminder_email",
            )?;
        }
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
