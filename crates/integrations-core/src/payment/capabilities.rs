//! What a payment provider can do, as data.

use std::time::Duration;

use serde::Serialize;

/// In which pieces an authorization can be captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartialCapture {
    /// Only as a whole.
    #[default]
    No,
    /// One part; the rest is released.
    Once,
    /// Several parts, until the last one releases the rest.
    Several,
}

/// How much of the merchant's own data is kept on a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MetadataLimits {
    /// The most entries.
    pub entries: usize,
    /// The most characters of a name.
    pub name_len: usize,
    /// The most characters of a value.
    pub value_len: usize,
}

impl MetadataLimits {
    /// Limits on the number of entries and the characters of names and values. Stripe has 50, 40
    /// and 500.
    #[must_use]
    pub const fn new(entries: usize, name_len: usize, value_len: usize) -> Self {
        Self {
            entries,
            name_len,
            value_len,
        }
    }
}

/// How long the provider remembers an idempotency key. After that the same request is a **new**
/// operation: read back instead of sending it again. [`Error::safe_until`](crate::Error::safe_until)
/// is the end of it for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct KeyWindows {
    /// Of creating and continuing a payment. PayPal: 6 hours; Stripe: at least 24.
    pub create: Duration,
    /// Of a capture. PayPal: 45 days.
    pub capture: Duration,
    /// Of a refund.
    pub refund: Duration,
}

impl KeyWindows {
    /// The same for all operations.
    #[must_use]
    pub const fn all(window: Duration) -> Self {
        Self {
            create: window,
            capture: window,
            refund: window,
        }
    }
}

/// What a payment provider can do. Everything starts as "no": a provider declares what works.
///
/// Creating a payment with [`Instrument::Token`](super::Instrument::Token), reading it, continuing
/// it and refunding all of it is what every provider can do. Which currencies it takes is
/// [`PaymentProvider::currency_rule`](super::PaymentProvider::currency_rule).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct PaymentCapabilities {
    /// Payments without an instrument, which wait for one.
    pub deferred_instrument: bool,
    /// Payments with a saved method.
    pub saved_instrument: bool,
    /// Payments without the buyer.
    pub off_session: bool,
    /// Payments that are reserved first and captured later.
    pub manual_capture: bool,
    /// In which pieces they are captured.
    pub partial_capture: PartialCapture,
    /// Gives up a payment before the buyer has agreed.
    pub void_unapproved: bool,
    /// Releases reserved money.
    pub void_authorized: bool,
    /// Refunds of a part.
    pub partial_refund: bool,
    /// A list of a payment's refunds.
    pub refund_list: bool,
    /// A list of payments.
    pub payment_list: bool,
    /// Finds payments by the merchant's reference.
    pub find_by_reference: bool,
    /// The most characters of a merchant's reference; 0 when none is kept.
    pub max_reference_len: usize,
    /// The most characters of a description; 0 when none is kept.
    pub max_description_len: usize,
    /// The most characters of a text on the statement; 0 when it cannot be set.
    pub max_statement_len: usize,
    /// Sends receipts.
    pub receipt_email: bool,
    /// Refund reasons are kept.
    pub refund_reason: bool,
    /// The merchant's own data on payments; `None` when none is kept.
    pub metadata: Option<MetadataLimits>,
    /// The same key with another request is refused. Otherwise the first answer is repeated, and
    /// the second request dropped.
    pub key_reuse_refused: bool,
    /// How long keys are remembered.
    pub key_windows: KeyWindows,
    /// Customers.
    pub customers: bool,
    /// The most characters of a customer's name; 0 when none is kept.
    pub max_customer_name_len: usize,
    /// Email addresses of customers are kept.
    pub customer_email: bool,
    /// The most characters of a customer's phone number; 0 when none is kept.
    pub max_customer_phone_len: usize,
    /// The most characters of the merchant's words about a customer; 0 when none are kept.
    pub max_customer_description_len: usize,
    /// A list of customers.
    pub customer_list: bool,
    /// Saved payment methods.
    pub vault: bool,
    /// Plans and subscriptions.
    pub subscriptions: bool,
    /// Free days at the start.
    pub subscription_trial: bool,
    /// Moves a subscription to another plan or quantity.
    pub subscription_change: bool,
    /// Settles the rest of a period when a subscription is moved.
    pub subscription_proration: bool,
    /// Pauses and resumes subscriptions.
    pub subscription_pause: bool,
    /// Ends a subscription with the period that is paid.
    pub subscription_cancel_at_period_end: bool,
    /// Disputes.
    pub disputes: bool,
    /// Gives in to a dispute.
    pub dispute_accept: bool,
    /// Hands in evidence.
    pub dispute_evidence: bool,
}

impl PaymentCapabilities {
    /// A provider that takes whole payments and gives them back, and no more.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
