//! The recurrence set: rules and dates together, without the exceptions.

use std::collections::{BTreeMap, BTreeSet};

use super::Budget;
use super::form::Form;
use super::rule::Rule;
use crate::calendar::recurrence::{RRule, Recurrence, RuleEnd, Until};
use crate::error::Result;
use crate::time::EventTime;

/// The keys of a series' occurrences, in order, each once.
#[derive(Debug, Clone)]
pub(in super::super) struct Set {
    rules: Vec<Peeked>,
    except_rules: Vec<Peeked>,
    /// The dates that are added, in order, and how many of them are given.
    dates: Vec<i64>,
    given: usize,
    /// Those that are taken out.
    except: BTreeSet<i64>,
    last: Option<i64>,
}

/// A rule and its next key, which is looked for when it is asked for: the one after a key may be far
/// away, or an error.
#[derive(Debug, Clone)]
struct Peeked {
    rule: Rule,
    next: Next,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Next {
    Unknown,
    Is(Option<i64>),
}

impl Peeked {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            next: Next::Unknown,
        }
    }

    fn peek(&mut self, budget: &mut Budget) -> Result<Option<i64>> {
        if let Next::Is(next) = self.next {
            return Ok(next);
        }
        let next = self.rule.next(budget)?;
        self.next = Next::Is(next);
        Ok(next)
    }

    /// Takes a key, where it is the next.
    fn take(&mut self, key: i64) {
        if self.next == Next::Is(Some(key)) {
            self.next = Next::Unknown;
        }
    }
}

impl Set {
    /// The set of a recurrence in the form of its start (see [`Recurrence::normalized`]). Rules
    /// leave out what is before the first key of `span` and after the last; dates do not.
    pub(in super::super) fn new(
        start: &EventTime,
        recurrence: &Recurrence,
        form: &mut Form,
        (from, to): (i64, i64),
        budget: &mut Budget,
    ) -> Result<Self> {
        let first = form.read(start)?;
        let wall = super::day::wall(start.wall());
        let made = |rule: &RRule, form: &mut Form| -> Result<Rule> {
            let until = until(rule, form)?;
            Ok(Rule::new(rule, wall, first, until, form.clock.clone()))
        };
        let mut rules = Vec::with_capacity(recurrence.rules.len());
        for rule in &recurrence.rules {
            let rule = made(rule, form)?.ending_at(to).starting_at(from, budget)?;
            rules.push(Peeked::new(rule));
        }
        let mut except_rules = Vec::with_capacity(recurrence.except_rules.len());
        for rule in &recurrence.except_rules {
            let rule = made(rule, form)?.ending_at(to).fitting_only(budget)?;
            except_rules.push(Peeked::new(rule.starting_at(from, budget)?));
        }
        let mut dates = Vec::with_capacity(recurrence.dates.len() + 1);
        if rules.is_empty() {
            dates.push(first.instant);
        }
        for date in &recurrence.dates {
            dates.push(form.key(&date.start)?);
        }
        dates.sort_unstable();
        let except = exceptions(recurrence, form)?;
        Ok(Self {
            rules,
            except_rules,
            dates,
            given: 0,
            except,
            last: None,
        })
    }

    /// The next key.
    pub(in super::super) fn next(&mut self, budget: &mut Budget) -> Result<Option<i64>> {
        loop {
            let mut least = self.dates.get(self.given).copied();
            for rule in &mut self.rules {
                if let Some(next) = rule.peek(budget)? {
                    least = Some(least.map_or(next, |least| least.min(next)));
                }
            }
            let Some(key) = least else {
                return Ok(None);
            };
            if self.dates.get(self.given) == Some(&key) {
                self.given += 1;
            }
            for rule in &mut self.rules {
                rule.take(key);
            }
            let is_new = self.last.replace(key) != Some(key);
            if is_new && !self.except.contains(&key) && !self.is_excluded(key, budget)? {
                return Ok(Some(key));
            }
        }
    }

    fn is_excluded(&mut self, key: i64, budget: &mut Budget) -> Result<bool> {
        for rule in &mut self.except_rules {
            while let Some(next) = rule.peek(budget)?.filter(|next| *next <= key) {
                if next == key {
                    return Ok(true);
                }
                rule.take(next);
            }
        }
        Ok(false)
    }
}

/// The last key that a rule may have.
fn until(rule: &RRule, form: &mut Form) -> Result<i64> {
    let RuleEnd::Until(until) = rule.end else {
        return Ok(i64::MAX);
    };
    form.key(&match until {
        Until::Date(date) => EventTime::Date(date),
        Until::Utc(at) => EventTime::Utc(at),
        Until::Local(wall) => EventTime::Floating(wall),
    })
}

/// The keys of what is taken out by a date.
pub(in super::super) fn exceptions(
    recurrence: &Recurrence,
    form: &mut Form,
) -> Result<BTreeSet<i64>> {
    let dates = recurrence.except.iter();
    dates.map(|date| form.key(date)).collect()
}

/// The ends of those dates that are periods, by the keys of their starts.
pub(in super::super) fn periods(
    recurrence: &Recurrence,
    form: &mut Form,
) -> Result<BTreeMap<i64, EventTime>> {
    let mut periods = BTreeMap::new();
    for date in &recurrence.dates {
        if let Some(end) = &date.end {
            periods.insert(form.key(&date.start)?, end.clone());
        }
    }
    Ok(periods)
}
