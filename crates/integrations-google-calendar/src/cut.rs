//! The dates of a series whose start moved.

use integrations_core::time::EventTime;
use jiff::tz::TimeZone;

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
