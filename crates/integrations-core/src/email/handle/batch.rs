//! One message for each of many recipients.

use futures::{StreamExt, stream};

use super::Mailer;
use crate::call;
use crate::email::declared::at_most;
use crate::email::{
    EmailMessage, Recipient, RecipientResult, RecipientStatus, SendOptions, SendReport,
};
use crate::error::{Effect, Error, Result};

/// How many messages of a batch are on their way beside each other when they go one by one.
const CONCURRENCY: usize = 4;

impl Mailer {
    /// Sends each recipient a copy of their own: they do not see each other. In the provider's
    /// batches where it has them, cut to its limit; else one by one.
    ///
    /// The message names no recipient. `{{name}}` places are filled for each recipient with the
    /// message's values and, over them, their own.
    ///
    /// # Errors
    /// `InvalidInput` and `Unsupported` before anything is sent, as
    /// [`send_with`](Self::send_with). Afterwards only when the first part failed as a whole:
    /// what became of each recipient is in the report, one result each, in the order given; of a
    /// later part that failed, with the status `Failed`, or `Unknown` when contact was lost. A
    /// recipient for whom the provider gave no result is `Unknown` too.
    pub async fn send_batch(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
        options: SendOptions,
    ) -> Result<SendReport> {
        call::run(&*self.provider, "send_batch", async {
            let options = self.keyed(options);
            self.capabilities().check_options(&options)?;
            self.check_batch(message, recipients)?;
            if self.is_native(message, has_places(message, recipients)) {
                self.send_parts(message, recipients, &options).await
            } else {
                self.send_singly(message, recipients, &options).await
            }
        })
        .await
    }

    /// Whether the provider takes the batch as one.
    fn is_native(&self, message: &EmailMessage, places: bool) -> bool {
        let has = self.capabilities();
        let filled = if message.template.is_some() {
            has.templates
        } else {
            has.merge_inline || !places
        };
        has.batch && filled
    }

    /// A recipient's own message, when it goes out alone and is not what the caller gave. Then it
    /// is filled here also where the provider could: one without any value would look to the
    /// provider like text with braces, and go out unfilled.
    fn prepare_own(&self, own: &EmailMessage, places: bool) -> Result<Option<EmailMessage>> {
        let alone = places && own.template.is_none() && self.capabilities().merge_inline;
        #[cfg(feature = "templates")]
        if alone {
            return self.render_here(own, None).map(Some);
        }
        if alone && own.merge_data.is_empty() {
            return Err(Error::invalid_input(
                "a recipient of the batch has no value, and others have",
            ));
        }
        self.prepare(own, places)
    }

    /// Everything is checked before the first is sent. Where places are filled here, that takes
    /// filling them for everybody.
    pub(super) fn check_batch(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
    ) -> Result<()> {
        let places = has_places(message, recipients);
        let native = self.is_native(message, places);
        if recipients.is_empty() {
            return Err(Error::invalid_input("the batch has no recipient"));
        }
        if message.recipients().next().is_some() {
            return Err(Error::invalid_input(
                "the message of a batch names no recipient: each gets a copy of their own",
            ));
        }
        let mut checked = false;
        for recipient in recipients {
            self.check_recipient(recipient)?;
            let own = recipient.personalize(message);
            let prepared = if native {
                None
            } else {
                self.prepare_own(&own, places)?
            };
            match prepared {
                Some(own) => self.check_message(&own)?,
                // Body and attachments are the same for all.
                None if !checked => {
                    self.check_message(&own)?;
                    checked = true;
                }
                None => {
                    let (pieces, most) = (own.metadata.len(), self.capabilities().max_metadata);
                    at_most("metadata entries", pieces, most)?;
                }
            }
        }
        Ok(())
    }

    async fn send_parts(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
        options: &SendOptions,
    ) -> Result<SendReport> {
        let size = self.capabilities().max_batch.unwrap_or(recipients.len());
        let mut report = SendReport::empty();
        let single = recipients.len() <= size;
        for (number, part) in recipients.chunks(size.max(1)).enumerate() {
            let options = if single {
                options.clone()
            } else {
                numbered(options, number)
            };
            match self.provider.send_batch(message, part, &options).await {
                Ok(sent) => {
                    let sent = sent.complete(part.iter().map(|r| r.mailbox.address()));
                    report.ids.extend(sent.ids);
                    report.recipients.extend(sent.recipients);
                    if single {
                        report.raw = sent.raw;
                    }
                }
                Err(error) if number == 0 => return Err(self.read_back(error, &options)),
                // Earlier parts are sent: their results must not be lost with this error.
                Err(error) => report
                    .recipients
                    .extend(part.iter().map(|r| failed(r, &error))),
            }
        }
        Ok(report)
    }

    async fn send_singly(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
        options: &SendOptions,
    ) -> Result<SendReport> {
        let places = has_places(message, recipients);
        let mut sends = Vec::with_capacity(recipients.len());
        for (number, recipient) in recipients.iter().enumerate() {
            sends.push(self.send_one(message, recipient, places, numbered(options, number)));
        }
        let mut results: Vec<_> = stream::iter(sends).buffered(CONCURRENCY).collect().await;
        let nothing = |e: &Error| e.effect() == Effect::NotApplied;
        if results.iter().all(|r| r.as_ref().is_err_and(nothing))
            && let Some(error) = results.pop()
        {
            return error;
        }
        let mut report = SendReport::empty();
        for (recipient, result) in recipients.iter().zip(results) {
            match result {
                Ok(mut sent) => {
                    report.ids.append(&mut sent.ids);
                    report.recipients.append(&mut sent.recipients);
                }
                Err(error) => report.recipients.push(failed(recipient, &error)),
            }
        }
        Ok(report)
    }
}

impl Mailer {
    /// One recipient's copy. It is made when its turn comes: a long list of large messages is never
    /// held whole.
    async fn send_one(
        &self,
        message: &EmailMessage,
        recipient: &Recipient,
        places: bool,
        options: SendOptions,
    ) -> Result<SendReport> {
        let own = recipient.personalize(message);
        let own = self.prepare_own(&own, places)?.unwrap_or(own);
        let sent = self.provider.send(&own, &options).await?;
        Ok(sent.complete([recipient.mailbox.address()].into_iter()))
    }
}

/// Whether there is a value for a `{{name}}` place of anybody.
fn has_places(message: &EmailMessage, recipients: &[Recipient]) -> bool {
    !message.merge_data.is_empty() || recipients.iter().any(|r| !r.merge_data.is_empty())
}

/// Each part has a key of its own, the same at every attempt.
fn numbered(options: &SendOptions, number: usize) -> SendOptions {
    let mut options = options.clone();
    options.idempotency_key = options
        .idempotency_key
        .map(|key| key.suffixed(&number.to_string()));
    options
}

/// The result of a recipient whose part of a send failed.
pub(super) fn failed(recipient: &Recipient, error: &Error) -> RecipientResult {
    let status = match error.effect() {
        Effect::NotApplied => RecipientStatus::Failed,
        _ => RecipientStatus::Unknown,
    };
    RecipientResult::new(recipient.mailbox.address().clone(), status)
        .with_detail(error.message().to_owned())
}
