//! Texts that nobody should write: each a clear error or the right reading, in bounded memory, and
//! nothing lost.

use integrations_core::calendar::{CalendarId, Event, EventId};
use integrations_core::{ErrorKind, Result};
use integrations_icalendar::{
    Component, Events, Export, MAX_LINE, MAX_OBJECT, Object, objects, write_series,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::files::{event, file};
use crate::future::OBJECT;

fn read(text: impl AsRef<[u8]>) -> Result<Event> {
    let object = Component::parse(text)?;
    let events = Events::read(&object, &CalendarId::new("c"), &EventId::new("e"))?;
    Ok(events.master.unwrap())
}

#[test]
fn a_description_of_five_megabytes_is_read_and_written_back() {
    let long = "All work, no play; \u{1f375}\n".repeat(220_000);
    assert!(long.len() > 5_000_000);
    let mut event = Event::new(
        "e",
        "c",
        "x",
        "2026-06-01T07:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .into(),
        "2026-06-01T08:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .into(),
    );
    event.description = Some(long.clone());
    let mut object = integrations_icalendar::calendar();
    write_series(&mut object, &event, []);
    let text = object.text();
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    assert_eq!(read(&text).unwrap().description.as_deref(), Some(&*long));
}

#[test]
fn ten_thousand_people_are_read_changed_and_written() {
    let people: String = (0..10_000)
        .map(|n| format!("ATTENDEE;X-N={n}:mailto:p{n}@example.com\n"))
        .collect();
    let text = file(&[&event("e", &people)]);
    let mut master = read(&text).unwrap();
    assert_eq!(master.attendees.len(), 10_000);
    master.attendees.reverse();
    let mut object = Component::parse(&text).unwrap();
    write_series(&mut object, &master, []);
    let text = object.text().replace("\r\n ", "");
    assert!(
        text.contains("ATTENDEE;X-N=9999;ROLE"),
        "what each line had stays with it"
    );
    assert_eq!(read(&text).unwrap().attendees, master.attendees);
}

/// In a file the damage is of one event; in an object of its own it is an error.
#[test]
fn components_without_end_are_refused_and_the_next_event_is_read() {
    for deep in [
        "BEGIN:X\n".repeat(100_000) + &"END:X\n".repeat(100_000),
        "BEGIN:X\n".repeat(100_000),
        "BEGIN:VALARM\nACTION:AUDIO\n".repeat(17),
        "END:X\n".repeat(100_000),
    ] {
        let text = file(&[&event("deep", &deep), &event("next", "")]);
        assert_eq!(read(&text).unwrap_err().kind(), ErrorKind::Decode);
        let all: Vec<_> = objects(text.as_bytes()).collect();
        let damages = all.iter().filter(|one| one.is_err()).count();
        let whole: Vec<&str> = all.iter().flatten().map(Object::uid).collect();
        assert_eq!((damages, &*whole), (1, &["next"][..]));
    }
    // Beside each other they are many, and allowed.
    let wide = "BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:PT1M\nEND:VALARM\n".repeat(100_000);
    let all: Vec<_> = objects(file(&[&event("wide", &wide)]).as_bytes()).collect();
    assert_eq!(
        all[0]
            .as_ref()
            .unwrap()
            .component
            .text()
            .matches("VALARM")
            .count(),
        200_000
    );
}

#[test]
fn what_is_too_large_is_told_and_the_next_event_is_read() {
    let line = format!("X-LONG:{}\n", "x".repeat(MAX_LINE));
    let lines =
        format!("X-LONG:{}\n", "x".repeat(MAX_LINE / 2)).repeat(1 + MAX_OBJECT / (MAX_LINE / 2));
    for large in [line, lines] {
        let text = file(&[&event("large", &large), &event("next", "")]);
        let all: Vec<_> = objects(text.as_bytes()).collect();
        assert!(all[0].is_err(), "{all:?}");
        assert_eq!(all[1].as_ref().unwrap().uid(), "next");
        assert!(Component::parse(&text).is_err());
    }
}

#[test]
fn bytes_that_are_no_text_cost_their_event_and_no_other() {
    let mut bytes = file(&[&event("a", "SUMMARY:Caf\u{e9}\n"), &event("b", "")]).into_bytes();
    // As Latin-1 has it.
    let at = bytes
        .windows(2)
        .position(|two| two == "\u{e9}".as_bytes())
        .unwrap();
    bytes.splice(at..at + 2, [0xe9]);
    let all: Vec<_> = objects(&*bytes).collect();
    let damage = all[0].as_ref().unwrap_err();
    assert_eq!((damage.line, damage.uid.as_deref()), (9, Some("a")));
    assert!(damage.to_string().contains("UTF-8"), "{damage}");
    assert_eq!(all[1].as_ref().unwrap().uid(), "b");
    assert!(
        Component::parse(&bytes)
            .unwrap_err()
            .message()
            .starts_with("line 9: ")
    );
}

#[test]
fn control_characters_stay_in_the_text_and_are_cleaned_for_an_import() {
    let text = file(&[&event(
        "a",
        "SUMMARY:a\0b\u{1b}[31mc\nX-OTHER:\u{7f}\u{85}\u{2028}\n",
    )]);
    let event = read(&text).unwrap();
    assert_eq!(event.summary, "a\0b\u{1b}[31mc");
    let object = objects(text.as_bytes()).next().unwrap().unwrap();
    assert!(
        object
            .component
            .text()
            .contains("X-OTHER:\u{7f}\u{85}\u{2028}\r\n")
    );
    let import = object.imports().remove(0);
    import.new.check().unwrap();
    assert_eq!(import.new.summary, "ab[31mc");
    assert!(
        import
            .left_out
            .contains(&"SUMMARY: control characters".to_owned())
    );
}

#[test]
fn every_mixture_of_line_breaks_and_folds_is_the_same_event() {
    let text = file(&[&event("a", "SUMMARY:\u{20ac} one two\n")]);
    let plain = read(&text).unwrap();
    assert_eq!(plain.summary, "\u{20ac} one two");
    let broken = |with: &[&str]| -> String {
        let lines = text.lines().enumerate();
        lines
            .map(|(n, line)| format!("{line}{}", with[n % with.len()]))
            .collect()
    };
    for mixed in [
        broken(&["\r\n"]),
        broken(&["\r"]),
        broken(&["\r\n", "\n", "\r"]),
        broken(&["\n\n", "\r\r\n"]),
        format!("\u{feff}{text}"),
        text.replace("one two", "o\r\n ne\n\t \r two"),
    ] {
        assert_eq!(read(&mixed).unwrap(), plain, "{mixed:?}");
    }
    // Every octet on a line of its own, as RFC 5545 allows it (section 3.1).
    let mut octets = Vec::new();
    for byte in text.replace('\n', "\r\n").bytes() {
        let between = !octets.ends_with(b"\n") && byte != b'\r' && byte != b'\n';
        if between && !octets.is_empty() {
            octets.extend(b"\r\n ");
        }
        octets.push(byte);
    }
    assert_eq!(read(&octets).unwrap(), plain);
}

#[test]
fn numbers_and_times_beyond_all_bounds_are_errors_or_left_out() {
    let bad = |from: &str, to: &str| {
        let text = file(&[&event("a", "")]).replace(from, to);
        assert_eq!(read(&text).unwrap_err().kind(), ErrorKind::Decode, "{to}");
    };
    for time in [
        "20261301T000000Z",
        "20260231T000000Z",
        "20260601T250000Z",
        "2026",
        "99999999999999999999",
        "",
        "\u{661}\u{662}",
    ] {
        bad("DTSTART:20260601T070000Z", &format!("DTSTART:{time}"));
    }
    for long in [
        "P999999999999W",
        "PT99999999999999999999S",
        "-P99999D",
        "P",
        "",
    ] {
        let text = format!("DURATION:{long}");
        let kept = file(&[&event("a", "")]).replace("DTEND:20260601T080000Z", &text);
        // Before time began is out of range; a length below zero is none that the model refuses.
        if long != "-P99999D" {
            assert!(read(&kept).is_err(), "{long}");
        }
    }
    for rule in [
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=99999999999999999999",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;UNTIL=20261399",
        "COUNT=1",
        "",
        "FREQ=DAILY;FREQ=DAILY",
    ] {
        bad("DTEND:20260601T080000Z", &format!("RRULE:{rule}"));
    }
    let text = file(&[&event(
        "a",
        "SEQUENCE:99999999999999999999\nCREATED:never\n",
    )]);
    let event = read(text).unwrap();
    assert_eq!((event.sequence, event.created), (None, None));
}

/// An error of the input is told once, and ends the file.
#[test]
fn a_file_that_cannot_be_read_on_is_told() {
    struct Broken(usize);
    impl std::io::Read for Broken {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let text = file(&[&event("a", ""), &event("b", "RRULE:FREQ=DAILY\n")]);
            let left = &text.as_bytes()[self.0..];
            if left.len() < 20 {
                return Err(std::io::Error::other("the disk is gone"));
            }
            let part = left.len().min(into.len()).min(7);
            into[..part].copy_from_slice(&left[..part]);
            self.0 += part;
            Ok(part)
        }
    }
    let all: Vec<_> = objects(std::io::BufReader::new(Broken(0))).collect();
    let [a, broken] = &all[..] else {
        panic!("{all:?}");
    };
    assert_eq!(a.as_ref().unwrap().uid(), "a");
    assert!(
        broken
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("the disk is gone")
    );
}

