//! Random edits from two sides: the application edits through its mirror, over a line that fails;
//! somebody else edits at the server. At the end the copy has what the server has, and what both
//! were told is so.

use std::collections::{BTreeMap, BTreeSet};

use integrations::Result;
use integrations::calendar::mirror::{Mirror, MirrorStore, Revision};
use integrations::calendar::recurrence::{RRule, Recurrence};
use integrations::calendar::{
    Calendar, CalendarId, Change, DeleteOptions, EditScope, Event, EventId, EventKind, EventPatch,
    EventQuery, EventStatus, NewEvent, UpdateOptions,
};
use integrations::time::{EventTime, TimeRange};
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::ledger::Ledger;
use super::numbers::Numbers;

/// More events than this are not made.
const MOST: usize = 60;

/// A calendar with two ways to it.
pub(super) struct World<E> {
    /// The other side's.
    pub(super) direct: Calendar,
    /// The application's.
    pub(super) faulty: Calendar,
    pub(super) id: CalendarId,
    /// Makes the tokens of synchronisation too old.
    pub(super) expire: E,
    /// The zone of its events.
    pub(super) zone: &'static str,
}

/// How many edits, from which seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Length {
    pub(super) edits: usize,
    pub(super) seed: u64,
}

struct Soak<E> {
    world: World<E>,
    mirror: Mirror,
    numbers: Numbers,
    ledger: Ledger,
    seed: u64,
    /// What a reader of the copy's changes has.
    read: BTreeMap<EventId, Event>,
    revision: Revision,
    resets: usize,
    pulls: usize,
}

fn june() -> TimeRange {
    let (from, to) = ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z");
    TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
}

fn taking_place(event: &Event) -> bool {
    event.status != EventStatus::Cancelled
}

/// Runs it and checks what must hold.
pub(super) async fn soak<E: AsyncFn()>(
    world: World<E>,
    store: impl MirrorStore + 'static,
    length: Length,
) {
    let mirror = Mirror::new(world.faulty.clone(), world.id.clone(), store).unwrap();
    let mut soak = Soak {
        world,
        mirror,
        numbers: Numbers::new(length.seed),
        ledger: Ledger::default(),
        seed: length.seed,
        read: BTreeMap::new(),
        revision: Revision::ZERO,
        resets: 0,
        pulls: 0,
    };
    soak.pull().await;
    for step in 0..length.edits {
        soak.edit(step).await;
        if soak.numbers.one_in(100) {
            (soak.world.expire)().await;
        }
        // Notices come for a third of the changes; the others are lost.
        if soak.numbers.one_in(3) {
            let pulled = soak.mirror.pull().await;
            soak.pulls += 1;
            soak.resets += usize::from(pulled.is_ok_and(|pulled| pulled.whole));
            soak.follow().await;
        }
        if step % 250 == 249 {
            soak.check().await;
        }
    }
    soak.check().await;
    let Soak { ledger, .. } = &soak;
    eprintln!(
        "seed {}: {} edits, {} of them failed ({} with an unknown effect), {} pulls, {} over everything",
        length.seed, length.edits, ledger.failures, ledger.unknown, soak.pulls, soak.resets
    );
    assert!(soak.resets > 1, "no token became too old");
}

