//! Microsoft Graph.

mod client;

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

#[test]
fn times_are_answered_in_the_zone_that_is_asked_for() {
    let (graph, _) = clocked();
    let made = create(&graph, &event("Lunch", 1, 12));
    // "By default, the start time is in UTC": Berlin is two hours ahead in June.
    let utc = json!({"dateTime": "2026-06-01T10:00:00.0000000", "timeZone": "UTC"});
    assert_eq!(made["start"], utc);
    assert_eq!(made["originalStartTimeZone"], BERLIN);
    let path = format!("me/events/{}", text(&made, "id"));
    let zone = [(
        "prefer",
        "outlook.timezone=\"Asia/Tokyo\", odata.maxpagesize=5",
    )];
    let seen = ask_with(&graph, Method::GET, &path, &Value::Null, &zone);
    let tokyo = json!({"dateTime": "2026-06-01T19:00:00.0000000", "timeZone": "Asia/Tokyo"});
    assert_eq!(seen.json["start"], tokyo);
    let applied = &seen.response.headers()["preference-applied"];
    assert_eq!(
        applied,
        "outlook.timezone=\"Asia/Tokyo\", odata.maxpagesize=5"
    );
    // A zone that the IANA database has and the page does not.
    let zone = [("prefer", "outlook.timezone=\"Europe/Zurich\"")];
    let refused = ask_with(&graph, Method::GET, &path, &Value::Null, &zone);
    assert_eq!(refused.code(), (400, "TimeZoneNotSupportedException"));
    let mut elsewhere = event("x", 1, 12);
    elsewhere["start"]["timeZone"] = "Europe/Zurich".into();
    let refused = ask(&graph, Method::POST, "me/events", &elsewhere);
    assert_eq!(refused.code(), (400, "TimeZoneNotSupportedException"));
    let mut offset = event("x", 1, 12);
    offset["start"]["dateTime"] = "2026-06-01T12:00:00+02:00".into();
    let refused = ask(&graph, Method::POST, "me/events", &offset);
    assert_eq!(refused.code(), (400, "ErrorPropertyValidationFailure"));
}

#[test]
fn whole_days_are_from_midnight_to_midnight_and_are_not_moved() {
    let (graph, _) = clocked();
    let day = |from: &str, to: &str| {
        json!({"subject": "Fair", "isAllDay": true, "start": {"dateTime": from, "timeZone": BERLIN},
            "end": {"dateTime": to, "timeZone": BERLIN}})
    };
    let made = create(&graph, &day("2026-06-01T00:00:00", "2026-06-03T00:00:00"));
    assert_eq!(made["start"]["dateTime"], "2026-06-01T00:00:00.0000000");
    assert_eq!(made["end"]["dateTime"], "2026-06-03T00:00:00.0000000");
    for (from, to) in [
        ("2026-06-01T00:00:00", "2026-06-02T12:00:00"),
        ("2026-06-01T01:00:00", "2026-06-02T00:00:00"),
        ("2026-06-01T00:00:00", "2026-06-01T00:00:00"),
    ] {
        let refused = ask(&graph, Method::POST, "me/events", &day(from, to));
        assert_eq!(
            refused.code(),
            (400, "ErrorPropertyValidationFailure"),
            "{from} {to}"
        );
    }
}

// https://learn.microsoft.com/graph/api/resources/event, transactionId
#[test]
fn a_request_that_is_repeated_makes_one_event() {
    let (graph, _) = clocked();
    let mut body = event("Once", 1, 9);
    body["transactionId"] = "t-1".into();
    let (first, again) = (create(&graph, &body), create(&graph, &body));
    assert_eq!(first["id"], again["id"]);
    assert_eq!((graph.events(OWNER), graph.effects()), (1, 1));
    body["subject"] = "Another".into();
    let other = ask(&graph, Method::POST, "me/events", &body);
    assert_eq!(other.code(), (400, "ErrorDuplicateTransactionId"));
    assert_eq!(other.json["error"]["@event.existingEventId"], first["id"]);
    let path = format!("me/events/{}", text(&first, "id"));
    let change = json!({"transactionId": "t-2"});
    assert_eq!(ask(&graph, Method::PATCH, &path, &change).status, 400);
    assert_eq!(ask(&graph, Method::DELETE, &path, &Value::Null).status, 204);
    body["subject"] = "Once".into();
    let gone = ask(&graph, Method::POST, "me/events", &body);
    assert_eq!(gone.code(), (400, "ErrorDuplicateTransactionId"));
}

