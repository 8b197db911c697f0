//! The handles of the groups that a provider may lack.

use super::check::{check_email, check_id, check_optional};
use super::way_back::{Window, with_way_back};
use super::{
    AcceptDispute, BeginSave, CancelSubscription, ChangeSubscription, CreateCustomer, CreatePlan,
    CreateSubscription, Customer, CustomerFilter, CustomerId, CustomerProvider, Dispute,
    DisputeFilter, DisputeId, DisputeProvider, FinishSave, PauseSubscription, PaymentMethod,
    PaymentMethodId, Payments, Plan, PlanId, ResumeSubscription, Setup, SetupId, SubmitEvidence,
    Subscription, SubscriptionFilter, SubscriptionId, SubscriptionProvider, UpdateCustomer,
    VaultProvider,
};
use crate::call;
use crate::error::{Error, Result};
use crate::page::Paged;

macro_rules! group {
    ($(#[$meta:meta])* $name:ident, $trait:ident, $method:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name(pub(super) Payments);

        impl $name {
            /// The payments that it belongs to.
            #[must_use]
            pub fn payments(&self) -> &Payments {
                &self.0
            }

            fn driver(payments: &Payments) -> Result<&dyn $trait> {
                payments
                    .provider()
                    .$method()
                    .ok_or_else(|| Error::unsupported(stringify!($method)))
            }

            /// One call of the group, refused when the group or the capability is missing.
            async fn call<'a, T, Fut>(
                &'a self,
                operation: &'static str,
                check: impl FnOnce(&Payments) -> Result<()>,
                send: impl FnOnce(&'a dyn $trait) -> Fut,
            ) -> Result<T>
            where
                Fut: Future<Output = Result<T>>,
            {
                call::run(&**self.0.provider(), operation, async {
                    self.0.need(self.0.capabilities().$method, stringify!($method))?;
                    check(&self.0)?;
                    send(Self::driver(&self.0)?).await
                })
                .await
            }
        }
    };
}

group! {
    /// A provider's customers. From [`Payments::customers`].
    Customers, CustomerProvider, customers
}
group! {
    /// A provider's saved payment methods. From [`Payments::vault`].
    Vault, VaultProvider, vault
}
group! {
    /// A provider's plans and subscriptions. From [`Payments::subscriptions`].
    Subscriptions, SubscriptionProvider, subscriptions
}
group! {
    /// A provider's disputes. From [`Payments::disputes`].
    Disputes, DisputeProvider, disputes
}

impl Customers {
    /// Makes a customer.
    ///
    /// # Errors
    /// `InvalidInput`; what the provider answers.
    pub async fn create(&self, request: CreateCustomer) -> Result<Customer> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "create_customer",
            |payments| payments.capabilities().check_create_customer(&request),
            |driver| async { with_way_back(driver.create(&request).await, &request.key, window) },
        )
        .await
    }

    /// A customer.
    ///
    /// # Errors
    /// `NotFound`, also after it was deleted.
    pub async fn get(&self, id: &CustomerId) -> Result<Customer> {
        self.call(
            "get_customer",
            |_| check_id(id.as_str(), "customer"),
            |driver| driver.get(id),
        )
        .await
    }

    /// Changes what the request names and nothing else.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn update(&self, id: &CustomerId, request: UpdateCustomer) -> Result<Customer> {
        self.call(
            "update_customer",
            |payments| {
                check_id(id.as_str(), "customer")?;
                payments.capabilities().check_update_customer(&request)
            },
            |driver| driver.update(id, &request),
        )
        .await
    }

    /// Deletes a customer with the saved methods. Payments stay. One that is gone already, or
    /// never was, is a success.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn delete(&self, id: &CustomerId) -> Result<()> {
        self.call(
            "delete_customer",
            |_| check_id(id.as_str(), "customer"),
            |driver| driver.delete(id),
        )
        .await
    }

    /// All customers that a filter lets through.
    #[must_use]
    pub fn list(&self, filter: CustomerFilter) -> Paged<Customer> {
        self.0.paged(
            "list_customers",
            |c| c.customers && c.customer_list,
            "customer_list",
            move |payments, page| {
                let filter = filter.clone();
                async move {
                    check_email(filter.email.as_deref())?;
                    Self::driver(&payments)?.list(&filter, &page).await
                }
            },
        )
    }
}

