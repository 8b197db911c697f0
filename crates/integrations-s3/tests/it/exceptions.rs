//! What a server cannot do, so that a behaviour cannot hold against it. Each is shown here with the
//! SDK's client alone: when a server learns it, its test fails and the exception goes.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::EncodingType;
use std::time::Duration;

use crate::counterpart::Server;

const FOLDERS: &str =
    "s3s-fs keeps keys as paths of the file system: a key cannot also be a folder";

const TWO_STEPS: &str = "s3s-fs checks the condition of a put and writes in two steps";

/// What the provider does not declare.
pub(crate) const ABSENT: &[&str] = &["copy_create", "delete_condition"];

/// s3s-fs 0.14.1: strict about signatures, digests and multipart limits; a file system beneath.
pub(crate) const S3S_FS: &[(&str, &str)] = &[
    (
        "a_read_of_another_version_fails",
        "s3s-fs ignores If-Match on reads",
    ),
    (
        "an_unchanged_object_is_not_modified",
        "s3s-fs ignores If-None-Match on reads",
    ),
    ("head_takes_conditions", "s3s-fs ignores conditions on HEAD"),
    ("times_are_conditions", "s3s-fs ignores conditions of time"),
    (
        "a_suffix_gives_the_last_bytes",
        "s3s-fs answers 500 to a suffix longer than the object",
    ),
    ("one_of_many_creators_wins", TWO_STEPS),
    ("no_update_is_lost", TWO_STEPS),
    ("tags_are_kept", "s3s-fs has no tagging (501)"),
    ("tags_are_replaced", "s3s-fs has no tagging (501)"),
    (
        "odd_keys_are_kept",
        "s3s-fs says that it encoded the keys of a listing and does not",
    ),
    ("a_key_may_be_the_start_of_another", FOLDERS),
    ("keys_are_in_byte_order", FOLDERS),
    ("keys_are_bytes_and_not_paths", FOLDERS),
    (
        "long_keys_are_kept",
        "s3s-fs makes a file name of each segment: 255 bytes at most",
    ),
];

/// moto 5.2.5: close to S3 in conditions and errors; checks no signature.
pub(crate) const MOTO: &[(&str, &str)] = &[
    (
        "a_presigned_read_does_not_write",
        "moto checks no signature",
    ),
    (
        "a_presigned_request_is_for_one_key",
        "moto checks no signature",
    ),
];

#[test]
fn every_behaviour_holds_against_one_server_at_least() {
    for (name, _) in S3S_FS {
        assert!(MOTO.iter().all(|(other, _)| other != name), "{name}");
    }
}

/// The status of an answer.
fn status<T, E: std::fmt::Debug>(sent: &Result<T, SdkError<E>>) -> u16 {
    match sent {
        Ok(_) => 200,
        Err(error) => error.raw_response().unwrap().status().as_u16(),
    }
}

#[tokio::test]
async fn s3s_fs_ignores_conditions_on_reads() {
    let Some(s3) = Server::S3sFs.bucket().await else {
        return;
    };
    let (client, bucket) = (s3.client(), s3.bucket());
    let put = client
        .put_object()
        .bucket(bucket)
        .key("a")
        .body(b"x".to_vec().into());
    let etag = put.send().await.unwrap().e_tag.unwrap();
    let get = || client.get_object().bucket(bucket).key("a");
    assert_eq!(status(&get().if_match("\"other\"").send().await), 200);
    assert_eq!(status(&get().if_none_match(&etag).send().await), 200);
    let long_ago = aws_smithy_types::DateTime::from_secs(0);
    assert_eq!(
        status(&get().if_unmodified_since(long_ago).send().await),
        200
    );
    let head = client
        .head_object()
        .bucket(bucket)
        .key("a")
        .if_match("\"other\"");
    assert_eq!(status(&head.send().await), 200);
}

#[tokio::test]
async fn s3s_fs_fails_on_a_suffix_longer_than_the_object() {
    let Some(s3) = Server::S3sFs.bucket().await else {
        return;
    };
    let (client, bucket) = (s3.client(), s3.bucket());
    let put = client
        .put_object()
        .bucket(bucket)
        .key("a")
        .body(b"x".to_vec().into());
    put.send().await.unwrap();
    let get = client
        .get_object()
        .bucket(bucket)
        .key("a")
        .range("bytes=-99");
    assert_eq!(status(&get.send().await), 500);
}

#[tokio::test]
async fn s3s_fs_has_no_tagging() {
    let Some(s3) = Server::S3sFs.bucket().await else {
        return;
    };
    let (client, bucket) = (s3.client(), s3.bucket());
    let put = client
        .put_object()
        .bucket(bucket)
        .key("a")
        .body(b"x".to_vec().into());
    put.send().await.unwrap();
    let tags = client.get_object_tagging().bucket(bucket).key("a");
    assert_eq!(status(&tags.send().await), 501);
}

#[tokio::test]
async fn s3s_fs_claims_an_encoding_that_it_did_not_do() {
    let Some(s3) = Server::S3sFs.bucket().await else {
        return;
    };
    let (client, bucket) = (s3.client(), s3.bucket());
    let put = client
        .put_object()
        .bucket(bucket)
        .key("%41 +")
        .body(b"x".to_vec().into());
    put.send().await.unwrap();
    let list = client
        .list_objects_v2()
        .bucket(bucket)
        .encoding_type(EncodingType::Url);
    let listed = list.send().await.unwrap();
    assert_eq!(listed.encoding_type(), Some(&EncodingType::Url));
    // "URL-encoded" this would be `%2541+%2B` or `%2541%20%2B`.
    assert_eq!(listed.contents()[0].key(), Some("%41 +"));
}

#[tokio::test]
async fn s3s_fs_keeps_keys_as_paths() {
    let Some(s3) = Server::S3sFs.bucket().await else {
        return;
    };
    let (client, bucket) = (s3.client(), s3.bucket());
    let put = |key: &str| {
        client
            .put_object()
            .bucket(bucket)
            .key(key)
            .body(b"x".to_vec().into())
    };
    put("a").send().await.unwrap();
    assert_eq!(status(&put("a/b").send().await), 500);
    assert_eq!(status(&put("trail/").send().await), 400);
    assert_eq!(status(&put(&"k".repeat(300)).send().await), 500);
}

#[tokio::test]
async fn s3s_fs_lets_several_creators_win() {
    let Some(s3) = Server::S3sFs.bucket().await else {
        return;
    };
    // Which of them win is a race; that more than one does is seen soon.
    for round in 0..200 {
        let puts = (0..16).map(|_| {
            let put = s3
                .client()
                .put_object()
                .bucket(s3.bucket())
                .key(format!("key-{round}"));
            put.if_none_match("*").body(vec![b'x'; 4096].into()).send()
        });
        let done = futures::future::join_all(puts).await;
        if done.iter().filter(|put| put.is_ok()).count() > 1 {
            return;
        }
    }
    panic!("s3s-fs made every create atomic");
}

#[tokio::test]
async fn moto_checks_no_signature() {
    let Some(s3) = Server::Moto.bucket().await else {
        return;
    };
    let (client, bucket) = (s3.client(), s3.bucket());
    let put = client
        .put_object()
        .bucket(bucket)
        .key("a")
        .body(b"x".to_vec().into());
    put.send().await.unwrap();
    let get = client.get_object().bucket(bucket).key("a");
    let hour = PresigningConfig::expires_in(Duration::from_secs(3600)).unwrap();
    let url = get
        .presigned(hour)
        .await
        .unwrap()
        .uri()
        .replace("X-Amz-Signature=", "X-Amz-Signature=0");
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
}
