//! What is refused before anything is sent.

use integrations_core::money::Money;
use integrations_core::payment::{
    AcceptDispute, BillingInterval, BillingUnit, CancelAt, CancelSubscription, CaptureMode,
    CapturePayment, ChangeSubscription, CreateCustomer, CreatePayment, CreatePlan, CustomerFilter,
    Instrument, PartialCapture, PauseSubscription, PaymentFilter, Proration, RefundPayment,
    RefundReason, ResumeSubscription, SubmitEvidence, VoidPayment,
};
use integrations_core::{Effect, ErrorKind, IdempotencyKey, PageRequest, Result};

use super::Harness;
use crate::requests::quietly;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

/// The answer must be `Unsupported`.
fn refused<T>(feature: &str, result: Result<T>) -> Verdict {
    match result {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            ensure_eq!(
                error.effect(),
                Effect::NotApplied,
                "the effect of {feature}"
            );
            Ok(())
        }
        Err(error) => Err(Failure::new(format!(
            "{feature} is not declared: expected Unsupported, saw {error}"
        ))),
        Ok(_) => Err(Failure::new(format!(
            "{feature} is not declared, and the call succeeded"
        ))),
    }
}

pub(super) async fn what_is_not_declared_is_refused(h: Harness) -> Verdict {
    // A real payment, so that a driver that goes on finds something.
    let paid = h.paid("pay", 10).await?;
    undeclared(&h, paid.id.as_str()).await?;
    let read = h.read(&paid.id).await?;
    ensure_eq!(read.status, paid.status, "the payment afterwards");
    Ok(())
}

pub(super) async fn refusing_what_is_not_declared_sends_nothing(h: Harness) -> Verdict {
    let paid = h.paid("pay", 10).await?;
    let read = async {
        h.read(&paid.id).await?;
        Ok(())
    };
    let undeclared = undeclared(&h, paid.id.as_str());
    quietly(h.requests.as_ref(), read, undeclared).await
}

/// Asks the driver for everything that it does not declare.
async fn undeclared(h: &Harness, id: &str) -> Verdict {
    payments(h, id).await?;
    groups(h).await
}

async fn payments(h: &Harness, id: &str) -> Verdict {
    let (driver, has) = (h.payments.provider(), h.payments.capabilities());
    let page = PageRequest::default();
    let key = || h.key("refused");
    let purchase = || h.purchase("refused", 10);
    let mut undeclared: Vec<(&str, CreatePayment)> = Vec::new();
    if !has.deferred_instrument {
        let request = CreatePayment::new(key()?, h.units(10));
        undeclared.push(("deferred_instrument", request));
    }
    if !has.saved_instrument {
        let request = purchase()?.with_instrument(Instrument::saved("pm_1".into()));
        undeclared.push(("saved_instrument", request));
    }
    for (declared, feature, request) in [
        (has.off_session, "off_session", purchase()?.off_session()),
        (
            has.manual_capture,
            "manual_capture",
            purchase()?.with_capture(CaptureMode::Manual),
        ),
        (
            has.max_reference_len > 0,
            "reference",
            purchase()?.with_reference("order-1"),
        ),
        (
            has.max_description_len > 0,
            "description",
            purchase()?.with_description("a book"),
        ),
        (
            has.max_statement_len > 0,
            "statement_descriptor",
            purchase()?.with_statement_descriptor("BOOK"),
        ),
        (
            has.receipt_email,
            "receipt_email",
            purchase()?.with_receipt_email("a@shop.example"),
        ),
        (
            has.metadata.is_some(),
            "metadata",
            purchase()?.with_metadata("a", "b"),
        ),
        (
            has.customers,
            "customers",
            purchase()?.with_customer("cus_1"),
        ),
    ] {
        if !declared {
            undeclared.push((feature, request));
        }
    }
    for (feature, request) in undeclared {
        refused(feature, driver.create_payment(&request).await)?;
    }
    let capture = || Ok::<_, Failure>(CapturePayment::new(key()?, payment_id(id)));
    if !has.manual_capture {
        refused("capture", driver.capture(&capture()?).await)?;
    }
    if has.partial_capture == PartialCapture::No {
        let request = capture()?.with_amount(h.units(1));
        refused("partial_capture", driver.capture(&request).await)?;
    }
    if has.partial_capture != PartialCapture::Several {
        let request = capture()?.with_amount(h.units(1)).keeping_rest();
        refused("several captures", driver.capture(&request).await)?;
    }
    if !has.void_authorized && !has.void_unapproved {
        let request = VoidPayment::new(key()?, payment_id(id));
        refused("void", driver.void(&request).await)?;
    }
    let refund = || Ok::<_, Failure>(RefundPayment::new(key()?, payment_id(id)));
    if !has.partial_refund {
        let request = refund()?.with_amount(h.units(1));
        refused("partial_refund", driver.refund(&request).await)?;
    }
    if !has.refund_reason {
        let request = refund()?.with_reason(RefundReason::Duplicate);
        refused("refund_reason", driver.refund(&request).await)?;
    }
    if !has.refund_list {
        let list = driver.list_refunds(&payment_id(id), &page).await;
        refused("refund_list", list)?;
    }
    if !has.payment_list {
        let list = driver.list_payments(&PaymentFilter::new(), &page).await;
        refused("payment_list", list)?;
    }
    if !has.find_by_reference {
        let list = driver.find_payments(&"order-1".into(), &page).await;
        refused("find_by_reference", list)?;
    }
    Ok(())
}

