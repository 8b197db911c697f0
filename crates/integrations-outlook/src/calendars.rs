//! Calendars themselves (<https://learn.microsoft.com/en-us/graph/api/resources/calendar>). They have
//! a name and a colour of Outlook's; times are shown in the zone of the mailbox.

use integrations_core::calendar::{CalendarId, CalendarInfo, CalendarPatch, NewCalendar};
use integrations_core::guard::Operation;
use integrations_core::{Error, Page, PageRequest, Raw, Result};
use integrations_microsoft_graph::Call;
use serde_json::{Value, json};

use crate::Outlook;
use crate::operations::{
    CALENDAR, DELETE_CALENDAR, INSERT_CALENDAR, LIST_CALENDARS, PATCH_CALENDAR,
};
use crate::provider::{is_gone, items, missing, page as page_of, paged};

const MOST: u32 = 100;

impl Outlook {
    pub(crate) async fn calendar_list(&self, page: &PageRequest) -> Result<Page<CalendarInfo>> {
        let first = Call::get(&self.below(&["calendars"]));
        let call = paged(first, page, MOST);
        let mut answer = self
            .api
            .send(&Operation::of(&LIST_CALENDARS), &call)
            .await?;
        let all = items(&mut answer).into_iter().map(info);
        Ok(page_of(all.collect::<Result<_>>()?, &answer))
    }

    pub(crate) async fn calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        let call = Call::get(&self.path(id, &[]));
        info(self.api.send(&Operation::of(&CALENDAR), &call).await?)
    }

    pub(crate) async fn insert_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo> {
        self.capabilities.check_new_calendar(new)?;
        if new.key.is_some() {
            return Err(Error::unsupported("idempotent_create of calendars"));
        }
        let call = Call::post(&self.below(&["calendars"])).json(json!({"name": new.name}));
        let operation = Operation::of(&INSERT_CALENDAR);
        info(self.api.send(&operation, &call).await?)
    }

    pub(crate) async fn patch_calendar(
        &self,
        id: &CalendarId,
        patch: &CalendarPatch,
    ) -> Result<CalendarInfo> {
        self.capabilities.check_calendar_patch(patch)?;
        let Some(name) = &patch.name else {
            return Err(Error::invalid_input("the patch changes nothing"));
        };
        let call = Call::patch(&self.path(id, &[])).json(json!({"name": name}));
        let operation = Operation::of(&PATCH_CALENDAR);
        info(self.api.send(&operation, &call).await?)
    }

    pub(crate) async fn remove_calendar(&self, id: &CalendarId) -> Result<()> {
        let call = Call::delete(&self.path(id, &[]));
        match self.api.send(&Operation::of(&DELETE_CALENDAR), &call).await {
            Err(error) if is_gone(&error) => Ok(()),
            answer => answer.map(drop),
        }
    }
}

fn info(value: Value) -> Result<CalendarInfo> {
    let id = value["id"].as_str();
    let id = id.ok_or_else(|| missing("the calendar has no id"))?;
    let mut info = CalendarInfo::new(id, value["name"].as_str().unwrap_or_default());
    let color = value["hexColor"].as_str().filter(|it| !it.is_empty());
    info.color = color.map(str::to_owned);
    info.writable = value["canEdit"] == true;
    info.primary = value["isDefaultCalendar"] == true;
    info.raw = Raw::from(value);
    Ok(info)
}
