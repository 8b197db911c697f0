//! Keys, and changing them.

use super::*;
use crate::error::ErrorKind;

#[test]
fn keys_are_read_as_they_are_written_and_debug_shows_their_ids_alone() {
    let (one, two) = (
        SealingKey::generate().unwrap(),
        SealingKey::generate().unwrap(),
    );
    let keys = SealingKeys::new(one.clone()).rotated_to(two.clone());
    assert!(keys.ids().eq([two.id(), one.id()]));
    let text = keys.export();
    let back = SealingKeys::parse(text.expose_secret()).unwrap();
    assert!(back.ids().eq(keys.ids()));
    let with_commas = format!(
        "# ours\n\n {} , {}\n",
        two.export().expose_secret(),
        one.export().expose_secret()
    );
    assert!(
        SealingKeys::parse(&with_commas)
            .unwrap()
            .ids()
            .eq(keys.ids())
    );
    let shown = format!("{keys:?}");
    assert!(shown.contains(&one.id().to_string()), "{shown}");
    for key in [&one, &two] {
        assert!(!shown.contains(key.export().expose_secret()));
    }
}

#[test]
fn what_is_not_a_key_is_refused_and_not_repeated() {
    let short = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [7; 31]);
    for text in ["", "# nothing", "s3cret", &short, "\u{0}"] {
        let error = SealingKeys::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("s3cret"));
        assert!(
            error.to_string().contains("openssl rand -base64 32"),
            "{error}"
        );
    }
}

#[test]
fn a_file_of_raw_bytes_is_told_what_is_expected() {
    let place = tempfile::tempdir().unwrap();
    let error = |name: &str, bytes: &[u8]| {
        let path = place.path().join(name);
        super::super::folder::write_new_private(&path, bytes).unwrap();
        let error = SealingKeys::from_file(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = error.to_string();
        assert!(
            text.contains(name) && !text.contains("no sealing key"),
            "{text}"
        );
        assert!(text.contains("32 bytes in base64"), "{text}");
        text
    };
    let raw = error("raw.key", &[0xfe; SealingKey::LEN]);
    assert!(raw.contains("base64 < KEY"), "{raw}");
    // As some shells write text: UTF-16 with a mark.
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain([b'A', 0].repeat(44))
        .collect();
    let wide = error("wide.key", &wide);
    assert!(
        wide.contains("90 bytes") && wide.contains("UTF-8"),
        "{wide}"
    );
    // Raw bytes that are text by chance.
    let text = error("text.key", &[b'k'; SealingKey::LEN]);
    assert!(!text.contains("kkk"), "{text}");
}

#[test]
fn an_id_is_of_the_key_and_says_nothing_of_it() {
    let key: SealingKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        .parse()
        .unwrap();
    let again: SealingKey = key.export().expose_secret().parse().unwrap();
    assert_eq!(key.id(), again.id());
    assert_ne!(key.id(), SealingKey::generate().unwrap().id());
    assert_eq!(key.id().to_string().len(), 16);
}

#[tokio::test]
async fn a_store_is_not_opened_with_another_key() {
    let folder = Folder::with_two().await;
    let other = keys();
    let error = SealedFileStore::open(folder.path(), other)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Config, Some("record_key"))
    );
    let id = folder.keys.ids().next().unwrap().to_string();
    assert!(error.to_string().contains(&id), "{error}");
}

#[tokio::test]
async fn a_changed_key_seals_everything_anew_and_the_old_one_is_not_needed_then() {
    let folder = Folder::with_two().await;
    let version = folder.put("c", "access-c").await;
    let new = SealingKey::generate().unwrap();
    let both = folder.keys.clone().rotated_to(new.clone());
    let store = SealedFileStore::open(folder.path(), both).await.unwrap();
    let done = store.reseal().await.unwrap();
    assert_eq!((done.resealed, done.already, done.failed.len()), (3, 0, 0));
    let done = store.reseal().await.unwrap();
    assert_eq!((done.resealed, done.already), (0, 3));
    let alone = SealingKeys::new(new);
    let store = SealedFileStore::open(folder.path(), alone).await.unwrap();
    for name in ["a", "b", "c"] {
        assert_eq!(access(&store, name).await, format!("access-{name}"));
    }
    // Who holds a version goes on.
    let swap = store
        .compare_and_swap(Some(version), &connection("c", "access-c2"))
        .await;
    assert!(matches!(swap.unwrap(), Swap::Stored(_)));
}

#[tokio::test]
async fn one_record_that_cannot_be_opened_does_not_keep_the_others_from_the_new_key() {
    let folder = Folder::with_two().await;
    folder.put("c", "access-c").await;
    std::fs::write(folder.record("a"), b"damaged").unwrap();
    let both = folder
        .keys
        .clone()
        .rotated_to(SealingKey::generate().unwrap());
    let store = SealedFileStore::open(folder.path(), both).await.unwrap();
    let done = store.reseal().await.unwrap();
    assert_eq!((done.resealed, done.failed.len()), (2, 1));
    assert_eq!(done.failed[0].0, id("a"));
}