fn payment_id(id: &str) -> integrations_core::payment::PaymentId {
    id.into()
}

async fn groups(h: &Harness) -> Verdict {
    let (driver, has) = (h.payments.provider(), h.payments.capabilities());
    let page = PageRequest::default();
    let key = || h.key("refused");
    if let Some(customers) = driver.customers() {
        if !has.customer_list {
            let list = customers.list(&CustomerFilter::new(), &page).await;
            refused("customer_list", list)?;
        }
        let make = || Ok::<_, Failure>(CreateCustomer::new(key()?));
        for (declared, feature, request) in [
            (
                has.max_customer_name_len > 0,
                "customer_name",
                make()?.with_name("Zoe"),
            ),
            (
                has.customer_email,
                "customer_email",
                make()?.with_email("zoe@shop.example"),
            ),
            (
                has.max_customer_phone_len > 0,
                "customer_phone",
                make()?.with_phone("5550100"),
            ),
            (
                has.max_customer_description_len > 0,
                "customer_description",
                make()?.with_description("a guest"),
            ),
        ] {
            if !declared {
                refused(feature, customers.create(&request).await)?;
            }
        }
    }
    if let Some(subscriptions) = driver.subscriptions() {
        let change =
            || Ok::<_, Failure>(ChangeSubscription::new(key()?, "sub_1".into()).with_quantity(2));
        if !has.subscription_change {
            let change = subscriptions.change(&change()?).await;
            refused("subscription_change", change)?;
        }
        if !has.subscription_proration {
            let request = change()?.with_proration(Proration::Prorate);
            let change = subscriptions.change(&request).await;
            refused("subscription_proration", change)?;
        }
        if !has.subscription_pause {
            let request = PauseSubscription::new(key()?, "sub_1".into());
            refused("subscription_pause", subscriptions.pause(&request).await)?;
            let request = ResumeSubscription::new(key()?, "sub_1".into());
            refused("subscription_pause", subscriptions.resume(&request).await)?;
        }
        if !has.subscription_cancel_at_period_end {
            let request = CancelSubscription::new(key()?, "sub_1".into(), CancelAt::PeriodEnd);
            let cancel = subscriptions.cancel(&request).await;
            refused("subscription_cancel_at_period_end", cancel)?;
        }
        if !has.subscription_trial {
            let interval = BillingInterval::monthly();
            let request = CreatePlan::new(key()?, "plan", h.units(1), interval).with_trial_days(14);
            let plan = subscriptions.create_plan(&request).await;
            refused("subscription_trial", plan)?;
        }
    }
    if let Some(disputes) = driver.disputes() {
        if !has.dispute_accept {
            let request = AcceptDispute::new(key()?, "dis_1".into());
            refused("dispute_accept", disputes.accept(&request).await)?;
        }
        if !has.dispute_evidence {
            let request = SubmitEvidence::new(key()?, "dis_1".into()).with_statement("no");
            refused("dispute_evidence", disputes.submit_evidence(&request).await)?;
        }
    }
    Ok(())
}

/// What no provider has as an id; an empty one would name the list.
fn bad_ids() -> [String; 3] {
    [String::new(), "a\nb".to_owned(), "x".repeat(256)]
}

