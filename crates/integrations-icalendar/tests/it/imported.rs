//! Files as events to make.

use integrations_core::calendar::{ConferenceRequest, EditScope, EventStatus, Patch};
use integrations_core::time::EventTime;
use integrations_icalendar::{Import, import_key, objects};

use crate::files::{event, file};
use crate::future::OBJECT;

fn imports(text: &str) -> Vec<Import> {
    objects(text.as_bytes())
        .flat_map(|one| one.unwrap().imports())
        .collect()
}

#[test]
fn a_key_is_the_same_for_the_same_name_and_fits_whatever_that_is() {
    let at: EventTime = EventTime::Utc("2026-06-01T07:00:00Z".parse().unwrap());
    let long = "x; \u{e9}".repeat(500);
    let all = [
        import_key("a", None),
        import_key("b", None),
        import_key("a", Some(&at)),
        import_key(&long, None),
    ];
    for (n, one) in all.iter().enumerate() {
        assert!(all[n + 1..].iter().all(|other| other != one));
    }
    assert_eq!(import_key("a", Some(&at)), all[2]);
    // RFC 9562, section 5.5, by Python: uuid.uuid5(uuid.NAMESPACE_URL, "ical:a").
    assert_eq!(all[0].as_str(), "ical-4b614a87-1bdb-517a-82b7-fce4d1d72b7d");
}

#[test]
fn what_cannot_be_carried_is_named() {
    let text = file(&[&event(
        "a",
        "SUMMARY:Tea\\nand\u{7}more\nORGANIZER:mailto:ada@example.com\nCATEGORIES:X\nGEO:1;2\n\
         ATTENDEE;X-RESPONSE-COMMENT=no:mailto:bob@example.com\nATTENDEE:mailto:BOB@example.com\n\
         ATTENDEE:mailto:nobody\nATTENDEE:urn:uuid:1\nCONFERENCE:https://a.example/1\n\
         CONFERENCE:https://a.example/2\nATTACH:https://a.example/file\n\
         ATTACH;VALUE=BINARY;ENCODING=BASE64:aGk=\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:PT5M\n\
         END:VALARM\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM\n",
    )]);
    let [import] = &imports(&text)[..] else {
        panic!("one event");
    };
    import.new.check().unwrap();
    assert_eq!(import.new.summary, "Tea andmore");
    assert_eq!(import.new.key, Some(import_key("a", None)));
    assert_eq!(import.new.attendees.len(), 1);
    assert_eq!(import.new.attachments.len(), 1);
    let Some(ConferenceRequest::Link(link)) = &import.new.conference else {
        panic!("a link");
    };
    assert_eq!(link.join_url.as_str(), "https://a.example/1");
    let left: Vec<&str> = import.left_out.iter().map(String::as_str).collect();
    assert_eq!(
        left,
        [
            "SUMMARY: control characters",
            "ATTENDEE bob@example.com: the comment",
            "ATTENDEE BOB@example.com: it is there twice",
            "ATTENDEE \"nobody\": it is no address",
            "ORGANIZER",
            "CATEGORIES",
            "GEO",
            "ATTENDEE",
            "CONFERENCE",
            "ATTACH",
            "VALARM",
        ]
    );
}

#[test]
fn changed_occurrences_are_changes_of_the_series() {
    let [import] = &imports(OBJECT)[..] else {
        panic!("one series");
    };
    import.new.check().unwrap();
    let [late, evening] = &import.changes[..] else {
        panic!("{import:?}");
    };
    assert_eq!(late.scope, EditScope::ThisAndFollowing);
    assert_eq!(
        late.original.to_string(),
        "2026-06-03T09:00:00[Europe/Berlin]"
    );
    assert_eq!(late.patch.summary.as_deref(), Some("Late"));
    let (start, end) = late.patch.times.as_ref().unwrap();
    assert_eq!(start.to_string(), "2026-06-03T14:00:00[Europe/Berlin]");
    assert_eq!(end.to_string(), "2026-06-03T14:30:00[Europe/Berlin]");
    assert_eq!(evening.scope, EditScope::This);
    assert_eq!(
        import.left_out,
        [
            "X-OURS",
            "RECURRENCE-ID 2026-06-03T09:00:00[Europe/Berlin]: X-THEIRS"
        ]
    );
}

#[test]
fn a_change_has_only_what_differs() {
    let same = "SUMMARY:Tea\nLOCATION:Here\n";
    let text = file(&[
        &event("a", &format!("{same}RRULE:FREQ=DAILY\n")),
        &event("a", "SUMMARY:Tea\nRECURRENCE-ID:20260601T070000Z\n"),
        &event(
            "a",
            &format!("{same}STATUS:CANCELLED\nRECURRENCE-ID:20260602T070000Z\n"),
        ),
    ]);
    let [import] = &imports(&text)[..] else {
        panic!("one series");
    };
    let [elsewhere, off] = &import.changes[..] else {
        panic!("{import:?}");
    };
    let mut expected = integrations_core::calendar::EventPatch::default();
    expected.location = Patch::Clear;
    assert_eq!(elsewhere.patch, expected);
    assert!(off.cancelled && !elsewhere.cancelled);
}

#[test]
fn occurrences_without_their_series_are_events_of_their_own() {
    let text = file(&[
        &event("a", "RECURRENCE-ID:20260602T070000Z\n"),
        &event("a", "RECURRENCE-ID:20260603T070000Z\n"),
        &event("b", "STATUS:CANCELLED\n"),
    ]);
    let all = imports(&text);
    let [b, first, second] = &all[..] else {
        panic!("{all:?}");
    };
    assert!(b.cancelled && b.new.status == EventStatus::Cancelled);
    assert_ne!(first.new.key, second.new.key);
    assert_eq!(first.left_out, ["RECURRENCE-ID: its series is not there"]);
}
