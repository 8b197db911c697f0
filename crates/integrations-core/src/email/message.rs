//! What is sent.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Attachment, EmailAddress, Mailbox, TemplateRef, Tracking, Unsubscribe};

/// Values for the `{{name}}` places of a message or a template: a JSON object.
pub type MergeData = serde_json::Map<String, serde_json::Value>;

/// A message. Start with [`EmailMessage::new`].
///
/// Every field reaches the recipient or the provider, or the send is refused with `Unsupported`.
/// Serialised it is whole, files included, so that it can wait in a queue. `Debug` shows how much
/// there is of everything and nothing of what it says, so that it may stand in a log.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
    /// Fields of the provider's own request, merged into it last: for what only this provider has.
    #[serde(default)]
    pub extra: serde_json::Map<String, serde_json::Value>,
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
            extra: serde_json::Map::new(),
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

    /// Adds a field of the provider's own request.
    #[must_use]
    pub fn with_extra(
        mut self,
        name: impl Into<String>,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.extra.insert(name.into(), value.into());
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

impl fmt::Debug for EmailMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |text: &Option<String>| text.as_ref().map(String::len);
        f.debug_struct("EmailMessage")
            .field("to", &self.to.len())
            .field("cc", &self.cc.len())
            .field("bcc", &self.bcc.len())
            .field("subject_bytes", &self.subject.len())
            .field("text_bytes", &length(&self.text))
            .field("html_bytes", &length(&self.html))
            .field("amp_bytes", &length(&self.amp))
            .field("attachments", &self.attachments)
            .field("headers", &self.headers.len())
            .field("tags", &self.tags.len())
            .field("metadata", &self.metadata.len())
            .field("template", &self.template)
            .field("merge_data", &self.merge_data.len())
            .field("tracking", &self.tracking)
            .field("extra", &self.extra.len())
            .finish_non_exhaustive()
    }
}
