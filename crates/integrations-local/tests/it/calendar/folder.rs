//! What an account in a folder promises beyond the suite.

use std::path::Path;

use integrations_core::ErrorKind;
use integrations_core::calendar::recurrence::RRule;
use integrations_core::calendar::{
    Attendee, Calendar, CalendarId, Change, EditScope, EventPatch, EventQuery, NewAttachment,
    NewEvent, Reminder, Reminders, UpdateOptions,
};
use integrations_core::time::{EventTime, TimeRange};
use integrations_local::calendar::LocalCalendar;
use jiff::civil::date;

fn home() -> CalendarId {
    "home".into()
}

fn at(hour: i8) -> EventTime {
    EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin")
}

fn june() -> TimeRange {
    let read = |text: &str| text.parse().unwrap();
    TimeRange::new(read("2026-06-01T00:00:00Z"), read("2026-07-01T00:00:00Z")).unwrap()
}

async fn open(folder: &Path) -> Calendar {
    Calendar::new(LocalCalendar::open(folder).await.unwrap())
}

/// A series with everything, and one changed occurrence.
async fn rich(calendar: &Calendar) -> integrations_core::calendar::EventId {
    let new = NewEvent::new("Planning; weekly, \"hard\"", at(9), at(10))
        .with_description("one\ntwo")
        .with_recurrence("FREQ=WEEKLY;COUNT=4".parse::<RRule>().unwrap())
        .with_attendee(Attendee::new("ada@example.com").with_name("Ada; L."))
        .with_reminders(Reminders::Only(vec![
            Reminder::popup(10),
            Reminder::email(60),
        ]))
        .with_property("order", "1;2,3");
    let made = calendar.create_event(&home(), new).await.unwrap();
    let attachment = NewAttachment::new("a.bin", "application/octet-stream", vec![0, 255, 10, 13]);
    calendar
        .attachments()
        .unwrap()
        .add(&home(), &made.id, attachment)
        .await
        .unwrap();
    let all = calendar
        .instances(&home(), &made.id, june())
        .all()
        .await
        .unwrap();
    let patch = EventPatch::default()
        .with_summary("Moved")
        .with_times(at(15), at(16));
    let this = UpdateOptions::scope(EditScope::This);
    calendar
        .update_event(&home(), &all[1].id, patch, this)
        .await
        .unwrap();
    made.id
}

#[tokio::test]
async fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = open(folder.path()).await;
    let id = rich(&calendar).await;
    let before = calendar
        .list_events(&home(), EventQuery::default())
        .all()
        .await
        .unwrap();
    let token = calendar.sync(&home(), None).await.unwrap().token;
    drop(calendar);

    let calendar = open(folder.path()).await;
    let mut after = calendar
        .list_events(&home(), EventQuery::default())
        .all()
        .await
        .unwrap();
    // Files have whole seconds.
    for (after, before) in after.iter_mut().zip(&before) {
        after.created = before.created;
        after.updated = before.updated;
    }
    assert_eq!(after, before);
    let attachment = after
        .iter()
        .find(|event| event.id == id)
        .unwrap()
        .attachments[0]
        .id
        .clone()
        .unwrap();
    let content = calendar
        .attachments()
        .unwrap()
        .read(&home(), &id, &attachment)
        .await
        .unwrap();
    assert_eq!(content, vec![0, 255, 10, 13]);
    assert!(
        calendar
            .sync(&home(), Some(&token))
            .await
            .unwrap()
            .changes
            .is_empty()
    );
}

#[tokio::test]
async fn a_second_opener_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path()).await;
    let second = LocalCalendar::open(folder.path()).await.unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Conflict, "{second}");
}

/// The example of RFC 5545, section 3.6.1, with lines of another program: a rule whose end is a
/// date, a zone that is defined in the file, an alarm after the start, a property of its own.
const FOREIGN: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\n\
    BEGIN:VEVENT\r\nUID:foreign-1@example.com\r\nDTSTAMP:20260101T000000Z\r\n\
    DTSTART;TZID=Europe/Berlin:20260601T090000\r\nDURATION:PT1H30M\r\n\
    RRULE:FREQ=DAILY;UNTIL=20260603\r\nSUMMARY:Stand-up\\, daily\r\nX-OTHER;X-P=1:keep me\r\n\
    CATEGORIES:WORK,TEAM\r\n\
    BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:PT5M\r\nDESCRIPTION:late\r\nEND:VALARM\r\n\
    END:VEVENT\r\nEND:VCALENDAR\r\n";

