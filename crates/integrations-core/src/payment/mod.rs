//! Payments: taken once, exactly, and given back.
//!
//! An application holds [`Payments`]; a provider implements [`PaymentProvider`]. Everything that
//! moves money carries an [`IdempotencyKey`](crate::IdempotencyKey) of the caller, so that a call
//! that is sent again is not a second payment.
//!
//! ```
//! use integrations_core::Error;
//! use integrations_core::payment::{
//!     CreatePayment, Decline, Instrument, NextAction, Payments, RefundPayment,
//! };
//!
//! # async fn example(payments: Payments) -> integrations_core::Result<()> {
//! // Stored with the order before the first attempt.
//! let key = "order-1042-charge".parse()?;
//! let request = CreatePayment::new(key, "29.99 USD".parse()?)
//!     .with_instrument(Instrument::token("tok_visa"))
//!     .with_reference("order-1042");
//! match payments.create_payment(request).await {
//!     Ok(payment) if payment.is_paid() => {
//!         // Deliver. Later the buyer sends half of it back.
//!         let half = RefundPayment::new("order-1042-refund-1".parse()?, payment.id.clone())
//!             .with_amount("15.00 USD".parse()?);
//!         payments.refund(half).await?;
//!     }
//!     // Not an error and not money: send the buyer there, then `continue_payment`.
//!     Ok(payment) => match payment.next_action {
//!         Some(NextAction::Redirect { url }) => println!("go to {url}"),
//!         _ => println!("wait: {}", payment.status),
//!     },
//!     Err(error) => match error.detail::<Decline>() {
//!         Some(decline) => println!("{}", decline.reason.buyer_message()),
//!         None => return Err(error),
//!     },
//! }
//! # Ok(()) }
//! ```
//!
//! # What holds for every provider
//!
//! - `Ok` is not money. [`Payment::is_paid`] is; [`PaymentStatus::Other`], a provider's word that
//!   this library does not know, never is.
//! - A decline is an error of kind [`Declined`](crate::ErrorKind::Declined) with a [`Decline`]
//!   that says why and [what to do](DeclineAdvice).
//! - The same key and request again give the same payment (capture, refund, …), also a decline
//!   again. The same key with another request is refused where
//!   [the provider can tell](PaymentCapabilities::key_reuse_refused). Use a new key for a new
//!   attempt after a *definite* answer ([`RetryAdvice::NewKey`](crate::RetryAdvice::NewKey)), the
//!   old key after an unclear one ([`Effect::Unknown`](crate::Effect::Unknown)), until
//!   [`Error::safe_until`](crate::Error::safe_until).
//! - Deleting a customer or detaching a method that is gone already succeeds.
//! - Amounts are exact in every currency, or refused before anything is sent: see
//!   [`CurrencyRule`].
//! - No more is captured than was authorized, no more refunded than captured. What goes beyond is
//!   `InvalidInput`; an act that the payment's state does not allow is `Conflict`.
//! - Card numbers are never taken.
//!
//! Customers, saved methods, subscriptions and disputes are groups of their own, which a provider
//! may lack: [`Payments::customers`], [`Payments::vault`], [`Payments::subscriptions`],
//! [`Payments::disputes`].

mod action;
mod capabilities;
mod check;
mod customer;
mod decline;
mod dispute;
mod groups;
mod handle;
#[cfg(all(test, feature = "testing"))]
mod handle_tests;
mod instrument;
mod method;
#[cfg(feature = "testing")]
mod mock;
mod model;
mod request;
mod rule;
mod status;
mod subscription;
mod vault;
mod way_back;
mod words;

use async_trait::async_trait;

pub use action::{Instructions, NextAction};
pub use capabilities::{KeyWindows, MetadataLimits, PartialCapture, PaymentCapabilities};
pub use customer::{CreateCustomer, Customer, CustomerFilter, CustomerProvider, UpdateCustomer};
pub use decline::{Decline, DeclineAdvice, DeclineReason};
pub use dispute::{
    AcceptDispute, Dispute, DisputeFilter, DisputeProvider, DisputeReason, DisputeStatus,
    SubmitEvidence, Tracking,
};
pub use groups::{Customers, Disputes, Subscriptions, Vault};
pub use handle::Payments;
pub use instrument::{Instrument, InstrumentToken};
pub use method::{CardSummary, MethodKind};
#[cfg(feature = "testing")]
pub use mock::{
    MockCustomerProvider, MockDisputeProvider, MockPaymentProvider, MockSubscriptionProvider,
    MockVaultProvider,
};
pub use model::{
    Authorization, AuthorizationId, Capture, CaptureId, CustomerId, DisputeId, MerchantRef,
    Payment, PaymentId, PaymentMethodId, PlanId, Refund, RefundId, RefundReason, SetupId,
    SubscriptionId,
};
pub use request::{
    CaptureMode, CapturePayment, CaptureTarget, ContinuePayment, CreatePayment, PaymentFilter,
    RefundPayment, RefundTarget, VoidPayment,
};
pub use rule::CurrencyRule;
pub use status::{AuthorizationStatus, CaptureStatus, PaymentStatus, RefundStatus};
pub use subscription::{
    BillingInterval, BillingUnit, CancelAt, CancelSubscription, ChangeSubscription, CreatePlan,
    CreateSubscription, PauseSubscription, Plan, Proration, ResumeSubscription, Subscription,
    SubscriptionFilter, SubscriptionProvider, SubscriptionStatus,
};
pub use vault::{BeginSave, FinishSave, PaymentMethod, Setup, SetupStatus, VaultProvider};

