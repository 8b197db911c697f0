//! Calendars: what holds for everybody is the resource `calendars`, and what this account sees of
//! one is its entry in the `calendarList`.

use integrations_core::calendar::{CalendarId, CalendarInfo, CalendarPatch, NewCalendar, Patch};
use integrations_core::guard::Operation;
use integrations_core::time::TzId;
use integrations_core::{Effect, Error, ErrorKind, Page, PageRequest, Raw, Result};
use integrations_google::Call;
use serde_json::{Map, Value, json};

use crate::GoogleCalendar;
use crate::operations::{
    CALENDAR, DELETE_CALENDAR, ENTRY, INSERT_CALENDAR, LIST_CALENDARS, PATCH_CALENDAR,
};
use crate::provider::{is_gone, items, missing, next_page};

/// "The maximum page size can never be larger than 250 entries" (discovery document, `maxResults`).
const MOST: u32 = 250;

impl GoogleCalendar {
    pub(crate) async fn calendar_list(&self, page: &PageRequest) -> Result<Page<CalendarInfo>> {
        let call = Call::get(&["users", "me", "calendarList"])
            .with_if("maxResults", page.limit.map(|limit| limit.get().min(MOST)))
            .with_if("pageToken", page.cursor.as_ref().map(|it| it.as_str()));
        let mut answer = self
            .api
            .send(&Operation::of(&LIST_CALENDARS), &call)
            .await?;
        let all = items(&mut answer)
            .into_iter()
            .map(|entry| info(&Value::Null, entry));
        Ok(next_page(all.collect::<Result<_>>()?, &answer))
    }

    pub(crate) async fn calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        let call = Call::get(&["calendars", id.as_str()]);
        let resource = self.api.send(&Operation::of(&CALENDAR), &call).await?;
        self.with_entry(resource).await
    }

    /// Adds what this account sees of a calendar. One that it reads without having it in its list
    /// is not known to be writable.
    async fn with_entry(&self, resource: Value) -> Result<CalendarInfo> {
        let id = resource["id"]
            .as_str()
            .ok_or_else(|| missing("the calendar has no id"))?;
        let call = Call::get(&["users", "me", "calendarList", id]);
        let entry = match self.api.send(&Operation::of(&ENTRY), &call).await {
            Err(error) if is_gone(&error) => Value::Null,
            answer => answer?,
        };
        info(&resource, entry)
    }

    pub(crate) async fn insert_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo> {
        self.capabilities.check_new_calendar(new)?;
        if new.key.is_some() {
            return Err(Error::unsupported("idempotent_create of calendars"));
        }
        let mut body = json!({"summary": new.name});
        if let Some(description) = &new.description {
            body["description"] = description.as_str().into();
        }
        if let Some(zone) = &new.time_zone {
            body["timeZone"] = zone_name(zone)?.into();
        }
        let call = Call::post(&["calendars"]).json(body);
        let made = self
            .api
            .send(&Operation::of(&INSERT_CALENDAR), &call)
            .await?;
        // Who makes a calendar owns it, and it is in their list.
        let mut made = info(&made.clone(), made)?;
        made.writable = true;
        Ok(made)
    }

    pub(crate) async fn patch_calendar(
        &self,
        id: &CalendarId,
        patch: &CalendarPatch,
    ) -> Result<CalendarInfo> {
        self.capabilities.check_calendar_patch(patch)?;
        let mut body = Map::new();
        if let Some(name) = &patch.name {
            body.insert("summary".into(), name.as_str().into());
        }
        match &patch.description {
            Patch::Keep => {}
            Patch::Clear => drop(body.insert("description".into(), Value::Null)),
            Patch::Set(text) => drop(body.insert("description".into(), text.as_str().into())),
        }
        match &patch.time_zone {
            Patch::Keep => {}
            // A calendar always has a zone.
            Patch::Clear => return Err(Error::unsupported("a calendar without a time zone")),
            Patch::Set(zone) => drop(body.insert("timeZone".into(), zone_name(zone)?.into())),
        }
        let call = Call::patch(&["calendars", id.as_str()])
            .if_match(patch.if_match.as_ref().map(|etag| etag.as_str()))
            .json(Value::Object(body));
        let changed = self
            .api
            .send(&Operation::of(&PATCH_CALENDAR), &call)
            .await?;
        // It is changed, whatever becomes of reading the rest.
        let changed = self.with_entry(changed).await;
        changed.map_err(|error| error.with_effect(Effect::Applied))
    }

    pub(crate) async fn remove_calendar(&self, id: &CalendarId) -> Result<()> {
        let call = Call::delete(&["calendars", id.as_str()]);
        match self.api.send(&Operation::of(&DELETE_CALENDAR), &call).await {
            Err(error) if is_gone(&error) => Ok(()),
            answer => answer.map(drop),
        }
    }
}

fn zone_name(zone: &TzId) -> Result<&str> {
    let name = zone.iana.as_deref();
    name.ok_or_else(|| Error::unsupported("a zone without an IANA name"))
}

/// A calendar from its resource, where that was asked for, and its entry in the list.
fn info(resource: &Value, entry: Value) -> Result<CalendarInfo> {
    let both = |name: &str| {
        entry[name]
            .as_str()
            .or(resource[name].as_str())
            .map(str::to_owned)
    };
    let id = both("id").ok_or_else(|| missing("the calendar has no id"))?;
    // The name for everybody goes before the one that this account gave it.
    let own = |name: &str| {
        resource[name]
            .as_str()
            .or(entry[name].as_str())
            .map(str::to_owned)
    };
    let mut info = CalendarInfo::new(id, own("summary").unwrap_or_default());
    info.etag = resource["etag"].as_str().map(Into::into);
    info.description = own("description");
    info.time_zone = own("timeZone").map(|name| match jiff::tz::TimeZone::get(&name) {
        Ok(_) => TzId::iana(name),
        Err(_) => TzId::unknown(name),
    });
    info.color = both("backgroundColor");
    info.writable = matches!(
        entry["accessRole"].as_str(),
        Some("owner" | "writer" | "writerWithoutPrivateAccess")
    );
    info.primary = entry["primary"] == true;
    info.raw = Raw::from(match entry {
        Value::Null => resource.clone(),
        entry => entry,
    });
    Ok(info)
}

/// The last owner of a calendar cannot be taken away.
pub(crate) fn last_owner(error: Error) -> Error {
    match error.code() {
        Some("cannotRemoveLastCalendarOwnerFromAcl" | "cannotChangeOwnAcl") => {
            let code = error.code().unwrap_or_default().to_owned();
            Error::new(ErrorKind::Conflict, "the calendar's last owner stays").with_code(code)
        }
        _ => error,
    }
}
