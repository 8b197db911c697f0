//! Wrong credentials, a missing bucket, and what is refused before anything is sent.

use std::sync::atomic::Ordering;

use std::time::Duration;

use integrations_core::storage::{
    CopyOptions, DeleteOptions, ETag, GetOptions, ListOptions, PresignRequest, PutOptions, Storage,
    StorageProvider,
};
use integrations_core::{Cursor, Effect, ErrorKind, Integration, PageRequest};
use integrations_s3::S3;

use crate::counterpart::{KEY_ID, SECRET, Server, counted, key, store};
use crate::proxy::{Fault, Proxy, once};

#[tokio::test]
async fn a_wrong_secret_is_named_without_showing_it() {
    let Some(config) = Server::S3sFs.new_bucket().await else {
        return;
    };
    let s3 = S3::new(config.with_access_key(KEY_ID, "not-the-secret"))
        .await
        .unwrap();
    let connect = s3.connect().await.unwrap_err();
    assert!(
        connect.to_string().contains("secret_access_key"),
        "{connect}"
    );
    let storage = Storage::new(s3);
    let put = storage
        .put(&key("a"), "x", PutOptions::default())
        .await
        .unwrap_err();
    // Their answers to HEAD have no body that could say so.
    let head = storage.head(&key("a")).await.unwrap_err();
    let exists = storage.exists(&key("a")).await.unwrap_err();
    for error in [connect, put, head, exists] {
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
        assert_eq!(error.effect(), Effect::NotApplied, "{error}");
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("not-the-secret") && !shown.contains(SECRET),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_missing_bucket_is_a_matter_of_configuration() {
    for server in [Server::S3sFs, Server::Moto] {
        let Some(config) = server.config() else {
            return;
        };
        let bucket = config.bucket.clone();
        let s3 = S3::new(config).await.unwrap();
        let error = s3.connect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.to_string().contains(&bucket), "{error}");

        // It must not pass for a missing object, of which an application makes a new one.
        let storage = Storage::new(s3);
        for error in [
            storage.head(&key("a")).await.unwrap_err(),
            storage.exists(&key("a")).await.unwrap_err(),
            storage
                .copy(&key("a"), &key("b"), CopyOptions::default())
                .await
                .unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Config, "{server:?}: {error}");
        }
        // s3s-fs says NoSuchKey.
        if matches!(server, Server::Moto) {
            let get = storage.get(&key("a"), GetOptions::default()).await;
            assert_eq!(get.unwrap_err().kind(), ErrorKind::Config);
        }
    }
}

#[tokio::test]
async fn a_missing_object_is_asked_for_once() {
    for server in [Server::S3sFs, Server::Moto] {
        let Some(config) = server.new_bucket().await else {
            return;
        };
        let (s3, sent) = counted(config);
        let storage = Storage::new(s3);
        // The first tells that the bucket is there.
        assert!(!storage.exists(&key("a")).await.unwrap());
        let before = sent.load(Ordering::Relaxed);
        for _ in 0..3 {
            assert!(!storage.exists(&key("a")).await.unwrap());
        }
        assert_eq!(sent.load(Ordering::Relaxed), before + 3, "{server:?}");
    }
}

/// HeadBucket API reference: the answer from another region names the bucket's.
#[tokio::test]
async fn a_bucket_in_another_region_names_it() {
    let Some((proxy, s3)) = Proxy::at(Server::Moto).await else {
        return;
    };
    let region = ("x-amz-bucket-region", "eu-central-1");
    for status in [301, 400] {
        proxy.fail("HEAD", "", Fault::Say(status, region, ""));
        let error = s3.connect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(
            error.to_string().contains("set region to eu-central-1"),
            "{error}"
        );
    }
    let moved = "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>";
    proxy.fail("PUT", "", Fault::Say(301, region, moved));
    let storage = Storage::new(s3);
    let put = storage.put(&key("a"), "x", PutOptions::default()).await;
    let error = put.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    assert_eq!(error.code(), Some("PermanentRedirect"), "{error}");
}

