//! Answers that are lost on the way back.

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use futures::stream;
use integrations_core::storage::{CopyOptions, GetOptions, PutBody, PutOptions, Storage};
use integrations_core::{Effect, ErrorKind};
use integrations_s3::{S3, S3Config};

use crate::counterpart::{Server, key, pattern, store};
use crate::proxy::{Fault, Proxy, once};

#[tokio::test]
async fn one_attempt_without_an_answer_leaves_the_effect_unknown() {
    let Some((proxy, s3)) = Proxy::at(Server::Moto).await else {
        return;
    };
    let storage = once(&s3);
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
    let Some((proxy, s3)) = Proxy::at(Server::Moto).await else {
        return;
    };
    let storage = Storage::new(s3);
    for (name, fault) in [("seen", Fault::CutAfter), ("unseen", Fault::CutBefore)] {
        proxy.fail("PUT", "", fault);
        let create = PutOptions::create();
        storage.put(&key(name), "x", create.clone()).await.unwrap();
        let again = storage.put(&key(name), "y", create).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists, "{again}");
        assert_eq!(again.effect(), Effect::NotApplied, "{again}");
    }
}

/// A bucket that keeps every version, so that effects can be counted.
async fn versioned() -> Option<S3Config> {
    let config = Server::Moto.new_bucket().await?;
    let s3 = S3::new(config.clone()).await.unwrap();
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    let put = s3.client().put_bucket_versioning().bucket(s3.bucket());
    let put = put.versioning_configuration(versioning.build());
    put.send().await.unwrap();
    Some(config)
}

/// How many versions the bucket has, and how many uploads are left in it.
async fn effects(config: &S3Config) -> (usize, usize) {
    let s3 = S3::new(config.clone()).await.unwrap();
    let (client, bucket) = (s3.client(), s3.bucket());
    let versions = client.list_object_versions().bucket(bucket).send();
    let uploads = client.list_multipart_uploads().bucket(bucket).send();
    (
        versions.await.unwrap().versions().len(),
        uploads.await.unwrap().uploads().len(),
    )
}

const MODES: [&str; 3] = ["overwrite", "create", "update"];

/// The options of a write, and what was there before it.
async fn prepare(mode: &str, storage: &Storage) -> (PutOptions, usize) {
    let object = key("object");
    let before = storage.put(&object, "before", PutOptions::default());
    match mode {
        "create" => (PutOptions::create(), 0),
        "update" => (PutOptions::update(before.await.unwrap().etag.unwrap()), 1),
        _ => {
            before.await.unwrap();
            (PutOptions::default(), 1)
        }
    }
}

#[tokio::test]
async fn an_upload_whose_completion_is_not_answered_is_one_version() {
    for mode in MODES {
        for fault in [
            Fault::CutAfter,
            Fault::CutBefore,
            Fault::ErrorInside("InternalError"),
        ] {
            let Some(config) = versioned().await else {
                return;
            };
            let proxy = Proxy::before(&config).await;
            let storage = Storage::new(S3::new(proxy.config(config.clone())).await.unwrap());
            let (options, there) = prepare(mode, &storage).await;
            let bytes = pattern(12 << 20);
            let pieces = stream::iter([Ok(bytes.clone())]);
            proxy.fail("POST", "uploadId", fault);
            let object = key("object");
            let put = storage.put(&object, PutBody::stream(pieces), options);
            let put = put
                .await
                .unwrap_or_else(|e| panic!("{mode}, {fault:?}: {e}"));

            let read = storage.get(&object, GetOptions::default()).await.unwrap();
            assert_eq!(read.meta.etag, put.etag, "{mode}, {fault:?}");
            assert!(read.bytes().await.unwrap() == bytes, "{mode}, {fault:?}");
            assert_eq!(effects(&config).await, (there + 1, 0), "{mode}, {fault:?}");
        }
    }
}

/// S3 API reference, CompleteMultipartUpload: NoSuchUpload also where the upload was completed.
/// moto answers the repetition with the object instead.
#[tokio::test]
async fn an_upload_that_is_gone_after_a_lost_answer_is_read_back() {
    for mode in MODES {
        let Some(config) = versioned().await else {
            return;
        };
        let proxy = Proxy::before(&config).await;
        let storage = Storage::new(S3::new(proxy.config(config.clone())).await.unwrap());
        let (options, there) = prepare(mode, &storage).await;
        let gone = "<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>";
        let xml = ("content-type", "application/xml");
        proxy.fail("POST", "uploadId", Fault::CutAfter);
        proxy.fail("POST", "uploadId", Fault::Say(404, xml, gone));
        let object = key("object");
        let body = PutBody::stream(stream::iter([Ok(pattern(12 << 20))]));
        let put = storage.put(&object, body, options).await;
        let put = put.unwrap_or_else(|e| panic!("{mode}: {e}"));
        let meta = storage.head(&object).await.unwrap();
        assert_eq!(meta.etag, put.etag, "{mode}");
        assert_eq!(effects(&config).await, (there + 1, 0), "{mode}");
    }
}

