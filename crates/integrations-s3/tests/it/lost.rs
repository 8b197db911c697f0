//! Answers that are lost on the way back.

use integrations_core::guard::Guard;
use integrations_core::storage::{PutOptions, Storage};
use integrations_core::{Effect, ErrorKind};
use integrations_s3::S3;

use crate::counterpart::{Server, key};
use crate::proxy::{Fault, Proxy};

#[tokio::test]
async fn one_attempt_without_an_answer_leaves_the_effect_unknown() {
    let Some(config) = Server::Moto.new_bucket().await else {
        return;
    };
    let proxy = Proxy::before(&config).await;
    let once = Guard::builder().max_attempts(1).build().unwrap();
    let s3 = S3::new(proxy.config(config)).await.unwrap();
    let storage = Storage::new(s3.with_guard(once));
    // Whether the server has seen it cannot be told from here.
    for (name, fault, there) in [
        ("seen", Fault::CutAfter, true),
        ("unseen", Fault::CutBefore, false),
    ] {
        proxy.fail("PUT", "", fault);
        let put = storage.put(&key(name), "x", PutOptions::default()).await;
        let error = put.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        assert_eq!(storage.exists(&key(name)).await.unwrap(), there);
    }
}

#[tokio::test]
async fn a_put_whose_answer_is_lost_is_sent_again_and_made_once() {
    let Some(config) = Server::Moto.new_bucket().await else {
        return;
    };
    let proxy = Proxy::before(&config).await;
    let storage = Storage::new(S3::new(proxy.config(config)).await.unwrap());
    for (name, fault) in [("seen", Fault::CutAfter), ("unseen", Fault::CutBefore)] {
        proxy.fail("PUT", "", fault);
        let create = PutOptions::create();
        storage.put(&key(name), "x", create.clone()).await.unwrap();
        let again = storage.put(&key(name), "y", create).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists, "{again}");
        assert_eq!(again.effect(), Effect::NotApplied, "{again}");
    }
}
