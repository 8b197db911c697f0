//! Microsoft's own client, and Microsoft's description.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use integrations_sandbox::Server;
use integrations_sandbox::microsoft_graph::{MicrosoftGraph, OWNER, Refusal, TOKEN};
use integrations_sandbox::openapi::OpenApi;

/// Microsoft's description of Graph, where it is at hand. Says so when it is not there.
fn openapi() -> Option<OpenApi> {
    let named = std::env::var_os("INTEGRATIONS_SPECS").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let path = named.unwrap_or_else(beside).join("microsoft-graph");
    match std::fs::read(path.join("graph-v1.0-calendar-onlinemeetings-openapi.json")) {
        Ok(text) => Some(OpenApi::read(&text).unwrap()),
        Err(_) => {
            eprintln!("skipped: Microsoft's description is not there; set INTEGRATIONS_SPECS");
            None
        }
    }
}

/// What the vendor's client needs to be told, and that it is there.
fn python() -> Option<String> {
    let python = std::env::var("INTEGRATIONS_GRAPH_PYTHON").ok();
    if python.is_none() {
        let required = std::env::var_os("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_some();
        assert!(!required, "INTEGRATIONS_GRAPH_PYTHON is not set");
        eprintln!("skipped: msgraph-sdk is not there; `cargo xtask test` installs it");
    }
    python
}

/// What the part of the description that is at hand does not have, and Microsoft's pages do.
const UNDESCRIBED: [&str; 2] = ["/findMeetingTimes", "/api/v2.0/"];

#[tokio::test]
async fn microsofts_own_client_drives_it_and_every_answer_is_as_microsoft_describes_it() {
    let Some(python) = python() else {
        return;
    };
    let wrong = Arc::new(Mutex::new((0, Vec::new())));
    let mut graph = MicrosoftGraph::of(OWNER, "Europe/Berlin").with_mailbox("ada@example.com");
    let openapi = openapi();
    let described = openapi.is_some();
    if let Some(openapi) = openapi {
        let seen = wrong.clone();
        graph = graph.with_observer(move |request, response| {
            let path = request.uri().path_and_query().unwrap().as_str();
            if UNDESCRIBED.iter().any(|part| path.contains(part)) {
                return;
            }
            let verb = request.method().as_str();
            let (status, content) = (response.status().as_u16(), response.body());
            let mut seen = seen.lock().unwrap();
            seen.0 += 1;
            if status < 400 {
                seen.1
                    .extend(openapi.check_request(verb, path, request.body()));
            }
            seen.1
                .extend(openapi.check_answer(verb, path, status, content));
        });
    }
    graph.refuse_next([Refusal::throttled().with_retry_after(1)]);
    let server = Server::start(0, graph.handler()).await.unwrap();
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/graph_client.py");
    let ran = tokio::process::Command::new(python)
        .arg(script)
        .arg(format!("{}/v1.0", server.url()))
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
    assert!(seen.0 > 100 || !described, "only {} answers", seen.0);
}

#[test]
fn a_description_finds_what_it_does_not_have() {
    let Some(openapi) = openapi() else {
        return;
    };
    let event =
        r#"{"subject": "x", "start": {"dateTime": "2026-06-01T09:00:00", "timeZone": "UTC"}}"#;
    let window = "startDateTime=2026-06-01&endDateTime=2026-06-02";
    for (verb, path, body, wrong) in [
        ("GET", "me/events?$top=5&$select=subject,start", "", 0),
        ("GET", "users/ada@example.com/calendars/1/events/2", "", 0),
        ("GET", "me/events?$top=five", "", 1),
        ("GET", "me/events?$select=subject,colour", "", 1),
        ("GET", "me/events?$fast=true", "", 1),
        ("GET", "me/calendarView", "", 2),
        ("GET", &format!("me/calendarView?{window}"), "", 0),
        ("GET", &format!("me/calendarView/delta?{window}"), "", 0),
        ("GET", "me/calendarView/delta", "", 2),
        ("GET", "me/calendarView/delta?$deltatoken=1", "", 0),
        ("GET", &format!("me/events/1/instances?{window}"), "", 0),
        (
            "GET",
            "me/events/1?$expand=singleValueExtendedProperties($filter=id eq 'a,b')",
            "",
            0,
        ),
        ("POST", "me/events", event, 0),
        ("POST", "me/events", "", 1),
        ("POST", "me/events", r#"{"subject": 1}"#, 1),
        ("POST", "me/events", r#"{"sumary": "x"}"#, 1),
        ("POST", "me/events", r#"{"showAs": "away"}"#, 1),
        (
            "POST",
            "me/events",
            r#"{"attendees": {"type": "required"}}"#,
            1,
        ),
        (
            "POST",
            "me/events",
            r#"{"attendees": [{"type": "needed", "emailAdress": {}}]}"#,
            2,
        ),
        (
            "POST",
            "me/events",
            r#"{"recurrence": {"pattern": {"type": "hourly"}}}"#,
            1,
        ),
        ("PATCH", "me/events/1", r#"{"id": "2"}"#, 1),
        ("POST", "me/events/1/accept", r#"{"sendResponse": true}"#, 0),
        (
            "POST",
            "me/events/1/accept",
            r#"{"sendResponse": "yes"}"#,
            1,
        ),
        ("POST", "me/events/1/accept", "", 0),
        (
            "POST",
            "me/events/1/attachments",
            r##"{"@odata.type": "#microsoft.graph.fileAttachment", "name": "x", "contentBytes": "YQ=="}"##,
            0,
        ),
        (
            "POST",
            "me/events/1/attachments",
            r##"{"@odata.type": "#microsoft.graph.fileAttachment", "contentBytes": "?"}"##,
            1,
        ),
        ("DELETE", "me/events/1", "{}", 1),
        ("PUT", "me/events/1", "{}", 1),
    ] {
        let path = format!("/v1.0/{path}");
        let found = openapi.check_request(verb, &path, body.as_bytes());
        assert_eq!(found.len(), wrong, "{verb} {path} {body}: {found:?}");
    }
    for (verb, path, status, body, wrong) in [
        (
            "PATCH",
            "me/events/1",
            200,
            r#"{"id": "1", "@odata.etag": "x"}"#,
            0,
        ),
        ("PATCH", "me/events/1", 200, r#"{"etag": "x"}"#, 1),
        (
            "GET",
            "me/events",
            200,
            r#"{"value": [{"subject": null}]}"#,
            0,
        ),
        ("GET", "me/events", 200, r#"{"value": [{"id": null}]}"#, 1),
        ("GET", "me/events", 200, "", 1),
        (
            "GET",
            "me/events",
            404,
            r#"{"error": {"code": "x", "message": ""}}"#,
            0,
        ),
        ("GET", "me/events", 404, r#"{"error": {"message": ""}}"#, 1),
    ] {
        let found = openapi.check_answer(verb, &format!("/v1.0/{path}"), status, body.as_bytes());
        assert_eq!(found.len(), wrong, "{verb} {path} {body}: {found:?}");
    }
}
