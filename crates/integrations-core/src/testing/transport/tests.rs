//! The guard over every fault, effects counted at the server.

use std::sync::Arc;

use super::*;
use crate::IdempotencyKey;
use crate::guard::{Guard, Operation, Safety};
use crate::http::Body;

fn safeties() -> [Safety; 4] {
    let key = IdempotencyKey::new("order-1").unwrap();
    [
        Safety::Read,
        Safety::Idempotent,
        Safety::Keyed(key),
        Safety::Once,
    ]
}

/// Every fault that a single request can meet.
fn faults() -> Vec<Fault> {
    vec![
        Fault::None,
        Fault::Refuse,
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::Truncate(3),
        Fault::Slow(Duration::from_secs(3600)),
        Fault::status(429),
        Fault::rate_limited("2"),
        Fault::rate_limited("Fri, 27 Nov 2026 00:00:00 GMT"),
        Fault::status(500),
        Fault::status(503),
        Fault::status_after(502),
    ]
}

/// Runs one call of this safety over a network with these faults. Gives what the caller sees, and
/// how many effects there are: a server that honours keys acts once for each.
async fn call(safety: Safety, faults: Vec<Fault>) -> (Result<Bytes>, usize) {
    let counts = Arc::new(Mutex::new((0_usize, std::collections::HashSet::new())));
    let at_server = counts.clone();
    let transport = FaultyTransport::answering(move |request| {
        let mut counts = at_server.lock().unwrap();
        match request.headers().get("idempotency-key") {
            // A key that was seen is answered as before.
            Some(key) if !counts.1.insert(key.clone()) => {}
            _ => counts.0 += 1,
        }
        ::http::Response::new("charged".into())
    })
    .with_faults(faults);
    let operation = Operation::new("charge", safety.clone()).with_deadline(Duration::from_secs(30));
    let outcome = Guard::default()
        .run(&operation, |_| async {
            let mut request = ::http::Request::post("https://bank.example/charges");
            if let Safety::Keyed(key) = &safety {
                request = request.header("idempotency-key", key.as_str());
            }
            let request = request.body(Body::from("1 EUR")).unwrap();
            let response = transport.send(request).await?.accepted().await?;
            response.bytes().await
        })
        .await;
    let effects = counts.lock().unwrap().0;
    (outcome, effects)
}

#[tokio::test(start_paused = true)]
async fn under_any_two_faults_no_keyed_or_single_call_has_two_effects_and_every_error_is_true() {
    let all = faults();
    for first in &all {
        for second in &all {
            for safety in safeties() {
                let plan = vec![first.clone(), second.clone()];
                let (outcome, effects) = call(safety.clone(), plan).await;
                let case = format!("{safety:?} under {first:?} then {second:?}: {outcome:?}");
                // An idempotent request may reach the server twice, by its nature without harm.
                if matches!(safety, Safety::Keyed(_) | Safety::Once) {
                    assert!(effects <= 1, "{effects} effects, {case}");
                }
                if safety == Safety::Read {
                    continue;
                }
                match outcome.map_err(|error| error.effect()) {
                    Ok(body) => {
                        assert_eq!(body, "charged", "{case}");
                        assert!(effects >= 1, "{case}");
                    }
                    Err(Effect::NotApplied) => assert_eq!(effects, 0, "{case}"),
                    Err(Effect::Applied) => assert!(effects >= 1, "{case}"),
                    Err(Effect::Unknown) => {}
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_keyed_call_comes_through_whatever_one_fault_it_meets() {
    let key = IdempotencyKey::new("order-1").unwrap();
    for fault in faults() {
        let slow = matches!(fault, Fault::Slow(_));
        let (outcome, effects) = call(Safety::Keyed(key.clone()), vec![fault.clone()]).await;
        // What is slower than the deadline uses it up; the effect is there, and told as unknown.
        match slow {
            true => assert_eq!(outcome.unwrap_err().effect(), Effect::Unknown),
            false => assert_eq!(outcome.unwrap(), "charged", "{fault:?}"),
        }
        assert_eq!(effects, 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_call_is_repeated_only_when_the_server_cannot_have_acted() {
    for (fault, comes_through) in [
        (Fault::Refuse, true),
        (Fault::rate_limited("1"), true),
        (Fault::CutBefore, false),
        (Fault::CutAfter, false),
        (Fault::status_after(502), false),
        (Fault::status(503), false),
        (Fault::Truncate(2), false),
    ] {
        let (outcome, _) = call(Safety::Once, vec![fault.clone()]).await;
        assert_eq!(outcome.is_ok(), comes_through, "{fault:?}: {outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_broke_off_after_a_success_is_told_as_applied() {
    let (outcome, effects) = call(Safety::Once, vec![Fault::Truncate(2)]).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.effect(), Effect::Applied, "{error}");
    assert_eq!(effects, 1);
}
