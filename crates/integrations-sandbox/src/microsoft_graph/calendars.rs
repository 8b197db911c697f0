//! Calendars (<https://learn.microsoft.com/graph/api/resources/calendar>).

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place};
use super::show::change_key;
use super::state::{Answer, Calendar, Fields, Mailbox, State};
use super::times::text;

const COLOURS: [&str; 11] = [
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
    "maxColor",
];

/// What a client sets; the rest is read over.
const OWN: [&str; 4] = [
    "name",
    "color",
    "isDefaultCalendar",
    "defaultOnlineMeetingProvider",
];

const PROPERTIES: [&str; 15] = [
    "id",
    "name",
    "color",
    "hexColor",
    "isDefaultCalendar",
    "changeKey",
    "canShare",
    "canViewPrivateItems",
    "canEdit",
    "allowedOnlineMeetingProviders",
    "defaultOnlineMeetingProvider",
    "isTallyingResponses",
    "isRemovable",
    "owner",
    "calendarPermissions",
];

/// What a request sets of a calendar.
fn accepted(sent: Fields) -> Answer<Fields> {
    let mut body = Fields::new();
    for (name, value) in sent {
        if OWN.contains(&name.as_str()) {
            body.insert(name, value);
        } else if !name.contains('@') && !PROPERTIES.contains(&name.as_str()) {
            return Err(Refusal::body(format!(
                "The property '{name}' does not exist on type 'microsoft.graph.calendar'."
            )));
        }
    }
    if let Some(colour) = body.get("color")
        && !colour
            .as_str()
            .is_some_and(|colour| COLOURS.contains(&colour))
    {
        return Err(Refusal::body(format!(
            "Requested value {colour} was not found."
        )));
    }
    if let Some(name) = body.get("name")
        && name.as_str().is_none_or(|name| name.trim().is_empty())
    {
        return Err(Refusal::property("A calendar needs a name."));
    }
    Ok(body)
}

impl State {
    /// Adds a calendar, and gives its id.
    pub(super) fn add_calendar(&mut self, to: &mut Mailbox, body: Fields, default: bool) -> String {
        let number = self.next();
        let id = format!("AAMkADCx{number:010}AAA=");
        let name = to.address.split('@').next().unwrap_or_default();
        let made = json!({
            "id": id, "name": "Calendar", "color": "auto", "hexColor": "",
            "isDefaultCalendar": default, "changeKey": change_key(number), "canShare": true,
            "canViewPrivateItems": true, "canEdit": true, "isTallyingResponses": default,
            "allowedOnlineMeetingProviders": ["teamsForBusiness"],
            "defaultOnlineMeetingProvider": "teamsForBusiness", "isRemovable": !default,
            "owner": {"name": name, "address": to.address},
        });
        let mut calendar = Calendar::default();
        if let Value::Object(fields) = made {
            calendar.resource = fields;
        }
        calendar.resource.extend(body);
        super::permissions::organization(&mut calendar);
        to.calendars.insert(id.clone(), calendar);
        id
    }

    /// The calendar of a path: the one it names, or the default one.
    pub(super) fn calendar_id(&self, at: &Place) -> Answer<String> {
        let mailbox = self.mailbox(&at.mailbox)?;
        let id = at.calendar.as_deref().unwrap_or(&mailbox.default);
        mailbox.calendar(id)?;
        Ok(id.to_owned())
    }

