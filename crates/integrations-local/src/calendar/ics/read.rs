//! Reading, of our files and those of other programs.

use std::collections::BTreeMap;

use bytes::Bytes;
use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarDuration, ICalendarEntry,
    ICalendarParameterName, ICalendarPeriod, ICalendarProperty, ICalendarValue,
};
use calcard::{Entry, Parser};
use integrations_core::calendar::recurrence::{RDate, RRule, Recurrence};
use integrations_core::calendar::{
    Attachment, AttachmentId, Attendee, AttendeeRole, CalendarId, Conference, ETag, Event, EventId,
    EventKind, EventStatus, Participation, Person, Reminder, ReminderMethod, Reminders, ShowAs,
    Visibility,
};
use integrations_core::time::{EventTime, TzId};
use integrations_core::{Error, ErrorKind, Result};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use url::Url;

use super::Kept;
use crate::calendar::occurrence;
use crate::calendar::series::Series;

fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Decode, what.into())
}

/// Reads the event or series of a file.
pub(in crate::calendar) fn read(
    text: &str,
    calendar: &CalendarId,
    zone: &TimeZone,
) -> Result<Series> {
    let object = match Parser::new(text).entry() {
        Entry::ICalendar(object) => object,
        other => return Err(damaged(format!("it is not an iCalendar object: {other:?}"))),
    };
    let mut reader = Reader {
        object: &object,
        calendar,
        contents: BTreeMap::new(),
        kept: Kept::default(),
    };
    let events = object.components.iter();
    let events = events.filter(|part| part.component_type == ICalendarComponentType::VEvent);
    let mut master = None;
    let mut changed = Vec::new();
    for part in events {
        let event = reader.event(part)?;
        match event.kind {
            EventKind::Occurrence { .. } => changed.push(event),
            _ if master.is_none() => master = Some(event),
            _ => return Err(damaged("it has two series")),
        }
    }
    let master = master.ok_or_else(|| damaged("it has no event, or only changes of one"))?;
    let mut series = Series::new(master);
    for mut event in changed {
        let EventKind::Occurrence {
            series: of,
            original_start,
            ..
        } = &mut event.kind
        else {
            continue;
        };
        *of = series.master.id.clone();
        let at = original_start.to_timestamp(zone)?;
        event.id = occurrence::id(&series.master.id, original_start, zone);
        series.changed.insert(at, event);
    }
    series.contents = reader.contents;
    series.kept = reader.kept;
    // Zones and rules that cannot be used would fail later, far from the file.
    series.master.start.to_timestamp(zone)?;
    series.master.end.to_timestamp(zone)?;
    if let Some(recurrence) = &mut series.master.recurrence {
        // Other programs write dates where an instant has to be, and mean the end of that day.
        *recurrence = recurrence.normalized(&series.master.start)?;
        series.plan(zone)?;
    }
    Ok(series)
}

struct Reader<'a> {
    object: &'a ICalendar,
    calendar: &'a CalendarId,
    contents: BTreeMap<AttachmentId, Bytes>,
    kept: Kept,
}

