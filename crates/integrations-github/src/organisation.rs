//! The members of an organisation.

use std::sync::Arc;

use async_trait::async_trait;
use integrations_core::auth::{DirectoryUser, UserDirectory, UserId, UserQuery};
use integrations_core::guard::Operation;
use integrations_core::oauth::AccessTokens;
use integrations_core::{Cursor, Error, ErrorKind, Page, PageRequest, Raw, Result};
use serde_json::Value;

use crate::operations::{MEMBERS, USER_BY_ID};
use crate::provider::Api;

/// The most members of a page.
const MAX_PAGE: u32 = 100;

/// An organisation whose members are a directory. The token needs `read:org`, or the permission
/// "Members" of a GitHub App; without it only public members are seen.
#[derive(Debug, Clone)]
pub struct Organisation {
    name: String,
    tokens: Arc<dyn AccessTokens>,
    pub(crate) api: Option<Api>,
}

impl Organisation {
    /// An organisation by its login, and what may read it.
    ///
    /// # Errors
    /// `Config` for a name that no organisation has.
    pub fn new(name: impl Into<String>, tokens: impl AccessTokens + 'static) -> Result<Self> {
        let name = name.into();
        Self::check(&name)?;
        Ok(Self {
            name,
            tokens: Arc::new(tokens),
            api: None,
        })
    }

    /// Logins are letters, digits and hyphens.
    pub(crate) fn check(name: &str) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match !name.is_empty() && name.chars().all(plain) {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::Config,
                "organisation is a login: letters, digits and hyphens",
            )),
        }
    }

    fn api(&self) -> Result<&Api> {
        let api = self.api.as_ref();
        api.ok_or_else(|| Error::internal("the organisation has no client"))
    }
}

#[async_trait]
impl UserDirectory for Organisation {
    async fn list_users(
        &self,
        query: &UserQuery,
        page: &PageRequest,
    ) -> Result<Page<DirectoryUser>> {
        if query.email.is_some() {
            return Err(Error::unsupported("users by address"));
        }
        if query.group.is_some() {
            return Err(Error::unsupported("users of a group"));
        }
        let number = match &page.cursor {
            None => 1,
            Some(cursor) => cursor
                .as_str()
                .parse::<u32>()
                .map_err(|_| Error::invalid_input("the cursor is none that this list gave"))?,
        };
        let size = page
            .limit
            .map_or(MAX_PAGE, |limit| limit.get().min(MAX_PAGE));
        let mut url = self.api()?.url(&["orgs", &self.name, "members"])?;
        url.query_pairs_mut()
            .append_pair("per_page", &size.to_string())
            .append_pair("page", &number.to_string());
        let token = self.tokens.access_token().await?;
        let told = self
            .api()?
            .get(&Operation::of(&MEMBERS), &url, &token)
            .await?;
        let users = told.json.as_array().into_iter().flatten();
        let items = users.filter_map(user).collect();
        // https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        let link = told.headers.get("link").and_then(|link| link.to_str().ok());
        let more = link.is_some_and(|link| link.contains("rel=\"next\""));
        let next = more.then(|| Cursor::new((number + 1).to_string()));
        Ok(Page { items, next })
    }

    async fn get_user(&self, id: &UserId) -> Result<DirectoryUser> {
        if id.as_str().parse::<u64>().is_err() {
            return Err(Error::invalid_input(
                "an account's id at GitHub is a number",
            ));
        }
        let url = self.api()?.url(&["user", id.as_str()])?;
        let token = self.tokens.access_token().await?;
        let told = self
            .api()?
            .get(&Operation::of(&USER_BY_ID), &url, &token)
            .await?;
        user(&told.json).ok_or_else(|| Error::new(ErrorKind::Decode, "the user has no id"))
    }
}

fn user(told: &Value) -> Option<DirectoryUser> {
    let text = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut user = DirectoryUser::new(told.get("id")?.as_u64()?.to_string());
    user.username = text("login");
    user.name = text("name");
    user.email = text("email");
    Some(user.with_raw(Raw::Json(told.clone())))
}
