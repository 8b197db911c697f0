//! Lengths, changes and spans of series, worked out by hand.

use integrations_core::calendar::recurrence::{
    Definition, Occurrence, Override, RDate, RRule, Recurrence, Series,
};
use integrations_core::time::{EventTime, TimeRange};
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

fn rule(rule: &str) -> Recurrence {
    rule.parse::<RRule>().unwrap().into()
}

fn berlin(wall: DateTime) -> EventTime {
    EventTime::zoned(wall, "Europe/Berlin")
}

fn window(from: &str, to: &str) -> TimeRange {
    TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
}

fn all(series: &Series) -> Vec<Occurrence> {
    series
        .upcoming(Timestamp::MIN)
        .map(Result::unwrap)
        .collect()
}

/// The hours that each takes.
fn hours(series: &Series) -> Vec<i64> {
    let hours = |one: &Occurrence| one.ends_at.duration_since(one.starts_at).as_hours();
    all(series).iter().map(hours).collect()
}

/// Summer time ends in Berlin on 2026-10-25 at three, which makes that day 25 hours long (EU
/// directive 2000/84/EC).
#[test]
fn an_end_makes_an_exact_length_and_a_duration_a_nominal_one() {
    let start = berlin(date(2026, 10, 23).at(22, 0, 0, 0));
    let end = berlin(date(2026, 10, 24).at(22, 0, 0, 0));
    let daily = rule("FREQ=DAILY;COUNT=3");
    // RFC 5545, section 3.8.5.3: with DTEND "the same exact duration will apply to all".
    let series = Series::new(start.clone(), end, daily.clone()).unwrap();
    assert_eq!(hours(&series), [24, 24, 24]);
    let second = &all(&series)[1];
    assert_eq!(second.end, berlin(date(2026, 10, 25).at(21, 0, 0, 0)));
    // And with DURATION "the same nominal duration".
    let series = Series::lasting(start.clone(), 1.day(), daily.clone()).unwrap();
    assert_eq!(hours(&series), [24, 25, 24]);
    let second = &all(&series)[1];
    assert_eq!(second.end, berlin(date(2026, 10, 25).at(22, 0, 0, 0)));
    // Hours are exact in either.
    let series = Series::lasting(start, 24.hours(), daily).unwrap();
    assert_eq!(hours(&series), [24, 24, 24]);
}

#[test]
fn whole_days_are_as_long_as_the_days_are() {
    let start = EventTime::Date(date(2026, 10, 23));
    let end = EventTime::Date(date(2026, 10, 24));
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let series = Series::new(start, end, rule("FREQ=DAILY;COUNT=3")).unwrap();
    let series = series.read_in(zone);
    assert_eq!(hours(&series), [24, 24, 25]);
    assert_eq!(all(&series)[2].end, EventTime::Date(date(2026, 10, 26)));
}

/// On Samoa there was no 2011-12-30: the day after the 29th was the 31st (tzdata).
#[test]
fn a_day_that_a_zone_does_not_have_is_a_day_all_the_same() {
    let start = EventTime::Date(date(2011, 12, 29));
    let end = EventTime::Date(date(2011, 12, 30));
    let series = Series::new(start, end, rule("FREQ=DAILY;COUNT=3")).unwrap();
    let series = series.read_in(TimeZone::get("Pacific/Apia").unwrap());
    let days: Vec<EventTime> = all(&series).into_iter().map(|one| one.start).collect();
    assert_eq!(
        days,
        [29, 30, 31].map(|day| EventTime::Date(date(2011, 12, day)))
    );
    // A time in that zone is one instant, though.
    let start = EventTime::zoned(date(2011, 12, 29).at(9, 0, 0, 0), "Pacific/Apia");
    let series = Series::new(start.clone(), start, rule("FREQ=DAILY;COUNT=3")).unwrap();
    assert_eq!(all(&series).len(), 2);
}

