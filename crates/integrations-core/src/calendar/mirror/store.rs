//! What keeps a copy.

use std::fmt;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::groups::{Change, SyncToken, Watch};
use crate::calendar::model::{CalendarId, Event, EventId, EventKind};
use crate::error::Result;
use crate::page::Cursor;
use crate::time::{EventTime, TimeRange};

/// The number of a change in a copy. Later changes have higher ones; some are left out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// Before every change.
    pub const ZERO: Self = Self(0);

    /// A revision that was stored.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number, to be stored.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }

    /// The one that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A change of a copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Revised {
    /// Its number.
    pub revision: Revision,
    /// The event as it is now, or that it is gone.
    pub change: Change,
}

/// A run over changes that is not at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The next page.
    pub cursor: Cursor,
    /// Whether it is a run over everything.
    pub whole: bool,
}

/// A subscription to notices that the mirror keeps alive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptWatch {
    /// The subscription.
    pub watch: Watch,
    /// When it is renewed: at half of its time.
    pub renew: Timestamp,
}

/// Where a mirror is at the provider. Stores keep it, and need not look into it but for
/// [`generation`](Self::generation).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The calendar that the copy is of. None before the first pull.
    pub calendar: Option<CalendarId>,
    /// The integration's name, because another one has other ids.
    pub integration: Option<String>,
    /// The token of the last run that ended.
    pub token: Option<SyncToken>,
    /// The run that is not at its end.
    pub run: Option<Run>,
    /// The number of runs over everything that were begun. An event is written with the number of
    /// its time: what has an older one at the end of such a run was not met by it.
    pub generation: u64,
    /// The number of runs that were begun, those over changes too.
    #[serde(default)]
    pub runs: u64,
    /// The subscription to notices.
    pub watch: Option<KeptWatch>,
}

/// What a store knows of itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MirrorState {
    /// Where the mirror is.
    pub place: Place,
    /// The last change.
    pub revision: Revision,
    /// Deletions up to here were forgotten.
    pub forgotten: Revision,
}

/// Changes, and the place that the mirror is at when they were carried out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The changes, to be carried out in this order.
    pub changes: Vec<Change>,
    /// Where they come from.
    pub from: Source,
    /// The place.
    pub place: Place,
}

/// Where the changes of a step come from, and what is gone after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A page of a run that goes on.
    Page,
    /// The last page of a run over changes. What was noted before the run was begun, and was not met
    /// since, is gone: it came and went between two runs, and the provider does not say so.
    LastPage,
    /// The last page of a run over everything. Besides, what was not written in the generation of
    /// the place is gone.
    LastPageOfAll,
    /// The answer to a change through the mirror. It is noted with the number of runs, until a page
    /// has it.
    Answer,
}

impl Source {
    /// Whether it is the end of a run.
    #[must_use]
    pub fn ends_run(self) -> bool {
        matches!(self, Self::LastPage | Self::LastPageOfAll)
    }
}

/// Where a copy is kept. [`contract::check`](super::contract::check) (feature `testing`) is the
/// test of a store of your own.
#[async_trait]
pub trait MirrorStore: Send + Sync + fmt::Debug {
    /// What the store knows of itself; the default when it is new.
    ///
    /// # Errors
    /// When the store cannot be used. It is the same for all of these.
    async fn state(&self) -> Result<MirrorState>;

    /// Carries a step out: the changes, what is gone [after them](Source), and the place, all or nothing,
    /// on the disk before it returns where there is one. Each event that differs from what was there, and each that is
    /// there no more, gets a revision of its own, in the order of the changes; one that is the same
    /// keeps its revision and takes the generation
    /// and the note.
    ///
    /// # Errors
    /// As [`state`](Self::state); then nothing was carried out.
    async fn apply(&self, step: Step) -> Result<()>;

    /// An event by its id.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    async fn get(&self, id: &EventId) -> Result<Option<Event>>;

    /// At most so many events, in the order of their ids' bytes, after one.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    async fn list(&self, after: Option<&EventId>, limit: usize) -> Result<Vec<Event>>;

    /// At most so many changes after a revision, in order.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    async fn changes(&self, after: Revision, limit: usize) -> Result<Vec<Revised>>;

    /// The events whose [reach](Reach) shares an instant with a span, in no order: more of them is
    /// no fault.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    async fn near(&self, span: TimeRange) -> Result<Vec<Event>>;

    /// The occurrences of a series that are kept.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    async fn occurrences(&self, series: &EventId) -> Result<Vec<Event>>;

    /// Forgets deletions up to a revision, and keeps it in [`MirrorState::forgotten`] when it is
    /// higher than what stands there. One that is not reached yet counts as the last.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    async fn forget(&self, through: Revision) -> Result<()>;
}

/// A span in which an event can take place, wherever its reader is: what a store needs to find the
/// events of a day without reading all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Not before.
    pub from: Timestamp,
    /// Not after; the end of time for a series.
    pub to: Timestamp,
}

impl Reach {
    /// The span of an event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        // Offsets are below 26 hours (RFC 9557 takes them from the time zone database, where none
        // is above 16), so this is wide enough for days, floating times, and zones not known here.
        let wide = SignedDuration::from_hours(26);
        let (from, to) = (
            instant(&event.start),
            instant(&event.end).max(instant(&event.start)),
        );
        Self {
            from: from.checked_sub(wide).unwrap_or(Timestamp::MIN),
            to: match event.kind {
                EventKind::Series => Timestamp::MAX,
                _ => to.checked_add(wide).unwrap_or(Timestamp::MAX),
            },
        }
    }

    /// Whether it shares an instant with a span.
    #[must_use]
    pub fn meets(&self, span: TimeRange) -> bool {
        self.from < span.end && span.start <= self.to
    }
}

fn instant(time: &EventTime) -> Timestamp {
    let read = time.to_timestamp(&TimeZone::UTC);
    read.or_else(|_| TimeZone::UTC.to_timestamp(time.wall()))
        .unwrap_or(Timestamp::MIN)
}
