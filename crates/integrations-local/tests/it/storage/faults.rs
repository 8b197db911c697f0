//! The suite is proved: each planted fault is caught by the behaviours that are about it, and each
//! behaviour catches a fault.

use std::collections::BTreeSet;
use std::sync::Arc;

use integrations_conformance::storage::{Harness, Redeem, suite};
use integrations_conformance::{Options, Outcome, Report, run};
use integrations_core::storage::{GetOptions, ObjectKey, PutOptions, StorageProvider};
use integrations_local::storage::LocalStorage;
use jiff::Timestamp;

use super::fault::Fault;
use super::faulty::Faulty;

/// Who redeems a presigned request: the store, or a server in which something is wrong.
fn redeem(store: LocalStorage, fault: Fault) -> Redeem {
    Arc::new(move |mut request, body| {
        let store = store.clone();
        Box::pin(async move {
            let now = Timestamp::now();
            let key = ObjectKey::from_provider(request.url.path().trim_start_matches('/'));
            let (status, answer) = store.redeem(&request, body.clone(), now).await.unwrap();
            if status == http::StatusCode::FORBIDDEN && fault == Fault::PresignsEveryKey {
                let read = store.get(&key, &GetOptions::default()).await.unwrap();
                return Ok((200, read.bytes().await?));
            }
            if status == http::StatusCode::FORBIDDEN && fault == Fault::PresignsEveryMethod {
                request.method = http::Method::GET;
                let (granted, _) = store.redeem(&request, body.clone(), now).await.unwrap();
                if granted.is_success() {
                    let options = PutOptions::default();
                    store.put(&key, body.into(), &options).await.unwrap();
                    return Ok((201, answer));
                }
            }
            Ok((status.as_u16(), answer))
        })
    })
}

/// Runs the behaviours over a fault.
async fn judge(fault: Fault, behaviours: impl Fn(&str) -> bool) -> Report {
    let make = || async {
        let store = LocalStorage::in_memory();
        let faulty = Faulty::new(store.clone(), fault);
        super::harness(&store, faulty.into()).with_redeem(redeem(store.clone(), fault))
    };
    let mut suite = suite();
    suite
        .behaviours
        .retain(|behaviour| behaviours(behaviour.name));
    run(&suite, "faulty", make, &Options::default()).await
}

#[tokio::test]
async fn without_a_fault_the_wrapper_passes() {
    let report = judge(Fault::None, |_| true).await;
    assert!(report.is_green() && report.skipped == 0, "{report}");
}

#[tokio::test]
async fn what_needs_a_hook_is_skipped_without_it() {
    let make = || async { Harness::new(LocalStorage::in_memory().into()) };
    let report = run(&suite(), "local_storage", make, &Options::default()).await;
    assert!(report.is_green(), "{report}");
    let skipped: Vec<(&str, &str)> = report
        .behaviours
        .iter()
        .filter_map(|row| match &row.outcome {
            Outcome::Skipped(why) => Some((row.name, why.as_str())),
            _ => None,
        })
        .collect();
    let redeem = "it needs the hook `redeem`, which is missing here";
    let requests = "it needs the hook `requests`, which is missing here";
    assert_eq!(
        skipped,
        [
            ("a_presigned_get_reads", redeem),
            ("a_presigned_put_stores", redeem),
            ("a_presigned_read_does_not_write", redeem),
            ("a_presigned_request_is_for_one_key", redeem),
            ("odd_keys_are_presigned", redeem),
            ("refusing_what_is_not_declared_sends_nothing", requests),
            ("refusing_wrong_input_sends_nothing", requests),
        ]
    );
}

macro_rules! faults {
    ($($test:ident $fault:ident => $($behaviour:literal),+;)+) => {
        const CAUGHT_BY: &[(Fault, &[&str])] = &[$((Fault::$fault, &[$($behaviour),+])),+];

        $(
            #[tokio::test]
            async fn $test() {
                let named = [$($behaviour),+];
                let report = judge(Fault::$fault, |name| named.contains(&name)).await;
                let failures: Vec<_> = report.failures().collect();
                for name in named {
                    assert!(failures.contains(&name), "{:?}\n{report}", Fault::$fault);
                }
            }
        )+
    };
}

#[test]
fn every_behaviour_catches_a_fault() {
    let caught: BTreeSet<&str> = CAUGHT_BY.iter().flat_map(|(_, by)| *by).copied().collect();
    let suite = suite();
    let all: BTreeSet<&str> = suite.behaviours.iter().map(|b| b.name).collect();
    let idle: Vec<_> = all.difference(&caught).collect();
    assert!(idle.is_empty(), "no fault proves {idle:?}");
}

