//! Sending: now or later, to those who may get it.

use bytes::Bytes;
use integrations_core::email::{
    EmailAddress, EmailMessage, Envelope, EventKind, Mailbox, MessageId, Recipient,
    RecipientResult, RecipientStatus, RejectReason, SendOptions, SendReport, TemplateContent,
    TemplateRef, render_message,
};
use integrations_core::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::book::{MailState, MessageRow, Tx};
use super::compose::compose;
use super::mails::Shelf;
use super::suppressions::reason_against;
use super::templates;

/// A message with everything that a key has to tell apart. Files are in it by length and checksum:
/// whole, they would be encoded anew at every send.
pub(super) fn fingerprint(message: &EmailMessage) -> Value {
    let mut message = message.clone();
    let files: Vec<(usize, u32)> = message
        .attachments
        .iter()
        .map(|file| (file.content.len(), crc32fast::hash(&file.content)))
        .collect();
    for file in &mut message.attachments {
        file.content = Bytes::new();
    }
    json!([message, files])
}

pub(super) fn send(
    tx: &mut Tx<'_>,
    message: &EmailMessage,
    options: &SendOptions,
) -> Result<SendReport> {
    let request = json!([fingerprint(message), options.send_at]);
    tx.once("send", options.idempotency_key.as_ref(), &request, |tx| {
        let filled = fill(tx, message, !message.merge_data.is_empty())?;
        let to: Vec<_> = message
            .recipients()
            .map(Mailbox::address)
            .cloned()
            .collect();
        let (id, results) = dispatch(tx, &filled, &to, None, options)?;
        Ok(SendReport::new(id, results))
    })
}

pub(super) fn send_batch(
    tx: &mut Tx<'_>,
    message: &EmailMessage,
    recipients: &[Recipient],
    options: &SendOptions,
) -> Result<SendReport> {
    let request = json!([fingerprint(message), recipients, options.send_at]);
    tx.once("batch", options.idempotency_key.as_ref(), &request, |tx| {
        let id = MessageId::new(tx.id("bat"));
        let results = send_each(tx, message, recipients, &id, options)?;
        Ok(SendReport::new(id, results))
    })
}

/// Each recipient's own copy, with one result each.
pub(super) fn send_each(
    tx: &mut Tx<'_>,
    message: &EmailMessage,
    recipients: &[Recipient],
    batch: &MessageId,
    options: &SendOptions,
) -> Result<Vec<RecipientResult>> {
    // A value for one is a place for all: whoever lacks it is an error, not a blank.
    let places =
        !message.merge_data.is_empty() || recipients.iter().any(|r| !r.merge_data.is_empty());
    let mut results = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let own = fill(tx, &recipient.personalize(message), places)?;
        let to = [recipient.mailbox.address().clone()];
        let (_, copy) = dispatch(tx, &own, &to, Some(batch), options)?;
        results.extend(copy);
    }
    Ok(results)
}

pub(super) fn send_raw(
    tx: &mut Tx<'_>,
    envelope: &Envelope,
    mime: &Bytes,
    options: &SendOptions,
) -> Result<SendReport> {
    let request = json!([envelope, mime.len(), crc32fast::hash(mime), options.send_at]);
    tx.once("raw", options.idempotency_key.as_ref(), &request, |tx| {
        let nothing = EmailMessage::new(envelope.from.clone(), "");
        let (id, results) = place(tx, &nothing, &envelope.to, None, options, |_| {
            Ok(mime.clone())
        })?;
        Ok(SendReport::new(id, results))
    })
}

/// Fills the template and the places.
fn fill(tx: &Tx<'_>, message: &EmailMessage, places: bool) -> Result<EmailMessage> {
    match &message.template {
        Some(wanted) => render_message(message, Some(&content(tx, wanted)?)),
        None if places => render_message(message, None),
        None => Ok(message.clone()),
    }
}

fn content(tx: &Tx<'_>, wanted: &TemplateRef) -> Result<TemplateContent> {
    Ok(templates::version(tx, wanted)?.content.clone())
}

fn dispatch(
    tx: &mut Tx<'_>,
    message: &EmailMessage,
    to: &[EmailAddress],
    batch: Option<&MessageId>,
    options: &SendOptions,
) -> Result<(MessageId, Vec<RecipientResult>)> {
    place(tx, message, to, batch, options, |at| compose(message, at))
}