impl Vault {
    /// Starts to save a method. It may be saved at once, or ask for an action of the buyer.
    ///
    /// # Errors
    /// `Declined` when the bank refuses; `NotFound` for the customer.
    pub async fn begin_save(&self, request: BeginSave) -> Result<Setup> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "begin_save",
            |payments| payments.capabilities().check_save(&request),
            |driver| async {
                with_way_back(driver.begin_save(&request).await, &request.key, window)
            },
        )
        .await
    }

    /// Takes a setup on after the buyer's action.
    ///
    /// # Errors
    /// `Declined` when the bank refuses or the buyer did not agree; `NotFound`.
    pub async fn finish_save(&self, request: FinishSave) -> Result<Setup> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "finish_save",
            |payments| payments.capabilities().check_finish_save(&request),
            |driver| async {
                with_way_back(driver.finish_save(&request).await, &request.key, window)
            },
        )
        .await
    }

    /// An attempt to save a method, as it stands.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_setup(&self, id: &SetupId) -> Result<Setup> {
        self.call(
            "get_setup",
            |_| check_id(id.as_str(), "setup"),
            |driver| driver.get_setup(id),
        )
        .await
    }

    /// A saved method.
    ///
    /// # Errors
    /// `NotFound`, also after it was detached.
    pub async fn get(&self, id: &PaymentMethodId) -> Result<PaymentMethod> {
        self.call(
            "get_payment_method",
            |_| check_id(id.as_str(), "payment method"),
            |driver| driver.get(id),
        )
        .await
    }

    /// All saved methods of a customer.
    #[must_use]
    pub fn list(&self, customer: &CustomerId) -> Paged<PaymentMethod> {
        let customer = customer.clone();
        self.0.paged(
            "list_payment_methods",
            |c| c.vault,
            "vault",
            move |payments, page| {
                let customer = customer.clone();
                async move {
                    check_id(customer.as_str(), "customer")?;
                    Self::driver(&payments)?.list(&customer, &page).await
                }
            },
        )
    }

    /// Forgets a saved method. One that is gone already, or never was, is a success.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn detach(&self, id: &PaymentMethodId) -> Result<()> {
        self.call(
            "detach_payment_method",
            |_| check_id(id.as_str(), "payment method"),
            |driver| driver.detach(id),
        )
        .await
    }
}

