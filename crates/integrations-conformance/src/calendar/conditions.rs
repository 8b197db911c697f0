//! Changes, and their conditions.

use integrations_core::calendar::{DeleteOptions, ETag, EventPatch, Patch, UpdateOptions};

use super::Harness;
use super::harness::{DAY, berlin, name};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_patch_changes_what_it_names_and_nothing_else(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let new = h
        .event("Before", 9, 10)
        .with_description("stays")
        .with_location("stays too");
    let made = h.calendar.create_event(&calendar, new).await?;
    let patch = EventPatch::default().with_summary(h.title("After"));
    let answer = h
        .calendar
        .update_event(&calendar, &made.id, patch, UpdateOptions::default())
        .await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    for event in [answer, read] {
        ensure_eq!(name(&event), "After", "the title");
        ensure_eq!(
            event.description.as_deref(),
            Some("stays"),
            "the description"
        );
        ensure_eq!(event.location.as_deref(), Some("stays too"), "the place");
        ensure_eq!(
            (event.start, event.end),
            (berlin(DAY, 9), berlin(DAY, 10)),
            "the times"
        );
    }
    Ok(())
}

pub(super) async fn a_patch_clears_what_it_clears(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let new = h
        .event("Clear", 9, 10)
        .with_description("stays")
        .with_location("goes");
    let made = h.calendar.create_event(&calendar, new).await?;
    let patch = EventPatch::default().with_location(Patch::Clear);
    h.calendar
        .update_event(&calendar, &made.id, patch, UpdateOptions::default())
        .await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    ensure_eq!(read.location.unwrap_or_default(), "", "the place");
    ensure_eq!(
        read.description.as_deref(),
        Some("stays"),
        "the description"
    );
    Ok(())
}

pub(super) async fn an_event_gets_other_times(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let made = h
        .calendar
        .create_event(&calendar, h.event("Times", 9, 10))
        .await?;
    let patch = EventPatch::default().with_times(berlin(DAY, 14), berlin(DAY, 16));
    h.calendar
        .update_event(&calendar, &made.id, patch, UpdateOptions::default())
        .await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    ensure_eq!(
        (read.start, read.end),
        (berlin(DAY, 14), berlin(DAY, 16)),
        "the times"
    );
    Ok(())
}

/// An event with a version that is current and one that is not.
async fn versions(
    h: &Harness,
) -> Result<
    (
        integrations_core::calendar::CalendarId,
        integrations_core::calendar::EventId,
        ETag,
        ETag,
    ),
    Failure,
> {
    let calendar = h.fresh().await?;
    let made = h
        .calendar
        .create_event(&calendar, h.event("First", 9, 10))
        .await?;
    let old = h.calendar.get_event(&calendar, &made.id).await?.etag;
    let patch = EventPatch::default().with_summary(h.title("Second"));
    h.calendar
        .update_event(&calendar, &made.id, patch, UpdateOptions::default())
        .await?;
    let current = h.calendar.get_event(&calendar, &made.id).await?.etag;
    let (Some(old), Some(current)) = (old, current) else {
        return Err(Failure::new("the event has no entity tag"));
    };
    Ok((calendar, made.id, old, current))
}

pub(super) async fn a_change_gives_another_version(h: Harness) -> Verdict {
    let (_, _, old, current) = versions(&h).await?;
    ensure!(old != current, "both versions are {old}");
    Ok(())
}

pub(super) async fn a_change_of_another_version_fails(h: Harness) -> Verdict {
    let (calendar, id, old, _) = versions(&h).await?;
    let patch = EventPatch::default().with_summary(h.title("Third"));
    let options = UpdateOptions::default().with_if_match(old);
    let update = h
        .calendar
        .update_event(&calendar, &id, patch, options)
        .await;
    ensure_kind!(update, PreconditionFailed, "changing an old version");
    let read = h.calendar.get_event(&calendar, &id).await?;
    ensure_eq!(name(&read), "Second", "the title");
    Ok(())
}

pub(super) async fn a_change_of_this_version_succeeds(h: Harness) -> Verdict {
    let (calendar, id, _, current) = versions(&h).await?;
    let patch = EventPatch::default().with_summary(h.title("Third"));
    let options = UpdateOptions::default().with_if_match(current);
    h.calendar
        .update_event(&calendar, &id, patch, options)
        .await?;
    ensure_eq!(
        name(&h.calendar.get_event(&calendar, &id).await?),
        "Third",
        "the title"
    );
    Ok(())
}

pub(super) async fn a_delete_of_another_version_fails(h: Harness) -> Verdict {
    let (calendar, id, old, current) = versions(&h).await?;
    let options = DeleteOptions::default().with_if_match(old);
    let delete = h.calendar.delete_event(&calendar, &id, options).await;
    ensure_kind!(delete, PreconditionFailed, "deleting an old version");
    h.calendar.get_event(&calendar, &id).await?;
    let options = DeleteOptions::default().with_if_match(current);
    h.calendar.delete_event(&calendar, &id, options).await?;
    Ok(())
}
