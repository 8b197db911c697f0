//! What passes with time: billing periods, trials and reservations.

use std::sync::{Arc, Mutex};

use integrations_core::ErrorKind;
use integrations_core::payment::{
    BeginSave, BillingInterval, CancelAt, CancelSubscription, CapturePayment, ChangeSubscription,
    CreateCustomer, CreatePayment, CreatePlan, CreateSubscription, Instrument, PaymentFilter,
    PaymentStatus, Payments, Proration, SubscriptionStatus,
};
use integrations_local::payment::LocalPayments;
use jiff::Timestamp;

type Clock = Arc<Mutex<Timestamp>>;

fn bank(start: &str) -> (Payments, Clock) {
    let clock: Clock = Arc::new(Mutex::new(start.parse().unwrap()));
    let reader = clock.clone();
    let bank = LocalPayments::in_memory().with_clock(move || *reader.lock().unwrap());
    (Payments::new(bank), clock)
}

fn pass_to(clock: &Clock, time: &str) {
    *clock.lock().unwrap() = time.parse().unwrap();
}

async fn subscribe(payments: &Payments, token: &str, trial: u16) -> CreateSubscription {
    let customers = payments.customers().unwrap();
    let customer = CreateCustomer::new("customer".parse().unwrap());
    let customer = customers.create(customer).await.unwrap().id;
    let save = BeginSave::new("save".parse().unwrap(), customer.clone())
        .with_instrument(Instrument::token(token));
    let setup = payments.vault().unwrap().begin_save(save).await.unwrap();
    let interval = BillingInterval::monthly();
    let plan = CreatePlan::new(
        "plan".parse().unwrap(),
        "Plan",
        "10.00 USD".parse().unwrap(),
        interval,
    )
    .with_trial_days(trial);
    let plan = payments
        .subscriptions()
        .unwrap()
        .create_plan(plan)
        .await
        .unwrap();
    CreateSubscription::new("subscribe".parse().unwrap(), customer, plan.id)
        .with_method(setup.method.unwrap().id)
}

async fn count(payments: &Payments) -> usize {
    payments
        .list_payments(PaymentFilter::new())
        .all()
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn every_period_is_billed_once_and_months_keep_their_day() {
    let (payments, clock) = bank("2026-01-31T12:00:00Z");
    let request = subscribe(&payments, "tok_visa", 0).await;
    let subscriptions = payments.subscriptions().unwrap();
    let made = subscriptions.create(request).await.unwrap();
    let end = |time: &str| Some(time.parse::<Timestamp>().unwrap());
    assert_eq!(made.period_end, end("2026-02-28T12:00:00Z"));
    pass_to(&clock, "2026-03-01T00:00:00Z");
    let read = subscriptions.get(&made.id).await.unwrap();
    assert_eq!(read.period_end, end("2026-03-31T12:00:00Z"));
    assert_eq!(count(&payments).await, 2);
    // Looking again bills nothing; a quarter later three more periods began.
    subscriptions.get(&made.id).await.unwrap();
    assert_eq!(count(&payments).await, 2);
    pass_to(&clock, "2026-06-15T00:00:00Z");
    let read = subscriptions.get(&made.id).await.unwrap();
    assert_eq!(read.period_end, end("2026-06-30T12:00:00Z"));
    assert_eq!(count(&payments).await, 5);
}

#[tokio::test]
async fn a_trial_ends_in_a_paid_period() {
    let (payments, clock) = bank("2026-01-01T00:00:00Z");
    let request = subscribe(&payments, "tok_visa", 14).await;
    let subscriptions = payments.subscriptions().unwrap();
    let made = subscriptions.create(request).await.unwrap();
    assert_eq!(count(&payments).await, 0);
    pass_to(&clock, "2026-01-15T00:00:00Z");
    let read = subscriptions.get(&made.id).await.unwrap();
    assert_eq!(read.status, SubscriptionStatus::Active);
    assert_eq!(
        read.period_end,
        Some("2026-02-15T00:00:00Z".parse().unwrap())
    );
    assert_eq!(count(&payments).await, 1);
}

#[tokio::test]
async fn a_renewal_that_is_declined_is_past_due() {
    let (payments, clock) = bank("2026-01-01T00:00:00Z");
    let request = subscribe(&payments, "tok_saves_then_declined", 14).await;
    let subscriptions = payments.subscriptions().unwrap();
    let made = subscriptions.create(request).await.unwrap();
    pass_to(&clock, "2026-02-01T00:00:00Z");
    let read = subscriptions.get(&made.id).await.unwrap();
    assert_eq!(read.status, SubscriptionStatus::PastDue);
    let payment = payments
        .get_payment(&read.latest_payment.unwrap())
        .await
        .unwrap();
    assert!(!payment.is_paid() && payment.last_decline.is_some());
}

#[tokio::test]
async fn a_subscription_that_ends_with_its_period_is_not_billed_again() {
    let (payments, clock) = bank("2026-01-01T00:00:00Z");
    let request = subscribe(&payments, "tok_visa", 0).await;
    let subscriptions = payments.subscriptions().unwrap();
    let made = subscriptions.create(request).await.unwrap();
    let key = "cancel".parse().unwrap();
    let cancel = CancelSubscription::new(key, made.id.clone(), CancelAt::PeriodEnd);
    subscriptions.cancel(cancel).await.unwrap();
    pass_to(&clock, "2026-02-01T00:00:00Z");
    let read = subscriptions.get(&made.id).await.unwrap();
    assert_eq!(read.status, SubscriptionStatus::Canceled);
    assert_eq!(read.ended_at, made.period_end);
    assert_eq!(count(&payments).await, 1);
}

#[tokio::test]
async fn a_reservation_runs_out_after_seven_days() {
    let (payments, clock) = bank("2026-01-01T00:00:00Z");
    let request = CreatePayment::new("pay".parse().unwrap(), "10.00 USD".parse().unwrap())
        .with_instrument(Instrument::token("tok_visa"));
    let reserved = payments.authorize(request).await.unwrap();
    pass_to(&clock, "2026-01-08T00:00:00Z");
    let read = payments.get_payment(&reserved.id).await.unwrap();
    assert_eq!(read.status, PaymentStatus::Canceled);
    assert!(read.capturable.is_zero());
    let capture = CapturePayment::new("capture".parse().unwrap(), reserved.id);
    let error = payments.capture(capture).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

// Half of January is left: half of the difference of 10.00 is 5.00.
#[tokio::test]
async fn a_prorated_change_bills_the_rest_of_the_period_and_credits_it() {
    let (payments, clock) = bank("2026-01-01T00:00:00Z");
    let request = subscribe(&payments, "tok_visa", 0).await;
    let subscriptions = payments.subscriptions().unwrap();
    let made = subscriptions.create(request).await.unwrap();
    pass_to(&clock, "2026-01-16T12:00:00Z");
    for (key, quantity) in [("up", 2), ("down", 1)] {
        let change = ChangeSubscription::new(key.parse().unwrap(), made.id.clone())
            .with_quantity(quantity)
            .with_proration(Proration::Prorate);
        subscriptions.change(change).await.unwrap();
    }
    pass_to(&clock, "2026-02-01T00:00:00Z");
    subscriptions.get(&made.id).await.unwrap();
    pass_to(&clock, "2026-03-01T00:00:00Z");
    subscriptions.get(&made.id).await.unwrap();
    let all = payments
        .list_payments(PaymentFilter::new())
        .all()
        .await
        .unwrap();
    let amounts: Vec<_> = all.iter().map(|payment| payment.captured.minor()).collect();
    assert_eq!(amounts, [1000, 500, 500, 1000]);
}
