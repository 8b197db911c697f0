//! The recorder of the payment category.

use async_trait::async_trait;
use integrations_core::money::Currency;
use integrations_core::payment::*;
use integrations_core::{Page, PageRequest, Result};
use integrations_local::payment::LocalPayments;

use super::recorder::{Recorder, record};

record! {
    LocalPayments: PaymentProvider -> PaymentCapabilities {
        create_payment(request: &CreatePayment) -> Payment;
        get_payment(id: &PaymentId) -> Payment;
        continue_payment(request: &ContinuePayment) -> Payment;
        refund(request: &RefundPayment) -> Refund;
        get_refund(id: &RefundId) -> Refund;
        capture(request: &CapturePayment) -> Capture;
        void(request: &VoidPayment) -> Payment;
        list_refunds(payment: &PaymentId, page: &PageRequest) -> Page<Refund>;
        list_payments(filter: &PaymentFilter, page: &PageRequest) -> Page<Payment>;
        find_payments(reference: &MerchantRef, page: &PageRequest) -> Page<Payment>;
        [
            fn currency_rule(&self, currency: Currency) -> Option<CurrencyRule> {
                self.inner.currency_rule(currency)
            }
        ]
    }
    customers: CustomerProvider {
        create(request: &CreateCustomer) -> Customer;
        get(id: &CustomerId) -> Customer;
        update(id: &CustomerId, request: &UpdateCustomer) -> Customer;
        delete(id: &CustomerId) -> ();
        list(filter: &CustomerFilter, page: &PageRequest) -> Page<Customer>;
    }
    vault: VaultProvider {
        begin_save(request: &BeginSave) -> Setup;
        finish_save(request: &FinishSave) -> Setup;
        get_setup(id: &SetupId) -> Setup;
        get(id: &PaymentMethodId) -> PaymentMethod;
        list(customer: &CustomerId, page: &PageRequest) -> Page<PaymentMethod>;
        detach(id: &PaymentMethodId) -> ();
    }
    subscriptions: SubscriptionProvider {
        create_plan(request: &CreatePlan) -> Plan;
        get_plan(id: &PlanId) -> Plan;
        list_plans(page: &PageRequest) -> Page<Plan>;
        create(request: &CreateSubscription) -> Subscription;
        get(id: &SubscriptionId) -> Subscription;
        list(filter: &SubscriptionFilter, page: &PageRequest) -> Page<Subscription>;
        change(request: &ChangeSubscription) -> Subscription;
        pause(request: &PauseSubscription) -> Subscription;
        resume(request: &ResumeSubscription) -> Subscription;
        cancel(request: &CancelSubscription) -> Subscription;
    }
    disputes: DisputeProvider {
        list(filter: &DisputeFilter, page: &PageRequest) -> Page<Dispute>;
        get(id: &DisputeId) -> Dispute;
        accept(request: &AcceptDispute) -> Dispute;
        submit_evidence(request: &SubmitEvidence) -> Dispute;
    }
}
