//! Meetings: who is told, what is answered, who is free.

use super::*;

const ADA: &str = "ada@example.com";

/// A meeting of these people.
fn meeting(day: u8, people: &[&str]) -> Value {
    let mut made = event("Planning", day, 9);
    let all = people.iter();
    made["attendees"] = all
        .map(|one| json!({"emailAddress": {"address": one}}))
        .collect();
    made
}

fn told(graph: &MicrosoftGraph, who: &str) -> Vec<&'static str> {
    let all = graph.messages(who);
    all.iter().map(|one| one.method).collect()
}

fn path(made: &Value) -> String {
    format!("me/events/{}", text(made, "id"))
}

// https://learn.microsoft.com/graph/api/event-update: "An event update that includes only the
// attendees property in the request body sends a meeting update to only the attendees that have
// changed."
#[test]
fn who_is_invited_is_told_of_what_concerns_them() {
    let (graph, _) = clocked();
    let (bob, eve) = ("bob@example.com", "eve@example.com");
    let made = create(&graph, &meeting(1, &[ADA, OWNER]));
    assert_eq!(told(&graph, ADA), ["REQUEST"]);
    // The organizer invites everybody but themselves.
    assert_eq!(told(&graph, OWNER), [""; 0]);
    let change = json!({"attendees": meeting(1, &[ADA, bob])["attendees"]});
    ask(&graph, Method::PATCH, &path(&made), &change);
    assert_eq!(
        (told(&graph, ADA).len(), told(&graph, bob)),
        (1, vec!["REQUEST"])
    );
    ask(
        &graph,
        Method::PATCH,
        &path(&made),
        &json!({"subject": "Plans"}),
    );
    assert_eq!(told(&graph, ADA), ["REQUEST", "REQUEST"]);
    let change = json!({"attendees": meeting(1, &[bob, eve])["attendees"]});
    ask(&graph, Method::PATCH, &path(&made), &change);
    assert_eq!(told(&graph, ADA).last(), Some(&"CANCEL"));
    let comment = json!({"comment": "Sorry"});
    let cancelled = ask(
        &graph,
        Method::POST,
        &format!("{}/cancel", path(&made)),
        &comment,
    );
    assert_eq!(cancelled.status, 202);
    let last = graph.messages(eve).pop().unwrap();
    assert_eq!(
        (last.method, last.comment.as_deref()),
        ("CANCEL", Some("Sorry"))
    );
    assert_eq!(get(&graph, &path(&made)).status, 404);
    let made = create(&graph, &meeting(2, &[eve]));
    ask(&graph, Method::DELETE, &path(&made), &Value::Null);
    assert_eq!(told(&graph, eve).last(), Some(&"CANCEL"));
}

#[test]
fn an_invitation_arrives_is_answered_and_called_off() {
    let (graph, _) = clocked();
    let graph = graph.with_mailbox(ADA);
    let theirs = ask(
        &graph,
        Method::POST,
        "users/ada@example.com/events",
        &meeting(1, &[OWNER]),
    );
    let theirs = format!("users/ada@example.com/events/{}", text(&theirs.json, "id"));
    let mine = get(&graph, &format!("me/calendarView?{JUNE}")).json["value"][0].clone();
    assert_eq!(mine["isOrganizer"], false);
    assert_eq!(mine["organizer"]["emailAddress"]["address"], ADA);
    assert_eq!(mine["responseStatus"]["response"], "notResponded");
    assert_eq!(mine["showAs"], "tentative");
    let act = |action: &str, body: &Value| {
        ask(
            &graph,
            Method::POST,
            &format!("{}/{action}", path(&mine)),
            body,
        )
        .status
        .as_u16()
    };
    // "This action returns HTTP 400 if ... sendResponse is set to false", and `accept` has no such
    // parameter at all.
    let slot = json!({"start": at(2, 9), "end": at(2, 10)});
    let proposal = json!({"proposedNewTime": slot, "sendResponse": false});
    assert_eq!(act("tentativelyAccept", &proposal), 400);
    assert_eq!(act("accept", &json!({"proposedNewTime": slot})), 400);
    assert_eq!(act("accept", &json!({"coment": "x"})), 400);
    let status = || {
        let seen = get(&graph, &theirs).json["attendees"][0].clone();
        (text(&seen["status"], "response").to_owned(), seen)
    };
    assert_eq!(act("accept", &json!({"sendResponse": false})), 202);
    assert_eq!(
        (status().0, told(&graph, ADA).len()),
        ("none".to_owned(), 0)
    );
    assert_eq!(
        act(
            "tentativelyAccept",
            &json!({"proposedNewTime": slot, "comment": "Later?"})
        ),
        202
    );
    let (answer, seen) = status();
    assert_eq!(answer, "tentativelyAccepted");
    assert_eq!(seen["proposedNewTime"], slot);
    assert_eq!(told(&graph, ADA), ["REPLY"]);
    let answered = get(&graph, &path(&mine)).json;
    assert_eq!(
        answered["responseStatus"]["response"],
        "tentativelyAccepted"
    );
    // The meeting moves; the answer stays.
    let moved = json!({"start": at(3, 9), "end": at(3, 10)});
    assert_eq!(ask(&graph, Method::PATCH, &theirs, &moved).status, 200);
    let seen = get(&graph, &path(&mine)).json;
    assert_eq!(seen["start"]["dateTime"], "2026-06-03T07:00:00.0000000");
    assert_eq!(seen["responseStatus"]["response"], "tentativelyAccepted");
    ask(&graph, Method::DELETE, &theirs, &Value::Null);
    assert_eq!(get(&graph, &path(&mine)).json["isCancelled"], true);
}

