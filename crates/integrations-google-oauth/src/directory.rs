//! The users of a Workspace, by the Admin SDK's Directory API.

use std::sync::Arc;

use async_trait::async_trait;
use integrations_core::auth::{DirectoryUser, UserDirectory, UserId, UserQuery};
use integrations_core::guard::Operation;
use integrations_core::oauth::{AccessTokens, OAuthClient};
use integrations_core::{Cursor, Error, ErrorKind, Page, PageRequest, Raw, Result};
use serde_json::Value;
use url::Url;

use crate::operations::{GET_USER, LIST_USERS};

/// Where the Directory API is.
const ADMIN: &str = "https://admin.googleapis.com";

/// The most users of a page
/// (<https://developers.google.com/admin-sdk/directory/reference/rest/v1/users/list>).
const MAX_PAGE: u32 = 500;

/// The directory of a Workspace. The tokens need
/// `https://www.googleapis.com/auth/admin.directory.user.readonly`, and are an administrator's or a
/// service account's with delegation.
#[derive(Debug, Clone)]
pub struct GoogleDirectory {
    client: Option<OAuthClient>,
    tokens: Arc<dyn AccessTokens>,
    base: Url,
}

impl GoogleDirectory {
    /// The directory that these tokens may read.
    ///
    /// # Errors
    /// None in practice.
    pub fn new(tokens: impl AccessTokens + 'static) -> Result<Self> {
        Ok(Self {
            client: None,
            tokens: Arc::new(tokens),
            base: Url::parse(ADMIN).map_err(|_| Error::internal("an address of ours is wrong"))?,
        })
    }

    /// Asks elsewhere, for a stand-in.
    #[must_use]
    pub fn with_base(mut self, base: Url) -> Self {
        self.base = base;
        self
    }

    pub(crate) fn over(mut self, client: OAuthClient) -> Self {
        self.client = Some(client);
        self
    }

    async fn read(&self, operation: &Operation, url: &Url) -> Result<Value> {
        let client = self.client.as_ref();
        let client = client.ok_or_else(|| Error::internal("the directory has no client"))?;
        let token = self.tokens.access_token().await?;
        Ok(client.get_json(operation, url, &token, &[]).await?.json)
    }

    fn url(&self, segments: &[&str]) -> Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::new(ErrorKind::Config, "the directory's address is no https URL"))?
            .pop_if_empty()
            .extend(["admin", "directory", "v1", "users"])
            .extend(segments);
        Ok(url)
    }
}

#[async_trait]
impl UserDirectory for GoogleDirectory {
    async fn list_users(
        &self,
        query: &UserQuery,
        page: &PageRequest,
    ) -> Result<Page<DirectoryUser>> {
        if query.group.is_some() {
            return Err(Error::unsupported("users of a group"));
        }
        let mut url = self.url(&[])?;
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("customer", "my_customer");
            pairs.append_pair("orderBy", "email");
            let size = page
                .limit
                .map_or(MAX_PAGE, |limit| limit.get().min(MAX_PAGE));
            pairs.append_pair("maxResults", &size.to_string());
            if let Some(email) = &query.email {
                pairs.append_pair("query", &format!("email={}", quoted(email)?));
            }
            if let Some(cursor) = &page.cursor {
                pairs.append_pair("pageToken", cursor.as_str());
            }
        }
        let told = self.read(&Operation::of(&LIST_USERS), &url).await?;
        let users = told.get("users").and_then(Value::as_array);
        let users = users.into_iter().flatten().filter_map(user).collect();
        let next = told.get("nextPageToken").and_then(Value::as_str);
        let next = next.filter(|next| !next.is_empty()).map(Cursor::new);
        Ok(Page { items: users, next })
    }

    async fn get_user(&self, id: &UserId) -> Result<DirectoryUser> {
        let url = self.url(&[id.as_str()])?;
        let told = self.read(&Operation::of(&GET_USER), &url).await?;
        user(&told).ok_or_else(|| Error::new(ErrorKind::Decode, "the user has no id"))
    }
}

/// A value of a search, as the API quotes them
/// (<https://developers.google.com/admin-sdk/directory/v1/guides/search-users>).
fn quoted(value: &str) -> Result<String> {
    match value.contains(['\'', '\\', '"']) || value.chars().any(char::is_control) {
        true => Err(Error::invalid_input(
            "the address has characters that no search can have",
        )),
        false => Ok(format!("'{value}'")),
    }
}

fn user(told: &Value) -> Option<DirectoryUser> {
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    let mut user = DirectoryUser::new(text("id")?);
    user.email = text("primaryEmail").map(str::to_owned);
    user.username.clone_from(&user.email);
    let name = told.get("name").and_then(|name| name.get("fullName"));
    user.name = name.and_then(Value::as_str).map(str::to_owned);
    user.tenant = text("customerId").map(str::to_owned);
    let switch = |name: &str| told.get(name).and_then(Value::as_bool);
    user.active =
        switch("suspended").map(|suspended| !suspended && !switch("archived").unwrap_or(false));
    Some(user.with_raw(Raw::Json(told.clone())))
}
