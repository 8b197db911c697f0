//! What the handles refuse before a driver is called. The mocks panic on a call that was not
//! expected: reaching the provider fails the test.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

use futures::executor::block_on;

use super::*;
use crate::error::{Effect, ErrorKind};
use crate::integration::{Category, Descriptor};
use crate::money::Money;
use crate::page::Paged;

/// A provider that declares everything and must not be called.
fn untouched(change: impl FnOnce(&mut PaymentCapabilities)) -> Payments {
    let mut can = PaymentCapabilities::new();
    can.deferred_instrument = true;
    can.saved_instrument = true;
    can.manual_capture = true;
    can.void_authorized = true;
    can.refund_list = true;
    can.payment_list = true;
    can.find_by_reference = true;
    can.max_reference_len = 127;
    can.customers = true;
    can.customer_list = true;
    can.customer_email = true;
    can.vault = true;
    can.subscriptions = true;
    can.subscription_change = true;
    can.subscription_pause = true;
    can.subscription_cancel_at_period_end = true;
    can.disputes = true;
    can.dispute_accept = true;
    can.dispute_evidence = true;
    change(&mut can);
    let mut mock = MockPaymentProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::PAYMENT, "mock"));
    mock.expect_capabilities().return_const(can);
    mock.expect_currency_rule()
        .returning(|currency| Some(CurrencyRule::iso(currency)));
    let customers: &MockCustomerProvider = Box::leak(Box::default());
    let vault: &MockVaultProvider = Box::leak(Box::default());
    let subscriptions: &MockSubscriptionProvider = Box::leak(Box::default());
    let disputes: &MockDisputeProvider = Box::leak(Box::default());
    mock.expect_customers().returning(|| Some(customers));
    mock.expect_vault().returning(|| Some(vault));
    mock.expect_subscriptions()
        .returning(|| Some(subscriptions));
    mock.expect_disputes().returning(|| Some(disputes));
    Payments::new(mock)
}

/// The error's kind, which changed nothing.
#[track_caller]
fn refused<T: std::fmt::Debug>(call: impl Future<Output = Result<T>>) -> ErrorKind {
    let error = block_on(call).unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    error.kind()
}

#[track_caller]
fn list_refused<T: std::fmt::Debug + Send + 'static>(list: Paged<T>) -> ErrorKind {
    refused(list.all())
}

fn key() -> crate::IdempotencyKey {
    "key".parse().unwrap()
}

fn usd() -> Money {
    Money::new(100, Currency::USD)
}

const WRONG: ErrorKind = ErrorKind::InvalidInput;

/// Ids that cannot be.
fn bad_ids() -> Vec<String> {
    vec![
        String::new(),
        "a\nb".to_owned(),
        "pay_1\0".to_owned(),
        "x".repeat(256),
    ]
}

#[test]
fn an_id_of_255_characters_may_be_one() {
    assert!(PaymentCapabilities::check_id(&"x".repeat(255), "payment").is_ok());
    // Characters, not bytes.
    assert!(PaymentCapabilities::check_id(&"\u{e9}".repeat(255), "payment").is_ok());
}

#[test]
fn an_id_that_cannot_be_one_never_reaches_the_provider() {
    let payments = untouched(|_| {});
    for bad in bad_ids() {
        let id = bad.as_str();
        let payment = || PaymentId::from(id);
        assert_eq!(refused(payments.get_payment(&payment())), WRONG, "{id:?}");
        assert_eq!(refused(payments.get_refund(&id.into())), WRONG, "{id:?}");
        assert_eq!(list_refused(payments.list_refunds(&payment())), WRONG);
        let filter = PaymentFilter::new().with_customer(id);
        assert_eq!(list_refused(payments.list_payments(filter)), WRONG);
        assert_eq!(list_refused(payments.find_payments(id)), WRONG, "{id:?}");
        let go_on = ContinuePayment::new(key(), payment());
        assert_eq!(refused(payments.continue_payment(go_on)), WRONG, "{id:?}");
        let void = VoidPayment::new(key(), payment());
        assert_eq!(refused(payments.void(void)), WRONG, "{id:?}");
        let saved = Instrument::saved(id.into());
        let purchase = CreatePayment::new(key(), usd()).with_instrument(saved);
        assert_eq!(refused(payments.create_payment(purchase)), WRONG, "{id:?}");
        let purchase = CreatePayment::new(key(), usd()).with_customer(id);
        assert_eq!(refused(payments.create_payment(purchase)), WRONG, "{id:?}");
        for target in [
            CaptureTarget::Payment(payment()),
            CaptureTarget::Authorization(id.into()),
        ] {
            let capture = CapturePayment::new(key(), target);
            assert_eq!(refused(payments.capture(capture)), WRONG, "{id:?}");
        }
        for target in [
            RefundTarget::Payment(payment()),
            RefundTarget::Capture {
                payment: "pay_1".into(),
                capture: id.into(),
            },
            RefundTarget::Capture {
                payment: payment(),
                capture: "cap_1".into(),
            },
        ] {
            let refund = RefundPayment::new(key(), target);
            assert_eq!(refused(payments.refund(refund)), WRONG, "{id:?}");
        }
    }
}

