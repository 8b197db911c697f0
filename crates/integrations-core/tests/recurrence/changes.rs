//! Series with changed occurrences beside `recurring-ical-events`.

use std::fmt::Write;

use integrations_core::calendar::recurrence::{Definition, Override, RRule, Recurrence, Series};
use integrations_core::time::{EventTime, TimeRange};
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;

use crate::numbers::Numbers;
use crate::oracle::Oracle;
use crate::setting;

const ZONES: [&str; 5] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "UTC",
];

const RULES: [&str; 8] = [
    "FREQ=DAILY;COUNT=60",
    "FREQ=DAILY;INTERVAL=3;COUNT=40",
    "FREQ=WEEKLY;COUNT=30",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=45",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA;COUNT=30",
    "FREQ=MONTHLY;COUNT=14",
    "FREQ=MONTHLY;BYDAY=2TU,-1FR;COUNT=20",
    "FREQ=YEARLY;COUNT=4",
];

/// A series and its text, and a span.
struct Case {
    series: Series,
    ics: String,
    window: TimeRange,
    zone: &'static str,
}

fn stamp(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%S").to_string()
}

/// A property line.
fn line(ics: &mut String, name: &str, parameters: &str, zone: &str, wall: DateTime, days: bool) {
    let _ = match days {
        true => write!(
            ics,
            "{name}{parameters};VALUE=DATE:{}\r\n",
            wall.strftime("%Y%m%d")
        ),
        false => write!(ics, "{name}{parameters};TZID={zone}:{}\r\n", stamp(wall)),
    };
}

fn generate(numbers: &mut Numbers) -> Case {
    let zone = numbers.one_of(&ZONES);
    let days = numbers.percent(20);
    let hour = numbers.within(5, 20);
    let start = date(2026, 1, 5) + numbers.within(0, 300).days();
    let start = start.at(i8::try_from(hour).unwrap(), 0, 0, 0);
    let start = if days {
        start.date().at(0, 0, 0, 0)
    } else {
        start
    };
    let time = |wall: DateTime| match days {
        true => EventTime::Date(wall.date()),
        false => EventTime::zoned(wall, zone),
    };
    let rule: RRule = numbers.one_of(&RULES).parse().unwrap();
    let bare = |start| {
        let recurrence = Recurrence::from(rule.clone());
        let series = Series::new(time(start), time(start), recurrence).unwrap();
        series
            .upcoming(Timestamp::MIN)
            .map(|one| one.unwrap().start.wall())
    };
    // A start that the rule fits: another one is one of `COUNT` for us ("the DTSTART property value
    // always counts as the first occurrence") and one more for the oracle.
    let start = bare(start).nth(1).unwrap();
    let unit = if days { 86_400 } else { 1800 };
    let length = numbers.within(1, 5) * unit;
    let after = |wall: DateTime, seconds: i64| wall + SignedDuration::from_secs(seconds);
    let mut recurrence = Recurrence::from(rule.clone());
    let mut ics = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n");
    ics.push_str("BEGIN:VEVENT\r\nUID:one\r\nSUMMARY:S\r\nDTSTAMP:20260101T000000Z\r\n");
    line(&mut ics, "DTSTART", "", zone, start, days);
    line(&mut ics, "DTEND", "", zone, after(start, length), days);
    let _ = write!(ics, "RRULE:{rule}\r\n");
    let originals: Vec<DateTime> = bare(start).collect();
    let mut taken = std::collections::BTreeSet::new();
    for _ in 0..numbers.within(0, 2) {
        let at = numbers.one_of(&originals);
        if taken.insert(at) {
            recurrence.except.push(time(at));
            line(&mut ics, "EXDATE", "", zone, at, days);
        }
    }
    for _ in 0..numbers.within(0, 2) {
        let at = after(numbers.one_of(&originals), 86_400 * numbers.within(1, 3));
        recurrence.dates.push(time(at).into());
        line(&mut ics, "RDATE", "", zone, at, days);
    }
    ics.push_str("END:VEVENT\r\n");
    let mut series = Series::new(time(start), time(after(start, length)), recurrence).unwrap();
    for number in 0..numbers.within(0, 4) {
        let at = numbers.one_of(&originals);
        if !taken.insert(at) {
            continue;
        }
        let moved = after(at, numbers.within(-6, 6) * unit);
        let end = after(moved, numbers.within(1, 5) * unit);
        let mut change = Override::new(time(at), time(moved), time(end));
        let _ = write!(ics, "BEGIN:VEVENT\r\nUID:one\r\nSUMMARY:{number}\r\n");
        ics.push_str("DTSTAMP:20260101T000000Z\r\n");
        let future = numbers.percent(40);
        let range = if future { ";RANGE=THISANDFUTURE" } else { "" };
        if future {
            change = change.and_future();
        }
        line(&mut ics, "RECURRENCE-ID", range, zone, at, days);
        line(&mut ics, "DTSTART", "", zone, moved, days);
        line(&mut ics, "DTEND", "", zone, end, days);
        ics.push_str("END:VEVENT\r\n");
        series = series.with_override(change).unwrap();
    }
    ics.push_str("END:VCALENDAR\r\n");
    let last = *originals.last().unwrap();
    let span = last.duration_since(start).as_secs() + 86_400;
    let from = after(start, numbers.within(-86_400, span));
    let to = after(from, numbers.within(3600, span + 86_400));
    let utc = |wall| TimeZone::UTC.to_timestamp(wall).unwrap();
    let window = TimeRange::new(utc(from), utc(to)).unwrap();
    let local = TimeZone::get(zone).unwrap();
    Case {
        series: series.read_in(local),
        ics,
        window,
        zone,
    }
}

