//! `patternedRecurrence`, and the rule of RFC 5545 that it is
//! (<https://learn.microsoft.com/graph/api/resources/recurrencepattern>,
//! <https://learn.microsoft.com/graph/api/resources/recurrencerange>).

use std::num::NonZeroU32;

use integrations_core::calendar::recurrence::{ByDay, RRule, Recurrence, Until, Weekday};
use integrations_core::time::EventTime;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::refusal::Refusal;
use super::state::{Answer, Fields};
use super::times::{self, text};

/// What each type requires, and what it may have besides `type` and `interval`. "Include only the
/// properties that you need for a recurrence pattern. Any property that you include that does not
/// have a supported value would result in an error": so one that the type has no use for is an
/// error here. `firstDayOfWeek` has a default for every type, and Graph answers it always.
const TYPES: [(&str, &[&str], &[&str]); 6] = [
    ("daily", &[], &[]),
    ("weekly", &["daysOfWeek", "firstDayOfWeek"], &[]),
    ("absoluteMonthly", &["dayOfMonth"], &[]),
    ("relativeMonthly", &["daysOfWeek"], &["index"]),
    ("absoluteYearly", &["dayOfMonth", "month"], &[]),
    ("relativeYearly", &["daysOfWeek", "month"], &["index"]),
];

const DAYS: [(&str, Weekday); 7] = [
    ("sunday", Weekday::Sunday),
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
];

const INDEX: [(&str, i16); 5] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("last", -1),
];

fn wrong(message: impl Into<String>) -> Refusal {
    Refusal::property(message)
}

/// A pattern that was read, and what it was read from with every default in place.
pub(super) struct Pattern {
    pub(super) recurrence: Recurrence,
    pub(super) written: Value,
    /// The days on which it falls, for the first one.
    falls: Falls,
}

/// Which days of a step are meant.
struct Falls {
    days: Vec<Weekday>,
    position: Option<i16>,
    day_of_month: Option<i8>,
    month: Option<i8>,
}

impl Pattern {
    /// Reads a `patternedRecurrence` for a series with this start, in the zone of this name.
    pub(super) fn read(value: &Value, start: &EventTime, zone: &str) -> Answer<Self> {
        let part = |name: &str| {
            let part = value.get(name).and_then(Value::as_object).cloned();
            part.ok_or_else(|| wrong(format!("The recurrence has no {name}.")))
        };
        let (mut pattern, mut range) = (part("pattern")?, part("range")?);
        known(value.as_object(), &["pattern", "range"])?;
        known(
            Some(&pattern),
            &[
                "type",
                "interval",
                "daysOfWeek",
                "firstDayOfWeek",
                "index",
                "dayOfMonth",
                "month",
            ],
        )?;
        known(
            Some(&range),
            &[
                "type",
                "startDate",
                "endDate",
                "numberOfOccurrences",
                "recurrenceTimeZone",
            ],
        )?;
        let (mut rule, falls) = step(&pattern)?;
        let day = times::day(start);
        end(&mut rule, &mut range, start, day, zone)?;
        for (name, value) in [
            ("month", Value::from(0)),
            ("dayOfMonth", Value::from(0)),
            ("firstDayOfWeek", Value::from("sunday")),
            ("index", Value::from("first")),
        ] {
            pattern.entry(name).or_insert(value);
        }
        let written = serde_json::json!({"pattern": pattern, "range": range});
        Ok(Self {
            recurrence: rule.into(),
            written,
            falls,
        })
    }

