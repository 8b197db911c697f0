//! Rules by hours, minutes and seconds: they step by time that passes, and their other parts are
//! read on the wall.
//!
//! A step is an hour, minute or second that begins with one of the wall where the series starts.
//! Parts of the step's own unit and coarser leave steps out; finer parts are found inside of it.

use super::super::rule::Frequency;
use super::clock::Clock;
use super::day::{self, DAY};
use super::plan::{Plan, Year};
use super::{Budget, Exhausted};

/// The instants of a rule, in order.
#[derive(Debug, Clone)]
pub(super) struct Hours {
    plan: Plan,
    clock: Clock,
    year: Year,
    /// The length of the unit, in seconds.
    unit: i64,
    /// When step 0 begins, and the start.
    base: i64,
    start: i64,
    /// No instant after this is of interest.
    limit: i64,
    step: i64,
    ready: Vec<i64>,
    taken: usize,
}

impl Hours {
    /// `start` is the instant of the plan's start.
    pub(super) fn new(plan: Plan, start: i64, clock: Clock) -> Self {
        let unit = match plan.frequency {
            Frequency::Secondly => 1,
            Frequency::Minutely => 60,
            _ => 3600,
        };
        let base = start - plan.start.rem_euclid(unit);
        Self {
            plan,
            clock,
            year: Year::default(),
            unit,
            base,
            start,
            limit: i64::MAX,
            step: 0,
            ready: Vec::new(),
            taken: 0,
        }
    }

    pub(super) fn next(&mut self, budget: &mut Budget) -> Result<Option<i64>, Exhausted> {
        loop {
            if let Some(instant) = self.ready.get(self.taken) {
                self.taken += 1;
                return Ok(Some(*instant));
            }
            budget.spend(1)?;
            if !self.fill() {
                return Ok(None);
            }
        }
    }

    /// The occurrences that each step from step 1 on has, where all have the same number.
    pub(super) fn each_step(&self) -> Option<u64> {
        let plan = &self.plan;
        let finer = match plan.frequency {
            Frequency::Hourly if plan.hours.is_empty() => {
                plan.minutes.len().max(1) * plan.seconds.len().max(1)
            }
            Frequency::Minutely if plan.hours.is_empty() && plan.minutes.is_empty() => {
                plan.seconds.len().max(1)
            }
            Frequency::Secondly
                if plan.hours.is_empty() && plan.minutes.is_empty() && plan.seconds.is_empty() =>
            {
                1
            }
            _ => return None,
        };
        let all = plan.months == 0
            && plan.month_days.is_empty()
            && plan.year_days.is_empty()
            && plan.weekdays == 0
            && plan.set_pos.is_empty();
        all.then_some(finer as u64)
    }

    /// The step that has an instant, or the last before it.
    pub(super) fn step_of(&self, instant: i64) -> i64 {
        (instant - self.base)
            .div_euclid(self.unit)
            .div_euclid(self.plan.interval)
    }

    /// Ends after an instant.
    pub(super) fn end_after(&mut self, limit: i64) {
        self.limit = limit;
    }

    /// The occurrences of the step that has the start, from there on.
    pub(super) fn first_step(&mut self, budget: &mut Budget) -> Result<&[i64], Exhausted> {
        self.step = 0;
        budget.spend(1)?;
        self.fill();
        Ok(self.ready.get(self.taken..).unwrap_or_default())
    }

    /// Goes on with a step.
    pub(super) fn go_to(&mut self, step: i64) {
        self.step = step;
        self.ready.clear();
        self.taken = 0;
    }