#[test]
fn an_id_of_a_group_that_cannot_be_one_never_reaches_the_provider() {
    let payments = untouched(|_| {});
    let customers = payments.customers().unwrap();
    let vault = payments.vault().unwrap();
    let subscriptions = payments.subscriptions().unwrap();
    let disputes = payments.disputes().unwrap();
    for bad in bad_ids() {
        let id = bad.as_str();
        let customer = CustomerId::from(id);
        let update = UpdateCustomer::new();
        assert_eq!(refused(customers.get(&customer)), WRONG, "{id:?}");
        assert_eq!(refused(customers.update(&customer, update)), WRONG);
        assert_eq!(refused(customers.delete(&customer)), WRONG, "{id:?}");

        let save = BeginSave::new(key(), customer.clone());
        assert_eq!(refused(vault.begin_save(save)), WRONG, "{id:?}");
        let finish = FinishSave::new(key(), id.into());
        assert_eq!(refused(vault.finish_save(finish)), WRONG, "{id:?}");
        assert_eq!(refused(vault.get_setup(&id.into())), WRONG, "{id:?}");
        assert_eq!(refused(vault.get(&id.into())), WRONG, "{id:?}");
        assert_eq!(refused(vault.detach(&id.into())), WRONG, "{id:?}");
        assert_eq!(list_refused(vault.list(&customer)), WRONG, "{id:?}");

        assert_eq!(refused(subscriptions.get_plan(&id.into())), WRONG);
        let of = CreateSubscription::new(key(), customer, "plan_1".into());
        assert_eq!(refused(subscriptions.create(of)), WRONG, "{id:?}");
        let to = CreateSubscription::new(key(), "cus_1".into(), id.into());
        assert_eq!(refused(subscriptions.create(to)), WRONG, "{id:?}");
        assert_eq!(refused(subscriptions.get(&id.into())), WRONG, "{id:?}");
        let change = ChangeSubscription::new(key(), id.into()).with_quantity(2);
        assert_eq!(refused(subscriptions.change(change)), WRONG, "{id:?}");
        let change = ChangeSubscription::new(key(), "sub_1".into()).with_plan(id);
        assert_eq!(refused(subscriptions.change(change)), WRONG, "{id:?}");
        let pause = PauseSubscription::new(key(), id.into());
        assert_eq!(refused(subscriptions.pause(pause)), WRONG, "{id:?}");
        let resume = ResumeSubscription::new(key(), id.into());
        assert_eq!(refused(subscriptions.resume(resume)), WRONG, "{id:?}");
        for at in [CancelAt::Now, CancelAt::PeriodEnd] {
            let cancel = CancelSubscription::new(key(), id.into(), at);
            assert_eq!(refused(subscriptions.cancel(cancel)), WRONG, "{id:?}");
        }
        for filter in [
            SubscriptionFilter::new().with_customer(id),
            SubscriptionFilter::new().with_plan(id),
        ] {
            assert_eq!(list_refused(subscriptions.list(filter)), WRONG, "{id:?}");
        }

        assert_eq!(refused(disputes.get(&id.into())), WRONG, "{id:?}");
        let accept = AcceptDispute::new(key(), id.into());
        assert_eq!(refused(disputes.accept(accept)), WRONG, "{id:?}");
        let evidence = SubmitEvidence::new(key(), id.into()).with_statement("no");
        assert_eq!(refused(disputes.submit_evidence(evidence)), WRONG);
        let filter = DisputeFilter::new().with_payment(id);
        assert_eq!(list_refused(disputes.list(filter)), WRONG, "{id:?}");
    }
    let filter = CustomerFilter::new().with_email("no address");
    assert_eq!(list_refused(customers.list(filter)), WRONG);
}

#[test]
fn a_field_of_a_customer_that_is_not_kept_is_refused() {
    let none = untouched(|can| can.customer_email = false);
    let customers = none.customers().unwrap();
    let make = || CreateCustomer::new(key());
    let change = UpdateCustomer::new;
    for request in [
        make().with_name("Zoe"),
        make().with_email("a@b.example"),
        make().with_phone("+1 555 0100"),
        make().with_description("a guest"),
        make().with_metadata("a", "b"),
    ] {
        let kind = refused(customers.create(request.clone()));
        assert_eq!(kind, ErrorKind::Unsupported, "{request:?}");
    }
    for request in [
        change().with_name("Zoe"),
        // Clearing what is not kept would be dropped silently, too.
        change().with_name(""),
        change().with_email(""),
        change().with_phone(""),
        change().with_description(""),
        change().with_metadata("a", ""),
    ] {
        let kind = refused(customers.update(&"cus_1".into(), request.clone()));
        assert_eq!(kind, ErrorKind::Unsupported, "{request:?}");
    }
}

#[test]
fn a_field_of_a_customer_that_would_be_cut_is_refused() {
    let mut can = PaymentCapabilities::new();
    can.customers = true;
    can.max_customer_name_len = 3;
    can.max_customer_phone_len = 4;
    can.max_customer_description_len = 5;
    let make = || CreateCustomer::new(key());
    for (request, fits) in [
        (make().with_name("Zoe"), true),
        (make().with_name("Zo\u{eb}!"), false),
        (make().with_name(""), false),
        (make().with_name("a\nb"), false),
        (make().with_phone("5550"), true),
        (make().with_phone("55501"), false),
        (make().with_description("a\tb"), false),
        (make().with_description("guest"), true),
        (make().with_description("guests"), false),
    ] {
        let checked = can.check_create_customer(&request);
        assert_eq!(checked.is_ok(), fits, "{request:?}: {checked:?}");
    }
    let clears = UpdateCustomer::new().with_name("").with_description("");
    assert!(can.check_update_customer(&clears).is_ok());
    let long = UpdateCustomer::new().with_name("Zoe!");
    assert!(can.check_update_customer(&long).is_err());
}
