//! A series as its occurrences.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Recurrence;
use super::rule::{Frequency, RRule, RuleEnd, Until, Weekday};
use crate::error::{Error, Result};
use crate::time::{EventTime, TimeRange};

/// More occurrences than this in one window are refused.
const MOST: usize = 100_000;
/// More steps than this before the window's end are refused.
const STEPS: usize = 5_000_000;

/// The occurrences of a series that start within a window, in order, each once, in the form of
/// `start`. Days and floating times are read in `local`.
///
/// Rules by days and longer repeat the time that the clock shows: a weekly meeting at 9 stays at 9
/// when summer time begins, and a whole day stays that day. Rules by hours and shorter repeat after
/// so much time has passed.
///
/// # Errors
/// `InvalidInput` for a rule that [`check`](Recurrence::check) refuses, an unknown zone, or more
/// than 100,000 occurrences in the window; `Unsupported` for a rule by hours or shorter with
/// `BYSETPOS`, or with a part finer than its own unit.
pub fn expand(
    start: &EventTime,
    recurrence: &Recurrence,
    window: TimeRange,
    local: &TimeZone,
) -> Result<Vec<EventTime>> {
    recurrence.check(start)?;
    let form = Form::of(start, local)?;
    let mut found = BTreeSet::new();
    for rule in &recurrence.rules {
        if rule.frequency.is_sub_daily() {
            form.by_time(rule, window, &mut found)?;
        } else {
            form.by_wall(rule, window, &mut found)?;
        }
    }
    for date in &recurrence.dates {
        let instant = date.to_timestamp(local)?;
        if window.contains(instant) {
            found.insert(instant);
        }
    }
    for except in &recurrence.except {
        found.remove(&except.to_timestamp(local)?);
    }
    found
        .into_iter()
        .map(|instant| form.event_time(instant))
        .collect()
}

/// The form in which a series gives its times.
struct Form<'a> {
    start: &'a EventTime,
    zone: TimeZone,
    first: Timestamp,
}

impl<'a> Form<'a> {
    fn of(start: &'a EventTime, local: &TimeZone) -> Result<Self> {
        let zone = match start {
            EventTime::Zoned { tz, .. } => tz.time_zone()?,
            EventTime::Utc(_) => TimeZone::UTC,
            EventTime::Date(_) | EventTime::Floating(_) => local.clone(),
        };
        let first = start.to_timestamp(local)?;
        Ok(Self { start, zone, first })
    }

    fn event_time(&self, instant: Timestamp) -> Result<EventTime> {
        let wall = self.zone.to_datetime(instant);
        Ok(match self.start {
            EventTime::Date(_) => EventTime::Date(wall.date()),
            EventTime::Floating(_) => EventTime::Floating(wall),
            EventTime::Utc(_) => EventTime::Utc(instant),
            EventTime::Zoned { tz, .. } => {
                let zoned = EventTime::Zoned {
                    local: wall,
                    tz: tz.clone(),
                };
                // The second of two equal times on the wall, at the end of summer time, can only
                // be said as an instant.
                if zoned.to_timestamp(&self.zone)? == instant {
                    zoned
                } else {
                    EventTime::Utc(instant)
                }
            }
        })
    }

    /// Expands in wall time, as if the wall were in UTC, and puts each into the zone afterwards.
    fn by_wall(
        &self,
        rule: &RRule,
        window: TimeRange,
        found: &mut BTreeSet<Timestamp>,
    ) -> Result<()> {
        let wall = |instant| -> Result<Timestamp> {
            let wall = self.zone.to_datetime(instant);
            TimeZone::UTC.to_timestamp(wall).map_err(out_of_range)
        };
        let first = TimeZone::UTC
            .to_timestamp(self.start.wall())
            .map_err(out_of_range)?;
        let mut floating = rule.clone();
        if let RuleEnd::Until(until) = rule.end {
            let last = match until {
                Until::Date(date) => TimeZone::UTC
                    .to_timestamp(date.at(0, 0, 0, 0))
                    .map_err(out_of_range)?,
                Until::Local(local) => TimeZone::UTC.to_timestamp(local).map_err(out_of_range)?,
                Until::Utc(instant) => wall(instant)?,
            };
            if last < first {
                return Ok(());
            }
            floating.end = RuleEnd::Until(Until::Utc(last));
        }
        let text = format!("DTSTART:{}\nRRULE:{floating}", Until::Utc(first));
        let set: rrule::RRuleSet = text.parse().map_err(|error| {
            Error::invalid_input(format!("the recurrence rule cannot be expanded: {error}"))
        })?;
        for (step, next) in set.into_iter().enumerate() {
            let seconds = next.timestamp();
            let next = Timestamp::from_second(seconds).map_err(out_of_range)?;
            let local = TimeZone::UTC.to_datetime(next);
            let instant = self
                .zone
                .to_ambiguous_timestamp(local)
                .compatible()
                .map_err(out_of_range)?;
            if instant >= window.end {
                break;
            }
            if instant >= window.start {
                found.insert(instant);
            }
            if found.len() > MOST || step > STEPS {
                return Err(too_many());
            }
        }
        Ok(())
    }

