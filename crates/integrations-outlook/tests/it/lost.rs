//! Lost requests and lost answers, with what came of them counted at the stand-in.

use std::sync::Arc;
use std::time::Duration;

use integrations_core::calendar::recurrence::{RRule, Recurrence};
use integrations_core::calendar::{
    AclRole, AclScope, Attendee, Calendar, CalendarPatch, DeleteOptions, EditScope, Event,
    EventPatch, EventQuery, NewAttachment, NewCalendar, NewEvent, Notify, Participation, Rsvp,
    UpdateOptions, Watch, WatchRequest,
};
use integrations_core::testing::{Fault, FaultyServer, FaultyTransport};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Effect, Error, ErrorKind, SecretString};
use integrations_outlook::{Outlook, OutlookConfig};
use integrations_sandbox::Server;
use integrations_sandbox::microsoft_graph::{MicrosoftGraph, OWNER, TOKEN};
use jiff::civil::date;

use crate::account::{Account, account_at, now, stand_in, there};

pub(crate) const BOSS: &str = "boss@example.com";
pub(crate) const GUEST: &str = "guest@elsewhere.example";

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

pub(crate) fn told() -> UpdateOptions {
    let mut options = UpdateOptions::default();
    options.notify = Notify::Everybody;
    options
}

pub(crate) fn recurrence(rule: &str) -> Recurrence {
    rule.parse::<RRule>().unwrap().into()
}

/// Five days from the first of June on.
pub(crate) async fn daily(calendar: &Calendar) -> (Event, Vec<Event>) {
    let new = NewEvent::new("Daily", berlin(1, 9), berlin(1, 10))
        .with_recurrence(recurrence("FREQ=DAILY;COUNT=5"));
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

/// The calendars of another mailbox of the stand-in, over a line where nothing is lost.
pub(crate) fn calendars_of(graph: &MicrosoftGraph, user: &str) -> Calendar {
    let server = graph.clone();
    let line = FaultyTransport::answering(move |request| server.answer(request));
    let config = OutlookConfig::with_token(TOKEN).with_user(user);
    let provider = Outlook::with_transport(config, line).unwrap();
    Calendar::new(provider.with_clock(now))
}

/// An invitation of the owner by somebody else, as the owner has it.
pub(crate) async fn invited(graph: &MicrosoftGraph) -> Event {
    let party = NewEvent::new("Party", berlin(2, 20), berlin(2, 22))
        .with_attendee(Attendee::new(OWNER))
        .with_notify(Notify::Everybody);
    let boss = calendars_of(graph, BOSS);
    boss.create_event(&"primary".into(), party).await.unwrap();
    let own = calendars_of(graph, OWNER);
    let mut all = own
        .list_events(&"primary".into(), EventQuery::default())
        .all()
        .await
        .unwrap();
    all.retain(|event| event.summary == "Party");
    all.remove(0)
}

/// Every call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Create,
    CreateWithout,
    Update,
    UpdateTold,
    Delete,
    DeleteFollowing,
    Cancel,
    Respond,
    RespondTold,
    CreateCalendar,
    UpdateCalendar,
    DeleteCalendar,
    PutAcl,
    ChangeAcl,
    RemoveAcl,
    Watch,
    Renew,
    Stop,
    Attach,
    Upload,
    Detach,
    Following,
}

/// The calls, and the requests of each of which one is lost.
const CALLS: &[(Call, &[&str])] = &[
    (Call::Create, &["POST"]),
    (Call::CreateWithout, &["POST", "DELETE"]),
    (Call::Update, &["PATCH"]),
    (Call::UpdateTold, &["PATCH"]),
    (Call::Delete, &["DELETE"]),
    (Call::DeleteFollowing, &["PATCH"]),
    (Call::Cancel, &["POST"]),
    (Call::Respond, &["POST"]),
    (Call::RespondTold, &["POST"]),
    (Call::CreateCalendar, &["POST"]),
    (Call::UpdateCalendar, &["PATCH"]),
    (Call::DeleteCalendar, &["DELETE"]),
    (Call::PutAcl, &["POST", "GET"]),
    (Call::ChangeAcl, &["PATCH"]),
    (Call::RemoveAcl, &["DELETE"]),
    (Call::Watch, &["POST"]),
    (Call::Renew, &["PATCH"]),
    (Call::Stop, &["DELETE"]),
    (Call::Attach, &["POST"]),
    (Call::Upload, &["PUT"]),
    (Call::Detach, &["DELETE"]),
    (Call::Following, &["POST", "PATCH", "GET"]),
];

