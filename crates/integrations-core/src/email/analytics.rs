//! What happened to messages: one by one, and counted.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{EmailAddress, MessageId, RejectReason};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::raw::Raw;
use crate::time::TimeRange;

/// What happened. The words are those of django-anymail, which outlive vendors' wording.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum EventKind {
    /// The provider took the message on.
    Queued,
    /// It was handed on.
    Sent,
    /// The provider refused it, for example because the address is suppressed.
    Rejected,
    /// The provider could not send it, for example because the template did not render.
    Failed,
    /// The receiving server refused it for good.
    Bounced,
    /// The receiving server asked to try later; the provider will.
    Deferred,
    /// The receiving server took it.
    Delivered,
    /// An automatic answer came back.
    Autoresponded,
    /// It was opened.
    Opened,
    /// A link in it was followed.
    Clicked,
    /// The recipient complained of spam.
    Complained,
    /// The recipient unsubscribed.
    Unsubscribed,
    /// The recipient subscribed.
    Subscribed,
    /// Mail came in.
    Inbound,
    /// Mail came in and could not be handed on.
    InboundFailed,
    /// Something else, in the provider's word.
    Other(String),
}

impl EventKind {
    /// The kind as a word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Deferred => "deferred",
            Self::Delivered => "delivered",
            Self::Autoresponded => "autoresponded",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Complained => "complained",
            Self::Unsubscribed => "unsubscribed",
            Self::Subscribed => "subscribed",
            Self::Inbound => "inbound",
            Self::InboundFailed => "inbound_failed",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for EventKind {
    fn from(word: String) -> Self {
        match word.as_str() {
            "queued" => Self::Queued,
            "sent" => Self::Sent,
            "rejected" => Self::Rejected,
            "failed" => Self::Failed,
            "bounced" => Self::Bounced,
            "deferred" => Self::Deferred,
            "delivered" => Self::Delivered,
            "autoresponded" => Self::Autoresponded,
            "opened" => Self::Opened,
            "clicked" => Self::Clicked,
            "complained" => Self::Complained,
            "unsubscribed" => Self::Unsubscribed,
            "subscribed" => Self::Subscribed,
            "inbound" => Self::Inbound,
            "inbound_failed" => Self::InboundFailed,
            _ => Self::Other(word),
        }
    }
}

impl From<EventKind> for String {
    fn from(kind: EventKind) -> Self {
        kind.as_str().to_owned()
    }
}

crate::id_types! {
    /// The id of an event, by which deliveries of it are told apart.
    EventId;
}

/// One thing that happened to one message and recipient. Events are what an application logs, so
/// `Debug` shows what happened, when and to which message, and of the rest how much there is: not
/// the recipient, nor the link that they followed, which can sign them in, nor the application's
/// own data.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EmailEvent {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub occurred_at: Timestamp,
    /// To which message: the id of the recipient's own copy where their result names one
    /// ([`RecipientResult::message_id`](super::RecipientResult::message_id)), else the id of the
    /// send's report.
    pub message_id: Option<MessageId>,
    /// To whose copy.
    pub recipient: Option<EmailAddress>,
    /// For rejections and bounces: why.
    pub reject_reason: Option<RejectReason>,
    /// What the receiving server or the provider said.
    pub detail: Option<String>,
    /// The receiving server's answer, where the provider passes it on.
    #[serde(default)]
    pub smtp: Option<SmtpReply>,
    /// For clicks: the link.
    pub url: Option<Url>,
    /// For opens and clicks: the program.
    pub user_agent: Option<String>,
    /// The message's tags.
    pub tags: Vec<String>,
    /// The message's metadata.
    pub metadata: BTreeMap<String, String>,
    /// The provider's own form.
    pub raw: Raw,
}

impl EmailEvent {
    /// An event of a kind.
    pub fn new(id: impl Into<EventId>, kind: EventKind, occurred_at: Timestamp) -> Self {
        Self {
            id: id.into(),
            kind,
            occurred_at,
            message_id: None,
            recipient: None,
            reject_reason: None,
            detail: None,
            smtp: None,
            url: None,
            user_agent: None,
            tags: Vec::new(),
            metadata: BTreeMap::new(),
            raw: Raw::None,
        }
    }
}

impl fmt::Debug for EmailEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailEvent")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("occurred_at", &self.occurred_at)
            .field("message_id", &self.message_id)
            .field("has_recipient", &self.recipient.is_some())
            .field("reject_reason", &self.reject_reason)
            .field("smtp", &self.smtp)
            .field("url_host", &self.url.as_ref().and_then(Url::host_str))
            .field("tags", &self.tags.len())
            .field("metadata", &self.metadata.len())
            .finish_non_exhaustive()
    }
}

/// What a receiving server answered (RFC 5321, section 4.2). `Debug` shows the codes: the text
/// repeats addresses, and some servers quote the message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SmtpReply {
    /// Three digits: 4xx asks to try later, 5xx refuses for good.
    pub code: u16,
    /// The enhanced status code (RFC 3463), for example `5.1.1`.
    pub enhanced: Option<String>,
    /// The text.
    pub text: Option<String>,
}

impl fmt::Debug for SmtpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpReply")
            .field("code", &self.code)
            .field("enhanced", &self.enhanced)
            .finish_non_exhaustive()
    }
}

