//! The changes of a calendar view.

use std::collections::BTreeMap;

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

/// A copy of a view, kept by delta: what a client has of it.
struct Mirror {
    events: BTreeMap<String, Value>,
    link: String,
}

impl Mirror {
    /// Follows a round. Where occurrences are taken out silently, a series that comes is followed by
    /// all that it has left.
    fn follow(&mut self, graph: &MicrosoftGraph, silent: bool) {
        let (changes, link) = round(graph, &self.link);
        self.link = link;
        if silent {
            for series in changes.iter().filter(|one| one["type"] == "seriesMaster") {
                self.events
                    .retain(|_, one| one["seriesMasterId"] != series["id"]);
            }
        }
        for one in changes {
            let id = text(&one, "id").to_owned();
            match one.get("@removed") {
                Some(_) => self.events.remove(&id),
                None => self.events.insert(id, one),
            };
        }
    }

    /// When what takes place in it starts.
    fn starts(&self) -> BTreeMap<String, String> {
        let all = self
            .events
            .iter()
            .filter(|(_, one)| one["type"] != "seriesMaster");
        all.map(|(id, one)| (id.clone(), text(&one["start"], "dateTime").to_owned()))
            .collect()
    }
}

/// The same of the view itself.
fn seen(graph: &MicrosoftGraph) -> BTreeMap<String, String> {
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    let path = format!("me/calendarView?{JUNE}&$top=1000");
    let view = ask_with(graph, Method::GET, &path, &Value::Null, &immutable).json;
    let all = view["value"].as_array().unwrap().iter();
    all.map(|one| {
        (
            text(one, "id").to_owned(),
            text(&one["start"], "dateTime").to_owned(),
        )
    })
    .collect()
}

/// A change of some event, chosen by a number; some are refused, and change nothing.
fn change(graph: &MicrosoftGraph, number: u64) {
    let (kind, rest) = (number % 6, number / 6);
    let hour = u8::try_from(rest % 8).unwrap() + 8;
    let day = u8::try_from(rest / 8 % 30).unwrap() + 1;
    let all: Vec<String> = seen(graph).into_keys().collect();
    let picked = |verb: Method, body: &Value, whole: bool| {
        let Some(id) = all.get(usize::try_from(rest).unwrap() % all.len().max(1)) else {
            return;
        };
        let mut path = format!("me/events/{id}");
        if whole && let Some(series) = get(graph, &path).json["seriesMasterId"].as_str() {
            path = format!("me/events/{series}");
        }
        ask(graph, verb, &path, body);
    };
    match kind {
        0 => drop(ask(
            graph,
            Method::POST,
            "me/events",
            &event("Single", day, hour),
        )),
        1 => {
            let mut series = event("Series", day, hour);
            series["recurrence"] = json!({"pattern": {"type": "daily", "interval": 2},
                "range": {"type": "numbered", "startDate": format!("2026-06-{day:02}"),
                    "numberOfOccurrences": 4}});
            ask(graph, Method::POST, "me/events", &series);
        }
        2 => picked(Method::DELETE, &Value::Null, rest % 4 == 0),
        3 => picked(
            Method::PATCH,
            &json!({"subject": format!("Changed {rest}")}),
            rest % 2 == 0,
        ),
        4 => picked(
            Method::PATCH,
            &json!({"start": at(day, hour), "end": at(day, hour + 1)}),
            false,
        ),
        // Out of the view.
        _ => {
            let time = |hour| json!({"dateTime": format!("2026-07-05T{hour:02}:00:00"), "timeZone": BERLIN});
            picked(
                Method::PATCH,
                &json!({"start": time(9), "end": time(10)}),
                false,
            );
        }
    }
}

#[test]
fn a_series_comes_with_the_first_of_its_occurrences_that_comes_into_the_view() {
    let (graph, _) = clocked();
    let time = |day: &str, hour: u8| json!({"dateTime": format!("2026-{day}T{hour:02}:00:00"), "timeZone": BERLIN});
    let series = create(
        &graph,
        &json!({"subject": "July", "start": time("07-02", 9), "end": time("07-02", 10),
            "recurrence": {"pattern": {"type": "daily", "interval": 1},
                "range": {"type": "numbered", "startDate": "2026-07-02", "numberOfOccurrences": 3}}}),
    );
    let (none, link) = round(&graph, &format!("me/calendarView/delta?{JUNE}"));
    assert_eq!(none, Vec::<Value>::new());
    let window = "startDateTime=2026-07-01T00:00:00Z&endDateTime=2026-08-01T00:00:00Z";
    let path = format!("me/events/{}/instances?{window}", text(&series, "id"));
    let first = get(&graph, &path).json["value"][0].clone();
    let path = format!("me/events/{}", text(&first, "id"));
    let earlier = json!({"start": time("06-30", 9), "end": time("06-30", 10)});
    assert_eq!(ask(&graph, Method::PATCH, &path, &earlier).status, 200);
    let (changes, _) = round(&graph, &link);
    let kinds: Vec<_> = changes.iter().map(|one| text(one, "type")).collect();
    assert_eq!(kinds, ["seriesMaster", "exception"]);
}

#[test]
fn a_copy_that_follows_the_changes_is_the_view() {
    for (seed, silent) in (0..12).map(|seed| (seed, seed % 2 == 1)) {
        let (graph, _) = clocked();
        let graph = if silent {
            graph.with_silent_cancellations()
        } else {
            graph
        };
        let mut mirror = Mirror {
            events: BTreeMap::new(),
            link: format!("me/calendarView/delta?{JUNE}"),
        };
        // Numbers that look drawn (Knuth's multiplier), and are the same in every run.
        let mut number: u64 = seed;
        for step in 0..40 {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            change(&graph, number >> 33);
            if number >> 60 < 6 {
                mirror.follow(&graph, silent);
                assert_eq!(mirror.starts(), seen(&graph), "seed {seed}, step {step}");
            }
        }
        mirror.follow(&graph, silent);
        assert_eq!(mirror.starts(), seen(&graph), "seed {seed}, at the end");
    }
}
