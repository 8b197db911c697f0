//! What Microsoft documents, beyond the suite: errors, throttling, tokens, limits, and what is read.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Response;
use integrations_core::calendar::{
    AclRole, AclScope, Calendar, CalendarProvider, ConferenceRequest, EventPatch, EventQuery,
    FreeBusy, NewCalendar, NewEvent, Reminder, Reminders, ShowAs, Subject, UpdateOptions,
};
use integrations_core::testing::FaultyTransport;
use integrations_core::time::EventTime;
use integrations_core::{ErrorKind, Integration};
use integrations_outlook::{Outlook, OutlookConfig};
use integrations_sandbox::microsoft_graph::{OWNER, Refusal, TOKEN};
use jiff::civil::date;
use serde_json::{Value, json};

use crate::account::{account, account_at, openapi, stand_in, there};
use crate::events::{BOSS, berlin, june, lunch, renamed};

/// evidence: outlook: list_calendars, get_calendar, list_events, instances, get_event, sync.sync_page, free_busy, sharing.list_acl, attachments.read_attachment: vendor specification: Graph's OpenAPI description, made from its metadata
#[test]
fn every_request_is_one_that_graph_describes() {
    let Some(openapi) = openapi() else {
        return;
    };
    let mut seen = 0;
    for operation in integrations_outlook::factory().operations() {
        let request = operation.request.split(' ').collect::<Vec<_>>();
        let [verb, path, ..] = request[..] else {
            panic!("{}", operation.request);
        };
        // A token, an upload, and bytes are no part of the metadata.
        if !path.starts_with('/') || path.ends_with("/$value") {
            continue;
        }
        let path = format!("/v1.0{}", path.trim_end_matches(','));
        assert!(openapi.describes(verb, &path), "{}", operation.request);
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

// https://learn.microsoft.com/en-us/graph/errors
#[tokio::test(start_paused = true)]
async fn a_limit_is_waited_for_and_what_is_forbidden_is_not_tried_again() {
    for (refusal, kind, attempts) in [
        (Refusal::throttled(), None, 2),
        (Refusal::mailbox_concurrency(), None, 2),
        (Refusal::unavailable(), None, 2),
        (Refusal::gateway_timeout(), None, 2),
        (
            Refusal::new(403, "ErrorAccessDenied", "Access is denied."),
            Some(ErrorKind::PermissionDenied),
            1,
        ),
        (
            Refusal::new(
                401,
                "InvalidAuthenticationToken",
                "Access token has expired.",
            ),
            Some(ErrorKind::Unauthenticated),
            1,
        ),
    ] {
        let account = account();
        account.graph.refuse_next([refusal.clone()]);
        let read = account.provider.get_calendar(&"primary".into()).await;
        let error = read.err();
        assert_eq!(error.as_ref().map(|it| it.kind()), kind, "{refusal:?}");
        assert_eq!(account.line.exchanges().len(), attempts, "{refusal:?}");
        if let Some(error) = error {
            assert!(error.request_id().is_some(), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_graph_asks_to_wait_is_waited() {
    let account = account();
    let wait = Refusal::throttled().with_retry_after(7);
    account.graph.refuse_next([wait]);
    let started = tokio::time::Instant::now();
    account.provider.connect().await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(7));
}

// "4 concurrent requests" of an application to a mailbox:
// https://learn.microsoft.com/en-us/graph/throttling-limits#outlook-service-limits
#[tokio::test(start_paused = true)]
async fn no_more_than_four_requests_are_under_way_at_a_time() {
    #[derive(Debug, Default)]
    struct Slow(Mutex<(u32, u32)>);
    #[async_trait::async_trait]
    impl integrations_core::http::Transport for Slow {
        async fn send(
            &self,
            request: integrations_core::http::Request,
        ) -> integrations_core::Result<integrations_core::http::Response> {
            {
                let mut now = self.0.lock().unwrap();
                now.0 += 1;
                now.1 = now.1.max(now.0);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.0.lock().unwrap().0 -= 1;
            let body = bytes::Bytes::from_static(br#"{"id": "c"}"#);
            Ok(integrations_core::http::Response::new(
                http::StatusCode::OK,
                http::HeaderMap::new(),
                request.uri().clone(),
                body.into(),
            ))
        }
    }
    let slow = Arc::new(Slow::default());
    let config = OutlookConfig::with_token("t");
    let provider = Outlook::with_transport(config, slow.clone()).unwrap();
    let calls = (0..12).map(|_| {
        let provider = provider.clone();
        tokio::spawn(async move { provider.connect().await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(slow.0.lock().unwrap().1, 4);
}

#[tokio::test(start_paused = true)]
async fn every_request_wants_immutable_ids_and_names_itself() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let made = calendar.create_event(primary, lunch()).await.unwrap();
    calendar
        .update_event(primary, &made.id, renamed("x"), UpdateOptions::default())
        .await
        .unwrap();
    let query = EventQuery::occurrences(june());
    calendar.list_events(primary, query).all().await.unwrap();
    calendar.sync(primary, None).await.unwrap();
    for sent in account.line.exchanges() {
        let prefer = sent.headers["prefer"].to_str().unwrap();
        assert!(prefer.contains("IdType=\"ImmutableId\""), "{prefer}");
        assert!(prefer.contains("outlook.timezone=\"UTC\""), "{prefer}");
        assert_eq!(sent.headers["client-request-id"].len(), 36);
    }
}

#[tokio::test(start_paused = true)]
async fn people_are_asked_for_twenty_at_a_time_and_calendars_by_their_events() {
    let account = account_at(
        stand_in().with_mailbox(BOSS),
        OutlookConfig::with_token(TOKEN),
    );
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let away = lunch().with_show_as(ShowAs::OutOfOffice);
    calendar.create_event(primary, away).await.unwrap();
    let elsewhere = NewEvent::new("Home", berlin(2, 9), berlin(2, 17))
        .with_show_as(ShowAs::Other("workingElsewhere".into()));
    calendar.create_event(primary, elsewhere).await.unwrap();
    let person = |n: usize| Subject::Person(format!("nobody-{n}@example.com"));
    let mut subjects: Vec<Subject> = (0..43).map(person).collect();
    subjects.push(Subject::Person(OWNER.to_uppercase()));
    subjects.push(Subject::from(primary));
    let before = account.line.exchanges().len();
    let answers = calendar.free_busy(&subjects, june()).await.unwrap();
    let sent = account.line.exchanges().split_off(before);
    let asked = |path: &str| {
        sent.iter()
            .filter(|it| it.uri.path().ends_with(path))
            .count()
    };
    assert_eq!((asked("getSchedule"), asked("calendarView")), (3, 1));
    let unknown = |one: &&FreeBusy| one.unknown.is_some();
    assert_eq!(answers.iter().filter(unknown).count(), 43);
    for own in &answers[43..] {
        assert_eq!(own.unknown, None);
        assert_eq!(own.busy.len(), 2);
        assert_eq!(own.spans[0].show_as, ShowAs::OutOfOffice);
        let other = ShowAs::Other("workingElsewhere".into());
        assert_eq!(own.spans[1].show_as, other);
    }
}

// https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
#[tokio::test(start_paused = true)]
async fn an_application_works_for_a_mailbox_with_one_token_for_all() {
    let transport = Arc::new(FaultyTransport::answering(|request| {
        let body = match request.uri().host() {
            Some("login.microsoftonline.com") => {
                json!({"access_token": "eyJ0.app", "expires_in": 3599, "token_type": "Bearer"})
            }
            _ => json!({"id": "c"}),
        };
        Response::builder()
            .header("content-type", "application/json")
            .body(body.to_string().into())
            .unwrap()
    }));
    let config = OutlookConfig::application(
        "contoso.onmicrosoft.com",
        "app",
        "s3cret",
        "room@contoso.com",
    );
    let outlook = Outlook::with_transport(config, transport.clone()).unwrap();
    let (one, two) = tokio::join!(outlook.connect(), outlook.connect());
    one.unwrap();
    two.unwrap();
    let sent = transport.exchanges();
    let of = |host: &str| {
        let all = sent.iter().filter(|it| it.uri.host() == Some(host));
        all.collect::<Vec<_>>()
    };
    let [token] = of("login.microsoftonline.com")[..] else {
        panic!("{}", sent.len());
    };
    assert_eq!(
        token.uri.path(),
        "/contoso.onmicrosoft.com/oauth2/v2.0/token"
    );
    let form = String::from_utf8(token.body.to_vec()).unwrap();
    assert!(form.contains("grant_type=client_credentials"), "{form}");
    for call in of("graph.microsoft.com") {
        assert_eq!(call.headers["authorization"], "Bearer eyJ0.app");
        assert_eq!(call.uri.path(), "/v1.0/users/room@contoso.com/calendar");
    }
}

#[tokio::test(start_paused = true)]
async fn a_shared_mailbox_is_another_one() {
    let graph = stand_in().with_mailbox(BOSS);
    let config = OutlookConfig::with_token(TOKEN).with_user(BOSS);
    let account = account_at(graph, config);
    let calendar = Calendar::new(account.provider.clone());
    calendar
        .create_event(&"primary".into(), lunch())
        .await
        .unwrap();
    assert_eq!(account.graph.events(BOSS), 1);
    assert_eq!(account.graph.events(OWNER), 0);
    let hook = "https://app.example/hook".parse().unwrap();
    let request =
        integrations_core::calendar::WatchRequest::new("primary", hook, "s3cret".to_owned().into());
    calendar.watching().unwrap().start(&request).await.unwrap();
    let all = there(&account.graph, "subscriptions");
    assert_eq!(
        all["value"][0]["resource"],
        format!("users/{BOSS}/calendar/events")
    );
}

#[test]
fn a_configuration_says_all_that_is_wrong_and_shows_no_secret() {
    let none = OutlookConfig::default().validate().unwrap_err();
    assert!(none.to_string().contains("one of refresh_token"), "{none}");
    assert!(none.to_string().contains("client_id"), "{none}");
    let mut two = OutlookConfig::refreshed("id", "s", "r");
    two.access_token = Some("t".to_owned().into());
    let application =
        |tenant: &str, user: &str| OutlookConfig::application(tenant, "id", "s", user);
    for (config, what) in [
        (two, "two ways"),
        (OutlookConfig::refreshed("", "s", "r"), "client_id"),
        (application("common", "u@contoso.com"), "tenant_id"),
        (application("contoso.com", ""), "user"),
        (application("con/toso", "u@contoso.com"), "tenant_id"),
        (OutlookConfig::with_token("t").with_user(".."), "user"),
        (
            OutlookConfig::with_token("t").with_sync_window(1, 0),
            "sync_ahead_days",
        ),
        (
            OutlookConfig::with_token("t").with_base_url("http://graph.example"),
            "base_url",
        ),
        (
            OutlookConfig::with_token("t").with_token_url("http://login.example/token"),
            "token_url",
        ),
    ] {
        let error = config.validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(what), "{error}");
    }
    let full = OutlookConfig::refreshed("id", "canary-1", "canary-2");
    let provider = Outlook::new(full.clone()).unwrap();
    let shown = format!("{full:?} {provider:?}");
    assert!(!shown.contains("canary"), "{shown}");
    let token = Outlook::new(OutlookConfig::with_token("canary")).unwrap();
    assert!(!format!("{token:?}").contains("canary"));
}

#[tokio::test(start_paused = true)]
async fn what_outlook_lacks_is_refused_before_anything_is_sent() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let keyed = NewCalendar::new("Team").with_key("once".parse().unwrap());
    let zoned = NewCalendar::new("Team").with_time_zone("Europe/Berlin");
    for new in [keyed, zoned] {
        let refused = calendar.create_calendar(new).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
    }
    let sharing = calendar.sharing().unwrap();
    let ada = || AclScope::User("ada@example.com".into());
    for (scope, role) in [
        (AclScope::Public, AclRole::Reader),
        (AclScope::Domain("example.com".into()), AclRole::Reader),
        (ada(), AclRole::Owner),
        (ada(), AclRole::Other("custom".into())),
    ] {
        let refused = sharing.put(primary, scope, role).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
    }
    let nowhere = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Antarctica/Troll");
    let troll = NewEvent::new("Ice", nowhere(9), nowhere(10));
    let refused = calendar.create_event(primary, troll).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert_eq!(account.sent.sent(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_key_of_another_event_is_refused_and_that_of_one_that_was_deleted_is_not_good_again() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let new = || lunch().with_key("order-1".parse().unwrap());
    let made = calendar.create_event(primary, new()).await.unwrap();
    let mut other = new();
    other.summary = "Dinner".to_owned();
    let refused = calendar.create_event(primary, other).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.code()),
        (ErrorKind::Conflict, Some("idempotency_key_reused"))
    );
    // In another calendar it is another event.
    let team = calendar.create_calendar(NewCalendar::new("Team")).await;
    let there = calendar.create_event(&team.unwrap().id, new()).await;
    assert_ne!(there.unwrap().id, made.id);
    calendar
        .delete_event(primary, &made.id, Default::default())
        .await
        .unwrap();
    let again = calendar.create_event(primary, new()).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert!(again.advice().contains("new key"), "{again}");
}

#[tokio::test(start_paused = true)]
async fn one_reminder_is_kept_and_none_is_none() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    for reminders in [
        Reminders::Only(vec![Reminder::popup(45)]),
        Reminders::Only(vec![]),
    ] {
        let new = lunch().with_reminders(reminders.clone());
        let made = calendar.create_event(primary, new).await.unwrap();
        assert_eq!(made.reminders, reminders);
    }
    // The mailbox's own cannot be told from one that was set.
    let made = calendar.create_event(primary, lunch()).await.unwrap();
    assert_eq!(made.reminders, Reminders::Only(vec![Reminder::popup(15)]));
}

// "After you set isOnlineMeeting to true ... the meeting remains available online."
#[tokio::test(start_paused = true)]
async fn a_meeting_online_is_made_once_and_stays() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let new = lunch().with_conference(ConferenceRequest::Create);
    let made = calendar.create_event(primary, new).await.unwrap();
    let conference = made.conference.unwrap();
    assert_eq!(conference.name.as_deref(), Some("Microsoft Teams"));
    let mut clear = EventPatch::default();
    clear.conference = integrations_core::calendar::Patch::Clear;
    let options = UpdateOptions::default();
    let refused = calendar
        .update_event(primary, &made.id, clear, options)
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn a_zone_that_nobody_knows_is_read_as_that_and_not_as_utc() {
    let event: Value = json!({"value": [{"id": "1", "subject": "Custom", "type": "singleInstance",
        "start": {"dateTime": "2026-06-01T07:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-06-01T08:00:00.0000000", "timeZone": "UTC"},
        "originalStartTimeZone": "tzone://Microsoft/Custom",
        "originalEndTimeZone": "tzone://Microsoft/Custom"}]});
    let transport = FaultyTransport::answering(move |_| Response::new(event.to_string().into()));
    let outlook = Outlook::with_transport(OutlookConfig::with_token("t"), transport).unwrap();
    let listed = outlook
        .list_events(
            &"primary".into(),
            &EventQuery::default(),
            &Default::default(),
        )
        .await
        .unwrap();
    let start = &listed.items[0].start;
    assert!(start.to_timestamp(&jiff::tz::TimeZone::UTC).is_err());
    assert!(start.to_string().contains("tzone://Microsoft/Custom"));
}