#[tokio::test]
async fn files_of_other_programs_are_taken_up_and_what_they_say_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = open(folder.path()).await;
    let token = calendar.sync(&home(), None).await.unwrap().token;
    drop(calendar);
    std::fs::write(folder.path().join("home/anything.ics"), FOREIGN).unwrap();

    let calendar = open(folder.path()).await;
    let synced = calendar.sync(&home(), Some(&token)).await.unwrap();
    let [Change::Upserted(event)] = &synced.changes[..] else {
        panic!("{synced:?}");
    };
    assert_eq!(event.summary, "Stand-up, daily");
    assert_eq!(event.end.to_string(), "2026-06-01T10:30:00[Europe/Berlin]");
    let all = calendar
        .list_events(&home(), EventQuery::occurrences(june()))
        .all()
        .await
        .unwrap();
    assert_eq!(all.len(), 3, "the last day is included");

    let patch = EventPatch::default().with_summary("Renamed");
    let options = UpdateOptions::scope(EditScope::All);
    calendar
        .update_event(&home(), &event.id, patch, options)
        .await
        .unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path().join("home"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let ics: Vec<_> = files
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "ics"))
        .collect();
    assert_eq!(ics.len(), 1, "{files:?}");
    let text = std::fs::read_to_string(ics[0]).unwrap();
    for line in [
        "SUMMARY:Renamed",
        "X-OTHER;X-P=1:keep me",
        "CATEGORIES:WORK,TEAM",
        "TRIGGER:PT5M",
    ] {
        assert!(text.contains(line), "{line} is gone:\n{text}");
    }
}

#[tokio::test]
async fn a_file_that_is_removed_is_a_deletion() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = open(folder.path()).await;
    let made = calendar
        .create_event(&home(), NewEvent::new("x", at(9), at(10)))
        .await
        .unwrap();
    let token = calendar.sync(&home(), None).await.unwrap().token;
    drop(calendar);
    std::fs::remove_file(folder.path().join(format!("home/{}.ics", made.id))).unwrap();
    let calendar = open(folder.path()).await;
    let synced = calendar.sync(&home(), Some(&token)).await.unwrap();
    assert_eq!(synced.changes, [Change::Deleted(made.id)]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).await);
    let path = folder.path().join("home/broken.ics");
    std::fs::write(&path, "BEGIN:VCALENDAR\r\nnonsense").unwrap();
    let calendar = open(folder.path()).await;
    assert!(
        calendar
            .list_events(&home(), EventQuery::default())
            .all()
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "BEGIN:VCALENDAR\r\nnonsense"
    );
}

#[tokio::test]
async fn a_write_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = open(folder.path()).await;
    // A folder where the event's file has to be.
    let new = NewEvent::new("x", at(9), at(10)).with_key("blocked".parse().unwrap());
    std::fs::create_dir_all(folder.path().join("home/k-blocked.ics/x")).unwrap();
    calendar.create_event(&home(), new).await.unwrap_err();
    assert!(
        calendar
            .list_events(&home(), EventQuery::default())
            .all()
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        calendar
            .sync(&home(), None)
            .await
            .unwrap()
            .changes
            .is_empty()
    );
}

/// Another reader than ours: the iCalendar package of Python, where it is installed.
#[tokio::test]
async fn files_are_well_formed_lines_of_75_octets() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = open(folder.path()).await;
    let id = rich(&calendar).await;
    let text = std::fs::read_to_string(folder.path().join(format!("home/{id}.ics"))).unwrap();
    assert!(
        text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"),
        "{text}"
    );
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
    }
    // RFC 5545, section 3.6.5: every TZID that is used is defined.
    assert!(
        text.contains("TZID:Europe/Berlin") && text.contains("BEGIN:DAYLIGHT"),
        "{text}"
    );
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 2);
    assert!(
        text.contains("RECURRENCE-ID;TZID=Europe/Berlin:20260608T090000"),
        "{text}"
    );
}

