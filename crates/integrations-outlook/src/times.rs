//! Times: a wall time and the name of a zone
//! (<https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone>).
//!
//! Written they are in the event's own zone, by the name that Windows has for it. Every answer is
//! asked for in UTC, and is put back on the wall of the zone in which the event was made
//! (`originalStartTimeZone`), so that nine o'clock in Berlin stays that.

use integrations_core::time::{EventTime, TzId};
use integrations_core::{Error, Result};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

/// What Graph calls UTC.
pub(crate) const UTC: &str = "UTC";

/// A zone that was named to Graph with the times of an event, by names of Windows' and of the IANA.
/// `None` for UTC.
pub(crate) fn zone(name: &str) -> Option<TzId> {
    if matches!(name, "" | "UTC" | "Etc/UTC" | "tzone://Microsoft/Utc") {
        return None;
    }
    let named = TzId::named(name);
    Some(match &named.iana {
        // One zone has one name here, whichever Graph knows it by: the raw form has the other.
        Some(iana) => TzId::iana(&**iana),
        None => named,
    })
}

/// The name by which Graph knows the zone of a time. Whole days have none of their own.
///
/// # Errors
/// `Unsupported` for a floating time, for a zone for which Windows has no name, and at a time at
/// which the zone of that name has another offset: several zones share a name, and were not always
/// the same.
pub(crate) fn zone_name(time: &EventTime) -> Result<&'static str> {
    let (local, tz) = match time {
        EventTime::Date(_) | EventTime::Utc(_) => return Ok(UTC),
        EventTime::Zoned { local, tz } => (*local, tz),
        EventTime::Floating(_) => return Err(Error::unsupported("floating_times")),
    };
    let name = tz.to_windows()?;
    let tz = TzId::from_windows(name, None)?;
    let answered = EventTime::Zoned { local, tz };
    match answered.to_timestamp(&TimeZone::UTC)? == time.to_timestamp(&TimeZone::UTC)? {
        true => Ok(name),
        false => Err(another_offset(time, name)),
    }
}

fn another_offset(time: &EventTime, name: &str) -> Error {
    Error::unsupported(format_args!(
        "{time}, because Windows' {name:?} has another offset then,"
    ))
    .with_advice("give the time as an instant in UTC")
}

/// How long the rules of two zones are compared ahead of a series.
const YEARS_AHEAD: i64 = 5;

/// The name by which Graph knows the zone of a series, whose offsets have to be the same for as long
/// as the rules of zones are known ahead.
///
/// # Errors
/// As [`zone_name`].
pub(crate) fn series_zone_name(start: &EventTime) -> Result<&'static str> {
    let name = zone_name(start)?;
    let EventTime::Zoned { local, tz } = start else {
        return Ok(name);
    };
    let first = start.to_timestamp(&TimeZone::UTC)?;
    let Ok(end) = local
        .checked_add(Span::new().years(YEARS_AHEAD))
        .and_then(|end| TimeZone::UTC.to_timestamp(end))
    else {
        return Ok(name);
    };
    let changes = |zone: &TimeZone| -> Vec<(Timestamp, Offset)> {
        let all = zone
            .following(first)
            .map(|it| (it.timestamp(), it.offset()));
        all.take_while(|(at, _)| *at < end).collect()
    };
    let answered = TzId::from_windows(name, None)?.time_zone()?;
    match changes(&tz.time_zone()?) == changes(&answered) {
        true => Ok(name),
        false => Err(another_offset(start, name)),
    }
}

/// Writes a time. A whole day is midnight, and `isAllDay` says so beside it.
///
/// # Errors
/// `Unsupported` for a floating time, for a zone for which Windows has no name, and for parts of a
/// second.
pub(crate) fn written(time: &EventTime) -> Result<Value> {
    let name = zone_name(time)?;
    let wall = time.wall();
    if wall.subsec_nanosecond() % 100 != 0 {
        return Err(Error::unsupported("a time with less than 100 nanoseconds"));
    }
    let digits = wall.subsec_nanosecond() / 100;
    let text = format!("{}.{digits:07}", wall.strftime("%Y-%m-%dT%H:%M:%S"));
    Ok(json!({"dateTime": text, "timeZone": name}))
}

