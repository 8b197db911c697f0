//! The checks of requests against what a provider declares. The handle makes them before it calls;
//! a driver makes the same ones, so that a caller of the driver is refused as well.

use std::collections::BTreeMap;

use super::{
    AcceptDispute, BeginSave, CancelAt, CancelSubscription, CaptureMode, CapturePayment,
    CaptureTarget, ChangeSubscription, ContinuePayment, CreateCustomer, CreatePayment, CreatePlan,
    CreateSubscription, CurrencyRule, FinishSave, Instrument, MerchantRef, PartialCapture,
    PaymentCapabilities, PaymentFilter, Proration, RefundPayment, RefundTarget, SubmitEvidence,
    SubscriptionId, UpdateCustomer, VoidPayment,
};
use crate::error::{Error, Result};
use crate::money::{Currency, Money};

/// A feature that the provider must have.
fn need(has: bool, feature: &'static str) -> Result<()> {
    if has {
        Ok(())
    } else {
        Err(Error::unsupported(feature))
    }
}

/// A text that the provider keeps up to a number of characters; 0 means not at all.
fn text(text: Option<&str>, feature: &'static str, most: usize) -> Result<()> {
    let Some(text) = text else { return Ok(()) };
    need(most > 0, feature)?;
    let length = text.chars().count();
    if length == 0 || length > most {
        return Err(Error::invalid_input(format!(
            "the {feature} has {length} characters; it needs 1 to {most}"
        )));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid_input(format!(
            "the {feature} has control characters"
        )));
    }
    Ok(())
}

/// The longest id that is sent, in characters: the longest that Stripe promises, and far above
/// those of other vendors. A longer text is none of theirs.
const MAX_ID_LEN: usize = 255;

/// Refuses what cannot be an id. Empty, it would name the list instead of the thing.
pub(super) fn check_id(id: &str, what: &'static str) -> Result<()> {
    let wrong = |why: String| Err(Error::invalid_input(format!("the {what}'s id {why}")));
    if id.is_empty() {
        return wrong("is empty".to_owned());
    }
    let length = id.chars().count();
    if length > MAX_ID_LEN {
        return wrong(format!(
            "has {length} characters; the longest has {MAX_ID_LEN}"
        ));
    }
    if id.chars().any(char::is_control) {
        return wrong("has control characters".to_owned());
    }
    Ok(())
}

/// An id that need not be there.
pub(super) fn check_optional(id: Option<&impl AsRef<str>>, what: &'static str) -> Result<()> {
    id.map_or(Ok(()), |id| check_id(id.as_ref(), what))
}

/// An email address: something around an `@`, and no spaces.
pub(super) fn check_email(email: Option<&str>) -> Result<()> {
    let Some(email) = email else { return Ok(()) };
    let plain = !email.chars().any(|c| c.is_whitespace() || c.is_control());
    match email.rsplit_once('@') {
        Some((local, domain)) if plain && !local.is_empty() && !domain.is_empty() => Ok(()),
        _ => Err(Error::invalid_input("the email address is none")),
    }
}

impl PaymentCapabilities {
    /// Checks an id, of the thing that `what` names: a driver makes this check before it puts the
    /// id into a request.
    ///
    /// # Errors
    /// `InvalidInput` when it is empty, longer than 255 characters or has control characters.
    pub fn check_id(id: &str, what: &'static str) -> Result<()> {
        check_id(id, what)
    }

    /// Checks that an amount can be taken in its currency.
    ///
    /// # Errors
    /// `Unsupported` when there is no rule; `InvalidInput` when the amount does not fit it.
    pub fn check_amount(
        amount: Money,
        rule: impl FnOnce(Currency) -> Option<CurrencyRule>,
    ) -> Result<()> {
        let currency = amount.currency();
        rule(currency)
            .ok_or_else(|| Error::unsupported(format_args!("the currency {currency}")))?
            .check(amount)
    }