impl Reader<'_> {
    fn event(&mut self, part: &ICalendarComponent) -> Result<Event> {
        use ICalendarProperty as P;
        let uid = part
            .uid()
            .ok_or_else(|| damaged("an event has no UID"))?
            .to_owned();
        let start = part
            .property(&P::Dtstart)
            .ok_or_else(|| damaged("an event has no DTSTART"))?;
        let start = event_time(start)?;
        let end = match (part.property(&P::Dtend), part.property(&P::Duration)) {
            (Some(end), _) => event_time(end)?,
            (None, Some(long)) => after(&start, long)?,
            // Section 3.6.1: a day for a date, no time otherwise.
            (None, None) => match &start {
                EventTime::Date(date) => {
                    EventTime::Date(date.tomorrow().map_err(|_| damaged("no such day"))?)
                }
                other => other.clone(),
            },
        };
        let mut event = Event::new(EventId::new(&uid), self.calendar.clone(), "", start, end);
        event.ical_uid = Some(uid);
        if let Some(id) = part.property(&P::RecurrenceId) {
            event.kind = EventKind::Occurrence {
                series: event.id.clone(),
                original_start: event_time(id)?,
                changed: true,
            };
        }
        let mut recurrence = Recurrence::default();
        let mut kept = String::new();
        let mut finer = None;
        for entry in &part.entries {
            let text = || {
                entry
                    .values
                    .first()
                    .and_then(ICalendarValue::as_text)
                    .unwrap_or_default()
            };
            match &entry.name {
                P::Uid
                | P::Dtstart
                | P::Dtend
                | P::Duration
                | P::RecurrenceId
                | P::Dtstamp
                | P::Begin
                | P::End => {}
                P::Summary => text().clone_into(&mut event.summary),
                P::Description => event.description = Some(text().to_owned()),
                P::Location => event.location = Some(text().to_owned()),
                P::Status => event.status = status(text()),
                P::Transp if text().eq_ignore_ascii_case("TRANSPARENT") => {
                    event.show_as = ShowAs::Free
                }
                P::Transp => {}
                P::Class => event.visibility = visibility(text()),
                P::Rrule => recurrence.rules.push(rule(entry)?),
                P::Exrule => recurrence.except_rules.push(rule(entry)?),
                P::Rdate => recurrence.dates.extend(dates(entry)?),
                P::Exdate => recurrence.except.extend(event_times(entry)?),
                P::Organizer => event.organizer = person(entry),
                P::Attendee => event.attendees.extend(attendee(entry)),
                P::Attach => event.attachments.extend(self.attachment(entry)),
                P::Conference if event.conference.is_none() => event.conference = conference(entry),
                P::Url => event.web_link = Url::parse(text()).ok(),
                P::Sequence => event.sequence = sequence(entry),
                P::Created => event.created = instant(entry),
                P::LastModified => event.updated = instant(entry),
                P::Other(name) if name.eq_ignore_ascii_case("X-INTEGRATIONS-VERSION") => {
                    event.etag = Some(ETag::new(text()));
                }
                P::Other(name) if name.eq_ignore_ascii_case("X-INTEGRATIONS-REMINDERS") => {
                    event.reminders = Reminders::Only(Vec::new());
                }
                P::Other(name) if name.eq_ignore_ascii_case("X-INTEGRATIONS-PROPERTY") => {
                    let name = other_param(entry, "X-NAME").unwrap_or_default();
                    event.properties.insert(name, text().to_owned());
                }
                P::Other(name) if name.eq_ignore_ascii_case("X-MICROSOFT-CDO-BUSYSTATUS") => {
                    finer = show_as(text());
                }
                _ => {
                    // Writing to a string does not fail.
                    let _ = entry.write_to(&mut kept);
                }
            }
        }
        if let Some(finer) = finer.filter(|_| event.show_as.is_busy()) {
            event.show_as = finer;
        }
        if !recurrence.rules.is_empty() || !recurrence.dates.is_empty() {
            event.recurrence = Some(recurrence);
            event.kind = EventKind::Series;
        }
        self.alarms(part, &mut event, &mut kept);
        let of = match &event.kind {
            EventKind::Occurrence { original_start, .. } => original_start.to_string(),
            _ => String::new(),
        };
        if !kept.is_empty() {
            self.kept.lines.insert(of, kept);
        }
        Ok(event)
    }

    fn attachment(&mut self, entry: &ICalendarEntry) -> Option<Attachment> {
        let name = param(entry, &ICalendarParameterName::Filename);
        let name = name.unwrap_or_else(|| "attachment".to_owned());
        let mut attachment = match entry.values.first()? {
            ICalendarValue::Binary(content) => {
                let id = param(entry, &ICalendarParameterName::ManagedId);
                let id = id.unwrap_or_else(|| format!("inline-{}", self.contents.len()));
                let attachment = Attachment::kept(id.as_str(), name, content.len() as u64);
                self.contents
                    .insert(AttachmentId::new(id), Bytes::from(content.clone()));
                attachment
            }
            value => Attachment::link(name, Url::parse(value.as_text()?).ok()?),
        };
        attachment.media_type = param(entry, &ICalendarParameterName::Fmttype);
        Some(attachment)
    }

    /// Reminders before the start; other alarms are kept as they are.
    fn alarms(&mut self, part: &ICalendarComponent, event: &mut Event, kept: &mut String) {
        for id in &part.component_ids {
            let Some(alarm) = self.object.component_by_id(*id) else {
                continue;
            };
            let reminder = if alarm.component_type == ICalendarComponentType::VAlarm {
                reminder(alarm)
            } else {
                None
            };
            match (reminder, &mut event.reminders) {
                (Some(reminder), Reminders::Only(all)) => all.push(reminder),
                (Some(reminder), _) => event.reminders = Reminders::Only(vec![reminder]),
                (None, _) => {
                    let mut whole = ICalendar::default();
                    whole.components.push(ICalendarComponent {
                        component_ids: Vec::new(),
                        ..alarm.clone()
                    });
                    let _ = whole.write_to(kept);
                }
            }
        }
    }
}

