//! Calendars, the calendar list, and sharing.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::events::object;
use super::refusal::Refusal;
use super::route::{Call, Query};
use super::state::{Answer, Calendar, Fields, State, text};
use super::write::merge;

impl Calendar {
    /// As it is in the calendar list: the resource's fields, and those of the list.
    fn entry(&self) -> Value {
        let mut entry = self.entry.clone();
        for name in ["id", "summary", "description", "location", "timeZone"] {
            if let Some(value) = self.resource.get(name) {
                entry.insert(name.into(), value.clone());
            }
        }
        entry.insert("kind".into(), "calendar#calendarListEntry".into());
        let etag = text(&self.resource, "etag")
            .unwrap_or_default()
            .trim_matches('"')
            .to_owned();
        entry.insert("etag".into(), format!("\"l{etag}\"").into());
        entry.insert(
            "defaultReminders".into(),
            json!([{"method": "popup", "minutes": 30}]),
        );
        Value::Object(entry)
    }
}

/// Whether a zone is one of the IANA database.
fn check_zone(fields: &Fields) -> Answer<()> {
    let zone = text(fields, "timeZone");
    match zone.is_none_or(|zone| TimeZone::get(zone).is_ok()) {
        true => Ok(()),
        false => Err(Refusal::invalid("Invalid time zone.")),
    }
}

impl State {
    pub(super) fn calendar_list(&mut self, call: &Call<'_>) -> Answer {
        let items: Vec<Value> = self.calendars.values().map(Calendar::entry).collect();
        let (page, next) = slice(items, call.query, 100, 250)?;
        let mut answer = json!({"kind": "calendar#calendarList", "etag": format!("\"c{}\"", self.version()),
            "items": page});
        if let Some(next) = next {
            answer["nextPageToken"] = next.into();
        }
        Ok(answer)
    }

    pub(super) fn list_entry(&self, id: &str) -> Answer {
        Ok(self.calendar(id)?.entry())
    }

    /// What the list says of a calendar: `colorRgbFormat=true` allows colours as hexadecimal.
    pub(super) fn patch_entry(&mut self, id: &str, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let colored = body.contains_key("backgroundColor") || body.contains_key("foregroundColor");
        if colored && !call.query.is("colorRgbFormat") {
            return Err(Refusal::invalid("Colors need colorRgbFormat."));
        }
        let etag = self.etag();
        let calendar = self.calendar_mut(id)?;
        call.condition(calendar.entry().get("etag"))?;
        merge(&mut calendar.entry, &body);
        calendar.resource.insert("etag".into(), etag);
        let entry = calendar.entry();
        self.effects += 1;
        Ok(entry)
    }

    pub(super) fn get_calendar(&self, id: &str) -> Answer {
        Ok(Value::Object(self.calendar(id)?.resource.clone()))
    }

    pub(super) fn insert_calendar(&mut self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        if text(&body, "summary").is_none_or(str::is_empty) {
            return Err(Refusal::required("Missing calendar summary."));
        }
        check_zone(&body)?;
        let body = body
            .into_iter()
            .filter(|(name, _)| is_written(name))
            .collect();
        let id = format!("c{:08}@group.calendar.google.com", self.next());
        self.effects += 1;
        Ok(Value::Object(self.add_calendar(id, body)))
    }

    pub(super) fn patch_calendar(&mut self, id: &str, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        check_zone(&body)?;
        let body: Fields = body
            .into_iter()
            .filter(|(name, _)| is_written(name))
            .collect();
        let etag = self.etag();
        let calendar = self.calendar_mut(id)?;
        call.condition(calendar.resource.get("etag"))?;
        merge(&mut calendar.resource, &body);
        calendar.resource.insert("etag".into(), etag);
        if let Some(zone) = text(&calendar.resource, "timeZone") {
            calendar.zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        }
        let answer = Value::Object(calendar.resource.clone());
        self.effects += 1;
        Ok(answer)
    }

