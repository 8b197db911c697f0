//! Days and walls as numbers.
//!
//! A day is counted from 1970-01-01, and a wall (what a clock shows) in seconds from that day's
//! midnight, as if the wall stood in UTC. Arithmetic on numbers is what makes a step of a rule cost
//! a few nanoseconds.

use jiff::civil::{Date, DateTime, Time};

/// Seconds of a day.
pub(in super::super) const DAY: i64 = 86_400;
/// The last year that jiff's dates have; the first is -9999.
pub(super) const LAST_YEAR: i64 = 9999;

/// The day's number. The algorithm is `days_from_civil` of Howard Hinnant's "chrono-Compatible
/// Low-Level Date Algorithms".
pub(super) fn number(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    // March is the first month, so that the leap day is the year's last.
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number: the inverse, `civil_from_days`.
pub(super) fn civil(number: i64) -> (i64, i64, i64) {
    let shifted = number + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The day of the week, Monday being 0. 1970-01-01 was a Thursday.
pub(super) fn weekday(number: i64) -> i64 {
    (number + 3).rem_euclid(7)
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in_year(year: i64) -> i64 {
    365 + i64::from(is_leap(year))
}

pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The wall of a date and time, without its fraction of a second.
pub(in super::super) fn wall(at: DateTime) -> i64 {
    let time = i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second());
    day_of(at.date()) * DAY + time
}

pub(in super::super) fn day_of(date: Date) -> i64 {
    number(date.year().into(), date.month().into(), date.day().into())
}

/// The date and time that a wall shows; `None` outside of the years that jiff has.
pub(in super::super) fn datetime(wall: i64) -> Option<DateTime> {
    let of_day = wall.rem_euclid(DAY);
    let part = |number: i64| i8::try_from(number).ok();
    let time = Time::new(
        part(of_day / 3600)?,
        part(of_day / 60 % 60)?,
        part(of_day % 60)?,
        0,
    );
    Some(date(wall.div_euclid(DAY))?.to_datetime(time.ok()?))
}

/// The date of a day; `None` outside of the years that jiff has.
pub(in super::super) fn date(number: i64) -> Option<Date> {
    let (year, month, day) = civil(number);
    let part = |number: i64| i8::try_from(number).ok();
    Date::new(i16::try_from(year).ok()?, part(month)?, part(day)?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    #[test]
    fn days_are_those_of_jiff_over_four_hundred_years_and_at_the_ends_of_time() {
        let mut at = Date::new(1899, 12, 25).unwrap();
        let first = day_of(at);
        for count in first..first + 147_000 {
            assert_eq!(day_of(at), count);
            assert_eq!(date(count), Some(at));
            assert_eq!(
                weekday(count),
                i64::from(at.weekday().to_monday_zero_offset())
            );
            assert_eq!(
                days_in_month(at.year().into(), at.month().into()),
                i64::from(at.days_in_month())
            );
            at = at.tomorrow().unwrap();
        }
        let epoch = Date::new(1970, 1, 1).unwrap();
        for end in [Date::MIN, Date::MAX] {
            let days = epoch.until((jiff::Unit::Day, end)).unwrap().get_days();
            assert_eq!(day_of(end), i64::from(days));
            assert_eq!(date(days.into()), Some(end));
        }
        assert_eq!(date(day_of(Date::MAX) + 1), None);
        assert_eq!(epoch.checked_add(1.day()).map(day_of).unwrap(), 1);
    }
}
