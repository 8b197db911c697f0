//! Series beside the crate `rrule`, and rules read beside `calcard`.
//!
//! Arms are measured in interleaved rounds: every arm once before any is measured again. What is
//! told is the median of the rounds, and the least and most of them. The machine is shared by all
//! that is measured, so compare the arms of a run with each other.

use std::hint::black_box;
use std::time::Instant;

use calcard::icalendar::{ICalendarProperty, ICalendarValue};
use integrations_core::calendar::recurrence::{RRule, Recurrence, Series, expand};
use integrations_core::time::{EventTime, TimeRange};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Something that is measured, with how many it found.
type Arm<'a> = (&'a str, Box<dyn Fn() -> usize + 'a>);

const ROUNDS: usize = 41;

/// Prints what each arm takes, in nanoseconds for each thing found.
fn measure(what: &str, arms: &[Arm<'_>]) {
    let mut times = vec![Vec::with_capacity(ROUNDS); arms.len()];
    for _ in 0..ROUNDS {
        for (arm, (_, run)) in arms.iter().enumerate() {
            // Long enough for the clock.
            let mut found = 0;
            let mut runs = 0_u32;
            let began = Instant::now();
            while began.elapsed().as_micros() < 2_000 {
                found = black_box(run());
                runs += 1;
            }
            let each = began.elapsed().as_secs_f64() * 1e9 / f64::from(runs);
            times[arm].push((each, found));
        }
    }
    println!("{what}");
    for (arm, (name, _)) in arms.iter().enumerate() {
        times[arm].sort_by(|one, other| one.0.total_cmp(&other.0));
        let (median, found) = times[arm][ROUNDS / 2];
        let (least, most) = (times[arm][0].0, times[arm][ROUNDS - 1].0);
        println!(
            "  {name:<24} {found:>6} found  {:>12.2} us ({:.2} to {:.2})  {:>9.0} ns each",
            median / 1e3,
            least / 1e3,
            most / 1e3,
            median / found.max(1) as f64
        );
    }
}

/// A series as both sides are told of it.
struct Case {
    what: &'static str,
    start: &'static str,
    zone: &'static str,
    rule: &'static str,
    from: &'static str,
    most: usize,
}

fn series(case: &Case) -> (EventTime, Recurrence) {
    let wall = DateTime::strptime("%Y%m%dT%H%M%S", case.start).expect("a wall");
    let start = EventTime::zoned(wall, case.zone);
    (start, case.rule.parse::<RRule>().expect("a rule").into())
}

fn compare(case: &Case) {
    let (start, recurrence) = series(case);
    let from: Timestamp = case.from.parse().expect("an instant");
    let text = format!(
        "DTSTART;TZID={}:{}\nRRULE:{}",
        case.zone, case.start, case.rule
    );
    let set: rrule::RRuleSet = text.parse().expect("a set");
    let ours = Series::new(start.clone(), start.clone(), recurrence.clone()).expect("a series");
    let last = ours
        .upcoming(from)
        .take(case.most)
        .last()
        .expect("one")
        .expect("one");
    let last = last
        .starts_at
        .checked_add(jiff::SignedDuration::from_secs(1))
        .expect("later");
    let window = TimeRange::new(from, last).expect("a window");
    let seconds = from.as_second();
    let arms: [Arm<'_>; 3] = [
        (
            "rrule",
            Box::new(|| {
                let later = set.into_iter().skip_while(|at| at.timestamp() < seconds);
                later.take(case.most).map(black_box).count()
            }),
        ),
        (
            "expand",
            Box::new(|| {
                expand(&start, &recurrence, window, &TimeZone::UTC)
                    .expect("times")
                    .len()
            }),
        ),
        (
            "Series",
            Box::new(|| {
                let found = ours.upcoming(from).take(case.most);
                found.fold(0, |count, one| count + usize::from(black_box(one).is_ok()))
            }),
        ),
    ];
    measure(case.what, &arms);
}

fn main() {
    for case in [
        Case {
            what: "520 weekly occurrences",
            start: "20200106T090000",
            zone: "America/New_York",
            rule: "FREQ=WEEKLY;COUNT=520",
            from: "2020-01-01T00:00:00Z",
            most: 520,
        },
        Case {
            what: "240 monthly, the last working day",
            start: "20200131T090000",
            zone: "America/New_York",
            rule: "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=240",
            from: "2020-01-01T00:00:00Z",
            most: 240,
        },
        Case {
            what: "1,000 daily occurrences",
            start: "20200106T090000",
            zone: "Europe/Berlin",
            rule: "FREQ=DAILY",
            from: "2020-01-01T00:00:00Z",
            most: 1000,
        },
        Case {
            what: "50 yearly, the first Monday of September",
            start: "20200907T090000",
            zone: "America/New_York",
            rule: "FREQ=YEARLY;BYMONTH=9;BYDAY=1MO",
            from: "2020-01-01T00:00:00Z",
            most: 50,
        },
        Case {
            what: "1,000 hourly occurrences",
            start: "20200106T090000",
            zone: "America/New_York",
            rule: "FREQ=HOURLY",
            from: "2020-01-01T00:00:00Z",
            most: 1000,
        },
        Case {
            what: "the next of a daily series that began in 1970",
            start: "19700101T090000",
            zone: "America/New_York",
            rule: "FREQ=DAILY",
            from: "2026-06-01T00:00:00Z",
            most: 1,
        },
        Case {
            what: "a month of a weekly series that began in 1990",
            start: "19900101T090000",
            zone: "America/New_York",
            rule: "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            from: "2026-06-01T00:00:00Z",
            most: 13,
        },
    ] {
        compare(&case);
    }
    rules();
}

/// Rules read from text: the line alone for us, and in the smallest object for calcard, which reads
/// objects; the object without a rule shows what of that is not the rule.
fn rules() {
    let texts = [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;INTERVAL=2;COUNT=10",
        "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20301231T235959Z",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
    ];
    let object = |line: &str| format!("BEGIN:VEVENT\r\n{line}END:VEVENT\r\n");
    // Many in one object, so that the object around them weighs little.
    let mut many = String::new();
    for _ in 0..40 {
        for text in texts {
            many.push_str(&format!("RRULE:{text}\r\n"));
        }
    }
    let whole = object(&many);
    let lines: Vec<&str> = many.lines().collect();
    let arms: [Arm<'_>; 2] = [
        (
            "calcard",
            Box::new(|| {
                let calcard::Entry::ICalendar(read) = calcard::Parser::new(&whole).entry() else {
                    panic!("an object");
                };
                let entries = read.components.iter().flat_map(|part| &part.entries);
                let rules = entries.filter(|entry| {
                    let value = entry.values.first();
                    entry.name == ICalendarProperty::Rrule
                        && matches!(value, Some(ICalendarValue::RecurrenceRule(_)))
                });
                rules.count()
            }),
        ),
        (
            "RRule",
            Box::new(|| {
                let rules = lines
                    .iter()
                    .map(|line| line.parse::<RRule>().expect("a rule"));
                rules.map(black_box).count()
            }),
        ),
    ];
    measure("200 rules, read", &arms);
}
