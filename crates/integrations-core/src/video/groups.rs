//! What not every video provider has: participants, live control, recordings, registrants,
//! webinars.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::model::{MeetingId, Participant, ParticipantId, Session, SessionId};
use super::request::{check_address, check_text, check_topic, refuse};
use crate::error::Result;
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageRequest};
use crate::raw::Raw;
use crate::storage::ByteStream;
use crate::time::{EventTime, TimeRange};

crate::id_types! {
    /// The id of a recording: all files of one session.
    RecordingId;
    /// The id of a file of a recording.
    RecordingFileId;
    /// The id of somebody who registered.
    RegistrantId;
    /// The id of a webinar.
    WebinarId;
    /// The id of somebody who speaks at a webinar.
    PanelistId;
}

/// Sessions and who was in them.
#[async_trait]
pub trait ParticipantProvider: Send + Sync {
    /// One page of the times that a meeting was held, the one that is being held included.
    ///
    /// # Errors
    /// `NotFound` for the meeting.
    async fn list_sessions(&self, meeting: &MeetingId, page: &PageRequest)
    -> Result<Page<Session>>;

    /// One page of those who are or were in a session.
    ///
    /// # Errors
    /// `NotFound` for the session.
    async fn list_participants(
        &self,
        meeting: &MeetingId,
        session: &SessionId,
        page: &PageRequest,
    ) -> Result<Page<Participant>>;
}

/// What can be done to a meeting that is being held.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiveAction {
    /// Begins to record.
    StartRecording,
    /// Ends the recording.
    StopRecording,
    /// Interrupts the recording.
    PauseRecording,
    /// Goes on with the recording.
    ResumeRecording,
    /// Switches the waiting room on or off.
    WaitingRoom(bool),
    /// Calls somebody in, by address.
    Invite(String),
    /// Lets somebody in from the waiting room.
    Admit(ParticipantId),
    /// Puts somebody out.
    Remove(ParticipantId),
    /// Mutes somebody.
    Mute(ParticipantId),
}

/// The kinds of [`LiveAction`], for capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LiveActionKind {
    /// Starting and stopping the recording.
    Recording,
    /// Interrupting the recording and going on.
    PauseRecording,
    /// The waiting room.
    WaitingRoom,
    /// Calling somebody in.
    Invite,
    /// Letting somebody in.
    Admit,
    /// Putting somebody out.
    Remove,
    /// Muting somebody.
    Mute,
}

impl LiveAction {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> LiveActionKind {
        match self {
            Self::StartRecording | Self::StopRecording => LiveActionKind::Recording,
            Self::PauseRecording | Self::ResumeRecording => LiveActionKind::PauseRecording,
            Self::WaitingRoom(_) => LiveActionKind::WaitingRoom,
            Self::Invite(_) => LiveActionKind::Invite,
            Self::Admit(_) => LiveActionKind::Admit,
            Self::Remove(_) => LiveActionKind::Remove,
            Self::Mute(_) => LiveActionKind::Mute,
        }
    }
}

/// Control of meetings that are being held.
#[async_trait]
pub trait LiveProvider: Send + Sync {
    /// Does something to a meeting. Providers take some of it and carry it out later.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the meeting is not being held, or not in a state for it;
    /// `Unsupported` for a kind that is not declared.
    async fn control(&self, meeting: &MeetingId, action: &LiveAction) -> Result<()>;
}

/// What a file of a recording is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordingFileKind {
    /// Pictures and sound.
    Video,
    /// Sound alone.
    Audio,
    /// What was said, as text.
    Transcript,
    /// What was written.
    Chat,
    /// A kind of the provider's own.
    Other(String),
}

/// Whether a recording can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordingStatus {
    /// It is being made.
    Processing,
    /// It can be downloaded.
    Available,
    /// It is in the trash and can be recovered.
    Trashed,
    /// A status of the provider's own. It is not taken for available.
    Other(String),
}

/// A file of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordingFile {
    /// Its id.
    pub id: RecordingFileId,
    /// What it is.
    pub kind: RecordingFileKind,
    /// Its media type.
    pub media_type: Option<String>,
    /// How many bytes it has.
    pub size: Option<u64>,
}

impl RecordingFile {
    /// A file.
    pub fn new(id: impl Into<RecordingFileId>, kind: RecordingFileKind) -> Self {
        Self {
            id: id.into(),
            kind,
            media_type: None,
            size: None,
        }
    }
}

/// What was recorded of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// The meeting.
    pub meeting: MeetingId,
    /// The session.
    pub session: Option<SessionId>,
    /// Whether it can be had.
    pub status: RecordingStatus,
    /// When it began.
    pub started: Timestamp,
    /// Its files.
    pub files: Vec<RecordingFile>,
    /// The vendor's own form, without links that carry a token.
    pub raw: Raw,
}

