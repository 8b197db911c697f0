//! Uploads that fail or are given up leave nothing behind.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use integrations_core::storage::{CopyOptions, PutBody, PutMode, PutOptions, Storage};
use integrations_core::{Error, ErrorKind};
use integrations_s3::S3;

use crate::counterpart::{Server, key, pattern};
use crate::proxy::{Fault, Proxy};

const MIB: usize = 1 << 20;

/// The uploads that a bucket has begun and not ended.
async fn open_uploads(s3: &S3) -> usize {
    let list = s3.client().list_multipart_uploads().bucket(s3.bucket());
    list.send().await.unwrap().uploads().len()
}

async fn is_empty(s3: &S3) -> bool {
    let list = s3.client().list_objects_v2().bucket(s3.bucket());
    list.send().await.unwrap().contents().is_empty()
}

fn body(pieces: impl futures::Stream<Item = Result<Bytes, Error>> + Send + 'static) -> PutBody {
    PutBody::stream(pieces)
}

#[tokio::test]
async fn a_source_that_fails_leaves_no_object_and_no_upload() {
    let Some(s3) = Server::Moto.bucket().await else {
        return;
    };
    let storage = Storage::new(s3.clone());
    let pieces = (0..20).map(|_| Ok(pattern(MIB)));
    let failing = stream::iter(pieces).chain(stream::once(async {
        Err(Error::new(ErrorKind::Internal, "the disk was pulled out"))
    }));
    let error = storage
        .put(&key("object"), body(failing), PutOptions::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("the disk was pulled out"),
        "{error}"
    );
    assert!(is_empty(&s3).await);
    assert_eq!(open_uploads(&s3).await, 0);
}

#[tokio::test]
async fn a_put_that_is_dropped_aborts_its_upload() {
    let Some(s3) = Server::Moto.bucket().await else {
        return;
    };
    let storage = Storage::new(s3.clone());
    let endless = stream::iter((0..20).map(|_| Ok(pattern(MIB)))).chain(stream::pending());
    let task = tokio::spawn(async move {
        let key = key("object");
        storage
            .put(&key, body(endless), PutOptions::default())
            .await
            .map(drop)
    });
    until(|| async { open_uploads(&s3).await == 1 }).await;
    task.abort();
    until(|| async { open_uploads(&s3).await == 0 }).await;
    assert!(is_empty(&s3).await);
}

#[tokio::test]
async fn a_put_that_is_dropped_before_it_knows_its_upload_aborts_it() {
    let Some(config) = Server::Moto.new_bucket().await else {
        return;
    };
    let proxy = Proxy::before(&config).await;
    proxy.fail("POST", "uploads", Fault::Hold);
    let s3 = S3::new(proxy.config(config)).await.unwrap();
    let storage = Storage::new(s3.clone());
    let whole = stream::iter((0..20).map(|_| Ok(pattern(MIB))));
    let task = tokio::spawn(async move {
        let key = key("object");
        storage
            .put(&key, body(whole), PutOptions::default())
            .await
            .map(drop)
    });
    until(|| async { open_uploads(&s3).await == 1 }).await;
    task.abort();
    assert!(proxy.seen("PUT").is_empty(), "it knew the upload already");
    until(|| async { open_uploads(&s3).await == 0 }).await;
}

#[tokio::test]
async fn a_large_copy_is_made_in_parts_and_keeps_everything() {
    let Some(mut config) = Server::Moto.new_bucket().await else {
        return;
    };
    config.copy_threshold = 5 << 20;
    let proxy = Proxy::before(&config).await;
    let s3 = S3::new(proxy.config(config)).await.unwrap();
    let storage = Storage::new(s3.clone());
    let bytes = pattern(12 * MIB);
    let options = PutOptions::default()
        .with_content_type("image/png")
        .with_metadata("origin", "camera 7")
        .with_tag("team", "blue");
    storage
        .put(&key("from"), bytes.clone(), options)
        .await
        .unwrap();
    storage
        .copy(&key("from"), &key("to"), CopyOptions::default())
        .await
        .unwrap();

    let copied = proxy.seen("PUT");
    let parts: Vec<_> = copied
        .iter()
        .filter_map(|put| put.headers.get("x-amz-copy-source-range"))
        .collect();
    assert_eq!(
        parts,
        [
            "bytes=0-5242879",
            "bytes=5242880-10485759",
            "bytes=10485760-12582911"
        ]
    );
    let read = storage.get(&key("to"), Default::default()).await.unwrap();
    assert_eq!(
        read.meta.attributes.content_type.as_deref(),
        Some("image/png")
    );
    assert_eq!(read.meta.metadata["origin"], "camera 7");
    assert!(read.bytes().await.unwrap() == bytes);
    assert_eq!(storage.get_tags(&key("to")).await.unwrap()["team"], "blue");

    for _ in 0..20 {
        proxy.fail("PUT", "partNumber=3", Fault::Answer(400));
    }
    let (from, other) = (key("from"), key("other"));
    let copied = storage.copy(&from, &other, CopyOptions::default()).await;
    copied.unwrap_err();
    assert_eq!(open_uploads(&s3).await, 0);
    assert!(!storage.exists(&key("other")).await.unwrap());
}

/// Waits for another process; the test's own time limit is the bound.
async fn until<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    for _ in 0..1000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come about in 20 seconds");
}

#[tokio::test]
async fn a_part_that_the_server_refuses_leaves_no_upload() {
    let Some((proxy, s3)) = Proxy::at(Server::Moto).await else {
        return;
    };
    for _ in 0..20 {
        proxy.fail("PUT", "partNumber=2", Fault::Answer(400));
    }
    let whole = stream::iter((0..20).map(|_| Ok(pattern(MIB))));
    let put = Storage::new(s3.clone());
    put.put(&key("object"), body(whole), PutOptions::default())
        .await
        .unwrap_err();
    assert_eq!(open_uploads(&s3).await, 0);
    assert!(is_empty(&s3).await);
}

#[tokio::test]
async fn a_create_in_parts_does_not_replace_what_came_meanwhile() {
    let Some(s3) = Server::Moto.bucket().await else {
        return;
    };
    let storage = Storage::new(s3.clone());
    let other = storage.clone();
    // The other writer comes when the upload is well under way.
    let late = stream::once(async move {
        other
            .put(&key("object"), "theirs", PutOptions::default())
            .await?;
        Ok(pattern(MIB))
    });
    let whole = stream::iter((0..20).map(|_| Ok(pattern(MIB)))).chain(late);
    let mut create = PutOptions::default();
    create.mode = PutMode::Create;
    let error = storage
        .put(&key("object"), body(whole), create)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    let read = storage
        .get(&key("object"), Default::default())
        .await
        .unwrap();
    assert_eq!(read.bytes().await.unwrap(), "theirs");
    assert_eq!(open_uploads(&s3).await, 0);
}