#[test]
fn an_end_may_be_in_another_zone() {
    // A flight from Berlin at 10:00 (08:00 UTC) to New York at 13:00 (17:00 UTC), every week; New
    // York leaves summer time a week later, on 2026-11-01.
    let start = berlin(date(2026, 10, 22).at(10, 0, 0, 0));
    let end = EventTime::zoned(date(2026, 10, 22).at(13, 0, 0, 0), "America/New_York");
    let series = Series::new(start, end, rule("FREQ=WEEKLY;COUNT=3")).unwrap();
    let ends: Vec<EventTime> = all(&series).into_iter().map(|one| one.end).collect();
    let arrives = |month, day, hour| {
        EventTime::zoned(date(2026, month, day).at(hour, 0, 0, 0), "America/New_York")
    };
    assert_eq!(
        ends,
        [arrives(10, 22, 13), arrives(10, 29, 14), arrives(11, 5, 13)]
    );
}

#[test]
fn a_span_has_what_overlaps_it() {
    let start = berlin(date(2026, 6, 1).at(22, 0, 0, 0));
    let end = berlin(date(2026, 6, 2).at(6, 0, 0, 0));
    let series = Series::new(start, end, rule("FREQ=DAILY")).unwrap();
    let days = |from, to| -> Vec<i8> {
        let found = series.within(window(from, to));
        found.map(|one| one.unwrap().start.wall().day()).collect()
    };
    // From 20:00 to 04:00 in UTC.
    assert_eq!(days("2026-06-05T03:59:59Z", "2026-06-05T20:00:00Z"), [4]);
    assert_eq!(days("2026-06-05T04:00:00Z", "2026-06-05T20:00:00Z"), [0; 0]);
    assert_eq!(days("2026-06-05T04:00:00Z", "2026-06-05T20:00:01Z"), [5]);
    // What takes no time is at its start.
    let at = berlin(date(2026, 6, 1).at(22, 0, 0, 0));
    let points = Series::new(at.clone(), at, rule("FREQ=DAILY")).unwrap();
    let count = |from, to| points.within(window(from, to)).count();
    assert_eq!(count("2026-06-05T20:00:00Z", "2026-06-05T20:00:01Z"), 1);
    assert_eq!(count("2026-06-05T20:00:01Z", "2026-06-06T20:00:00Z"), 0);
}

fn nine(day: i8) -> EventTime {
    berlin(date(2026, 6, day).at(9, 0, 0, 0))
}

fn ten(day: i8) -> EventTime {
    berlin(date(2026, 6, day).at(10, 0, 0, 0))
}

fn daily() -> Series {
    Series::new(nine(1), ten(1), rule("FREQ=DAILY;COUNT=10")).unwrap()
}

#[test]
fn what_was_moved_is_where_it_is_and_not_where_it_was() {
    let series = daily()
        .with_override(Override::new(nine(3), nine(20), ten(20)))
        .unwrap();
    // Out of the span in which it was,
    let third = window("2026-06-03T00:00:00Z", "2026-06-04T00:00:00Z");
    assert_eq!(series.within(third).count(), 0);
    // and into one that the series does not reach.
    let later = window("2026-06-20T00:00:00Z", "2026-06-21T00:00:00Z");
    let found: Vec<Occurrence> = series.within(later).map(Result::unwrap).collect();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].original, &found[0].start), (&nine(3), &nine(20)));
    assert_eq!(found[0].definition, Definition::Override(0));
    // All are in the order of when they are.
    let days: Vec<i8> = all(&series)
        .iter()
        .map(|one| one.start.wall().day())
        .collect();
    assert_eq!(days, [1, 2, 4, 5, 6, 7, 8, 9, 10, 20]);
}

#[test]
fn what_follows_is_moved_on_the_wall_until_the_next_such_change() {
    let change = |day, hour| {
        let at = |hour| berlin(date(2026, 6, day).at(hour, 0, 0, 0));
        Override::new(nine(day), at(hour), at(hour + 2)).and_future()
    };
    let series = daily().with_override(change(7, 12)).unwrap();
    let series = series.with_override(change(3, 15)).unwrap();
    let series = series
        .with_override(Override::new(nine(5), nine(5), ten(5)))
        .unwrap();
    let found: Vec<(i8, i8, i64)> = all(&series)
        .iter()
        .map(|one| {
            let wall = one.start.wall();
            let long = one.ends_at.duration_since(one.starts_at).as_hours();
            (wall.day(), wall.hour(), long)
        })
        .collect();
    assert_eq!(
        found,
        [
            (1, 9, 1),
            (2, 9, 1),
            (3, 15, 2),
            (4, 15, 2),
            (5, 9, 1),
            (6, 15, 2),
            (7, 12, 2),
            (8, 12, 2),
            (9, 12, 2),
            (10, 12, 2)
        ]
    );
}

