//! What is sent, and to whom.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{EmailAddress, Mailbox, TemplateId, TemplateVersionId};
use crate::idempotency::IdempotencyKey;

/// Values for the `{{name}}` places of a message or a template: a JSON object.
pub type MergeData = serde_json::Map<String, serde_json::Value>;

/// A message. Start with [`EmailMessage::new`].
///
/// Every field reaches the recipient or the provider, or the send is refused with `Unsupported`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EmailMessage {
    /// Who it is from.
    pub from: Mailbox,
    /// The recipients that everybody sees.
    pub to: Vec<Mailbox>,
    /// More recipients that everybody sees.
    pub cc: Vec<Mailbox>,
    /// Recipients that nobody sees: they are in no header.
    pub bcc: Vec<Mailbox>,
    /// Where answers go; empty for the sender.
    pub reply_to: Vec<Mailbox>,
    /// The subject. With a template it may stay empty: the template's is used then.
    pub subject: String,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
    /// The AMP for Email part.
    pub amp: Option<String>,
    /// Files, and images that the HTML shows by their content id.
    pub attachments: Vec<Attachment>,
    /// Further headers, in order; names may repeat.
    pub headers: Vec<(String, String)>,
    /// Labels by which statistics are grouped.
    pub tags: Vec<String>,
    /// The application's own data: it comes back in events.
    pub metadata: BTreeMap<String, String>,
    /// A stored template that gives subject and body.
    pub template: Option<TemplateRef>,
    /// Values for the `{{name}}` places of the template, or of this message's own subject, text
    /// and HTML. Without a template and without a value nothing is replaced.
    pub merge_data: MergeData,
    /// Whether opens and clicks are tracked.
    pub tracking: Tracking,
    /// How the recipient gets off the list.
    pub unsubscribe: Option<Unsubscribe>,
    /// The return path, where bounces go.
    pub envelope_sender: Option<EmailAddress>,
}

impl EmailMessage {
    /// A message from somebody, with a subject.
    #[must_use]
    pub fn new(from: impl Into<Mailbox>, subject: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            subject: subject.into(),
            text: None,
            html: None,
            amp: None,
            attachments: Vec::new(),
            headers: Vec::new(),
            tags: Vec::new(),
            metadata: BTreeMap::new(),
            template: None,
            merge_data: MergeData::new(),
            tracking: Tracking::default(),
            unsubscribe: None,
            envelope_sender: None,
        }
    }

    /// Adds a recipient.
    #[must_use]
    pub fn with_to(mut self, to: impl Into<Mailbox>) -> Self {
        self.to.push(to.into());
        self
    }

    /// Adds a recipient of a copy.
    #[must_use]
    pub fn with_cc(mut self, cc: impl Into<Mailbox>) -> Self {
        self.cc.push(cc.into());
        self
    }

    /// Adds a recipient whom nobody sees.
    #[must_use]
    pub fn with_bcc(mut self, bcc: impl Into<Mailbox>) -> Self {
        self.bcc.push(bcc.into());
        self
    }

    /// Adds an address for answers.
    #[must_use]
    pub fn with_reply_to(mut self, reply_to: impl Into<Mailbox>) -> Self {
        self.reply_to.push(reply_to.into());
        self
    }

    /// Sets the plain text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the HTML.
    #[must_use]
    pub fn with_html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Sets the AMP for Email part.
    #[must_use]
    pub fn with_amp(mut self, amp: impl Into<String>) -> Self {
        self.amp = Some(amp.into());
        self
    }

    /// Adds a file or an inline image.
    #[must_use]
    pub fn with_attachment(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds one piece of metadata.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Takes subject and body from a stored template.
    #[must_use]
    pub fn with_template(mut self, template: impl Into<TemplateRef>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// Adds a value for a `{{name}}` place.
    #[must_use]
    pub fn with_merge(
        mut self,
        name: impl Into<String>,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.merge_data.insert(name.into(), value.into());
        self
    }

    /// Replaces all values for `{{name}}` places.
    #[must_use]
    pub fn with_merge_data(mut self, data: MergeData) -> Self {
        self.merge_data = data;
        self
    }

    /// Says whether opens and clicks are tracked.
    #[must_use]
    pub fn with_tracking(mut self, tracking: Tracking) -> Self {
        self.tracking = tracking;
        self
    }

    /// Says how the recipient gets off the list.
    #[must_use]
    pub fn with_unsubscribe(mut self, unsubscribe: Unsubscribe) -> Self {
        self.unsubscribe = Some(unsubscribe);
        self
    }

    /// Sets the return path.
    #[must_use]
    pub fn with_envelope_sender(mut self, address: EmailAddress) -> Self {
        self.envelope_sender = Some(address);
        self
    }

    /// All recipients: to, cc, bcc, in this order.
    pub fn recipients(&self) -> impl Iterator<Item = &Mailbox> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// Whether there is something to show: text, HTML, AMP or a template.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.text.is_some() || self.html.is_some() || self.amp.is_some() || self.template.is_some()
    }

    /// About how many bytes the message has on the wire: attachments grow by a third in base64.
    #[must_use]
    pub fn estimated_size(&self) -> usize {
        let body = [&self.text, &self.html, &self.amp]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum::<usize>();
        let files = self
            .attachments
            .iter()
            .map(|a| a.content.len().div_ceil(3) * 4 + a.file_name.len() + 200)
            .sum::<usize>();
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len() + 4)
            .sum::<usize>();
        self.subject.len() + body + files + headers + 500
    }
}

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Attachment {
    /// Its name, without a path.
    pub file_name: String,
    /// Its media type, for example `application/pdf`.
    pub content_type: String,
    /// Its bytes.
    #[serde(skip)]
    pub content: Bytes,
    /// Whether it is a file to save or an image of the HTML.
    pub disposition: Disposition,
}