use crate::error::Result;
use crate::integration::{Integration, unsupported};
use crate::money::Currency;
use crate::page::{Page, PageRequest};

/// What a payment provider implements. Applications hold [`Payments`] over it.
///
/// Five methods, the capabilities and the currency rules are required. What
/// [`capabilities`](Self::capabilities) declares must work; what it does not declare must answer
/// `Unsupported` before any byte is sent. The checks of [`PaymentCapabilities`]
/// ([`check_create`](PaymentCapabilities::check_create) and its like) do that for requests:
/// [`Payments`] makes them before it calls, and a driver makes them too; an id that it puts into an
/// address it checks by [`check_id`](PaymentCapabilities::check_id).
#[async_trait]
pub trait PaymentProvider: Integration {
    /// What this provider can do, as data.
    fn capabilities(&self) -> &PaymentCapabilities;

    /// How the provider counts a currency; `None` when it does not take it.
    fn currency_rule(&self, currency: Currency) -> Option<CurrencyRule>;

    /// Makes a payment and, with an instrument, tries to authorize or take it.
    ///
    /// # Errors
    /// `Declined` with a [`Decline`]; `NotFound` for the customer or method.
    async fn create_payment(&self, request: &CreatePayment) -> Result<Payment>;

    /// A payment, as it stands.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_payment(&self, id: &PaymentId) -> Result<Payment>;

    /// Takes a payment on after the buyer's action, or with another instrument. One that the buyer
    /// has not acted on yet, or that needs nothing, is answered as it stands.
    ///
    /// # Errors
    /// `Declined`; `NotFound`; `Conflict` when it was given up.
    async fn continue_payment(&self, request: &ContinuePayment) -> Result<Payment>;

    /// Gives back money that was taken.
    ///
    /// # Errors
    /// `InvalidInput` for more than is left or another currency; `Conflict` when nothing was taken
    /// or nothing is left; `NotFound`.
    async fn refund(&self, request: &RefundPayment) -> Result<Refund>;

    /// A refund of a payment, as it stands.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_refund(&self, id: &RefundId) -> Result<Refund>;

    /// Takes money that was reserved.
    ///
    /// # Errors
    /// `InvalidInput` for more than is reserved or another currency; `Conflict` when nothing is
    /// reserved; `NotFound`.
    async fn capture(&self, request: &CapturePayment) -> Result<Capture> {
        let _ = request;
        Err(unsupported(self, "capture"))
    }

    /// Gives up a payment: releases what is reserved. What was taken before stays taken.
    ///
    /// # Errors
    /// `Conflict` when all was taken (refund it) or it was given up already; `NotFound`;
    /// `Unsupported` in a state in which the provider has no void.
    async fn void(&self, request: &VoidPayment) -> Result<Payment> {
        let _ = request;
        Err(unsupported(self, "void"))
    }

    /// One page of a payment's refunds.
    ///
    /// # Errors
    /// `NotFound`.
    async fn list_refunds(&self, payment: &PaymentId, page: &PageRequest) -> Result<Page<Refund>> {
        let _ = (payment, page);
        Err(unsupported(self, "refund_list"))
    }

    /// One page of the payments.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_payments(
        &self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Result<Page<Payment>> {
        let _ = (filter, page);
        Err(unsupported(self, "payment_list"))
    }

    /// One page of the payments with exactly this reference.
    ///
    /// # Errors
    /// What the provider answers.
    async fn find_payments(
        &self,
        reference: &MerchantRef,
        page: &PageRequest,
    ) -> Result<Page<Payment>> {
        let _ = (reference, page);
        Err(unsupported(self, "find_by_reference"))
    }

    /// Customers, where [`PaymentCapabilities::customers`] says so.
    fn customers(&self) -> Option<&dyn CustomerProvider> {
        None
    }

    /// Saved payment methods, where [`PaymentCapabilities::vault`] says so.
    fn vault(&self) -> Option<&dyn VaultProvider> {
        None
    }

    /// Plans and subscriptions, where [`PaymentCapabilities::subscriptions`] says so.
    fn subscriptions(&self) -> Option<&dyn SubscriptionProvider> {
        None
    }

    /// Disputes, where [`PaymentCapabilities::disputes`] says so.
    fn disputes(&self) -> Option<&dyn DisputeProvider> {
        None
    }
}
