//! Mocks of the driver traits, for tests of applications.

use super::*;
use crate::integration::{Descriptor, Health, Status};
use crate::page::{Page, PageRequest};

mockall::mock! {
    /// An email provider whose answers a test sets. Wrap it in [`Mailer::new`]. A group is a mock
    /// of its own, leaked into a `&'static`.
    ///
    /// ```
    /// use integrations_core::email::*;
    /// use integrations_core::{Category, Descriptor, ErrorKind};
    ///
    /// /// What is tested: it takes note when the provider does not know.
    /// async fn greet(mailer: &Mailer, to: Mailbox) -> integrations_core::Result<&'static str> {
    ///     let shop: Mailbox = "shop@example.org".parse()?;
    ///     let message = EmailMessage::new(shop, "Hello").with_text("Hello").with_to(to);
    ///     match mailer.send(&message).await {
    ///         Ok(report) if report.accepted() == 1 => Ok("sent"),
    ///         Ok(_) => Ok("refused"),
    ///         Err(error) => Err(error),
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
    /// let mut mock = MockEmailProvider::new();
    /// mock.expect_descriptor().return_const(Descriptor::new("mock", Category::EMAIL, "mock"));
    /// mock.expect_capabilities().return_const(EmailCapabilities::new());
    /// mock.expect_send().times(1).returning(|message, _| {
    ///     let to = message.to[0].address().clone();
    ///     let result = RecipientResult::rejected(to, RejectReason::Bounced);
    ///     Ok(SendReport::new("m-1", vec![result]))
    /// });
    /// let answer = greet(&Mailer::new(mock), "ana@example.com".parse()?).await?;
    /// assert_eq!(answer, "refused");
    /// # Ok(()) }
    /// ```
    #[derive(Debug)]
    pub EmailProvider {}

    #[async_trait]
    impl Integration for EmailProvider {
        fn descriptor(&self) -> &Descriptor;
        async fn connect(&self) -> Result<()>;
        async fn disconnect(&self) -> Result<()>;
        async fn check_health(&self) -> Health;
        fn status(&self) -> Status;
    }

    #[async_trait]
    impl EmailProvider for EmailProvider {
        fn capabilities(&self) -> &EmailCapabilities;
        async fn send(&self, message: &EmailMessage, options: &SendOptions) -> Result<SendReport>;
        async fn send_batch(
            &self,
            message: &EmailMessage,
            recipients: &[Recipient],
            options: &SendOptions,
        ) -> Result<SendReport>;
        async fn send_raw(
            &self,
            envelope: &Envelope,
            mime: &Bytes,
            options: &SendOptions,
        ) -> Result<SendReport>;
        async fn cancel_scheduled(&self, id: &MessageId) -> Result<()>;
        fn templates(&self) -> Option<&'static dyn TemplateStore>;
        fn suppressions(&self) -> Option<&'static dyn SuppressionStore>;
        fn analytics(&self) -> Option<&'static dyn EmailAnalytics>;
        fn validation(&self) -> Option<&'static dyn AddressValidator>;
        fn inbound(&self) -> Option<&'static dyn InboundRoutes>;
        fn ab_tests(&self) -> Option<&'static dyn AbTestProvider>;
    }
}

mockall::mock! {
    /// Stored templates whose answers a test sets.
    #[derive(Debug)]
    pub TemplateStore {}

    #[async_trait]
    impl TemplateStore for TemplateStore {
        async fn list_templates(&self, page: &PageRequest) -> Result<Page<Template>>;
        async fn get_template(&self, id: &TemplateId) -> Result<Template>;
        async fn create_template(&self, new: &NewTemplate) -> Result<Template>;
        async fn update_template(&self, id: &TemplateId, patch: &TemplatePatch) -> Result<Template>;
        async fn delete_template(&self, id: &TemplateId) -> Result<()>;
        async fn list_template_versions(
            &self,
            id: &TemplateId,
            page: &PageRequest,
        ) -> Result<Page<TemplateVersion>>;
        async fn create_template_version(
            &self,
            id: &TemplateId,
            new: &NewTemplateVersion,
        ) -> Result<TemplateVersion>;
        async fn activate_template_version(
            &self,
            id: &TemplateId,
            version: &TemplateVersionId,
        ) -> Result<TemplateVersion>;
        async fn render_template(
            &self,
            template: &TemplateRef,
            data: &MergeData,
        ) -> Result<RenderedTemplate>;
    }
}

mockall::mock! {
    /// Suppression lists whose answers a test sets.
    #[derive(Debug)]
    pub SuppressionStore {}

    #[async_trait]
    impl SuppressionStore for SuppressionStore {
        async fn list_suppressions(
            &self,
            query: &SuppressionQuery,
            page: &PageRequest,
        ) -> Result<Page<Suppression>>;
        async fn get_suppressions(&self, address: &EmailAddress) -> Result<Vec<Suppression>>;
        async fn add_suppression(&self, suppression: &Suppression) -> Result<()>;
        async fn remove_suppression(
            &self,
            address: &EmailAddress,
            list: &SuppressionList,
        ) -> Result<()>;
    }
}

mockall::mock! {
    /// Statistics and events whose answers a test sets.
    #[derive(Debug)]
    pub EmailAnalytics {}

    #[async_trait]
    impl EmailAnalytics for EmailAnalytics {
        async fn stats(&self, query: &StatsQuery) -> Result<Vec<StatPoint>>;
        async fn list_events(
            &self,
            query: &EventQuery,
            page: &PageRequest,
        ) -> Result<Page<EmailEvent>>;
    }
}

mockall::mock! {
    /// Address validation whose answers a test sets.
    #[derive(Debug)]
    pub AddressValidator {}

    #[async_trait]
    impl AddressValidator for AddressValidator {
        async fn validate_address(&self, address: &str) -> Result<AddressReport>;
        async fn validate_addresses(&self, addresses: &[String]) -> Result<Vec<AddressReport>>;
    }
}

mockall::mock! {
    /// Inbound routes whose answers a test sets.
    #[derive(Debug)]
    pub InboundRoutes {}

    #[async_trait]
    impl InboundRoutes for InboundRoutes {
        async fn list_routes(&self, page: &PageRequest) -> Result<Page<InboundRoute>>;
        async fn get_route(&self, id: &RouteId) -> Result<InboundRoute>;
        async fn create_route(&self, new: &NewRoute) -> Result<InboundRoute>;
        async fn update_route(&self, id: &RouteId, route: &NewRoute) -> Result<InboundRoute>;
        async fn delete_route(&self, id: &RouteId) -> Result<()>;
        async fn match_address(&self, address: &EmailAddress) -> Result<Option<InboundRoute>>;
    }
}

mockall::mock! {
    /// Tests of variants whose answers a test sets.
    #[derive(Debug)]
    pub AbTestProvider {}

    #[async_trait]
    impl AbTestProvider for AbTestProvider {
        async fn create_ab_test(&self, test: &AbTest) -> Result<AbTestInfo>;
        async fn get_ab_test(&self, id: &AbTestId) -> Result<AbTestInfo>;
        async fn list_ab_tests(&self, page: &PageRequest) -> Result<Page<AbTestInfo>>;
        async fn send_ab_test(
            &self,
            id: &AbTestId,
            recipients: &[Recipient],
            options: &SendOptions,
        ) -> Result<AbSend>;
        async fn ab_test_results(&self, id: &AbTestId) -> Result<AbReport>;
        async fn choose_ab_winner(&self, id: &AbTestId, arm: &str) -> Result<AbTestInfo>;
    }
}
