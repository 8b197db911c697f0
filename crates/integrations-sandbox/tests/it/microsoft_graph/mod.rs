//! Microsoft Graph.

mod client;
mod delta;
mod events;
mod files;
mod people;
mod requests;
mod series;
mod subscriptions;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use integrations_sandbox::microsoft_graph::{Lifecycle, MicrosoftGraph, OWNER, Refusal, TOKEN};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const BERLIN: &str = "W. Europe Standard Time";

struct Answer {
    status: StatusCode,
    response: Response<Bytes>,
    json: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        let code = self.json["error"]["code"].as_str().unwrap_or_default();
        (self.status.as_u16(), code)
    }
}

fn ask(graph: &MicrosoftGraph, verb: Method, path: &str, body: &Value) -> Answer {
    ask_with(graph, verb, path, body, &[])
}

fn get(graph: &MicrosoftGraph, path: &str) -> Answer {
    ask(graph, Method::GET, path, &Value::Null)
}

fn ask_with(
    graph: &MicrosoftGraph,
    verb: Method,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> Answer {
    let uri = match path.strip_prefix("https://graph.microsoft.com") {
        Some(path) => path.to_owned(),
        None => format!("/v1.0/{path}"),
    };
    let mut request = Request::builder()
        .method(verb)
        .uri(uri.replace(' ', "%20"))
        .header("authorization", format!("Bearer {TOKEN}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Value::Null => Bytes::new(),
        body => body.to_string().into(),
    };
    let response = graph.answer(request.body(body).unwrap());
    let json = serde_json::from_slice(response.body()).unwrap_or_default();
    Answer {
        status: response.status(),
        response,
        json,
    }
}

/// A clock that the test moves.
fn clocked() -> (MicrosoftGraph, Arc<Mutex<Timestamp>>) {
    let now = Arc::new(Mutex::new("2026-05-01T00:00:00Z".parse().unwrap()));
    let clock = now.clone();
    let graph = MicrosoftGraph::of(OWNER, "Europe/Berlin");
    (graph.with_clock(move || *clock.lock().unwrap()), now)
}

fn at(day: u8, hour: u8) -> Value {
    json!({"dateTime": format!("2026-06-{day:02}T{hour:02}:00:00"), "timeZone": BERLIN})
}

fn event(subject: &str, day: u8, hour: u8) -> Value {
    json!({"subject": subject, "start": at(day, hour), "end": at(day, hour + 1)})
}

fn daily(subject: &str, count: u8) -> Value {
    let mut made = event(subject, 1, 9);
    made["recurrence"] = json!({"pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": "2026-06-01", "numberOfOccurrences": count}});
    made
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

fn create(graph: &MicrosoftGraph, body: &Value) -> Value {
    let made = ask(graph, Method::POST, "me/events", body);
    assert_eq!(made.status, 201, "{}", made.json);
    made.json
}

const JUNE: &str = "startDateTime=2026-06-01T00:00:00Z&endDateTime=2026-07-01T00:00:00Z";

/// Every event of a view, in order, by a part of its start.
fn days(graph: &MicrosoftGraph) -> Vec<String> {
    let view = get(graph, &format!("me/calendarView?{JUNE}&$top=100"));
    let all = view.json["value"].as_array().unwrap().iter();
    all.map(|one| text(&one["start"], "dateTime")[..16].to_owned())
        .collect()
}

/// A round of delta, followed to its end: what came, and the link for the next.
fn round(graph: &MicrosoftGraph, link: &str) -> (Vec<Value>, String) {
    let (mut link, mut all) = (link.to_owned(), Vec::new());
    loop {
        let page = [("prefer", "odata.maxpagesize=2, IdType=\"ImmutableId\"")];
        let answer = ask_with(graph, Method::GET, &link, &Value::Null, &page);
        assert_eq!(answer.status, 200, "{}", answer.json);
        let value = answer.json["value"].as_array().unwrap();
        assert!(value.len() <= 2);
        all.extend(value.iter().cloned());
        match answer.json["@odata.nextLink"].as_str() {
            Some(next) => next.clone_into(&mut link),
            None => return (all, text(&answer.json, "@odata.deltaLink").to_owned()),
        }
    }
}