/// Everything that is done with a text.
fn use_all(text: &[u8]) {
    let mut export = Export::new();
    for object in objects(text).flatten() {
        for import in object.imports() {
            let _ = import.new.check();
        }
        let before = object.component.clone();
        let (Some(master), mut object) = (&object.master, object.clone()) else {
            continue;
        };
        // What was read is written in place, and says the same.
        write_series(&mut object.component, master, &object.changed);
        let again = Component::parse(object.component.text()).unwrap();
        let id = EventId::new(object.uid());
        let events = Events::read(&again, &CalendarId::new(""), &id).unwrap();
        assert_eq!(events.master.as_ref(), Some(master));
        for part in before.vevents() {
            for line in part.lines().filter(|line| line.name().starts_with("X-O")) {
                assert!(
                    again
                        .vevents()
                        .any(|part| part.lines().any(|one| one == line))
                );
            }
        }
        for event in object.master.iter().chain(&object.changed) {
            let _ = export.event(event);
        }
        let _ = integrations_icalendar::Plan::by_original(object.changed, &TimeZone::UTC);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Pieces of the object cut out, doubled, or with other signs in them.
    #[test]
    fn no_damage_makes_it_panic_and_nothing_is_lost(
        at in 0..OBJECT.len(), long in 0..40_usize, to in 0..OBJECT.len(),
        sign in "[0-9A-Z:;,=\"\\\\\r\n\u{e9}-]{0,6}",
    ) {
        let end = (at + long).min(OBJECT.len());
        let piece = &OBJECT[at..end];
        let mut text = format!("{}{sign}{}", &OBJECT[..at], &OBJECT[end..]);
        let to = (0..=to.min(text.len())).rfind(|to| text.is_char_boundary(*to));
        text.insert_str(to.unwrap_or(0), piece);
        use_all(text.as_bytes());
    }

    #[test]
    fn no_lines_make_it_panic(
        text in "((BEGIN|END|begin):(VCALENDAR|VEVENT|VALARM|X|VTIMEZONE)\n|UID:a\n|DTSTART[:;](20260601|TZID=X:20260601T090000|\\PC{0,6})\n|RECURRENCE-ID:20260602\n|RRULE:FREQ=DAILY\n|\\PC{0,8}\r?\n ?){0,30}"
    ) {
        use_all(text.as_bytes());
    }
}
