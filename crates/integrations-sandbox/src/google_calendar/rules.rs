//! The lines of `recurrence`: `RRULE`, `RDATE` and `EXDATE` of RFC 5545, without `DTSTART` and
//! `DTEND` (discovery document, `Event.recurrence`).

use integrations_core::calendar::recurrence::{RRule, Recurrence};
use integrations_core::time::EventTime;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::refusal::Refusal;
use super::state::{Answer, Fields};

fn invalid() -> Refusal {
    Refusal::invalid("Invalid recurrence rule.")
}

/// The lines of an event, read; `None` when it does not repeat.
pub(super) fn read(fields: &Fields, start: &EventTime) -> Answer<Option<Recurrence>> {
    let Some(lines) = fields.get("recurrence").and_then(Value::as_array) else {
        return Ok(None);
    };
    let mut recurrence = Recurrence::default();
    for line in lines {
        let (head, value) = line
            .as_str()
            .and_then(|line| line.split_once(':'))
            .ok_or_else(invalid)?;
        let mut parts = head.split(';');
        let name = parts.next().unwrap_or_default().to_ascii_uppercase();
        let zone = parts.find_map(|part| part.strip_prefix("TZID="));
        match name.as_str() {
            "RRULE" => {
                let rule: RRule = value.parse().map_err(|_| invalid())?;
                // By hours and shorter: this stand-in's choice. Google's clients offer days and
                // longer, and its reference says nothing.
                if rule.frequency.is_sub_daily() {
                    return Err(invalid());
                }
                recurrence.rules.push(rule);
            }
            "RDATE" | "EXDATE" => {
                let dates = match name.as_str() {
                    "RDATE" => &mut recurrence.dates,
                    _ => &mut recurrence.except,
                };
                for date in value.split(',') {
                    dates.push(time(date, zone, start).ok_or_else(invalid)?);
                }
            }
            _ => return Err(invalid()),
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    recurrence.check(start).map_err(|_| invalid())?;
    Ok(Some(recurrence))
}

/// A date, a wall time (in the zone that the line names, or the start's), or an instant.
fn time(text: &str, zone: Option<&str>, start: &EventTime) -> Option<EventTime> {
    if let Some(utc) = text.strip_suffix('Z') {
        let wall = DateTime::strptime("%Y%m%dT%H%M%S", utc).ok()?;
        return TimeZone::UTC.to_timestamp(wall).ok().map(EventTime::Utc);
    }
    if text.len() == 8 {
        return Date::strptime("%Y%m%d", text).ok().map(EventTime::Date);
    }
    let wall = DateTime::strptime("%Y%m%dT%H%M%S", text).ok()?;
    Some(match (zone, start) {
        (Some(zone), _) => EventTime::zoned(wall, zone),
        (None, EventTime::Zoned { tz, .. }) => EventTime::zoned(wall, tz.to_string()),
        (None, _) => EventTime::Utc(TimeZone::UTC.to_timestamp(wall).ok()?),
    })
}

/// The stamp in an occurrence's id: its start in UTC, or its day.
pub(super) fn stamp(start: &EventTime, at: Timestamp) -> String {
    match start {
        EventTime::Date(date) => date.strftime("%Y%m%d").to_string(),
        _ => TimeZone::UTC
            .to_datetime(at)
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string(),
    }
}
