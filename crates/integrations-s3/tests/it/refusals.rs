//! Wrong credentials, a missing bucket, and what is refused before anything is sent.

use std::sync::atomic::Ordering;

use integrations_core::storage::{
    CopyOptions, DeleteOptions, ETag, PutOptions, Storage, StorageProvider,
};
use integrations_core::{Effect, ErrorKind, Integration};
use integrations_s3::S3;

use crate::counterpart::{KEY_ID, SECRET, Server, counted, key};

#[tokio::test]
async fn a_wrong_secret_is_named_without_showing_it() {
    let Some(config) = Server::S3sFs.new_bucket().await else {
        return;
    };
    let s3 = S3::new(config.with_access_key(KEY_ID, "not-the-secret"))
        .await
        .unwrap();
    let connect = s3.connect().await.unwrap_err();
    assert_eq!(connect.kind(), ErrorKind::PermissionDenied, "{connect}");
    assert!(
        connect.to_string().contains("secret_access_key"),
        "{connect}"
    );

    let put = Storage::new(s3)
        .put(&key("a"), "x", PutOptions::default())
        .await
        .unwrap_err();
    assert_eq!(put.kind(), ErrorKind::Unauthenticated, "{put}");
    assert_eq!(put.effect(), Effect::NotApplied);
    for error in [connect, put] {
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
        let error = S3::new(config).await.unwrap().connect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.to_string().contains(&bucket), "{error}");
    }
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
