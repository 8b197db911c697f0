//! What is asked of a provider.

use std::fmt;

use secrecy::SecretString;

use super::model::{MeetingId, MeetingSettings, OccurrenceId};
use super::rules::{Plan, check_address, check_id, check_rule, refuse, set};
use crate::calendar::Patch;
use crate::calendar::recurrence::RRule;
use crate::error::Result;
use crate::idempotency::IdempotencyKey;
use crate::time::{EventTime, TimeRange};

/// A meeting to make. `Debug` does not show the passcode.
#[derive(Clone)]
#[non_exhaustive]
pub struct NewMeeting {
    /// Its title: one line of 1 to 200 characters, which every provider takes.
    pub topic: String,
    /// What it is about.
    pub agenda: Option<String>,
    /// Whose it is, as the provider names users; `None` is the account's own user.
    pub host: Option<String>,
    /// When it starts, as a wall time in a zone or an instant; `None` begins it at once.
    pub start: Option<EventTime>,
    /// How long it is planned, in minutes: 1 to 1440.
    pub duration_minutes: Option<u32>,
    /// How it repeats.
    pub recurrence: Option<RRule>,
    /// What those who join have to know; `None` is the provider's default.
    pub passcode: Option<SecretString>,
    /// How it is held.
    pub settings: MeetingSettings,
    /// Who is invited, by address.
    pub invitees: Vec<String>,
    /// Makes a repeated call one meeting; without it the call makes its own.
    pub key: Option<IdempotencyKey>,
}

impl NewMeeting {
    /// A meeting that begins at once.
    pub fn instant(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            agenda: None,
            host: None,
            start: None,
            duration_minutes: None,
            recurrence: None,
            passcode: None,
            settings: MeetingSettings::default(),
            invitees: Vec::new(),
            key: None,
        }
    }

    /// A meeting at a time, of so many minutes.
    pub fn scheduled(topic: impl Into<String>, start: impl Into<EventTime>, minutes: u32) -> Self {
        let mut new = Self::instant(topic);
        new.start = Some(start.into());
        new.duration_minutes = Some(minutes);
        new
    }

    /// Makes it repeat.
    #[must_use]
    pub fn with_recurrence(mut self, rule: RRule) -> Self {
        self.recurrence = Some(rule);
        self
    }

    /// Sets what it is about.
    #[must_use]
    pub fn with_agenda(mut self, agenda: impl Into<String>) -> Self {
        self.agenda = Some(agenda.into());
        self
    }

    /// Sets what those who join have to know.
    #[must_use]
    pub fn with_passcode(mut self, passcode: impl Into<String>) -> Self {
        self.passcode = Some(SecretString::from(passcode.into()));
        self
    }

    /// Sets how it is held.
    #[must_use]
    pub fn with_settings(mut self, settings: MeetingSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Makes a repeated call one meeting.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        let plan = Plan {
            topic: Some(&self.topic),
            agenda: self.agenda.as_deref(),
            host: self.host.as_deref(),
            start: self.start.as_ref(),
            duration_minutes: self.duration_minutes,
            passcode: self.passcode.as_ref(),
        };
        plan.check()?;
        match (&self.start, &self.recurrence) {
            (Some(start), Some(rule)) => check_rule(rule, start)?,
            (None, Some(_)) => return refuse("a meeting that begins at once does not repeat"),
            (_, None) => {}
        }
        self.invitees
            .iter()
            .try_for_each(|email| check_address(email))
    }
}

impl fmt::Debug for NewMeeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMeeting")
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("duration_minutes", &self.duration_minutes)
            .field("key", &self.key)
            .field("has_passcode", &self.passcode.is_some())
            .finish_non_exhaustive()
    }
}

/// Changes to a meeting. What is not named stays.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct MeetingPatch {
    /// A new title.
    pub topic: Option<String>,
    /// What it is about.
    pub agenda: Patch<String>,
    /// When it starts.
    pub start: Option<EventTime>,
    /// How long it is planned, in minutes.
    pub duration_minutes: Option<u32>,
    /// How it repeats.
    pub recurrence: Option<RRule>,
    /// What those who join have to know.
    pub passcode: Option<SecretString>,
    /// How it is held: what is `None` stays.
    pub settings: MeetingSettings,
}

