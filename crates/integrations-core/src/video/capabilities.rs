//! What a video provider can do, as data.

use serde::Serialize;

use super::groups::{LiveAction, LiveActionKind};
use super::model::{AutoRecording, MeetingSettings, OccurrenceId};
use super::recordings::{DeleteMode, RecordingQuery};
use super::registrants::RegistrationTarget;
use super::request::{CancelOptions, MeetingPatch, MeetingQuery, NewMeeting};
use super::webinars::{NewWebinar, WebinarPatch, WebinarSettings};
use crate::calendar::Patch;
use crate::error::{Error, Result};

/// What a video provider can do. What is false answers `Unsupported` before anything is sent; what
/// is true works. The default is meetings at a time, made, read, listed and cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct VideoCapabilities {
    /// A repeated create with the same key makes one.
    pub idempotent_create: bool,
    /// Meetings that begin at once.
    pub instant: bool,
    /// Meetings that repeat.
    pub recurring: bool,
    /// One occurrence can be changed and cancelled.
    pub occurrences: bool,
    /// Meetings can be changed.
    pub update: bool,
    /// Meetings that are being held can be ended.
    pub end: bool,
    /// An agenda.
    pub agenda: bool,
    /// A passcode of the caller's choice.
    pub passcode: bool,
    /// [`MeetingSettings::waiting_room`].
    pub waiting_room: bool,
    /// [`MeetingSettings::join_before_host`].
    pub join_before_host: bool,
    /// [`MeetingSettings::mute_on_entry`].
    pub mute_on_entry: bool,
    /// Recording by itself, in the cloud.
    pub auto_recording: bool,
    /// Recording by itself, on the host's machine.
    pub auto_recording_local: bool,
    /// Meetings of other users of the account.
    pub hosts: bool,
    /// Invitations by address.
    pub invitees: bool,
    /// Those who are invited or registered can be told of a cancellation
    /// ([`CancelOptions::notify`]).
    pub cancel_notify: bool,
    /// Lists of meetings in a span.
    pub list_range: bool,
    /// Sessions and participants: the group of participants is there.
    pub participants: bool,
    /// What can be done to a meeting that is being held; the group of live control is there when
    /// there is something.
    pub live: Vec<LiveActionKind>,
    /// Recordings: the group is there.
    pub recordings: bool,
    /// Recordings can be deleted for good.
    pub recording_delete: bool,
    /// Recordings can be put into a trash and recovered.
    pub recording_trash: bool,
    /// Registration for meetings, and [`MeetingSettings::registration`]. The group of registrants is
    /// there when this is, or `webinar_registrants`.
    pub registrants: bool,
    /// Registration for webinars, and [`WebinarSettings::registration`].
    pub webinar_registrants: bool,
    /// Registrations can be taken away.
    pub registrant_remove: bool,
    /// Webinars: the group is there.
    pub webinars: bool,
    /// [`WebinarSettings::practice_session`].
    pub practice_session: bool,
}

