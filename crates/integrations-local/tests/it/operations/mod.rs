//! Which operations each behaviour of the suites exercises, as the embedded providers see it.
//!
//! The lists are kept in the conformance crate, one line for each behaviour:
//! `name | the capabilities and hooks that it needs | the operations that it exercises`. The page of
//! evidence is made from them. They are written by the same tests that check them.

mod auth;
mod calendar;
mod email;
mod payment;
mod recorder;
mod storage;
mod video;

use std::fmt::Write;
use std::path::Path;

use integrations_conformance::{Absent, Suite, run_one};
use integrations_local::calendar::LocalCalendar;
use integrations_local::email::LocalMailer;
use integrations_local::payment::LocalPayments;
use integrations_local::storage::LocalStorage;
use integrations_local::video::LocalMeetings;

use recorder::{Recorder, Seen};

/// Set to write the lists instead of checking them.
const WRITE: &str = "INTEGRATIONS_WRITE_OPERATIONS";

/// Runs each behaviour over a recorder of its own, and checks or writes the list.
async fn check<H, M, F>(suite: Suite<H>, make: M)
where
    H: Send + 'static,
    M: Fn(Seen) -> F,
    F: Future<Output = H>,
{
    let mut list = String::new();
    for behaviour in &suite.behaviours {
        let seen = Seen::default();
        // Nothing is missing here: a behaviour that was skipped would exercise nothing.
        let absent = Absent::Only(&[]);
        run_one(&suite, behaviour.name, &[], absent, || make(seen.clone())).await;
        let needs: Vec<&str> = behaviour.needs.iter().map(|need| need.name).collect();
        let seen: Vec<&str> = seen.lock().unwrap().iter().copied().collect();
        let (needs, seen) = (needs.join(", "), seen.join(", "));
        let line = format!("{} | {needs} | {seen}", behaviour.name);
        writeln!(list, "{}", line.trim_end()).unwrap();
    }
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../integrations-conformance/operations"
    );
    let file = Path::new(folder).join(format!("{}.txt", suite.category));
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(file, list).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == list,
        "{} is out of date: `cargo xtask evidence --record` writes it anew",
        file.display()
    );
}

#[tokio::test]
async fn calendar() {
    check(integrations_conformance::calendar::suite(), async |seen| {
        let account = LocalCalendar::in_memory();
        let recorder = Recorder::new(account.clone(), &seen);
        crate::calendar::harness(&account, recorder.into())
    })
    .await;
}

#[tokio::test]
async fn payment() {
    check(integrations_conformance::payment::suite(), async |seen| {
        let bank = LocalPayments::in_memory();
        let recorder = Recorder::new(bank.clone(), &seen);
        crate::payment::harness(&bank, recorder.into())
    })
    .await;
}

#[tokio::test]
async fn video() {
    check(integrations_conformance::video::suite(), async |seen| {
        let rooms = LocalMeetings::in_memory();
        let recorder = Recorder::new(rooms.clone(), &seen);
        crate::video::harness(&rooms, recorder.into())
    })
    .await;
}

#[tokio::test]
async fn email() {
    check(integrations_conformance::email::suite(), async |seen| {
        let local = LocalMailer::in_memory();
        let recorder = Recorder::new(local.clone(), &seen);
        crate::email::harness(&local, recorder.into())
    })
    .await;
}

#[tokio::test]
async fn storage() {
    check(integrations_conformance::storage::suite(), async |seen| {
        let store = LocalStorage::in_memory();
        let recorder = Recorder::new(store.clone(), &seen);
        crate::storage::harness(&store, recorder.into())
    })
    .await;
}

#[tokio::test]
async fn auth() {
    check(integrations_conformance::auth::suite(), async |seen| {
        let clock = crate::auth::Clock::default();
        let provider = integrations_local::auth::LocalSignIn::in_memory().unwrap();
        let provider = crate::auth::prepare(provider, &clock).await;
        let recorder = Recorder::new(provider.clone(), &seen);
        crate::auth::harness(&provider, &clock, recorder)
    })
    .await;
}
