//! Calendars themselves.

use integrations_core::calendar::{CalendarPatch, EventQuery, NewCalendar, Patch};

use super::Harness;
use super::harness::june;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_calendar_is_made_changed_and_deleted(h: Harness) -> Verdict {
    let zoned = h.calendar.capabilities().calendar_time_zone;
    let mut new = NewCalendar::new(h.title("Team"));
    if zoned {
        new = new.with_time_zone("Europe/Berlin");
    }
    let made = h.calendar.create_calendar(new).await?;
    ensure_eq!(made.name, h.title("Team"), "the name");
    let listed = h.calendar.list_calendars().all().await?;
    ensure!(
        listed.iter().any(|one| one.id == made.id),
        "it is not listed"
    );

    let mut patch = CalendarPatch::default();
    patch.name = Some(h.title("Other"));
    let described = h.calendar.capabilities().calendar_description;
    if described {
        patch.description = Patch::Set("for all".to_owned());
    }
    h.calendar.update_calendar(&made.id, patch).await?;
    let read = h.calendar.get_calendar(&made.id).await?;
    ensure_eq!(read.name, h.title("Other"), "the new name");
    ensure_eq!(
        read.description.as_deref(),
        described.then_some("for all"),
        "the description"
    );
    if zoned {
        let zone = read.time_zone.map(|zone| zone.to_string());
        ensure_eq!(zone.as_deref(), Some("Europe/Berlin"), "the zone");
    }

    for _ in 0..2 {
        h.calendar.delete_calendar(&made.id).await?;
    }
    ensure_kind!(
        h.calendar.get_calendar(&made.id).await,
        NotFound,
        "reading it"
    );
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_calendar(h: Harness) -> Verdict {
    let key = h.key("calendar")?;
    let new = || NewCalendar::new(h.title("Once")).with_key(key.clone());
    let first = h.calendar.create_calendar(new()).await?;
    let second = h.calendar.create_calendar(new()).await?;
    ensure_eq!(second.id, first.id, "the second");
    let listed = h.calendar.list_calendars().all().await?;
    let same = listed.iter().filter(|one| one.name == first.name).count();
    ensure_eq!(same, 1, "how many there are");
    Ok(())
}

pub(super) async fn a_change_of_another_version_of_a_calendar_fails(h: Harness) -> Verdict {
    let new = NewCalendar::new(h.title("First"));
    let made = h.calendar.create_calendar(new).await?;
    let read = h.calendar.get_calendar(&made.id).await?;
    let Some(first) = read.etag else {
        return Err(Failure::new("the calendar has no version"));
    };
    let named = |name: &str| {
        let mut patch = CalendarPatch::default();
        patch.name = Some(h.title(name));
        patch
    };
    let second = named("Second").with_if_match(first.clone());
    let changed = h.calendar.update_calendar(&made.id, second).await?;
    ensure!(
        changed.etag.as_ref() != Some(&first),
        "the change gave no other version"
    );
    let third = named("Third").with_if_match(first);
    ensure_kind!(
        h.calendar.update_calendar(&made.id, third).await,
        PreconditionFailed,
        "a change of the version before"
    );
    let read = h.calendar.get_calendar(&made.id).await?;
    ensure_eq!(read.name, h.title("Second"), "the name");
    // An event changes the calendar's content, and not what is said of it.
    h.calendar
        .create_event(&made.id, h.event("Event", 9, 10))
        .await?;
    let mut third = named("Third");
    third.if_match = read.etag;
    h.calendar.update_calendar(&made.id, third).await?;
    h.calendar.delete_calendar(&made.id).await?;
    Ok(())
}

pub(super) async fn events_stay_in_their_calendar(h: Harness) -> Verdict {
    let (one, two) = (h.fresh().await?, h.fresh().await?);
    let made = h
        .calendar
        .create_event(&one, h.event("Here", 9, 10))
        .await?;
    ensure_eq!(
        h.list(&two, EventQuery::range(june()?)).await?.len(),
        0,
        "the other calendar's events"
    );
    ensure_kind!(
        h.calendar.get_event(&two, &made.id).await,
        NotFound,
        "reading it there"
    );
    Ok(())
}
