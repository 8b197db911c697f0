//! What somebody without the key does to a store: it is found out, and nothing of it is returned.

use super::*;
use crate::credential::sealed::envelope::{self, Kind};
use crate::error::ErrorKind;

/// Writes as somebody else would, keeping the mode.
fn overwrite(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

fn shows_nothing(error: &Error) {
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("access-"), "{shown}");
    assert!(!shown.contains("refresh-of-"), "{shown}");
}

#[tokio::test]
async fn what_is_on_the_disk_shows_no_secret_and_no_name() {
    let folder = Folder::with_two().await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in ["access-", "refresh-of-", "zoom"] {
            let there = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!there, "{secret}");
        }
    }
}

#[test]
fn every_bit_of_a_record_counts() {
    let keys = keys();
    let text = connection("a", "access-a").export();
    let text = text.expose_secret().as_bytes();
    let sealed = envelope::seal(&keys, Kind::Record, "a", 7, text).unwrap();
    let opened = envelope::open(&keys, Kind::Record, "a", &sealed).unwrap();
    assert_eq!((opened.head.version, &opened.content[..]), (7, text));
    for bit in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let error = envelope::open(&keys, Kind::Record, "a", &altered).err();
        let error = error.unwrap_or_else(|| panic!("bit {bit} does not count"));
        let code = error.code().unwrap_or_default().to_owned();
        // The first seven bytes say what it is, the next eight which key.
        let expected = match bit / 8 {
            0..7 => "record_form",
            7..15 => "record_key",
            _ => "record_altered",
        };
        assert_eq!(code, expected, "bit {bit}");
        shows_nothing(&error);
    }
}

#[test]
fn a_record_that_is_cut_off_or_longer_is_refused_at_every_length() {
    let keys = keys();
    let sealed = envelope::seal(&keys, Kind::Record, "a", 7, b"content").unwrap();
    for length in 0..sealed.len() {
        let cut = envelope::open(&keys, Kind::Record, "a", &sealed[..length]);
        assert_eq!(cut.err().unwrap().kind(), ErrorKind::Untrusted, "{length}");
    }
    let longer = [&sealed[..], b"x"].concat();
    assert!(envelope::open(&keys, Kind::Record, "a", &longer).is_err());
}

#[test]
fn a_record_is_of_one_connection_one_kind_and_one_key() {
    let (keys, others) = (keys(), super::keys());
    let sealed = envelope::seal(&keys, Kind::Record, "a", 7, b"content").unwrap();
    let of_other = envelope::open(&keys, Kind::Record, "b", &sealed);
    assert_eq!(of_other.err().unwrap().code(), Some("record_altered"));
    let as_list = envelope::open(&keys, Kind::Manifest, "a", &sealed);
    assert_eq!(as_list.err().unwrap().code(), Some("record_form"));
    let error = envelope::open(&others, Kind::Record, "a", &sealed)
        .err()
        .unwrap();
    assert_eq!(
        (error.code(), error.kind()),
        (Some("record_key"), ErrorKind::Config)
    );
    let key = keys.ids().next().unwrap().to_string();
    assert!(error.to_string().contains(&key), "{error}");
}

#[test]
fn two_seals_of_the_same_are_not_the_same() {
    let keys = keys();
    let seal = || envelope::seal(&keys, Kind::Record, "a", 7, b"content").unwrap();
    assert_ne!(seal(), seal());
}

#[tokio::test]
async fn a_record_with_a_byte_changed_or_cut_off_is_an_error_of_that_record_alone() {
    let folder = Folder::with_two().await;
    let sealed = std::fs::read(folder.record("a")).unwrap();
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 0x80;
        overwrite(&folder.record("a"), &altered);
        shows_nothing(&folder.error("a").await);
        overwrite(&folder.record("a"), &sealed[..at]);
        let error = folder.error("a").await;
        assert_eq!(error.kind(), ErrorKind::Untrusted, "{at}");
    }
    assert_eq!(access(&folder.store, "b").await, "access-b");
    let wrong = folder.store.verify().await.unwrap();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].0, id("a"));
    // The list is complete all the same.
    let ids = (&folder.store as &dyn CredentialStore).ids().await.unwrap();
    assert_eq!(ids, [id("a"), id("b")]);
}

#[tokio::test]
async fn a_list_with_a_byte_changed_or_cut_off_opens_no_store() {
    let folder = Folder::with_two().await;
    let sealed = std::fs::read(folder.list()).unwrap();
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        overwrite(&folder.list(), &altered);
        shows_nothing(&folder.error("a").await);
        overwrite(&folder.list(), &sealed[..at]);
        assert_eq!(folder.error("a").await.kind(), ErrorKind::Untrusted);
    }
    assert!(folder.again().await.is_err());
    overwrite(&folder.list(), &sealed);
    assert_eq!(
        access(&folder.again().await.unwrap(), "a").await,
        "access-a"
    );
}

