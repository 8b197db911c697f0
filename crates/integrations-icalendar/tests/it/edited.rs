//! Events that are changed where they are.

use integrations_core::calendar::recurrence::RRule;
use integrations_core::calendar::{
    Attachment, Attendee, AttendeeRole, CalendarId, Conference, ConferenceRequest, Event, EventId,
    EventPatch, EventStatus, NewEvent, Participation, Patch, Person, Reminder, ReminderMethod,
    Reminders, ShowAs, Visibility,
};
use integrations_core::time::EventTime;
use integrations_icalendar::{
    Component, Events, Method, apply, calendar, free_busy_request, message, write_new, write_series,
};
use jiff::Timestamp;
use jiff::civil::date;

/// An event as other programs write it, with what the model has no place for.
const OBJECT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Ours\r\nBEGIN:VEVENT\r\nUID:u\r\n\
    DTSTAMP:20260101T000000Z\r\nDTSTART;X-P=1:20260601T070000Z\r\nDURATION:PT1H\r\n\
    SUMMARY;LANGUAGE=en:Tea\r\nDESCRIPTION:plain\r\nX-ALT-DESC;FMTTYPE=text/html:<b>plain</b>\r\n\
    CATEGORIES:A,B\r\nGEO:1.5;2.5\r\nATTENDEE;X-NUM=7;CUTYPE=ROOM:mailto:room@example.com\r\n\
    ATTENDEE;CN=Nobody:urn:uuid:1\r\nCONFERENCE;VALUE=URI:https://a.example/1\r\n\
    CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+1\r\n\
    ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a:aGVsbG8=\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\n\
    TRIGGER;RELATED=END:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn read(object: &Component) -> Events {
    Events::read(object, &CalendarId::new("c"), &EventId::new("u")).unwrap()
}

fn now() -> Timestamp {
    "2026-05-01T10:00:00Z".parse().unwrap()
}

fn at(hour: i8) -> EventTime {
    EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin")
}

#[test]
fn an_object_that_says_it_already_stays_as_it_is() {
    let mut object = Component::parse(OBJECT).unwrap();
    let master = read(&object).master.unwrap();
    write_series(&mut object, &master, []);
    assert_eq!(object.text(), OBJECT);
}

#[test]
fn only_the_lines_that_differ_are_replaced() {
    let mut object = Component::parse(OBJECT).unwrap();
    let mut master = read(&object).master.unwrap();
    master.location = Some("Kitchen".to_owned());
    master.summary = "Coffee".to_owned();
    master.updated = Some(now());
    write_series(&mut object, &master, []);
    let expected = OBJECT
        .replace("SUMMARY;LANGUAGE=en:Tea", "SUMMARY:Coffee")
        .replace("DTSTAMP:20260101T000000Z", "DTSTAMP:20260501T100000Z")
        .replace(
            "BEGIN:VALARM",
            "LAST-MODIFIED:20260501T100000Z\r\nLOCATION:Kitchen\r\nBEGIN:VALARM",
        );
    assert_eq!(object.text(), expected);
    assert_eq!(read(&object).master.unwrap(), master);
}

#[test]
fn a_patch_leaves_what_the_model_has_no_place_for() {
    let mut object = Component::parse(OBJECT).unwrap();
    let mut patch = EventPatch::default().with_attendees(vec![
        Attendee::new("Room@example.com").with_role(AttendeeRole::Resource),
        Attendee::new("ada@example.com").with_name("Ada"),
    ]);
    patch.description = Patch::Set("other".to_owned());
    let link = Conference::new("https://a.example/2".parse().unwrap());
    patch.conference = Patch::Set(ConferenceRequest::Link(link));
    patch.reminders = Some(Reminders::Only(vec![Reminder::popup(10)]));
    patch.attachments = Some(Vec::new());
    let event = object.parts_mut().next().unwrap();
    apply(event, &patch).unwrap();
    let text = object.text().replace("\r\n ", "");
    for line in [
        "ATTENDEE;X-NUM=7;CUTYPE=ROOM;PARTSTAT=NEEDS-ACTION:mailto:room@example.com",
        "ATTENDEE;CN=Ada;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:ada@example.com",
        "ATTENDEE;CN=Nobody:urn:uuid:1",
        "CONFERENCE;VALUE=URI:https://a.example/2",
        "CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+1",
        "ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a:aGVsbG8=",
        "ACTION:AUDIO",
        "TRIGGER:-PT10M",
        "CATEGORIES:A,B",
    ] {
        assert!(
            text.contains(&format!("\r\n{line}\r\n")),
            "{line} in {text}"
        );
    }
    // The same text with markup would contradict the new one.
    assert!(!text.contains("X-ALT-DESC"));

    // A room that becomes a person is none any more.
    let people = vec![Attendee::new("room@example.com")];
    let event = object.parts_mut().next().unwrap();
    apply(event, &EventPatch::default().with_attendees(people.clone())).unwrap();
    assert_eq!(
        read(&object).master.unwrap().attendees[0].role,
        AttendeeRole::Required
    );
}

