//! The behaviours of email providers.
//!
//! One line per provider under test:
//!
//! ```text
//! integrations_conformance::email_tests!(async {
//!     email::Harness::new(my_sandbox().await.into())
//!         .with_mailbox(Arc::new(|address| Box::pin(read_test_inbox(address))))
//! });
//! ```
//!
//! What the suite cannot do through the handle is in the [`Harness`]: hooks that read what arrived
//! for a recipient, play recipients and senders, and let time pass. Behaviours whose hook is missing
//! are skipped, and the report says so.

mod ab;
mod batch;
mod content;
mod events;
mod harness;
mod keys;
mod merge;
mod people;
mod refusals;
mod routes;
mod schedule;
mod suppressions;
mod templates;
mod validation;

use integrations_core::Category;

pub use harness::{Deliver, Happen, Happening, Harness, PassTime, ReadMailbox};

use crate::suite;

/// The capabilities and hooks that behaviours need.
mod needs {
    use integrations_core::email::{AbTestSupport, SuppressionKind};

    use super::Harness;
    use crate::Need;

    macro_rules! capabilities {
        ($($name:ident $field:ident;)+) => {
            $(pub(super) const $name: Need<Harness> =
                Need::new(stringify!($field), |h| h.mailer.capabilities().$field);)+
        };
    }
    capabilities! {
        BATCH batch;
        RAW raw;
        ATTACHMENTS attachments;
        INLINE inline_images;
        AMP amp;
        HEADERS headers;
        SEVERAL_REPLY_TO multiple_reply_to;
        TAGS tags;
        METADATA metadata;
        MERGE merge_inline;
        TEMPLATES templates;
        VERSIONS template_versions;
        PREVIEW template_preview;
        SCHEDULE schedule;
        CANCEL cancel_scheduled;
        OPENS track_opens;
        CLICKS track_clicks;
        UNSUBSCRIBE list_unsubscribe;
        GROUPS unsubscribe_groups;
        RETURN_PATH envelope_sender;
        KEYS idempotency;
        CREATE_KEYS create_idempotency;
        SUPPRESSIONS suppressions;
        STATS stats;
        STATS_BY_TAG stats_by_tag;
        EVENTS events;
        VALIDATION validation;
        VALIDATION_BATCH validation_batch;
        ROUTES inbound_routes;
    }

    macro_rules! others {
        ($($name:ident $label:literal $met:expr;)+) => {
            $(pub(super) const $name: Need<Harness> = Need::new($label, $met);)+
        };
    }
    others! {
        ADDS "suppression_adds" |h: &Harness| !h.mailer.capabilities().suppression_adds.is_empty();
        ADDS_UNSUBSCRIBES "suppression_adds of unsubscribes" |h: &Harness| {
            let adds = &h.mailer.capabilities().suppression_adds;
            adds.contains(&SuppressionKind::Unsubscribe)
        };
        AB "ab_tests that the provider runs" |h: &Harness| {
            h.mailer.capabilities().ab_tests == AbTestSupport::Run
        };
        SEVERAL_ACTIONS "max_route_actions of more than 1" |h: &Harness| {
            h.mailer.capabilities().max_route_actions.is_none_or(|most| most > 1)
        };
        SMALL_BATCH "max_batch of at most 200" |h: &Harness| {
            h.mailer.capabilities().max_batch.is_some_and(|most| most <= 200)
        };
        MAILBOX "the hook `mailbox`" |h: &Harness| h.mailbox.is_some();
        HAPPEN "the hook `happen`" |h: &Harness| h.happen.is_some();
        PASS_TIME "the hook `pass_time`" |h: &Harness| h.pass_time.is_some();
        DELIVER "the hook `deliver`" |h: &Harness| h.deliver.is_some();
    }
    /// Without a count, nobody knows what was sent.
    pub(super) const REQUESTS: Need<Harness> =
        Need::new("the hook `requests`", |h: &Harness| h.requests.is_some()).alone();
}