/// The instant of an answered time, and its wall.
fn answered(value: &Value) -> Option<(DateTime, Option<Timestamp>)> {
    let wall: DateTime = value["dateTime"].as_str()?.parse().ok()?;
    let tz = match zone(value["timeZone"].as_str().unwrap_or_default()) {
        None => TimeZone::UTC,
        Some(tz) => match tz.time_zone() {
            Ok(tz) => tz,
            Err(_) => return Some((wall, None)),
        },
    };
    let at = tz.to_ambiguous_timestamp(wall).compatible();
    Some((wall, at.ok()))
}

/// An instant on the wall of a zone by Graph's name. Of two equal times on the wall the second can
/// only be said as an instant, and is. In a zone that nobody knows the wall is that of UTC, and the
/// name says that it is no time to reckon with.
pub(crate) fn on_wall(at: Timestamp, name: &str) -> EventTime {
    let Some(tz) = zone(name) else {
        return EventTime::Utc(at);
    };
    let Ok(rules) = tz.time_zone() else {
        let local = TimeZone::UTC.to_datetime(at);
        return EventTime::Zoned { local, tz };
    };
    let local = rules.to_datetime(at);
    let zoned = EventTime::Zoned { local, tz };
    match zoned.to_timestamp(&rules) {
        Ok(same) if same == at => zoned,
        _ => EventTime::Utc(at),
    }
}

/// The date of a whole day: midnight as it was answered, or where the event was made.
fn day(wall: DateTime, at: Option<Timestamp>, name: &str) -> EventTime {
    let midnight = wall == wall.date().at(0, 0, 0, 0);
    let own = match at {
        Some(at) if !midnight => on_wall(at, name).wall().date(),
        _ => wall.date(),
    };
    EventTime::Date(own)
}

/// Reads a time of an event that was made in the zone of this name; `None` where there is none.
pub(crate) fn read(value: &Value, name: &str, all_day: bool) -> Option<EventTime> {
    let (wall, at) = answered(value)?;
    if all_day {
        return Some(day(wall, at, name));
    }
    match at {
        Some(at) => Some(on_wall(at, name)),
        None => Some(EventTime::Zoned {
            local: wall,
            tz: TzId::unknown(value["timeZone"].as_str().unwrap_or_default()),
        }),
    }
}