    /// Whether the pattern falls on a day: "The first occurrence of the meeting may be this date or
    /// later, depending on the recurrence pattern of the event" (the range's `startDate`), where a
    /// rule of RFC 5545 counts its start in any case.
    pub(super) fn falls_on(&self, day: Date) -> bool {
        let falls = &self.falls;
        if falls.month.is_some_and(|month| month != day.month()) {
            return false;
        }
        if let Some(wanted) = falls.day_of_month {
            return day.day() == wanted.min(day.days_in_month());
        }
        let on = |day: Date| falls.days.contains(&Weekday::from(day.weekday()));
        match falls.position {
            None => falls.days.is_empty() || on(day),
            Some(position) => {
                let mut all = day.first_of_month().series(jiff::Span::new().days(1));
                let all: Vec<Date> = all
                    .by_ref()
                    .take_while(|other| other.month() == day.month())
                    .filter(|other| on(*other))
                    .collect();
                let place = match usize::try_from(position) {
                    Ok(position) => all.get(position - 1),
                    Err(_) => all.last(),
                };
                place == Some(&day)
            }
        }
    }
}

/// Refuses what a type does not have; annotations are no properties.
fn known(fields: Option<&Fields>, names: &[&str]) -> Answer<()> {
    let mut all = fields.into_iter().flatten();
    let other = all.find(|(name, _)| !name.contains('@') && !names.contains(&name.as_str()));
    match other {
        None => Ok(()),
        Some((name, _)) => Err(Refusal::body(format!(
            "The property '{name}' does not exist on a type of the recurrence."
        ))),
    }
}

fn number(fields: &Fields, name: &str, highest: i64) -> Answer<i64> {
    let given = fields.get(name).and_then(Value::as_i64);
    given
        .filter(|number| (1..=highest).contains(number))
        .ok_or_else(|| wrong(format!("The recurrence's {name} is out of range.")))
}

fn one_of<T: Copy>(all: &[(&str, T)], word: &Value, name: &str) -> Answer<T> {
    let word = word.as_str().unwrap_or_default();
    let found = all
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| wrong(format!("The recurrence's {name} has no value '{word}'.")))
}

fn step(pattern: &Fields) -> Answer<(RRule, Falls)> {
    let kind = text(pattern, "type").unwrap_or_default();
    let found = TYPES
        .iter()
        .find(|(name, ..)| name.eq_ignore_ascii_case(kind));
    let (kind, required, allowed) =
        found.ok_or_else(|| wrong("The recurrence pattern has no such type."))?;
    for name in [
        "daysOfWeek",
        "firstDayOfWeek",
        "index",
        "dayOfMonth",
        "month",
    ] {
        // What is answered when nothing was set is no value: a client may send it back.
        let given = pattern.get(name).filter(|value| {
            let empty = value.as_array().is_some_and(Vec::is_empty);
            !value.is_null() && !empty && **value != 0
        });
        let defaulted = given.is_some_and(|it| it == "sunday") && name == "firstDayOfWeek"
            || given.is_some_and(|it| it == "first") && name == "index";
        if given.is_none() && required.contains(&name) {
            return Err(wrong(format!("A {kind} recurrence requires {name}.")));
        }
        if given.is_some() && !defaulted && !required.contains(&name) && !allowed.contains(&name) {
            return Err(wrong(format!("A {kind} recurrence does not have {name}.")));
        }
    }
    // Exchange's bounds: 999 days, and 99 of the others (`Interval`, Exchange Web Services).
    let most = if *kind == "daily" { 999 } else { 99 };
    let interval = number(pattern, "interval", most)?;
    let interval = u32::try_from(interval).ok().and_then(NonZeroU32::new);
    let mut rule = match *kind {
        "daily" => RRule::daily(),
        "weekly" => RRule::weekly([]),
        "absoluteMonthly" | "relativeMonthly" => RRule::monthly(),
        _ => RRule::yearly(),
    }
    .every(interval.unwrap_or(NonZeroU32::MIN));
    let mut falls = Falls {
        days: Vec::new(),
        position: None,
        day_of_month: None,
        month: None,
    };
    if required.contains(&"daysOfWeek") {
        for day in pattern["daysOfWeek"].as_array().into_iter().flatten() {
            falls.days.push(one_of(&DAYS, day, "daysOfWeek")?);
        }
        rule.by_day = falls.days.iter().map(|day| ByDay::from(*day)).collect();
        // "If type is relativeMonthly or relativeYearly, and daysOfWeek specifies more than one day,
        // the event falls on the first day that satisfies the pattern."
        if *kind != "weekly" {
            let index = pattern.get("index").filter(|it| !it.is_null());
            let first = Value::from("first");
            let position = one_of(&INDEX, index.unwrap_or(&first), "index")?;
            rule.by_set_pos = vec![position];
            falls.position = Some(position);
        }
    }
    if *kind == "weekly" {
        rule.week_start = one_of(&DAYS, &pattern["firstDayOfWeek"], "firstDayOfWeek")?;
    }
    if required.contains(&"dayOfMonth") {
        let day = i8::try_from(number(pattern, "dayOfMonth", 31)?).unwrap_or(31);
        falls.day_of_month = Some(day);
        // Graph's page is silent about a month that is too short; Exchange's says: "If for a
        // particular month this value is larger than the number of days in the month, the last day
        // of the month is assumed" (`AbsoluteMonthlyRecurrence`, Exchange Web Services).
        rule.by_month_day = (day.min(28)..=day).collect();
        if day > 28 {
            rule.by_set_pos = vec![-1];
        }
    }
    if required.contains(&"month") {
        let month = i8::try_from(number(pattern, "month", 12)?).unwrap_or(12);
        falls.month = Some(month);
        rule.by_month = vec![month.unsigned_abs()];
    }
    Ok((rule, falls))
}

