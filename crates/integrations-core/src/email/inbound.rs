//! Mail that comes in: where it goes, and what it holds.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Attachment, EmailAddress, Mailbox};
use crate::error::Result;
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageRequest};
use crate::raw::Raw;

crate::id_types! {
    /// The id of an inbound route.
    RouteId;
}

/// Which mail a route takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RouteMatch {
    /// Mail to one address.
    Address(EmailAddress),
    /// Mail to any address of a domain.
    Domain(String),
    /// Mail that no route before it took.
    CatchAll,
    /// An expression in the provider's own language.
    Expression(String),
}

impl RouteMatch {
    /// Whether mail to an address is meant, whatever routes came before. False for expressions,
    /// which only their provider reads.
    #[must_use]
    pub fn takes(&self, address: &EmailAddress) -> bool {
        match self {
            Self::Address(wanted) => wanted.is_same(address),
            Self::Domain(domain) => domain.to_lowercase() == address.domain().to_lowercase(),
            Self::CatchAll => true,
            Self::Expression(_) => false,
        }
    }
}

/// What a route does with mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RouteAction {
    /// Sends it on to an address.
    Forward(EmailAddress),
    /// Posts it, parsed, to a URL.
    Webhook(Url),
    /// Keeps it at the provider.
    Store,
    /// Lets it go.
    Drop,
    /// Something else, as the provider writes it. It is only ever read: a mailer refuses to make a
    /// route with it, rather than to make one without it.
    Other(String),
}

/// A route for mail that comes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InboundRoute {
    /// Its id.
    pub id: RouteId,
    /// Which mail it takes.
    pub matches: RouteMatch,
    /// What it does with it: all of these. There is one at least.
    pub actions: Vec<RouteAction>,
    /// Its place: lower ones come first, and the first that takes a mail has it.
    pub priority: i32,
    /// What it is for.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    pub raw: Raw,
}

impl InboundRoute {
    /// A route with its id.
    pub fn new(id: impl Into<RouteId>, route: NewRoute) -> Self {
        Self {
            id: id.into(),
            matches: route.matches,
            actions: route.actions,
            priority: route.priority,
            description: route.description,
            created_at: None,
            raw: Raw::None,
        }
    }
}

/// A route to be made, or that takes the place of one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewRoute {
    /// Which mail it takes.
    pub matches: RouteMatch,
    /// What it does with it: all of these. There is one at least.
    pub actions: Vec<RouteAction>,
    /// Its place: lower ones come first.
    pub priority: i32,
    /// What it is for.
    pub description: Option<String>,
    /// The key under which it is made once.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl NewRoute {
    /// A route of priority 0 with one action.
    #[must_use]
    pub fn new(matches: RouteMatch, action: RouteAction) -> Self {
        Self {
            matches,
            actions: vec![action],
            priority: 0,
            description: None,
            idempotency_key: None,
        }
    }

    /// Does this too.
    #[must_use]
    pub fn with_action(mut self, action: RouteAction) -> Self {
        self.actions.push(action);
        self
    }

    /// Sets its place.
    #[must_use]
    pub fn with_priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Says what it is for.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Makes it once under a key.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }
}

/// A provider's routes for mail that comes in.
#[async_trait]
pub trait InboundRoutes: Send + Sync {
    /// One page of the routes, in the order in which they are tried.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_routes(&self, page: &PageRequest) -> Result<Page<InboundRoute>>;

    /// A route.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_route(&self, id: &RouteId) -> Result<InboundRoute>;

    /// Makes a route.
    ///
    /// # Errors
    /// `InvalidInput` for an expression that the provider does not read; `Unsupported` for an
    /// action that it does not have.
    async fn create_route(&self, new: &NewRoute) -> Result<InboundRoute>;

    /// Replaces a route, with all its actions; it keeps its id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn update_route(&self, id: &RouteId, route: &NewRoute) -> Result<InboundRoute>;

    /// Removes a route. Removing what is not there succeeds.
    ///
    /// # Errors
    /// What the provider answers.
    async fn delete_route(&self, id: &RouteId) -> Result<()>;

    /// The route that mail to an address takes; `None` when none does.
    ///
    /// # Errors
    /// What the provider answers.
    async fn match_address(&self, address: &EmailAddress) -> Result<Option<InboundRoute>>;
}

/// A message as somebody received it, parsed. `Debug` shows how much there is of everything, and
/// not what it says.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReceivedMessage {
    /// Who it says it is from.
    pub from: Option<Mailbox>,
    /// The recipients in its headers.
    pub to: Vec<Mailbox>,
    /// The recipients of copies in its headers.
    pub cc: Vec<Mailbox>,
    /// Where answers go.
    pub reply_to: Vec<Mailbox>,
    /// The subject.
    pub subject: Option<String>,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
    /// Files and inline images, decoded.
    pub attachments: Vec<Attachment>,
    /// All headers, in order, decoded; names as they are written.
    pub headers: Vec<(String, String)>,
    /// The return path of the SMTP dialogue, where it is known.
    pub envelope_sender: Option<EmailAddress>,
    /// Metadata that the provider kept beside it.
    pub metadata: BTreeMap<String, String>,
    /// The message as it is on the wire; base64 where it is serialised.
    #[serde(with = "super::encoded")]
    pub source: Bytes,
}

impl ReceivedMessage {
    /// A message of which only the bytes are known.
    pub fn new(source: impl Into<Bytes>) -> Self {
        Self {
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            reply_to: Vec::new(),
            subject: None,
            text: None,
            html: None,
            attachments: Vec::new(),
            headers: Vec::new(),
            envelope_sender: None,
            metadata: BTreeMap::new(),
            source: source.into(),
        }
    }

    /// The first header of a name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(seen, _)| seen.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The attachment of a file name.
    #[must_use]
    pub fn attachment(&self, file_name: &str) -> Option<&Attachment> {
        self.attachments.iter().find(|a| a.file_name == file_name)
    }
}

impl fmt::Debug for ReceivedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |text: &Option<String>| text.as_ref().map(String::len);
        f.debug_struct("ReceivedMessage")
            .field("to", &self.to.len())
            .field("cc", &self.cc.len())
            .field("subject_bytes", &length(&self.subject))
            .field("text_bytes", &length(&self.text))
            .field("html_bytes", &length(&self.html))
            .field("attachments", &self.attachments)
            .field("headers", &self.headers.len())
            .field("metadata", &self.metadata.len())
            .field("source_bytes", &self.source.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_takes_its_address_or_domain_whatever_the_case() {
        let ana: EmailAddress = "Ana@Example.org".parse().unwrap();
        assert!(RouteMatch::Address("ana@example.org".parse().unwrap()).takes(&ana));
        assert!(RouteMatch::Domain("EXAMPLE.org".into()).takes(&ana));
        assert!(!RouteMatch::Domain("sub.example.org".into()).takes(&ana));
        assert!(RouteMatch::CatchAll.takes(&ana));
    }
}
