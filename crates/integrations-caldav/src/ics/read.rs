//! Components as events of the model.

use integrations_core::Result;
use integrations_core::calendar::recurrence::{RRule, Recurrence, RuleEnd, Until};
use integrations_core::calendar::{
    Attachment, AttachmentId, Attendee, AttendeeRole, CalendarId, Conference, Event, EventId,
    EventKind, EventStatus, Participation, Person, Reminder, ReminderMethod, Reminders, ShowAs,
    Visibility,
};
use integrations_core::time::{EventTime, TzId};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use url::Url;

use super::line::Line;
use super::tree::Component;
use super::value::{after, damaged, dates, duration, first_time, times};
use super::zone::{Zones, zone_id};

/// The property that says that an event has no reminder, where the calendar's own would count.
pub(super) const NO_REMINDERS: &str = "X-INTEGRATIONS-REMINDERS";
/// The property of the application's own values; its parameter is the name.
pub(super) const PROPERTY: &str = "X-INTEGRATIONS-PROPERTY";
pub(super) const PROPERTY_NAME: &str = "X-NAME";
/// What iCalendar has no word for (MS-OXCICAL, section 2.1.3.1.1.20.31).
pub(super) const BUSY_STATUS: &str = "X-MICROSOFT-CDO-BUSYSTATUS";

/// Reads the events of an object.
pub(crate) struct Reader<'a> {
    zones: Zones<'a>,
    calendar: &'a CalendarId,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(object: &'a Component, calendar: &'a CalendarId) -> Self {
        Self {
            zones: Zones::of(object),
            calendar,
        }
    }

    /// An event, a series or a changed occurrence. Its id is `id`; for an occurrence it is for the
    /// caller to give it its own.
    ///
    /// # Errors
    /// `Decode` for one without `UID` or `DTSTART`, or with a time or rule that is none.
    pub(crate) fn event(&self, part: &Component, id: &EventId) -> Result<Event> {
        let uid = part
            .text_of("UID")
            .ok_or_else(|| damaged("an event has no UID"))?;
        let start = part
            .line("DTSTART")
            .ok_or_else(|| damaged("an event has no DTSTART"))?;
        let start = first_time(start, &self.zones)?;
        let end = match (part.line("DTEND"), part.line("DURATION")) {
            (Some(end), _) => first_time(end, &self.zones)?,
            (None, Some(long)) => after(&start, long.raw_value())?,
            // Section 3.6.1: a day for a date, no time otherwise.
            (None, None) => match &start {
                EventTime::Date(date) => {
                    EventTime::Date(date.tomorrow().map_err(|_| damaged("no such day"))?)
                }
                other => other.clone(),
            },
        };
        let mut event = Event::new(id.clone(), self.calendar.clone(), "", start, end);
        event.ical_uid = Some(uid);
        event.summary = part.text_of("SUMMARY").unwrap_or_default();
        event.description = part.text_of("DESCRIPTION");
        event.location = part.text_of("LOCATION");
        states(part, &mut event);
        event.organizer = part.line("ORGANIZER").and_then(person);
        event.attendees = part.all("ATTENDEE").filter_map(attendee).collect();
        event.attachments = part.all("ATTACH").filter_map(attachment).collect();
        event.conference = part.line("CONFERENCE").and_then(conference);
        for line in part.all(PROPERTY) {
            let name = line.get(PROPERTY_NAME).unwrap_or_default();
            event.properties.insert(name, line.as_text());
        }
        event.web_link = part.text_of("URL").and_then(|url| Url::parse(&url).ok());
        let sequence = part.line("SEQUENCE");
        event.sequence = sequence.and_then(|line| line.raw_value().trim().parse().ok());
        event.created = part.line("CREATED").and_then(|line| self.instant(line));
        event.updated = part
            .line("LAST-MODIFIED")
            .and_then(|line| self.instant(line));
        event.reminders = reminders(part);
        if let Some(original) = part.line("RECURRENCE-ID") {
            event.kind = EventKind::Occurrence {
                series: id.clone(),
                original_start: first_time(original, &self.zones)?,
                changed: true,
            };
            return Ok(event);
        }
        let recurrence = self.recurrence(part, &event.start)?;
        if !recurrence.rules.is_empty() || !recurrence.dates.is_empty() {
            event.recurrence = Some(recurrence);
            event.kind = EventKind::Series;
        }
        Ok(event)
    }

    fn instant(&self, line: &Line) -> Option<Timestamp> {
        let time = first_time(line, &self.zones).ok()?;
        time.to_timestamp(&TimeZone::UTC).ok()
    }

    fn recurrence(&self, part: &Component, start: &EventTime) -> Result<Recurrence> {
        let mut recurrence = Recurrence::default();
        for line in part.all("RRULE") {
            recurrence.rules.push(rule(line, start)?);
        }
        for line in part.all("EXRULE") {
            recurrence.except_rules.push(rule(line, start)?);
        }
        for line in part.all("RDATE") {
            recurrence.dates.extend(dates(line, &self.zones)?);
        }
        for line in part.all("EXDATE") {
            recurrence.except.extend(times(line, &self.zones)?);
        }
        // Other programs write a day where a time has to be, and the other way round.
        for date in &mut recurrence.dates {
            if date.start.is_date() != start.is_date() {
                *date = in_form_of(start, &date.start).into();
            }
        }
        for date in &mut recurrence.except {
            if date.is_date() != start.is_date() {
                *date = in_form_of(start, date);
            }
        }
        Ok(recurrence)
    }
}

