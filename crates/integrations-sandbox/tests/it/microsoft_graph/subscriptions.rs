//! Subscriptions and their notices.

use super::*;

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
    // "Any value under 45 minutes after the time of the request is automatically set to 45 minutes
    // after the request time."
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

/// A subscription to a resource, for a day; without an address of its own notices where none is wanted.
fn subscribe(graph: &MicrosoftGraph, resource: &str, kinds: &str, lifecycle: bool) -> String {
    let mut body = json!({"changeType": kinds, "resource": resource,
        "notificationUrl": "https://app.example/hook",
        "expirationDateTime": "2026-05-02T00:00:00Z"});
    if lifecycle {
        body["lifecycleNotificationUrl"] = "https://app.example/life".into();
    }
    let made = ask(graph, Method::POST, "subscriptions", &body);
    assert_eq!(made.status, 201, "{}", made.json);
    text(&made.json, "id").to_owned()
}

// https://learn.microsoft.com/graph/webhooks-lifecycle
#[test]
fn a_subscription_is_told_of_its_own_life_where_it_wants_that() {
    let (graph, _) = clocked();
    let (told, untold) = (
        subscribe(&graph, "me/events", "created", true),
        subscribe(&graph, "me/events", "created", false),
    );
    for id in [&told, &untold] {
        graph.lifecycle(id, Lifecycle::Missed);
        graph.lifecycle(id, Lifecycle::SubscriptionRemoved);
        assert_eq!(get(&graph, &format!("subscriptions/{id}")).status, 404);
    }
    let words = graph.notices(&told);
    let words: Vec<_> = words
        .iter()
        .map(|one| one.field("lifecycleEvent"))
        .collect();
    assert_eq!(words, [Some("missed"), Some("subscriptionRemoved")]);
    assert_eq!(graph.notices(&untold), []);
    create(&graph, &event("Unnoticed", 1, 9));
    assert_eq!(graph.notices(&told).len(), 2);
}

#[test]
fn a_subscription_hears_of_its_mailbox_or_calendar_and_of_the_kinds_that_it_names() {
    let (graph, _) = clocked();
    let graph = graph.with_mailbox("ada@example.com");
    let team = ask(
        &graph,
        Method::POST,
        "me/calendars",
        &json!({"name": "Team"}),
    )
    .json;
    let team = text(&team, "id").to_owned();
    let all = subscribe(&graph, "me/events", "created,deleted", false);
    let one = subscribe(
        &graph,
        &format!("/me/calendars/{team}/events"),
        "updated",
        false,
    );
    let hers = subscribe(&graph, "users/ada@example.com/events", "created", false);
    let heard = || [&all, &one, &hers].map(|id| graph.notices(id).len());
    let home = create(&graph, &event("At home", 1, 9));
    let home = format!("me/events/{}", text(&home, "id"));
    ask(&graph, Method::PATCH, &home, &json!({"subject": "There"}));
    assert_eq!(heard(), [1, 0, 0]);
    let made = ask(
        &graph,
        Method::POST,
        &format!("me/calendars/{team}/events"),
        &event("x", 2, 9),
    );
    assert_eq!(heard(), [2, 0, 0]);
    let path = format!("me/events/{}", text(&made.json, "id"));
    ask(&graph, Method::PATCH, &path, &json!({"subject": "y"}));
    assert_eq!(heard(), [2, 1, 0]);
    ask(&graph, Method::DELETE, &path, &Value::Null);
    assert_eq!(heard(), [3, 1, 0]);
    ask(
        &graph,
        Method::POST,
        "users/ada@example.com/events",
        &event("Hers", 3, 9),
    );
    assert_eq!(heard(), [3, 1, 1]);
}

#[test]
fn a_notice_has_the_kind_of_id_that_was_asked_for_with_the_subscription() {
    let (graph, _) = clocked();
    let body = json!({"changeType": "created", "resource": "me/events",
        "notificationUrl": "https://app.example/hook",
        "expirationDateTime": "2026-05-02T00:00:00Z"});
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    let made = ask_with(&graph, Method::POST, "subscriptions", &body, &immutable);
    let event = create(&graph, &event("Noticed", 1, 9));
    let notices = graph.notices(text(&made.json, "id"));
    let id = text(&notices[0].body["value"][0]["resourceData"], "id").to_owned();
    assert_ne!(id, text(&event, "id"));
    assert_eq!(
        get(&graph, &format!("me/events/{id}")).json["id"],
        event["id"]
    );
}
