//! Calendars and events.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::people::{Attendee, Person};
use super::recurrence::Recurrence;
use super::words::words;
use crate::raw::Raw;
use crate::time::{EventTime, TzId};

crate::id_types! {
    /// The id of a calendar.
    CalendarId;
    /// The id of an event, of a series, or of one occurrence of a series.
    EventId;
    /// The id of an attachment.
    AttachmentId;
    /// The version of an event or of a calendar. Compared for equality only.
    ETag;
}

/// A calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalendarInfo {
    /// Its id.
    pub id: CalendarId,
    /// Its version, for conditions. It is that of what is said here, not of its events.
    #[serde(default)]
    pub etag: Option<ETag>,
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
            etag: None,
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
#[serde(from = "String", into = "String")]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
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

words! {
    EventStatus {
        Confirmed = "confirmed",
        Tentative = "tentative",
        Cancelled = "cancelled",
    }
    ShowAs {
        Busy = "busy",
        Free = "free",
        Tentative = "tentative",
        OutOfOffice = "out_of_office",
    }
    Visibility {
        Default = "default",
        Public = "public",
        Private = "private",
    }
    ReminderMethod {
        Popup = "popup",
        Email = "email",
    }
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
#[serde(from = "String", into = "String")]
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
#[serde(from = "String", into = "String")]
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
#[non_exhaustive]
pub enum Reminders {
    /// Those of the calendar.
    #[default]
    Default,
    /// These and no others; an empty list is none.
    Only(Vec<Reminder>),
}

/// Where a video conference is joined. `Debug` does not show the link: it can carry the passcode.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conference {
    /// The link to join by.
    pub join_url: Url,
    /// Whose conference it is, for example `Google Meet`.
    pub name: Option<String>,
    /// The vendor's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl fmt::Debug for Conference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conference")
            .field("host", &self.join_url.host_str())
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Conference {
    /// A conference by its link.
    #[must_use]
    pub fn new(join_url: Url) -> Self {
        Self {
            join_url,
            name: None,
            raw: Raw::None,
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// The vendor's own form.
    #[serde(default)]
    pub raw: Raw,
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
            raw: Raw::None,
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
            raw: Raw::None,
        }
    }
}

/// An event, a series, or an occurrence of one. `Debug` shows neither texts nor the vendor's own
/// form: both can carry the link to a conference.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
    /// On a changed occurrence: whether all that follow were changed with it
    /// (`RANGE=THISANDFUTURE`, RFC 5545, section 3.2.13). They are like it, are moved by as much on
    /// the wall, and are as long, until the next change with this reach. Objects of iCalendar have
    /// it; no vendor's API does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub and_future: bool,
    /// Whether it takes place.
    pub status: EventStatus,
    /// Its title.
    pub summary: String,
    /// What it is about, as plain text: a driver takes the markup out.
    pub description: Option<String>,
    /// What it is about as HTML, where the vendor keeps it so. It is read and never written: what
    /// is written is plain text.
    #[serde(default)]
    pub description_html: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// When it starts. A vendor that gives no times for a cancelled occurrence gives when the
    /// series has it, and that is taken.
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
    /// How often the organizer changed it, as invitations count (RFC 5545, section 3.8.7.4).
    #[serde(default)]
    pub sequence: Option<u32>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Where a person sees it.
    pub web_link: Option<Url>,
    /// The vendor's own form.
    pub raw: Raw,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("calendar", &self.calendar)
            .field("etag", &self.etag)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("summary", &self.summary)
            .field("start", &self.start)
            .field("end", &self.end)
            .field("recurrence", &self.recurrence)
            .field("attendees", &self.attendees.len())
            .field("conference", &self.conference)
            .finish_non_exhaustive()
    }
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
            and_future: false,
            status: EventStatus::Confirmed,
            summary: summary.into(),
            description: None,
            description_html: None,
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
            sequence: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_conferences_are_not_shown() {
        let link = "https://example.com/j/1?pwd=canary".parse().unwrap();
        let at = EventTime::Date(jiff::civil::date(2026, 6, 1));
        let mut event = Event::new("1", "c", "x", at.clone(), at);
        event.conference = Some(Conference::new(link));
        event.description = Some("join at https://example.com/j/1?pwd=canary".to_owned());
        event.raw = Raw::from(serde_json::json!({ "hangoutLink": "canary" }));
        let content = super::super::NewAttachment::new("a", "text/plain", "canary");
        assert!(!format!("{event:?} {content:?}").contains("canary"));
    }

    #[test]
    fn words_that_are_not_known_are_kept() {
        let read: ShowAs = serde_json::from_str("\"working_elsewhere\"").unwrap();
        assert_eq!(read, ShowAs::Other("working_elsewhere".to_owned()));
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(written, "\"working_elsewhere\"");
        let known: ShowAs = serde_json::from_str("\"out_of_office\"").unwrap();
        assert_eq!(known, ShowAs::OutOfOffice);
    }
}
