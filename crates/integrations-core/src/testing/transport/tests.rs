//! What a client sees of each fault without sockets, and whether the server acted.

use super::*;
use crate::http::Body;

const BODY: &str = r#"{"charged": true}"#;

/// Sends one request that meets this fault. Gives what comes back, and how often the server acted.
async fn send(fault: Fault) -> (Result<(u16, Bytes)>, usize) {
    let transport = FaultyTransport::answering(|_| Answer::new(BODY.into())).with_faults([fault]);
    let request = ::http::Request::post("https://bank.example/charges");
    let request = request.body(Body::from("1 EUR")).unwrap();
    let outcome = async {
        let response = transport.send(request).await?;
        let status = response.status().as_u16();
        Ok((status, response.with_limit(1000).bytes().await?))
    };
    (outcome.await, transport.served())
}

#[tokio::test(start_paused = true)]
async fn faults_that_give_no_answer_tell_what_is_known() {
    for (fault, effect, served) in [
        (Fault::Refuse, Effect::NotApplied, 0),
        (Fault::CutBefore, Effect::Unknown, 0),
        (Fault::CutAfter, Effect::Unknown, 1),
        (Fault::Truncate(3), Effect::Applied, 1),
        (Fault::Oversized(1001), Effect::Applied, 1),
    ] {
        let (outcome, acted) = send(fault.clone()).await;
        assert_eq!(outcome.unwrap_err().effect(), effect, "{fault:?}");
        assert_eq!(acted, served, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn faults_that_change_the_answer_leave_the_effect() {
    let spaced = format!("{BODY:1000}");
    let flipped = BODY.replacen('{', "z", 1);
    for (fault, expected, served) in [
        (Fault::None, (200, BODY), 1),
        (Fault::Truncate(100), (200, BODY), 1),
        (Fault::Oversized(1000), (200, &*spaced), 1),
        (Fault::Duplicate, (200, BODY), 1),
        (Fault::NoLength, (200, BODY), 1),
        (Fault::Flip(0), (200, &*flipped), 1),
        (Fault::Flip(1000), (200, BODY), 1),
        (Fault::status(503), (503, ""), 0),
        (Fault::status_after(503), (503, ""), 1),
    ] {
        let (outcome, acted) = send(fault.clone()).await;
        let (status, body) = outcome.unwrap();
        assert_eq!(
            (status, &*body),
            (expected.0, expected.1.as_bytes()),
            "{fault:?}"
        );
        assert_eq!(acted, served, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_answers_take_their_time() {
    let second = Duration::from_secs(1);
    for (fault, takes) in [
        (Fault::Slow(second), second),
        (Fault::Late(second), second),
        (Fault::Trickle(second), second * BODY.len() as u32),
    ] {
        let start = tokio::time::Instant::now();
        assert_eq!(send(fault).await.0.unwrap().1, BODY);
        assert_eq!(start.elapsed(), takes);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_arrives_late_is_acted_on_when_nobody_waits_any_more() {
    let transport = FaultyTransport::answering(|_| Answer::new(BODY.into()));
    let transport = transport.with_faults([Fault::Late(Duration::from_secs(10))]);
    let request = ::http::Request::post("https://bank.example/").body(Body::empty());
    let sent = transport.send(request.unwrap());
    let patience = Duration::from_secs(1);
    assert!(tokio::time::timeout(patience, sent).await.is_err());
    assert_eq!(transport.served(), 0);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(transport.served(), 1);
}

#[tokio::test(start_paused = true)]
async fn rules_go_before_the_list_and_the_list_before_the_plan() {
    let transport = FaultyTransport::answering(|_| Answer::new(BODY.into()))
        .with_plan(
            FaultPlan::seeded(1)
                .with_share(1.0)
                .of([Fault::status(500)]),
        )
        .with_faults([Fault::status(501)]);
    transport.fail(|head| head.method == "PUT", Fault::status(502));
    let mut seen = Vec::new();
    for method in ["GET", "PUT", "PUT"] {
        let request = ::http::Request::builder().method(method).uri("http://a/");
        let request = request.body(Body::empty()).unwrap();
        seen.push(transport.send(request).await.unwrap().status().as_u16());
    }
    assert_eq!(seen, [501, 502, 500]);
    let exchanges = transport.exchanges();
    assert!(exchanges.iter().all(|exchange| !exchange.served));
    assert!(matches!(exchanges[1].fault, Fault::Answer(_)));
}