/// A day as the occurrence of that day, and a time as its day.
fn in_form_of(start: &EventTime, date: &EventTime) -> EventTime {
    let day = date.wall().date();
    let time = start.wall().time();
    match start {
        EventTime::Date(_) => EventTime::Date(day),
        EventTime::Zoned { tz, .. } => EventTime::Zoned {
            local: day.to_datetime(time),
            tz: tz.clone(),
        },
        EventTime::Floating(_) => EventTime::Floating(day.to_datetime(time)),
        EventTime::Utc(_) => match TimeZone::UTC.to_timestamp(day.to_datetime(time)) {
            Ok(instant) => EventTime::Utc(instant),
            Err(_) => date.clone(),
        },
    }
}

/// A rule, with an end in the form of the start: other programs write dates where an instant has to
/// be, and mean the end of that day.
fn rule(line: &Line, start: &EventTime) -> Result<RRule> {
    let mut rule: RRule = line
        .raw_value()
        .parse()
        .map_err(|error: integrations_core::Error| damaged(error.message().to_owned()))?;
    let end_of = |date: Date| date.at(23, 59, 59, 0);
    let RuleEnd::Until(until) = rule.end else {
        return Ok(rule);
    };
    let zone = match start {
        EventTime::Zoned { tz, .. } => tz.time_zone().unwrap_or(TimeZone::UTC),
        _ => TimeZone::UTC,
    };
    let instant = |wall: DateTime| {
        let at = zone.to_ambiguous_timestamp(wall).compatible();
        at.map(Until::Utc)
            .map_err(|_| damaged("UNTIL is out of range"))
    };
    rule.end = RuleEnd::Until(match (start, until) {
        (EventTime::Date(_), Until::Local(wall)) => Until::Date(wall.date()),
        (EventTime::Date(_), Until::Utc(at)) => Until::Date(TimeZone::UTC.to_datetime(at).date()),
        (EventTime::Floating(_), Until::Date(date)) => Until::Local(end_of(date)),
        (EventTime::Floating(_), Until::Utc(at)) => Until::Local(TimeZone::UTC.to_datetime(at)),
        (EventTime::Zoned { .. } | EventTime::Utc(_), Until::Date(date)) => instant(end_of(date))?,
        (EventTime::Zoned { .. } | EventTime::Utc(_), Until::Local(wall)) => instant(wall)?,
        (_, right) => right,
    });
    Ok(rule)
}

fn states(part: &Component, event: &mut Event) {
    let word = |name: &str| {
        let word = part.text_of(name)?.trim().to_ascii_uppercase();
        (!word.is_empty()).then_some(word)
    };
    event.status = match word("STATUS").as_deref() {
        None | Some("CONFIRMED") => EventStatus::Confirmed,
        Some("TENTATIVE") => EventStatus::Tentative,
        Some("CANCELLED") => EventStatus::Cancelled,
        Some(other) => EventStatus::Other(other.to_owned()),
    };
    event.visibility = match word("CLASS").as_deref() {
        None => Visibility::Default,
        Some("PUBLIC") => Visibility::Public,
        Some("PRIVATE") => Visibility::Private,
        Some(other) => Visibility::Other(other.to_owned()),
    };
    let finer = word(BUSY_STATUS);
    event.show_as = match (word("TRANSP").as_deref(), finer.as_deref()) {
        (Some("TRANSPARENT"), _) => ShowAs::Free,
        (_, None | Some("FREE" | "BUSY")) => ShowAs::Busy,
        (_, Some("TENTATIVE")) => ShowAs::Tentative,
        (_, Some("OOF")) => ShowAs::OutOfOffice,
        (_, Some(other)) => ShowAs::Other(other.to_owned()),
    };
}

