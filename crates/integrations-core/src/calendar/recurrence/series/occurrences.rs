//! The occurrences of a series, one after the other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::length::{End, Length, Measure};
use super::{Definition, Occurrence, Override, Reach, Series};
use crate::calendar::recurrence::engine::Budget;
use crate::calendar::recurrence::engine::clock::Read;
use crate::calendar::recurrence::engine::day::{self, DAY};
use crate::calendar::recurrence::engine::form::Form;
use crate::calendar::recurrence::engine::set::{Set, exceptions, periods};
use crate::error::Result;
use crate::time::EventTime;

/// The occurrences of a series in order of their starts.
///
/// Nothing is computed before it is asked for. The work for one is bounded: a rule that finds
/// nothing in a million steps is an error, after which there is nothing more.
#[derive(Debug)]
pub struct Occurrences {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing was asked for yet.
    New(Box<Plan>),
    Running(Box<Merge>),
    Ended,
}

#[derive(Debug)]
struct Plan {
    series: Series,
    from: Timestamp,
    to: Option<Timestamp>,
}

impl Occurrences {
    pub(super) fn new(series: &Series, from: Timestamp, to: Option<Timestamp>) -> Self {
        let series = series.clone();
        Self {
            state: State::New(Box::new(Plan { series, from, to })),
        }
    }
}

impl Iterator for Occurrences {
    type Item = Result<Occurrence>;

    fn next(&mut self) -> Option<Self::Item> {
        if let State::New(plan) = &self.state {
            match Merge::new(plan) {
                Ok(merge) => self.state = State::Running(Box::new(merge)),
                Err(error) => {
                    self.state = State::Ended;
                    return Some(Err(error));
                }
            }
        }
        let State::Running(merge) = &mut self.state else {
            return None;
        };
        let next = merge.next().transpose();
        if !matches!(next, Some(Ok(_))) {
            self.state = State::Ended;
        }
        next
    }
}

impl std::iter::FusedIterator for Occurrences {}

/// The parts of a series between changes of all that follows, and the changes of one each.
#[derive(Debug)]
struct Merge {
    segments: Vec<Segment>,
    /// In order of their starts.
    changed: VecDeque<Occurrence>,
}

impl Merge {
    fn new(plan: &Plan) -> Result<Self> {
        let Plan { series, from, to } = plan;
        let mut form = Form::of(&series.start, &series.local)?;
        // The last one that was added is the one that counts.
        let mut changes: BTreeMap<i64, usize> = BTreeMap::new();
        for (place, change) in series.overrides.iter().enumerate() {
            changes.insert(form.key(&change.original)?, place);
        }
        let window = Window {
            from: *from,
            to: *to,
        };
        let except = exceptions(&series.recurrence, &mut form)?;
        let mut changed = Vec::new();
        // Where a part begins, and with which change.
        let mut parts = vec![(i64::MIN, None)];
        for (key, place) in &changes {
            let change = &series.overrides[*place];
            if change.reach == Reach::ThisAndFuture {
                parts.push((*key, Some((*place, change))));
            }
            if except.contains(key) {
                continue;
            }
            let occurrence = changed_one(series, change, *place)?;
            if window.overlaps(occurrence.starts_at, occurrence.ends_at) {
                changed.push(occurrence);
            }
        }
        changed.sort_by_key(|occurrence| occurrence.starts_at);
        let taken: BTreeSet<i64> = changes.into_keys().collect();
        let periods = periods(&series.recurrence, &mut form)?;
        let mut segments = Vec::with_capacity(parts.len());
        for (index, (first, change)) in parts.iter().enumerate() {
            let mut segment = Segment::new(series, *first, *change, window, &mut form)?;
            segment.end = parts.get(index + 1).map_or(i64::MAX, |(key, _)| *key);
            segment.taken.clone_from(&taken);
            segment.periods.clone_from(&periods);
            segments.push(segment);
        }
        Ok(Self {
            segments,
            changed: changed.into(),
        })
    }

    fn next(&mut self) -> Result<Option<Occurrence>> {
        let mut budget = Budget::new();
        let mut least: Option<(Timestamp, usize)> = None;
        for (index, segment) in self.segments.iter_mut().enumerate() {
            if let Some(at) = segment.peek(&mut budget)?
                && least.is_none_or(|(least, _)| at < least)
            {
                least = Some((at, index));
            }
        }
        if let Some(changed) = self.changed.front()
            && least.is_none_or(|(least, _)| changed.starts_at <= least)
        {
            return Ok(self.changed.pop_front());
        }
        match least {
            None => Ok(None),
            Some((_, index)) => self.segments[index].take(),
        }
    }
}

