//! The users of a tenant, at Microsoft Graph.

use std::sync::Arc;

use async_trait::async_trait;
use integrations_core::auth::{DirectoryUser, UserDirectory, UserId, UserQuery};
use integrations_core::guard::Operation;
use integrations_core::oauth::{AccessTokens, OAuthClient};
use integrations_core::{Cursor, Error, ErrorKind, Page, PageRequest, Raw, Result, SecretString};
use serde_json::Value;
use url::Url;

use crate::operations::{GET_USER, LIST_USERS, MEMBERS};

/// The most users of a page (<https://learn.microsoft.com/en-us/graph/paging>).
const MAX_PAGE: u32 = 999;

/// What is asked for; Graph leaves out `accountEnabled` otherwise.
const SELECT: &str = "id,displayName,mail,userPrincipalName,accountEnabled";

/// Microsoft Graph.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    pub(crate) client: OAuthClient,
    pub(crate) base: Url,
}

impl Graph {
    pub(crate) fn url(&self, segments: &[&str]) -> Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::new(ErrorKind::Config, "graph is no https URL"))?
            .pop_if_empty()
            .push("v1.0")
            .extend(segments);
        Ok(url)
    }

    pub(crate) async fn get(
        &self,
        operation: &Operation,
        url: &Url,
        token: &SecretString,
    ) -> Result<Value> {
        // Counts and searches ask for it (https://learn.microsoft.com/en-us/graph/aad-advanced-queries).
        let headers = [("consistencylevel", "eventual")];
        Ok(self
            .client
            .get_json(operation, url, token, &headers)
            .await?
            .json)
    }

    /// Where the next page is, which must be Graph's: the token goes there.
    pub(crate) fn next(&self, page: &Value) -> Result<Option<Url>> {
        let Some(link) = page.get("@odata.nextLink").and_then(Value::as_str) else {
            return Ok(None);
        };
        self.own(link).map(Some)
    }

    fn own(&self, link: &str) -> Result<Url> {
        let url = Url::parse(link).ok();
        url.filter(|url| url.origin() == self.base.origin())
            .ok_or_else(|| {
                Error::new(ErrorKind::Untrusted, "the next page is not at Graph")
                    .with_code("foreign_page")
            })
    }
}

/// The directory of the application's tenant, read with its own rights.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    pub(crate) graph: Graph,
    pub(crate) tokens: Arc<dyn AccessTokens>,
}

impl Directory {
    fn first(&self, query: &UserQuery, page: &PageRequest) -> Result<Url> {
        let mut url = match &query.group {
            None => self.graph.url(&["users"])?,
            Some(group) => {
                let members = ["groups", group, "transitiveMembers", "microsoft.graph.user"];
                self.graph.url(&members)?
            }
        };
        let size = page
            .limit
            .map_or(MAX_PAGE, |limit| limit.get().min(MAX_PAGE));
        url.query_pairs_mut()
            .append_pair("$select", SELECT)
            .append_pair("$top", &size.to_string())
            .append_pair("$count", "true");
        if let Some(email) = &query.email {
            // A quote in a text is two (OData URL conventions, section 5.1.1.6.1).
            let email = email.replace('\'', "''");
            let filter = format!("mail eq '{email}' or userPrincipalName eq '{email}'");
            url.query_pairs_mut().append_pair("$filter", &filter);
        }
        Ok(url)
    }
}

#[async_trait]
impl UserDirectory for Directory {
    async fn list_users(
        &self,
        query: &UserQuery,
        page: &PageRequest,
    ) -> Result<Page<DirectoryUser>> {
        let url = match &page.cursor {
            None => self.first(query, page)?,
            Some(cursor) => self.graph.own(cursor.as_str())?,
        };
        let operation = match &query.group {
            None => Operation::of(&LIST_USERS),
            Some(_) => Operation::of(&MEMBERS),
        };
        let token = self.tokens.access_token().await?;
        let told = self.graph.get(&operation, &url, &token).await?;
        let users = told.get("value").and_then(Value::as_array);
        let items = users.into_iter().flatten().filter_map(user).collect();
        let next = self
            .graph
            .next(&told)?
            .map(|url| Cursor::new(String::from(url)));
        Ok(Page { items, next })
    }

    async fn get_user(&self, id: &UserId) -> Result<DirectoryUser> {
        let mut url = self.graph.url(&["users", id.as_str()])?;
        url.query_pairs_mut().append_pair("$select", SELECT);
        let token = self.tokens.access_token().await?;
        let told = self
            .graph
            .get(&Operation::of(&GET_USER), &url, &token)
            .await?;
        user(&told).ok_or_else(|| Error::new(ErrorKind::Decode, "the user has no id"))
    }
}

fn user(told: &Value) -> Option<DirectoryUser> {
    let text = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut user = DirectoryUser::new(text("id")?);
    user.email = text("mail");
    user.username = text("userPrincipalName");
    user.name = text("displayName");
    user.active = told.get("accountEnabled").and_then(Value::as_bool);
    Some(user.with_raw(Raw::Json(told.clone())))
}
