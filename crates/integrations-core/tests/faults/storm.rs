//! Everything at once: one guard with its breaker, rates, bounded queue and budget, callers in
//! parallel, and some of them give up.

use std::sync::Arc;
use std::time::Duration;

use integrations_core::Result;
use integrations_core::guard::{Guard, Rate};
use integrations_core::testing::{FaultPlan, FaultyTransport, Idempotency, Ledger};

use crate::judge::{judge, met};
use crate::matrix::{HOUR, Settings};
use crate::provider::{Kind, Mistake, Provider, Receipt};

const SECOND: Duration = Duration::from_secs(1);
const CALLERS: usize = 64;

/// What became of a call: what was told, or nothing because its caller gave up.
type Told = Option<Result<Receipt>>;

/// Runs a storm of calls of one kind. Gives what each was told, and the ledger and transport.
async fn storm(
    kind: Kind,
    settings: &Settings,
) -> (Vec<(String, Told)>, Ledger, Arc<FaultyTransport>) {
    let ledger = Ledger::new();
    let plan = FaultPlan::seeded(settings.seed).with_share(0.2);
    let transport = FaultyTransport::answering(ledger.service(Idempotency::Replays));
    let transport = Arc::new(transport.with_plan(plan));
    let guard = Guard::builder()
        .seed(settings.seed)
        .rate(Rate::per_second(20).with_burst(5))
        .shared_rate(Rate::per_second(200).with_burst(20))
        .max_queue(4)
        .attempt_timeout(10 * SECOND)
        .build()
        .unwrap();
    let each = settings.calls / 10;
    let callers = (0..CALLERS).map(|caller| {
        let (guard, transport) = (
            guard.for_connection(format!("c{}", caller % 8)),
            transport.clone(),
        );
        async move {
            let mut all = Vec::new();
            for number in 0..each {
                let thing = format!("/charges/{caller}-{number}");
                let provider = Provider {
                    guard: &guard,
                    transport: &*transport,
                    base: "https://bank.example",
                    deadline: 30 * SECOND,
                    mistake: Mistake::None,
                };
                let call = provider.call(kind, &thing);
                // Every fourth gives up, each after another time.
                let patience = match number % 4 {
                    0 => SECOND * ((caller * 7 + number) % 40) as u32 / 10,
                    _ => 3600 * SECOND,
                };
                let told = tokio::time::timeout(patience, call).await.ok();
                all.push((thing, told));
                // Who is refused by an open circuit or a full queue comes back later.
                tokio::time::sleep(SECOND / 4).await;
            }
            all
        }
    });
    let told = futures::future::join_all(callers).await;
    // Until what arrives late has arrived.
    tokio::time::sleep(2 * HOUR).await;
    (told.into_iter().flatten().collect(), ledger, transport)
}

async fn prove(kind: Kind) {
    let settings = Settings::from_env();
    let (told, ledger, transport) = storm(kind, &settings).await;
    let met = met(transport.exchanges());
    let (mut answered, mut given_up) = (0, 0);
    for (thing, told) in &told {
        let again = || settings.again("storm", "");
        match told {
            None => {
                given_up += 1;
                assert!(ledger.effects(thing) <= 1, "{thing}; {}", again());
            }
            Some(told) => {
                answered += 1;
                let wrong = judge(kind, thing, told, &ledger, &met);
                assert!(wrong.is_none(), "{thing}: {wrong:?}, {told:?}; {}", again());
            }
        }
    }
    println!(
        "{kind:?}: {answered} answered, {given_up} given up, {} effects",
        ledger.total()
    );
    assert!(answered > given_up && given_up > 0);
}

#[tokio::test(start_paused = true)]
async fn storm_of_reads() {
    prove(Kind::Read).await;
}

#[tokio::test(start_paused = true)]
async fn storm_of_idempotent_calls() {
    prove(Kind::Idempotent).await;
}

#[tokio::test(start_paused = true)]
async fn storm_of_keyed_calls() {
    prove(Kind::Keyed).await;
}

#[tokio::test(start_paused = true)]
async fn storm_of_single_calls() {
    prove(Kind::Once).await;
}

#[tokio::test(start_paused = true)]
async fn a_storm_is_repeated_from_its_seed() {
    let mut settings = Settings::from_env();
    settings.calls = 100;
    let text = |told: Vec<(String, Told)>| -> Vec<String> {
        told.into_iter()
            .map(|(thing, told)| format!("{thing}: {told:?}"))
            .collect()
    };
    let one = text(storm(Kind::Keyed, &settings).await.0);
    assert_eq!(one, text(storm(Kind::Keyed, &settings).await.0));
    settings.seed += 1;
    assert_ne!(one, text(storm(Kind::Keyed, &settings).await.0));
}
