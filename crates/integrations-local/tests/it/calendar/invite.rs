//! What those who are invited would be told, and how often the organizer changed what they know.

use integrations_core::calendar::recurrence::RRule;
use integrations_core::calendar::{
    AclRole, AclScope, Attendee, Calendar, CalendarId, DeleteOptions, EditScope, Event, EventPatch,
    EventStatus, NewEvent, Notify, Participation, Rsvp, UpdateOptions,
};
use integrations_core::time::{EventTime, TimeRange};
use integrations_local::calendar::{Invitation, InvitationMethod, LocalCalendar};
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

fn telling(scope: EditScope, notify: Notify) -> UpdateOptions {
    let mut options = UpdateOptions::scope(scope);
    options.notify = notify;
    options
}

fn review() -> NewEvent {
    NewEvent::new("Review, größer", at(9), at(10))
        .with_attendee(Attendee::new("ada@example.com"))
        .with_property("secret", "canary")
        .with_notify(Notify::Everybody)
}

async fn update(calendar: &Calendar, event: &Event, patch: EventPatch) -> Event {
    let options = telling(EditScope::All, Notify::Nobody);
    calendar
        .update_event(&home(), &event.id, patch, options)
        .await
        .unwrap()
}

/// RFC 5546, section 2.1.4: which changes of the organizer count.
#[tokio::test]
async fn the_sequence_counts_changes_of_the_plan_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let open = async || Calendar::new(LocalCalendar::open(folder.path()).await.unwrap());
    let calendar = open().await;
    let weekly = "FREQ=WEEKLY;COUNT=4".parse::<RRule>().unwrap();
    let new = review().with_recurrence(weekly);
    let made = calendar.create_event(&home(), new).await.unwrap();
    assert_eq!(made.sequence, Some(0));
    let named = EventPatch::default().with_summary("Renamed");
    assert_eq!(update(&calendar, &made, named).await.sequence, Some(0));
    let later = EventPatch::default().with_times(at(11), at(12));
    assert_eq!(
        update(&calendar, &made, later.clone()).await.sequence,
        Some(1)
    );
    // The same again changes nothing.
    assert_eq!(update(&calendar, &made, later).await.sequence, Some(1));

    // One occurrence that goes is an exception of the series; one that moves counts by itself.
    let all = calendar.instances(&home(), &made.id, june()).all().await;
    let all = all.unwrap();
    let this = DeleteOptions::scope(EditScope::This);
    calendar
        .delete_event(&home(), &all[1].id, this.clone())
        .await
        .unwrap();
    let sequence = async |calendar: &Calendar, id| {
        let event = calendar.get_event(&home(), id).await.unwrap();
        event.sequence
    };
    assert_eq!(sequence(&calendar, &made.id).await, Some(2));
    let moved = EventPatch::default().with_times(at(15), at(16));
    calendar
        .update_event(&home(), &all[0].id, moved, this)
        .await
        .unwrap();
    assert_eq!(sequence(&calendar, &all[0].id).await, Some(2 + 1));
    assert_eq!(sequence(&calendar, &made.id).await, Some(2));

    let mut off = EventPatch::default();
    off.status = Some(EventStatus::Cancelled);
    assert_eq!(update(&calendar, &made, off).await.sequence, Some(3));
    drop(calendar);
    assert_eq!(sequence(&open().await, &made.id).await, Some(3));
}

#[tokio::test]
async fn an_invitation_is_mail_that_other_programs_read() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalCalendar::open(folder.path()).await.unwrap();
    let calendar = Calendar::new(local.clone());
    let made = calendar.create_event(&home(), review()).await.unwrap();
    let all = local.invitations().await.unwrap();
    let [one] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(one.method, InvitationMethod::Request);
    assert_eq!(
        (&*one.from, &*one.to),
        (local.owner(), &["ada@example.com".to_owned()][..])
    );
    for line in [
        "METHOD:REQUEST",
        "SEQUENCE:0",
        "ORGANIZER:mailto:owner@calendar.invalid",
    ] {
        assert!(
            one.calendar.contains(line),
            "{line} is not in {}",
            one.calendar
        );
    }
    let uid = format!("UID:{}", made.ical_uid.unwrap());
    assert!(one.calendar.replace("\r\n ", "").contains(&uid));
    // What is the owner's own is not told, and no log has any of it.
    assert!(!one.calendar.contains("canary") && !one.calendar.contains("VERSION:\""));
    assert!(!format!("{one:?}").contains("Review"));

    let outbox = std::fs::read_dir(folder.path().join("outbox")).unwrap();
    let files: Vec<_> = outbox.map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let text = std::fs::read(&files[0]).unwrap();
    // RFC 6047, section 2.4, as another library reads it.
    let mail = mail_parser::MessageParser::default().parse(&text).unwrap();
    assert_eq!(mail.subject(), Some("Review, größer"));
    let to = mail.to().unwrap().first().unwrap();
    assert_eq!(to.address(), Some("ada@example.com"));
    assert!(mail.date().is_some() && mail.message_id().is_some());
    let kind = mail_parser::MimeHeaders::content_type(&mail).unwrap();
    assert_eq!((kind.ctype(), kind.subtype()), ("text", Some("calendar")));
    assert_eq!(kind.attribute("method"), Some("REQUEST"));
    let body = mail.parts[0].text_contents().unwrap();
    assert_eq!(body, one.calendar);
    assert!(
        text.split(|byte| *byte == b'\n')
            .all(|line| line.len() <= 79)
    );
}

