//! Which part of a series a change is for.

use integrations_core::calendar::{
    CalendarId, DeleteOptions, EditScope, Event, EventPatch, EventQuery, UpdateOptions,
};
use jiff::civil::date;

use super::Harness;
use super::harness::{berlin, instant, june, name};
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

/// Five days from 1 June on, and their occurrences.
async fn five(h: &Harness) -> Result<(CalendarId, Event, Vec<Event>), Failure> {
    let calendar = h.fresh().await?;
    let series = h
        .calendar
        .create_event(&calendar, h.series("Daily", "FREQ=DAILY;COUNT=5")?)
        .await?;
    let all = occurrences(h, &calendar).await?;
    ensure_eq!(all.len(), 5, "the occurrences at first");
    Ok((calendar, series, all))
}

async fn occurrences(h: &Harness, calendar: &CalendarId) -> Result<Vec<Event>, Failure> {
    h.list(calendar, EventQuery::occurrences(june()?)).await
}

async fn names(h: &Harness, calendar: &CalendarId) -> Result<Vec<String>, Failure> {
    let all = occurrences(h, calendar).await?;
    Ok(all.iter().map(|event| name(event).to_owned()).collect())
}

fn renamed(h: &Harness, to: &str) -> EventPatch {
    EventPatch::default().with_summary(h.title(to))
}

pub(super) async fn one_occurrence_is_changed_alone(h: Harness) -> Verdict {
    let (calendar, series, all) = five(&h).await?;
    let options = UpdateOptions::scope(EditScope::This);
    let answer = h
        .calendar
        .update_event(&calendar, &all[1].id, renamed(&h, "Other"), options)
        .await?;
    ensure_eq!(name(&answer), "Other", "the answer");
    ensure_eq!(
        names(&h, &calendar).await?,
        ["Daily", "Other", "Daily", "Daily", "Daily"],
        "the occurrences"
    );
    let read = h.calendar.get_event(&calendar, &series.id).await?;
    ensure_eq!(name(&read), "Daily", "the series");
    Ok(())
}

pub(super) async fn a_moved_occurrence_is_where_it_was_moved(h: Harness) -> Verdict {
    let (calendar, series, all) = five(&h).await?;
    let day = date(2026, 6, 20);
    let patch = EventPatch::default().with_times(berlin(day, 15), berlin(day, 16));
    let options = UpdateOptions::scope(EditScope::This);
    h.calendar
        .update_event(&calendar, &all[1].id, patch, options)
        .await?;
    let starts = h.starts(&calendar, june()?).await?;
    let expected =
        ["01T07", "03T07", "04T07", "05T07", "20T13"].map(|at| format!("2026-06-{at}:00:00Z"));
    ensure_eq!(starts, expected, "the occurrences");
    let all = h
        .calendar
        .instances(&calendar, &series.id, june()?)
        .all()
        .await?;
    let starts: Vec<String> = all
        .iter()
        .map(|event| instant(&event.start))
        .collect::<Result<_, _>>()?;
    ensure_eq!(starts, expected, "the instances");
    Ok(())
}

pub(super) async fn one_occurrence_is_deleted_alone(h: Harness) -> Verdict {
    let (calendar, _, all) = five(&h).await?;
    let options = DeleteOptions::scope(EditScope::This);
    h.calendar
        .delete_event(&calendar, &all[1].id, options.clone())
        .await?;
    let left: Vec<_> = occurrences(&h, &calendar)
        .await?
        .into_iter()
        .map(|event| event.id)
        .collect();
    let expected: Vec<_> = [0, 2, 3, 4].map(|n: usize| all[n].id.clone()).into();
    ensure_eq!(left, expected, "what is left");
    h.calendar
        .delete_event(&calendar, &all[1].id, options)
        .await?;
    Ok(())
}

pub(super) async fn following_occurrences_are_changed_together(h: Harness) -> Verdict {
    let (calendar, _, all) = five(&h).await?;
    let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
    h.calendar
        .update_event(&calendar, &all[2].id, renamed(&h, "Later"), options)
        .await?;
    ensure_eq!(
        names(&h, &calendar).await?,
        ["Daily", "Daily", "Later", "Later", "Later"],
        "the occurrences"
    );
    let starts = h.starts(&calendar, june()?).await?;
    let expected = ["01", "02", "03", "04", "05"].map(|day| format!("2026-06-{day}T07:00:00Z"));
    ensure_eq!(starts, expected, "the starts");
    Ok(())
}

