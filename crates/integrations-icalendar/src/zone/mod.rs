//! Time zones: the names of other programs, and zones as components (RFC 5545, section 3.6.5).

mod custom;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use integrations_core::Result;
use integrations_core::time::TzId;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use self::custom::same_rules;
pub(crate) use self::write::component;
use crate::component::Component;
use crate::line::Line;
use crate::value::wall;

/// The zones that an object names.
#[derive(Debug, Default)]
pub(crate) struct Zones<'a> {
    known: BTreeMap<String, &'a Component>,
}

impl<'a> Zones<'a> {
    pub(crate) fn of(object: &'a Component) -> Self {
        let mut known = BTreeMap::new();
        for zone in object.parts().filter(|part| part.name() == "VTIMEZONE") {
            if let Some(name) = zone.text_of("TZID") {
                known.entry(name).or_insert(zone);
            }
        }
        Self { known }
    }

    /// A zone by the name that the object has for it.
    pub(crate) fn id(&self, name: &str) -> TzId {
        zone_id(name, self.known.get(name).copied())
    }
}

/// The zone that a name means: an IANA name, the location that the component gives, what other
/// programs write for one, Windows among them, or the one with the component's rules. A name that is
/// none of these has no IANA name.
pub(crate) fn zone_id(name: &str, zone: Option<&Component>) -> TzId {
    let known = |name: &str| TimeZone::get(name).is_ok().then(|| Arc::from(name));
    let location = || zone?.text_of("X-LIC-LOCATION").and_then(|it| known(&it));
    // `(UTC+01:00) W. Europe`, as Exchange has written: the name of Windows without its end.
    let short = || {
        let name = match name.split_once(") ") {
            Some((offset, name)) if offset.starts_with('(') => name,
            _ => name,
        };
        let named = |name: &str| TzId::named(name).iana;
        named(name).or_else(|| named(&format!("{name} Standard Time")))
    };
    TzId {
        iana: known(name)
            .or_else(location)
            .or_else(|| TzId::named(name).iana)
            .or_else(short)
            .or_else(|| same_rules(zone?).map(Arc::from)),
        raw: name.into(),
    }
}

/// Adds the zones that an object's times name and that it does not have, each from the year before
/// its first use on. Gives the names for which there are no rules: they stay without a component.
pub fn add_zones(object: &mut Component) -> Vec<String> {
    let there: Vec<String> = object
        .parts()
        .filter(|part| part.name() == "VTIMEZONE")
        .filter_map(|part| part.text_of("TZID"))
        .collect();
    let mut unknown = Vec::new();
    for (name, first) in used_zones(object.parts()) {
        if there.contains(&name) {
            continue;
        }
        let Ok(rules) = zone_id(&name, None).time_zone() else {
            unknown.push(name);
            continue;
        };
        let from = first.and_then(|wall| TimeZone::UTC.to_timestamp(wall).ok());
        let from = from.unwrap_or(Timestamp::UNIX_EPOCH);
        object.push_part_first(component(&name, &rules, from));
    }
    unknown
}

/// The zones that times of components name, with the first time in each.
pub(crate) fn used_zones<'a>(
    parts: impl Iterator<Item = &'a Component>,
) -> BTreeMap<String, Option<DateTime>> {
    let mut used: BTreeMap<String, Option<DateTime>> = BTreeMap::new();
    for part in parts.filter(|part| part.name() != "VTIMEZONE") {
        for line in part.lines() {
            if let Some(name) = line.get("TZID") {
                let at = line.raw_value().split([',', '/']).filter_map(wall).min();
                let first = used.entry(name).or_insert(at);
                *first = (*first).min(at).or(*first).or(at);
            }
        }
    }
    used
}

/// A zone as an object of its own: the value of a calendar's `calendar-timezone` (RFC 4791, section
/// 5.2.2).
///
/// # Errors
/// `InvalidInput` for a zone that is not known.
pub fn zone_object(id: &TzId, from: Timestamp) -> Result<String> {
    let mut object = Component::new("VCALENDAR");
    object.push(Line::new("VERSION").value("2.0"));
    object.push(Line::new("PRODID").text(crate::PRODUCT));
    object.push_part(component(&id.to_string(), &id.time_zone()?, from));
    Ok(object.text())
}

/// The zone of such an object; `None` where it has none or cannot be read.
#[must_use]
pub fn read_zone(text: &str) -> Option<TzId> {
    let object = Component::parse(text).ok()?;
    let zone = object.parts().find(|part| part.name() == "VTIMEZONE")?;
    Some(zone_id(&zone.text_of("TZID")?, Some(zone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_programs_are_understood_and_kept() {
        for (name, iana) in [
            ("Europe/Berlin", Some("Europe/Berlin")),
            ("W. Europe Standard Time", Some("Europe/Berlin")),
            ("(UTC+01:00) W. Europe", Some("Europe/Berlin")),
            (
                "/freeassociation.sourceforge.net/Europe/Berlin",
                Some("Europe/Berlin"),
            ),
            (
                "/softwarestudio.org/Olson_20011030_5/America/Chicago",
                Some("America/Chicago"),
            ),
            ("Customized Time Zone", None),
            ("(", None),
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

    #[test]
    fn a_zone_is_an_object_that_is_read_back() {
        let from = "2026-06-01T00:00:00Z".parse().unwrap();
        let text = zone_object(&TzId::iana("Asia/Tokyo"), from).unwrap();
        assert_eq!(read_zone(&text), Some(TzId::iana("Asia/Tokyo")));
        assert!(zone_object(&TzId::unknown("Nowhere"), from).is_err());
        assert_eq!(read_zone("nonsense"), None);
    }

    #[test]
    fn only_zones_that_are_named_and_missing_are_added() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Asia/Tokyo:20260601T090000\r\n\
            DTEND;TZID=Nowhere:20260601T090000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let mut object = Component::parse(text).unwrap();
        assert_eq!(add_zones(&mut object), ["Nowhere"]);
        let once = object.text();
        assert!(
            once.contains("BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\n"),
            "{once}"
        );
        assert_eq!(add_zones(&mut object), ["Nowhere"]);
        assert_eq!(object.text(), once);
    }
}
