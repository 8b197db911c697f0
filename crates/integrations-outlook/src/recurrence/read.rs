//! A pattern as a rule.

use std::num::NonZeroU32;

use integrations_core::calendar::recurrence::{ByDay, RRule, Recurrence, RuleEnd, Until, Weekday};
use integrations_core::time::EventTime;
use integrations_core::{Error, ErrorKind, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{DAYS, INDEX, far};

/// Reads how a series repeats that starts at `start`.
///
/// # Errors
/// `Decode` for a pattern that is none of the six.
pub(crate) fn read(value: &Value, start: &EventTime) -> Result<Recurrence> {
    let wrong = || {
        Error::new(
            ErrorKind::Decode,
            "the recurrence is none that Graph describes",
        )
    };
    let (pattern, range) = (&value["pattern"], &value["range"]);
    let word = |value: &Value| value.as_str().unwrap_or_default().to_ascii_lowercase();
    let first = start.wall().date();
    let interval = pattern["interval"].as_u64().unwrap_or(1);
    let interval = u32::try_from(interval).ok().and_then(NonZeroU32::new);
    let days: Vec<Weekday> = pattern["daysOfWeek"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|day| read_day(&word(day)))
        .collect();
    let month = pattern["month"]
        .as_u64()
        .and_then(|it| u8::try_from(it).ok());
    let day = pattern["dayOfMonth"]
        .as_i64()
        .and_then(|it| i8::try_from(it).ok());
    let mut rule = match &*word(&pattern["type"]) {
        "daily" => RRule::daily(),
        "weekly" => {
            let alone = days == [Weekday::from(first.weekday())];
            let mut rule = RRule::weekly(days.into_iter().filter(|_| !alone));
            let start = read_day(&word(&pattern["firstDayOfWeek"]));
            rule.week_start = start.unwrap_or(Weekday::Sunday);
            rule
        }
        "absolutemonthly" => on_day(RRule::monthly(), day.ok_or_else(wrong)?),
        "relativemonthly" => of_days(RRule::monthly(), &days, &word(&pattern["index"]))?,
        "absoluteyearly" => {
            let (day, month) = (day.ok_or_else(wrong)?, month.ok_or_else(wrong)?);
            let same = (day, month) == (first.day(), first.month().unsigned_abs());
            match same && (day <= 28 || month != 2) {
                true => RRule::yearly(),
                false => {
                    let mut rule = on_day(RRule::yearly(), day);
                    rule.by_month = vec![month];
                    rule
                }
            }
        }
        "relativeyearly" => {
            let mut rule = of_days(RRule::yearly(), &days, &word(&pattern["index"]))?;
            rule.by_month = vec![month.ok_or_else(wrong)?];
            rule
        }
        _ => return Err(wrong()),
    };
    rule.interval = interval.ok_or_else(wrong)?;
    rule.end = match &*word(&range["type"]) {
        "noend" => RuleEnd::Never,
        "numbered" => {
            let count = range["numberOfOccurrences"].as_u64();
            let count = count.and_then(|it| NonZeroU32::new(u32::try_from(it).ok()?));
            RuleEnd::Count(count.ok_or_else(wrong)?)
        }
        "enddate" => {
            let last = range["endDate"].as_str().and_then(|it| it.parse().ok());
            RuleEnd::Until(until(last.ok_or_else(wrong)?, start)?)
        }
        _ => return Err(wrong()),
    };
    Ok(rule.into())
}

fn read_day(name: &str) -> Option<Weekday> {
    let found = DAYS.iter().find(|(own, _)| *own == name);
    found.map(|(_, day)| *day)
}

/// A day of the month, or its last one where the month is shorter.
fn on_day(mut rule: RRule, day: i8) -> RRule {
    rule.by_month_day = (day.min(28)..=day).collect();
    if day > 28 {
        rule.by_set_pos = vec![-1];
    }
    rule
}

fn of_days(mut rule: RRule, days: &[Weekday], index: &str) -> Result<RRule> {
    let found = INDEX.iter().find(|(name, _)| *name == index);
    // "Default is first."
    let nth = found.map_or(1, |(_, nth)| *nth);
    match days {
        [] => return Err(Error::new(ErrorKind::Decode, "the recurrence has no days")),
        [day] => {
            rule.by_day = vec![ByDay {
                nth: Some(nth),
                day: *day,
            }]
        }
        days => {
            rule.by_day = days.iter().map(|day| ByDay::from(*day)).collect();
            rule.by_set_pos = vec![i16::from(nth)];
        }
    }
    Ok(rule)
}

/// The last moment of a rule that ends with a day.
fn until(last: Date, start: &EventTime) -> Result<Until> {
    let wall = last.to_datetime(start.wall().time());
    let at = |tz: &TimeZone| {
        let at = tz.to_ambiguous_timestamp(wall).compatible();
        at.map(Until::Utc).map_err(far)
    };
    match start {
        EventTime::Date(_) => Ok(Until::Date(last)),
        EventTime::Floating(_) => Ok(Until::Local(wall)),
        EventTime::Utc(_) => at(&TimeZone::UTC),
        EventTime::Zoned { tz, .. } => at(&tz.time_zone()?),
    }
}

/// Occurrences that were deleted, from their ids: `OID.{series}.{date}`
/// (<https://learn.microsoft.com/en-us/graph/api/resources/event>, `cancelledOccurrences`).
pub(crate) fn cancelled(ids: &Value, start: &EventTime) -> Vec<EventTime> {
    let ids = ids.as_array().into_iter().flatten();
    let dates = ids.filter_map(|id| {
        let (_, date) = id.as_str()?.rsplit_once('.')?;
        date.parse::<Date>().ok()
    });
    let on = |date: Date| {
        let wall = date.to_datetime(start.wall().time());
        match start {
            EventTime::Date(_) => Some(EventTime::Date(date)),
            EventTime::Floating(_) => Some(EventTime::Floating(wall)),
            EventTime::Utc(_) => TimeZone::UTC.to_timestamp(wall).ok().map(EventTime::Utc),
            EventTime::Zoned { tz, .. } => Some(EventTime::Zoned {
                local: wall,
                tz: tz.clone(),
            }),
        }
    };
    dates.filter_map(on).collect()
}
