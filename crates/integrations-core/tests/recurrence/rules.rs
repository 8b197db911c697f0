//! Rules beside `python-dateutil`.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::cases::Case;
use crate::numbers::Numbers;
use crate::oracle::{Answer, Oracle};
use crate::setting;

/// Zones that change by an hour and by half of one, west and east, that have winter time as the
/// exception, that changed the day, that change with the moon, and that do not change.
const ZONES: [&str; 16] = [
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "UTC",
];

/// Zones without changes since 1971: dateutil steps on the wall, and rules by hours and shorter
/// step by time that passes (RFC 5545, section 3.3.10; `published` has cases for those changes).
const STEADY: [&str; 4] = ["UTC", "Asia/Kolkata", "Pacific/Marquesas", "Etc/GMT+9"];

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// The slowest hundredth of what the oracle is asked may stay without an answer.
const SECONDS: f64 = 0.1;

fn generate(numbers: &mut Numbers) -> Case {
    let frequency = numbers.one_of(&[
        "YEARLY", "YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "WEEKLY", "DAILY", "DAILY", "HOURLY",
        "MINUTELY", "SECONDLY",
    ]);
    let short = ["HOURLY", "MINUTELY", "SECONDLY"].contains(&frequency);
    let form = numbers.within(1, 10);
    let whole_days = form == 1 && !short;
    let zone = match form {
        1 | 2 => None,
        _ if short => Some(numbers.one_of(&STEADY)),
        _ => Some(numbers.one_of(&ZONES)),
    };
    let mut start = a_start(numbers, zone);
    if whole_days {
        start = start.date().to_datetime(jiff::civil::Time::midnight());
    }
    let span = match frequency {
        "YEARLY" => 120.years(),
        "MONTHLY" => 30.years(),
        "WEEKLY" => 12.years(),
        "DAILY" => 4.years(),
        "HOURLY" => 120.days(),
        "MINUTELY" => 4.days(),
        _ => 3.hours(),
    };
    let mut case = Case::new(start, zone, "");
    case.whole_days = whole_days;
    case.horizon = start.checked_add(span).unwrap();
    // A moment of the rule, most of the time: so it is rarely empty.
    let near = match frequency {
        "YEARLY" => 20 * 365 * 86_400,
        "MONTHLY" => 4 * 365 * 86_400,
        "WEEKLY" | "DAILY" => 400 * 86_400,
        "HOURLY" => 20 * 86_400,
        "MINUTELY" => 86_400,
        _ => 3600,
    };
    let sometime = start + SignedDuration::from_secs(numbers.within(0, near));
    let count = if numbers.percent(12) { 2 } else { 1 };
    case.rules = (0..count)
        .map(|_| a_rule(numbers, frequency, start, sometime, &case))
        .collect();
    if numbers.percent(6) {
        case.except_rules = vec![a_rule(numbers, frequency, start, sometime, &case)];
    }
    // Times at which something is, so that the exceptions take something out.
    let zone = TimeZone::get(zone.unwrap_or("UTC")).unwrap();
    let starts = case.starts(Timestamp::MIN, 40);
    if numbers.percent(25) && !starts.is_empty() {
        for _ in 0..numbers.within(1, 4) {
            let at = Timestamp::from_second(numbers.one_of(&starts)).unwrap();
            case.except.push(zone.to_datetime(at));
        }
    }
    if numbers.percent(25) {
        for _ in 0..numbers.within(1, 4) {
            let later = SignedDuration::from_secs(numbers.within(0, near) / 86_400 * 86_400);
            case.dates.push(start + later);
        }
    }
    case
}

