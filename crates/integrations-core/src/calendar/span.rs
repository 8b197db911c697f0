//! When an event is, beside another time.

use jiff::tz::TimeZone;

use super::model::Event;
use crate::error::{Error, Result};
use crate::time::{EventTime, TimeRange};

fn far<E>(_: E) -> Error {
    Error::invalid_input("the series leaves the range of time")
}

impl Event {
    /// When an occurrence of it ends that starts at `start`: exactly as much later as the event's own
    /// end is after its start (RFC 5545, section 3.8.5.3), and as many days for whole days, in the
    /// form and zone of the event's end. Days and floating times are read in `local`.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown zone, and beyond the range of time.
    pub fn end_from(&self, start: &EventTime, local: &TimeZone) -> Result<EventTime> {
        if let (EventTime::Date(date), EventTime::Date(from), EventTime::Date(to)) =
            (start, &self.start, &self.end)
        {
            let days = from.until(*to).map_err(far)?;
            return date.checked_add(days).map(EventTime::Date).map_err(far);
        }
        let begun = self.start.to_timestamp(local)?;
        let long = self.end.to_timestamp(local)?.duration_since(begun);
        if let EventTime::Floating(wall) = start {
            return wall.checked_add(long).map(EventTime::Floating).map_err(far);
        }
        let end = start.to_timestamp(local)?.checked_add(long).map_err(far)?;
        Ok(match (start, &self.end) {
            (EventTime::Zoned { .. }, EventTime::Zoned { tz, .. }) => EventTime::Zoned {
                local: tz.time_zone()?.to_datetime(end),
                tz: tz.clone(),
            },
            _ => EventTime::Utc(end),
        })
    }

    /// Whether it shares an instant with a span; one that takes no time is at its start. Days and
    /// floating times are read in `local`. Of a series this is its first occurrence.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown zone.
    pub fn overlaps(&self, range: TimeRange, local: &TimeZone) -> Result<bool> {
        let start = self.start.to_timestamp(local)?;
        let end = self.end.to_timestamp(local)?;
        Ok(match start < end {
            true => start < range.end && range.start < end,
            false => range.contains(start),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn event(start: EventTime, end: EventTime) -> Event {
        Event::new("1", "c", "x", start, end)
    }

    #[test]
    fn a_night_shift_has_its_hours_also_when_summer_time_ends() {
        // Central Europe ends summer time on 2026-10-25 (EU directive 2000/84/EC).
        let at =
            |day, hour| EventTime::zoned(date(2026, 10, day).at(hour, 0, 0, 0), "Europe/Berlin");
        let shift = event(at(20, 22), at(21, 6));
        assert_eq!(
            shift.end_from(&at(22, 22), &TimeZone::UTC).unwrap(),
            at(23, 6)
        );
        assert_eq!(
            shift.end_from(&at(24, 22), &TimeZone::UTC).unwrap(),
            at(25, 5)
        );
        let day = |day| EventTime::Date(date(2026, 10, day));
        let days = event(day(1), day(3));
        assert_eq!(days.end_from(&day(24), &TimeZone::UTC).unwrap(), day(26));
    }

    #[test]
    fn an_end_has_the_zone_of_the_ends() {
        let wall = |hour| date(2026, 6, 1).at(hour, 0, 0, 0);
        let flight = event(
            EventTime::zoned(wall(9), "Europe/Berlin"),
            EventTime::zoned(wall(9), "Europe/London"),
        );
        let start = EventTime::zoned(date(2026, 6, 8).at(9, 0, 0, 0), "Europe/Berlin");
        let end = EventTime::zoned(date(2026, 6, 8).at(9, 0, 0, 0), "Europe/London");
        assert_eq!(flight.end_from(&start, &TimeZone::UTC).unwrap(), end);
    }
}
