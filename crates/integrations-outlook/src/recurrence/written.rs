//! A rule as a pattern.

use integrations_core::calendar::recurrence::{
    ByDay, Frequency, RRule, Recurrence, RuleEnd, Until, Weekday,
};
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{DAYS, INDEX, far};
use crate::times;

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
        "recurrenceTimeZone": times::series_zone_name(start)?});
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