impl Recording {
    /// A recording that can be had.
    pub fn new(
        id: impl Into<RecordingId>,
        meeting: impl Into<MeetingId>,
        started: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            meeting: meeting.into(),
            session: None,
            status: RecordingStatus::Available,
            started,
            files: Vec::new(),
            raw: Raw::None,
        }
    }
}

/// Which recordings are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RecordingQuery {
    /// Of this meeting.
    pub meeting: Option<MeetingId>,
    /// Begun in this span. A span longer than the provider takes at once is asked for in parts by
    /// the driver.
    pub range: Option<TimeRange>,
    /// Those in the trash instead.
    pub trashed: bool,
}

impl RecordingQuery {
    /// The recordings of a meeting.
    pub fn of(meeting: impl Into<MeetingId>) -> Self {
        Self {
            meeting: Some(meeting.into()),
            ..Self::default()
        }
    }

    /// Those in the trash instead.
    #[must_use]
    pub fn trashed(mut self) -> Self {
        self.trashed = true;
        self
    }
}

/// How a recording is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteMode {
    /// Into the trash, from which it can be recovered for a while.
    Trash,
    /// For good.
    Permanent,
}

/// The bytes of a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Download {
    /// How many there are.
    pub size: Option<u64>,
    /// Their media type.
    pub media_type: Option<String>,
    /// They themselves. Through [`Recordings`](super::Recordings) it ends with an error when fewer
    /// come than `size` says.
    pub body: ByteStream,
}

impl Download {
    /// Bytes of an unknown type.
    #[must_use]
    pub fn new(size: Option<u64>, body: ByteStream) -> Self {
        Self {
            size,
            media_type: None,
            body,
        }
    }
}

/// Recordings.
#[async_trait]
pub trait RecordingProvider: Send + Sync {
    /// One page of recordings, the latest first.
    ///
    /// # Errors
    /// `NotFound` for the meeting.
    async fn list_recordings(
        &self,
        query: &RecordingQuery,
        page: &PageRequest,
    ) -> Result<Page<Recording>>;

    /// A recording.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_recording(&self, id: &RecordingId) -> Result<Recording>;

    /// The bytes of a file. The provider's credentials go to its own hosts only, whatever a
    /// redirect says.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is being made.
    async fn download(&self, recording: &RecordingId, file: &RecordingFileId) -> Result<Download>;

    /// Deletes a recording with all its files. What is gone already is no error.
    ///
    /// # Errors
    /// What the provider answers.
    async fn delete_recording(&self, id: &RecordingId, mode: DeleteMode) -> Result<()>;

    /// Takes a recording out of the trash. One that is not in it is no error.
    ///
    /// # Errors
    /// `NotFound` when it is gone for good.
    async fn recover_recording(&self, id: &RecordingId) -> Result<Recording>;
}

/// Whether somebody who registered may join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RegistrantStatus {
    /// Not decided.
    Pending,
    /// Yes.
    Approved,
    /// No.
    Denied,
    /// They called off.
    Cancelled,
    /// A status of the provider's own. It is not taken for approved.
    Other(String),
}

/// Somebody who registers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewRegistrant {
    /// Their address.
    pub email: String,
    /// Their first name.
    pub first_name: String,
    /// Their last name.
    pub last_name: Option<String>,
}

impl NewRegistrant {
    /// Somebody by address and first name.
    pub fn new(email: impl Into<String>, first_name: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            first_name: first_name.into(),
            last_name: None,
        }
    }

    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        check_address(&self.email)?;
        check_topic(&self.first_name).or_else(|_| refuse("a name is one line and not empty"))
    }
}

/// Somebody who registered. Providers keep one per address: who registers again is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Registrant {
    /// Their id.
    pub id: RegistrantId,
    /// Their address.
    pub email: String,
    /// Their first name.
    pub first_name: String,
    /// Their last name.
    pub last_name: Option<String>,
    /// Whether they may join.
    pub status: RegistrantStatus,
    /// Their own link, once they may.
    pub join_url: Option<Url>,
}

impl Registrant {
    /// Somebody who registered.
    pub fn new(id: impl Into<RegistrantId>, new: NewRegistrant, status: RegistrantStatus) -> Self {
        Self {
            id: id.into(),
            email: new.email,
            first_name: new.first_name,
            last_name: new.last_name,
            status,
            join_url: None,
        }
    }
}

/// Registration for meetings that ask for it.
#[async_trait]
pub trait RegistrantProvider: Send + Sync {
    /// Registers somebody. The same address twice is one registration.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a meeting that does not ask for registration.
    async fn add_registrant(&self, meeting: &MeetingId, new: &NewRegistrant) -> Result<Registrant>;

    /// One page of those who registered.
    ///
    /// # Errors
    /// `NotFound`.
    async fn list_registrants(
        &self,
        meeting: &MeetingId,
        status: Option<RegistrantStatus>,
        page: &PageRequest,
    ) -> Result<Page<Registrant>>;

