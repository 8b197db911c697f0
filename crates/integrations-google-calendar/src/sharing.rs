//! Sharing: the access control list.

use async_trait::async_trait;
use integrations_core::calendar::{
    AclRole, AclRule, AclRuleId, AclScope, CalendarId, SharingProvider,
};
use integrations_core::guard::Operation;
use integrations_core::{Error, Page, PageRequest, Raw, Result};
use integrations_google::Call;
use serde_json::{Value, json};

use crate::GoogleCalendar;
use crate::calendars::last_owner;
use crate::operations::{CALENDAR, LIST_ACL, PUT_ACL, REMOVE_ACL};
use crate::provider::{is_gone, items, missing, next_page};

/// "The maximum page size can never be larger than 250 entries" (discovery document, `maxResults`).
const MOST: u32 = 250;

#[async_trait]
impl SharingProvider for GoogleCalendar {
    async fn list_acl(&self, calendar: &CalendarId, page: &PageRequest) -> Result<Page<AclRule>> {
        let call = Call::get(&["calendars", calendar.as_str(), "acl"])
            .with_if("maxResults", page.limit.map(|limit| limit.get().min(MOST)))
            .with_if(
                "pageToken",
                page.cursor.as_ref().map(|cursor| cursor.as_str()),
            );
        let mut answer = self.api.send(&Operation::of(&LIST_ACL), &call).await?;
        let rules = items(&mut answer).into_iter().map(rule);
        Ok(next_page(rules.collect::<Result<_>>()?, &answer))
    }

    async fn put_acl(
        &self,
        calendar: &CalendarId,
        scope: &AclScope,
        role: &AclRole,
    ) -> Result<AclRule> {
        let scope = match scope {
            AclScope::User(who) => json!({"type": "user", "value": who}),
            AclScope::Group(who) => json!({"type": "group", "value": who}),
            AclScope::Domain(name) => json!({"type": "domain", "value": name}),
            AclScope::Public => json!({"type": "default"}),
            _ => return Err(Error::unsupported("sharing with another kind of scope")),
        };
        let role = match role {
            AclRole::FreeBusyReader => "freeBusyReader",
            AclRole::Reader => "reader",
            AclRole::Writer => "writer",
            AclRole::Owner => "owner",
            AclRole::Other(word) => word,
            _ => return Err(Error::unsupported("sharing with another role")),
        };
        // Google tells those a calendar is shared with unless it is asked not to; nothing here
        // sends mail that nobody asked for.
        let call = Call::post(&["calendars", calendar.as_str(), "acl"])
            .with("sendNotifications", false)
            .json(json!({"scope": scope, "role": role}));
        rule(self.api.send(&Operation::of(&PUT_ACL), &call).await?)
    }

    async fn remove_acl(&self, calendar: &CalendarId, rule: &AclRuleId) -> Result<()> {
        let call = Call::delete(&["calendars", calendar.as_str(), "acl", rule.as_str()]);
        match self.api.send(&Operation::of(&REMOVE_ACL), &call).await {
            Err(error) if is_gone(&error) => {
                // Either the rule is not there or the calendar is not.
                let call = Call::get(&["calendars", calendar.as_str()]);
                self.api
                    .send(&Operation::of(&CALENDAR), &call)
                    .await
                    .map(drop)
            }
            answer => answer.map(drop).map_err(last_owner),
        }
    }
}

fn rule(value: Value) -> Result<AclRule> {
    let id = value["id"]
        .as_str()
        .ok_or_else(|| missing("the rule has no id"))?;
    let who = || {
        value["scope"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let scope = match value["scope"]["type"].as_str() {
        Some("user") => AclScope::User(who()),
        Some("group") => AclScope::Group(who()),
        Some("domain") => AclScope::Domain(who()),
        Some("default") => AclScope::Public,
        other => AclScope::Other(other.unwrap_or_default().to_owned()),
    };
    let role = match value["role"].as_str().unwrap_or_default() {
        "freeBusyReader" => AclRole::FreeBusyReader,
        other => other.to_owned().into(),
    };
    let mut rule = AclRule::new(id, scope, role);
    rule.raw = Raw::from(value);
    Ok(rule)
}
