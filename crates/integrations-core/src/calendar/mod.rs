//! Calendars and events.
//!
//! An application holds a [`Calendar`]; a provider implements [`CalendarProvider`].
//!
//! ```
//! use integrations_core::calendar::recurrence::{RRule, Weekday};
//! use integrations_core::calendar::{Attendee, Calendar, CalendarId, EventQuery, NewEvent};
//! use integrations_core::time::{EventTime, TimeRange};
//! use jiff::civil::date;
//!
//! # async fn example(calendar: Calendar, id: CalendarId, june: TimeRange) -> integrations_core::Result<()> {
//! // Every Monday at 9 in Berlin, in summer and in winter.
//! let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
//! let weekly = NewEvent::new("Planning", at(9), at(10))
//!     .with_recurrence(RRule::weekly([Weekday::Monday]))
//!     .with_attendee(Attendee::new("ada@example.com"));
//! calendar.create_event(&id, weekly).await?;
//!
//! for event in calendar.list_events(&id, EventQuery::occurrences(june)).all().await? {
//!     println!("{} {}", event.start, event.summary);
//! }
//! # Ok(()) }
//! ```
//!
//! # What holds for every provider
//!
//! - **Times keep their form** ([`EventTime`](crate::time::EventTime)): a whole day stays a day, a
//!   wall time keeps its zone, and nothing becomes UTC on the way.
//! - **A create that is repeated with its key makes one event.** Without a key the handle makes
//!   one for the attempts of that call, where the provider can use it.
//! - **A change names its part of a series**: [`EditScope::This`], `ThisAndFollowing` or `All`. A
//!   change of one occurrence leaves the others alone.
//! - **A condition that does not hold** is
//!   [`PreconditionFailed`](crate::ErrorKind::PreconditionFailed), and nothing was changed.
//! - **Deleting what is gone succeeds.**
//! - **Synchronisation says when it starts over** ([`SyncResult::reset`]), so that deletions are
//!   never lost with an old token.
//! - A time that is not known is not free: see [`FreeBusy::unknown`].

mod capabilities;
mod check;
mod free_busy;
mod groups;
mod handle;
#[cfg(feature = "mirror")]
pub mod mirror;
#[cfg(feature = "testing")]
mod mock;
mod model;
mod people;
pub mod recurrence;
mod request;
mod span;
pub(crate) mod words;

use async_trait::async_trait;

pub use capabilities::CalendarCapabilities;
pub use free_busy::{BusySpan, FreeBusy, MeetingTimeQuery, WorkingHours};
pub use groups::{
    AclRole, AclRule, AclRuleId, AclScope, AttachmentProvider, Change, NewAttachment,
    SharingProvider, SyncFrom, SyncNext, SyncPage, SyncProvider, SyncResult, SyncToken, Watch,
    WatchId, WatchProvider, WatchRequest,
};
pub use handle::{Attachments, Calendar, Sharing, Watching};
#[cfg(feature = "testing")]
pub use mock::{
    MockAttachmentProvider, MockCalendarProvider, MockSharingProvider, MockSyncProvider,
    MockWatchProvider,
};
pub use model::{
    Attachment, AttachmentId, CalendarId, CalendarInfo, Conference, ETag, Event, EventId,
    EventKind, EventStatus, Reminder, ReminderMethod, Reminders, ShowAs, Visibility,
};
pub use people::{Attendee, AttendeeRole, Participation, Person};
pub use request::{
    CalendarPatch, ConferenceRequest, DeleteOptions, EditScope, EventPatch, EventQuery,
    NewCalendar, NewEvent, Notify, Patch, Rsvp, Subject, UpdateOptions,
};

use crate::error::Result;
use crate::integration::{Integration, unsupported};
use crate::page::{Page, PageRequest};
use crate::time::TimeRange;

/// What a calendar provider implements. Applications hold a [`Calendar`] over it.
///
/// Six methods and the capabilities are required. What [`capabilities`](Self::capabilities)
/// declares must work; what it does not declare must answer `Unsupported` before any byte is sent.
/// The checks of [`CalendarCapabilities`] do that for requests: [`Calendar`] makes them before it
/// calls, and a driver makes them too.
#[async_trait]
pub trait CalendarProvider: Integration {
    /// What this provider can do, as data.
    fn capabilities(&self) -> &CalendarCapabilities;