    /// Checks what pays.
    ///
    /// # Errors
    /// `InvalidInput` for a card number or an empty token; `Unsupported`.
    pub fn check_instrument(&self, instrument: Option<&Instrument>) -> Result<()> {
        match instrument {
            None => need(self.deferred_instrument, "deferred_instrument"),
            Some(Instrument::Token(token)) if token.expose().is_empty() => {
                Err(Error::invalid_input("the instrument's token is empty"))
            }
            Some(Instrument::Token(token)) if token.is_card_number() => Err(Error::invalid_input(
                "card numbers are not taken: use a token of the provider's script",
            )),
            Some(Instrument::Token(_)) => Ok(()),
            Some(Instrument::Saved(method)) => {
                need(self.saved_instrument, "saved_instrument")?;
                check_id(method.as_str(), "payment method")
            }
        }
    }

    /// Checks the merchant's own data.
    ///
    /// # Errors
    /// `Unsupported` when none is kept; `InvalidInput` when it would not arrive as it is.
    pub fn check_metadata(&self, metadata: &BTreeMap<String, String>) -> Result<()> {
        if metadata.is_empty() {
            return Ok(());
        }
        let limits = self
            .metadata
            .ok_or_else(|| Error::unsupported("metadata"))?;
        if metadata.len() > limits.entries {
            return Err(Error::invalid_input(format!(
                "there are {} entries of metadata; the most is {}",
                metadata.len(),
                limits.entries
            )));
        }
        for (name, value) in metadata {
            // Stripe nests names in brackets.
            let plain = !name.contains(['[', ']']) && !name.chars().any(char::is_control);
            let (names, values) = (name.chars().count(), value.chars().count());
            if !plain || names == 0 || names > limits.name_len || values > limits.value_len {
                return Err(Error::invalid_input(format!(
                    "the metadata {name:?} does not fit: names have 1 to {} characters without \
                     brackets, values at most {}",
                    limits.name_len, limits.value_len
                )));
            }
        }
        Ok(())
    }

    /// Checks a payment to make, except its amount.
    ///
    /// # Errors
    /// `Unsupported` for what the provider does not have; `InvalidInput`.
    pub fn check_create(&self, request: &CreatePayment) -> Result<()> {
        self.check_instrument(request.instrument.as_ref())?;
        if request.capture == CaptureMode::Manual {
            need(self.manual_capture, "manual_capture")?;
        }
        if request.off_session {
            need(self.off_session, "off_session")?;
            if request.instrument.is_none() {
                return Err(Error::invalid_input(
                    "without the buyer a payment needs an instrument",
                ));
            }
        }
        if let Some(customer) = &request.customer {
            need(self.customers, "customers")?;
            check_id(customer.as_str(), "customer")?;
        }
        let reference = request.reference.as_ref().map(MerchantRef::as_str);
        text(reference, "reference", self.max_reference_len)?;
        let description = request.description.as_deref();
        text(description, "description", self.max_description_len)?;
        let statement = request.statement_descriptor.as_deref();
        text(statement, "statement_descriptor", self.max_statement_len)?;
        if request.receipt_email.is_some() {
            need(self.receipt_email, "receipt_email")?;
            check_email(request.receipt_email.as_deref())?;
        }
        self.check_metadata(&request.metadata)
    }

