//! The bodies of requests.

use std::fmt::Write;

use integrations_core::time::TimeRange;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::xml::{APPLE, CALDAV, DAV, SERVER, escaped};

/// A property: namespace and name.
pub(crate) type Prop = (&'static str, &'static str);

/// What is asked of a collection of calendars.
pub(crate) const CALENDAR_PROPS: &[Prop] = &[
    (DAV, "resourcetype"),
    (DAV, "displayname"),
    (DAV, "current-user-privilege-set"),
    (DAV, "supported-report-set"),
    (CALDAV, "calendar-description"),
    (CALDAV, "calendar-timezone"),
    (CALDAV, "supported-calendar-component-set"),
    (APPLE, "calendar-color"),
];

/// What tells whether anything in a calendar changed, where it cannot be synchronised.
pub(crate) const CTAG: Prop = (SERVER, "getctag");

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;
const SPACES: &str = concat!(
    r#" xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav""#,
    r#" xmlns:S="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/""#
);

fn tag((namespace, name): Prop) -> String {
    match namespace {
        CALDAV => format!("C:{name}"),
        SERVER => format!("S:{name}"),
        APPLE => format!("A:{name}"),
        _ => name.to_owned(),
    }
}

fn props(props: &[Prop]) -> String {
    let each: String = props
        .iter()
        .map(|one| format!("<{}/>", tag(*one)))
        .collect();
    format!("<prop>{each}</prop>")
}

/// Which properties a resource has (RFC 4918, section 9.1).
pub(crate) fn propfind(of: &[Prop]) -> String {
    format!("{HEAD}<propfind{SPACES}>{}</propfind>", props(of))
}

fn utc(instant: Timestamp) -> String {
    let utc = TimeZone::UTC.to_datetime(instant);
    utc.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn time_range(range: TimeRange) -> String {
    format!(
        r#"<C:time-range start="{}" end="{}"/>"#,
        utc(range.start),
        utc(range.end)
    )
}

/// The events of a calendar that touch a span (RFC 4791, section 7.8).
pub(crate) fn calendar_query(range: Option<TimeRange>) -> String {
    let range = range.map(time_range).unwrap_or_default();
    format!(
        "{HEAD}<C:calendar-query{SPACES}>{}<C:filter><C:comp-filter name=\"VCALENDAR\">\
         <C:comp-filter name=\"VEVENT\">{range}</C:comp-filter></C:comp-filter></C:filter>\
         </C:calendar-query>",
        props(&[(DAV, "getetag"), (CALDAV, "calendar-data")])
    )
}

/// Resources by their addresses (RFC 4791, section 7.9).
pub(crate) fn multiget<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let mut hrefs = String::new();
    for path in paths {
        // Writing to a string does not fail.
        let _ = write!(hrefs, "<href>{}</href>", escaped(path));
    }
    format!(
        "{HEAD}<C:calendar-multiget{SPACES}>{}{hrefs}</C:calendar-multiget>",
        props(&[(DAV, "getetag"), (CALDAV, "calendar-data")])
    )
}

/// What changed since a token (RFC 6578, section 3.2). Without a limit: Xandikos 0.4 loses what it
/// cuts off.
pub(crate) fn sync_collection(token: &str) -> String {
    format!(
        "{HEAD}<sync-collection{SPACES}><sync-token>{}</sync-token>\
         <sync-level>1</sync-level>{}</sync-collection>",
        escaped(token),
        props(&[(DAV, "getetag")])
    )
}

/// When the time of a calendar is taken (RFC 4791, section 7.10).
pub(crate) fn free_busy_query(range: TimeRange) -> String {
    format!(
        "{HEAD}<C:free-busy-query{SPACES}>{}</C:free-busy-query>",
        time_range(range)
    )
}

/// Properties with their values; an absent value removes the property.
pub(crate) type Values = Vec<(Prop, Option<String>)>;

fn set(values: &Values) -> String {
    let mut set = String::new();
    for (prop, value) in values {
        if let Some(value) = value {
            let name = tag(*prop);
            let _ = write!(set, "<{name}>{}</{name}>", escaped(value));
        }
    }
    set
}

/// Makes a calendar for events (RFC 4791, section 5.3.1).
pub(crate) fn mkcalendar(values: &Values) -> String {
    format!(
        "{HEAD}<C:mkcalendar{SPACES}><set><prop><C:supported-calendar-component-set>\
         <C:comp name=\"VEVENT\"/></C:supported-calendar-component-set>{}</prop></set>\
         </C:mkcalendar>",
        set(values)
    )
}

/// Changes properties, all or none (RFC 4918, section 9.2).
pub(crate) fn proppatch(values: &Values) -> String {
    let gone: Vec<Prop> = values
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(prop, _)| *prop)
        .collect();
    let mut body = format!("{HEAD}<propertyupdate{SPACES}>");
    if gone.len() < values.len() {
        let _ = write!(body, "<set><prop>{}</prop></set>", set(values));
    }
    if !gone.is_empty() {
        let _ = write!(body, "<remove>{}</remove>", props(&gone));
    }
    body.push_str("</propertyupdate>");
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::xml::parse;

    #[test]
    fn bodies_are_xml_whatever_the_values_are() {
        let name = (DAV, "displayname");
        let values = vec![
            (name, Some("a<b>&\"".to_owned())),
            ((CALDAV, "calendar-description"), None),
        ];
        let root = parse(proppatch(&values).as_bytes()).unwrap();
        let set = root
            .child(DAV, "set")
            .and_then(|one| one.child(DAV, "prop"));
        let set = set.and_then(|one| one.text_of(DAV, "displayname"));
        assert_eq!(set, Some("a<b>&\""));
        let gone = root
            .child(DAV, "remove")
            .and_then(|one| one.child(DAV, "prop"));
        assert!(
            gone.unwrap()
                .child(CALDAV, "calendar-description")
                .is_some()
        );
        for body in [
            mkcalendar(&values),
            sync_collection("data:,<1>"),
            multiget(["/a&b/<c>.ics"].into_iter()),
            propfind(CALENDAR_PROPS),
        ] {
            parse(body.as_bytes()).unwrap();
        }
    }

    #[test]
    fn a_query_is_the_one_of_the_rfc() {
        // RFC 4791, section 7.8.1: the span is in UTC, within VEVENT within VCALENDAR.
        let range = TimeRange::new(
            "2006-01-04T00:00:00Z".parse().unwrap(),
            "2006-01-05T00:00:00Z".parse().unwrap(),
        );
        let root = parse(calendar_query(Some(range.unwrap())).as_bytes()).unwrap();
        let filter = root.child(CALDAV, "filter").unwrap();
        let calendar = filter.child(CALDAV, "comp-filter").unwrap();
        assert_eq!(calendar.attribute("name"), Some("VCALENDAR"));
        let event = calendar.child(CALDAV, "comp-filter").unwrap();
        assert_eq!(event.attribute("name"), Some("VEVENT"));
        let range = event.child(CALDAV, "time-range").unwrap();
        assert_eq!(range.attribute("start"), Some("20060104T000000Z"));
        assert_eq!(range.attribute("end"), Some("20060105T000000Z"));
    }
}
