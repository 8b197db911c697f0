//! The suite of calendars.

use std::sync::Arc;

use integrations_conformance::calendar::Harness;
use integrations_core::calendar::{Calendar, CalendarId, WatchId};
use integrations_sandbox::microsoft_graph::OWNER;

use crate::account::account;

fn harness() -> Harness {
    let account = account();
    let (noticed, aged, told) = (account.graph.clone(), account.graph.clone(), account.graph);
    let sent = account.sent;
    Harness::new(Calendar::new(account.provider), CalendarId::new("primary"))
        .with_me(OWNER)
        .with_requests(move || sent.sent())
        .with_notices(Arc::new(move |watch: WatchId| {
            let count = noticed.notices(watch.as_str()).len() as u64;
            Box::pin(async move { count })
        }))
        .with_expire_tokens(Arc::new(move |calendar: CalendarId| {
            aged.expire_sync_tokens(calendar.as_str());
            Box::pin(async { Ok(()) })
        }))
        .with_invitations(Arc::new(move |address: String| {
            let messages = told.messages(&address).into_iter();
            let methods = messages.map(|message| message.method.to_owned()).collect();
            Box::pin(async move { Ok(methods) })
        }))
}

/// What Outlook does not have.
const EXCEPT: &[(&str, &str)] = &[
    (
        "the_same_key_twice_is_one_calendar",
        "Graph takes no key for a calendar, so that one is refused",
    ),
    (
        "an_answer_is_kept",
        "the organizer cannot answer an invitation of their own",
    ),
    (
        "private_stays_private",
        "Outlook has no public events, so that they are refused; private ones come back",
    ),
    (
        "rules_come_back_exactly",
        "a series begins with the first day that fits its rule, so that the behaviour's last Friday \
         from a Monday on is refused",
    ),
    (
        "a_moved_occurrence_is_where_it_was_moved",
        "an occurrence is not moved beyond the one after it",
    ),
];

/// What the provider does not declare.
const ABSENT: &[&str] = &[
    "calendar_etag",
    "floating_times",
    "recurrence_dates",
    "text_search",
    "updated_since",
    "move_event",
    "max_reminders of 2",
    "attachment_links",
    "conference_link",
];

/// evidence: outlook: suite: own reference: the stand-in of Microsoft Graph
/// evidence: outlook: suite: vendor specification: Graph's OpenAPI description, made from its metadata
mod stand_in {
    integrations_conformance::calendar_tests!(
        async { super::harness() },
        except super::EXCEPT,
        without super::ABSENT
    );
}
