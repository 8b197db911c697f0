//! Rules that find little or nothing, and rules far from their start.

use integrations_core::calendar::recurrence::{Property, RRule, Recurrence, Series, expand};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Error, ErrorKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn series(start: &str, rule: &str) -> Series {
    let start = EventTime::Utc(start.parse().unwrap());
    let rule: RRule = rule.parse().unwrap();
    Series::new(start.clone(), start, rule.into()).unwrap()
}

fn next(series: &Series, from: &str) -> Option<Result<String, Error>> {
    let next = series.upcoming(from.parse().unwrap()).next()?;
    Some(next.map(|one| one.starts_at.to_string()))
}

#[test]
fn what_never_fits_ends_or_is_an_error_that_names_the_rule() {
    let start = "2026-01-01T09:00:00Z";
    for (rule, told) in [
        // Time ends before the bound.
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", false),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", false),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", false),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=366", false),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", false),
        ("FREQ=YEARLY;INTERVAL=4294967295", false),
        // The bound comes before.
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", true),
        ("FREQ=DAILY;BYSETPOS=2;BYMONTH=1", true),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=5", true),
        ("FREQ=SECONDLY;INTERVAL=60;BYSECOND=1", true),
        ("FREQ=SECONDLY;BYYEARDAY=1;BYMONTHDAY=2", true),
        ("FREQ=MINUTELY;BYSETPOS=-366;BYSECOND=0,1", true),
    ] {
        match next(&series(start, rule), "2026-01-01T09:00:01Z") {
            None => assert!(!told, "{rule} ends"),
            Some(Err(error)) => {
                assert!(told, "{error}");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                let named = rule.parse::<RRule>().unwrap().to_string();
                assert!(error.to_string().contains(&named), "{error}");
            }
            Some(Ok(found)) => panic!("{rule} finds {found}"),
        }
    }
}

#[test]
fn after_an_error_there_is_nothing_more() {
    let series = series(
        "2026-01-01T09:00:00Z",
        "FREQ=SECONDLY;INTERVAL=60;BYSECOND=1",
    );
    let mut found = series.upcoming(Timestamp::MIN);
    assert!(found.next().unwrap().is_ok());
    assert!(found.next().unwrap().is_err());
    assert!(found.next().is_none());
}

#[test]
fn a_window_ends_the_search_for_what_never_fits() {
    let series = series(
        "2026-01-01T09:00:00Z",
        "FREQ=SECONDLY;INTERVAL=60;BYSECOND=1",
    );
    let window = TimeRange::new(
        "2026-02-01T00:00:00Z".parse().unwrap(),
        "2026-02-03T00:00:00Z".parse().unwrap(),
    );
    assert_eq!(series.within(window.unwrap()).count(), 0);
}

#[test]
fn what_fits_rarely_is_found() {
    let start = "2024-03-01T09:00:00Z";
    for (rule, found) in [
        (
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=3;BYMINUTE=3;BYSECOND=3",
            "2028-02-29T03:03:03Z",
        ),
        (
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SA",
            "2048-02-29T09:00:00Z",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYMONTHDAY=28;BYMONTH=12",
            "2026-12-28T09:00:00Z",
        ),
        (
            "FREQ=YEARLY;INTERVAL=100;BYMONTH=2;BYYEARDAY=60",
            "2124-02-29T09:00:00Z",
        ),
    ] {
        let next = next(&series(start, rule), "2024-03-01T09:00:01Z");
        assert_eq!(next.unwrap().unwrap(), found, "{rule}");
    }
}