/// Near a change of the zone, often.
fn a_start(numbers: &mut Numbers, zone: Option<&str>) -> DateTime {
    let (first, last) = match numbers.within(1, 20) {
        1 => (2100, 2300),
        2 => (1971, 1990),
        _ => (1990, 2060),
    };
    let year = i16::try_from(numbers.within(first, last)).unwrap();
    let mut day = date(year, 1, 1) + numbers.within(0, 364).days();
    let zone = zone.and_then(|zone| TimeZone::get(zone).ok());
    if let Some(zone) = zone
        && numbers.percent(50)
    {
        let from = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap();
        if let Some(change) = zone.following(from).next() {
            let before: Date = zone.to_datetime(change.timestamp()).date();
            day = before - numbers.within(0, 9).days();
        }
    }
    let (hour, minute, second) = numbers.one_of(&[
        (0, 0, 0),
        (0, 30, 0),
        (1, 0, 0),
        (1, 30, 0),
        (1, 45, 30),
        (2, 0, 0),
        (2, 15, 0),
        (2, 30, 0),
        (2, 45, 0),
        (3, 0, 0),
        (9, 0, 0),
        (12, 34, 56),
        (18, 0, 1),
        (23, 59, 59),
    ]);
    day.at(hour, minute, second, 0)
}

fn a_rule(
    numbers: &mut Numbers,
    frequency: &str,
    start: DateTime,
    sometime: DateTime,
    case: &Case,
) -> String {
    let mut parts = vec![format!("FREQ={frequency}")];
    let short = ["HOURLY", "MINUTELY", "SECONDLY"].contains(&frequency);
    let interval = match numbers.within(1, 10) {
        1..=6 => 1,
        7 | 8 => numbers.within(2, 4),
        9 => numbers.within(5, 13),
        _ if short => numbers.within(14, 100),
        _ => numbers.within(14, 30),
    };
    if interval > 1 {
        parts.push(format!("INTERVAL={interval}"));
    }
    let date = sometime.date();
    let bys = by_parts(numbers, frequency, date, sometime, case);
    let has_by = !bys.is_empty();
    parts.extend(bys);
    if has_by && numbers.percent(25) {
        // A step with one candidate has no second.
        let many = parts.iter().any(|part| {
            let days = part.starts_with("BYDAY") && !short && frequency != "DAILY";
            (days || part.starts_with("BYMINUTE") || part.starts_with("BYSECOND"))
                && part.matches(',').count() > 1
        });
        let mut places = vec![match many {
            true => numbers.one_of(&[1, -1, 2, 3, -2]),
            false => numbers.one_of(&[1, -1]),
        }];
        if numbers.percent(40) {
            places.push(numbers.one_of(&[1, -1, 4, 5, -3, 366, -366]));
        }
        places.sort_unstable();
        places.dedup();
        parts.push(format!("BYSETPOS={}", list(&places)));
    }
    if numbers.percent(30) {
        parts.push(format!("WKST={}", numbers.one_of(&DAYS)));
    }
    match numbers.within(1, 10) {
        1..=3 => parts.push(format!("COUNT={}", numbers.within(1, 40))),
        4..=6 => parts.push(format!("UNTIL={}", an_until(numbers, start, case))),
        _ => {}
    }
    parts.join(";")
}

/// In one of the three forms, whatever the start has.
fn an_until(numbers: &mut Numbers, start: DateTime, case: &Case) -> String {
    let span = case.horizon.duration_since(start).as_secs();
    let until = start + SignedDuration::from_secs(numbers.within(0, span));
    let until = match numbers.percent(60) {
        // To the second at which something may be.
        true => until.date().to_datetime(start.time()),
        false => until,
    };
    match numbers.within(1, 3) {
        1 => until.strftime("%Y%m%d").to_string(),
        2 => until.strftime("%Y%m%dT%H%M%S").to_string(),
        _ => {
            let zone = TimeZone::get(case.zone.unwrap_or("UTC")).unwrap();
            let at = zone.to_ambiguous_timestamp(until).compatible().unwrap();
            let utc = TimeZone::UTC.to_datetime(at);
            utc.strftime("%Y%m%dT%H%M%SZ").to_string()
        }
    }
}

