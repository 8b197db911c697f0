//! Customers at a payment provider.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CustomerId;
use crate::error::{Error, Result};
use crate::{IdempotencyKey, Page, PageRequest, Raw};

/// The customers of a provider. Hangs off
/// [`PaymentProvider::customers`](super::PaymentProvider::customers).
#[async_trait]
pub trait CustomerProvider: Send + Sync {
    /// Makes a customer.
    ///
    /// # Errors
    /// `InvalidInput`; what the provider answers.
    async fn create(&self, request: &CreateCustomer) -> Result<Customer>;

    /// A customer.
    ///
    /// # Errors
    /// `NotFound`, also after it was deleted.
    async fn get(&self, id: &CustomerId) -> Result<Customer>;

    /// Changes what the request names and nothing else.
    ///
    /// # Errors
    /// `NotFound`.
    async fn update(&self, id: &CustomerId, request: &UpdateCustomer) -> Result<Customer>;

    /// Deletes a customer with the saved methods; subscriptions end. Payments stay. Deleting what
    /// is gone, or never was, is a success: a call whose answer was lost can be made again.
    ///
    /// # Errors
    /// What the provider answers; never `NotFound`.
    async fn delete(&self, id: &CustomerId) -> Result<()>;

    /// One page of the customers.
    ///
    /// # Errors
    /// What the provider answers; `Unsupported` unless
    /// [`customer_list`](super::PaymentCapabilities::customer_list).
    async fn list(&self, filter: &CustomerFilter, page: &PageRequest) -> Result<Page<Customer>> {
        let _ = (filter, page);
        Err(Error::unsupported("customer_list"))
    }
}

/// Somebody who pays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The name.
    pub name: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// The phone number.
    pub phone: Option<String>,
    /// The merchant's words about the customer.
    pub description: Option<String>,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Customer {
    /// A customer of whom only the id is known.
    #[must_use]
    pub fn new(id: CustomerId) -> Self {
        Self {
            id,
            name: None,
            email: None,
            phone: None,
            description: None,
            metadata: BTreeMap::new(),
            created_at: None,
            raw: Raw::None,
        }
    }
}

/// A customer to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CreateCustomer {
    /// Makes a repeated call one customer.
    pub key: IdempotencyKey,
    /// The name.
    pub name: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// The phone number.
    pub phone: Option<String>,
    /// The merchant's words about the customer.
    pub description: Option<String>,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
}

impl CreateCustomer {
    /// A customer of whom nothing is known yet.
    #[must_use]
    pub fn new(key: IdempotencyKey) -> Self {
        Self {
            key,
            name: None,
            email: None,
            phone: None,
            description: None,
            metadata: BTreeMap::new(),
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the email address.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the phone number.
    #[must_use]
    pub fn with_phone(mut self, phone: impl Into<String>) -> Self {
        self.phone = Some(phone.into());
        self
    }

    /// Sets the merchant's words about the customer.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds a piece of the merchant's own data.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

/// What to change of a customer. `None` leaves a field as it is, an empty text clears it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct UpdateCustomer {
    /// The name.
    pub name: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// The phone number.
    pub phone: Option<String>,
    /// The merchant's words about the customer.
    pub description: Option<String>,
    /// Entries to set; those with an empty value are removed, the others stay.
    pub metadata: BTreeMap<String, String>,
}

impl UpdateCustomer {
    /// Changes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the email address.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the phone number.
    #[must_use]
    pub fn with_phone(mut self, phone: impl Into<String>) -> Self {
        self.phone = Some(phone.into());
        self
    }

    /// Sets the merchant's words about the customer.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets an entry, or removes it when the value is empty.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

/// Which customers to list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct CustomerFilter {
    /// Only those with exactly this email address.
    pub email: Option<String>,
}

impl CustomerFilter {
    /// All customers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those with exactly this email address.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }
}
