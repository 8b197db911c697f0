//! What a message asks of a provider, against what the provider declares.

use std::time::Duration;

use jiff::Timestamp;

use super::{EmailCapabilities, EmailMessage, Recipient, SendOptions};
use crate::error::{Error, Result};

impl EmailCapabilities {
    /// Refuses a message with a field that is not declared here, or with more of something than
    /// the declared limit. [`Mailer`](super::Mailer) asks it before it calls a driver; a driver
    /// asks it first of all, so that nothing that it would drop is sent.
    ///
    /// # Errors
    /// `Unsupported`, which names the capability; `InvalidInput` beyond a limit.
    pub fn check_message(&self, message: &EmailMessage) -> Result<()> {
        let files = |inline| {
            let mut files = message.attachments.iter();
            files.any(|file| file.content_id().is_some() == inline)
        };
        let template = message.template.as_ref();
        let unsubscribe = message.unsubscribe.as_ref();
        let places = template.is_none() && !message.merge_data.is_empty();
        for (asked, declared, feature) in [
            (template.is_some(), self.templates, "templates"),
            (
                template.is_some_and(|t| t.version.is_some()),
                self.template_versions,
                "template_versions",
            ),
            (places, self.merge_inline, "merge_inline"),
            (files(false), self.attachments, "attachments"),
            (files(true), self.inline_images, "inline_images"),
            (message.amp.is_some(), self.amp, "amp"),
            (!message.headers.is_empty(), self.headers, "headers"),
            (
                message.reply_to.len() > 1,
                self.multiple_reply_to,
                "multiple_reply_to",
            ),
            (!message.tags.is_empty(), self.tags, "tags"),
            (!message.extra.is_empty(), self.extra, "extra"),
            (!message.metadata.is_empty(), self.metadata, "metadata"),
            (
                message.tracking.opens.is_some(),
                self.track_opens,
                "track_opens",
            ),
            (
                message.tracking.clicks.is_some(),
                self.track_clicks,
                "track_clicks",
            ),
            (
                unsubscribe.is_some_and(|u| u.header_value().is_some()),
                self.list_unsubscribe,
                "list_unsubscribe",
            ),
            (
                unsubscribe.is_some_and(|u| u.group.is_some()),
                self.unsubscribe_groups,
                "unsubscribe_groups",
            ),
            (
                message.envelope_sender.is_some(),
                self.envelope_sender,
                "envelope_sender",
            ),
        ] {
            need(!asked || declared, feature)?;
        }
        at_most("tags", message.tags.len(), self.max_tags)?;
        at_most(
            "metadata entries",
            message.metadata.len(),
            self.max_metadata,
        )?;
        let count = message.recipients().count();
        at_most("recipients", count, self.max_recipients)?;
        let size = message.estimated_size();
        at_most("bytes on the wire", size, self.max_message_size)
    }

    /// Refuses what a recipient of a batch has of their own and is not declared here.
    ///
    /// # Errors
    /// As [`check_message`](Self::check_message).
    pub fn check_recipient(&self, recipient: &Recipient) -> Result<()> {
        need(recipient.headers.is_empty() || self.headers, "headers")?;
        need(recipient.metadata.is_empty() || self.metadata, "metadata")
    }

    /// Refuses options that are not declared here.
    ///
    /// # Errors
    /// `Unsupported`, which names the capability; `InvalidInput` for a time further ahead than the
    /// declared limit.
    pub fn check_options(&self, options: &SendOptions) -> Result<()> {
        need(options.send_at.is_none() || self.schedule, "schedule")?;
        need(
            options.idempotency_key.is_none() || self.idempotency,
            "idempotency",
        )?;
        if let (Some(at), Some(most)) = (options.send_at, self.max_schedule_ahead) {
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
}

fn need(has: bool, feature: &'static str) -> Result<()> {
    if has {
        Ok(())
    } else {
        Err(Error::unsupported(feature))
    }
}

pub(super) fn at_most(what: &str, count: usize, most: Option<usize>) -> Result<()> {
    match most {
        Some(most) if count > most => Err(Error::invalid_input(format!(
            "there are {count} {what}; the provider takes {most}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::email::{Attachment, Mailbox, TemplateRef, Tracking, Unsubscribe};

    fn message() -> EmailMessage {
        let from: Mailbox = "shop@example.org".parse().unwrap();
        let to: Mailbox = "ana@example.org".parse().unwrap();
        EmailMessage::new(from, "s").with_to(to).with_text("t")
    }

    #[test]
    fn every_field_that_is_not_declared_is_refused() {
        let has = EmailCapabilities::new();
        assert!(has.check_message(&message()).is_ok());
        let other: Mailbox = "other@example.org".parse().unwrap();
        let mailto = Unsubscribe::mailto(other.address().clone());
        for asks in [
            message().with_template(TemplateRef::new("t")),
            message().with_merge("a", 1),
            message().with_attachment(Attachment::new("a", "text/plain", "x")),
            message().with_attachment(Attachment::inline("a", "image/png", "x", "c")),
            message().with_amp("<html>"),
            message().with_header("X-A", "b"),
            message()
                .with_reply_to(other.clone())
                .with_reply_to(other.clone()),
            message().with_tag("a"),
            message().with_extra("a", 1),
            message().with_metadata("a", "b"),
            message().with_tracking(Tracking::opens(false)),
            message().with_tracking(Tracking::clicks(true)),
            message().with_unsubscribe(mailto),
            message().with_unsubscribe(Unsubscribe::group("news")),
            message().with_envelope_sender(other.address().clone()),
        ] {
            let error = has.check_message(&asks).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{asks:?}");
        }
    }

    #[test]
    fn options_that_are_not_declared_are_refused() {
        let mut has = EmailCapabilities::new();
        let keyed = SendOptions::default().with_key("k".parse().unwrap());
        let far = SendOptions::at(Timestamp::MAX);
        for options in [&keyed, &far] {
            let error = has.check_options(options).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
        }
        has.schedule = true;
        has.max_schedule_ahead = Some(Duration::from_secs(72 * 3600));
        let error = has.check_options(&far).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn more_than_the_limit_is_refused() {
        let mut has = EmailCapabilities::new();
        has.tags = true;
        has.max_tags = Some(1);
        has.max_recipients = Some(1);
        has.max_message_size = Some(1_000);
        let second: Mailbox = "b@example.org".parse().unwrap();
        assert!(has.check_message(&message().with_tag("a")).is_ok());
        for asks in [
            message().with_tag("a").with_tag("b"),
            message().with_cc(second),
            message().with_html("x".repeat(1_000)),
        ] {
            let error = has.check_message(&asks).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{asks:?}");
        }
    }
}