impl SmtpReply {
    /// A reply of a code.
    #[must_use]
    pub fn new(code: u16) -> Self {
        Self {
            code,
            enhanced: None,
            text: None,
        }
    }

    /// Adds the enhanced status code.
    #[must_use]
    pub fn with_enhanced(mut self, enhanced: impl Into<String>) -> Self {
        self.enhanced = Some(enhanced.into());
        self
    }

    /// Adds the text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

/// Which events are listed. Every condition that is set has to hold.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct EventQuery {
    /// When they happened.
    pub range: Option<TimeRange>,
    /// What happened.
    pub kind: Option<EventKind>,
    /// To which message.
    pub message_id: Option<MessageId>,
    /// To whose copy.
    pub recipient: Option<EmailAddress>,
    /// To messages with this tag.
    pub tag: Option<String>,
}

impl EventQuery {
    /// The events of one message.
    #[must_use]
    pub fn message(id: MessageId) -> Self {
        Self {
            message_id: Some(id),
            ..Self::default()
        }
    }

    /// The events of one recipient.
    #[must_use]
    pub fn recipient(address: EmailAddress) -> Self {
        Self {
            recipient: Some(address),
            ..Self::default()
        }
    }

    /// Only events of a kind.
    #[must_use]
    pub fn with_kind(mut self, kind: EventKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Only events of messages with a tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Only events within a range.
    #[must_use]
    pub fn with_range(mut self, range: TimeRange) -> Self {
        self.range = Some(range);
        self
    }

    /// Only events of a recipient.
    #[must_use]
    pub fn with_recipient(mut self, address: EmailAddress) -> Self {
        self.recipient = Some(address);
        self
    }

    /// Whether an event is meant: for embedded providers and test doubles.
    #[must_use]
    pub fn matches(&self, event: &EmailEvent) -> bool {
        self.range.is_none_or(|r| r.contains(event.occurred_at))
            && self.kind.as_ref().is_none_or(|kind| *kind == event.kind)
            && self
                .message_id
                .as_ref()
                .is_none_or(|id| event.message_id.as_ref() == Some(id))
            && self.recipient.as_ref().is_none_or(|wanted| {
                event
                    .recipient
                    .as_ref()
                    .is_some_and(|seen| seen.is_same(wanted))
            })
            && self.tag.as_ref().is_none_or(|tag| event.tags.contains(tag))
    }
}

/// The width of one point of statistics, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resolution {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
    /// The whole range in one point.
    #[default]
    Total,
}

/// Which statistics are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatsQuery {
    /// When things happened.
    pub range: TimeRange,
    /// The width of a point.
    pub resolution: Resolution,
    /// Only messages with this tag.
    pub tag: Option<String>,
}

impl StatsQuery {
    /// One point for a whole range.
    #[must_use]
    pub fn total(range: TimeRange) -> Self {
        Self {
            range,
            resolution: Resolution::Total,
            tag: None,
        }
    }

    /// Sets the width of a point.
    #[must_use]
    pub fn with_resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = resolution;
        self
    }

    /// Counts only messages with a tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }
}

/// Counts of one span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatPoint {
    /// When the span starts.
    pub start: Timestamp,
    /// How often each thing happened. A kind that is not in it did not happen, or is not counted.
    pub counts: BTreeMap<EventKind, u64>,
    /// The provider's own form.
    pub raw: Raw,
}

impl StatPoint {
    /// A span in which nothing happened.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self {
            start,
            counts: BTreeMap::new(),
            raw: Raw::None,
        }
    }

    /// How often something happened.
    #[must_use]
    pub fn count(&self, kind: &EventKind) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    /// Adds counts.
    pub fn add(&mut self, kind: EventKind, count: u64) {
        let entry = self.counts.entry(kind).or_default();
        *entry = entry.saturating_add(count);
    }
}

/// A provider's statistics and events.
#[async_trait]
pub trait EmailAnalytics: Send + Sync {
    /// Counts over time, oldest first, spans without anything left out or zero.
    ///
    /// # Errors
    /// `Unsupported` for a tag without [`stats_by_tag`](super::EmailCapabilities::stats_by_tag).
    async fn stats(&self, query: &StatsQuery) -> Result<Vec<StatPoint>>;

    /// One page of events, oldest first.
    ///
    /// # Errors
    /// `Unsupported` without [`events`](super::EmailCapabilities::events).
    async fn list_events(&self, query: &EventQuery, page: &PageRequest)
    -> Result<Page<EmailEvent>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_kinds_are_read_back_from_their_words_and_unknown_ones_are_kept() {
        for word in ["queued", "inbound_failed", "opened", "group_resubscribe"] {
            assert_eq!(EventKind::from(word.to_owned()).as_str(), word);
        }
        assert_eq!(
            EventKind::from("group_resubscribe".to_owned()),
            EventKind::Other("group_resubscribe".into())
        );
    }

    #[test]
    fn a_query_matches_only_when_every_condition_holds() {
        let mut event = EmailEvent::new("e-1", EventKind::Opened, Timestamp::UNIX_EPOCH);
        event.recipient = Some("Ana@example.org".parse().unwrap());
        event.tags = vec!["news".into()];
        let query = EventQuery::recipient("ana@example.org".parse().unwrap()).with_tag("news");
        assert!(query.matches(&event));
        assert!(!query.clone().with_kind(EventKind::Clicked).matches(&event));
        assert!(!EventQuery::message("m".into()).matches(&event));
    }
}
