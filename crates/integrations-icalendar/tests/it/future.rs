//! Changes of all that follow (`RANGE=THISANDFUTURE`, RFC 5545, section 3.2.13).

use integrations_core::calendar::{CalendarId, Event, EventId, EventKind};
use integrations_core::time::{EventTime, TimeRange};
use integrations_icalendar::{Component, Events, Plan, write_series};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Daily at nine in Berlin; from the 3rd on at two in the afternoon, for half an hour; the 5th at
/// six in the evening; the 6th does not take place.
pub(crate) const OBJECT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\n\
    DTSTART;TZID=Europe/Berlin:20260601T090000\r\nDTEND;TZID=Europe/Berlin:20260601T100000\r\n\
    RRULE:FREQ=DAILY;COUNT=8\r\nEXDATE;TZID=Europe/Berlin:20260606T090000\r\nSUMMARY:Early\r\n\
    X-OURS:kept\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260603T090000\r\n\
    DTSTART;TZID=Europe/Berlin:20260603T140000\r\nDTEND;TZID=Europe/Berlin:20260603T143000\r\n\
    SUMMARY:Late\r\nX-THEIRS:kept\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID;TZID=Europe/Berlin:20260605T090000\r\n\
    DTSTART;TZID=Europe/Berlin:20260605T180000\r\nDTEND;TZID=Europe/Berlin:20260605T190000\r\n\
    SUMMARY:Evening\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn name(series: &EventId, start: &EventTime, _: &TimeZone) -> EventId {
    EventId::new(format!("{series}@{start}"))
}

fn read(text: &str) -> Events {
    let object = Component::parse(text).unwrap();
    Events::read(&object, &CalendarId::new("c"), &EventId::new("u")).unwrap()
}

fn said(event: &Event) -> String {
    let utc = |time: &EventTime| time.to_timestamp(&TimeZone::UTC).unwrap().to_string();
    format!(
        "{} {} {}",
        event.summary,
        utc(&event.start),
        utc(&event.end)
    )
}

#[test]
fn what_follows_a_change_of_all_that_follow_is_as_it_says() {
    let events = read(OBJECT);
    let changed = Plan::by_original(events.changed.clone(), &TimeZone::UTC).unwrap();
    let plan = Plan {
        master: events.master.as_ref(),
        changed: &changed,
        zone: &TimeZone::UTC,
        name,
    };
    let june = TimeRange::new(
        "2026-06-01T00:00:00Z".parse().unwrap(),
        "2026-07-01T00:00:00Z".parse().unwrap(),
    );
    let mut all = plan.within(june.unwrap()).unwrap();
    all.sort_by_key(|event| event.start.to_timestamp(&TimeZone::UTC).unwrap());
    let days: Vec<String> = all.iter().map(said).collect();
    // Berlin is two hours ahead of UTC.
    assert_eq!(
        days,
        [
            "Early 2026-06-01T07:00:00Z 2026-06-01T08:00:00Z",
            "Early 2026-06-02T07:00:00Z 2026-06-02T08:00:00Z",
            "Late 2026-06-03T12:00:00Z 2026-06-03T12:30:00Z",
            "Late 2026-06-04T12:00:00Z 2026-06-04T12:30:00Z",
            "Evening 2026-06-05T16:00:00Z 2026-06-05T17:00:00Z",
            "Late 2026-06-07T12:00:00Z 2026-06-07T12:30:00Z",
            "Late 2026-06-08T12:00:00Z 2026-06-08T12:30:00Z",
        ]
    );
    // Each is known by when the series has it, and is found by that.
    for event in &all {
        let EventKind::Occurrence { original_start, .. } = &event.kind else {
            panic!("{event:?}");
        };
        let at: Timestamp = original_start.to_timestamp(&TimeZone::UTC).unwrap();
        let found = plan.occurrence(at).unwrap().unwrap();
        assert_eq!(said(&found), said(event));
        assert_eq!((&found.id, &found.kind), (&event.id, &event.kind));
    }
    assert_eq!(all[3].id.as_str(), "u@2026-06-04T09:00:00[Europe/Berlin]");
    // What was taken out, and what is outside, is no occurrence.
    for gone in [
        "2026-06-06T07:00:00Z",
        "2026-06-09T07:00:00Z",
        "2026-06-04T12:00:00Z",
    ] {
        assert!(
            plan.occurrence(gone.parse().unwrap()).unwrap().is_none(),
            "{gone}"
        );
    }
}

#[test]
fn the_range_is_written_as_it_was_read() {
    let events = read(OBJECT);
    let [late, evening] = &events.changed[..] else {
        panic!("{events:?}");
    };
    assert!(late.and_future && !evening.and_future);
    let mut object = Component::parse(OBJECT).unwrap();
    let mut changed = events.changed.clone();
    let master = events.master.unwrap();
    write_series(&mut object, &master, &changed);
    // Nothing differs, so that nothing but the stamps that every event needs is new.
    let text = object.text();
    let lines = text.split_inclusive("\r\n");
    let without: String = lines.filter(|line| !line.starts_with("DTSTAMP:")).collect();
    assert_eq!(without.replace("\r\n ", ""), OBJECT);
    // Another title leaves the reach.
    changed[0].summary = "Later".to_owned();
    write_series(&mut object, &master, &changed);
    assert_eq!(read(&object.text()).changed, changed);
    assert!(
        object
            .text()
            .replace("\r\n ", "")
            .contains("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260603T090000")
    );
    // And written anew it is there too.
    let mut anew = integrations_icalendar::calendar();
    write_series(&mut anew, &master, &changed);
    let again = read(&anew.text());
    assert!(again.changed[0].and_future && !again.changed[1].and_future);
}
