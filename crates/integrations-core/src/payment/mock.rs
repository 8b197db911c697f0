//! Mocks of the driver traits, for tests of applications.

use super::*;
use crate::integration::{Descriptor, Health, Status};

mockall::mock! {
    /// A payment provider whose answers a test sets. Wrap it in [`Payments::new`].
    #[derive(Debug)]
    pub PaymentProvider {}

    #[async_trait]
    impl Integration for PaymentProvider {
        fn descriptor(&self) -> &Descriptor;
        async fn connect(&self) -> Result<()>;
        async fn disconnect(&self) -> Result<()>;
        async fn check_health(&self) -> Health;
        fn status(&self) -> Status;
    }

    #[async_trait]
    impl PaymentProvider for PaymentProvider {
        fn capabilities(&self) -> &PaymentCapabilities;
        fn currency_rule(&self, currency: Currency) -> Option<CurrencyRule>;
        async fn create_payment(&self, request: &CreatePayment) -> Result<Payment>;
        async fn get_payment(&self, id: &PaymentId) -> Result<Payment>;
        async fn continue_payment(&self, request: &ContinuePayment) -> Result<Payment>;
        async fn refund(&self, request: &RefundPayment) -> Result<Refund>;
        async fn get_refund(&self, id: &RefundId) -> Result<Refund>;
        async fn capture(&self, request: &CapturePayment) -> Result<Capture>;
        async fn void(&self, request: &VoidPayment) -> Result<Payment>;
        async fn list_refunds(&self, payment: &PaymentId, page: &PageRequest) -> Result<Page<Refund>>;
        async fn list_payments(&self, filter: &PaymentFilter, page: &PageRequest) -> Result<Page<Payment>>;
        async fn find_payments(&self, reference: &MerchantRef, page: &PageRequest) -> Result<Page<Payment>>;
        fn customers<'a>(&'a self) -> Option<&'a dyn CustomerProvider>;
        fn vault<'a>(&'a self) -> Option<&'a dyn VaultProvider>;
        fn subscriptions<'a>(&'a self) -> Option<&'a dyn SubscriptionProvider>;
        fn disputes<'a>(&'a self) -> Option<&'a dyn DisputeProvider>;
    }
}

mockall::mock! {
    /// Customers whose answers a test sets. Let [`MockPaymentProvider`] answer a leaked one.
    #[derive(Debug)]
    pub CustomerProvider {}

    #[async_trait]
    impl CustomerProvider for CustomerProvider {
        async fn create(&self, request: &CreateCustomer) -> Result<Customer>;
        async fn get(&self, id: &CustomerId) -> Result<Customer>;
        async fn update(&self, id: &CustomerId, request: &UpdateCustomer) -> Result<Customer>;
        async fn delete(&self, id: &CustomerId) -> Result<()>;
        async fn list(&self, filter: &CustomerFilter, page: &PageRequest) -> Result<Page<Customer>>;
    }
}

mockall::mock! {
    /// Saved methods whose answers a test sets.
    #[derive(Debug)]
    pub VaultProvider {}

    #[async_trait]
    impl VaultProvider for VaultProvider {
        async fn begin_save(&self, request: &BeginSave) -> Result<Setup>;
        async fn finish_save(&self, request: &FinishSave) -> Result<Setup>;
        async fn get_setup(&self, id: &SetupId) -> Result<Setup>;
        async fn get(&self, id: &PaymentMethodId) -> Result<PaymentMethod>;
        async fn list(&self, customer: &CustomerId, page: &PageRequest) -> Result<Page<PaymentMethod>>;
        async fn detach(&self, id: &PaymentMethodId) -> Result<()>;
    }
}

mockall::mock! {
    /// Plans and subscriptions whose answers a test sets.
    #[derive(Debug)]
    pub SubscriptionProvider {}

    #[async_trait]
    impl SubscriptionProvider for SubscriptionProvider {
        async fn create_plan(&self, request: &CreatePlan) -> Result<Plan>;
        async fn get_plan(&self, id: &PlanId) -> Result<Plan>;
        async fn list_plans(&self, page: &PageRequest) -> Result<Page<Plan>>;
        async fn create(&self, request: &CreateSubscription) -> Result<Subscription>;
        async fn get(&self, id: &SubscriptionId) -> Result<Subscription>;
        async fn list(&self, filter: &SubscriptionFilter, page: &PageRequest) -> Result<Page<Subscription>>;
        async fn change(&self, request: &ChangeSubscription) -> Result<Subscription>;
        async fn pause(&self, request: &PauseSubscription) -> Result<Subscription>;
        async fn resume(&self, request: &ResumeSubscription) -> Result<Subscription>;
        async fn cancel(&self, request: &CancelSubscription) -> Result<Subscription>;
    }
}

