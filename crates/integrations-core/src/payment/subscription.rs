//! Plans and subscriptions.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::status::status;
use super::{CustomerId, NextAction, PaymentId, PaymentMethodId, PlanId, SubscriptionId};
use crate::error::{Error, Result};
use crate::money::Money;
use crate::{IdempotencyKey, Page, PageRequest, Raw};

/// The plans and subscriptions of a provider. Hangs off
/// [`PaymentProvider::subscriptions`](super::PaymentProvider::subscriptions).
#[async_trait]
pub trait SubscriptionProvider: Send + Sync {
    /// Makes a plan.
    ///
    /// # Errors
    /// `InvalidInput`; what the provider answers.
    async fn create_plan(&self, request: &CreatePlan) -> Result<Plan>;

    /// A plan.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_plan(&self, id: &PlanId) -> Result<Plan>;

    /// One page of the plans.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_plans(&self, page: &PageRequest) -> Result<Page<Plan>>;

    /// Starts a subscription. The first period is paid at once unless it is a trial; the buyer may
    /// have to act first.
    ///
    /// # Errors
    /// `Declined` when the first payment is; `NotFound` for customer, plan or method.
    async fn create(&self, request: &CreateSubscription) -> Result<Subscription>;

    /// A subscription.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get(&self, id: &SubscriptionId) -> Result<Subscription>;

    /// One page of subscriptions, ended ones included.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list(
        &self,
        filter: &SubscriptionFilter,
        page: &PageRequest,
    ) -> Result<Page<Subscription>>;

    /// Moves a subscription to another plan or quantity.
    ///
    /// # Errors
    /// `Conflict` when it has ended; `Unsupported` unless
    /// [`subscription_change`](super::PaymentCapabilities::subscription_change).
    async fn change(&self, request: &ChangeSubscription) -> Result<Subscription> {
        let _ = request;
        Err(Error::unsupported("subscription_change"))
    }

    /// Stops billing until it is resumed.
    ///
    /// # Errors
    /// `Conflict` unless it is running; `Unsupported` unless
    /// [`subscription_pause`](super::PaymentCapabilities::subscription_pause).
    async fn pause(&self, request: &PauseSubscription) -> Result<Subscription> {
        let _ = request;
        Err(Error::unsupported("subscription_pause"))
    }

    /// Bills again.
    ///
    /// # Errors
    /// `Conflict` unless it is paused; `Unsupported` unless
    /// [`subscription_pause`](super::PaymentCapabilities::subscription_pause).
    async fn resume(&self, request: &ResumeSubscription) -> Result<Subscription> {
        let _ = request;
        Err(Error::unsupported("subscription_pause"))
    }

    /// Ends a subscription, now or with the period that is paid.
    ///
    /// # Errors
    /// `Conflict` when it has ended; `Unsupported` for [`CancelAt::PeriodEnd`] unless
    /// [`subscription_cancel_at_period_end`](super::PaymentCapabilities::subscription_cancel_at_period_end).
    async fn cancel(&self, request: &CancelSubscription) -> Result<Subscription>;
}

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

/// A plan to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CreatePlan {
    /// Makes a repeated call one plan.
    pub key: IdempotencyKey,
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
}

impl CreatePlan {
    /// A plan without trial.
    pub fn new(
        key: IdempotencyKey,
        name: impl Into<String>,
        amount: Money,
        interval: BillingInterval,
    ) -> Self {
        Self {
            key,
            name: name.into(),
            amount,
            interval,
            trial_days: 0,
            metadata: BTreeMap::new(),
        }
    }

    /// Makes the first days free.
    #[must_use]
    pub fn with_trial_days(mut self, trial_days: u16) -> Self {
        self.trial_days = trial_days;
        self
    }

    /// Adds a piece of the merchant's own data.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

status! {
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

/// A subscription to start.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CreateSubscription {
    /// Makes a repeated call one subscription.
    pub key: IdempotencyKey,
    /// Whose it is.
    pub customer: CustomerId,
    /// To what.
    pub plan: PlanId,
    /// How many of it, at least 1.
    pub quantity: u32,
    /// The saved method that pays; without one the buyer chooses at the provider.
    pub method: Option<PaymentMethodId>,
    /// Free days at the start, instead of the plan's.
    pub trial_days: Option<u16>,
    /// Where the buyer comes back to after an action.
    pub return_url: Option<Url>,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
}

impl CreateSubscription {
    /// A subscription to one unit of a plan.
    #[must_use]
    pub fn new(key: IdempotencyKey, customer: CustomerId, plan: PlanId) -> Self {
        Self {
            key,
            customer,
            plan,
            quantity: 1,
            method: None,
            trial_days: None,
            return_url: None,
            metadata: BTreeMap::new(),
        }
    }

