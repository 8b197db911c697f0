//! What every [`MirrorStore`] must do, as a test for stores of your own.
//!
//! ```
//! use std::sync::Arc;
//! use integrations_core::calendar::mirror::{MemoryMirror, contract};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! // Each behaviour on a store that is empty.
//! contract::check(|| async { Arc::new(MemoryMirror::new()) as _ }).await;
//! # }
//! ```

use std::future::Future;
use std::sync::Arc;

use jiff::civil::date;

use super::store::{MirrorState, MirrorStore, Place, Reach, Revised, Revision, Run, Source, Step};
use crate::calendar::groups::{Change, SyncToken};
use crate::calendar::model::{CalendarId, Event, EventId, EventKind};
use crate::calendar::recurrence::{RRule, Recurrence};
use crate::error::Result;
use crate::page::Cursor;
use crate::time::{EventTime, TimeRange};

/// Runs every behaviour, each on a store that `make` makes empty.
///
/// # Panics
/// With a sentence about the behaviour that does not hold.
pub async fn check<F>(make: impl Fn() -> F)
where
    F: Future<Output = Arc<dyn MirrorStore>>,
{
    an_empty_store_has_nothing(&*make().await).await;
    a_step_is_read_back(&*make().await).await;
    what_is_the_same_keeps_its_revision(&*make().await).await;
    what_is_gone_is_told(&*make().await).await;
    a_sweep_takes_what_was_not_met(&*make().await).await;
    what_was_noted_and_not_met_is_gone(&*make().await).await;
    a_list_is_complete_and_in_order(&*make().await).await;
    changes_come_in_pages(&*make().await).await;
    events_are_found_by_their_time(&*make().await).await;
    occurrences_are_found_by_their_series(&*make().await).await;
    deletions_are_forgotten(&*make().await).await;
}

fn at(day: i8, hour: i8) -> EventTime {
    EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), "Europe/Berlin")
}

fn event(id: &str, summary: &str) -> Event {
    Event::new(id, "c", summary, at(1, 9), at(1, 10))
}

fn put(event: Event) -> Change {
    Change::Upserted(Box::new(event))
}

fn gone(id: &str) -> Change {
    Change::Deleted(EventId::new(id))
}

fn place(generation: u64) -> Place {
    Place {
        calendar: Some(CalendarId::new("c")),
        integration: Some("demo".to_owned()),
        token: Some(SyncToken::new("t")),
        run: Some(Run {
            cursor: Cursor::new("next"),
            whole: true,
        }),
        generation,
        runs: 1,
        watch: None,
    }
}

fn done<T>(what: &str, result: Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{what} failed: {error}"))
}

async fn apply(store: &dyn MirrorStore, generation: u64, changes: Vec<Change>) {
    let step = Step::new(changes, Source::Page, place(generation));
    done("a step", store.apply(step).await);
}

async fn changes(store: &dyn MirrorStore, after: u64) -> Vec<Revised> {
    done(
        "reading changes",
        store.changes(Revision::new(after), 100).await,
    )
}

/// What a reader of changes sees: numbers, ids, and `-` for what is gone.
fn told(changes: &[Revised]) -> Vec<(u64, String)> {
    let tell = |one: &Revised| {
        let sign = match one.change {
            Change::Upserted(_) => "",
            Change::Deleted(_) => "-",
        };
        (one.revision.get(), format!("{sign}{}", one.change.id()))
    };
    changes.iter().map(tell).collect()
}

fn expected(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter().map(|(n, id)| (*n, (*id).to_owned())).collect()
}

async fn ids(store: &dyn MirrorStore) -> Vec<String> {
    let all = done("a list", store.list(None, 100).await);
    all.into_iter()
        .map(|event| event.id.into_string())
        .collect()
}

async fn an_empty_store_has_nothing(store: &dyn MirrorStore) {
    let state = done("the state", store.state().await);
    assert_eq!(state, MirrorState::default(), "the state of an empty store");
    assert!(ids(store).await.is_empty(), "an empty store lists events");
    assert!(
        changes(store, 0).await.is_empty(),
        "an empty store has changes"
    );
    let found = done("a read", store.get(&EventId::new("a")).await);
    assert_eq!(found, None, "an empty store has an event");
}

async fn a_step_is_read_back(store: &dyn MirrorStore) {
    let one = event("a", "One");
    apply(store, 3, vec![put(one.clone())]).await;
    let state = done("the state", store.state().await);
    assert_eq!(state.place, place(3), "the place");
    assert_eq!(state.revision, Revision::new(1), "the last revision");
    let found = done("a read", store.get(&one.id).await);
    assert_eq!(found.as_ref(), Some(&one), "the event");
}