    /// One page of the account's calendars.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_calendars(&self, page: &PageRequest) -> Result<Page<CalendarInfo>>;

    /// One page of a calendar's events: series, changed occurrences with their series, and events
    /// that stand alone; or, expanded, every occurrence in the order of the starts.
    ///
    /// # Errors
    /// `NotFound` for the calendar.
    async fn list_events(
        &self,
        calendar: &CalendarId,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<Event>>;

    /// An event, a series, or an occurrence of one.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event>;

    /// Makes an event or a series. Repeated with the same key it gives the first one.
    ///
    /// # Errors
    /// `NotFound` for the calendar; `PermissionDenied` for one that cannot be written.
    async fn create_event(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event>;

    /// Changes an event or a part of a series. The answer is the occurrence, the new series, or
    /// the series, as the scope says.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` for another version.
    async fn update_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event>;

    /// Deletes an event or a part of a series. What is gone already is no error.
    ///
    /// # Errors
    /// `PreconditionFailed` for another version.
    async fn delete_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()>;

    /// A calendar.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        let _ = id;
        Err(unsupported(self, "get_calendar"))
    }

    /// Makes a calendar. Repeated with the same key it gives the first one.
    ///
    /// # Errors
    /// What the provider answers.
    async fn create_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo> {
        let _ = new;
        Err(unsupported(self, "calendar_write"))
    }

    /// Changes a calendar.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` for another version.
    async fn update_calendar(
        &self,
        id: &CalendarId,
        patch: &CalendarPatch,
    ) -> Result<CalendarInfo> {
        let _ = (id, patch);
        Err(unsupported(self, "calendar_write"))
    }

    /// Deletes a calendar with all its events. What is gone already is no error.
    ///
    /// # Errors
    /// `PermissionDenied` for one that must stay.
    async fn delete_calendar(&self, id: &CalendarId) -> Result<()> {
        let _ = id;
        Err(unsupported(self, "calendar_write"))
    }

    /// One page of a series' occurrences in a span, in the order of the starts.
    ///
    /// # Errors
    /// `NotFound`.
    async fn instances(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        let _ = (calendar, series, range, page);
        Err(unsupported(self, "expand"))
    }

    /// Moves an event or a series to another calendar of the account, with everything that hangs
    /// on it.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for one occurrence.
    async fn move_event(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
        notify: Notify,
    ) -> Result<Event> {
        let _ = (from, id, to, notify);
        Err(unsupported(self, "move_event"))
    }

    /// Answers an invitation for the account's owner.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the owner is not invited.
    async fn respond(&self, calendar: &CalendarId, id: &EventId, rsvp: &Rsvp) -> Result<Event> {
        let _ = (calendar, id, rsvp);
        Err(unsupported(self, "respond"))
    }

    /// When subjects are busy, one answer per subject in the order given. One that is not known is
    /// [`FreeBusy::unknown`] and not an error of the call.
    ///
    /// # Errors
    /// What the provider answers.
    async fn free_busy(&self, subjects: &[Subject], range: TimeRange) -> Result<Vec<FreeBusy>> {
        let _ = (subjects, range);
        Err(unsupported(self, "free_busy"))
    }

    /// Sharing, where [`CalendarCapabilities::sharing`] says so.
    fn sharing(&self) -> Option<&dyn SharingProvider> {
        None
    }

    /// Attachments, where [`CalendarCapabilities::attachments`] says so.
    fn attachments(&self) -> Option<&dyn AttachmentProvider> {
        None
    }

    /// Synchronisation, where [`CalendarCapabilities::sync`] says so.
    fn sync(&self) -> Option<&dyn SyncProvider> {
        None
    }

    /// Watching, where [`CalendarCapabilities::watching`] says so.
    fn watching(&self) -> Option<&dyn WatchProvider> {
        None
    }
}