pub(super) async fn following_occurrences_are_deleted_together(h: Harness) -> Verdict {
    let (calendar, _, all) = five(&h).await?;
    let options = DeleteOptions::scope(EditScope::ThisAndFollowing);
    h.calendar
        .delete_event(&calendar, &all[2].id, options)
        .await?;
    let starts = h.starts(&calendar, june()?).await?;
    ensure_eq!(
        starts,
        ["2026-06-01T07:00:00Z", "2026-06-02T07:00:00Z"],
        "what is left"
    );
    Ok(())
}

pub(super) async fn a_count_is_kept_when_a_series_is_cut(h: Harness) -> Verdict {
    let (calendar, _, all) = five(&h).await?;
    // One that was taken out counts too (RFC 5545, section 3.8.5.1).
    let this = DeleteOptions::scope(EditScope::This);
    h.calendar.delete_event(&calendar, &all[0].id, this).await?;
    let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
    let day = date(2026, 6, 4);
    let mut patch = renamed(&h, "Later");
    patch.times = Some((berlin(day, 18), berlin(day, 19)));
    h.calendar
        .update_event(&calendar, &all[3].id, patch, options)
        .await?;
    let expected = ["02T07", "03T07", "04T16", "05T16"].map(|at| format!("2026-06-{at}:00:00Z"));
    ensure_eq!(
        h.starts(&calendar, june()?).await?,
        expected,
        "the occurrences"
    );
    Ok(())
}

pub(super) async fn the_whole_series_is_changed(h: Harness) -> Verdict {
    let (calendar, series, all) = five(&h).await?;
    for (id, title) in [(&series.id, "First"), (&all[3].id, "Second")] {
        let options = UpdateOptions::scope(EditScope::All);
        h.calendar
            .update_event(&calendar, id, renamed(&h, title), options)
            .await?;
        ensure_eq!(names(&h, &calendar).await?, [title; 5], "the occurrences");
    }
    Ok(())
}

pub(super) async fn the_whole_series_is_deleted(h: Harness) -> Verdict {
    let (calendar, _, all) = five(&h).await?;
    let options = DeleteOptions::scope(EditScope::All);
    h.calendar
        .delete_event(&calendar, &all[3].id, options)
        .await?;
    ensure_eq!(
        names(&h, &calendar).await?,
        Vec::<String>::new(),
        "what is left"
    );
    Ok(())
}

pub(super) async fn a_changed_occurrence_stays_changed(h: Harness) -> Verdict {
    let (calendar, series, all) = five(&h).await?;
    let day = date(2026, 6, 2);
    let moved = EventPatch::default().with_times(berlin(day, 15), berlin(day, 16));
    let this = UpdateOptions::scope(EditScope::This);
    h.calendar
        .update_event(&calendar, &all[1].id, moved, this)
        .await?;
    let options = UpdateOptions::scope(EditScope::All);
    let place =
        EventPatch::default().with_location(integrations_core::calendar::Patch::Set("Hall".into()));
    h.calendar
        .update_event(&calendar, &series.id, place, options)
        .await?;
    let starts = h.starts(&calendar, june()?).await?;
    let expected =
        ["01T07", "02T13", "03T07", "04T07", "05T07"].map(|at| format!("2026-06-{at}:00:00Z"));
    ensure_eq!(starts, expected, "the occurrences");
    Ok(())
}

pub(super) async fn a_series_is_not_deleted_by_accident(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let series = h
        .calendar
        .create_event(&calendar, h.series("Daily", "FREQ=DAILY;COUNT=5")?)
        .await?;
    let delete = h
        .calendar
        .delete_event(&calendar, &series.id, DeleteOptions::default())
        .await;
    ensure_kind!(
        delete,
        InvalidInput,
        "deleting a series with the scope This"
    );
    let update = h
        .calendar
        .update_event(
            &calendar,
            &series.id,
            renamed(&h, "x"),
            UpdateOptions::default(),
        )
        .await;
    ensure_kind!(
        update,
        InvalidInput,
        "changing a series with the scope This"
    );
    let read = h.calendar.get_event(&calendar, &series.id).await?;
    ensure_eq!(name(&read), "Daily", "the series");
    Ok(())
}