async fn what_is_the_same_keeps_its_revision(store: &dyn MirrorStore) {
    apply(
        store,
        1,
        vec![put(event("a", "One")), put(event("b", "Two"))],
    )
    .await;
    apply(store, 1, vec![put(event("a", "One"))]).await;
    let first = expected(&[(1, "a"), (2, "b")]);
    assert_eq!(
        told(&changes(store, 0).await),
        first,
        "the same event again"
    );
    apply(store, 1, vec![put(event("a", "Other"))]).await;
    let second = expected(&[(2, "b"), (3, "a")]);
    assert_eq!(told(&changes(store, 0).await), second, "another event");
    // In one step too, in its order.
    let both = vec![put(event("b", "X")), gone("b"), put(event("b", "Y"))];
    apply(store, 1, both).await;
    let found = done("a read", store.get(&EventId::new("b")).await);
    let name = found.map(|event| event.summary);
    assert_eq!(
        name.as_deref(),
        Some("Y"),
        "the last of three changes in one step"
    );
}

async fn what_is_gone_is_told(store: &dyn MirrorStore) {
    apply(store, 1, vec![put(event("a", "One")), gone("never there")]).await;
    apply(store, 1, vec![gone("a")]).await;
    assert_eq!(
        told(&changes(store, 0).await),
        expected(&[(2, "-a")]),
        "a deletion"
    );
    apply(store, 1, vec![gone("a")]).await;
    assert_eq!(
        told(&changes(store, 0).await),
        expected(&[(2, "-a")]),
        "a second deletion"
    );
    assert!(ids(store).await.is_empty(), "a deleted event is listed");
    apply(store, 1, vec![put(event("a", "One"))]).await;
    assert_eq!(
        told(&changes(store, 0).await),
        expected(&[(3, "a")]),
        "an event that comes back"
    );
}

async fn a_sweep_takes_what_was_not_met(store: &dyn MirrorStore) {
    let all = ["a", "b", "c", "d"]
        .map(|id| put(event(id, "One")))
        .to_vec();
    apply(store, 1, all).await;
    apply(store, 1, vec![gone("d")]).await;
    apply(store, 2, vec![put(event("a", "One"))]).await;
    let last = vec![put(event("c", "Other")), put(event("e", "New"))];
    let step = Step::new(last, Source::LastPageOfAll, place(2));
    done("a sweep", store.apply(step).await);
    assert_eq!(ids(store).await, ["a", "c", "e"], "what a sweep leaves");
    let later = told(&changes(store, 5).await);
    let expected = expected(&[(6, "c"), (7, "e"), (8, "-b")]);
    assert_eq!(later, expected, "the changes of a sweep");
}

async fn what_was_noted_and_not_met_is_gone(store: &dyn MirrorStore) {
    let at_run = |runs, from, changes| {
        let place = Place { runs, ..place(1) };
        Step::new(changes, from, place)
    };
    let steps = [
        at_run(1, Source::LastPage, vec![put(event("old", "One"))]),
        // During the second run.
        at_run(2, Source::Page, Vec::new()),
        at_run(
            2,
            Source::Answer,
            ["a", "b", "c"].map(|id| put(event(id, "One"))).to_vec(),
        ),
        // Its end need not have them yet.
        at_run(2, Source::LastPage, Vec::new()),
    ];
    for step in steps {
        done("a step", store.apply(step).await);
    }
    assert_eq!(
        ids(store).await,
        ["a", "b", "c", "old"],
        "what was noted during a run"
    );
    // The third, which was begun later, does: one as it was, one that changed.
    let page = at_run(3, Source::Page, vec![put(event("a", "One"))]);
    done("a step", store.apply(page).await);
    let last = at_run(3, Source::LastPage, vec![put(event("b", "Other"))]);
    done("a step", store.apply(last).await);
    assert_eq!(
        ids(store).await,
        ["a", "b", "old"],
        "what was noted before a run"
    );
    // What a run has met is not noted any more.
    done(
        "a step",
        store.apply(at_run(4, Source::LastPage, Vec::new())).await,
    );
    assert_eq!(
        ids(store).await,
        ["a", "b", "old"],
        "what was met by an earlier run"
    );
    let told = told(&changes(store, 4).await);
    assert_eq!(told, expected(&[(5, "b"), (6, "-c")]), "the changes");
}

