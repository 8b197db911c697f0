//! Values: times, durations, periods (RFC 5545, section 3.3).

use integrations_core::Result;
use integrations_core::calendar::recurrence::RDate;
use integrations_core::calendar::{BusySpan, ShowAs};
use integrations_core::time::{EventTime, TimeRange, TzId};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::component::Component;
use crate::error::{at, damaged};
use crate::line::Line;
use crate::zone::Zones;

/// A time as a line: `VALUE=DATE` for a whole day, `TZID` with the zone's name as it came, `Z` for
/// an instant.
#[must_use]
pub fn time_line(name: &str, time: &EventTime) -> Line {
    in_form_of(Line::new(name), time).value(&written(time))
}

fn in_form_of(line: Line, time: &EventTime) -> Line {
    match time {
        EventTime::Date(_) => line.param("VALUE", "DATE"),
        EventTime::Zoned { tz, .. } => line.param("TZID", &tz.raw),
        EventTime::Utc(_) | EventTime::Floating(_) => line,
    }
}

fn written(time: &EventTime) -> String {
    match time {
        EventTime::Date(date) => date.strftime("%Y%m%d").to_string(),
        EventTime::Utc(instant) => utc(*instant),
        EventTime::Zoned { local, .. } | EventTime::Floating(local) => {
            local.strftime("%Y%m%dT%H%M%S").to_string()
        }
    }
}

/// A further occurrence as a line, as a period where it has an end of its own.
pub(crate) fn rdate_line(date: &RDate) -> Line {
    let Some(end) = &date.end else {
        return time_line("RDATE", &date.start);
    };
    let line = in_form_of(Line::new("RDATE").param("VALUE", "PERIOD"), &date.start);
    let end = match (&date.start, end) {
        (EventTime::Zoned { tz, .. }, EventTime::Zoned { tz: other, .. }) if tz == other => {
            written(end)
        }
        (EventTime::Utc(_), EventTime::Utc(_)) => written(end),
        (EventTime::Floating(_), EventTime::Floating(_)) => written(end),
        // A line has one form: another end is as far away as it is.
        _ => {
            let at = |time: &EventTime| time.to_timestamp(&TimeZone::UTC).unwrap_or_default();
            let long = at(end).duration_since(at(&date.start)).as_secs();
            format!("PT{}S", long.max(0))
        }
    };
    line.value(&format!("{}/{end}", written(&date.start)))
}

/// An instant as it is written: `20260601T070000Z`.
#[must_use]
pub(crate) fn utc(instant: Timestamp) -> String {
    let utc = TimeZone::UTC.to_datetime(instant);
    utc.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn date(text: &str) -> Option<Date> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| Date::strptime("%Y%m%d", text).ok())
        .flatten()
}

pub(crate) fn wall(text: &str) -> Option<DateTime> {
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
pub(crate) fn times(line: &Line, zones: &Zones<'_>) -> Result<Vec<EventTime>> {
    let dates = dates(line, zones)?.into_iter();
    Ok(dates.map(|date| date.start).collect())
}

fn no_time(line: &Line) -> integrations_core::Error {
    at(line, format_args!("{} is not a time", line.name()))
}

/// The times of a line, each with its end where it is a period (section 3.3.9).
pub(crate) fn dates(line: &Line, zones: &Zones<'_>) -> Result<Vec<RDate>> {
    let tz = line.get("TZID").map(|name| zones.id(&name));
    let read = |text: &str| time(text, tz.as_ref()).ok_or_else(|| no_time(line));
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
                true => after(&start, end).map_err(|error| at(line, error.message()))?,
                false => read(end)?,
            };
            Ok(RDate::period(start, end))
        })
        .collect()
}

pub(crate) fn first_time(line: &Line, zones: &Zones<'_>) -> Result<EventTime> {
    let first = times(line, zones)?.into_iter().next();
    first.ok_or_else(|| no_time(line))
}

/// A duration (section 3.3.6): its days, which are days on the wall, and its seconds.
pub(crate) fn duration(text: &str) -> Option<(i64, i64)> {
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
    (any && number.is_none()).then_some((sign * days, sign * seconds))
}

/// So long after a start: days on the wall, then time that passes.
pub(crate) fn after(start: &EventTime, text: &str) -> Result<EventTime> {
    let (days, seconds) = duration(text).ok_or_else(|| damaged("DURATION is not one"))?;
    let far = |_| damaged("DURATION leads out of time");
    let (days, seconds) = match start {
        // Whole days have no parts; some programs write 24 hours for one.
        EventTime::Date(_) => (days.saturating_add(seconds / 86_400), 0),
        _ => (days, seconds),
    };
    let span = Span::new().try_days(days).map_err(far)?;
    let span = span.try_seconds(seconds).map_err(far)?;
    let known = |tz: &TzId| tz.time_zone().is_ok();
    let end = match start {
        // What cannot be placed is reckoned on the wall; who wants an instant is told of the zone.
        EventTime::Zoned { local, tz } if !known(tz) => {
            let end = local
                .checked_add(Span::new().try_days(days).map_err(far)?)
                .and_then(|day| day.checked_add(SignedDuration::from_secs(seconds)));
            Ok(EventTime::Zoned {
                local: end.map_err(far)?,
                tz: tz.clone(),
            })
        }
        start => start.after(span),
    };
    end.map_err(|_| damaged("DURATION leads out of time"))
}

/// The taken time of the `VFREEBUSY`s in an object (section 3.6.4): spans of `FREEBUSY`, but for
/// those that are free.
///
/// # Errors
/// `Decode`, with the number of the line, for a period that is none.
pub fn busy_periods(object: &Component) -> Result<Vec<BusySpan>> {
    let mut spans = Vec::new();
    let answers = object.parts().filter(|part| part.name() == "VFREEBUSY");
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
            let range = period_of(period).ok_or_else(|| at(line, "FREEBUSY is not a period"))?;
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
        assert_eq!(duration("P15DT5H0M20S"), Some((15, 5 * 3600 + 20)));
        assert_eq!(duration("P7W"), Some((49, 0)));
        assert_eq!(duration("-PT10M"), Some((0, -600)));
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
    fn a_length_is_of_days_on_the_wall_and_time_that_passes() {
        // Summer time ends in Berlin on 2026-10-25 at three (EU directive 2000/84/EC).
        let noon = jiff::civil::date(2026, 10, 24).at(12, 0, 0, 0);
        let berlin = EventTime::zoned(noon, "Europe/Berlin");
        for (length, end) in [
            ("P1D", "2026-10-25T12:00:00[Europe/Berlin]"),
            ("PT24H", "2026-10-25T11:00:00[Europe/Berlin]"),
        ] {
            assert_eq!(after(&berlin, length).unwrap().to_string(), end);
        }
        let day = EventTime::Date(noon.date());
        for length in ["P1D", "PT24H", "PT36H"] {
            assert_eq!(after(&day, length).unwrap().to_string(), "2026-10-25");
        }
        let nowhere = EventTime::Zoned {
            local: noon,
            tz: TzId::unknown("Nowhere"),
        };
        let end = after(&nowhere, "P1DT1H").unwrap();
        assert_eq!(end.to_string(), "2026-10-25T13:00:00[Nowhere]");
        assert!(after(&berlin, "P999999999D").is_err());
        assert!(after(&berlin, "PT9223372036854775807S").is_err());
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
        let error = busy_periods(&Component::parse(&wrong).unwrap()).unwrap_err();
        assert!(error.message().starts_with("line 5: "), "{error}");
    }
}
