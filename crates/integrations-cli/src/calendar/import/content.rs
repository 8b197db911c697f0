//! What an event says, in one form: whether two say the same, and what is to be changed where not.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use integrations::calendar::recurrence::Recurrence;
use integrations::calendar::{
    Attachment, Attendee, ConferenceRequest, Event, EventPatch, NewEvent, Patch, Reminders,
};
use integrations::time::EventTime;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The property that an imported event bears: the key of the `UID` that it had in its file.
pub(super) const MARK: &str = "integrations-import";

/// What is compared. It is of the fields that an import writes.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Content {
    summary: String,
    description: String,
    location: String,
    start: Moment,
    end: Moment,
    recurrence: Vec<String>,
    attendees: Vec<String>,
    /// None is those of the calendar.
    reminders: Option<Vec<(String, u32)>>,
    status: String,
    visibility: String,
    show_as: String,
    conference: Option<String>,
    links: Vec<String>,
    properties: Vec<(String, String)>,
}

/// A time, whatever way it is said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Moment {
    Day(Date),
    Floating(DateTime),
    /// With the zone, unless that is UTC.
    At(Timestamp, Option<String>),
    /// In a zone that nobody here knows.
    Unclear(String),
}

impl Moment {
    fn of(time: &EventTime) -> Self {
        match time {
            EventTime::Date(day) => Self::Day(*day),
            EventTime::Floating(wall) => Self::Floating(*wall),
            EventTime::Utc(at) => Self::At(*at, None),
            EventTime::Zoned { tz, .. } => match time.to_timestamp(&TimeZone::UTC) {
                Err(_) => Self::Unclear(time.to_string()),
                Ok(at) => {
                    let zone = tz.to_string();
                    let is_utc = matches!(&*zone, "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT" | "Z");
                    Self::At(at, (!is_utc).then_some(zone))
                }
            },
        }
    }

    /// Whether the two are equal, or differ only in that one does not say its zone. A series needs
    /// its zone, to be the same after the clocks change.
    fn is_same(&self, other: &Self, is_series: bool) -> bool {
        match (self, other) {
            (Self::At(one, zone), Self::At(two, other)) if !is_series => {
                one == two && (zone == other || zone.is_none() || other.is_none())
            }
            _ => self == other,
        }
    }
}

fn text(text: Option<&str>) -> String {
    let text = text.unwrap_or_default().replace("\r\n", "\n");
    text.trim_end().to_owned()
}

fn recurrence(recurrence: Option<&Recurrence>, start: &EventTime) -> Vec<String> {
    let Some(said) = recurrence else {
        return Vec::new();
    };
    // `UNTIL` and dates in the form of the start, where they can be.
    let normal = said.normalized(start).unwrap_or_else(|_| said.clone());
    let rules = normal.rules.iter().map(|rule| format!("rule {rule}"));
    let out = normal.except_rules.iter().map(|rule| format!("out {rule}"));
    let at = |time: &EventTime| match Moment::of(time) {
        Moment::At(at, _) => at.to_string(),
        _ => time.to_string(),
    };
    let dates = normal.dates.iter().map(|date| {
        let end = date.end.as_ref().map(at).unwrap_or_default();
        format!("date {} {end}", at(&date.start))
    });
    let except = normal.except.iter().map(|time| format!("not {}", at(time)));
    let mut all: Vec<String> = rules.chain(out).chain(dates).chain(except).collect();
    all.sort();
    all.dedup();
    all
}

fn attendees(list: &[Attendee]) -> Vec<String> {
    let mut all: Vec<String> = list
        .iter()
        .map(|one| {
            let role = String::from(one.role.clone());
            format!("{} {role}", one.person.email.to_lowercase())
        })
        .collect();
    all.sort();
    all
}

fn reminders(reminders: &Reminders) -> Option<Vec<(String, u32)>> {
    let Reminders::Only(list) = reminders else {
        return None;
    };
    let said = |one: &integrations::calendar::Reminder| {
        (String::from(one.method.clone()), one.minutes_before)
    };
    let mut all: Vec<_> = list.iter().map(said).collect();
    all.sort();
    all.dedup();
    Some(all)
}

fn links(attachments: &[Attachment]) -> Vec<String> {
    let urls = attachments.iter().filter_map(|one| one.url.as_ref());
    let mut all: Vec<String> = urls.map(ToString::to_string).collect();
    all.sort();
    all
}

