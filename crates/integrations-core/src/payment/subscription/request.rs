//! What a caller asks of plans and subscriptions.

use std::collections::BTreeMap;

use serde::Serialize;
use url::Url;

use super::super::{CustomerId, PaymentMethodId, PlanId, SubscriptionId};
use super::BillingInterval;
use crate::IdempotencyKey;
use crate::money::Money;

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
