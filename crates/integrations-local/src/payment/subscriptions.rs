//! Plans and subscriptions in the ledger.

use async_trait::async_trait;
use integrations_core::payment::{
    CancelAt, CancelSubscription, ChangeSubscription, CreatePlan, CreateSubscription, CurrencyRule,
    PauseSubscription, Plan, PlanId, Proration, ResumeSubscription, Subscription,
    SubscriptionFilter, SubscriptionId, SubscriptionProvider, SubscriptionStatus,
};
use integrations_core::{Error, Page, PageRequest, Result};
use jiff::SignedDuration;

use super::LocalPayments;
use super::bank::{conflict, keyed};
use super::billing::{bill, end, find, keep, period, plan, settle, tick};
use super::customers;
use super::ledger::{Change, SubscriptionRow, Tx};
use super::provider::PAGE;
use super::vault;

fn create(tx: &mut Tx<'_>, request: &CreateSubscription) -> Result<String> {
    customers::find(tx, &request.customer)?;
    let plan = plan(tx, &request.plan)?;
    if let Some(method) = &request.method
        && vault::method(tx, method)?.customer.as_ref() != Some(&request.customer)
    {
        return Err(Error::invalid_input(
            "the payment method belongs to another customer",
        ));
    }
    let id = SubscriptionId::new(tx.id("sub"));
    let mut subscription =
        Subscription::new(id.clone(), plan.id.clone(), SubscriptionStatus::Incomplete);
    subscription.customer = Some(request.customer.clone());
    subscription.quantity = request.quantity;
    subscription.method.clone_from(&request.method);
    subscription.metadata.clone_from(&request.metadata);
    subscription.created_at = Some(tx.now);
    let mut row = Box::new(SubscriptionRow {
        subscription,
        anchor: tx.now,
        periods: 0,
        token: None,
        credit: 0,
    });
    let free = request.trial_days.unwrap_or(plan.trial_days);
    if free > 0 {
        row.subscription.status = SubscriptionStatus::Trialing;
        row.subscription.period_start = Some(tx.now);
        let end = tx
            .now
            .checked_add(SignedDuration::from_hours(24 * i64::from(free)));
        row.subscription.period_end = end.ok();
    } else {
        period(&mut row, &plan, 1)?;
        if bill(tx, &mut row, false)? {
            row.subscription.status = SubscriptionStatus::Active;
        }
    }
    keep(tx, row);
    Ok(id.into_string())
}

fn change(tx: &mut Tx<'_>, request: &ChangeSubscription) -> Result<String> {
    let mut row = running(tx, &request.subscription)?;
    let old = plan(tx, &row.subscription.plan)?;
    let new = match &request.plan {
        Some(id) => plan(tx, id)?,
        None => old.clone(),
    };
    let quantity = request.quantity.unwrap_or(row.subscription.quantity);
    let before = old
        .amount
        .checked_mul(i64::from(row.subscription.quantity))?;
    let difference = new
        .amount
        .checked_mul(i64::from(quantity))?
        .checked_sub(before)?;
    row.subscription.plan = new.id;
    row.subscription.quantity = quantity;
    let free = row.subscription.status == SubscriptionStatus::Trialing;
    if request.proration == Proration::Prorate && !free {
        settle(tx, &mut row, difference)?;
    }
    keep(tx, row);
    Ok(request.subscription.to_string())
}

/// A subscription that has not ended.
fn running(tx: &Tx<'_>, id: &SubscriptionId) -> Result<Box<SubscriptionRow>> {
    let row = find(tx, id)?;
    if row.subscription.status.is_ended() {
        return Err(conflict(format!("the subscription {id} has ended")));
    }
    Ok(row)
}

fn read(tx: &mut Tx<'_>, id: &str) -> Result<Subscription> {
    find(tx, &SubscriptionId::new(id)).map(|row| row.subscription)
}