    /// Checks a payment to continue.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_continue(&self, request: &ContinuePayment) -> Result<()> {
        check_id(request.payment.as_str(), "payment")?;
        match &request.instrument {
            None => Ok(()),
            instrument => self.check_instrument(instrument.as_ref()),
        }
    }

    /// Checks a capture, except its amount.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_capture(&self, request: &CapturePayment) -> Result<()> {
        need(self.manual_capture, "manual_capture")?;
        match &request.target {
            CaptureTarget::Payment(payment) => check_id(payment.as_str(), "payment")?,
            CaptureTarget::Authorization(id) => check_id(id.as_str(), "authorization")?,
        }
        let partial = self.partial_capture;
        if request.amount.is_some() {
            need(partial >= PartialCapture::Once, "partial_capture")?;
        }
        if request.keep_rest {
            need(partial >= PartialCapture::Several, "several_captures")?;
            if request.amount.is_none() {
                return Err(Error::invalid_input(
                    "a capture that keeps the rest needs an amount",
                ));
            }
        }
        Ok(())
    }

    /// Checks a payment to give up.
    ///
    /// # Errors
    /// `Unsupported` when no payment can be given up in any state; `InvalidInput`.
    pub fn check_void(&self, request: &VoidPayment) -> Result<()> {
        need(self.void_authorized || self.void_unapproved, "void")?;
        check_id(request.payment.as_str(), "payment")
    }

    /// Checks which payments to list.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput` for an id that is none, or a time that ends before it begins.
    pub fn check_payment_filter(&self, filter: &PaymentFilter) -> Result<()> {
        need(self.payment_list, "payment_list")?;
        check_optional(filter.customer.as_ref(), "customer")?;
        match (filter.created_from, filter.created_before) {
            (Some(from), Some(before)) if from > before => Err(Error::invalid_input(
                "the payments are to be made before they begin: created_before is the earlier time",
            )),
            _ => Ok(()),
        }
    }

    /// Checks a reference by which payments are to be found.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput` for a text that no payment can have as its reference.
    pub fn check_reference(&self, reference: &MerchantRef) -> Result<()> {
        need(self.find_by_reference, "find_by_reference")?;
        // A provider may find references that another way of its own set.
        let most = self.max_reference_len.max(MAX_ID_LEN);
        text(Some(reference.as_str()), "reference", most)
    }

    /// Checks a refund, except its amount.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_refund(&self, request: &RefundPayment) -> Result<()> {
        need(
            request.amount.is_none() || self.partial_refund,
            "partial_refund",
        )?;
        need(
            request.reason.is_none() || self.refund_reason,
            "refund_reason",
        )?;
        match &request.target {
            RefundTarget::Payment(payment) => check_id(payment.as_str(), "payment")?,
            RefundTarget::Capture { payment, capture } => {
                check_id(payment.as_str(), "payment")?;
                check_id(capture.as_str(), "capture")?;
            }
        }
        self.check_metadata(&request.metadata)
    }

    /// Checks a customer to make.
    ///
    /// # Errors
    /// `Unsupported` for a field that the provider does not keep; `InvalidInput` for one that it
    /// would cut.
    pub fn check_create_customer(&self, request: &CreateCustomer) -> Result<()> {
        need(self.customers, "customers")?;
        self.check_customer_fields([
            request.name.as_deref(),
            request.email.as_deref(),
            request.phone.as_deref(),
            request.description.as_deref(),
        ])?;
        self.check_metadata(&request.metadata)
    }

    /// Checks a change of a customer.
    ///
    /// # Errors
    /// As [`check_create_customer`](Self::check_create_customer). An empty text clears a field, and
    /// so fits, where the provider keeps the field at all.
    pub fn check_update_customer(&self, request: &UpdateCustomer) -> Result<()> {
        need(self.customers, "customers")?;
        let fields = [
            (
                request.name.as_deref(),
                self.max_customer_name_len > 0,
                "customer_name",
            ),
            (
                request.email.as_deref(),
                self.customer_email,
                "customer_email",
            ),
            (
                request.phone.as_deref(),
                self.max_customer_phone_len > 0,
                "customer_phone",
            ),
            (
                request.description.as_deref(),
                self.max_customer_description_len > 0,
                "customer_description",
            ),
        ];
        for (text, kept, feature) in fields {
            need(text.is_none() || kept, feature)?;
        }
        self.check_customer_fields(fields.map(|(text, ..)| text.filter(|text| !text.is_empty())))?;
        self.check_metadata(&request.metadata)
    }

    /// Name, email address, phone number and description of a customer.
    fn check_customer_fields(&self, fields: [Option<&str>; 4]) -> Result<()> {
        let [name, email, phone, description] = fields;
        text(name, "customer_name", self.max_customer_name_len)?;
        need(email.is_none() || self.customer_email, "customer_email")?;
        check_email(email)?;
        text(phone, "customer_phone", self.max_customer_phone_len)?;
        text(
            description,
            "customer_description",
            self.max_customer_description_len,
        )
    }

    /// Checks a method to save.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_save(&self, request: &BeginSave) -> Result<()> {
        need(self.vault, "vault")?;
        check_id(request.customer.as_str(), "customer")?;
        self.check_instrument(request.instrument.as_ref())
    }

    /// Checks a setup to take on.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_finish_save(&self, request: &FinishSave) -> Result<()> {
        need(self.vault, "vault")?;
        check_id(request.setup.as_str(), "setup")?;
        match &request.instrument {
            None => Ok(()),
            instrument => self.check_instrument(instrument.as_ref()),
        }
    }

    /// Checks a plan to make, except its amount.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_create_plan(&self, request: &CreatePlan) -> Result<()> {
        need(self.subscriptions, "subscriptions")?;
        text(Some(&request.name), "plan's name", 127)?;
        if request.interval.count == 0 {
            return Err(Error::invalid_input(
                "a billing interval has at least one unit",
            ));
        }
        need(
            request.trial_days == 0 || self.subscription_trial,
            "subscription_trial",
        )?;
        self.check_metadata(&request.metadata)
    }

    /// Checks a subscription to start.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_subscribe(&self, request: &CreateSubscription) -> Result<()> {
        need(self.subscriptions, "subscriptions")?;
        check_id(request.customer.as_str(), "customer")?;
        check_id(request.plan.as_str(), "plan")?;
        quantity(Some(request.quantity))?;
        need(
            request.trial_days.is_none_or(|days| days == 0) || self.subscription_trial,
            "subscription_trial",
        )?;
        let method = request.method.clone().map(Instrument::Saved);
        self.check_instrument(method.as_ref())?;
        self.check_metadata(&request.metadata)
    }

    /// Checks a change of a subscription.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput` when it changes nothing.
    pub fn check_change(&self, request: &ChangeSubscription) -> Result<()> {
        need(self.subscription_change, "subscription_change")?;
        need(
            request.proration == Proration::None || self.subscription_proration,
            "subscription_proration",
        )?;
        check_id(request.subscription.as_str(), "subscription")?;
        check_optional(request.plan.as_ref(), "plan")?;
        if request.plan.is_none() && request.quantity.is_none() {
            return Err(Error::invalid_input("the change names no plan or quantity"));
        }
        quantity(request.quantity)
    }

    /// Checks a subscription to pause or resume.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_pause(&self, subscription: &SubscriptionId) -> Result<()> {
        need(self.subscription_pause, "subscription_pause")?;
        check_id(subscription.as_str(), "subscription")
    }

    /// Checks the end of a subscription.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_cancel(&self, request: &CancelSubscription) -> Result<()> {
        need(self.subscriptions, "subscriptions")?;
        check_id(request.subscription.as_str(), "subscription")?;
        match request.at {
            CancelAt::Now => Ok(()),
            CancelAt::PeriodEnd => need(
                self.subscription_cancel_at_period_end,
                "subscription_cancel_at_period_end",
            ),
        }
    }

    /// Checks that a dispute can be accepted.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput`.
    pub fn check_accept(&self, request: &AcceptDispute) -> Result<()> {
        need(self.dispute_accept, "dispute_accept")?;
        check_id(request.dispute.as_str(), "dispute")
    }

    /// Checks evidence.
    ///
    /// # Errors
    /// `Unsupported`; `InvalidInput` when there is none.
    pub fn check_evidence(&self, request: &SubmitEvidence) -> Result<()> {
        need(self.dispute_evidence, "dispute_evidence")?;
        check_id(request.dispute.as_str(), "dispute")?;
        if request.is_empty() {
            return Err(Error::invalid_input("there is no evidence in the request"));
        }
        Ok(())
    }
}

fn quantity(quantity: Option<u32>) -> Result<()> {
    match quantity {
        Some(0) => Err(Error::invalid_input("a subscription has at least one unit")),
        _ => Ok(()),
    }
}
