//! Where a series is cut: the times of what follows.

use integrations_core::calendar::Event;
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use jiff::tz::TimeZone;

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
