//! Recordings.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::{MeetingId, SessionId};
use super::rules::check_id;
use crate::ByteStream;
use crate::calendar::words::words;
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::raw::Raw;
use crate::time::TimeRange;

crate::id_types! {
    /// The id of a recording: all files of one session.
    RecordingId;
    /// The id of a file of a recording.
    RecordingFileId;
}

/// What a file of a recording is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
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
#[serde(from = "String", into = "String")]
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

words! {
    RecordingFileKind {
        Video = "video",
        Audio = "audio",
        Transcript = "transcript",
        Chat = "chat",
    }
    RecordingStatus {
        Processing = "processing",
        Available = "available",
        Trashed = "trashed",
    }
}

/// A file of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// The vendor's own form, without links that carry a token.
    #[serde(default)]
    pub raw: Raw,
}

impl RecordingFile {
    /// A file.
    pub fn new(id: impl Into<RecordingFileId>, kind: RecordingFileKind) -> Self {
        Self {
            id: id.into(),
            kind,
            media_type: None,
            size: None,
            raw: Raw::None,
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
    /// When it began, where the provider says.
    pub started: Option<Timestamp>,
    /// Its files.
    pub files: Vec<RecordingFile>,
    /// The vendor's own form, without links that carry a token.
    pub raw: Raw,
}

impl Recording {
    /// A recording that can be had.
    pub fn new(id: impl Into<RecordingId>, meeting: impl Into<MeetingId>) -> Self {
        Self {
            id: id.into(),
            meeting: meeting.into(),
            session: None,
            status: RecordingStatus::Available,
            started: None,
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

    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        let meeting = self.meeting.as_ref();
        meeting.map_or(Ok(()), |meeting| check_id(meeting.as_str()))
    }
}

/// How a recording is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
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
    /// `Unsupported` for a way of deleting that is not declared.
    async fn delete_recording(&self, id: &RecordingId, mode: DeleteMode) -> Result<()>;

    /// Takes a recording out of the trash. One that is not in it is no error.
    ///
    /// # Errors
    /// `NotFound` when it is gone for good.
    async fn recover_recording(&self, id: &RecordingId) -> Result<Recording>;
}
