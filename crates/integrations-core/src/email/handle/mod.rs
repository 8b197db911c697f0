//! What an application holds.

mod ab;
mod ab_tests;
mod analytics;
mod batch;
mod check;
mod routes;
mod suppressions;
mod templates;
#[cfg(all(test, feature = "testing", feature = "templates"))]
mod tests;
mod validation;

use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "templates")]
use super::TemplateLibrary;
use super::{
    EmailCapabilities, EmailMessage, EmailProvider, Envelope, Mailbox, MergeData, MessageId,
    SendOptions, SendReport, TemplateRef, check as rules,
};
use crate::call;
use crate::error::{Effect, Error, Result};
use crate::idempotency::IdempotencyKey;

/// A sender of email. Cheap to clone; clones share the provider.
#[derive(Debug, Clone)]
pub struct Mailer {
    provider: Arc<dyn EmailProvider>,
    sender: Option<Mailbox>,
    #[cfg(feature = "templates")]
    library: Arc<TemplateLibrary>,
}

impl Mailer {
    /// A mailer over a provider.
    pub fn new(provider: impl EmailProvider + 'static) -> Self {
        Self::from_arc(Arc::new(provider))
    }

    /// A mailer over a shared provider.
    #[must_use]
    pub fn from_arc(provider: Arc<dyn EmailProvider>) -> Self {
        Self {
            provider,
            sender: None,
            #[cfg(feature = "templates")]
            library: Arc::default(),
        }
    }

    /// Sets who mail is from in calls that name nobody: [`send_template`](Self::send_template).
    #[must_use]
    pub fn with_sender(mut self, sender: impl Into<Mailbox>) -> Self {
        self.sender = Some(sender.into());
        self
    }

    /// Sets the templates that are rendered here when the provider stores none.
    #[cfg(feature = "templates")]
    #[must_use]
    pub fn with_library(mut self, library: TemplateLibrary) -> Self {
        self.library = Arc::new(library);
        self
    }

    /// The provider itself: its descriptor, status, health.
    #[must_use]
    pub fn provider(&self) -> &Arc<dyn EmailProvider> {
        &self.provider
    }

    /// What the provider can do.
    #[must_use]
    pub fn capabilities(&self) -> &EmailCapabilities {
        self.provider.capabilities()
    }

    /// Who mail is from in calls that name nobody.
    #[must_use]
    pub fn sender(&self) -> Option<&Mailbox> {
        self.sender.as_ref()
    }

    /// Sends a message now.
    ///
    /// # Errors
    /// As [`send_with`](Self::send_with).
    pub async fn send(&self, message: &EmailMessage) -> Result<SendReport> {
        self.send_with(message, SendOptions::default()).await
    }

    /// Sends a message: later, or under an idempotency key.
    ///
    /// Without a key, a provider that takes keys is given a new one, so that its own retries cannot
    /// send twice.
    ///
    /// # Errors
    /// Before anything is sent: `InvalidInput` for a message without recipient or body, with text
    /// that could become a header, or over the provider's limits; `Unsupported` for a field that
    /// the provider does not have. Afterwards: what the provider answers.
    pub async fn send_with(
        &self,
        message: &EmailMessage,
        options: SendOptions,
    ) -> Result<SendReport> {
        call::run(&*self.provider, "send", async {
            let options = self.keyed(options);
            message
                .template
                .as_ref()
                .map_or(Ok(()), rules::template_ref)?;
            let places = !message.merge_data.is_empty();
            let prepared = self.prepare(message, places)?;
            let message = prepared.as_ref().unwrap_or(message);
            self.check_message(message)?;
            self.check_recipients(message)?;
            self.capabilities().check_options(&options)?;
            let sent = self.provider.send(message, &options).await;
            let sent = sent.map_err(|error| self.read_back(error, &options))?;
            let named: Vec<_> = message.recipients().map(Mailbox::address).collect();
            Ok(sent.complete(named.into_iter()))
        })
        .await
    }

    /// Sends a stored template to somebody, from the mailer's own [sender](Self::with_sender). A
    /// provider that stores no templates gets the message rendered from the
    /// [library](Self::with_library).
    ///
    /// # Errors
    /// `Config` without a sender; `NotFound` for the template; `InvalidInput` for a missing value;
    /// and as [`send_with`](Self::send_with).
    pub async fn send_template(
        &self,
        template: impl Into<TemplateRef>,
        to: impl Into<Mailbox>,
        data: MergeData,
    ) -> Result<SendReport> {
        let Some(sender) = &self.sender else {
            let error = Error::new(
                crate::ErrorKind::Config,
                "the mailer has no sender; give it one with `with_sender`",
            );
            return Err(error.in_call(&self.provider.descriptor().name, "send_template"));
        };
        let message = EmailMessage::new(sender.clone(), "")
            .with_to(to)
            .with_template(template)
            .with_merge_data(data);
        self.send(&message).await
    }