/// An occurrence that was changed itself.
fn changed_one(series: &Series, change: &Override, place: usize) -> Result<Occurrence> {
    let starts_at = change.start.to_timestamp(&series.local)?;
    let ends_at = change.end.to_timestamp(&series.local)?;
    Ok(Occurrence {
        original: change.original.clone(),
        start: change.start.clone(),
        end: change.end.clone(),
        starts_at,
        ends_at: ends_at.max(starts_at),
        definition: Definition::Override(place),
        cancelled: change.cancelled,
    })
}

#[derive(Debug, Clone, Copy)]
struct Window {
    from: Timestamp,
    to: Option<Timestamp>,
}

impl Window {
    fn overlaps(self, start: Timestamp, end: Timestamp) -> bool {
        let begins = self.to.is_none_or(|to| start < to);
        begins && (end > self.from || (end == start && start >= self.from))
    }
}

/// A part of a series in which all is moved by the same.
#[derive(Debug)]
struct Segment {
    set: Set,
    /// The key before the first, and the one after the last.
    first: i64,
    end: i64,
    /// Those that were changed themselves.
    taken: BTreeSet<i64>,
    /// Ends of their own.
    periods: BTreeMap<i64, EventTime>,
    window: Window,
    local: TimeZone,
    /// The form of the series, and of what takes place.
    of: Form,
    to: Form,
    /// By how many seconds it is moved on the wall.
    moved: Option<i64>,
    measure: Measure,
    definition: Definition,
    cancelled: bool,
    next: Option<Item>,
    /// Starts that the zone skips: they may be later than some that follow.
    held: VecDeque<Item>,
    ended: bool,
}

#[derive(Debug, Clone)]
struct Item {
    original: i64,
    /// The key of the start, and its instant.
    key: i64,
    start: i64,
    end: Finish,
}

#[derive(Debug, Clone)]
enum Finish {
    Measured(End),
    Own(EventTime),
}

impl Segment {
    fn new(
        series: &Series,
        first: i64,
        change: Option<(usize, &Override)>,
        window: Window,
        form: &mut Form,
    ) -> Result<Self> {
        let local = &series.local;
        let (to, moved, measure) = match change {
            None => (form.clone(), None, Measure::new(&series.length, local)?),
            Some((_, change)) => {
                let (to, moved, measure) = future(series, change, form)?;
                (to, Some(moved), measure)
            }
        };
        let longest = measure.longest();
        let mut from = form.first_key(window.from).saturating_sub(longest);
        let mut last = window.to.map_or(i64::MAX, |to| form.last_key(to));
        if let Some(moved) = moved {
            // Another zone, and its gaps, are another day each.
            from = from.saturating_sub(moved).saturating_sub(3 * DAY);
            last = last.saturating_sub(moved).saturating_add(3 * DAY);
        }
        let set = Set::new(
            &series.start,
            &series.recurrence,
            form,
            (from.max(first), last),
            &mut Budget::new(),
        )?;
        Ok(Self {
            set,
            first,
            end: i64::MAX,
            taken: BTreeSet::new(),
            periods: BTreeMap::new(),
            window,
            local: local.clone(),
            of: form.clone(),
            to,
            moved,
            measure,
            definition: change.map_or(Definition::Series, |(place, _)| Definition::Override(place)),
            cancelled: change.is_some_and(|(_, change)| change.cancelled),
            next: None,
            held: VecDeque::new(),
            ended: false,
        })
    }

    /// The instant of the next start.
    fn peek(&mut self, budget: &mut Budget) -> Result<Option<Timestamp>> {
        while self.next.is_none() && !self.ended {
            self.pull(budget)?;
        }
        let held = self.held.front().map(|item| item.start);
        let next = self.next.as_ref().map(|item| item.start);
        let least = match (held, next) {
            (Some(held), Some(next)) => Some(held.min(next)),
            (held, next) => held.or(next),
        };
        least.map(|at| self.to.timestamp(at)).transpose()
    }

