//! Files of other programs: what they say beyond the model, and changes of all that follow.

use std::path::Path;

use integrations_core::ErrorKind;
use integrations_core::calendar::{
    Attendee, Calendar, CalendarId, DeleteOptions, EditScope, EventId, EventPatch, EventQuery,
    NewAttachment, NewEvent, UpdateOptions,
};
use integrations_core::time::{EventTime, TimeRange};
use integrations_local::calendar::LocalCalendar;
use jiff::civil::date;
use jiff::tz::TimeZone;

fn home() -> CalendarId {
    "home".into()
}

async fn open(folder: &Path) -> Calendar {
    Calendar::new(LocalCalendar::open(folder).await.unwrap())
}

/// An account with one file of another program.
async fn with(folder: &Path, text: impl AsRef<[u8]>) -> Calendar {
    drop(open(folder).await);
    std::fs::write(folder.join("home/theirs.ics"), text).unwrap();
    open(folder).await
}

/// The only file of an event, unfolded.
fn file(folder: &Path) -> String {
    let files = std::fs::read_dir(folder.join("home")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let mut ics: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "ics"))
        .collect();
    let text = std::fs::read_to_string(ics.pop().unwrap()).unwrap();
    assert!(ics.is_empty(), "{ics:?}");
    text.replace("\r\n ", "")
}

async fn renamed(calendar: &Calendar, id: &str) {
    let patch = EventPatch::default().with_summary("Renamed");
    let all = UpdateOptions::scope(EditScope::All);
    calendar
        .update_event(&home(), &id.into(), patch, all)
        .await
        .unwrap();
}

/// Daily at nine in Berlin; from the 3rd on at two in the afternoon, for half an hour.
const FUTURE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nBEGIN:VEVENT\r\nUID:u\r\n\
    DTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20260601T090000\r\n\
    DTEND;TZID=Europe/Berlin:20260601T100000\r\nRRULE:FREQ=DAILY;COUNT=6\r\nSUMMARY:Early\r\n\
    END:VEVENT\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\n\
    RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260603T090000\r\n\
    DTSTART;TZID=Europe/Berlin:20260603T140000\r\nDTEND;TZID=Europe/Berlin:20260603T143000\r\n\
    SUMMARY:Late\r\nX-OURS:kept\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

async fn days(calendar: &Calendar) -> Vec<(String, String, String)> {
    let june = TimeRange::new(
        "2026-06-01T00:00:00Z".parse().unwrap(),
        "2026-07-01T00:00:00Z".parse().unwrap(),
    );
    let query = EventQuery::occurrences(june.unwrap());
    let all = calendar.list_events(&home(), query).all().await.unwrap();
    let said = |event: integrations_core::calendar::Event| {
        let start = event.start.to_timestamp(&TimeZone::UTC).unwrap();
        (event.id.into_string(), event.summary, start.to_string())
    };
    all.into_iter().map(said).collect()
}

/// Berlin is two hours ahead of UTC.
fn day(day: u8, hour: u8, summary: &str) -> (String, String, String) {
    (
        format!("u_202606{day:02}T070000Z"),
        summary.to_owned(),
        format!("2026-06-{day:02}T{hour:02}:00:00Z"),
    )
}

