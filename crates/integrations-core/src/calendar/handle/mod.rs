//! What an application holds.

mod events;
mod free_busy;
mod groups;
mod sync;

use std::sync::Arc;

pub use groups::{Attachments, Sharing, Watching};
#[cfg(feature = "mirror")]
pub(super) use sync::Rounds;

use super::model::{CalendarId, CalendarInfo};
use super::request::{CalendarPatch, NewCalendar};
use super::{CalendarCapabilities, CalendarProvider};
use crate::call;
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};

/// The calendars of an account. Cheap to clone; clones share the provider.
#[derive(Debug, Clone)]
pub struct Calendar(Arc<dyn CalendarProvider>);

impl Calendar {
    /// Calendars over a provider.
    pub fn new(provider: impl CalendarProvider + 'static) -> Self {
        Self(Arc::new(provider))
    }

    /// Calendars over a shared provider.
    #[must_use]
    pub fn from_arc(provider: Arc<dyn CalendarProvider>) -> Self {
        Self(provider)
    }

    /// The provider itself: its descriptor, status, health.
    #[must_use]
    pub fn provider(&self) -> &Arc<dyn CalendarProvider> {
        &self.0
    }

    /// What the provider can do.
    #[must_use]
    pub fn capabilities(&self) -> &CalendarCapabilities {
        self.0.capabilities()
    }

    /// The account's calendars.
    #[must_use]
    pub fn list_calendars(&self) -> Paged<CalendarInfo> {
        self.list_calendars_from(PageRequest::default())
    }

    /// [`list_calendars`](Self::list_calendars) from a page on, or with a page size.
    #[must_use]
    pub fn list_calendars_from(&self, first: PageRequest) -> Paged<CalendarInfo> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let this = this.clone();
            async move {
                let list = this.0.list_calendars(&page);
                call::run(&*this.0, "list_calendars", list).await
            }
        })
    }

    /// A calendar.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        call::run(&*self.0, "get_calendar", async {
            check_id(id.as_str())?;
            self.0.get_calendar(id).await
        })
        .await
    }

    /// Makes a calendar. Repeated with the same key it gives the first one.
    ///
    /// # Errors
    /// `InvalidInput`; `Unsupported`; what the provider answers.
    pub async fn create_calendar(&self, new: NewCalendar) -> Result<CalendarInfo> {
        call::run(&*self.0, "create_calendar", async {
            new.check()?;
            self.capabilities().check_new_calendar(&new)?;
            self.0.create_calendar(&new).await
        })
        .await
    }

    /// Changes a calendar.
    ///
    /// # Errors
    /// `InvalidInput`; `Unsupported`; `NotFound`; `PreconditionFailed` for another version than
    /// the patch is for.
    pub async fn update_calendar(
        &self,
        id: &CalendarId,
        patch: CalendarPatch,
    ) -> Result<CalendarInfo> {
        call::run(&*self.0, "update_calendar", async {
            check_id(id.as_str())?;
            patch.check()?;
            self.capabilities().check_calendar_patch(&patch)?;
            self.0.update_calendar(id, &patch).await
        })
        .await
    }

    /// Deletes a calendar with all its events. What is gone already is no error.
    ///
    /// # Errors
    /// `Unsupported`; `PermissionDenied` for one that must stay.
    pub async fn delete_calendar(&self, id: &CalendarId) -> Result<()> {
        call::run(&*self.0, "delete_calendar", async {
            check_id(id.as_str())?;
            self.need(self.capabilities().calendar_write, "calendar_write")?;
            self.0.delete_calendar(id).await
        })
        .await
    }

    fn need(&self, has: bool, feature: &'static str) -> Result<()> {
        if has {
            Ok(())
        } else {
            Err(Error::unsupported(feature))
        }
    }
}

impl<P: CalendarProvider + 'static> From<P> for Calendar {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}

/// An id becomes a part of paths: an empty one would name the collection.
fn check_id(id: &str) -> Result<()> {
    if id.is_empty() || id.chars().any(char::is_control) {
        return Err(Error::invalid_input(
            "an id must not be empty or have control characters",
        ));
    }
    Ok(())
}