#[tokio::test]
async fn bytes_that_changed_on_their_way_are_sent_again() {
    let Some((proxy, s3)) = Proxy::at(Server::S3sFs).await else {
        return;
    };
    let single = once(&s3);
    let storage = Storage::new(s3);
    let digest = "<Error><Code>BadDigest</Code><Message>it did not match</Message></Error>";
    let xml = ("content-type", "application/xml");
    let object = key("a");
    for fault in [Fault::FlipRequest(3), Fault::Say(400, xml, digest)] {
        proxy.fail("PUT", "", fault);
        let put = single.put(&object, "whole", PutOptions::default()).await;
        let error = put.unwrap_err();
        assert!(!single.exists(&object).await.unwrap(), "{fault:?}");
        // s3s-fs answers 500 to the wrong digest, after which nothing can be said.
        if let Fault::Say(..) = fault {
            assert_eq!(error.kind(), ErrorKind::Network, "{error}");
            assert_eq!(error.effect(), Effect::NotApplied, "{error}");
        }

        proxy.fail("PUT", "", fault);
        let put = storage.put(&object, "whole", PutOptions::default());
        put.await.unwrap();
        let read = storage.get(&object, GetOptions::default()).await.unwrap();
        assert_eq!(read.bytes().await.unwrap(), "whole", "{fault:?}");
        storage.delete(&object).await.unwrap();
    }
}

/// S3 API reference, DeleteObjects: 200, with an error for each key that stayed.
#[tokio::test]
async fn a_batch_says_which_keys_stayed() {
    let Some((proxy, s3)) = Proxy::at(Server::Moto).await else {
        return;
    };
    let storage = Storage::new(s3);
    let answer = "<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code>\
                  <Message>no</Message></Error><Error><Key>c</Key><Code>InternalError</Code>\
                  <Message>late</Message></Error></DeleteResult>";
    let xml = ("content-type", "application/xml");
    proxy.fail("POST", "delete", Fault::Say(200, xml, answer));
    let keys = ["a", "b", "c"].map(key);
    let outcomes = storage.delete_many(&keys).await.unwrap();
    let told: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            let failed = outcome.result.as_ref().err();
            let failed = failed.map(|error| (error.kind(), error.effect()));
            (outcome.key.as_str(), failed)
        })
        .collect();
    let denied = (ErrorKind::PermissionDenied, Effect::NotApplied);
    let late = (ErrorKind::Unavailable, Effect::Unknown);
    assert_eq!(told, [("a", None), ("b", Some(denied)), ("c", Some(late))]);
}

#[tokio::test]
async fn a_made_up_cursor_is_refused_and_no_empty_page() {
    let Some((proxy, s3)) = Proxy::at(Server::Moto).await else {
        return;
    };
    let storage = Storage::new(s3);
    // S3 API reference, ListObjectsV2; neither server checks it.
    let wrong = "<Error><Code>InvalidArgument</Code>\
                 <Message>The continuation token provided is incorrect</Message></Error>";
    let xml = ("content-type", "application/xml");
    proxy.fail("GET", "continuation-token", Fault::Say(400, xml, wrong));
    let page = PageRequest {
        cursor: Some(Cursor::new("made-up")),
        ..PageRequest::default()
    };
    let mut list = storage.list_with(ListOptions::default(), page);
    let error = list.next_page().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

#[tokio::test]
async fn a_presigned_request_ends() {
    let Some(config) = Server::S3sFs.new_bucket().await else {
        return;
    };
    let storage = Storage::new(S3::new(config).await.unwrap());
    let object = store(&storage, "x".into()).await;
    let signed = async |seconds| {
        let request = PresignRequest::get(object.clone(), Duration::from_secs(seconds));
        storage.presign(request).await.unwrap().url
    };
    let (short, long) = (signed(1).await, signed(3600).await);
    // The server looks at its own clock.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(reqwest::get(long).await.unwrap().status(), 200);
    assert_eq!(reqwest::get(short).await.unwrap().status(), 403);
}

#[tokio::test]
async fn nobody_there_is_known_not_to_have_taken_effect() {
    let Some(config) = Server::Moto.config() else {
        return;
    };
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let s3 = S3::new(config.with_endpoint(format!("http://127.0.0.1:{port}")))
        .await
        .unwrap();
    let error = Storage::new(s3)
        .put(&key("a"), "x", PutOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert_eq!(error.effect(), Effect::NotApplied);
}

#[tokio::test]
async fn the_driver_refuses_what_s3_cannot_and_sends_nothing() {
    let Some(config) = Server::Moto.config() else {
        return;
    };
    let (s3, sent) = counted(config);
    let mut delete = DeleteOptions::default();
    delete.if_match = Some(ETag::from("\"x\""));
    let mut copy = CopyOptions::default();
    copy.create = true;
    for error in [
        StorageProvider::delete(&s3, &key("a"), &delete)
            .await
            .unwrap_err(),
        StorageProvider::copy(&s3, &key("a"), &key("b"), &copy)
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
    assert_eq!(sent.load(Ordering::Relaxed), 0);
}
