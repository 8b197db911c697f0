//! The suite is proved: each planted fault is caught by the behaviour that is about it.

use integrations_local::calendar::LocalCalendar;

use super::faulty::{Fault, Faulty};
use crate::proof::every_behaviour_is_proved;

/// Runs the suite over a fault; the behaviours that do not hold.
async fn caught(fault: Fault) -> (Vec<&'static str>, String) {
    let make = || async {
        let account = LocalCalendar::in_memory();
        let faulty = Faulty::new(account.clone(), fault);
        super::harness(&account, faulty.into())
    };
    let suite = integrations_conformance::calendar::suite();
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
const UNPROVED: &[(&str, &str)] = &[(
    "wrong_input_is_refused",
    "the handle refuses it before a driver is asked",
)];

#[test]
fn every_behaviour_catches_a_fault() {
    let suite = integrations_conformance::calendar::suite();
    let all = suite.behaviours.iter().map(|behaviour| behaviour.name);
    every_behaviour_is_proved(all, CAUGHT_BY, UNPROVED);
}

faults! {
    dropping_attendees_is_caught DropsAttendees => "people_are_kept",
            "people_are_replaced";
    dropping_reminders_is_caught DropsReminders => "reminders_are_kept",
            "no_reminder_is_not_the_default";
    dropping_the_place_is_caught DropsThePlace => "an_event_is_read_back_as_it_was_made";
    answering_in_utc_is_caught AnswersInUtc => "a_zone_is_kept",
            "a_series_is_one_event",
            "an_event_gets_other_times";
    making_days_times_is_caught MakesDaysTimes => "whole_days_stay_days",
            "series_of_whole_days_stay_days";
    making_again_for_a_key_is_caught MakesAgainForAKey => "the_same_key_twice_is_one_event";
    ignoring_the_version_is_caught IgnoresTheVersion => "a_change_of_another_version_fails",
            "a_delete_of_another_version_fails";
    keeping_the_version_is_caught KeepsTheVersion => "a_change_gives_another_version",
            "a_change_of_this_version_succeeds";
    changing_all_for_one_is_caught ChangesAllForOne => "one_occurrence_is_changed_alone",
            "a_changed_occurrence_stays_changed",
            "a_moved_occurrence_is_where_it_was_moved",
            "changes_of_an_occurrence_are_seen";
    deleting_all_for_one_is_caught DeletesAllForOne => "one_occurrence_is_deleted_alone",
            "following_occurrences_are_deleted_together";
    changing_one_for_all_is_caught ChangesOneForAll => "following_occurrences_are_changed_together",
            "a_count_is_kept_when_a_series_is_cut";
    changing_a_series_by_accident_is_caught
        DeletesTheSeriesByAccident => "a_series_is_not_deleted_by_accident";
    expanding_in_utc_is_caught ExpandsInUtc => "a_meeting_stays_at_its_hour_over_summer_time";
    losing_the_last_occurrence_is_caught LosesTheLastOccurrence => "a_series_expands_in_order";
    listing_only_the_first_page_is_caught ListsOnlyTheFirstPage => "a_list_has_every_event_once";
    listing_for_ever_is_caught ListsForEver => "a_list_has_every_event_once";
    listing_twice_is_caught ListsTwice => "a_list_has_every_event_once";
    ignoring_the_range_is_caught IgnoresTheRange => "a_range_has_what_touches_it",
            "a_series_touches_a_range_by_its_occurrences";
    showing_cancelled_is_caught ShowsCancelled => "cancelled_events_are_left_out";
    swallowing_not_found_is_caught SwallowsNotFound => "a_missing_event_is_not_found",
            "a_deleted_event_is_gone",
            "events_stay_in_their_calendar";
    failing_on_the_second_delete_is_caught FailsOnTheSecondDelete => "deleting_twice_succeeds";
    taking_the_unknown_for_free_is_caught TakesTheUnknownForFree => "an_unknown_calendar_is_not_free",
            "an_unknown_person_is_not_free";
    counting_free_as_busy_is_caught CountsFreeAsBusy => "free_and_cancelled_events_take_no_time";
    missing_deletions_is_caught MissesDeletions => "later_runs_have_changes_and_deletions";
    hiding_the_reset_is_caught HidesTheReset => "an_old_token_starts_over_and_says_so";
    sending_everything_each_time_is_caught
        SendsEverythingEachTime => "a_run_without_changes_is_empty";
    wiping_on_patch_is_caught WipesOnPatch => "a_patch_changes_what_it_names_and_nothing_else",
            "a_patch_clears_what_it_clears";
    doing_what_is_not_declared_is_caught
        DoesWhatItDoesNotDeclare => "what_is_not_declared_is_refused";
    sending_before_refusing_is_caught
        SendsBeforeItRefuses => "refusing_what_is_not_declared_sends_nothing";
    declaring_what_does_not_work_is_caught DeclaresWhatDoesNotWork => "a_conference_is_made",
            "a_conference_link_is_kept";
    keeping_the_old_role_is_caught KeepsTheOldRole => "a_role_is_given_replaced_and_taken";
    forgetting_to_notify_is_caught ForgetsToNotify => "changes_are_noticed",
            "a_renewed_subscription_holds_on";
    ignoring_changes_of_calendars_is_caught
        IgnoresChangesOfCalendars => "a_calendar_is_made_changed_and_deleted";
    ignoring_the_calendars_version_is_caught
        IgnoresTheCalendarsVersion => "a_change_of_another_version_of_a_calendar_fails";
    taking_any_calendar_for_home_is_caught
        TakesAnyCalendarForHome => "a_missing_calendar_is_not_found";
    notifying_on_is_caught KeepsOnNotifying => "a_stopped_subscription_is_silent";
    forgetting_answers_is_caught ForgetsAnswers => "an_answer_is_kept";
    answering_for_strangers_is_caught
        AnswersForStrangers => "one_who_is_not_invited_cannot_answer";
    moving_nothing_is_caught MovesNothing => "an_event_is_moved_to_another_calendar";
    losing_busy_time_is_caught
        LosesBusyTime => "busy_time_is_joined", "meeting_times_avoid_busy_time";
    counting_a_series_once_is_caught CountsASeriesOnce => "series_take_time";
    taking_tentative_for_free_is_caught
        TakesTentativeForFree => "time_that_may_be_taken_is_taken";
    keeping_removed_content_is_caught KeepsRemovedContent => "content_is_attached_and_removed";
    ignoring_the_count_is_caught IgnoresTheCount => "count_and_until_end_a_series";
    giving_floating_times_a_zone_is_caught GivesFloatingTimesAZone => "floating_times_float";
    taking_all_for_busy_is_caught TakesAllForBusy => "free_time_stays_free";
    showing_the_private_is_caught ShowsThePrivate => "private_stays_private";
    dropping_properties_is_caught DropsProperties => "properties_are_kept";
    dropping_links_is_caught DropsLinks => "links_are_kept";
    adding_links_is_caught AddsLinks => "links_are_replaced";
    listing_every_instance_is_caught ListsEveryInstance => "instances_are_those_of_one_series";
    escaping_text_is_caught EscapesText => "odd_text_is_kept";
    dropping_the_interval_is_caught DropsTheInterval => "rules_come_back_exactly";
    ending_in_the_starts_zone_is_caught
        EndsInTheStartsZone => "start_and_end_may_have_two_zones";
    losing_the_first_of_a_sync_is_caught LosesTheFirstOfASync => "the_first_run_has_everything";
    making_a_calendar_again_for_a_key_is_caught
        MakesAgainForAKey => "the_same_key_twice_is_one_calendar";
    telling_nobody_is_caught TellsNobody => "those_invited_are_told_when_that_is_asked";
    telling_unasked_is_caught TellsUnasked => "those_invited_are_told_when_that_is_asked";
    ignoring_updated_since_is_caught
        IgnoresUpdatedSince => "what_changed_since_an_instant_is_listed";
    looking_up_its_name_is_caught LooksUpItsName => "refusing_wrong_input_sends_nothing";
    finding_text_by_its_case_is_caught FindsTextByItsCase => "text_is_found_whatever_the_case";
    taking_every_key_for_one_is_caught TakesEveryKeyForOne => "two_keys_are_two_events";
    ignoring_the_whole_series_is_caught
        IgnoresTheWholeSeries => "the_whole_series_is_changed", "the_whole_series_is_deleted";
    forgetting_the_series_is_caught ForgetsTheSeries => "an_occurrence_is_read_by_its_id";
    dropping_single_dates_is_caught DropsSingleDates => "single_dates_are_added_and_left_out";
}
