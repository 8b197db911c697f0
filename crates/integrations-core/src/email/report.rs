//! What became of a send, for each recipient.

use serde::{Deserialize, Serialize};

use super::EmailAddress;
use crate::error::{Error, ErrorKind, Result};
use crate::raw::Raw;

crate::id_types! {
    /// The provider's id of what was sent. A scheduled send is cancelled by it.
    MessageId;
}

/// What became of a send. An answer is not a delivery: look at each recipient's status, or ask
/// [`all_accepted`](Self::all_accepted).
#[must_use = "recipients may have been rejected: look at their status"]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendReport {
    /// The provider's ids: one for a send, one or more for a batch that went out in parts.
    pub ids: Vec<MessageId>,
    /// One result per recipient, in the order in which they were given (to, cc, bcc).
    pub recipients: Vec<RecipientResult>,
    /// The provider's own answer.
    pub raw: Raw,
}

impl SendReport {
    /// The report of one send.
    pub fn new(id: impl Into<MessageId>, recipients: Vec<RecipientResult>) -> Self {
        Self {
            ids: vec![id.into()],
            recipients,
            raw: Raw::None,
        }
    }

    /// A report to which parts are added.
    pub fn empty() -> Self {
        Self {
            ids: Vec::new(),
            recipients: Vec::new(),
            raw: Raw::None,
        }
    }

    /// Keeps the provider's own answer.
    pub fn with_raw(mut self, raw: Raw) -> Self {
        self.raw = raw;
        self
    }

    /// The first id, which is the only one of a send that is no batch.
    #[must_use]
    pub fn id(&self) -> Option<&MessageId> {
        self.ids.first()
    }

    /// The result of one recipient.
    #[must_use]
    pub fn of(&self, address: &EmailAddress) -> Option<&RecipientResult> {
        self.recipients.iter().find(|r| r.address.is_same(address))
    }

    /// How many recipients the provider took on.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.recipients
            .iter()
            .filter(|r| r.status.is_accepted())
            .count()
    }

    /// Itself when the provider took on every recipient.
    ///
    /// # Errors
    /// As [`require_all`](Self::require_all).
    pub fn all_accepted(self) -> Result<Self> {
        self.require_all()?;
        Ok(self)
    }

    /// The report that an error of [`require_all`](Self::require_all) or
    /// [`all_accepted`](Self::all_accepted) carries: with the ids of what was sent nevertheless,
    /// for example to cancel it.
    #[must_use]
    pub fn of_error(error: &Error) -> Option<&Self> {
        error.detail()
    }

    /// The report with one result per recipient, in the order of `wanted`, whatever the provider
    /// answered. A count that is right is left alone. Otherwise results are found by address, and
    /// who has none is `Unknown`: the message was taken, so it may have gone to them.
    pub(super) fn complete<'a>(
        mut self,
        wanted: impl ExactSizeIterator<Item = &'a EmailAddress>,
    ) -> Self {
        if self.recipients.len() == wanted.len() {
            return self;
        }
        let mut answered: Vec<_> = self.recipients.drain(..).map(Some).collect();
        let mut results: Vec<RecipientResult> = Vec::with_capacity(wanted.len());
        for address in wanted {
            let own = |r: &RecipientResult| r.address.is_same(address);
            let next = answered
                .iter_mut()
                .find(|result| result.as_ref().is_some_and(own))
                .and_then(Option::take);
            // Providers answer once for an address that is named twice.
            let result = next.or_else(|| results.iter().find(|r| own(r)).cloned());
            results.push(result.unwrap_or_else(|| {
                RecipientResult::new(address.clone(), RecipientStatus::Unknown)
                    .with_detail("the provider gave no result for this recipient")
            }));
        }
        self.recipients = results;
        self
    }

    /// Fails unless the provider took on every recipient.
    ///
    /// # Errors
    /// `Conflict` that counts and names the recipients who were not; the effect is `Applied` when
    /// others were. [`of_error`](Self::of_error) gives the report back.
    pub fn require_all(&self) -> Result<()> {
        let refused: Vec<&str> = self
            .recipients
            .iter()
            .filter(|r| !r.status.is_accepted())
            .map(|r| r.address.as_str())
            .collect();
        if refused.is_empty() {
            return Ok(());
        }
        let error = Error::new(
            ErrorKind::Conflict,
            format!(
                "{} of {} recipients were not accepted: {}",
                refused.len(),
                self.recipients.len(),
                refused.join(", ")
            ),
        )
        .with_detail(self.clone());
        let unsure = |r: &RecipientResult| r.status == RecipientStatus::Unknown;
        Err(if self.accepted() > 0 {
            error.with_effect(crate::Effect::Applied)
        } else if self.recipients.iter().any(unsure) {
            error.with_effect(crate::Effect::Unknown)
        } else {
            error
        })
    }
}

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecipientResult {
    /// Who.
    pub address: EmailAddress,
    /// What became of them.
    pub status: RecipientStatus,
    /// The provider's id of their copy, where it has one.
    pub message_id: Option<MessageId>,
    /// Why they were rejected.
    pub reject_reason: Option<RejectReason>,
    /// What the provider said, in words.
    pub detail: Option<String>,
    /// The provider's own form, where it has one per recipient.
    #[serde(default)]
    pub raw: Raw,
}

