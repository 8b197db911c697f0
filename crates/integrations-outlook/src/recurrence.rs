//! How a series repeats: `patternedRecurrence`
//! (<https://learn.microsoft.com/en-us/graph/api/resources/patternedrecurrence>).
//!
//! Graph has six patterns, and RFC 5545 has many more rules. A rule is written when a pattern makes
//! the same occurrences, and is `Unsupported` otherwise: never one that is nearly the same. Two
//! differences are easily overlooked. At Graph a series begins with the first day that fits its
//! pattern, while by the RFC its start is an occurrence in any case; so a start that does not fit is
//! refused. And a day of the month that a month does not have is its last day at Outlook ("If for a
//! particular month this value is larger than the number of days in the month, the last day of the
//! month is assumed", `AbsoluteMonthlyRecurrence` of Exchange Web Services), while the RFC leaves that
//! month out; so the 29th to the 31st are refused, and are read as what they are.

use std::num::NonZeroU32;

use integrations_core::calendar::recurrence::{
    ByDay, Frequency, RRule, Recurrence, RuleEnd, Until, Weekday,
};
use integrations_core::time::EventTime;
use integrations_core::{Error, ErrorKind, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::times;

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

const INDEX: [(&str, i8); 5] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("last", -1),
];

fn no(what: &str) -> Error {
    Error::unsupported(format_args!("a series with {what}"))
        .with_advice("Outlook has no pattern for it: make a series for each part, or single events")
}

fn day_name(day: Weekday) -> &'static str {
    let found = DAYS.iter().find(|(_, other)| *other == day);
    found.map_or("monday", |(name, _)| name)
}

/// Writes a recurrence for a series with this start. Dates that are taken out are not of it: at
/// Graph they are occurrences that were deleted.
///
/// # Errors
/// `Unsupported` for what no pattern makes.
pub(crate) fn written(recurrence: &Recurrence, start: &EventTime) -> Result<Value> {
    let [rule] = &recurrence.rules[..] else {
        return Err(no("more than one rule, or none"));
    };
    if !recurrence.dates.is_empty() || !recurrence.except_rules.is_empty() {
        return Err(no("dates that are added, or rules that take out"));
    }
    let pattern = pattern(rule, start)?;
    let range = range(rule, start)?;
    let value = json!({"pattern": pattern, "range": range});
    if !fits(&value["pattern"], start.wall().date()) {
        return Err(no("a start that does not fit its rule"));
    }
    Ok(value)
}

fn pattern(rule: &RRule, start: &EventTime) -> Result<Value> {
    if rule.frequency.is_sub_daily() {
        return Err(no("a rule by hours or shorter"));
    }
    let by_time = !rule.by_hour.is_empty() || !rule.by_minute.is_empty();
    if by_time || !rule.by_second.is_empty() {
        return Err(no("times of the day in its rule"));
    }
    if !rule.by_year_day.is_empty() || !rule.by_week_no.is_empty() {
        return Err(no("days or weeks of the year"));
    }
    let interval = rule.interval.get();
    let most = if rule.frequency == Frequency::Daily {
        999
    } else {
        99
    };
    if interval > most {
        return Err(no("so long a step"));
    }
    let first = start.wall().date();
    match rule.frequency {
        Frequency::Daily if rule.by_day.is_empty() => {
            only(rule, &[])?;
            Ok(json!({"type": "daily", "interval": interval}))
        }
        // Days of the week in every week.
        Frequency::Daily if interval == 1 => weekly(rule, first),
        Frequency::Daily => Err(no("days of the week in every so many days")),
        Frequency::Weekly => weekly(rule, first),
        Frequency::Monthly => {
            let mut pattern = monthly(rule, first)?;
            pattern["interval"] = interval.into();
            Ok(pattern)
        }
        _ => {
            let mut pattern = yearly(rule, first)?;
            pattern["interval"] = interval.into();
            Ok(pattern)
        }
    }
}