impl MeetingPatch {
    /// A new title.
    #[must_use]
    pub fn with_topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = Some(topic.into());
        self
    }

    /// Another start.
    #[must_use]
    pub fn with_start(mut self, start: impl Into<EventTime>) -> Self {
        self.start = Some(start.into());
        self
    }

    /// Another duration.
    #[must_use]
    pub fn with_duration(mut self, minutes: u32) -> Self {
        self.duration_minutes = Some(minutes);
        self
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topic.is_none()
            && self.agenda.is_keep()
            && self.start.is_none()
            && self.duration_minutes.is_none()
            && self.recurrence.is_none()
            && self.passcode.is_none()
            && self.settings == MeetingSettings::default()
    }

    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self, occurrence: Option<&OccurrenceId>) -> Result<()> {
        if self.is_empty() {
            return refuse("the patch changes nothing");
        }
        let plan = Plan {
            topic: self.topic.as_deref(),
            agenda: set(&self.agenda),
            host: None,
            start: self.start.as_ref(),
            duration_minutes: self.duration_minutes,
            passcode: self.passcode.as_ref(),
        };
        plan.check()?;
        // What all providers with occurrences can change of one.
        let others = self.topic.is_some()
            || !self.agenda.is_keep()
            || self.recurrence.is_some()
            || self.passcode.is_some()
            || self.settings != MeetingSettings::default();
        if occurrence.is_some() && others {
            return refuse("of one occurrence the start and the duration can be changed");
        }
        match (&self.recurrence, &self.start) {
            (Some(rule), Some(start)) => check_rule(rule, start),
            (Some(rule), None) => rule.check(),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for MeetingPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeetingPatch")
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("duration_minutes", &self.duration_minutes)
            .finish_non_exhaustive()
    }
}

/// Which part of a meeting is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeetingTarget {
    /// The meeting.
    pub meeting: MeetingId,
    /// One occurrence of it; `None` is all of it.
    pub occurrence: Option<OccurrenceId>,
}

impl MeetingTarget {
    /// One occurrence of a meeting.
    pub fn occurrence(meeting: impl Into<MeetingId>, occurrence: impl Into<OccurrenceId>) -> Self {
        Self {
            meeting: meeting.into(),
            occurrence: Some(occurrence.into()),
        }
    }
}

impl From<MeetingId> for MeetingTarget {
    fn from(meeting: MeetingId) -> Self {
        Self {
            meeting,
            occurrence: None,
        }
    }
}

impl From<&MeetingId> for MeetingTarget {
    fn from(meeting: &MeetingId) -> Self {
        meeting.clone().into()
    }
}

/// How a meeting or a webinar is cancelled. The default tells nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CancelOptions {
    /// Those who are invited or registered are told by the provider.
    pub notify: bool,
}

impl CancelOptions {
    /// Those who are invited or registered are told by the provider.
    #[must_use]
    pub fn notify() -> Self {
        Self { notify: true }
    }
}

/// Which meetings are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MeetingState {
    /// All that the provider lists.
    #[default]
    Any,
    /// Those to come, and those that repeat.
    Upcoming,
    /// Those that are being held.
    Live,
    /// Those that were held and will not be again.
    Past,
}

/// Which meetings are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MeetingQuery {
    /// In what state.
    pub state: MeetingState,
    /// Those that start in this span. A meeting that repeats does when an occurrence does.
    pub range: Option<TimeRange>,
    /// Whose, as the provider names users; `None` is the account's own user.
    pub host: Option<String>,
}

impl MeetingQuery {
    /// Meetings in a state.
    #[must_use]
    pub fn state(state: MeetingState) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    /// Only those that start in this span.
    #[must_use]
    pub fn with_range(mut self, range: TimeRange) -> Self {
        self.range = Some(range);
        self
    }

    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        self.host.as_deref().map_or(Ok(()), check_id)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::recurrence::Frequency;

    fn nine() -> EventTime {
        EventTime::zoned(date(2026, 6, 1).at(9, 0, 0, 0), "Europe/Berlin")
    }

    #[test]
    fn what_no_provider_could_take_is_refused() {
        let mut repeats_at_once = NewMeeting::instant("x");
        repeats_at_once.recurrence = Some(RRule::daily());
        let hourly =
            NewMeeting::scheduled("x", nine(), 30).with_recurrence(RRule::new(Frequency::Hourly));
        for wrong in [
            NewMeeting::instant(" "),
            NewMeeting::instant("two\nlines"),
            NewMeeting::instant("x".repeat(201)),
            NewMeeting::scheduled("x", date(2026, 6, 1), 30),
            NewMeeting::scheduled(
                "x",
                EventTime::zoned(date(2026, 6, 1).at(9, 0, 0, 0), "Europe/Atlantis"),
                30,
            ),
            NewMeeting::scheduled("x", nine(), 0),
            NewMeeting::scheduled("x", nine(), 1441),
            NewMeeting::instant("x").with_passcode("with blank"),
            repeats_at_once,
            hourly,
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
        NewMeeting::scheduled("x", nine(), 30)
            .with_recurrence(RRule::daily())
            .check()
            .unwrap();
    }

    #[test]
    fn the_passcode_is_not_shown() {
        let new = NewMeeting::instant("x").with_passcode("open-sesame");
        assert!(!format!("{new:?}").contains("sesame"));
    }

    #[test]
    fn a_patch_changes_something() {
        assert!(MeetingPatch::default().check(None).is_err());
        let rule = MeetingPatch {
            recurrence: Some(RRule::daily()),
            ..MeetingPatch::default()
        };
        rule.check(None).unwrap();
        assert!(rule.check(Some(&"1".into())).is_err());
    }
}
