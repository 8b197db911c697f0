//! The suite is proved: each planted fault is caught by the behaviour that is about it.

use integrations_local::email::LocalMailer;

use super::faulty::{Fault, Faulty};
use crate::proof::every_behaviour_is_proved;

/// Runs the suite over a fault; the behaviours that do not hold.
async fn caught(fault: Fault) -> (Vec<&'static str>, String) {
    let make = || async {
        let local = LocalMailer::in_memory();
        let faulty = Faulty::new(local.clone(), fault);
        super::harness(&local, faulty.into())
    };
    let suite = integrations_conformance::email::suite();
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "faulty", make, &options).await;
    (report.failures().collect(), report.to_string())
}

#[tokio::test]
async fn without_a_fault_the_wrapper_passes() {
    let (failures, report) = caught(Fault::None).await;
    assert!(failures.is_empty(), "{report}");
}

macro_rules! faults {
    ($($test:ident $fault:ident => $($behaviour:literal),+;)+) => {$(
        #[tokio::test]
        async fn $test() {
            let (failures, report) = caught(Fault::$fault).await;
            for behaviour in [$($behaviour),+] {
                assert!(failures.contains(&behaviour), "{:?}: {behaviour}\n{report}", Fault::$fault);
            }
        }
    )+
        /// The behaviours that are about each fault.
        const CAUGHT_BY: &[&[&str]] = &[$(&[$($behaviour),+]),+];
    };
}

/// Behaviours that no fault can make fail, each with the reason.
const UNPROVED: &[(&str, &str)] = &[
    ("an_encoded_bcc_header_is_refused", BY_THE_HANDLE),
    ("wrong_messages_are_refused", BY_THE_HANDLE),
    ("wrong_batches_are_refused", BY_THE_HANDLE),
];

const BY_THE_HANDLE: &str = "the handle refuses it before a driver is asked";

#[test]
fn every_behaviour_catches_a_fault() {
    let suite = integrations_conformance::email::suite();
    let all = suite.behaviours.iter().map(|behaviour| behaviour.name);
    every_behaviour_is_proved(all, CAUGHT_BY, UNPROVED);
}

