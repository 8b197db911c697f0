//! Sharing (<https://learn.microsoft.com/graph/api/resources/calendarpermission>).

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place};
use super::state::{Answer, Calendar, Fields, State};
use super::times::text;

/// The roles that one person can have.
const ROLES: [&str; 8] = [
    "none",
    "freeBusyRead",
    "limitedRead",
    "read",
    "write",
    "delegateWithoutPrivateEventAccess",
    "delegateWithPrivateEventAccess",
    "custom",
];

/// What everybody of the organization may, which cannot be removed.
pub(super) fn organization(calendar: &mut Calendar) {
    let made = json!({
        "id": "RGVmYXVsdA==", "isRemovable": false, "isInsideOrganization": true,
        "role": "freeBusyRead", "emailAddress": {"name": "My Organization"},
        "allowedRoles": ["none", "freeBusyRead", "limitedRead", "read", "write"],
    });
    if let Value::Object(made) = made {
        calendar.permissions.insert("RGVmYXVsdA==".to_owned(), made);
    }
}

fn role(body: &Fields) -> Answer<Value> {
    let role = text(body, "role").unwrap_or_default();
    match ROLES.contains(&role) && role != "custom" {
        true => Ok(role.into()),
        false => Err(Refusal::body(format!(
            "Requested value '{role}' was not found."
        ))),
    }
}

fn only(body: &Fields) -> Answer<()> {
    let names = [
        "id",
        "emailAddress",
        "isInsideOrganization",
        "isRemovable",
        "role",
        "allowedRoles",
    ];
    let other = body
        .keys()
        .find(|name| !name.contains('@') && !names.contains(&name.as_str()));
    match other {
        None => Ok(()),
        Some(name) => Err(Refusal::body(format!(
            "The property '{name}' does not exist on type 'microsoft.graph.calendarPermission'."
        ))),
    }
}

impl State {
    pub(super) fn list_permissions(&self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&["$top", "$skip", "$count"])?;
        let mailbox = self.mailbox(&at.mailbox)?;
        let all = mailbox
            .calendar(&self.calendar_id(at)?)?
            .permissions
            .values();
        call.slice(all.cloned().map(Value::Object).collect(), at)
    }

    pub(super) fn get_permission(&self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let calendar = self
            .mailbox(&at.mailbox)?
            .calendar(&self.calendar_id(at)?)?;
        let found = calendar
            .permissions
            .get(id)
            .ok_or_else(Refusal::not_found)?;
        Ok(Reply::json(200, Value::Object(found.clone())))
    }

    /// One who has a permission already is an error, `ErrorDuplicateUserIdsSpecified` of Exchange:
    /// what Graph says of it is not described.
    pub(super) fn create_permission(&mut self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.body()?;
        only(&body)?;
        let role = role(&body)?;
        let who = body.get("emailAddress").cloned().unwrap_or_default();
        let address = who["address"].as_str().unwrap_or_default().to_lowercase();
        if !address.contains('@') {
            return Err(Refusal::property(
                "The permission needs the address of a person.",
            ));
        }
        let id = self.calendar_id(at)?;
        let number = self.next();
        let calendar = self.mailbox_mut(&at.mailbox)?.calendar_mut(&id)?;
        let mut all = calendar.permissions.values();
        let taken = all.any(|one| {
            let known = one
                .get("emailAddress")
                .and_then(|it| it["address"].as_str());
            known.is_some_and(|known| known.eq_ignore_ascii_case(&address))
        });
        if taken {
            let words = "The user has a permission of this calendar already.";
            return Err(Refusal::new(409, "ErrorDuplicateUserIdsSpecified", words));
        }
        let key = format!("L289RXhjaGFuZ2{number:06}");
        let name = who["name"].as_str().unwrap_or(&address);
        let made = json!({
            "id": key, "isRemovable": true, "role": role, "allowedRoles": ROLES[..7],
            "isInsideOrganization": body.get("isInsideOrganization").and_then(Value::as_bool).unwrap_or(true),
            "emailAddress": {"name": name, "address": address},
        });
        if let Value::Object(made) = &made {
            calendar.permissions.insert(key, made.clone());
        }
        self.effects += 1;
        Ok(Reply::json(201, made))
    }

    /// Of a permission the role alone can be changed
    /// (<https://learn.microsoft.com/graph/api/calendarpermission-update>).
    pub(super) fn patch_permission(
        &mut self,
        at: &Place,
        id: &str,
        call: &Call<'_>,
    ) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.body()?;
        only(&body)?;
        let role = role(&body)?;
        let calendar = self.calendar_id(at)?;
        let calendar = self.mailbox_mut(&at.mailbox)?.calendar_mut(&calendar)?;
        let one = calendar
            .permissions
            .get_mut(id)
            .ok_or_else(Refusal::not_found)?;
        one.insert("role".into(), role);
        let made = one.clone();
        self.effects += 1;
        Ok(Reply::json(200, Value::Object(made)))
    }

    pub(super) fn delete_permission(
        &mut self,
        at: &Place,
        id: &str,
        call: &Call<'_>,
    ) -> Answer<Reply> {
        call.query.only(&[])?;
        let calendar = self.calendar_id(at)?;
        let calendar = self.mailbox_mut(&at.mailbox)?.calendar_mut(&calendar)?;
        let one = calendar
            .permissions
            .get(id)
            .ok_or_else(Refusal::not_found)?;
        if one.get("isRemovable") != Some(&Value::Bool(true)) {
            return Err(Refusal::forbidden(
                "The permission of the organization cannot be removed.",
            ));
        }
        calendar.permissions.remove(id);
        self.effects += 1;
        Ok(Reply::nothing(204))
    }
}
