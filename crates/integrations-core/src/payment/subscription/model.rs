//! Plans and subscriptions, as providers answer them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::words::words;
use super::super::{CustomerId, NextAction, PaymentId, PaymentMethodId, PlanId, SubscriptionId};
use crate::Raw;
use crate::money::Money;

/// How often something is billed: every `count` units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BillingInterval {
    /// The unit.
    pub unit: BillingUnit,
    /// How many of them, at least 1.
    pub count: u16,
}

impl BillingInterval {
    /// Every so many units.
    #[must_use]
    pub const fn new(unit: BillingUnit, count: u16) -> Self {
        Self { unit, count }
    }

    /// Every month.
    #[must_use]
    pub const fn monthly() -> Self {
        Self::new(BillingUnit::Month, 1)
    }

    /// Every year.
    #[must_use]
    pub const fn yearly() -> Self {
        Self::new(BillingUnit::Year, 1)
    }
}

/// A unit of billing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BillingUnit {
    /// A day.
    Day,
    /// Seven days.
    Week,
    /// A calendar month; the 31st becomes the last day of a shorter one.
    Month,
    /// A calendar year.
    Year,
}

/// What is billed, how much and how often. A plan never changes: make a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Its name.
    pub name: String,
    /// How much one unit costs for one interval.
    pub amount: Money,
    /// How often it is billed.
    pub interval: BillingInterval,
    /// How many days are free at the start.
    pub trial_days: u16,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Plan {
    /// A plan without trial.
    pub fn new(
        id: PlanId,
        name: impl Into<String>,
        amount: Money,
        interval: BillingInterval,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            amount,
            interval,
            trial_days: 0,
            metadata: BTreeMap::new(),
            raw: Raw::None,
        }
    }
}

words! {
    /// Where a subscription stands.
    SubscriptionStatus {
        /// The buyer has to act, or the first payment is missing.
        Incomplete = "incomplete",
        /// In its free days.
        Trialing = "trialing",
        /// Running and paid.
        Active = "active",
        /// A payment failed; the provider tries again.
        PastDue = "past_due",
        /// Billing is stopped until it is resumed.
        Paused = "paused",
        /// Ended before its time.
        Canceled = "canceled",
        /// Ran out, or was never completed.
        Expired = "expired",
    }
}

impl SubscriptionStatus {
    /// Whether the current period is paid or free. A state that is not known is no.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active | Self::Trialing)
    }

    /// Whether it has ended for good.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        matches!(self, Self::Canceled | Self::Expired)
    }
}

/// A subscription of a customer to a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose it is; not known at providers where the buyer approves first.
    pub customer: Option<CustomerId>,
    /// What is billed.
    pub plan: PlanId,
    /// How many of it.
    pub quantity: u32,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// The saved method that it is paid with.
    pub method: Option<PaymentMethodId>,
    /// What has to happen before it starts.
    pub next_action: Option<NextAction>,
    /// The payment of the newest period.
    pub latest_payment: Option<PaymentId>,
    /// When the current period began.
    pub period_start: Option<Timestamp>,
    /// When the current period ends and the next one is billed.
    pub period_end: Option<Timestamp>,
    /// It ends with the current period.
    pub cancel_at_period_end: bool,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Subscription {
    /// A subscription to one unit of a plan.
    #[must_use]
    pub fn new(id: SubscriptionId, plan: PlanId, status: SubscriptionStatus) -> Self {
        Self {
            id,
            customer: None,
            plan,
            quantity: 1,
            status,
            method: None,
            next_action: None,
            latest_payment: None,
            period_start: None,
            period_end: None,
            cancel_at_period_end: false,
            ended_at: None,
            metadata: BTreeMap::new(),
            created_at: None,
            raw: Raw::None,
        }
    }
}