/// What a call needs to be there.
struct Scene {
    account: Account,
    calendar: Calendar,
    event: Option<Event>,
    other: Option<String>,
    watch: Option<Watch>,
}

fn watch_request() -> WatchRequest {
    let hook = "https://app.example/hook".parse().unwrap();
    WatchRequest::new("primary", hook, SecretString::from("s3cret"))
}

fn ada() -> AclScope {
    AclScope::User("ada@example.com".into())
}

fn large() -> NewAttachment {
    let bytes: Vec<u8> = (0..3_400_000_u32).map(|n| (n % 251) as u8).collect();
    NewAttachment::new("large.bin", "application/octet-stream", bytes)
}

async fn scene(call: Call) -> Scene {
    let account = account_at(
        stand_in().with_mailbox(BOSS),
        OutlookConfig::with_token(TOKEN),
    );
    let calendar = Calendar::new(account.provider.clone());
    let primary = || "primary".into();
    let mut scene = Scene {
        account,
        calendar: calendar.clone(),
        event: None,
        other: None,
        watch: None,
    };
    match call {
        Call::Create | Call::CreateWithout | Call::CreateCalendar | Call::Watch => {}
        Call::Update | Call::Delete | Call::Attach | Call::Upload => {
            scene.event = Some(calendar.create_event(&primary(), lunch()).await.unwrap());
        }
        Call::UpdateTold | Call::Cancel => {
            let meeting = lunch()
                .with_attendee(Attendee::new(GUEST))
                .with_notify(Notify::Everybody);
            scene.event = Some(calendar.create_event(&primary(), meeting).await.unwrap());
        }
        Call::Respond | Call::RespondTold => {
            scene.event = Some(invited(&scene.account.graph).await);
        }
        Call::DeleteFollowing | Call::Following => {
            scene.event = Some(daily(&calendar).await.1.remove(2));
        }
        Call::UpdateCalendar | Call::DeleteCalendar => {
            let made = calendar.create_calendar(NewCalendar::new("Team")).await;
            scene.other = Some(made.unwrap().id.as_str().to_owned());
        }
        Call::PutAcl => {}
        Call::ChangeAcl | Call::RemoveAcl => {
            let sharing = calendar.sharing().unwrap();
            let rule = sharing
                .put(&primary(), ada(), AclRole::FreeBusyReader)
                .await;
            scene.other = Some(rule.unwrap().id.as_str().to_owned());
        }
        Call::Renew | Call::Stop => {
            let mut request = watch_request();
            request.ttl = Some(Duration::from_secs(7200));
            let watching = calendar.watching().unwrap();
            scene.watch = Some(watching.start(&request).await.unwrap());
        }
        Call::Detach => {
            let event = calendar.create_event(&primary(), lunch()).await.unwrap();
            let new = NewAttachment::new("a.txt", "text/plain", "a");
            let attachments = calendar.attachments().unwrap();
            let made = attachments.add(&primary(), &event.id, new).await.unwrap();
            scene.other = Some(made.id.unwrap().as_str().to_owned());
            scene.event = Some(event);
        }
    }
    scene
}

