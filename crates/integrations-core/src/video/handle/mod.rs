//! What an application holds.

mod groups;
mod registrants;
mod webinars;

use std::sync::Arc;

pub use groups::{Participants, Recordings};
pub use registrants::Registrants;
pub use webinars::Webinars;

use super::groups::LiveAction;
use super::model::{Meeting, MeetingId};
use super::request::{CancelOptions, MeetingPatch, MeetingQuery, MeetingTarget, NewMeeting};
use super::rules::check_id;
use super::{VideoCapabilities, VideoProvider};
use crate::call;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::page::{PageRequest, Paged};

/// The video meetings of an account. Cheap to clone; clones share the provider.
#[derive(Debug, Clone)]
pub struct Meetings(Arc<dyn VideoProvider>);

impl Meetings {
    /// Meetings over a provider.
    pub fn new(provider: impl VideoProvider + 'static) -> Self {
        Self(Arc::new(provider))
    }

    /// Meetings over a shared provider.
    #[must_use]
    pub fn from_arc(provider: Arc<dyn VideoProvider>) -> Self {
        Self(provider)
    }

    /// The provider itself: its descriptor, status, health.
    #[must_use]
    pub fn provider(&self) -> &Arc<dyn VideoProvider> {
        &self.0
    }

    /// What the provider can do.
    #[must_use]
    pub fn capabilities(&self) -> &VideoCapabilities {
        self.0.capabilities()
    }

    /// Makes a meeting. Repeated with the same key it gives the first one; without a key, one is
    /// made for the attempts of this call where the provider can use it.
    ///
    /// # Errors
    /// `InvalidInput`; `Unsupported` for a field that the provider would drop.
    pub async fn create_meeting(&self, new: NewMeeting) -> Result<Meeting> {
        call::run(&*self.0, "create_meeting", async {
            new.check()?;
            self.capabilities().check_new(&new)?;
            let mut new = new;
            if new.key.is_none() && self.capabilities().idempotent_create {
                new.key = Some(IdempotencyKey::random());
            }
            self.0.create_meeting(&new).await
        })
        .await
    }

    /// A meeting.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_meeting(&self, id: &MeetingId) -> Result<Meeting> {
        call::run(&*self.0, "get_meeting", async {
            check_id(id.as_str())?;
            self.0.get_meeting(id).await
        })
        .await
    }

    /// Meetings, complete.
    #[must_use]
    pub fn list_meetings(&self, query: MeetingQuery) -> Paged<Meeting> {
        self.list_meetings_from(query, PageRequest::default())
    }

    /// [`list_meetings`](Self::list_meetings) from a page on, or with a page size.
    #[must_use]
    pub fn list_meetings_from(&self, query: MeetingQuery, first: PageRequest) -> Paged<Meeting> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                call::run(&*this.0, "list_meetings", async {
                    query.check()?;
                    this.capabilities().check_query(&query)?;
                    this.0.list_meetings(&query, &page).await
                })
                .await
            }
        })
    }

    /// Changes a meeting, or the start and duration of one occurrence.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput`; `Unsupported`; `Conflict` for one that has ended.
    pub async fn update_meeting(
        &self,
        target: impl Into<MeetingTarget>,
        patch: MeetingPatch,
    ) -> Result<Meeting> {
        let target = target.into();
        call::run(&*self.0, "update_meeting", async {
            check_target(&target)?;
            patch.check(target.occurrence.as_ref())?;
            self.capabilities()
                .check_patch(&patch, target.occurrence.as_ref())?;
            self.0.update_meeting(&target, &patch).await
        })
        .await
    }

    /// Cancels a meeting or one occurrence, and tells nobody. What is gone already is no error.
    ///
    /// # Errors
    /// `Conflict` for one that is being held: end it.
    pub async fn cancel_meeting(&self, target: impl Into<MeetingTarget>) -> Result<()> {
        self.cancel_meeting_with(target, CancelOptions::default())
            .await
    }

    /// Cancels a meeting or one occurrence, and tells those who are invited where the options say
    /// so. What is gone already is no error.
    ///
    /// # Errors
    /// `Conflict` for one that is being held: end it; `Unsupported`.
    pub async fn cancel_meeting_with(
        &self,
        target: impl Into<MeetingTarget>,
        options: CancelOptions,
    ) -> Result<()> {
        let target = target.into();
        call::run(&*self.0, "cancel_meeting", async {
            check_target(&target)?;
            self.capabilities()
                .check_cancel(target.occurrence.as_ref(), &options)?;
            self.0.cancel_meeting(&target, &options).await
        })
        .await
    }

    /// Ends a meeting that is being held, for everybody. One that is not is no error.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported`.
    pub async fn end_meeting(&self, id: &MeetingId) -> Result<()> {
        call::run(&*self.0, "end_meeting", async {
            check_id(id.as_str())?;
            if !self.capabilities().end {
                return Err(Error::unsupported("end"));
            }
            self.0.end_meeting(id).await
        })
        .await
    }

    /// Does something to a meeting that is being held. Providers take some of it and carry it out
    /// later.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the meeting is not being held; `Unsupported`.
    pub async fn control(&self, meeting: &MeetingId, action: LiveAction) -> Result<()> {
        call::run(&*self.0, "control", async {
            check_id(meeting.as_str())?;
            action.check()?;
            self.capabilities().check_live(&action)?;
            let live = self.0.live().ok_or_else(|| Error::unsupported("live"))?;
            live.control(meeting, &action).await
        })
        .await
    }
}

impl<P: VideoProvider + 'static> From<P> for Meetings {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}

fn check_target(target: &MeetingTarget) -> Result<()> {
    check_id(target.meeting.as_str())?;
    let occurrence = target.occurrence.as_ref();
    occurrence.map_or(Ok(()), |occurrence| check_id(occurrence.as_str()))
}

/// Declares a handle of a group of methods.
macro_rules! group {
    ($(#[$doc:meta])* $name:ident, $method:ident, $provider:ident, $declared:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(std::sync::Arc<dyn crate::video::VideoProvider>);

        impl crate::video::Meetings {
            $(#[$doc])*
            ///
            /// # Errors
            /// `Unsupported` where the provider has none.
            pub fn $method(&self) -> crate::error::Result<$name> {
                let group = $name(self.provider().clone());
                group.driver().map(|_| ()).map_err(|error| {
                    error.in_call(&self.provider().descriptor().name, stringify!($method))
                })?;
                Ok(group)
            }
        }

        impl $name {
            fn driver(&self) -> crate::error::Result<&dyn crate::video::$provider> {
                let declared: fn(&crate::video::VideoCapabilities) -> bool = $declared;
                let declared = declared(self.0.capabilities());
                let driver = self.0.$method().filter(|_| declared);
                driver.ok_or_else(|| crate::error::Error::unsupported(stringify!($method)))
            }
        }
    };
}
use group;