/// Refuses every part of a rule but these.
fn only(rule: &RRule, parts: &[&str]) -> Result<()> {
    for (name, used) in [
        ("day", !rule.by_day.is_empty()),
        ("month_day", !rule.by_month_day.is_empty()),
        ("month", !rule.by_month.is_empty()),
        ("set_pos", !rule.by_set_pos.is_empty()),
    ] {
        if used && !parts.contains(&name) {
            return Err(no("such parts of its rule together"));
        }
    }
    Ok(())
}

fn weekly(rule: &RRule, first: Date) -> Result<Value> {
    only(rule, &["day"])?;
    let mut days: Vec<Weekday> = rule.by_day.iter().map(|by| by.day).collect();
    if rule.by_day.iter().any(|by| by.nth.is_some()) {
        return Err(no("the nth day of a week"));
    }
    if days.is_empty() {
        days.push(first.weekday().into());
    }
    let names: Vec<&str> = names(&days);
    Ok(
        json!({"type": "weekly", "interval": rule.interval.get(), "daysOfWeek": names,
        "firstDayOfWeek": day_name(rule.week_start)}),
    )
}

/// The names of days, each once, in the order of the week.
fn names(days: &[Weekday]) -> Vec<&'static str> {
    let all = DAYS.iter().filter(|(_, day)| days.contains(day));
    all.map(|(name, _)| *name).collect()
}

/// A day of the month that every month has.
fn day_of_month(rule: &RRule, first: Date) -> Result<i8> {
    let day = match &rule.by_month_day[..] {
        [] => first.day(),
        [day] => *day,
        _ => return Err(no("several days of a month")),
    };
    match day {
        1..=28 => Ok(day),
        29.. => Err(no("a day that not every month has")),
        _ => Err(no("days counted from the end of a month")),
    }
}

/// Which of which days of a month: "the 2nd Tuesday", or "the last of Monday to Friday".
fn relative(rule: &RRule) -> Result<(Vec<Weekday>, &'static str)> {
    let nth = match (&rule.by_day[..], &rule.by_set_pos[..]) {
        ([ByDay { nth: Some(nth), .. }], []) => *nth,
        (days, [position]) if days.iter().all(|by| by.nth.is_none()) => {
            i8::try_from(*position).unwrap_or_default()
        }
        _ => return Err(no("several days of the week in a month")),
    };
    let found = INDEX.iter().find(|(_, own)| *own == nth);
    let (index, _) = found.ok_or_else(|| no("the fifth of a day, or one counted from the end"))?;
    let days: Vec<Weekday> = rule.by_day.iter().map(|by| by.day).collect();
    // Of other days together Graph says "the event falls on the first day that satisfies the
    // pattern", which is the same for the first of them alone. Days, weekdays and weekend days are
    // Outlook's own.
    let weekend = ["saturday", "sunday"];
    let own = match names(&days).len() {
        1 | 7 => true,
        5 => !names(&days).iter().any(|name| weekend.contains(name)),
        2 => names(&days) == weekend,
        _ => false,
    };
    match own || nth == 1 {
        true => Ok((days, index)),
        false => Err(no("such a set of days of the week")),
    }
}

/// Every day of the week: the last of them is the last day of a month.
fn every_day() -> Vec<&'static str> {
    DAYS.iter().map(|(name, _)| *name).collect()
}

fn monthly(rule: &RRule, first: Date) -> Result<Value> {
    if rule.by_day.is_empty() {
        only(rule, &["month_day"])?;
        if rule.by_month_day == [-1] {
            return Ok(
                json!({"type": "relativeMonthly", "daysOfWeek": every_day(), "index": "last"}),
            );
        }
        let day = day_of_month(rule, first)?;
        return Ok(json!({"type": "absoluteMonthly", "dayOfMonth": day}));
    }
    only(rule, &["day", "set_pos"])?;
    let (days, index) = relative(rule)?;
    Ok(json!({"type": "relativeMonthly", "daysOfWeek": names(&days), "index": index}))
}

