//! A local copy of a calendar that stays equal to it.
//!
//! A [`Mirror`] reads what changed at the provider, page by page, into a [`MirrorStore`], and takes
//! the place where it is in the same step: what was read is never read twice with two outcomes, and
//! a program that is killed goes on where it was. Applications read the copy: at once, offline, and
//! without using up a quota.
//!
//! ```
//! use integrations_core::calendar::mirror::{MemoryMirror, Mirror};
//! use integrations_core::calendar::{Calendar, CalendarId};
//! use integrations_core::time::TimeRange;
//! use jiff::tz::TimeZone;
//!
//! # async fn example(calendar: Calendar, id: CalendarId, today: TimeRange) -> integrations_core::Result<()> {
//! let mirror = Mirror::new(calendar, id, MemoryMirror::new())?;
//! mirror.pull().await?;
//! let agenda = mirror.agenda(today, &TimeZone::system()).await?;
//! for item in &agenda.items {
//!     println!("{} {}", item.start, item.event.summary);
//! }
//! # Ok(()) }
//! ```
//!
//! # What it holds against
//!
//! - **A token that is too old.** A run over everything follows. It finds no trace of what was
//!   deleted meanwhile: what it did not meet is taken out at its end, and not before, so that the
//!   copy is never empty on the way.
//! - **A run that breaks off**, by a fault or because the program ends. It goes on at the page where
//!   it was.
//! - **Notices that are lost.** A notice is only a reason to look sooner: [`Mirror::keep`] looks by
//!   itself after a while, and keeps the subscription to notices alive.
//! - **Changes that come twice.** What is the same as before is no change.
//!
//! # What changed, for the application
//!
//! Every event that differs from what was there gets the next *revision*, and so does one that is
//! gone. [`Mirror::changes`] gives them from a revision on, as often as asked, so that an
//! application that stores the last revision it has handled loses none.
//!
//! One mirror at a time writes to a store. Changes go to the provider by
//! [`create_event`](Mirror::create_event) and its like, which put the answer into the copy, or past
//! the mirror, by anybody: then the next pull brings them.

mod agenda;
#[cfg(feature = "testing")]
pub mod contract;
mod keep;
mod memory;
mod pull;
#[cfg(feature = "mirror-sqlite")]
mod sqlite;
mod store;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{Mutex, Notify};

pub use agenda::{Agenda, AgendaItem};
pub use keep::{Keep, Notices};
pub use memory::MemoryMirror;
pub use pull::Pulled;
#[cfg(feature = "mirror-sqlite")]
pub use sqlite::SqliteMirror;
pub use store::{
    KeptWatch, MirrorState, MirrorStore, Place, Reach, Revised, Revision, Run, Source, Step,
};

use super::handle::Calendar;
use super::model::{CalendarId, Event, EventId};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::page::{Cursor, Page, PageRequest, Paged};

/// How many events a page of the copy has when nobody says.
const PAGE: u32 = 500;

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A local copy of a calendar. Cheap to clone; clones are the same mirror.
#[derive(Clone)]
pub struct Mirror(Arc<Inner>);

struct Inner {
    calendar: Calendar,
    id: CalendarId,
    store: Arc<dyn MirrorStore>,
    /// Held while a page is read and carried out, and while a change is sent and its answer carried
    /// out: so no older state of an event comes after a newer one.
    turn: Mutex<()>,
    nudge: Notify,
    clock: Clock,
}

impl Mirror {
    /// A copy of a calendar in a store. Nothing is sent.
    ///
    /// # Errors
    /// `Unsupported` where the provider does not synchronise.
    pub fn new(
        calendar: Calendar,
        id: CalendarId,
        store: impl MirrorStore + 'static,
    ) -> Result<Self> {
        if !calendar.capabilities().sync {
            let name = &calendar.provider().descriptor().name;
            return Err(Error::unsupported("sync").in_call(name, "mirror"));
        }
        Ok(Self(Arc::new(Inner {
            calendar,
            id,
            store: Arc::new(store),
            turn: Mutex::new(()),
            nudge: Notify::new(),
            clock: Arc::new(Timestamp::now),
        })))
    }

    /// Reads the time from elsewhere, for tests. To be called before the mirror is cloned: a clone
    /// that is there already keeps its clock.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            calendar: self.0.calendar.clone(),
            id: self.0.id.clone(),
            store: self.0.store.clone(),
            turn: Mutex::new(()),
            nudge: Notify::new(),
            clock: Arc::new(clock),
        }))
    }

    /// The calendar at the provider.
    #[must_use]
    pub fn calendar(&self) -> (&Calendar, &CalendarId) {
        (&self.0.calendar, &self.0.id)
    }

    /// An event, a series or a changed occurrence, as the copy has it.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn get(&self, id: &EventId) -> Result<Option<Event>> {
        self.0.store.get(id).await
    }

    /// Everything that the copy has, in the order of the ids: events, series, and occurrences that
    /// differ from their series.
    #[must_use]
    pub fn events(&self) -> Paged<Event> {
        let store = self.0.store.clone();
        Paged::new(PageRequest::default(), move |page| {
            let store = store.clone();
            async move {
                let limit = page.limit.map_or(PAGE, NonZeroU32::get);
                let after = page.cursor.as_ref().map(|it| EventId::new(it.as_str()));
                let items = store.list(after.as_ref(), limit as usize).await?;
                let full = items.len() >= limit as usize;
                let last = items.last().filter(|_| full);
                let next = last.map(|event| Cursor::new(event.id.as_str()));
                Ok(Page { items, next })
            }
        })
    }

    /// What changed after a revision, in order, at most so many: an event as it is now, once,
    /// however often it changed. Start with [`Revision::ZERO`], and store the last one that was
    /// handled.
    ///
    /// # Errors
    /// `Conflict` when deletions after that revision were [forgotten](Self::forget): take the
    /// revision of the [state](Self::state), read [everything](Self::events) again, and go on from
    /// there.
    pub async fn changes(&self, after: Revision, limit: usize) -> Result<Vec<Revised>> {
        let changes = self.0.store.changes(after, limit).await?;
        // Asked afterwards: what is forgotten between the two must not go unnoticed.
        if after < self.0.store.state().await?.forgotten {
            return Err(Error::new(
                ErrorKind::Conflict,
                "deletions after this revision were forgotten: read everything again",
            )
            .with_effect(Effect::NotApplied));
        }
        Ok(changes)
    }

    /// Forgets which events were deleted up to a revision, for when every reader has handled it.
    /// Otherwise the store keeps the id of each for ever.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn forget(&self, through: Revision) -> Result<()> {
        self.0.store.forget(through).await
    }

    /// Where the copy is: for operators and tests.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn state(&self) -> Result<MirrorState> {
        self.0.store.state().await
    }
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror")
            .field("calendar", &self.0.calendar)
            .field("id", &self.0.id)
            .field("store", &self.0.store)
            .finish_non_exhaustive()
    }
}
