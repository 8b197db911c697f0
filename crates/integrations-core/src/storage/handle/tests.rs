//! The handle over the mock: a call for which no expectation is set fails the test, so what is
//! refused here was refused before the provider was asked.

use futures::FutureExt;
use futures::executor::block_on;
use futures::future::BoxFuture;

use super::*;
use crate::storage::{Attributes, ETag, MockStorageProvider, PutMode, VersionId};
use crate::{Category, Cursor, Descriptor, Effect};

fn mock(capabilities: StorageCapabilities) -> MockStorageProvider {
    let mut mock = MockStorageProvider::new();
    let descriptor = Descriptor::new("files", Category::STORAGE, "mock");
    mock.expect_descriptor().return_const(descriptor);
    mock.expect_capabilities().return_const(capabilities);
    mock
}

/// A store that can everything, within small bounds.
fn everything() -> StorageCapabilities {
    StorageCapabilities {
        etag: true,
        last_modified: true,
        put_stream: true,
        put_create: true,
        put_update: true,
        get_conditions: true,
        get_version: true,
        get_range: true,
        list_delimiter: true,
        list_start_after: true,
        delete_condition: true,
        delete_many: true,
        copy: true,
        copy_create: true,
        copy_condition: true,
        attributes: true,
        metadata: true,
        tags: true,
        presign_get: true,
        presign_put: true,
        max_key_len: 10,
        max_object_size: Some(5),
        max_delete_batch: 2,
        max_metadata_len: Some(8),
        max_tags: Some(1),
    }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::from_provider(name)
}

fn tag() -> ETag {
    ETag::new("\"1\"")
}