    pub(super) fn list_calendars(&self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&["$top", "$skip", "$select", "$count"])?;
        let mailbox = self.mailbox(&at.mailbox)?;
        let all = mailbox.calendars.values();
        let all = all.map(|calendar| selected(&calendar.resource, call));
        call.slice(all.collect::<Answer<Vec<_>>>()?, at)
    }

    pub(super) fn create_calendar(&mut self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = accepted(call.body()?)?;
        let name =
            text(&body, "name").ok_or_else(|| Refusal::property("A calendar needs a name."))?;
        self.unused(at, name, None)?;
        let Some(mut mailbox) = self.mailboxes.remove(&at.mailbox) else {
            return Err(Refusal::no_mailbox());
        };
        let id = self.add_calendar(&mut mailbox, body, false);
        let made = mailbox.calendar(&id).map(|made| made.resource.clone());
        self.mailboxes.insert(at.mailbox.clone(), mailbox);
        self.effects += 1;
        Ok(Reply::json(
            201,
            Value::Object(call.one(made?, at, "calendars")),
        ))
    }

    /// A calendar is a folder, and no two of a mailbox have one name: `ErrorFolderExists`
    /// (<https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode>).
    fn unused(&self, at: &Place, name: &str, own: Option<&str>) -> Answer<()> {
        let mut all = self.mailbox(&at.mailbox)?.calendars.iter();
        let taken = all.any(|(id, other)| {
            let known = text(&other.resource, "name").unwrap_or_default();
            Some(id.as_str()) != own && known.to_lowercase() == name.to_lowercase()
        });
        match taken {
            false => Ok(()),
            true => Err(Refusal::new(
                409,
                "ErrorFolderExists",
                "A folder with the specified name already exists.",
            )),
        }
    }

    pub(super) fn get_calendar(&self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&["$select"])?;
        let mailbox = self.mailbox(&at.mailbox)?;
        let resource = &mailbox.calendar(&self.calendar_id(at)?)?.resource;
        let mut made = selected(resource, call)?;
        made["@odata.context"] = call.context(at).into();
        Ok(Reply::json(200, made))
    }

    pub(super) fn patch_calendar(&mut self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let mut body = accepted(call.body()?)?;
        let id = self.calendar_id(at)?;
        if let Some(name) = text(&body, "name") {
            self.unused(at, name, Some(&id))?;
        }
        let default = body.remove("isDefaultCalendar") == Some(Value::Bool(true));
        let key = change_key(self.next());
        let mailbox = self.mailbox_mut(&at.mailbox)?;
        if default {
            mailbox.default.clone_from(&id);
        }
        for (other, calendar) in &mut mailbox.calendars {
            let is = *other == mailbox.default;
            calendar
                .resource
                .insert("isDefaultCalendar".into(), is.into());
            calendar.resource.insert("isRemovable".into(), (!is).into());
        }
        let resource = &mut mailbox.calendar_mut(&id)?.resource;
        resource.extend(body);
        resource.insert("changeKey".into(), key.into());
        let made = resource.clone();
        self.effects += 1;
        Ok(Reply::json(
            200,
            Value::Object(call.one(made, at, "calendars")),
        ))
    }

    /// "Delete a calendar other than the default calendar"
    /// (<https://learn.microsoft.com/graph/api/calendar-delete>); which error the default one gives,
    /// is not described.
    pub(super) fn delete_calendar(&mut self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let id = self.calendar_id(at)?;
        let mailbox = self.mailbox_mut(&at.mailbox)?;
        if id == mailbox.default {
            return Err(Refusal::new(
                403,
                "ErrorDeleteDistinguishedFolder",
                "Distinguished folders cannot be deleted.",
            ));
        }
        mailbox.calendars.remove(&id);
        self.effects += 1;
        Ok(Reply::nothing(204))
    }

    /// The calendar of an event.
    pub(super) fn calendar_of(&self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&["$select"])?;
        let (calendar, _) = self.found(at, &super::ids::key(id)?)?;
        let resource = &self.mailbox(&at.mailbox)?.calendar(&calendar)?.resource;
        Ok(Reply::json(200, selected(resource, call)?))
    }
}

fn selected(resource: &Fields, call: &Call<'_>) -> Answer {
    let mut made = resource.clone();
    if let Some(text) = call.query.get("$select") {
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        if let Some(name) = names.iter().find(|name| !PROPERTIES.contains(name)) {
            return Err(Refusal::query(format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.calendar'."
            )));
        }
        made.retain(|name, _| name == "id" || names.contains(&name.as_str()));
    }
    Ok(Value::Object(made))
}
