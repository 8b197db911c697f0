//! Time zones: the names of other programs, and zones as components (RFC 5545, section 3.6.5).

use std::collections::BTreeMap;
use std::sync::Arc;

use integrations_core::Result;
use integrations_core::time::TzId;
use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::custom::same_rules;
use super::line::Line;
use super::tree::Component;
use super::value::wall;

/// For how many years the changes of a zone are looked at, from the year before its first use on.
const YEARS: i64 = 21;

/// The zones that an object names.
pub(super) struct Zones<'a> {
    known: Vec<(String, &'a Component)>,
}

impl<'a> Zones<'a> {
    pub(super) fn of(object: &'a Component) -> Self {
        let zones = object.parts().filter(|part| part.name == "VTIMEZONE");
        Self {
            known: zones
                .filter_map(|zone| Some((zone.text_of("TZID")?, zone)))
                .collect(),
        }
    }

    /// A zone by the name that the object has for it.
    pub(super) fn id(&self, name: &str) -> TzId {
        let zone = self.known.iter().find(|(known, _)| known == name);
        zone_id(name, zone.map(|(_, zone)| *zone))
    }
}

/// The zone that a name means: an IANA name, the location that the component gives, what other
/// programs write for one, Windows among them, or the one with the component's rules. A name that is
/// none of these has no IANA name.
pub(super) fn zone_id(name: &str, zone: Option<&Component>) -> TzId {
    let known = |name: &str| TimeZone::get(name).is_ok().then(|| Arc::from(name));
    let location = || zone?.text_of("X-LIC-LOCATION").and_then(|it| known(&it));
    let named = || TzId::named(name).iana;
    // The names of programs that are no registry's either.
    let foreign = || {
        let guess: calcard::common::timezone::Tz = name.parse().ok()?;
        guess.name().and_then(|it| known(&it))
    };
    TzId {
        iana: known(name)
            .or_else(location)
            .or_else(named)
            .or_else(foreign)
            .or_else(|| same_rules(zone?).map(Arc::from)),
        raw: name.into(),
    }
}

/// Adds the zones that an object's times name and that it does not have, from the year of their
/// first time on.
pub(crate) fn add_zones(object: &mut Component) -> Result<()> {
    let mut used: BTreeMap<String, Option<DateTime>> = BTreeMap::new();
    for part in object.parts().filter(|part| part.name != "VTIMEZONE") {
        for line in part.lines() {
            if let Some(name) = line.get("TZID") {
                let at = line.raw_value().split([',', '/']).filter_map(wall).min();
                let first = used.entry(name).or_insert(at);
                *first = (*first).min(at).or(*first).or(at);
            }
        }
    }
    let there: Vec<String> = object
        .parts()
        .filter(|part| part.name == "VTIMEZONE")
        .filter_map(|part| part.text_of("TZID"))
        .collect();
    for (name, first) in used {
        if there.contains(&name) {
            continue;
        }
        let id = zone_id(&name, None);
        let rules = id.time_zone()?;
        let from = first.and_then(|wall| TimeZone::UTC.to_timestamp(wall).ok());
        object.push_part_first(component(
            &name,
            &rules,
            from.unwrap_or_else(Timestamp::now),
        ));
    }
    Ok(())
}

/// A zone as an object of its own: the value of a calendar's `calendar-timezone` (RFC 4791, section
/// 5.2.2).
///
/// # Errors
/// `InvalidInput` for a zone that is not known.
pub(crate) fn zone_object(id: &TzId, now: Timestamp) -> Result<String> {
    let mut object = Component::new("VCALENDAR");
    object.push(Line::new("VERSION").value("2.0"));
    object.push(Line::new("PRODID").text(super::edit::PRODUCT));
    object.push_part(component(&id.to_string(), &id.time_zone()?, now));
    Ok(object.text())
}

/// A change of the offset.
struct Change {
    /// On the wall as it was before.
    wall: DateTime,
    from: Offset,
    to: Offset,
    summer: bool,
    name: String,
}

impl Change {
    /// What its component has beside its start.
    fn kind(&self) -> (i32, i32, bool, &str) {
        let (from, to) = (self.from.seconds(), self.to.seconds());
        (from, to, self.summer, &self.name)
    }

    /// Which weekday of which month, at what time.
    fn place(&self) -> (i8, Weekday, jiff::civil::Time) {
        (self.wall.month(), self.wall.weekday(), self.wall.time())
    }

    fn nth(&self) -> i8 {
        (self.wall.day() - 1) / 7 + 1
    }

    fn is_last(&self) -> bool {
        self.wall.day() + 7 > self.wall.date().days_in_month()
    }
}

