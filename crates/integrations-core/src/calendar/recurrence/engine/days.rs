//! Rules by days and longer, step by step, as what the wall shows.

use super::super::rule::Frequency;
use super::day::{self, DAY, LAST_YEAR};
use super::plan::{Plan, Year};
use super::{Budget, Exhausted};

/// The walls of a rule, in order.
#[derive(Debug, Clone)]
pub(super) struct Days {
    plan: Plan,
    /// Seconds of the day.
    times: Vec<i64>,
    year: Year,
    /// No wall after this is of interest.
    limit: i64,
    /// Which step is next; the start is in step 0.
    step: i64,
    /// What the last step gave, and how much of that is taken.
    ready: Vec<i64>,
    taken: usize,
    /// The days of a step, kept for its memory.
    scratch: Vec<i64>,
}

impl Days {
    pub(super) fn new(plan: Plan) -> Self {
        let mut times = Vec::new();
        for hour in &plan.hours {
            for minute in &plan.minutes {
                times.extend(plan.seconds.iter().map(|s| hour * 3600 + minute * 60 + s));
            }
        }
        Self {
            plan,
            times,
            year: Year::default(),
            limit: i64::MAX,
            step: 0,
            ready: Vec::new(),
            taken: 0,
            scratch: Vec::new(),
        }
    }

    /// The next wall at or after the start of the rule.
    pub(super) fn next(&mut self, budget: &mut Budget) -> Result<Option<i64>, Exhausted> {
        loop {
            if let Some(wall) = self.ready.get(self.taken) {
                self.taken += 1;
                return Ok(Some(*wall));
            }
            budget.spend(1)?;
            if !self.fill(budget)? {
                return Ok(None);
            }
        }
    }

    /// The occurrences that each step from step 1 on has, where all have the same number.
    pub(super) fn each_step(&self) -> Option<u64> {
        let plan = &self.plan;
        let days = match plan.frequency {
            Frequency::Daily if plan.weekdays == 0 && plan.month_days.is_empty() => 1,
            Frequency::Weekly => u64::from(plan.weekdays.count_ones()),
            _ => return None,
        };
        let all = plan.months == 0 && plan.set_pos.is_empty();
        all.then_some(days * self.times.len() as u64)
    }

    /// The step that has a wall, or the last before it.
    pub(super) fn step_of(&self, wall: i64) -> i64 {
        let number = wall.div_euclid(DAY);
        let first = self.plan.start.div_euclid(DAY);
        let units = match self.plan.frequency {
            Frequency::Yearly => day::civil(number).0 - day::civil(first).0,
            Frequency::Monthly => {
                let month = |number| {
                    let (year, month, _) = day::civil(number);
                    year * 12 + month
                };
                month(number) - month(first)
            }
            Frequency::Weekly => (number - self.week_of(first)).div_euclid(7),
            _ => number - first,
        };
        units.div_euclid(self.plan.interval)
    }

    /// Ends after a wall.
    pub(super) fn end_after(&mut self, limit: i64) {
        self.limit = limit;
    }

    /// The occurrences of the step that has the start, from there on.
    pub(super) fn first_step(&mut self, budget: &mut Budget) -> Result<&[i64], Exhausted> {
        self.step = 0;
        self.fill(budget)?;
        Ok(self.ready.get(self.taken..).unwrap_or_default())
    }

    /// Goes on with a step.
    pub(super) fn go_to(&mut self, step: i64) {
        self.step = step;
        self.ready.clear();
        self.taken = 0;
    }

    fn week_of(&self, number: i64) -> i64 {
        number - (day::weekday(number) - self.plan.week_start).rem_euclid(7)
    }

    /// Finds what the next step has. False when time ends, or the limit is passed.
    fn fill(&mut self, budget: &mut Budget) -> Result<bool, Exhausted> {
        let units = self.step * self.plan.interval;
        self.step += 1;
        let first = self.plan.start.div_euclid(DAY);
        self.scratch.clear();
        self.ready.clear();
        self.taken = 0;
        match self.plan.frequency {
            Frequency::Yearly => {
                let year = day::civil(first).0 + units;
                if year > LAST_YEAR || self.is_over(day::number(year, 1, 1)) {
                    return Ok(false);
                }
                for month in 1..=12 {
                    if self.plan.has_month(month) {
                        budget.spend(1)?;
                        self.month(year, month);
                    }
                }
            }
            Frequency::Monthly => {
                let (year, month, _) = day::civil(first);
                let month = year * 12 + month - 1 + units;
                let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
                if year > LAST_YEAR || self.is_over(day::number(year, month, 1)) {
                    return Ok(false);
                }
                if self.plan.has_month(month) {
                    self.month(year, month);
                }
            }
            Frequency::Weekly => {
                let begin = self.week_of(first) + units * 7;
                if day::civil(begin).0 > LAST_YEAR || self.is_over(begin) {
                    return Ok(false);
                }
                for place in 0..7 {
                    // A week has every day of the week once: most are out by that alone.
                    let weekday = (self.plan.week_start + place) % 7;
                    if self.plan.weekdays & (1 << weekday) != 0 {
                        self.day(begin + place);
                    }
                }
            }
            _ => {
                let number = first + units;
                if day::civil(number).0 > LAST_YEAR || self.is_over(number) {
                    return Ok(false);
                }
                self.day(number);
            }
        }
        for number in &self.scratch {
            let times = self.times.iter();
            self.ready.extend(times.map(|time| number * DAY + time));
        }
        self.plan.choose(&mut self.ready);
        let start = self.plan.start;
        self.taken = self.ready.partition_point(|wall| *wall < start);
        Ok(true)
    }

    fn is_over(&self, number: i64) -> bool {
        number > self.limit.div_euclid(DAY)
    }

    fn day(&mut self, number: i64) {
        let date = day::civil(number);
        if self.plan.has_day(number, date, &mut self.year) {
            self.scratch.push(number);
        }
    }

    fn month(&mut self, year: i64, month: i64) {
        let first = day::number(year, month, 1);
        let length = day::days_in_month(year, month);
        let from = self.scratch.len();
        if self.plan.month_days.is_empty() {
            for of_month in 1..=length {
                let number = first + of_month - 1;
                if self
                    .plan
                    .has_day(number, (year, month, of_month), &mut self.year)
                {
                    self.scratch.push(number);
                }
            }
            return;
        }
        for place in &self.plan.month_days {
            let of_month = if *place > 0 {
                *place
            } else {
                length + 1 + place
            };
            let number = first + of_month - 1;
            if (1..=length).contains(&of_month)
                && self
                    .plan
                    .has_day(number, (year, month, of_month), &mut self.year)
            {
                self.scratch.push(number);
            }
        }
        // Places from the end come among those from the start.
        self.scratch[from..].sort_unstable();
        self.scratch.dedup();
    }
}
