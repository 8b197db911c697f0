//! Email: messages, templates, suppressions, and what became of each recipient.
//!
//! An application holds a [`Mailer`]; a provider implements [`EmailProvider`].
//!
//! ```
//! use integrations_core::email::{EmailMessage, Mailbox, Mailer};
//!
//! # async fn example(mailer: Mailer) -> integrations_core::Result<()> {
//! let from: Mailbox = "Corner Shop <shop@example.org>".parse()?;
//! let ana: Mailbox = "Ana Silva <ana@example.com>".parse()?;
//! let message = EmailMessage::new(from, "Your order 1042")
//!     .with_to(ana)
//!     .with_text("It is on its way.")
//!     .with_html("<p>It is on its way.</p>")
//!     .with_tag("orders");
//!
//! let report = mailer.send(&message).await?.all_accepted()?;
//! println!("sent as {:?}", report.id());
//! # Ok(()) }
//! ```
//!
//! # What holds for every provider
//!
//! - **An answer is not a delivery.** A [`SendReport`] has one [`RecipientResult`] per recipient;
//!   who is suppressed is rejected there, with the reason. [`SendReport::require_all`] makes an error
//!   of it.
//! - **No text becomes a header.** A line break in an address, a name, a subject, a header or a
//!   file name is [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent.
//! - **Nobody sees the bcc**, and recipients of a [batch](Mailer::send_batch) see nobody else.
//! - **A field is sent or refused.** What a provider does not have is
//!   [`Unsupported`](crate::ErrorKind::Unsupported), with two exceptions that the handle makes up
//!   for: a batch is sent one by one, and `{{name}}` places are filled here (feature `templates`).
//! - **A send happens at most once per call.** It is never repeated after contact was lost, unless
//!   the provider takes an idempotency key ([`EmailCapabilities::idempotency`]); the handle then
//!   gives every send one. Otherwise the error's [`effect`](crate::Error::effect) is unknown, and
//!   the [events](Mailer::events) tell.
//! - A template is filled with every value escaped in the HTML; a missing value is an error.

mod ab_report;
mod ab_test;
mod address;
mod analytics;
mod attachment;
mod capabilities;
mod check;
mod declared;
mod encoded;
mod handle;
mod inbound;
mod mailbox;
mod message;
#[cfg(feature = "testing")]
mod mock;
mod recipient;
mod report;
mod suppression;
#[cfg(feature = "templates")]
mod template;
mod templates;
mod tracking;
mod validation;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use bytes::Bytes;

pub use ab_report::{AbArmReport, AbComparison, AbReport};
pub use ab_test::{AbArm, AbSend, AbTest, AbTestId, AbTestInfo, AbTestProvider};
pub use address::EmailAddress;
pub use analytics::{
    EmailAnalytics, EmailEvent, EventId, EventKind, EventQuery, Resolution, SmtpReply, StatPoint,
    StatsQuery,
};
pub use attachment::{Attachment, Disposition};
pub use capabilities::{AbTestSupport, EmailCapabilities};
pub use handle::Mailer;
pub use inbound::{
    InboundRoute, InboundRoutes, NewRoute, ReceivedMessage, RouteAction, RouteId, RouteMatch,
};
pub use mailbox::Mailbox;
pub use message::{EmailMessage, MergeData};
#[cfg(feature = "testing")]
pub use mock::{
    MockAbTestProvider, MockAddressValidator, MockEmailAnalytics, MockEmailProvider,
    MockInboundRoutes, MockSuppressionStore, MockTemplateStore,
};
pub use recipient::{Envelope, Recipient, SendOptions};
pub use report::{MessageId, RecipientResult, RecipientStatus, RejectReason, SendReport};
pub use suppression::{
    Suppression, SuppressionKind, SuppressionList, SuppressionQuery, SuppressionStore,
};
#[cfg(feature = "templates")]
pub use template::{TemplateLibrary, check_template, render, render_message};
pub use templates::{
    NewTemplate, NewTemplateVersion, RenderedTemplate, Template, TemplateContent, TemplateId,
    TemplatePatch, TemplateRef, TemplateStore, TemplateVersion, TemplateVersionId,
};
pub use tracking::{Tracking, Unsubscribe};
pub use validation::{AddressReason, AddressReport, AddressValidator, AddressVerdict};

use crate::error::Result;
use crate::integration::{Integration, unsupported};

/// What an email provider implements. Applications hold a [`Mailer`] over it.
///
/// One method and the capabilities are required. What [`capabilities`](Self::capabilities)
/// declares must work; what it does not declare must answer `Unsupported` before any byte is sent.
/// [`Mailer`] checks input and capability before it calls, so a driver may rely on checked input.
/// Groups of methods that not every provider has hang off the trait: templates, suppressions,
/// analytics, validation, inbound routes and tests of variants.
#[async_trait]
pub trait EmailProvider: Integration {
    /// What this provider can do, as data.
    fn capabilities(&self) -> &EmailCapabilities;

    /// Sends one message to all its recipients, who see each other (except bcc). One result per
    /// recipient, in the order to, cc, bcc.
    ///
    /// # Errors
    /// When the message as a whole was not taken. A recipient whom the provider refuses is in the
    /// report. When contact is lost after the message may have been taken, the error's effect is
    /// `Unknown`. `Conflict` when the idempotency key was used for another message.
    async fn send(&self, message: &EmailMessage, options: &SendOptions) -> Result<SendReport>;

    /// Sends one message to each of at most [`EmailCapabilities::max_batch`] recipients, who do
    /// not see each other, with the values of each. One result per recipient, in order.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    async fn send_batch(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
        options: &SendOptions,
    ) -> Result<SendReport> {
        let _ = (message, recipients, options);
        Err(unsupported(self, "send_batch"))
    }

    /// Sends a message that the caller encoded (RFC 5322), as it is, to the envelope's recipients.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    async fn send_raw(
        &self,
        envelope: &Envelope,
        mime: &Bytes,
        options: &SendOptions,
    ) -> Result<SendReport> {
        let _ = (envelope, mime, options);
        Err(unsupported(self, "send_raw"))
    }

    /// Takes back a scheduled send. Taking it back again succeeds.
    ///
    /// # Errors
    /// `NotFound` for an id that names none; `Conflict` when it was sent already.
    async fn cancel_scheduled(&self, id: &MessageId) -> Result<()> {
        let _ = id;
        Err(unsupported(self, "cancel_scheduled"))
    }

    /// Stored templates.
    fn templates(&self) -> Option<&dyn TemplateStore> {
        None
    }

    /// Suppression lists.
    fn suppressions(&self) -> Option<&dyn SuppressionStore> {
        None
    }

    /// Statistics and events.
    fn analytics(&self) -> Option<&dyn EmailAnalytics> {
        None
    }

    /// Address validation.
    fn validation(&self) -> Option<&dyn AddressValidator> {
        None
    }

    /// Routes for mail that comes in.
    fn inbound(&self) -> Option<&dyn InboundRoutes> {
        None
    }

    /// Tests of variants that the provider runs.
    fn ab_tests(&self) -> Option<&dyn AbTestProvider> {
        None
    }
}
