//! Subscriptions to change notifications
//! (<https://learn.microsoft.com/en-us/graph/api/resources/subscription>).

use std::fmt;

use integrations_core::guard::Operation;
use integrations_core::{Effect, Error, ErrorKind, ExposeSecret, Raw, Result, SecretString};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::api::Api;
use crate::call::Call;

/// "The maximum length is 128 characters."
const LONGEST_STATE: usize = 128;

/// A subscription to make. `Debug` does not show the secret.
#[derive(Clone)]
#[non_exhaustive]
pub struct NewSubscription {
    /// What is watched, for example `me/events`, without the API's address.
    pub resource: String,
    /// Which changes: `created`, `updated`, `deleted`, joined by commas.
    pub change_type: String,
    /// Where notices go. Graph calls it before it answers: see [`receive`](crate::receive).
    pub notification_url: Url,
    /// Where notices of the subscription itself go. It can be set now and never later.
    pub lifecycle_url: Option<Url>,
    /// What every notice carries, so that a forged one is told apart: at most 128 characters.
    pub client_state: SecretString,
    /// When it ends. Graph has a longest time for each kind of resource, and makes less than 45
    /// minutes 45.
    pub expires: Timestamp,
}

impl NewSubscription {
    /// A subscription to everything that happens to a resource.
    pub fn new(
        resource: impl Into<String>,
        notification_url: Url,
        client_state: SecretString,
        expires: Timestamp,
    ) -> Self {
        Self {
            resource: resource.into(),
            change_type: "created,updated,deleted".to_owned(),
            notification_url,
            lifecycle_url: None,
            client_state,
            expires,
        }
    }

    /// Sets where notices of the subscription itself go.
    #[must_use]
    pub fn with_lifecycle_url(mut self, url: Url) -> Self {
        self.lifecycle_url = Some(url);
        self
    }

    fn body(&self) -> Result<Value> {
        let state = self.client_state.expose_secret();
        if state.is_empty() || state.chars().count() > LONGEST_STATE {
            return Err(Error::invalid_input(
                "the secret of a subscription has 1 to 128 characters",
            ));
        }
        let mut body = json!({
            "changeType": self.change_type,
            "notificationUrl": self.notification_url.as_str(),
            "resource": self.resource,
            "expirationDateTime": self.expires.to_string(),
            "clientState": state,
        });
        if let Some(url) = &self.lifecycle_url {
            body["lifecycleNotificationUrl"] = url.as_str().into();
        }
        Ok(body)
    }
}

impl fmt::Debug for NewSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSubscription")
            .field("resource", &self.resource)
            .field("change_type", &self.change_type)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// A subscription that holds for a while.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Subscription {
    /// Its id, which every notice carries.
    pub id: String,
    /// When it ends, as Graph decided.
    pub expires: Timestamp,
    /// Graph's own form, without the secret.
    pub raw: Raw,
}

impl Subscription {
    fn read(answer: Value) -> Result<Self> {
        let missing = |what| Error::new(ErrorKind::Decode, what).with_effect(Effect::Applied);
        let id = answer["id"].as_str().map(str::to_owned);
        let expires = answer["expirationDateTime"].as_str();
        let expires = expires.and_then(|text| text.parse().ok());
        Ok(Self {
            id: id.ok_or_else(|| missing("the subscription has no id"))?,
            expires: expires.ok_or_else(|| missing("the subscription has no end"))?,
            raw: Raw::from(answer).without(&["/clientState"]),
        })
    }
}

impl Api {
    /// Subscribes. Graph asks the notification URL whether it wants to be called before it answers.
    ///
    /// # Errors
    /// `InvalidInput` for a secret that is too long, and for an address that does not answer.
    pub async fn subscribe(
        &self,
        operation: &Operation,
        new: &NewSubscription,
    ) -> Result<Subscription> {
        // Notices then have immutable ids, too
        // (https://learn.microsoft.com/en-us/graph/outlook-immutable-id).
        let call = Call::post(&["subscriptions"])
            .prefer("IdType=\"ImmutableId\"")
            .json(new.body()?);
        Subscription::read(self.send(operation, &call).await?)
    }

    /// Makes a subscription hold until another time.
    ///
    /// # Errors
    /// `NotFound` when it ended already.
    pub async fn renew(
        &self,
        operation: &Operation,
        id: &str,
        expires: Timestamp,
    ) -> Result<Subscription> {
        let call = Call::patch(&["subscriptions", id])
            .json(json!({"expirationDateTime": expires.to_string()}));
        Subscription::read(self.send(operation, &call).await?)
    }

    /// Ends a subscription. One that ended already is no error.
    ///
    /// # Errors
    /// What Graph answers.
    pub async fn unsubscribe(&self, operation: &Operation, id: &str) -> Result<()> {
        let call = Call::delete(&["subscriptions", id]);
        match self.send(operation, &call).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            answer => answer.map(drop),
        }
    }
}