    /// Steps by time that passes; the other parts leave steps out, read on the wall.
    fn by_time(
        &self,
        rule: &RRule,
        window: TimeRange,
        found: &mut BTreeSet<Timestamp>,
    ) -> Result<()> {
        let unit = match rule.frequency {
            Frequency::Secondly => 1,
            Frequency::Minutely => 60,
            _ => 3600,
        };
        let finer = match rule.frequency {
            Frequency::Hourly => !rule.by_minute.is_empty() || !rule.by_second.is_empty(),
            Frequency::Minutely => !rule.by_second.is_empty(),
            _ => false,
        };
        if finer || !rule.by_set_pos.is_empty() || !rule.by_week_no.is_empty() {
            return Err(Error::unsupported(format_args!(
                "expanding the rule {rule}"
            )));
        }
        let step = SignedDuration::from_secs(unit * i64::from(rule.interval.get()));
        let last = match rule.end {
            RuleEnd::Until(Until::Utc(instant)) => instant,
            RuleEnd::Until(Until::Local(wall)) => self
                .zone
                .to_ambiguous_timestamp(wall)
                .compatible()
                .map_err(out_of_range)?,
            _ => Timestamp::MAX,
        };
        let mut left = match rule.end {
            RuleEnd::Count(count) => count.get(),
            _ => u32::MAX,
        };
        let mut next = self.first;
        for _ in 0..STEPS {
            if next >= window.end || next > last || left == 0 {
                return Ok(());
            }
            if self.keeps(rule, next) {
                left -= 1;
                if next >= window.start {
                    found.insert(next);
                }
                if found.len() > MOST {
                    return Err(too_many());
                }
            }
            match next.checked_add(step) {
                Ok(later) => next = later,
                Err(_) => return Ok(()),
            }
        }
        Err(too_many())
    }

    fn keeps(&self, rule: &RRule, instant: Timestamp) -> bool {
        let wall = self.zone.to_datetime(instant);
        let date = wall.date();
        let one = |list: &[u8], value: i8| {
            list.is_empty() || list.iter().any(|n| i16::from(*n) == i16::from(value))
        };
        let signed = |list: &[i16], value: i16, length: i16| {
            list.is_empty() || list.iter().any(|n| *n == value || *n == value - length - 1)
        };
        let month_days: Vec<i16> = rule.by_month_day.iter().map(|n| (*n).into()).collect();
        one(&rule.by_month, date.month())
            && one(&rule.by_hour, wall.hour())
            && one(&rule.by_minute, wall.minute())
            && one(&rule.by_second, wall.second())
            && (rule.by_day.is_empty()
                || rule
                    .by_day
                    .iter()
                    .any(|by| by.day == Weekday::from(date.weekday())))
            && signed(&month_days, date.day().into(), date.days_in_month().into())
            && signed(&rule.by_year_day, date.day_of_year(), date.days_in_year())
    }
}

fn out_of_range(_: jiff::Error) -> Error {
    Error::invalid_input("the recurrence leaves the range of time")
}

