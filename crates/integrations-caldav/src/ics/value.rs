//! Values: times, durations, spans (RFC 5545, section 3.3).

use integrations_core::calendar::recurrence::RDate;
use integrations_core::calendar::{BusySpan, ShowAs};
use integrations_core::time::{EventTime, TimeRange, TzId};
use integrations_core::{Error, ErrorKind, Result};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::line::Line;
use super::tree::Component;
use super::zone::Zones;

pub(super) fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Decode, what.into())
}

/// A time as a line.
pub(crate) fn time_line(name: &str, time: &EventTime) -> Line {
    let line = Line::new(name);
    match time {
        EventTime::Date(date) => line
            .param("VALUE", "DATE")
            .value(&date.strftime("%Y%m%d").to_string()),
        EventTime::Zoned { local, tz } => line
            .param("TZID", &tz.raw)
            .value(&local.strftime("%Y%m%dT%H%M%S").to_string()),
        EventTime::Utc(instant) => line.value(&utc(*instant)),
        EventTime::Floating(local) => line.value(&local.strftime("%Y%m%dT%H%M%S").to_string()),
    }
}

/// An instant as it is written.
pub(super) fn utc(instant: Timestamp) -> String {
    let utc = TimeZone::UTC.to_datetime(instant);
    utc.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn date(text: &str) -> Option<Date> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| Date::strptime("%Y%m%d", text).ok())
        .flatten()
}

pub(super) fn wall(text: &str) -> Option<DateTime> {
    let (day, time) = text.split_once(['T', 't'])?;
    let digits = time.len() == 6 && time.bytes().all(|b| b.is_ascii_digit());
    let part = |at: usize| time.get(at..at + 2)?.parse::<i8>().ok();
    if !digits {
        return None;
    }
    // A leap second is the second before it.
    let time = jiff::civil::Time::new(part(0)?, part(2)?, part(4)?.min(59), 0).ok()?;
    Some(date(day)?.to_datetime(time))
}

/// One time, in the zone of its line.
fn time(text: &str, tz: Option<&TzId>) -> Option<EventTime> {
    let text = text.trim();
    if let Some(date) = date(text) {
        return Some(EventTime::Date(date));
    }
    if let Some(text) = text.strip_suffix(['Z', 'z']) {
        let instant = TimeZone::UTC.to_timestamp(wall(text)?).ok()?;
        return Some(EventTime::Utc(instant));
    }
    let local = wall(text)?;
    Some(match tz {
        Some(tz) => EventTime::Zoned {
            local,
            tz: tz.clone(),
        },
        None => EventTime::Floating(local),
    })
}

/// The times of a line: one, or a list.
pub(super) fn times(line: &Line, zones: &Zones<'_>) -> Result<Vec<EventTime>> {
    let dates = dates(line, zones)?.into_iter();
    Ok(dates.map(|date| date.start).collect())
}

/// The times of a line, each with its end where it is a period (section 3.3.9).
pub(super) fn dates(line: &Line, zones: &Zones<'_>) -> Result<Vec<RDate>> {
    let tz = line.get("TZID").map(|name| zones.id(&name));
    let read = |text: &str| {
        time(text, tz.as_ref()).ok_or_else(|| damaged(format!("{} is not a time", line.name())))
    };
    let values = line
        .raw_value()
        .split(',')
        .filter(|one| !one.trim().is_empty());
    values
        .map(|one| {
            let Some((start, end)) = one.split_once('/') else {
                return read(one).map(RDate::from);
            };
            let start = read(start)?;
            let end = match end.trim().starts_with(['P', 'p', '+', '-']) {
                true => after(&start, end)?,
                false => read(end)?,
            };
            Ok(RDate::period(start, end))
        })
        .collect()
}

pub(super) fn first_time(line: &Line, zones: &Zones<'_>) -> Result<EventTime> {
    let first = times(line, zones)?.into_iter().next();
    first.ok_or_else(|| damaged(format!("{} is not a time", line.name())))
}

/// A duration (section 3.3.6): its days, which are days on the wall, and its time.
pub(super) fn duration(text: &str) -> Option<(i64, SignedDuration)> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut days = 0_i64;
    let mut seconds = 0_i64;
    let (mut number, mut within_time, mut any) = (None::<i64>, false, false);
    for c in text.strip_prefix(['P', 'p'])?.chars() {
        match c.to_ascii_uppercase() {
            'T' if number.is_none() && !within_time => within_time = true,
            digit @ '0'..='9' => {
                let digit = i64::from(digit.to_digit(10)?);
                let shifted = number.unwrap_or(0).checked_mul(10)?;
                number = Some(shifted.checked_add(digit)?);
            }
            unit => {
                let count = number.take()?;
                any = true;
                match (unit, within_time) {
                    ('W', false) => days = days.checked_add(count.checked_mul(7)?)?,
                    ('D', false) => days = days.checked_add(count)?,
                    ('H', true) => seconds = seconds.checked_add(count.checked_mul(3600)?)?,
                    ('M', true) => seconds = seconds.checked_add(count.checked_mul(60)?)?,
                    ('S', true) => seconds = seconds.checked_add(count)?,
                    _ => return None,
                }
            }
        }
    }
    (any && number.is_none()).then(|| (sign * days, SignedDuration::from_secs(sign * seconds)))
}