async fn perform(call: Call, scene: &Scene) -> Result<(), Error> {
    let calendar = &scene.calendar;
    let primary = &"primary".into();
    let event = scene.event.as_ref().map(|event| event.id.clone());
    let id = || event.as_ref().unwrap();
    let other = || scene.other.clone().unwrap();
    match call {
        Call::Create => drop(calendar.create_event(primary, lunch()).await?),
        Call::CreateWithout => {
            let rule = recurrence("FREQ=DAILY;COUNT=5").with_except(berlin(3, 9));
            let new = NewEvent::new("Daily", berlin(1, 9), berlin(1, 10)).with_recurrence(rule);
            drop(calendar.create_event(primary, new).await?);
        }
        Call::Update => {
            let options = UpdateOptions::default();
            let changed = calendar.update_event(primary, id(), renamed("Dinner"), options);
            drop(changed.await?);
        }
        Call::UpdateTold => {
            let changed = calendar.update_event(primary, id(), renamed("Dinner"), told());
            drop(changed.await?);
        }
        Call::Delete => {
            calendar
                .delete_event(primary, id(), DeleteOptions::default())
                .await?;
        }
        Call::DeleteFollowing => {
            let options = DeleteOptions::scope(EditScope::ThisAndFollowing);
            calendar.delete_event(primary, id(), options).await?;
        }
        Call::Cancel => {
            let mut options = told();
            options.message = Some("It rains.".to_owned());
            calendar.delete_event(primary, id(), options).await?;
        }
        Call::Respond | Call::RespondTold => {
            let mut rsvp = Rsvp::new(Participation::Accepted);
            rsvp.notify = call == Call::RespondTold;
            drop(calendar.respond(primary, id(), rsvp).await?);
        }
        Call::CreateCalendar => {
            drop(calendar.create_calendar(NewCalendar::new("Team")).await?);
        }
        Call::UpdateCalendar => {
            let mut patch = CalendarPatch::default();
            patch.name = Some("Others".to_owned());
            drop(calendar.update_calendar(&other().into(), patch).await?);
        }
        Call::DeleteCalendar => calendar.delete_calendar(&other().into()).await?,
        Call::PutAcl | Call::ChangeAcl => {
            let sharing = calendar.sharing()?;
            drop(sharing.put(primary, ada(), AclRole::Writer).await?);
        }
        Call::RemoveAcl => {
            let sharing = calendar.sharing()?;
            sharing.remove(primary, &other().into()).await?;
        }
        Call::Watch => drop(calendar.watching()?.start(&watch_request()).await?),
        Call::Renew => {
            let watching = calendar.watching()?;
            let watch = scene.watch.as_ref().unwrap();
            drop(watching.renew(watch, &watch_request()).await?);
        }
        Call::Stop => {
            let watching = calendar.watching()?;
            watching.stop(scene.watch.as_ref().unwrap()).await?;
        }
        Call::Attach | Call::Upload => {
            let new = match call {
                Call::Upload => large(),
                _ => NewAttachment::new("a.txt", "text/plain", "a"),
            };
            let attachments = calendar.attachments()?;
            drop(attachments.add(primary, id(), new).await?);
        }
        Call::Detach => {
            let attachments = calendar.attachments()?;
            attachments.remove(primary, id(), &other().into()).await?;
        }
        Call::Following => {
            let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
            let changed = calendar.update_event(primary, id(), renamed("Later"), options);
            drop(changed.await?);
        }
    }
    Ok(())
}

