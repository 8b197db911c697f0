//! A series as its occurrences in a span.

use jiff::tz::TimeZone;

use super::Recurrence;
use super::engine::Budget;
use super::engine::form::Form;
use super::engine::set::Set;
use crate::error::{Error, Result};
use crate::time::{EventTime, TimeRange};

/// More occurrences than this in one window are refused.
const MOST: usize = 100_000;

/// The starts of a series within a window, in order, each once, in the form of `start`. Days and
/// floating times are read in `local`. For ends, changed occurrences and series without an end see
/// [`Series`](super::Series).
///
/// Rules by days and longer repeat the time that the clock shows: a weekly meeting at 9 stays at 9
/// when summer time begins, and a whole day stays that day. Rules by hours and shorter repeat after
/// so much time has passed; their other parts are read on the wall. The start is the first
/// occurrence, whether the rule fits it or not (RFC 5545, section 3.8.5.3, where an exception takes
/// out the start of "every Friday the 13th").
///
/// # Errors
/// `InvalidInput` for a rule that is not one of the RFC or has no form that goes with the start
/// ([`Recurrence::normalized`]), an unknown zone, more than 100,000 occurrences in the window, or a
/// rule that takes more than a million steps to its next occurrence.
pub fn expand(
    start: &EventTime,
    recurrence: &Recurrence,
    window: TimeRange,
    local: &TimeZone,
) -> Result<Vec<EventTime>> {
    let recurrence = recurrence.normalized(start)?;
    let mut form = Form::of(start, local)?;
    let mut budget = Budget::new();
    let span = (form.first_key(window.start), form.last_key(window.end));
    let mut set = Set::new(start, &recurrence, &mut form, span, &mut budget)?;
    let mut found = Vec::new();
    while let Some(key) = set.next(&mut Budget::new())? {
        let at = form.instant(key)?;
        let instant = form.timestamp(at.instant)?;
        if instant >= window.end {
            // A skipped wall is later than some that follow it.
            if at.skipped {
                continue;
            }
            break;
        }
        if instant >= window.start {
            found.push(form.time(key)?);
        }
        if found.len() > MOST {
            return Err(Error::invalid_input(
                "the recurrence has too many occurrences to expand; ask for a shorter span",
            ));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::recurrence::RRule;

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
        // One that never fits has its start alone, and ends too.
        let never = Recurrence::from(
            "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2"
                .parse::<RRule>()
                .unwrap(),
        );
        let found = expand(&start, &never, window, &TimeZone::UTC).unwrap();
        assert_eq!(found, [start]);
    }
}
