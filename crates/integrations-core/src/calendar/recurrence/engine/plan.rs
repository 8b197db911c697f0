//! A rule made ready to be stepped through.

use super::super::rule::{Frequency, RRule, Weekday};
use super::day::{self, DAY};

/// The parts of a rule, with what it takes from the start written out (RFC 5545, section 3.3.10:
/// "Information, not contained in the rule, necessary to determine the various recurrence instance
/// start time and dates are derived from the Start Time").
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    /// Bit `n` is month `n`; none is every month.
    pub(super) months: u16,
    pub(super) month_days: Vec<i64>,
    pub(super) year_days: Vec<i64>,
    pub(super) weeks: Vec<i64>,
    /// Bit `n` is a day of the week, Monday being 0.
    pub(super) weekdays: u8,
    /// The nth of a day of the week: of the month, or of the year when the rule has no month.
    pub(super) nth: Vec<(i64, i64)>,
    pub(super) hours: Vec<i64>,
    pub(super) minutes: Vec<i64>,
    pub(super) seconds: Vec<i64>,
    pub(super) set_pos: Vec<i64>,
    pub(super) week_start: i64,
    /// What the wall shows at the start.
    pub(super) start: i64,
}

impl Plan {
    pub(super) fn new(rule: &RRule, start: i64) -> Self {
        let mut plan = Self {
            frequency: rule.frequency,
            interval: rule.interval.get().into(),
            months: rule
                .by_month
                .iter()
                .fold(0, |bits, month| bits | (1 << month)),
            month_days: sorted(rule.by_month_day.iter().map(|n| (*n).into())),
            year_days: sorted(rule.by_year_day.iter().map(|n| (*n).into())),
            weeks: sorted(rule.by_week_no.iter().map(|n| (*n).into())),
            weekdays: 0,
            nth: Vec::new(),
            hours: sorted(rule.by_hour.iter().map(|n| (*n).into())),
            minutes: sorted(rule.by_minute.iter().map(|n| (*n).into())),
            // A leap second is the second before it: no clock here has one.
            seconds: sorted(rule.by_second.iter().map(|n| i64::from(*n).min(59))),
            set_pos: sorted(rule.by_set_pos.iter().map(|n| (*n).into())),
            week_start: index(rule.week_start),
            start,
        };
        for by in &rule.by_day {
            match by.nth {
                Some(nth) => plan.nth.push((nth.into(), index(by.day))),
                None => plan.weekdays |= 1 << index(by.day),
            }
        }
        plan.derive();
        plan
    }

    fn derive(&mut self) {
        let today = self.start.div_euclid(DAY);
        let (_, month, of_month) = day::civil(today);
        let no_day = self.month_days.is_empty()
            && self.year_days.is_empty()
            && self.weeks.is_empty()
            && !self.has_weekday();
        match self.frequency {
            Frequency::Yearly if no_day => {
                if self.months == 0 {
                    self.months = 1 << month;
                }
                self.month_days.push(of_month);
            }
            Frequency::Monthly if no_day => self.month_days.push(of_month),
            Frequency::Weekly if no_day => self.weekdays = 1 << day::weekday(today),
            _ => {}
        }
        let of_day = self.start.rem_euclid(DAY);
        // Shorter rules take from the start what their own step does not say.
        if self.hours.is_empty() && self.frequency > Frequency::Hourly {
            self.hours.push(of_day / 3600);
        }
        if self.minutes.is_empty() && self.frequency > Frequency::Hourly {
            self.minutes.push(of_day / 60 % 60);
        }
        if self.seconds.is_empty() && self.frequency > Frequency::Minutely {
            self.seconds.push(of_day % 60);
        }
    }

    pub(super) fn has_weekday(&self) -> bool {
        self.weekdays != 0 || !self.nth.is_empty()
    }

    pub(super) fn has_month(&self, month: i64) -> bool {
        self.months == 0 || self.months & (1 << month) != 0
    }