faults! {
    dropping_headers_is_caught DropsHeaders => "headers_arrive_in_order";
    dropping_ones_own_headers_is_caught DropsHeaders => "everybodys_own_headers_arrive";
    keeping_one_header_per_name_is_caught KeepsOneHeaderPerName => "headers_arrive_in_order";
    dropping_files_is_caught DropsFiles => "files_arrive_byte_for_byte",
            "images_and_files_go_together";
    cutting_files_is_caught CutsFiles => "files_arrive_byte_for_byte";
    renaming_content_ids_is_caught
        RenamesContentIds => "inline_images_keep_their_content_id";
    saving_images_as_files_is_caught
        SavesImagesAsFiles => "inline_images_keep_their_content_id";
    dropping_the_text_is_caught DropsText => "text_and_html_arrive",
            "places_are_filled";
    dropping_reply_to_is_caught DropsReplyTo => "a_reply_goes_where_it_should",
            "every_reply_address_arrives";
    dropping_cc_is_caught DropsCc => "to_and_cc_get_it_and_see_each_other";
    forgetting_bcc_is_caught ForgetsBcc => "bcc_gets_it_and_nobody_sees_it";
    showing_bcc_is_caught ShowsBcc => "bcc_gets_it_and_nobody_sees_it";
    shuffling_results_is_caught ShufflesResults => "every_recipient_has_a_result_in_order";
    repeating_an_id_is_caught RepeatsItsId => "every_send_has_an_id_of_its_own";
    forgetting_the_return_path_is_caught
        ForgetsTheReturnPath => "the_return_path_is_as_asked";
    declaring_what_does_not_work_is_caught DeclaresAmpAndDropsIt => "the_amp_part_arrives";
    sending_raw_to_the_first_only_is_caught
        SendsRawToTheFirstOnly => "an_encoded_message_arrives_as_it_is";
    sending_again_for_a_key_is_caught
        SendsAgainForAKey => "the_same_key_twice_sends_one_mail";
    sending_a_batch_again_for_a_key_is_caught
        SendsAgainForAKey => "the_same_key_twice_is_one_batch";
    racing_for_a_key_is_caught
        SendsAgainForAKey => "the_same_key_at_the_same_time_sends_one_mail";
    ignoring_a_keys_message_is_caught
        IgnoresAKeysMessage => "the_same_key_with_another_message_is_refused";
    filling_missing_values_with_nothing_is_caught
        FillsMissingValuesWithNothing => "a_missing_value_sends_nothing",
            "a_missing_value_of_one_sends_nothing_to_anybody",
            "braces_without_values_are_text";
    not_escaping_is_caught DoesNotEscape => "values_are_escaped_in_html_only";
    escaping_everywhere_is_caught EscapesEverywhere => "values_are_escaped_in_html_only",
            "a_templates_values_are_escaped_in_html";
    mixing_up_merge_data_is_caught MixesUpMergeData => "everybody_gets_their_own_values";
    showing_the_whole_batch_is_caught
        ShowsTheWholeBatch => "recipients_of_a_batch_do_not_see_each_other";
    stopping_at_the_first_rejection_is_caught
        StopsAtTheFirstRejection => "one_rejected_recipient_does_not_stop_a_batch";
    saying_that_all_is_well_is_caught
        SaysThatAllIsWell => "one_rejected_recipient_does_not_stop_a_batch";
    losing_the_last_of_a_batch_is_caught
        LosesTheLastOfABatch => "everybody_in_a_batch_gets_one_copy",
            "events_name_each_copy_of_a_batch",
            "everybody_gets_the_variant_of_their_arm";
    ignoring_suppressions_is_caught
        IgnoresSuppressions => "a_suppressed_recipient_gets_nothing_and_the_others_do",
            "a_rejection_is_an_event",
            "who_bounced_is_suppressed",
            "who_complained_is_suppressed";
    comparing_addresses_by_case_is_caught
        ComparesAddressesByCase => "the_case_of_an_address_does_not_matter";
    unsubscribing_from_everything_is_caught
        UnsubscribesFromEverything => "an_unsubscribe_from_a_group_is_for_that_group";
    taking_off_every_group_is_caught
        TakesOffEveryGroup => "who_is_taken_off_a_group_stays_on_the_others";
    keeping_only_the_first_action_is_caught
        KeepsOnlyTheFirstAction => "a_route_keeps_all_its_actions";
    failing_to_delete_a_template_again_is_caught
        FailsWhenItIsGone => "a_deleted_template_is_gone";
    failing_to_delete_a_route_again_is_caught FailsWhenItIsGone => "a_deleted_route_is_gone";
    sending_scheduled_mail_at_once_is_caught
        SendsScheduledMailAtOnce => "a_scheduled_mail_waits_for_its_time",
            "canceling_one_leaves_the_others";
    not_canceling_is_caught DoesNotCancel => "a_canceled_mail_never_arrives",
            "canceling_what_is_not_there_is_not_found",
            "what_went_out_cannot_be_canceled";
    dropping_tags_is_caught DropsTags => "tags_and_metadata_come_back_in_events",
            "events_are_found_by_tag",
            "messages_of_an_arm_carry_its_tag";
    dropping_tags_of_a_test_is_caught DropsTags => "arms_are_counted_apart";
    dropping_metadata_is_caught DropsMetadata => "tags_and_metadata_come_back_in_events";
    dropping_ones_own_metadata_is_caught
        DropsMetadata => "everybodys_own_metadata_comes_back";
    tracking_anyway_is_caught TracksAnyway => "opens_that_are_not_tracked_are_no_events",
            "clicks_that_are_not_tracked_are_no_events";
    listing_only_the_first_page_of_templates_is_caught
        ListsOnlyTheFirstPage => "every_template_is_listed_once";
    listing_only_the_first_page_of_events_is_caught
        ListsOnlyTheFirstPage => "every_event_is_listed_once_and_in_order";
    listing_only_the_first_page_of_routes_is_caught
        ListsOnlyTheFirstPage => "every_route_is_listed_once_in_its_order";
    listing_for_ever_is_caught ListsForEver => "every_suppression_is_listed_once";
    ignoring_the_query_of_events_is_caught
        IgnoresTheQueryOfEvents => "a_query_has_what_it_asks_for_and_no_other",
            "what_recipients_do_is_an_event";
    counting_everything_under_every_tag_is_caught
        CountsEverythingUnderEveryTag => "sends_are_counted_by_tag";
    activating_new_versions_is_caught
        ActivatesNewVersions => "a_new_version_waits_to_be_activated";
    ignoring_versions_is_caught IgnoresVersions => "a_certain_version_can_be_sent";
    wiping_on_update_is_caught WipesOnUpdate => "a_new_name_leaves_the_content";
    keeping_deleted_templates_is_caught
        KeepsDeletedTemplates => "a_deleted_template_is_gone";
    making_again_for_a_key_is_caught MakesAgainForAKey => "the_same_key_twice_is_one_template";
    swallowing_errors_is_caught SwallowsErrors => "a_template_without_a_value_sends_nothing",
            "a_value_cannot_become_a_header";
    failing_on_bad_addresses_is_caught
        FailsOnBadAddresses => "what_is_no_address_is_a_verdict_and_no_error",
            "many_addresses_are_judged_in_order";
    trying_routes_as_they_were_made_is_caught
        TriesRoutesAsTheyWereMade => "the_first_route_by_priority_takes_the_mail";
    doing_what_is_not_declared_is_caught
        DoesWhatItDoesNotDeclare => "what_is_not_declared_is_refused";
    sending_before_refusing_is_caught
        SendsBeforeItRefuses => "refusing_what_is_not_declared_sends_nothing";
    looking_up_its_name_is_caught
        LooksUpItsName => "refusing_wrong_messages_sends_nothing",
            "refusing_wrong_batches_sends_nothing";
    changing_its_name_is_caught ChangesItsName => "an_error_names_provider_and_operation";
    failing_on_the_second_connect_is_caught
        FailsOnTheSecondConnect => "connecting_twice_is_harmless";
    hiding_a_group_is_caught HidesAGroup => "groups_are_there_as_declared";
    sending_without_a_date_is_caught
        SendsWithoutADate => "a_message_is_there_soon_with_its_date";
    cutting_long_lines_is_caught CutsLongLines => "awkward_lines_arrive_whole";
    adding_a_footer_is_caught AddsAFooter => "the_text_arrives";
    dropping_names_is_caught DropsNames => "names_are_shown",
            "other_alphabets_arrive";
    dropping_unsubscribe_is_caught
        DropsUnsubscribe => "one_click_unsubscribe_is_in_the_headers";
    sending_once_for_any_key_is_caught SendsOnceForAnyKey => "another_key_sends_another_mail";
    losing_later_parts_is_caught LosesLaterParts => "a_batch_beyond_the_limit_is_sent_whole";
    dropping_templates_is_caught DropsTemplates => "a_template_is_sent";
    ignoring_changes_of_templates_is_caught
        IgnoresChanges => "a_changed_template_is_sent_as_changed";
    ignoring_changes_of_routes_is_caught IgnoresChanges => "a_route_can_be_replaced";
    judging_everything_invalid_is_caught
        JudgesEverythingInvalid => "a_good_address_is_not_invalid";
    judging_in_reverse_is_caught JudgesInReverse => "many_addresses_are_judged_in_one_call";
    forgetting_weights_is_caught ForgetsWeights => "a_kept_test_reads_back";
    counting_no_test_is_caught CountsNoTest => "a_kept_test_sends_and_counts";
    ignoring_the_winner_is_caught IgnoresTheWinner => "everybody_gets_the_winner";
    sending_a_test_again_for_a_key_is_caught
        SendsAgainForAKey => "the_same_key_twice_is_one_send_of_a_test";
    ignoring_the_query_of_suppressions_is_caught
        IgnoresTheQueryOfSuppressions => "a_list_of_one_kind_has_no_other";
    ignoring_the_group_of_a_query_is_caught
        IgnoresTheGroupOfAQuery => "a_list_of_one_group_has_no_other";
    previewing_without_filling_is_caught
        PreviewsWithoutFilling => "a_preview_is_filled_and_sends_nothing";
    dropping_descriptions_is_caught DropsDescriptions => "a_route_reads_back";
    recording_no_events_is_caught RecordsNoEvents => "a_send_is_an_event";
    adding_nobody_is_caught AddsNobody => "a_suppression_reads_back";
    taking_nobody_off_is_caught TakesNobodyOff => "who_is_taken_off_gets_mail_again";
    failing_when_nobody_is_there_is_caught
        FailsWhenItIsGone => "taking_off_who_is_not_there_succeeds";
    shouting_names_is_caught ShoutsNames => "a_template_reads_back";
    counting_nothing_is_caught CountsNothing => "sends_are_counted";
    counting_all_times_is_caught CountsAllTimes => "nothing_is_counted_outside_the_range";
    making_a_route_again_for_a_key_is_caught
        MakesAgainForAKey => "the_same_key_twice_is_one_route";
    storing_instead_of_forwarding_is_caught
        StoresInsteadOfForwarding => "mail_that_comes_in_is_forwarded";
    dropping_last_is_caught DropsLast => "mail_that_is_dropped_goes_nowhere";
}