fn told(all: &[Invitation]) -> Vec<(InvitationMethod, &str)> {
    all.iter()
        .flat_map(|one| one.to.iter().map(|to| (one.method, to.as_str())))
        .collect()
}

#[tokio::test]
async fn whoever_sees_the_calendar_is_not_told_when_only_others_are() {
    let local = LocalCalendar::in_memory();
    let calendar = Calendar::new(local.clone());
    let bo = AclScope::User("Bo@example.com".into());
    let sharing = calendar.sharing().unwrap();
    sharing.put(&home(), bo, AclRole::Reader).await.unwrap();
    let new = review()
        .with_attendee(Attendee::new("bo@example.com"))
        .with_attendee(Attendee::new(local.owner()))
        .with_notify(Notify::External);
    let made = calendar.create_event(&home(), new).await.unwrap();
    let all = local.invitations().await.unwrap();
    assert_eq!(told(&all), [(InvitationMethod::Request, "ada@example.com")]);
    let options = telling(EditScope::All, Notify::Everybody);
    calendar
        .delete_event(&home(), &made.id, options)
        .await
        .unwrap();
    let all = local.invitations().await.unwrap();
    assert_eq!(
        told(&all)[1..],
        [
            (InvitationMethod::Cancel, "ada@example.com"),
            (InvitationMethod::Cancel, "bo@example.com")
        ]
    );
    let last = &all[1].calendar;
    assert!(
        last.contains("STATUS:CANCELLED") && last.contains("SEQUENCE:1"),
        "{last}"
    );
}

/// RFC 5546, section 3.2.5: who is taken off learns that, and not who comes in their place.
#[tokio::test]
async fn who_is_taken_off_is_named_alone() {
    let local = LocalCalendar::in_memory();
    let calendar = Calendar::new(local.clone());
    let made = calendar.create_event(&home(), review()).await.unwrap();
    let people = vec![Attendee::new("bo@example.com")];
    let patch = EventPatch::default().with_attendees(people);
    let options = telling(EditScope::All, Notify::Everybody);
    calendar
        .update_event(&home(), &made.id, patch, options)
        .await
        .unwrap();
    let all = local.invitations().await.unwrap();
    assert_eq!(
        told(&all)[1..],
        [
            (InvitationMethod::Request, "bo@example.com"),
            (InvitationMethod::Cancel, "ada@example.com")
        ]
    );
    let cancel = &all[2].calendar;
    assert!(
        cancel.contains("ada@example.com") && !cancel.contains("bo@example.com"),
        "{cancel}"
    );
}

#[tokio::test]
async fn the_organizer_of_another_is_answered_and_never_invited() {
    let folder = tempfile::tempdir().unwrap();
    drop(LocalCalendar::open(folder.path()).await.unwrap());
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nBEGIN:VEVENT\r\n\
        UID:theirs@example.com\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260601T070000Z\r\n\
        DTEND:20260601T080000Z\r\nSUMMARY:Theirs\r\nSEQUENCE:4\r\n\
        ORGANIZER:mailto:eva@example.com\r\nATTENDEE:mailto:owner@calendar.invalid\r\n\
        ATTENDEE:mailto:ada@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(folder.path().join("home/theirs.ics"), text).unwrap();
    let local = LocalCalendar::open(folder.path()).await.unwrap();
    let calendar = Calendar::new(local.clone());
    let id = "theirs@example.com".into();
    let read = calendar.get_event(&home(), &id).await.unwrap();
    assert_eq!(read.sequence, Some(4));
    let rsvp = Rsvp::new(Participation::Accepted);
    let answered = calendar.respond(&home(), &id, rsvp).await.unwrap();
    assert_eq!(
        answered.sequence,
        Some(4),
        "an answer is no change by the organizer"
    );
    let all = local.invitations().await.unwrap();
    assert_eq!(told(&all), [(InvitationMethod::Reply, "eva@example.com")]);
    let reply = all[0].calendar.replace("\r\n ", "");
    assert!(
        reply.contains("METHOD:REPLY") && reply.contains("PARTSTAT=ACCEPTED"),
        "{reply}"
    );
    assert!(!reply.contains("ada@example.com"), "{reply}");

    // What another organizes is not this account's to invite to.
    let options = telling(EditScope::All, Notify::Everybody);
    calendar.delete_event(&home(), &id, options).await.unwrap();
    assert_eq!(local.invitations().await.unwrap().len(), 1);
}