impl Attachment {
    /// A file to save.
    pub fn new(
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        Self {
            file_name: file_name.into(),
            content_type: content_type.into(),
            content: content.into(),
            disposition: Disposition::Attachment,
        }
    }

    /// An image that the HTML shows with `<img src="cid:{content_id}">`.
    pub fn inline(
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Bytes>,
        content_id: impl Into<String>,
    ) -> Self {
        Self {
            disposition: Disposition::Inline {
                content_id: content_id.into(),
            },
            ..Self::new(file_name, content_type, content)
        }
    }

    /// The content id of an inline image.
    #[must_use]
    pub fn content_id(&self) -> Option<&str> {
        match &self.disposition {
            Disposition::Attachment => None,
            Disposition::Inline { content_id } => Some(content_id),
        }
    }
}

/// How a file is shown (RFC 2183).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Disposition {
    /// As a file to save.
    Attachment,
    /// Within the HTML.
    Inline {
        /// The id by which the HTML names it, without angle brackets (RFC 2392).
        content_id: String,
    },
}

/// Which template, and which version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateRef {
    /// The template.
    pub id: TemplateId,
    /// The version; `None` takes the active one.
    pub version: Option<TemplateVersionId>,
}

impl TemplateRef {
    /// The active version of a template.
    pub fn new(id: impl Into<TemplateId>) -> Self {
        Self {
            id: id.into(),
            version: None,
        }
    }

    /// A certain version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<TemplateVersionId>) -> Self {
        self.version = Some(version.into());
        self
    }
}

impl From<TemplateId> for TemplateRef {
    fn from(id: TemplateId) -> Self {
        Self::new(id)
    }
}

impl From<&TemplateId> for TemplateRef {
    fn from(id: &TemplateId) -> Self {
        Self::new(id.clone())
    }
}

/// Whether opens and clicks are tracked. `None` leaves the account's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tracking {
    /// Opens, by a one-pixel image in the HTML.
    pub opens: Option<bool>,
    /// Clicks, by links that lead through the provider.
    pub clicks: Option<bool>,
}

impl Tracking {
    /// The same for opens and clicks.
    #[must_use]
    pub const fn both(on: bool) -> Self {
        Self {
            opens: Some(on),
            clicks: Some(on),
        }
    }

    /// Opens only.
    #[must_use]
    pub const fn opens(on: bool) -> Self {
        Self {
            opens: Some(on),
            clicks: None,
        }
    }

    /// Clicks only.
    #[must_use]
    pub const fn clicks(on: bool) -> Self {
        Self {
            opens: None,
            clicks: Some(on),
        }
    }
}