impl From<&NewEvent> for Content {
    fn from(new: &NewEvent) -> Self {
        let conference = match &new.conference {
            Some(ConferenceRequest::Link(conference)) => Some(conference.join_url.to_string()),
            _ => None,
        };
        Self {
            summary: text(Some(&new.summary)),
            description: text(new.description.as_deref()),
            location: text(new.location.as_deref()),
            start: Moment::of(&new.start),
            end: Moment::of(&new.end),
            recurrence: recurrence(new.recurrence.as_ref(), &new.start),
            attendees: attendees(&new.attendees),
            reminders: reminders(&new.reminders),
            status: new.status.clone().into(),
            visibility: new.visibility.clone().into(),
            show_as: new.show_as.clone().into(),
            conference,
            links: links(&new.attachments),
            properties: new.properties.clone().into_iter().collect(),
        }
    }
}

impl From<&Event> for Content {
    fn from(event: &Event) -> Self {
        let conference = event.conference.as_ref();
        Self {
            summary: text(Some(&event.summary)),
            description: text(event.description.as_deref()),
            location: text(event.location.as_deref()),
            start: Moment::of(&event.start),
            end: Moment::of(&event.end),
            recurrence: recurrence(event.recurrence.as_ref(), &event.start),
            attendees: attendees(&event.attendees),
            reminders: reminders(&event.reminders),
            status: event.status.clone().into(),
            visibility: event.visibility.clone().into(),
            show_as: event.show_as.clone().into(),
            conference: conference.map(|it| it.join_url.to_string()),
            links: links(&event.attachments),
            properties: event.properties.clone().into_iter().collect(),
        }
    }
}

/// A number for what an event says. Equal numbers are equal events; events that say the same may
/// still have others, and are then compared by [`difference`].
pub(super) fn digest_of_event(event: &Event) -> u64 {
    digest(&Content::from(event))
}

/// The number of an event to make.
pub(super) fn digest_of_new(new: &NewEvent) -> u64 {
    digest(&Content::from(new))
}

