//! Plans and subscriptions in the ledger. Periods pass when somebody looks.

use async_trait::async_trait;
use integrations_core::money::Money;
use integrations_core::payment::{
    BillingUnit, CancelAt, CancelSubscription, ChangeSubscription, CreatePlan, CreateSubscription,
    CurrencyRule, CustomerId, Instrument, PauseSubscription, PaymentId, PaymentStatus, Plan,
    PlanId, Proration, ResumeSubscription, Subscription, SubscriptionFilter, SubscriptionId,
    SubscriptionProvider, SubscriptionStatus,
};
use integrations_core::{Error, ErrorKind, Page, PageRequest, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::LocalPayments;
use super::bank::{self, conflict, keyed};
use super::customers;
use super::ledger::{Change, PaymentRow, SubscriptionRow, Tx};
use super::provider::PAGE;
use super::vault;

fn plan(tx: &Tx<'_>, id: &PlanId) -> Result<Box<Plan>> {
    tx.ledger
        .plans
        .get(id)
        .cloned()
        .ok_or_else(|| Error::not_found(format_args!("the plan {id}")))
}

fn find(tx: &Tx<'_>, id: &SubscriptionId) -> Result<Box<SubscriptionRow>> {
    tx.ledger
        .subscriptions
        .get(id)
        .cloned()
        .ok_or_else(|| Error::not_found(format_args!("the subscription {id}")))
}

fn keep(tx: &mut Tx<'_>, row: Box<SubscriptionRow>) {
    let id = row.subscription.id.clone();
    tx.put(Change::Subscription(id, Some(row)));
}

/// When a number of periods after the anchor have passed.
fn after(anchor: Timestamp, plan: &Plan, periods: i64) -> Result<Timestamp> {
    let far = || Error::invalid_input("the billing period ends after the calendar does");
    let count = i64::from(plan.interval.count)
        .checked_mul(periods)
        .ok_or_else(far)?;
    let span = match plan.interval.unit {
        BillingUnit::Day => Span::new().try_days(count),
        BillingUnit::Week => Span::new().try_weeks(count),
        BillingUnit::Month => Span::new().try_months(count),
        BillingUnit::Year => Span::new().try_years(count),
    };
    span.and_then(|span| anchor.to_zoned_datetime(TimeZone::UTC).checked_add(span))
        .map(|end| end.timestamp())
        .map_err(|_| far())
}

/// The current period ends so many periods after the anchor.
fn period(row: &mut SubscriptionRow, plan: &Plan, number: i64) -> Result<()> {
    row.periods = number;
    row.subscription.period_start = Some(after(row.anchor, plan, number.saturating_sub(1))?);
    row.subscription.period_end = Some(after(row.anchor, plan, number)?);
    Ok(())
}

/// Bills a period. True when it is paid.
fn bill(tx: &mut Tx<'_>, row: &mut SubscriptionRow, off_session: bool) -> Result<bool> {
    let plan = plan(tx, &row.subscription.plan)?;
    let price = plan
        .amount
        .checked_mul(i64::from(row.subscription.quantity))?;
    let credit = row.credit.min(price.minor());
    let amount = price.checked_sub(Money::new(credit, price.currency()))?;
    if amount.is_zero() {
        row.credit -= credit;
        return Ok(true);
    }
    let mut payment = bank::blank(tx, amount);
    let id = payment.payment.id.clone();
    payment
        .payment
        .customer
        .clone_from(&row.subscription.customer);
    payment.payment.description = Some(plan.name.clone());
    payment.off_session = off_session;
    payment.subscription = Some(row.subscription.id.clone());
    match (&row.subscription.method, &row.token) {
        (Some(method), _) => {
            let method = Instrument::saved(method.clone());
            // A method that was forgotten since cannot pay.
            match bank::instrument(tx, &mut payment, &method) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        (None, Some(token)) => {
            bank::instrument(tx, &mut payment, &Instrument::token(token.clone()))?;
        }
        (None, None) => {}
    }
    row.subscription.latest_payment = Some(id.clone());
    bank::attempt_and_keep(tx, payment)?;
    let payment = bank::payment(tx, &id)?.payment;
    row.subscription
        .next_action
        .clone_from(&payment.next_action);
    let paid = payment.status == PaymentStatus::Captured;
    if paid {
        row.credit -= credit;
    }
    Ok(paid)
}

/// A payment of a subscription was made after the buyer acted.
pub(super) fn paid(tx: &mut Tx<'_>, id: &SubscriptionId, payment: &PaymentRow) {
    let Ok(mut row) = find(tx, id) else { return };
    if row.subscription.status == SubscriptionStatus::Incomplete
        || row.subscription.status == SubscriptionStatus::PastDue
    {
        row.subscription.status = SubscriptionStatus::Active;
        row.subscription.next_action = None;
        if row.subscription.method.is_none() {
            row.subscription.method.clone_from(&payment.payment.method);
            row.token.clone_from(&payment.token);
        }
        keep(tx, row);
    }
}

/// Ends a customer's subscriptions.
pub(super) fn end_all_of(tx: &mut Tx<'_>, customer: &CustomerId) {
    let rows: Vec<_> = tx
        .ledger
        .subscriptions
        .values()
        .filter(|row| row.subscription.customer.as_ref() == Some(customer))
        .filter(|row| !row.subscription.status.is_ended())
        .cloned()
        .collect();
    for mut row in rows {
        end(&mut row, tx.now);
        keep(tx, row);
    }
}

fn end(row: &mut SubscriptionRow, at: Timestamp) {
    row.subscription.status = SubscriptionStatus::Canceled;
    row.subscription.cancel_at_period_end = false;
    row.subscription.next_action = None;
    row.subscription.ended_at = Some(at);
}

/// Lets the periods pass that are over by now.
fn tick(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now;
    let due = |row: &SubscriptionRow| {
        row.subscription.status.is_active()
            && row.subscription.period_end.is_some_and(|end| end <= now)
    };
    let rows: Vec<_> = tx
        .ledger
        .subscriptions
        .values()
        .filter(|row| due(row))
        .cloned()
        .collect();
    for mut row in rows {
        while due(&row) {
            if row.subscription.cancel_at_period_end {
                let at = row.subscription.period_end.unwrap_or(now);
                end(&mut row, at);
                break;
            }
            let plan = plan(tx, &row.subscription.plan)?;
            match row.subscription.status {
                // The free days are over: periods are counted from here.
                SubscriptionStatus::Trialing => {
                    row.anchor = row.subscription.period_end.unwrap_or(now);
                    period(&mut row, &plan, 1)?;
                }
                _ => {
                    let next = row.periods.saturating_add(1);
                    period(&mut row, &plan, next)?;
                }
            }
            row.subscription.status = match bill(tx, &mut row, true) {
                Ok(true) => SubscriptionStatus::Active,
                Ok(false) => SubscriptionStatus::PastDue,
                Err(error) if error.kind() == ErrorKind::Declined => SubscriptionStatus::PastDue,
                Err(error) => return Err(error),
            };
        }
        keep(tx, row);
    }
    Ok(())
}

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

/// Settles the rest of the period: a higher price is billed now, a lower one is credited to the
/// next period. Parts of a minor unit are left to the customer.
fn settle(tx: &mut Tx<'_>, row: &mut SubscriptionRow, difference: Money) -> Result<()> {
    let (Some(start), Some(end)) = (row.subscription.period_start, row.subscription.period_end)
    else {
        return Ok(());
    };
    let whole = i128::from(end.as_second()) - i128::from(start.as_second());
    let left = (i128::from(end.as_second()) - i128::from(tx.now.as_second())).clamp(0, whole);
    let share = (i128::from(difference.minor()) * left).div_euclid(whole.max(1));
    let share = i64::try_from(share)
        .map_err(|_| Error::invalid_input("the difference is too large to be counted"))?;
    if share <= 0 {
        row.credit = row.credit.saturating_sub(share);
        return Ok(());
    }
    let mut payment = bank::blank(tx, Money::new(share, difference.currency()));
    payment
        .payment
        .customer
        .clone_from(&row.subscription.customer);
    payment.subscription = Some(row.subscription.id.clone());
    let with = match (&row.subscription.method, &row.token) {
        (Some(method), _) => Some(Instrument::saved(method.clone())),
        (None, Some(token)) => Some(Instrument::token(token.clone())),
        (None, None) => None,
    };
    if let Some(with) = with {
        bank::instrument(tx, &mut payment, &with)?;
    }
    payment.off_session = true;
    let id = bank::attempt_and_keep(tx, payment)?;
    row.subscription.latest_payment = Some(PaymentId::new(id));
    Ok(())
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
            Page::slice(plans.map(|plan| (**plan).clone()).collect(), &page, PAGE)
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
            Page::slice(all, &page, PAGE)
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
        self.capabilities.check_pause()?;
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
        self.capabilities.check_pause()?;
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
