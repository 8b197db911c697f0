//! Events by themselves, and lists of them.

use super::*;

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