pub(super) async fn groups_are_there_exactly_when_declared(h: Harness) -> Verdict {
    let (driver, has) = (h.payments.provider(), h.payments.capabilities());
    for (group, there, declared, handle) in [
        (
            "customers",
            driver.customers().is_some(),
            has.customers,
            h.payments.customers().is_ok(),
        ),
        (
            "vault",
            driver.vault().is_some(),
            has.vault,
            h.payments.vault().is_ok(),
        ),
        (
            "subscriptions",
            driver.subscriptions().is_some(),
            has.subscriptions,
            h.payments.subscriptions().is_ok(),
        ),
        (
            "disputes",
            driver.disputes().is_some(),
            has.disputes,
            h.payments.disputes().is_ok(),
        ),
    ] {
        ensure_eq!(there, declared, "whether the driver has {group}");
        ensure_eq!(handle, declared, "whether the handle has {group}");
    }
    Ok(())
}

pub(super) async fn wrong_input_is_refused(h: Harness) -> Verdict {
    wrong_input(&h).await
}

pub(super) async fn refusing_wrong_input_sends_nothing(h: Harness) -> Verdict {
    let refused = async {
        wrong_input(&h).await?;
        super::pay::foreign_currency(&h).await
    };
    let paid = async {
        h.paid("pay", 10).await?;
        Ok(())
    };
    quietly(h.requests.as_ref(), paid, refused).await
}

/// Asks the handle for what cannot be.
async fn wrong_input(h: &Harness) -> Verdict {
    let has = h.payments.capabilities().clone();
    let purchase = || h.purchase("wrong", 10);
    let mut wrong = vec![
        purchase()?.with_instrument(Instrument::token("")),
        CreatePayment::new(h.key("wrong")?, Money::zero(h.currency)),
    ];
    if has.max_reference_len > 0 {
        wrong.push(purchase()?.with_reference("x".repeat(has.max_reference_len + 1)));
        wrong.push(purchase()?.with_reference(""));
    }
    if has.max_description_len > 0 {
        wrong.push(purchase()?.with_description("a\u{0}b"));
    }
    if let Some(limits) = has.metadata {
        wrong.push(purchase()?.with_metadata("x".repeat(limits.name_len + 1), "y"));
        wrong.push(purchase()?.with_metadata("x", "y".repeat(limits.value_len + 1)));
    }
    if has.receipt_email {
        wrong.push(purchase()?.with_receipt_email("nobody"));
    }
    for request in wrong {
        ensure_kind!(
            h.payments.create_payment(request.clone()).await,
            InvalidInput,
            "{request:?}"
        );
    }
    for id in bad_ids() {
        ensure_kind!(
            h.read(&id.as_str().into()).await,
            InvalidInput,
            "reading the payment {id:?}"
        );
        let refund = RefundPayment::new(h.key("wrong")?, payment_id(&id));
        let refunded = h.payments.refund(refund).await;
        ensure_kind!(refunded, InvalidInput, "refunding the payment {id:?}");
        if has.customers {
            let deleted = h.payments.customers()?.delete(&id.as_str().into()).await;
            ensure_kind!(deleted, InvalidInput, "deleting the customer {id:?}");
        }
        if has.vault {
            let listed = h.payments.vault()?.list(&id.as_str().into()).all().await;
            ensure_kind!(listed, InvalidInput, "the methods of the customer {id:?}");
        }
    }
    ensure!(
        IdempotencyKey::new("").is_err(),
        "an empty idempotency key is taken"
    );
    if has.customers {
        if has.customer_email {
            let request = CreateCustomer::new(h.key("wrong")?).with_email("no address");
            let made = h.payments.customers()?.create(request).await;
            ensure_kind!(made, InvalidInput, "a customer with no email address");
        }
        if has.max_customer_name_len > 0 {
            let long = "x".repeat(has.max_customer_name_len + 1);
            let request = CreateCustomer::new(h.key("wrong")?).with_name(long);
            let made = h.payments.customers()?.create(request).await;
            ensure_kind!(made, InvalidInput, "a customer whose name would be cut");
        }
    }
    if has.subscriptions {
        let interval = BillingInterval::new(BillingUnit::Month, 0);
        let request = CreatePlan::new(h.key("wrong")?, "plan", h.units(1), interval);
        let made = h.payments.subscriptions()?.create_plan(request).await;
        ensure_kind!(made, InvalidInput, "a plan that is billed every 0 months");
    }
    Ok(())
}