/// A zone from the year before an instant on. Changes that come on the same weekday of the same
/// month in every year are one rule without end; others are written one by one.
fn component(name: &str, rules: &TimeZone, from: Timestamp) -> Component {
    let year = |n: i64| jiff::SignedDuration::from_hours(n * 8766);
    let start = from.checked_sub(year(1)).unwrap_or(Timestamp::MIN);
    let end = start.checked_add(year(YEARS)).unwrap_or(Timestamp::MAX);
    let mut before = rules.to_offset(start);
    let first = rules.to_offset_info(start);
    let mut zone = Component::new("VTIMEZONE");
    zone.push(Line::new("TZID").text(name));
    // What holds before the first change.
    let opening = Change {
        wall: before.to_datetime(start),
        from: before,
        to: before,
        summer: first.dst().is_dst(),
        name: first.abbreviation().to_owned(),
    };
    zone.push_part(observance(&opening, None, &[]));
    let mut changes: Vec<Change> = Vec::new();
    for change in rules.following(start).take_while(|it| it.timestamp() < end) {
        let after = change.offset();
        changes.push(Change {
            wall: before.to_datetime(change.timestamp()),
            from: before,
            to: after,
            summer: change.dst().is_dst(),
            name: change.abbreviation().to_owned(),
        });
        before = after;
    }
    while let Some(first) = changes.first() {
        let (kind, place) = (
            (
                first.kind().0,
                first.kind().1,
                first.summer,
                first.name.clone(),
            ),
            first.place(),
        );
        let same = |it: &Change| {
            let (from, to, summer, name) = it.kind();
            (from, to, summer, name) == (kind.0, kind.1, kind.2, kind.3.as_str())
        };
        let (group, rest): (Vec<_>, Vec<_>) = changes.into_iter().partition(|it| same(it));
        changes = rest;
        let yearly = group.iter().all(|it| it.place() == place)
            && group
                .windows(2)
                .all(|two| two[1].wall.year() == two[0].wall.year() + 1)
            // It must still hold at the end of the years that were looked at.
            && group.len() as i64 >= YEARS - 1;
        let nth = match yearly {
            true if group.iter().all(Change::is_last) => Some(-1),
            true => {
                let nth = group.first().map(Change::nth);
                nth.filter(|nth| group.iter().all(|it| it.nth() == *nth))
            }
            false => None,
        };
        // The loop's condition: there is a first.
        if let Some((first, others)) = group.split_first() {
            let others = if nth.is_some() { &[] } else { others };
            zone.push_part(observance(first, nth, others));
        }
    }
    zone
}

fn observance(change: &Change, nth: Option<i8>, others: &[Change]) -> Component {
    let wall = |change: &Change| change.wall.strftime("%Y%m%dT%H%M%S").to_string();
    let mut part = Component::new(if change.summer {
        "DAYLIGHT"
    } else {
        "STANDARD"
    });
    part.push(Line::new("DTSTART").value(&wall(change)));
    part.push(Line::new("TZOFFSETFROM").value(&offset(change.from)));
    part.push(Line::new("TZOFFSETTO").value(&offset(change.to)));
    part.push(Line::new("TZNAME").text(&change.name));
    if let Some(nth) = nth {
        let day = match change.wall.weekday() {
            Weekday::Monday => "MO",
            Weekday::Tuesday => "TU",
            Weekday::Wednesday => "WE",
            Weekday::Thursday => "TH",
            Weekday::Friday => "FR",
            Weekday::Saturday => "SA",
            Weekday::Sunday => "SU",
        };
        let month = change.wall.month();
        let rule = format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{day}");
        part.push(Line::new("RRULE").value(&rule));
    }
    for other in others {
        part.push(Line::new("RDATE").value(&wall(other)));
    }
    part
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match rest {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        rest => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, from: &str) -> String {
        let rules = TimeZone::get(name).unwrap();
        component(name, &rules, from.parse().unwrap()).text()
    }

    #[test]
    fn summer_time_is_a_rule_without_end() {
        // EU directive 2000/84/EC: the last Sundays of March and October, at 01:00 UTC.
        let berlin = written("Europe/Berlin", "2026-06-01T00:00:00Z");
        for line in [
            "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
             TZNAME:CEST\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT",
            "BEGIN:STANDARD\r\nDTSTART:20251026T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
             TZNAME:CET\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD",
        ] {
            assert!(berlin.contains(line), "{berlin}");
        }
        // US Energy Policy Act of 2005: the second Sunday of March, the first of November.
        let new_york = written("America/New_York", "2026-06-01T00:00:00Z");
        assert!(new_york.contains("BYMONTH=3;BYDAY=2SU"), "{new_york}");
        assert!(new_york.contains("BYMONTH=11;BYDAY=1SU"), "{new_york}");
    }

    #[test]
    fn a_change_that_comes_once_is_no_rule() {
        // Moscow: +04 until 26 October 2014 02:00, +03 since (Federal Law 248-FZ).
        let moscow = written("Europe/Moscow", "2014-06-01T00:00:00Z");
        assert!(
            moscow.contains("DTSTART:20141026T020000\r\nTZOFFSETFROM:+0400\r\nTZOFFSETTO:+0300")
        );
        assert!(!moscow.contains("RRULE"), "{moscow}");
        assert!(!written("Asia/Kolkata", "2026-01-01T00:00:00Z").contains("RRULE"));
    }

    #[test]
    fn names_of_other_programs_are_understood_and_kept() {
        for (name, iana) in [
            ("Europe/Berlin", Some("Europe/Berlin")),
            ("W. Europe Standard Time", Some("Europe/Berlin")),
            (
                "/freeassociation.sourceforge.net/Europe/Berlin",
                Some("Europe/Berlin"),
            ),
            ("Customized Time Zone", None),
        ] {
            let id = zone_id(name, None);
            assert_eq!(id.iana.as_deref(), iana, "{name}");
            assert_eq!(&*id.raw, name);
        }
        let text = "BEGIN:VTIMEZONE\nTZID:mine\nX-LIC-LOCATION:Asia/Tokyo\nEND:VTIMEZONE";
        let zone = Component::parse(text).unwrap();
        assert_eq!(
            zone_id("mine", Some(&zone)).iana.as_deref(),
            Some("Asia/Tokyo")
        );
    }
}