#[tokio::test]
async fn what_follows_a_change_of_all_that_follow_is_as_it_says_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = with(folder.path(), FUTURE).await;
    let mut expected = vec![day(1, 7, "Early"), day(2, 7, "Early")];
    expected.extend([3, 4, 5, 6].map(|n| day(n, 12, "Late")));
    assert_eq!(days(&calendar).await, expected);

    let this = UpdateOptions::scope(EditScope::This);
    let patch = EventPatch::default().with_summary("Fifth");
    let fifth: EventId = "u_20260605T070000Z".into();
    let changed = calendar
        .update_event(&home(), &fifth, patch, this.clone())
        .await
        .unwrap();
    assert_eq!(
        changed.start.to_string(),
        "2026-06-05T14:00:00[Europe/Berlin]"
    );
    calendar
        .delete_event(&home(), &"u_20260604T070000Z".into(), this)
        .await
        .unwrap();
    let following = DeleteOptions::scope(EditScope::ThisAndFollowing);
    calendar
        .delete_event(&home(), &"u_20260606T070000Z".into(), following)
        .await
        .unwrap();
    renamed(&calendar, "u").await;
    let expected = [
        day(1, 7, "Renamed"),
        day(2, 7, "Renamed"),
        day(3, 12, "Late"),
        day(5, 12, "Fifth"),
    ];
    assert_eq!(days(&calendar).await, expected);
    // The same as the file has it.
    drop(calendar);
    assert_eq!(days(&open(folder.path()).await).await, expected);
    let text = file(folder.path());
    assert!(
        text.contains("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260603T090000\r\n"),
        "{text}"
    );
    assert!(text.contains("X-OURS:kept\r\n"), "{text}");
}

#[tokio::test]
async fn what_would_lose_the_reach_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = with(folder.path(), FUTURE).await;
    let before = file(folder.path());
    let patch = || EventPatch::default().with_summary("x");
    let (third, fourth) = ("u_20260603T070000Z".into(), "u_20260604T070000Z".into());
    let this = UpdateOptions::scope(EditScope::This);
    let following = UpdateOptions::scope(EditScope::ThisAndFollowing);
    let start = EventTime::zoned(date(2026, 6, 1).at(11, 0, 0, 0), "Europe/Berlin");
    let other = EventPatch::default().with_times(start.clone(), start);
    let all = UpdateOptions::scope(EditScope::All);
    for refused in [
        calendar
            .update_event(&home(), &third, patch(), this.clone())
            .await
            .map(drop),
        calendar
            .update_event(&home(), &third, patch(), following.clone())
            .await
            .map(drop),
        calendar
            .update_event(&home(), &fourth, patch(), following)
            .await
            .map(drop),
        calendar.delete_event(&home(), &third, this).await,
        calendar
            .update_event(&home(), &"u".into(), other, all)
            .await
            .map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("THISANDFUTURE"), "{error}");
    }
    assert_eq!(file(folder.path()), before);
}

/// Lines, parameters, zones, alarms and content that no field of the model has.
const RICH: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nX-WR-CALNAME:Theirs\r\n\
    BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
    TZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
    BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Ours:20260601T090000\r\n\
    DURATION:PT1H\r\nSUMMARY;LANGUAGE=en:Tea\r\nX-MULTI:a,b;c\r\nRRULE:FREQ=DAILY;COUNT=3\r\n\
    ORGANIZER;X-O=1:mailto:owner@calendar.invalid\r\nATTENDEE;CN=Ada;RSVP=TRUE;X-NUM=7:mailto:ada@example.com\r\n\
    ATTACH;FMTTYPE=text/plain;X-A=1;ENCODING=BASE64;VALUE=BINARY:aGVsbG8=\r\n\
    ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=b:d29ybGQ=\r\n\
    BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER;RELATED=END:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
    BEGIN:X-PART\r\nX-A:1\r\nEND:X-PART\r\nEND:VCALENDAR\r\n";

#[tokio::test]
async fn only_the_lines_of_what_changed_are_others() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = with(folder.path(), RICH).await;
    let event = calendar.get_event(&home(), &"u".into()).await.unwrap();
    let start = event.start.to_timestamp(&TimeZone::UTC).unwrap();
    assert_eq!(start.to_string(), "2026-06-01T03:30:00Z");
    renamed(&calendar, "u").await;
    let text = file(folder.path());
    let own = |line: &&str| {
        let names = [
            "DTSTAMP",
            "SUMMARY",
            "CREATED",
            "LAST-MODIFIED",
            "X-INTEGRATIONS-VERSION",
        ];
        !names.iter().any(|name| line.starts_with(name))
    };
    let now: Vec<&str> = text.lines().filter(own).collect();
    let mut before: Vec<&str> = RICH.lines().filter(own).collect();
    // Components that are no events stand before them.
    let part = before.len() - 4;
    let beside: Vec<&str> = before.drain(part..part + 3).collect();
    let event = before
        .iter()
        .position(|line| *line == "BEGIN:VEVENT")
        .unwrap();
    before.splice(event..event, beside);
    assert_eq!(now, before);
    assert!(text.contains("SUMMARY:Renamed\r\n"), "{text}");
}