impl VideoCapabilities {
    /// Meetings at a time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails for a meeting with something that the provider would drop.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_new(&self, new: &NewMeeting) -> Result<()> {
        need(new.start.is_some() || self.instant, "instant")?;
        need(new.recurrence.is_none() || self.recurring, "recurring")?;
        need(new.agenda.is_none() || self.agenda, "agenda")?;
        need(new.passcode.is_none() || self.passcode, "passcode")?;
        need(new.host.is_none() || self.hosts, "hosts")?;
        need(new.invitees.is_empty() || self.invitees, "invitees")?;
        need(
            new.key.is_none() || self.idempotent_create,
            "idempotent_create",
        )?;
        self.settings(&new.settings)
    }

    /// Fails for a change with something that the provider would drop.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_patch(
        &self,
        patch: &MeetingPatch,
        occurrence: Option<&OccurrenceId>,
    ) -> Result<()> {
        need(self.update, "update")?;
        need(occurrence.is_none() || self.occurrences, "occurrences")?;
        need(patch.recurrence.is_none() || self.recurring, "recurring")?;
        need(patch.agenda.is_keep() || self.agenda, "agenda")?;
        need(patch.passcode.is_none() || self.passcode, "passcode")?;
        self.settings(&patch.settings)
    }

    /// Fails for a cancellation that the provider cannot make.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_cancel(
        &self,
        occurrence: Option<&OccurrenceId>,
        options: &CancelOptions,
    ) -> Result<()> {
        need(occurrence.is_none() || self.occurrences, "occurrences")?;
        need(!options.notify || self.cancel_notify, "cancel_notify")
    }

    /// Fails for a list of recordings that the provider cannot give.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_recordings(&self, query: &RecordingQuery) -> Result<()> {
        need(!query.trashed || self.recording_trash, "recording_trash")
    }

    /// Fails for a way of deleting recordings that the provider does not have.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_delete_recording(&self, mode: DeleteMode) -> Result<()> {
        match mode {
            DeleteMode::Trash => need(self.recording_trash, "recording_trash"),
            DeleteMode::Permanent => need(self.recording_delete, "recording_delete"),
        }
    }

    /// Fails for a registration for what the provider does not register for.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_registration(&self, target: &RegistrationTarget) -> Result<()> {
        match target {
            RegistrationTarget::Meeting(_) => need(self.registrants, "registrants"),
            RegistrationTarget::Webinar(_) => need(self.webinar_registrants, "webinar_registrants"),
        }
    }

    /// Fails for a webinar with something that the provider would drop.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_new_webinar(&self, new: &NewWebinar) -> Result<()> {
        need(self.webinars, "webinars")?;
        need(new.agenda.is_none() || self.agenda, "agenda")?;
        need(new.passcode.is_none() || self.passcode, "passcode")?;
        need(new.host.is_none() || self.hosts, "hosts")?;
        need(
            new.key.is_none() || self.idempotent_create,
            "idempotent_create",
        )?;
        self.webinar_settings(&new.settings)
    }

    /// Fails for a change of a webinar with something that the provider would drop.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_webinar_patch(&self, patch: &WebinarPatch) -> Result<()> {
        need(self.webinars, "webinars")?;
        need(patch.agenda == Patch::Keep || self.agenda, "agenda")?;
        need(patch.passcode.is_none() || self.passcode, "passcode")?;
        self.webinar_settings(&patch.settings)
    }

    fn webinar_settings(&self, settings: &WebinarSettings) -> Result<()> {
        need(
            settings.registration.is_none() || self.webinar_registrants,
            "webinar_registrants",
        )?;
        need(
            settings.practice_session.is_none() || self.practice_session,
            "practice_session",
        )?;
        self.recording(settings.auto_recording.as_ref())
    }

    /// Fails for a list that the provider cannot give.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_query(&self, query: &MeetingQuery) -> Result<()> {
        need(query.range.is_none() || self.list_range, "list_range")?;
        need(query.host.is_none() || self.hosts, "hosts")
    }

    /// Fails for an action that the provider does not have.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_live(&self, action: &LiveAction) -> Result<()> {
        if self.live.contains(&action.kind()) {
            return Ok(());
        }
        Err(Error::unsupported(format_args!(
            "live control {:?}",
            action.kind()
        )))
    }

    fn settings(&self, settings: &MeetingSettings) -> Result<()> {
        need(
            settings.waiting_room.is_none() || self.waiting_room,
            "waiting_room",
        )?;
        need(
            settings.join_before_host.is_none() || self.join_before_host,
            "join_before_host",
        )?;
        need(
            settings.mute_on_entry.is_none() || self.mute_on_entry,
            "mute_on_entry",
        )?;
        need(
            settings.registration.is_none() || self.registrants,
            "registrants",
        )?;
        self.recording(settings.auto_recording.as_ref())
    }

    fn recording(&self, auto: Option<&AutoRecording>) -> Result<()> {
        match auto {
            None | Some(AutoRecording::Off) => Ok(()),
            Some(AutoRecording::Local) => need(self.auto_recording_local, "auto_recording_local"),
            Some(_) => need(self.auto_recording, "auto_recording"),
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