/// Reads `originalStart`, which is an instant.
pub(crate) fn read_instant(value: &Value, name: &str, all_day: bool) -> Option<EventTime> {
    let at: Timestamp = value.as_str()?.parse().ok()?;
    match all_day {
        true => Some(day(TimeZone::UTC.to_datetime(at), Some(at), name)),
        false => Some(on_wall(at, name)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn berlin(hour: i8) -> EventTime {
        EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin")
    }

    /// Kazakhstan took one time for the whole country on 2024-03-01 (IANA time zone database, 2024a).
    #[test]
    fn a_zone_is_not_given_by_the_name_of_another_that_was_not_the_same_then() {
        let at = |year| EventTime::zoned(date(year, 2, 1).at(9, 0, 0, 0), "Asia/Almaty");
        assert_eq!(zone_name(&at(2026)).unwrap(), "West Asia Standard Time");
        let error = zone_name(&at(2024)).unwrap_err();
        assert_eq!(error.kind(), integrations_core::ErrorKind::Unsupported);
        assert!(written(&at(2024)).is_err());
        // Iceland and Greenwich are one name, and one time, for ever.
        let iceland = EventTime::zoned(date(2026, 2, 1).at(9, 0, 0, 0), "Atlantic/Reykjavik");
        assert_eq!(
            series_zone_name(&iceland).unwrap(),
            "Greenwich Standard Time"
        );
        // Morocco has a name of its own, and Western Sahara shares it.
        let sahara = EventTime::zoned(date(2026, 2, 1).at(9, 0, 0, 0), "Africa/El_Aaiun");
        assert_eq!(series_zone_name(&sahara).unwrap(), "Morocco Standard Time");
    }

    #[test]
    fn a_time_goes_out_on_its_own_wall_by_the_name_of_windows() {
        let value = written(&berlin(9)).unwrap();
        let expected = json!({"dateTime": "2026-06-01T09:00:00.0000000", "timeZone": "W. Europe Standard Time"});
        assert_eq!(value, expected);
        let day = written(&EventTime::Date(date(2026, 6, 1))).unwrap();
        assert_eq!(
            day,
            json!({"dateTime": "2026-06-01T00:00:00.0000000", "timeZone": "UTC"})
        );
        assert!(written(&EventTime::Floating(date(2026, 6, 1).at(9, 0, 0, 0))).is_err());
        let nowhere = EventTime::zoned(date(2026, 6, 1).at(9, 0, 0, 0), "Antarctica/Troll");
        let error = written(&nowhere).unwrap_err();
        assert_eq!(error.kind(), integrations_core::ErrorKind::Unsupported);
    }

    #[test]
    fn an_answer_in_utc_is_read_on_the_wall_where_the_event_was_made() {
        let value = json!({"dateTime": "2026-06-01T07:00:00.0000000", "timeZone": "UTC"});
        for name in ["W. Europe Standard Time", "Europe/Berlin"] {
            assert_eq!(read(&value, name, false), Some(berlin(9)), "{name}");
        }
        let utc = EventTime::Utc("2026-06-01T07:00:00Z".parse().unwrap());
        for name in ["UTC", "tzone://Microsoft/Utc", ""] {
            assert_eq!(read(&value, name, false), Some(utc.clone()), "{name}");
        }
        // In another zone than was asked for, as some answers are.
        let value = json!({"dateTime": "2026-06-01T03:00:00", "timeZone": "Eastern Standard Time"});
        assert_eq!(read(&value, "Europe/Berlin", false), Some(berlin(9)));
        // The second half past two of the night in which summer time ends.
        let value = json!({"dateTime": "2026-10-25T01:30:00.0000000", "timeZone": "UTC"});
        let second = EventTime::Utc("2026-10-25T01:30:00Z".parse().unwrap());
        assert_eq!(read(&value, "Europe/Berlin", false), Some(second));
        assert_eq!(read(&json!(null), "UTC", false), None);
    }

    // The first is what Graph says of zones that desktop Outlook made
    // (https://learn.microsoft.com/en-us/graph/api/resources/event), the second is getSchedule's.
    #[test]
    fn a_zone_that_nobody_knows_is_not_utc() {
        let value = json!({"dateTime": "2026-06-01T07:00:00.0000000", "timeZone": "UTC"});
        for name in ["tzone://Microsoft/Custom", "Customized Time Zone"] {
            let time = read(&value, name, false).unwrap();
            assert!(time.to_timestamp(&TimeZone::UTC).is_err(), "{time}");
            assert!(time.to_string().contains(name));
            assert!(written(&time).is_err());
        }
        let value = json!({"dateTime": "2026-06-01T07:00:00", "timeZone": "Customized Time Zone"});
        let time = read(&value, "UTC", false).unwrap();
        assert!(time.to_timestamp(&TimeZone::UTC).is_err(), "{time}");
    }

    #[test]
    fn whole_days_are_read_whether_midnight_is_there_or_in_utc() {
        let first = EventTime::Date(date(2026, 6, 1));
        for at in ["2026-06-01T00:00:00.0000000", "2026-05-31T22:00:00.0000000"] {
            let value = json!({"dateTime": at, "timeZone": "UTC"});
            assert_eq!(
                read(&value, "Europe/Berlin", true),
                Some(first.clone()),
                "{at}"
            );
            let instant = json!(format!("{}Z", &at[..19]));
            let read = read_instant(&instant, "Europe/Berlin", true);
            assert_eq!(read, Some(first.clone()), "{at}");
        }
        let instant = json!("2026-06-01T07:00:00Z");
        let read = read_instant(&instant, "W. Europe Standard Time", false);
        assert_eq!(read, Some(berlin(9)));
    }
}