fn too_many() -> Error {
    Error::invalid_input(
        "the recurrence has too many occurrences to expand; ask for a shorter span",
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn window(from: &str, to: &str) -> TimeRange {
        TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    fn starts(start: &EventTime, rule: &str, window: TimeRange) -> Vec<String> {
        let recurrence = Recurrence::from(rule.parse::<RRule>().unwrap());
        let found = expand(start, &recurrence, window, &TimeZone::UTC).unwrap();
        found
            .iter()
            .map(|time| time.to_timestamp(&TimeZone::UTC).unwrap().to_string())
            .collect()
    }

    #[test]
    fn a_weekly_meeting_stays_at_nine_when_summer_time_begins() {
        // Central Europe begins summer time on 2026-03-29 (EU directive 2000/84/EC).
        let start = EventTime::zoned(date(2026, 3, 23).at(9, 0, 0, 0), "Europe/Berlin");
        let window = window("2026-03-01T00:00:00Z", "2026-04-15T00:00:00Z");
        assert_eq!(
            starts(&start, "FREQ=WEEKLY;COUNT=3", window),
            [
                "2026-03-23T08:00:00Z",
                "2026-03-30T07:00:00Z",
                "2026-04-06T07:00:00Z"
            ]
        );
    }

    #[test]
    fn a_time_that_summer_time_skips_is_after_the_gap_on_that_day_only() {
        // The reference case of RFC 5545, section 3.3.5, as a daily rule.
        let start = EventTime::zoned(date(2026, 3, 7).at(2, 30, 0, 0), "America/New_York");
        let window = window("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z");
        assert_eq!(
            starts(&start, "FREQ=DAILY;COUNT=3", window),
            [
                "2026-03-07T07:30:00Z",
                "2026-03-08T07:30:00Z",
                "2026-03-09T06:30:00Z"
            ]
        );
    }

    /// evidence: local_calendar: list_events, instances: published vector: every three hours, of RFC 5545, section 3.8.5.3
    #[test]
    fn hours_pass_as_time_does() {
        // RFC 5545, section 3.8.5.3: every 3 hours from 9:00 to 17:00; and over the change to
        // winter time, when a wall shows 1:00 twice.
        let start = EventTime::zoned(date(1997, 9, 2).at(9, 0, 0, 0), "America/New_York");
        let day = window("1997-09-01T00:00:00Z", "1997-09-10T00:00:00Z");
        assert_eq!(
            starts(&start, "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", day),
            [
                "1997-09-02T13:00:00Z",
                "1997-09-02T16:00:00Z",
                "1997-09-02T19:00:00Z"
            ]
        );
        let start = EventTime::zoned(date(2026, 11, 1).at(0, 0, 0, 0), "America/New_York");
        let night = window("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
        assert_eq!(
            starts(&start, "FREQ=HOURLY;COUNT=4", night),
            [
                "2026-11-01T04:00:00Z",
                "2026-11-01T05:00:00Z",
                "2026-11-01T06:00:00Z",
                "2026-11-01T07:00:00Z"
            ]
        );
    }

    #[test]
    fn until_is_an_instant_and_not_a_time_on_the_wall() {
        let start = EventTime::zoned(date(2026, 3, 30).at(23, 0, 0, 0), "Europe/London");
        // 23:00 in London is 22:00 in UTC in summer.
        let window = window("2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z");
        assert_eq!(
            starts(&start, "FREQ=DAILY;UNTIL=20260402T220000Z", window).len(),
            4
        );
        assert_eq!(
            starts(&start, "FREQ=DAILY;UNTIL=20260402T215959Z", window).len(),
            3
        );
    }

    #[test]
    fn whole_days_stay_whole_days() {
        let recurrence = Recurrence::from(
            "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-1"
                .parse::<RRule>()
                .unwrap(),
        );
        let start = EventTime::Date(date(2026, 1, 31));
        let zone = TimeZone::get("Pacific/Auckland").unwrap();
        let window = window("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let days = expand(&start, &recurrence, window, &zone).unwrap();
        let expected = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)];
        assert_eq!(days, expected.map(EventTime::Date));
    }

    #[test]
    fn dates_are_added_and_exceptions_taken_out() {
        let at = |day| EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Berlin");
        let recurrence = Recurrence::from("FREQ=DAILY;COUNT=3".parse::<RRule>().unwrap())
            .with_date(at(20))
            .with_date(at(2))
            // The same instant in another zone.
            .with_except(EventTime::zoned(
                date(2026, 6, 3).at(8, 0, 0, 0),
                "Europe/London",
            ));
        let window = window("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z");
        let found = expand(&at(1), &recurrence, window, &TimeZone::UTC).unwrap();
        assert_eq!(found, [at(1), at(2), at(20)]);
    }

    #[test]
    fn a_rule_beyond_2100_keeps_its_summer_time() {
        let start = EventTime::zoned(date(2026, 7, 1).at(9, 0, 0, 0), "Europe/Berlin");
        let window = window("2150-01-01T00:00:00Z", "2151-01-01T00:00:00Z");
        assert_eq!(
            starts(&start, "FREQ=YEARLY", window),
            ["2150-07-01T07:00:00Z"]
        );
    }

    #[test]
    fn a_rule_without_an_end_in_a_wide_window_is_refused_and_not_run_for_ever() {
        let start = EventTime::zoned(date(2026, 1, 1).at(9, 0, 0, 0), "Europe/Berlin");
        let recurrence = Recurrence::from("FREQ=SECONDLY".parse::<RRule>().unwrap());
        let window = window("2026-01-01T00:00:00Z", "2150-01-01T00:00:00Z");
        assert!(expand(&start, &recurrence, window, &TimeZone::UTC).is_err());
        // One that never fits ends too.
        let never = Recurrence::from(
            "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2"
                .parse::<RRule>()
                .unwrap(),
        );
        assert!(
            expand(&start, &never, window, &TimeZone::UTC)
                .unwrap()
                .is_empty()
        );
    }
}
