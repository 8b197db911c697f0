//! The occurrences of one rule.

use std::collections::VecDeque;

use super::super::rule::{RRule, RuleEnd};
use super::clock::{Clock, Read};
use super::day::DAY;
use super::days::Days;
use super::hours::Hours;
use super::plan::Plan;
use super::{Budget, Exhausted};
use crate::error::{Error, Result};

/// Walls and keys differ by less than this: an offset, and the longest gap, which is a day.
const AROUND: i64 = 3 * DAY;

/// The keys of a rule's occurrences in order: from the start of the series on, which is the first
/// of them, whether the rule fits it or not. "The DTSTART property value always counts as the first
/// occurrence" (RFC 5545, section 3.3.10).
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// What is told when it finds nothing.
    source: Box<RRule>,
    steps: Steps,
    clock: Clock,
    /// The start as the steps have it.
    start: i64,
    /// The start, while it was not given.
    first: Option<Read>,
    /// Keys before this are left out.
    from: i64,
    /// How many there may be still.
    left: Option<u64>,
    /// The last key that there may be.
    until: i64,
    /// Keys of walls that the zone skips: they may be later than some that follow.
    held: VecDeque<i64>,
    /// The next of the others.
    next: Option<i64>,
    ended: bool,
}

/// What a rule steps through: walls or instants.
#[derive(Debug, Clone)]
enum Steps {
    Days(Box<Days>),
    Hours(Box<Hours>),
}

impl Rule {
    /// `wall` is what the wall shows at the start, and `first` its key. `until` is the last key
    /// that there may be.
    pub(super) fn new(rule: &RRule, wall: i64, first: Read, until: i64, clock: Clock) -> Self {
        let plan = Plan::new(rule, wall);
        let (steps, start) = if rule.frequency.is_sub_daily() {
            let hours = Hours::new(plan, first.instant, clock.clone());
            (Steps::Hours(Box::new(hours)), first.instant)
        } else {
            (Steps::Days(Box::new(Days::new(plan))), wall)
        };
        Self {
            source: Box::new(rule.clone()),
            steps,
            clock,
            start,
            first: Some(first),
            from: i64::MIN,
            left: match rule.end {
                RuleEnd::Count(count) => Some(count.get().into()),
                _ => None,
            },
            until,
            held: VecDeque::new(),
            next: None,
            ended: first.instant > until,
        }
    }

    /// Leaves out what is after a key.
    pub(super) fn ending_at(mut self, to: i64) -> Self {
        self.until = self.until.min(to);
        match &mut self.steps {
            Steps::Days(days) => days.end_after(self.until.saturating_add(AROUND)),
            Steps::Hours(hours) => hours.end_after(self.until),
        }
        self
    }

    /// The same where the start is one only when the rule fits it: for exceptions.
    pub(super) fn fitting_only(mut self, budget: &mut Budget) -> Result<Self> {
        let fits = match self.steps.first_step(budget) {
            Ok(first) => first.first() == Some(&self.start),
            Err(Exhausted) => return Err(self.exhausted()),
        };
        if !fits {
            self.first = None;
        }
        self.steps.go_to(0);
        Ok(self)
    }

    /// Leaves out what is before a key, without a step for each where that can be.
    pub(super) fn starting_at(mut self, from: i64, budget: &mut Budget) -> Result<Self> {
        self.from = from;
        let step = match &self.steps {
            Steps::Days(days) => days.step_of(from.saturating_sub(AROUND)),
            Steps::Hours(hours) => hours.step_of(from),
        };
        if step < 1 {
            return Ok(self);
        }
        let each = match &self.steps {
            Steps::Days(days) => days.each_step(),
            Steps::Hours(hours) => hours.each_step(),
        };
        match (self.left, each) {
            (None, _) => {}
            (Some(left), Some(each)) => {
                let first = match self.steps.first_step(budget) {
                    Ok(first) => first,
                    Err(Exhausted) => return Err(self.exhausted()),
                };
                let fits = first.first() == Some(&self.start);
                let given = first.len() as u64 + u64::from(!fits && self.first.is_some());
                let later = u64::try_from(step - 1).unwrap_or(u64::MAX);
                let given = later.saturating_mul(each).saturating_add(given);
                let left = left.saturating_sub(given);
                self.left = Some(left);
                self.ended |= left == 0;
            }
            // What is counted has to be found.
            (Some(_), None) => return Ok(self),
        }
        self.first = None;
        self.steps.go_to(step);
        Ok(self)
    }

    /// The next key. Walls that the zone skips may have the key of another wall, which then comes
    /// twice.
    pub(super) fn next(&mut self, budget: &mut Budget) -> Result<Option<i64>> {
        loop {
            while self.next.is_none() && !self.ended {
                match self.read(budget)? {
                    None => self.ended = true,
                    Some(read) if read.skipped => self.held.push_back(read.instant),
                    // Those that are not skipped are in order.
                    Some(read) if read.instant > self.until => self.ended = true,
                    Some(read) => self.next = Some(read.instant),
                }
            }
            let key = match (self.held.front(), self.next) {
                (None, None) => return Ok(None),
                (Some(held), next) if next.is_none_or(|next| *held <= next) => {
                    self.held.pop_front()
                }
                _ => self.next.take(),
            };
            if let Some(key) = key
                && self.from <= key
                && key <= self.until
            {
                return Ok(Some(key));
            }
        }
    }

    fn read(&mut self, budget: &mut Budget) -> Result<Option<Read>> {
        if self.left == Some(0) {
            return Ok(None);
        }
        let read = match self.first.take() {
            Some(first) => Some(first),
            None => self.step(budget)?,
        };
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        Ok(read)
    }

    fn step(&mut self, budget: &mut Budget) -> Result<Option<Read>> {
        loop {
            let next = budget.spend(1).and_then(|()| self.steps.next(budget));
            let next = next.map_err(|Exhausted| self.exhausted())?;
            let Some(next) = next else {
                return Ok(None);
            };
            // It was given already.
            if next == self.start {
                continue;
            }
            return Ok(match &self.steps {
                Steps::Days(_) => self.clock.instant(next),
                Steps::Hours(_) => Some(Read {
                    instant: next,
                    skipped: false,
                }),
            });
        }
    }

    fn exhausted(&self) -> Error {
        Error::invalid_input(format!(
            "the recurrence rule {} takes more than {} steps to its next occurrence; give it a \
             later start, or a rule that fits more often",
            self.source,
            Budget::STEPS
        ))
    }
}

impl Steps {
    fn next(&mut self, budget: &mut Budget) -> Result<Option<i64>, Exhausted> {
        match self {
            Self::Days(days) => days.next(budget),
            Self::Hours(hours) => hours.next(budget),
        }
    }

    fn first_step(&mut self, budget: &mut Budget) -> Result<&[i64], Exhausted> {
        match self {
            Self::Days(days) => days.first_step(budget),
            Self::Hours(hours) => hours.first_step(budget),
        }
    }

    fn go_to(&mut self, step: i64) {
        match self {
            Self::Days(days) => days.go_to(step),
            Self::Hours(hours) => hours.go_to(step),
        }
    }
}
