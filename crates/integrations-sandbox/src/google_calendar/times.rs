//! Times, as events have them.

use integrations_core::time::EventTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::state::Answer;

/// An instant with milliseconds, as `created` and `updated` have it.
pub(super) fn stamp(at: Timestamp) -> String {
    TimeZone::UTC
        .to_datetime(at)
        .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        .to_string()
}

/// An instant with a zone's offset.
pub(super) fn with_offset(at: Timestamp, zone: &TimeZone) -> String {
    let wall = zone.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S");
    match zone.to_offset(at).seconds() {
        0 => format!("{wall}Z"),
        seconds => {
            let sign = if seconds < 0 { '-' } else { '+' };
            let minutes = seconds.unsigned_abs() / 60;
            format!("{wall}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

/// A parameter that is a point in time: RFC 3339 with an offset (discovery document, `timeMin`).
pub(super) fn instant(name: &'static str, text: &str) -> Answer<Timestamp> {
    text.parse()
        .map_err(|_| Refusal::parameter(name, format!("Invalid value for {name}")))
}

/// A time as it was sent: `date`, or `dateTime` with an offset or a `timeZone` (discovery document,
/// `EventDateTime`). `zone` is the calendar's.
pub(super) fn read(value: Option<&Value>, zone: &TimeZone, what: &str) -> Answer<EventTime> {
    let missing = || Refusal::required(format!("Missing {what} time."));
    let value = value
        .filter(|value| value.is_object())
        .ok_or_else(missing)?;
    let field = |name: &str| value.get(name).and_then(Value::as_str);
    match (field("date"), field("dateTime")) {
        (Some(date), None) => {
            let date = date.parse();
            let date =
                date.map_err(|_| Refusal::invalid(format!("Invalid value for {what} date")))?;
            Ok(EventTime::Date(date))
        }
        (None, Some(time)) => {
            let named = field("timeZone");
            let tz = match named {
                Some(name) => TimeZone::get(name).map_err(|_| {
                    Refusal::invalid(format!("Invalid time zone definition for {what} time."))
                })?,
                None => zone.clone(),
            };
            let invalid = || Refusal::invalid(format!("Invalid value for {what} dateTime"));
            let at = match time.parse::<Timestamp>() {
                Ok(at) => at,
                // Without an offset the zone has to say it.
                Err(_) if named.is_none() => {
                    let text = format!("Missing time zone definition for {what} time.");
                    return Err(Refusal::required(text));
                }
                Err(_) => {
                    let wall = time.parse().map_err(|_| invalid())?;
                    let at = tz.to_ambiguous_timestamp(wall).compatible();
                    at.map_err(|_| invalid())?
                }
            };
            let name = named
                .map(str::to_owned)
                .or_else(|| tz.iana_name().map(str::to_owned));
            let name = name.unwrap_or_else(|| "UTC".to_owned());
            let zoned = EventTime::zoned(tz.to_datetime(at), name);
            // The second of two equal times on the wall is kept as an instant.
            Ok(if at_of(&zoned, zone)? == at {
                zoned
            } else {
                EventTime::Utc(at)
            })
        }
        (None, None) => Err(missing()),
        (Some(_), Some(_)) => Err(Refusal::invalid(format!(
            "Only one of date and dateTime may be set for the {what}."
        ))),
    }
}

pub(super) fn at_of(time: &EventTime, zone: &TimeZone) -> Answer<Timestamp> {
    time.to_timestamp(zone)
        .map_err(|error| Refusal::invalid(error.message().to_owned()))
}

/// A time as it is answered: with the offset of the calendar's zone, or of the one that `timeZone`
/// asks for, and with the event's own zone beside it.
pub(super) fn write(time: &EventTime, zone: &TimeZone, named: Option<&str>) -> Answer {
    Ok(match time {
        EventTime::Date(date) => json!({"date": date.to_string()}),
        EventTime::Zoned { tz, .. } => {
            json!({"dateTime": with_offset(at_of(time, zone)?, zone), "timeZone": tz.to_string()})
        }
        _ => json!({"dateTime": with_offset(at_of(time, zone)?, zone),
            "timeZone": named.unwrap_or("UTC")}),
    })
}

/// When an occurrence ends that starts at `start`, of a series with these times: as many days, or as
/// much time.
pub(super) fn end_of(
    start: &EventTime,
    (first, end): (&EventTime, &EventTime),
    zone: &TimeZone,
) -> Answer<EventTime> {
    let far = |_| Refusal::invalid("The series leaves the range of time.");
    if let (EventTime::Date(start), EventTime::Date(first), EventTime::Date(end)) =
        (start, first, end)
    {
        let days = first.until(*end).map_err(far)?;
        return start.checked_add(days).map(EventTime::Date).map_err(far);
    }
    let length = at_of(end, zone)?.duration_since(at_of(first, zone)?);
    let ends = at_of(start, zone)?.checked_add(length).map_err(far)?;
    Ok(match end {
        EventTime::Zoned { tz, .. } => {
            let known = tz.time_zone().unwrap_or(TimeZone::UTC);
            EventTime::zoned(known.to_datetime(ends), tz.to_string())
        }
        _ => EventTime::Utc(ends),
    })
}

/// A day, for windows that are a little too wide.
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);