#[tokio::test]
async fn records_that_are_exchanged_are_found_out() {
    let folder = Folder::with_two().await;
    folder.put("c", "access-c").await;
    let (a, b) = (folder.record("a"), folder.record("b"));
    let (of_a, of_b) = (std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());
    overwrite(&a, &of_b);
    overwrite(&b, &of_a);
    for name in ["a", "b"] {
        let error = folder.error(name).await;
        assert_eq!(error.code(), Some("record_altered"), "{error}");
    }
}

#[tokio::test]
async fn an_earlier_record_that_is_put_back_is_found_out() {
    let folder = Folder::with_two().await;
    let earlier = std::fs::read(folder.record("a")).unwrap();
    folder.put("a", "access-a2").await;
    folder.put("b", "access-b2").await;
    overwrite(&folder.record("a"), &earlier);
    let error = folder.error("a").await;
    assert_eq!(error.code(), Some("record_rolled_back"), "{error}");
    assert_eq!(access(&folder.store, "b").await, "access-b2");
}

#[tokio::test]
async fn an_earlier_version_of_the_last_write_is_mended_from_the_list() {
    let folder = Folder::with_two().await;
    let earlier = std::fs::read(folder.record("b")).unwrap();
    folder.put("b", "access-b2").await;
    overwrite(&folder.record("b"), &earlier);
    assert_eq!(access(&folder.store, "b").await, "access-b2");
    folder.put("a", "access-a2").await;
    assert_eq!(access(&folder.store, "b").await, "access-b2");
}

#[tokio::test]
async fn an_earlier_list_that_is_put_back_is_found_out_by_every_record_written_since() {
    let folder = Folder::with_two().await;
    let earlier = std::fs::read(folder.list()).unwrap();
    folder.put("a", "access-a2").await;
    folder.put("b", "access-b2").await;
    folder.put("c", "access-c").await;
    overwrite(&folder.list(), &earlier);
    let error = folder.error("a").await;
    assert_eq!(error.code(), Some("list_rolled_back"), "{error}");
}

#[tokio::test]
async fn a_record_and_the_list_of_one_time_do_not_hide_what_was_written_since() {
    let folder = Folder::with_two().await;
    folder.put("c", "access-c").await;
    let (list, record) = (folder.list(), folder.record("a"));
    let earlier = (
        std::fs::read(&list).unwrap(),
        std::fs::read(&record).unwrap(),
    );
    folder.put("a", "access-a2").await;
    folder.put("b", "access-b2").await;
    folder.put("a", "access-a3").await;
    overwrite(&list, &earlier.0);
    overwrite(&record, &earlier.1);
    let wrong = folder.store.verify().await.unwrap();
    let wrong: Vec<_> = wrong
        .iter()
        .map(|(id, e)| (id.as_str(), e.code()))
        .collect();
    assert_eq!(wrong, [("b", Some("list_rolled_back"))]);
}

#[tokio::test]
async fn what_is_removed_is_missed() {
    let folder = Folder::with_two().await;
    std::fs::remove_file(folder.record("a")).unwrap();
    assert_eq!(folder.error("a").await.code(), Some("record_missing"));
    std::fs::remove_file(folder.list()).unwrap();
    assert_eq!(folder.error("b").await.code(), Some("list_missing"));
    let error = folder.again().await.unwrap_err();
    assert_eq!(error.code(), Some("list_missing"));
}

#[tokio::test]
async fn a_record_that_was_deleted_stays_deleted_when_it_is_put_back() {
    let folder = Folder::with_two().await;
    let of_a = std::fs::read(folder.record("a")).unwrap();
    let there = folder.store.load(&id("a")).await.unwrap().unwrap();
    assert!(folder.store.delete(&id("a"), there.version).await.unwrap());
    overwrite(&folder.record("a"), &of_a);
    assert!(folder.store.load(&id("a")).await.unwrap().is_none());
}

/// What the page says cannot be found out: it is true that it is not.
#[tokio::test]
async fn a_whole_folder_of_yesterday_is_the_folder_of_yesterday() {
    let folder = Folder::with_two().await;
    let files = || {
        std::fs::read_dir(folder.path())
            .unwrap()
            .map(|e| e.unwrap().path())
    };
    let earlier: Vec<_> = files()
        .map(|p| (p.clone(), std::fs::read(p).unwrap()))
        .collect();
    folder.put("a", "access-a2").await;
    for (path, bytes) in earlier {
        overwrite(&path, &bytes);
    }
    assert_eq!(access(&folder.store, "a").await, "access-a");
    assert!(folder.store.verify().await.unwrap().is_empty());
}
