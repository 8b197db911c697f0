//! Times and zones, as events have them.

use integrations_core::time::{EventTime, TzId};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::state::{Answer, Fields};

/// The names besides those of Windows that a time zone can have
/// (<https://learn.microsoft.com/graph/api/resources/datetimetimezone>); where the page has a second
/// name in brackets, both.
const LISTED: &[&str] = &[
    "Etc/GMT+12",
    "Etc/GMT+11",
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Santa_Isabel",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Chihuahua",
    "America/Denver",
    "America/Guatemala",
    "America/Chicago",
    "America/Mexico_City",
    "America/Regina",
    "America/Bogota",
    "America/New_York",
    "America/Indiana/Indianapolis",
    "America/Caracas",
    "America/Asuncion",
    "America/Halifax",
    "America/Cuiaba",
    "America/La_Paz",
    "America/Santiago",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "America/Cayenne",
    "America/Godthab",
    "America/Montevideo",
    "America/Bahia",
    "Etc/GMT+2",
    "Atlantic/Azores",
    "Atlantic/Cape_Verde",
    "Africa/Casablanca",
    "Etc/GMT",
    "Europe/London",
    "Atlantic/Reykjavik",
    "Europe/Berlin",
    "Europe/Budapest",
    "Europe/Paris",
    "Europe/Warsaw",
    "Africa/Lagos",
    "Africa/Windhoek",
    "Europe/Bucharest",
    "Asia/Beirut",
    "Africa/Cairo",
    "Asia/Damascus",
    "Africa/Johannesburg",
    "Europe/Kyiv",
    "Europe/Kiev",
    "Europe/Istanbul",
    "Asia/Jerusalem",
    "Asia/Amman",
    "Asia/Baghdad",
    "Europe/Kaliningrad",
    "Asia/Riyadh",
    "Africa/Nairobi",
    "Asia/Tehran",
    "Asia/Dubai",
    "Asia/Baku",
    "Europe/Moscow",
    "Indian/Mauritius",
    "Asia/Tbilisi",
    "Asia/Yerevan",
    "Asia/Kabul",
    "Asia/Karachi",
    "Asia/Tashkent",
    "Asia/Kolkata",
    "Asia/Colombo",
    "Asia/Kathmandu",
    "Asia/Almaty",
    "Asia/Dhaka",
    "Asia/Yekaterinburg",
    "Asia/Yangon",
    "Asia/Rangoon",
    "Asia/Bangkok",
    "Asia/Novosibirsk",
    "Asia/Shanghai",
    "Asia/Krasnoyarsk",
    "Asia/Singapore",
    "Australia/Perth",
    "Asia/Taipei",
    "Asia/Ulaanbaatar",
    "Asia/Irkutsk",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Australia/Brisbane",
    "Australia/Sydney",
    "Pacific/Port_Moresby",
    "Australia/Hobart",
    "Asia/Yakutsk",
    "Pacific/Guadalcanal",
    "Asia/Vladivostok",
    "Pacific/Auckland",
    "Etc/GMT-12",
    "Pacific/Fiji",
    "Asia/Magadan",
    "Pacific/Tongatapu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
];

/// A zone by a name that Graph takes.
pub(super) fn zone_id(name: &str) -> Option<TzId> {
    if LISTED.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return TimeZone::get(name).ok().map(|_| TzId::iana(name));
    }
    TzId::from_windows(name, None).ok()
}

/// The rules of a zone by a name that Graph takes.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    zone_id(name)?.time_zone().ok()
}

/// A wall time with seven digits and no offset, as every answer has it.
pub(super) fn digits(wall: DateTime) -> String {
    format!("{}0", wall.strftime("%Y-%m-%dT%H:%M:%S.%6f"))
}

/// An instant, as `createdDateTime` and the like have it.
pub(super) fn stamp(at: Timestamp) -> String {
    format!("{}Z", digits(TimeZone::UTC.to_datetime(at)))
}