#[test]
fn a_version_that_is_old_is_not_written_over() {
    let (graph, _) = clocked();
    let made = create(&graph, &event("One", 1, 9));
    let path = format!("me/events/{}", text(&made, "id"));
    let old = [("if-match", text(&made, "@odata.etag"))];
    let change = json!({"subject": "Two"});
    let first = ask_with(&graph, Method::PATCH, &path, &change, &old);
    assert_eq!(
        (first.status.as_u16(), &first.json["subject"]),
        (200, &json!("Two"))
    );
    assert_ne!(first.json["changeKey"], made["changeKey"]);
    let stale = ask_with(&graph, Method::PATCH, &path, &change, &old);
    assert_eq!(stale.status, 412);
    assert_eq!(
        ask_with(&graph, Method::DELETE, &path, &Value::Null, &old).status,
        412
    );
}

// The examples of https://learn.microsoft.com/graph/api/resources/recurrencepattern, and its table
// of required properties.
#[test]
fn a_pattern_has_what_its_type_requires_and_nothing_else() {
    let (graph, _) = clocked();
    let answer = |pattern: &Value| {
        let mut body = event("Series", 1, 9);
        body["recurrence"] = json!({"pattern": pattern,
            "range": {"type": "noEnd", "startDate": "2026-06-01"}});
        ask(&graph, Method::POST, "me/events", &body)
            .status
            .as_u16()
    };
    let days = json!(["thursday", "friday"]);
    for (good, missing) in [
        (json!({"type": "daily", "interval": 3}), "interval"),
        (
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "tuesday"],
                "firstDayOfWeek": "sunday"}),
            "firstDayOfWeek",
        ),
        (
            json!({"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 15}),
            "dayOfMonth",
        ),
        (
            json!({"type": "relativeMonthly", "interval": 3, "daysOfWeek": days, "index": "second"}),
            "daysOfWeek",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 3, "dayOfMonth": 15, "month": 3}),
            "month",
        ),
        (
            json!({"type": "relativeYearly", "interval": 3, "daysOfWeek": days, "index": "second",
                "month": 11}),
            "month",
        ),
    ] {
        assert_eq!(answer(&good), 201, "{good}");
        let mut less = good.clone();
        less.as_object_mut().unwrap().remove(missing);
        assert_eq!(answer(&less), 400, "{less}");
        for (name, value) in [
            ("month", json!(5)),
            ("dayOfMonth", json!(5)),
            ("daysOfWeek", json!(["monday"])),
            ("index", json!("last")),
            ("firstDayOfWeek", json!("monday")),
        ] {
            let mut more = good.clone();
            if more.get(name).is_none() {
                more[name] = value;
                assert_eq!(answer(&more), 400, "{more}");
            }
        }
    }
    assert_eq!(answer(&json!({"type": "hourly", "interval": 1})), 400);
}

