//! The behaviours of video providers.
//!
//! One line per provider under test:
//!
//! ```text
//! integrations_conformance::video_tests!(async {
//!     video::Harness::new(my_account().await.into())
//! });
//! ```
//!
//! What the suite cannot do through the handle is in the [`Harness`]: hooks that play the host and
//! the guests, and one that makes a recording. Behaviours whose hook is missing are skipped, and
//! the report says so.

mod harness;
mod live;
mod meetings;
mod occurrences;
mod recordings;
mod refusals;
mod registrants;
mod webinars;

use integrations_core::Category;

pub use harness::{Guest, Harness, Host, Record};

use crate::suite;

/// The capabilities and hooks that behaviours need.
mod needs {
    use integrations_core::video::LiveActionKind;

    use super::Harness;
    use crate::Need;

    macro_rules! capabilities {
        ($($name:ident $field:ident;)+) => {
            $(pub(super) const $name: Need<Harness> =
                Need::new(stringify!($field), |h| h.meetings.capabilities().$field);)+
        };
    }
    capabilities! {
        KEYS idempotent_create;
        INSTANT instant;
        RECURRING recurring;
        OCCURRENCES occurrences;
        UPDATE update;
        END end;
        AGENDA agenda;
        PASSCODE passcode;
        WAITING waiting_room;
        RANGE list_range;
        TELLS cancel_notify;
        PEOPLE participants;
        RECORDINGS recordings;
        TRASH recording_trash;
        DELETE recording_delete;
        REGISTRANTS registrants;
        WEBINAR_REGISTRANTS webinar_registrants;
        REGISTRANT_REMOVE registrant_remove;
        WEBINARS webinars;
    }

    macro_rules! live {
        ($($name:ident $kind:ident;)+) => {
            $(pub(super) const $name: Need<Harness> = Need::new(
                concat!("live ", stringify!($kind)),
                |h| h.meetings.capabilities().live.contains(&LiveActionKind::$kind),
            );)+
        };
    }
    live! {
        CAN_RECORD Recording;
        CAN_PAUSE PauseRecording;
        CAN_ADMIT Admit;
        CAN_REMOVE Remove;
        CAN_MUTE Mute;
    }
    pub(super) const HOST: Need<Harness> =
        Need::new("a hook that plays the host", |h| h.host.is_some());
    pub(super) const GUEST: Need<Harness> =
        Need::new("a hook that plays guests", |h| h.guest.is_some());
    pub(super) const RECORD: Need<Harness> =
        Need::new("a hook that makes a recording", |h| h.record.is_some());
    /// Without a count, nobody knows what was sent.
    pub(super) const REQUESTS: Need<Harness> =
        Need::new("the hook `requests`", |h: &Harness| h.requests.is_some()).alone();
}

use needs::*;