async fn a_list_is_complete_and_in_order(store: &dyn MirrorStore) {
    // By bytes: capitals before small letters, and those before others.
    let names = ["B", "a", "a_1", "b", "ä"];
    let all = names.iter().rev().map(|id| put(event(id, "One"))).collect();
    apply(store, 1, all).await;
    let mut found = Vec::new();
    let mut after: Option<EventId> = None;
    loop {
        let page = done("a list", store.list(after.as_ref(), 2).await);
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        found.extend(page.into_iter().map(|event| event.id.into_string()));
    }
    assert_eq!(found, names, "a list in pages of two");
}

async fn changes_come_in_pages(store: &dyn MirrorStore) {
    let all = (0..5)
        .map(|n| put(event(&format!("e{n}"), "One")))
        .collect();
    apply(store, 1, all).await;
    let mut after = Revision::ZERO;
    let mut found = Vec::new();
    loop {
        let page = done("changes", store.changes(after, 2).await);
        let Some(last) = page.last() else { break };
        assert!(
            page.len() <= 2,
            "a page has more changes than were asked for"
        );
        after = last.revision;
        found.extend(page.iter().map(|one| one.change.id().to_string()));
    }
    assert_eq!(
        found,
        ["e0", "e1", "e2", "e3", "e4"],
        "changes in pages of two"
    );
}

fn day(day: i8) -> TimeRange {
    let utc = jiff::tz::TimeZone::UTC;
    let start = |day| EventTime::Date(date(2026, 6, day)).to_timestamp(&utc);
    let (from, to) = (done("a day", start(day)), done("a day", start(day + 1)));
    done("a span", TimeRange::new(from, to))
}

async fn events_are_found_by_their_time(store: &dyn MirrorStore) {
    let on = |id: &str, from, to| Event::new(id, "c", "One", at(from, 9), at(to, 10));
    let mut series = on("series", 1, 1);
    series.kind = EventKind::Series;
    let weekly = "FREQ=WEEKLY".parse::<RRule>();
    series.recurrence = Some(Recurrence::from(done("a rule", weekly)));
    let days = Event::new(
        "days",
        "c",
        "One",
        EventTime::Date(date(2026, 6, 14)),
        EventTime::Date(date(2026, 6, 16)),
    );
    let all = vec![
        on("first", 1, 1),
        on("long", 5, 25),
        on("late", 28, 28),
        series,
        days,
    ];
    let changes = all.iter().cloned().map(put).collect();
    apply(store, 1, changes).await;
    apply(store, 1, vec![gone("late")]).await;
    let found = done("a search", store.near(day(15)).await);
    // More may be found, and must be inside of the reach.
    for event in &all {
        let is = found.iter().any(|one| one.id == event.id);
        let meets = Reach::of(event).meets(day(15));
        assert!(is || !meets, "{} was not found by its time", event.id);
    }
    let far = found
        .iter()
        .any(|one| matches!(one.id.as_str(), "first" | "late"));
    assert!(
        !far,
        "an event of another day, or one that is gone, was found"
    );
}

async fn occurrences_are_found_by_their_series(store: &dyn MirrorStore) {
    let of = |id: &str, series: &str| {
        let mut event = event(id, "One");
        event.kind = EventKind::Occurrence {
            series: EventId::new(series),
            original_start: at(1, 9),
            changed: true,
        };
        event
    };
    let all = vec![
        put(of("s_1", "s")),
        put(of("s_2", "s")),
        put(of("t_1", "t")),
    ];
    apply(store, 1, all).await;
    apply(store, 1, vec![put(event("s", "One")), gone("s_2")]).await;
    let found = done("a search", store.occurrences(&EventId::new("s")).await);
    let ids: Vec<&str> = found.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["s_1"], "the occurrences of a series");
}

async fn deletions_are_forgotten(store: &dyn MirrorStore) {
    let all = ["a", "b", "c"].map(|id| put(event(id, "One"))).to_vec();
    apply(store, 1, all).await;
    apply(store, 1, vec![gone("a"), gone("b")]).await;
    done("forgetting", store.forget(Revision::new(4)).await);
    let left = expected(&[(3, "c"), (5, "-b")]);
    assert_eq!(
        told(&changes(store, 0).await),
        left,
        "what is left of the changes"
    );
    // Not back, and not beyond what there is.
    done("forgetting", store.forget(Revision::new(2)).await);
    let state = done("the state", store.state().await);
    assert_eq!(state.forgotten, Revision::new(4), "what was forgotten");
    done("forgetting", store.forget(Revision::new(99)).await);
    let state = done("the state", store.state().await);
    assert_eq!(state.forgotten, Revision::new(5), "what was forgotten");
    assert_eq!(state.revision, Revision::new(5), "the last revision");
    apply(store, 1, vec![put(event("d", "One"))]).await;
    assert_eq!(
        told(&changes(store, 5).await),
        expected(&[(6, "d")]),
        "what comes later"
    );
}