#[test]
fn a_series_begins_on_the_first_day_of_its_pattern() {
    let (graph, _) = clocked();
    // The first of June 2026 is a Monday.
    let mut body = event("Second Thursday or Friday", 1, 9);
    body["recurrence"] = json!({
        "pattern": {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["thursday", "friday"],
            "index": "second"},
        "range": {"type": "numbered", "startDate": "2026-06-01", "numberOfOccurrences": 2}});
    let made = create(&graph, &body);
    // Thursdays and Fridays are the 4th, 5th, 11th and 12th: "on the first day that satisfies".
    assert_eq!(made["start"]["dateTime"], "2026-06-05T07:00:00.0000000");
    assert_eq!(made["recurrence"]["range"]["startDate"], "2026-06-05");
    let mut body = event("Last day", 30, 9);
    body["recurrence"] = json!({
        "pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        "range": {"type": "endDate", "startDate": "2026-06-30", "endDate": "2026-08-31"}});
    let made = create(&graph, &body);
    let path = format!(
        "me/events/{}/instances?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z",
        text(&made, "id")
    );
    let all = get(&graph, &path).json;
    let all = all["value"].as_array().unwrap().iter();
    let all: Vec<_> = all
        .map(|one| &text(&one["start"], "dateTime")[..10])
        .collect();
    assert_eq!(all, ["2026-06-30", "2026-07-31", "2026-08-31"]);
}

#[test]
fn an_occurrence_is_changed_and_taken_out_by_itself() {
    let (graph, _) = clocked();
    let master = create(&graph, &daily("Daily", 5));
    let path = format!("me/events/{}/instances?{JUNE}", text(&master, "id"));
    let all = get(&graph, &path).json["value"].as_array().unwrap().clone();
    assert_eq!(all.len(), 5);
    assert_eq!(all[1]["type"], "occurrence");
    assert_eq!(all[1]["seriesMasterId"], master["id"]);
    assert_eq!(all[1]["originalStart"], "2026-06-02T07:00:00.0000000Z");
    assert_ne!(all[1]["iCalUId"], master["iCalUId"]);
    let one = |place: usize| format!("me/events/{}", text(&all[place], "id"));
    // "An occurrence cannot be moved to or before the day of the previous occurrence."
    for day in [1, 3] {
        let moved = json!({"start": at(day, 15), "end": at(day, 16)});
        let refused = ask(&graph, Method::PATCH, &one(1), &moved);
        assert_eq!(refused.code(), (400, "ErrorOccurrenceCrossingBoundary"));
    }
    let moved = json!({"start": at(2, 15), "end": at(2, 16), "subject": "Later"});
    let changed = ask(&graph, Method::PATCH, &one(1), &moved).json;
    assert_eq!(
        (&changed["type"], &changed["id"]),
        (&json!("exception"), &all[1]["id"])
    );
    assert_eq!(changed["originalStart"], "2026-06-02T07:00:00.0000000Z");
    assert_eq!(
        ask(&graph, Method::DELETE, &one(2), &Value::Null).status,
        204
    );
    assert_eq!(
        ask(&graph, Method::DELETE, &one(2), &Value::Null).code(),
        (404, "ErrorItemNotFound")
    );
    assert_eq!(
        days(&graph),
        [
            "2026-06-01T07:00",
            "2026-06-02T13:00",
            "2026-06-04T07:00",
            "2026-06-05T07:00"
        ]
    );
    let id = text(&master, "id");
    let whole = get(
        &graph,
        &format!(
            "me/events/{id}?$select=subject,cancelledOccurrences&$expand=exceptionOccurrences"
        ),
    )
    .json;
    assert_eq!(
        whole["cancelledOccurrences"],
        json!([format!("OID.{id}.2026-06-03")])
    );
    assert_eq!(whole["exceptionOccurrences"][0]["subject"], "Later");
    assert!(whole.get("start").is_none());
    // What the series has, an exception has too, unless it changed that.
    let renamed = json!({"subject": "Every day", "location": {"displayName": "Hall"}});
    ask(&graph, Method::PATCH, &format!("me/events/{id}"), &renamed);
    let seen = get(&graph, &one(1)).json;
    assert_eq!(seen["subject"], "Later");
    assert_eq!(seen["location"]["displayName"], "Hall");
    // A series whose times change loses its exceptions.
    let later = json!({"start": at(1, 10), "end": at(1, 11)});
    assert_eq!(
        ask(&graph, Method::PATCH, &format!("me/events/{id}"), &later).status,
        200
    );
    assert_eq!(days(&graph).len(), 5);
    assert_eq!(graph.events(OWNER), 1);
    assert_eq!(
        ask(
            &graph,
            Method::DELETE,
            &format!("me/events/{id}"),
            &Value::Null
        )
        .status,
        204
    );
    assert_eq!(days(&graph).len(), 0);
}

// https://learn.microsoft.com/graph/api/event-delta
#[test]
fn delta_has_what_changed_and_what_is_gone() {
    let (graph, _) = clocked();
    let lunch = create(&graph, &event("Lunch", 10, 12));
    let series = create(&graph, &daily("Daily", 3));
    let kinds = |all: &[Value]| {
        let mut kinds: Vec<_> = all
            .iter()
            .map(|one| one["type"].as_str().unwrap_or("removed").to_owned())
            .collect();
        kinds.sort();
        kinds
    };
    let (all, link) = round(&graph, &format!("me/calendarView/delta?{JUNE}"));
    let each = [
        "occurrence",
        "occurrence",
        "occurrence",
        "seriesMaster",
        "singleInstance",
    ];
    assert_eq!(kinds(&all), each);
    let (none, link) = round(&graph, &link);
    assert_eq!(none, Vec::<Value>::new());
    let occurrence = all.iter().find(|one| one["type"] == "occurrence").unwrap();
    let gone = format!("me/events/{}", text(occurrence, "id"));
    ask(&graph, Method::DELETE, &gone, &Value::Null);
    ask(
        &graph,
        Method::DELETE,
        &format!("me/events/{}", text(&lunch, "id")),
        &Value::Null,
    );
    // "Events that are outside the date range and that have been added, deleted, or updated."
    let mut later = event("July", 1, 9);
    later["start"]["dateTime"] = "2026-07-10T09:00:00".into();
    later["end"]["dateTime"] = "2026-07-10T10:00:00".into();
    create(&graph, &later);
    let (changes, link) = round(&graph, &link);
    let each = [
        "occurrence",
        "occurrence",
        "removed",
        "removed",
        "removed",
        "seriesMaster",
    ];
    assert_eq!(kinds(&changes), each);
    let removed = changes.iter().filter(|one| one.get("@removed").is_some());
    let removed: Vec<_> = removed.collect();
    assert!(
        removed
            .iter()
            .all(|one| one["@removed"]["reason"] == "deleted")
    );
    assert!(removed.iter().any(|one| one["id"] == occurrence["id"]));
    let path = format!("me/events/{}", text(&series, "id"));
    ask(&graph, Method::DELETE, &path, &Value::Null);
    let (changes, link) = round(&graph, &link);
    assert_eq!(kinds(&changes), ["removed", "removed", "removed"]);
    for option in [
        "$select=subject",
        "$filter=subject eq 'x'",
        "$orderby=subject",
        "$expand=calendar",
    ] {
        let path = format!("me/calendarView/delta?{JUNE}&{option}");
        assert_eq!(get(&graph, &path).status, 400, "{option}");
    }
    graph.expire_sync_tokens(OWNER);
    assert_eq!(get(&graph, &link).code(), (410, "SyncStateNotFound"));
    assert_eq!(
        round(&graph, &format!("me/calendarView/delta?{JUNE}"))
            .0
            .len(),
        0
    );
}

// https://stackoverflow.com/q/55641502
#[test]
fn delta_can_be_silent_about_an_occurrence_that_was_taken_out() {
    let (graph, _) = clocked();
    let graph = graph.with_silent_cancellations();
    create(&graph, &daily("Daily", 3));
    let (all, link) = round(&graph, &format!("me/calendarView/delta?{JUNE}"));
    let one = all.iter().find(|one| one["type"] == "occurrence").unwrap();
    let gone = format!("me/events/{}", text(one, "id"));
    assert_eq!(ask(&graph, Method::DELETE, &gone, &Value::Null).status, 204);
    let (changes, _) = round(&graph, &link);
    assert_eq!(changes.len(), 3);
    assert!(changes.iter().all(|one| one.get("@removed").is_none()));
}

#[test]
fn lists_are_filtered_ordered_and_paged() {
    let (graph, _) = clocked();
    for (subject, day) in [("b", 3), ("a", 2), ("c", 1)] {
        let mut body = event(subject, day, 9);
        body["categories"] = json!([format!("colour {subject}")]);
        create(&graph, &body);
    }
    let subjects = |path: &str| {
        let answer = get(&graph, path);
        assert_eq!(answer.status, 200, "{path} {}", answer.json);
        let all = answer.json["value"].as_array().unwrap();
        let all: String = all.iter().map(|one| text(one, "subject")).collect();
        (all, answer.json)
    };
    assert_eq!(subjects("me/events?$orderby=start/dateTime desc").0, "bac");
    assert_eq!(
        subjects("me/events?$filter=start/dateTime ge '2026-06-02T00:00'&orderby=subject").0,
        "ab"
    );
    assert_eq!(
        subjects("me/events?$filter=categories/any(x:x eq 'colour c')").0,
        "c"
    );
    let (first, answer) = subjects("me/events?$orderby=subject&$top=2&$count=true");
    assert_eq!((first.as_str(), &answer["@odata.count"]), ("ab", &json!(3)));
    let (last, answer) = subjects(text(&answer, "@odata.nextLink"));
    assert_eq!((last.as_str(), answer.get("@odata.nextLink")), ("c", None));
    for path in [
        "me/events?$fancy=1",
        "me/events?startDateTime=2026-06-01T00:00:00Z",
        "me/events?$top=0",
        "me/events?$filter=colour eq 'red'",
        "me/events?$select=colour",
        "me/events?$expand=instances",
        "me/calendarView",
        "me/calendarView?startDateTime=2026-06-01",
    ] {
        assert_eq!(get(&graph, path).status, 400, "{path}");
    }
}

#[test]
fn ids_have_two_forms_and_both_are_taken() {
    let (graph, _) = clocked();
    let made = create(&graph, &event("One", 1, 9));
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    let path = format!("me/events/{}", text(&made, "id"));
    let seen = ask_with(&graph, Method::GET, &path, &Value::Null, &immutable);
    assert_ne!(seen.json["id"], made["id"]);
    assert_eq!(
        seen.response.headers()["preference-applied"],
        "IdType=\"ImmutableId\""
    );
    let path = format!("me/events/{}", text(&seen.json, "id"));
    assert_eq!(get(&graph, &path).json["id"], made["id"]);
    assert_eq!(
        get(&graph, "me/events/what").code(),
        (400, "ErrorInvalidIdMalformed")
    );
}

#[test]
fn extended_properties_are_answered_when_they_are_named() {
    let (graph, _) = clocked();
    let id = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Colour";
    let mut body = event("One", 1, 9);
    body["singleValueExtendedProperties"] = json!([{"id": id, "value": "Green"}]);
    let made = create(&graph, &body);
    create(&graph, &event("Two", 2, 9));
    assert!(made.get("singleValueExtendedProperties").is_none());
    let expand = format!("$expand=singleValueExtendedProperties($filter=id eq '{id}')");
    let path = format!("me/events/{}?{expand}", text(&made, "id"));
    let seen = get(&graph, &path).json;
    assert_eq!(
        seen["singleValueExtendedProperties"],
        json!([{"id": id, "value": "Green"}])
    );
    let filter =
        format!("singleValueExtendedProperties/Any(ep: ep/id eq '{id}' and ep/value eq 'Green')");
    let found = get(&graph, &format!("me/events?$filter={filter}&{expand}")).json;
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    assert_eq!(
        found["value"][0]["singleValueExtendedProperties"][0]["value"],
        "Green"
    );
    body["singleValueExtendedProperties"] = json!([{"id": "Colour", "value": "Green"}]);
    assert_eq!(ask(&graph, Method::POST, "me/events", &body).status, 400);
}

// https://learn.microsoft.com/graph/api/resources/subscription
#[test]
fn a_subscription_is_proven_told_renewed_and_ended() {
    let (graph, now) = clocked();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let graph = graph.with_delivery(move |request| {
        let url = url::Url::parse(&request.uri().to_string()).unwrap();
        let token = url
            .query_pairs()
            .find(|(name, _)| name == "validationToken");
        seen.lock().unwrap().push(url.path().to_owned());
        let body = token
            .map(|(_, token)| token.into_owned())
            .unwrap_or_default();
        let status = if url.path() == "/no" { 404 } else { 200 };
        let answer = Response::builder()
            .status(status)
            .header("content-type", "text/plain");
        answer.body(body.into()).unwrap()
    });
    let new = |url: &str, minutes: i64| {
        let at = *now.lock().unwrap() + SignedDuration::from_mins(minutes);
        json!({"changeType": "created,updated,deleted", "resource": "me/events",
            "notificationUrl": url, "lifecycleNotificationUrl": "https://app.example/life",
            "clientState": "s3cret", "expirationDateTime": at.to_string()})
    };
    let start = |body: &Value| ask(&graph, Method::POST, "subscriptions", body);
    assert_eq!(
        start(&new("https://app.example/no", 60)).code(),
        (400, "ValidationError")
    );
    assert_eq!(graph.effects(), 0);
    let made = start(&new("https://app.example/hook", 10)).json;
    assert_eq!(*asked.lock().unwrap(), ["/no", "/hook", "/life"]);
    // "Under 45 minutes after the request, it is set to 45 minutes after the request."
    assert_eq!(made["expirationDateTime"], "2026-05-01T00:45:00.0000000Z");
    for (name, value) in [
        ("expirationDateTime", json!("2026-05-09T00:00:00Z")),
        ("expirationDateTime", json!("2026-04-30T00:00:00Z")),
        ("clientState", json!("x".repeat(129))),
        ("notificationUrl", json!("http://app.example/hook")),
        ("resource", json!("me/messages")),
        ("changeType", json!("created,moved")),
        ("changeType", json!("")),
    ] {
        let mut wrong = new("https://app.example/hook", 60);
        wrong[name] = value;
        assert_eq!(start(&wrong).status, 400, "{wrong}");
    }
    let id = text(&made, "id");
    let event = create(&graph, &event("Noticed", 1, 9));
    let notices = graph.notices(id);
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].address, "https://app.example/hook");
    assert_eq!(notices[0].field("changeType"), Some("created"));
    assert_eq!(notices[0].field("clientState"), Some("s3cret"));
    let data = &notices[0].body["value"][0]["resourceData"];
    assert_eq!(data["id"], event["id"]);
    assert_eq!(data["@odata.etag"], event["@odata.etag"]);
    graph.lifecycle(id, Lifecycle::ReauthorizationRequired);
    let path = format!("me/events/{}", text(&event, "id"));
    ask(
        &graph,
        Method::PATCH,
        &path,
        &json!({"subject": "Unnoticed"}),
    );
    let notices = graph.notices(id);
    assert_eq!(notices.len(), 2);
    assert_eq!(
        notices[1].field("lifecycleEvent"),
        Some("reauthorizationRequired")
    );
    assert_eq!(notices[1].address, "https://app.example/life");
    let sub = format!("subscriptions/{id}");
    assert_eq!(
        ask(
            &graph,
            Method::POST,
            &format!("{sub}/reauthorize"),
            &Value::Null
        )
        .status,
        204
    );
    ask(&graph, Method::DELETE, &path, &Value::Null);
    assert_eq!(graph.notices(id).len(), 3);
    let renewal = json!({"expirationDateTime": "2026-05-02T00:00:00Z"});
    let renewed = ask(&graph, Method::PATCH, &sub, &renewal);
    assert_eq!(
        renewed.json["expirationDateTime"],
        "2026-05-02T00:00:00.0000000Z"
    );
    let address = json!({"lifecycleNotificationUrl": "https://app.example/other"});
    assert_eq!(ask(&graph, Method::PATCH, &sub, &address).status, 400);
    *now.lock().unwrap() += SignedDuration::from_hours(24);
    assert_eq!(get(&graph, &sub).status, 404);
    assert_eq!(get(&graph, "subscriptions").json["value"], json!([]));
}

