//! The form in which a series gives its times, and the keys that go with it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::clock::{self, Clock, Read};
use super::day::{self, DAY};
use super::out_of_time;
use crate::error::{Error, Result};
use crate::time::{EventTime, TzId};

#[derive(Debug, Clone)]
pub(in super::super) struct Form {
    kind: Kind,
    /// Between walls and keys.
    pub(in super::super) clock: Clock,
    /// Between keys and instants, where keys are walls.
    reader: Option<Clock>,
    /// What the start has below a second, which every occurrence has too.
    nanos: i32,
}

#[derive(Debug, Clone)]
enum Kind {
    Date,
    Floating,
    Utc,
    Zoned(TzId),
}

impl Form {
    /// The form of a time; days and floating times are read in `local`.
    pub(in super::super) fn of(time: &EventTime, local: &TimeZone) -> Result<Self> {
        let utc = || Clock::new(TimeZone::UTC);
        let (kind, clock, reader) = match time {
            EventTime::Date(_) => (Kind::Date, utc(), Some(local)),
            EventTime::Floating(_) => (Kind::Floating, utc(), Some(local)),
            EventTime::Utc(_) => (Kind::Utc, utc(), None),
            EventTime::Zoned { tz, .. } => {
                let clock = Clock::new(tz.time_zone()?);
                (Kind::Zoned(tz.clone()), clock, None)
            }
        };
        let nanos = match time {
            EventTime::Utc(at) => clock::split(*at).1,
            other => other.wall().subsec_nanosecond(),
        };
        Ok(Self {
            kind,
            clock,
            reader: reader.map(|local| Clock::new(local.clone())),
            nanos,
        })
    }

    pub(in super::super) fn is_date(&self) -> bool {
        matches!(self.kind, Kind::Date)
    }

    /// A key at or before that of any time at or after an instant.
    pub(in super::super) fn first_key(&mut self, instant: Timestamp) -> i64 {
        let instant = clock::split(instant).0;
        match &mut self.reader {
            None => instant,
            // A gap is a day at most, and so the wall may go back by that.
            Some(reader) => reader.wall(instant).map_or(i64::MIN, |wall| wall - 2 * DAY),
        }
    }

    /// A key at or after that of any time before an instant.
    pub(in super::super) fn last_key(&mut self, instant: Timestamp) -> i64 {
        let instant = clock::split(instant).0;
        match &mut self.reader {
            None => instant,
            Some(reader) => reader.wall(instant).map_or(i64::MAX, |wall| wall + 2 * DAY),
        }
    }

    /// Whether keys are instants.
    pub(in super::super) fn has_instants(&self) -> bool {
        self.reader.is_none()
    }

    /// The key of a time in any form, without its fraction of a second. What floats is read on the
    /// wall of the series, and a day is its midnight.
    pub(in super::super) fn key(&mut self, time: &EventTime) -> Result<i64> {
        Ok(self.read(time)?.instant)
    }

    /// The same, and whether it is a wall that the zone skips.
    pub(in super::super) fn read(&mut self, time: &EventTime) -> Result<Read> {
        let instant = match time {
            EventTime::Date(_) | EventTime::Floating(_) => {
                return self.read_wall(day::wall(time.wall()));
            }
            EventTime::Zoned { local, tz } => match &self.kind {
                Kind::Zoned(own) if own == tz => return self.read_wall(day::wall(*local)),
                _ => clock::split(time.to_timestamp(&TimeZone::UTC)?).0,
            },
            EventTime::Utc(at) => clock::split(*at).0,
        };
        let key = match &mut self.reader {
            None => instant,
            Some(reader) => reader.wall(instant).ok_or_else(out_of_time)?,
        };
        Ok(Read {
            instant: self.whole(key),
            skipped: false,
        })
    }

    /// The key of a wall.
    pub(in super::super) fn read_wall(&mut self, wall: i64) -> Result<Read> {
        let wall = self.whole(wall);
        self.clock.instant(wall).ok_or_else(out_of_time)
    }

    fn whole(&self, wall: i64) -> i64 {
        match self.kind {
            Kind::Date => wall.div_euclid(DAY) * DAY,
            _ => wall,
        }
    }

    /// What the wall shows at a key.
    pub(in super::super) fn wall(&mut self, key: i64) -> Result<i64> {
        self.clock.wall(key).ok_or_else(out_of_time)
    }

    /// The instant of a key.
    pub(in super::super) fn instant(&mut self, key: i64) -> Result<Read> {
        match &mut self.reader {
            None => Ok(Read {
                instant: key,
                skipped: false,
            }),
            Some(reader) => reader.instant(key).ok_or_else(out_of_time),
        }
    }

    /// The time of a key. Of two equal times on the wall the second can only be said as an instant.
    pub(in super::super) fn time(&mut self, key: i64) -> Result<EventTime> {
        let wall = self.wall(key)?;
        if matches!(self.kind, Kind::Date) {
            let date = day::date(wall.div_euclid(DAY));
            return date.map(EventTime::Date).ok_or_else(out_of_time);
        }
        let at = || self.timestamp(key);
        if let Kind::Utc = self.kind {
            return at().map(EventTime::Utc);
        }
        let shown = day::datetime(wall).ok_or_else(out_of_time)?;
        let shown = match self.nanos {
            0 => shown,
            nanos => shown
                .with()
                .subsec_nanosecond(nanos)
                .build()
                .map_err(|_| out_of_time())?,
        };
        match &self.kind {
            Kind::Zoned(tz) => {
                let tz = tz.clone();
                if self.clock.instant(wall).map(|read| read.instant) == Some(key) {
                    Ok(EventTime::Zoned { local: shown, tz })
                } else {
                    self.timestamp(key).map(EventTime::Utc)
                }
            }
            _ => Ok(EventTime::Floating(shown)),
        }
    }

    /// An instant with the fraction of a second that the start has.
    pub(in super::super) fn timestamp(&self, instant: i64) -> Result<Timestamp> {
        Timestamp::new(instant, self.nanos).map_err(|_| out_of_time())
    }
}

/// Whether two times are of one kind: days, times that float, or instants.
pub(in super::super) fn check_pair(start: &EventTime, end: &EventTime) -> Result<()> {
    let floats = |time: &EventTime| matches!(time, EventTime::Floating(_));
    if start.is_date() == end.is_date() && floats(start) == floats(end) {
        return Ok(());
    }
    Err(Error::invalid_input(
        "an event starts and ends with a day, with a time that floats, or with a time in a zone",
    ))
}
