//! A copy in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::store::{MirrorState, MirrorStore, Reach, Revised, Revision, Source, Step};
use crate::calendar::groups::Change;
use crate::calendar::model::{Event, EventId};
use crate::error::Result;
use crate::time::TimeRange;

/// A copy in memory: it is read anew when the program starts. Clones are the same store.
#[derive(Clone, Default)]
pub struct MemoryMirror(Arc<Mutex<Kept>>);

#[derive(Clone, Default)]
struct Kept {
    state: MirrorState,
    rows: BTreeMap<EventId, Row>,
    order: BTreeMap<Revision, EventId>,
}

#[derive(Clone)]
struct Row {
    /// None when it is gone.
    event: Option<Event>,
    revision: Revision,
    generation: u64,
    /// The number of runs when it was noted; none when a page had it.
    noted: Option<u64>,
}

/// What is written with each event of a step.
#[derive(Clone, Copy)]
struct Marks {
    generation: u64,
    noted: Option<u64>,
}

impl MemoryMirror {
    /// A store with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every change to what is kept is made whole while it is held.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, id: &EventId, event: Option<Event>, marks: Marks) {
        let before = self.rows.get_mut(id);
        match before {
            Some(row) if row.event == event => {
                (row.generation, row.noted) = (marks.generation, marks.noted)
            }
            None if event.is_none() => {}
            before => {
                if let Some(row) = before {
                    self.order.remove(&row.revision);
                }
                let revision = self.state.revision.next();
                self.state.revision = revision;
                self.order.insert(revision, id.clone());
                let row = Row {
                    event,
                    revision,
                    generation: marks.generation,
                    noted: marks.noted,
                };
                self.rows.insert(id.clone(), row);
            }
        }
    }

    fn apply(&mut self, step: Step) {
        let (generation, runs) = (step.place.generation, step.place.runs);
        let marks = Marks {
            generation,
            noted: (step.from == Source::Answer).then_some(runs),
        };
        for change in step.changes {
            match change {
                Change::Upserted(event) => {
                    let id = event.id.clone();
                    self.put(&id, Some(*event), marks);
                }
                Change::Deleted(id) => self.put(&id, None, marks),
            }
        }
        if step.from.ends_run() {
            let all = step.from == Source::LastPageOfAll;
            let missed = |row: &Row| {
                let noted_before = row.noted.is_some_and(|noted| noted < runs);
                row.event.is_some() && (noted_before || all && row.generation != generation)
            };
            let rows = self.rows.iter().filter(|(_, row)| missed(row));
            let gone: Vec<EventId> = rows.map(|(id, _)| id.clone()).collect();
            for id in gone {
                self.put(&id, None, marks);
            }
        }
        self.state.place = step.place;
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.rows.values().filter_map(|row| row.event.as_ref())
    }
}

#[async_trait]
impl MirrorStore for MemoryMirror {
    async fn state(&self) -> Result<MirrorState> {
        Ok(self.kept().state.clone())
    }

    async fn apply(&self, step: Step) -> Result<()> {
        self.kept().apply(step);
        Ok(())
    }

    async fn get(&self, id: &EventId) -> Result<Option<Event>> {
        let kept = self.kept();
        Ok(kept.rows.get(id).and_then(|row| row.event.clone()))
    }

    async fn list(&self, after: Option<&EventId>, limit: usize) -> Result<Vec<Event>> {
        let kept = self.kept();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = kept.rows.range::<EventId, _>((from, Bound::Unbounded));
        let events = rows.filter_map(|(_, row)| row.event.clone());
        Ok(events.take(limit).collect())
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Vec<Revised>> {
        let kept = self.kept();
        let later = kept.order.range((Bound::Excluded(after), Bound::Unbounded));
        let changes = later.take(limit).filter_map(|(revision, id)| {
            let event = kept.rows.get(id)?.event.clone();
            let change = match event {
                Some(event) => Change::Upserted(Box::new(event)),
                None => Change::Deleted(id.clone()),
            };
            Some(Revised {
                revision: *revision,
                change,
            })
        });
        Ok(changes.collect())
    }

    async fn near(&self, span: TimeRange) -> Result<Vec<Event>> {
        let kept = self.kept();
        let near = kept.events().filter(|event| Reach::of(event).meets(span));
        Ok(near.cloned().collect())
    }

    async fn occurrences(&self, series: &EventId) -> Result<Vec<Event>> {
        let kept = self.kept();
        let of = |event: &&Event| event.id != *series && event.series_id() == series;
        Ok(kept.events().filter(of).cloned().collect())
    }

    async fn forget(&self, through: Revision) -> Result<()> {
        let mut kept = self.kept();
        let through = through.min(kept.state.revision);
        let gone: Vec<(Revision, EventId)> = kept
            .order
            .range(..=through)
            .filter(|(_, id)| kept.rows.get(*id).is_some_and(|row| row.event.is_none()))
            .map(|(revision, id)| (*revision, id.clone()))
            .collect();
        for (revision, id) in gone {
            kept.order.remove(&revision);
            kept.rows.remove(&id);
        }
        kept.state.forgotten = kept.state.forgotten.max(through);
        Ok(())
    }
}

impl fmt::Debug for MemoryMirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("MemoryMirror")
            .field("events", &kept.events().count())
            .field("revision", &kept.state.revision)
            .finish_non_exhaustive()
    }
}
