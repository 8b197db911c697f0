//! The lines of `Event.recurrence`: `RRULE`, `RDATE` and `EXDATE`, "as specified in RFC5545. Note that
//! DTSTART and DTEND lines are not allowed in this field" (discovery document).

use integrations_core::calendar::recurrence::Recurrence;
use integrations_core::time::EventTime;
use integrations_core::{Error, ErrorKind, Result};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Writes a recurrence.
pub(crate) fn written(recurrence: &Recurrence) -> Vec<String> {
    let rules = recurrence.rules.iter().map(|rule| format!("RRULE:{rule}"));
    let dates = recurrence.dates.iter().map(|date| line("RDATE", date));
    let except = recurrence.except.iter().map(|date| line("EXDATE", date));
    rules.chain(dates).chain(except).collect()
}

fn line(name: &str, time: &EventTime) -> String {
    match time {
        EventTime::Date(date) => format!("{name};VALUE=DATE:{}", date.strftime("%Y%m%d")),
        EventTime::Zoned { local, tz } => {
            format!("{name};TZID={tz}:{}", local.strftime("%Y%m%dT%H%M%S"))
        }
        EventTime::Floating(local) => format!("{name}:{}", local.strftime("%Y%m%dT%H%M%S")),
        EventTime::Utc(instant) => {
            let utc = TimeZone::UTC.to_datetime(*instant);
            format!("{name}:{}", utc.strftime("%Y%m%dT%H%M%SZ"))
        }
    }
}

/// Reads the lines of a series that starts at `start`.
///
/// # Errors
/// `Decode` for a line that the model does not have, such as `EXRULE`.
pub(crate) fn read<'l>(
    lines: impl IntoIterator<Item = &'l str>,
    start: &EventTime,
) -> Result<Recurrence> {
    let mut recurrence = Recurrence::default();
    for line in lines {
        let wrong = || Error::new(ErrorKind::Decode, "a line of the recurrence cannot be read");
        let (head, value) = line.split_once(':').ok_or_else(wrong)?;
        let mut parts = head.split(';');
        let name = parts.next().unwrap_or_default().to_ascii_uppercase();
        let zone = parts.find_map(|part| {
            let (name, zone) = part.split_once('=')?;
            name.eq_ignore_ascii_case("TZID")
                .then(|| zone.trim_matches('"'))
        });
        let dates = match name.as_str() {
            "RRULE" => {
                recurrence.rules.push(value.parse().map_err(|_| wrong())?);
                continue;
            }
            "RDATE" => &mut recurrence.dates,
            "EXDATE" => &mut recurrence.except,
            _ => return Err(wrong()),
        };
        for date in value.split(',') {
            dates.push(time(date, zone, start).ok_or_else(wrong)?);
        }
    }
    Ok(recurrence)
}

fn time(text: &str, zone: Option<&str>, start: &EventTime) -> Option<EventTime> {
    if text.len() == 8 {
        return Date::strptime("%Y%m%d", text).ok().map(EventTime::Date);
    }
    if let Some(utc) = text.strip_suffix('Z') {
        let wall = DateTime::strptime("%Y%m%dT%H%M%S", utc).ok()?;
        return TimeZone::UTC.to_timestamp(wall).ok().map(EventTime::Utc);
    }
    let wall = DateTime::strptime("%Y%m%dT%H%M%S", text).ok()?;
    Some(match (zone, start) {
        (Some(zone), _) => EventTime::zoned(wall, zone),
        // Without a zone of its own it is on the wall of the start.
        (None, EventTime::Zoned { tz, .. }) => EventTime::Zoned {
            local: wall,
            tz: tz.clone(),
        },
        (None, EventTime::Utc(_)) => EventTime::Utc(TimeZone::UTC.to_timestamp(wall).ok()?),
        (None, _) => EventTime::Floating(wall),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn berlin(day: i8) -> EventTime {
        EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Berlin")
    }

    #[test]
    fn lines_are_written_and_read_back() {
        let mut recurrence = Recurrence::default();
        recurrence
            .rules
            .push("FREQ=WEEKLY;BYDAY=MO".parse().unwrap());
        let recurrence = recurrence
            .with_date(berlin(3))
            .with_except(berlin(8))
            .with_except(EventTime::Utc("2026-06-15T07:00:00Z".parse().unwrap()));
        let lines = written(&recurrence);
        assert_eq!(
            lines,
            [
                "RRULE:FREQ=WEEKLY;BYDAY=MO",
                "RDATE;TZID=Europe/Berlin:20260603T090000",
                "EXDATE;TZID=Europe/Berlin:20260608T090000",
                "EXDATE:20260615T070000Z"
            ]
        );
        let read = read(lines.iter().map(String::as_str), &berlin(1)).unwrap();
        assert_eq!(read, recurrence);
    }

    #[test]
    fn lists_of_dates_and_lines_without_a_zone_are_read() {
        let start = berlin(1);
        let lines = [
            "exdate;value=date-time:20260608T090000,20260609T090000",
            "RDATE;VALUE=DATE:20260610",
        ];
        let read = super::read(lines, &start).unwrap();
        assert_eq!(read.except, [berlin(8), berlin(9)]);
        assert_eq!(read.dates, [EventTime::Date(date(2026, 6, 10))]);
        for line in [
            "EXRULE:FREQ=DAILY",
            "RRULE:FREQ=NEVER",
            "nonsense",
            "RDATE:soon",
        ] {
            assert!(super::read([line], &start).is_err(), "{line}");
        }
    }
}
