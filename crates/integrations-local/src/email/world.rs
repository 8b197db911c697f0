//! What is outside a mail service, for an offline developer and for tests: recipients who bounce,
//! complain, open and click, senders of mail that comes in, and time.

use std::time::Duration;

use bytes::Bytes;
use integrations_core::email::{
    EmailAddress, EmailEvent, EventKind, InboundRoute, MessageId, ReceivedMessage, RejectReason,
    RouteAction, RouteId, SmtpReply, Suppression, SuppressionKind,
};
use integrations_core::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::book::{Change, MailState, MessageRow, Tx};
use super::mails::Shelf;
use super::parse::parse;
use super::routes::route_to;
use super::{LocalMailer, suppressions};

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OutboxMail {
    /// Its id: of a copy, where a batch was sent.
    pub id: MessageId,
    /// When it went out.
    pub sent_at: Timestamp,
    /// Everybody who got it, also by bcc.
    pub recipients: Vec<EmailAddress>,
    /// Its labels.
    pub tags: Vec<String>,
    /// What a mail program sees, with the metadata that was kept beside it.
    pub message: ReceivedMessage,
}

/// A message that came in and was kept.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InboxMail {
    /// Its id.
    pub id: MessageId,
    /// To whom it came.
    pub to: EmailAddress,
    /// When.
    pub received_at: Timestamp,
    /// The route that took it.
    pub route: RouteId,
    /// What the route does with it here: [`RouteAction::Store`], and [`RouteAction::Webhook`] for
    /// what another provider would have posted.
    pub actions: Vec<RouteAction>,
    /// What a mail program sees.
    pub message: ReceivedMessage,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReceivedRow {
    to: EmailAddress,
    received_at: Timestamp,
    route: RouteId,
    actions: Vec<RouteAction>,
}

/// The message that something happens to. It must have gone out to the recipient.
fn sent(tx: &Tx<'_>, id: &MessageId, recipient: &EmailAddress) -> Result<MessageRow> {
    let rows = tx.state.messages.values();
    let mut of = rows.filter(|row| row.id == *id || row.batch.as_ref() == Some(id));
    let row = of
        .find(|row| row.recipients.iter().any(|to| to.is_same(recipient)))
        .ok_or_else(|| Error::not_found(format_args!("the message {id} to {recipient}")))?;
    match row.state {
        MailState::Sent(_) => Ok((**row).clone()),
        _ => Err(Error::new(
            ErrorKind::Conflict,
            format!("the message {id} was not sent"),
        )),
    }
}

impl LocalMailer {
    /// Everything that was sent, oldest first, read back from its bytes.
    ///
    /// # Errors
    /// What the file system answers.
    pub async fn outbox(&self) -> Result<Vec<OutboxMail>> {
        self.sent_to(None).await
    }

    /// What was sent to an address, oldest first: its owner's mailbox.
    ///
    /// # Errors
    /// What the file system answers.
    pub async fn mailbox(&self, address: &EmailAddress) -> Result<Vec<ReceivedMessage>> {
        let mails = self.sent_to(Some(address.clone())).await?;
        Ok(mails.into_iter().map(|mail| mail.message).collect())
    }

    async fn sent_to(&self, address: Option<EmailAddress>) -> Result<Vec<OutboxMail>> {
        self.run(move |tx| {
            let mut mails = Vec::new();
            for row in tx.state.messages.values() {
                let MailState::Sent(sent_at) = row.state else {
                    continue;
                };
                let wanted = |to: &EmailAddress| row.recipients.iter().any(|r| r.is_same(to));
                if address.as_ref().is_none_or(wanted) {
                    let mut message = parse(tx.mail(Shelf::Outbox, row.id.as_str())?);
                    message.metadata.clone_from(&row.metadata);
                    mails.push(OutboxMail {
                        id: row.id.clone(),
                        sent_at,
                        recipients: row.recipients.clone(),
                        tags: row.tags.clone(),
                        message,
                    });
                }
            }
            mails.sort_by(|a, b| (a.sent_at, &a.id).cmp(&(b.sent_at, &b.id)));
            Ok(mails)
        })
        .await
    }