/// So long after a start: days on the wall, then time that passes.
pub(super) fn after(start: &EventTime, text: &str) -> Result<EventTime> {
    let (days, time) = duration(text).ok_or_else(|| damaged("DURATION is not one"))?;
    let far = |_: jiff::Error| damaged("DURATION leads out of time");
    let span = jiff::Span::new().try_days(days).map_err(far)?;
    Ok(match start {
        EventTime::Date(date) => {
            let whole = time.as_secs() / 86_400;
            let whole = jiff::Span::new().try_days(whole).map_err(far)?;
            let end = date
                .checked_add(span)
                .and_then(|day| day.checked_add(whole));
            EventTime::Date(end.map_err(far)?)
        }
        EventTime::Zoned { local, tz } => {
            let day = local.checked_add(span).map_err(far)?;
            let local = match tz.time_zone() {
                // Section 3.3.6: hours are exact, also over a change of the offset.
                Ok(zone) => {
                    let at = zone.to_ambiguous_timestamp(day).compatible().map_err(far)?;
                    zone.to_datetime(at.checked_add(time).map_err(far)?)
                }
                Err(_) => day.checked_add(time).map_err(far)?,
            };
            EventTime::Zoned {
                local,
                tz: tz.clone(),
            }
        }
        EventTime::Utc(instant) => {
            let long = SignedDuration::from_secs(days.saturating_mul(86_400));
            let end = instant
                .checked_add(long)
                .and_then(|at| at.checked_add(time));
            EventTime::Utc(end.map_err(far)?)
        }
        EventTime::Floating(local) => {
            let end = local.checked_add(span).and_then(|at| at.checked_add(time));
            EventTime::Floating(end.map_err(far)?)
        }
    })
}

/// The taken time of a `VFREEBUSY` (section 3.6.4): spans of `FREEBUSY`, but for those that are
/// free.
pub(crate) fn busy_periods(object: &Component) -> Result<Vec<BusySpan>> {
    let mut spans = Vec::new();
    let answers = object.parts().filter(|part| part.name == "VFREEBUSY");
    for line in answers.flat_map(|part| part.all("FREEBUSY")) {
        let kind = line.get("FBTYPE").unwrap_or_default().to_ascii_uppercase();
        let show_as = match kind.as_str() {
            "" | "BUSY" => ShowAs::Busy,
            "FREE" => continue,
            "BUSY-TENTATIVE" => ShowAs::Tentative,
            "BUSY-UNAVAILABLE" => ShowAs::OutOfOffice,
            _ => ShowAs::Other(kind),
        };
        for period in line.raw_value().split(',').filter(|one| !one.is_empty()) {
            let range = period_of(period).ok_or_else(|| damaged("FREEBUSY is not a period"))?;
            // Xandikos answers periods without length where summer time begins.
            spans.extend(
                TimeRange::new(range.0, range.1)
                    .ok()
                    .map(|range| BusySpan::new(range, show_as.clone())),
            );
        }
    }
    Ok(spans)
}

fn period_of(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (start, end) = text.split_once('/')?;
    let EventTime::Utc(from) = time(start, None)? else {
        return None;
    };
    let to = match time(end, None) {
        Some(EventTime::Utc(to)) => to,
        Some(_) => return None,
        None => match after(&EventTime::Utc(from), end).ok()? {
            EventTime::Utc(to) => to,
            _ => return None,
        },
    };
    Some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_the_rfc() {
        // Section 3.3.6: 15 days, 5 hours and 20 seconds; 7 weeks.
        let long = SignedDuration::from_secs(5 * 3600 + 20);
        assert_eq!(duration("P15DT5H0M20S"), Some((15, long)));
        assert_eq!(duration("P7W"), Some((49, SignedDuration::ZERO)));
        assert_eq!(
            duration("-PT10M"),
            Some((0, SignedDuration::from_mins(-10)))
        );
        for wrong in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "P1H",
            "PT1D",
            "P99999999999999999999D",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn taken_time_is_read_with_ends_and_durations() {
        // Section 3.8.2.6.
        let text = "BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\n\
            FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:19970308T160000Z/PT8H30M\n\
            FREEBUSY;FBTYPE=FREE:19970308T160000Z/PT3H,19970308T200000Z/PT1H\n\
            FREEBUSY:19970310T160000Z/19970310T170000Z,19970310T180000Z/19970310T180000Z\n\
            END:VFREEBUSY\nEND:VCALENDAR\n";
        let spans = busy_periods(&Component::parse(text).unwrap()).unwrap();
        let span = |from: &str, to: &str| {
            TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
        };
        assert_eq!(
            spans,
            [
                BusySpan::new(
                    span("1997-03-08T16:00:00Z", "1997-03-09T00:30:00Z"),
                    ShowAs::OutOfOffice
                ),
                BusySpan::new(
                    span("1997-03-10T16:00:00Z", "1997-03-10T17:00:00Z"),
                    ShowAs::Busy
                ),
            ]
        );
        let wrong = text.replace("19970310T160000Z/", "19970310T160000/");
        assert!(busy_periods(&Component::parse(&wrong).unwrap()).is_err());
    }
}
