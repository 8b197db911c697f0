//! The changes of a calendar view.

use super::*;

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
