//! The examples of RFC 5545, section 3.8.5.3, with the dates that stand there; and cases worked out
//! by hand for what the libraries beside ours do not do.

use integrations_core::calendar::recurrence::{Property, Recurrence, Series};
use integrations_core::time::EventTime;
use jiff::Timestamp;

/// The starts of a series in New York, on the wall, where the RFC has all of its examples.
fn starts(start: &str, lines: &[&str], most: usize) -> Vec<String> {
    in_zone("America/New_York", start, lines, most)
}

fn in_zone(zone: &str, start: &str, lines: &[&str], most: usize) -> Vec<String> {
    let line = format!("DTSTART;TZID={zone}:{start}");
    let Ok(Property::Start(start)) = line.parse() else {
        panic!("{line} is a start");
    };
    let recurrence = Recurrence::from_lines(lines.iter().copied()).unwrap();
    let series = Series::new(start.clone(), start, recurrence).unwrap();
    let found = series.upcoming(Timestamp::MIN).take(most);
    found
        .map(|one| match one.unwrap().start {
            EventTime::Zoned { local, .. } => local.strftime("%Y-%m-%dT%H:%M").to_string(),
            EventTime::Utc(at) => at.to_string(),
            other => panic!("{other} is in another form"),
        })
        .collect()
}

/// The days of a series at nine: `1997: 9/2 9/4 10/2`.
fn days(text: &str) -> Vec<String> {
    let mut year = "";
    let mut days = Vec::new();
    for word in text.split_whitespace() {
        if let Some(next) = word.strip_suffix(':') {
            year = next;
            continue;
        }
        let (month, day) = word.split_once('/').unwrap();
        days.push(format!("{year}-{month:0>2}-{day:0>2}T09:00"));
    }
    days
}

#[test]
fn the_examples_of_the_rfc_have_the_dates_of_the_rfc() {
    for (start, rule, expected) in [
        (
            "19970902",
            "FREQ=DAILY;COUNT=10",
            "1997: 9/2 9/3 9/4 9/5 9/6 9/7 9/8 9/9 9/10 9/11",
        ),
        (
            "19970902",
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            "1997: 9/2 9/12 9/22 10/2 10/12",
        ),
        (
            "19970902",
            "FREQ=WEEKLY;COUNT=10",
            "1997: 9/2 9/9 9/16 9/23 9/30 10/7 10/14 10/21 10/28 11/4",
        ),
        (
            "19970902",
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            "1997: 9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2",
        ),
        (
            "19970901",
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            "1997: 9/1 9/3 9/5 9/15 9/17 9/19 9/29 10/1 10/3 10/13 10/15 10/17 10/27 10/29 10/31 \
             11/10 11/12 11/14 11/24 11/26 11/28 12/8 12/10 12/12 12/22",
        ),
        (
            "19970902",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            "1997: 9/2 9/4 9/16 9/18 9/30 10/2 10/14 10/16",
        ),
        (
            "19970905",
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            "1997: 9/5 10/3 11/7 12/5 1998: 1/2 2/6 3/6 4/3 5/1 6/5",
        ),
        (
            "19970905",
            "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
            "1997: 9/5 10/3 11/7 12/5",
        ),
        (
            "19970907",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "1997: 9/7 9/28 11/2 11/30 1998: 1/4 1/25 3/1 3/29 5/3 5/31",
        ),
        (
            "19970922",
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            "1997: 9/22 10/20 11/17 12/22 1998: 1/19 2/16",
        ),
        (
            "19970902",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            "1997: 9/2 9/15 10/2 10/15 11/2 11/15 12/2 12/15 1998: 1/2 1/15",
        ),
        (
            "19970930",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            "1997: 9/30 10/1 10/31 11/1 11/30 12/1 12/31 1998: 1/1 1/31 2/1",
        ),
        (
            "19970910",
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            "1997: 9/10 9/11 9/12 9/13 9/14 9/15 1999: 3/10 3/11 3/12 3/13",
        ),
        (
            "19970610",
            "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
            "1997: 6/10 7/10 1998: 6/10 7/10 1999: 6/10 7/10 2000: 6/10 7/10 2001: 6/10 7/10",
        ),
        (
            "19970310",
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            "1997: 3/10 1999: 1/10 2/10 3/10 2001: 1/10 2/10 3/10 2003: 1/10 2/10 3/10",
        ),
        (
            "19970101",
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            "1997: 1/1 4/10 7/19 2000: 1/1 4/9 7/18 2003: 1/1 4/10 7/19 2006: 1/1",
        ),
        (
            "19970904",
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "1997: 9/4 10/7 11/6",
        ),
        (
            "19970805",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997: 8/5 8/10 8/19 8/24",
        ),
        (
            "19970805",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997: 8/5 8/17 8/19 8/31",
        ),
        (
            "20070115",
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "2007: 1/15 1/30 2/15 3/15 3/30",
        ),
    ] {
        let found = starts(&format!("{start}T090000"), &[&format!("RRULE:{rule}")], 200);
        assert_eq!(found, days(expected), "{rule}");
    }
}

