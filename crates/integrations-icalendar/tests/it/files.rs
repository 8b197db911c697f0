//! Files with many events.

use integrations_core::ErrorKind;
use integrations_core::calendar::{EventKind, Reminder, Reminders};
use integrations_icalendar::{Damage, Object, objects};

/// A calendar around components.
pub(crate) fn file(parts: &[&str]) -> String {
    let lines = parts.concat();
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Other//EN\n{lines}END:VCALENDAR\n")
}

/// An event with further lines.
pub(crate) fn event(uid: &str, lines: &str) -> String {
    format!(
        "BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20260101T000000Z\nDTSTART:20260601T070000Z\n\
         DTEND:20260601T080000Z\n{lines}END:VEVENT\n"
    )
}

fn read(text: &str) -> (Vec<Object>, Vec<Damage>) {
    let (mut whole, mut damaged) = (Vec::new(), Vec::new());
    for one in objects(text.as_bytes()) {
        match one {
            Ok(object) => whole.push(object),
            Err(damage) => damaged.push(damage),
        }
    }
    (whole, damaged)
}

#[test]
fn a_series_and_its_changed_occurrences_are_one_object_wherever_they_stand() {
    let moved = |uid: &str, day: u8| event(uid, &format!("RECURRENCE-ID:202606{day:02}T070000Z\n"));
    let text = file(&[
        &moved("a", 3),
        &event("alone", ""),
        &event("a", "RRULE:FREQ=DAILY\n"),
        &event("b", "RRULE:FREQ=DAILY\n"),
        &moved("b", 4),
        &moved("a", 2),
        &moved("orphan", 2),
    ]);
    let (whole, damaged) = read(&text);
    assert!(damaged.is_empty(), "{damaged:?}");
    let said: Vec<(&str, bool, usize, u32)> = whole
        .iter()
        .map(|one| (one.uid(), one.master.is_some(), one.changed.len(), one.line))
        .collect();
    // What stands alone does not wait for the end of the file.
    assert_eq!(
        said,
        [
            ("alone", true, 0, 11),
            ("a", true, 2, 4),
            ("b", true, 1, 24),
            ("orphan", false, 1, 45),
        ]
    );
    let first = &whole[1].changed[0];
    let EventKind::Occurrence { original_start, .. } = &first.kind else {
        panic!("{first:?}");
    };
    assert_eq!(original_start.to_string(), "2026-06-03T07:00:00Z");
}

#[test]
fn each_damage_is_told_with_its_line_and_the_rest_is_given() {
    let text = file(&[
        &event("good-1", ""),
        "BEGIN:VEVENT\nUID:no-start\nEND:VEVENT\n",
        "BEGIN:VEVENT\nDTSTART:20260601T070000Z\nEND:VEVENT\n",
        &event("bad-time", "").replace("DTEND:2026", "DTEND:202"),
        &event("bad-rule", "RRULE:FREQ=SOMETIMES\n"),
        // It does not end: the next one begins.
        "BEGIN:VEVENT\nUID:open\nDTSTART:20260601T070000Z\n",
        &event("good-2", ""),
        // Another end.
        "BEGIN:VEVENT\nUID:crossed\nDTSTART:20260601T070000Z\nBEGIN:VALARM\nEND:VEVENT\n",
        &event("good-3", ""),
        "BEGIN:VTODO\nUID:task\nEND:VTODO\n",
        &event("good-1", "SUMMARY:again\n"),
    ]);
    let (whole, damaged) = read(&text);
    let uids: Vec<&str> = whole.iter().map(Object::uid).collect();
    assert_eq!(uids, ["good-1", "good-2", "good-3", "good-1"]);
    let said: Vec<(u32, &str, &str)> = damaged
        .iter()
        .map(|one| {
            assert_eq!(one.error.kind(), ErrorKind::Decode);
            let message = one.error.message();
            let (line, why) = message.split_once(": ").unwrap();
            assert_eq!(line, format!("line {}", one.line), "{message}");
            (one.line, one.uid.as_deref().unwrap_or("-"), why)
        })
        .collect();
    assert_eq!(
        said,
        [
            (10, "no-start", "an event has no DTSTART"),
            (13, "-", "an event has no UID"),
            (20, "bad-time", "DTEND is not a time"),
            (29, "open", "VEVENT does not end before line 32"),
            (42, "crossed", "VALARM does not end"),
            // A series is read at the end of its calendar.
            (
                27,
                "bad-rule",
                "the recurrence rule is wrong: FREQ=SOMETIMES is not known"
            ),
        ]
    );
}

