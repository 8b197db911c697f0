//! Series and their occurrences.

use integrations_core::calendar::{EventKind, EventQuery, NewEvent};
use integrations_core::time::EventTime;
use jiff::civil::date;

use super::Harness;
use super::harness::{DAY, berlin, instant, june, name, recurrence, span};
use crate::{Failure, Verdict, ensure, ensure_eq};

pub(super) async fn a_series_is_one_event(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let made = h
        .calendar
        .create_event(&calendar, h.series("Weekly", "FREQ=WEEKLY;COUNT=4")?)
        .await?;
    ensure_eq!(made.kind, EventKind::Series, "the kind");
    let listed = h.list(&calendar, EventQuery::default()).await?;
    ensure_eq!(listed.len(), 1, "how many are listed");
    ensure_eq!(
        listed[0].recurrence,
        Some(recurrence("FREQ=WEEKLY;COUNT=4")?),
        "the recurrence"
    );
    ensure_eq!(
        (&listed[0].start, &listed[0].end),
        (&berlin(DAY, 9), &berlin(DAY, 10)),
        "the times"
    );
    Ok(())
}

pub(super) async fn rules_come_back_exactly(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for rule in [
        "FREQ=DAILY;COUNT=5;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR",
        "FREQ=MONTHLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=YEARLY;UNTIL=20300601T070000Z",
    ] {
        let made = h
            .calendar
            .create_event(&calendar, h.series("Rule", rule)?)
            .await?;
        let read = h.calendar.get_event(&calendar, &made.id).await?;
        ensure_eq!(read.recurrence, Some(recurrence(rule)?), "{rule}");
    }
    Ok(())
}

pub(super) async fn a_series_expands_in_order(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    h.calendar
        .create_event(&calendar, h.series("Weekly", "FREQ=WEEKLY;BYDAY=MO,WE")?)
        .await?;
    h.calendar
        .create_event(&calendar, h.event("Single", 8, 9))
        .await?;
    let range = span("2026-06-01T00:00:00Z", "2026-06-15T00:00:00Z")?;
    let expected = [
        "2026-06-01T06:00:00Z",
        "2026-06-01T07:00:00Z",
        "2026-06-03T07:00:00Z",
        "2026-06-08T07:00:00Z",
        "2026-06-10T07:00:00Z",
    ];
    ensure_eq!(
        h.starts(&calendar, range).await?,
        expected,
        "the occurrences"
    );
    Ok(())
}

pub(super) async fn a_meeting_stays_at_its_hour_over_summer_time(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    // Summer time begins in Berlin on 29 March 2026 and in New York on 8 March.
    let first = date(2026, 3, 2);
    for (zone, expected) in [
        (
            "Europe/Berlin",
            ["02T08", "09T08", "16T08", "23T08", "30T07"],
        ),
        (
            "America/New_York",
            ["02T14", "09T13", "16T13", "23T13", "30T13"],
        ),
    ] {
        let at = |hour| EventTime::zoned(first.at(hour, 0, 0, 0), zone);
        let weekly = NewEvent::new(h.title("Weekly"), at(9), at(10));
        let weekly = weekly.with_recurrence(recurrence("FREQ=WEEKLY;COUNT=5")?);
        let made = h.calendar.create_event(&calendar, weekly).await?;
        let range = span("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")?;
        let all = h
            .calendar
            .instances(&calendar, &made.id, range)
            .all()
            .await?;
        let starts: Vec<String> = all
            .iter()
            .map(|event| instant(&event.start))
            .collect::<Result<_, _>>()?;
        let expected = expected.map(|at| format!("2026-03-{at}:00:00Z"));
        ensure_eq!(starts, expected, "{zone}");
        let ends: Vec<String> = all
            .iter()
            .map(|event| instant(&event.end))
            .collect::<Result<_, _>>()?;
        ensure!(
            ends.iter()
                .zip(&starts)
                .all(|(end, start)| end > start && end[..10] == start[..10]),
            "{zone}: the ends are {ends:?}"
        );
    }
    Ok(())
}

