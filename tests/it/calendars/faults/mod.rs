//! Every mutating call under every fault, at each of the requests that it makes: never two effects,
//! none that is told as none, none told that is not there, and a call that is repeated ends well.
//! With `INTEGRATIONS_EVERY_CALL` real servers are asked for all of them, otherwise for a third.

mod calendars;
mod cases;
mod events;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use integrations::testing::Fault;
use integrations::{Effect, Error};

use self::cases::{Case, Found, cases};
use super::accounts::{Account, caldav, google, outlook};

/// How many of the requests of a call meet each fault, one at a time.
const REQUESTS: usize = 4;

/// When the last request that is late has arrived.
const LATE: Duration = Duration::from_secs(2 * 3600);

/// What became of the calls.
#[derive(Debug, Default)]
struct Count {
    calls: usize,
    failed: usize,
    unknown: usize,
    repeated: usize,
}

/// Lets the request with this number of the next call meet a fault, and counts the requests.
fn arm(account: &Account, request: usize, fault: Fault) -> Arc<AtomicUsize> {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    let rule = move |_: &http::request::Parts| count.fetch_add(1, Ordering::Relaxed) == request;
    account.line.fail(rule, fault);
    seen
}

/// Lets what was armed and not met pass.
async fn disarm(account: &Account, request: usize, seen: &AtomicUsize) {
    while seen.load(Ordering::Relaxed) <= request {
        let _ = account.faulty.get_calendar(&account.home).await;
    }
}

/// Whether a real server is asked for every one of the calls, or for a third of them.
fn every_call() -> bool {
    std::env::var_os("INTEGRATIONS_EVERY_CALL").is_some()
}

/// Whether what a caller was told goes with what is there.
fn agree(told: Result<(), &Error>, found: Found) -> bool {
    match told {
        Ok(()) => found == Found::After,
        Err(error) => match error.effect() {
            Effect::NotApplied => found == Found::Before,
            Effect::Applied => found != Found::Before,
            _ => true,
        },
    }
}

/// The request of a call that meets a fault.
struct Met<'a> {
    request: usize,
    name: &'a str,
    fault: Fault,
}

/// Makes a call and holds it against what is there when what is `late` has arrived.
async fn one(account: &Account, case: &dyn Case, met: Met<'_>, late: Duration, count: &mut Count) {
    let Met {
        request,
        name,
        fault,
    } = met;
    let what = format!("{}, request {request}, {name}", case.name());
    let ready = case.prepare(account).await;
    let seen = arm(account, request, fault);
    let told = case.call(account, &ready, &account.faulty).await;
    count.calls += 1;
    // Requests that are late arrive now.
    tokio::time::sleep(late).await;
    let found = case.found(account, &ready).await;
    assert!(
        agree(told.as_ref().copied(), found),
        "{what}: told {told:?}, and it is {found:?}"
    );
    disarm(account, request, &seen).await;
    let Err(error) = told else { return };
    count.failed += 1;
    count.unknown += usize::from(error.effect() == Effect::Unknown);
    if case.repeats() {
        count.repeated += 1;
        let again = case.call(account, &ready, &account.faulty).await;
        let found = case.found(account, &ready).await;
        assert!(again.is_ok(), "{what}: repeated it is {again:?}");
        assert_eq!(found, Found::After, "{what}: repeated after {error}");
    }
}

async fn matrix(
    account: impl AsyncFn() -> Account,
    faults: Vec<(&'static str, Fault)>,
    name: &str,
) {
    let mut count = Count::default();
    for case in cases() {
        let first = account().await;
        if !case.serves(&first) {
            continue;
        }
        for (fault_name, fault) in &faults {
            for request in 0..REQUESTS {
                let account = account().await;
                let met = Met {
                    request,
                    name: fault_name,
                    fault: fault.clone(),
                };
                one(&account, &*case, met, LATE, &mut count).await;
            }
        }
    }
    eprintln!("{name}: {count:?}");
    assert!(count.failed > 0 && count.unknown > 0, "{count:?}");
}

/// evidence: google_calendar: create_event, update_event, delete_event, move_event, respond, create_calendar, update_calendar, delete_calendar, sharing.put_acl, sharing.remove_acl: own reference: every request of each under every fault, at the stand-in
#[tokio::test(start_paused = true)]
async fn at_google_every_call_is_true_under_every_fault() {
    matrix(google::account, Fault::catalogue(), "google_calendar").await;
}

/// evidence: outlook: create_event, update_event, delete_event, create_calendar, update_calendar, delete_calendar, sharing.put_acl, sharing.remove_acl, attachments.add_attachment, attachments.remove_attachment: own reference: every request of each under every fault, at the stand-in
#[tokio::test(start_paused = true)]
async fn at_outlook_every_call_is_true_under_every_fault() {
    matrix(outlook::account, Fault::catalogue(), "outlook").await;
}

async fn caldav(server: caldav::Server) {
    let Some(account) = caldav::account(server).await else {
        return;
    };
    let mut count = Count::default();
    for case in cases().into_iter().filter(|case| case.serves(&account)) {
        for (place, fault) in caldav::faults().into_iter().enumerate() {
            for request in 0..REQUESTS {
                if !every_call() && (place + request) % 3 != 0 {
                    continue;
                }
                let name = format!("{fault:?}");
                let met = Met {
                    request,
                    name: &name,
                    fault: fault.clone(),
                };
                // None of these keeps a request on its way.
                one(&account, &*case, met, Duration::ZERO, &mut count).await;
            }
        }
    }
    eprintln!("{server:?}: {count:?}");
    account.direct.delete_calendar(&account.home).await.unwrap();
    account
        .direct
        .delete_calendar(&account.other)
        .await
        .unwrap();
}

/// evidence: caldav: create_event, update_event, delete_event, move_event, create_calendar, update_calendar, delete_calendar: independent server: every request of each under every fault, at Radicale
#[tokio::test]
async fn at_radicale_every_call_is_true_under_every_fault() {
    caldav(caldav::RADICALE).await;
}

/// evidence: caldav: create_event, update_event, delete_event, move_event, create_calendar, update_calendar, delete_calendar: independent server: the same at Xandikos
#[tokio::test]
async fn at_xandikos_every_call_is_true_under_every_fault() {
    caldav(caldav::XANDIKOS).await;
}

/// evidence: caldav: create_event, update_event, delete_event, move_event, respond, create_calendar, update_calendar, delete_calendar: independent server: the same at Cyrus
#[tokio::test]
async fn at_cyrus_every_call_is_true_under_every_fault() {
    caldav(caldav::CYRUS).await;
}