/// Puts a message on its shelf for those who may get it, and says what became of each.
fn place(
    tx: &mut Tx<'_>,
    message: &EmailMessage,
    to: &[EmailAddress],
    batch: Option<&MessageId>,
    options: &SendOptions,
    wire: impl FnOnce(Timestamp) -> Result<Bytes>,
) -> Result<(MessageId, Vec<RecipientResult>)> {
    let id = MessageId::new(tx.id("msg"));
    let due = options.send_at.filter(|at| *at > tx.now);
    let bytes = wire(due.unwrap_or(tx.now))?;
    let group = message.unsubscribe.as_ref().and_then(|u| u.group.clone());
    let mut row = MessageRow {
        id: id.clone(),
        batch: batch.cloned(),
        recipients: Vec::new(),
        tags: message.tags.clone(),
        metadata: message.metadata.clone(),
        tracking: message.tracking,
        group,
        state: MailState::Dropped,
    };
    let status = match due {
        Some(_) => RecipientStatus::Scheduled,
        None => RecipientStatus::Sent,
    };
    let mut results = Vec::with_capacity(to.len());
    for address in to {
        let result = match reason_against(tx.state, address, row.group.as_deref()) {
            Some(reason) => {
                reject(tx, &row, address, reason.clone());
                RecipientResult::rejected(address.clone(), reason)
                    .with_detail("the address is on a suppression list")
            }
            None => {
                row.recipients.push(address.clone());
                RecipientResult::new(address.clone(), status)
            }
        };
        results.push(result.with_message_id(id.clone()));
    }
    if !row.recipients.is_empty() {
        let (shelf, state, kinds): (_, _, &[EventKind]) = match due {
            Some(at) => (
                Shelf::Scheduled,
                MailState::Scheduled(at),
                &[EventKind::Queued],
            ),
            None => (Shelf::Outbox, MailState::Sent(tx.now), SENT),
        };
        tx.shelve(shelf, id.as_str(), bytes)?;
        row.state = state;
        let now = tx.now;
        record(tx, &row, kinds, now);
    }
    tx.keep(row);
    Ok((id, results))
}

/// What happens to a message that goes out: the outbox is the recipients' server too.
const SENT: &[EventKind] = &[EventKind::Sent, EventKind::Delivered];

fn record(tx: &mut Tx<'_>, row: &MessageRow, kinds: &[EventKind], at: Timestamp) {
    for recipient in &row.recipients {
        for kind in kinds {
            tx.happened(kind.clone(), at, |event| row.describe(event, recipient));
        }
    }
}

fn reject(tx: &mut Tx<'_>, row: &MessageRow, address: &EmailAddress, reason: RejectReason) {
    let now = tx.now;
    tx.happened(EventKind::Rejected, now, |event| {
        row.describe(event, address);
        event.reject_reason = Some(reason);
    });
}

impl MessageRow {
    /// Says which message and recipient an event is about.
    pub(super) fn describe(
        &self,
        event: &mut integrations_core::email::EmailEvent,
        recipient: &EmailAddress,
    ) {
        event.message_id = Some(self.id.clone());
        event.recipient = Some(recipient.clone());
        event.tags.clone_from(&self.tags);
        event.metadata.clone_from(&self.metadata);
    }
}

/// Sends what is due. Who was suppressed meanwhile does not get it.
pub(super) fn release(tx: &mut Tx<'_>) -> Result<()> {
    for (at, id) in tx.state.due(tx.now) {
        let Some(mut row) = tx.state.messages.get(&id).map(|row| (**row).clone()) else {
            continue;
        };
        let mut left = Vec::new();
        for address in std::mem::take(&mut row.recipients) {
            match reason_against(tx.state, &address, row.group.as_deref()) {
                Some(reason) => reject(tx, &row, &address, reason),
                None => left.push(address),
            }
        }
        row.recipients = left;
        row.state = MailState::Dropped;
        if !row.recipients.is_empty() {
            let bytes = tx.mail(Shelf::Scheduled, id.as_str())?;
            tx.shelve(Shelf::Outbox, id.as_str(), bytes)?;
            row.state = MailState::Sent(at);
            record(tx, &row, SENT, at);
        }
        tx.unshelve(Shelf::Scheduled, id.as_str());
        tx.keep(row);
    }
    Ok(())
}

/// Takes back a scheduled message, or all that still wait of a batch.
pub(super) fn cancel(tx: &mut Tx<'_>, id: &MessageId) -> Result<()> {
    let of = |row: &MessageRow| row.id == *id || row.batch.as_ref() == Some(id);
    let rows: Vec<MessageRow> = tx
        .state
        .messages
        .values()
        .filter(|row| of(row))
        .map(|row| (**row).clone())
        .collect();
    if rows.is_empty() {
        return Err(Error::not_found(format_args!("the message {id}")));
    }
    // Taking it back again succeeds: the first answer may have been lost.
    let mut canceled = 0;
    for mut row in rows {
        if let MailState::Scheduled(_) = row.state {
            row.state = MailState::Canceled;
            tx.unshelve(Shelf::Scheduled, row.id.as_str());
            tx.keep(row);
            canceled += 1;
        } else if row.state == MailState::Canceled {
            canceled += 1;
        }
    }
    if canceled == 0 {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!("the message {id} is sent already"),
        ));
    }
    Ok(())
}
