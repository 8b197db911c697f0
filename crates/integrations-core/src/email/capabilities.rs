//! What an email provider can do, as data.

use std::time::Duration;

use serde::Serialize;

use super::SuppressionKind;

/// What an email provider can do. Everything starts as "no": a provider declares what works.
///
/// Every provider sends text and HTML to to, cc and bcc with one reply-to address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct EmailCapabilities {
    /// One call for many recipients, each with a copy and a result of their own.
    pub batch: bool,
    /// Sends a message that the caller encoded.
    pub raw: bool,
    /// Files.
    pub attachments: bool,
    /// Images that the HTML shows by content id.
    pub inline_images: bool,
    /// AMP for Email.
    pub amp: bool,
    /// Further headers.
    pub headers: bool,
    /// More than one reply-to address.
    pub multiple_reply_to: bool,
    /// Labels for statistics.
    pub tags: bool,
    /// The application's own data, given back in events.
    pub metadata: bool,
    /// Fills `{{name}}` places of a message's own subject, text and HTML. Without it the handle
    /// renders them, with the feature `templates`.
    pub merge_inline: bool,
    /// Stored templates: create, get, list, update, delete, send.
    pub templates: bool,
    /// Versions of templates.
    pub template_versions: bool,
    /// Renders a stored template without sending it.
    pub template_preview: bool,
    /// Sends at a later time.
    pub schedule: bool,
    /// Cancels a scheduled send.
    pub cancel_scheduled: bool,
    /// Tracks opens on request.
    pub track_opens: bool,
    /// Tracks clicks on request.
    pub track_clicks: bool,
    /// `List-Unsubscribe`, with one click.
    pub list_unsubscribe: bool,
    /// Fields of the provider's own request ([`EmailMessage::extra`](super::EmailMessage::extra)).
    pub extra: bool,
    /// The provider's own unsubscribe groups.
    pub unsubscribe_groups: bool,
    /// A return path per message.
    pub envelope_sender: bool,
    /// A repeated send under one key is one send.
    pub idempotency: bool,
    /// A repeated creation (template, version, route, test) under one key is one.
    pub create_idempotency: bool,
    /// Suppression lists: list, get, remove.
    pub suppressions: bool,
    /// The kinds of suppression that can be added by hand.
    pub suppression_adds: Vec<SuppressionKind>,
    /// Counts over time.
    pub stats: bool,
    /// Counts over time by tag.
    pub stats_by_tag: bool,
    /// What happened to each message.
    pub events: bool,
    /// Judges addresses.
    pub validation: bool,
    /// Judges many addresses in one call. Without it the handle asks for each by itself.
    pub validation_batch: bool,
    /// Routes for mail that comes in.
    pub inbound_routes: bool,
    /// Tests of variants that the provider keeps. Without them, [`Mailer::send_ab`] assigns
    /// recipients here.
    ///
    /// [`Mailer::send_ab`]: super::Mailer::send_ab
    pub ab_tests: AbTestSupport,
    /// The most recipients of one send: to, cc and bcc together.
    pub max_recipients: Option<usize>,
    /// The most recipients of one batch call. The handle cuts longer batches.
    pub max_batch: Option<usize>,
    /// The most bytes of one message, attachments encoded.
    pub max_message_size: Option<usize>,
    /// The most tags of one message.
    pub max_tags: Option<usize>,
    /// The most actions of one route.
    pub max_route_actions: Option<usize>,
    /// The most pieces of metadata of one message.
    pub max_metadata: Option<usize>,
    /// The most addresses of one call that judges many. The handle cuts longer lists.
    pub max_validation_batch: Option<usize>,
    /// How far ahead a send can be scheduled.
    pub max_schedule_ahead: Option<Duration>,
}

impl EmailCapabilities {
    /// A provider that sends text and HTML, and no more.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// What a provider does with tests of variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AbTestSupport {
    /// It has none.
    #[default]
    None,
    /// Tests that were made elsewhere can be read, with their results: `get_ab_test`,
    /// `list_ab_tests`, `ab_test_results`.
    Read,
    /// Tests can be made, sent, read and decided.
    Run,
}
