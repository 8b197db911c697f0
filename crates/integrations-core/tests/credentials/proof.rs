//! One refresh for each expiry, across processes that are killed.

use std::collections::BTreeSet;
use std::time::Duration;

use integrations_core::ExposeSecret;
use integrations_core::auth::TokenSet;
use integrations_core::credential::sealed::{SealingKey, SealingKeys};
use integrations_core::credential::{Connection, CredentialStore, GrantState, Swap};
use jiff::Timestamp;

use crate::child::{connection, open};
use crate::ledger::{Given, Ledger};
use crate::server::{Server, Trap, now};
use crate::{Numbers, alone, place, setting, start};

const PROCESSES: usize = 4;

fn tokens(given: &Given) -> TokenSet {
    TokenSet::new(given.access.as_str())
        .with_refresh_token(given.refresh.as_str())
        .with_expiry(Timestamp::from_millisecond(given.ends).unwrap())
}

/// The owner consents, for the first time or again.
async fn consent(server: &Server, store: &dyn CredentialStore) {
    let there = store.load(&connection()).await.unwrap();
    let given = server.ledger(|ledger| ledger.consent(now()));
    let at = Timestamp::now();
    let (expected, record) = match there {
        None => {
            let made = Connection::new(connection(), "zoom", tokens(&given), at);
            (None, made)
        }
        Some(there) => {
            let again = there.value.reconnected(tokens(&given), at);
            (Some(there.version), again)
        }
    };
    let swap = store.compare_and_swap(expected, &record).await.unwrap();
    assert!(
        matches!(swap, Swap::Stored(_)),
        "nobody writes to a connection that waits"
    );
}

/// What the owner is told each time, in order.
type Reasons = Vec<String>;

