//! What is checked before anything is sent.

use std::time::Duration;

use jiff::Timestamp;

use super::Mailer;
use crate::email::{Attachment, EmailMessage, SendOptions, Unsubscribe, check};
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

    /// Everything of a message but its recipients.
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
        self.check_features(message)?;
        self.check_size(message.estimated_size())
    }

    /// Every field that is set is one that the provider has.
    fn check_features(&self, message: &EmailMessage) -> Result<()> {
        let has = self.capabilities();
        let inline = message.attachments.iter().any(|a| a.content_id().is_some());
        let files = message.attachments.iter().any(|a| a.content_id().is_none());
        let unsubscribe = message.unsubscribe.as_ref();
        let version = message
            .template
            .as_ref()
            .is_some_and(|t| t.version.is_some());
        self.need(!version || has.template_versions, "template_versions")?;
        self.need(!files || has.attachments, "attachments")?;
        self.need(!inline || has.inline_images, "inline_images")?;
        self.need(message.amp.is_none() || has.amp, "amp")?;
        self.need(message.headers.is_empty() || has.headers, "headers")?;
        self.need(
            message.reply_to.len() < 2 || has.multiple_reply_to,
            "multiple_reply_to",
        )?;
        self.need(message.tags.is_empty() || has.tags, "tags")?;
        self.need(message.metadata.is_empty() || has.metadata, "metadata")?;
        self.need(
            message.tracking.opens.is_none() || has.track_opens,
            "track_opens",
        )?;
        self.need(
            message.tracking.clicks.is_none() || has.track_clicks,
            "track_clicks",
        )?;
        self.need(
            unsubscribe.is_none_or(|u| u.header_value().is_none()) || has.list_unsubscribe,
            "list_unsubscribe",
        )?;
        self.need(
            unsubscribe.is_none_or(|u| u.group.is_none()) || has.unsubscribe_groups,
            "unsubscribe_groups",
        )?;
        self.need(
            message.envelope_sender.is_none() || has.envelope_sender,
            "envelope_sender",
        )?;
        at_most("tags", message.tags.len(), has.max_tags)?;
        at_most(
            "pieces of metadata",
            message.metadata.len(),
            has.max_metadata,
        )
    }

    pub(super) fn check_recipients(&self, message: &EmailMessage) -> Result<()> {
        let count = message.recipients().count();
        if count == 0 {
            return Err(Error::invalid_input("the message has no recipient"));
        }
        self.check_count(count)
    }

    pub(super) fn check_count(&self, count: usize) -> Result<()> {
        at_most("recipients", count, self.capabilities().max_recipients)
    }

    pub(super) fn check_size(&self, size: usize) -> Result<()> {
        at_most(
            "bytes on the wire",
            size,
            self.capabilities().max_message_size,
        )
    }

    pub(super) fn check_options(&self, options: &SendOptions) -> Result<()> {
        let has = self.capabilities();
        self.need(options.send_at.is_none() || has.schedule, "schedule")?;
        self.need(
            options.idempotency_key.is_none() || has.idempotency,
            "idempotency",
        )?;
        if let (Some(at), Some(most)) = (options.send_at, has.max_schedule_ahead) {
            let ahead = at.duration_since(Timestamp::now());
            if Duration::try_from(ahead).is_ok_and(|ahead| ahead > most) {
                return Err(Error::invalid_input(format!(
                    "the send is scheduled further ahead than {} hours, which is the most",
                    most.as_secs() / 3600
                )));
            }
        }
        Ok(())
    }

    pub(super) fn check_create_key(&self, key: Option<&IdempotencyKey>) -> Result<()> {
        self.need(
            key.is_none() || self.capabilities().create_idempotency,
            "create_idempotency",
        )
    }
}

fn at_most(what: &str, count: usize, most: Option<usize>) -> Result<()> {
    match most {
        Some(most) if count > most => Err(Error::invalid_input(format!(
            "there are {count} {what}; the provider takes {most}"
        ))),
        _ => Ok(()),
    }
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
