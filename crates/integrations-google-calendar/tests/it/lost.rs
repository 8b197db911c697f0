//! Lost requests and lost answers, with the effects counted at the stand-in.

use integrations_core::calendar::{
    AclRole, AclScope, Attendee, Calendar, DeleteOptions, EditScope, Event, EventPatch, EventQuery,
    NewCalendar, NewEvent, Notify, Participation, Rsvp, UpdateOptions, WatchRequest,
};
use integrations_core::testing::{Fault, FaultyServer};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Effect, ErrorKind, SecretString};
use integrations_google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use integrations_sandbox::Server;
use integrations_sandbox::google_calendar::{OWNER, TOKEN};
use jiff::civil::date;

use crate::account::{Account, account, stand_in};

pub(crate) fn berlin(day: i8, hour: i8) -> EventTime {
    EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), "Europe/Berlin")
}

pub(crate) fn lunch() -> NewEvent {
    NewEvent::new("Lunch", berlin(1, 12), berlin(1, 13))
}

pub(crate) fn june() -> TimeRange {
    let at = |text: &str| text.parse().unwrap();
    TimeRange::new(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")).unwrap()
}

pub(crate) fn renamed(to: &str) -> EventPatch {
    EventPatch::default().with_summary(to)
}

pub(crate) async fn daily(calendar: &Calendar) -> (Event, Vec<Event>) {
    let rule: integrations_core::calendar::recurrence::RRule =
        "FREQ=DAILY;COUNT=5".parse().unwrap();
    let new = NewEvent::new("Daily", berlin(1, 9), berlin(1, 10)).with_recurrence(rule);
    let series = calendar.create_event(&"primary".into(), new).await.unwrap();
    (series, occurrences(calendar).await)
}

pub(crate) async fn occurrences(calendar: &Calendar) -> Vec<Event> {
    let all = calendar.list_events(&"primary".into(), EventQuery::occurrences(june()));
    all.all().await.unwrap()
}

pub(crate) fn titles(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.summary.as_str()).collect()
}

fn calendar(account: &Account) -> Calendar {
    Calendar::new(account.provider.clone())
}

