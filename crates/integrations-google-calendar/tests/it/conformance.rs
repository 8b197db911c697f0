//! The suite of calendars.

use std::sync::Arc;

use integrations_conformance::calendar::Harness;
use integrations_core::calendar::{Calendar, CalendarId, WatchId};
use integrations_sandbox::google_calendar::OWNER;

use crate::account::account;

fn harness() -> Harness {
    let account = account();
    let (noticed, aged, told) = (
        account.google.clone(),
        account.google.clone(),
        account.google,
    );
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

/// What Google does not have.
const EXCEPT: &[(&str, &str)] = &[(
    "the_same_key_twice_is_one_calendar",
    "Google takes neither an id nor a key for a calendar, so that a key is refused",
)];

/// What the provider does not declare.
const ABSENT: &[&str] = &["floating_times", "show_as_finer", "attachments"];

/// evidence: google_calendar: suite: own reference: the stand-in of Google Calendar
/// evidence: google_calendar: suite: vendor specification: Google's discovery document of Calendar v3
mod stand_in {
    integrations_conformance::calendar_tests!(
        async { super::harness() },
        except super::EXCEPT,
        without super::ABSENT
    );
}