#[test]
fn the_endless_examples_of_the_rfc_begin_with_the_dates_of_the_rfc() {
    for (start, rule, expected) in [
        (
            "19970902",
            "FREQ=DAILY;INTERVAL=2",
            "1997: 9/2 9/4 9/6 9/8 9/10 9/12 9/14 9/16",
        ),
        (
            "19970902",
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            "1997: 9/2 9/16 9/30 10/14 10/28 11/11 11/25 12/9 12/23 1998: 1/6 1/20 2/3 2/17",
        ),
        (
            "19970928",
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997: 9/28 10/29 11/28 12/29 1998: 1/29 2/26",
        ),
        (
            "19970902",
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
            "1997: 9/2 9/9 9/16 9/23 9/30 11/4 11/11 11/18 11/25 1998: 1/6 1/13 1/20 1/27 3/3 3/10",
        ),
        (
            "19970519",
            "FREQ=YEARLY;BYDAY=20MO",
            "1997: 5/19 1998: 5/18 1999: 5/17",
        ),
        (
            "19970512",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "1997: 5/12 1998: 5/11 1999: 5/17",
        ),
        (
            "19970313",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            "1997: 3/13 3/20 3/27 1998: 3/5 3/12 3/19 3/26 1999: 3/4 3/11 3/18 3/25",
        ),
        (
            "19970605",
            "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
            "1997: 6/5 6/12 6/19 6/26 7/3 7/10 7/17 7/24 7/31 8/7 8/14 8/21 8/28 1998: 6/4 6/11",
        ),
        (
            "19970913",
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            "1997: 9/13 10/11 11/8 12/13 1998: 1/10 2/7 3/7 4/11 5/9 6/13",
        ),
        (
            "19961105",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996: 11/5 2000: 11/7 2004: 11/2",
        ),
        (
            "19970929",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997: 9/29 10/30 11/27 12/30 1998: 1/29 2/26 3/30",
        ),
    ] {
        let expected = days(expected);
        let rule = format!("RRULE:{rule}");
        let found = starts(&format!("{start}T090000"), &[&rule], expected.len());
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn the_examples_that_are_long_have_as_many_as_the_rfc_counts() {
    // "September 2-30; October 1-31; November 1-30; December 1-23".
    let rule = "RRULE:FREQ=DAILY;UNTIL=19971224T000000Z";
    let found = starts("19970902T090000", &[rule], 1000);
    assert_eq!(found.len(), 29 + 31 + 30 + 23);
    assert_eq!(found.last().unwrap(), "1997-12-23T09:00");
    // "January 1-31" of three years, both ways.
    let until = "UNTIL=20000131T140000Z;BYMONTH=1";
    let yearly = format!("RRULE:FREQ=YEARLY;{until};BYDAY=SU,MO,TU,WE,TH,FR,SA");
    let daily = format!("RRULE:FREQ=DAILY;{until}");
    let found = starts("19980101T090000", &[&yearly], 1000);
    assert_eq!(found.len(), 93);
    assert_eq!(starts("19980101T090000", &[&daily], 1000), found);
}

#[test]
fn the_start_is_an_occurrence_unless_it_is_taken_out() {
    // "Every Friday the 13th, forever", where EXDATE takes out the start, a Tuesday.
    let rule = "RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13";
    let except = "EXDATE;TZID=America/New_York:19970902T090000";
    let found = starts("19970902T090000", &[rule, except], 5);
    assert_eq!(found, days("1998: 2/13 3/13 11/13 1999: 8/13 2000: 10/13"));
    assert_eq!(
        starts("19970902T090000", &[rule], 2),
        days("1997: 9/2 1998: 2/13")
    );
    // "The DTSTART property value always counts as the first occurrence."
    let rule = "RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3";
    assert_eq!(
        starts("19970902T090000", &[rule], 9),
        days("1997: 9/2 1998: 2/13 3/13")
    );
    // And without a rule it is one of the dates.
    let date = "RDATE;TZID=America/New_York:19970905T090000";
    assert_eq!(starts("19970902T090000", &[date], 9), days("1997: 9/2 9/5"));
}

#[test]
fn the_short_examples_of_the_rfc_have_the_times_of_the_rfc() {
    let at = |times: &[&str]| -> Vec<String> {
        times
            .iter()
            .map(|time| format!("1997-09-02T{time}"))
            .collect()
    };
    for (rule, expected) in [
        // Three hours to "17:00 on a specific day", which is 21:00 in UTC (erratum 3883).
        (
            "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z",
            at(&["09:00", "12:00", "15:00"]),
        ),
        (
            "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
            at(&["09:00", "09:15", "09:30", "09:45", "10:00", "10:15"]),
        ),
        (
            "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
            at(&["09:00", "10:30", "12:00", "13:30"]),
        ),
    ] {
        assert_eq!(
            starts("19970902T090000", &[&format!("RRULE:{rule}")], 20),
            expected
        );
    }
    // "Every 20 minutes from 9:00 to 16:40 every day", both ways.
    let daily = "RRULE:FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40";
    let minutely = "RRULE:FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16";
    let found = starts("19970902T090000", &[daily], 60);
    assert_eq!(found[..4], at(&["09:00", "09:20", "09:40", "10:00"]));
    assert_eq!(
        (found[23].as_str(), found[24].as_str()),
        ("1997-09-02T16:40", "1997-09-03T09:00")
    );
    assert_eq!(starts("19970902T090000", &[minutely], 60), found);
}

/// In New York summer time began on 2026-03-08 at two and ends on 2026-11-01 at two (15 U.S.C. 260a):
/// there is no half past two in the one night, and one o'clock comes twice in the other.
#[test]
fn hours_pass_over_the_changes_of_the_clock_and_their_parts_are_read_on_the_wall() {
    let night = |rule: &str| starts("20260307T233000", &[&format!("RRULE:{rule}")], 5);
    let hours = [
        "2026-03-07T23:30",
        "2026-03-08T00:30",
        "2026-03-08T01:30",
        "2026-03-08T03:30",
    ];
    assert_eq!(night("FREQ=HOURLY")[..4], hours);
    // An hour that the night does not have is left out, and one that comes twice is twice.
    let rule = "RRULE:FREQ=HOURLY;BYHOUR=1,2,3;BYMINUTE=0,30";
    assert_eq!(
        starts("20260308T010000", &[rule], 5),
        [
            "2026-03-08T01:00",
            "2026-03-08T01:30",
            "2026-03-08T03:00",
            "2026-03-08T03:30",
            "2026-03-09T01:00"
        ]
    );
    assert_eq!(
        starts("20261101T010000", &[rule], 6),
        [
            "2026-11-01T01:00",
            "2026-11-01T01:30",
            // The second time.
            "2026-11-01T06:00:00Z",
            "2026-11-01T06:30:00Z",
            "2026-11-01T02:00",
            "2026-11-01T02:30"
        ]
    );
    // The last minute of each hour.
    let rule = "RRULE:FREQ=HOURLY;BYMINUTE=0,15,30,45;BYSETPOS=-1";
    assert_eq!(
        starts("20261101T004500", &[rule], 4),
        [
            "2026-11-01T00:45",
            "2026-11-01T01:45",
            "2026-11-01T06:45:00Z",
            "2026-11-01T02:45"
        ]
    );
}

/// Lord Howe Island moves the clock by half an hour: on 2026-10-04 at two to half past two (tzdata,
/// "AN ... 1:s").
#[test]
fn half_an_hour_is_a_change_too() {
    let zone = "Australia/Lord_Howe";
    // Sixty minutes after one o'clock it is half past two.
    assert_eq!(
        in_zone(zone, "20261004T000000", &["RRULE:FREQ=HOURLY"], 4),
        [
            "2026-10-04T00:00",
            "2026-10-04T01:00",
            "2026-10-04T02:30",
            "2026-10-04T03:30"
        ]
    );
    // What is said by minutes of the hour is so on the wall.
    assert_eq!(
        in_zone(
            zone,
            "20261004T010000",
            &["RRULE:FREQ=HOURLY;BYMINUTE=0,45"],
            5
        ),
        [
            "2026-10-04T01:00",
            "2026-10-04T01:45",
            "2026-10-04T02:45",
            "2026-10-04T03:00",
            "2026-10-04T03:45"
        ]
    );
    // A daily quarter past two is read with the offset before the gap: it is a quarter to three.
    assert_eq!(
        in_zone(zone, "20261003T021500", &["RRULE:FREQ=DAILY"], 3),
        ["2026-10-03T02:15", "2026-10-04T02:45", "2026-10-05T02:15"]
    );
}

#[test]
fn walls_in_a_gap_come_in_the_order_of_their_instants() {
    // 02:30 is read as 03:30, after 03:00; and 02:00 is the same instant as 03:00.
    let rule = "RRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30;COUNT=9";
    assert_eq!(
        starts("20260308T010000", &[rule], 9),
        [
            "2026-03-08T01:00",
            "2026-03-08T03:00",
            "2026-03-08T03:30",
            "2026-03-09T02:00",
            "2026-03-09T02:30",
            "2026-03-09T03:00",
            "2026-03-09T03:30"
        ]
    );
}

#[test]
fn each_value_of_byday_is_read_by_itself() {
    // Every Monday, and the first Friday: dateutil asks for days that are both.
    let rule = "RRULE:FREQ=MONTHLY;BYDAY=MO,1FR";
    assert_eq!(
        starts("20260601T090000", &[rule], 7),
        days("2026: 6/1 6/5 6/8 6/15 6/22 6/29 7/3")
    );
}

#[test]
fn the_fifty_third_week_from_the_end_may_begin_in_the_year_before() {
    // ISO 8601: 2025-12-29 is in week 1 of 2026, which has 53 weeks: the 53rd from its end.
    let rule = "RRULE:FREQ=YEARLY;BYWEEKNO=-53;BYDAY=MO";
    assert_eq!(starts("20251229T090000", &[rule], 1), days("2025: 12/29"));
    let found = starts("20200101T090000", &[rule], 4);
    assert_eq!(found[1..3], days("2025: 12/29 2031: 12/29"));
}