fn date(range: &Fields, name: &str) -> Answer<Date> {
    let date = text(range, name).and_then(|date| date.parse().ok());
    date.ok_or_else(|| wrong(format!("The recurrence's {name} is missing or no date.")))
}

/// How far the series goes.
fn end(
    rule: &mut RRule,
    range: &mut Fields,
    start: &EventTime,
    day: Date,
    zone: &str,
) -> Answer<()> {
    // "Must be the same value as the start property of the recurring event. Required."
    if date(range, "startDate")? != day {
        return Err(wrong(
            "The recurrence's startDate is not the day of the event's start.",
        ));
    }
    // "If not specified, the time zone of the event is used." One of another zone is refused: what
    // a day in one zone is in the other, is not described.
    match text(range, "recurrenceTimeZone").filter(|name| !name.is_empty()) {
        None => {}
        Some(named) => {
            let (of_range, of_event) = (times::zone(named), times::zone(zone));
            if of_range.is_none() || of_range != of_event && !start.is_date() {
                return Err(wrong(
                    "The recurrenceTimeZone is not the zone of the event's start.",
                ));
            }
        }
    }
    range.insert("recurrenceTimeZone".into(), zone.into());
    match &*text(range, "type").unwrap_or_default().to_lowercase() {
        "noend" => {
            range.insert("endDate".into(), "0001-01-01".into());
            range.insert("numberOfOccurrences".into(), 0.into());
        }
        "enddate" => {
            let last = date(range, "endDate")?;
            if last < day {
                return Err(wrong("The recurrence's endDate is before its startDate."));
            }
            let until = match start {
                EventTime::Zoned { tz, .. } => {
                    let tz = tz.time_zone().unwrap_or(TimeZone::UTC);
                    let end = last.at(23, 59, 59, 0);
                    let at = tz
                        .to_ambiguous_timestamp(end)
                        .compatible()
                        .map_err(Refusal::far)?;
                    Until::Utc(at)
                }
                _ => Until::Date(last),
            };
            *rule = rule.clone().until(until);
            range.insert("numberOfOccurrences".into(), 0.into());
        }
        "numbered" => {
            // Exchange keeps a number of 32 bits; Outlook has at most 999.
            let count = number(range, "numberOfOccurrences", 999)?;
            let count = u32::try_from(count).ok().and_then(NonZeroU32::new);
            *rule = rule.clone().count(count.unwrap_or(NonZeroU32::MIN));
            range.insert("endDate".into(), "0001-01-01".into());
        }
        _ => return Err(wrong("The recurrence range has no such type.")),
    }
    Ok(())
}