fn sequence(entry: &ICalendarEntry) -> Option<u32> {
    match entry.values.first()? {
        ICalendarValue::Integer(count) => u32::try_from(*count).ok(),
        other => other.as_text()?.trim().parse().ok(),
    }
}

fn param(entry: &ICalendarEntry, name: &ICalendarParameterName) -> Option<String> {
    entry
        .parameter(name)
        .and_then(|value| value.as_text())
        .map(str::to_owned)
}

fn other_param(entry: &ICalendarEntry, name: &str) -> Option<String> {
    let found = entry.params.iter().find(|param| match &param.name {
        ICalendarParameterName::Other(other) => other.eq_ignore_ascii_case(name),
        _ => false,
    });
    found
        .and_then(|param| param.value.as_text())
        .map(str::to_owned)
}

fn date_of(value: &PartialDateTime) -> Option<Date> {
    let (year, month, day) = (value.year?, value.month?, value.day?);
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

fn wall_of(value: &PartialDateTime) -> Option<DateTime> {
    let number = |part: Option<u8>| i8::try_from(part.unwrap_or_default()).ok();
    // A leap second is the second before it.
    let second = number(value.second)?.min(59);
    let (hour, minute) = (number(value.hour)?, number(value.minute)?);
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    Some(date_of(value)?.to_datetime(time))
}

fn time_of(entry: &ICalendarEntry, value: &PartialDateTime) -> Option<EventTime> {
    if value.hour.is_none() {
        return date_of(value).map(EventTime::Date);
    }
    let local = wall_of(value)?;
    if value.tz_hour.is_some() {
        return TimeZone::UTC.to_timestamp(local).ok().map(EventTime::Utc);
    }
    Some(match param(entry, &ICalendarParameterName::Tzid) {
        None => EventTime::Floating(local),
        Some(name) => {
            let tz = TzId::named(&name);
            EventTime::Zoned { local, tz }
        }
    })
}

fn event_times(entry: &ICalendarEntry) -> Result<Vec<EventTime>> {
    let values = entry.values.iter();
    values
        .map(|value| {
            let time = value
                .as_partial_date_time()
                .and_then(|value| time_of(entry, value));
            time.ok_or_else(|| damaged(format!("{} is not a time", entry.name.as_str())))
        })
        .collect()
}

/// Further occurrences, with an end where they are periods.
fn dates(entry: &ICalendarEntry) -> Result<Vec<RDate>> {
    let no_time = || damaged("RDATE is not a time");
    let mut dates = Vec::new();
    for value in &entry.values {
        let ICalendarValue::Period(period) = value else {
            let time = value.as_partial_date_time();
            let time = time.and_then(|value| time_of(entry, value));
            dates.push(time.ok_or_else(no_time)?.into());
            continue;
        };
        let (start, end) = match period {
            ICalendarPeriod::Range { start, end } => {
                let start = time_of(entry, start).ok_or_else(no_time)?;
                (start, time_of(entry, end).ok_or_else(no_time)?)
            }
            ICalendarPeriod::Duration { start, duration } => {
                let start = time_of(entry, start).ok_or_else(no_time)?;
                let end = later(&start, duration)?;
                (start, end)
            }
        };
        dates.push(RDate::period(start, end));
    }
    Ok(dates)
}

fn event_time(entry: &ICalendarEntry) -> Result<EventTime> {
    let first = event_times(entry)?.into_iter().next();
    first.ok_or_else(|| damaged(format!("{} is not a time", entry.name.as_str())))
}

fn instant(entry: &ICalendarEntry) -> Option<Timestamp> {
    event_time(entry).ok()?.to_timestamp(&TimeZone::UTC).ok()
}

fn after(start: &EventTime, entry: &ICalendarEntry) -> Result<EventTime> {
    match entry.values.first() {
        Some(ICalendarValue::Duration(long)) => later(start, long),
        _ => Err(damaged("DURATION is not one")),
    }
}

fn later(start: &EventTime, long: &ICalendarDuration) -> Result<EventTime> {
    let far = |_| damaged("a length leads out of time");
    let days = i64::from(long.weeks) * 7 + i64::from(long.days);
    let seconds =
        i64::from(long.hours) * 3600 + i64::from(long.minutes) * 60 + i64::from(long.seconds);
    let length = Span::new().try_days(days).map_err(far)?;
    let length = length.try_seconds(seconds).map_err(far)?;
    start.after(if long.neg { -length } else { length })
}

fn rule(entry: &ICalendarEntry) -> Result<RRule> {
    let Some(ICalendarValue::RecurrenceRule(rule)) = entry.values.first() else {
        return Err(damaged("RRULE is not one"));
    };
    rule.to_string().parse()
}

fn status(text: &str) -> EventStatus {
    match text.to_ascii_uppercase().as_str() {
        "CONFIRMED" => EventStatus::Confirmed,
        "TENTATIVE" => EventStatus::Tentative,
        "CANCELLED" => EventStatus::Cancelled,
        other => EventStatus::Other(other.to_owned()),
    }
}

fn visibility(text: &str) -> Visibility {
    match text.to_ascii_uppercase().as_str() {
        "PUBLIC" => Visibility::Public,
        "PRIVATE" => Visibility::Private,
        other => Visibility::Other(other.to_owned()),
    }
}

fn show_as(text: &str) -> Option<ShowAs> {
    match text.to_ascii_uppercase().as_str() {
        "FREE" | "BUSY" => None,
        "TENTATIVE" => Some(ShowAs::Tentative),
        "OOF" => Some(ShowAs::OutOfOffice),
        other => Some(ShowAs::Other(other.to_owned())),
    }
}

fn person(entry: &ICalendarEntry) -> Option<Person> {
    let mut person = Person::new(entry.calendar_address()?);
    person.name = param(entry, &ICalendarParameterName::Cn);
    Some(person)
}

fn attendee(entry: &ICalendarEntry) -> Option<Attendee> {
    let Person { email, name, .. } = person(entry)?;
    let mut attendee = Attendee::new(email);
    attendee.person.name = name;
    let kind = param(entry, &ICalendarParameterName::Cutype).unwrap_or_default();
    let role = param(entry, &ICalendarParameterName::Role).unwrap_or_default();
    attendee.role = match (
        kind.to_ascii_uppercase().as_str(),
        role.to_ascii_uppercase().as_str(),
    ) {
        ("RESOURCE" | "ROOM", _) => AttendeeRole::Resource,
        (_, "" | "REQ-PARTICIPANT") => AttendeeRole::Required,
        (_, "OPT-PARTICIPANT") => AttendeeRole::Optional,
        (_, other) => AttendeeRole::Other(other.to_owned()),
    };
    let answer = param(entry, &ICalendarParameterName::Partstat).unwrap_or_default();
    attendee.participation = match answer.to_ascii_uppercase().as_str() {
        "" | "NEEDS-ACTION" => Participation::NeedsAction,
        "ACCEPTED" => Participation::Accepted,
        "DECLINED" => Participation::Declined,
        "TENTATIVE" => Participation::Tentative,
        other => Participation::Other(other.to_owned()),
    };
    attendee.comment = other_param(entry, "X-RESPONSE-COMMENT");
    Some(attendee)
}

fn conference(entry: &ICalendarEntry) -> Option<Conference> {
    let url = Url::parse(entry.values.first()?.as_text()?).ok()?;
    let mut conference = Conference::new(url);
    conference.name = param(entry, &ICalendarParameterName::Label);
    Some(conference)
}

fn reminder(alarm: &ICalendarComponent) -> Option<Reminder> {
    let trigger = alarm.property(&ICalendarProperty::Trigger)?;
    let Some(ICalendarValue::Duration(long)) = trigger.values.first() else {
        return None;
    };
    if trigger.has_parameter(&ICalendarParameterName::Related) {
        return None;
    }
    let seconds = long.as_seconds();
    if seconds > 0 || seconds % 60 != 0 {
        return None;
    }
    let action = alarm
        .property(&ICalendarProperty::Action)?
        .values
        .first()?
        .as_text()?;
    Some(Reminder {
        method: match action.to_ascii_uppercase().as_str() {
            "DISPLAY" => ReminderMethod::Popup,
            "EMAIL" => ReminderMethod::Email,
            other => ReminderMethod::Other(other.to_owned()),
        },
        minutes_before: u32::try_from(-seconds / 60).ok()?,
    })
}