mockall::mock! {
    /// Disputes whose answers a test sets.
    #[derive(Debug)]
    pub DisputeProvider {}

    #[async_trait]
    impl DisputeProvider for DisputeProvider {
        async fn list(&self, filter: &DisputeFilter, page: &PageRequest) -> Result<Page<Dispute>>;
        async fn get(&self, id: &DisputeId) -> Result<Dispute>;
        async fn accept(&self, request: &AcceptDispute) -> Result<Dispute>;
        async fn submit_evidence(&self, request: &SubmitEvidence) -> Result<Dispute>;
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::integration::Descriptor;
    use crate::money::Money;
    use crate::{Category, Effect, Error, ErrorKind};

    fn mock(capabilities: PaymentCapabilities) -> MockPaymentProvider {
        let mut mock = MockPaymentProvider::new();
        mock.expect_descriptor().return_const(Descriptor::new(
            "mock_payment",
            Category::PAYMENT,
            "mock",
        ));
        mock.expect_capabilities().return_const(capabilities);
        mock.expect_currency_rule()
            .returning(|currency| (currency != Currency::XAF).then(|| CurrencyRule::iso(currency)));
        mock
    }

    fn purchase(minor: i64, currency: Currency) -> CreatePayment {
        let key = "key".parse().unwrap();
        CreatePayment::new(key, Money::new(minor, currency))
            .with_instrument(Instrument::token("tok_visa"))
    }

    // The mock panics on a call that was not expected: reaching the provider fails the test.
    #[test]
    fn what_cannot_be_served_never_reaches_the_provider() {
        let payments = Payments::new(mock(PaymentCapabilities::new()));
        let usd = || purchase(100, Currency::USD);
        for (request, kind) in [
            (purchase(0, Currency::USD), ErrorKind::InvalidInput),
            (purchase(-5, Currency::USD), ErrorKind::InvalidInput),
            (purchase(5, Currency::XAF), ErrorKind::Unsupported),
            (
                usd().with_capture(CaptureMode::Manual),
                ErrorKind::Unsupported,
            ),
            (usd().with_reference("order-1"), ErrorKind::Unsupported),
            (usd().with_description("a book"), ErrorKind::Unsupported),
            (usd().with_metadata("a", "b"), ErrorKind::Unsupported),
            (
                usd().with_receipt_email("a@b.example"),
                ErrorKind::Unsupported,
            ),
            (usd().off_session(), ErrorKind::Unsupported),
            (
                usd().with_instrument(Instrument::token("4242 4242 4242 4242")),
                ErrorKind::InvalidInput,
            ),
            (
                usd().with_instrument(Instrument::token("")),
                ErrorKind::InvalidInput,
            ),
        ] {
            let error = block_on(payments.create_payment(request.clone())).unwrap_err();
            assert_eq!(error.kind(), kind, "{request:?}: {error}");
            assert_eq!(error.effect(), Effect::NotApplied);
        }
        assert!(block_on(payments.list_payments(PaymentFilter::new()).all()).is_err());
        assert!(payments.customers().is_err() && payments.disputes().is_err());
    }

    #[test]
    fn texts_and_metadata_that_would_be_cut_are_refused() {
        let mut capabilities = PaymentCapabilities::new();
        capabilities.max_reference_len = 5;
        capabilities.metadata = Some(MetadataLimits::new(1, 3, 3));
        let usd = || purchase(100, Currency::USD);
        for (request, fits) in [
            (usd().with_reference("12345"), true),
            (usd().with_reference("123456"), false),
            (usd().with_reference(""), false),
            (usd().with_reference("a\nb"), false),
            (usd().with_metadata("abc", "abc"), true),
            (usd().with_metadata("abcd", "a"), false),
            (usd().with_metadata("a", "abcd"), false),
            (usd().with_metadata("a[]", "a"), false),
            (usd().with_metadata("a", "a").with_metadata("b", "b"), false),
        ] {
            let result = capabilities.check_create(&request);
            assert_eq!(result.is_ok(), fits, "{request:?}: {result:?}");
        }
    }

    #[test]
    fn an_unknown_outcome_names_the_key_to_send_again() {
        let mut capabilities = PaymentCapabilities::new();
        capabilities.key_windows = KeyWindows::all(std::time::Duration::from_secs(24 * 3600));
        let mut mock = mock(capabilities);
        mock.expect_create_payment()
            .returning(|_| Err(Error::new(ErrorKind::Timeout, "no answer")));
        let error =
            block_on(Payments::new(mock).create_payment(purchase(100, Currency::USD))).unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown);
        assert!(
            error.advice().contains("the same key key within 24 hours"),
            "{error}"
        );
    }

    #[test]
    fn a_mock_can_answer_a_group() {
        let mut capabilities = PaymentCapabilities::new();
        capabilities.customers = true;
        let mut mock = mock(capabilities);
        let mut customers = MockCustomerProvider::new();
        customers
            .expect_get()
            .returning(|id| Ok(Customer::new(id.clone())));
        let customers: &'static MockCustomerProvider = Box::leak(Box::new(customers));
        mock.expect_customers().returning(move || Some(customers));
        let handle = Payments::new(mock).customers().unwrap();
        let customer = block_on(handle.get(&"cus_1".into())).unwrap();
        assert_eq!(customer.id.as_str(), "cus_1");
    }
}