#[test]
fn the_start_is_far_and_the_next_is_near() {
    for (rule, found) in [
        ("FREQ=DAILY", "2926-06-01T09:00:00Z"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2926-06-30T09:00:00Z"),
        ("FREQ=YEARLY", "2927-01-01T09:00:00Z"),
        ("FREQ=HOURLY;BYHOUR=9", "2926-06-01T09:00:00Z"),
        // As many as there are, where each step has the same number.
        ("FREQ=DAILY;COUNT=1000000000", "2926-06-01T09:00:00Z"),
        // 4,294,967,295 seconds end in 2106.
        ("FREQ=SECONDLY;COUNT=4294967295", "none"),
    ] {
        let series = series("1970-01-01T09:00:00Z", rule);
        let next = next(&series, "2926-06-01T00:00:00Z");
        assert_eq!(
            next.map_or("none".to_owned(), Result::unwrap),
            found,
            "{rule}"
        );
    }
}

#[test]
fn far_from_the_start_the_steps_are_those_of_the_start() {
    let first: Timestamp = "1970-01-01T09:00:00Z".parse().unwrap();
    let from: Timestamp = "2926-06-01T00:00:00Z".parse().unwrap();
    for (rule, seconds) in [
        ("FREQ=SECONDLY;INTERVAL=7", 7),
        ("FREQ=HOURLY;INTERVAL=11", 11 * 3600),
        ("FREQ=DAILY;INTERVAL=5", 5 * 86_400),
        ("FREQ=WEEKLY;INTERVAL=3", 21 * 86_400),
    ] {
        let next = series("1970-01-01T09:00:00Z", rule).upcoming(from).next();
        let since = next
            .unwrap()
            .unwrap()
            .starts_at
            .duration_since(first)
            .as_secs();
        let away = since - from.duration_since(first).as_secs();
        assert_eq!(since % seconds, 0, "{rule}");
        assert!((0..seconds).contains(&away), "{rule}: {away}");
    }
}

#[test]
fn what_is_counted_is_counted_to_where_one_begins() {
    // The last of 5,000 is 4,999 days after the first: 1983-09-09.
    for (rule, last) in [
        ("FREQ=DAILY;COUNT=5000", "1983-09-09T09:00:00Z"),
        // Two in the first week, from Thursday on, and three in each of 1,000 more: to the Friday
        // 7,000 days after 1970-01-02.
        (
            "FREQ=WEEKLY;BYDAY=MO,TH,FR;COUNT=3002",
            "1989-03-03T09:00:00Z",
        ),
        ("FREQ=HOURLY;COUNT=100000", "1981-05-30T00:00:00Z"),
    ] {
        let series = series("1970-01-01T09:00:00Z", rule);
        let all = series.upcoming(Timestamp::MIN).last().unwrap().unwrap();
        let last_of_all = all.starts_at;
        // From the last one on it is the only one, however it was reached.
        let from = series
            .upcoming(last_of_all)
            .map(|one| one.unwrap().starts_at);
        assert_eq!(from.collect::<Vec<_>>(), [last_of_all], "{rule}");
        assert_eq!(last_of_all.to_string(), last, "{rule}");
    }
}

#[test]
fn the_end_of_time_is_an_end() {
    let series = series("9999-12-29T09:00:00Z", "FREQ=DAILY");
    let found: Vec<_> = series
        .upcoming(Timestamp::MIN)
        .map(|one| one.unwrap().starts_at)
        .collect();
    // jiff's time ends on 9999-12-30 at 22:00 UTC, so that every zone has it.
    assert_eq!(found.len(), 2);
    let day = |day| EventTime::Date(jiff::civil::date(9999, 12, day));
    let days = Series::new(
        day(28),
        day(29),
        "FREQ=DAILY".parse::<RRule>().unwrap().into(),
    );
    let found: Vec<_> = days
        .unwrap()
        .upcoming(Timestamp::MIN)
        .map(|one| one.unwrap().start)
        .collect();
    assert_eq!(found, [day(28), day(29)]);
}

#[test]
fn a_window_with_too_many_is_refused() {
    let start = EventTime::Utc("2026-01-01T00:00:00Z".parse().unwrap());
    let rule: RRule = "FREQ=SECONDLY".parse().unwrap();
    let window = |to: &str| {
        TimeRange::new("2026-01-01T00:00:00Z".parse().unwrap(), to.parse().unwrap()).unwrap()
    };
    let found = |to| {
        expand(
            &start,
            &Recurrence::from(rule.clone()),
            window(to),
            &TimeZone::UTC,
        )
    };
    // 100,000 seconds, and one more.
    assert_eq!(found("2026-01-02T03:46:40Z").unwrap().len(), 100_000);
    assert!(found("2026-01-02T03:46:41Z").is_err());
}

/// Parts with the least and the most that they may have.
const PARTS: [&str; 24] = [
    "INTERVAL=4294967295",
    "INTERVAL=2",
    "COUNT=4294967295",
    "COUNT=1",
    "UNTIL=99991231",
    "UNTIL=00010101T000000Z",
    "BYSECOND=60",
    "BYSECOND=0,59",
    "BYMINUTE=59",
    "BYHOUR=0,23",
    "BYDAY=MO,-53SU",
    "BYDAY=53MO",
    "BYDAY=SU",
    "BYMONTHDAY=-31",
    "BYMONTHDAY=31,-1",
    "BYYEARDAY=-366",
    "BYYEARDAY=366,1",
    "BYWEEKNO=-53",
    "BYWEEKNO=53",
    "BYMONTH=2",
    "BYMONTH=1,12",
    "BYSETPOS=366",
    "BYSETPOS=-1",
    "WKST=SU",
];

/// Starts at the ends of time and where zones change.
const STARTS: [&str; 8] = [
    "DTSTART:-99990102T030405Z",
    "DTSTART:99991230T210000Z",
    "DTSTART:99991231T235959",
    "DTSTART;VALUE=DATE:99991231",
    "DTSTART;TZID=America/New_York:99991230T023000",
    "DTSTART;TZID=Pacific/Apia:20111230T000000",
    "DTSTART;TZID=Australia/Lord_Howe:20261004T021500",
    "DTSTART;TZID=Africa/Monrovia:19720107T004500",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_rule_makes_it_panic_or_go_on_for_ever(
        frequency in 0..7_usize,
        parts in proptest::collection::btree_set(0..PARTS.len(), 0..4),
        start in 0..STARTS.len(),
        from in prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX), Just(Timestamp::UNIX_EPOCH)],
    ) {
        let names = ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
        let parts: Vec<&str> = parts.into_iter().map(|part| PARTS[part]).collect();
        let rule = format!("FREQ={};{}", names[frequency], parts.join(";"));
        let start = match STARTS[start].parse() {
            Ok(Property::Start(start)) => start,
            // iCalendar has no years before 0.
            _ => EventTime::Utc(Timestamp::MIN),
        };
        let Ok(rule) = rule.parse::<RRule>() else { return Ok(()) };
        let Ok(series) = Series::new(start.clone(), start, rule.into()) else { return Ok(()) };
        let found: Vec<_> = series.upcoming(from).take(5).collect();
        let starts: Vec<_> = found.iter().flatten().map(|one| one.starts_at).collect();
        prop_assert!(starts.is_sorted(), "{starts:?}");
        prop_assert!(starts.iter().all(|at| *at >= from), "{starts:?}");
    }

    #[test]
    fn no_line_makes_it_panic(
        text in "(DTSTART|EXDATE|RDATE|RRULE|;TZID=|;VALUE=PERIOD|:|;|=|\"|,|/|P1D|[0-9TZ]{1,9}|\\PC){0,12}",
    ) {
        let _ = text.parse::<Property>();
    }
}
