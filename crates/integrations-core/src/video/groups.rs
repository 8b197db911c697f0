//! What not every video provider has: participants and live control.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::{MeetingId, Participant, ParticipantId, Session, SessionId};
use super::rules::{check_address, check_id};
use crate::error::Result;
use crate::page::{Page, PageRequest};

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

    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Invite(email) => check_address(email),
            Self::Admit(id) | Self::Remove(id) | Self::Mute(id) => check_id(id.as_str()),
            _ => Ok(()),
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