/// How often it was done, by what the stand-in has now. What was done in part is half.
fn done(call: Call, scene: &Scene) -> f64 {
    let graph = &scene.account.graph;
    let id = || scene.event.as_ref().unwrap().id.as_str().to_owned();
    let count = |path: &str| there(graph, path)["value"].as_array().unwrap().len() as f64;
    let is = |yes: bool| if yes { 1.0 } else { 0.0 };
    let event = |id: &str| there(graph, &format!("me/events/{id}"));
    let view = || {
        let path = "me/calendarView?startDateTime=2026-06-01T00:00:00Z&endDateTime=2026-07-01T00:00:00Z&$top=50";
        let all = there(graph, path);
        let all = all["value"].as_array().unwrap().clone();
        let titles = all
            .iter()
            .map(|one| one["subject"].as_str().unwrap().to_owned());
        titles.collect::<Vec<_>>()
    };
    let sent = |to: &str, method: &str| {
        let all = graph.messages(to);
        all.iter().filter(|one| one.method == method).count() as f64
    };
    match call {
        Call::Create => graph.events(OWNER) as f64,
        Call::CreateWithout => match view().len() {
            0 => 0.0,
            4 => 1.0,
            5 => 0.5,
            more => more as f64,
        },
        Call::Update => is(event(&id())["subject"] == "Dinner"),
        Call::UpdateTold => sent(GUEST, "REQUEST") - 1.0,
        Call::Delete => is(event(&id())["error"].is_object()),
        Call::DeleteFollowing => is(view().len() == 2),
        Call::Cancel => sent(GUEST, "CANCEL"),
        Call::Respond => is(event(&id())["responseStatus"]["response"] == "accepted"),
        Call::RespondTold => sent(BOSS, "REPLY"),
        Call::CreateCalendar | Call::UpdateCalendar | Call::DeleteCalendar => {
            let all = there(graph, "me/calendars");
            let named = |name: &str| {
                let all = all["value"].as_array().unwrap().iter();
                all.filter(|one| one["name"] == name).count() as f64
            };
            match call {
                Call::CreateCalendar => named("Team"),
                Call::UpdateCalendar => named("Others"),
                _ => 1.0 - named("Team"),
            }
        }
        Call::PutAcl | Call::ChangeAcl | Call::RemoveAcl => {
            let all = there(graph, "me/calendar/calendarPermissions");
            let all = all["value"].as_array().unwrap().iter();
            let own = all.filter(|one| one["emailAddress"]["address"] == "ada@example.com");
            let own: Vec<_> = own.collect();
            match call {
                Call::RemoveAcl => 1.0 - own.len() as f64,
                _ => own.iter().filter(|one| one["role"] == "write").count() as f64,
            }
        }
        Call::Watch => count("subscriptions"),
        Call::Stop => 1.0 - count("subscriptions"),
        Call::Renew => {
            let watch = scene.watch.as_ref().unwrap();
            let now = there(graph, &format!("subscriptions/{}", watch.id));
            let ends: jiff::Timestamp =
                now["expirationDateTime"].as_str().unwrap().parse().unwrap();
            is(ends > watch.expires)
        }
        Call::Attach | Call::Upload => count(&format!("me/events/{}/attachments", id())),
        Call::Detach => 1.0 - count(&format!("me/events/{}/attachments", id())),
        Call::Following => match &view().join(" ")[..] {
            "Daily Daily Daily Daily Daily" => 0.0,
            "Daily Daily Later Later Later" => 1.0,
            // The rest is there beside the whole: a repeated call goes on.
            titles if titles.matches("Daily").count() == 5 => 0.5,
            titles => panic!("{titles}"),
        },
    }
}

