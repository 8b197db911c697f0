//! Components as events of the model.

use integrations_core::Result;
use integrations_core::calendar::recurrence::{RRule, Recurrence};
use integrations_core::calendar::{
    Attachment, AttachmentId, Attendee, AttendeeRole, CalendarId, Conference, Event, EventId,
    EventKind, EventStatus, Participation, Person, Reminder, ReminderMethod, Reminders, ShowAs,
    Visibility,
};
use integrations_core::time::EventTime;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::component::Component;
use crate::error::{at, at_number};
use crate::line::Line;
use crate::value::{after, dates, duration, first_time, times};
use crate::zone::Zones;

/// The property that says that an event has no reminder, where the calendar's own would count.
pub(crate) const NO_REMINDERS: &str = "X-INTEGRATIONS-REMINDERS";
/// The property of the application's own values; its parameter is the name.
pub(crate) const PROPERTY: &str = "X-INTEGRATIONS-PROPERTY";
pub(crate) const PROPERTY_NAME: &str = "X-NAME";
/// What somebody said with the answer (RFC 6638 has it in replies alone; Cyrus and Apple keep it).
pub(crate) const COMMENT: &str = "X-RESPONSE-COMMENT";
/// What iCalendar has no word for (MS-OXCICAL, section 2.1.3.1.1.20.31).
pub(crate) const BUSY_STATUS: &str = "X-MICROSOFT-CDO-BUSYSTATUS";

/// The events of one object: an event or a series, and its changed occurrences.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Events {
    /// The event or series. An invitation to single occurrences of a series has none.
    pub master: Option<Event>,
    /// The changed occurrences, in the order of the object.
    pub changed: Vec<Event>,
}

impl Events {
    /// Reads the events of an object that is about one event or series, as a resource of CalDAV is.
    /// All have the id `id`; whoever names occurrences gives them their own.
    ///
    /// # Errors
    /// `Decode`, with the number of the line, for an event without `UID` or `DTSTART`, a time or rule
    /// that is none, or a second series.
    pub fn read(object: &Component, calendar: &CalendarId, id: &EventId) -> Result<Self> {
        let reader = Reader::new(object, calendar);
        let mut events = Self::default();
        for part in object.vevents() {
            let event = reader.event(part, id)?;
            match &event.kind {
                EventKind::Occurrence { .. } => events.changed.push(event),
                _ if events.master.is_none() => events.master = Some(event),
                _ => {
                    let what = "the object has a second series";
                    return Err(at_number(part.number(), what));
                }
            }
        }
        Ok(events)
    }
}

/// Reads events with the zones of their object.
#[derive(Debug)]
pub struct Reader<'a> {
    zones: Zones<'a>,
    calendar: &'a CalendarId,
}

impl<'a> Reader<'a> {
    /// A reader of the events within `object`, which become events of a calendar.
    #[must_use]
    pub fn new(object: &'a Component, calendar: &'a CalendarId) -> Self {
        Self {
            zones: Zones::of(object),
            calendar,
        }
    }

    /// An event, a series or a changed occurrence. Its id is `id`; for an occurrence it is for the
    /// caller to give it its own. What the model has no place for stays in the component alone.
    ///
    /// The recurrence is taken as its writer meant it
    /// ([`normalized`](integrations_core::calendar::recurrence::Recurrence::normalized)).
    ///
    /// # Errors
    /// `Decode`, with the number of the line, for one without `UID` or `DTSTART`, or with a time or
    /// rule that is none.
    pub fn event(&self, part: &Component, id: &EventId) -> Result<Event> {
        let missing = |what| at_number(part.number(), format_args!("an event has no {what}"));
        let uid = part.text_of("UID").filter(|uid| !uid.trim().is_empty());
        let uid = uid.ok_or_else(|| missing("UID"))?;
        let start = part.line("DTSTART").ok_or_else(|| missing("DTSTART"))?;
        let start = first_time(start, &self.zones)?;
        let end = match (part.line("DTEND"), part.line("DURATION")) {
            (Some(end), _) => first_time(end, &self.zones)?,
            (None, Some(long)) => {
                after(&start, long.raw_value()).map_err(|error| at(long, error.message()))?
            }
            // Section 3.6.1: a day for a date, no time otherwise.
            (None, None) => match &start {
                EventTime::Date(date) => EventTime::Date(
                    date.tomorrow()
                        .map_err(|_| at_number(part.number(), "there is no such day"))?,
                ),
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
            event.and_future = is_of_future(original);
            return Ok(event);
        }
        let recurrence = self.recurrence(part)?;
        if !recurrence.rules.is_empty() || !recurrence.dates.is_empty() {
            let recurrence = recurrence.normalized(&event.start).map_err(|error| {
                let line = part.line("RRULE").or_else(|| part.line("RDATE"));
                let number = line.map_or(part.number(), Line::number);
                at_number(number, error.message())
            })?;
            event.recurrence = Some(recurrence);
            event.kind = EventKind::Series;
        }
        Ok(event)
    }

    /// When the series has the occurrence that a component changes; `None` where it changes none.
    pub fn original(&self, part: &Component) -> Option<EventTime> {
        first_time(part.line("RECURRENCE-ID")?, &self.zones).ok()
    }

    fn instant(&self, line: &Line) -> Option<Timestamp> {
        let time = first_time(line, &self.zones).ok()?;
        time.to_timestamp(&TimeZone::UTC).ok()
    }

    fn recurrence(&self, part: &Component) -> Result<Recurrence> {
        let rule = |line: &Line| -> Result<RRule> {
            let rule = line.raw_value().parse();
            rule.map_err(|error: integrations_core::Error| at(line, error.message()))
        };
        let mut recurrence = Recurrence::default();
        for line in part.all("RRULE") {
            recurrence.rules.push(rule(line)?);
        }
        for line in part.all("EXRULE") {
            recurrence.except_rules.push(rule(line)?);
        }
        for line in part.all("RDATE") {
            recurrence.dates.extend(dates(line, &self.zones)?);
        }
        for line in part.all("EXDATE") {
            recurrence.except.extend(times(line, &self.zones)?);
        }
        Ok(recurrence)
    }
}

/// Whether a `RECURRENCE-ID` is of all that follow, too.
fn is_of_future(line: &Line) -> bool {
    let range = line.get("RANGE");
    range.is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"))
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

/// The address of an `ATTENDEE` or `ORGANIZER`: that of `mailto:`, whatever its case, or of the
/// parameter `EMAIL`.
#[must_use]
pub fn address(line: &Line) -> Option<String> {
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
    attendee.comment = line.get(COMMENT);
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
        // The content is in the line.
        (true, id) => {
            let content = line.raw_value().trim();
            let padding = content.len() - content.trim_end_matches('=').len();
            let size = (content.len() / 4 * 3).saturating_sub(padding);
            let mut inline = Attachment::kept("", name, size as u64);
            inline.id = id.map(AttachmentId::new);
            inline
        }
    };
    attachment.media_type = line.get("FMTTYPE");
    Some(attachment)
}

/// Whether it is a link that was attached, and not content.
pub(crate) fn is_link(line: &Line) -> bool {
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
pub(crate) fn reminder(alarm: &Component) -> Option<Reminder> {
    if alarm.name() != "VALARM" {
        return None;
    }
    let trigger = alarm.line("TRIGGER")?;
    let related = trigger.get("RELATED");
    if related.is_some_and(|to| !to.eq_ignore_ascii_case("START")) {
        return None;
    }
    let (days, seconds) = duration(trigger.raw_value())?;
    let seconds = days.checked_mul(86_400)?.checked_add(seconds)?;
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