suite! {
    Category::VIDEO, Harness, video_tests ($), video;

    meetings::a_meeting_is_read_back_as_it_was_made [] "Topic, start and duration come back.";
    meetings::a_start_keeps_its_zone [] "Nine o'clock in Berlin is not eight in UTC.";
    meetings::every_meeting_has_a_link_of_its_own [] "Links are https and differ.";
    meetings::an_agenda_is_kept [AGENDA] "Text with line breaks comes back.";
    meetings::odd_topics_are_kept [] "Signs and other scripts come back.";
    meetings::a_passcode_is_kept_and_not_shown [PASSCODE] "It comes back, and no `Debug` has it.";
    meetings::settings_are_kept [WAITING] "How a meeting is held comes back.";
    meetings::a_meeting_can_begin_at_once [INSTANT] "An instant meeting is live or can be joined now.";
    meetings::a_missing_meeting_is_not_found [] "Reading what is not there is `NotFound`.";
    meetings::a_cancelled_meeting_is_gone [] "It is not read and not listed.";
    meetings::cancelling_twice_succeeds [] "Cancelling what is gone is no error.";
    meetings::a_meeting_is_cancelled_and_those_invited_are_told [TELLS] "It is gone; a second cancellation is no error.";
    meetings::the_same_key_twice_is_one_meeting [KEYS] "A create that is repeated with its key makes one.";
    meetings::two_keys_are_two_meetings [KEYS] "Two equal meetings with two keys are two.";
    meetings::a_list_has_every_meeting_once [] "Small pages add up to every meeting, each once.";
    meetings::a_range_has_what_starts_in_it [RANGE] "Those that start before or after are left out.";
    meetings::a_patch_changes_what_it_names_and_nothing_else [UPDATE] "What a patch does not name stays.";
    meetings::a_meeting_gets_another_time [UPDATE] "A new start and duration come back; the link stays.";

    occurrences::a_meeting_repeats_as_its_rule_says [RECURRING] "Rule and occurrences come back.";
    occurrences::occurrences_keep_the_hour_on_the_clock [RECURRING] "Over a year, nine o'clock stays nine o'clock.";
    occurrences::one_occurrence_is_moved_alone [RECURRING, OCCURRENCES, UPDATE] "The others stay.";
    occurrences::one_occurrence_is_cancelled_alone [RECURRING, OCCURRENCES] "The others stay, and the meeting too.";
    occurrences::a_repeating_meeting_can_be_held_again [RECURRING, END, HOST] "Ending it does not end the series.";

    live::a_meeting_that_is_held_says_so [HOST] "Its status is live, and lists of live ones have it.";
    live::a_meeting_is_ended_for_everybody [HOST, END] "Afterwards it is not live; ending twice is no error.";
    live::a_meeting_that_is_held_is_not_cancelled [HOST, END] "Cancelling it is a `Conflict`.";
    live::guests_are_participants [HOST, GUEST, PEOPLE] "Names and times of joining are there.";
    live::participants_of_the_past_are_kept [HOST, GUEST, PEOPLE, END] "After the end they have left.";
    live::guests_wait_until_they_are_let_in [HOST, GUEST, PEOPLE, WAITING, CAN_ADMIT] "Admitting lets them in.";
    live::a_guest_is_muted_and_removed [HOST, GUEST, PEOPLE, CAN_MUTE, CAN_REMOVE] "One of two; the other stays.";
    live::actions_need_a_meeting_that_is_held [CAN_RECORD] "Recording one that is not is a `Conflict`.";

    recordings::what_was_recorded_is_listed [RECORDINGS, HOST, CAN_RECORD, END] "A recording of the session, with files.";
    recordings::a_paused_recording_goes_on [RECORDINGS, HOST, CAN_RECORD, CAN_PAUSE, END] "Pause and resume make one recording.";
    recordings::a_download_has_every_byte [RECORDINGS, RECORD] "As many as were announced, twice the same.";
    recordings::recordings_are_those_of_the_meeting [RECORDINGS, RECORD] "A list for one meeting has no other's.";
    recordings::a_deleted_recording_is_recovered_from_the_trash [RECORDINGS, TRASH, RECORD] "Out of the list, into the trash, and back.";
    recordings::a_recording_deleted_for_good_is_gone [RECORDINGS, DELETE, RECORD] "It cannot be read; deleting twice is no error.";

    registrants::who_registers_is_approved_or_denied [REGISTRANTS] "Each has a status, and lists by status agree.";
    registrants::the_same_address_registers_once [REGISTRANTS] "Who registers again is the same.";
    registrants::who_is_removed_can_register_again [REGISTRANTS, REGISTRANT_REMOVE] "Out of every list; removing twice is no error.";
    registrants::listeners_register_for_a_webinar [WEBINARS, WEBINAR_REGISTRANTS] "They are its own and no meeting's.";
    registrants::a_meeting_without_registration_takes_none [REGISTRANTS] "Registering is a `Conflict`.";

    webinars::a_webinar_is_made_changed_and_cancelled [WEBINARS] "Topic, start and duration come back.";
    webinars::a_webinars_passcode_and_links_are_not_shown [WEBINARS, PASSCODE] "They come back, and no `Debug` has them.";
    webinars::the_same_key_twice_is_one_webinar [WEBINARS, KEYS] "A repeated create makes one.";
    webinars::panelists_come_and_go [WEBINARS] "Each address once.";

    refusals::wrong_input_is_refused [] "Input that cannot be is `InvalidInput`.";
    refusals::refusing_wrong_input_sends_nothing [REQUESTS] "Before wrong input is refused, no request leaves.";
    refusals::what_is_not_declared_is_refused [] "What is not declared is `Unsupported` at the driver, and changes nothing.";
    refusals::refusing_what_is_not_declared_sends_nothing [REQUESTS] "Before `Unsupported` is answered, no request leaves.";
}