    /// "Deletes a secondary calendar. Use calendars.clear for clearing all events on primary
    /// calendars." With which status Google refuses the primary one is not described.
    pub(super) fn delete_calendar(&mut self, id: &str, call: &Call<'_>) -> Answer<()> {
        let id = self.calendar_id(id).to_owned();
        if id == self.owner {
            return Err(Refusal::forbidden());
        }
        call.condition(self.calendar(&id)?.resource.get("etag"))?;
        self.calendars.remove(&id);
        self.effects += 1;
        Ok(())
    }

    pub(super) fn list_acl(&mut self, calendar: &str, call: &Call<'_>) -> Answer {
        let rules = self.calendar(calendar)?.rules.values();
        let items = rules.map(|rule| Value::Object(rule.clone())).collect();
        let (page, next) = slice(items, call.query, 100, 250)?;
        let mut answer = json!({"kind": "calendar#acl", "etag": format!("\"a{}\"", self.version()), "items": page});
        match next {
            Some(next) => answer["nextPageToken"] = next.into(),
            None => answer["nextSyncToken"] = format!("acl-{}", self.version()).into(),
        }
        Ok(answer)
    }

    pub(super) fn get_acl(&self, calendar: &str, rule: &str) -> Answer {
        let rule = self.calendar(calendar)?.rules.get(rule);
        rule.map(|rule| Value::Object(rule.clone()))
            .ok_or_else(Refusal::not_found)
    }

    /// A rule for a scope takes the place of the one before: its id is made of the scope.
    pub(super) fn insert_acl(&mut self, calendar: &str, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let role = text(&body, "role").unwrap_or_default();
        if ![
            "none",
            "freeBusyReader",
            "reader",
            "writerWithoutPrivateAccess",
            "writer",
            "owner",
        ]
        .contains(&role)
        {
            return Err(Refusal::invalid("Invalid role."));
        }
        let scope = body.get("scope").cloned().unwrap_or_default();
        let id = match (scope["type"].as_str(), scope["value"].as_str()) {
            (Some("default"), None) => "default".to_owned(),
            (Some(kind @ ("user" | "group" | "domain")), Some(value)) if !value.is_empty() => {
                format!("{kind}:{value}")
            }
            _ => return Err(Refusal::invalid("Invalid scope value.")),
        };
        let etag = self.etag();
        let rule = object(
            json!({"kind": "calendar#aclRule", "etag": etag, "id": id, "scope": scope,
            "role": role}),
        );
        let rules = &mut self.calendar_mut(calendar)?.rules;
        match role {
            "none" => rules.remove(&id),
            _ => rules.insert(id, rule.clone()),
        };
        self.effects += 1;
        Ok(Value::Object(rule))
    }

    pub(super) fn delete_acl(&mut self, calendar: &str, rule: &str) -> Answer<()> {
        let own = format!("user:{}", self.owner);
        let rules = &mut self.calendar_mut(calendar)?.rules;
        let owner = |rule: &Fields| text(rule, "role") == Some("owner");
        if rule == own && rules.values().filter(|rule| owner(rule)).count() == 1 {
            return Err(Refusal::new(
                403,
                "cannotRemoveLastCalendarOwnerFromAcl",
                "The last owner stays.",
            ));
        }
        rules.remove(rule).ok_or_else(Refusal::not_found)?;
        self.effects += 1;
        Ok(())
    }
}

fn is_written(name: &str) -> bool {
    ["summary", "description", "location", "timeZone"].contains(&name)
}

/// A page of a list that is small; the token is where it goes on.
fn slice(
    items: Vec<Value>,
    query: &Query,
    usual: usize,
    most: usize,
) -> Answer<(Vec<Value>, Option<String>)> {
    let limit = match query.get("maxResults").map(str::parse::<usize>) {
        None => usual,
        Some(Ok(limit @ 1..)) => limit.min(most),
        Some(_) => {
            return Err(Refusal::parameter(
                "maxResults",
                "Invalid value for maxResults",
            ));
        }
    };
    let wrong = |_| Refusal::parameter("pageToken", "Invalid page token value.");
    let from: usize = query
        .get("pageToken")
        .map_or(Ok(0), str::parse)
        .map_err(wrong)?;
    let end = items.len().min(from.saturating_add(limit));
    let next = (end < items.len()).then(|| end.to_string());
    Ok((items.get(from..end).unwrap_or_default().to_vec(), next))
}
