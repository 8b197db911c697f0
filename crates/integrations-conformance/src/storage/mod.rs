//! The behaviours of object stores.
//!
//! One line per store under test makes a test of each behaviour:
//!
//! ```text
//! integrations_conformance::storage_tests!(async { Harness::new(my_store().await.into()) });
//! ```
//!
//! The behaviours are what the documentation of S3, Azure Blob and GCS promises together, and what
//! the suites of `object_store`, OpenDAL and the Go CDK check.

mod attributes;
mod basic;
mod concurrency;
mod conditions;
mod copy;
mod delete;
mod harness;
mod keys;
mod listing;
mod needs;
mod presign;
mod ranges;
mod refusals;
mod streaming;
mod tags;

use integrations_core::Category;

pub use harness::{Harness, Redeem};

use crate::suite;

suite! {
    Category::STORAGE, Harness, storage_tests ($), storage;

    basic::a_get_gives_the_bytes_that_were_put []
        "A get gives exactly the bytes that were put.";
    basic::bytes_of_every_value_survive []
        "Bytes are kept as they are, whatever their value.";
    basic::an_empty_object_is_an_object []
        "An object of no bytes is stored, found and read.";
    basic::a_large_object_is_whole []
        "An object of several megabytes comes back byte for byte.";
    basic::a_put_replaces_the_whole_object []
        "A put over an existing object replaces all of it.";
    basic::a_missing_object_is_not_found []
        "Reading what is not there fails with `NotFound`, by get and by head.";
    basic::head_tells_size_and_key []
        "Head tells the key and the exact size.";
    basic::head_and_get_agree []
        "Get and head say the same of an object.";
    basic::exists_tells_both_ways []
        "`exists` is true for an object and false without one.";
    basic::the_entity_tag_changes_with_the_bytes [needs::ETAG]
        "Two versions of an object with other bytes have other entity tags.";
    basic::a_put_answers_the_entity_tag_of_the_object [needs::ETAG]
        "The entity tag that a put answers is the one that head gives.";
    basic::last_modified_is_known [needs::LAST_MODIFIED]
        "An object that was just written has a time of writing within a day of now.";

    ranges::a_bounded_range_gives_those_bytes [needs::GET_RANGE]
        "A range from start to end gives the bytes from start up to and without end.";
    ranges::an_open_range_goes_to_the_end [needs::GET_RANGE]
        "A range without an end goes to the end of the object.";
    ranges::a_suffix_gives_the_last_bytes [needs::GET_RANGE]
        "The last n bytes are the last n bytes, and all when there are fewer.";
    ranges::a_range_over_the_end_stops_there [needs::GET_RANGE]
        "A range that ends past the object gives what there is.";
    ranges::a_range_past_the_end_is_refused [needs::GET_RANGE]
        "A range that starts past the end is an error and gives no bytes.";
    ranges::a_range_says_what_it_is_of [needs::GET_RANGE]
        "A ranged read tells which bytes it gives, and the size of the whole object.";
    ranges::every_single_byte_can_be_read [needs::GET_RANGE]
        "Ranges of one byte, put together, give the object.";

    conditions::creating_once_stores [needs::PUT_CREATE]
        "A put that may only create stores a new object.";
    conditions::creating_twice_fails_the_second_time [needs::PUT_CREATE]
        "A put that may only create is refused when the key exists, and the object stays as it was.";
    conditions::creating_after_a_delete_works [needs::PUT_CREATE]
        "A key is new again after its object was removed.";
    conditions::an_update_over_the_known_version_works [needs::PUT_UPDATE]
        "A put over a known version replaces it, and answers a new entity tag.";
    conditions::an_update_over_another_version_fails [needs::PUT_UPDATE]
        "A put over a version that is gone is refused, and the object stays as it was.";
    conditions::an_update_of_nothing_fails [needs::PUT_UPDATE]
        "A put over a known version is refused when there is no object.";
    conditions::a_large_create_is_conditional_too [needs::PUT_CREATE, needs::PUT_STREAM]
        "A streamed put that may only create is refused when the key exists.";
    conditions::a_read_of_the_known_version_works [needs::GET_CONDITIONS]
        "A read with the object's own entity tag as `if_match` gives the bytes.";
    conditions::a_read_of_another_version_fails [needs::GET_CONDITIONS]
        "A read with another entity tag as `if_match` fails with `PreconditionFailed`.";
    conditions::an_unchanged_object_is_not_modified [needs::GET_CONDITIONS]
        "A read with the object's entity tag as `if_none_match` says that it is not modified.";
    conditions::a_changed_object_is_given [needs::GET_CONDITIONS]
        "A read with an old entity tag as `if_none_match` gives the new bytes.";
    conditions::times_are_conditions [needs::GET_CONDITIONS, needs::LAST_MODIFIED]
        "Reads on a condition of time follow the time of writing.";
    conditions::head_takes_conditions [needs::GET_CONDITIONS]
        "Conditions hold for head as for get.";

    keys::odd_keys_are_kept []
        "Keys with blanks, signs, percent escapes and other scripts are stored under their own name.";
    keys::keys_are_bytes_and_not_paths []
        "Doubled, leading and trailing slashes make other keys.";
    keys::letters_keep_their_case []
        "Keys that differ in case only are two objects.";
    keys::unicode_is_not_normalised []
        "A composed and a decomposed letter make two keys.";
    keys::a_key_may_be_the_start_of_another []
        "`a` and `a/b` are both objects.";
    keys::names_that_file_systems_dislike_are_keys []
        "`CON`, `aux.txt` and names that end with a dot are keys like others.";
    keys::long_keys_are_kept []
        "A key of 1,000 bytes with one long segment is stored and listed.";

    listing::nothing_is_listed_under_a_new_prefix []
        "A listing under a prefix that nobody used is empty.";
    listing::every_object_is_listed_once []
        "A listing gives every object under the prefix, each once, with its size.";
    listing::keys_are_in_byte_order []
        "A listing is in the order of the keys' bytes.";
    listing::a_prefix_is_text_and_not_a_folder []
        "A prefix matches the start of the key, also within a segment.";
    listing::a_key_is_its_own_prefix []
        "A prefix that is a whole key lists that object.";
    listing::small_pages_lose_nothing []
        "A listing in pages of one, two and three items is complete.";
    listing::a_listing_goes_on_at_a_stored_cursor []
        "The cursor after a page leads to the rest of the listing.";
    listing::a_delimiter_folds_keys [needs::LIST_DELIMITER]
        "A listing with a delimiter gives the objects of the level and the prefixes below it.";
    listing::folded_pages_lose_nothing [needs::LIST_DELIMITER]
        "A folded listing in small pages gives each object and prefix once.";
    listing::any_text_can_be_a_delimiter [needs::LIST_DELIMITER]
        "A delimiter other than a slash folds at that text.";
    listing::a_listing_starts_after_a_key [needs::LIST_START_AFTER]
        "A listing that starts after a key leaves that key out, whether or not it exists.";
    listing::what_is_written_is_listed_at_once []
        "An object is listed as soon as its put has ended, and gone after its delete.";

    attributes::attributes_are_kept [needs::ATTRIBUTES]
        "Content type, disposition, encoding, language and cache control come back as given.";
    attributes::metadata_is_kept [needs::METADATA]
        "The caller's metadata comes back as given.";
    attributes::a_put_replaces_attributes_and_metadata [needs::ATTRIBUTES, needs::METADATA]
        "A put without metadata over an object that has some leaves none.";
    attributes::streamed_puts_keep_attributes [needs::ATTRIBUTES, needs::METADATA, needs::PUT_STREAM]
        "A streamed put keeps attributes and metadata like any other.";

    copy::a_copy_has_the_bytes [needs::COPY]
        "A copy has the source's bytes, and the source stays.";
    copy::a_copy_keeps_attributes_and_metadata [needs::COPY, needs::ATTRIBUTES, needs::METADATA]
        "A copy keeps attributes and metadata.";
    copy::a_copy_is_no_alias [needs::COPY]
        "Changing the source after a copy does not change the copy.";
    copy::a_copy_replaces_the_target [needs::COPY]
        "A copy over an existing object replaces it.";
    copy::a_copy_of_nothing_fails [needs::COPY]
        "Copying what is not there fails with `NotFound` and makes no target.";
    copy::odd_keys_are_copied [needs::COPY]
        "Keys with blanks, signs and other scripts are copied to such keys.";
    copy::a_copy_may_only_create [needs::COPY_CREATE]
        "A copy that may only create is refused when the target exists.";
    copy::a_copy_of_the_known_version_works [needs::COPY_CONDITION]
        "A copy on the source's current entity tag has its bytes.";
    copy::a_copy_of_another_version_fails [needs::COPY_CONDITION]
        "A copy on an entity tag that the source no longer has is refused and makes no target.";
    copy::a_rename_moves [needs::COPY]
        "After a rename the object is at the new key only.";

    delete::a_deleted_object_is_gone []
        "After a delete the object is not found and not listed.";
    delete::deleting_what_is_not_there_succeeds []
        "Removing a missing object succeeds, also twice.";
    delete::many_are_deleted_in_one_call []
        "Removing many objects removes them all, with an outcome for each in the order given.";
    delete::a_batch_may_have_missing_keys []
        "A batch delete with keys that do not exist removes the others.";
    delete::a_delete_of_the_known_version_works [needs::DELETE_CONDITION]
        "A delete with the object's entity tag removes it.";
    delete::a_delete_of_another_version_fails [needs::DELETE_CONDITION]
        "A delete with another entity tag is refused, and the object stays.";

    streaming::a_stream_of_unknown_length_is_stored [needs::PUT_STREAM]
        "A stream whose length nobody knows is stored whole.";
    streaming::a_large_stream_is_stored [needs::PUT_STREAM]
        "A stream of many megabytes in uneven pieces is stored whole.";
    streaming::an_empty_stream_is_an_empty_object [needs::PUT_STREAM]
        "A stream without bytes makes an empty object.";
    streaming::a_sized_stream_is_stored []
        "A stream of known length is stored whole.";
    streaming::a_failing_stream_stores_nothing []
        "A body that breaks off fails the put, and the object stays as it was.";
    streaming::a_short_stream_stores_nothing []
        "A body shorter than announced fails the put and makes no object.";
    streaming::a_long_stream_stores_nothing []
        "A body longer than announced fails the put and makes no object.";
    streaming::a_large_failing_stream_stores_nothing [needs::PUT_STREAM]
        "A large body that breaks off after several parts makes no object.";
    streaming::a_dropped_put_stores_nothing []
        "A put that its caller drops before the body ended makes no object.";
    streaming::a_read_can_be_dropped []
        "A read that is dropped half-way leaves the store usable.";

    concurrency::one_of_many_creators_wins [needs::PUT_CREATE]
        "Of many writers that may only create, exactly one succeeds, and its bytes are there.";
    concurrency::no_update_is_lost [needs::PUT_UPDATE]
        "Writers that read, change and update on a condition never lose an update.";
    concurrency::the_last_writer_wins_whole []
        "Of many writers at once one wins with all of its bytes.";
    concurrency::a_reader_never_sees_half_a_put []
        "A reader during puts gets one whole version or another.";

    presign::a_presigned_get_reads [needs::PRESIGN_GET, needs::REDEEM]
        "A presigned read can be sent without credentials and gives the bytes.";
    presign::a_presigned_put_stores [needs::PRESIGN_PUT, needs::REDEEM]
        "A presigned put can be sent without credentials and stores the bytes.";
    presign::a_presigned_read_does_not_write [needs::PRESIGN_GET, needs::REDEEM]
        "A presigned read sent as a put is refused, and the object stays as it was.";
    presign::a_presigned_request_is_for_one_key [needs::PRESIGN_GET, needs::REDEEM]
        "A presigned read whose path was changed is refused.";
    presign::a_presigned_request_says_until_when_it_holds [needs::PRESIGN_GET]
        "A presigned request expires when it was asked to.";
    presign::a_presigned_url_is_hidden_in_debug [needs::PRESIGN_GET]
        "The signature of a presigned request is not in its `Debug` form.";
    presign::odd_keys_are_presigned [needs::PRESIGN_GET, needs::REDEEM]
        "Keys with blanks, signs and other scripts can be presigned.";

    tags::tags_are_kept [needs::TAGS]
        "Tags given with the put come back.";
    tags::tags_are_replaced [needs::TAGS]
        "Setting tags replaces all of them, and leaves the bytes.";

    refusals::what_is_not_declared_is_refused []
        "A call that the provider does not declare answers `Unsupported` at the driver, and changes nothing.";
    refusals::refusing_what_is_not_declared_sends_nothing [needs::REQUESTS]
        "Before `Unsupported` is answered, no request leaves.";
    refusals::wrong_input_is_refused []
        "Over-long keys, metadata that would not arrive and empty ranges are `InvalidInput`, and change nothing.";
    refusals::refusing_wrong_input_sends_nothing [needs::REQUESTS]
        "Before wrong input is refused, no request leaves.";
    refusals::an_error_names_provider_and_operation []
        "An error says at whom and in which operation it happened, and that nothing was changed.";
    refusals::connecting_twice_is_harmless []
        "A provider can be connected again, and is healthy then.";
}
