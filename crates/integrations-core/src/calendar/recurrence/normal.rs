//! What other programs write, in the form that the RFC asks for.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::rule::{RRule, RuleEnd, Until};
use super::{RDate, Recurrence};
use crate::error::{Error, Result};
use crate::time::EventTime;

impl Recurrence {
    /// The same in the form of a start, as RFC 5545 wants it (section 3.3.10: `UNTIL` has the type
    /// of the start, and is in UTC where that has a zone). Calendars in the wild write dates and
    /// local times there, and mean
    ///
    /// - by a date in `UNTIL` of an event with a time: the end of that day, in the event's zone;
    /// - by a local time: that time in the event's zone;
    /// - by an instant where the event has days or floats: what it shows in UTC;
    /// - by a date in `RDATE` or `EXDATE` of an event with a time: the occurrence at the time of
    ///   day of the start; by a time, where the event has days: its day;
    /// - by `BYHOUR`, `BYMINUTE` and `BYSECOND` of an event of whole days: nothing (they "MUST be
    ///   ignored").
    ///
    /// # Errors
    /// `InvalidInput` for an unknown zone, a time out of range, or what
    /// [`check`](Self::check) refuses of the result.
    pub fn normalized(&self, start: &EventTime) -> Result<Self> {
        let mut normal = self.clone();
        for rule in normal.rules.iter_mut().chain(&mut normal.except_rules) {
            rule.normalize(start)?;
        }
        for RDate { start: date, end } in &mut normal.dates {
            if date.is_date() != start.is_date() {
                *date = in_form(date, start);
                *end = None;
            }
        }
        for date in &mut normal.except {
            *date = in_form(date, start);
        }
        normal.check_form(start)?;
        Ok(normal)
    }
}

impl RRule {
    fn normalize(&mut self, start: &EventTime) -> Result<()> {
        if start.is_date() {
            self.by_hour.clear();
            self.by_minute.clear();
            self.by_second.clear();
        }
        let RuleEnd::Until(until) = self.end else {
            return Ok(());
        };
        let last = |date: Date| date.at(23, 59, 59, 0);
        let zone = match start {
            EventTime::Zoned { tz, .. } => tz.time_zone()?,
            _ => TimeZone::UTC,
        };
        let instant = |wall: DateTime| {
            let at = zone.to_ambiguous_timestamp(wall).compatible();
            at.map(Until::Utc)
                .map_err(|_| Error::invalid_input(format!("UNTIL={until} is out of range")))
        };
        self.end = RuleEnd::Until(match (start, until) {
            (EventTime::Date(_), Until::Local(wall)) => Until::Date(wall.date()),
            (EventTime::Date(_), Until::Utc(at)) => {
                Until::Date(TimeZone::UTC.to_datetime(at).date())
            }
            (EventTime::Floating(_), Until::Date(date)) => Until::Local(last(date)),
            (EventTime::Floating(_), Until::Utc(at)) => Until::Local(TimeZone::UTC.to_datetime(at)),
            (EventTime::Zoned { .. } | EventTime::Utc(_), Until::Date(date)) => {
                instant(last(date))?
            }
            (EventTime::Zoned { .. } | EventTime::Utc(_), Until::Local(wall)) => instant(wall)?,
            (_, right) => right,
        });
        Ok(())
    }
}

/// A date as a time like the start, or a time as its date.
fn in_form(date: &EventTime, start: &EventTime) -> EventTime {
    match (date, start) {
        (EventTime::Date(date), EventTime::Zoned { local, tz }) => EventTime::Zoned {
            local: date.to_datetime(local.time()),
            tz: tz.clone(),
        },
        (EventTime::Date(date), EventTime::Utc(_)) => {
            let wall = date.to_datetime(start.wall().time());
            // A date and a time of day in UTC are an instant, but for the ends of time.
            TimeZone::UTC
                .to_timestamp(wall)
                .map_or(EventTime::Floating(wall), EventTime::Utc)
        }
        (EventTime::Date(date), EventTime::Floating(local)) => {
            EventTime::Floating(date.to_datetime(local.time()))
        }
        (time, EventTime::Date(_)) => EventTime::Date(time.wall().date()),
        (time, _) => time.clone(),
    }
}
