use integrations_core::ErrorKind;
use integrations_core::calendar::recurrence::{RRule, Recurrence, RuleEnd, expand};
use integrations_core::time::{EventTime, TimeRange};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn berlin(day: Date) -> EventTime {
    EventTime::zoned(day.at(9, 0, 0, 0), "Europe/Berlin")
}

/// A Monday, and the first of a month.
fn start() -> EventTime {
    berlin(date(2026, 6, 1))
}

fn rule(text: &str) -> Recurrence {
    text.parse::<RRule>().unwrap().into()
}

// The examples of https://learn.microsoft.com/en-us/graph/outlook-schedule-recurring-events.
/// evidence: outlook: create_event: published vector: the patterns of Microsoft's page on recurring events
#[test]
fn the_documented_patterns_are_written() {
    for (text, first, pattern) in [
        (
            "FREQ=DAILY",
            date(2026, 6, 1),
            json!({"type": "daily", "interval": 1}),
        ),
        (
            "FREQ=DAILY;INTERVAL=3",
            date(2026, 6, 1),
            json!({"type": "daily", "interval": 3}),
        ),
        (
            "FREQ=WEEKLY;BYDAY=TH",
            date(2026, 6, 4),
            json!({"type": "weekly", "interval": 1, "daysOfWeek": ["thursday"],
                "firstDayOfWeek": "monday"}),
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU",
            date(2026, 6, 1),
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "tuesday"],
                "firstDayOfWeek": "monday"}),
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15",
            date(2026, 6, 15),
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 15}),
        ),
        (
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=7",
            date(2026, 6, 7),
            json!({"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 7}),
        ),
        (
            "FREQ=MONTHLY;BYDAY=2WE",
            date(2026, 6, 10),
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["wednesday"],
                "index": "second"}),
        ),
        (
            "FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=1",
            date(2026, 6, 4),
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["thursday", "friday"],
                "index": "first"}),
        ),
        (
            "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=15",
            date(2026, 4, 15),
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 15, "month": 4}),
        ),
        (
            "FREQ=YEARLY;BYMONTH=11;BYDAY=-1WE",
            date(2026, 11, 25),
            json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["wednesday"],
                "index": "last", "month": 11}),
        ),
    ] {
        let value = written(&rule(text), &berlin(first)).unwrap();
        assert_eq!(value["pattern"], pattern, "{text}");
        let range = json!({"type": "noEnd", "startDate": first.to_string(),
            "recurrenceTimeZone": "W. Europe Standard Time"});
        assert_eq!(value["range"], range, "{text}");
    }
}

// The ranges of the same page.
#[test]
fn the_documented_ranges_are_written_and_read() {
    let first = EventTime::zoned(date(2017, 9, 4).at(13, 0, 0, 0), "America/New_York");
    // Until the end of the year: the last Monday is the 25th of December.
    let weekly = rule("FREQ=WEEKLY;UNTIL=20171231T180000Z");
    let value = written(&weekly, &first).unwrap();
    let expected = json!({"type": "endDate", "startDate": "2017-09-04", "endDate": "2017-12-31",
        "recurrenceTimeZone": "Eastern Standard Time"});
    assert_eq!(value["range"], expected);
    assert_eq!(read(&value, &first).unwrap(), weekly);
    let counted = rule("FREQ=WEEKLY;COUNT=10");
    let value = written(&counted, &first).unwrap();
    assert_eq!(value["range"]["type"], "numbered");
    assert_eq!(value["range"]["numberOfOccurrences"], 10);
    assert_eq!(read(&value, &first).unwrap(), counted);
    // A minute before the last one it is not there.
    let value = written(&rule("FREQ=WEEKLY;UNTIL=20171225T175900Z"), &first).unwrap();
    assert_eq!(value["range"]["endDate"], "2017-12-24");
    // The start of the range is after the first Thursday of August, so that at Graph the series
    // begins in September: a rule of the RFC would have its start too.
    let august = EventTime::zoned(date(2017, 8, 29).at(14, 0, 0, 0), "America/New_York");
    let refused = written(&rule("FREQ=MONTHLY;INTERVAL=2;BYDAY=1TH"), &august).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
}

