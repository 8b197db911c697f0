//! The driver trait over the ledger.

use async_trait::async_trait;
use integrations_core::money::Currency;
use integrations_core::payment::{
    Capture, CapturePayment, ContinuePayment, CreatePayment, CurrencyRule, CustomerProvider,
    DisputeProvider, MerchantRef, Payment, PaymentCapabilities, PaymentFilter, PaymentId,
    PaymentProvider, Refund, RefundId, RefundPayment, SubscriptionProvider, VaultProvider,
    VoidPayment,
};
use integrations_core::{Page, PageRequest, Result, unsupported};

use super::LocalPayments;
use super::{bank, moves};

/// How many items a page has when nobody says.
pub(super) const PAGE: usize = 10;

#[async_trait]
impl PaymentProvider for LocalPayments {
    fn capabilities(&self) -> &PaymentCapabilities {
        &self.capabilities
    }

    fn currency_rule(&self, currency: Currency) -> Option<CurrencyRule> {
        Some(CurrencyRule::iso(currency))
    }

    async fn create_payment(&self, request: &CreatePayment) -> Result<Payment> {
        self.capabilities.check_create(request)?;
        CurrencyRule::iso(request.amount.currency()).check(request.amount)?;
        let request = request.clone();
        self.run(move |tx| bank::create(tx, &request)).await
    }

    async fn get_payment(&self, id: &PaymentId) -> Result<Payment> {
        let id = id.clone();
        self.run(move |tx| bank::get(tx, &id)).await
    }

    async fn continue_payment(&self, request: &ContinuePayment) -> Result<Payment> {
        self.capabilities.check_continue(request)?;
        let request = request.clone();
        self.run(move |tx| bank::go_on(tx, &request)).await
    }

    async fn refund(&self, request: &RefundPayment) -> Result<Refund> {
        self.capabilities.check_refund(request)?;
        if let Some(amount) = request.amount {
            CurrencyRule::iso(amount.currency()).check(amount)?;
        }
        let request = request.clone();
        self.run(move |tx| moves::refund(tx, &request)).await
    }

    async fn get_refund(&self, id: &RefundId) -> Result<Refund> {
        let id = id.clone();
        self.run(move |tx| moves::get_refund(tx, &id)).await
    }

    async fn capture(&self, request: &CapturePayment) -> Result<Capture> {
        self.capabilities.check_capture(request)?;
        if let Some(amount) = request.amount {
            CurrencyRule::iso(amount.currency()).check(amount)?;
        }
        let request = request.clone();
        self.run(move |tx| moves::capture(tx, &request)).await
    }

    async fn void(&self, request: &VoidPayment) -> Result<Payment> {
        self.capabilities.check_void(request)?;
        let unapproved = self.capabilities.void_unapproved;
        let authorized = self.capabilities.void_authorized;
        let request = request.clone();
        self.run(move |tx| moves::void(tx, &request, unapproved, authorized))
            .await
    }

    async fn list_refunds(&self, payment: &PaymentId, page: &PageRequest) -> Result<Page<Refund>> {
        if !self.capabilities.refund_list {
            return Err(unsupported(self, "refund_list"));
        }
        let (id, page) = (payment.clone(), page.clone());
        self.run(move |tx| {
            bank::payment(tx, &id)?;
            let refunds = tx.ledger.refunds.values();
            let all = refunds
                .filter(|refund| refund.payment == id)
                .map(|refund| (**refund).clone())
                .collect();
            Page::slice_by(all, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }

    async fn list_payments(
        &self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Result<Page<Payment>> {
        self.capabilities.check_payment_filter(filter)?;
        let filter = filter.clone();
        self.select(page, move |payment| {
            let of = |wanted: &Option<_>, has: &Option<_>| wanted.is_none() || wanted == has;
            let made = payment.created_at;
            of(&filter.customer, &payment.customer)
                && filter.created_from.is_none_or(|from| made >= Some(from))
                && filter
                    .created_before
                    .is_none_or(|before| made < Some(before))
        })
        .await
    }

    async fn find_payments(
        &self,
        reference: &MerchantRef,
        page: &PageRequest,
    ) -> Result<Page<Payment>> {
        self.capabilities.check_reference(reference)?;
        let reference = Some(reference.clone());
        self.select(page, move |payment| payment.reference == reference)
            .await
    }

    fn customers(&self) -> Option<&dyn CustomerProvider> {
        self.capabilities
            .customers
            .then_some(self as &dyn CustomerProvider)
    }

    fn vault(&self) -> Option<&dyn VaultProvider> {
        self.capabilities
            .vault
            .then_some(self as &dyn VaultProvider)
    }

    fn subscriptions(&self) -> Option<&dyn SubscriptionProvider> {
        self.capabilities
            .subscriptions
            .then_some(self as &dyn SubscriptionProvider)
    }

    fn disputes(&self) -> Option<&dyn DisputeProvider> {
        self.capabilities
            .disputes
            .then_some(self as &dyn DisputeProvider)
    }
}

impl LocalPayments {
    /// One page of the payments that a test lets through, oldest first.
    async fn select(
        &self,
        page: &PageRequest,
        wanted: impl Fn(&Payment) -> bool + Send + 'static,
    ) -> Result<Page<Payment>> {
        let page = page.clone();
        self.run(move |tx| {
            let rows = tx.ledger.payments.values();
            let all = rows
                .filter(|row| wanted(&row.payment))
                .map(|row| bank::seen(row, tx.now))
                .collect();
            Page::slice_by(all, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }
}
