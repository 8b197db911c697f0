//! Plans and subscriptions.

use integrations_core::payment::{
    BillingInterval, CancelAt, CancelSubscription, ChangeSubscription, ContinuePayment, CreatePlan,
    CreateSubscription, CustomerId, Instrument, PauseSubscription, Plan, Proration,
    ResumeSubscription, Subscription, SubscriptionFilter, SubscriptionStatus,
};

use super::Harness;
use super::vault::{customer, saved};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

async fn plan(h: &Harness, name: &str, units: i64) -> Result<Plan, Failure> {
    let title = format!("{name} {}", h.label);
    let interval = BillingInterval::monthly();
    let request = CreatePlan::new(h.key(name)?, title, h.units(units), interval);
    Ok(h.payments.subscriptions()?.create_plan(request).await?)
}

/// A request of a new customer with a saved method for a new plan.
async fn request(h: &Harness, instrument: &Instrument) -> Result<CreateSubscription, Failure> {
    let customer = customer(h).await?;
    let method = saved(h, &customer, "save", instrument).await?;
    let plan = plan(h, "plan", 10).await?;
    Ok(CreateSubscription::new(h.key("subscribe")?, customer, plan.id).with_method(method.id))
}

async fn running(h: &Harness) -> Result<Subscription, Failure> {
    let request = request(h, &h.instruments.success).await?;
    let made = h.payments.subscriptions()?.create(request).await?;
    if made.status != SubscriptionStatus::Active {
        return Err(Failure::new(format!("the subscription is {}", made.status)));
    }
    Ok(made)
}

async fn status(h: &Harness, made: &Subscription) -> Result<SubscriptionStatus, Failure> {
    Ok(h.payments.subscriptions()?.get(&made.id).await?.status)
}

pub(super) async fn a_plan_reads_back(h: Harness) -> Verdict {
    let made = plan(&h, "plan", 10).await?;
    let subscriptions = h.payments.subscriptions()?;
    let read = subscriptions.get_plan(&made.id).await?;
    ensure_eq!(read.amount, h.units(10), "the amount");
    ensure_eq!(read.interval, BillingInterval::monthly(), "the interval");
    let listed = subscriptions.list_plans().all().await?;
    let times = listed.iter().filter(|plan| plan.id == made.id).count();
    ensure_eq!(times, 1, "how often it is listed");
    Ok(())
}

