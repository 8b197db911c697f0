//! Video meetings.
//!
//! An application holds [`Meetings`]; a provider implements [`VideoProvider`].
//!
//! ```
//! use integrations_core::time::EventTime;
//! use integrations_core::video::{Meetings, NewMeeting};
//! use jiff::civil::date;
//!
//! # async fn example(meetings: Meetings) -> integrations_core::Result<()> {
//! let start = EventTime::zoned(date(2026, 6, 1).at(9, 0, 0, 0), "Europe/Berlin");
//! let new = NewMeeting::scheduled("Review", start, 30).with_key("review-42".parse()?);
//! let meeting = meetings.create_meeting(new).await?;
//! println!("join at {}", meeting.link()?);
//!
//! meetings.cancel_meeting(&meeting.id).await?;
//! # Ok(()) }
//! ```
//!
//! # What holds for every provider
//!
//! - **A create that is repeated with its key makes one meeting.** Without a key the handle makes
//!   one for the attempts of that call, where the provider can use it.
//! - **Cancelling what is gone succeeds.**
//! - **A start keeps its zone**: a meeting that repeats at nine stays at nine.
//! - **The host's link and the passcode are secrets**: no `Debug` shows them.
//! - **A download ends with an error when it is short**, never silently.
//! - An action on a meeting that is not being held is a
//!   [`Conflict`](crate::ErrorKind::Conflict).

mod capabilities;
mod groups;
mod handle;
#[cfg(feature = "testing")]
mod mock;
mod model;
mod recordings;
mod registrants;
mod request;
mod rules;
mod webinars;

use async_trait::async_trait;

pub use capabilities::VideoCapabilities;
pub use groups::{LiveAction, LiveActionKind, LiveProvider, ParticipantProvider};
pub use handle::{Meetings, Participants, Recordings, Registrants, Webinars};
#[cfg(feature = "testing")]
pub use mock::{
    MockLiveProvider, MockParticipantProvider, MockRecordingProvider, MockRegistrantProvider,
    MockVideoProvider, MockWebinarProvider,
};
pub use model::{
    AutoRecording, Meeting, MeetingId, MeetingKind, MeetingSettings, MeetingStatus, Occurrence,
    OccurrenceId, Participant, ParticipantId, ParticipantStatus, Session, SessionId,
};
pub use recordings::{
    DeleteMode, Download, Recording, RecordingFile, RecordingFileId, RecordingFileKind,
    RecordingId, RecordingProvider, RecordingQuery, RecordingStatus,
};
pub use registrants::{
    NewRegistrant, Registrant, RegistrantId, RegistrantProvider, RegistrantStatus,
    RegistrationTarget,
};
pub use request::{
    CancelOptions, MeetingPatch, MeetingQuery, MeetingState, MeetingTarget, NewMeeting,
};
pub use webinars::{
    NewWebinar, Panelist, PanelistId, Webinar, WebinarId, WebinarPatch, WebinarProvider,
    WebinarSettings,
};

use crate::error::Result;
use crate::integration::{Integration, unsupported};
use crate::page::{Page, PageRequest};

/// What a video provider implements. Applications hold [`Meetings`] over it.
///
/// Four methods and the capabilities are required. What [`capabilities`](Self::capabilities)
/// declares must work; what it does not declare must answer `Unsupported` before any byte is sent.
/// The checks of [`VideoCapabilities`] do that for requests: [`Meetings`] makes them before it
/// calls, and a driver makes them too.
#[async_trait]
pub trait VideoProvider: Integration {
    /// What this provider can do, as data.
    fn capabilities(&self) -> &VideoCapabilities;

    /// Makes a meeting. Repeated with the same key it gives the first one.
    ///
    /// # Errors
    /// `NotFound` for the host.
    async fn create_meeting(&self, new: &NewMeeting) -> Result<Meeting>;

    /// A meeting.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_meeting(&self, id: &MeetingId) -> Result<Meeting>;

    /// One page of meetings.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_meetings(
        &self,
        query: &MeetingQuery,
        page: &PageRequest,
    ) -> Result<Page<Meeting>>;

    /// Cancels a meeting or one occurrence. What is gone already is no error.
    ///
    /// # Errors
    /// `Conflict` for one that is being held: end it.
    async fn cancel_meeting(&self, target: &MeetingTarget, options: &CancelOptions) -> Result<()>;

    /// Changes a meeting, or the start and duration of one occurrence.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for one that has ended.
    async fn update_meeting(
        &self,
        target: &MeetingTarget,
        patch: &MeetingPatch,
    ) -> Result<Meeting> {
        let _ = (target, patch);
        Err(unsupported(self, "update"))
    }

    /// Ends a meeting that is being held, for everybody. One that is not is no error.
    ///
    /// # Errors
    /// `NotFound`.
    async fn end_meeting(&self, id: &MeetingId) -> Result<()> {
        let _ = id;
        Err(unsupported(self, "end"))
    }

    /// Sessions and participants, where [`VideoCapabilities::participants`] says so.
    fn participants(&self) -> Option<&dyn ParticipantProvider> {
        None
    }

    /// Live control, where [`VideoCapabilities::live`] has something.
    fn live(&self) -> Option<&dyn LiveProvider> {
        None
    }

    /// Recordings, where [`VideoCapabilities::recordings`] says so.
    fn recordings(&self) -> Option<&dyn RecordingProvider> {
        None
    }

    /// Registration, where [`VideoCapabilities::registrants`] or
    /// [`VideoCapabilities::webinar_registrants`] says so.
    fn registrants(&self) -> Option<&dyn RegistrantProvider> {
        None
    }

    /// Webinars, where [`VideoCapabilities::webinars`] says so.
    fn webinars(&self) -> Option<&dyn WebinarProvider> {
        None
    }
}
