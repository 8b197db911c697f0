//! Meetings and who is in them.

use std::fmt;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::calendar::recurrence::RRule;
use crate::calendar::words::words;
use crate::error::{Error, ErrorKind, Result};
use crate::raw::Raw;
use crate::time::EventTime;

crate::id_types! {
    /// The id of a meeting.
    MeetingId;
    /// The id of one occurrence of a meeting that repeats.
    OccurrenceId;
    /// The id of a session: one time that a meeting was held.
    SessionId;
    /// The id of somebody in a session.
    ParticipantId;
}

/// What a meeting is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum MeetingKind {
    /// It began when it was made.
    Instant,
    /// It is held once.
    Scheduled,
    /// It repeats.
    Recurring,
    /// A kind of the provider's own.
    Other(String),
}

/// Where a meeting is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum MeetingStatus {
    /// It is to come.
    Waiting,
    /// It is being held.
    Live,
    /// It was held and will not be again.
    Ended,
    /// A status of the provider's own. It is not taken for live.
    Other(String),
}

/// Whether a meeting is recorded by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum AutoRecording {
    /// No.
    #[default]
    Off,
    /// By the provider.
    Cloud,
    /// On the host's machine.
    Local,
    /// In a way of the provider's own.
    Other(String),
}

words! {
    MeetingKind {
        Instant = "instant",
        Scheduled = "scheduled",
        Recurring = "recurring",
    }
    MeetingStatus {
        Waiting = "waiting",
        Live = "live",
        Ended = "ended",
    }
    AutoRecording {
        Off = "off",
        Cloud = "cloud",
        Local = "local",
    }
    ParticipantStatus {
        Joined = "joined",
        InWaitingRoom = "in_waiting_room",
        Left = "left",
    }
}

/// How a meeting is held. What is `None` is the provider's or the account's default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeetingSettings {
    /// Those who come wait until they are let in.
    pub waiting_room: Option<bool>,
    /// The meeting can begin without its host.
    pub join_before_host: Option<bool>,
    /// Those who come are muted.
    pub mute_on_entry: Option<bool>,
    /// Whether it is recorded by itself.
    pub auto_recording: Option<AutoRecording>,
    /// Only those who registered can join.
    pub registration: Option<bool>,
}

/// One occurrence of a meeting that repeats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Occurrence {
    /// Its id.
    pub id: OccurrenceId,
    /// When it starts.
    pub start: EventTime,
    /// How long it is planned, in minutes.
    pub duration_minutes: u32,
    /// The vendor's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Occurrence {
    /// An occurrence.
    pub fn new(id: impl Into<OccurrenceId>, start: EventTime, duration_minutes: u32) -> Self {
        Self {
            id: id.into(),
            start,
            duration_minutes,
            raw: Raw::None,
        }
    }
}

/// A meeting. `Debug` shows neither the passcode nor a link.
#[derive(Clone)]
#[non_exhaustive]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// What it is.
    pub kind: MeetingKind,
    /// Where it is in its life.
    pub status: MeetingStatus,
    /// Its title.
    pub topic: String,
    /// What it is about.
    pub agenda: Option<String>,
    /// Whose it is, as the provider names users.
    pub host: Option<String>,
    /// When it starts; `None` for one that began when it was made.
    pub start: Option<EventTime>,
    /// How long it is planned, in minutes.
    pub duration_minutes: Option<u32>,
    /// How it repeats.
    pub recurrence: Option<RRule>,
    /// Its occurrences to come, where it repeats.
    pub occurrences: Vec<Occurrence>,
    /// The link for those who are invited; `None` while the provider has not made it yet. See
    /// [`link`](Self::link).
    pub join_url: Option<Url>,
    /// The link that makes its holder the host.
    pub start_url: Option<SecretString>,
    /// What those who join have to know.
    pub passcode: Option<SecretString>,
    /// How it is held.
    pub settings: MeetingSettings,
    /// Who is invited, by address.
    pub invitees: Vec<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The vendor's own form, without secrets.
    pub raw: Raw,
}

