//! Synchronisation: a mirror that follows it has what the calendar has.

use std::collections::BTreeMap;

use integrations_core::calendar::{
    CalendarId, Change, DeleteOptions, EditScope, Event, EventId, EventPatch, EventQuery,
    SyncResult, SyncToken, UpdateOptions,
};

use super::Harness;
use super::harness::{june, name};
use crate::{Failure, Verdict, ensure, ensure_eq};

/// What an application keeps.
#[derive(Default)]
struct Mirror {
    events: BTreeMap<EventId, Event>,
    token: Option<SyncToken>,
}

impl Mirror {
    async fn follow(&mut self, h: &Harness, calendar: &CalendarId) -> Result<SyncResult, Failure> {
        let result = h.calendar.sync(calendar, self.token.as_ref()).await?;
        if result.reset {
            self.events.clear();
        }
        for change in &result.changes {
            match change {
                Change::Upserted(event) => {
                    self.events.insert(event.id.clone(), (**event).clone());
                }
                Change::Deleted(id) => {
                    self.events.remove(id);
                }
                _ => return Err(Failure::new("a change that this suite does not know")),
            }
        }
        self.token = Some(result.token.clone());
        Ok(result)
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.events.values().map(name).collect();
        names.sort_unstable();
        names
    }
}

pub(super) async fn the_first_run_has_everything(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for n in 0..5 {
        h.calendar
            .create_event(&calendar, h.event(&format!("Event {n}"), 9, 10))
            .await?;
    }
    let mut mirror = Mirror::default();
    let result = mirror.follow(&h, &calendar).await?;
    ensure!(result.reset, "it does not say that it is everything");
    ensure_eq!(
        mirror.names(),
        ["Event 0", "Event 1", "Event 2", "Event 3", "Event 4"],
        "the mirror"
    );
    Ok(())
}

pub(super) async fn later_runs_have_changes_and_deletions(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let mut made = Vec::new();
    for title in ["Stays", "Changes", "Goes"] {
        made.push(
            h.calendar
                .create_event(&calendar, h.event(title, 9, 10))
                .await?
                .id,
        );
    }
    let mut mirror = Mirror::default();
    mirror.follow(&h, &calendar).await?;

    h.calendar
        .create_event(&calendar, h.event("Comes", 9, 10))
        .await?;
    let patch = EventPatch::default().with_summary(h.title("Changed"));
    h.calendar
        .update_event(&calendar, &made[1], patch, UpdateOptions::default())
        .await?;
    h.calendar
        .delete_event(&calendar, &made[2], DeleteOptions::default())
        .await?;
    let result = mirror.follow(&h, &calendar).await?;
    ensure!(!result.reset, "it starts over");
    ensure!(
        result.changes.iter().all(|change| *change.id() != made[0]),
        "what did not change came too"
    );
    ensure_eq!(mirror.names(), ["Changed", "Comes", "Stays"], "the mirror");
    Ok(())
}

pub(super) async fn a_run_without_changes_is_empty(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    h.calendar
        .create_event(&calendar, h.event("Event", 9, 10))
        .await?;
    let mut mirror = Mirror::default();
    mirror.follow(&h, &calendar).await?;
    for _ in 0..2 {
        let result = mirror.follow(&h, &calendar).await?;
        ensure_eq!(result.changes.len(), 0, "the changes");
        ensure!(!result.reset, "it starts over");
    }
    Ok(())
}

pub(super) async fn changes_of_an_occurrence_are_seen(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let series = h
        .calendar
        .create_event(&calendar, h.series("Daily", "FREQ=DAILY;COUNT=3")?)
        .await?;
    let mut mirror = Mirror::default();
    mirror.follow(&h, &calendar).await?;
    let all = h.list(&calendar, EventQuery::occurrences(june()?)).await?;
    let patch = EventPatch::default().with_summary(h.title("Other"));
    h.calendar
        .update_event(
            &calendar,
            &all[1].id,
            patch,
            UpdateOptions::scope(EditScope::This),
        )
        .await?;
    mirror.follow(&h, &calendar).await?;
    ensure_eq!(
        mirror.names(),
        ["Daily", "Other"],
        "the mirror with the changed one"
    );

    h.calendar
        .delete_event(&calendar, &all[2].id, DeleteOptions::scope(EditScope::This))
        .await?;
    let result = mirror.follow(&h, &calendar).await?;
    ensure!(
        !result.changes.is_empty(),
        "the deleted occurrence was not noticed"
    );
    let series = mirror.events.get(&series.id);
    let cancelled = mirror.events.values().any(|event| {
        !matches!(
            event.status,
            integrations_core::calendar::EventStatus::Confirmed
        )
    });
    let except = series
        .and_then(|series| series.recurrence.as_ref())
        .is_some_and(|r| !r.except.is_empty());
    ensure!(
        cancelled || except,
        "neither the series nor an occurrence says that it does not take place"
    );
    Ok(())
}

pub(super) async fn an_old_token_starts_over_and_says_so(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let gone = h
        .calendar
        .create_event(&calendar, h.event("Goes", 9, 10))
        .await?;
    h.calendar
        .create_event(&calendar, h.event("Stays", 9, 10))
        .await?;
    let mut mirror = Mirror::default();
    mirror.follow(&h, &calendar).await?;
    h.calendar
        .delete_event(&calendar, &gone.id, DeleteOptions::default())
        .await?;
    if let Some(expire) = &h.expire_tokens {
        expire(calendar.clone()).await?;
    }
    let result = mirror.follow(&h, &calendar).await?;
    ensure!(result.reset, "it does not say that it started over");
    ensure_eq!(mirror.names(), ["Stays"], "the mirror");
    let next = mirror.follow(&h, &calendar).await?;
    ensure!(!next.reset, "the new token is too old as well");
    Ok(())
}