/// Parts that go with the frequency (the table of RFC 5545, section 3.3.10), each with a value that
/// a moment has and with others.
fn by_parts(
    numbers: &mut Numbers,
    frequency: &str,
    date: Date,
    sometime: DateTime,
    case: &Case,
) -> Vec<String> {
    let mut parts = Vec::new();
    let short = ["HOURLY", "MINUTELY", "SECONDLY"].contains(&frequency);
    let with = |numbers: &mut Numbers, value: i64, others: (i64, i64), most: i64| {
        let mut values = vec![value];
        for _ in 0..numbers.within(0, most) {
            let other = numbers.within(others.0, others.1);
            if other != 0 {
                values.push(other);
            }
        }
        values.sort_unstable();
        values.dedup();
        list(&values)
    };
    if numbers.percent(25) {
        let months = with(numbers, date.month().into(), (1, 12), 3);
        parts.push(format!("BYMONTH={months}"));
    }
    let mut week = false;
    if frequency == "YEARLY" && numbers.percent(15) {
        week = true;
        let number = i64::from(date.iso_week_date().week());
        // Not -52 and -53: dateutil does not find the first week of the next year by them (it says
        // so in a comment, "TODO: Check -numweeks for next year").
        let weeks = match numbers.percent(30) {
            true => list(&[numbers.one_of(&[1, 20, 53, -1])]),
            false => with(numbers, number, (-51, 53), 2),
        };
        parts.push(format!("BYWEEKNO={weeks}"));
    }
    if !["DAILY", "WEEKLY", "MONTHLY"].contains(&frequency) && numbers.percent(12) {
        let of_year = date.day_of_year();
        let days = match numbers.percent(20) {
            true => list(&[numbers.one_of(&[1, 366, -1, -366])]),
            false => with(numbers, of_year.into(), (-366, 366), 4),
        };
        parts.push(format!("BYYEARDAY={days}"));
    }
    if frequency != "WEEKLY" && numbers.percent(25) {
        let mut value = i64::from(date.day());
        if numbers.percent(40) {
            value -= i64::from(date.days_in_month()) + 1;
        }
        parts.push(format!("BYMONTHDAY={}", with(numbers, value, (-31, 31), 3)));
    }
    if numbers.percent(35) {
        let own = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let mut days = vec![DAYS[own].to_owned()];
        let of_year = frequency == "YEARLY" && !parts.iter().any(|one| one.starts_with("BYMONTH="));
        let nth = ["MONTHLY", "YEARLY"].contains(&frequency) && !week && numbers.percent(60);
        if nth {
            days.clear();
            // The place in the month, from its start or end; in the year it is one of many.
            let place = i64::from(date.day() - 1) / 7 + 1;
            let from_end = -(i64::from(date.days_in_month() - date.day()) / 7 + 1);
            days.push(format!(
                "{}{}",
                numbers.one_of(&[place, from_end]),
                DAYS[own]
            ));
        }
        for _ in 0..numbers.within(0, 3) {
            let day = numbers.one_of(&DAYS);
            // All with a number or none: dateutil takes those with one that are also among those
            // without, and the RFC says "each BYDAY value".
            days.push(match nth {
                // A week that no month has makes dateutil fail.
                true if of_year => {
                    format!("{}{day}", numbers.one_of(&[1, 2, 20, 52, -1, -2, -53]))
                }
                true => format!("{}{day}", numbers.one_of(&[1, 2, 3, 4, 5, -1, -2, -5])),
                false => day.to_owned(),
            });
        }
        days.sort();
        days.dedup();
        parts.push(format!("BYDAY={}", days.join(",")));
    }
    if case.whole_days {
        return parts;
    }
    let often = if short { 25 } else { 12 };
    if numbers.percent(often) {
        parts.push(format!(
            "BYHOUR={}",
            with(numbers, sometime.hour().into(), (0, 23), 4)
        ));
    }
    if numbers.percent(often) {
        parts.push(format!(
            "BYMINUTE={}",
            with(numbers, sometime.minute().into(), (0, 59), 3)
        ));
    }
    if numbers.percent(often) {
        parts.push(format!(
            "BYSECOND={}",
            with(numbers, sometime.second().into(), (0, 59), 3)
        ));
    }
    parts
}

