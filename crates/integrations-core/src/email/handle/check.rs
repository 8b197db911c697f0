//! What is checked before anything is sent.

use super::Mailer;
use crate::email::declared::at_most;
use crate::email::{Attachment, EmailMessage, Envelope, Recipient, Unsubscribe, check};
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;

impl Mailer {
    pub(super) fn need(&self, has: bool, feature: &'static str) -> Result<()> {
        if has {
            Ok(())
        } else {
            Err(Error::unsupported(feature))
        }
    }

    /// Everything of a message but that it has recipients.
    pub(super) fn check_message(&self, message: &EmailMessage) -> Result<()> {
        if !message.has_body() {
            return Err(Error::invalid_input(
                "the message has no text, no HTML and no template",
            ));
        }
        if message.template.is_some() && (message.text.is_some() || message.html.is_some()) {
            return Err(Error::invalid_input(
                "a message with a template has no text and no HTML of its own: they would be lost",
            ));
        }
        message
            .template
            .as_ref()
            .map_or(Ok(()), check::template_ref)?;
        check_addresses(message)?;
        check::line("the subject", &message.subject, 998)?;
        message
            .headers
            .iter()
            .try_for_each(|(n, v)| check::header(n, v))?;
        message.tags.iter().try_for_each(|tag| check::tag(tag))?;
        message
            .metadata
            .iter()
            .try_for_each(|(n, v)| check::metadata(n, v))?;
        check_attachments(&message.attachments)?;
        if let Some(unsubscribe) = &message.unsubscribe {
            check_unsubscribe(unsubscribe)?;
        }
        self.capabilities().check_message(message)
    }

    pub(super) fn check_recipients(&self, message: &EmailMessage) -> Result<()> {
        if message.recipients().next().is_none() {
            return Err(Error::invalid_input("the message has no recipient"));
        }
        Ok(())
    }

    /// What a recipient of a batch has of their own.
    pub(super) fn check_recipient(&self, recipient: &Recipient) -> Result<()> {
        check::address(recipient.mailbox.address())?;
        recipient
            .headers
            .iter()
            .try_for_each(|(n, v)| check::header(n, v))?;
        recipient
            .metadata
            .iter()
            .try_for_each(|(n, v)| check::metadata(n, v))?;
        self.capabilities().check_recipient(recipient)
    }

    pub(super) fn check_envelope(&self, envelope: &Envelope, mime: &[u8]) -> Result<()> {
        let has = self.capabilities();
        if envelope.to.is_empty() {
            return Err(Error::invalid_input("the envelope has no recipient"));
        }
        if mime.is_empty() {
            return Err(Error::invalid_input("the message is empty"));
        }
        check::encoded(mime)?;
        check::address(&envelope.from)?;
        envelope.to.iter().try_for_each(check::address)?;
        at_most("recipients", envelope.to.len(), has.max_recipients)?;
        at_most("bytes on the wire", mime.len(), has.max_message_size)
    }

    pub(super) fn check_create_key(&self, key: Option<&IdempotencyKey>) -> Result<()> {
        self.need(
            key.is_none() || self.capabilities().create_idempotency,
            "create_idempotency",
        )
    }
}

/// Addresses that came from a provider's list were never checked.
fn check_addresses(message: &EmailMessage) -> Result<()> {
    let named = message.recipients().chain(&message.reply_to);
    named
        .chain([&message.from])
        .try_for_each(|mailbox| check::address(mailbox.address()))?;
    let mailto = message.unsubscribe.iter().filter_map(|u| u.mailto.as_ref());
    mailto
        .chain(&message.envelope_sender)
        .try_for_each(check::address)
}

fn check_attachments(attachments: &[Attachment]) -> Result<()> {
    attachments.iter().try_for_each(check::attachment)?;
    let mut ids: Vec<&str> = attachments
        .iter()
        .filter_map(Attachment::content_id)
        .collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => Err(Error::invalid_input(format!(
            "two inline images have the content id {pair:?}"
        ))),
        None => Ok(()),
    }
}

fn check_unsubscribe(unsubscribe: &Unsubscribe) -> Result<()> {
    if unsubscribe.header_value().is_none() && unsubscribe.group.is_none() {
        return Err(Error::invalid_input(
            "the unsubscribe names no URL, no address and no group",
        ));
    }
    let https = |url: &url::Url| url.scheme() == "https";
    if unsubscribe.one_click && !unsubscribe.url.as_ref().is_some_and(https) {
        return Err(Error::invalid_input(
            "one-click unsubscribe needs an HTTPS URL (RFC 8058, section 3.1)",
        ));
    }
    match &unsubscribe.group {
        Some(group) => check::tag(group),
        None => Ok(()),
    }
}