fn yearly(rule: &RRule, first: Date) -> Result<Value> {
    let month = match &rule.by_month[..] {
        [] => None,
        [month] => Some(*month),
        _ => return Err(no("several months")),
    };
    if rule.by_day.is_empty() {
        only(rule, &["month", "month_day"])?;
        if month.is_none() && !rule.by_month_day.is_empty() {
            return Err(no("a day of every month in each year"));
        }
        if let (Some(month), [-1]) = (month, &rule.by_month_day[..]) {
            return Ok(
                json!({"type": "relativeYearly", "daysOfWeek": every_day(), "index": "last",
                "month": month}),
            );
        }
        let day = day_of_month(rule, first)?;
        let month = month.unwrap_or(first.month().unsigned_abs());
        return Ok(json!({"type": "absoluteYearly", "dayOfMonth": day, "month": month}));
    }
    only(rule, &["month", "day", "set_pos"])?;
    let month = month.ok_or_else(|| no("the nth day of a year"))?;
    let (days, index) = relative(rule)?;
    Ok(
        json!({"type": "relativeYearly", "daysOfWeek": names(&days), "index": index, "month": month}),
    )
}

fn range(rule: &RRule, start: &EventTime) -> Result<Value> {
    let first = start.wall().date();
    let mut range = json!({"startDate": first.to_string(),
        "recurrenceTimeZone": times::zone_name(start)?});
    match rule.end {
        RuleEnd::Never => range["type"] = "noEnd".into(),
        RuleEnd::Count(count) => {
            if count.get() > 999 {
                return Err(no("more than 999 occurrences by number"));
            }
            range["type"] = "numbered".into();
            range["numberOfOccurrences"] = count.get().into();
        }
        RuleEnd::Until(until) => {
            let last = last_day(until, start)?;
            if last < first {
                return Err(no("an end before its start"));
            }
            range["type"] = "endDate".into();
            range["endDate"] = last.to_string().into();
        }
    }
    Ok(range)
}

fn far<E>(_: E) -> Error {
    Error::invalid_input("the series leaves the range of time")
}

/// The last day on which an occurrence can be: Graph ends a series by days.
fn last_day(until: Until, start: &EventTime) -> Result<Date> {
    let at = match until {
        Until::Date(date) => return Ok(date),
        Until::Local(wall) => return Ok(wall.date()),
        Until::Utc(at) => at,
    };
    let tz = match start {
        EventTime::Zoned { tz, .. } => tz.time_zone()?,
        _ => TimeZone::UTC,
    };
    let day = tz.to_datetime(at).date();
    let then = tz.to_ambiguous_timestamp(day.to_datetime(start.wall().time()));
    match then.compatible().map_err(far)? <= at {
        true => Ok(day),
        false => day.yesterday().map_err(far),
    }
}

/// Whether a pattern has a day, when it begins with it.
fn fits(pattern: &Value, day: Date) -> bool {
    let of_week = |day: Date| {
        let name = day_name(day.weekday().into());
        let days = pattern["daysOfWeek"].as_array();
        days.is_none_or(|days| days.iter().any(|own| own == name))
    };
    let month = pattern["month"].as_i64();
    let absolute = pattern["dayOfMonth"].as_i64();
    if month.is_some_and(|month| month != i64::from(day.month()))
        || absolute.is_some_and(|own| own != i64::from(day.day()))
        || !of_week(day)
    {
        return false;
    }
    let Some(index) = pattern["index"].as_str() else {
        return true;
    };
    let nth = INDEX.iter().find(|(name, _)| *name == index);
    let all = day.first_of_month().series(1.day());
    let all = all.take_while(|other| other.month() == day.month());
    let mut all: Vec<Date> = all.filter(|other| of_week(*other)).collect();
    let nth = nth.map_or(1, |(_, nth)| *nth);
    if nth < 0 {
        all.reverse();
    }
    all.get(usize::from(nth.unsigned_abs()) - 1) == Some(&day)
}

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

#[cfg(test)]
#[path = "recurrence_tests.rs"]
mod tests;
