//! Zones that nobody knows by name: what their component says (RFC 5545, section 3.6.5) is held
//! against the zones of the database.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use integrations_core::calendar::recurrence::{Frequency, RRule, RuleEnd, Until, expand};
use integrations_core::time::{EventTime, TimeRange};
use jiff::civil::{DateTime, date};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::component::Component;
use crate::value::wall;

/// How many components are remembered with their zone.
const REMEMBERED: usize = 256;
/// The longest component that is looked at, in bytes.
const LONGEST: usize = 32 * 1024;
/// The most changes of the offset that one has.
const MOST: usize = 10_000;

static KNOWN: Mutex<BTreeMap<String, Option<String>>> = Mutex::new(BTreeMap::new());

/// A zone of the database with the same offset on each day of 2024 to 2027; `None` when there is
/// none, or the component cannot be read.
pub(super) fn same_rules(zone: &Component) -> Option<String> {
    let text = zone.text();
    if text.len() > LONGEST {
        return None;
    }
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().get(&text) {
        return found.clone();
    }
    let found = search(zone);
    let mut known = lock();
    if known.len() < REMEMBERED {
        known.insert(text, found.clone());
    }
    found
}

fn search(zone: &Component) -> Option<String> {
    let onsets = onsets(zone)?;
    let first = date(2024, 1, 1).at(12, 0, 0, 0);
    let days: Option<Vec<(DateTime, Offset)>> = (0..1461)
        .map(|day: i64| {
            let noon = first.checked_add(day.days()).ok()?;
            let last = onsets.iter().rfind(|(onset, _)| *onset <= noon);
            Some((noon, last.or(onsets.first())?.1))
        })
        .collect();
    let days = days?;
    let same = |name: &str| {
        TimeZone::get(name).is_ok_and(|zone| {
            days.iter().all(|(noon, offset)| {
                zone.to_ambiguous_timestamp(*noon)
                    .compatible()
                    .is_ok_and(|at| zone.to_offset(at) == *offset)
            })
        })
    };
    // A place before a mere offset.
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    let place = |name: &&String| name.contains('/') && !name.starts_with("Etc/");
    let found = names.iter().filter(place).find(|name| same(name));
    found
        .or_else(|| names.iter().find(|name| same(name)))
        .cloned()
}

/// When which offset begins, on the wall as it was before, in order.
fn onsets(zone: &Component) -> Option<Vec<(DateTime, Offset)>> {
    let mut all = Vec::new();
    let years = TimeRange::new(
        Timestamp::UNIX_EPOCH,
        TimeZone::UTC
            .to_timestamp(date(2028, 1, 1).at(0, 0, 0, 0))
            .ok()?,
    )
    .ok()?;
    for part in zone.parts() {
        let to = offset(part.line("TZOFFSETTO")?.raw_value().trim())?;
        let start = wall(part.line("DTSTART")?.raw_value().trim())?;
        all.push((start, to));
        for line in part.all("RDATE") {
            all.extend(
                line.raw_value()
                    .split(',')
                    .filter_map(wall)
                    .map(|at| (at, to)),
            );
        }
        for line in part.all("RRULE") {
            let mut rule: RRule = line.raw_value().parse().ok()?;
            // A zone changes on days of the year; every second of it is more than memory holds.
            let times = [&rule.by_hour, &rule.by_minute, &rule.by_second];
            if rule.frequency != Frequency::Yearly || times.iter().any(|by| !by.is_empty()) {
                return None;
            }
            if let RuleEnd::Until(Until::Utc(last)) = rule.end {
                rule.end = RuleEnd::Until(Until::Local(TimeZone::UTC.to_datetime(last)));
            }
            let start = EventTime::Floating(start);
            let found = expand(&start, &rule.into(), years, &TimeZone::UTC).ok()?;
            all.extend(found.iter().map(|at| (at.wall(), to)));
        }
        if all.len() > MOST {
            return None;
        }
    }
    all.sort_by_key(|(onset, _)| *onset);
    (!all.is_empty()).then_some(all)
}

/// `+0100`, `-033000` (section 3.3.14).
fn offset(text: &str) -> Option<Offset> {
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let part = |at: usize| text.get(at..at + 2)?.parse::<i32>().ok();
    let seconds = match text.len() {
        5 => 0,
        7 => part(5)?,
        _ => return None,
    };
    Offset::from_seconds(sign * (part(1)? * 3600 + part(3)? * 60 + seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(parts: &str) -> Component {
        let text = format!("BEGIN:VTIMEZONE\nTZID:Mine\n{parts}END:VTIMEZONE\n");
        Component::parse(&text).unwrap()
    }

    #[test]
    fn a_zone_is_known_by_its_rules() {
        // RFC 5545, section 3.6.5, the example of New York since 2007.
        let new_york = zone(
            "BEGIN:STANDARD\nDTSTART:20071104T020000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\n\
             TZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\n\
             BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\n\
             TZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nEND:DAYLIGHT\n",
        );
        let found = TimeZone::get(&same_rules(&new_york).unwrap()).unwrap();
        for (wall, utc) in [
            (date(2026, 3, 7).at(9, 0, 0, 0), "2026-03-07T14:00:00Z"),
            (date(2026, 3, 9).at(9, 0, 0, 0), "2026-03-09T13:00:00Z"),
        ] {
            assert_eq!(found.to_timestamp(wall).unwrap().to_string(), utc);
        }
        let india = zone(
            "BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0530\n\
             END:STANDARD\n",
        );
        let found = TimeZone::get(&same_rules(&india).unwrap()).unwrap();
        let noon = found
            .to_timestamp(date(2026, 6, 1).at(12, 0, 0, 0))
            .unwrap();
        assert_eq!(noon.to_string(), "2026-06-01T06:30:00Z");
    }

    #[test]
    fn rules_that_no_place_has_are_no_zone() {
        let odd = zone(
            "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0017\nTZOFFSETTO:+0017\n\
             END:STANDARD\n",
        );
        assert_eq!(same_rules(&odd), None);
        // What would be an occurrence for each second of 58 years.
        for rule in [
            "FREQ=SECONDLY",
            "FREQ=YEARLY;BYHOUR=0,1,2;BYMINUTE=0,1,2;BYSECOND=1",
        ] {
            let fast = zone(&format!(
                "BEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:{rule}\nTZOFFSETFROM:+0100\n\
                 TZOFFSETTO:+0100\nEND:STANDARD\n"
            ));
            assert_eq!(same_rules(&fast), None, "{rule}");
        }
        assert_eq!(same_rules(&zone("")), None);
    }
}
