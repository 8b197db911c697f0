//! Invitations, which Cyrus sends (RFC 6638): what Bob has of what Alice does.

use integrations_caldav::{CalDav, CalDavConfig, MessageMethod};
use integrations_core::calendar::{
    Attendee, Calendar, CalendarId, DeleteOptions, Event, EventPatch, EventQuery, NewCalendar,
    NewEvent, Notify, Participation, Rsvp, Subject, UpdateOptions,
};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{ErrorKind, IdempotencyKey, Integration};
use jiff::civil::date;

use crate::counterpart::Server;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

async fn account(name: &str) -> Option<Calendar> {
    let config = CalDavConfig::new(Server::Cyrus.endpoint()?).with_password(name, "secret");
    let provider = CalDav::new(config).unwrap();
    provider.connect().await.unwrap();
    Some(Calendar::new(provider))
}

/// Alice with a calendar of her own, and Bob.
async fn both() -> Option<(Calendar, CalendarId, Calendar)> {
    let (alice, bob) = (account("alice").await?, account("bob").await?);
    let new = NewCalendar::new("Invites").with_key(IdempotencyKey::random());
    let home = alice.create_calendar(new).await.unwrap().id;
    Some((alice, home, bob))
}

/// What Bob has under a `UID`, and where.
async fn at_bobs(bob: &Calendar, uid: &str) -> Option<(CalendarId, Event)> {
    for calendar in bob.list_calendars().all().await.unwrap() {
        let events = bob.list_events(&calendar.id, EventQuery::default());
        for event in events.all().await.unwrap() {
            if event.ical_uid.as_deref() == Some(uid) {
                return Some((calendar.id, event));
            }
        }
    }
    None
}

fn at(hour: i8) -> EventTime {
    EventTime::zoned(date(2027, 2, 1).at(hour, 0, 0, 0), "Europe/Berlin")
}

fn with_bob(title: &str, notify: Notify) -> NewEvent {
    NewEvent::new(title, at(9), at(10))
        .with_attendee(Attendee::new(BOB))
        .with_notify(notify)
}

fn everybody() -> UpdateOptions {
    let mut options = UpdateOptions::default();
    options.notify = Notify::Everybody;
    options
}

/// evidence: caldav: create_event, update_event, delete_event, respond: independent server: Cyrus 3.6.1 invites, tells of changes and of the answer
#[tokio::test]
async fn an_invitation_a_change_an_answer_and_the_end_reach_the_other_side() {
    let Some((alice, home, bob)) = both().await else {
        return;
    };
    let made = alice
        .create_event(&home, with_bob("Plan", Notify::Everybody))
        .await
        .unwrap();
    let uid = made.ical_uid.clone().unwrap();
    assert_eq!(made.organizer.as_ref().unwrap().email, ALICE);
    let (calendar, invited) = at_bobs(&bob, &uid).await.unwrap();
    assert_eq!(invited.summary, "Plan");
    assert_eq!(invited.organizer.unwrap().email, ALICE);

    let rsvp = Rsvp::new(Participation::Accepted);
    let answered = bob.respond(&calendar, &invited.id, rsvp).await.unwrap();
    assert_eq!(answered.attendees[0].participation, Participation::Accepted);
    let seen = alice.get_event(&home, &made.id).await.unwrap();
    assert_eq!(seen.attendees[0].participation, Participation::Accepted);
    // Alice is not invited to it.
    let own = Rsvp::new(Participation::Accepted);
    let refused = alice.respond(&home, &made.id, own).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");

    let patch = EventPatch::default().with_summary("Other plan");
    let silent = alice.update_event(&home, &made.id, patch.clone(), UpdateOptions::default());
    let error = silent.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let changed = alice.update_event(&home, &made.id, patch, everybody());
    changed.await.unwrap();
    let (_, invited) = at_bobs(&bob, &uid).await.unwrap();
    assert_eq!(invited.summary, "Other plan");

    let silent = alice.delete_event(&home, &made.id, DeleteOptions::default());
    let error = silent.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    alice
        .delete_event(&home, &made.id, everybody())
        .await
        .unwrap();
    let left = at_bobs(&bob, &uid).await;
    let status = left.map(|(_, event)| event.status);
    let cancelled = integrations_core::calendar::EventStatus::Cancelled;
    assert!(status.is_none_or(|status| status == cancelled));
}