impl Meeting {
    /// A meeting to come, whose link is not known yet.
    pub fn new(id: impl Into<MeetingId>, topic: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind: MeetingKind::Scheduled,
            status: MeetingStatus::Waiting,
            topic: topic.into(),
            agenda: None,
            host: None,
            start: None,
            duration_minutes: None,
            recurrence: None,
            occurrences: Vec::new(),
            join_url: None,
            start_url: None,
            passcode: None,
            settings: MeetingSettings::default(),
            invitees: Vec::new(),
            created: None,
            raw: Raw::None,
        }
    }

    /// Sets the link for those who are invited.
    #[must_use]
    pub fn with_join_url(mut self, join_url: Url) -> Self {
        self.join_url = Some(join_url);
        self
    }

    /// The link for those who are invited.
    ///
    /// # Errors
    /// `Conflict` while the provider has not made it yet: some make it a while after the meeting.
    pub fn link(&self) -> Result<&Url> {
        made(self.join_url.as_ref())
    }
}

/// A link, where the provider has made it.
pub(super) fn made(link: Option<&Url>) -> Result<&Url> {
    link.ok_or_else(|| {
        Error::new(ErrorKind::Conflict, "the link to join is not made yet")
            .with_advice("read it again in a moment")
    })
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A join link can carry the passcode.
        f.debug_struct("Meeting")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("duration_minutes", &self.duration_minutes)
            .field("occurrences", &self.occurrences.len())
            .field("has_passcode", &self.passcode.is_some())
            .finish_non_exhaustive()
    }
}

/// One time that a meeting was held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The meeting.
    pub meeting: MeetingId,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; `None` while it is being held.
    pub ended: Option<Timestamp>,
    /// The vendor's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Session {
    /// A session that is being held.
    pub fn new(
        id: impl Into<SessionId>,
        meeting: impl Into<MeetingId>,
        started: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            meeting: meeting.into(),
            started,
            ended: None,
            raw: Raw::None,
        }
    }
}

/// Where somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum ParticipantStatus {
    /// In the meeting.
    Joined,
    /// Waiting to be let in.
    InWaitingRoom,
    /// Gone, by themselves or not.
    Left,
    /// A status of the provider's own.
    Other(String),
}

/// Somebody in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Participant {
    /// Their id.
    pub id: ParticipantId,
    /// The session.
    pub session: SessionId,
    /// The name that they gave.
    pub name: String,
    /// The address, where the provider knows it.
    pub email: Option<String>,
    /// Where they are.
    pub status: ParticipantStatus,
    /// Whether they are muted, where the provider knows it.
    pub muted: Option<bool>,
    /// When they joined, where the provider says.
    pub joined: Option<Timestamp>,
    /// When they left.
    pub left: Option<Timestamp>,
    /// The vendor's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Participant {
    /// Somebody who is in a session.
    pub fn new(
        id: impl Into<ParticipantId>,
        session: impl Into<SessionId>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            session: session.into(),
            name: name.into(),
            email: None,
            status: ParticipantStatus::Joined,
            muted: None,
            joined: None,
            left: None,
            raw: Raw::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::{NewRegistrant, Registrant, RegistrantStatus, Webinar};

    #[test]
    fn links_are_not_shown() {
        let link: Url = "https://example.com/j/1?pwd=canary".parse().unwrap();
        let meeting = Meeting::new("1", "x").with_join_url(link.clone());
        let mut webinar = Webinar::new("1", "x");
        webinar.join_url = Some(link.clone());
        let new = NewRegistrant::new("ada@example.com", "Ada");
        let mut registrant = Registrant::new("1", new, RegistrantStatus::Approved);
        registrant.join_url = Some(link);
        let shown = format!("{meeting:?} {webinar:?} {registrant:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn a_link_that_is_not_made_yet_is_no_link() {
        let error = Meeting::new("1", "x").link().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }

    #[test]
    fn words_that_are_not_known_are_kept() {
        let read: MeetingStatus = serde_json::from_str("\"lobby\"").unwrap();
        assert_eq!(read, MeetingStatus::Other("lobby".to_owned()));
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"lobby\"");
    }
}