pub(super) async fn a_subscription_starts_paid(h: Harness) -> Verdict {
    let made = running(&h).await?;
    let read = h.payments.subscriptions()?.get(&made.id).await?;
    ensure_eq!(read.status, SubscriptionStatus::Active, "the status");
    ensure!(read.customer.is_some(), "it is nobody's");
    ensure_eq!(read.plan, made.plan, "the plan");
    ensure!(
        read.period_end > read.period_start,
        "the period does not lie ahead"
    );
    if let Some(payment) = &read.latest_payment {
        let payment = h.read(payment).await?;
        ensure!(payment.is_paid(), "its payment is {}", payment.status);
        ensure_eq!(payment.amount, h.units(10), "what was paid");
    }
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_subscription(h: Harness) -> Verdict {
    let request = request(&h, &h.instruments.success).await?;
    let subscriptions = h.payments.subscriptions()?;
    let first = subscriptions.create(request.clone()).await?;
    let second = subscriptions.create(request).await?;
    ensure_eq!(second.id, first.id, "the second subscription");
    Ok(())
}

pub(super) async fn a_trial_takes_no_money(h: Harness) -> Verdict {
    let request = request(&h, &h.instruments.success)
        .await?
        .with_trial_days(14);
    let made = h.payments.subscriptions()?.create(request).await?;
    ensure_eq!(made.status, SubscriptionStatus::Trialing, "the status");
    ensure!(made.status.is_active(), "a trial is not active");
    if let Some(payment) = &made.latest_payment {
        let payment = h.read(payment).await?;
        ensure_eq!(payment.captured, h.units(0), "what was taken");
    }
    Ok(())
}

pub(super) async fn a_declined_subscription_does_not_run(h: Harness) -> Verdict {
    let Some(instrument) = &h.instruments.saved_declines else {
        return Ok(());
    };
    let request = request(&h, instrument).await?;
    let customer = request.customer.clone();
    let subscriptions = h.payments.subscriptions()?;
    match subscriptions.create(request).await {
        Ok(made) => ensure!(!made.status.is_active(), "it is {}", made.status),
        Err(error) => {
            let kind = error.kind();
            ensure_eq!(kind, integrations_core::ErrorKind::Declined, "the error");
        }
    }
    let filter = SubscriptionFilter::new().with_customer(customer);
    for one in subscriptions.list(filter).all().await? {
        ensure!(!one.status.is_active(), "one is {}", one.status);
    }
    Ok(())
}

pub(super) async fn a_subscription_can_wait_for_the_buyer(h: Harness) -> Verdict {
    let Some(instrument) = &h.instruments.always_action else {
        return Ok(());
    };
    let request = request(&h, instrument).await?;
    let made = h.payments.subscriptions()?.create(request).await?;
    ensure_eq!(made.status, SubscriptionStatus::Incomplete, "the status");
    h.agree(made.next_action.clone()).await?;
    if let Some(payment) = &made.latest_payment {
        let request = ContinuePayment::new(h.key("continue")?, payment.clone());
        h.payments.continue_payment(request).await?;
    }
    let after = status(&h, &made).await?;
    ensure_eq!(after, SubscriptionStatus::Active, "the status afterwards");
    Ok(())
}

pub(super) async fn a_subscription_changes_its_plan(h: Harness) -> Verdict {
    let made = running(&h).await?;
    let other = plan(&h, "other", 20).await?;
    let subscriptions = h.payments.subscriptions()?;
    let request = ChangeSubscription::new(h.key("change")?, made.id.clone())
        .with_plan(other.id.clone())
        .with_quantity(3);
    subscriptions.change(request).await?;
    let read = subscriptions.get(&made.id).await?;
    ensure_eq!(read.plan, other.id, "the plan");
    ensure_eq!(read.quantity, 3, "the quantity");
    ensure!(read.status.is_active(), "it is {}", read.status);
    let gone = CancelSubscription::new(h.key("cancel")?, made.id.clone(), CancelAt::Now);
    subscriptions.cancel(gone).await?;
    let late = ChangeSubscription::new(h.key("late")?, made.id).with_quantity(1);
    ensure_kind!(
        subscriptions.change(late).await,
        Conflict,
        "changing an ended one"
    );
    Ok(())
}

pub(super) async fn a_prorated_change_is_settled(h: Harness) -> Verdict {
    let made = running(&h).await?;
    let subscriptions = h.payments.subscriptions()?;
    for (name, quantity) in [("up", 5), ("down", 1)] {
        let request = ChangeSubscription::new(h.key(name)?, made.id.clone())
            .with_quantity(quantity)
            .with_proration(Proration::Prorate);
        let changed = subscriptions.change(request).await?;
        ensure_eq!(changed.quantity, quantity, "the quantity");
        ensure!(changed.status.is_active(), "it is {}", changed.status);
    }
    Ok(())
}

pub(super) async fn a_subscription_pauses_and_resumes(h: Harness) -> Verdict {
    let made = running(&h).await?;
    let subscriptions = h.payments.subscriptions()?;
    let pause = PauseSubscription::new(h.key("pause")?, made.id.clone());
    subscriptions.pause(pause).await?;
    let paused = status(&h, &made).await?;
    ensure_eq!(paused, SubscriptionStatus::Paused, "the status");
    ensure!(!paused.is_active(), "a paused one is active");
    let resume = ResumeSubscription::new(h.key("resume")?, made.id.clone());
    subscriptions.resume(resume).await?;
    let resumed = status(&h, &made).await?;
    ensure_eq!(resumed, SubscriptionStatus::Active, "the status afterwards");
    Ok(())
}

pub(super) async fn a_subscription_ends_at_once(h: Harness) -> Verdict {
    let made = running(&h).await?;
    let subscriptions = h.payments.subscriptions()?;
    let now = CancelSubscription::new(h.key("cancel")?, made.id.clone(), CancelAt::Now);
    subscriptions.cancel(now).await?;
    let ended = status(&h, &made).await?;
    ensure!(ended.is_ended(), "it is {ended}");
    let again = CancelSubscription::new(h.key("again")?, made.id, CancelAt::Now);
    ensure_kind!(
        subscriptions.cancel(again).await,
        Conflict,
        "canceling it again"
    );
    Ok(())
}

pub(super) async fn a_subscription_ends_with_its_period(h: Harness) -> Verdict {
    let made = running(&h).await?;
    let subscriptions = h.payments.subscriptions()?;
    let end = CancelSubscription::new(h.key("cancel")?, made.id.clone(), CancelAt::PeriodEnd);
    subscriptions.cancel(end).await?;
    let read = subscriptions.get(&made.id).await?;
    ensure_eq!(read.status, SubscriptionStatus::Active, "the status");
    ensure!(
        read.cancel_at_period_end,
        "it does not say that it will end"
    );
    Ok(())
}

pub(super) async fn subscriptions_are_listed_by_customer(h: Harness) -> Verdict {
    let made = running(&h).await?;
    let subscriptions = h.payments.subscriptions()?;
    let owner: Option<CustomerId> = made.customer.clone();
    let mut filter = SubscriptionFilter::new();
    filter.customer = owner;
    let listed = subscriptions.list(filter).all().await?;
    let listed: Vec<_> = listed.into_iter().map(|one| one.id).collect();
    ensure_eq!(listed, [made.id], "the customer's subscriptions");
    Ok(())
}