suite! {
    Category::EMAIL, Harness, email_tests ($), email;
    content::the_text_arrives [needs::MAILBOX]
        "A plain message arrives with its sender, subject and text, and nothing else.";
    content::text_and_html_arrive [needs::MAILBOX]
        "A message with text and HTML arrives with both.";
    content::other_alphabets_arrive [needs::MAILBOX]
        "Subject, names, text and HTML arrive in every alphabet.";
    content::awkward_lines_arrive_whole [needs::MAILBOX]
        "Very long lines, lone dots and lines that start with From arrive as they are.";
    content::braces_without_values_are_text [needs::MAILBOX]
        "Without any value, a place like {{name}} is text.";
    content::a_reply_goes_where_it_should [needs::MAILBOX]
        "The reply-to address arrives.";
    content::every_reply_address_arrives [needs::MAILBOX, needs::SEVERAL_REPLY_TO]
        "All reply-to addresses arrive, in order.";
    content::headers_arrive_in_order [needs::MAILBOX, needs::HEADERS]
        "The caller's headers arrive: long ones, in other alphabets, and several of one name.";
    content::files_arrive_byte_for_byte [needs::MAILBOX, needs::ATTACHMENTS]
        "Files arrive with their names, types and every byte.";
    content::inline_images_keep_their_content_id [needs::MAILBOX, needs::INLINE]
        "Images arrive under the content id by which the HTML names them.";
    content::images_and_files_go_together
        [needs::MAILBOX, needs::INLINE, needs::ATTACHMENTS]
        "A message can have images of its HTML and files to save.";
    content::the_amp_part_arrives [needs::MAILBOX, needs::AMP]
        "The AMP part is in the message, and the HTML too.";
    content::one_click_unsubscribe_is_in_the_headers [needs::MAILBOX, needs::UNSUBSCRIBE]
        "List-Unsubscribe and List-Unsubscribe-Post are as RFC 8058 wants them.";
    content::the_return_path_is_as_asked [needs::MAILBOX, needs::RETURN_PATH]
        "The return path is the one that was asked for, and the sender stays.";
    content::an_encoded_message_arrives_as_it_is [needs::MAILBOX, needs::RAW]
        "A message that the caller encoded arrives as it is, for the envelope's recipients.";
    content::an_encoded_bcc_header_is_refused [needs::RAW]
        "A message that the caller encoded with a Bcc header is InvalidInput.";
    content::a_message_is_there_soon_with_its_date [needs::MAILBOX]
        "A message has a Date of now and a Message-ID.";
    people::to_and_cc_get_it_and_see_each_other [needs::MAILBOX]
        "All of to and cc get the message, and see each other.";
    people::bcc_gets_it_and_nobody_sees_it [needs::MAILBOX]
        "Bcc gets the message, and nobody can tell.";
    people::names_are_shown [needs::MAILBOX]
        "A recipient's name arrives, whatever characters it has.";
    people::every_recipient_has_a_result_in_order []
        "The report has one result per recipient: to, cc, bcc, in order.";
    people::every_send_has_an_id_of_its_own []
        "Every send has an id, and no two the same.";
    merge::places_are_filled [needs::MAILBOX, needs::MERGE]
        "Places in subject, text and HTML are filled with the message's values.";
    merge::values_are_escaped_in_html_only [needs::MAILBOX, needs::MERGE]
        "Values are escaped in the HTML, and nowhere else.";
    merge::a_missing_value_sends_nothing [needs::MAILBOX, needs::MERGE]
        "A place without a value is InvalidInput, and nothing is sent.";
    merge::a_value_cannot_become_a_header [needs::MAILBOX, needs::MERGE]
        "A line break in a value adds no header and no recipient.";
    batch::everybody_in_a_batch_gets_one_copy [needs::MAILBOX]
        "Everybody in a batch gets one copy and has one result, in order.";
    batch::recipients_of_a_batch_do_not_see_each_other [needs::MAILBOX]
        "A copy of a batch names its own recipient and no other.";
    batch::everybody_gets_their_own_values [needs::MAILBOX, needs::MERGE]
        "Everybody in a batch gets their own values, over those of the message.";
    batch::a_missing_value_of_one_sends_nothing_to_anybody [needs::MAILBOX, needs::MERGE]
        "When one recipient lacks a value, nobody gets anything.";
    batch::everybodys_own_headers_arrive [needs::MAILBOX, needs::HEADERS]
        "Everybody in a batch gets their own headers, after those of the message.";
    batch::everybodys_own_metadata_comes_back [needs::METADATA, needs::EVENTS]
        "The metadata of each recipient comes back in events.";
    batch::one_rejected_recipient_does_not_stop_a_batch
        [needs::MAILBOX, needs::SUPPRESSIONS, needs::ADDS]
        "A rejected recipient is said to be, and the others get their mail.";
    batch::a_batch_beyond_the_limit_is_sent_whole
        [needs::MAILBOX, needs::BATCH, needs::SMALL_BATCH]
        "A batch beyond the provider's limit is sent in parts, and nobody is left out.";
    batch::the_same_key_twice_is_one_batch [needs::MAILBOX, needs::KEYS]
        "The same batch with the same key is sent once.";
    batch::events_name_each_copy_of_a_batch [needs::EVENTS]
        "Events of a batch name the copy of each recipient.";
    keys::the_same_key_twice_sends_one_mail [needs::MAILBOX, needs::KEYS]
        "The same message with the same key is sent once, and answered twice.";
    keys::another_key_sends_another_mail [needs::MAILBOX, needs::KEYS]
        "The same message with another key, or none, is another mail.";
    keys::the_same_key_at_the_same_time_sends_one_mail [needs::MAILBOX, needs::KEYS]
        "Sends with one key at the same time are one mail.";
    keys::the_same_key_with_another_message_is_refused [needs::MAILBOX, needs::KEYS]
        "A key that was used for another message is Conflict, and nothing is sent.";
    schedule::a_scheduled_mail_waits_for_its_time
        [needs::MAILBOX, needs::PASS_TIME, needs::SCHEDULE]
        "A scheduled mail arrives at its time and not before.";
    schedule::a_canceled_mail_never_arrives
        [needs::MAILBOX, needs::PASS_TIME, needs::SCHEDULE, needs::CANCEL]
        "A mail that was canceled does not arrive; canceling it again succeeds.";
    schedule::canceling_one_leaves_the_others
        [needs::MAILBOX, needs::PASS_TIME, needs::SCHEDULE, needs::CANCEL]
        "Canceling one scheduled mail leaves the others.";
    schedule::what_went_out_cannot_be_canceled
        [needs::MAILBOX, needs::PASS_TIME, needs::SCHEDULE, needs::CANCEL]
        "Canceling a mail that went out is Conflict.";
    schedule::canceling_what_is_not_there_is_not_found [needs::CANCEL]
        "Canceling an unknown id is NotFound.";
    templates::a_template_reads_back [needs::TEMPLATES]
        "A template reads back with its name and content, and has one active version.";
    templates::every_template_is_listed_once [needs::TEMPLATES]
        "The list of templates has each once, in pages of any size.";
    templates::a_template_is_sent [needs::TEMPLATES, needs::MAILBOX]
        "A message of a template arrives with its subject and bodies, filled.";
    templates::a_templates_values_are_escaped_in_html [needs::TEMPLATES, needs::MAILBOX]
        "Values are escaped in the HTML of a template.";
    templates::a_template_without_a_value_sends_nothing [needs::TEMPLATES, needs::MAILBOX]
        "A template without a value for a place is InvalidInput, and nothing is sent.";
    templates::a_changed_template_is_sent_as_changed [needs::TEMPLATES, needs::MAILBOX]
        "After a change, the changed template is sent.";
    templates::a_new_name_leaves_the_content [needs::TEMPLATES, needs::MAILBOX]
        "A change of the name leaves the content.";
    templates::a_deleted_template_is_gone [needs::TEMPLATES]
        "A deleted template is NotFound, also for sending; deleting it again succeeds.";
    templates::the_same_key_twice_is_one_template [needs::TEMPLATES, needs::CREATE_KEYS]
        "The same template with the same key is made once.";
    templates::a_new_version_waits_to_be_activated
        [needs::TEMPLATES, needs::VERSIONS, needs::MAILBOX]
        "A new version is sent once it is activated, and not before.";
    templates::a_certain_version_can_be_sent
        [needs::TEMPLATES, needs::VERSIONS, needs::MAILBOX]
        "A message can name a version that is not the active one.";
    templates::a_preview_is_filled_and_sends_nothing [needs::TEMPLATES, needs::PREVIEW]
        "A preview is filled as a mail would be; a missing value is InvalidInput.";
    suppressions::a_suppressed_recipient_gets_nothing_and_the_others_do
        [needs::SUPPRESSIONS, needs::ADDS, needs::MAILBOX]
        "Who is suppressed is rejected with the reason of their list; the others get the mail.";
    suppressions::the_case_of_an_address_does_not_matter [needs::SUPPRESSIONS, needs::ADDS]
        "A suppression holds for the address in upper and lower case.";
    suppressions::a_suppression_reads_back [needs::SUPPRESSIONS, needs::ADDS]
        "Who is suppressed reads back with the kind, once; who is not reads back empty.";
    suppressions::every_suppression_is_listed_once [needs::SUPPRESSIONS, needs::ADDS]
        "The list of suppressions has each once, in pages of any size.";
    suppressions::a_list_of_one_kind_has_no_other [needs::SUPPRESSIONS, needs::ADDS]
        "A list of one kind has all of that kind and none of another.";
    suppressions::a_list_of_one_group_has_no_other
        [needs::SUPPRESSIONS, needs::GROUPS, needs::ADDS_UNSUBSCRIBES]
        "A list of one group has its unsubscribes and none of another.";
    suppressions::who_is_taken_off_gets_mail_again
        [needs::SUPPRESSIONS, needs::ADDS, needs::MAILBOX]
        "Who is taken off the list gets mail again.";
    suppressions::taking_off_who_is_not_there_succeeds [needs::SUPPRESSIONS, needs::ADDS]
        "Taking an address off that is on no list succeeds.";
    suppressions::an_unsubscribe_from_a_group_is_for_that_group
        [needs::SUPPRESSIONS, needs::GROUPS, needs::ADDS_UNSUBSCRIBES, needs::MAILBOX]
        "An unsubscribe from a group stops mail of that group and no other.";
    suppressions::who_is_taken_off_a_group_stays_on_the_others
        [needs::SUPPRESSIONS, needs::GROUPS, needs::ADDS_UNSUBSCRIBES]
        "Taking an unsubscribe from one group back leaves those from other groups.";
    suppressions::who_bounced_is_suppressed [needs::SUPPRESSIONS, needs::HAPPEN]
        "After a bounce the address is suppressed and gets nothing more.";
    suppressions::who_complained_is_suppressed [needs::SUPPRESSIONS, needs::HAPPEN]
        "After a complaint the address gets nothing more.";
    events::a_send_is_an_event [needs::EVENTS]
        "A send is an event of its message and recipient.";
    events::tags_and_metadata_come_back_in_events
        [needs::EVENTS, needs::TAGS, needs::METADATA]
        "Events have the message's tags and metadata, whole.";
    events::a_rejection_is_an_event [needs::EVENTS, needs::SUPPRESSIONS, needs::ADDS]
        "A rejected recipient is an event with the reason.";
    events::what_recipients_do_is_an_event [needs::EVENTS, needs::HAPPEN]
        "Bounces, complaints, opens and clicks are one event each, of the right recipient.";
    events::opens_that_are_not_tracked_are_no_events
        [needs::EVENTS, needs::HAPPEN, needs::OPENS]
        "A message that asks not to track opens has none.";
    events::clicks_that_are_not_tracked_are_no_events
        [needs::EVENTS, needs::HAPPEN, needs::CLICKS]
        "A message that asks not to track clicks has none.";
    events::every_event_is_listed_once_and_in_order [needs::EVENTS]
        "The list of events has each once, oldest first, in pages of any size.";
    events::a_query_has_what_it_asks_for_and_no_other [needs::EVENTS]
        "Events are found by message, recipient and time, and no others with them.";
    events::events_are_found_by_tag [needs::EVENTS, needs::TAGS]
        "Events are found by tag, and no others with them.";
    events::sends_are_counted [needs::STATS]
        "Statistics count every send.";
    events::sends_are_counted_by_tag [needs::STATS, needs::STATS_BY_TAG, needs::TAGS]
        "Statistics of a tag count the sends with it and no others, in every resolution.";
    events::nothing_is_counted_outside_the_range [needs::STATS]
        "Statistics of tomorrow are empty.";
    validation::a_good_address_is_not_invalid [needs::VALIDATION]
        "An ordinary address is not judged invalid.";
    validation::what_is_no_address_is_a_verdict_and_no_error [needs::VALIDATION]
        "Text that is no address is judged invalid, with a reason, and is no error.";
    validation::many_addresses_are_judged_in_order [needs::VALIDATION]
        "Many addresses have one verdict each, in order.";
    validation::many_addresses_are_judged_in_one_call
        [needs::VALIDATION, needs::VALIDATION_BATCH]
        "The driver judges many addresses in one call, each once and in order.";
    routes::a_route_reads_back [needs::ROUTES]
        "A route reads back as it was made.";
    routes::a_route_keeps_all_its_actions [needs::ROUTES, needs::SEVERAL_ACTIONS]
        "A route with several actions reads back with all of them.";
    routes::a_route_can_be_replaced [needs::ROUTES]
        "A route that is replaced keeps its id.";
    routes::a_deleted_route_is_gone [needs::ROUTES]
        "A deleted route is NotFound, and takes no mail; deleting it again succeeds.";
    routes::every_route_is_listed_once_in_its_order [needs::ROUTES]
        "The list of routes has each once, by priority, in pages of any size.";
    routes::the_first_route_by_priority_takes_the_mail [needs::ROUTES]
        "Of two routes for an address the one of lower priority number takes its mail.";
    routes::mail_that_comes_in_is_forwarded [needs::ROUTES, needs::DELIVER, needs::MAILBOX]
        "Mail for a route that forwards arrives at the other address.";
    routes::mail_that_is_dropped_goes_nowhere
        [needs::ROUTES, needs::DELIVER, needs::MAILBOX]
        "Mail for a route that drops does not reach a later route.";
    routes::the_same_key_twice_is_one_route [needs::ROUTES, needs::CREATE_KEYS]
        "The same route with the same key is made once.";
    ab::everybody_gets_the_variant_of_their_arm [needs::TAGS, needs::MAILBOX]
        "Everybody gets the variant of the arm that the test assigns.";
    ab::arms_are_counted_apart [needs::TAGS, needs::STATS, needs::STATS_BY_TAG]
        "The report of a test counts each arm's sends.";
    ab::messages_of_an_arm_carry_its_tag [needs::TAGS, needs::EVENTS]
        "The messages of an arm have the arm's tag.";
    ab::a_kept_test_reads_back [needs::AB]
        "A test that the provider keeps reads back and is listed once.";
    ab::a_kept_test_sends_and_counts [needs::AB, needs::MAILBOX]
        "A kept test sends everybody one arm and counts them.";
    ab::everybody_gets_the_winner [needs::AB, needs::MAILBOX]
        "After a winner is chosen everybody gets it; another cannot be chosen.";
    ab::the_same_key_twice_is_one_send_of_a_test [needs::AB, needs::KEYS, needs::MAILBOX]
        "A kept test that is sent twice with one key is sent once.";
    refusals::what_is_not_declared_is_refused []
        "The driver answers Unsupported to everything it does not declare, and no mail arrives.";
    refusals::refusing_what_is_not_declared_sends_nothing [needs::REQUESTS]
        "Before Unsupported is answered, no request leaves.";
    refusals::groups_are_there_as_declared []
        "The groups of methods are there exactly as the capabilities say.";
    refusals::wrong_messages_are_refused []
        "Messages that could inject a header, or have no recipient or body, are InvalidInput.";
    refusals::refusing_wrong_messages_sends_nothing [needs::REQUESTS]
        "Before a wrong message is refused, no request leaves.";
    refusals::wrong_batches_are_refused []
        "Batches with a wrong recipient anywhere are InvalidInput, and reach nobody.";
    refusals::refusing_wrong_batches_sends_nothing [needs::REQUESTS]
        "Before a wrong batch is refused, no request leaves.";
    refusals::an_error_names_provider_and_operation []
        "An error names provider, operation and effect on one line.";
    refusals::connecting_twice_is_harmless []
        "Connecting twice is harmless, and the provider is healthy.";
}
