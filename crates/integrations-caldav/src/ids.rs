//! Ids, and the addresses that they stand for.
//!
//! A calendar's id is the path of its collection; an event's is the name of its resource in the
//! collection; an occurrence's has `#` and when the series has it after that. Paths are kept in one
//! form, because servers write the same one with more or fewer signs encoded.

use integrations_core::calendar::{CalendarId, EventId};
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use url::Url;

/// What RFC 3986, section 3.3, does not allow in a segment of a path as it is.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A segment in the one form.
pub(crate) fn canonical(segment: &str) -> String {
    let bytes: Vec<u8> = percent_decode_str(segment).collect();
    match std::str::from_utf8(&bytes) {
        Ok(text) => utf8_percent_encode(text, SEGMENT).to_string(),
        // What is no text stays as the server wrote it.
        Err(_) => segment.to_owned(),
    }
}

/// The segments of a path in the one form.
fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|one| !one.is_empty())
        .map(canonical)
        .collect()
}

/// The id of a collection.
pub(crate) fn calendar_id(url: &Url) -> CalendarId {
    CalendarId::new(format!("/{}", segments(url.path()).join("/")))
}

/// Where a calendar is: at its path, or, for a name alone, in the account's home.
///
/// # Errors
/// `InvalidInput` for an id that leaves the place that it names.
pub(crate) fn calendar_url(home: &Url, id: &CalendarId) -> Result<Url> {
    let text = id.as_str();
    let parts = segments(text);
    if parts.is_empty() || parts.iter().any(|one| one == "." || one == "..") {
        return Err(Error::invalid_input("the calendar's id is no path of one"));
    }
    let path = match text.starts_with('/') {
        true => format!("/{}/", parts.join("/")),
        false => {
            let within = segments(home.path());
            let all: Vec<String> = within.into_iter().chain(parts).collect();
            format!("/{}/", all.join("/"))
        }
    };
    let mut url = home.clone();
    url.set_path(&path);
    Ok(url)
}

/// The name of a resource within a collection; `None` for one elsewhere.
pub(crate) fn event_id(collection: &Url, href: &Url) -> Option<EventId> {
    if href.origin() != collection.origin() || href.path().ends_with('/') {
        return None;
    }
    let mut parts = segments(href.path());
    let name = parts.pop()?;
    (parts == segments(collection.path())).then(|| EventId::new(name))
}

/// Where a resource is.
///
/// # Errors
/// `NotFound` for an id that is no name of a resource.
pub(crate) fn event_url(collection: &Url, name: &str) -> Result<Url> {
    if name.contains('/') || matches!(name, "." | ".." | "") {
        return Err(Error::not_found(format_args!("the event {name:?}")));
    }
    let mut url = collection.clone();
    let path = format!("{}{}", collection.path(), canonical(name));
    url.set_path(&path);
    Ok(url)
}

/// `name#20260601T070000Z`; `name#20260601` for whole days.
pub(crate) fn occurrence_id(series: &EventId, start: &EventTime, zone: &TimeZone) -> EventId {
    let suffix = match start {
        EventTime::Date(date) => date.strftime("%Y%m%d").to_string(),
        other => {
            // Times of a series were resolved when it was read.
            let instant = other.to_timestamp(zone).unwrap_or(Timestamp::MIN);
            let utc = TimeZone::UTC.to_datetime(instant);
            utc.strftime("%Y%m%dT%H%M%SZ").to_string()
        }
    };
    EventId::new(format!("{series}#{suffix}"))
}

/// The name of the resource that an id names, and when the series has the occurrence.
pub(crate) fn split(id: &EventId) -> (&str, Option<EventTime>) {
    let Some((name, suffix)) = id.as_str().rsplit_once('#') else {
        return (id.as_str(), None);
    };
    let date = || Date::strptime("%Y%m%d", suffix).ok().map(EventTime::Date);
    let utc = || {
        let utc = DateTime::strptime("%Y%m%dT%H%M%SZ", suffix).ok()?;
        TimeZone::UTC.to_timestamp(utc).ok().map(EventTime::Utc)
    };
    match date().or_else(utc) {
        Some(at) => (name, Some(at)),
        None => (id.as_str(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_same_path_has_one_id_however_it_is_encoded() {
        let home = url("https://dav.example.com/dav/");
        for path in [
            "/dav/a%40b/caf%c3%a9/",
            "/dav/a@b/caf%C3%A9/",
            "//dav/a@b/caf\u{e9}",
        ] {
            let id = calendar_id(&home.join(path).map_or_else(
                |_| home.clone(),
                |mut it| {
                    it.set_path(path);
                    it
                },
            ));
            assert_eq!(id.as_str(), "/dav/a@b/caf%C3%A9", "{path}");
            let found = calendar_url(&home, &id).unwrap();
            assert_eq!(found.as_str(), "https://dav.example.com/dav/a@b/caf%C3%A9/");
        }
    }

    #[test]
    fn an_id_does_not_leave_its_place() {
        let home = url("https://dav.example.com/dav/alice/");
        let within = calendar_url(&home, &"work".into()).unwrap();
        assert_eq!(within.path(), "/dav/alice/work/");
        for id in ["../bob", "/dav/alice/../bob", "%2e%2e/bob", "/", "."] {
            assert!(calendar_url(&home, &id.into()).is_err(), "{id}");
        }
        // The host is always the account's.
        let other = calendar_url(&home, &"//evil.example/x".into()).unwrap();
        assert_eq!(other.host_str(), Some("dav.example.com"));
        let calendar = url("https://dav.example.com/dav/alice/work/");
        assert!(event_url(&calendar, "../x.ics").is_err());
        assert_eq!(
            event_url(&calendar, "a%2Fb.ics").unwrap().path(),
            "/dav/alice/work/a%2Fb.ics"
        );
    }

    #[test]
    fn resources_of_other_places_are_not_taken() {
        let calendar = url("https://dav.example.com/cal/");
        let id = |text: &str| event_id(&calendar, &url(text)).map(EventId::into_string);
        assert_eq!(
            id("https://dav.example.com/cal/a.ics").as_deref(),
            Some("a.ics")
        );
        for text in [
            "https://evil.example/cal/a.ics",
            "https://dav.example.com/other/a.ics",
            "https://dav.example.com/cal/deeper/a.ics",
            "https://dav.example.com/cal/",
        ] {
            assert_eq!(id(text), None, "{text}");
        }
    }

    #[test]
    fn an_occurrence_is_told_from_a_name() {
        let series = EventId::new("a_b#c.ics");
        let at = EventTime::Utc("2026-06-01T07:00:00Z".parse().unwrap());
        let id = occurrence_id(&series, &at, &TimeZone::UTC);
        assert_eq!(id.as_str(), "a_b#c.ics#20260601T070000Z");
        assert_eq!(split(&id), ("a_b#c.ics", Some(at)));
        assert_eq!(split(&series), ("a_b#c.ics", None));
    }
}