#[test]
fn a_meeting_that_is_declined_leaves_the_calendar() {
    let (graph, _) = clocked();
    let graph = graph.with_mailbox(ADA);
    let mut body = daily("Daily", 3);
    body["attendees"] = meeting(1, &[OWNER])["attendees"].clone();
    let theirs = ask(&graph, Method::POST, "users/ada@example.com/events", &body).json;
    let view = get(&graph, &format!("me/calendarView?{JUNE}")).json;
    assert_eq!(days(&graph).len(), 3);
    let second = path(&view["value"][1]);
    assert_eq!(
        ask(
            &graph,
            Method::POST,
            &format!("{second}/decline"),
            &Value::Null
        )
        .status,
        202
    );
    assert_eq!(days(&graph), ["2026-06-01T07:00", "2026-06-03T07:00"]);
    let whole = format!("users/ada@example.com/events/{}", text(&theirs, "id"));
    let instances = get(&graph, &format!("{whole}/instances?{JUNE}")).json;
    let answer = |place: usize| {
        let one = &instances["value"][place]["attendees"][0]["status"];
        text(one, "response").to_owned()
    };
    assert_eq!(
        [answer(0), answer(1), answer(2)],
        ["none", "declined", "none"]
    );
    // What was declined can still be called off, and what was called off still be declined.
    let off = |place: usize| {
        let id = text(&instances["value"][place], "id");
        let path = format!("users/ada@example.com/events/{id}");
        ask(&graph, Method::DELETE, &path, &Value::Null)
            .status
            .as_u16()
    };
    assert_eq!((off(1), off(2)), (204, 204));
    let third = path(&view["value"][2]);
    assert_eq!(get(&graph, &third).json["isCancelled"], true);
    assert_eq!(
        ask(
            &graph,
            Method::POST,
            &format!("{third}/decline"),
            &Value::Null
        )
        .status,
        202
    );
    assert_eq!(days(&graph), ["2026-06-01T07:00"]);
}

#[test]
fn the_organizer_does_not_answer_and_nobody_else_calls_off() {
    let (graph, _) = clocked();
    let graph = graph.with_mailbox(ADA);
    let made = create(&graph, &meeting(1, &[ADA]));
    let code = |path: &str| {
        ask(&graph, Method::POST, path, &Value::Null)
            .status
            .as_u16()
    };
    for action in ["accept", "tentativelyAccept", "decline"] {
        assert_eq!(code(&format!("{}/{action}", path(&made))), 400, "{action}");
    }
    let hers = get(
        &graph,
        &format!("users/ada@example.com/calendarView?{JUNE}"),
    )
    .json;
    let hers = text(&hers["value"][0], "id").to_owned();
    assert_eq!(
        code(&format!("users/ada@example.com/events/{hers}/cancel")),
        400
    );
    assert_eq!(
        code(&format!(
            "{}/cancel",
            path(&create(&graph, &event("Alone", 2, 9)))
        )),
        400
    );
}