    /// Whether the day may have an occurrence.
    pub(super) fn has_day(&self, number: i64, date: (i64, i64, i64), year: &mut Year) -> bool {
        let (y, month, of_month) = date;
        if !self.has_month(month) {
            return false;
        }
        if !self.month_days.is_empty() {
            let length = day::days_in_month(y, month);
            if !either(&self.month_days, of_month, length) {
                return false;
            }
        }
        if !self.year_days.is_empty() {
            let first = day::number(y, 1, 1);
            if !either(&self.year_days, number - first + 1, day::days_in_year(y)) {
                return false;
            }
        }
        if !self.weeks.is_empty() && !year.get(y, self.week_start).has(number, &self.weeks) {
            return false;
        }
        !self.has_weekday() || self.has_day_of_week(number, date)
    }

    fn has_day_of_week(&self, number: i64, (year, month, of_month): (i64, i64, i64)) -> bool {
        let weekday = day::weekday(number);
        if self.weekdays & (1 << weekday) != 0 {
            return true;
        }
        if self.nth.is_empty() {
            return false;
        }
        // "Within the month when BYMONTH is present, and within the year otherwise."
        let of_year = self.frequency == Frequency::Yearly && self.months == 0;
        let (place, length) = if of_year {
            let first = day::number(year, 1, 1);
            (number - first, day::days_in_year(year))
        } else {
            (of_month - 1, day::days_in_month(year, month))
        };
        let from_start = place / 7 + 1;
        let from_end = -((length - 1 - place) / 7 + 1);
        self.nth
            .iter()
            .any(|(nth, day)| *day == weekday && (*nth == from_start || *nth == from_end))
    }

    /// The occurrences among the sorted candidates of one step: `BYSETPOS`.
    pub(super) fn choose(&self, candidates: &mut Vec<i64>) {
        if self.set_pos.is_empty() {
            return;
        }
        let length = candidates.len();
        let chosen = self.set_pos.iter().filter_map(|place| {
            let from_end = usize::try_from(place.unsigned_abs()).ok()?;
            let at = match *place > 0 {
                true => from_end.checked_sub(1)?,
                false => length.checked_sub(from_end)?,
            };
            candidates.get(at).copied()
        });
        let mut chosen: Vec<i64> = chosen.collect();
        chosen.sort_unstable();
        chosen.dedup();
        *candidates = chosen;
    }
}

/// The weeks of a year, numbered as in ISO 8601 but from any day of the week: the first has at
/// least four days in the year.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weeks {
    /// The first day of week 1.
    first: i64,
    count: i64,
    /// The weeks of the years beside it.
    before: i64,
    after: i64,
}

impl Weeks {
    fn of(year: i64, start: i64) -> Self {
        let first = |year: i64| {
            let fourth = day::number(year, 1, 4);
            fourth - (day::weekday(fourth) - start).rem_euclid(7)
        };
        let count = |year: i64| (first(year + 1) - first(year)) / 7;
        Self {
            first: first(year),
            count: count(year),
            before: count(year - 1),
            after: count(year + 1),
        }
    }

    fn has(&self, number: i64, weeks: &[i64]) -> bool {
        let week = (number - self.first).div_euclid(7) + 1;
        if week < 1 {
            either(weeks, self.before, self.before)
        } else if week > self.count {
            either(weeks, 1, self.after)
        } else {
            either(weeks, week, self.count)
        }
    }
}

/// The weeks of the year that was asked for last.
#[derive(Debug, Clone, Default)]
pub(super) struct Year(Option<(i64, Weeks)>);

impl Year {
    fn get(&mut self, year: i64, start: i64) -> Weeks {
        match self.0 {
            Some((known, weeks)) if known == year => weeks,
            _ => {
                let weeks = Weeks::of(year, start);
                self.0 = Some((year, weeks));
                weeks
            }
        }
    }
}

/// Whether the list has a place, counted from the start or, negative, from the end.
fn either(list: &[i64], place: i64, length: i64) -> bool {
    list.iter().any(|n| *n == place || *n == place - length - 1)
}

fn sorted(values: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn index(day: Weekday) -> i64 {
    match day {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    }
}
