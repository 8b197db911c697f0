//! What Google documents, beyond the suite: quotas, tokens, limits, and what is read.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use integrations_core::calendar::{
    Attendee, Calendar, CalendarProvider, EventQuery, FreeBusy, NewCalendar, Notify, ShowAs,
    Subject, WatchRequest,
};
use integrations_core::testing::FaultyTransport;
use integrations_core::{ErrorKind, Integration, SecretString};
use integrations_google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use integrations_sandbox::google_calendar::{OWNER, Refusal};
use serde_json::json;

use crate::account::{account, account_at, discovery, stand_in};
use crate::lost::{june, lunch};

#[test]
fn every_request_is_one_that_google_describes() {
    let Some(discovery) = discovery() else {
        return;
    };
    let mut seen = 0;
    for operation in integrations_google_calendar::factory().operations() {
        let request = operation.request.split([' ', '?']).collect::<Vec<_>>();
        let [verb, path, ..] = request[..] else {
            panic!("{}", operation.request);
        };
        if path.starts_with("https://") {
            continue;
        }
        let wrong = discovery.check_request(verb, &format!("/calendar/v3{path}"), b"{}");
        let unknown = wrong.iter().find(|what| what.ends_with("is not described"));
        assert_eq!(unknown, None, "{}", operation.request);
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

// https://developers.google.com/workspace/calendar/api/guides/errors
#[tokio::test(start_paused = true)]
async fn a_quota_is_waited_for_and_what_is_forbidden_is_not_tried_again() {
    for (refusal, kind, attempts) in [
        (Refusal::rate_limit(), None, 2),
        (Refusal::user_rate_limit(), None, 2),
        (Refusal::too_many_requests(), None, 2),
        (Refusal::backend(), None, 2),
        (Refusal::quota(), Some(ErrorKind::QuotaExceeded), 1),
        (
            Refusal::new(403, "forbidden", "Forbidden"),
            Some(ErrorKind::PermissionDenied),
            1,
        ),
        (
            Refusal::new(401, "authError", "Invalid Credentials"),
            Some(ErrorKind::Unauthenticated),
            1,
        ),
    ] {
        let account = account();
        account.google.refuse_next([refusal.clone()]);
        let read = account.provider.get_calendar(&"primary".into()).await;
        assert_eq!(read.err().map(|error| error.kind()), kind, "{refusal:?}");
        // A calendar is two requests: what holds for all, and its entry in the list.
        let more = usize::from(kind.is_none());
        assert_eq!(
            account.line.exchanges().len(),
            attempts + more,
            "{refusal:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_google_asks_to_wait_is_waited() {
    let account = account();
    account
        .google
        .refuse_next([Refusal::too_many_requests().with_retry_after(7)]);
    let started = tokio::time::Instant::now();
    account.provider.connect().await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn more_than_fifty_calendars_are_asked_for_in_parts() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    calendar
        .create_event(&"primary".into(), lunch())
        .await
        .unwrap();
    let person = |n: usize| Subject::Person(format!("nobody-{n}@example.com"));
    let mut subjects: Vec<Subject> = (0..119).map(person).collect();
    subjects.push(Subject::Person(OWNER.to_owned()));
    let before = account.line.exchanges().len();
    let answers = calendar.free_busy(&subjects, june()).await.unwrap();
    assert_eq!(account.line.exchanges().len() - before, 3);
    assert_eq!(answers.len(), 120);
    let unknown = |one: &&FreeBusy| one.unknown.as_deref() == Some("notFound");
    assert_eq!(answers.iter().filter(unknown).count(), 119);
    assert_eq!(answers[119].busy.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refreshed_once_for_all_calls() {
    let transport = Arc::new(FaultyTransport::answering(|request| {
        let body = match request.uri().host() {
            Some("oauth2.googleapis.com") => {
                json!({"access_token": "ya29.new", "expires_in": 3599, "token_type": "Bearer"})
            }
            _ => json!({"id": "ada@example.com"}),
        };
        Response::builder()
            .header("content-type", "application/json")
            .body(body.to_string().into())
            .unwrap()
    }));
    let config =
        GoogleCalendarConfig::refreshed("id.apps.googleusercontent.com", "s3cret", "1//refresh");
    let google = GoogleCalendar::with_transport(config, transport.clone()).unwrap();
    let (one, two) = tokio::join!(google.connect(), google.connect());
    one.unwrap();
    two.unwrap();
    let sent = transport.exchanges();
    let of = |host: &str| {
        sent.iter()
            .filter(|it| it.uri.host() == Some(host))
            .collect::<Vec<_>>()
    };
    let [refresh] = of("oauth2.googleapis.com")[..] else {
        panic!("{}", sent.len());
    };
    assert_eq!(refresh.uri.path(), "/token");
    let form = String::from_utf8(refresh.body.to_vec()).unwrap();
    assert!(
        form.contains("grant_type=refresh_token") && form.contains("1%2F%2Frefresh"),
        "{form}"
    );
    for call in of("www.googleapis.com") {
        assert_eq!(call.headers["authorization"], "Bearer ya29.new");
        assert_eq!(call.uri.path(), "/calendar/v3/calendars/primary");
    }
}

#[test]
fn a_configuration_says_all_that_is_wrong_and_shows_no_secret() {
    let none = GoogleCalendarConfig::default().validate().unwrap_err();
    assert!(
        none.to_string()
            .contains("refresh_token, service_account_key"),
        "{none}"
    );
    for (config, what) in [
        (GoogleCalendarConfig::refreshed("", "s", "r"), "client_id"),
        (
            GoogleCalendarConfig::with_token("t").with_subject("ada@school.example"),
            "subject",
        ),
        (
            GoogleCalendarConfig::with_token("t").with_base_url("http://calendar.example"),
            "base_url",
        ),
        (
            GoogleCalendarConfig::with_token("t").with_base_url("nowhere"),
            "base_url",
        ),
    ] {
        let error = config.validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(what), "{error}");
    }
    let full = GoogleCalendarConfig::refreshed("id", "canary-1", "canary-2");
    let provider = GoogleCalendar::new(full.clone()).unwrap();
    let shown = format!("{full:?} {provider:?}");
    assert!(!shown.contains("canary"), "{shown}");
    let token = GoogleCalendar::new(GoogleCalendarConfig::with_token("canary")).unwrap();
    assert!(!format!("{token:?}").contains("canary"));
}

#[tokio::test(start_paused = true)]
async fn a_key_of_a_calendar_is_refused_before_anything_is_sent() {
    let account = account();
    let new = NewCalendar::new("Team").with_key("once".parse().unwrap());
    let refused = account.provider.create_calendar(&new).await.unwrap_err();
    assert_eq!(
        (refused.kind(), account.sent.sent()),
        (ErrorKind::Unsupported, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn the_key_of_an_event_that_was_deleted_is_not_good_again() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let new = || lunch().with_key("order-1".parse().unwrap());
    let made = calendar
        .create_event(&"primary".into(), new())
        .await
        .unwrap();
    calendar
        .delete_event(&"primary".into(), &made.id, Default::default())
        .await
        .unwrap();
    let again = calendar
        .create_event(&"primary".into(), new())
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert!(again.advice().contains("new key"), "{again}");
}

#[tokio::test(start_paused = true)]
async fn descriptions_are_read_as_text_and_kept_as_html() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let mut new = lunch();
    new.description = Some("<b>bold</b> & more".to_owned());
    let made = calendar.create_event(&"primary".into(), new).await.unwrap();
    assert_eq!(made.description.as_deref(), Some("<b>bold</b> & more"));
    assert_eq!(
        made.description_html.as_deref(),
        Some("&lt;b&gt;bold&lt;/b&gt; &amp; more")
    );
}

#[tokio::test(start_paused = true)]
async fn times_out_of_the_office_are_read_as_that() {
    let away = json!({"kind": "calendar#events", "items": [{"id": "away1", "eventType": "outOfOffice",
        "summary": "Away", "start": {"date": "2026-06-01"}, "end": {"date": "2026-06-02"}}]});
    let transport = FaultyTransport::answering(move |_| Response::new(away.to_string().into()));
    let google =
        GoogleCalendar::with_transport(GoogleCalendarConfig::with_token("t"), transport).unwrap();
    let listed = google
        .list_events(
            &"primary".into(),
            &EventQuery::default(),
            &Default::default(),
        )
        .await;
    assert_eq!(listed.unwrap().items[0].show_as, ShowAs::OutOfOffice);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_carries_its_secret_and_keeps_none() {
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let account = account_at(stand_in().with_clock(move || now));
    let provider = account.provider.clone().with_clock(move || now);
    let hook = "https://app.example/hook".parse().unwrap();
    let mut request = WatchRequest::new("primary", hook, SecretString::from("canary"));
    request.ttl = Some(Duration::from_secs(3600));
    let watching = Calendar::new(provider).watching().unwrap();
    let watch = watching.start(&request).await.unwrap();
    assert!(!serde_json::to_string(&watch).unwrap().contains("canary"));
    let sent = account.line.exchanges();
    let body: serde_json::Value = serde_json::from_slice(&sent[0].body).unwrap();
    assert_eq!(body["expiration"], "1780275600000");
    let notices = account.google.notices(watch.id.as_str());
    assert_eq!(notices[0].header("x-goog-channel-token"), Some("canary"));
    // It ended: whoever renews it has to know that notices may be lost.
    let mut ended = watch.clone();
    ended.expires = now;
    let renewed = watching.renew(&ended, &request).await.unwrap_err();
    assert_eq!(renewed.kind(), ErrorKind::NotFound);
    watching.stop(&watch).await.unwrap();
    let renewed = watching.renew(&watch, &request).await.unwrap_err();
    assert_eq!(renewed.kind(), ErrorKind::NotFound);
}

// `sendUpdates` (discovery document): all guests, those outside Google Calendar, or none.
#[tokio::test(start_paused = true)]
async fn those_are_told_whom_the_call_names() {
    for (notify, inside, outside) in [
        (Notify::Nobody, 0, 0),
        (Notify::External, 0, 1),
        (Notify::Everybody, 1, 1),
    ] {
        let account = account();
        let calendar = Calendar::new(account.provider.clone());
        let party = lunch()
            .with_attendee(Attendee::new("in@example.com"))
            .with_attendee(Attendee::new("out@elsewhere.example"))
            .with_notify(notify);
        calendar
            .create_event(&"primary".into(), party)
            .await
            .unwrap();
        let told = |name: &str| account.google.messages(name).len();
        assert_eq!(
            (told("in@example.com"), told("out@elsewhere.example")),
            (inside, outside),
            "{notify:?}"
        );
    }
}
