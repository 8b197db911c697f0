//! Lost requests and lost answers, with what came of them counted at the stand-in.

use std::sync::Arc;
use std::time::Duration;

use integrations_core::calendar::{Calendar, DeleteOptions, UpdateOptions};
use integrations_core::testing::{Fault, FaultyServer};
use integrations_core::{Effect, ErrorKind};
use integrations_outlook::{Outlook, OutlookConfig};
use integrations_sandbox::Server;
use integrations_sandbox::microsoft_graph::{OWNER, TOKEN};

use crate::account::stand_in;
use crate::calls::{CALLS, Call, done, perform, scene};
use crate::events::{lunch, renamed};

/// evidence: outlook: create_event, update_event, delete_event, respond, create_calendar, update_calendar, delete_calendar, sharing.put_acl, sharing.remove_acl, watching.watch, watching.renew_watch, watching.stop_watch, attachments.add_attachment, attachments.remove_attachment: own reference: the stand-in of Microsoft Graph under every fault
#[tokio::test(start_paused = true)]
async fn every_call_is_done_once_at_most_under_every_fault_and_its_caller_is_told_the_truth() {
    for (call, methods) in CALLS {
        for (method, (name, fault)) in methods
            .iter()
            .flat_map(|method| Fault::catalogue().into_iter().map(move |it| (*method, it)))
        {
            let scene = scene(*call).await;
            let what = format!("{call:?}, {method}: {name}");
            scene
                .account
                .line
                .fail(move |head| head.method == method, fault);
            let result = perform(*call, &scene).await;
            let early = done(*call, &scene);
            match &result {
                Ok(()) => assert_eq!(early, 1.0, "{what}"),
                Err(error) => match error.effect() {
                    Effect::NotApplied => assert_eq!(early, 0.0, "{what}: {error}"),
                    Effect::Applied => assert!(early > 0.0, "{what}: {error}"),
                    Effect::Unknown => assert!(early <= 1.0, "{what}: {error}"),
                },
            }
            // What is still on its way arrives.
            tokio::time::sleep(Duration::from_secs(7200)).await;
            let late = done(*call, &scene);
            assert!(late <= 1.0, "{what}: done {late} times in the end");
            if let Err(error) = &result
                && error.effect() == Effect::NotApplied
            {
                assert_eq!(late, 0.0, "{what}: {error}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_is_done_after_the_wait_also_where_it_must_not_be_done_twice() {
    for (call, methods) in CALLS {
        let scene = scene(*call).await;
        let method = methods[0];
        let wait = Fault::rate_limited("2");
        scene
            .account
            .line
            .fail(move |head| head.method == method, wait);
        let started = tokio::time::Instant::now();
        perform(*call, &scene).await.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(2), "{call:?}");
        assert_eq!(done(*call, &scene), 1.0, "{call:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_be_repeated_is_repeated_when_its_answer_is_lost() {
    const ONCE: &[Call] = &[
        Call::UpdateTold,
        Call::RespondTold,
        Call::CreateCalendar,
        Call::Watch,
        Call::Attach,
    ];
    for (call, methods) in CALLS {
        for method in *methods {
            for fault in [
                Fault::CutAfter,
                Fault::status_after(503),
                Fault::Truncate(3),
            ] {
                let scene = scene(*call).await;
                let method = *method;
                let what = format!("{call:?} {method} {fault:?}");
                scene
                    .account
                    .line
                    .fail(move |head| head.method == method, fault);
                match perform(*call, &scene).await {
                    Ok(()) => {}
                    Err(error) => {
                        assert!(ONCE.contains(call), "{what}: {error}");
                        assert_ne!(error.effect(), Effect::NotApplied, "{what}");
                        let known = error.effect() == Effect::Applied;
                        assert!(known || error.has_advice(), "{what}: {error}");
                    }
                }
                assert_eq!(done(*call, &scene), 1.0, "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_failed_after_a_lost_answer_is_not_told_as_nothing_done() {
    let scene = scene(Call::Update).await;
    let event = scene.event.clone().unwrap();
    scene
        .account
        .line
        .fail(|head| head.method == "PATCH", Fault::CutAfter);
    let options = UpdateOptions::default().with_if_match(event.etag.unwrap());
    let changed = scene
        .calendar
        .update_event(&"primary".into(), &event.id, renamed("x"), options)
        .await;
    let error = changed.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::PreconditionFailed, Effect::Unknown)
    );
}

/// On sockets, with the transport of production.
#[tokio::test]
async fn over_the_network_a_lost_answer_makes_no_second_event() {
    let graph = stand_in();
    let server = Server::start(0, graph.handler()).await.unwrap();
    let line = FaultyServer::before(&server.url()).await.unwrap();
    let config = OutlookConfig::with_token(TOKEN).with_base_url(format!("{}/v1.0", line.url()));
    let calendar = Calendar::from_arc(Arc::new(Outlook::new(config).unwrap()));
    line.fail(|head| head.method == "POST", Fault::CutAfter);
    let made = calendar
        .create_event(&"primary".into(), lunch())
        .await
        .unwrap();
    assert_eq!((graph.effects(), graph.events(OWNER)), (1, 1));
    let sent = line.exchanges().into_iter();
    assert_eq!(sent.filter(|it| it.method == "POST").count(), 2);

    line.fail(|head| head.method == "DELETE", Fault::CutAfter);
    let options = DeleteOptions::default();
    calendar
        .delete_event(&"primary".into(), &made.id, options)
        .await
        .unwrap();
    assert_eq!((graph.effects(), graph.events(OWNER)), (2, 0));
}
