//! The ids of occurrences: the series' id and when the series has it.

use integrations_core::calendar::EventId;
use integrations_core::time::EventTime;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// `uid_20260601T070000Z`; `uid_20260601` for whole days.
pub(super) fn id(series: &EventId, start: &EventTime, zone: &TimeZone) -> EventId {
    let suffix = match start {
        EventTime::Date(date) => date.strftime("%Y%m%d").to_string(),
        other => {
            // Times of a series were checked when it was written.
            let instant = other.to_timestamp(zone).unwrap_or(Timestamp::MIN);
            let utc = TimeZone::UTC.to_datetime(instant);
            utc.strftime("%Y%m%dT%H%M%SZ").to_string()
        }
    };
    EventId::new(format!("{series}_{suffix}"))
}

/// The series' id and the instant of the occurrence that an id names.
pub(super) fn split<'a>(id: &'a EventId, zone: &TimeZone) -> Option<(&'a str, Timestamp)> {
    let (series, suffix) = id.as_str().rsplit_once('_')?;
    let instant = match suffix.len() {
        8 => {
            let date = Date::strptime("%Y%m%d", suffix).ok()?;
            EventTime::Date(date).to_timestamp(zone).ok()?
        }
        16 => {
            let utc = DateTime::strptime("%Y%m%dT%H%M%SZ", suffix).ok()?;
            TimeZone::UTC.to_timestamp(utc).ok()?
        }
        _ => return None,
    };
    Some((series, instant))
}