    /// What waits for its time, with that time, earliest first.
    ///
    /// # Errors
    /// What the file system answers.
    pub async fn scheduled(&self) -> Result<Vec<(Timestamp, MessageId)>> {
        self.run(|tx| Ok(tx.state.due(Timestamp::MAX))).await
    }

    /// Lets time pass for this mailer: what is due goes out. A mailer that is opened again starts
    /// at the present.
    ///
    /// # Errors
    /// `InvalidInput` beyond the end of time; what the file system answers.
    pub async fn advance(&self, by: Duration) -> Result<()> {
        self.move_clock(by)?;
        self.run(|_| Ok(())).await
    }

    /// The recipient's server refuses a message for good: the address is suppressed from now on.
    ///
    /// # Errors
    /// `NotFound` for a message that never went to the recipient; `Conflict` when it still waits.
    pub async fn bounce(&self, id: &MessageId, recipient: &EmailAddress) -> Result<()> {
        let entry = Suppression::new(recipient.clone(), SuppressionKind::Bounce)
            .with_reason("550 5.1.1 no such mailbox");
        self.happens(id, recipient, EventKind::Bounced, Some(entry), |event| {
            event.reject_reason = Some(RejectReason::Bounced);
            event.detail = Some("550 5.1.1 no such mailbox".into());
            let reply = SmtpReply::new(550).with_enhanced("5.1.1");
            event.smtp = Some(reply.with_text("no such mailbox"));
        })
        .await
    }

    /// The recipient says that a message is spam: the address is suppressed from now on.
    ///
    /// # Errors
    /// As [`bounce`](Self::bounce).
    pub async fn complain(&self, id: &MessageId, recipient: &EmailAddress) -> Result<()> {
        let entry = Suppression::new(recipient.clone(), SuppressionKind::Complaint);
        self.happens(id, recipient, EventKind::Complained, Some(entry), |_| {})
            .await
    }

    /// The recipient unsubscribes: from the message's group, or from everything without one.
    ///
    /// # Errors
    /// As [`bounce`](Self::bounce).
    pub async fn unsubscribe(&self, id: &MessageId, recipient: &EmailAddress) -> Result<()> {
        let entry = Suppression::new(recipient.clone(), SuppressionKind::Unsubscribe);
        self.happens(id, recipient, EventKind::Unsubscribed, Some(entry), |_| {})
            .await
    }

    /// The recipient opens a message. Where opens are not tracked, nobody learns of it.
    ///
    /// # Errors
    /// As [`bounce`](Self::bounce).
    pub async fn open_mail(&self, id: &MessageId, recipient: &EmailAddress) -> Result<()> {
        self.happens(id, recipient, EventKind::Opened, None, |event| {
            event.user_agent = Some(USER_AGENT.into());
        })
        .await
    }

    /// The recipient follows a link. Where clicks are not tracked, nobody learns of it.
    ///
    /// # Errors
    /// As [`bounce`](Self::bounce).
    pub async fn click(&self, id: &MessageId, recipient: &EmailAddress, url: Url) -> Result<()> {
        self.happens(id, recipient, EventKind::Clicked, None, |event| {
            event.url = Some(url);
            event.user_agent = Some(USER_AGENT.into());
        })
        .await
    }

