//! Events as iCalendar objects (RFC 5545), by `integrations-icalendar`.
//!
//! A file that says more than the model has a place for, of another program or with content that is
//! attached, is kept as its object, and what changes is changed in it. Others are written anew.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use integrations_core::calendar::{
    AttachmentId, CalendarId, ETag, Event, EventId, EventKind, NewAttachment,
};
use integrations_core::time::TzId;
use integrations_core::{Error, ErrorKind, Result};
use integrations_icalendar::{
    Component, Events, Line, Method, Plan, Reader, add_zones, calendar, message, write_series,
};
use jiff::tz::TimeZone;

use super::occurrence;
use super::series::Series;

/// The version of an event.
const VERSION: &str = "X-INTEGRATIONS-VERSION";

fn damaged(what: &'static str) -> Error {
    Error::new(ErrorKind::Decode, what)
}

/// Reads the event or series of a file.
pub(super) fn read(text: &[u8], calendar: &CalendarId, zone: &TimeZone) -> Result<Series> {
    let object = Component::parse(text)?;
    let first = object.vevents().next();
    let uid = first.and_then(|part| part.text_of("UID"));
    if object.vevents().any(|part| part.text_of("UID") != uid) {
        return Err(damaged("it has events with several UIDs"));
    }
    let mut events = Events::read(&object, calendar, &EventId::new(uid.unwrap_or_default()))?;
    let all = events.master.iter_mut().chain(&mut events.changed);
    for (event, part) in all.zip(object.in_order()) {
        event.etag = part.text_of(VERSION).map(ETag::new);
        let contents = event.attachments.iter_mut();
        let nameless = contents.filter(|one| one.url.is_none() && one.id.is_none());
        for (place, one) in nameless.enumerate() {
            one.id = Some(by_place(place));
        }
        if let EventKind::Occurrence { original_start, .. } = &event.kind {
            event.id = occurrence::id(&event.id, original_start, zone);
        }
    }
    let no_series = || damaged("it has no event, or only changes of one");
    let mut series = Series::new(events.master.ok_or_else(no_series)?);
    series.changed = Plan::by_original(events.changed, zone)?;
    // Zones and rules that cannot be used would fail later, far from the file.
    series.master.start.to_timestamp(zone)?;
    series.master.end.to_timestamp(zone)?;
    if series.master.recurrence.is_some() {
        series.plan(zone).series(&series.master)?;
    }
    if own(&anew(&series)) != own(&object) {
        series.object = Some(Arc::new(object));
    }
    Ok(series)
}

/// What is not the same in all objects with these events: everything but zones that all know.
fn own(object: &Component) -> Component {
    let mut own = object.clone();
    own.retain_parts(|part| {
        let known = |name: String| TzId::named(&name).time_zone().is_ok();
        part.name() != "VTIMEZONE" || !part.text_of("TZID").is_some_and(known)
    });
    own
}

/// The object, without the zones that are still to be added.
fn anew(series: &Series) -> Component {
    let mut object = match &series.object {
        Some(kept) => Component::clone(kept),
        None => calendar(),
    };
    write_series(&mut object, &series.master, series.changed.values());
    let events = std::iter::once(&series.master).chain(series.changed.values());
    let parts = object.parts_mut().filter(|part| part.name() == "VEVENT");
    for (part, event) in parts.zip(events) {
        let version = event.etag.as_ref();
        part.replace(
            VERSION,
            version.map(|etag| Line::new(VERSION).text(etag.as_str())),
        );
    }
    object
}

/// An event or a series as an iCalendar object.
///
/// # Errors
/// `InvalidInput` for one that is longer than what is read again.
pub(super) fn write(series: &Series) -> Result<String> {
    let mut object = anew(series);
    // What has no rules was refused, or explains itself in the file.
    let _ = add_zones(&mut object);
    object.check()?;
    Ok(object.text())
}

/// An event or a series as an iCalendar object of a message (RFC 5546): what is attached is in it,
/// and what a file of another program says beyond the model is not.
pub(super) fn write_message(series: &Series, method: Method) -> String {
    let full = anew(series);
    let mut plain = series.clone();
    plain.object = None;
    let mut object = anew(&plain);
    let nowhere = CalendarId::new("");
    let reader = Reader::new(&full, &nowhere);
    for part in object.parts_mut().filter(|part| part.name() == "VEVENT") {
        let original = reader.original(part);
        let same = full
            .vevents()
            .find(|other| reader.original(other) == original);
        let inline = same.into_iter().flat_map(|it| it.all("ATTACH"));
        for line in inline.filter(|line| is_inline(line)) {
            part.push(line.clone());
        }
    }
    let _ = add_zones(&mut object);
    message(object, method).text()
}

fn is_inline(line: &Line) -> bool {
    let kind = line.get("VALUE");
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("BINARY"))
}

/// The id of content that has none, by its place among that of its event.
fn by_place(place: usize) -> AttachmentId {
    AttachmentId::new(format!("inline-{place}"))
}

/// Whether a line of an event has the content of an id.
fn is_content(event: &Component, line: &Line, id: &AttachmentId) -> bool {
    if !line.is("ATTACH") || !is_inline(line) {
        return false;
    }
    match line.get("MANAGED-ID") {
        Some(known) => known == id.as_str(),
        None => {
            let lines = event.all("ATTACH");
            let mut nameless = lines.filter(|it| is_inline(it) && it.get("MANAGED-ID").is_none());
            let place = nameless.position(|one| one == line);
            place.map(by_place).as_ref() == Some(id)
        }
    }
}

/// The content that is attached under an id.
pub(super) fn content(series: &Series, id: &AttachmentId) -> Option<Bytes> {
    let object = series.object.as_ref()?;
    let mut lines = object.vevents().flat_map(|part| {
        let lines = part.all("ATTACH");
        lines.filter(move |line| is_content(part, line, id))
    });
    let text: String = lines.next()?.raw_value().split_whitespace().collect();
    STANDARD.decode(text).ok().map(Bytes::from)
}

/// Attaches content to the series.
///
/// # Errors
/// As [`write`].
pub(super) fn attach(series: &mut Series, id: &AttachmentId, new: &NewAttachment) -> Result<()> {
    let mut object = anew(series);
    let line = Line::new("ATTACH")
        .param("FMTTYPE", &new.media_type)
        .param("FILENAME", &new.name)
        .param("MANAGED-ID", id.as_str())
        .param("ENCODING", "BASE64")
        .param("VALUE", "BINARY")
        .value(&STANDARD.encode(&new.content));
    let mut parts = object.parts_mut();
    if let Some(part) = parts.find(|part| part.name() == "VEVENT") {
        part.push(line);
    }
    drop(parts);
    object.check()?;
    series.object = Some(Arc::new(object));
    Ok(())
}

/// Takes content away.
pub(super) fn detach(series: &mut Series, id: &AttachmentId) {
    let mut object = anew(series);
    for part in object.parts_mut().filter(|part| part.name() == "VEVENT") {
        let before = part.clone();
        part.retain_lines(|line| !is_content(&before, line, id));
    }
    series.object = Some(Arc::new(object));
    let gone = |event: &mut Event| event.attachments.retain(|one| one.id.as_ref() != Some(id));
    gone(&mut series.master);
    series.changed.values_mut().for_each(gone);
}
