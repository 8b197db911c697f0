//! Cases, and how both sides are asked about them.

use integrations_core::calendar::recurrence::{RRule, Recurrence, Series};
use integrations_core::time::EventTime;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A series, as both sides are told of it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) start: DateTime,
    /// `None`: it floats, or has whole days.
    pub(crate) zone: Option<&'static str>,
    pub(crate) whole_days: bool,
    pub(crate) rules: Vec<String>,
    pub(crate) except_rules: Vec<String>,
    pub(crate) dates: Vec<DateTime>,
    pub(crate) except: Vec<DateTime>,
    /// The last wall that is compared.
    pub(crate) horizon: DateTime,
    /// How many are compared.
    pub(crate) most: usize,
}

fn text(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%S").to_string()
}

impl Case {
    pub(crate) fn new(start: DateTime, zone: Option<&'static str>, rule: &str) -> Self {
        Self {
            start,
            zone,
            whole_days: false,
            rules: vec![rule.to_owned()],
            except_rules: Vec::new(),
            dates: Vec::new(),
            except: Vec::new(),
            horizon: DateTime::MAX,
            most: 40,
        }
    }

    /// The question for the oracle, which has so many seconds of its own for it.
    pub(crate) fn question(&self, seconds: f64) -> Value {
        let texts = |walls: &[DateTime]| walls.iter().copied().map(text).collect::<Vec<_>>();
        json!({
            "kind": "rules",
            "start": text(self.start),
            "zone": self.zone,
            "whole_days": self.whole_days,
            "rules": self.rules,
            "except_rules": self.except_rules,
            "dates": texts(&self.dates),
            "except": texts(&self.except),
            "horizon": text(self.horizon),
            "most": self.most,
            "seconds": seconds,
        })
    }

    pub(crate) fn time(&self, wall: DateTime) -> EventTime {
        match self.zone {
            _ if self.whole_days => EventTime::Date(wall.date()),
            None => EventTime::Floating(wall),
            Some(zone) => EventTime::zoned(wall, zone),
        }
    }

    pub(crate) fn series(&self) -> Series {
        let mut recurrence = Recurrence::default();
        let parse = |rules: &[String]| {
            let rules = rules.iter().map(|rule| rule.parse().expect(rule));
            rules.collect::<Vec<RRule>>()
        };
        recurrence.rules = parse(&self.rules);
        recurrence.except_rules = parse(&self.except_rules);
        recurrence.dates = self.dates.iter().map(|at| self.time(*at).into()).collect();
        recurrence.except = self.except.iter().map(|at| self.time(*at)).collect();
        let start = self.time(self.start);
        Series::new(start.clone(), start, recurrence).unwrap()
    }

    /// The starts, in seconds of Unix time, from an instant on, at most so many.
    pub(crate) fn starts(&self, from: Timestamp, most: usize) -> Vec<i64> {
        let horizon = TimeZone::UTC.to_timestamp(self.horizon).unwrap();
        // A day more, because the horizon is on the wall.
        let to = horizon
            .checked_add(SignedDuration::from_hours(24))
            .unwrap_or(Timestamp::MAX);
        let window = integrations_core::time::TimeRange {
            start: from,
            end: to,
        };
        let found = self.series().within(window);
        let starts = found.take(most).map(|one| one.unwrap().starts_at);
        starts.map(Timestamp::as_second).collect()
    }
}
