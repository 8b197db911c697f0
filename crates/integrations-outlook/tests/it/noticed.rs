//! Notices: the question before a subscription, what comes of changes, and of the subscription
//! itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use integrations_core::calendar::{Calendar, Watch, WatchRequest};
use integrations_core::{ErrorKind, SecretString};
use integrations_microsoft_graph::{Delivery, Notice, NoticeKind, receive};
use integrations_outlook::OutlookConfig;
use integrations_sandbox::microsoft_graph::{Lifecycle, TOKEN};

use crate::account::{account_at, stand_in};
use crate::events::{lunch, renamed};

type Received = Arc<Mutex<Vec<Notice>>>;

/// An application at the address of the notices, which holds them against this secret.
fn application(
    secret: &'static str,
) -> (
    Received,
    impl Fn(http::Request<Bytes>) -> Response<Bytes> + Send + Sync,
) {
    let received = Received::default();
    let kept = received.clone();
    let answer =
        move |request: http::Request<Bytes>| match receive(&request, &[SecretString::from(secret)])
        {
            Ok(Delivery::Validation(answer)) => answer,
            Ok(Delivery::Notices { notices, .. }) => {
                kept.lock().unwrap().extend(notices);
                Response::builder().status(202).body(Bytes::new()).unwrap()
            }
            _ => Response::builder().status(400).body(Bytes::new()).unwrap(),
        };
    (received, answer)
}

fn request(secret: &str) -> WatchRequest {
    let hook = "https://app.example/hook?tenant=7".parse().unwrap();
    WatchRequest::new("primary", hook, SecretString::from(secret))
}

/// evidence: outlook: watching.watch, watching.renew_watch, watching.stop_watch: own reference: notices of the stand-in, read and verified
#[tokio::test(start_paused = true)]
async fn a_subscription_is_made_renewed_and_ended_and_its_notices_are_genuine() {
    let (received, application) = application("s3cret");
    let graph = stand_in().with_delivery(application);
    let account = account_at(graph, OutlookConfig::with_token(TOKEN));
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let watching = calendar.watching().unwrap();
    let watch = watching.start(&request("s3cret")).await.unwrap();
    assert!(!serde_json::to_string(&watch).unwrap().contains("s3cret"));
    let made = calendar.create_event(primary, lunch()).await.unwrap();
    calendar
        .update_event(primary, &made.id, renamed("x"), Default::default())
        .await
        .unwrap();
    calendar
        .delete_event(primary, &made.id, Default::default())
        .await
        .unwrap();
    let kinds = |received: &Received| -> Vec<NoticeKind> {
        let all = received.lock().unwrap();
        all.iter().map(|notice| notice.kind.clone()).collect()
    };
    let expected = [
        NoticeKind::Created,
        NoticeKind::Updated,
        NoticeKind::Deleted,
    ];
    assert_eq!(kinds(&received), expected);
    {
        let all = received.lock().unwrap();
        assert_eq!(all[0].subscription, watch.id.as_str());
        assert_eq!(all[0].resource_id.as_deref(), Some(made.id.as_str()));
    }
    let mut longer = request("s3cret");
    longer.ttl = Some(Duration::from_secs(30 * 24 * 3600));
    let renewed = watching.renew(&watch, &longer).await.unwrap();
    assert_eq!(renewed.id, watch.id);
    assert!(renewed.expires > watch.expires);
    for (event, kind) in [
        (
            Lifecycle::ReauthorizationRequired,
            NoticeKind::ReauthorizationRequired,
        ),
        (Lifecycle::Missed, NoticeKind::Missed),
        (
            Lifecycle::SubscriptionRemoved,
            NoticeKind::SubscriptionRemoved,
        ),
    ] {
        account.graph.lifecycle(watch.id.as_str(), event);
        assert_eq!(kinds(&received).last(), Some(&kind));
    }
    let ended = watching.renew(&renewed, &longer).await.unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::NotFound);
    assert!(ended.advice().contains("synchronise"), "{ended}");
    watching.stop(&renewed).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_address_that_does_not_answer_gets_no_subscription() {
    let graph = stand_in().with_delivery(|_| Response::new(Bytes::from_static(b"who?")));
    let account = account_at(graph, OutlookConfig::with_token(TOKEN));
    let calendar = Calendar::new(account.provider.clone());
    let watching = calendar.watching().unwrap();
    let refused = watching.start(&request("s3cret")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    // Longer than Graph takes, it is not even asked for.
    let before = account.sent.sent();
    let refused = watching
        .start(&request(&"x".repeat(129)))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(account.sent.sent(), before);
}

#[tokio::test(start_paused = true)]
async fn notices_of_another_secret_are_none() {
    let (received, application) = application("other");
    let graph = stand_in().with_delivery(application);
    let account = account_at(graph, OutlookConfig::with_token(TOKEN));
    let calendar = Calendar::new(account.provider.clone());
    let watching = calendar.watching().unwrap();
    let watch: Watch = watching.start(&request("s3cret")).await.unwrap();
    calendar
        .create_event(&"primary".into(), lunch())
        .await
        .unwrap();
    assert_eq!(account.graph.notices(watch.id.as_str()).len(), 1);
    assert!(received.lock().unwrap().is_empty());
}
