//! Lists of events.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use integrations_core::PageRequest;
use integrations_core::calendar::{EventPatch, EventQuery, EventStatus, UpdateOptions};

use super::Harness;
use super::harness::{june, name, span};
use crate::{Failure, Verdict, ensure, ensure_eq};

pub(super) async fn a_list_has_every_event_once(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let mut expected = BTreeSet::new();
    for n in 0..7 {
        let event = h.event(&format!("Event {n}"), 8 + n, 9 + n);
        expected.insert(h.calendar.create_event(&calendar, event).await?.id);
    }
    let two = NonZeroU32::MIN.saturating_add(1);
    let query = EventQuery::range(june()?);
    let list = h
        .calendar
        .list_events_from(&calendar, query, PageRequest::with_limit(two));
    let mut listed = list.all().await?;
    listed.retain(|event| event.summary.starts_with(&h.label));
    ensure_eq!(listed.len(), expected.len(), "how many are listed");
    let listed: BTreeSet<_> = listed.into_iter().map(|event| event.id).collect();
    ensure_eq!(listed, expected, "the ids");
    Ok(())
}

pub(super) async fn a_range_has_what_touches_it(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    // In UTC: 7 to 8, 8 to 10, 10 to 11.
    for (title, from, to) in [("Before", 9, 10), ("Across", 10, 12), ("After", 12, 13)] {
        h.calendar
            .create_event(&calendar, h.event(title, from, to))
            .await?;
    }
    for (from, to, expected) in [
        ("08:00", "09:00", &["Across"][..]),
        ("07:59", "08:01", &["Across", "Before"]),
        ("09:00", "09:01", &["Across"]),
        ("10:00", "10:01", &["After"]),
        ("11:00", "12:00", &[]),
    ] {
        let range = span(
            &format!("2026-06-01T{from}:00Z"),
            &format!("2026-06-01T{to}:00Z"),
        )?;
        let events = h.list(&calendar, EventQuery::range(range)).await?;
        let mut names: Vec<&str> = events.iter().map(name).collect();
        names.sort_unstable();
        ensure_eq!(names, expected, "from {from} to {to}");
    }
    Ok(())
}

pub(super) async fn text_is_found_whatever_the_case(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let word = format!("Zebra{}", h.label);
    let mut title = h.event("x", 9, 10);
    title.summary = format!("{} {word}", h.label);
    let text = h
        .event("Text", 9, 10)
        .with_description(format!("about a {word}"));
    let place = h.event("Place", 9, 10).with_location(word.clone());
    for event in [title, text, place, h.event("Other", 9, 10)] {
        h.calendar.create_event(&calendar, event).await?;
    }
    let found = h
        .list(&calendar, EventQuery::text(word.to_lowercase()))
        .await?;
    ensure_eq!(found.len(), 3, "how many have the word");
    ensure!(
        found.iter().all(|event| name(event) != "Other"),
        "an event without the word was found"
    );
    Ok(())
}

pub(super) async fn cancelled_events_are_left_out(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let made = h
        .calendar
        .create_event(&calendar, h.event("Cancelled", 9, 10))
        .await?;
    h.calendar
        .create_event(&calendar, h.event("Stays", 9, 10))
        .await?;
    let mut patch = EventPatch::default();
    patch.status = Some(EventStatus::Cancelled);
    h.calendar
        .update_event(&calendar, &made.id, patch, UpdateOptions::default())
        .await?;
    let names = |events: Vec<integrations_core::calendar::Event>| {
        let mut names: Vec<String> = events.iter().map(|event| name(event).to_owned()).collect();
        names.sort_unstable();
        names
    };
    let query = EventQuery::range(june()?);
    ensure_eq!(
        names(h.list(&calendar, query.clone()).await?),
        ["Stays"],
        "the list"
    );
    if !h.calendar.capabilities().include_cancelled {
        return Ok(());
    }
    let mut all = query;
    all.include_cancelled = true;
    ensure_eq!(
        names(h.list(&calendar, all).await?),
        ["Cancelled", "Stays"],
        "the list with cancelled ones"
    );
    Ok(())
}

pub(super) async fn what_changed_since_an_instant_is_listed(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let made = h
        .calendar
        .create_event(&calendar, h.event("Changed", 9, 10))
        .await?;
    let hour = jiff::SignedDuration::from_hours(1);
    let Some(updated) = made.updated else {
        return Err(Failure::new("nobody knows when it was changed"));
    };
    for (since, expected) in [(updated - hour, 1), (updated + hour, 0)] {
        let mut query = EventQuery::default();
        query.updated_since = Some(since);
        ensure_eq!(
            h.list(&calendar, query).await?.len(),
            expected,
            "what changed since {since}"
        );
    }
    Ok(())
}
