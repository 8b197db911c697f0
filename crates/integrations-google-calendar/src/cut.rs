//! Where a series is cut: times and rules before and after.

use std::num::NonZeroU32;

use integrations_core::calendar::Event;
use integrations_core::calendar::recurrence::{Recurrence, RuleEnd, Until, expand};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Error, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

fn far<E>(_: E) -> Error {
    Error::invalid_input("the series leaves the range of time")
}

/// When an occurrence ends that starts at `start`.
pub(crate) fn end_of(master: &Event, start: &EventTime) -> Result<EventTime> {
    if let (EventTime::Date(first), EventTime::Date(end), EventTime::Date(start)) =
        (&master.start, &master.end, start)
    {
        let days = first.until(*end).map_err(far)?;
        return start.checked_add(days).map(EventTime::Date).map_err(far);
    }
    let utc = &TimeZone::UTC;
    let length = master
        .end
        .to_timestamp(utc)?
        .duration_since(master.start.to_timestamp(utc)?);
    let end = start.to_timestamp(utc)?.checked_add(length).map_err(far)?;
    Ok(match &master.end {
        EventTime::Zoned { tz, .. } => EventTime::Zoned {
            local: tz.time_zone()?.to_datetime(end),
            tz: tz.clone(),
        },
        _ => EventTime::Utc(end),
    })
}

/// A date of the series after its start moved: as far on the wall. `None` where the forms differ:
/// then nothing of the new series is at it.
pub(crate) fn shifted(time: &EventTime, from: &EventTime, to: &EventTime) -> Option<EventTime> {
    let by = from.wall().until(to.wall()).ok()?;
    let wall = time.wall().checked_add(by).ok()?;
    match (time, to) {
        (EventTime::Date(_), EventTime::Date(_)) => Some(EventTime::Date(wall.date())),
        (EventTime::Zoned { .. }, EventTime::Zoned { tz, .. }) => Some(EventTime::Zoned {
            local: wall,
            tz: tz.clone(),
        }),
        (EventTime::Utc(_), EventTime::Utc(_)) => {
            TimeZone::UTC.to_timestamp(wall).ok().map(EventTime::Utc)
        }
        _ => None,
    }
}

/// A recurrence before an instant and from there on. What `COUNT` counts is all that the rule makes,
/// those that were taken out included (RFC 5545, section 3.8.5.1).
pub(crate) fn split(
    whole: &Recurrence,
    start: &EventTime,
    at: Timestamp,
) -> Result<(Recurrence, Recurrence)> {
    if !whole.except_rules.is_empty() {
        return Err(Error::unsupported("cutting a series that has an EXRULE")
            .with_advice("take its occurrences out by EXDATE first"));
    }
    let utc = &TimeZone::UTC;
    let second = at.checked_sub(SignedDuration::from_secs(1)).map_err(far)?;
    let last = match start {
        EventTime::Date(_) => Until::Date(utc.to_datetime(second).date()),
        EventTime::Floating(_) => Until::Local(utc.to_datetime(second)),
        _ => Until::Utc(second),
    };
    let (mut head, mut rest) = (Recurrence::default(), Recurrence::default());
    for rule in &whole.rules {
        let left = match rule.end {
            RuleEnd::Never => Some(RuleEnd::Never),
            RuleEnd::Until(until) => {
                let until_at = match until {
                    Until::Utc(instant) => instant,
                    // The day is included.
                    Until::Date(day) => utc.to_timestamp(day.at(23, 59, 59, 0)).map_err(far)?,
                    Until::Local(wall) => utc.to_timestamp(wall).map_err(far)?,
                };
                (until_at >= at).then_some(rule.end)
            }
            RuleEnd::Count(count) => {
                let alone = Recurrence::from(rule.clone());
                let before = TimeRange {
                    start: start.to_timestamp(utc)?,
                    end: at,
                };
                let before = expand(start, &alone, before, utc)?.len();
                let before = u32::try_from(before).unwrap_or(u32::MAX);
                NonZeroU32::new(count.get().saturating_sub(before)).map(RuleEnd::Count)
            }
        };
        let mut ended = rule.clone();
        if let Some(left) = left {
            ended.end = RuleEnd::Until(last);
            let mut goes_on = rule.clone();
            goes_on.end = left;
            rest.rules.push(goes_on);
        }
        head.rules.push(ended);
    }
    for date in &whole.dates {
        match date.start.to_timestamp(utc)? < at {
            true => head.dates.push(date.clone()),
            false => rest.dates.push(date.clone()),
        }
    }
    for time in &whole.except {
        match time.to_timestamp(utc)? < at {
            true => head.except.push(time.clone()),
            false => rest.except.push(time.clone()),
        }
    }
    Ok((head, rest))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn berlin(day: i8) -> EventTime {
        EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Berlin")
    }

    fn cut(rule: &str, day: i8) -> (Vec<String>, Vec<String>) {
        let rule: integrations_core::calendar::recurrence::RRule = rule.parse().unwrap();
        let whole = Recurrence::from(rule)
            .with_except(berlin(2))
            .with_except(berlin(5));
        let at = berlin(day).to_timestamp(&TimeZone::UTC).unwrap();
        let (head, rest) = split(&whole, &berlin(1), at).unwrap();
        (head.to_lines(), rest.to_lines())
    }

    #[test]
    fn a_series_is_cut_with_its_exceptions_and_its_count() {
        let (head, rest) = cut("FREQ=DAILY;COUNT=6", 4);
        assert_eq!(
            head,
            [
                "RRULE:FREQ=DAILY;UNTIL=20260604T065959Z",
                "EXDATE;TZID=Europe/Berlin:20260602T090000"
            ]
        );
        assert_eq!(
            rest,
            [
                "RRULE:FREQ=DAILY;COUNT=3",
                "EXDATE;TZID=Europe/Berlin:20260605T090000"
            ]
        );
        let (_, rest) = cut("FREQ=DAILY", 4);
        assert_eq!(rest[0], "RRULE:FREQ=DAILY");
        let (head, rest) = cut("FREQ=DAILY;UNTIL=20260610T070000Z", 4);
        assert_eq!(head[0], "RRULE:FREQ=DAILY;UNTIL=20260604T065959Z");
        assert_eq!(rest[0], "RRULE:FREQ=DAILY;UNTIL=20260610T070000Z");
        // A rule that ended before goes on nowhere, and does not get longer.
        let (head, rest) = cut("FREQ=DAILY;UNTIL=20260602T070000Z", 4);
        assert_eq!(head[0], "RRULE:FREQ=DAILY;UNTIL=20260602T070000Z");
        assert_eq!(rest.len(), 1);
    }
}
