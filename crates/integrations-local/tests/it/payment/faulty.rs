//! A provider in which one thing is wrong.

use async_trait::async_trait;
use futures::FutureExt;
use integrations_core::money::{Currency, Money};
use integrations_core::payment::*;
use integrations_core::{
    Descriptor, Error, ErrorKind, Health, IdempotencyKey, Integration, Page, PageRequest, Result,
    RetryAdvice, Status,
};
use integrations_local::payment::LocalPayments;

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    PaysAgainForAKey,
    CapturesAgainForAKey,
    RefundsAgainForAKey,
    IgnoresAKeysRequest,
    RefundsOncePerAmount,
    DropsTheCapturesAmount,
    CapturesUpToTheLimit,
    ForgetsWhatIsReserved,
    RefundsUpToTheLimit,
    RefundsAllForAPart,
    LosesRefundsInTheSum,
    ReadsDeclinesAsPaid,
    ForgetsWhyItDeclined,
    ReadsActionsAsPaid,
    RoundsYen,
    ReadsUnknownAsSettled,
    DropsMetadata,
    DropsTheReference,
    TakesAnyCurrencyForTheOther,
    ListsOnlyTheFirstPage,
    ListsForEver,
    ListsEverybodysPayments,
    FindsByPrefix,
    DoesWhatItDoesNotDeclare,
    SendsBeforeItRefuses,
    LooksUpItsName,
    DeclaresWhatDoesNotWork,
    TakesBeforeTheBuyerAgreed,
    WipesOnUpdate,
    KeepsDeletedCustomers,
    KeepsDetachedMethods,
    FailsOnTheSecondDelete,
    FailsOnTheSecondDetach,
    DropsThePhone,
    TakesUndeclaredCustomerFields,
    TellsToRepeatAReusedKey,
    TellsToRepeatADecline,
    EndsAtOnce,
    IgnoresPauses,
}

#[derive(Debug)]
pub(super) struct Faulty {
    bank: LocalPayments,
    fault: Fault,
    capabilities: PaymentCapabilities,
}