    async fn happens(
        &self,
        id: &MessageId,
        recipient: &EmailAddress,
        kind: EventKind,
        suppression: Option<Suppression>,
        fill: impl FnOnce(&mut EmailEvent) + Send + 'static,
    ) -> Result<()> {
        let (id, recipient) = (id.clone(), recipient.clone());
        self.run(move |tx| {
            let row = sent(tx, &id, &recipient)?;
            let tracked = match kind {
                EventKind::Opened => row.tracking.opens,
                EventKind::Clicked => row.tracking.clicks,
                _ => None,
            };
            // What nobody chose is tracked, as it is in a new account of most services.
            if tracked == Some(false) {
                return Ok(());
            }
            if let Some(mut entry) = suppression {
                if entry.kind == SuppressionKind::Unsubscribe {
                    entry.group.clone_from(&row.group);
                }
                suppressions::add(tx, entry);
            }
            let now = tx.now;
            tx.happened(kind, now, |event| {
                row.describe(event, &recipient);
                fill(event);
            });
            Ok(())
        })
        .await
    }

    /// Mail comes in for an address, as it is on the wire. Answers the route that took it, if one
    /// did. Mail of a route that forwards is in the [outbox](Self::outbox); what a route stores or
    /// would post to a URL is in the [inbox](Self::inbox): nothing here opens a connection.
    ///
    /// # Errors
    /// `InvalidInput` for what is no mail; what the file system answers.
    pub async fn receive(
        &self,
        to: &EmailAddress,
        mime: impl Into<Bytes>,
    ) -> Result<Option<InboundRoute>> {
        let (to, mime) = (to.clone(), mime.into());
        if parse(mime.clone()).from.is_none() {
            return Err(Error::invalid_input("mail without a sender is no mail"));
        }
        self.run(move |tx| {
            let route = route_to(tx.state, &to).cloned();
            let now = tx.now;
            let id = MessageId::new(tx.id("msg"));
            let kind = match &route {
                Some(_) => EventKind::Inbound,
                None => EventKind::InboundFailed,
            };
            tx.happened(kind, now, |event| {
                event.message_id = Some(id.clone());
                event.recipient = Some(to.clone());
            });
            let Some(taker) = &route else {
                return Ok(None);
            };
            let (mut onward, mut kept) = (Vec::new(), Vec::new());
            for action in &taker.actions {
                match action {
                    RouteAction::Forward(address) => onward.push(address.clone()),
                    RouteAction::Store | RouteAction::Webhook(_) => kept.push(action.clone()),
                    _ => {}
                }
            }
            if !onward.is_empty() {
                forward(tx, &id, onward, mime.clone())?;
            }
            if !kept.is_empty() {
                let row = ReceivedRow {
                    to,
                    received_at: now,
                    route: taker.id.clone(),
                    actions: kept,
                };
                tx.shelve(Shelf::Inbox, id.as_str(), mime)?;
                tx.put(Change::Received(id, Some(Box::new(row))));
            }
            Ok(route)
        })
        .await
    }

    /// The mail that came in and that a route kept, oldest first.
    ///
    /// # Errors
    /// What the file system answers.
    pub async fn inbox(&self) -> Result<Vec<InboxMail>> {
        self.run(|tx| {
            let rows = tx.state.received.iter();
            rows.map(|(id, row)| {
                Ok(InboxMail {
                    id: id.clone(),
                    to: row.to.clone(),
                    received_at: row.received_at,
                    route: row.route.clone(),
                    actions: row.actions.clone(),
                    message: parse(tx.mail(Shelf::Inbox, id.as_str())?),
                })
            })
            .collect()
        })
        .await
    }
}

/// What opens and clicks come from.
const USER_AGENT: &str = "Mozilla/5.0 (integrations-local)";

/// The same bytes go out to other addresses.
fn forward(tx: &mut Tx<'_>, id: &MessageId, to: Vec<EmailAddress>, mime: Bytes) -> Result<()> {
    tx.shelve(Shelf::Outbox, id.as_str(), mime)?;
    let now = tx.now;
    tx.keep(MessageRow {
        id: id.clone(),
        batch: None,
        recipients: to,
        tags: Vec::new(),
        metadata: std::collections::BTreeMap::new(),
        tracking: integrations_core::email::Tracking::default(),
        group: None,
        state: MailState::Sent(now),
    });
    Ok(())
}