faults! {
    corrupting_bytes_is_caught CorruptsBytes => "a_get_gives_the_bytes_that_were_put";
    taking_bytes_for_text_is_caught TakesBytesForText => "bytes_of_every_value_survive";
    losing_empty_objects_is_caught LosesEmptyObjects => "an_empty_object_is_an_object";
    overwriting_in_place_is_caught
        OverwritesInPlace => "a_put_replaces_the_whole_object";
    keeping_the_first_piece_only_is_caught
        KeepsTheFirstPieceOnly => "a_sized_stream_is_stored", "a_stream_of_unknown_length_is_stored";
    cutting_long_streams_is_caught CutsLongStreams => "a_large_stream_is_stored";
    refusing_empty_streams_is_caught RefusesEmptyStreams => "an_empty_stream_is_an_empty_object";
    swallowing_errors_of_the_body_is_caught
        SwallowsErrorsOfTheBody => "a_failing_stream_stores_nothing",
            "a_short_stream_stores_nothing", "a_long_stream_stores_nothing",
            "a_large_failing_stream_stores_nothing";
    publishing_while_reading_is_caught
        PublishesWhileReading => "a_failing_stream_stores_nothing", "a_dropped_put_stores_nothing",
            "a_reader_never_sees_half_a_put";
    mixing_two_writers_is_caught WritesInTwoHalves => "the_last_writer_wins_whole";
    dropping_attributes_is_caught DropsAttributes => "attributes_are_kept";
    dropping_metadata_is_caught DropsMetadata => "metadata_is_kept";
    dropping_tags_is_caught DropsTags => "tags_are_kept";
    keeping_old_metadata_is_caught
        KeepsOldMetadata => "a_put_replaces_attributes_and_metadata";
    dropping_attributes_of_streams_is_caught
        StreamsDropAttributes => "streamed_puts_keep_attributes";
    answering_another_tag_is_caught
        AnswersAnotherTag => "a_put_answers_the_entity_tag_of_the_object";
    a_tag_that_never_changes_is_caught ConstantTag => "the_entity_tag_changes_with_the_bytes";

    ignoring_create_is_caught
        IgnoresCreate => "creating_twice_fails_the_second_time", "one_of_many_creators_wins";
    ignoring_create_of_streams_is_caught
        StreamsIgnoreCreate => "a_large_create_is_conditional_too";
    ignoring_update_is_caught
        IgnoresUpdate => "an_update_over_another_version_fails", "no_update_is_lost";
    updating_nothing_is_caught UpdatesNothing => "an_update_of_nothing_fails";
    checking_before_writing_is_caught
        ChecksBeforeItWrites => "one_of_many_creators_wins", "no_update_is_lost";
    remembering_deleted_keys_is_caught
        RemembersDeletedKeys => "creating_after_a_delete_works";
    ignoring_conditions_of_reads_is_caught
        IgnoresReadConditions => "a_read_of_another_version_fails",
            "an_unchanged_object_is_not_modified";
    ignoring_times_is_caught IgnoresTimes => "times_are_conditions";
    ignoring_conditions_of_head_is_caught HeadIgnoresConditions => "head_takes_conditions";
    never_being_modified_is_caught IsNeverModified => "a_changed_object_is_given";

    truncating_reads_is_caught TruncatesReads => "a_large_object_is_whole";
    leaking_dropped_reads_is_caught LeaksReads => "a_read_can_be_dropped";
    another_error_for_missing_objects_is_caught
        MissingIsAnError => "a_missing_object_is_not_found";
    reading_missing_objects_as_empty_is_caught
        MissingIsEmpty => "a_missing_object_is_not_found", "exists_tells_both_ways";
    a_head_without_size_is_caught HeadSaysZero => "head_tells_size_and_key";
    a_head_without_tag_is_caught HeadForgetsTheTag => "head_and_get_agree";
    a_default_time_is_caught KnowsNoTime => "last_modified_is_known";
    including_the_end_of_a_range_is_caught
        IncludesTheEnd => "a_bounded_range_gives_those_bytes", "every_single_byte_can_be_read";
    ignoring_ranges_is_caught
        IgnoresRanges => "a_bounded_range_gives_those_bytes", "an_open_range_goes_to_the_end";
    counting_suffixes_from_the_start_is_caught
        SuffixesFromTheStart => "a_suffix_gives_the_last_bytes";
    refusing_ranges_over_the_end_is_caught
        RefusesRangesOverTheEnd => "a_range_over_the_end_stops_there";
    padding_past_the_end_is_caught
        PadsPastTheEnd => "a_range_past_the_end_is_refused";
    taking_a_part_for_the_whole_is_caught
        SaysThePartIsTheWhole => "a_range_says_what_it_is_of";

    reading_plus_as_blank_is_caught ReadsPlusAsBlank => "odd_keys_are_kept";
    merging_slashes_is_caught MergesSlashes => "keys_are_bytes_and_not_paths";
    lowering_keys_is_caught LowersKeys => "letters_keep_their_case";
    composing_letters_is_caught ComposesLetters => "unicode_is_not_normalised";
    trimming_segments_is_caught
        TrimsSegments => "names_that_file_systems_dislike_are_keys";
    cutting_long_keys_is_caught CutsLongKeys => "long_keys_are_kept";
    taking_keys_for_folders_is_caught KeysAreFolders => "a_key_may_be_the_start_of_another";

    listing_for_ever_is_caught
        ListsForEver => "small_pages_lose_nothing", "folded_pages_lose_nothing";
    listing_only_the_first_page_is_caught
        ListsOnlyTheFirstPage => "small_pages_lose_nothing",
            "a_listing_goes_on_at_a_stored_cursor";
    listing_the_edge_twice_is_caught
        ListsTheEdgeTwice => "small_pages_lose_nothing", "a_listing_goes_on_at_a_stored_cursor";
    dropping_the_last_listed_is_caught DropsTheLastListed => "every_object_is_listed_once";
    sorting_without_case_is_caught SortsWithoutCase => "keys_are_in_byte_order";
    taking_prefixes_for_folders_is_caught
        PrefixesAreFolders => "a_prefix_is_text_and_not_a_folder", "a_key_is_its_own_prefix";
    listing_folder_markers_is_caught
        ListsFolderMarkers => "nothing_is_listed_under_a_new_prefix";
    ignoring_delimiters_is_caught IgnoresDelimiters => "a_delimiter_folds_keys";
    folding_at_slashes_only_is_caught FoldsAtSlashesOnly => "any_text_can_be_a_delimiter";
    folding_each_page_by_itself_is_caught
        FoldsEachPageByItself => "folded_pages_lose_nothing";
    including_the_start_is_caught IncludesTheStart => "a_listing_starts_after_a_key";
    listing_late_is_caught ListsLate => "what_is_written_is_listed_at_once";

    keeping_what_is_deleted_is_caught
        KeepsWhatIsDeleted => "a_deleted_object_is_gone", "many_are_deleted_in_one_call",
            "a_rename_moves";
    failing_deletes_of_nothing_is_caught
        MissingDeletesFail => "deleting_what_is_not_there_succeeds";
    ignoring_conditions_of_deletes_is_caught
        IgnoresDeleteConditions => "a_delete_of_another_version_fails";
    swallowing_errors_of_deletes_is_caught
        SwallowsErrorsOfDeletes => "a_delete_of_another_version_fails";
    batches_that_forget_keys_are_caught BatchesForgetKeys => "many_are_deleted_in_one_call";
    batches_that_stop_are_caught BatchesStopAtMissing => "a_batch_may_have_missing_keys";
    copying_nothing_is_caught
        CopiesNothing => "a_copy_has_the_bytes", "a_copy_of_nothing_fails";
    dropping_metadata_of_copies_is_caught
        CopiesDropMetadata => "a_copy_keeps_attributes_and_metadata";
    copies_that_are_aliases_are_caught CopiesAreAliases => "a_copy_is_no_alias";
    keeping_the_target_of_a_copy_is_caught
        CopiesKeepTheTarget => "a_copy_replaces_the_target";
    ignoring_create_of_copies_is_caught CopiesIgnoreCreate => "a_copy_may_only_create";
    ignoring_conditions_of_copies_is_caught
        CopiesIgnoreConditions => "a_copy_of_another_version_fails";
    decoding_the_source_of_a_copy_is_caught
        CopiesDecodeTheSource => "odd_keys_are_copied";

    presigning_every_key_is_caught
        PresignsEveryKey => "a_presigned_request_is_for_one_key";
    presigning_every_method_is_caught
        PresignsEveryMethod => "a_presigned_read_does_not_write";
    presigning_for_a_week_is_caught
        PresignsForAWeek => "a_presigned_request_says_until_when_it_holds";
    presigning_another_spelling_is_caught
        PresignsAnotherSpelling => "odd_keys_are_presigned";
    showing_the_token_is_caught ShowsTheToken => "a_presigned_url_is_hidden_in_debug";
    merging_tags_is_caught MergesTags => "tags_are_replaced";

    doing_what_is_not_declared_is_caught
        DoesWhatItDoesNotDeclare => "what_is_not_declared_is_refused";
    sending_before_refusing_is_caught
        SendsBeforeItRefuses => "refusing_what_is_not_declared_sends_nothing";
    declaring_what_does_not_work_is_caught
        DeclaresWhatDoesNotWork => "creating_once_stores",
            "an_update_over_the_known_version_works", "a_read_of_the_known_version_works",
            "a_delete_of_the_known_version_works", "a_stream_of_unknown_length_is_stored",
            "a_bounded_range_gives_those_bytes", "attributes_are_kept", "metadata_is_kept",
            "tags_are_kept", "a_delimiter_folds_keys", "a_listing_starts_after_a_key",
            "a_batch_may_have_missing_keys", "a_copy_has_the_bytes", "a_copy_may_only_create",
            "a_copy_of_the_known_version_works", "a_presigned_get_reads", "a_presigned_put_stores";
    declaring_longer_keys_is_caught DeclaresLongKeys => "wrong_input_is_refused", "refusing_wrong_input_sends_nothing";
    leaving_the_effect_open_is_caught
        LeavesTheEffectOpen => "an_error_names_provider_and_operation";
    connecting_once_only_is_caught ConnectsOnce => "connecting_twice_is_harmless";
}