// https://learn.microsoft.com/graph/errors
#[test]
fn planned_refusals_and_the_limit_have_graphs_form() {
    let (graph, now) = clocked();
    graph.refuse_next([Refusal::mailbox_concurrency().with_retry_after(7)]);
    let id = [("client-request-id", "mine")];
    let refused = ask_with(&graph, Method::GET, "me/calendar", &Value::Null, &id);
    assert_eq!(refused.code(), (429, "ApplicationThrottled"));
    assert_eq!(refused.response.headers()["retry-after"], "7");
    assert_eq!(refused.response.headers()["client-request-id"], "mine");
    let inner = &refused.json["error"]["innerError"];
    assert_eq!(inner["client-request-id"], "mine");
    assert_eq!(
        inner["request-id"],
        refused.response.headers()["request-id"].to_str().unwrap()
    );
    graph.limit_per_minute(2);
    let code = || get(&graph, "me/calendar").status.as_u16();
    assert_eq!([code(), code(), code()], [200, 200, 429]);
    *now.lock().unwrap() += SignedDuration::from_secs(60);
    assert_eq!(code(), 200);
    let stranger = Request::get("/v1.0/me/calendar")
        .body(Bytes::new())
        .unwrap();
    assert_eq!(graph.answer(stranger).status(), 401);
}