    /// Takes the next of the set, if there is one, and keeps it if it is of interest.
    fn pull(&mut self, budget: &mut Budget) -> Result<()> {
        let Some(original) = self.set.next(budget)?.filter(|key| *key < self.end) else {
            self.ended = true;
            return Ok(());
        };
        // The first was changed itself.
        if original <= self.first || self.taken.contains(&original) {
            return Ok(());
        }
        // Where time ends, the series does.
        let Ok((item, skipped)) = self.item(original) else {
            self.ended = true;
            return Ok(());
        };
        let begins_at = self.to.timestamp(item.start)?;
        let ends_at = match &item.end {
            Finish::Measured(end) => self.to.timestamp(end.instant)?,
            Finish::Own(end) => end.to_timestamp(&self.local)?,
        };
        if self.window.overlaps(begins_at, ends_at) {
            match skipped {
                true => self.held.push_back(item),
                false => self.next = Some(item),
            }
        } else if !skipped && self.window.to.is_some_and(|to| begins_at >= to) {
            // Those that are not skipped are in order.
            self.ended = true;
        }
        Ok(())
    }

    /// What becomes of an occurrence, and whether a wall of it is skipped.
    fn item(&mut self, original: i64) -> Result<(Item, bool)> {
        let key = match self.moved {
            None => Read {
                instant: original,
                skipped: false,
            },
            Some(moved) => self.to.read_wall(self.of.wall(original)? + moved)?,
        };
        let start = self.to.instant(key.instant)?;
        let end = match self.periods.get(&original) {
            Some(own) => Finish::Own(own.clone()),
            None => {
                let measure = &mut self.measure;
                let end = measure.end(&mut self.to, key.instant, start.instant)?;
                self.to.timestamp(end.instant)?;
                Finish::Measured(end)
            }
        };
        let item = Item {
            original,
            key: key.instant,
            start: start.instant,
            end,
        };
        Ok((item, key.skipped || start.skipped))
    }

    /// Gives what `peek` told of.
    fn take(&mut self) -> Result<Option<Occurrence>> {
        let next = self.next.as_ref().map(|item| item.start);
        let item = match self.held.front() {
            Some(held) if next.is_none_or(|next| held.start <= next) => self.held.pop_front(),
            _ => self.next.take(),
        };
        item.map(|item| self.occurrence(item)).transpose()
    }

    fn occurrence(&mut self, item: Item) -> Result<Occurrence> {
        let start = self.to.time(item.key)?;
        let (end, ends_at) = match item.end {
            Finish::Measured(end) => (
                self.measure.time(&mut self.to, end)?,
                self.to.timestamp(end.instant)?,
            ),
            Finish::Own(end) => {
                let at = end.to_timestamp(&self.local)?;
                (end, at)
            }
        };
        let original = match self.moved {
            None => start.clone(),
            Some(_) => self.of.time(item.original)?,
        };
        Ok(Occurrence {
            original,
            starts_at: self.to.timestamp(item.start)?,
            start,
            end,
            ends_at,
            definition: self.definition,
            cancelled: self.cancelled,
        })
    }
}

/// What follows a change that is of all that follows: its form, by how much it is moved on the
/// wall, and how long it is. "When the given recurrence instance is rescheduled, then all subsequent
/// instances are also rescheduled by the same time difference", and their length likewise (RFC 5545,
/// section 3.2.13 and 3.8.4.4).
fn future(series: &Series, change: &Override, form: &mut Form) -> Result<(Form, i64, Measure)> {
    let original = form.key(&change.original)?;
    let original = form.wall(original)?;
    let length = Length::until(&change.start, change.end.clone())?;
    let mut measure = Measure::new(&length, &series.local)?;
    // An instant of a series with a zone is a time on the wall of that zone, and stays there when
    // summer time begins.
    if form.has_instants() && matches!(change.start, EventTime::Utc(_)) {
        let start = form.key(&change.start)?;
        let moved = form.wall(start)? - original;
        if matches!(change.end, EventTime::Utc(_)) {
            measure = measure.ending_in(form);
        }
        return Ok((form.clone(), moved, measure));
    }
    let to = Form::of(&change.start, &series.local)?;
    let wall = day::wall(change.start.wall());
    let moved = match to.is_date() {
        true => wall - original.div_euclid(DAY) * DAY,
        false => wall - original,
    };
    Ok((to, moved, measure))
}