#[tokio::test]
async fn content_that_another_program_attached_is_read_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = with(folder.path(), RICH).await;
    let id: EventId = "u".into();
    let event = calendar.get_event(&home(), &id).await.unwrap();
    let ids: Vec<_> = event
        .attachments
        .iter()
        .map(|one| one.id.clone().unwrap())
        .collect();
    let attachments = calendar.attachments().unwrap();
    for (one, content) in ids.iter().zip(["hello", "world"]) {
        let read = attachments.read(&home(), &id, one).await.unwrap();
        assert_eq!(read, content);
    }
    attachments.remove(&home(), &id, &ids[0]).await.unwrap();
    let text = file(folder.path());
    assert!(
        !text.contains("aGVsbG8=") && text.contains("d29ybGQ="),
        "{text}"
    );
    let left = calendar.get_event(&home(), &id).await.unwrap().attachments;
    assert_eq!(left.len(), 1);
    // What is attached to an event goes with an invitation, as before.
    assert_eq!(left[0].name, "b");
}

/// What could not be read again is refused before anything is written.
#[tokio::test]
async fn content_that_is_too_large_for_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = open(folder.path()).await;
    let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
    let made = calendar
        .create_event(&home(), NewEvent::new("x", at(9), at(10)))
        .await
        .unwrap();
    let before = file(folder.path());
    let large = NewAttachment::new("a", "text/plain", vec![b'x'; 25 * 1024 * 1024]);
    let attachments = calendar.attachments().unwrap();
    let error = attachments.add(&home(), &made.id, large).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(file(folder.path()), before);
}

#[tokio::test]
async fn a_fold_within_a_character_is_read_and_what_is_no_utf8_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let split = FUTURE.as_bytes().to_vec();
    let at = FUTURE.find("Early").unwrap();
    let mut folded = split.clone();
    folded.splice(at..at + 5, b"\xe2\x82\r\n \xac".iter().copied());
    let calendar = with(folder.path(), &folded).await;
    let event = calendar.get_event(&home(), &"u".into()).await.unwrap();
    assert_eq!(event.summary, "\u{20ac}");
    drop(calendar);

    let mut latin = split;
    latin.splice(at..at + 5, [0xe9]);
    let other = tempfile::tempdir().unwrap();
    let calendar = with(other.path(), &latin).await;
    assert!(calendar.get_event(&home(), &"u".into()).await.is_err());
    let there = std::fs::read(other.path().join("home/theirs.ics")).unwrap();
    assert_eq!(there, latin);
}

/// Nothing of another program's own is told to those who are invited, and what is attached is.
#[tokio::test]
async fn an_invitation_has_what_is_attached_and_no_line_of_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let owned = RICH.replace(
        "SUMMARY",
        "ORGANIZER:mailto:owner@calendar.invalid\r\nSUMMARY",
    );
    drop(with(folder.path(), owned).await);
    let local = LocalCalendar::open(folder.path()).await.unwrap();
    let calendar = Calendar::new(local.clone());
    let mut options = UpdateOptions::scope(EditScope::All);
    options.notify = integrations_core::calendar::Notify::Everybody;
    let patch = EventPatch::default()
        .with_summary("Tea")
        .with_attendees(vec![Attendee::new("ada@example.com")]);
    calendar
        .update_event(&home(), &"u".into(), patch, options)
        .await
        .unwrap();
    let all = local.invitations().await.unwrap();
    let text = all[0].calendar.replace("\r\n ", "");
    assert!(
        text.contains("aGVsbG8=") && text.contains("METHOD:REQUEST"),
        "{text}"
    );
    assert!(
        !text.contains("X-MULTI") && !text.contains("X-INTEGRATIONS"),
        "{text}"
    );
    assert!(!text.contains("VALARM"), "{text}");
}
