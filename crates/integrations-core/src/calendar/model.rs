//! Calendars and events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::people::{Attendee, Person};
use super::recurrence::Recurrence;
use crate::raw::Raw;
use crate::time::{EventTime, TzId};

crate::id_types! {
    /// The id of a calendar.
    CalendarId;
    /// The id of an event, of a series, or of one occurrence of a series.
    EventId;
    /// The id of an attachment.
    AttachmentId;
    /// The version of an event. Compared for equality only.
    ETag;
}

/// A calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalendarInfo {
    /// Its id.
    pub id: CalendarId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The zone that its events are shown in.
    pub time_zone: Option<TzId>,
    /// A colour as `#rrggbb`.
    pub color: Option<String>,
    /// Whether events can be written.
    pub writable: bool,
    /// Whether new events go here when nothing else is said.
    pub primary: bool,
    /// The vendor's own form.
    pub raw: Raw,
}

impl CalendarInfo {
    /// A calendar that can be written.
    pub fn new(id: impl Into<CalendarId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: None,
            time_zone: None,
            color: None,
            writable: true,
            primary: false,
            raw: Raw::None,
        }
    }
}

/// What an event is in its series.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// It stands alone.
    #[default]
    Single,
    /// It repeats: [`Event::recurrence`] says when.
    Series,
    /// One occurrence of a series.
    Occurrence {
        /// The series.
        series: EventId,
        /// When the series has it, wherever it was moved to.
        original_start: EventTime,
        /// Whether it differs from the series.
        changed: bool,
    },
}

/// Whether an event takes place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventStatus {
    /// It does.
    #[default]
    Confirmed,
    /// It may.
    Tentative,
    /// It does not. Lists leave it out unless they are asked for it.
    Cancelled,
    /// A status of the provider's own. It is not taken for confirmed.
    Other(String),
}

/// What an event does to free/busy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ShowAs {
    /// The time is taken.
    #[default]
    Busy,
    /// The time stays free.
    Free,
    /// The time may be taken; it counts as taken.
    Tentative,
    /// Out of the office; it counts as taken.
    OutOfOffice,
    /// A state of the provider's own; it counts as taken.
    Other(String),
}

impl ShowAs {
    /// Whether it takes the time in free/busy.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !matches!(self, Self::Free)
    }
}

/// Who sees an event on a shared calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Visibility {
    /// As the calendar is shared.
    #[default]
    Default,
    /// Everybody who sees the calendar.
    Public,
    /// Only its time is seen.
    Private,
    /// A setting of the provider's own.
    Other(String),
}

/// How a reminder reaches its reader.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReminderMethod {
    /// A notice on the reader's devices.
    Popup,
    /// An email.
    Email,
    /// A way of the provider's own.
    Other(String),
}

/// A reminder before the start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reminder {
    /// How it comes.
    pub method: ReminderMethod,
    /// How many minutes before the start.
    pub minutes_before: u32,
}

impl Reminder {
    /// A notice so many minutes before the start.
    #[must_use]
    pub fn popup(minutes_before: u32) -> Self {
        Self {
            method: ReminderMethod::Popup,
            minutes_before,
        }
    }

    /// An email so many minutes before the start.
    #[must_use]
    pub fn email(minutes_before: u32) -> Self {
        Self {
            method: ReminderMethod::Email,
            minutes_before,
        }
    }
}

/// Which reminders an event has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reminders {
    /// Those of the calendar.
    #[default]
    Default,
    /// These and no others; an empty list is none.
    Only(Vec<Reminder>),
}

/// Where a video conference is joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conference {
    /// The link to join by.
    pub join_url: Url,
    /// Whose conference it is, for example `Google Meet`.
    pub name: Option<String>,
}

impl Conference {
    /// A conference by its link.
    #[must_use]
    pub fn new(join_url: Url) -> Self {
        Self {
            join_url,
            name: None,
        }
    }

    /// Names whose conference it is.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// Something attached to an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attachment {
    /// Its id, where the provider keeps the content.
    pub id: Option<AttachmentId>,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Where it is, when it is a link.
    pub url: Option<Url>,
    /// How many bytes the provider keeps, when it is not a link.
    pub size: Option<u64>,
}

impl Attachment {
    /// A link to something kept elsewhere.
    pub fn link(name: impl Into<String>, url: Url) -> Self {
        Self {
            id: None,
            name: name.into(),
            media_type: None,
            url: Some(url),
            size: None,
        }
    }

    /// Content that the provider keeps.
    pub fn kept(id: impl Into<AttachmentId>, name: impl Into<String>, size: u64) -> Self {
        Self {
            id: Some(id.into()),
            name: name.into(),
            media_type: None,
            url: None,
            size: Some(size),
        }
    }
}

/// An event, a series, or an occurrence of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its calendar.
    pub calendar: CalendarId,
    /// The `UID` that it has in every calendar and invitation (RFC 5545, section 3.8.4.7).
    pub ical_uid: Option<String>,
    /// Its version, for conditions.
    pub etag: Option<ETag>,
    /// What it is in its series.
    pub kind: EventKind,
    /// Whether it takes place.
    pub status: EventStatus,
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
    /// How it repeats, on a series.
    pub recurrence: Option<Recurrence>,
    /// Who invites.
    pub organizer: Option<Person>,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
    /// Its reminders.
    pub reminders: Reminders,
    /// Who sees it.
    pub visibility: Visibility,
    /// What it does to free/busy.
    pub show_as: ShowAs,
    /// Where to join it.
    pub conference: Option<Conference>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// The application's own values.
    pub properties: BTreeMap<String, String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Where a person sees it.
    pub web_link: Option<Url>,
    /// The vendor's own form.
    pub raw: Raw,
}

impl Event {
    /// An event of which only the times are known.
    pub fn new(
        id: impl Into<EventId>,
        calendar: impl Into<CalendarId>,
        summary: impl Into<String>,
        start: EventTime,
        end: EventTime,
    ) -> Self {
        Self {
            id: id.into(),
            calendar: calendar.into(),
            ical_uid: None,
            etag: None,
            kind: EventKind::Single,
            status: EventStatus::Confirmed,
            summary: summary.into(),
            description: None,
            location: None,
            start,
            end,
            recurrence: None,
            organizer: None,
            attendees: Vec::new(),
            reminders: Reminders::Default,
            visibility: Visibility::Default,
            show_as: ShowAs::Busy,
            conference: None,
            attachments: Vec::new(),
            properties: BTreeMap::new(),
            created: None,
            updated: None,
            web_link: None,
            raw: Raw::None,
        }
    }

    /// The series that an occurrence belongs to, or the event itself.
    #[must_use]
    pub fn series_id(&self) -> &EventId {
        match &self.kind {
            EventKind::Occurrence { series, .. } => series,
            _ => &self.id,
        }
    }
}
