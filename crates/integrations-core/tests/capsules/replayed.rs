//! A replay does the same, and says so when it does not.

use std::time::Duration;

use integrations_core::capsule::Capsule;
use integrations_core::guard::{Backoff, Breaker, Operation, Rate, RetryBudget, Safety};
use integrations_core::testing::{FaultPlan, FaultyTransport};
use integrations_core::{ErrorKind, IdempotencyKey};

use crate::{Rooms, SECOND, request};

/// A policy that has something to decide, other for each seed.
fn rooms(seed: u64) -> Rooms {
    Rooms::with(
        |capture| capture,
        |mut guard| {
            if seed.is_multiple_of(2) {
                guard = guard.attempt_timeout(2 * SECOND);
            }
            if seed.is_multiple_of(3) {
                guard = guard.rate(Rate::per_second(2));
            }
            if seed.is_multiple_of(5) {
                guard = guard.retry_budget(RetryBudget::default().with_capacity(20));
            }
            guard
                .seed(seed)
                .max_attempts(1 + (seed % 6) as u32)
                .deadline(Duration::from_millis(500 + 300 * (seed % 20)))
                .backoff(Backoff::new(SECOND / 10, SECOND))
                .breaker(Breaker::default().with_consecutive_failures(4))
        },
    )
}

