//! Billing: periods that pass, and what they cost. Periods pass when somebody looks.

use integrations_core::money::Money;
use integrations_core::payment::{
    BillingUnit, CustomerId, Instrument, PaymentId, PaymentStatus, Plan, PlanId, SubscriptionId,
    SubscriptionStatus,
};
use integrations_core::{Error, ErrorKind, Result};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::bank;
use super::ledger::{Change, PaymentRow, SubscriptionRow, Tx};

pub(super) fn plan(tx: &Tx<'_>, id: &PlanId) -> Result<Box<Plan>> {
    tx.ledger
        .plans
        .get(id)
        .cloned()
        .ok_or_else(|| Error::not_found(format_args!("the plan {id}")))
}

pub(super) fn find(tx: &Tx<'_>, id: &SubscriptionId) -> Result<Box<SubscriptionRow>> {
    tx.ledger
        .subscriptions
        .get(id)
        .cloned()
        .ok_or_else(|| Error::not_found(format_args!("the subscription {id}")))
}

pub(super) fn keep(tx: &mut Tx<'_>, row: Box<SubscriptionRow>) {
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
        _ => return Err(Error::unsupported("this unit of billing")),
    };
    span.and_then(|span| anchor.to_zoned_datetime(TimeZone::UTC).checked_add(span))
        .map(|end| end.timestamp())
        .map_err(|_| far())
}

/// The current period ends so many periods after the anchor.
pub(super) fn period(row: &mut SubscriptionRow, plan: &Plan, number: i64) -> Result<()> {
    row.periods = number;
    row.subscription.period_start = Some(after(row.anchor, plan, number.saturating_sub(1))?);
    row.subscription.period_end = Some(after(row.anchor, plan, number)?);
    Ok(())
}

/// Bills a period. True when it is paid.
pub(super) fn bill(tx: &mut Tx<'_>, row: &mut SubscriptionRow, off_session: bool) -> Result<bool> {
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

pub(super) fn end(row: &mut SubscriptionRow, at: Timestamp) {
    row.subscription.status = SubscriptionStatus::Canceled;
    row.subscription.cancel_at_period_end = false;
    row.subscription.next_action = None;
    row.subscription.ended_at = Some(at);
}

/// Lets the periods pass that are over by now.
pub(super) fn tick(tx: &mut Tx<'_>) -> Result<()> {
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

/// Settles the rest of the period: a higher price is billed now, a lower one is credited to the
/// next period. Parts of a minor unit are left to the customer.
pub(super) fn settle(tx: &mut Tx<'_>, row: &mut SubscriptionRow, difference: Money) -> Result<()> {
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