/// Runs processes over `expiries` refreshes, kills some, and answers what the provider saw.
async fn run(kind: &str, cut_off: &str, expiries: u64) -> (Ledger, Reasons) {
    let folder = place();
    let seed = setting("INTEGRATIONS_PROOF_SEED", 7);
    let mut numbers = Numbers(seed);
    let keys = SealingKeys::new(SealingKey::generate().unwrap());
    let text = keys.export();
    let store = open(folder.path(), kind, keys).await.unwrap();
    let server = Server::start();
    consent(&server, &*store).await;
    let mut processes = 0;
    let mut reasons = Reasons::new();
    let (mut kills, mut next_kill) = (0, 3);
    let began = std::time::Instant::now();
    loop {
        while server.alive().len() < PROCESSES {
            processes += 1;
            let (process, address) = (processes.to_string(), server.address.to_string());
            let args = [
                "proof",
                &process,
                &address,
                kind,
                cut_off,
                text.expose_secret().trim(),
            ];
            let child = start("child::a_process_of_the_proof", &args, folder.path());
            server.add(processes, child);
        }
        let refreshes = server.ledger(|ledger| ledger.refreshes);
        if refreshes >= expiries {
            break;
        }
        let limit =
            Duration::from_secs(60) + Duration::from_secs(2) * u32::try_from(expiries).unwrap();
        assert!(
            began.elapsed() < limit,
            "{refreshes} of {expiries} refreshes in {limit:?}"
        );
        if refreshes >= next_kill {
            next_kill = refreshes + 3 + numbers.below((expiries / 6).clamp(2, 20));
            match kills % 3 {
                0 => server.set_trap(Trap::After),
                1 => server.set_trap(Trap::Before),
                _ => {
                    tokio::time::sleep(Duration::from_millis(numbers.below(250))).await;
                    let alive = server.alive();
                    let which = usize::try_from(numbers.below(alive.len() as u64)).unwrap();
                    server.kill(alive[which], "at any time");
                }
            }
            kills += 1;
        }
        let record = store.load(&connection()).await.unwrap().unwrap().value;
        if let GrantState::NeedsConsent { reason, .. } = record.state {
            reasons.push(reason);
            consent(&server, &*store).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.end();
    // No token is lost: the store has the one that is not spent.
    let record = store.load(&connection()).await.unwrap().unwrap().value;
    let kept = record.tokens().unwrap().refresh_token.clone().unwrap();
    let last = server.ledger(|ledger| ledger.last_refresh_token());
    if record.state == GrantState::Active && record.attempt().is_none() {
        assert_eq!(kept.expose_secret(), last);
    }
    let ledger = server.ledger(std::mem::take);
    println!(
        "{kind}, {cut_off}, seed {seed}: {} refreshes, {} calls ({} refused), {} processes, {} killed \
         ({} before the token was spent, {} before the answer), {} consents asked for, {} families \
         ended",
        ledger.refreshes,
        ledger.calls,
        ledger.refused,
        processes,
        ledger.killed.len(),
        ledger
            .killed
            .values()
            .filter(|why| why.contains("spent"))
            .count(),
        ledger
            .killed
            .values()
            .filter(|why| why.contains("answer"))
            .count(),
        reasons.len(),
        ledger
            .families
            .iter()
            .filter(|family| family.reused.is_some())
            .count(),
    );
    (ledger, reasons)
}

/// What holds whatever is done about refreshes that were cut off.
fn judge(ledger: &Ledger) {
    assert!(ledger.notes.is_empty(), "{:?}", ledger.notes);
    // One refresh for each expiry: none before a token was near its end, and none of a generation
    // twice (the ledger ends the family, see the callers).
    assert!(ledger.early.is_empty(), "{:?}", ledger.early);
    let spent = ledger
        .families
        .iter()
        .flat_map(|family| &family.generations);
    let spent = spent
        .filter(|generation| generation.spent.is_some())
        .count();
    assert_eq!(u64::try_from(spent).unwrap(), ledger.refreshes);
    assert!(ledger.calls > 0);
    // Whatever the random kills hit, these two moments were among them.
    for moment in ["before its token was spent", "before it had the answer"] {
        let hit = ledger.killed.values().any(|why| *why == moment);
        assert!(hit, "no process was killed {moment}");
    }
}

/// The process whose refresh a reason says was cut off.
fn of_dead(ledger: &Ledger, reason: &str) -> bool {
    let pid = reason.split("by process ").nth(1);
    let pid = pid.and_then(|rest| rest.split(' ').next()?.parse().ok());
    let dead: BTreeSet<u32> = ledger
        .killed
        .keys()
        .map(|process| ledger.pids[process])
        .collect();
    pid.is_some_and(|pid| dead.contains(&pid))
}

/// A refresh token that may be spent is never sent again, so no family can end: whoever is killed
/// between the note and the new tokens costs the owner a consent, and nobody else does.
async fn no_family_ends(kind: &str, expiries: u64) {
    let (ledger, reasons) = run(kind, "ask_owner", expiries).await;
    judge(&ledger);
    for family in &ledger.families {
        assert_eq!(family.reused, None, "a refresh token was used twice");
    }
    for reason in &reasons {
        assert!(of_dead(&ledger, reason), "{reason}: it was not killed");
    }
    assert_eq!(ledger.families.len(), reasons.len() + 1);
}

/// A refresh that was cut off is repeated once. A family ends only where the process that spent the
/// token was killed before it had stored the next one: that one is lost, whatever is done.
async fn a_family_ends_only_with_the_process_that_had_its_token(kind: &str, expiries: u64) {
    let (ledger, reasons) = run(kind, "repeat_once", expiries).await;
    judge(&ledger);
    let mut ended = 0;
    for family in &ledger.families {
        let Some((generation, by)) = family.reused else {
            continue;
        };
        ended += 1;
        let spent = family.generations[generation].spent;
        let (spender, _) = spent.expect("it was used twice");
        assert!(
            ledger.killed.contains_key(&spender) && spender != by,
            "generation {generation} was spent by {spender}, which lives, and again by {by}"
        );
        // And it was the last: nobody had gone on from its successor.
        assert_eq!(generation + 2, family.generations.len());
    }
    for reason in &reasons {
        assert!(of_dead(&ledger, reason), "{reason}: it was not killed");
    }
    assert!(
        ended <= reasons.len() + 1 && reasons.len() <= ended,
        "{ended} {reasons:?}"
    );
}

fn expiries() -> u64 {
    setting("INTEGRATIONS_PROOF_EXPIRIES", 12)
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_folder_there_is_one_refresh_for_each_expiry_and_no_family_ends() {
    let _alone = alone().await;
    no_family_ends("folder", expiries()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_folder_a_family_ends_only_with_the_process_that_had_its_token() {
    let _alone = alone().await;
    a_family_ends_only_with_the_process_that_had_its_token("folder", expiries()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_database_there_is_one_refresh_for_each_expiry_and_no_family_ends() {
    let _alone = alone().await;
    no_family_ends("database", expiries()).await;
}
