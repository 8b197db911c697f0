//! What is asked of a provider.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::{
    Attachment, CalendarId, Conference, ETag, EventStatus, Reminders, ShowAs, Visibility,
};
use super::people::{Attendee, Participation};
use super::recurrence::Recurrence;
use crate::idempotency::IdempotencyKey;
use crate::time::{EventTime, TimeRange, TzId};

/// What a patch does to a field that can be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patch<T> {
    /// Leaves it.
    #[default]
    Keep,
    /// Empties it.
    Clear,
    /// Sets it.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// Whether the field stays as it is.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Carries the change out.
    pub fn apply(&self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value.clone()),
        }
    }
}

/// A calendar to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewCalendar {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The zone that its events are shown in.
    pub time_zone: Option<TzId>,
    /// A colour as `#rrggbb`.
    pub color: Option<String>,
    /// Makes a repeated call one calendar.
    pub key: Option<IdempotencyKey>,
}

impl NewCalendar {
    /// A calendar by name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            time_zone: None,
            color: None,
            key: None,
        }
    }

    /// Sets the zone that its events are shown in, by IANA name.
    #[must_use]
    pub fn with_time_zone(mut self, iana: impl Into<String>) -> Self {
        self.time_zone = Some(TzId::iana(iana));
        self
    }

    /// Makes a repeated call one calendar.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }
}

/// Changes to a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalendarPatch {
    /// A new name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Patch<String>,
    /// The zone that its events are shown in.
    pub time_zone: Patch<TzId>,
    /// A colour as `#rrggbb`.
    pub color: Patch<String>,
    /// Only when the calendar has this version.
    #[serde(default)]
    pub if_match: Option<ETag>,
}

impl CalendarPatch {
    /// Only when the calendar has this version.
    #[must_use]
    pub fn with_if_match(mut self, etag: ETag) -> Self {
        self.if_match = Some(etag);
        self
    }

    /// Whether nothing changes. A condition alone is no change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.description.is_keep()
            && self.time_zone.is_keep()
            && self.color.is_keep()
    }
}

/// The conference of a new event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConferenceRequest {
    /// The provider makes one of its own.
    Create,
    /// One that exists.
    Link(Conference),
}

/// An event or a series to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewEvent {
    /// Its title.
    pub summary: String,
    /// What it is about, as plain text.
    pub description: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// When it starts.
    pub start: EventTime,
    /// When it ends, exclusive: the day after the last one for whole days.
    pub end: EventTime,
    /// How it repeats.
    pub recurrence: Option<Recurrence>,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
    /// Its reminders.
    pub reminders: Reminders,
    /// Whether it takes place.
    pub status: EventStatus,
    /// Who sees it.
    pub visibility: Visibility,
    /// What it does to free/busy.
    pub show_as: ShowAs,
    /// Where to join it.
    pub conference: Option<ConferenceRequest>,
    /// Links that are attached.
    pub attachments: Vec<Attachment>,
    /// The application's own values.
    pub properties: BTreeMap<String, String>,
    /// Makes a repeated call one event; without it the call makes its own.
    pub key: Option<IdempotencyKey>,
    /// Who is told.
    pub notify: Notify,
}

impl NewEvent {
    /// An event by title and times.
    pub fn new(
        summary: impl Into<String>,
        start: impl Into<EventTime>,
        end: impl Into<EventTime>,
    ) -> Self {
        Self {
            summary: summary.into(),
            description: None,
            location: None,
            start: start.into(),
            end: end.into(),
            recurrence: None,
            attendees: Vec::new(),
            reminders: Reminders::Default,
            status: EventStatus::Confirmed,
            visibility: Visibility::Default,
            show_as: ShowAs::Busy,
            conference: None,
            attachments: Vec::new(),
            properties: BTreeMap::new(),
            key: None,
            notify: Notify::Nobody,
        }
    }

    /// Sets what it is about.
    #[must_use]
    pub fn with_description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Sets where it is.
    #[must_use]
    pub fn with_location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// Makes it a series.
    #[must_use]
    pub fn with_recurrence(mut self, recurrence: impl Into<Recurrence>) -> Self {
        self.recurrence = Some(recurrence.into());
        self
    }

    /// Invites somebody.
    #[must_use]
    pub fn with_attendee(mut self, attendee: Attendee) -> Self {
        self.attendees.push(attendee);
        self
    }

    /// Sets its reminders.
    #[must_use]
    pub fn with_reminders(mut self, reminders: Reminders) -> Self {
        self.reminders = reminders;
        self
    }

    /// Sets what it does to free/busy.
    #[must_use]
    pub fn with_show_as(mut self, show_as: ShowAs) -> Self {
        self.show_as = show_as;
        self
    }

    /// Sets where to join it.
    #[must_use]
    pub fn with_conference(mut self, conference: ConferenceRequest) -> Self {
        self.conference = Some(conference);
        self
    }

    /// Adds a value of the application's own.
    #[must_use]
    pub fn with_property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }

    /// Makes a repeated call one event.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets who is told.
    #[must_use]
    pub fn with_notify(mut self, notify: Notify) -> Self {
        self.notify = notify;
        self
    }
}