/// evidence: caldav: create_event, update_event: independent server: Cyrus 3.6.1 invites nobody when that is not asked for
#[tokio::test]
async fn nobody_is_told_of_what_is_to_be_silent() {
    let Some((alice, home, bob)) = both().await else {
        return;
    };
    let made = alice
        .create_event(&home, with_bob("Quiet", Notify::Nobody))
        .await
        .unwrap();
    let uid = made.ical_uid.clone().unwrap();
    let patch = EventPatch::default().with_summary("Quiet still");
    let changed = alice.update_event(&home, &made.id, patch, UpdateOptions::default());
    changed.await.unwrap();
    assert_eq!(at_bobs(&bob, &uid).await, None);
    // Told later.
    let patch = EventPatch::default().with_summary("Loud");
    alice
        .update_event(&home, &made.id, patch, everybody())
        .await
        .unwrap();
    assert_eq!(at_bobs(&bob, &uid).await.unwrap().1.summary, "Loud");
    alice
        .delete_event(&home, &made.id, everybody())
        .await
        .unwrap();
    let external = with_bob("x", Notify::External);
    let error = alice.create_event(&home, external).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

/// evidence: caldav: free_busy: independent server: Cyrus 3.6.1 tells when another account is busy
#[tokio::test]
async fn another_account_is_busy_when_it_has_an_event() {
    let Some((alice, _, bob)) = both().await else {
        return;
    };
    let calendars = bob.list_calendars().all().await.unwrap();
    let own = &calendars.first().unwrap().id;
    let day = date(2027, 3, 1);
    let at = |hour| EventTime::zoned(day.at(hour, 0, 0, 0), "Europe/Berlin");
    let busy = bob
        .create_event(own, NewEvent::new("Busy", at(9), at(11)))
        .await
        .unwrap();
    let range = TimeRange::new(
        "2027-03-01T00:00:00Z".parse().unwrap(),
        "2027-03-01T09:00:00Z".parse().unwrap(),
    );
    let nobody = Subject::Person("nobody@elsewhere.example".to_owned());
    let subjects = [Subject::Person(BOB.to_owned()), nobody];
    let told = alice.free_busy(&subjects, range.unwrap()).await.unwrap();
    let spans: Vec<String> = told[0]
        .busy
        .iter()
        .map(|span| format!("{}/{}", span.start, span.end))
        .collect();
    // 9 to 11 in Berlin in winter, cut at 9 in UTC.
    assert_eq!(spans, ["2027-03-01T08:00:00Z/2027-03-01T09:00:00Z"]);
    assert!(told[1].unknown.is_some(), "{:?}", told[1]);
    bob.delete_event(own, &busy.id, DeleteOptions::default())
        .await
        .unwrap();
}

/// evidence: caldav: free_busy: independent server: Cyrus 3.6.1 tells of a calendar of which only the time may be seen
#[tokio::test]
async fn a_calendar_of_which_only_the_time_may_be_seen_is_asked_for_it() {
    let Some((alice, home, bob)) = both().await else {
        return;
    };
    // At Cyrus everybody may see when a new calendar is busy.
    alice
        .create_event(&home, NewEvent::new("Busy", at(9), at(11)))
        .await
        .unwrap();
    let range = TimeRange::new(
        "2027-02-01T00:00:00Z".parse().unwrap(),
        "2027-02-01T09:00:00Z".parse().unwrap(),
    );
    let listed = bob.list_events(&home, EventQuery::default()).all().await;
    assert!(listed.is_err(), "{listed:?}");
    let told = bob
        .free_busy(&[Subject::from(&home)], range.unwrap())
        .await
        .unwrap();
    assert_eq!(told[0].unknown, None);
    let spans: Vec<String> = told[0]
        .busy
        .iter()
        .map(|span| format!("{}/{}", span.start, span.end))
        .collect();
    assert_eq!(spans, ["2027-02-01T08:00:00Z/2027-02-01T09:00:00Z"]);
}

/// RFC 5546, sections 3.2.2, 3.2.3 and 3.2.5: what a message has, for a server that sends none.
#[tokio::test]
async fn a_message_can_be_sent_by_the_application() {
    let Some(config) = Server::Radicale.config() else {
        return;
    };
    let provider = CalDav::new(config.with_address(ALICE)).unwrap();
    provider.connect().await.unwrap();
    let calendar = Calendar::new(provider.clone());
    let new = NewCalendar::new("Messages").with_key(IdempotencyKey::random());
    let home = calendar.create_calendar(new).await.unwrap().id;
    let reminders = vec![integrations_core::calendar::Reminder::popup(5)];
    let new = with_bob("Plan", Notify::Nobody)
        .with_attendee(Attendee::new(ALICE))
        .with_reminders(integrations_core::calendar::Reminders::Only(reminders));
    let made = calendar.create_event(&home, new).await.unwrap();
    for (method, word) in [
        (MessageMethod::Request, "REQUEST"),
        (MessageMethod::Cancel, "CANCEL"),
        (MessageMethod::Reply, "REPLY"),
    ] {
        let text = provider.message(&home, &made.id, method).await.unwrap();
        let text = text.replace("\r\n ", "");
        let has = |line: &str| text.lines().any(|one| one == line);
        assert!(has(&format!("METHOD:{word}")), "{text}");
        assert!(has("ORGANIZER:mailto:alice@example.com"), "{text}");
        assert_eq!(text.contains(BOB), word != "REPLY", "{text}");
        assert_eq!(has("STATUS:CANCELLED"), word == "CANCEL", "{text}");
        assert!(
            !text.contains("VALARM") && !text.contains("SCHEDULE-AGENT"),
            "{text}"
        );
        for name in ["UID:", "DTSTAMP:", "SEQUENCE:"] {
            assert!(
                text.lines().any(|line| line.starts_with(name)),
                "{name}: {text}"
            );
        }
    }
    let alone = calendar
        .create_event(&home, NewEvent::new("Alone", at(9), at(10)))
        .await
        .unwrap();
    let error = provider
        .message(&home, &alone.id, MessageMethod::Request)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}