#[async_trait]
impl SubscriptionProvider for LocalPayments {
    async fn create_plan(&self, request: &CreatePlan) -> Result<Plan> {
        self.capabilities.check_create_plan(request)?;
        CurrencyRule::iso(request.amount.currency()).check(request.amount)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            let make = |tx: &mut Tx<'_>| {
                let id = PlanId::new(tx.id("plan"));
                let mut plan = Plan::new(
                    id.clone(),
                    request.name.clone(),
                    request.amount,
                    request.interval,
                );
                plan.trial_days = request.trial_days;
                plan.metadata.clone_from(&request.metadata);
                tx.put(Change::Plan(id.clone(), Some(Box::new(plan))));
                Ok(id.into_string())
            };
            let read = |tx: &mut Tx<'_>, id: &str| plan(tx, &PlanId::new(id)).map(|plan| *plan);
            keyed(tx, "create_plan", &request.key, &request, make, read)
        };
        self.run(act).await
    }

    async fn get_plan(&self, id: &PlanId) -> Result<Plan> {
        let id = id.clone();
        self.run(move |tx| plan(tx, &id).map(|plan| *plan)).await
    }

    async fn list_plans(&self, page: &PageRequest) -> Result<Page<Plan>> {
        let page = page.clone();
        self.run(move |tx| {
            let plans = tx.ledger.plans.values();
            let plans = plans.map(|plan| (**plan).clone()).collect();
            Page::slice_by(plans, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }

    async fn create(&self, request: &CreateSubscription) -> Result<Subscription> {
        self.capabilities.check_subscribe(request)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            tick(tx)?;
            let make = |tx: &mut Tx<'_>| create(tx, &request);
            keyed(
                tx,
                "create_subscription",
                &request.key,
                &request,
                make,
                read,
            )
        };
        self.run(act).await
    }

    async fn get(&self, id: &SubscriptionId) -> Result<Subscription> {
        let id = id.clone();
        self.run(move |tx| {
            tick(tx)?;
            find(tx, &id).map(|row| row.subscription)
        })
        .await
    }

    async fn list(
        &self,
        filter: &SubscriptionFilter,
        page: &PageRequest,
    ) -> Result<Page<Subscription>> {
        let (filter, page) = (filter.clone(), page.clone());
        self.run(move |tx| {
            tick(tx)?;
            let all = tx
                .ledger
                .subscriptions
                .values()
                .map(|row| &row.subscription)
                .filter(|s| filter.customer.is_none() || s.customer == filter.customer)
                .filter(|s| filter.plan.as_ref().is_none_or(|plan| s.plan == *plan))
                .cloned()
                .collect();
            Page::slice_by(all, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }

    async fn change(&self, request: &ChangeSubscription) -> Result<Subscription> {
        self.capabilities.check_change(request)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            tick(tx)?;
            let change = |tx: &mut Tx<'_>| change(tx, &request);
            keyed(
                tx,
                "change_subscription",
                &request.key,
                &request,
                change,
                read,
            )
        };
        self.run(act).await
    }

    async fn pause(&self, request: &PauseSubscription) -> Result<Subscription> {
        self.capabilities.check_pause(&request.subscription)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            tick(tx)?;
            let pause = |tx: &mut Tx<'_>| {
                let mut row = running(tx, &request.subscription)?;
                if !row.subscription.status.is_active() {
                    let status = &row.subscription.status;
                    return Err(conflict(format!("the subscription is {status}")));
                }
                row.subscription.status = SubscriptionStatus::Paused;
                keep(tx, row);
                Ok(request.subscription.to_string())
            };
            keyed(
                tx,
                "pause_subscription",
                &request.key,
                &request,
                pause,
                read,
            )
        };
        self.run(act).await
    }

    async fn resume(&self, request: &ResumeSubscription) -> Result<Subscription> {
        self.capabilities.check_pause(&request.subscription)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            tick(tx)?;
            let resume = |tx: &mut Tx<'_>| {
                let mut row = running(tx, &request.subscription)?;
                if row.subscription.status != SubscriptionStatus::Paused {
                    let status = &row.subscription.status;
                    return Err(conflict(format!("the subscription is {status}")));
                }
                row.subscription.status = SubscriptionStatus::Active;
                // A period that went by in the pause is not billed; a new one starts now.
                if row.subscription.period_end.is_none_or(|end| end <= tx.now) {
                    let plan = plan(tx, &row.subscription.plan)?;
                    row.anchor = tx.now;
                    period(&mut row, &plan, 1)?;
                    if !bill(tx, &mut row, true)? {
                        row.subscription.status = SubscriptionStatus::PastDue;
                    }
                }
                keep(tx, row);
                Ok(request.subscription.to_string())
            };
            keyed(
                tx,
                "resume_subscription",
                &request.key,
                &request,
                resume,
                read,
            )
        };
        self.run(act).await
    }

    async fn cancel(&self, request: &CancelSubscription) -> Result<Subscription> {
        self.capabilities.check_cancel(request)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            tick(tx)?;
            let cancel = |tx: &mut Tx<'_>| {
                let mut row = running(tx, &request.subscription)?;
                match request.at {
                    CancelAt::Now => end(&mut row, tx.now),
                    CancelAt::PeriodEnd => row.subscription.cancel_at_period_end = true,
                    _ => return Err(Error::unsupported("this way to end a subscription")),
                }
                keep(tx, row);
                Ok(request.subscription.to_string())
            };
            keyed(
                tx,
                "cancel_subscription",
                &request.key,
                &request,
                cancel,
                read,
            )
        };
        self.run(act).await
    }
}
