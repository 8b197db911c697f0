//! The lines of `Event.recurrence`: `RRULE`, `EXRULE`, `RDATE` and `EXDATE`, "as specified in RFC5545.
//! Note that DTSTART and DTEND lines are not allowed in this field" (discovery document).

use integrations_core::calendar::recurrence::Recurrence;
use integrations_core::time::EventTime;
use integrations_core::{Error, ErrorKind, Result};
use jiff::tz::TimeZone;

/// Reads the lines of a series that starts at `start`.
///
/// # Errors
/// `Decode` for a line that cannot be read.
pub(crate) fn read<'l>(
    lines: impl IntoIterator<Item = &'l str>,
    start: &EventTime,
) -> Result<Recurrence> {
    let mut recurrence = Recurrence::from_lines(lines)
        .map_err(|error| Error::new(ErrorKind::Decode, error.message().to_owned()))?;
    for date in &mut recurrence.dates {
        for time in std::iter::once(&mut date.start).chain(&mut date.end) {
            on_the_wall_of(start, time);
        }
    }
    for time in &mut recurrence.except {
        on_the_wall_of(start, time);
    }
    Ok(recurrence)
}

/// A time without a zone of its own is on the wall of the start.
fn on_the_wall_of(start: &EventTime, time: &mut EventTime) {
    let EventTime::Floating(local) = *time else {
        return;
    };
    match start {
        EventTime::Zoned { tz, .. } => {
            let tz = tz.clone();
            *time = EventTime::Zoned { local, tz };
        }
        EventTime::Utc(_) => {
            if let Ok(instant) = TimeZone::UTC.to_timestamp(local) {
                *time = EventTime::Utc(instant);
            }
        }
        EventTime::Date(_) | EventTime::Floating(_) => {}
    }
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
        let lines = recurrence.to_lines();
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
        assert_eq!(read.dates, [EventTime::Date(date(2026, 6, 10)).into()]);
        let read = super::read(["EXRULE:FREQ=DAILY"], &start).unwrap();
        assert_eq!(read.except_rules.len(), 1);
        for line in ["RRULE:FREQ=NEVER", "nonsense", "RDATE:soon"] {
            assert!(super::read([line], &start).is_err(), "{line}");
        }
    }
}