fn digest(content: &Content) -> u64 {
    // The keys of this one are fixed, and it is used within a run alone.
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

/// What is to be changed of an event, so that it says what the file has. What the file does not
/// speak of stays: a conference that the provider made, properties of others.
pub(super) fn difference(new: &NewEvent, event: &Event) -> EventPatch {
    let (wanted, there) = (Content::from(new), Content::from(event));
    let mut patch = EventPatch::default();
    if wanted.summary != there.summary {
        patch.summary = Some(new.summary.clone());
    }
    let optional = |is_same: bool, value: &Option<String>| match (is_same, value) {
        (true, _) => Patch::Keep,
        (false, Some(text)) if !text.is_empty() => Patch::Set(text.clone()),
        (false, _) => Patch::Clear,
    };
    patch.description = optional(wanted.description == there.description, &new.description);
    patch.location = optional(wanted.location == there.location, &new.location);
    let is_series = new.recurrence.is_some();
    if !wanted.start.is_same(&there.start, is_series) || !wanted.end.is_same(&there.end, is_series)
    {
        patch.times = Some((new.start.clone(), new.end.clone()));
    }
    if wanted.recurrence != there.recurrence {
        patch.recurrence = new.recurrence.clone().map_or(Patch::Clear, Patch::Set);
        // The two are checked against each other.
        if patch.times.is_none() && new.recurrence.is_some() {
            patch.times = Some((new.start.clone(), new.end.clone()));
        }
    }
    if !is_same_list(&wanted.attendees, &there.attendees, event) {
        patch.attendees = Some(new.attendees.clone());
    }
    if wanted.reminders != there.reminders {
        patch.reminders = Some(new.reminders.clone());
    }
    if wanted.status != there.status {
        patch.status = Some(new.status.clone());
    }
    if wanted.visibility != there.visibility {
        patch.visibility = Some(new.visibility.clone());
    }
    if wanted.show_as != there.show_as {
        patch.show_as = Some(new.show_as.clone());
    }
    if wanted.conference.is_some() && wanted.conference != there.conference {
        patch.conference = new.conference.clone().map_or(Patch::Keep, Patch::Set);
    }
    if wanted.links != there.links {
        patch.attachments = Some(new.attachments.clone());
    }
    for (name, value) in &new.properties {
        if event.properties.get(name) != Some(value) {
            patch.properties.insert(name.clone(), Some(value.clone()));
        }
    }
    patch
}

/// Whether the same people are invited. Providers add who organizes.
fn is_same_list(wanted: &[String], there: &[String], event: &Event) -> bool {
    let organizer = event.organizer.as_ref();
    let organizer = organizer.map(|one| format!("{} ", one.email.to_lowercase()));
    let is_organizer = |one: &String| {
        organizer
            .as_ref()
            .is_some_and(|organizer| one.starts_with(organizer))
    };
    let others = |list: &[String]| -> Vec<String> {
        let others = list.iter().filter(|one| !is_organizer(one));
        others.cloned().collect()
    };
    others(wanted) == others(there)
}

#[cfg(test)]
mod tests {
    use integrations::calendar::{EventStatus, Person, Reminder};

    use super::*;

    fn at(text: &str) -> EventTime {
        EventTime::zoned(text.parse().unwrap(), "Europe/Berlin")
    }

    fn both() -> (NewEvent, Event) {
        let (start, end) = (at("2026-06-01T09:00"), at("2026-06-01T10:00"));
        let new = NewEvent::new("Tea", start.clone(), end.clone());
        (new, Event::new("1", "c", "Tea", start, end))
    }

    #[test]
    fn what_says_the_same_has_no_difference() {
        let (mut new, mut event) = both();
        assert_eq!(digest_of_new(&new), digest_of_event(&event));
        new.description = Some("Two\r\nlines\r\n".to_owned());
        event.description = Some("Two\nlines".to_owned());
        event.location = Some(String::new());
        assert_eq!(digest_of_new(&new), digest_of_event(&event));
        // What the provider adds is no difference either.
        event.start = EventTime::Utc("2026-06-01T07:00:00Z".parse().unwrap());
        event.organizer = Some(Person::new("owner@example.com"));
        event.attendees = vec![Attendee::new("Owner@example.com")];
        event.properties.insert("other".to_owned(), "1".to_owned());
        assert!(difference(&new, &event).is_empty());
        new.recurrence = Some(
            "FREQ=WEEKLY;UNTIL=20260630"
                .parse::<integrations::calendar::recurrence::RRule>()
                .unwrap()
                .into(),
        );
        assert!(
            difference(&new, &event).times.is_some(),
            "a series has a zone"
        );
    }

    #[test]
    fn rules_are_compared_by_what_they_mean() {
        let (mut new, mut event) = both();
        let read = |lines: &[&str]| Recurrence::from_lines(lines.iter().copied()).unwrap();
        // UNTIL as a day is the end of that day in the zone of the start.
        new.recurrence = Some(read(&[
            "RRULE:FREQ=WEEKLY;UNTIL=20260630",
            "EXDATE;TZID=Europe/Berlin:20260608T090000,20260615T090000",
        ]));
        event.recurrence = Some(read(&[
            "EXDATE:20260615T070000Z",
            "EXDATE:20260608T070000Z",
            "RRULE:UNTIL=20260630T215959Z;FREQ=WEEKLY",
        ]));
        assert!(difference(&new, &event).is_empty());
        event.recurrence = Some(read(&["RRULE:FREQ=WEEKLY"]));
        assert!(!difference(&new, &event).recurrence.is_keep());
    }

    #[test]
    fn each_field_that_differs_is_in_the_patch_and_no_other() {
        let (new, event) = both();
        let change = |edit: &dyn Fn(&mut NewEvent)| {
            let mut new = new.clone();
            edit(&mut new);
            assert_ne!(digest_of_new(&new), digest_of_event(&event));
            difference(&new, &event)
        };
        let mut expected = EventPatch::default();
        expected.summary = Some("Coffee".to_owned());
        assert_eq!(
            change(&|new| "Coffee".clone_into(&mut new.summary)),
            expected
        );
        let mut expected = EventPatch::default();
        expected.reminders = Some(Reminders::Only(vec![Reminder::popup(5)]));
        assert_eq!(
            change(&|new| new.reminders = Reminders::Only(vec![Reminder::popup(5)])),
            expected
        );
        let mut expected = EventPatch::default();
        expected.status = Some(EventStatus::Tentative);
        assert_eq!(change(&|new| new.status = EventStatus::Tentative), expected);
        let patch = change(&|new| new.end = at("2026-06-01T11:00"));
        assert_eq!(
            patch.times,
            Some((at("2026-06-01T09:00"), at("2026-06-01T11:00")))
        );
        let patch = change(&|new| new.attendees = vec![Attendee::new("a@example.com")]);
        assert_eq!(patch.attendees.unwrap().len(), 1);
    }
}