#[tokio::test]
async fn a_conditional_put_whose_answer_is_lost_is_one_version() {
    for mode in ["create", "update"] {
        for fault in [Fault::CutAfter, Fault::CutBefore, Fault::Answer(500)] {
            let Some(config) = versioned().await else {
                return;
            };
            let proxy = Proxy::before(&config).await;
            let storage = Storage::new(S3::new(proxy.config(config.clone())).await.unwrap());
            let (options, there) = prepare(mode, &storage).await;
            proxy.fail("PUT", "", fault);
            let put = storage.put(&key("object"), "after", options).await;
            let put = put.unwrap_or_else(|e| panic!("{mode}, {fault:?}: {e}"));
            let meta = storage.head(&key("object")).await.unwrap();
            assert_eq!(meta.etag, put.etag, "{mode}, {fault:?}");
            assert_eq!(meta.size, 5, "{mode}, {fault:?}");
            assert!(meta.metadata.is_empty(), "{:?}", meta.metadata);
            assert_eq!(effects(&config).await, (there + 1, 0), "{mode}, {fault:?}");
        }
    }
}

/// What is there is another's; whether ours was there before it cannot be told.
#[tokio::test]
async fn a_lost_write_that_finds_anothers_object_is_unknown() {
    for mode in ["create", "update"] {
        let Some(config) = Server::Moto.new_bucket().await else {
            return;
        };
        let proxy = Proxy::before(&config).await;
        let other = Storage::new(S3::new(config.clone()).await.unwrap());
        let storage = Storage::new(S3::new(proxy.config(config)).await.unwrap());
        let (options, _) = prepare(mode, &storage).await;
        // The answer waits until the other has written.
        proxy.fail("PUT", "", Fault::HoldAndCut);
        let object = key("object");
        let put = storage.put(&object, "ours", options);
        let others = async {
            proxy.held().await;
            store(&other, "theirs".into()).await;
            proxy.release();
        };
        let (put, ()) = futures::join!(put, others);
        let error = put.unwrap_err();
        let kind = match mode {
            "create" => ErrorKind::AlreadyExists,
            _ => ErrorKind::PreconditionFailed,
        };
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        assert!(
            error.to_string().contains("integrations-write-id"),
            "{error}"
        );
        let read = storage.get(&key("object"), GetOptions::default()).await;
        assert_eq!(read.unwrap().bytes().await.unwrap(), "theirs");
    }
}

#[tokio::test]
async fn a_copied_part_whose_answer_is_lost_is_copied_again() {
    for fault in [
        Fault::CutAfter,
        Fault::CutBefore,
        Fault::ErrorInside("InternalError"),
    ] {
        let Some(mut config) = versioned().await else {
            return;
        };
        config.copy_threshold = 5 << 20;
        let proxy = Proxy::before(&config).await;
        let storage = Storage::new(S3::new(proxy.config(config.clone())).await.unwrap());
        let bytes = pattern(12 << 20);
        let from = store(&storage, bytes.clone()).await;
        proxy.fail("PUT", "partNumber=2", fault);
        proxy.fail("POST", "uploadId", fault);
        let to = key("copy");
        let copy = storage.copy(&from, &to, CopyOptions::default());
        copy.await.unwrap_or_else(|e| panic!("{fault:?}: {e}"));
        let read = storage.get(&key("copy"), GetOptions::default()).await;
        assert!(read.unwrap().bytes().await.unwrap() == bytes, "{fault:?}");
        assert_eq!(effects(&config).await, (2, 0), "{fault:?}");
        let sent = proxy.seen("PUT");
        let twice = sent
            .iter()
            .filter(|seen| seen.query.contains("partNumber=2"));
        // Once for the object, and twice for its copy.
        assert!(twice.count() >= 3, "{fault:?}");
    }
}

/// S3 API reference, CopyObject and CompleteMultipartUpload: a 200 may have an error in its body.
#[tokio::test]
async fn a_success_that_fails_in_its_body_is_unknown_and_is_tried_again() {
    let Some((proxy, s3)) = Proxy::at(Server::Moto).await else {
        return;
    };
    let single = once(&s3);
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
    let Some((proxy, s3)) = Proxy::at(Server::Moto).await else {
        return;
    };
    let storage = Storage::new(s3);
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