/// Fails unless every call is refused so, and nobody was asked.
fn refused(storage: &Storage, kind: ErrorKind, calls: Vec<(&str, BoxFuture<'_, Result<()>>)>) {
    for (what, call) in calls {
        let Err(error) = block_on(call) else {
            panic!("{what} was not refused")
        };
        assert_eq!(error.kind(), kind, "{what}: {error}");
        assert_eq!(error.effect(), Effect::NotApplied, "{what}");
        assert_eq!(error.provider(), Some("files"), "{what}");
        assert!(error.operation().is_some(), "{what}");
    }
    assert_eq!(storage.provider().descriptor().name, "files");
}

macro_rules! calls {
    ($($what:literal: $call:expr;)+) => {
        vec![$(($what, Box::pin(async { $call.await.map(drop) }) as BoxFuture<'_, Result<()>>)),+]
    };
}

#[test]
fn what_is_not_declared_is_refused_before_the_provider_is_asked() {
    let storage = Storage::new(mock(StorageCapabilities::new()));
    let (s, k, to) = (&storage, &key("a"), &key("b"));
    let put = |options| s.put(k, "x", options);
    let version = GetOptions {
        version: Some(VersionId::new("1")),
        ..GetOptions::default()
    };
    let head_if = GetOptions::default().with_if_none_match(tag());
    let list = |options: ListOptions| async move {
        s.list_with(options, PageRequest::default()).all().await
    };
    let minute = Duration::from_secs(60);
    refused(
        s,
        ErrorKind::Unsupported,
        calls! {
            "put_stream": s.put(k, PutBody::stream(stream::empty()), PutOptions::default());
            "put_create": put(PutOptions::create());
            "put_update": put(PutOptions::update(tag()));
            "attributes": put(PutOptions::default().with_content_type("text/plain"));
            "metadata": put(PutOptions::default().with_metadata("a", "b"));
            "tags of a put": put(PutOptions::default().with_tag("a", "b"));
            "get_range": s.get_range(k, 0..1);
            "get_version": s.get(k, version.clone());
            "get_version of head": s.head_with(k, version.clone());
            "get_conditions": s.get(k, GetOptions::default().with_if_match(tag()));
            "get_conditions of head": s.head_with(k, head_if.clone());
            "list_delimiter": list(ListOptions::prefix("").with_delimiter("/"));
            "list_start_after": list(ListOptions::prefix("").with_start_after("a"));
            "delete_condition": s.delete_with(k, DeleteOptions::if_match(tag()));
            "copy": s.copy(k, to, CopyOptions::default());
            "presign_get": s.presign(PresignRequest::get(k.clone(), minute));
            "presign_put": s.presign(PresignRequest::put(k.clone(), minute));
            "get_tags": s.get_tags(k);
            "set_tags": s.set_tags(k, &BTreeMap::new());
        },
    );
    let mut only_plain_copies = everything();
    only_plain_copies.copy_create = false;
    only_plain_copies.copy_condition = false;
    let s = &Storage::new(mock(only_plain_copies));
    refused(
        s,
        ErrorKind::Unsupported,
        calls! {
            "copy_create": s.copy(k, to, CopyOptions::create());
            "copy_condition": s.copy(k, to, CopyOptions::default().with_if_match(tag()));
        },
    );
}

#[test]
fn a_key_that_is_too_long_is_refused_in_every_call() {
    let storage = Storage::new(mock(everything()));
    // Ten letters, and eleven bytes.
    let (s, k, short) = (&storage, &key("kkkkkkkkk\u{e9}"), &key("a"));
    let both = [short.clone(), k.clone()];
    let minute = Duration::from_secs(60);
    refused(
        s,
        ErrorKind::InvalidInput,
        calls! {
            "put": s.put(k, "x", PutOptions::default());
            "get": s.get_bytes(k);
            "head": s.head(k);
            "exists": s.exists(k);
            "delete": s.delete(k);
        "delete_many": s.delete_many(&both);
            "copy from": s.copy(k, short, CopyOptions::default());
            "copy to": s.copy(short, k, CopyOptions::default());
            "presign": s.presign(PresignRequest::get(k.clone(), minute));
            "get_tags": s.get_tags(k);
            "set_tags": s.set_tags(k, &BTreeMap::new());
        },
    );
    // Without a bound of the provider's own, the common one holds.
    let s = &Storage::new(mock(StorageCapabilities::new()));
    refused(
        s,
        ErrorKind::InvalidInput,
        calls! {
            "put": s.put(&key(&"k".repeat(1025)), "x", PutOptions::default());
        },
    );
}

#[test]
fn what_would_not_arrive_as_it_was_given_is_refused() {
    let storage = Storage::new(mock(everything()));
    let (s, k) = (&storage, &key("a"));
    let plain = PutOptions::default;
    let put = |options| s.put(k, "x", options);
    let named = |name: &str| put(plain().with_metadata(name, "v"));
    let valued = |value: &str| put(plain().with_metadata("a", value));
    let typed = |value: &str| put(plain().with_content_type(value));
    let caching = |value: &str| {
        let attributes = Attributes {
            cache_control: Some(value.to_owned()),
            ..Attributes::default()
        };
        put(plain().with_attributes(attributes))
    };
    let sized = PutBody::sized_stream(stream::empty(), 6);
    let two: BTreeMap<String, String> = [("a", "1"), ("b", "2")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    refused(
        s,
        ErrorKind::InvalidInput,
        calls! {
            "an object over the largest size": s.put(k, "123456", plain());
            "a stream over the largest size": s.put(k, sized, plain());
            "metadata without a name": named("");
            "a name in upper case": named("Owner");
            "a name with a blank": named("a b");
            "a name with a dot": named("a.b");
            "a name beyond ASCII": named("\u{fc}");
            "a name of 129 bytes": named(&"n".repeat(129));
            "a value with a line feed": valued("a\nb");
            "a value beyond ASCII": valued("\u{fc}");
            "a value with a blank before it": valued(" a");
            "a value with a blank after it": valued("a ");
            "nine bytes of metadata of eight": valued("12345678");
            "an empty content type": typed("");
            "a content type with another header": typed("a/b\r\nx-evil: 1");
            "a content type with a blank after it": typed("a/b ");
            "a cache control beyond ASCII": caching("\u{fc}");
            "two tags of one": put(plain().with_tag("a", "1").with_tag("b", "2"));
            "two tags of one, set": s.set_tags(k, &two);
        },
    );
}

#[test]
fn ranges_times_and_delimiters_that_mean_nothing_are_refused() {
    let storage = Storage::new(mock(everything()));
    let (s, k) = (&storage, &key("a"));
    let empty = ListOptions::prefix("").with_delimiter("");
    let presign = |length| s.presign(PresignRequest::get(k.clone(), length));
    let week = PresignRequest::MAX_EXPIRY;
    // A range that ends before it starts.
    let backwards = std::ops::Range { start: 5, end: 4 };
    refused(
        s,
        ErrorKind::InvalidInput,
        calls! {
            "an empty range": s.get_range(k, 5..5);
            "a range backwards": s.get_range(k, backwards.clone());
            "the last 0 bytes": s.get_range(k, ByteRange::Last(0));
            "a head of an empty range": s.head_with(k, GetOptions::range(5..5));
            "an empty delimiter": s.list_with(empty.clone(), PageRequest::default()).all();
            "presigned for no time": presign(Duration::ZERO);
            "presigned for less than a second": presign(Duration::from_millis(999));
            "presigned for more than seven days": presign(week + Duration::from_secs(1));
        },
    );
}

#[test]
fn what_is_at_the_bounds_is_passed_on_as_it_was_given() {
    let mut mock = mock(everything());
    mock.expect_put()
        .withf(|key, body, options| {
            key.as_str() == "0123456789"
                && body.length() == Some(5)
                && options.mode == PutMode::Update(tag())
                && options.metadata["name"] == "1234"
                && options.tags.len() == 1
        })
        .times(1)
        .returning(|_, _, _| Ok(PutResult::new(Some(tag()), None)));
    mock.expect_presign().times(1).returning(|request| {
        assert_eq!(request.expires_in, PresignRequest::MAX_EXPIRY);
        Err(Error::internal("asked"))
    });
    let storage = Storage::new(mock);
    let options = PutOptions::update(tag())
        .with_metadata("name", "1234")
        .with_tag("a", "1");
    let put = block_on(storage.put(&key("0123456789"), "12345", options)).unwrap();
    assert_eq!(put.etag, Some(tag()));
    let request = PresignRequest::put(key("a"), PresignRequest::MAX_EXPIRY);
    assert_eq!(
        block_on(storage.presign(request)).unwrap_err().kind(),
        ErrorKind::Internal
    );
}

/// A store whose object of ten digits is answered as the bytes `answered`, of which these come.
fn answering(answered: std::ops::Range<u64>, bytes: &'static str) -> Storage {
    let mut mock = mock(everything());
    mock.expect_get().returning(move |key, _| {
        let body = Bytes::from_static(bytes.as_bytes()).into();
        Ok(GetResult::new(
            ObjectMeta::new(key.clone(), 10),
            answered.clone(),
            body,
        ))
    });
    Storage::new(mock)
}

#[test]
fn a_body_of_another_length_than_announced_is_an_error() {
    let read = |bytes| block_on(answering(0..10, bytes).get_bytes(&key("a")));
    assert_eq!(read("0123456789").unwrap(), "0123456789");
    for bytes in ["", "012345678", "01234567890"] {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{bytes:?}");
        assert_eq!(error.effect(), Effect::NotApplied);
    }
}

#[test]
fn other_bytes_than_were_asked_for_are_an_error() {
    let read = |answered, bytes, range: ByteRange| {
        block_on(answering(answered, bytes).get_range(&key("a"), range))
    };
    assert_eq!(read(2..5, "234", ByteRange::from(2..5)).unwrap(), "234");
    assert_eq!(read(8..10, "89", ByteRange::from(8..99)).unwrap(), "89");
    assert_eq!(read(7..10, "789", ByteRange::Last(3)).unwrap(), "789");
    assert_eq!(read(7..10, "789", ByteRange::From(7)).unwrap(), "789");
    // A server that does not know ranges, and one that counts from the wrong end.
    for (answered, bytes, range) in [
        (0..10, "0123456789", ByteRange::from(2..5)),
        (2..6, "2345", ByteRange::from(2..5)),
        (0..3, "012", ByteRange::Last(3)),
    ] {
        let error = read(answered, bytes, range).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert_eq!(error.effect(), Effect::NotApplied);
    }
    let past = read(0..10, "0123456789", ByteRange::From(10)).unwrap_err();
    assert_eq!(past.kind(), ErrorKind::InvalidInput);
    // A part where the whole was asked for.
    let part = block_on(answering(0..5, "01234").get_bytes(&key("a"))).unwrap_err();
    assert_eq!(part.kind(), ErrorKind::Decode);
}

#[test]
fn only_not_found_means_that_an_object_does_not_exist() {
    let head = |answer: fn() -> Result<ObjectMeta>| {
        let mut mock = mock(everything());
        mock.expect_head().returning(move |_, _| answer());
        block_on(Storage::new(mock).exists(&key("a")))
    };
    assert!(head(|| Ok(ObjectMeta::new(key("a"), 0))).unwrap());
    assert!(!head(|| Err(Error::not_found("it"))).unwrap());
    let denied = head(|| Err(Error::new(ErrorKind::PermissionDenied, "no")));
    assert_eq!(denied.unwrap_err().kind(), ErrorKind::PermissionDenied);
}

fn outcomes(keys: &[ObjectKey]) -> Vec<DeleteOutcome> {
    let done = |key: &ObjectKey| DeleteOutcome::new(key.clone(), Ok(()));
    keys.iter().map(done).collect()
}

fn five() -> Vec<ObjectKey> {
    ["a", "b", "c", "d", "e"].map(key).to_vec()
}

#[test]
fn many_are_deleted_in_batches_of_the_providers_size() {
    let mut mock = mock(everything());
    mock.expect_delete_many()
        .withf(|keys| keys.len() <= 2)
        .times(3)
        .returning(|keys| Ok(outcomes(keys)));
    let storage = Storage::new(mock);
    let done = block_on(storage.delete_many(&five())).unwrap();
    let order: Vec<_> = done.iter().map(|outcome| outcome.key.clone()).collect();
    assert_eq!(order, five());
    assert!(block_on(storage.delete_many(&[])).unwrap().is_empty());
}

#[test]
fn a_batch_that_fails_does_not_lose_the_outcomes_of_those_before() {
    let mut mock = mock(everything());
    mock.expect_delete_many().times(3).returning(|keys| {
        if keys.contains(&key("c")) {
            return Err(Error::new(ErrorKind::Network, "cut").with_effect(Effect::Unknown));
        }
        Ok(outcomes(keys))
    });
    let done = block_on(Storage::new(mock).delete_many(&five())).unwrap();
    let failed: Vec<_> = done
        .iter()
        .filter(|outcome| outcome.result.is_err())
        .collect();
    assert_eq!(done.len(), 5);
    assert_eq!(failed.len(), 2);
    for outcome in failed {
        let error = outcome.result.as_ref().unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{}", outcome.key);
        assert_eq!(error.operation(), Some("delete_many"));
    }
}

#[test]
fn without_batches_many_are_deleted_one_by_one() {
    let mut mock = mock(StorageCapabilities::new());
    mock.expect_delete()
        .times(5)
        .returning(|key, _| match key.as_str() {
            "c" => Err(Error::new(ErrorKind::PermissionDenied, "no")),
            _ => Ok(()),
        });
    let done = block_on(Storage::new(mock).delete_many(&five())).unwrap();
    let kept: Vec<_> = done.iter().filter(|one| one.result.is_err()).collect();
    assert_eq!(done.len(), 5);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].key, key("c"));
}

#[test]
fn a_rename_whose_delete_fails_says_that_the_copy_is_made() {
    let mut mock = mock(everything());
    mock.expect_head()
        .returning(|key, _| Ok(ObjectMeta::new(key.clone(), 1)));
    mock.expect_copy()
        .times(1)
        .returning(|_, _, _| Ok(PutResult::default()));
    let denied =
        |_: &ObjectKey, _: &DeleteOptions| Err(Error::new(ErrorKind::PermissionDenied, "no"));
    mock.expect_delete().times(1).returning(denied);
    let storage = Storage::new(mock);
    let error = block_on(storage.rename(&key("a"), &key("b"), CopyOptions::default()));
    let error = error.unwrap_err();
    assert_eq!(error.effect(), Effect::Applied);
    assert!(error.to_string().contains("delete the source"), "{error}");
}

#[test]
fn a_rename_to_itself_only_looks_whether_it_is_there() {
    let mut mock = mock(everything());
    mock.expect_head()
        .times(1)
        .returning(|key, _| Ok(ObjectMeta::new(key.clone(), 1)));
    let storage = Storage::new(mock);
    block_on(storage.rename(&key("a"), &key("a"), CopyOptions::default())).unwrap();
}

#[test]
fn a_rename_to_itself_that_may_only_create_is_refused() {
    let mut mock = mock(everything());
    mock.expect_head()
        .returning(|key, _| Ok(ObjectMeta::new(key.clone(), 1)));
    let rename = Storage::new(mock);
    let error = block_on(rename.rename(&key("a"), &key("a"), CopyOptions::create())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn a_rename_copies_and_deletes_the_version_that_it_saw() {
    let mut mock = mock(everything());
    mock.expect_head().times(1).returning(|key, _| {
        let mut meta = ObjectMeta::new(key.clone(), 1);
        meta.etag = Some(tag());
        Ok(meta)
    });
    mock.expect_copy()
        .withf(|_, _, options| options.if_match == Some(tag()))
        .times(1)
        .returning(|_, _, _| Ok(PutResult::default()));
    mock.expect_delete()
        .withf(|_, options| options.if_match == Some(tag()))
        .times(1)
        .returning(|_, _| Ok(()));
    let storage = Storage::new(mock);
    block_on(storage.rename(&key("a"), &key("b"), CopyOptions::default())).unwrap();
}

#[test]
fn without_conditions_a_rename_looks_again_and_keeps_what_was_written_meanwhile() {
    let mut plain = everything();
    plain.copy_condition = false;
    plain.delete_condition = false;
    let mut mock = mock(plain);
    let looks = std::sync::atomic::AtomicUsize::new(0);
    mock.expect_head().times(2).returning(move |key, _| {
        let look = looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut meta = ObjectMeta::new(key.clone(), 1);
        meta.etag = Some(ETag::new(format!("\"{look}\"")));
        Ok(meta)
    });
    mock.expect_copy()
        .times(1)
        .returning(|_, _, _| Ok(PutResult::default()));
    let storage = Storage::new(mock);
    let error = block_on(storage.rename(&key("a"), &key("b"), CopyOptions::default()));
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    assert_eq!(error.effect(), Effect::Applied);
}

#[test]
fn a_batch_has_one_outcome_for_each_key_even_when_the_provider_forgets_some() {
    let mut mock = mock(everything());
    mock.expect_delete_many().returning(|keys| {
        let told = keys.iter().rev().filter(|key| key.as_str() != "c");
        Ok(told
            .map(|key| DeleteOutcome::new(key.clone(), Ok(())))
            .collect())
    });
    let done = block_on(Storage::new(mock).delete_many(&five())).unwrap();
    let order: Vec<_> = done.iter().map(|one| one.key.clone()).collect();
    assert_eq!(order, five());
    let forgotten: Vec<_> = done.iter().filter(|one| one.result.is_err()).collect();
    assert_eq!(forgotten.len(), 1);
    assert_eq!(forgotten[0].key, key("c"));
    let error = forgotten[0].result.as_ref().unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
}

#[test]
fn a_stream_that_was_announced_longer_than_it_is_fails_the_put() {
    let mut mock = mock(everything());
    mock.expect_put().returning(|_, body, _| {
        let all = body.into_stream().bytes().now_or_never();
        all.unwrap().map(|_| PutResult::default())
    });
    let body = PutBody::Stream {
        stream: ByteStream::from(Bytes::from_static(b"abc")),
        length: Some(4),
    };
    let storage = Storage::new(mock);
    assert!(block_on(storage.put(&key("a"), body, PutOptions::default())).is_err());
}

#[test]
fn a_list_goes_on_to_the_last_page_and_never_in_a_circle() {
    let page = |next: fn(Option<&Cursor>) -> Option<&'static str>| {
        let mut mock = mock(everything());
        mock.expect_list().returning(move |_, page| {
            let name = page.cursor.as_ref().map_or("0", Cursor::as_str);
            Ok(Page {
                items: vec![ListEntry::Object(ObjectMeta::new(key(name), 1))],
                next: next(page.cursor.as_ref()).map(Cursor::new),
            })
        });
        block_on(Storage::new(mock).list("").all())
    };
    let all = page(|cursor| match cursor.map(Cursor::as_str) {
        None => Some("1"),
        Some("1") => Some("2"),
        _ => None,
    });
    let names: Vec<_> = all
        .unwrap()
        .iter()
        .map(|meta| meta.key.to_string())
        .collect();
    assert_eq!(names, ["0", "1", "2"]);
    let circle = page(|_| Some("1"));
    assert_eq!(circle.unwrap_err().kind(), ErrorKind::Decode);
}
