//! What is of every request: errors, limits, batches.

use super::*;

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

fn batch(graph: &MicrosoftGraph, requests: &Value) -> Answer {
    ask(
        graph,
        Method::POST,
        "$batch",
        &json!({ "requests": requests }),
    )
}

// https://learn.microsoft.com/graph/json-batching
#[test]
fn the_requests_of_a_batch_are_answered_each_by_itself() {
    let (graph, _) = clocked();
    let json = json!({"Content-Type": "application/json"});
    let new = |id: &str, subject: &str| {
        json!({"id": id, "method": "POST", "url": "/me/events", "headers": json,
            "body": event(subject, 1, 9)})
    };
    graph.refuse_next([Refusal::throttled().with_retry_after(9)]);
    let requests = json!([
        new("1", "Refused"),
        new("2", "Made"),
        {"id": "3", "method": "GET", "url": "/me/events?$select=subject", "dependsOn": ["2"]},
        {"id": "4", "method": "GET", "url": "me/events", "dependsOn": ["1"]},
        {"id": "5", "method": "GET", "url": "/me/events",
            "headers": {"Prefer": "IdType=\"ImmutableId\""}},
    ]);
    let answer = batch(&graph, &requests);
    assert_eq!(answer.status, 200);
    let all = answer.json["responses"].as_array().unwrap();
    let of = |id: &str| all.iter().find(|one| one["id"] == id).unwrap();
    let status = |id: &str| of(id)["status"].as_u64().unwrap();
    assert_eq!([status("1"), status("2"), status("3")], [429, 201, 200]);
    // "Any request that depends on that request fails with status code 424 (Failed Dependency)."
    assert_eq!([status("4"), status("5")], [424, 200]);
    assert_eq!(of("1")["headers"]["Retry-After"], "9");
    assert_eq!(of("1")["body"]["error"]["code"], "ApplicationThrottled");
    assert_eq!(of("3")["body"]["value"][0]["subject"], "Made");
    assert_ne!(of("5")["body"]["value"][0]["id"], of("2")["body"]["id"]);
    // "Individual responses might appear in a different order than the requests."
    assert_eq!(all[0]["id"], "5");
    assert_eq!(graph.effects(), 1);
}

#[test]
fn a_batch_that_is_none_is_refused_whole() {
    let (graph, _) = clocked();
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "/me/events"});
    let many = |count: u8| (0..count).map(|it| get(&it.to_string())).collect::<Value>();
    assert_eq!(batch(&graph, &many(20)).status, 200);
    let bodied =
        json!({"id": "1", "method": "POST", "url": "/me/events", "body": event("x", 1, 9)});
    let early = json!({"id": "1", "method": "GET", "url": "/me/events", "dependsOn": ["2"]});
    for wrong in [
        many(21),
        json!([]),
        json!([get("1"), get("1")]),
        json!([get("a"), get("A")]),
        json!([{"method": "GET", "url": "/me/events"}]),
        json!([{"id": "1", "url": "/me/events"}]),
        json!([bodied]),
        json!([early, get("2")]),
    ] {
        assert_eq!(batch(&graph, &wrong).status, 400, "{wrong}");
    }
    assert_eq!(graph.effects(), 0);
    let stranger = Request::post("/v1.0/$batch").body(Bytes::new()).unwrap();
    assert_eq!(graph.answer(stranger).status(), 401);
}

#[test]
fn what_is_not_there_is_said() {
    let (graph, _) = clocked();
    for (verb, path, status, code) in [
        (Method::GET, "me/messages", 400, "BadRequest"),
        (
            Method::GET,
            "users/nobody@example.com/events",
            404,
            "MailboxNotEnabledForRESTAPI",
        ),
        (Method::GET, "me/calendars/none", 404, "ErrorItemNotFound"),
        (Method::PUT, "me/calendar", 400, "BadRequest"),
        (Method::POST, "me/events", 400, "RequestBodyRead"),
    ] {
        let answer = ask(&graph, verb, path, &Value::Null);
        assert_eq!(answer.code(), (status, code), "{path}");
    }
    for (name, value) in [
        ("colour", json!("red")),
        ("showAs", json!("away")),
        ("subject", json!(7)),
        ("attachments", json!([])),
    ] {
        let mut body = event("x", 1, 9);
        body[name] = value;
        let answer = ask(&graph, Method::POST, "me/events", &body);
        assert_eq!(answer.code(), (400, "RequestBodyRead"), "{name}");
    }
    assert_eq!(graph.effects(), 0);
}

// https://learn.microsoft.com/graph/api/resources/calendarpermission
#[test]
fn calendars_are_named_shared_and_removed() {
    let (graph, _) = clocked();
    let made = ask(
        &graph,
        Method::POST,
        "me/calendars",
        &json!({"name": "Team"}),
    );
    assert_eq!(made.status, 201);
    let team = format!("me/calendars/{}", text(&made.json, "id"));
    let twice = ask(
        &graph,
        Method::POST,
        "me/calendars",
        &json!({"name": "team"}),
    );
    assert_eq!(twice.code(), (409, "ErrorFolderExists"));
    let named = |name: &Value| ask(&graph, Method::PATCH, &team, &json!({ "name": name })).status;
    assert_eq!(named(&json!("The team")), 200);
    assert_eq!(named(&json!("Calendar")), 409);
    assert_eq!(named(&json!("")), 400);
    let event = ask(
        &graph,
        Method::POST,
        &format!("{team}/events"),
        &event("In it", 1, 9),
    )
    .json;
    let event = text(&event, "id").to_owned();
    assert_eq!(
        get(&graph, &format!("me/events/{event}/calendar")).json["name"],
        "The team"
    );
    assert_eq!(get(&graph, "me/events").json["value"], json!([]));
    let shared = format!("{team}/calendarPermissions");
    let rule = json!({"emailAddress": {"address": "ada@example.com"}, "role": "read"});
    let made = ask(&graph, Method::POST, &shared, &rule);
    assert_eq!(made.status, 201);
    assert_eq!(ask(&graph, Method::POST, &shared, &rule).status, 409);
    let one = format!("{shared}/{}", text(&made.json, "id"));
    let change = |role: &str| ask(&graph, Method::PATCH, &one, &json!({ "role": role }));
    assert_eq!(change("write").json["role"], "write");
    assert_eq!(change("owner").status, 400);
    let all = get(&graph, &shared).json;
    let own = all["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["isRemovable"] == false);
    let own = format!("{shared}/{}", text(own.unwrap(), "id"));
    assert_eq!(ask(&graph, Method::DELETE, &own, &Value::Null).status, 403);
    assert_eq!(ask(&graph, Method::DELETE, &one, &Value::Null).status, 204);
    assert_eq!(ask(&graph, Method::DELETE, &one, &Value::Null).status, 404);
    assert_eq!(ask(&graph, Method::DELETE, &team, &Value::Null).status, 204);
    assert_eq!(get(&graph, &format!("me/events/{event}")).status, 404);
    assert_eq!(
        ask(&graph, Method::DELETE, "me/calendar", &Value::Null).status,
        403
    );
}
