//! Google Calendar.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use integrations_sandbox::Server;
use integrations_sandbox::discovery::Discovery;
use integrations_sandbox::google_calendar::{GoogleCalendar, Refusal, TOKEN};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Google's discovery document, where it is at hand. Says so when it is not there.
fn discovery() -> Option<Discovery> {
    let named = std::env::var_os("INTEGRATIONS_SPECS").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let path = named.unwrap_or_else(beside);
    match std::fs::read(path.join("google/google-calendar.v3.json")) {
        Ok(text) => Some(Discovery::read(&text).unwrap()),
        Err(_) => {
            eprintln!("skipped: Google's discovery document is not there; set INTEGRATIONS_SPECS");
            None
        }
    }
}

/// What the vendor's client needs to be told, and that it is there.
fn python() -> Option<String> {
    let python = std::env::var("INTEGRATIONS_GOOGLE_PYTHON").ok();
    if python.is_none() {
        let required = std::env::var_os("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_some();
        assert!(!required, "INTEGRATIONS_GOOGLE_PYTHON is not set");
        eprintln!("skipped: google-api-python-client is not there; `cargo xtask test` installs it");
    }
    python
}

fn call(google: &GoogleCalendar, verb: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let (status, _, json) = call_with(google, verb, path, body, &[]);
    (status, json)
}

fn call_with(
    google: &GoogleCalendar,
    verb: Method,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> (StatusCode, Response<Bytes>, Value) {
    let mut request = Request::builder()
        .method(verb)
        .uri(format!("/calendar/v3/{path}"))
        .header("authorization", format!("Bearer {TOKEN}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Value::Null => Bytes::new(),
        body => body.to_string().into(),
    };
    let response = google.answer(request.body(body).unwrap());
    let json = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status(), response, json)
}

fn event(summary: &str) -> Value {
    json!({"summary": summary, "start": {"dateTime": "2026-06-01T09:00:00Z"},
        "end": {"dateTime": "2026-06-01T10:00:00Z"}})
}

#[tokio::test]
async fn googles_own_client_drives_it_and_every_answer_is_as_google_describes_it() {
    let Some(python) = python() else {
        return;
    };
    let wrong = Arc::new(Mutex::new((0, Vec::new())));
    let mut google = GoogleCalendar::new();
    if let Some(discovery) = discovery() {
        let seen = wrong.clone();
        google = google.with_observer(move |request, response| {
            let path = request.uri().path_and_query().unwrap().as_str();
            let verb = request.method().as_str();
            let mut seen = seen.lock().unwrap();
            seen.0 += 1;
            if response.status().is_success() {
                seen.1
                    .extend(discovery.check_request(verb, path, request.body()));
                seen.1
                    .extend(discovery.check_answer(verb, path, response.body()));
            }
        });
    }
    let server = Server::start(0, google.handler()).await.unwrap();
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/google_client.py");
    let ran = tokio::process::Command::new(python)
        .arg(script)
        .arg(format!("{}/calendar/v3/", server.url()))
        .arg(TOKEN)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let why = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}\n{why}");
    assert_eq!(said.trim(), "everything held");
    let seen = wrong.lock().unwrap();
    assert_eq!(seen.1, Vec::<String>::new(), "of {} answers", seen.0);

    // What the channel got: one message of its own, one of a change, none after its end.
    let notices = google.notices("channel-1");
    let state = |at: usize| notices[at].header("x-goog-resource-state");
    assert_eq!(notices.len(), 2);
    assert_eq!((state(0), state(1)), (Some("sync"), Some("exists")));
    assert_eq!(notices[1].header("x-goog-message-number"), Some("2"));
    assert_eq!(notices[1].header("x-goog-channel-token"), Some("s3cret"));
}

// https://developers.google.com/workspace/calendar/api/guides/errors
#[test]
fn planned_refusals_and_the_quota_have_googles_reasons() {
    let now = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
    let clock = now.clone();
    let google = GoogleCalendar::new().with_clock(move || *clock.lock().unwrap());
    google.refuse_next([Refusal::rate_limit(), Refusal::too_many_requests()]);
    for (status, reason) in [(403, "rateLimitExceeded"), (429, "rateLimitExceeded")] {
        let (code, body) = call(&google, Method::GET, "users/me/calendarList", &Value::Null);
        assert_eq!(code, status);
        assert_eq!(body["error"]["errors"][0]["reason"], reason);
        assert_eq!(body["error"]["errors"][0]["domain"], "usageLimits");
        assert_eq!(body["error"]["code"], status);
    }
    google.limit_per_minute(2);
    let ask = || {
        call(&google, Method::GET, "calendars/primary", &Value::Null)
            .0
            .as_u16()
    };
    assert_eq!([ask(), ask(), ask()], [200, 200, 403]);
    *now.lock().unwrap() += SignedDuration::from_secs(60);
    assert_eq!(ask(), 200);
}

#[test]
fn who_is_told_is_what_send_updates_says() {
    let google = GoogleCalendar::new();
    let mut body = event("Party");
    body["attendees"] = json!([{"email": "in@example.com"}, {"email": "out@elsewhere.example"}]);
    let told = |name: &str| google.messages(name).len();
    let path = "calendars/primary/events";
    for (updates, inside, outside) in [
        ("", 0, 0),
        ("?sendUpdates=externalOnly", 0, 1),
        ("?sendUpdates=all", 1, 2),
    ] {
        call(&google, Method::POST, &format!("{path}{updates}"), &body);
        assert_eq!(
            (told("in@example.com"), told("out@elsewhere.example")),
            (inside, outside)
        );
    }
}

#[test]
fn one_answer_alone_is_changed_with_attendees_omitted() {
    let google = GoogleCalendar::new();
    let mut body = event("Party");
    body["attendees"] = json!([{"email": "a@example.com"}, {"email": "owner@example.com"}]);
    let (_, made) = call(&google, Method::POST, "calendars/primary/events", &body);
    let path = format!("calendars/primary/events/{}", made["id"].as_str().unwrap());
    let answer = json!({"attendeesOmitted": true,
        "attendees": [{"email": "owner@example.com", "responseStatus": "accepted"}]});
    let (status, changed) = call(&google, Method::PATCH, &path, &answer);
    assert_eq!(status, 200);
    let answers: Vec<_> = changed["attendees"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["responseStatus"])
        .collect();
    assert_eq!(answers, ["needsAction", "accepted"]);
}

#[test]
fn channels_end_when_their_time_is_over() {
    let now = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
    let clock = now.clone();
    let google = GoogleCalendar::new().with_clock(move || *clock.lock().unwrap());
    let channel = json!({"id": "c", "type": "web_hook", "address": "https://app.example/hook",
        "expiration": "60000"});
    let (status, made) = call(
        &google,
        Method::POST,
        "calendars/primary/events/watch",
        &channel,
    );
    assert_eq!(
        (status.as_u16(), &made["expiration"]),
        (200, &json!("60000"))
    );
    *now.lock().unwrap() += SignedDuration::from_secs(61);
    call(
        &google,
        Method::POST,
        "calendars/primary/events",
        &event("Late"),
    );
    assert_eq!(google.notices("c").len(), 1);
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let google = GoogleCalendar::new();
    let (_, made) = call(
        &google,
        Method::POST,
        "calendars/primary/events",
        &event("Known"),
    );
    let path = format!("calendars/primary/events/{}", made["id"].as_str().unwrap());
    let etag = [("if-none-match", made["etag"].as_str().unwrap())];
    let (status, response, _) = call_with(&google, Method::GET, &path, &Value::Null, &etag);
    assert_eq!((status.as_u16(), response.body().len()), (304, 0));
}

#[test]
fn expired_tokens_ask_for_everything_again() {
    let google = GoogleCalendar::new();
    let path = "calendars/primary/events";
    let token = |body: &Value| body["nextSyncToken"].as_str().unwrap().to_owned();
    let first = token(&call(&google, Method::GET, path, &Value::Null).1);
    let follow = |token: &str| {
        call(
            &google,
            Method::GET,
            &format!("{path}?syncToken={token}"),
            &Value::Null,
        )
    };
    assert_eq!(follow(&first).0, 200);
    google.expire_sync_tokens("primary");
    let (status, body) = follow(&first);
    assert_eq!(
        (status.as_u16(), &body["error"]["errors"][0]["reason"]),
        (410, &json!("fullSyncRequired"))
    );
    let second = token(&call(&google, Method::GET, path, &Value::Null).1);
    assert_eq!(follow(&second).0, 200);
}

#[test]
fn a_document_finds_what_it_does_not_describe() {
    let Some(discovery) = discovery() else {
        return;
    };
    let list = "/calendar/v3/calendars/primary/events";
    for (verb, path, body, wrong) in [
        (
            "GET",
            format!("{list}?singleEvents=true&timeMin=2026-06-01T00:00:00Z"),
            "",
            0,
        ),
        ("GET", format!("{list}?singleEvents=yes"), "", 1),
        ("GET", format!("{list}?timeMin=yesterday"), "", 1),
        ("GET", format!("{list}?orderBy=name"), "", 1),
        ("GET", format!("{list}?fast=true"), "", 1),
        (
            "POST",
            list.to_owned(),
            r#"{"summary": "x", "start": {"date": "2026-06-01"}}"#,
            0,
        ),
        ("POST", list.to_owned(), r#"{"summary": 1}"#, 1),
        ("POST", list.to_owned(), r#"{"sumary": "x"}"#, 1),
        (
            "POST",
            list.to_owned(),
            r#"{"attendees": {"email": "x"}}"#,
            1,
        ),
        ("POST", list.to_owned(), r#"{"start": {"date": "June"}}"#, 1),
        ("POST", format!("{list}/1/move"), "", 1),
        ("PUT", "/calendar/v3/nothing".to_owned(), "", 1),
    ] {
        let found = discovery.check_request(verb, &path, body.as_bytes());
        assert_eq!(found.len(), wrong, "{verb} {path} {body}: {found:?}");
    }
}