impl Subscriptions {
    /// Makes a plan.
    ///
    /// # Errors
    /// `InvalidInput`; what the provider answers.
    pub async fn create_plan(&self, request: CreatePlan) -> Result<Plan> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "create_plan",
            |payments| {
                payments.check_amount(request.amount)?;
                payments.capabilities().check_create_plan(&request)
            },
            |driver| async {
                with_way_back(driver.create_plan(&request).await, &request.key, window)
            },
        )
        .await
    }

    /// A plan.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_plan(&self, id: &PlanId) -> Result<Plan> {
        self.call(
            "get_plan",
            |_| check_id(id.as_str(), "plan"),
            |driver| driver.get_plan(id),
        )
        .await
    }

    /// All plans.
    #[must_use]
    pub fn list_plans(&self) -> Paged<Plan> {
        self.0.paged(
            "list_plans",
            |c| c.subscriptions,
            "subscriptions",
            move |payments, page| async move { Self::driver(&payments)?.list_plans(&page).await },
        )
    }

    /// Starts a subscription. The first period is paid at once unless it is a trial; the buyer may
    /// have to act first.
    ///
    /// # Errors
    /// `Declined` when the first payment is; `NotFound` for customer, plan or method.
    pub async fn create(&self, request: CreateSubscription) -> Result<Subscription> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "create_subscription",
            |payments| payments.capabilities().check_subscribe(&request),
            |driver| async { with_way_back(driver.create(&request).await, &request.key, window) },
        )
        .await
    }

    /// A subscription.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: &SubscriptionId) -> Result<Subscription> {
        self.call(
            "get_subscription",
            |_| check_id(id.as_str(), "subscription"),
            |driver| driver.get(id),
        )
        .await
    }

    /// All subscriptions that a filter lets through, ended ones included.
    #[must_use]
    pub fn list(&self, filter: SubscriptionFilter) -> Paged<Subscription> {
        self.0.paged(
            "list_subscriptions",
            |c| c.subscriptions,
            "subscriptions",
            move |payments, page| {
                let filter = filter.clone();
                async move {
                    check_optional(filter.customer.as_ref(), "customer")?;
                    check_optional(filter.plan.as_ref(), "plan")?;
                    Self::driver(&payments)?.list(&filter, &page).await
                }
            },
        )
    }

    /// Moves a subscription to another plan or quantity.
    ///
    /// # Errors
    /// `Conflict` when it has ended.
    pub async fn change(&self, request: ChangeSubscription) -> Result<Subscription> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "change_subscription",
            |payments| payments.capabilities().check_change(&request),
            |driver| async { with_way_back(driver.change(&request).await, &request.key, window) },
        )
        .await
    }

    /// Stops billing until it is resumed.
    ///
    /// # Errors
    /// `Conflict` unless it is running.
    pub async fn pause(&self, request: PauseSubscription) -> Result<Subscription> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "pause_subscription",
            |payments| {
                let subscription = &request.subscription;
                payments.capabilities().check_pause(subscription)
            },
            |driver| async { with_way_back(driver.pause(&request).await, &request.key, window) },
        )
        .await
    }

    /// Bills again.
    ///
    /// # Errors
    /// `Conflict` unless it is paused.
    pub async fn resume(&self, request: ResumeSubscription) -> Result<Subscription> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "resume_subscription",
            |payments| {
                let subscription = &request.subscription;
                payments.capabilities().check_pause(subscription)
            },
            |driver| async { with_way_back(driver.resume(&request).await, &request.key, window) },
        )
        .await
    }

    /// Ends a subscription, now or with the period that is paid.
    ///
    /// # Errors
    /// `Conflict` when it has ended.
    pub async fn cancel(&self, request: CancelSubscription) -> Result<Subscription> {
        let window = Window::open(self.0.capabilities().key_windows.create);
        self.call(
            "cancel_subscription",
            |payments| payments.capabilities().check_cancel(&request),
            |driver| async { with_way_back(driver.cancel(&request).await, &request.key, window) },
        )
        .await
    }
}

impl Disputes {
    /// All disputes that a filter lets through.
    #[must_use]
    pub fn list(&self, filter: DisputeFilter) -> Paged<Dispute> {
        self.0.paged(
            "list_disputes",
            |c| c.disputes,
            "disputes",
            move |payments, page| {
                let filter = filter.clone();
                async move {
                    check_optional(filter.payment.as_ref(), "payment")?;
                    Self::driver(&payments)?.list(&filter, &page).await
                }
            },
        )
    }

    /// A dispute.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: &DisputeId) -> Result<Dispute> {
        self.call(
            "get_dispute",
            |_| check_id(id.as_str(), "dispute"),
            |driver| driver.get(id),
        )
        .await
    }

    /// Gives in: the buyer keeps the money. It cannot be taken back.
    ///
    /// # Errors
    /// `Conflict` when it is decided.
    pub async fn accept(&self, request: AcceptDispute) -> Result<Dispute> {
        let window = Window::open(self.0.capabilities().key_windows.refund);
        self.call(
            "accept_dispute",
            |payments| payments.capabilities().check_accept(&request),
            |driver| async { with_way_back(driver.accept(&request).await, &request.key, window) },
        )
        .await
    }

    /// Hands in evidence, once and for all.
    ///
    /// # Errors
    /// `Conflict` when it is decided or evidence was handed in.
    pub async fn submit_evidence(&self, request: SubmitEvidence) -> Result<Dispute> {
        let window = Window::open(self.0.capabilities().key_windows.refund);
        self.call(
            "submit_evidence",
            |payments| payments.capabilities().check_evidence(&request),
            |driver| async {
                with_way_back(driver.submit_evidence(&request).await, &request.key, window)
            },
        )
        .await
    }
}