    /// Decides on somebody.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a status that cannot be given.
    async fn set_registrant_status(
        &self,
        meeting: &MeetingId,
        registrant: &RegistrantId,
        status: &RegistrantStatus,
    ) -> Result<()>;
}

/// A webinar to make.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewWebinar {
    /// Its title: one line of 1 to 200 characters.
    pub topic: String,
    /// What it is about.
    pub agenda: Option<String>,
    /// When it starts.
    pub start: EventTime,
    /// How long it is planned, in minutes: 1 to 1440.
    pub duration_minutes: u32,
    /// Makes a repeated call one webinar; without it the call makes its own.
    pub key: Option<IdempotencyKey>,
}

impl NewWebinar {
    /// A webinar at a time, of so many minutes.
    pub fn new(topic: impl Into<String>, start: impl Into<EventTime>, minutes: u32) -> Self {
        Self {
            topic: topic.into(),
            agenda: None,
            start: start.into(),
            duration_minutes: minutes,
            key: None,
        }
    }

    /// Makes a repeated call one webinar.
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
        // The rules of meetings are those of webinars.
        let mut meeting =
            super::NewMeeting::scheduled(&self.topic, self.start.clone(), self.duration_minutes);
        meeting.agenda.clone_from(&self.agenda);
        meeting.check()
    }
}

/// Changes to a webinar. What is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WebinarPatch {
    /// A new title.
    pub topic: Option<String>,
    /// What it is about.
    pub agenda: Option<String>,
    /// When it starts.
    pub start: Option<EventTime>,
    /// How long it is planned, in minutes.
    pub duration_minutes: Option<u32>,
}

impl WebinarPatch {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        check_text(self.agenda.as_deref())?;
        let mut patch = super::MeetingPatch::default();
        patch.topic.clone_from(&self.topic);
        patch.start.clone_from(&self.start);
        patch.duration_minutes = self.duration_minutes;
        if patch.is_empty() && self.agenda.is_some() {
            return Ok(());
        }
        patch.check(None)
    }
}

/// A webinar: few speak, many listen.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Webinar {
    /// Its id.
    pub id: WebinarId,
    /// Its title.
    pub topic: String,
    /// What it is about.
    pub agenda: Option<String>,
    /// When it starts.
    pub start: EventTime,
    /// How long it is planned, in minutes.
    pub duration_minutes: u32,
    /// The link for those who listen.
    pub join_url: Url,
    /// The vendor's own form, without secrets.
    pub raw: Raw,
}

impl Webinar {
    /// A webinar.
    pub fn new(id: impl Into<WebinarId>, new: &NewWebinar, join_url: Url) -> Self {
        Self {
            id: id.into(),
            topic: new.topic.clone(),
            agenda: new.agenda.clone(),
            start: new.start.clone(),
            duration_minutes: new.duration_minutes,
            join_url,
            raw: Raw::None,
        }
    }
}

/// Somebody who speaks at a webinar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Panelist {
    /// Their id.
    pub id: PanelistId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

impl Panelist {
    /// Somebody who speaks.
    pub fn new(
        id: impl Into<PanelistId>,
        name: impl Into<String>,
        email: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            email: email.into(),
        }
    }
}

/// Webinars.
#[async_trait]
pub trait WebinarProvider: Send + Sync {
    /// Makes a webinar. Repeated with the same key it gives the first one.
    ///
    /// # Errors
    /// What the provider answers.
    async fn create_webinar(&self, new: &NewWebinar) -> Result<Webinar>;

    /// A webinar.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_webinar(&self, id: &WebinarId) -> Result<Webinar>;

    /// One page of webinars.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_webinars(&self, page: &PageRequest) -> Result<Page<Webinar>>;

    /// Changes a webinar.
    ///
    /// # Errors
    /// `NotFound`.
    async fn update_webinar(&self, id: &WebinarId, patch: &WebinarPatch) -> Result<Webinar>;

    /// Cancels a webinar. What is gone already is no error.
    ///
    /// # Errors
    /// What the provider answers.
    async fn cancel_webinar(&self, id: &WebinarId) -> Result<()>;

    /// Lets somebody speak. The same address twice is one.
    ///
    /// # Errors
    /// `NotFound`.
    async fn add_panelist(&self, id: &WebinarId, name: &str, email: &str) -> Result<Panelist>;

    /// One page of those who speak.
    ///
    /// # Errors
    /// `NotFound`.
    async fn list_panelists(&self, id: &WebinarId, page: &PageRequest) -> Result<Page<Panelist>>;

    /// Lets somebody speak no longer. One who does not is no error.
    ///
    /// # Errors
    /// `NotFound` for the webinar.
    async fn remove_panelist(&self, id: &WebinarId, panelist: &PanelistId) -> Result<()>;
}
