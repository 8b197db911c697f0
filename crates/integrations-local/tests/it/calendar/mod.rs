//! The calendar suite over the account in memory, in a folder and with fewer abilities; what the
//! folder promises; the faults that the suite must catch.

mod faults;
mod faulty;
mod folder;
mod foreign;
mod invite;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use integrations_conformance::calendar::Harness;
use integrations_core::calendar::{Calendar, CalendarCapabilities, WatchId};
use integrations_local::calendar::LocalCalendar;

/// A harness whose notices and tokens are the account's, and whose calls go through `calendar`.
pub(crate) fn harness(account: &LocalCalendar, calendar: Calendar) -> Harness {
    let (listener, expirer) = (account.clone(), account.clone());
    let (reader, counted) = (account.clone(), account.clone());
    let counts: Arc<Mutex<HashMap<WatchId, u64>>> = Arc::default();
    Harness::new(calendar, "home".into())
        .with_me(account.owner())
        .with_requests(move || counted.requests())
        .with_notices(Arc::new(move |watch| {
            let (account, counts) = (listener.clone(), counts.clone());
            Box::pin(async move {
                let mut counts = counts.lock().unwrap();
                for notice in account.notices() {
                    *counts.entry(notice.watch).or_default() += 1;
                }
                counts.get(&watch).copied().unwrap_or_default()
            })
        }))
        .with_expire_tokens(Arc::new(move |calendar| {
            let account = expirer.clone();
            Box::pin(async move { account.expire_sync_tokens(&calendar).await })
        }))
        .with_invitations(Arc::new(move |address| {
            let account = reader.clone();
            Box::pin(async move {
                let all = account.invitations().await?.into_iter();
                let own = all.filter(|one| one.to.contains(&address));
                Ok(own.map(|one| one.method.as_str().to_owned()).collect())
            })
        }))
}

/// evidence: local_calendar: suite: own reference: memory
mod memory {
    integrations_conformance::calendar_tests!(
        async {
            let account = integrations_local::calendar::LocalCalendar::in_memory();
            super::harness(&account, account.clone().into())
        },
        complete
    );
}

/// evidence: local_calendar: suite: own reference: folder
mod in_folder {
    integrations_conformance::calendar_tests!(
        async {
            let folder = tempfile::tempdir().unwrap().keep();
            // Small pages, so that every list has several.
            let account = integrations_local::calendar::LocalCalendar::open(&folder)
                .await
                .unwrap()
                .with_page_size(2);
            super::harness(&account, account.clone().into())
        },
        complete
    );
}

#[tokio::test]
async fn no_behaviour_is_skipped() {
    let suite = integrations_conformance::calendar::suite();
    let make = || async {
        let account = LocalCalendar::in_memory();
        harness(&account, account.clone().into())
    };
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped == 0, "{report}");
    assert!(report.passed >= 45, "{report}");
}

#[tokio::test]
async fn an_account_that_can_only_do_the_least_refuses_the_rest() {
    let suite = integrations_conformance::calendar::suite();
    let make = || async {
        let account = LocalCalendar::in_memory().with_capabilities(CalendarCapabilities::new());
        harness(&account, account.clone().into())
    };
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped > 40, "{report}");
}