    /// Sends a message that the caller encoded, as it is.
    ///
    /// # Errors
    /// `InvalidInput` for an envelope without recipient, an empty message, or a Bcc header in it; as
    /// [`send_with`](Self::send_with).
    pub async fn send_raw(
        &self,
        envelope: &Envelope,
        mime: impl Into<Bytes>,
        options: SendOptions,
    ) -> Result<SendReport> {
        let mime = mime.into();
        call::run(&*self.provider, "send_raw", async {
            let options = self.keyed(options);
            self.need(self.capabilities().raw, "raw")?;
            self.check_envelope(envelope, &mime)?;
            self.capabilities().check_options(&options)?;
            let sent = self.provider.send_raw(envelope, &mime, &options).await;
            let sent = sent.map_err(|error| self.read_back(error, &options))?;
            Ok(sent.complete(envelope.to.iter()))
        })
        .await
    }

    /// Takes back a scheduled send. Taking it back again succeeds.
    ///
    /// # Errors
    /// `InvalidInput` for an empty id; `NotFound` for an id that names none; `Conflict` when it was sent already.
    pub async fn cancel_scheduled(&self, id: &MessageId) -> Result<()> {
        call::run(&*self.provider, "cancel_scheduled", async {
            self.need(self.capabilities().cancel_scheduled, "cancel_scheduled")?;
            rules::id("message id", id.as_str())?;
            self.provider.cancel_scheduled(id).await
        })
        .await
    }

    /// Fills the template and the places here, where the provider does not. `None` when the
    /// message can go out as it is. `places` says whether there is a value for anybody: without
    /// one, `{{name}}` is text like any other.
    fn prepare(&self, message: &EmailMessage, places: bool) -> Result<Option<EmailMessage>> {
        let capabilities = self.capabilities();
        match &message.template {
            Some(_) if capabilities.templates => Ok(None),
            Some(template) => self.render_here(message, Some(template)).map(Some),
            None if !places || capabilities.merge_inline => Ok(None),
            None => self.render_here(message, None).map(Some),
        }
    }

    #[cfg(feature = "templates")]
    fn render_here(
        &self,
        message: &EmailMessage,
        template: Option<&TemplateRef>,
    ) -> Result<EmailMessage> {
        let content = match template {
            None => None,
            Some(_) if self.library.is_empty() => return Err(Error::unsupported("templates")),
            Some(template) => Some(self.library.resolve(template)?),
        };
        super::render_message(message, content)
    }

    #[cfg(not(feature = "templates"))]
    #[allow(clippy::unused_self)] // The same signature as with the feature.
    fn render_here(
        &self,
        _: &EmailMessage,
        template: Option<&TemplateRef>,
    ) -> Result<EmailMessage> {
        Err(Error::unsupported(match template {
            Some(_) => "templates",
            None => "merge_inline",
        }))
    }

    /// Says how to find out whether a message was sent after contact was lost.
    fn read_back(&self, error: Error, options: &SendOptions) -> Error {
        if error.effect() != Effect::Unknown {
            return error;
        }
        match &options.idempotency_key {
            Some(key) => error.with_advice(format!(
                "send it again with the idempotency key {key}: it goes out once"
            )),
            None if self.capabilities().events => error.with_advice(
                "read the events of its recipients before sending again: it may have gone out",
            ),
            None => error,
        }
    }

    /// Gives a send a key where the provider takes one.
    fn keyed(&self, mut options: SendOptions) -> SendOptions {
        if options.idempotency_key.is_none() && self.capabilities().idempotency {
            options.idempotency_key = Some(IdempotencyKey::random());
        }
        options
    }
}

impl<P: EmailProvider + 'static> From<P> for Mailer {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}

/// A group that is declared and there.
fn group<'a, T: ?Sized>(
    declared: bool,
    group: impl FnOnce() -> Option<&'a T>,
    feature: &'static str,
) -> Result<&'a T> {
    declared
        .then(group)
        .flatten()
        .ok_or_else(|| Error::unsupported(feature))
}