    /// Sets how many of it.
    #[must_use]
    pub fn with_quantity(mut self, quantity: u32) -> Self {
        self.quantity = quantity;
        self
    }

    /// Sets the saved method that pays.
    #[must_use]
    pub fn with_method(mut self, method: impl Into<PaymentMethodId>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Sets the free days at the start, instead of the plan's.
    #[must_use]
    pub fn with_trial_days(mut self, trial_days: u16) -> Self {
        self.trial_days = Some(trial_days);
        self
    }

    /// Sets where the buyer comes back to after an action.
    #[must_use]
    pub fn with_return_url(mut self, return_url: Url) -> Self {
        self.return_url = Some(return_url);
        self
    }

    /// Adds a piece of the merchant's own data.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

/// What a change in the middle of a period does to the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proration {
    /// Nothing: the new price holds from the next period.
    #[default]
    None,
    /// The rest of the period is settled at the new price.
    Prorate,
}

/// Moves a subscription to another plan or quantity.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChangeSubscription {
    /// Makes a repeated call one change.
    pub key: IdempotencyKey,
    /// Which one.
    pub subscription: SubscriptionId,
    /// The new plan.
    pub plan: Option<PlanId>,
    /// The new quantity.
    pub quantity: Option<u32>,
    /// What it does to the money.
    pub proration: Proration,
}

impl ChangeSubscription {
    /// A change of nothing yet.
    #[must_use]
    pub fn new(key: IdempotencyKey, subscription: SubscriptionId) -> Self {
        Self {
            key,
            subscription,
            plan: None,
            quantity: None,
            proration: Proration::None,
        }
    }

    /// Moves it to another plan.
    #[must_use]
    pub fn with_plan(mut self, plan: impl Into<PlanId>) -> Self {
        self.plan = Some(plan.into());
        self
    }

    /// Sets the quantity.
    #[must_use]
    pub fn with_quantity(mut self, quantity: u32) -> Self {
        self.quantity = Some(quantity);
        self
    }

    /// Sets what the change does to the money.
    #[must_use]
    pub fn with_proration(mut self, proration: Proration) -> Self {
        self.proration = proration;
        self
    }
}

/// Stops billing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PauseSubscription {
    /// Makes a repeated call one act.
    pub key: IdempotencyKey,
    /// Which one.
    pub subscription: SubscriptionId,
}

impl PauseSubscription {
    /// Stops billing.
    #[must_use]
    pub fn new(key: IdempotencyKey, subscription: SubscriptionId) -> Self {
        Self { key, subscription }
    }
}

/// Bills again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ResumeSubscription {
    /// Makes a repeated call one act.
    pub key: IdempotencyKey,
    /// Which one.
    pub subscription: SubscriptionId,
}

impl ResumeSubscription {
    /// Bills again.
    #[must_use]
    pub fn new(key: IdempotencyKey, subscription: SubscriptionId) -> Self {
        Self { key, subscription }
    }
}

/// When a subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CancelAt {
    /// Now. Nothing is given back by it.
    Now,
    /// With the period that is paid.
    PeriodEnd,
}

/// Ends a subscription.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CancelSubscription {
    /// Makes a repeated call one act.
    pub key: IdempotencyKey,
    /// Which one.
    pub subscription: SubscriptionId,
    /// When.
    pub at: CancelAt,
}

impl CancelSubscription {
    /// Ends a subscription.
    #[must_use]
    pub fn new(key: IdempotencyKey, subscription: SubscriptionId, at: CancelAt) -> Self {
        Self {
            key,
            subscription,
            at,
        }
    }
}

/// Which subscriptions to list. Everything that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct SubscriptionFilter {
    /// Only this customer's.
    pub customer: Option<CustomerId>,
    /// Only to this plan.
    pub plan: Option<PlanId>,
}

impl SubscriptionFilter {
    /// All subscriptions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only this customer's.
    #[must_use]
    pub fn with_customer(mut self, customer: impl Into<CustomerId>) -> Self {
        self.customer = Some(customer.into());
        self
    }

    /// Only to this plan.
    #[must_use]
    pub fn with_plan(mut self, plan: impl Into<PlanId>) -> Self {
        self.plan = Some(plan.into());
        self
    }
}
