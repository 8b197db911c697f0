//! What a person writes for a time.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::reader::{self, Reader};
use crate::Failure;

/// How times are written, for errors and for the help.
pub(super) const FORMS: &str = "a day (2026-06-01, today, tomorrow, friday), a time (14:30, \
     2026-06-01T14:30, \"tomorrow 14:30\"), an instant (2026-06-01T14:30+02:00, now), or a length \
     from now (+7d, +2h)";

/// A time as it was written.
#[derive(Debug, Clone)]
pub(super) enum When {
    /// A day.
    Day(Date),
    /// A time of a day that goes without saying.
    Time(Time),
    /// A time on the reader's wall.
    Wall(DateTime),
    /// A time on another wall.
    Zoned(DateTime, TimeZone),
    /// An instant, and the wall that it is for where that was written too.
    Instant(Timestamp, Option<TimeZone>),
    /// So long after a start that goes without saying.
    After(Span),
}

/// Reads a time.
pub(super) fn parse(text: &str, reader: &Reader) -> Result<When, Failure> {
    let text = text.trim();
    let wrong = || Failure::usage(format!("{text:?} is not a time; write {FORMS}"));
    if text.eq_ignore_ascii_case("now") {
        return Ok(When::Instant(reader.now, None));
    }
    if let Some(front) = text.strip_suffix(']') {
        let (front, zone) = front.split_once('[').ok_or_else(wrong)?;
        let zone = reader::named(zone)?;
        return match front.parse::<Timestamp>() {
            Ok(at) => Ok(When::Instant(at, Some(zone))),
            Err(_) => match front.parse() {
                Ok(wall) => Ok(When::Zoned(wall, zone)),
                Err(_) => Err(wrong()),
            },
        };
    }
    let is_length = text.starts_with('+') || text.starts_with('-');
    if is_length {
        let signed = |span: Span| if text.starts_with('-') { -span } else { span };
        let span = text[1..].trim().parse().map_err(|_| wrong())?;
        return Ok(When::After(signed(span)));
    }
    if let Some(day) = day(text, reader.today()) {
        return Ok(When::Day(day));
    }
    if let Some(time) = time(text) {
        return Ok(When::Time(time));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(When::Instant(at, None));
    }
    let parts = text.split_once(' ').or_else(|| text.split_once(['T', 't']));
    let wall = parts.and_then(|(front, back)| {
        let (day, time) = (day(front, reader.today())?, time(back.trim())?);
        Some(day.to_datetime(time))
    });
    wall.map(When::Wall).ok_or_else(wrong)
}

/// A day by its date or by a word. A day of the week is the next one, today among them.
fn day(text: &str, today: Date) -> Option<Date> {
    let word = text.to_lowercase();
    match word.as_str() {
        "today" => return Some(today),
        "tomorrow" => return today.tomorrow().ok(),
        "yesterday" => return today.yesterday().ok(),
        _ => {}
    }
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let named = |(name, _): &&(&str, Weekday)| *name == word || name[..3] == word;
    if let Some((_, weekday)) = DAYS.iter().find(named) {
        let before = today.yesterday().ok()?;
        return before.nth_weekday(1, *weekday).ok();
    }
    // Only the whole date: what is longer has a time.
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// Hours and minutes, and seconds where they are written.
fn time(text: &str) -> Option<Time> {
    let parts: Option<Vec<i8>> = text
        .split(':')
        .map(|part| {
            let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        })
        .collect();
    match parts?.as_slice() {
        [hour, minute] => Time::new(*hour, *minute, 0, 0).ok(),
        [hour, minute, second] => Time::new(*hour, *minute, *second, 0).ok(),
        _ => None,
    }
}

/// Whether a length has hours or less, and not only days.
pub(super) fn has_clock(span: &Span) -> bool {
    span.get_hours() != 0
        || span.get_minutes() != 0
        || span.get_seconds() != 0
        || span.get_milliseconds() != 0
        || span.get_microseconds() != 0
        || span.get_nanoseconds() != 0
}

/// How long something is: `45m`, `1h30m`, `2d`.
pub(super) fn length(text: &str) -> Result<Span, Failure> {
    let read = text.trim().parse::<Span>().ok();
    let read =
        read.filter(|span| span.is_positive() && span.get_months() == 0 && span.get_years() == 0);
    read.ok_or_else(|| {
        Failure::usage(format!(
            "{text:?} is not a length; write for example 45m, 1h30m or 2d"
        ))
    })
}

/// A length in whole minutes, a day as 24 hours.
pub(super) fn minutes(text: &str) -> Result<u32, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "{text:?} is not a number of minutes such as 10m or 1d"
        ))
    };
    if text.trim() == "0" {
        return Ok(0);
    }
    let span = text.trim().parse::<Span>().map_err(|_| wrong())?;
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let hours = days * 24 + i64::from(span.get_hours());
    let minutes = hours
        .checked_mul(60)
        .and_then(|it| it.checked_add(span.get_minutes()));
    let has_odd_parts = span.get_months() != 0 || span.get_years() != 0 || span.get_seconds() != 0;
    let minutes = minutes.filter(|_| !has_odd_parts).ok_or_else(wrong)?;
    u32::try_from(minutes).map_err(|_| wrong())
}

