//! The lines of `recurrence`: `RRULE`, `EXRULE`, `RDATE` and `EXDATE` of RFC 5545, without `DTSTART` and
//! `DTEND` (discovery document, `Event.recurrence`).

use integrations_core::calendar::recurrence::Recurrence;
use integrations_core::time::EventTime;
use jiff::Timestamp;
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
    let texts = lines.iter().map(|line| line.as_str().unwrap_or_default());
    let mut recurrence = Recurrence::from_lines(texts).map_err(|_| invalid())?;
    // By hours and shorter: this stand-in's choice. Google's clients offer days and longer, and its
    // reference says nothing.
    let rules = recurrence.rules.iter().chain(&recurrence.except_rules);
    if rules.clone().any(|rule| rule.frequency.is_sub_daily()) {
        return Err(invalid());
    }
    for time in &mut recurrence.except {
        on_the_wall_of(start, time)?;
    }
    for date in &mut recurrence.dates {
        on_the_wall_of(start, &mut date.start)?;
    }
    if lines.is_empty() {
        return Ok(None);
    }
    recurrence.check(start).map_err(|_| invalid())?;
    Ok(Some(recurrence))
}

/// A time without a zone of its own is in the start's.
fn on_the_wall_of(start: &EventTime, time: &mut EventTime) -> Answer<()> {
    let EventTime::Floating(local) = *time else {
        return Ok(());
    };
    *time = match start {
        EventTime::Zoned { tz, .. } => EventTime::zoned(local, tz.to_string()),
        _ => EventTime::Utc(TimeZone::UTC.to_timestamp(local).map_err(|_| invalid())?),
    };
    Ok(())
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