#[test]
fn a_series_that_is_moved_is_moved_for_all() {
    let (graph, _) = clocked();
    let graph = graph.with_mailbox(ADA);
    let mut body = daily("Daily", 3);
    body["attendees"] = meeting(1, &[OWNER])["attendees"].clone();
    let theirs = ask(&graph, Method::POST, "users/ada@example.com/events", &body).json;
    let theirs = format!("users/ada@example.com/events/{}", text(&theirs, "id"));
    let instances = get(&graph, &format!("{theirs}/instances?{JUNE}")).json;
    let second = text(&instances["value"][1], "id");
    let second = format!("users/ada@example.com/events/{second}");
    let later = json!({"start": at(2, 15), "end": at(2, 16)});
    assert_eq!(ask(&graph, Method::PATCH, &second, &later).status, 200);
    assert_eq!(
        days(&graph),
        ["2026-06-01T07:00", "2026-06-02T13:00", "2026-06-03T07:00"]
    );
    let moved = json!({"start": at(1, 10), "end": at(1, 11)});
    assert_eq!(ask(&graph, Method::PATCH, &theirs, &moved).status, 200);
    assert_eq!(
        days(&graph),
        ["2026-06-01T08:00", "2026-06-02T08:00", "2026-06-03T08:00"]
    );
}

// https://learn.microsoft.com/graph/api/event-forward
#[test]
fn a_meeting_is_passed_on() {
    let (graph, _) = clocked();
    let made = create(&graph, &meeting(1, &[ADA]));
    let forward = |to: &Value| {
        let body = json!({"Comment": "For you too", "ToRecipients": to});
        ask(
            &graph,
            Method::POST,
            &format!("{}/forward", path(&made)),
            &body,
        )
        .status
    };
    let bob = json!([{"emailAddress": {"address": "bob@example.com"}}]);
    assert_eq!(forward(&bob), 202);
    let got = graph.messages("bob@example.com");
    assert_eq!(
        (got[0].method, got[0].comment.as_deref()),
        ("REQUEST", Some("For you too"))
    );
    assert_eq!(forward(&json!([])), 400);
}

// https://learn.microsoft.com/graph/outlook-get-free-busy-schedule
#[test]
fn schedules_show_what_is_taken_and_how() {
    let (graph, _) = clocked();
    let graph = graph.with_mailbox(ADA);
    let shown = [
        ("tentative", 9),
        ("busy", 10),
        ("oof", 11),
        ("workingElsewhere", 12),
        ("free", 13),
    ];
    for (shows, hour) in shown {
        let mut body = event("Private", 1, hour);
        body["showAs"] = shows.into();
        body["sensitivity"] = if hour == 9 { "private" } else { "normal" }.into();
        create(&graph, &body);
    }
    let body = |schedules: &Value, interval: i64, days: u8| {
        json!({"Schedules": schedules, "startTime": at(1, 8), "endTime": at(1 + days, 14),
            "availabilityViewInterval": interval})
    };
    let look = |body: &Value| ask(&graph, Method::POST, "me/calendar/getSchedule", body);
    let found = look(&body(&json!([OWNER, ADA, "nobody@example.com"]), 60, 0)).json;
    let value = &found["value"];
    // "0 = free or working elsewhere, 1 = tentative, 2 = busy, 3 = out of office."
    assert_eq!(value[0]["availabilityView"], "012300");
    assert_eq!(value[0]["scheduleItems"].as_array().unwrap().len(), 4);
    assert_eq!(value[0]["scheduleItems"][0]["isPrivate"], true);
    assert!(value[0]["scheduleItems"][0].get("subject").is_none());
    assert_eq!(value[0]["scheduleItems"][1]["subject"], "Private");
    assert_eq!(value[1]["availabilityView"], "000000");
    assert_eq!(
        value[2]["error"]["responseCode"],
        "ErrorMailRecipientNotFound"
    );
    assert_eq!(value[0]["workingHours"]["timeZone"]["name"], BERLIN);
    // Of a slot that several events touch, what takes most of one's time.
    assert_eq!(
        look(&body(&json!([OWNER]), 180, 0)).json["value"][0]["availabilityView"],
        "23"
    );
    for wrong in [
        body(&json!([OWNER]), 4, 0),
        body(&json!([OWNER]), 1441, 0),
        body(&json!([]), 30, 0),
    ] {
        assert_eq!(look(&wrong).status, 400, "{wrong}");
    }
    let mut long = body(&json!([OWNER]), 30, 0);
    long["endTime"] = json!({"dateTime": "2026-08-02T08:00:00", "timeZone": BERLIN});
    assert_eq!(look(&long).status, 400);
    long["endTime"] = json!({"dateTime": "2026-08-02T07:00:00", "timeZone": BERLIN});
    assert_eq!(look(&long).status, 200);
}
