//! The suite is proved: each planted fault is caught by the behaviour that is about it.

use integrations_local::video::LocalMeetings;

use super::faulty::{Fault, Faulty};
use crate::proof::every_behaviour_is_proved;

/// Runs the suite over a fault; the behaviours that do not hold.
async fn caught(fault: Fault) -> (Vec<&'static str>, String) {
    let make = || async {
        let rooms = LocalMeetings::in_memory().with_page_size(2);
        let faulty = Faulty::new(rooms.clone(), fault);
        super::harness(&rooms, faulty.into())
    };
    let suite = integrations_conformance::video::suite();
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
    let suite = integrations_conformance::video::suite();
    let all = suite.behaviours.iter().map(|behaviour| behaviour.name);
    every_behaviour_is_proved(all, CAUGHT_BY, UNPROVED);
}

faults! {
    dropping_the_agenda_is_caught DropsTheAgenda => "an_agenda_is_kept";
    dropping_the_passcode_is_caught DropsThePasscode => "a_passcode_is_kept_and_not_shown";
    dropping_settings_is_caught DropsSettings => "settings_are_kept";
    answering_in_utc_is_caught AnswersInUtc => "a_start_keeps_its_zone";
    giving_one_link_to_all_is_caught GivesOneLinkToAll => "every_meeting_has_a_link_of_its_own";
    making_again_for_a_key_is_caught MakesAgainForAKey => "the_same_key_twice_is_one_meeting";
    cancelling_nothing_is_caught CancelsNothing => "a_cancelled_meeting_is_gone";
    cancelling_all_for_one_is_caught CancelsAllForOne => "one_occurrence_is_cancelled_alone";
    failing_on_the_second_cancel_is_caught FailsOnTheSecondCancel => "cancelling_twice_succeeds";
    cancelling_what_is_held_is_caught
        CancelsWhatIsHeld => "a_meeting_that_is_held_is_not_cancelled";
    listing_only_the_first_page_is_caught ListsOnlyTheFirstPage => "a_list_has_every_meeting_once";
    listing_for_ever_is_caught ListsForEver => "a_list_has_every_meeting_once";
    ignoring_the_range_is_caught IgnoresTheRange => "a_range_has_what_starts_in_it";
    ignoring_the_state_is_caught IgnoresTheState => "a_meeting_that_is_held_says_so";
    swallowing_not_found_is_caught SwallowsNotFound => "a_missing_meeting_is_not_found";
    ignoring_the_new_start_is_caught IgnoresTheNewStart => "a_meeting_gets_another_time";
    moving_all_for_one_is_caught MovesAllForOne => "one_occurrence_is_moved_alone";
    ending_nothing_is_caught EndsNothing => "a_meeting_is_ended_for_everybody";
    ending_the_series_is_caught EndsTheSeries => "a_repeating_meeting_can_be_held_again",
            "a_paused_recording_goes_on",
            "what_was_recorded_is_listed";
    forgetting_guests_is_caught ForgetsGuests => "participants_of_the_past_are_kept";
    admitting_nobody_is_caught AdmitsNobody => "guests_wait_until_they_are_let_in";
    removing_everybody_is_caught RemovesEverybody => "a_guest_is_muted_and_removed";
    recording_what_is_not_held_is_caught
        RecordsWhatIsNotHeld => "actions_need_a_meeting_that_is_held";
    truncating_downloads_is_caught TruncatesDownloads => "a_download_has_every_byte";
    listing_everybodys_recordings_is_caught
        ListsEverybodysRecordings => "recordings_are_those_of_the_meeting";
    recovering_nothing_is_caught
        RecoversNothing => "a_deleted_recording_is_recovered_from_the_trash";
    keeping_deleted_recordings_is_caught
        KeepsDeletedRecordings => "a_recording_deleted_for_good_is_gone";
    registering_twice_is_caught RegistersTwice => "the_same_address_registers_once";
    ignoring_decisions_is_caught IgnoresDecisions => "who_registers_is_approved_or_denied";
    removing_nobody_is_caught RemovesNobody => "who_is_removed_can_register_again";
    keeping_what_is_told_is_caught
        KeepsWhatIsTold => "a_meeting_is_cancelled_and_those_invited_are_told";
    doing_what_is_not_declared_is_caught
        DoesWhatItDoesNotDeclare => "what_is_not_declared_is_refused";
    sending_before_refusing_is_caught
        SendsBeforeItRefuses => "refusing_what_is_not_declared_sends_nothing";
    declaring_what_does_not_work_is_caught
        DeclaresWhatDoesNotWork => "what_is_not_declared_is_refused";
    calling_the_instant_scheduled_is_caught
        CallsTheInstantScheduled => "a_meeting_can_begin_at_once";
    rounding_durations_is_caught RoundsDurations => "a_meeting_is_read_back_as_it_was_made";
    losing_an_occurrence_is_caught LosesAnOccurrence => "a_meeting_repeats_as_its_rule_says";
    repeating_in_utc_is_caught RepeatsInUtc => "occurrences_keep_the_hour_on_the_clock";
    registering_for_anything_is_caught
        RegistersForAnything => "a_meeting_without_registration_takes_none";
    stretching_on_patch_is_caught
        StretchesOnPatch => "a_patch_changes_what_it_names_and_nothing_else";
    naming_guests_alike_is_caught NamesGuestsAlike => "guests_are_participants";
    cleaning_topics_is_caught CleansTopics => "odd_topics_are_kept";
    looking_up_its_name_is_caught LooksUpItsName => "refusing_wrong_input_sends_nothing";
    ignoring_changes_of_webinars_is_caught
        IgnoresChangesOfWebinars => "a_webinar_is_made_changed_and_cancelled";
    keeping_cancelled_webinars_is_caught
        KeepsCancelledWebinars => "a_webinar_is_made_changed_and_cancelled";
    listing_no_webinars_is_caught ListsNoWebinars => "a_webinar_is_made_changed_and_cancelled";
    dropping_webinar_passcodes_is_caught
        DropsWebinarPasscodes => "a_webinars_passcode_and_links_are_not_shown";
    making_a_webinar_again_for_a_key_is_caught
        MakesAgainForAKey => "the_same_key_twice_is_one_webinar";
    adding_panelists_twice_is_caught AddsPanelistsTwice => "panelists_come_and_go";
    keeping_panelists_is_caught KeepsPanelists => "panelists_come_and_go";
    listing_no_listeners_is_caught ListsNoListeners => "listeners_register_for_a_webinar";
    taking_every_key_for_one_is_caught TakesEveryKeyForOne => "two_keys_are_two_meetings";
}
