//! The driver trait, over the book.

use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use integrations_core::email::{
    AbTestProvider, AbTestSupport, AddressValidator, EmailAnalytics, EmailCapabilities,
    EmailMessage, EmailProvider, Envelope, InboundRoutes, MessageId, Recipient, SendOptions,
    SendReport, SuppressionKind, SuppressionStore, TemplateStore,
};
use integrations_core::{
    ConnectionState, Descriptor, Error, Health, Integration, Result, Status, unsupported,
};

use super::{LocalMailer, lock, send};

/// Everything that the trait has but `extra`: there is no request of this provider to put it into.
pub(super) fn all() -> EmailCapabilities {
    let mut all = EmailCapabilities::new();
    all.batch = true;
    all.raw = true;
    all.attachments = true;
    all.inline_images = true;
    all.amp = true;
    all.headers = true;
    all.multiple_reply_to = true;
    all.tags = true;
    all.metadata = true;
    all.merge_inline = true;
    all.templates = true;
    all.template_versions = true;
    all.template_preview = true;
    all.schedule = true;
    all.cancel_scheduled = true;
    all.track_opens = true;
    all.track_clicks = true;
    all.list_unsubscribe = true;
    all.unsubscribe_groups = true;
    all.envelope_sender = true;
    all.idempotency = true;
    all.create_idempotency = true;
    all.suppressions = true;
    all.suppression_adds = SuppressionKind::ALL.to_vec();
    all.stats = true;
    all.stats_by_tag = true;
    all.events = true;
    all.validation = true;
    all.validation_batch = true;
    all.inbound_routes = true;
    all.ab_tests = AbTestSupport::Run;
    // What vendors take, so that nothing works here that fails there.
    all.max_recipients = Some(1000);
    all.max_batch = Some(100);
    all.max_validation_batch = Some(100);
    all.max_message_size = Some(25 * 1024 * 1024);
    all.max_tags = Some(10);
    all
}

#[async_trait]
impl Integration for LocalMailer {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let result = self.check().await;
        let now = Some(self.now());
        *lock(&self.status) = match &result {
            Ok(()) => Status::new(ConnectionState::Connected, now),
            Err(error) => {
                Status::new(ConnectionState::Failed, now).with_last_error(Some(error.to_string()))
            }
        };
        result
    }

    async fn disconnect(&self) -> Result<()> {
        *lock(&self.status) = Status::new(ConnectionState::Disconnected, Some(self.now()));
        Ok(())
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.check().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        lock(&self.status).clone()
    }
}

#[async_trait]
impl EmailProvider for LocalMailer {
    fn capabilities(&self) -> &EmailCapabilities {
        &self.capabilities
    }

    async fn send(&self, message: &EmailMessage, options: &SendOptions) -> Result<SendReport> {
        self.capabilities.check_message(message)?;
        self.capabilities.check_options(options)?;
        let (message, options) = (message.clone(), options.clone());
        self.run(move |tx| send::send(tx, &message, &options)).await
    }

    async fn send_batch(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
        options: &SendOptions,
    ) -> Result<SendReport> {
        if !self.capabilities.batch {
            return Err(unsupported(self, "batch"));
        }
        if self
            .capabilities
            .max_batch
            .is_some_and(|most| recipients.len() > most)
        {
            return Err(Error::invalid_input("the batch has too many recipients"));
        }
        self.capabilities.check_options(options)?;
        for recipient in recipients {
            self.capabilities.check_recipient(recipient)?;
            let own = recipient.personalize(message);
            self.capabilities.check_message(&own)?;
        }
        let (message, recipients) = (message.clone(), recipients.to_vec());
        let options = options.clone();
        self.run(move |tx| send::send_batch(tx, &message, &recipients, &options))
            .await
    }

    async fn send_raw(
        &self,
        envelope: &Envelope,
        mime: &Bytes,
        options: &SendOptions,
    ) -> Result<SendReport> {
        if !self.capabilities.raw {
            return Err(unsupported(self, "raw"));
        }
        self.capabilities.check_options(options)?;
        let (envelope, mime, options) = (envelope.clone(), mime.clone(), options.clone());
        self.run(move |tx| send::send_raw(tx, &envelope, &mime, &options))
            .await
    }

    async fn cancel_scheduled(&self, id: &MessageId) -> Result<()> {
        if !self.capabilities.cancel_scheduled {
            return Err(unsupported(self, "cancel_scheduled"));
        }
        let id = id.clone();
        self.run(move |tx| send::cancel(tx, &id)).await
    }

    fn templates(&self) -> Option<&dyn TemplateStore> {
        let has = &self.capabilities;
        has.templates.then_some(self as &dyn TemplateStore)
    }

    fn suppressions(&self) -> Option<&dyn SuppressionStore> {
        let has = &self.capabilities;
        has.suppressions.then_some(self as &dyn SuppressionStore)
    }

    fn analytics(&self) -> Option<&dyn EmailAnalytics> {
        let has = &self.capabilities;
        (has.stats || has.events).then_some(self as &dyn EmailAnalytics)
    }

    fn validation(&self) -> Option<&dyn AddressValidator> {
        let has = &self.capabilities;
        has.validation.then_some(self as &dyn AddressValidator)
    }

    fn inbound(&self) -> Option<&dyn InboundRoutes> {
        let has = &self.capabilities;
        has.inbound_routes.then_some(self as &dyn InboundRoutes)
    }

    fn ab_tests(&self) -> Option<&dyn AbTestProvider> {
        let has = &self.capabilities;
        (has.ab_tests != AbTestSupport::None).then_some(self as &dyn AbTestProvider)
    }
}
