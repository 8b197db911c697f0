//! What an application holds.

use std::sync::Arc;

use super::check::check_id;
use super::way_back::{Window, with_way_back};
use super::{
    Capture, CaptureMode, CapturePayment, ContinuePayment, CreatePayment, CurrencyRule, Customers,
    Disputes, MerchantRef, Payment, PaymentCapabilities, PaymentFilter, PaymentId, PaymentProvider,
    Refund, RefundId, RefundPayment, Subscriptions, Vault, VoidPayment,
};
use crate::call;
use crate::error::{Error, Result};
use crate::money::{Currency, Money};
use crate::page::{Page, PageRequest, Paged};

/// Payments at one provider. Cheap to clone; clones share the provider.
#[derive(Debug, Clone)]
pub struct Payments(Arc<dyn PaymentProvider>);

impl Payments {
    /// Payments over a provider.
    pub fn new(provider: impl PaymentProvider + 'static) -> Self {
        Self(Arc::new(provider))
    }

    /// Payments over a shared provider.
    #[must_use]
    pub fn from_arc(provider: Arc<dyn PaymentProvider>) -> Self {
        Self(provider)
    }

    /// The provider itself: its descriptor, status, health.
    #[must_use]
    pub fn provider(&self) -> &Arc<dyn PaymentProvider> {
        &self.0
    }

    /// What the provider can do.
    #[must_use]
    pub fn capabilities(&self) -> &PaymentCapabilities {
        self.0.capabilities()
    }

    /// How the provider counts a currency; `None` when it does not take it.
    #[must_use]
    pub fn currency_rule(&self, currency: Currency) -> Option<CurrencyRule> {
        self.0.currency_rule(currency)
    }

    /// Makes a payment and, with an instrument, tries to authorize or take it. The answer is not
    /// money yet: see [`Payment::is_paid`] and [`Payment::next_action`].
    ///
    /// # Errors
    /// `Declined` with a [`Decline`](super::Decline); `InvalidInput` or `Unsupported` before
    /// anything is sent. When the effect is unknown, send the same request with the same key.
    pub async fn create_payment(&self, request: CreatePayment) -> Result<Payment> {
        let window = Window::open(self.capabilities().key_windows.create);
        call::run(&*self.0, "create_payment", async {
            self.check_amount(request.amount)?;
            self.capabilities().check_create(&request)?;
            let result = self.0.create_payment(&request).await;
            with_way_back(result, &request.key, window)
        })
        .await
    }

    /// Reserves money without taking it: [`create_payment`](Self::create_payment) with manual
    /// capture.
    ///
    /// # Errors
    /// As [`create_payment`](Self::create_payment).
    pub async fn authorize(&self, request: CreatePayment) -> Result<Payment> {
        self.create_payment(request.with_capture(CaptureMode::Manual))
            .await
    }

