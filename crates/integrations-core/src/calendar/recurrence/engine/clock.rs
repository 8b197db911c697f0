//! Between what a wall shows and instants, in one zone.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::day;

/// An instant, in seconds of Unix time, that a wall stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Read {
    pub(in super::super) instant: i64,
    /// The wall is one that the zone skips.
    pub(in super::super) skipped: bool,
}

/// Reads walls and instants. Most of them are between the same two changes of the zone as the one
/// before, and then there is nothing to look up.
#[derive(Debug, Clone)]
pub(in super::super) struct Clock {
    zone: TimeZone,
    /// What is known: the offset, and from which instant to which it holds.
    offset: i64,
    from: i64,
    to: i64,
    /// From which wall to which there is exactly one instant, with that offset.
    wall_from: i64,
    wall_to: i64,
    /// The offset from `to` on.
    next_offset: i64,
    /// The instant that was looked up last.
    last: i64,
}

/// A look-up this near to the one before is followed by others.
const NEAR: i64 = 40 * day::DAY;

impl Clock {
    pub(in super::super) fn new(zone: TimeZone) -> Self {
        let mut clock = Self {
            zone,
            offset: 0,
            from: 0,
            to: 0,
            wall_from: 0,
            wall_to: 0,
            next_offset: 0,
            last: i64::MIN / 2,
        };
        if clock.zone == TimeZone::UTC {
            // Where time ends, though.
            let all = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
            (clock.from, clock.to) = all;
            (clock.wall_from, clock.wall_to) = all;
        }
        clock
    }

    /// The instant of a wall. One that is skipped is read with the offset before the gap, and of
    /// two it is the first (RFC 5545, section 3.3.5). `None` outside of the range of time.
    pub(in super::super) fn instant(&mut self, wall: i64) -> Option<Read> {
        if !self.knows(wall) && self.is_soon(wall - self.next_offset) {
            self.go_on();
        }
        if self.knows(wall) {
            return Some(Read {
                instant: wall - self.offset,
                skipped: false,
            });
        }
        let found = self.zone.to_ambiguous_timestamp(day::datetime(wall)?);
        let (offset, skipped) = match found.offset() {
            AmbiguousOffset::Unambiguous { offset } => (offset, false),
            AmbiguousOffset::Gap { before, .. } => (before, true),
            AmbiguousOffset::Fold { before, .. } => (before, false),
        };
        let instant = wall - i64::from(offset.seconds());
        if instant < Timestamp::MIN.as_second() || instant > Timestamp::MAX.as_second() {
            return None;
        }
        self.learn(instant);
        Some(Read { instant, skipped })
    }

    fn knows(&self, wall: i64) -> bool {
        self.wall_from <= wall && wall < self.wall_to
    }

    /// What the wall shows at an instant.
    pub(in super::super) fn wall(&mut self, instant: i64) -> Option<i64> {
        if !(self.from <= instant && instant < self.to) && self.is_soon(instant) {
            self.go_on();
        }
        if self.from <= instant && instant < self.to {
            return Some(instant + self.offset);
        }
        let at = Timestamp::from_second(instant).ok()?;
        let offset = i64::from(self.zone.to_offset(at).seconds());
        self.learn(instant);
        Some(instant + offset)
    }

    /// Keeps what holds around an instant, when the next look-up is likely near it.
    fn learn(&mut self, instant: i64) {
        let near = (instant - self.last).abs() < NEAR;
        self.last = instant;
        if !near {
            return;
        }
        let Ok(at) = Timestamp::from_second(instant) else {
            return;
        };
        self.offset = seconds(self.zone.to_offset(at));
        // `preceding` gives changes before an instant, and one at it is in force.
        let next_second = at.checked_add(jiff::SignedDuration::from_secs(1));
        let before = next_second
            .ok()
            .and_then(|at| self.zone.preceding(at).next());
        match before {
            None => {
                let first = Timestamp::MIN.as_second();
                (self.from, self.wall_from) = (first, first + self.offset);
            }
            Some(change) => {
                let from = change.timestamp().as_second();
                let older = Timestamp::from_second(from - 1);
                let older = older.map_or(self.offset, |at| seconds(self.zone.to_offset(at)));
                self.from = from;
                self.wall_from = from + older.max(self.offset);
            }
        }
        self.end_after(at);
    }

    /// Whether an instant follows what is known, and not from afar.
    fn is_soon(&self, instant: i64) -> bool {
        self.from < self.to && self.to <= instant && instant - self.to < NEAR
    }

    /// Goes on with the time after the one that is known: half of it is known.
    fn go_on(&mut self) {
        let Ok(from) = Timestamp::from_second(self.to) else {
            return;
        };
        self.last = self.to;
        self.from = self.to;
        self.wall_from = self.to + self.offset.max(self.next_offset);
        self.offset = self.next_offset;
        self.end_after(from);
    }

    /// Finds out how long the offset holds that is in force at an instant.
    fn end_after(&mut self, at: Timestamp) {
        let next = self.zone.following(at).next();
        let next = next.map(|change| (change.timestamp().as_second(), seconds(change.offset())));
        match next {
            None => {
                let last = Timestamp::MAX.as_second();
                (self.to, self.wall_to) = (last, last + self.offset);
                self.next_offset = self.offset;
            }
            Some((to, offset)) => {
                self.to = to;
                self.wall_to = to + self.offset.min(offset);
                self.next_offset = offset;
            }
        }
    }
}

fn seconds(offset: Offset) -> i64 {
    offset.seconds().into()
}

/// Seconds of Unix time, rounded down, and the rest in nanoseconds.
pub(in super::super) fn split(at: Timestamp) -> (i64, i32) {
    let whole = at.as_nanosecond().div_euclid(1_000_000_000);
    let rest = at.as_nanosecond().rem_euclid(1_000_000_000);
    // Both fit: a timestamp is within years -9999 to 9999, and the rest under a billion.
    (
        i64::try_from(whole).unwrap_or_default(),
        i32::try_from(rest).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every quarter of an hour of some years, in order and in leaps, is what jiff says without
    /// anything kept.
    #[test]
    fn what_is_kept_never_changes_an_answer() {
        for name in [
            "Europe/Berlin",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Africa/Casablanca",
            "Antarctica/Troll",
            "Asia/Kathmandu",
            "Europe/Dublin",
            "America/New_York",
        ] {
            let zone = TimeZone::get(name).unwrap();
            let mut clock = Clock::new(zone.clone());
            let first = day::wall(jiff::civil::date(2010, 6, 1).at(0, 0, 0, 0));
            let walls = (0..70_000).map(|step| first + step * 900);
            let leaps = (0..3_000).map(|step| first + step * 1_234_567);
            for wall in walls.chain(leaps) {
                let at = day::datetime(wall).unwrap();
                let found = zone.to_ambiguous_timestamp(at);
                let skipped = matches!(found.offset(), AmbiguousOffset::Gap { .. });
                let instant = found.compatible().unwrap().as_second();
                let read = clock.instant(wall);
                assert_eq!(read, Some(Read { instant, skipped }), "{name} {at}");
                let shown = zone.to_datetime(Timestamp::from_second(instant).unwrap());
                assert_eq!(clock.wall(instant), Some(day::wall(shown)), "{name} {at}");
            }
        }
    }

    #[test]
    fn instants_before_1970_are_rounded_down() {
        let at: Timestamp = "1969-12-31T23:59:59.5Z".parse().unwrap();
        assert_eq!(split(at), (-1, 500_000_000));
    }
}