fn list(values: &[i64]) -> String {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    texts.join(",")
}

/// What the oracle knows of a case.
#[derive(serde::Deserialize)]
struct Known {
    /// The last moment of which it knows.
    bound: i64,
    starts: Vec<i64>,
}

/// What both sides say of a case, where they differ.
fn differs(case: &Case, known: &Known) -> Option<String> {
    let theirs = &known.starts;
    let mut ours = case.starts(Timestamp::MIN, case.most);
    ours.retain(|at| *at <= known.bound);
    if ours == *theirs {
        return None;
    }
    let at = ours
        .iter()
        .zip(theirs)
        .position(|(one, other)| one != other);
    let at = at.unwrap_or_else(|| ours.len().min(theirs.len()));
    let show = |list: &[i64]| {
        let shown = list.iter().skip(at.saturating_sub(1)).take(5);
        let shown = shown.map(|at| Timestamp::from_second(*at).unwrap().to_string());
        shown.collect::<Vec<_>>().join(" ")
    };
    Some(format!(
        "{case:?}\n  from place {at} on: ours ({}) {}\n  theirs ({}) {}",
        ours.len(),
        show(&ours),
        theirs.len(),
        show(theirs)
    ))
}

/// Series that libraries are known to get wrong: places in sets, weeks and days counted from the end,
/// leap days, walls that are skipped or come twice, zones that change by half an hour or by a day,
/// years beyond the tables of zones.
const HARD: [(&str, &str, &str); 40] = [
    (
        "20260130T090000",
        "Europe/Berlin",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ),
    (
        "20260101T090000",
        "Europe/Berlin",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
    ),
    (
        "20260105T090000",
        "Europe/Berlin",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=3",
    ),
    (
        "20260129T090000",
        "Europe/Berlin",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
    ),
    (
        "20260101T090000",
        "Europe/Berlin",
        "FREQ=YEARLY;BYMONTH=1,6,12;BYMONTHDAY=1,15;BYSETPOS=2,-2",
    ),
    (
        "20260105T090000",
        "Europe/Berlin",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1,1",
    ),
    (
        "20260105T000000",
        "UTC",
        "FREQ=DAILY;BYHOUR=0,6,12;BYMINUTE=0,30;BYSETPOS=1,-1",
    ),
    ("20260101T090000", "UTC", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO"),
    ("20260101T090000", "UTC", "FREQ=YEARLY;BYWEEKNO=20"),
    ("20260101T090000", "UTC", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH"),
    (
        "20260101T090000",
        "UTC",
        "FREQ=YEARLY;BYWEEKNO=1,53;WKST=SU",
    ),
    ("20260101T090000", "UTC", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU"),
    ("20260101T090000", "UTC", "FREQ=YEARLY;BYYEARDAY=-1"),
    ("20260101T090000", "UTC", "FREQ=YEARLY;BYYEARDAY=366"),
    (
        "20260101T090000",
        "UTC",
        "FREQ=YEARLY;BYYEARDAY=1,-1,366,-366",
    ),
    ("20240229T090000", "UTC", "FREQ=YEARLY"),
    ("20240229T090000", "UTC", "FREQ=YEARLY;INTERVAL=2"),
    ("20240229T090000", "UTC", "FREQ=MONTHLY;INTERVAL=12"),
    ("20260131T090000", "UTC", "FREQ=MONTHLY"),
    ("20260131T090000", "UTC", "FREQ=MONTHLY;BYMONTHDAY=-31,31"),
    (
        "20260805T090000",
        "UTC",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
    ),
    (
        "20260805T090000",
        "UTC",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
    ),
    ("20260305T023000", "America/New_York", "FREQ=DAILY"),
    ("20261029T013000", "America/New_York", "FREQ=DAILY"),
    ("20260301T023000", "America/New_York", "FREQ=WEEKLY"),
    ("20260327T013000", "Europe/Dublin", "FREQ=DAILY"),
    ("20261001T021500", "Australia/Lord_Howe", "FREQ=DAILY"),
    ("20260401T014500", "Australia/Lord_Howe", "FREQ=DAILY"),
    ("20260901T024500", "Pacific/Chatham", "FREQ=DAILY"),
    ("20111228T090000", "Pacific/Apia", "FREQ=DAILY;COUNT=6"),
    ("19930818T090000", "Pacific/Kwajalein", "FREQ=DAILY;COUNT=6"),
    ("20260201T023000", "Africa/Casablanca", "FREQ=DAILY"),
    ("20260301T013000", "Antarctica/Troll", "FREQ=DAILY"),
    ("19851230T000000", "Asia/Kathmandu", "FREQ=DAILY"),
    ("20181101T000000", "America/Sao_Paulo", "FREQ=DAILY"),
    (
        "20990301T023000",
        "America/New_York",
        "FREQ=WEEKLY;BYDAY=SU",
    ),
    ("22500701T090000", "Europe/Berlin", "FREQ=MONTHLY"),
    (
        "20260330T230000",
        "Europe/London",
        "FREQ=DAILY;UNTIL=20260402T220000Z",
    ),
    (
        "20260330T230000",
        "Europe/London",
        "FREQ=DAILY;UNTIL=20260402",
    ),
    (
        "20261030T013000",
        "America/New_York",
        "FREQ=DAILY;UNTIL=20261101T060000Z",
    ),
];

#[test]
fn hard_series_are_those_of_dateutil() {
    let Some(mut oracle) = Oracle::start() else {
        return;
    };
    for (start, zone, rule) in HARD {
        let start = DateTime::strptime("%Y%m%dT%H%M%S", start).unwrap();
        let mut case = Case::new(start, Some(zone), rule);
        case.horizon = start.checked_add(200.years()).unwrap();
        let known: Known = serde_json::from_value(oracle.ask(&case.question(60.0))).unwrap();
        assert!(known.starts.len() > 2, "{rule}: {:?}", known.starts);
        if let Some(difference) = differs(&case, &known) {
            panic!("{difference}");
        }
    }
}

#[test]
fn ten_thousand_generated_series_are_those_of_dateutil() {
    let Some(mut oracle) = Oracle::start() else {
        return;
    };
    let cases = setting("INTEGRATIONS_RECURRENCE_CASES", 10_000);
    let seed = setting("INTEGRATIONS_RECURRENCE_SEED", 20_261_129);
    let (mut slow, mut compared, mut empty) = (0, 0, 0);
    let mut wrong = Vec::new();
    for number in 0..cases {
        // A case is found again by its number alone.
        let mut numbers = Numbers(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ number);
        let case = generate(&mut numbers);
        let known: Known = match oracle.judge(&case.question(SECONDS)) {
            Answer::Is(answer) => serde_json::from_value(answer).unwrap(),
            Answer::Slow => {
                slow += 1;
                continue;
            }
        };
        let theirs = &known.starts;
        compared += theirs.len();
        empty += u64::from(theirs.len() < 2);
        if let Some(difference) = differs(&case, &known) {
            wrong.push(format!("seed {seed}, case {number}: {difference}"));
            continue;
        }
        // From anywhere on it is the same, without what is before.
        if theirs.len() > 2 {
            let at = usize::try_from(numbers.within(1, theirs.len() as i64 - 2)).unwrap();
            let from = Timestamp::from_second(theirs[at]).unwrap();
            let ours = case.starts(from, theirs.len() - at);
            if ours != theirs[at..] {
                wrong.push(format!(
                    "seed {seed}, case {number}: not the same from {from} on: {case:?}: {ours:?}"
                ));
            }
        }
    }
    eprintln!(
        "{cases} series, {compared} occurrences compared, {empty} series with less than two; the \
         oracle took too long for {slow}"
    );
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
    assert!(slow * 50 <= cases, "too many without an answer: {slow}");
    assert!(empty * 4 <= cases, "too many without occurrences: {empty}");
}
