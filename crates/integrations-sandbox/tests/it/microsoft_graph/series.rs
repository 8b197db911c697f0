//! Series and their exceptions.

use super::*;

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

// https://github.com/OfficeDev/ews-managed-api/issues/235
#[test]
fn a_series_that_is_cut_keeps_what_was_changed_before_the_cut() {
    let (graph, _) = clocked();
    let master = create(&graph, &daily("Daily", 5));
    let path = format!("me/events/{}", text(&master, "id"));
    let all = get(&graph, &format!("{path}/instances?{JUNE}")).json;
    let one = |place: usize| format!("me/events/{}", text(&all["value"][place], "id"));
    for place in [0, 3] {
        let changed = ask(
            &graph,
            Method::PATCH,
            &one(place),
            &json!({"subject": "Other"}),
        );
        assert_eq!(changed.status, 200);
    }
    ask(&graph, Method::DELETE, &one(1), &Value::Null);
    ask(&graph, Method::DELETE, &one(4), &Value::Null);
    let range = |range: Value| {
        let mut recurrence = master["recurrence"].clone();
        recurrence["range"] = range;
        let change = json!({ "recurrence": recurrence });
        assert_eq!(ask(&graph, Method::PATCH, &path, &change).status, 200);
        days(&graph)
            .iter()
            .map(|day| day[8..10].to_owned())
            .collect::<Vec<_>>()
    };
    let cut = json!({"type": "endDate", "startDate": "2026-06-01", "endDate": "2026-06-03"});
    assert_eq!(range(cut), ["01", "03"]);
    assert_eq!(get(&graph, &one(0)).json["subject"], "Other");
    // What was beyond the cut is forgotten.
    let longer = json!({"type": "endDate", "startDate": "2026-06-01", "endDate": "2026-06-05"});
    assert_eq!(range(longer), ["01", "03", "04", "05"]);
    assert_eq!(get(&graph, &one(3)).json["subject"], "Daily");
    let whole = json!({"recurrence": null});
    assert_eq!(
        ask(&graph, Method::PATCH, &path, &whole).json["type"],
        "singleInstance"
    );
    assert_eq!(days(&graph), ["2026-06-01T07:00"]);
}

#[test]
fn a_series_keeps_its_time_on_the_wall_when_summer_time_ends() {
    let (graph, _) = clocked();
    // Central Europe ends summer time on 2026-10-25 (EU directive 2000/84/EC).
    let time =
        |hour| json!({"dateTime": format!("2026-10-24T{hour:02}:00:00"), "timeZone": BERLIN});
    let made = create(
        &graph,
        &json!({"subject": "Daily", "start": time(9), "end": time(10), "recurrence": {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "endDate", "startDate": "2026-10-24", "endDate": "2026-10-25",
                "recurrenceTimeZone": BERLIN}}}),
    );
    let window = "startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-11-01T00:00:00Z";
    let path = format!("me/events/{}/instances?{window}", text(&made, "id"));
    let all = get(&graph, &path).json;
    let starts = |place: usize| all["value"][place]["start"]["dateTime"].clone();
    assert_eq!(starts(0), "2026-10-24T07:00:00.0000000");
    assert_eq!(starts(1), "2026-10-25T08:00:00.0000000");
    assert_eq!(all["value"].as_array().unwrap().len(), 2);
}

#[test]
fn ranges_that_do_not_go_with_the_start_are_refused() {
    let (graph, _) = clocked();
    let answer = |range: Value| {
        let mut body = event("Series", 1, 9);
        body["recurrence"] = json!({"pattern": {"type": "daily", "interval": 1}, "range": range});
        ask(&graph, Method::POST, "me/events", &body)
            .status
            .as_u16()
    };
    for (range, status) in [
        (json!({"type": "noEnd", "startDate": "2026-06-01"}), 201),
        (
            json!({"type": "noEnd", "startDate": "2026-06-01", "recurrenceTimeZone": "Europe/Berlin"}),
            201,
        ),
        // "Must be the same value as the start property of the recurring event. Required."
        (json!({"type": "noEnd", "startDate": "2026-06-02"}), 400),
        (json!({"type": "noEnd"}), 400),
        (json!({"type": "endDate", "startDate": "2026-06-01"}), 400),
        (
            json!({"type": "endDate", "startDate": "2026-06-01", "endDate": "2026-05-31"}),
            400,
        ),
        (json!({"type": "numbered", "startDate": "2026-06-01"}), 400),
        (
            json!({"type": "numbered", "startDate": "2026-06-01", "numberOfOccurrences": 0}),
            400,
        ),
        (json!({"type": "forever", "startDate": "2026-06-01"}), 400),
        (
            json!({"type": "noEnd", "startDate": "2026-06-01", "recurrenceTimeZone": "UTC"}),
            400,
        ),
        (
            json!({"type": "noEnd", "startDate": "2026-06-01", "count": 3}),
            400,
        ),
    ] {
        assert_eq!(answer(range.clone()), status, "{range}");
    }
    // An occurrence is shorter than the time to the next.
    let mut long = daily("Long", 3);
    long["end"] = at(2, 10);
    let refused = ask(&graph, Method::POST, "me/events", &long);
    assert_eq!(refused.code(), (400, "ErrorOccurrenceTimeSpanTooBig"));
}

#[test]
fn whole_days_repeat_as_whole_days() {
    let (graph, _) = clocked();
    let day =
        |day: u8| json!({"dateTime": format!("2026-06-{day:02}T00:00:00"), "timeZone": BERLIN});
    create(
        &graph,
        &json!({"subject": "Off", "isAllDay": true, "start": day(5), "end": day(6), "recurrence": {
            "pattern": {"type": "weekly", "interval": 2, "daysOfWeek": ["friday"],
                "firstDayOfWeek": "monday"},
            "range": {"type": "endDate", "startDate": "2026-06-05", "endDate": "2026-06-19"}}}),
    );
    assert_eq!(days(&graph), ["2026-06-05T00:00", "2026-06-19T00:00"]);
}