    /// A payment, as it stands.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_payment(&self, id: &PaymentId) -> Result<Payment> {
        call::run(&*self.0, "get_payment", async {
            check_id(id.as_str(), "payment")?;
            self.0.get_payment(id).await
        })
        .await
    }

    /// Takes a payment on after the buyer's action, or with another instrument after a decline.
    ///
    /// # Errors
    /// `Declined`; `NotFound`; `Conflict` when it was given up.
    pub async fn continue_payment(&self, request: ContinuePayment) -> Result<Payment> {
        let window = Window::open(self.capabilities().key_windows.create);
        call::run(&*self.0, "continue_payment", async {
            self.capabilities().check_continue(&request)?;
            let result = self.0.continue_payment(&request).await;
            with_way_back(result, &request.key, window)
        })
        .await
    }

    /// Takes money that was reserved.
    ///
    /// # Errors
    /// `InvalidInput` for more than is reserved or another currency; `Conflict` when nothing is.
    pub async fn capture(&self, request: CapturePayment) -> Result<Capture> {
        let window = Window::open(self.capabilities().key_windows.capture);
        call::run(&*self.0, "capture", async {
            self.capabilities().check_capture(&request)?;
            if let Some(amount) = request.amount {
                self.check_amount(amount)?;
            }
            let result = self.0.capture(&request).await;
            with_way_back(result, &request.key, window)
        })
        .await
    }

    /// Gives up a payment: releases what is reserved. What was taken before stays taken.
    ///
    /// # Errors
    /// `Conflict` when all was taken (refund it) or it was given up already.
    pub async fn void(&self, request: VoidPayment) -> Result<Payment> {
        let window = Window::open(self.capabilities().key_windows.create);
        call::run(&*self.0, "void", async {
            self.capabilities().check_void(&request)?;
            let result = self.0.void(&request).await;
            with_way_back(result, &request.key, window)
        })
        .await
    }

    /// Gives back money that was taken.
    ///
    /// # Errors
    /// `InvalidInput` for more than is left or another currency; `Conflict` when nothing is left.
    pub async fn refund(&self, request: RefundPayment) -> Result<Refund> {
        let window = Window::open(self.capabilities().key_windows.refund);
        call::run(&*self.0, "refund", async {
            self.capabilities().check_refund(&request)?;
            if let Some(amount) = request.amount {
                self.check_amount(amount)?;
            }
            let result = self.0.refund(&request).await;
            with_way_back(result, &request.key, window)
        })
        .await
    }

    /// A refund, as it stands.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_refund(&self, id: &RefundId) -> Result<Refund> {
        call::run(&*self.0, "get_refund", async {
            check_id(id.as_str(), "refund")?;
            self.0.get_refund(id).await
        })
        .await
    }

    /// All refunds of a payment.
    #[must_use]
    pub fn list_refunds(&self, payment: &PaymentId) -> Paged<Refund> {
        let payment = payment.clone();
        self.paged(
            "list_refunds",
            |c| c.refund_list,
            "refund_list",
            move |this, page| {
                let payment = payment.clone();
                async move {
                    check_id(payment.as_str(), "payment")?;
                    this.0.list_refunds(&payment, &page).await
                }
            },
        )
    }

    /// All payments that a filter lets through.
    #[must_use]
    pub fn list_payments(&self, filter: PaymentFilter) -> Paged<Payment> {
        self.paged(
            "list_payments",
            |c| c.payment_list,
            "payment_list",
            move |this, page| {
                let filter = filter.clone();
                async move {
                    this.capabilities().check_payment_filter(&filter)?;
                    this.0.list_payments(&filter, &page).await
                }
            },
        )
    }

    /// All payments with exactly this reference.
    #[must_use]
    pub fn find_payments(&self, reference: impl Into<MerchantRef>) -> Paged<Payment> {
        let reference = reference.into();
        self.paged(
            "find_payments",
            |c| c.find_by_reference,
            "find_by_reference",
            move |this, page| {
                let reference = reference.clone();
                async move {
                    this.capabilities().check_reference(&reference)?;
                    this.0.find_payments(&reference, &page).await
                }
            },
        )
    }

    /// The provider's customers.
    ///
    /// # Errors
    /// `Unsupported` when it has none.
    pub fn customers(&self) -> Result<Customers> {
        self.group(
            self.capabilities().customers && self.0.customers().is_some(),
            "customers",
        )?;
        Ok(Customers(self.clone()))
    }

    /// The provider's saved payment methods.
    ///
    /// # Errors
    /// `Unsupported` when it saves none.
    pub fn vault(&self) -> Result<Vault> {
        self.group(
            self.capabilities().vault && self.0.vault().is_some(),
            "vault",
        )?;
        Ok(Vault(self.clone()))
    }

    /// The provider's plans and subscriptions.
    ///
    /// # Errors
    /// `Unsupported` when it has none.
    pub fn subscriptions(&self) -> Result<Subscriptions> {
        let has = self.capabilities().subscriptions && self.0.subscriptions().is_some();
        self.group(has, "subscriptions")?;
        Ok(Subscriptions(self.clone()))
    }

    /// The provider's disputes.
    ///
    /// # Errors
    /// `Unsupported` when it shows none.
    pub fn disputes(&self) -> Result<Disputes> {
        self.group(
            self.capabilities().disputes && self.0.disputes().is_some(),
            "disputes",
        )?;
        Ok(Disputes(self.clone()))
    }

    fn group(&self, has: bool, feature: &'static str) -> Result<()> {
        self.need(has, feature)
            .map_err(|error| error.in_call(&self.0.descriptor().name, feature))
    }

    pub(super) fn need(&self, has: bool, feature: &'static str) -> Result<()> {
        if has {
            Ok(())
        } else {
            Err(Error::unsupported(feature))
        }
    }

    pub(super) fn check_amount(&self, amount: Money) -> Result<()> {
        PaymentCapabilities::check_amount(amount, |currency| self.0.currency_rule(currency))
    }

    /// A list whose pages run as one operation each, refused when a capability is missing.
    pub(super) fn paged<T, F, Fut>(
        &self,
        operation: &'static str,
        has: fn(&PaymentCapabilities) -> bool,
        feature: &'static str,
        fetch: F,
    ) -> Paged<T>
    where
        T: Send + 'static,
        F: Fn(Self, PageRequest) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Page<T>>> + Send + 'static,
    {
        let this = self.clone();
        Paged::new(PageRequest::default(), move |page| {
            let (this, fetch) = (this.clone(), fetch.clone());
            async move {
                call::run(&*this.0, operation, async {
                    this.need(has(this.capabilities()), feature)?;
                    fetch(this.clone(), page).await
                })
                .await
            }
        })
    }
}

impl<P: PaymentProvider + 'static> From<P> for Payments {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}
