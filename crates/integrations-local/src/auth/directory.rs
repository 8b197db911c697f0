//! The users as a directory.

use async_trait::async_trait;
use integrations_core::auth::{DirectoryUser, UserDirectory, UserId, UserQuery};
use integrations_core::{Error, Page, PageRequest, Result};

use super::{LocalSignIn, LocalUser};

/// How many users a page has when the caller does not say.
const PAGE: usize = 50;

fn entry(user: &LocalUser) -> DirectoryUser {
    let mut entry = DirectoryUser::new(user.id.as_str()).with_active(user.active);
    entry.email.clone_from(&user.email);
    entry.name.clone_from(&user.name);
    entry.username = Some(user.username.clone());
    entry.tenant.clone_from(&user.tenant);
    entry.groups = Some(user.groups.clone());
    entry
}

#[async_trait]
impl UserDirectory for LocalSignIn {
    async fn list_users(
        &self,
        query: &UserQuery,
        page: &PageRequest,
    ) -> Result<Page<DirectoryUser>> {
        let account = self.account().await?;
        let fits = |user: &&LocalUser| {
            let email = query.email.as_deref().is_none_or(|wanted| {
                user.email
                    .as_deref()
                    .is_some_and(|email| email.eq_ignore_ascii_case(wanted))
            });
            email
                && query
                    .group
                    .as_ref()
                    .is_none_or(|group| user.groups.contains(group))
        };
        let users = account.users.values().filter(fits).map(entry).collect();
        Page::slice_by(users, page, PAGE, |one| one.id.as_str())
    }

    async fn get_user(&self, id: &UserId) -> Result<DirectoryUser> {
        let account = self.account().await?;
        let found = account.users.values().find(|user| user.id == id.as_str());
        found
            .map(entry)
            .ok_or_else(|| Error::not_found(format_args!("the user {:?}", id.as_str())))
    }
}