/// How a recipient gets off the list: the `List-Unsubscribe` header (RFC 2369), with one click
/// where asked (RFC 8058), and the provider's own unsubscribe group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unsubscribe {
    /// A page or, with `one_click`, an endpoint that takes a POST.
    pub url: Option<Url>,
    /// An address that takes unsubscribe mails.
    pub mailto: Option<EmailAddress>,
    /// Sends `List-Unsubscribe-Post: List-Unsubscribe=One-Click`. RFC 8058 requires an HTTPS URL.
    pub one_click: bool,
    /// The provider's group: whoever unsubscribed from it does not get the message.
    pub group: Option<String>,
}

impl Unsubscribe {
    /// By one click at an HTTPS endpoint, as large receivers require of bulk mail.
    #[must_use]
    pub fn one_click(url: Url) -> Self {
        Self {
            url: Some(url),
            one_click: true,
            ..Self::default()
        }
    }

    /// By a mail to an address.
    #[must_use]
    pub fn mailto(address: EmailAddress) -> Self {
        Self {
            mailto: Some(address),
            ..Self::default()
        }
    }

    /// By the provider's group.
    #[must_use]
    pub fn group(group: impl Into<String>) -> Self {
        Self {
            group: Some(group.into()),
            ..Self::default()
        }
    }

    /// Adds an address that takes unsubscribe mails.
    #[must_use]
    pub fn with_mailto(mut self, address: EmailAddress) -> Self {
        self.mailto = Some(address);
        self
    }

    /// Adds a provider's group.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The value of `List-Unsubscribe`, if there is a way that it names.
    #[must_use]
    pub fn header_value(&self) -> Option<String> {
        let url = self.url.as_ref().map(|url| format!("<{url}>"));
        let mailto = self.mailto.as_ref().map(|to| format!("<mailto:{to}>"));
        let ways: Vec<String> = url.into_iter().chain(mailto).collect();
        (!ways.is_empty()).then(|| ways.join(", "))
    }
}

/// One recipient of a batch, with what is theirs alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Recipient {
    /// Who.
    pub mailbox: Mailbox,
    /// Values for `{{name}}` places, over those of the message.
    pub merge_data: MergeData,
    /// Metadata, over that of the message.
    pub metadata: BTreeMap<String, String>,
    /// Headers, after those of the message.
    pub headers: Vec<(String, String)>,
}

impl Recipient {
    /// A recipient with nothing of their own.
    pub fn new(mailbox: impl Into<Mailbox>) -> Self {
        Self {
            mailbox: mailbox.into(),
            merge_data: MergeData::new(),
            metadata: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    /// Adds a value for a `{{name}}` place.
    #[must_use]
    pub fn with_merge(
        mut self,
        name: impl Into<String>,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.merge_data.insert(name.into(), value.into());
        self
    }

    /// Adds one piece of metadata.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The message as this recipient alone gets it: addressed to them, with their values over the
    /// message's.
    #[must_use]
    pub fn personalize(&self, message: &EmailMessage) -> EmailMessage {
        let mut own = message.clone();
        own.to = vec![self.mailbox.clone()];
        own.cc.clear();
        own.bcc.clear();
        own.merge_data.extend(self.merge_data.clone());
        own.metadata.extend(self.metadata.clone());
        own.headers.extend(self.headers.iter().cloned());
        own
    }
}

impl From<Mailbox> for Recipient {
    fn from(mailbox: Mailbox) -> Self {
        Self::new(mailbox)
    }
}

impl From<EmailAddress> for Recipient {
    fn from(address: EmailAddress) -> Self {
        Self::new(address)
    }
}

/// How a message is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SendOptions {
    /// When to send it; `None` for now.
    pub send_at: Option<Timestamp>,
    /// The key under which the same send happens once.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl SendOptions {
    /// Sends at a later time.
    #[must_use]
    pub fn at(send_at: Timestamp) -> Self {
        Self {
            send_at: Some(send_at),
            ..Self::default()
        }
    }

    /// Sends once under a key.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }
}

/// Whom a raw message goes to. The recipients are those of the SMTP dialogue, not of the headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Envelope {
    /// The return path.
    pub from: EmailAddress,
    /// The recipients.
    pub to: Vec<EmailAddress>,
}

impl Envelope {
    /// From somebody to somebody.
    #[must_use]
    pub fn new(from: EmailAddress, to: Vec<EmailAddress>) -> Self {
        Self { from, to }
    }
}