/// evidence: google_calendar: create_event: own reference: the stand-in of Google Calendar under every fault
#[tokio::test(start_paused = true)]
async fn a_create_is_one_event_under_every_fault_and_the_caller_is_told_the_truth() {
    for (name, fault) in Fault::catalogue() {
        let account = account();
        account.line.fail(|head| head.method == "POST", fault);
        let made = calendar(&account)
            .create_event(&"primary".into(), lunch())
            .await;
        let effects = account.google.effects();
        match &made {
            Ok(_) => assert_eq!(effects, 1, "{name}"),
            Err(error) if error.effect() == Effect::NotApplied => {
                assert_eq!(effects, 0, "{name}: {error}")
            }
            Err(error) => assert!(effects <= 1, "{name}: {error}"),
        }
        assert!(account.google.events(OWNER) <= 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_be_repeated_is_repeated_when_its_answer_is_lost() {
    let primary = || "primary".into();
    for fault in [
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::status_after(502),
        Fault::Truncate(3),
    ] {
        let account = account();
        let calendar = calendar(&account);
        let lose = |method: &'static str| {
            account
                .line
                .fail(move |head| head.method == method, fault.clone());
        };
        let event = lunch().with_attendee(Attendee::new(OWNER));
        let event = calendar.create_event(&primary(), event).await.unwrap();

        lose("PATCH");
        let options = UpdateOptions::default();
        let changed = calendar
            .update_event(&primary(), &event.id, renamed("Dinner"), options)
            .await;
        assert_eq!(changed.unwrap().summary, "Dinner", "{fault:?}");

        lose("PATCH");
        let mut quiet = Rsvp::new(Participation::Accepted);
        quiet.notify = false;
        let answered = calendar
            .respond(&primary(), &event.id, quiet)
            .await
            .unwrap();
        assert_eq!(answered.attendees[0].participation, Participation::Accepted);

        let other = calendar
            .create_calendar(NewCalendar::new("Other"))
            .await
            .unwrap()
            .id;
        lose("POST");
        let moved = calendar
            .move_event(&primary(), &event.id, &other)
            .await
            .unwrap();
        assert_eq!(moved.calendar, other, "{fault:?}");
        assert_eq!(
            (
                account.google.events(OWNER),
                account.google.events(other.as_str())
            ),
            (0, 1)
        );

        lose("POST");
        let sharing = calendar.sharing().unwrap();
        let ada = AclScope::User("ada@example.com".into());
        let rule = sharing.put(&other, ada, AclRole::Reader).await.unwrap();
        lose("DELETE");
        sharing.remove(&other, &rule.id).await.unwrap();
        assert_eq!(sharing.list(&other).all().await.unwrap().len(), 1);

        // Also under a condition that no longer holds once it is done.
        lose("DELETE");
        let etag = calendar
            .get_event(&other, &event.id)
            .await
            .unwrap()
            .etag
            .unwrap();
        let options = DeleteOptions::default().with_if_match(etag);
        calendar
            .delete_event(&other, &event.id, options)
            .await
            .unwrap();
        assert_eq!(account.google.events(other.as_str()), 0, "{fault:?}");

        lose("DELETE");
        calendar.delete_calendar(&other).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_would_be_done_twice_is_not_repeated_and_says_so() {
    let account = account();
    let calendar = calendar(&account);
    let guest = "guest@elsewhere.example";
    let event = lunch().with_attendee(Attendee::new(guest));
    let event = calendar
        .create_event(&"primary".into(), event)
        .await
        .unwrap();
    let lose = |method: &'static str| {
        account
            .line
            .fail(move |head| head.method == method, Fault::CutAfter)
    };

    lose("PATCH");
    let mut told = UpdateOptions::default();
    told.notify = Notify::Everybody;
    let changed = calendar
        .update_event(&"primary".into(), &event.id, renamed("x"), told)
        .await;
    assert_eq!(changed.unwrap_err().effect(), Effect::Unknown);
    assert_eq!(account.google.messages(guest).len(), 1);

    let before = account.google.effects();
    lose("POST");
    let made = calendar
        .create_calendar(NewCalendar::new("Team"))
        .await
        .unwrap_err();
    assert_eq!(made.effect(), Effect::Unknown);
    assert!(made.advice().contains("list the calendars"), "{made}");
    let listed = calendar.list_calendars().all().await.unwrap();
    assert_eq!(listed.iter().filter(|one| one.name == "Team").count(), 1);

    lose("POST");
    let hook = "https://app.example/hook".parse().unwrap();
    let request = WatchRequest::new("primary", hook, SecretString::from("s3cret"));
    let watched = calendar
        .watching()
        .unwrap()
        .start(&request)
        .await
        .unwrap_err();
    assert_eq!(watched.effect(), Effect::Unknown);
    assert_eq!(account.google.effects(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_failed_after_a_lost_answer_is_not_told_as_nothing_done() {
    let account = account();
    let calendar = calendar(&account);
    let event = calendar
        .create_event(&"primary".into(), lunch())
        .await
        .unwrap();
    account
        .line
        .fail(|head| head.method == "PATCH", Fault::CutAfter);
    let options = UpdateOptions::default().with_if_match(event.etag.unwrap());
    let changed = calendar
        .update_event(&"primary".into(), &event.id, renamed("x"), options)
        .await;
    let error = changed.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::PreconditionFailed, Effect::Unknown)
    );
}

#[tokio::test(start_paused = true)]
async fn a_series_that_is_cut_has_every_occurrence_once_whatever_is_lost() {
    // The series, its exceptions, the rest, the end of the first part: each of the four is lost.
    for (method, fault) in [
        ("GET", Fault::CutAfter),
        ("POST", Fault::CutAfter),
        ("POST", Fault::CutBefore),
        ("PATCH", Fault::CutAfter),
        ("PATCH", Fault::CutBefore),
    ] {
        let account = account();
        let calendar = calendar(&account);
        let (_, all) = daily(&calendar).await;
        account
            .line
            .fail(move |head| head.method == method, fault.clone());
        let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
        let primary = "primary".into();
        let changed = calendar.update_event(&primary, &all[2].id, renamed("Later"), options);
        assert_eq!(
            changed.await.unwrap().summary,
            "Later",
            "{method} {fault:?}"
        );
        let all = occurrences(&calendar).await;
        assert_eq!(
            titles(&all),
            ["Daily", "Daily", "Later", "Later", "Later"],
            "{method} {fault:?}"
        );
    }
}

/// On sockets, with the transport of production.
#[tokio::test]
async fn over_the_network_a_lost_answer_makes_no_second_event() {
    let google = stand_in();
    let server = Server::start(0, google.handler()).await.unwrap();
    let line = FaultyServer::before(&server.url()).await.unwrap();
    let config = GoogleCalendarConfig::with_token(TOKEN)
        .with_base_url(format!("{}/calendar/v3", line.url()));
    let calendar = Calendar::new(GoogleCalendar::new(config).unwrap());
    line.fail(|head| head.method == "POST", Fault::CutAfter);
    let made = calendar
        .create_event(&"primary".into(), lunch())
        .await
        .unwrap();
    assert_eq!((google.effects(), google.events(OWNER)), (1, 1));
    let sent = line
        .exchanges()
        .into_iter()
        .filter(|it| it.method == "POST")
        .count();
    assert_eq!(sent, 2);

    line.fail(|head| head.method == "DELETE", Fault::CutAfter);
    calendar
        .delete_event(&"primary".into(), &made.id, DeleteOptions::default())
        .await
        .unwrap();
    assert_eq!((google.effects(), google.events(OWNER)), (2, 0));
}
