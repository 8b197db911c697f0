//! A sample of the matrix with the real transport, over real connections.

use std::time::Duration;

use futures::{StreamExt, stream};
use integrations_core::guard::{Backoff, Guard, RetryBudget};
use integrations_core::http::{HttpTransport, TransportConfig};
use integrations_core::testing::{Fault, FaultPlan, FaultyServer, Idempotency, Ledger};
use integrations_core::{Effect, ErrorKind};

use crate::judge::{Wrong, judge, met};
use crate::matrix::Settings;
use crate::provider::{Kind, Mistake, Provider};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Real time passes here: waits are over at once, and what never comes is given up soon.
fn faults() -> Vec<(&'static str, Fault)> {
    let quick = |(name, fault): (&'static str, Fault)| {
        let fault = match name {
            "429, wait in seconds" => Fault::rate_limited("0"),
            "429, wait until an HTTP date" => Fault::rate_limited("Sat, 28 Nov 2026 12:00:00 GMT"),
            "429, wait until an ISO timestamp" => Fault::rate_limited("2026-11-28T12:00:00Z"),
            "503, wait" => return None,
            _ => fault,
        };
        Some((name, fault))
    };
    Fault::catalogue().into_iter().filter_map(quick).collect()
}

async fn prove(kind: Kind, idempotency: Idempotency) {
    let settings = Settings::from_env();
    let guard = Guard::builder()
        .seed(settings.seed)
        .max_attempts(4)
        .backoff(Backoff::new(MILLISECOND, 5 * MILLISECOND))
        .retry_budget(RetryBudget::default().with_capacity(u32::MAX))
        .without_breaker()
        .build()
        .unwrap();
    let ledger = Ledger::new();
    let idle = TransportConfig::new().with_idle_timeout(300 * MILLISECOND);
    let client = HttpTransport::new(idle).unwrap();
    let mut servers = Vec::new();
    for (number, (name, fault)) in faults().into_iter().enumerate() {
        let seed = settings.seed ^ number as u64;
        let others = faults().into_iter().map(|(_, fault)| fault);
        let plan = FaultPlan::seeded(seed).with_share(0.3).of(others);
        let server = FaultyServer::answering(ledger.service(idempotency)).await;
        let server = server.unwrap().with_plan(plan.with_first([fault]));
        servers.push((name, number, server));
    }
    let calls = servers.iter().flat_map(|(name, number, server)| {
        (0..5).map(move |call| (*name, format!("/{number}/{call}"), server))
    });
    let calls = calls.map(|(name, thing, server)| {
        let (guard, ledger) = (guard.for_connection(&thing), ledger.clone());
        let through = server.through(client.clone()).unwrap();
        let again = settings.again("sockets", "");
        async move {
            let provider = Provider {
                guard: &guard,
                transport: &through,
                base: server.url(),
                deadline: 2000 * MILLISECOND,
                mistake: Mistake::None,
            };
            let told = provider.call(kind, &thing).await;
            let met = met(server.exchanges());
            let wrong = judge(kind, &thing, &told, &ledger, &met);
            // On a machine that is slow enough, the deadline cuts what no fault explains.
            let cut = matches!(&told, Err(e) if e.kind() == ErrorKind::Timeout && e.effect() == Effect::Unknown);
            let excused = cut && wrong == Some(Wrong::NotUnknown);
            let text = format!("{kind:?}, {name}, {thing}: {wrong:?}, {told:?}; {again}");
            assert!(wrong.is_none() || excused, "{text}");
        }
    });
    stream::iter(calls)
        .buffer_unordered(32)
        .collect::<Vec<()>>()
        .await;
}

#[tokio::test]
async fn sockets_and_reads() {
    prove(Kind::Read, Idempotency::Ignored).await;
}

#[tokio::test]
async fn sockets_and_idempotent_calls() {
    prove(Kind::Idempotent, Idempotency::Ignored).await;
}

#[tokio::test]
async fn sockets_and_keyed_calls() {
    prove(Kind::Keyed, Idempotency::Replays).await;
}

#[tokio::test]
async fn sockets_and_keys_that_are_refused_the_second_time() {
    prove(Kind::Keyed, Idempotency::Refuses(409)).await;
}

#[tokio::test]
async fn sockets_and_single_calls() {
    prove(Kind::Once, Idempotency::Ignored).await;
}