/// A meeting that was moved to ten stays at ten when summer time ends: the difference is of the wall.
#[test]
fn what_was_moved_for_ever_stays_where_it_is_on_the_wall() {
    let at = |month, day, hour| berlin(date(2026, month, day).at(hour, 0, 0, 0));
    let weekly = Series::new(at(10, 1, 9), at(10, 1, 10), rule("FREQ=WEEKLY")).unwrap();
    // As an instant, as a server writes it that knows only UTC.
    let instant = |hour| EventTime::Utc(at(10, 15, hour).to_timestamp(&TimeZone::UTC).unwrap());
    for change in [
        Override::new(at(10, 15, 9), at(10, 15, 10), at(10, 15, 11)),
        Override::new(at(10, 15, 9), instant(10), instant(11)),
    ] {
        let series = weekly.clone().with_override(change.and_future()).unwrap();
        let third = series
            .upcoming("2026-11-01T00:00:00Z".parse().unwrap())
            .next();
        let third = third.unwrap().unwrap();
        assert_eq!((third.start, third.end), (at(11, 5, 10), at(11, 5, 11)));
        assert_eq!(third.original, at(11, 5, 9));
    }
}

#[test]
fn to_another_zone_and_to_whole_days() {
    // From nine in Berlin to nine in New York, for ever.
    let york =
        |day, hour| EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), "America/New_York");
    let series = daily()
        .with_override(Override::new(nine(9), york(9, 9), york(9, 10)).and_future())
        .unwrap();
    assert_eq!(all(&series)[9].start, york(10, 9));
    // One becomes a whole day.
    let day = |day| EventTime::Date(date(2026, 6, day));
    let series = daily()
        .with_override(Override::new(nine(9), day(9), day(10)).and_future())
        .unwrap();
    let last = &all(&series)[9];
    assert_eq!(
        (&last.original, &last.start, &last.end),
        (&nine(10), &day(10), &day(11))
    );
}

#[test]
fn exceptions_take_changes_with_them_and_orphans_stay() {
    let recurrence = rule("FREQ=DAILY;COUNT=3").with_except(nine(2));
    let series = Series::new(nine(1), ten(1), recurrence).unwrap();
    let series = series
        .with_override(Override::new(nine(2), nine(12), ten(12)))
        .unwrap();
    // The series has nothing on the 20th.
    let series = series
        .with_override(Override::new(nine(20), nine(21), ten(21)))
        .unwrap();
    let days: Vec<i8> = all(&series)
        .iter()
        .map(|one| one.start.wall().day())
        .collect();
    assert_eq!(days, [1, 3, 21]);
}

#[test]
fn the_last_change_of_an_occurrence_counts() {
    let series = daily()
        .with_override(Override::new(nine(2), nine(12), ten(12)))
        .unwrap();
    let series = series
        .with_override(Override::new(nine(2), nine(2), ten(2)).cancelled())
        .unwrap();
    let second = &all(&series)[1];
    assert!(second.cancelled);
    assert_eq!(second.definition, Definition::Override(1));
    assert_eq!(all(&series).len(), 10);
}

#[test]
fn a_period_has_an_end_of_its_own() {
    let period = RDate::period(nine(20), berlin(date(2026, 6, 20).at(17, 0, 0, 0)));
    let recurrence = rule("FREQ=DAILY;COUNT=2")
        .with_date(period)
        .with_date(nine(25));
    let series = Series::new(nine(1), ten(1), recurrence).unwrap();
    assert_eq!(hours(&series), [1, 1, 8, 1]);
    // It reaches into a span after what the others would.
    let evening = window("2026-06-20T14:00:00Z", "2026-06-20T14:30:00Z");
    assert_eq!(series.within(evening).count(), 1);
}

