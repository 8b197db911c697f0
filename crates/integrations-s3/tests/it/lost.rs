//! Answers that are lost on the way back.

use integrations_core::guard::Guard;
use integrations_core::storage::{CopyOptions, PutOptions, Storage};
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

/// S3 API reference, CopyObject and CompleteMultipartUpload: a 200 may have an error in its body.
#[tokio::test]
async fn a_success_that_fails_in_its_body_is_unknown_and_is_tried_again() {
    let Some(config) = Server::Moto.new_bucket().await else {
        return;
    };
    let proxy = Proxy::before(&config).await;
    let s3 = S3::new(proxy.config(config)).await.unwrap();
    let once = Guard::builder().max_attempts(1).build().unwrap();
    let single = Storage::new(s3.clone().with_guard(once));
    let storage = Storage::new(s3);
    let (from, to) = (key("from"), key("to"));
    storage
        .put(&from, "x", PutOptions::default())
        .await
        .unwrap();
    for code in ["InternalError", "ServiceUnavailable", "SomethingNew"] {
        proxy.fail("PUT", "", Fault::ErrorInside(code));
        let copy = single.copy(&from, &to, CopyOptions::default()).await;
        let error = copy.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        assert_eq!(error.code(), Some(code));

        proxy.fail("PUT", "", Fault::ErrorInside(code));
        let copy = storage.copy(&from, &to, CopyOptions::default()).await;
        copy.unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_does_not_say_how_long_the_object_is_is_no_empty_object() {
    let Some(config) = Server::Moto.new_bucket().await else {
        return;
    };
    let proxy = Proxy::before(&config).await;
    let storage = Storage::new(S3::new(proxy.config(config)).await.unwrap());
    let name = key("object");
    storage
        .put(&name, "bytes", PutOptions::default())
        .await
        .unwrap();
    proxy.fail("HEAD", "", Fault::NoLength);
    let error = storage.head(&name).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    proxy.fail("HEAD", "", Fault::NoLength);
    let copy = storage
        .copy(&name, &key("copy"), CopyOptions::default())
        .await;
    assert_eq!(copy.unwrap_err().kind(), ErrorKind::Decode);
}