/// The address of `mailto:`, whatever its case.
pub(crate) fn address(line: &Line) -> Option<String> {
    let value = line.raw_value().trim();
    let scheme = value.get(..7)?;
    let email = scheme
        .eq_ignore_ascii_case("mailto:")
        .then(|| &value[7..])
        .map(str::to_owned);
    // Cyrus and Apple name people by an address at the server; the mail is a parameter then.
    email
        .or_else(|| line.get("EMAIL"))
        .filter(|it| !it.is_empty())
}

fn person(line: &Line) -> Option<Person> {
    let mut person = Person::new(address(line)?);
    person.name = line.get("CN");
    Some(person)
}

fn attendee(line: &Line) -> Option<Attendee> {
    let Person { email, name, .. } = person(line)?;
    let mut attendee = Attendee::new(email);
    attendee.person.name = name;
    let word = |name: &str| line.get(name).unwrap_or_default().to_ascii_uppercase();
    attendee.role = match (word("CUTYPE").as_str(), word("ROLE").as_str()) {
        ("RESOURCE" | "ROOM", _) => AttendeeRole::Resource,
        (_, "" | "REQ-PARTICIPANT") => AttendeeRole::Required,
        (_, "OPT-PARTICIPANT") => AttendeeRole::Optional,
        (_, other) => AttendeeRole::Other(other.to_owned()),
    };
    attendee.participation = match word("PARTSTAT").as_str() {
        "" | "NEEDS-ACTION" => Participation::NeedsAction,
        "ACCEPTED" => Participation::Accepted,
        "DECLINED" => Participation::Declined,
        "TENTATIVE" => Participation::Tentative,
        other => Participation::Other(other.to_owned()),
    };
    attendee.comment = line.get("X-RESPONSE-COMMENT");
    Some(attendee)
}

fn attachment(line: &Line) -> Option<Attachment> {
    let name = line
        .get("FILENAME")
        .or_else(|| line.get("X-FILENAME"))
        .unwrap_or_else(|| "attachment".to_owned());
    let inline = line
        .get("VALUE")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("BINARY"));
    let mut attachment = match (inline, line.get("MANAGED-ID")) {
        (false, Some(id)) => {
            let size = line.get("SIZE").and_then(|size| size.parse().ok());
            let mut kept = Attachment::kept(AttachmentId::new(id), name, size.unwrap_or(0));
            kept.size = size;
            kept
        }
        (false, None) => Attachment::link(name, Url::parse(line.raw_value().trim()).ok()?),
        // The content is in the raw form of the event.
        (true, id) => {
            let size = line.raw_value().trim().len() as u64 / 4 * 3;
            let mut inline = Attachment::kept(id.unwrap_or_default(), name, size);
            inline.id = None;
            inline
        }
    };
    attachment.media_type = line.get("FMTTYPE");
    Some(attachment)
}

/// Whether it is a link that was attached, and not content.
pub(super) fn is_link(line: &Line) -> bool {
    attachment(line).is_some_and(|one| one.url.is_some())
}

fn conference(line: &Line) -> Option<Conference> {
    let mut conference = Conference::new(Url::parse(line.raw_value().trim()).ok()?);
    conference.name = line.get("LABEL");
    Some(conference)
}

fn reminders(part: &Component) -> Reminders {
    let known: Vec<Reminder> = part.parts().filter_map(reminder).collect();
    match known.is_empty() && part.line(NO_REMINDERS).is_none() {
        true => Reminders::Default,
        false => Reminders::Only(known),
    }
}

/// A reminder before the start; other alarms have no form here and stay as they are.
pub(super) fn reminder(alarm: &Component) -> Option<Reminder> {
    if alarm.name != "VALARM" {
        return None;
    }
    let trigger = alarm.line("TRIGGER")?;
    let related = trigger.get("RELATED");
    if related.is_some_and(|to| !to.eq_ignore_ascii_case("START")) {
        return None;
    }
    let (days, time) = duration(trigger.raw_value())?;
    let seconds = days.checked_mul(86_400)?.checked_add(time.as_secs())?;
    if seconds > 0 || seconds % 60 != 0 {
        return None;
    }
    let action = alarm.text_of("ACTION")?.to_ascii_uppercase();
    Some(Reminder {
        method: match action.as_str() {
            "DISPLAY" => ReminderMethod::Popup,
            "EMAIL" => ReminderMethod::Email,
            other => ReminderMethod::Other(other.to_owned()),
        },
        minutes_before: u32::try_from(-seconds / 60).ok()?,
    })
}

/// The zone of a `calendar-timezone` (RFC 4791, section 5.2.2).
pub(crate) fn read_zone_name(text: &str) -> Option<TzId> {
    let object = Component::parse(text).ok()?;
    let zone = object.parts().find(|part| part.name == "VTIMEZONE")?;
    Some(zone_id(&zone.text_of("TZID")?, Some(zone)))
}