#[test]
fn rules_that_take_out_take_out() {
    let except = "FREQ=WEEKLY;BYDAY=SA,SU".parse().unwrap();
    let recurrence = rule("FREQ=DAILY;COUNT=10").with_except_rule(except);
    // 2026-06-01 is a Monday.
    let series = Series::new(nine(1), ten(1), recurrence).unwrap();
    let days: Vec<i8> = all(&series)
        .iter()
        .map(|one| one.start.wall().day())
        .collect();
    assert_eq!(days, [1, 2, 3, 4, 5, 8, 9, 10]);
    // All of them is nothing, and ends.
    let recurrence = rule("FREQ=DAILY").with_except_rule("FREQ=DAILY".parse().unwrap());
    let series = Series::new(nine(1), ten(1), recurrence).unwrap();
    let error = series.upcoming(Timestamp::MIN).next();
    assert!(error.unwrap().is_err());
}

#[test]
fn what_other_programs_write_is_read_as_it_is_meant() {
    let count = |start: &EventTime, text: &str| {
        let series = Series::new(start.clone(), start.clone(), rule(text)).unwrap();
        all(&series).len()
    };
    let zoned = nine(1);
    let floating = EventTime::Floating(date(2026, 6, 1).at(9, 0, 0, 0));
    let day = EventTime::Date(date(2026, 6, 1));
    for (start, until, expected) in [
        // The end of a day, a time on the wall of the event, and an instant: seven in UTC.
        (&zoned, "20260603", 3),
        (&zoned, "20260603T090000", 3),
        (&zoned, "20260603T085959", 2),
        (&zoned, "20260603T070000Z", 3),
        (&zoned, "20260603T065959Z", 2),
        (&floating, "20260603", 3),
        (&floating, "20260603T090000Z", 3),
        (&day, "20260603T000000Z", 3),
        (&day, "20260603T235959", 3),
        (&day, "20260603", 3),
        (&zoned, "20260531", 0),
    ] {
        let text = format!("FREQ=DAILY;UNTIL={until}");
        assert_eq!(count(start, &text), expected, "{start} {until}");
    }
    // A whole day has no hours.
    assert_eq!(count(&day, "FREQ=DAILY;COUNT=3;BYHOUR=9,10"), 3);
    // A date among times is that day's occurrence.
    let recurrence = rule("FREQ=DAILY;COUNT=3").with_except(EventTime::Date(date(2026, 6, 2)));
    let series = Series::new(nine(1), ten(1), recurrence).unwrap();
    assert_eq!(all(&series).len(), 2);
}

#[test]
fn what_cannot_be_is_refused_before_the_first() {
    let daily = || rule("FREQ=DAILY");
    let nowhere = EventTime::zoned(date(2026, 6, 1).at(9, 0, 0, 0), "Europe/Atlantis");
    let day = EventTime::Date(date(2026, 6, 1));
    for (series, shown) in [
        (Series::new(ten(1), nine(1), daily()), "before it starts"),
        (Series::new(nine(1), day.clone(), daily()), "a day"),
        (
            Series::new(nowhere.clone(), ten(1), daily()),
            "Europe/Atlantis",
        ),
        (
            Series::new(nine(1), ten(1), daily().with_except(nowhere.clone())),
            "Europe/Atlantis",
        ),
        (Series::new(nine(1), ten(1), Recurrence::default()), "rule"),
        (
            Series::new(day.clone(), day.clone(), rule("FREQ=HOURLY")),
            "whole day",
        ),
        (Series::lasting(nine(1), 1.month(), daily()), "months"),
        (Series::lasting(nine(1), (-1).day(), daily()), "below zero"),
        (Series::lasting(day.clone(), 1.hour(), daily()), "hours"),
        (
            Series::new(
                nine(1),
                ten(1),
                daily().with_date(RDate::period(nine(2), day.clone())),
            ),
            "period",
        ),
    ] {
        let error = series.unwrap_err().to_string();
        assert!(error.contains(shown), "{error}");
    }
    for change in [
        Override::new(day, nine(1), ten(1)),
        Override::new(nine(2), ten(2), nine(2)),
        Override::new(nine(2), nowhere, ten(2)),
    ] {
        let series = Series::new(nine(1), ten(1), daily()).unwrap();
        assert!(series.with_override(change).is_err());
    }
}
