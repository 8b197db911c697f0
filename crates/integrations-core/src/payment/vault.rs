//! Saved payment methods.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::words::words;
use super::{CustomerId, Decline, Instrument, MethodKind, NextAction, PaymentMethodId, SetupId};
use crate::error::Result;
use crate::{IdempotencyKey, Page, PageRequest, Raw};

/// The saved payment methods of a provider. Hangs off
/// [`PaymentProvider::vault`](super::PaymentProvider::vault).
#[async_trait]
pub trait VaultProvider: Send + Sync {
    /// Starts to save a method. It may be saved at once, or ask for an action of the buyer.
    ///
    /// # Errors
    /// `Declined` when the bank refuses; `NotFound` for the customer.
    async fn begin_save(&self, request: &BeginSave) -> Result<Setup>;

    /// Takes a setup on after the buyer's action. One that needs nothing is answered as it is.
    ///
    /// # Errors
    /// `Declined` when the bank refuses or the buyer did not agree; `NotFound`.
    async fn finish_save(&self, request: &FinishSave) -> Result<Setup>;

    /// An attempt to save a method, as it stands.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_setup(&self, id: &SetupId) -> Result<Setup>;

    /// A saved method.
    ///
    /// # Errors
    /// `NotFound`, also after it was detached.
    async fn get(&self, id: &PaymentMethodId) -> Result<PaymentMethod>;

    /// One page of a customer's saved methods.
    ///
    /// # Errors
    /// `NotFound` for the customer.
    async fn list(&self, customer: &CustomerId, page: &PageRequest) -> Result<Page<PaymentMethod>>;

    /// Forgets a saved method. Forgetting what is gone, or never was, is a success: a call whose
    /// answer was lost can be made again.
    ///
    /// # Errors
    /// What the provider answers; never `NotFound`.
    async fn detach(&self, id: &PaymentMethodId) -> Result<()>;
}

words! {
    /// Where the saving of a method stands.
    SetupStatus {
        /// A method is missing.
        RequiresInstrument = "requires_instrument",
        /// The buyer has to do something: see [`Setup::next_action`].
        RequiresAction = "requires_action",
        /// The buyer has agreed; [`Vault::finish_save`](super::Vault::finish_save) takes it from
        /// here.
        RequiresConfirmation = "requires_confirmation",
        /// The bank takes its time.
        Processing = "processing",
        /// Saved: [`Setup::method`] names it.
        Saved = "saved",
        /// Given up.
        Canceled = "canceled",
    }
}

/// An attempt to save a payment method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Setup {
    /// Its id.
    pub id: SetupId,
    /// Whose method it is.
    pub customer: CustomerId,
    /// Where it stands.
    pub status: SetupStatus,
    /// What has to happen before it goes on.
    pub next_action: Option<NextAction>,
    /// The method, once it is saved.
    pub method: Option<PaymentMethod>,
    /// Why the last attempt was declined.
    pub last_decline: Option<Decline>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Setup {
    /// An attempt that stands somewhere.
    #[must_use]
    pub fn new(id: SetupId, customer: CustomerId, status: SetupStatus) -> Self {
        Self {
            id,
            customer,
            status,
            next_action: None,
            method: None,
            last_decline: None,
            raw: Raw::None,
        }
    }
}

/// A saved payment method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaymentMethod {
    /// Its id: pay with [`Instrument::saved`].
    pub id: PaymentMethodId,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// What it is.
    pub kind: MethodKind,
    /// When it was saved.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl PaymentMethod {
    /// A saved method.
    #[must_use]
    pub fn new(id: PaymentMethodId, kind: MethodKind) -> Self {
        Self {
            id,
            customer: None,
            kind,
            created_at: None,
            raw: Raw::None,
        }
    }
}

/// Starts to save a method for a customer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BeginSave {
    /// Makes a repeated call one attempt.
    pub key: IdempotencyKey,
    /// Whose method it is.
    pub customer: CustomerId,
    /// The method; without one the buyer chooses at the provider.
    pub instrument: Option<Instrument>,
    /// Where the buyer comes back to after an action.
    pub return_url: Option<Url>,
}

impl BeginSave {
    /// Starts to save a method for a customer.
    #[must_use]
    pub fn new(key: IdempotencyKey, customer: CustomerId) -> Self {
        Self {
            key,
            customer,
            instrument: None,
            return_url: None,
        }
    }

    /// Sets the method.
    #[must_use]
    pub fn with_instrument(mut self, instrument: Instrument) -> Self {
        self.instrument = Some(instrument);
        self
    }

    /// Sets where the buyer comes back to after an action.
    #[must_use]
    pub fn with_return_url(mut self, return_url: Url) -> Self {
        self.return_url = Some(return_url);
        self
    }
}

/// Takes a setup on after the buyer's action.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FinishSave {
    /// Makes a repeated call one attempt.
    pub key: IdempotencyKey,
    /// Which setup.
    pub setup: SetupId,
    /// The method, where it is known only now.
    pub instrument: Option<Instrument>,
}

impl FinishSave {
    /// Takes a setup on.
    #[must_use]
    pub fn new(key: IdempotencyKey, setup: SetupId) -> Self {
        Self {
            key,
            setup,
            instrument: None,
        }
    }

    /// Sets the method.
    #[must_use]
    pub fn with_instrument(mut self, instrument: Instrument) -> Self {
        self.instrument = Some(instrument);
        self
    }
}
