//! What an account has.

use std::collections::BTreeMap;

use integrations_core::calendar::recurrence::{RRule, Recurrence, expand};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::video::{
    Meeting, MeetingId, MeetingKind, MeetingPatch, MeetingSettings, MeetingStatus, NewMeeting,
    Occurrence, OccurrenceId, Panelist, Participant, Recording, RecordingId, Registrant,
    RegistrationTarget, Session, WebinarId, WebinarSettings,
};
use integrations_core::{Error, ErrorKind, ExposeSecret, Result, SecretString};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::older;

/// How many occurrences a meeting shows.
const OCCURRENCES: usize = 50;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Account {
    /// The shape of the file: [`older::VERSION`].
    version: u64,
    pub(super) meetings: BTreeMap<MeetingId, Room>,
    pub(super) webinars: BTreeMap<WebinarId, Held>,
    #[serde(default)]
    pub(super) told: Vec<Told>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            version: older::VERSION,
            meetings: BTreeMap::new(),
            webinars: BTreeMap::new(),
            told: Vec::new(),
        }
    }
}

/// What somebody was told of a cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Told {
    /// Their address.
    pub email: String,
    /// The title of what was cancelled.
    pub topic: String,
}

/// A webinar with those who speak and listen.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) topic: String,
    pub(super) agenda: Option<String>,
    pub(super) start: EventTime,
    pub(super) duration_minutes: u32,
    pub(super) host: Option<String>,
    pub(super) passcode: Option<String>,
    pub(super) host_code: String,
    pub(super) settings: WebinarSettings,
    /// `None` for one of the time when that was not kept.
    pub(super) created: Option<Timestamp>,
    pub(super) panelists: Vec<Panelist>,
    pub(super) registrants: Vec<Registrant>,
}

/// A meeting with everything that hangs on it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Room {
    pub(super) id: MeetingId,
    pub(super) kind: MeetingKind,
    pub(super) status: MeetingStatus,
    pub(super) topic: String,
    pub(super) agenda: Option<String>,
    pub(super) host: Option<String>,
    pub(super) start: Option<EventTime>,
    pub(super) duration_minutes: Option<u32>,
    pub(super) rule: Option<RRule>,
    /// Occurrences that were cancelled, by when the rule has them.
    pub(super) gone: Vec<EventTime>,
    /// Occurrences that were moved.
    pub(super) moved: BTreeMap<OccurrenceId, Occurrence>,
    pub(super) passcode: Option<String>,
    pub(super) host_code: String,
    pub(super) settings: MeetingSettings,
    pub(super) invitees: Vec<String>,
    pub(super) created: Timestamp,
    pub(super) sessions: Vec<Sitting>,
    pub(super) recordings: Vec<Kept>,
    pub(super) registrants: Vec<Registrant>,
}

/// A session with those who were there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sitting {
    pub(super) session: Session,
    pub(super) participants: Vec<Participant>,
    pub(super) recording: Option<RecordingId>,
    pub(super) paused: bool,
}