/// evidence: outlook: create_event, update_event, delete_event, respond, create_calendar, update_calendar, delete_calendar, put_acl, remove_acl, watch, renew_watch, stop_watch, add_attachment, remove_attachment: own reference: the stand-in of Microsoft Graph under every fault
#[tokio::test(start_paused = true)]
async fn every_call_is_done_once_at_most_under_every_fault_and_its_caller_is_told_the_truth() {
    for (call, methods) in CALLS {
        for (method, (name, fault)) in methods
            .iter()
            .flat_map(|method| Fault::catalogue().into_iter().map(move |it| (*method, it)))
        {
            let scene = scene(*call).await;
            let what = format!("{call:?}, {method}: {name}");
            scene
                .account
                .line
                .fail(move |head| head.method == method, fault);
            let result = perform(*call, &scene).await;
            let early = done(*call, &scene);
            match &result {
                Ok(()) => assert_eq!(early, 1.0, "{what}"),
                Err(error) => match error.effect() {
                    Effect::NotApplied => assert_eq!(early, 0.0, "{what}: {error}"),
                    Effect::Applied => assert!(early > 0.0, "{what}: {error}"),
                    Effect::Unknown => assert!(early <= 1.0, "{what}: {error}"),
                },
            }
            // What is still on its way arrives.
            tokio::time::sleep(Duration::from_secs(7200)).await;
            let late = done(*call, &scene);
            assert!(late <= 1.0, "{what}: done {late} times in the end");
            if let Err(error) = &result
                && error.effect() == Effect::NotApplied
            {
                assert_eq!(late, 0.0, "{what}: {error}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_is_done_after_the_wait_also_where_it_must_not_be_done_twice() {
    for (call, methods) in CALLS {
        let scene = scene(*call).await;
        let method = methods[0];
        let wait = Fault::rate_limited("2");
        scene
            .account
            .line
            .fail(move |head| head.method == method, wait);
        let started = tokio::time::Instant::now();
        perform(*call, &scene).await.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(2), "{call:?}");
        assert_eq!(done(*call, &scene), 1.0, "{call:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_be_repeated_is_repeated_when_its_answer_is_lost() {
    const ONCE: &[Call] = &[
        Call::UpdateTold,
        Call::RespondTold,
        Call::CreateCalendar,
        Call::Watch,
        Call::Attach,
    ];
    for (call, methods) in CALLS {
        for method in *methods {
            for fault in [
                Fault::CutAfter,
                Fault::status_after(503),
                Fault::Truncate(3),
            ] {
                let scene = scene(*call).await;
                let method = *method;
                let what = format!("{call:?} {method} {fault:?}");
                scene
                    .account
                    .line
                    .fail(move |head| head.method == method, fault);
                match perform(*call, &scene).await {
                    Ok(()) => {}
                    Err(error) => {
                        assert!(ONCE.contains(call), "{what}: {error}");
                        assert_ne!(error.effect(), Effect::NotApplied, "{what}");
                        let known = error.effect() == Effect::Applied;
                        assert!(known || error.has_advice(), "{what}: {error}");
                    }
                }
                assert_eq!(done(*call, &scene), 1.0, "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_failed_after_a_lost_answer_is_not_told_as_nothing_done() {
    let scene = scene(Call::Update).await;
    let event = scene.event.clone().unwrap();
    scene
        .account
        .line
        .fail(|head| head.method == "PATCH", Fault::CutAfter);
    let options = UpdateOptions::default().with_if_match(event.etag.unwrap());
    let changed = scene
        .calendar
        .update_event(&"primary".into(), &event.id, renamed("x"), options)
        .await;
    let error = changed.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::PreconditionFailed, Effect::Unknown)
    );
}

/// On sockets, with the transport of production.
#[tokio::test]
async fn over_the_network_a_lost_answer_makes_no_second_event() {
    let graph = stand_in();
    let server = Server::start(0, graph.handler()).await.unwrap();
    let line = FaultyServer::before(&server.url()).await.unwrap();
    let config = OutlookConfig::with_token(TOKEN).with_base_url(format!("{}/v1.0", line.url()));
    let calendar = Calendar::from_arc(Arc::new(Outlook::new(config).unwrap()));
    line.fail(|head| head.method == "POST", Fault::CutAfter);
    let made = calendar
        .create_event(&"primary".into(), lunch())
        .await
        .unwrap();
    assert_eq!((graph.effects(), graph.events(OWNER)), (1, 1));
    let sent = line.exchanges().into_iter();
    assert_eq!(sent.filter(|it| it.method == "POST").count(), 2);

    line.fail(|head| head.method == "DELETE", Fault::CutAfter);
    let options = DeleteOptions::default();
    calendar
        .delete_event(&"primary".into(), &made.id, options)
        .await
        .unwrap();
    assert_eq!((graph.effects(), graph.events(OWNER)), (2, 0));
}
