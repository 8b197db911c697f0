//! `calendar calendars` and `calendar show`.

use std::path::Path;
use std::process::ExitCode;

use integrations::calendar::{CalendarInfo, EventId, ReminderMethod, Reminders};
use integrations::time::EventTime;
use serde_json::json;

use super::entry::{self, Entry};
use super::place::{Account, Place};
use super::reader::Reader;
use crate::output::{Output, table};
use crate::{Outcome, text};

pub(super) async fn calendars(account: &Account, file: Option<&Path>, output: &Output) -> Outcome {
    let all = account.open(file).await?.list_calendars().all().await?;
    let shown: Vec<_> = all
        .iter()
        .map(|one| {
            json!({ "id": one.id, "name": one.name, "description": one.description,
                "time_zone": one.time_zone.as_ref().map(ToString::to_string), "color": one.color,
                "writable": one.writable, "primary": one.primary })
        })
        .collect();
    output.show(&shown, || {
        table(&["name", "zone", "", "id"], all.iter().map(row))
    });
    Ok(ExitCode::SUCCESS)
}

fn row(one: &CalendarInfo) -> [String; 4] {
    let mark = match (one.primary, one.writable) {
        (true, true) => "primary",
        (true, false) => "primary, read only",
        (false, true) => "",
        (false, false) => "read only",
    };
    [
        text::line(&one.name),
        one.time_zone
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        mark.to_owned(),
        text::line(one.id.as_str()),
    ]
}

pub(super) async fn show(
    place: &Place,
    id: &str,
    reader: &Reader,
    file: Option<&Path>,
    output: &Output,
) -> Outcome {
    let target = place.open(file).await?;
    let event = target
        .calendars
        .get_event(target.id(), &EventId::new(id))
        .await?;
    let entry = Entry::of(event, reader)?;
    output.show(&entry.details(), || details(&entry, reader));
    Ok(ExitCode::SUCCESS)
}

/// Everything that a person asks of an event.
fn details(entry: &Entry, reader: &Reader) -> String {
    let event = &entry.event;
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            rows.push([name.to_owned(), value]);
        }
    };
    add("title", entry.title());
    add("when", entry.when(reader));
    if !entry.is_all_day() {
        add("zone", reader.zone_name().to_owned());
    }
    // What the invitation says, where it is of another wall.
    if let EventTime::Zoned { local, tz } = &entry.start
        && tz.iana.as_deref() != reader.zone.iana_name()
    {
        add(
            "there",
            format!("{} in {tz}", local.strftime("%a %-d %B %Y, %H:%M")),
        );
    }
    for line in entry::recurrence(event) {
        add("repeats", line);
    }
    if let Some(original) = &entry.original {
        add("instead of", original.to_string());
    }
    let status = String::from(event.status.clone());
    if status != "confirmed" {
        add("status", text::line(&status));
    }
    add(
        "place",
        text::line(event.location.as_deref().unwrap_or_default()),
    );
    if let Some(conference) = &event.conference {
        add("join", conference.join_url.to_string());
    }
    if let Some(person) = &event.organizer {
        add("organizer", text::line(&person.email));
    }
    for one in &event.attendees {
        let name = one.person.name.as_deref().map(|name| format!("{name} "));
        let answer = String::from(one.participation.clone()).replace('_', " ");
        let who = format!(
            "{}{} ({answer})",
            name.unwrap_or_default(),
            one.person.email
        );
        add("with", text::line(&who));
    }
    if let Reminders::Only(list) = &event.reminders {
        for one in list {
            let by = match &one.method {
                ReminderMethod::Popup => String::new(),
                other => format!(" by {}", text::line(&String::from(other.clone()))),
            };
            add(
                "reminder",
                format!("{} minutes before{by}", one.minutes_before),
            );
        }
    }
    let show_as = String::from(event.show_as.clone());
    if show_as != "busy" {
        add("shown as", text::line(&show_as).replace('_', " "));
    }
    for (name, value) in &event.properties {
        add("property", text::line(&format!("{name} = {value}")));
    }
    if let Some(link) = &event.web_link {
        add("link", link.to_string());
    }
    add(
        "uid",
        text::line(event.ical_uid.as_deref().unwrap_or_default()),
    );
    add("id", text::line(event.id.as_str()));
    let mut shown = table(&["what", "value"], rows);
    if let Some(description) = &event.description {
        shown.push('\n');
        for line in text::lines(description) {
            shown.push_str(&format!("\n{line}"));
        }
    }
    shown.trim_end().to_owned()
}