/// A series with what few programs write: rules that take out, a period, a zone by its Windows name.
const RARE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\n\
    BEGIN:VEVENT\r\nUID:rare-1@example.com\r\nDTSTAMP:20260101T000000Z\r\n\
    DTSTART;TZID=W. Europe Standard Time:20260601T090000\r\n\
    DTEND;TZID=W. Europe Standard Time:20260601T100000\r\nSUMMARY:Rare\r\n\
    RRULE:FREQ=DAILY;COUNT=8\r\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU\r\n\
    RDATE;VALUE=PERIOD;TZID=W. Europe Standard Time:20260620T120000/PT5H\r\n\
    END:VEVENT\r\nEND:VCALENDAR\r\n";

#[tokio::test]
async fn rules_that_take_out_and_periods_are_read_and_written_back() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).await);
    std::fs::write(folder.path().join("home/rare.ics"), RARE).unwrap();
    let spans = async |calendar: &Calendar| -> Vec<String> {
        let query = EventQuery::occurrences(june());
        let all = calendar.list_events(&home(), query).all().await.unwrap();
        let span = |event: &integrations_core::calendar::Event| {
            let at = |time: &EventTime| time.to_timestamp(&jiff::tz::TimeZone::UTC).unwrap();
            format!("{}/{}", at(&event.start), at(&event.end))
        };
        all.iter().map(span).collect()
    };
    // 2026-06-01 is a Monday; Berlin is two hours ahead of UTC.
    let mut expected: Vec<String> = [1, 2, 3, 4, 5, 8]
        .map(|day| format!("2026-06-0{day}T07:00:00Z/2026-06-0{day}T08:00:00Z"))
        .to_vec();
    expected.push("2026-06-20T10:00:00Z/2026-06-20T15:00:00Z".to_owned());
    let calendar = open(folder.path()).await;
    assert_eq!(spans(&calendar).await, expected);

    let series = calendar
        .list_events(&home(), EventQuery::default())
        .all()
        .await
        .unwrap();
    let [event] = &series[..] else {
        panic!("one series");
    };
    let patch = EventPatch::default().with_summary("Renamed");
    let options = UpdateOptions::scope(EditScope::All);
    calendar
        .update_event(&home(), &event.id, patch, options)
        .await
        .unwrap();
    drop(calendar);
    let calendar = open(folder.path()).await;
    assert_eq!(spans(&calendar).await, expected);
}

/// From a start that a rule does not have it would count, and take its days, anew: a cut there is
/// refused, and the series stays as it is.
#[tokio::test]
async fn a_series_of_several_rules_is_not_cut_where_one_of_them_has_no_occurrence() {
    let calendar = Calendar::new(LocalCalendar::in_memory());
    let rule = |rule: &str| rule.parse::<RRule>().unwrap();
    // Mondays 1 to 29, of which the fifth is the last; and the 10th to the 12th.
    let mut recurrence: integrations_core::calendar::recurrence::Recurrence =
        rule("FREQ=WEEKLY;BYDAY=MO;COUNT=5").into();
    recurrence
        .rules
        .push(rule("FREQ=MONTHLY;BYMONTHDAY=10,11,12;COUNT=4"));
    let new = NewEvent::new("Two rules", at(9), at(10)).with_recurrence(recurrence);
    calendar.create_event(&home(), new).await.unwrap();
    let days = async || -> Vec<i8> {
        let query = EventQuery::occurrences(june());
        let all = calendar.list_events(&home(), query).all().await.unwrap();
        all.iter().map(|event| event.start.wall().day()).collect()
    };
    // The start counts for both rules, so that the second has three more.
    let expected = [1, 8, 10, 11, 12, 15, 22, 29];
    assert_eq!(days().await, expected);
    let all = calendar
        .list_events(&home(), EventQuery::occurrences(june()))
        .all()
        .await
        .unwrap();
    let patch = EventPatch::default().with_summary("From the 11th on");
    let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
    let (id, home) = (&all[3].id, home());
    let cut = calendar.update_event(&home, id, patch, options.clone());
    assert_eq!(cut.await.unwrap_err().kind(), ErrorKind::Unsupported);
    let cut = calendar.delete_event(&home, id, options);
    assert_eq!(cut.await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(days().await, expected);
}