impl Faulty {
    pub(super) fn new(bank: LocalPayments, fault: Fault) -> Self {
        let mut capabilities = bank.capabilities().clone();
        if matches!(
            fault,
            Fault::DoesWhatItDoesNotDeclare | Fault::SendsBeforeItRefuses
        ) {
            capabilities.find_by_reference = false;
        }
        if fault == Fault::TakesUndeclaredCustomerFields {
            capabilities.max_customer_phone_len = 0;
        }
        Self {
            bank,
            fault,
            capabilities,
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// The key that the bank sees.
    fn key(&self, fault: Fault, key: &IdempotencyKey) -> IdempotencyKey {
        if self.has(fault) {
            IdempotencyKey::random()
        } else {
            key.clone()
        }
    }

    /// The payment as this provider reads it.
    fn read(&self, mut payment: Payment) -> Payment {
        let other = matches!(payment.status, PaymentStatus::Other(_));
        let asks = payment.status == PaymentStatus::RequiresAction;
        if (self.has(Fault::ReadsUnknownAsSettled) && other)
            || (self.has(Fault::ReadsActionsAsPaid) && asks)
        {
            payment.status = PaymentStatus::Captured;
            payment.captured = payment.amount;
        }
        if self.has(Fault::DropsMetadata) {
            payment.metadata.clear();
        }
        if self.has(Fault::DropsTheReference) {
            payment.reference = None;
        }
        if self.has(Fault::LosesRefundsInTheSum) && payment.refunded < payment.captured {
            payment.refunded = Money::zero(payment.amount.currency());
        }
        if self.has(Fault::ForgetsWhatIsReserved) {
            payment.capturable = Money::zero(payment.amount.currency());
        }
        payment
    }

    fn page<T>(&self, mut page: Page<T>, request: &PageRequest) -> Page<T> {
        if self.has(Fault::ListsOnlyTheFirstPage) {
            page.next = None;
        }
        if self.has(Fault::ListsForEver) {
            page.next = request.cursor.clone().or(page.next);
        }
        page
    }

    /// The amount with which the bank agrees, for a driver that does not check.
    fn amount(&self, amount: Option<Money>, currency: Currency) -> Option<Money> {
        let fault = Fault::TakesAnyCurrencyForTheOther;
        amount.map(|amount| match self.has(fault) {
            true => Money::new(amount.minor(), currency),
            false => amount,
        })
    }
}

#[async_trait]
impl Integration for Faulty {
    fn descriptor(&self) -> &Descriptor {
        if self.has(Fault::LooksUpItsName) {
            // In memory there is nothing to wait for.
            let (filter, page) = (PaymentFilter::new(), PageRequest::default());
            let payments = self.bank.list_payments(&filter, &page);
            payments.now_or_never().unwrap().unwrap();
        }
        self.bank.descriptor()
    }
    async fn connect(&self) -> Result<()> {
        self.bank.connect().await
    }
    async fn check_health(&self) -> Health {
        self.bank.check_health().await
    }
    fn status(&self) -> Status {
        self.bank.status()
    }
}

#[async_trait]
impl PaymentProvider for Faulty {
    fn capabilities(&self) -> &PaymentCapabilities {
        &self.capabilities
    }

    fn currency_rule(&self, currency: Currency) -> Option<CurrencyRule> {
        self.bank.currency_rule(currency)
    }

    async fn create_payment(&self, request: &CreatePayment) -> Result<Payment> {
        let mut request = request.clone();
        request.key = self.key(Fault::PaysAgainForAKey, &request.key);
        if self.has(Fault::IgnoresAKeysRequest) && request.amount.minor() == 1100 {
            request.amount = Money::new(1000, request.amount.currency());
        }
        if self.has(Fault::RoundsYen) && request.amount.currency() == Currency::JPY {
            request.amount = Money::new(request.amount.minor() / 100 * 100, Currency::JPY);
        }
        match self.bank.create_payment(&request).await {
            Err(error) if error.kind() == ErrorKind::Declined => {
                if self.has(Fault::ForgetsWhyItDeclined) {
                    return Err(Error::new(ErrorKind::Declined, "no"));
                }
                if self.has(Fault::TellsToRepeatADecline) {
                    return Err(error.with_retry(RetryAdvice::SameRequest));
                }
                let decline = error.detail::<Decline>().cloned();
                match decline.and_then(|decline| decline.payment) {
                    Some(id) if self.has(Fault::ReadsDeclinesAsPaid) => {
                        let mut payment = Payment::new(id, PaymentStatus::Captured, request.amount);
                        payment.captured = request.amount;
                        Ok(payment)
                    }
                    _ => Err(error),
                }
            }
            Err(error)
                if error.kind() == ErrorKind::Conflict
                    && self.has(Fault::TellsToRepeatAReusedKey) =>
            {
                Err(error.with_retry(RetryAdvice::SameRequest))
            }
            result => result.map(|payment| self.read(payment)),
        }
    }

    async fn get_payment(&self, id: &PaymentId) -> Result<Payment> {
        self.bank
            .get_payment(id)
            .await
            .map(|payment| self.read(payment))
    }

    async fn continue_payment(&self, request: &ContinuePayment) -> Result<Payment> {
        if self.has(Fault::TakesBeforeTheBuyerAgreed) {
            // There may be nothing to agree to.
            let _ = self.bank.approve(&request.payment).await;
        }
        let payment = self.bank.continue_payment(request).await;
        payment.map(|payment| self.read(payment))
    }

    async fn refund(&self, request: &RefundPayment) -> Result<Refund> {
        let mut request = request.clone();
        request.key = self.key(Fault::RefundsAgainForAKey, &request.key);
        request.amount = self.amount(request.amount, Currency::USD);
        if self.has(Fault::RefundsAllForAPart) {
            request.amount = None;
        }
        if let (Fault::RefundsOncePerAmount, Some(amount)) = (self.fault, request.amount) {
            // The key is made of what is asked for.
            request.key = IdempotencyKey::new(format!("amount-{}", amount.minor()))?;
        }
        match self.bank.refund(&request).await {
            Err(_) if self.has(Fault::RefundsUpToTheLimit) && request.amount.is_some() => {
                request.amount = None;
                self.bank.refund(&request).await
            }
            result => result,
        }
    }

    async fn get_refund(&self, id: &RefundId) -> Result<Refund> {
        self.bank.get_refund(id).await
    }

    async fn capture(&self, request: &CapturePayment) -> Result<Capture> {
        let mut request = request.clone();
        request.key = self.key(Fault::CapturesAgainForAKey, &request.key);
        request.amount = self.amount(request.amount, Currency::USD);
        if self.has(Fault::DropsTheCapturesAmount) {
            request.amount = None;
            request.keep_rest = false;
        }
        match self.bank.capture(&request).await {
            Err(_) if self.has(Fault::CapturesUpToTheLimit) && request.amount.is_some() => {
                request.amount = None;
                self.bank.capture(&request).await
            }
            result => result,
        }
    }

    async fn void(&self, request: &VoidPayment) -> Result<Payment> {
        if self.has(Fault::DeclaresWhatDoesNotWork) {
            return Err(Error::unsupported("void"));
        }
        self.bank.void(request).await
    }

    async fn list_refunds(&self, payment: &PaymentId, page: &PageRequest) -> Result<Page<Refund>> {
        let refunds = self.bank.list_refunds(payment, page).await?;
        Ok(self.page(refunds, page))
    }

    async fn list_payments(
        &self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Result<Page<Payment>> {
        let mut filter = filter.clone();
        if self.has(Fault::ListsEverybodysPayments) {
            filter.customer = None;
        }
        let payments = self.bank.list_payments(&filter, page).await?;
        Ok(self.page(payments, page))
    }

    async fn find_payments(
        &self,
        reference: &MerchantRef,
        page: &PageRequest,
    ) -> Result<Page<Payment>> {
        match self.fault {
            Fault::SendsBeforeItRefuses => {
                self.bank.find_payments(reference, page).await?;
                Err(Error::unsupported("find_by_reference"))
            }
            Fault::FindsByPrefix => {
                let all = self.bank.list_payments(&PaymentFilter::new(), page).await?;
                let starts = |payment: &Payment| {
                    let found = payment.reference.as_ref();
                    found.is_some_and(|found| found.as_str().starts_with(reference.as_str()))
                };
                Ok(Page {
                    items: all.items.into_iter().filter(starts).collect(),
                    next: all.next,
                })
            }
            _ => self.bank.find_payments(reference, page).await,
        }
    }

    fn customers(&self) -> Option<&dyn CustomerProvider> {
        Some(self)
    }
    fn vault(&self) -> Option<&dyn VaultProvider> {
        Some(self)
    }
    fn subscriptions(&self) -> Option<&dyn SubscriptionProvider> {
        Some(self)
    }
    fn disputes(&self) -> Option<&dyn DisputeProvider> {
        self.bank.disputes()
    }
}

#[async_trait]
impl CustomerProvider for Faulty {
    async fn create(&self, request: &CreateCustomer) -> Result<Customer> {
        let mut request = request.clone();
        if self.has(Fault::DropsThePhone) {
            request.phone = None;
        }
        CustomerProvider::create(&self.bank, &request).await
    }
    async fn get(&self, id: &CustomerId) -> Result<Customer> {
        CustomerProvider::get(&self.bank, id).await
    }
    async fn update(&self, id: &CustomerId, request: &UpdateCustomer) -> Result<Customer> {
        let mut request = request.clone();
        if self.has(Fault::WipesOnUpdate) {
            request.email = Some(request.email.unwrap_or_default());
        }
        self.bank.update(id, &request).await
    }
    async fn delete(&self, id: &CustomerId) -> Result<()> {
        if self.has(Fault::KeepsDeletedCustomers) {
            return Ok(());
        }
        if self.has(Fault::FailsOnTheSecondDelete) {
            CustomerProvider::get(&self.bank, id).await?;
        }
        self.bank.delete(id).await
    }
    async fn list(&self, filter: &CustomerFilter, page: &PageRequest) -> Result<Page<Customer>> {
        CustomerProvider::list(&self.bank, filter, page).await
    }
}

#[async_trait]
impl VaultProvider for Faulty {
    async fn begin_save(&self, request: &BeginSave) -> Result<Setup> {
        self.bank.begin_save(request).await
    }
    async fn finish_save(&self, request: &FinishSave) -> Result<Setup> {
        self.bank.finish_save(request).await
    }
    async fn get_setup(&self, id: &SetupId) -> Result<Setup> {
        self.bank.get_setup(id).await
    }
    async fn get(&self, id: &PaymentMethodId) -> Result<PaymentMethod> {
        VaultProvider::get(&self.bank, id).await
    }
    async fn list(&self, customer: &CustomerId, page: &PageRequest) -> Result<Page<PaymentMethod>> {
        VaultProvider::list(&self.bank, customer, page).await
    }
    async fn detach(&self, id: &PaymentMethodId) -> Result<()> {
        if self.has(Fault::KeepsDetachedMethods) {
            return Ok(());
        }
        if self.has(Fault::FailsOnTheSecondDetach) {
            VaultProvider::get(&self.bank, id).await?;
        }
        self.bank.detach(id).await
    }
}

#[async_trait]
impl SubscriptionProvider for Faulty {
    async fn create_plan(&self, request: &CreatePlan) -> Result<Plan> {
        self.bank.create_plan(request).await
    }
    async fn get_plan(&self, id: &PlanId) -> Result<Plan> {
        self.bank.get_plan(id).await
    }
    async fn list_plans(&self, page: &PageRequest) -> Result<Page<Plan>> {
        self.bank.list_plans(page).await
    }
    async fn create(&self, request: &CreateSubscription) -> Result<Subscription> {
        SubscriptionProvider::create(&self.bank, request).await
    }
    async fn get(&self, id: &SubscriptionId) -> Result<Subscription> {
        SubscriptionProvider::get(&self.bank, id).await
    }
    async fn list(
        &self,
        filter: &SubscriptionFilter,
        page: &PageRequest,
    ) -> Result<Page<Subscription>> {
        SubscriptionProvider::list(&self.bank, filter, page).await
    }
    async fn change(&self, request: &ChangeSubscription) -> Result<Subscription> {
        self.bank.change(request).await
    }
    async fn pause(&self, request: &PauseSubscription) -> Result<Subscription> {
        if self.has(Fault::IgnoresPauses) {
            return SubscriptionProvider::get(&self.bank, &request.subscription).await;
        }
        self.bank.pause(request).await
    }
    async fn resume(&self, request: &ResumeSubscription) -> Result<Subscription> {
        self.bank.resume(request).await
    }
    async fn cancel(&self, request: &CancelSubscription) -> Result<Subscription> {
        let mut request = request.clone();
        if self.has(Fault::EndsAtOnce) {
            request.at = CancelAt::Now;
        }
        self.bank.cancel(&request).await
    }
}
