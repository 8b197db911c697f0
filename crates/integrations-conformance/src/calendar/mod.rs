//! The behaviours of calendar providers.
//!
//! One line per provider under test:
//!
//! ```text
//! integrations_conformance::calendar_tests!(async {
//!     calendar::Harness::new(my_account().await.into(), "primary".into())
//! });
//! ```
//!
//! What the suite cannot do through the handle is in the [`Harness`]: the account's address, and
//! hooks that count notices and make tokens too old. Behaviours whose hook is missing are skipped,
//! and the report says so.

mod calendars;
mod conditions;
mod events;
mod fields;
mod free_busy;
mod groups;
mod harness;
mod lists;
mod refusals;
mod scopes;
mod series;
mod sync;

use integrations_core::Category;

pub use harness::{ExpireTokens, Harness, Invitations, Notices};

use crate::suite;

/// The capabilities and hooks that behaviours need.
mod needs {
    use super::Harness;
    use crate::Need;

    macro_rules! capabilities {
        ($($name:ident $field:ident;)+) => {
            $(pub(super) const $name: Need<Harness> =
                Need::new(stringify!($field), |h| h.calendar.capabilities().$field);)+
        };
    }
    capabilities! {
        WRITE calendar_write;
        CALENDAR_ETAG calendar_etag;
        NOTIFY notify;
        KEYS idempotent_create;
        ETAGS etag_conditions;
        DAYS whole_days;
        FLOATING floating_times;
        SERIES recurrence;
        DATES recurrence_dates;
        EXPAND expand;
        THIS scope_this;
        FOLLOWING scope_following;
        TEXT text_search;
        MOVE move_event;
        PEOPLE attendees;
        RESPOND respond;
        SHOW_FREE show_as_free;
        SHOW_FINER show_as_finer;
        UPDATED updated_since;
        VISIBILITY visibility;
        PROPERTIES properties;
        LINKS attachment_links;
        ATTACHMENTS attachments;
        CONFERENCE_LINK conference_link;
        CONFERENCE_CREATE conference_create;
        FREE_BUSY free_busy;
        FREE_BUSY_PEOPLE free_busy_people;
        SHARING sharing;
        SYNC sync;
        WATCH watching;
    }
    pub(super) const REMINDERS: Need<Harness> = Need::new("max_reminders of 2", |h| {
        h.calendar.capabilities().max_reminders >= 2
    });
    pub(super) const ME: Need<Harness> = Need::new("the account's address", |h| h.me.is_some());
    pub(super) const NOTICES: Need<Harness> =
        Need::new("a hook for notices", |h| h.notices.is_some());
    pub(super) const INVITATIONS: Need<Harness> =
        Need::new("a hook that reads invitations", |h| h.invitations.is_some());
    pub(super) const EXPIRE: Need<Harness> =
        Need::new("a hook that expires tokens", |h| h.expire_tokens.is_some());
    /// Without a count, nobody knows what was sent.
    pub(super) const REQUESTS: Need<Harness> =
        Need::new("the hook `requests`", |h: &Harness| h.requests.is_some()).alone();
}

use needs::*;

