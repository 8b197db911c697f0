//! Sharing: permissions of calendars
//! (<https://learn.microsoft.com/en-us/graph/api/resources/calendarpermission>).

use async_trait::async_trait;
use integrations_core::calendar::{
    AclRole, AclRule, AclRuleId, AclScope, CalendarId, SharingProvider,
};
use integrations_core::guard::Operation;
use integrations_core::{Effect, Error, Page, PageRequest, Raw, Result};
use integrations_microsoft_graph::Call;
use serde_json::{Value, json};

use crate::Outlook;
use crate::operations::{CALENDAR, LIST_ACL, PUT_ACL, REMOVE_ACL};
use crate::provider::{is_gone, items, missing, next_link, page as page_of, paged};

const MOST: u32 = 100;

/// Roles of Graph's own that can be given by their names.
const OTHERS: [&str; 3] = [
    "limitedRead",
    "delegateWithoutPrivateEventAccess",
    "delegateWithPrivateEventAccess",
];

fn role_name(role: &AclRole) -> Result<&str> {
    Ok(match role {
        AclRole::FreeBusyReader => "freeBusyRead",
        AclRole::Reader => "read",
        AclRole::Writer => "write",
        AclRole::Other(word) if OTHERS.contains(&&**word) => word,
        // Who may share it too is its owner alone.
        other => return Err(Error::unsupported(format_args!("the role {other:?}"))),
    })
}

#[async_trait]
impl SharingProvider for Outlook {
    async fn list_acl(&self, calendar: &CalendarId, page: &PageRequest) -> Result<Page<AclRule>> {
        let first = Call::get(&self.path(calendar, &["calendarPermissions"]));
        let call = paged(first, page, MOST);
        let mut answer = self.api.send(&Operation::of(&LIST_ACL), &call).await?;
        let rules = items(&mut answer).into_iter().map(rule);
        Ok(page_of(rules.collect::<Result<_>>()?, &answer))
    }

    async fn put_acl(
        &self,
        calendar: &CalendarId,
        scope: &AclScope,
        role: &AclRole,
    ) -> Result<AclRule> {
        let AclScope::User(who) = scope else {
            return Err(Error::unsupported("sharing with others than single people"));
        };
        let role = role_name(role)?;
        let operation = Operation::of(&PUT_ACL);
        let given = self.api.guard().run(&operation, |_| async move {
            let known = self.permission_of(calendar, who).await;
            // Reading changes nothing, whatever became of it.
            let known = known.map_err(|error| error.with_effect(Effect::NotApplied))?;
            let call = match known {
                Some(id) => Call::patch(&self.path(calendar, &["calendarPermissions", &id]))
                    .json(json!({"role": role})),
                None => Call::post(&self.path(calendar, &["calendarPermissions"]))
                    .json(json!({"emailAddress": {"address": who}, "role": role})),
            };
            self.api.attempt(&call).await
        });
        rule(given.await?)
    }

    async fn remove_acl(&self, calendar: &CalendarId, rule: &AclRuleId) -> Result<()> {
        let call = Call::delete(&self.path(calendar, &["calendarPermissions", rule.as_str()]));
        match self.api.send(&Operation::of(&REMOVE_ACL), &call).await {
            Err(error) if is_gone(&error) => {
                // Either the permission is not there or the calendar is not.
                let call = Call::get(&self.path(calendar, &[]));
                let there = self.api.send(&Operation::of(&CALENDAR), &call).await;
                there.map(drop)
            }
            answer => answer.map(drop),
        }
    }
}

impl Outlook {
    /// The permission that somebody has already: another one would be refused.
    async fn permission_of(&self, calendar: &CalendarId, who: &str) -> Result<Option<String>> {
        let mut call = Call::get(&self.path(calendar, &["calendarPermissions"]));
        loop {
            let mut answer = self.api.attempt(&call).await?;
            for one in items(&mut answer) {
                let address = one["emailAddress"]["address"].as_str();
                if address.is_some_and(|address| address.eq_ignore_ascii_case(who)) {
                    return Ok(one["id"].as_str().map(str::to_owned));
                }
            }
            match next_link(&answer) {
                Some(link) => call = Call::follow(link),
                None => return Ok(None),
            }
        }
    }
}

fn rule(value: Value) -> Result<AclRule> {
    let id = value["id"].as_str();
    let id = id.ok_or_else(|| missing("the permission has no id"))?;
    let scope = match value["emailAddress"]["address"].as_str() {
        Some(address) if !address.is_empty() => AclScope::User(address.to_owned()),
        // "My Organization" is everybody of the tenant, and has no address.
        _ => {
            let name = value["emailAddress"]["name"].as_str();
            AclScope::Other(name.unwrap_or_default().to_owned())
        }
    };
    let role = match value["role"].as_str().unwrap_or_default() {
        "freeBusyRead" => AclRole::FreeBusyReader,
        "read" => AclRole::Reader,
        "write" => AclRole::Writer,
        other => AclRole::Other(other.to_owned()),
    };
    let mut rule = AclRule::new(id, scope, role);
    rule.raw = Raw::from(value);
    Ok(rule)
}
