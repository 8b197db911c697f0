//! One message for each of many recipients.

use futures::{StreamExt, stream};

use super::Mailer;
use crate::call;
use crate::email::{
    EmailMessage, Recipient, RecipientResult, RecipientStatus, SendOptions, SendReport, check,
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
    /// later part that failed, with the status `Failed`, or `Unknown` when contact was lost.
    pub async fn send_batch(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
        options: SendOptions,
    ) -> Result<SendReport> {
        call::run(&*self.provider, "send_batch", async {
            self.check_batch(message, recipients)?;
            let options = self.keyed(options);
            self.check_options(&options)?;
            let places = message.template.is_some()
                || !message.merge_data.is_empty()
                || recipients.iter().any(|r| !r.merge_data.is_empty());
            let has = self.capabilities();
            let native = has.batch
                && (!places
                    || if message.template.is_some() {
                        has.templates
                    } else {
                        has.merge_inline
                    });
            if native {
                self.send_parts(message, recipients, &options).await
            } else {
                self.send_singly(message, recipients, &options).await
            }
        })
        .await
    }

    fn check_batch(&self, message: &EmailMessage, recipients: &[Recipient]) -> Result<()> {
        if recipients.is_empty() {
            return Err(Error::invalid_input("the batch has no recipient"));
        }
        if message.recipients().next().is_some() {
            return Err(Error::invalid_input(
                "the message of a batch names no recipient: each gets a copy of their own",
            ));
        }
        for recipient in recipients {
            recipient
                .headers
                .iter()
                .try_for_each(|(n, v)| check::header(n, v))?;
            recipient
                .metadata
                .iter()
                .try_for_each(|(n, v)| check::metadata(n, v))?;
        }
        let has = self.capabilities();
        let headers = recipients.iter().any(|r| !r.headers.is_empty());
        let metadata = recipients.iter().any(|r| !r.metadata.is_empty());
        self.need(!headers || has.headers, "headers")?;
        self.need(!metadata || has.metadata, "metadata")?;
        // A template or places that the provider does not fill are checked once they are filled.
        match self.prepare_first(message, recipients)? {
            Some(first) => self.check_message(&first),
            None => self.check_message(message),
        }
    }

    /// The first recipient's message as it will be, so that what is wrong with the template shows
    /// before anything is sent.
    fn prepare_first(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
    ) -> Result<Option<EmailMessage>> {
        match recipients.first() {
            Some(first) => self.prepare(&first.personalize(message)),
            None => Ok(None),
        }
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
                    if sent.recipients.len() != part.len() {
                        return Err(Error::internal(format!(
                            "the provider answered {} results for {} recipients",
                            sent.recipients.len(),
                            part.len()
                        ))
                        .with_effect(Effect::Applied));
                    }
                    report.ids.extend(sent.ids);
                    report.recipients.extend(sent.recipients);
                    if single {
                        report.raw = sent.raw;
                    }
                }
                Err(error) if number == 0 => return Err(error),
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
        // All are rendered and checked before the first is sent.
        let mut messages = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            let own = recipient.personalize(message);
            let own = self.prepare(&own)?.unwrap_or(own);
            self.check_message(&own)?;
            messages.push((recipient, own));
        }
        let sends = messages
            .iter()
            .enumerate()
            .map(|(number, (recipient, own))| async move {
                let options = numbered(options, number);
                (recipient, self.provider.send(own, &options).await)
            });
        let results: Vec<_> = stream::iter(sends).buffered(CONCURRENCY).collect().await;
        let mut report = SendReport::empty();
        let mut first_error = None;
        for (recipient, result) in results {
            match result {
                Ok(mut sent) => {
                    report.ids.append(&mut sent.ids);
                    report.recipients.append(&mut sent.recipients);
                }
                Err(error) => {
                    report.recipients.push(failed(recipient, &error));
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) if report.ids.is_empty() && error.effect() == Effect::NotApplied => {
                Err(error)
            }
            _ => Ok(report),
        }
    }
}

/// Each part has a key of its own, the same at every attempt.
fn numbered(options: &SendOptions, number: usize) -> SendOptions {
    let mut options = options.clone();
    options.idempotency_key = options
        .idempotency_key
        .map(|key| key.suffixed(&number.to_string()));
    options
}

fn failed(recipient: &Recipient, error: &Error) -> RecipientResult {
    let status = match error.effect() {
        Effect::NotApplied => RecipientStatus::Failed,
        _ => RecipientStatus::Unknown,
    };
    RecipientResult::new(recipient.mailbox.address().clone(), status)
        .with_detail(error.message().to_owned())
}
