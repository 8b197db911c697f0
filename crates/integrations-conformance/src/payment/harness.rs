//! What a behaviour gets: the payments under test, and who plays the buyer and the bank.

use std::sync::Arc;

use futures::future::BoxFuture;
use integrations_core::money::{Currency, Money};
use integrations_core::payment::{
    CreatePayment, DeclineReason, DisputeId, Instrument, NextAction, Payment, PaymentId, Payments,
};
use integrations_core::{IdempotencyKey, Result};

use crate::Failure;

/// Plays the buyer: follows a next action and agrees.
pub type Buyer = Arc<dyn Fn(NextAction) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Plays the buyer's bank: opens a dispute about a payment.
pub type OpenDispute =
    Arc<dyn Fn(PaymentId) -> BoxFuture<'static, Result<DisputeId>> + Send + Sync>;

/// Makes the provider answer a status, in its own words, for a payment.
pub type ReportStatus =
    Arc<dyn Fn(PaymentId, String) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// The instruments of a sandbox. Each may be paid with again and again.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Instruments {
    /// Pays at once.
    pub success: Instrument,
    /// Are declined, with the reason that the provider documents.
    pub declined: Vec<(Instrument, DeclineReason)>,
    /// Asks for an action of the buyer, then pays.
    pub action: Option<Instrument>,
    /// Asks for an action each time, also after it was saved.
    pub always_action: Option<Instrument>,
    /// Can be saved and is declined when it is paid with.
    pub saved_declines: Option<Instrument>,
}

impl Instruments {
    /// A sandbox of which only the instrument that pays is known.
    #[must_use]
    pub fn new(success: Instrument) -> Self {
        Self {
            success,
            declined: Vec::new(),
            action: None,
            always_action: None,
            saved_declines: None,
        }
    }

    /// Adds an instrument that is declined for a reason.
    #[must_use]
    pub fn with_declined(mut self, instrument: Instrument, reason: DeclineReason) -> Self {
        self.declined.push((instrument, reason));
        self
    }

    /// Sets the instrument that asks for an action, then pays.
    #[must_use]
    pub fn with_action(mut self, instrument: Instrument) -> Self {
        self.action = Some(instrument);
        self
    }

    /// Sets the instrument that asks for an action each time.
    #[must_use]
    pub fn with_always_action(mut self, instrument: Instrument) -> Self {
        self.always_action = Some(instrument);
        self
    }

    /// Sets the instrument that can be saved and is declined when it is paid with.
    #[must_use]
    pub fn with_saved_declines(mut self, instrument: Instrument) -> Self {
        self.saved_declines = Some(instrument);
        self
    }
}

/// What a behaviour of this suite gets.
#[derive(Clone)]
#[non_exhaustive]
pub struct Harness {
    /// The payments under test.
    pub payments: Payments,
    /// The instruments of the sandbox.
    pub instruments: Instruments,
    /// The currency that most behaviours pay in. The account must take amounts from 1 to 100 of
    /// its units.
    pub currency: Currency,
    /// Every key and reference of the behaviour starts so; nobody else uses it.
    pub label: String,
    /// How many requests have left the provider so far, where that can be told. With it the suite
    /// proves that refusals send nothing; without it those behaviours are skipped.
    pub requests: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
    /// Plays the buyer.
    pub buyer: Option<Buyer>,
    /// Plays the buyer's bank.
    pub open_dispute: Option<OpenDispute>,
    /// Makes the provider answer a status that no library knows.
    pub report_status: Option<ReportStatus>,
}

impl Harness {
    /// A harness with a fresh label, in US dollars.
    #[must_use]
    pub fn new(payments: Payments, instruments: Instruments) -> Self {
        let mut label = uuid::Uuid::new_v4().simple().to_string();
        label.truncate(16);
        Self {
            payments,
            instruments,
            currency: Currency::USD,
            label,
            requests: None,
            buyer: None,
            open_dispute: None,
            report_status: None,
        }
    }

    /// Pays in another currency.
    #[must_use]
    pub fn with_currency(mut self, currency: Currency) -> Self {
        self.currency = currency;
        self
    }

    /// Counts the requests that leave the provider.
    #[must_use]
    pub fn with_requests(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.requests = Some(Arc::new(count));
        self
    }

    /// Plays the buyer.
    #[must_use]
    pub fn with_buyer(mut self, buyer: Buyer) -> Self {
        self.buyer = Some(buyer);
        self
    }

    /// Plays the buyer's bank.
    #[must_use]
    pub fn with_open_dispute(mut self, open: OpenDispute) -> Self {
        self.open_dispute = Some(open);
        self
    }

    /// Makes the provider answer a status that no library knows.
    #[must_use]
    pub fn with_report_status(mut self, report: ReportStatus) -> Self {
        self.report_status = Some(report);
        self
    }

    pub(super) fn key(&self, name: &str) -> Result<IdempotencyKey> {
        IdempotencyKey::new(format!("{}-{name}", self.label))
    }

    /// So many units of the currency: 10 is 10.00 USD.
    pub(super) fn units(&self, units: i64) -> Money {
        Money::new(
            units * 10_i64.pow(u32::from(self.currency.exponent())),
            self.currency,
        )
    }

    /// A purchase with the instrument that pays.
    pub(super) fn purchase(&self, name: &str, units: i64) -> Result<CreatePayment> {
        Ok(CreatePayment::new(self.key(name)?, self.units(units))
            .with_instrument(self.instruments.success.clone()))
    }

    /// A payment that was taken.
    pub(super) async fn paid(&self, name: &str, units: i64) -> Result<Payment, Failure> {
        let payment = self
            .payments
            .create_payment(self.purchase(name, units)?)
            .await?;
        if !payment.is_paid() {
            return Err(Failure::new(format!(
                "the instrument that pays gave a payment that is {}",
                payment.status
            )));
        }
        Ok(payment)
    }

    /// A payment that is reserved.
    pub(super) async fn reserved(&self, name: &str, units: i64) -> Result<Payment, Failure> {
        Ok(self.payments.authorize(self.purchase(name, units)?).await?)
    }

    /// The payment as the provider has it now.
    pub(super) async fn read(&self, payment: &PaymentId) -> Result<Payment> {
        self.payments.get_payment(payment).await
    }

    pub(super) async fn agree(&self, action: Option<NextAction>) -> Result<(), Failure> {
        let (Some(buyer), Some(action)) = (&self.buyer, action) else {
            return Err(Failure::new("there is no action for the buyer"));
        };
        Ok(buyer(action).await?)
    }
}

impl std::fmt::Debug for Harness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Harness")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
