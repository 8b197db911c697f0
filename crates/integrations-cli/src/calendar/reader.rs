//! Who reads and writes times: on which wall the clock hangs, and what it shows.

use std::fmt;

use integrations::time::{EventTime, TimeRange, TzId};
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::when::{self, When};
use crate::Failure;

/// The person at the command line.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) zone: TimeZone,
    pub(super) now: Timestamp,
}

/// A span of time, and the days of the reader that it touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) span: TimeRange,
    pub(super) first: Date,
    pub(super) last: Date,
}

impl Reader {
    /// A reader in the zone with this name, of the IANA or of Windows, or in that of the machine.
    pub(super) fn new(zone: Option<&str>) -> Result<Self, Failure> {
        let zone = match zone {
            Some(name) => named(name)?,
            None => TimeZone::try_system().map_err(|_| {
                Failure::usage(
                    "the time zone of this machine is not known; name one, for example --zone \
                     Europe/Berlin",
                )
            })?,
        };
        Ok(Self {
            zone,
            now: Timestamp::now(),
        })
    }

    pub(super) fn today(&self) -> Date {
        self.wall(self.now).date()
    }

    /// What the clock shows at an instant.
    pub(super) fn wall(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    /// The name of the zone, for people.
    pub(super) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("the zone of this machine")
    }

    /// Hours and minutes at an instant. Where the clock shows them twice that day, the zone's
    /// letters say which are meant.
    pub(super) fn clock(&self, at: Timestamp) -> String {
        let wall = self.wall(at);
        let format = if wall.second() == 0 {
            "%H:%M"
        } else {
            "%H:%M:%S"
        };
        let shown = wall.strftime(format).to_string();
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Fold { .. } => {
                format!("{shown} {}", self.zone.to_offset_info(at).abbreviation())
            }
            _ => shown,
        }
    }

    /// How the clocks change on a day, where they do.
    pub(super) fn change(&self, day: Date) -> Option<String> {
        let (start, end) = (self.start_of(day).ok()?, self.end_of(day).ok()?);
        let change = self.zone.following(start).next()?;
        let (at, after) = (change.timestamp(), change.offset());
        let before = self.zone.to_offset(at.checked_sub(1.second()).ok()?);
        if at >= end || before == after {
            return None;
        }
        let way = if after > before { "forward" } else { "back" };
        let shown = |offset: Offset| offset.to_datetime(at).strftime("%H:%M");
        Some(format!(
            "clocks go {way} from {} to {}",
            shown(before),
            shown(after)
        ))
    }

    /// The first instant of a day.
    pub(super) fn start_of(&self, day: Date) -> Result<Timestamp, Failure> {
        let start = day.to_zoned_datetime(self.zone.clone());
        Ok(start.map_err(far)?.timestamp())
    }

    /// The first instant after a day.
    pub(super) fn end_of(&self, day: Date) -> Result<Timestamp, Failure> {
        self.start_of(day.tomorrow().map_err(far)?)
    }

    /// The days of the reader from one to another, both included.
    pub(super) fn days(&self, first: Date, last: Date) -> Result<Range, Failure> {
        let (start, end) = (self.start_of(first)?, self.end_of(last)?);
        let span = TimeRange::new(start, end).map_err(|_| backwards())?;
        Ok(Range { span, first, last })
    }

    /// What `--from` and `--to` say. A day is meant whole, at the end too; `+7d` at the end is so
    /// long after the start.
    pub(super) fn range(
        &self,
        from: Option<&str>,
        to: Option<&str>,
        days: i32,
    ) -> Result<Range, Failure> {
        let read = |text: &str| when::parse(text, self);
        let first = match from.map(read).transpose()? {
            None => Point::Day(self.today()),
            Some(When::After(span)) if !when::has_clock(&span) => {
                Point::Day(self.today().checked_add(span).map_err(far)?)
            }
            Some(When::After(span)) => Point::At(self.later(self.now, span)?),
            Some(when) => self.point(&when, self.today())?,
        };
        let (start, day) = match first {
            Point::Day(day) => (self.start_of(day)?, day),
            Point::At(at) => (at, self.wall(at).date()),
        };
        let end = match to.map(read).transpose()? {
            None => self.later(start, days.days())?,
            Some(When::After(span)) => self.later(start, span)?,
            Some(when) => match self.point(&when, day)? {
                Point::Day(day) => self.end_of(day)?,
                Point::At(at) => at,
            },
        };
        let span = TimeRange::new(start, end).map_err(|_| backwards())?;
        // The end itself is not in it.
        let inside = end.checked_sub(1.nanosecond()).unwrap_or(end);
        Ok(Range {
            span,
            first: day,
            last: self.wall(inside).date(),
        })
    }

    fn point(&self, when: &When, day: Date) -> Result<Point, Failure> {
        Ok(match when {
            When::Day(day) => Point::Day(*day),
            When::Time(time) => Point::At(self.instant(day.to_datetime(*time), &self.zone)?),
            When::Wall(wall) => Point::At(self.instant(*wall, &self.zone)?),
            When::Zoned(wall, zone) => Point::At(self.instant(*wall, zone)?),
            When::Instant(at, _) => Point::At(*at),
            When::After(span) => Point::At(self.later(self.now, *span)?),
        })
    }

    /// An instant and a length of days on the wall and hours that pass.
    fn later(&self, at: Timestamp, span: jiff::Span) -> Result<Timestamp, Failure> {
        let zoned = at.to_zoned_datetime(self.zone.clone());
        Ok(zoned.checked_add(span).map_err(far)?.timestamp())
    }

    /// The instant at which a clock shows a time. One that it skips or shows twice is for the
    /// reader to clear up.
    pub(super) fn instant(&self, wall: DateTime, zone: &TimeZone) -> Result<Timestamp, Failure> {
        let name = zone.iana_name().unwrap_or("this zone");
        let short = |wall: DateTime| {
            let text = wall.strftime("%Y-%m-%dT%H:%M:%S").to_string();
            text.strip_suffix(":00").map(str::to_owned).unwrap_or(text)
        };
        let ambiguous = zone.to_ambiguous_timestamp(wall);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => ambiguous.unambiguous().map_err(far),
            AmbiguousOffset::Gap { before, after } => {
                let at = |offset: Offset| offset.to_timestamp(wall).map_err(far);
                let (early, late) = (at(after)?, at(before)?);
                Err(Failure::usage(format!(
                    "{} is skipped in {name}, where the clocks go forward; did you mean {} or {}?",
                    short(wall),
                    short(zone.to_datetime(early)),
                    short(zone.to_datetime(late)),
                )))
            }
            AmbiguousOffset::Fold { before, after } => Err(Failure::usage(format!(
                "{} comes twice in {name}, where the clocks go back; write which: {}{} or {}{}",
                short(wall),
                short(wall),
                signed(before),
                short(wall),
                signed(after),
            ))),
        }
    }

    /// The time of an event on the reader's wall, or on that of the zone that is written with it.
    /// `day` is that of a time alone.
    pub(super) fn event_time(&self, when: &When, day: Date) -> Result<EventTime, Failure> {
        let (at, zone) = match when {
            When::Day(day) => return Ok(EventTime::Date(*day)),
            When::Instant(at, zone) => (*at, zone.clone().unwrap_or_else(|| self.zone.clone())),
            When::Zoned(wall, zone) => (self.instant(*wall, zone)?, zone.clone()),
            When::Time(time) => {
                let wall = day.to_datetime(*time);
                (self.instant(wall, &self.zone)?, self.zone.clone())
            }
            When::Wall(wall) => (self.instant(*wall, &self.zone)?, self.zone.clone()),
            When::After(span) => {
                let at = self.later(self.now, *span)?;
                // Nobody means the seconds.
                let at = at.as_second() - at.as_second().rem_euclid(60);
                (Timestamp::from_second(at).map_err(far)?, self.zone.clone())
            }
        };
        on_wall(at, &zone)
    }
}