#[test]
fn with_a_damaged_series_its_occurrences_go_and_with_a_damaged_occurrence_only_that() {
    let text = file(&[
        &event("a", "RRULE:FREQ=NEVER\n"),
        &event("a", "RECURRENCE-ID:20260602T070000Z\n"),
        &event("b", "RRULE:FREQ=DAILY\n"),
        &event("b", "RECURRENCE-ID:nonsense\n"),
        &event("b", "RECURRENCE-ID:20260603T070000Z\n"),
        &event("c", "RRULE:FREQ=DAILY\n"),
        &event("c", "RRULE:FREQ=WEEKLY\n"),
    ]);
    let (whole, damaged) = read(&text);
    let said: Vec<(&str, usize)> = whole
        .iter()
        .map(|one| (one.uid(), one.changed.len()))
        .collect();
    assert_eq!(said, [("b", 1), ("c", 0)]);
    let lines: Vec<(u32, &str)> = damaged
        .iter()
        .map(|one| (one.line, one.uid.as_deref().unwrap()))
        .collect();
    // The rule, its occurrence, the RECURRENCE-ID, the second series.
    assert_eq!(lines, [(9, "a"), (11, "a"), (30, "b"), (46, "c")]);
}

#[test]
fn several_calendars_one_that_breaks_off_and_what_is_around_them() {
    let text = format!(
        "hello\nworld\n{}\u{1a}\n{}",
        file(&[&event("a", "")]),
        file(&[&event("b", "RRULE:FREQ=DAILY\n"), &event("c", "")])
    );
    let text = text.strip_suffix("END:VEVENT\nEND:VCALENDAR\n").unwrap();
    let (whole, damaged) = read(text);
    let uids: Vec<&str> = whole.iter().map(Object::uid).collect();
    assert_eq!(uids, ["a", "b"]);
    let said: Vec<(u32, bool)> = damaged
        .iter()
        .map(|one| (one.line, one.error.message().contains("breaks off")))
        .collect();
    assert_eq!(said, [(1, false), (13, false), (24, true), (28, true)]);
    assert!(read("").0.is_empty() && read("").1.is_empty());
}

/// RFC 5545 says nothing of the order: the component that explains a zone may be the last.
#[test]
fn a_zone_that_only_its_component_explains_is_found_behind_the_event() {
    let zone = "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
        TZOFFSETFROM:+0530\nTZOFFSETTO:+0530\nEND:STANDARD\nEND:VTIMEZONE\n";
    let at_nine = event("a", "").replace(
        "DTSTART:20260601T070000Z",
        "DTSTART;TZID=Ours:20260601T090000",
    );
    let at_nine = at_nine.replace("DTEND:20260601T080000Z", "DTEND;TZID=Ours:20260601T100000");
    for text in [file(&[zone, &at_nine]), file(&[&at_nine, zone])] {
        let (whole, damaged) = read(&text);
        assert!(damaged.is_empty());
        let event = whole[0].master.as_ref().unwrap();
        let start = event.start.to_timestamp(&jiff::tz::TimeZone::UTC).unwrap();
        assert_eq!(start.to_string(), "2026-06-01T03:30:00Z");
        // The object has its zone with it.
        assert!(whole[0].component.text().contains("TZID:Ours\r\n"));
    }
}

#[test]
fn what_is_no_event_is_counted() {
    let text = file(&[
        "BEGIN:VTODO\nUID:1\nEND:VTODO\n",
        &event("a", ""),
        "BEGIN:VJOURNAL\nUID:2\nEND:VJOURNAL\nBEGIN:VTODO\nUID:3\nEND:VTODO\n",
    ]);
    let mut all = objects(text.as_bytes());
    assert_eq!(all.by_ref().filter(Result::is_ok).count(), 1);
    let others: Vec<(&str, u64)> = all.others().iter().map(|(n, c)| (n.as_str(), *c)).collect();
    assert_eq!(others, [("VJOURNAL", 1), ("VTODO", 2)]);
}

/// The example of RFC 5545, section 3.6.6, with a trigger that the model has.
#[test]
fn alarms_before_the_start_are_reminders() {
    let alarm = "BEGIN:VALARM\nTRIGGER:-PT30M\nREPEAT:2\nDURATION:PT15M\nACTION:DISPLAY\n\
        DESCRIPTION:Breakfast meeting\nEND:VALARM\n";
    let (whole, _) = read(&file(&[&event("a", alarm)]));
    let event = whole[0].master.as_ref().unwrap();
    let expected = Reminders::Only(vec![Reminder::popup(30)]);
    assert_eq!(event.reminders, expected);
}