fn operation(call: u64) -> Operation {
    let key = IdempotencyKey::new(format!("order-number-{call}")).unwrap();
    match call % 4 {
        0 => Operation::new("get_room", Safety::Read),
        1 => Operation::new("put_room", Safety::Idempotent).with_read_back("look at the room"),
        2 => Operation::new("charge", Safety::Keyed(key)),
        _ => Operation::new("note", Safety::Once),
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_that_fails_under_200_seeds_is_replayed_the_same() {
    let (mut failed, mut repeated, mut differing) = (0, 0, 0);
    for seed in 0..200 {
        let rooms = rooms(seed);
        let plan = FaultPlan::seeded(seed).with_share(0.9);
        let line = FaultyTransport::answering(|_| http::Response::new("{}".into())).with_plan(plan);
        let mut errors = Vec::new();
        for call in 0..4 {
            if let Err(error) = rooms.call(&operation(call), &line, request).await {
                errors.push(error);
            }
            // Otherwise some are left out.
            rooms.capture.written().await;
        }
        let files = rooms.files().await;
        assert_eq!(files.len(), errors.len(), "seed {seed}");
        for (file, error) in files.iter().zip(errors) {
            let text = std::fs::read_to_string(file).unwrap();
            let capsule: Capsule = text.parse().unwrap();
            let replay = capsule.replay().await;
            assert!(replay.is_same(), "seed {seed}: {replay}\n{text}");
            let (now, then) = (replay.error().to_string(), error.to_string());
            assert_eq!(now, then, "seed {seed}");
            failed += 1;
            if capsule.attempts() > 1 {
                repeated += 1;
                let fewer = changed(&text, |json| {
                    json["policy"]["max_attempts"] = (capsule.attempts() as u64 - 1).into();
                });
                let replay = fewer.replay().await;
                assert!(!replay.is_same(), "seed {seed}: {text}");
                differing += 1;
            }
        }
    }
    println!("{failed} failed, {repeated} after several attempts");
    assert!(
        failed > 300 && repeated > 100 && differing == repeated,
        "{failed} {repeated}"
    );
}

/// Clocks that go on, wake late, and are read by several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_in_real_time_among_others_is_replayed_the_same() {
    let millis = Duration::from_millis;
    let rooms = Rooms::with(
        |capture| capture.with_max_capsules(1000),
        |guard| {
            guard
                .max_attempts(4)
                .deadline(millis(60))
                .attempt_timeout(millis(15))
                .backoff(Backoff::new(millis(4), millis(30)))
                .rate(Rate::new(1, millis(1)).with_burst(4))
                .retry_budget(RetryBudget::default().with_capacity(60))
        },
    );
    let mut replayed = 0;
    for round in 0..10 {
        let plan = FaultPlan::seeded(round).with_share(0.9);
        let line = FaultyTransport::answering(|_| http::Response::new("{}".into())).with_plan(plan);
        let operations: Vec<_> = (0..8).map(operation).collect();
        let calls = operations
            .iter()
            .map(|operation| rooms.call(operation, &line, request));
        futures::future::join_all(calls).await;
        rooms.capture.written().await;
    }
    for file in rooms.files().await {
        let capsule = Capsule::load(&file).unwrap();
        let replay = capsule.replay().await;
        let text = std::fs::read_to_string(file).unwrap();
        assert!(replay.is_same(), "{replay}\n{text}");
        replayed += 1;
    }
    assert!(replayed > 20, "{replayed}");
}

fn changed(text: &str, change: impl FnOnce(&mut serde_json::Value)) -> Capsule {
    let mut json: serde_json::Value = serde_json::from_str(text).unwrap();
    change(&mut json);
    json.to_string().parse().unwrap()
}

async fn gateway() -> String {
    let rooms = Rooms::new(|capture| capture);
    let line = crate::answering(503, "<h1>bad gateway</h1>");
    let read = Operation::new("get_room", Safety::Read);
    rooms.call(&read, &line, request).await.unwrap_err();
    rooms.text().await
}

#[tokio::test(start_paused = true)]
async fn whatever_is_changed_makes_a_difference() {
    let text = gateway().await;
    let what = |capsule: Capsule| async move {
        let replay = capsule.replay().await;
        let all = replay.differences().iter();
        all.map(|difference| difference.what.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(what(changed(&text, |_| ())).await, Vec::<String>::new());
    let more = changed(&text, |json| json["policy"]["max_attempts"] = 4.into());
    assert!(what(more).await.contains(&"attempts".to_owned()));
    let slower = changed(&text, |json| {
        json["policy"]["backoff"]["first"] = "0.4".into()
    });
    assert!(
        what(slower)
            .await
            .contains(&"wait after attempt 1".to_owned())
    );
    let dropped = changed(&text, |json| {
        let then = json["attempts"][0]["then"].as_object_mut().unwrap();
        then.remove("wait").unwrap();
    });
    assert_eq!(what(dropped).await, ["wait after attempt 1"]);
    let redrawn = changed(&text, |json| {
        json["attempts"][1]["then"]["drawn"] = 1.into()
    });
    assert!(
        what(redrawn)
            .await
            .contains(&"wait after attempt 2".to_owned())
    );
    let poorer = changed(&text, |json| {
        json["attempts"][0]["then"]["tokens"] = 4.into()
    });
    assert!(
        what(poorer)
            .await
            .contains(&"end after attempt 1".to_owned())
    );
    let once = changed(&text, |json| json["operation"]["safety"] = "once".into());
    assert!(what(once).await.contains(&"effect".to_owned()));
    let shorter = changed(&text, |json| json["policy"]["deadline"] = "0.001".into());
    assert!(
        what(shorter)
            .await
            .contains(&"end after attempt 1".to_owned())
    );
    let other = changed(&text, |json| json["end"]["message"] = "other".into());
    assert_eq!(what(other).await, ["message"]);
}

/// A busy machine let it begin too late, and it had its answer before anybody looked at the clock.
#[tokio::test(start_paused = true)]
async fn an_answer_at_once_counts_although_the_time_was_over() {
    let text = gateway().await;
    let late = changed(&text, |json| {
        json["policy"]["deadline"] = "0.0855".into();
        json["attempts"][2]["began"] = "0.09".into();
        json["attempts"][2]["ended"] = "0.09".into();
        json["end"]["elapsed"] = "0.09".into();
    });
    let replay = late.replay().await;
    assert!(replay.is_same(), "{replay}");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_capsule_is_refused() {
    let text = gateway().await;
    for wrong in [
        "{}".to_owned(),
        "[".to_owned(),
        text.replace("\"capsule\": 1", "\"capsule\": 2"),
        text.replace("\"unavailable\"", "\"unheard_of\""),
        text.replace("\"max_attempts\": 3", "\"max_attempts\": 0"),
        text.replace("\"read\"", "\"twice\""),
    ] {
        let error = wrong.parse::<Capsule>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert!(Capsule::load("/nowhere/at/all.capsule.json").is_err());
}

/// The provider's own mapping over the recorded answers, under a guard that has to wait.
#[tokio::test(start_paused = true)]
async fn a_providers_mapping_is_run_again_over_the_recorded_answers() {
    let capsule: Capsule = gateway().await.parse().unwrap();
    let transport = capsule.transport();
    assert_eq!(transport.left(), 3);
    let again = Rooms::new(|capture| capture);
    let read = Operation::new("get_room", Safety::Read);
    let error = again.call(&read, &transport, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.attempts(), Some(3));
    assert_eq!(transport.left(), 0);
    let beyond = again.call(&read, &transport, request).await.unwrap_err();
    assert_eq!(beyond.kind(), ErrorKind::Internal);
}
