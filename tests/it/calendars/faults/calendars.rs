//! Calls on calendars and their sharing. What holds of a subscription is not seen through the trait:
//! the providers' own tests count its notices.

use async_trait::async_trait;
use integrations::calendar::{AclRole, AclScope, Calendar, CalendarPatch, NewCalendar};
use integrations::{IdempotencyKey, Result};

use super::cases::{Case, Found, Ready};
use crate::calendars::accounts::Account;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Create,
    Update,
    Delete,
    Share,
    Unshare,
}

pub(super) fn cases() -> Vec<Box<dyn Case>> {
    let all = [On::Create, On::Update, On::Delete, On::Share, On::Unshare];
    all.into_iter()
        .map(|on| Box::new(on) as Box<dyn Case>)
        .collect()
}

const FRIEND: &str = "friend@example.com";

fn friend() -> AclScope {
    AclScope::User(FRIEND.to_owned())
}

/// The names of the account's calendars that have a mark.
async fn named(account: &Account, mark: &str) -> Vec<String> {
    let all = account.direct.list_calendars().all().await.unwrap();
    let names = all.into_iter().map(|calendar| calendar.name);
    names.filter(|name| name.contains(mark)).collect()
}

#[async_trait]
impl Case for On {
    fn name(&self) -> &'static str {
        match self {
            Self::Create => "create_calendar",
            Self::Update => "update_calendar",
            Self::Delete => "delete_calendar",
            Self::Share => "put_acl",
            Self::Unshare => "remove_acl",
        }
    }

    fn serves(&self, account: &Account) -> bool {
        let can = account.direct.capabilities();
        match self {
            Self::Create | Self::Update | Self::Delete => can.calendar_write,
            Self::Share | Self::Unshare => can.sharing,
        }
    }

    /// A calendar takes no key everywhere: whoever repeats it after an unknown end may have two.
    fn repeats(&self) -> bool {
        *self != Self::Create
    }

    async fn prepare(&self, account: &Account) -> Ready {
        let mark = IdempotencyKey::random().as_str()[..8].to_owned();
        let mut ready = Ready {
            mark,
            ..Ready::default()
        };
        match self {
            Self::Create => {}
            Self::Update | Self::Delete => {
                let new = NewCalendar::new(format!("Before {}", ready.mark));
                let made = account.direct.create_calendar(new).await.unwrap();
                ready.calendar = Some(made.id);
            }
            Self::Share => {}
            Self::Unshare => {
                let sharing = account.direct.sharing().unwrap();
                sharing
                    .put(&account.home, friend(), AclRole::Reader)
                    .await
                    .unwrap();
            }
        }
        ready
    }

    async fn call(&self, account: &Account, ready: &Ready, calendar: &Calendar) -> Result<()> {
        let home = &account.home;
        match self {
            Self::Create => {
                let new = NewCalendar::new(format!("After {}", ready.mark));
                calendar.create_calendar(new).await.map(drop)
            }
            Self::Update => {
                let mut patch = CalendarPatch::default();
                patch.name = Some(format!("After {}", ready.mark));
                calendar
                    .update_calendar(ready.calendar(), patch)
                    .await
                    .map(drop)
            }
            Self::Delete => calendar.delete_calendar(ready.calendar()).await,
            Self::Share => {
                let sharing = calendar.sharing()?;
                sharing.put(home, friend(), AclRole::Writer).await.map(drop)
            }
            Self::Unshare => {
                let rules = account.direct.sharing()?.list(home).all().await?;
                let Some(rule) = rules.into_iter().find(|rule| rule.scope == friend()) else {
                    return Ok(());
                };
                calendar.sharing()?.remove(home, &rule.id).await
            }
        }
    }

    async fn found(&self, account: &Account, ready: &Ready) -> Found {
        let mark = &ready.mark;
        match self {
            Self::Create | Self::Update | Self::Delete => {
                let names = named(account, mark).await;
                let after = format!("After {mark}");
                match (self, &names[..]) {
                    (Self::Create, []) | (Self::Update | Self::Delete, [_])
                        if !names.contains(&after) =>
                    {
                        Found::Before
                    }
                    (Self::Create | Self::Update, [name]) if *name == after => Found::After,
                    (Self::Delete, []) => Found::After,
                    (_, other) => panic!("{}: {other:?}", self.name()),
                }
            }
            Self::Share | Self::Unshare => {
                let rules = account.direct.sharing().unwrap().list(&account.home);
                let rules = rules.all().await.unwrap();
                let of: Vec<&AclRole> = rules
                    .iter()
                    .filter(|rule| rule.scope == friend())
                    .map(|rule| &rule.role)
                    .collect();
                match (self, &of[..]) {
                    (Self::Share, []) | (Self::Unshare, [_]) => Found::Before,
                    (Self::Share, [AclRole::Writer]) | (Self::Unshare, []) => Found::After,
                    (_, other) => panic!("{}: {other:?}", self.name()),
                }
            }
        }
    }
}
