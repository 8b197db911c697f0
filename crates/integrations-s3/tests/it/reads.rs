//! Reads that break off, and bytes that are not the object's.

use integrations_core::ErrorKind;
use integrations_core::storage::{ByteRange, GetOptions, PutOptions, Storage};
use integrations_s3::{Checksums, S3};

use crate::counterpart::{Server, key, pattern, store};
use crate::proxy::{Fault, Proxy};

const MIB: usize = 1 << 20;

/// A store through a proxy, with an object of a MiB.
async fn through_proxy() -> Option<(Proxy, Storage, bytes::Bytes)> {
    let mut config = Server::S3sFs.new_bucket().await?;
    config.checksums = Checksums::WhenSupported;
    let proxy = Proxy::before(&config).await;
    let storage = Storage::new(S3::new(proxy.config(config)).await.unwrap());
    let bytes = pattern(MIB);
    store(&storage, bytes.clone()).await;
    Some((proxy, storage, bytes))
}

#[tokio::test]
async fn a_read_that_breaks_off_goes_on_where_it_stopped() {
    let Some((proxy, storage, bytes)) = through_proxy().await else {
        return;
    };
    proxy.fail("GET", "", Fault::CutBody(300_000));
    proxy.fail("GET", "", Fault::CutBody(200_000));
    let read = storage
        .get(&key("object"), GetOptions::default())
        .await
        .unwrap();
    assert!(read.bytes().await.unwrap() == bytes);

    let gets = proxy.seen("GET");
    assert_eq!(gets.len(), 3);
    for resumed in &gets[1..] {
        let range = resumed.headers["range"].to_str().unwrap();
        assert!(
            range.ends_with("-1048575") && !range.starts_with("bytes=0-"),
            "{range}"
        );
        // Otherwise the rest of another version could follow.
        assert!(resumed.headers.contains_key("if-match"));
    }
}

#[tokio::test]
async fn a_ranged_read_that_breaks_off_stays_in_its_range() {
    let Some((proxy, storage, bytes)) = through_proxy().await else {
        return;
    };
    proxy.fail("GET", "", Fault::CutBody(1000));
    let options = GetOptions::range(ByteRange::Bounded(100..500_100));
    let read = storage.get(&key("object"), options).await.unwrap();
    assert!(read.bytes().await.unwrap() == bytes.slice(100..500_100));
}

#[tokio::test]
async fn a_read_that_breaks_off_again_and_again_fails() {
    let Some((proxy, storage, _)) = through_proxy().await else {
        return;
    };
    for _ in 0..20 {
        proxy.fail("GET", "", Fault::CutBody(10));
    }
    let read = storage
        .get(&key("object"), GetOptions::default())
        .await
        .unwrap();
    let error = read.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
}

#[tokio::test]
async fn a_read_is_not_continued_with_another_version() {
    let Some((proxy, storage, _)) = through_proxy().await else {
        return;
    };
    proxy.fail("GET", "", Fault::CutBody(300_000));
    let read = storage
        .get(&key("object"), GetOptions::default())
        .await
        .unwrap();
    let other = bytes::Bytes::from(vec![7; MIB]);
    storage
        .put(&key("object"), other, PutOptions::default())
        .await
        .unwrap();
    let error = read.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
}

#[tokio::test]
async fn a_changed_byte_is_found() {
    let Some((proxy, storage, _)) = through_proxy().await else {
        return;
    };
    proxy.fail("GET", "", Fault::Flip(777_777));
    let read = storage
        .get(&key("object"), GetOptions::default())
        .await
        .unwrap();
    let error = read.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert!(error.to_string().contains("checksum"), "{error}");
}
