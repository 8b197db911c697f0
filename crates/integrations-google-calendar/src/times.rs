//! Times: `date`, or `dateTime` with `timeZone` (discovery document, `EventDateTime`).

use integrations_core::time::{EventTime, TzId};
use integrations_core::{Error, Result};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Writes a time. The parts that its form does not have are cleared, for a patch merges them.
///
/// # Errors
/// `Unsupported` for a floating time, and for a zone that is not in the IANA database.
pub(crate) fn written(time: &EventTime, patch: bool) -> Result<Value> {
    let mut value = match time {
        EventTime::Date(date) => json!({"date": date.to_string()}),
        EventTime::Utc(instant) => {
            json!({"dateTime": instant.to_string(), "timeZone": "UTC"})
        }
        EventTime::Zoned { local, tz } => {
            let Some(iana) = &tz.iana else {
                return Err(Error::unsupported("a zone without an IANA name"));
            };
            // Without an offset: the zone says it, whatever becomes of its rules.
            json!({"dateTime": local.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": &**iana})
        }
        EventTime::Floating(_) => return Err(Error::unsupported("floating_times")),
    };
    if patch {
        for name in ["date", "dateTime", "timeZone"] {
            if value.get(name).is_none() {
                value[name] = Value::Null;
            }
        }
    }
    Ok(value)
}

/// Reads a time; `None` where there is none.
pub(crate) fn read(value: &Value) -> Option<EventTime> {
    if let Some(date) = value["date"].as_str() {
        return date.parse().ok().map(EventTime::Date);
    }
    let text = value["dateTime"].as_str()?;
    let named = value["timeZone"].as_str();
    let Ok(instant) = text.parse::<Timestamp>() else {
        // Without an offset, on the wall of the zone that is named.
        let wall: DateTime = text.parse().ok()?;
        return Some(EventTime::zoned(wall, named?));
    };
    Some(match named {
        None | Some("UTC" | "Etc/UTC") => EventTime::Utc(instant),
        Some(name) => match TimeZone::get(name) {
            Ok(zone) => {
                let zoned = EventTime::zoned(zone.to_datetime(instant), name);
                // The second of two equal times on the wall can only be said as an instant.
                match zoned.to_timestamp(&zone) {
                    Ok(same) if same == instant => zoned,
                    _ => EventTime::Utc(instant),
                }
            }
            // A zone that nobody knows is said, and not taken for UTC.
            Err(_) => EventTime::Zoned {
                local: wall(text)?,
                tz: TzId::unknown(name),
            },
        },
    })
}

/// What the wall shows, without the offset.
fn wall(text: &str) -> Option<DateTime> {
    text.get(..19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_form_is_written_and_read_back() {
        for time in [
            EventTime::Date(date(2026, 6, 1)),
            EventTime::zoned(date(2026, 6, 1).at(9, 0, 0, 0), "Europe/Berlin"),
            EventTime::Utc("2026-06-01T07:00:00Z".parse().unwrap()),
        ] {
            assert_eq!(read(&written(&time, false).unwrap()), Some(time.clone()));
            let patch = written(&time, true).unwrap();
            assert_eq!(patch.as_object().unwrap().len(), 3, "{patch}");
        }
        assert!(written(&EventTime::Floating(date(2026, 6, 1).at(9, 0, 0, 0)), false).is_err());
    }

    #[test]
    fn an_offset_is_read_in_the_events_own_zone() {
        let value = json!({"dateTime": "2026-06-01T03:00:00-04:00", "timeZone": "Europe/Berlin"});
        let expected = EventTime::zoned(date(2026, 6, 1).at(9, 0, 0, 0), "Europe/Berlin");
        assert_eq!(read(&value), Some(expected));
        // The second half past two of the night in which summer time ends.
        let value = json!({"dateTime": "2026-10-25T02:30:00+01:00", "timeZone": "Europe/Berlin"});
        let expected = EventTime::Utc("2026-10-25T01:30:00Z".parse().unwrap());
        assert_eq!(read(&value), Some(expected));
    }

    #[test]
    fn a_zone_that_nobody_knows_is_not_utc() {
        let value = json!({"dateTime": "2026-06-01T09:00:00+02:00", "timeZone": "Mars/Base"});
        let time = read(&value).unwrap();
        assert!(time.to_timestamp(&TimeZone::UTC).is_err(), "{time}");
        assert_eq!(read(&json!({})), None);
    }
}