impl RecipientResult {
    /// A recipient with a status.
    #[must_use]
    pub fn new(address: EmailAddress, status: RecipientStatus) -> Self {
        Self {
            address,
            status,
            message_id: None,
            reject_reason: None,
            detail: None,
            raw: Raw::None,
        }
    }

    /// A recipient who does not get the message, and why.
    #[must_use]
    pub fn rejected(address: EmailAddress, reason: RejectReason) -> Self {
        Self {
            reject_reason: Some(reason),
            ..Self::new(address, RecipientStatus::Rejected)
        }
    }

    /// Names the id of their copy.
    #[must_use]
    pub fn with_message_id(mut self, id: MessageId) -> Self {
        self.message_id = Some(id);
        self
    }

    /// Keeps the provider's own form.
    #[must_use]
    pub fn with_raw(mut self, raw: Raw) -> Self {
        self.raw = raw;
        self
    }

    /// Adds what the provider said.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// What became of a recipient. The words are those of django-anymail, with `scheduled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecipientStatus {
    /// The provider handed the message on.
    Sent,
    /// The provider will try to send it.
    Queued,
    /// The provider keeps it until its time.
    Scheduled,
    /// The address is not one.
    Invalid,
    /// The provider will not send to this recipient.
    Rejected,
    /// Sending failed for another reason.
    Failed,
    /// Nobody can tell: contact was lost. Read events before sending again.
    Unknown,
}

impl RecipientStatus {
    /// Whether the provider took it on.
    #[must_use]
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Sent | Self::Queued | Self::Scheduled)
    }
}

/// Why a recipient does not get a message. The words are those of django-anymail.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum RejectReason {
    /// The address is not one.
    Invalid,
    /// It bounced before.
    Bounced,
    /// The receiving server could not be reached in time.
    TimedOut,
    /// The receiving server or the provider blocks it.
    Blocked,
    /// The recipient complained of spam.
    Spam,
    /// The recipient unsubscribed.
    Unsubscribed,
    /// Another reason, in the provider's word.
    Other(String),
}

impl RejectReason {
    /// The reason as a word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Invalid => "invalid",
            Self::Bounced => "bounced",
            Self::TimedOut => "timed_out",
            Self::Blocked => "blocked",
            Self::Spam => "spam",
            Self::Unsubscribed => "unsubscribed",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for RejectReason {
    fn from(word: String) -> Self {
        match word.as_str() {
            "invalid" => Self::Invalid,
            "bounced" => Self::Bounced,
            "timed_out" => Self::TimedOut,
            "blocked" => Self::Blocked,
            "spam" => Self::Spam,
            "unsubscribed" => Self::Unsubscribed,
            _ => Self::Other(word),
        }
    }
}

impl From<RejectReason> for String {
    fn from(reason: RejectReason) -> Self {
        reason.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        text.parse().unwrap()
    }

    #[test]
    fn a_report_with_a_rejected_recipient_is_an_error_when_all_are_wanted() {
        let report = SendReport::new(
            "m-1",
            vec![
                RecipientResult::new(address("a@example.org"), RecipientStatus::Queued),
                RecipientResult::rejected(address("b@example.org"), RejectReason::Bounced),
            ],
        );
        assert_eq!(report.accepted(), 1);
        let error = report.all_accepted().unwrap_err();
        assert_eq!(error.effect(), crate::Effect::Applied);
        assert!(error.message().contains("b@example.org"));
        let kept = SendReport::of_error(&error).and_then(SendReport::id);
        assert_eq!(kept.map(MessageId::as_str), Some("m-1"));
    }

    #[test]
    fn whoever_the_provider_forgot_is_unknown_and_the_others_keep_their_results() {
        let result = |to| RecipientResult::new(address(to), RecipientStatus::Queued);
        let answer = vec![result("C@example.org"), result("a@example.org")];
        let wanted = ["a", "b", "c", "a"].map(|name| address(&format!("{name}@example.org")));
        let report = SendReport::new("m-1", answer).complete(wanted.iter());
        let seen: Vec<_> = report.recipients.iter().map(|r| r.status).collect();
        let (queued, unknown) = (RecipientStatus::Queued, RecipientStatus::Unknown);
        assert_eq!(seen, [queued, unknown, queued, queued]);
        assert_eq!(report.ids.len(), 1);
    }

    #[test]
    fn unknown_words_of_a_provider_are_kept() {
        let reason = RejectReason::from("mailbox_moon".to_owned());
        assert_eq!(reason, RejectReason::Other("mailbox_moon".into()));
        assert_eq!(String::from(reason), "mailbox_moon");
    }
}