    /// Finds what the next step has. False when time ends, or the limit is passed.
    fn fill(&mut self) -> bool {
        self.ready.clear();
        self.taken = 0;
        let length = self.unit * self.plan.interval;
        let Some(begin) = self
            .step
            .checked_mul(length)
            .and_then(|s| s.checked_add(self.base))
        else {
            return false;
        };
        if begin > self.limit {
            return false;
        }
        let Some(wall) = self.clock.wall(begin) else {
            return false;
        };
        let idle = self.idle(wall);
        // A step may lie in two days where the zone changed by part of an hour.
        let last = wall + self.unit - 1;
        if idle > 0 && (last.div_euclid(DAY) == wall.div_euclid(DAY) || self.idle(last) > 0) {
            self.step += self.skip(begin, wall, idle, length);
            return true;
        }
        self.step += 1;
        let mut found = std::mem::take(&mut self.ready);
        self.candidates(begin, wall, &mut found);
        found.retain(|instant| self.keeps(*instant));
        self.plan.choose(&mut found);
        let start = self.start;
        self.taken = found.partition_point(|instant| *instant < start);
        self.ready = found;
        true
    }

    /// How long nothing can be, in seconds on the wall, because of parts coarser than the step.
    fn idle(&mut self, wall: i64) -> i64 {
        let number = wall.div_euclid(DAY);
        let date = day::civil(number);
        let of_day = wall.rem_euclid(DAY);
        if !self.plan.has_month(date.1) {
            let days = day::days_in_month(date.0, date.1) - date.2 + 1;
            return days * DAY - of_day;
        }
        if !self.plan.has_day(number, date, &mut self.year) {
            return DAY - of_day;
        }
        let is_out = |list: &[i64], value| !list.is_empty() && !list.contains(&value);
        if self.unit < 3600 && is_out(&self.plan.hours, of_day / 3600) {
            return 3600 - of_day % 3600;
        }
        if self.unit < 60 && is_out(&self.plan.minutes, of_day / 60 % 60) {
            return 60 - of_day % 60;
        }
        0
    }

    /// How many steps begin while nothing can be. One, where the zone changes meanwhile: then it is
    /// not known how much time that is.
    fn skip(&mut self, begin: i64, wall: i64, idle: i64, length: i64) -> i64 {
        // A month with a change is left by days.
        let to_midnight = DAY - wall.rem_euclid(DAY);
        for idle in [idle, idle.min(to_midnight)] {
            let end = begin + idle;
            if self.clock.wall(end) == Some(wall + idle) {
                // The first step that reaches beyond the end.
                let steps = (end - self.unit - begin).div_euclid(length) + 1;
                return steps.max(1);
            }
        }
        1
    }

    /// The instants of a step by its finer parts, in order.
    fn candidates(&mut self, begin: i64, wall: i64, found: &mut Vec<i64>) {
        let seconds = |plan: &Plan, minute: i64, wall: i64, found: &mut Vec<i64>| {
            if plan.seconds.is_empty() {
                found.push(minute + plan.start.rem_euclid(60));
            }
            let seconds = plan.seconds.iter();
            found.extend(seconds.map(|second| minute + (second - wall).rem_euclid(60)));
        };
        match self.plan.frequency {
            Frequency::Secondly => found.push(begin),
            Frequency::Minutely => seconds(&self.plan, begin, wall, found),
            _ if self.plan.minutes.is_empty() => {
                let minute = begin + self.plan.start.div_euclid(60).rem_euclid(60) * 60;
                seconds(&self.plan, minute, wall, found);
            }
            _ => {
                for minute in 0..60 {
                    let minute = begin + minute * 60;
                    let shown = self.clock.wall(minute);
                    let Some(shown) = shown else { continue };
                    let of_hour = shown.div_euclid(60).rem_euclid(60);
                    if self.plan.minutes.contains(&of_hour) {
                        seconds(&self.plan, minute, shown, found);
                    }
                }
            }
        }
        found.sort_unstable();
        found.dedup();
    }

    /// Whether all parts that the rule has are so on the wall.
    fn keeps(&mut self, instant: i64) -> bool {
        let Some(wall) = self.clock.wall(instant) else {
            return false;
        };
        let number = wall.div_euclid(DAY);
        let of_day = wall.rem_euclid(DAY);
        let is_in = |list: &[i64], value| list.is_empty() || list.contains(&value);
        is_in(&self.plan.hours, of_day / 3600)
            && is_in(&self.plan.minutes, of_day / 60 % 60)
            && is_in(&self.plan.seconds, of_day % 60)
            && self
                .plan
                .has_day(number, day::civil(number), &mut self.year)
    }
}