/// Start, end and summary of each, in order.
fn starts_and_ends(case: &Case) -> Vec<(i64, i64, String)> {
    let found = case.series.within(case.window);
    let mut found: Vec<_> = found
        .map(|one| {
            let one = one.unwrap();
            let text = match one.definition {
                Definition::Series => "S".to_owned(),
                Definition::Override(place) => name(case, place),
            };
            (one.starts_at.as_second(), one.ends_at.as_second(), text)
        })
        .collect();
    found.sort();
    found
}

/// The summary of an override: the order in which they were written, without those left out.
fn name(case: &Case, place: usize) -> String {
    let summaries = case
        .ics
        .lines()
        .filter_map(|line| line.strip_prefix("SUMMARY:"));
    summaries.clone().nth(place + 1).unwrap().to_owned()
}

#[test]
fn changed_series_are_those_of_recurring_ical_events() {
    let Some(mut oracle) = Oracle::start() else {
        return;
    };
    let cases = setting("INTEGRATIONS_RECURRENCE_CASES", 10_000) / 10;
    let seed = setting("INTEGRATIONS_RECURRENCE_SEED", 20_261_129);
    let (mut compared, mut changed, mut wrong) = (0, 0, Vec::new());
    for number in 0..cases {
        let mut numbers = Numbers(seed.wrapping_mul(0x9E6C_63D0_676A_9A99) ^ number);
        let case = generate(&mut numbers);
        let question = json!({
            "kind": "calendar",
            "ics": case.ics,
            "zone": case.zone,
            "from": case.window.start.as_second(),
            "to": case.window.end.as_second(),
        });
        let theirs = oracle.ask(&question);
        let theirs: Vec<(i64, i64, String)> = serde_json::from_value(theirs).unwrap();
        let ours = starts_and_ends(&case);
        compared += theirs.len();
        changed += theirs.iter().filter(|(_, _, text)| text != "S").count();
        if ours != theirs {
            let only = |one: &[(i64, i64, String)], other: &[(i64, i64, String)]| {
                let only = one.iter().filter(|one| !other.contains(one)).take(4);
                let show = only.map(|(start, end, text)| {
                    let at = |at| Timestamp::from_second(at).unwrap();
                    format!("{}..{} {text}", at(*start), at(*end))
                });
                show.collect::<Vec<_>>().join(", ")
            };
            wrong.push(format!(
                "seed {seed}, case {number}, {:?}:\n{}\n only ours: {}\n only theirs: {}",
                case.window,
                case.ics,
                only(&ours, &theirs),
                only(&theirs, &ours)
            ));
        }
    }
    eprintln!("{cases} series, {compared} occurrences compared, {changed} of them changed");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n")
    );
    assert!(changed * 10 > compared, "too few are changed");
}