/// A recording with its bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) recording: Recording,
    pub(super) contents: Vec<String>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The codes are secrets.
        f.debug_struct("Held")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The codes are secrets.
        f.debug_struct("Room")
            .field("id", &self.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

pub(super) fn no_webinar(id: &WebinarId) -> Error {
    Error::not_found(format_args!("the webinar {:?}", id.as_str()))
}

fn no_meeting(id: &MeetingId) -> Error {
    Error::not_found(format_args!("the meeting {:?}", id.as_str()))
}

impl Account {
    pub(super) fn meeting(&self, id: &MeetingId) -> Result<&Room> {
        self.meetings.get(id).ok_or_else(|| no_meeting(id))
    }

    pub(super) fn meeting_mut(&mut self, id: &MeetingId) -> Result<&mut Room> {
        self.meetings.get_mut(id).ok_or_else(|| no_meeting(id))
    }

    /// Those who registered, and whether one can register.
    pub(super) fn registration(
        &mut self,
        target: &RegistrationTarget,
    ) -> Result<(bool, &mut Vec<Registrant>)> {
        match target {
            RegistrationTarget::Meeting(id) => {
                let room = self.meeting_mut(id)?;
                let asks = room.settings.registration == Some(true);
                Ok((asks, &mut room.registrants))
            }
            RegistrationTarget::Webinar(id) => {
                let held = self.webinars.get_mut(id).ok_or_else(|| no_webinar(id))?;
                let asks = held.settings.registration == Some(true);
                Ok((asks, &mut held.registrants))
            }
            _ => Err(Error::unsupported("registration for this")),
        }
    }

    /// Writes down who is told that something is cancelled, each address once.
    pub(super) fn tell(&mut self, topic: &str, emails: impl IntoIterator<Item = String>) {
        let mut seen = Vec::new();
        for email in emails {
            let folded = email.to_lowercase();
            if !seen.contains(&folded) {
                seen.push(folded);
                self.told.push(Told {
                    email,
                    topic: topic.to_owned(),
                });
            }
        }
    }

    pub(super) fn recordings(&self) -> impl Iterator<Item = &Kept> {
        self.meetings.values().flat_map(|room| &room.recordings)
    }

    pub(super) fn recording(&self, id: &RecordingId) -> Result<&Kept> {
        let found = self.recordings().find(|kept| kept.recording.id == *id);
        found.ok_or_else(|| Error::not_found(format_args!("the recording {:?}", id.as_str())))
    }
}

impl Room {
    pub(super) fn new(id: MeetingId, new: &NewMeeting, now: Timestamp) -> Self {
        Self {
            id,
            kind: match (&new.start, &new.recurrence) {
                (None, _) => MeetingKind::Instant,
                (_, Some(_)) => MeetingKind::Recurring,
                _ => MeetingKind::Scheduled,
            },
            status: MeetingStatus::Waiting,
            topic: new.topic.clone(),
            agenda: new.agenda.clone(),
            host: new.host.clone(),
            start: new.start.clone(),
            duration_minutes: new.duration_minutes,
            rule: new.recurrence.clone(),
            gone: Vec::new(),
            moved: BTreeMap::new(),
            passcode: new
                .passcode
                .as_ref()
                .map(|code| code.expose_secret().to_owned()),
            host_code: uuid::Uuid::new_v4().simple().to_string(),
            settings: new.settings.clone(),
            invitees: new.invitees.clone(),
            created: now,
            sessions: Vec::new(),
            recordings: Vec::new(),
            registrants: Vec::new(),
        }
    }

    /// Who is told of what happens to the meeting.
    pub(super) fn audience(&self) -> Vec<String> {
        let registered = self.registrants.iter().map(|one| one.email.clone());
        self.invitees.iter().cloned().chain(registered).collect()
    }

    /// The meeting as callers see it.
    pub(super) fn show(&self) -> Result<Meeting> {
        let link = |rest: &str| {
            let url = Url::parse(&format!("https://meet.invalid/{}{rest}", self.id));
            url.map_err(|_| Error::internal("the link of a meeting is no URL"))
        };
        let mut meeting = Meeting::new(self.id.clone(), &self.topic).with_join_url(link("")?);
        meeting.kind = self.kind.clone();
        meeting.status = self.status.clone();
        meeting.agenda.clone_from(&self.agenda);
        meeting.host.clone_from(&self.host);
        meeting.start.clone_from(&self.start);
        meeting.duration_minutes = self.duration_minutes;
        meeting.recurrence.clone_from(&self.rule);
        meeting.occurrences = self.occurrences()?;
        let start_url = link(&format!("?host={}", self.host_code))?;
        meeting.start_url = Some(SecretString::from(start_url.to_string()));
        meeting.passcode = self.passcode.clone().map(SecretString::from);
        meeting.settings = self.settings.clone();
        meeting.invitees.clone_from(&self.invitees);
        meeting.created = Some(self.created);
        Ok(meeting)
    }

    /// The occurrences, the first ones of many.
    pub(super) fn occurrences(&self) -> Result<Vec<Occurrence>> {
        let (Some(start), Some(rule)) = (&self.start, &self.rule) else {
            return Ok(Vec::new());
        };
        let mut recurrence = Recurrence::from(rule.clone());
        recurrence.except.clone_from(&self.gone);
        let first = start.to_timestamp(&TimeZone::UTC)?;
        let year = SignedDuration::from_hours(366 * 24);
        let window = TimeRange {
            start: first,
            end: first.checked_add(year).unwrap_or(Timestamp::MAX),
        };
        let minutes = self.duration_minutes.unwrap_or_default();
        let starts = expand(start, &recurrence, window, &TimeZone::UTC)?;
        let mut all = Vec::new();
        for start in starts.into_iter().take(OCCURRENCES) {
            let id = occurrence_id(&start)?;
            let moved = self.moved.get(&id).cloned();
            all.push(moved.unwrap_or_else(|| Occurrence::new(id, start, minutes)));
        }
        Ok(all)
    }

    /// When the rule has an occurrence that still takes place.
    pub(super) fn original(&self, id: &OccurrenceId) -> Result<EventTime> {
        let missing = || Error::not_found(format_args!("the occurrence {:?}", id.as_str()));
        let (Some(start), Some(_)) = (&self.start, &self.rule) else {
            return Err(missing());
        };
        let known = self.occurrences()?.into_iter().any(|one| one.id == *id);
        let millis = id.as_str().parse::<i64>().ok().filter(|_| known);
        let instant = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        let instant = instant.ok_or_else(missing)?;
        Ok(match start {
            EventTime::Zoned { tz, .. } => EventTime::Zoned {
                local: tz.time_zone()?.to_datetime(instant),
                tz: tz.clone(),
            },
            _ => EventTime::Utc(instant),
        })
    }

    pub(super) fn patch(&mut self, patch: &MeetingPatch) -> Result<()> {
        if self.status == MeetingStatus::Ended {
            return Err(Error::new(ErrorKind::Conflict, "the meeting has ended"));
        }
        if let Some(topic) = &patch.topic {
            self.topic.clone_from(topic);
        }
        patch.agenda.apply(&mut self.agenda);
        if let Some(minutes) = patch.duration_minutes {
            self.duration_minutes = Some(minutes);
        }
        if let Some(passcode) = &patch.passcode {
            self.passcode = Some(passcode.expose_secret().to_owned());
        }
        if patch.start.is_some() || patch.recurrence.is_some() {
            // Occurrences of the old plan are no longer there to differ.
            self.gone.clear();
            self.moved.clear();
        }
        if let Some(start) = &patch.start {
            self.start = Some(start.clone());
        }
        if let Some(rule) = &patch.recurrence {
            let Some(start) = &self.start else {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "a meeting that began at once does not repeat",
                ));
            };
            Recurrence::from(rule.clone()).check(start)?;
            self.rule = Some(rule.clone());
            self.kind = MeetingKind::Recurring;
        }
        let (own, new) = (&mut self.settings, &patch.settings);
        own.waiting_room = new.waiting_room.or(own.waiting_room);
        own.join_before_host = new.join_before_host.or(own.join_before_host);
        own.mute_on_entry = new.mute_on_entry.or(own.mute_on_entry);
        own.registration = new.registration.or(own.registration);
        if let Some(recording) = &new.auto_recording {
            own.auto_recording = Some(recording.clone());
        }
        Ok(())
    }

    /// Changes one occurrence.
    pub(super) fn patch_occurrence(
        &mut self,
        id: &OccurrenceId,
        patch: &MeetingPatch,
    ) -> Result<()> {
        self.original(id)?;
        let all = self.occurrences()?;
        let Some(mut one) = all.into_iter().find(|one| one.id == *id) else {
            return Err(Error::not_found(format_args!(
                "the occurrence {:?}",
                id.as_str()
            )));
        };
        patch.check(Some(id))?;
        if let Some(start) = &patch.start {
            one.start = start.clone();
        }
        if let Some(minutes) = patch.duration_minutes {
            one.duration_minutes = minutes;
        }
        self.moved.insert(id.clone(), one);
        Ok(())
    }
}

/// The milliseconds since 1970 of the start, as vendors make them.
fn occurrence_id(start: &EventTime) -> Result<OccurrenceId> {
    let instant = start.to_timestamp(&TimeZone::UTC)?;
    Ok(OccurrenceId::new(instant.as_millisecond().to_string()))
}
