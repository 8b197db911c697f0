//! Plans and subscriptions.

mod model;
mod request;

use async_trait::async_trait;

pub use model::{BillingInterval, BillingUnit, Plan, Subscription, SubscriptionStatus};
pub use request::{
    CancelAt, CancelSubscription, ChangeSubscription, CreatePlan, CreateSubscription,
    PauseSubscription, Proration, ResumeSubscription, SubscriptionFilter,
};

use super::{PlanId, SubscriptionId};
use crate::error::{Error, Result};
use crate::{Page, PageRequest};

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
