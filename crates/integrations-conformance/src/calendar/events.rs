//! Single events.

use integrations_core::ErrorKind;
use integrations_core::calendar::{
    CalendarId, DeleteOptions, EventId, EventKind, EventQuery, NewEvent,
};
use integrations_core::time::EventTime;

use super::Harness;
use super::harness::{DAY, berlin, instant, june};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn an_event_is_read_back_as_it_was_made(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let new = h
        .event("Lunch", 12, 13)
        .with_description("Bring a friend")
        .with_location("Canteen");
    let made = h.calendar.create_event(&calendar, new).await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    for event in [&made, &read] {
        ensure_eq!(event.summary, h.title("Lunch"), "the title");
        ensure_eq!(
            event.description.as_deref(),
            Some("Bring a friend"),
            "the description"
        );
        ensure_eq!(event.location.as_deref(), Some("Canteen"), "the place");
        ensure_eq!(event.calendar, calendar, "the calendar");
        ensure_eq!(event.kind, EventKind::Single, "the kind");
        ensure_eq!(instant(&event.start)?, "2026-06-01T10:00:00Z", "the start");
        ensure_eq!(instant(&event.end)?, "2026-06-01T11:00:00Z", "the end");
    }
    ensure!(!made.id.as_str().is_empty(), "the event has no id");
    Ok(())
}

pub(super) async fn a_zone_is_kept(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let made = h
        .calendar
        .create_event(&calendar, h.event("Zone", 9, 10))
        .await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    ensure_eq!(read.start, berlin(DAY, 9), "the start");
    ensure_eq!(read.end, berlin(DAY, 10), "the end");
    Ok(())
}

pub(super) async fn start_and_end_may_have_two_zones(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let lands = EventTime::zoned(DAY.at(12, 0, 0, 0), "America/New_York");
    let flight = NewEvent::new(h.title("Flight"), berlin(DAY, 10), lands);
    let made = h.calendar.create_event(&calendar, flight).await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    ensure_eq!(instant(&read.start)?, "2026-06-01T08:00:00Z", "the start");
    ensure_eq!(instant(&read.end)?, "2026-06-01T16:00:00Z", "the end");
    Ok(())
}

pub(super) async fn whole_days_stay_days(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let (first, after) = (
        DAY,
        DAY.tomorrow().map_err(|e| Failure::new(e.to_string()))?,
    );
    let new = NewEvent::new(h.title("Holiday"), first, after);
    let made = h.calendar.create_event(&calendar, new).await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    ensure_eq!(read.start, EventTime::Date(first), "the first day");
    ensure_eq!(read.end, EventTime::Date(after), "the day after the last");
    Ok(())
}

pub(super) async fn floating_times_float(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let at = |hour| EventTime::Floating(DAY.at(hour, 0, 0, 0));
    let made = h
        .calendar
        .create_event(&calendar, NewEvent::new(h.title("Pill"), at(8), at(9)))
        .await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    ensure_eq!((read.start, read.end), (at(8), at(9)), "the times");
    Ok(())
}

pub(super) async fn odd_text_is_kept(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let text = "one; two, three\\four\nfive \"six\" & <seven>: acht ü 日本 😀";
    let title = h.title("odd; title, \\ ü 日本 😀");
    let mut new = h.event("x", 9, 10).with_description(text);
    new.summary.clone_from(&title);
    let made = h.calendar.create_event(&calendar, new).await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    ensure_eq!(read.summary, title, "the title");
    ensure_eq!(read.description.as_deref(), Some(text), "the description");
    Ok(())
}

pub(super) async fn a_missing_event_is_not_found(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let missing = EventId::new(format!("{}missing", h.label));
    let read = h.calendar.get_event(&calendar, &missing).await;
    ensure_kind!(read, NotFound, "reading");
    let patch = integrations_core::calendar::EventPatch::default().with_summary("x");
    let update = h
        .calendar
        .update_event(&calendar, &missing, patch, DeleteOptions::default())
        .await;
    ensure_kind!(update, NotFound, "changing");
    Ok(())
}

pub(super) async fn a_missing_calendar_is_not_found(h: Harness) -> Verdict {
    let missing = CalendarId::new(format!("{}missing", h.label));
    let list = h
        .calendar
        .list_events(&missing, EventQuery::default())
        .all()
        .await;
    ensure_kind!(list, NotFound, "listing");
    let create = h.calendar.create_event(&missing, h.event("x", 9, 10)).await;
    ensure_kind!(create, NotFound, "creating");
    Ok(())
}

pub(super) async fn a_deleted_event_is_gone(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let event = h
        .calendar
        .create_event(&calendar, h.event("Gone", 9, 10))
        .await?;
    let stays = h
        .calendar
        .create_event(&calendar, h.event("Stays", 9, 10))
        .await?;
    h.calendar
        .delete_event(&calendar, &event.id, DeleteOptions::default())
        .await?;
    match h.calendar.get_event(&calendar, &event.id).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        // Some providers keep a trace of what was deleted.
        Ok(trace) if trace.status == integrations_core::calendar::EventStatus::Cancelled => {}
        other => return Err(Failure::new(format!("reading it answered {other:?}"))),
    }
    let listed: Vec<_> = h
        .list(&calendar, EventQuery::range(june()?))
        .await?
        .into_iter()
        .map(|e| e.id)
        .collect();
    ensure_eq!(listed, [stays.id], "the list");
    Ok(())
}

pub(super) async fn deleting_twice_succeeds(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let event = h
        .calendar
        .create_event(&calendar, h.event("Twice", 9, 10))
        .await?;
    for _ in 0..2 {
        h.calendar
            .delete_event(&calendar, &event.id, DeleteOptions::default())
            .await?;
    }
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_event(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let new = || Ok::<_, Failure>(h.event("Once", 9, 10).with_key(h.key("once")?));
    let first = h.calendar.create_event(&calendar, new()?).await?;
    let second = h.calendar.create_event(&calendar, new()?).await?;
    ensure_eq!(second.id, first.id, "the id of the second");
    ensure_eq!(
        h.list(&calendar, EventQuery::range(june()?)).await?.len(),
        1,
        "the events"
    );
    Ok(())
}

pub(super) async fn two_keys_are_two_events(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for name in ["one", "two"] {
        let new = h.event("Equal", 9, 10).with_key(h.key(name)?);
        h.calendar.create_event(&calendar, new).await?;
    }
    ensure_eq!(
        h.list(&calendar, EventQuery::range(june()?)).await?.len(),
        2,
        "the events"
    );
    Ok(())
}

pub(super) async fn an_event_is_moved_to_another_calendar(h: Harness) -> Verdict {
    let (from, to) = (h.fresh().await?, h.fresh().await?);
    let new = h.event("Moves", 9, 10).with_description("with me");
    let event = h.calendar.create_event(&from, new).await?;
    let moved = h.calendar.move_event(&from, &event.id, &to).await?;
    ensure_eq!(moved.calendar, to, "the calendar of the answer");
    let read = h.calendar.get_event(&to, &moved.id).await?;
    ensure_eq!(
        read.description.as_deref(),
        Some("with me"),
        "the description"
    );
    ensure_eq!(
        h.list(&from, EventQuery::range(june()?)).await?.len(),
        0,
        "what is left behind"
    );
    Ok(())
}