/// An offset as RFC 3339 has it. Those of today have no seconds.
fn signed(offset: Offset) -> String {
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    let minutes = offset.seconds().unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

enum Point {
    Day(Date),
    At(Timestamp),
}

/// An instant as a time on the wall of a zone. The second of two equal ones can only be said as the
/// instant.
fn on_wall(at: Timestamp, zone: &TimeZone) -> Result<EventTime, Failure> {
    let Some(name) = zone.iana_name() else {
        return Err(Failure::usage(
            "the time zone of this machine has no name that a calendar knows; name one, for \
             example --zone Europe/Berlin",
        ));
    };
    let time = EventTime::zoned(zone.to_datetime(at), name);
    let is_same = time.to_timestamp(zone)? == at;
    Ok(if is_same { time } else { EventTime::Utc(at) })
}

/// A zone by a name of the IANA or of Windows.
pub(super) fn named(name: &str) -> Result<TimeZone, Failure> {
    TzId::named(name).time_zone().map_err(|_| {
        Failure::usage(format!(
            "the time zone {name:?} is not known; write an IANA name such as Europe/Berlin, or the \
             name that Windows has for it"
        ))
    })
}

pub(super) fn far(error: impl fmt::Display) -> Failure {
    Failure::usage(format!("a time is out of range: {error}"))
}

fn backwards() -> Failure {
    Failure::usage("--to is not after --from")
}

#[cfg(test)]
impl Reader {
    /// A reader in a zone at an instant.
    pub(super) fn at(zone: &str, now: &str) -> Self {
        Self {
            zone: TimeZone::get(zone).unwrap(),
            now: now.parse().unwrap(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Reader {
        Reader::at("Europe/Berlin", "2026-06-03T08:30:00Z")
    }

    fn spans(from: Option<&str>, to: Option<&str>) -> String {
        let range = berlin().range(from, to, 7).unwrap();
        format!("{} {}", range.span.start, range.span.end)
    }

    #[test]
    fn a_day_is_meant_whole_and_a_length_counts_from_the_start() {
        // Midnight in Berlin is 22:00 in summer, in UTC.
        for (from, to, span) in [
            (None, None, "2026-06-02T22:00:00Z 2026-06-09T22:00:00Z"),
            (
                Some("today"),
                Some("tomorrow"),
                "2026-06-02T22:00:00Z 2026-06-04T22:00:00Z",
            ),
            (
                Some("2026-06-01"),
                Some("2026-06-01"),
                "2026-05-31T22:00:00Z 2026-06-01T22:00:00Z",
            ),
            (
                Some("2026-06-01"),
                Some("+7d"),
                "2026-05-31T22:00:00Z 2026-06-07T22:00:00Z",
            ),
            (
                Some("+1d"),
                Some("+36h"),
                "2026-06-03T22:00:00Z 2026-06-05T10:00:00Z",
            ),
            (
                Some("now"),
                Some("18:00"),
                "2026-06-03T08:30:00Z 2026-06-03T16:00:00Z",
            ),
            // The Monday that comes: the third of June is a Wednesday.
            (
                Some("monday"),
                Some("fri"),
                "2026-06-07T22:00:00Z 2026-06-12T22:00:00Z",
            ),
        ] {
            if to == Some("fri") {
                // Friday comes before that Monday.
                assert!(berlin().range(from, to, 7).is_err());
                continue;
            }
            assert_eq!(spans(from, to), span, "{from:?} {to:?}");
        }
    }

    #[test]
    fn a_day_of_the_change_has_its_own_length() {
        let spring = berlin().range(Some("2026-03-29"), Some("2026-03-29"), 1);
        let spring = spring.unwrap().span;
        assert_eq!(spring.end.duration_since(spring.start).as_hours(), 23);
        let week = berlin().range(Some("2026-03-26"), Some("+7d"), 1).unwrap();
        assert_eq!(week.last.to_string(), "2026-04-01");
    }

    #[test]
    fn what_the_clock_skips_or_shows_twice_is_told() {
        let wall = |text: &str| text.parse::<DateTime>().unwrap();
        let reader = berlin();
        let told = |text| reader.instant(wall(text), &reader.zone).unwrap_err().line;
        let skipped = told("2026-03-29T02:30:00");
        assert!(
            skipped.contains("skipped in Europe/Berlin")
                && skipped.contains("2026-03-29T01:30 or 2026-03-29T03:30"),
            "{skipped}"
        );
        let twice = told("2026-10-25T02:30:00");
        assert!(
            twice.contains("comes twice")
                && twice.contains("2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"),
            "{twice}"
        );
    }

    #[test]
    fn the_second_of_two_equal_times_is_an_instant() {
        let reader = berlin();
        let read = |text: &str| {
            let when = when::parse(text, &reader).unwrap();
            reader
                .event_time(&when, reader.today())
                .unwrap()
                .to_string()
        };
        assert_eq!(
            read("2026-10-25T02:30+02:00"),
            "2026-10-25T02:30:00[Europe/Berlin]"
        );
        assert_eq!(read("2026-10-25T02:30+01:00"), "2026-10-25T01:30:00Z");
        assert_eq!(
            read("2026-06-01T09:00[Asia/Tokyo]"),
            "2026-06-01T09:00:00[Asia/Tokyo]"
        );
        assert_eq!(
            read("2026-06-01T09:00[Tokyo Standard Time]"),
            "2026-06-01T09:00:00[Asia/Tokyo]"
        );
        assert_eq!(read("14:15"), "2026-06-03T14:15:00[Europe/Berlin]");
        assert_eq!(read("2026-06-01"), "2026-06-01");
    }

    #[test]
    fn the_change_of_the_clocks_is_named() {
        let reader = berlin();
        let on = |day: &str| reader.change(day.parse().unwrap());
        assert_eq!(
            on("2026-03-29").as_deref(),
            Some("clocks go forward from 02:00 to 03:00")
        );
        assert_eq!(
            on("2026-10-25").as_deref(),
            Some("clocks go back from 03:00 to 02:00")
        );
        assert_eq!(on("2026-06-01"), None);
        assert_eq!(
            Reader::at("UTC", "2026-06-01T00:00:00Z").change(reader.today()),
            None
        );
    }

    #[test]
    fn times_that_come_twice_have_the_letters_of_their_zone() {
        let reader = berlin();
        let at = |text: &str| reader.clock(text.parse().unwrap());
        assert_eq!(at("2026-10-25T00:30:00Z"), "02:30 CEST");
        assert_eq!(at("2026-10-25T01:30:00Z"), "02:30 CET");
        assert_eq!(at("2026-10-25T02:30:00Z"), "03:30");
    }
}