#[test]
fn what_no_pattern_makes_is_refused() {
    for text in [
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=DAILY;BYMONTH=6",
        "FREQ=WEEKLY;BYMONTH=6",
        "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYMONTHDAY=-30",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=MO,WE;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=-5MO",
        "FREQ=MONTHLY;BYMONTH=6;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=6,12",
        "FREQ=YEARLY;BYDAY=22MO",
        "FREQ=YEARLY;BYMONTHDAY=1",
        "FREQ=YEARLY;BYYEARDAY=152",
        "FREQ=YEARLY;BYWEEKNO=23",
        "FREQ=MONTHLY;INTERVAL=100",
        "FREQ=DAILY;COUNT=1000",
        "FREQ=DAILY;UNTIL=20260531T070000Z",
        // The start does not fit.
        "FREQ=WEEKLY;BYDAY=TU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=2",
        "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1",
    ] {
        let refused = written(&rule(text), &start()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{text}");
    }
    // Which day Graph means by these, its page says in two ways; the starts fit in one of them.
    for (text, first) in [
        ("FREQ=MONTHLY;BYDAY=MO,WE;BYSETPOS=2", date(2026, 6, 3)),
        ("FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=-1", date(2026, 6, 26)),
        (
            "FREQ=YEARLY;BYMONTH=6;BYDAY=FR,SA;BYSETPOS=2",
            date(2026, 6, 6),
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,SA;BYSETPOS=3",
            date(2026, 6, 3),
        ),
    ] {
        let refused = written(&rule(text), &berlin(first)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{text}");
    }
    // Outlook takes the last day of a shorter month, and the RFC leaves the month out.
    for (text, first) in [
        ("FREQ=MONTHLY", date(2026, 1, 31)),
        ("FREQ=MONTHLY;BYMONTHDAY=29", date(2026, 1, 29)),
        ("FREQ=YEARLY", date(2028, 2, 29)),
    ] {
        let refused = written(&rule(text), &berlin(first)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{text}");
    }
    let dates = rule("FREQ=DAILY").with_date(start());
    assert!(written(&dates, &start()).is_err());
    assert!(written(&Recurrence::default(), &start()).is_err());
}

#[test]
fn a_day_that_not_every_month_has_is_read_as_outlook_means_it() {
    let first = berlin(date(2026, 1, 31));
    let value = json!({"pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        "range": {"type": "noEnd", "startDate": "2026-01-31"}});
    let recurrence = read(&value, &first).unwrap();
    let span =
        |from: &str, to: &str| TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
    let year = span("2026-01-01T00:00:00Z", "2026-05-02T00:00:00Z");
    let all = expand(&first, &recurrence, year, &TimeZone::UTC).unwrap();
    let days: Vec<String> = all.iter().map(|at| at.wall().date().to_string()).collect();
    assert_eq!(
        days,
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    );
}

// What Graph answers has the properties that a pattern does not need, too.
#[test]
fn an_answer_is_read_with_its_defaults_and_in_either_case() {
    let value = json!({"pattern": {"type": "Weekly", "interval": 1, "month": 0, "dayOfMonth": 0,
            "daysOfWeek": ["Monday"], "firstDayOfWeek": "Sunday", "index": "First"},
        "range": {"type": "NoEnd", "startDate": "2026-06-01", "endDate": "0001-01-01",
            "recurrenceTimeZone": "W. Europe Standard Time", "numberOfOccurrences": 0}});
    let read = read(&value, &start()).unwrap();
    assert_eq!(read.to_lines(), ["RRULE:FREQ=WEEKLY;WKST=SU"]);
    for wrong in [
        json!({}),
        json!({"pattern": {"type": "hourly", "interval": 1}, "range": {"type": "noEnd"}}),
        json!({"pattern": {"type": "relativeMonthly", "interval": 1}, "range": {"type": "noEnd"}}),
        json!({"pattern": {"type": "daily", "interval": 0}, "range": {"type": "noEnd"}}),
        json!({"pattern": {"type": "daily", "interval": 1}, "range": {"type": "endDate"}}),
    ] {
        assert!(super::read(&wrong, &start()).is_err(), "{wrong}");
    }
}

// `OID.{series}.{date}`, as in the example of https://learn.microsoft.com/en-us/graph/api/event-get.
#[test]
fn deleted_occurrences_are_read_on_the_wall_of_the_series() {
    let ids = json!(["OID.AAMkADM0ZGRhMjdjLTA==.2026-06-08", "OID.x.no-date", 7]);
    assert_eq!(cancelled(&ids, &start()), [berlin(date(2026, 6, 8))]);
    let day = EventTime::Date(date(2026, 6, 1));
    let found = cancelled(&ids, &day);
    assert_eq!(found, [EventTime::Date(date(2026, 6, 8))]);
}

/// The days of a pattern by Microsoft's words and nothing of ours: every day after the start is
/// asked whether the pattern has it.
fn days_of(pattern: &Value, range: &Value, first: Date, most: usize) -> Vec<Date> {
    let interval = pattern["interval"].as_i64().unwrap();
    let number = |name: &str| pattern[name].as_i64().unwrap();
    let names = |day: Date| {
        let name = format!("{:?}", day.weekday()).to_lowercase();
        pattern["daysOfWeek"]
            .as_array()
            .unwrap()
            .iter()
            .any(|own| *own == name)
    };
    let month = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
    let nth = |day: Date| {
        let mut all: Vec<Date> = (1..=day.days_in_month())
            .map(|n| Date::new(day.year(), day.month(), n).unwrap())
            .filter(|day| names(*day))
            .collect();
        let place = match pattern["index"].as_str().unwrap() {
            "first" => 0,
            "second" => 1,
            "third" => 2,
            "fourth" => 3,
            _ => all.len() - 1,
        };
        place < all.len() && all.remove(place) == day
    };
    let week = |day: Date| {
        let begins = pattern["firstDayOfWeek"].as_str().unwrap();
        let begin = (0..7i32)
            .map(|back| day.checked_sub(i64::from(back).days()).unwrap())
            .find(|day| format!("{:?}", day.weekday()).to_lowercase() == begins)
            .unwrap();
        begin
            .since(date(2000, 1, 3))
            .unwrap()
            .get_days()
            .div_euclid(7)
    };
    let has = |day: Date| match pattern["type"].as_str().unwrap() {
        "daily" => i64::from(day.since(first).unwrap().get_days()) % interval == 0,
        "weekly" => names(day) && i64::from(week(day) - week(first)) % interval == 0,
        "absoluteMonthly" => {
            i64::from(day.day()) == number("dayOfMonth")
                && (month(day) - month(first)) % interval == 0
        }
        "relativeMonthly" => nth(day) && (month(day) - month(first)) % interval == 0,
        kind => {
            let right = match kind {
                "absoluteYearly" => i64::from(day.day()) == number("dayOfMonth"),
                _ => nth(day),
            };
            right
                && i64::from(day.month()) == number("month")
                && i64::from(day.year() - first.year()) % interval == 0
        }
    };
    let end = range["endDate"]
        .as_str()
        .map(|end| end.parse::<Date>().unwrap());
    let count = range["numberOfOccurrences"].as_u64();
    let count = count.map_or(most, |count| most.min(usize::try_from(count).unwrap()));
    let horizon = date(2126, 1, 1);
    first
        .series(1.day())
        .take_while(|day| end.is_none_or(|end| *day <= end) && *day < horizon)
        .filter(|day| has(*day))
        .take(count)
        .collect()
}

fn generated() -> impl Strategy<Value = String> {
    let day = prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    let days = prop::collection::btree_set(day.clone(), 1..=7)
        .prop_map(|days| days.into_iter().collect::<Vec<_>>().join(","));
    let nth = prop::sample::select(vec!["1", "2", "3", "4", "5", "-1", "-2"]);
    let step = prop_oneof![
        Just("FREQ=DAILY".to_owned()),
        days.clone()
            .prop_map(|days| format!("FREQ=DAILY;BYDAY={days}")),
        Just("FREQ=WEEKLY".to_owned()),
        (days.clone(), day.clone())
            .prop_map(|(days, first)| format!("FREQ=WEEKLY;BYDAY={days};WKST={first}")),
        Just("FREQ=MONTHLY".to_owned()),
        (-2..=31i8).prop_map(|day| match day {
            0 => "FREQ=MONTHLY;BYMONTHDAY=1".to_owned(),
            day => format!("FREQ=MONTHLY;BYMONTHDAY={day}"),
        }),
        (nth.clone(), day.clone()).prop_map(|(nth, day)| format!("FREQ=MONTHLY;BYDAY={nth}{day}")),
        (days.clone(), nth.clone())
            .prop_map(|(days, nth)| format!("FREQ=MONTHLY;BYDAY={days};BYSETPOS={nth}")),
        Just("FREQ=YEARLY".to_owned()),
        (1..=12u8, 1..=28i8)
            .prop_map(|(month, day)| format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}")),
        (1..=12u8, nth.clone(), day)
            .prop_map(|(month, nth, day)| format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{day}")),
        (1..=12u8, days, nth).prop_map(|(month, days, nth)| format!(
            "FREQ=YEARLY;BYMONTH={month};BYDAY={days};BYSETPOS={nth}"
        )),
    ];
    let end = prop_oneof![
        Just(String::new()),
        (1..40u32).prop_map(|count| format!(";COUNT={count}")),
        (1..=12u8, 1..=28u8, 0..24u8)
            .prop_map(|(month, day, hour)| format!(";UNTIL=2029{month:02}{day:02}T{hour:02}0000Z")),
    ];
    (step, 1..5u32, end).prop_map(|(step, interval, end)| {
        let mut parts = step.split(';').map(str::to_owned).collect::<Vec<_>>();
        parts.insert(1, format!("INTERVAL={interval}"));
        format!("{}{end}", parts.join(";"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_rule_makes_the_same_occurrences_at_graph_or_is_refused(
        text in generated(),
        offset in 0..400i64,
        // Half of the starts fit the rule: they are its first day after the offset.
        fit in any::<bool>(),
    ) {
        let mut recurrence = rule(&text);
        let base = date(2026, 1, 1).checked_add(offset.days()).unwrap();
        let mut first = berlin(base);
        let span = TimeRange::new(
            "2026-01-01T00:00:00Z".parse().unwrap(), "2126-01-01T00:00:00Z".parse().unwrap());
        let span = span.unwrap();
        if fit {
            let mut open = recurrence.clone();
            open.rules[0].end = RuleEnd::Never;
            let from = TimeRange { end: "2040-01-01T00:00:00Z".parse().unwrap(), ..span };
            let all = expand(&first, &open, from, &TimeZone::UTC).unwrap();
            if let Some(other) = all.get(1) {
                first = other.clone();
            }
        }
        let Ok(value) = written(&recurrence, &first) else {
            return Ok(());
        };
        let starts = expand(&first, &recurrence, span, &TimeZone::UTC).unwrap();
        let expected: Vec<Date> = starts.iter().map(|at| at.wall().date()).take(60).collect();
        let made = days_of(&value["pattern"], &value["range"], first.wall().date(), 60);
        prop_assert_eq!(&made, &expected, "{} from {}: {}", text, first, value);
        // And it is read as a rule that makes the same.
        let back = read(&value, &first).unwrap();
        let again = expand(&first, &back, span, &TimeZone::UTC).unwrap();
        prop_assert_eq!(starts, again, "{} from {}: {:?}", text, first, back.to_lines());
        recurrence.rules.clear();
    }
}

#[test]
fn most_generated_rules_that_outlook_has_are_not_refused() {
    // So that the property above is not one of nothing.
    for (text, first) in [
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", date(2026, 6, 1)),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
            date(2026, 6, 1),
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            date(2026, 6, 30),
        ),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=2", date(2026, 6, 7)),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1",
            date(2026, 6, 30),
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2026, 6, 30)),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", date(2027, 2, 28)),
        ("FREQ=MONTHLY;BYDAY=TH;BYSETPOS=2", date(2026, 6, 11)),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=6;BYDAY=MO;BYSETPOS=1",
            date(2026, 6, 1),
        ),
    ] {
        written(&rule(text), &berlin(first)).unwrap();
    }
}