pub(super) async fn series_of_whole_days_stay_days(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let new = NewEvent::new(h.title("Days"), date(2026, 3, 27), date(2026, 3, 29));
    let new = new.with_recurrence(recurrence("FREQ=DAILY;INTERVAL=2;COUNT=3")?);
    h.calendar.create_event(&calendar, new).await?;
    let range = span("2026-03-20T00:00:00Z", "2026-04-10T00:00:00Z")?;
    let events = h.list(&calendar, EventQuery::occurrences(range)).await?;
    let days: Vec<_> = events
        .into_iter()
        .map(|event| (event.start, event.end))
        .collect();
    let pair = |from: i8, to: (i8, i8)| {
        (
            EventTime::Date(date(2026, 3, from)),
            EventTime::Date(date(2026, to.0, to.1)),
        )
    };
    ensure_eq!(
        days,
        [pair(27, (3, 29)), pair(29, (3, 31)), pair(31, (4, 2))],
        "the days"
    );
    Ok(())
}

pub(super) async fn count_and_until_end_a_series(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for (rule, expected) in [
        ("FREQ=DAILY;COUNT=3", 3),
        // 9 o'clock in Berlin is 7 in UTC: the fourth is included.
        ("FREQ=DAILY;UNTIL=20260604T070000Z", 4),
        ("FREQ=DAILY;UNTIL=20260604T065959Z", 3),
    ] {
        let made = h
            .calendar
            .create_event(&calendar, h.series("End", rule)?)
            .await?;
        let all = h
            .calendar
            .instances(&calendar, &made.id, june()?)
            .all()
            .await?;
        ensure_eq!(all.len(), expected, "{rule}");
    }
    Ok(())
}

pub(super) async fn single_dates_are_added_and_left_out(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let day = |n| berlin(date(2026, 6, n), 9);
    let recurrence = recurrence("FREQ=DAILY;COUNT=3")?
        .with_date(day(20))
        .with_except(day(2));
    let new = h.event("Dates", 9, 10).with_recurrence(recurrence.clone());
    let made = h.calendar.create_event(&calendar, new).await?;
    let read = h.calendar.get_event(&calendar, &made.id).await?;
    ensure_eq!(read.recurrence, Some(recurrence), "the recurrence");
    let expected = [
        "2026-06-01T07:00:00Z",
        "2026-06-03T07:00:00Z",
        "2026-06-20T07:00:00Z",
    ];
    ensure_eq!(
        h.starts(&calendar, june()?).await?,
        expected,
        "the occurrences"
    );
    Ok(())
}

pub(super) async fn an_occurrence_is_read_by_its_id(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let made = h
        .calendar
        .create_event(&calendar, h.series("Daily", "FREQ=DAILY;COUNT=3")?)
        .await?;
    let all = h.list(&calendar, EventQuery::occurrences(june()?)).await?;
    let Some(second) = all.get(1) else {
        return Err(Failure::new("there is no second occurrence"));
    };
    let read = h.calendar.get_event(&calendar, &second.id).await?;
    ensure_eq!(instant(&read.start)?, "2026-06-02T07:00:00Z", "the start");
    let EventKind::Occurrence {
        series,
        original_start,
        ..
    } = &read.kind
    else {
        return Err(Failure::new(format!("its kind is {:?}", read.kind)));
    };
    ensure_eq!(*series, made.id, "its series");
    ensure_eq!(
        instant(original_start)?,
        "2026-06-02T07:00:00Z",
        "when the series has it"
    );
    ensure_eq!(read.recurrence, None, "its recurrence");
    ensure!(all[0].id != all[1].id, "two occurrences have one id");
    Ok(())
}

pub(super) async fn instances_are_those_of_one_series(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let one = h
        .calendar
        .create_event(&calendar, h.series("One", "FREQ=DAILY;COUNT=3")?)
        .await?;
    h.calendar
        .create_event(&calendar, h.series("Two", "FREQ=DAILY;COUNT=3")?)
        .await?;
    let all = h
        .calendar
        .instances(&calendar, &one.id, june()?)
        .all()
        .await?;
    ensure_eq!(
        all.iter().map(name).collect::<Vec<_>>(),
        ["One", "One", "One"],
        "the instances"
    );
    Ok(())
}

pub(super) async fn a_series_touches_a_range_by_its_occurrences(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    h.calendar
        .create_event(&calendar, h.series("Weekly", "FREQ=WEEKLY;COUNT=3")?)
        .await?;
    for (from, to, expected) in [("08", "09", 1), ("09", "10", 0), ("22", "30", 0)] {
        let range = span(
            &format!("2026-06-{from}T00:00:00Z"),
            &format!("2026-06-{to}T00:00:00Z"),
        )?;
        let listed = h.list(&calendar, EventQuery::range(range)).await?;
        ensure_eq!(listed.len(), expected, "from {from} to {to} June");
    }
    Ok(())
}