/// Every field of the model.
fn whole() -> Event {
    let mut event = Event::new("u", "c", "a; \"b\", c\\", at(9), at(10));
    event.ical_uid = Some("u".to_owned());
    event.description = Some("one\ntwo".to_owned());
    event.location = Some("x, y".to_owned());
    event.status = EventStatus::Tentative;
    event.visibility = Visibility::Private;
    event.show_as = ShowAs::OutOfOffice;
    event.organizer = Some(Person::new("ada@example.com").with_name("Ada; L."));
    let mut guest = Attendee::new("bob@example.com").with_role(AttendeeRole::Optional);
    guest.participation = Participation::Declined;
    guest.comment = Some("no: \"time\"".to_owned());
    event.attendees = vec![guest];
    let url = "https://example.com/a;b,c".parse().unwrap();
    event.attachments = vec![Attachment::link("name", url)];
    let url = "https://example.com/j?x=1".parse().unwrap();
    event.conference = Some(Conference::new(url).with_name("Room"));
    event.properties.insert("k".to_owned(), "v; w".to_owned());
    event.web_link = "https://example.com/e".parse().ok();
    event.sequence = Some(3);
    event.created = Some(now());
    event.updated = Some(now());
    event.reminders = Reminders::Only(vec![
        Reminder::popup(10),
        Reminder {
            method: ReminderMethod::Email,
            minutes_before: 1440,
        },
    ]);
    event
}

#[test]
fn every_field_of_an_event_is_written_and_read_back() {
    let event = whole();
    let mut object = calendar();
    write_series(&mut object, &event, []);
    let text = object.text();
    let again = Component::parse(&text).unwrap();
    assert_eq!(read(&again).master.unwrap(), event);
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    // And each can be taken away again, in place.
    let mut bare = Event::new("u", "c", "", at(9), at(10));
    bare.ical_uid = Some("u".to_owned());
    let mut object = again;
    write_series(&mut object, &bare, []);
    assert_eq!(read(&object).master.unwrap(), bare);
}

#[test]
fn a_changed_occurrence_begins_as_its_series_and_one_that_goes_is_gone() {
    let mut object =
        Component::parse(OBJECT.replace("DURATION", "RRULE:FREQ=DAILY\r\nDURATION")).unwrap();
    let events = read(&object);
    let master = events.master.unwrap();
    let mut second = master.clone();
    second.recurrence = None;
    let later = |hour: &str| EventTime::Utc(format!("2026-06-02T{hour}:00:00Z").parse().unwrap());
    (second.start, second.end) = (later("12"), later("13"));
    second.kind = integrations_core::calendar::EventKind::Occurrence {
        series: "u".into(),
        original_start: later("07"),
        changed: true,
    };
    write_series(&mut object, &master, [&second]);
    assert_eq!(read(&object).changed, [second]);
    assert_eq!(object.text().matches("CATEGORIES:A,B").count(), 2);
    assert_eq!(object.text().matches("RRULE").count(), 1);
    write_series(&mut object, &master, []);
    assert_eq!(object.vevents().count(), 1);
}

#[test]
fn a_new_event_is_written_with_its_zone() {
    let new = NewEvent::new("Tea", at(9), at(10))
        .with_recurrence("FREQ=WEEKLY;COUNT=2".parse::<RRule>().unwrap())
        .with_property("order", "1");
    let mut object = write_new(&new, "uid-1", now()).unwrap();
    assert!(integrations_icalendar::add_zones(&mut object).is_empty());
    let event = read(&object).master.unwrap();
    assert_eq!((event.start, event.end), (at(9), at(10)));
    assert_eq!(event.recurrence, new.recurrence);
    let text = object.text();
    for line in [
        "UID:uid-1",
        "SEQUENCE:0",
        "DTSTAMP:20260501T100000Z",
        "TZID:Europe/Berlin",
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "{text}");
    }
    let made = new.with_conference(ConferenceRequest::Create);
    assert!(write_new(&made, "uid-1", now()).is_err());
}

/// RFC 5546, section 3.2; RFC 6638, section 7: what is for the owner's server is for nobody else.
#[test]
fn a_message_has_nothing_that_is_its_owners_own() {
    let mut event = whole();
    event.attendees = vec![Attendee::new("bob@example.com")];
    let mut object = calendar();
    write_series(&mut object, &event, []);
    let part = object
        .parts_mut()
        .find(|part| part.name() == "VEVENT")
        .unwrap();
    let lines: Vec<_> = part
        .all("ATTENDEE")
        .map(|line| {
            line.with_param("SCHEDULE-AGENT", Some("CLIENT"))
                .with_param("X-N", Some("1"))
        })
        .collect();
    part.replace("ATTENDEE", lines);
    let text = message(object, Method::Cancel).text().replace("\r\n ", "");
    for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"] {
        assert!(text.contains(&format!("{line}\r\n")), "{text}");
    }
    for own in ["VALARM", "X-INTEGRATIONS", "SCHEDULE-AGENT"] {
        assert!(!text.contains(own), "{own} in {text}");
    }
    assert!(text.contains("X-N=1:mailto:bob@example.com"), "{text}");
}

#[test]
fn a_question_for_free_time_is_that_of_the_rfc() {
    // RFC 6638, appendix B.5.
    let range = integrations_core::time::TimeRange::new(
        "2009-06-02T00:00:00Z".parse().unwrap(),
        "2009-06-03T00:00:00Z".parse().unwrap(),
    );
    let object = free_busy_request(
        "cyrus@example.com",
        &["wilfredo@example.com"],
        range.unwrap(),
        now(),
    );
    let text = object.text();
    for line in [
        "METHOD:REQUEST",
        "BEGIN:VFREEBUSY",
        "DTSTART:20090602T000000Z",
        "DTEND:20090603T000000Z",
        "ORGANIZER:mailto:cyrus@example.com",
        "ATTENDEE:mailto:wilfredo@example.com",
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "{text}");
    }
}