/// A month: `2026-06`.
pub(super) fn month(text: &str) -> Result<Date, Failure> {
    let whole = (text.len() == 7).then(|| format!("{text}-01").parse().ok());
    whole.flatten().ok_or_else(|| {
        Failure::usage(format!(
            "{text:?} is not a month; write for example 2026-06"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let reader = Reader::at("Europe/Berlin", "2026-06-03T08:30:00Z");
        match parse(text, &reader) {
            Ok(When::Day(day)) => format!("day {day}"),
            Ok(When::Time(time)) => format!("time {time}"),
            Ok(When::Wall(wall)) => format!("wall {wall}"),
            Ok(When::Zoned(wall, zone)) => format!("wall {wall} {:?}", zone.iana_name()),
            Ok(When::Instant(at, _)) => format!("at {at}"),
            Ok(When::After(span)) => format!("after {span}"),
            Err(failure) => {
                assert_eq!(failure.code, 2);
                "no".to_owned()
            }
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, meant) in [
            ("today", "day 2026-06-03"),
            ("Tomorrow", "day 2026-06-04"),
            ("yesterday", "day 2026-06-02"),
            ("wed", "day 2026-06-03"),
            ("tuesday", "day 2026-06-09"),
            ("2026-02-29", "no"),
            ("2028-02-29", "day 2028-02-29"),
            ("9:05", "time 09:05:00"),
            ("24:00", "no"),
            ("2026-06-01T09:00", "wall 2026-06-01T09:00:00"),
            ("2026-06-01 09:00:30", "wall 2026-06-01T09:00:30"),
            ("tomorrow 14:30", "wall 2026-06-04T14:30:00"),
            ("fri 9:00", "wall 2026-06-05T09:00:00"),
            ("2026-06-01T09:00Z", "at 2026-06-01T09:00:00Z"),
            ("2026-06-01T09:00+02:00", "at 2026-06-01T07:00:00Z"),
            (
                "2026-06-01T09:00[W. Europe Standard Time]",
                "wall 2026-06-01T09:00:00 Some(\"Europe/Berlin\")",
            ),
            ("2026-06-01T09:00[Nowhere/Land]", "no"),
            ("now", "at 2026-06-03T08:30:00Z"),
            ("+7d", "after P7D"),
            ("-1w", "after -P1W"),
            ("soon", "no"),
            ("+", "no"),
            ("", "no"),
            ("ü", "no"),
        ] {
            assert_eq!(read(text), meant, "{text:?}");
        }
    }

    #[test]
    fn lengths_are_positive_and_reminders_are_minutes() {
        assert_eq!(length("1h30m").unwrap().to_string(), "PT1H30M");
        assert_eq!(length("2d").unwrap().to_string(), "P2D");
        for text in ["", "0m", "-1h", "1mo", "90", "soon"] {
            assert!(length(text).is_err(), "{text:?}");
        }
        for (text, number) in [
            ("10m", 10),
            ("1h30m", 90),
            ("1d", 1440),
            ("1w", 10080),
            ("0", 0),
        ] {
            assert_eq!(minutes(text).unwrap(), number, "{text}");
        }
        assert!(minutes("-5m").is_err());
        assert!(minutes("30s").is_err());
    }
}
