//! Events of any provider as one file.

use integrations_core::calendar::{Event, EventKind};
use integrations_core::time::{EventTime, TzId};
use integrations_core::{ErrorKind, Raw};
use integrations_icalendar::{Component, Export, objects};
use jiff::civil::date;

fn at(day: i8, hour: i8, zone: &str) -> EventTime {
    EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), zone)
}

fn export(events: &[Event]) -> String {
    let mut export = Export::new();
    let mut file = export.begin();
    for event in events {
        file += &export.event(event).unwrap();
    }
    file + &export.end()
}

fn event(uid: &str, day: i8, zone: &str) -> Event {
    let mut event = Event::new(uid, "c", uid, at(day, 9, zone), at(day, 10, zone));
    event.ical_uid = Some(format!("{uid}@example.com"));
    event
}

#[test]
fn a_file_has_each_zone_once_and_before_its_first_use() {
    let text = export(&[
        event("a", 3, "Europe/Berlin"),
        event("b", 1, "Asia/Tokyo"),
        event("c", 2, "Europe/Berlin"),
    ]);
    let whole = Component::parse(&text).unwrap();
    let order: Vec<&str> = whole.parts().map(Component::name).collect();
    assert_eq!(
        order,
        ["VTIMEZONE", "VEVENT", "VTIMEZONE", "VEVENT", "VEVENT"]
    );
    let read: Vec<_> = objects(text.as_bytes()).map(Result::unwrap).collect();
    let starts: Vec<_> = read
        .iter()
        .map(|one| one.master.as_ref().unwrap().start.clone())
        .collect();
    assert_eq!(
        starts,
        [
            at(3, 9, "Europe/Berlin"),
            at(1, 9, "Asia/Tokyo"),
            at(2, 9, "Europe/Berlin")
        ]
    );
    assert_eq!(read[0].uid(), "a@example.com");
}

#[test]
fn what_a_calendar_of_icalendar_said_beyond_the_model_is_in_the_file() {
    let raw = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Ours\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nUID:a@example.com\r\nDTSTART;TZID=Ours:20260603T090000\r\n\
        DTEND;TZID=Ours:20260603T100000\r\nSUMMARY:a\r\nX-OURS;P=1:kept\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";
    let ours = |hour| EventTime::Zoned {
        local: date(2026, 6, 3).at(hour, 0, 0, 0),
        tz: TzId::unknown("Ours"),
    };
    let mut one = Event::new("a.ics", "c", "a", ours(9), ours(10));
    one.ical_uid = Some("a@example.com".to_owned());
    one.raw = Raw::Text(raw.to_owned());
    let text = export(&[one.clone()]);
    assert!(
        text.contains("X-OURS;P=1:kept\r\n") && text.contains("TZID:Ours\r\n"),
        "{text}"
    );
    // Without it nobody knows what the zone is.
    one.raw = Raw::None;
    let error = Export::new().event(&one).unwrap_err();
    assert!(error.message().contains("Ours"), "{error}");
}

#[test]
fn an_occurrence_that_its_series_has_is_not_exported_a_second_time() {
    let mut one = event("a", 1, "Europe/Berlin");
    let original_start = one.start.clone();
    one.kind = EventKind::Occurrence {
        series: "a".into(),
        original_start,
        changed: false,
    };
    let error = Export::new().event(&one).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let EventKind::Occurrence { changed, .. } = &mut one.kind else {
        panic!("an occurrence");
    };
    *changed = true;
    let text = export(&[one]);
    assert!(
        text.contains("RECURRENCE-ID;TZID=Europe/Berlin:20260601T090000\r\n"),
        "{text}"
    );
}