impl<E: AsyncFn()> Soak<E> {
    fn at(&mut self) -> (EventTime, EventTime) {
        let day = 1 + i8::try_from(self.numbers.below(20)).unwrap();
        let hour = 8 + i8::try_from(self.numbers.below(8)).unwrap();
        let at = |hour| EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), self.world.zone);
        (at(hour), at(hour + 1))
    }

    /// Pulls until it succeeds.
    async fn pull(&mut self) {
        for _ in 0..100 {
            self.pulls += 1;
            match self.mirror.pull().await {
                Ok(pulled) => {
                    self.resets += usize::from(pulled.whole);
                    return;
                }
                Err(_) => self.ledger.failures += 1,
            }
        }
        panic!("seed {}: a hundred pulls failed", self.seed);
    }

    /// Reads the copy's changes, as an application does.
    async fn follow(&mut self) {
        loop {
            let changes = self.mirror.changes(self.revision, 7).await.unwrap();
            let Some(last) = changes.last() else { return };
            self.revision = last.revision;
            for change in changes {
                match change.change {
                    Change::Upserted(event) => drop(self.read.insert(event.id.clone(), *event)),
                    Change::Deleted(id) => drop(self.read.remove(&id)),
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    async fn edit(&mut self, step: usize) {
        self.follow().await;
        let wholes: Vec<(EventId, String, bool)> = self
            .read
            .values()
            .filter(|event| matches!(event.kind, EventKind::Single | EventKind::Series))
            .map(|event| {
                let mark = event.location.clone().unwrap_or_default();
                (event.id.clone(), mark, event.kind == EventKind::Series)
            })
            .collect();
        let title = format!("title {step}");
        let here = self.numbers.one_in(2);
        let target = self.numbers.pick(&wholes).cloned();
        let what = match wholes.len() {
            0 => 0,
            many if many > MOST => 9,
            _ => self.numbers.below(10),
        };
        match (what, target) {
            (0..=3, _) | (_, None) => self.create(step, &title, here).await,
            (4..=5, Some((id, mark, _))) => self.rename(&id, &mark, &title, here).await,
            (6..=7, Some((id, mark, true))) => self.part(&id, &mark, &title, here).await,
            (6..=7, Some((id, mark, false))) => self.rename(&id, &mark, &title, here).await,
            (_, Some((id, mark, _))) => self.delete(&id, &mark, here).await,
        }
    }

    async fn create(&mut self, step: usize, title: &str, here: bool) {
        let mark = format!("mark {step}");
        let (start, end) = self.at();
        let mut new = NewEvent::new(title, start, end);
        new.location = Some(mark.clone());
        if self.numbers.one_in(4) {
            let daily: RRule = "FREQ=DAILY;COUNT=5".parse().unwrap();
            new.recurrence = Some(Recurrence::from(daily));
        }
        let result = match here {
            true => self.mirror.create_event(new).await,
            false => self.world.direct.create_event(&self.world.id, new).await,
        };
        self.ledger.made(&mark, title, result.as_ref().map(drop));
    }

    async fn update(
        &self,
        id: &EventId,
        patch: EventPatch,
        options: UpdateOptions,
        here: bool,
    ) -> Result<Event> {
        let Self { world, mirror, .. } = self;
        match here {
            true => mirror.update_event(id, patch, options).await,
            false => {
                world
                    .direct
                    .update_event(&world.id, id, patch, options)
                    .await
            }
        }
    }

    async fn rename(&mut self, id: &EventId, mark: &str, title: &str, here: bool) {
        let mut patch = EventPatch::default().with_summary(title);
        if self.numbers.one_in(3) {
            let (start, end) = self.at();
            patch.times = Some((start, end));
        }
        let mut options = UpdateOptions::scope(EditScope::All);
        // The version that the reader of the copy knows, which may be an old one.
        if self.numbers.one_in(3) {
            options.if_match = self.read.get(id).and_then(|event| event.etag.clone());
        }
        let result = self.update(id, patch, options, here).await;
        self.ledger.renamed(mark, title, result.as_ref().map(drop));
    }

    async fn delete(&mut self, id: &EventId, mark: &str, here: bool) {
        let options = DeleteOptions::scope(EditScope::All);
        let result = self.remove(id, options, here).await;
        self.ledger.deleted(mark, result.as_ref().copied());
    }

    async fn remove(&self, id: &EventId, options: DeleteOptions, here: bool) -> Result<()> {
        let Self { world, mirror, .. } = self;
        match here {
            true => mirror.delete_event(id, options).await,
            false => world.direct.delete_event(&world.id, id, options).await,
        }
    }

    /// One occurrence, or those from one on.
    async fn part(&mut self, id: &EventId, mark: &str, title: &str, here: bool) {
        let list = self.world.direct.instances(&self.world.id, id, june());
        let Ok(all) = list.all().await else {
            // The other side deleted it.
            return;
        };
        let Some(one) = self.numbers.pick(&all).cloned() else {
            return;
        };
        let patch = EventPatch::default().with_summary(title);
        let scope = match self.numbers.below(4) {
            0 => EditScope::ThisAndFollowing,
            _ => EditScope::This,
        };
        if scope == EditScope::ThisAndFollowing {
            self.ledger.cut(mark);
        }
        let options = UpdateOptions::scope(scope);
        let result = match self.numbers.one_in(3) && scope == EditScope::This {
            true => self.remove(&one.id, options, here).await,
            false => self.update(&one.id, patch, options, here).await.map(drop),
        };
        let what = format!("{scope:?} of {}: {title}", one.start);
        self.ledger.part(mark, &what, result.as_ref().copied());
    }

    /// The copy has what the server has, its readers too, and what was told is so.
    async fn check(&mut self) {
        let seed = self.seed;
        self.pull().await;
        self.follow().await;
        let copy = self.mirror.events().all().await.unwrap();
        let read: Vec<Event> = self.read.values().cloned().collect();
        assert_eq!(
            read, copy,
            "seed {seed}: a reader of the changes has something else"
        );

        let Self { world, .. } = self;
        let there = world.direct.list_events(&world.id, EventQuery::default());
        let mut there: Vec<Event> = there.all().await.unwrap();
        there.retain(taking_place);
        there.sort_by(|a, b| a.id.cmp(&b.id));
        self.ledger.check(&there, seed);
        let mut copy: Vec<Event> = copy.into_iter().filter(taking_place).collect();
        let all = EventQuery::occurrences(june());
        let all = world
            .direct
            .list_events(&world.id, all)
            .all()
            .await
            .unwrap();
        // A series without any occurrence left is nowhere to be seen: some providers list it, and
        // tell nothing of it when they synchronise.
        let seen: BTreeSet<&EventId> = all.iter().map(Event::series_id).collect();
        let is_seen = |event: &Event| seen.contains(event.series_id());
        copy.retain(is_seen);
        there.retain(is_seen);
        assert_eq!(
            ids(&copy),
            ids(&there),
            "seed {seed}: the copy has other events"
        );
        for (kept, is) in copy.iter().zip(&there) {
            let whole = |event| serde_json::to_value(event).unwrap();
            assert_eq!(
                whole(kept),
                whole(is),
                "seed {seed}: the copy has another state"
            );
        }

        let mut all: Vec<(String, String)> = all.iter().map(shown).collect();
        all.sort_unstable();
        let agenda = self.mirror.agenda(june(), &TimeZone::UTC).await.unwrap();
        assert!(
            agenda.unclear.is_empty(),
            "seed {seed}: {:?}",
            agenda.unclear
        );
        let items = agenda.items.iter();
        let mut items: Vec<(String, String)> = items
            .map(|item| (item.start.to_string(), item.event.summary.clone()))
            .collect();
        items.sort_unstable();
        if items != all {
            let more: Vec<_> = items.iter().filter(|item| !all.contains(item)).collect();
            let less: Vec<_> = all.iter().filter(|item| !items.contains(item)).collect();
            let of: Vec<&Event> = copy
                .iter()
                .filter(|event| {
                    less.iter()
                        .chain(&more)
                        .any(|(_, title)| *title == event.summary)
                })
                .collect();
            panic!("seed {seed}: the agenda has {more:?} more and {less:?} less: {of:#?}");
        }
    }
}

fn ids(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

fn shown(event: &Event) -> (String, String) {
    (event.start.to_string(), event.summary.clone())
}