suite! {
    Category::CALENDAR, Harness, calendar_tests ($), calendar;

    events::an_event_is_read_back_as_it_was_made [] "Title, text, place and times come back.";
    events::a_zone_is_kept [] "A wall time comes back with its zone, and not as UTC.";
    events::start_and_end_may_have_two_zones [] "A flight starts in one zone and ends in another.";
    events::whole_days_stay_days [DAYS] "A whole-day event comes back as dates, with an exclusive end.";
    events::floating_times_float [FLOATING] "A floating time gets no zone.";
    events::odd_text_is_kept [] "Line breaks, signs of the wire format and other scripts come back.";
    events::a_missing_event_is_not_found [] "Reading what is not there is `NotFound`.";
    events::a_missing_calendar_is_not_found [] "Reading and writing in no calendar is `NotFound`.";
    events::a_deleted_event_is_gone [] "A deleted event is not read and not listed.";
    events::deleting_twice_succeeds [] "Deleting what is gone is no error.";
    events::the_same_key_twice_is_one_event [KEYS] "A create that is repeated with its key makes one event.";
    events::two_keys_are_two_events [KEYS] "Two equal events with two keys are two.";
    events::an_event_is_moved_to_another_calendar [MOVE, WRITE] "A moved event is there, whole, and not here.";

    fields::people_are_kept [PEOPLE] "Attendees come back with address, name and role.";
    fields::people_are_replaced [PEOPLE] "A new list of attendees takes the place of the old one.";
    fields::an_answer_is_kept [PEOPLE, RESPOND, ME] "The owner's answer to an invitation is seen.";
    fields::one_who_is_not_invited_cannot_answer [RESPOND] "Answering without an invitation is a `Conflict`.";
    fields::those_invited_are_told_when_that_is_asked [PEOPLE, NOTIFY, INVITATIONS] "Of the event, a change and its end; and nobody when it is not.";
    fields::reminders_are_kept [REMINDERS] "Reminders come back with method and minutes.";
    fields::no_reminder_is_not_the_default [REMINDERS] "An empty list of reminders is none.";
    fields::private_stays_private [VISIBILITY] "Visibility comes back.";
    fields::free_time_stays_free [SHOW_FREE] "An event that takes no time comes back so.";
    fields::properties_are_kept [PROPERTIES] "The application's own values come back.";
    fields::links_are_kept [LINKS] "Attached links come back with their names.";
    fields::links_are_replaced [LINKS] "A new list of links takes the place of the old one.";
    fields::a_conference_link_is_kept [CONFERENCE_LINK] "A link to join comes back.";
    fields::a_conference_is_made [CONFERENCE_CREATE] "The provider makes a conference with an https link.";

    conditions::a_patch_changes_what_it_names_and_nothing_else [] "What a patch does not name stays.";
    conditions::a_patch_clears_what_it_clears [] "A cleared field is empty.";
    conditions::an_event_gets_other_times [] "New times come back in their form.";
    conditions::a_change_gives_another_version [ETAGS] "Every change gives another entity tag.";
    conditions::a_change_of_another_version_fails [ETAGS] "An old entity tag fails and changes nothing.";
    conditions::a_change_of_this_version_succeeds [ETAGS] "The current entity tag succeeds.";
    conditions::a_delete_of_another_version_fails [ETAGS] "An old entity tag does not delete.";

    lists::what_changed_since_an_instant_is_listed [UPDATED] "What was changed before is left out.";
    lists::a_list_has_every_event_once [] "Small pages add up to every event, each once.";
    lists::a_range_has_what_touches_it [] "A range has events that share an instant with it, and no others.";
    lists::text_is_found_whatever_the_case [TEXT] "Text in title, description and place is found.";
    lists::cancelled_events_are_left_out [] "Cancelled events are listed only when asked for.";

    series::a_series_is_one_event [SERIES] "A series is listed as one event with its rule.";
    series::rules_come_back_exactly [SERIES] "Every part of a rule comes back.";
    series::a_series_expands_in_order [SERIES, EXPAND] "Every occurrence in the range, in order.";
    series::a_meeting_stays_at_its_hour_over_summer_time [SERIES, EXPAND] "Nine o'clock stays nine o'clock.";
    series::series_of_whole_days_stay_days [SERIES, EXPAND, DAYS] "Occurrences of whole days are dates.";
    series::count_and_until_end_a_series [SERIES, EXPAND] "Both ends are kept, the last one included.";
    series::single_dates_are_added_and_left_out [SERIES, EXPAND, DATES] "Dates and exceptions count.";
    series::an_occurrence_is_read_by_its_id [SERIES, EXPAND] "An occurrence names its series and when that has it.";
    series::instances_are_those_of_one_series [SERIES, EXPAND] "Instances of a series are no other's.";
    series::a_series_touches_a_range_by_its_occurrences [SERIES] "A list with a range has a series when an occurrence is in it.";

    scopes::one_occurrence_is_changed_alone [SERIES, EXPAND, THIS] "The others stay as they were.";
    scopes::a_moved_occurrence_is_where_it_was_moved [SERIES, EXPAND, THIS] "It is in the new range and not in the old.";
    scopes::one_occurrence_is_deleted_alone [SERIES, EXPAND, THIS] "The others stay.";
    scopes::following_occurrences_are_changed_together [SERIES, EXPAND, FOLLOWING] "Those before stay as they were.";
    scopes::following_occurrences_are_deleted_together [SERIES, EXPAND, FOLLOWING] "Those before stay.";
    scopes::a_count_is_kept_when_a_series_is_cut [SERIES, EXPAND, FOLLOWING] "Both parts together have as many as before.";
    scopes::the_whole_series_is_changed [SERIES, EXPAND] "Every occurrence has the new title.";
    scopes::the_whole_series_is_deleted [SERIES, EXPAND] "No occurrence is left.";
    scopes::a_changed_occurrence_stays_changed [SERIES, EXPAND, THIS] "A change of the series leaves it its own time.";
    scopes::a_series_is_not_deleted_by_accident [SERIES] "A series' id with the scope This is refused.";

    free_busy::busy_time_is_joined [FREE_BUSY, WRITE] "Events that touch are one span, cut to the range.";
    free_busy::free_and_cancelled_events_take_no_time [FREE_BUSY, WRITE, SHOW_FREE] "They leave the time free.";
    free_busy::series_take_time [FREE_BUSY, WRITE, SERIES] "Each occurrence takes its time.";
    free_busy::time_that_may_be_taken_is_taken [FREE_BUSY, WRITE, SHOW_FINER] "Tentative and out of the office count, and say so.";
    free_busy::an_unknown_calendar_is_not_free [FREE_BUSY] "It is unknown, and the others are answered.";
    free_busy::an_unknown_person_is_not_free [FREE_BUSY_PEOPLE] "Somebody unknown is unknown.";
    free_busy::meeting_times_avoid_busy_time [FREE_BUSY, WRITE] "What is found is free for all.";

    calendars::a_calendar_is_made_changed_and_deleted [WRITE] "Its name and zone come back; afterwards it is gone.";
    calendars::the_same_key_twice_is_one_calendar [WRITE, KEYS] "A repeated create makes one calendar.";
    calendars::a_change_of_another_version_of_a_calendar_fails [WRITE, CALENDAR_ETAG] "An old entity tag fails and changes nothing; the current one succeeds.";
    calendars::events_stay_in_their_calendar [WRITE] "An event is in no other calendar.";

    groups::a_role_is_given_replaced_and_taken [SHARING, WRITE] "Sharing is what was said last.";
    groups::content_is_attached_and_removed [ATTACHMENTS] "The bytes come back; afterwards they are gone.";
    groups::changes_are_noticed [WATCH, WRITE, NOTICES] "A subscription gets a notice of a change.";
    groups::a_renewed_subscription_holds_on [WATCH, WRITE, NOTICES] "It holds as long again and gets notices.";
    groups::a_stopped_subscription_is_silent [WATCH, WRITE, NOTICES] "It gets no notice, and stopping twice is no error.";

    sync::the_first_run_has_everything [SYNC, WRITE] "Without a token everything comes, and that is said.";
    sync::later_runs_have_changes_and_deletions [SYNC, WRITE] "What was made, changed and deleted since, and nothing else.";
    sync::a_run_without_changes_is_empty [SYNC, WRITE] "Nothing comes when nothing changed.";
    sync::changes_of_an_occurrence_are_seen [SYNC, WRITE, SERIES, EXPAND, THIS] "A changed and a deleted occurrence reach a mirror.";
    sync::an_old_token_starts_over_and_says_so [SYNC, WRITE, EXPIRE] "Everything comes again, with `reset`.";

    refusals::wrong_input_is_refused [] "Input that cannot be is `InvalidInput`.";
    refusals::refusing_wrong_input_sends_nothing [REQUESTS] "Before wrong input is refused, no request leaves.";
    refusals::what_is_not_declared_is_refused [] "What is not declared is `Unsupported` at the driver, and changes nothing.";
    refusals::refusing_what_is_not_declared_sends_nothing [REQUESTS] "Before `Unsupported` is answered, no request leaves.";
}