/// Changes to an event. What is not named stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventPatch {
    /// A new title.
    pub summary: Option<String>,
    /// What it is about.
    pub description: Patch<String>,
    /// Where it is.
    pub location: Patch<String>,
    /// New times, start and end together. With [`EditScope::All`] they are those of the first
    /// occurrence.
    pub times: Option<(EventTime, EventTime)>,
    /// How it repeats. Cleared, a series becomes its first occurrence.
    pub recurrence: Patch<Recurrence>,
    /// Who is invited: the whole list.
    pub attendees: Option<Vec<Attendee>>,
    /// Its reminders.
    pub reminders: Option<Reminders>,
    /// Whether it takes place.
    pub status: Option<EventStatus>,
    /// Who sees it.
    pub visibility: Option<Visibility>,
    /// What it does to free/busy.
    pub show_as: Option<ShowAs>,
    /// Where to join it.
    pub conference: Patch<ConferenceRequest>,
    /// Links that are attached: the whole list, in place of those before. Content that the provider
    /// keeps stays.
    #[serde(default)]
    pub attachments: Option<Vec<Attachment>>,
    /// The application's own values that change; `None` removes one.
    pub properties: BTreeMap<String, Option<String>>,
}

impl EventPatch {
    /// A new title.
    #[must_use]
    pub fn with_summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = Some(summary.into());
        self
    }

    /// New times.
    #[must_use]
    pub fn with_times(mut self, start: impl Into<EventTime>, end: impl Into<EventTime>) -> Self {
        self.times = Some((start.into(), end.into()));
        self
    }

    /// Another place.
    #[must_use]
    pub fn with_location(mut self, location: Patch<String>) -> Self {
        self.location = location;
        self
    }

    /// Another way to repeat.
    #[must_use]
    pub fn with_recurrence(mut self, recurrence: Patch<Recurrence>) -> Self {
        self.recurrence = recurrence;
        self
    }

    /// Another list of people.
    #[must_use]
    pub fn with_attendees(mut self, attendees: Vec<Attendee>) -> Self {
        self.attendees = Some(attendees);
        self
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Which part of a series a change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditScope {
    /// The occurrence that is named, or the event that stands alone.
    #[default]
    This,
    /// The occurrence that is named and all after it. They become a series of their own.
    ThisAndFollowing,
    /// The whole series.
    All,
}

/// Who gets a message about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notify {
    /// Nobody.
    #[default]
    Nobody,
    /// Those who do not see the calendar itself.
    External,
    /// Everybody who is invited.
    Everybody,
}

/// How to change an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UpdateOptions {
    /// Which part of a series.
    pub scope: EditScope,
    /// Only when it has this version.
    pub if_match: Option<ETag>,
    /// Who is told.
    pub notify: Notify,
    /// What those who are told of a deletion read. An update with it is refused.
    pub message: Option<String>,
}

impl UpdateOptions {
    /// For a part of a series.
    #[must_use]
    pub fn scope(scope: EditScope) -> Self {
        Self {
            scope,
            ..Self::default()
        }
    }

    /// Only when it has this version.
    #[must_use]
    pub fn with_if_match(mut self, etag: ETag) -> Self {
        self.if_match = Some(etag);
        self
    }
}

/// How to delete an event.
pub type DeleteOptions = UpdateOptions;

/// Which events of a calendar are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EventQuery {
    /// Those that share an instant with this span.
    pub range: Option<TimeRange>,
    /// Every occurrence instead of series, in the order of their starts. Needs a range.
    pub expand: bool,
    /// Those whose title, description or place have this text, whatever the case.
    pub text: Option<String>,
    /// Those that were cancelled too.
    pub include_cancelled: bool,
    /// Those that were changed at this instant or later.
    pub updated_since: Option<Timestamp>,
}

impl EventQuery {
    /// Every occurrence in a span.
    #[must_use]
    pub fn occurrences(range: TimeRange) -> Self {
        Self {
            range: Some(range),
            expand: true,
            ..Self::default()
        }
    }

    /// Events and series with something in a span.
    #[must_use]
    pub fn range(range: TimeRange) -> Self {
        Self {
            range: Some(range),
            ..Self::default()
        }
    }

    /// Events and series with a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }
}

/// The answer of the account's owner to an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rsvp {
    /// Whether they come.
    pub participation: Participation,
    /// What they say with it.
    pub comment: Option<String>,
    /// Whether the organizer is told.
    pub notify: bool,
}

impl Rsvp {
    /// An answer, of which the organizer is told.
    #[must_use]
    pub fn new(participation: Participation) -> Self {
        Self {
            participation,
            comment: None,
            notify: true,
        }
    }

    /// Says something with it.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}

/// Whose free/busy is wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Subject {
    /// A calendar of the account.
    Calendar(CalendarId),
    /// A person, by address.
    Person(String),
}

impl From<&CalendarId> for Subject {
    fn from(id: &CalendarId) -> Self {
        Self::Calendar(id.clone())
    }
}