/// A wall time of a request: `{date}T{time}`. That one with an offset is refused, which the zone
/// beside it would contradict, is this stand-in's choice.
pub(super) fn wall(text: &str) -> Option<DateTime> {
    let plain = text.len() >= 10 && text.is_char_boundary(10);
    let offset = !plain || text[10..].contains(['Z', 'z', '+', '-']);
    (!offset).then(|| text.parse().ok()).flatten()
}

/// A `dateTimeTimeZone` and the name of its zone. "By default, the start time is in UTC."
pub(super) fn read(value: Option<&Value>, what: &str) -> Answer<(EventTime, String)> {
    let missing = || Refusal::property(format!("The {what} time is missing."));
    let value = value.and_then(Value::as_object).ok_or_else(missing)?;
    let text = value.get("dateTime").and_then(Value::as_str);
    let local = wall(text.ok_or_else(missing)?).ok_or_else(|| {
        Refusal::property(format!(
            "The {what} time is not of the form 'yyyy-mm-ddThh:mm:ss'."
        ))
    })?;
    let name = match value.get("timeZone") {
        None | Some(Value::Null) => "UTC",
        Some(name) => name.as_str().unwrap_or_default(),
    };
    let tz = zone_id(name).ok_or_else(|| {
        let words = format!(
            "A valid TimeZone value must be specified. The following TimeZone value is not \
             supported: '{name}'."
        );
        Refusal::new(400, "TimeZoneNotSupportedException", words)
    })?;
    Ok((EventTime::Zoned { local, tz }, name.to_owned()))
}

/// The instant of a time; whole days begin in `local`.
pub(super) fn at(time: &EventTime, local: &TimeZone) -> Answer<Timestamp> {
    time.to_timestamp(local)
        .map_err(|error| Refusal::property(error.message().to_owned()))
}

/// A time as it is answered, in the zone that was asked for. A whole day is midnight there: it is
/// not moved between zones.
pub(super) fn write(time: &EventTime, (name, tz): (&str, &TimeZone)) -> Value {
    let wall = match time {
        EventTime::Date(date) => date.at(0, 0, 0, 0),
        // A time that was checked has an instant.
        other => other
            .to_timestamp(&TimeZone::UTC)
            .map_or_else(|_| other.wall(), |at| tz.to_datetime(at)),
    };
    json!({"dateTime": digits(wall), "timeZone": name})
}

/// An instant of a query: ISO 8601, in UTC when it has no offset ("The timezone is specified in the
/// timezone offset portion of the parameter value", and without one "the time is interpreted as
/// UTC": <https://learn.microsoft.com/graph/api/user-list-calendarview>).
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let with = || text.parse::<Timestamp>().ok();
    let without = || {
        TimeZone::UTC
            .to_timestamp(text.parse::<DateTime>().ok()?)
            .ok()
    };
    with().or_else(without)
}

/// When an occurrence ends that starts at `start`, of a series with these times: as many days, or
/// as much time.
pub(super) fn end_of(
    start: &EventTime,
    (first, end): (&EventTime, &EventTime),
) -> Answer<EventTime> {
    if let (EventTime::Date(start), EventTime::Date(first), EventTime::Date(end)) =
        (start, first, end)
    {
        let days = first.until(*end).map_err(Refusal::far)?;
        return start
            .checked_add(days)
            .map(EventTime::Date)
            .map_err(Refusal::far);
    }
    let utc = &TimeZone::UTC;
    let length = at(end, utc)?.duration_since(at(first, utc)?);
    let ends = at(start, utc)?.checked_add(length).map_err(Refusal::far)?;
    Ok(match end {
        EventTime::Zoned { tz, .. } => {
            let rules = tz
                .time_zone()
                .map_err(|e| Refusal::property(e.message().to_owned()))?;
            let local = rules.to_datetime(ends);
            EventTime::Zoned {
                local,
                tz: tz.clone(),
            }
        }
        _ => EventTime::Utc(ends),
    })
}

/// The day of a time, on its wall.
pub(super) fn day(time: &EventTime) -> Date {
    time.wall().date()
}

/// A day, for windows that are a little too wide.
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn text<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields.get(name).and_then(Value::as_str)
}
