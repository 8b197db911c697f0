//! Writes and reads on a condition (RFC 9110, section 13).

use futures::stream;
use integrations_core::storage::{ETag, GetOptions, PutBody, PutOptions, is_not_modified};
use jiff::{SignedDuration, Timestamp};

use super::Harness;
use super::harness::pattern;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn creating_once_stores(h: Harness) -> Verdict {
    h.storage
        .put(&h.key("object"), "first", PutOptions::create())
        .await?;
    ensure_eq!(h.read("object").await?, "first", "the bytes");
    Ok(())
}

pub(super) async fn creating_twice_fails_the_second_time(h: Harness) -> Verdict {
    let key = h.key("object");
    h.storage.put(&key, "first", PutOptions::create()).await?;
    let again = h.storage.put(&key, "second", PutOptions::create()).await;
    ensure_kind!(again, AlreadyExists, "creating a second time");
    ensure_eq!(h.read("object").await?, "first", "the bytes");
    Ok(())
}

pub(super) async fn creating_after_a_delete_works(h: Harness) -> Verdict {
    let key = h.key("object");
    h.storage.put(&key, "first", PutOptions::create()).await?;
    h.storage.delete(&key).await?;
    h.storage.put(&key, "second", PutOptions::create()).await?;
    ensure_eq!(h.read("object").await?, "second", "the bytes");
    Ok(())
}

pub(super) async fn an_update_over_the_known_version_works(h: Harness) -> Verdict {
    let first = h.put_tagged("object", "first").await?;
    h.storage
        .put(
            &h.key("object"),
            "second",
            PutOptions::update(first.clone()),
        )
        .await?;
    ensure_eq!(h.read("object").await?, "second", "the bytes");
    ensure!(
        h.etag("object").await? != first,
        "the entity tag did not change"
    );
    Ok(())
}

pub(super) async fn an_update_over_another_version_fails(h: Harness) -> Verdict {
    let first = h.put_tagged("object", "first").await?;
    h.put("object", "second").await?;
    let stale = h
        .storage
        .put(&h.key("object"), "third", PutOptions::update(first))
        .await;
    ensure_kind!(stale, PreconditionFailed, "an update over an old version");
    ensure_eq!(h.read("object").await?, "second", "the bytes");
    Ok(())
}

pub(super) async fn an_update_of_nothing_fails(h: Harness) -> Verdict {
    let etag = h.put_tagged("other", "x").await?;
    let update = h
        .storage
        .put(&h.key("missing"), "y", PutOptions::update(etag))
        .await;
    ensure!(update.is_err(), "an update of a missing object succeeded");
    h.lacks("missing").await
}

pub(super) async fn a_large_create_is_conditional_too(h: Harness) -> Verdict {
    h.put("object", "first").await?;
    // Larger than any store's part, so that the condition is on the last request of several.
    let pieces: Vec<_> = (0..11).map(|_| Ok(pattern(1 << 20))).collect();
    let body = PutBody::stream(stream::iter(pieces));
    let again = h
        .storage
        .put(&h.key("object"), body, PutOptions::create())
        .await;
    ensure_kind!(again, AlreadyExists, "creating a second time by a stream");
    ensure_eq!(h.read("object").await?, "first", "the bytes");
    Ok(())
}

pub(super) async fn a_read_of_the_known_version_works(h: Harness) -> Verdict {
    let etag = h.put_tagged("object", "bytes").await?;
    let read = h
        .storage
        .get(&h.key("object"), Harness::read_if_match(&etag))
        .await?;
    ensure_eq!(read.bytes().await?, "bytes", "the bytes");
    Ok(())
}

pub(super) async fn a_read_of_another_version_fails(h: Harness) -> Verdict {
    let old = h.put_tagged("object", "old").await?;
    h.put("object", "new").await?;
    let read = h
        .storage
        .get(&h.key("object"), Harness::read_if_match(&old))
        .await;
    ensure_kind!(read, PreconditionFailed, "a read of an old version");
    Ok(())
}

pub(super) async fn an_unchanged_object_is_not_modified(h: Harness) -> Verdict {
    let etag = h.put_tagged("object", "bytes").await?;
    let read = h
        .storage
        .get(&h.key("object"), Harness::read_if_none_match(&etag))
        .await;
    let error = ensure_kind!(read, PreconditionFailed, "a read of what is known");
    ensure!(
        is_not_modified(&error),
        "the error does not say that it is not modified: {error}"
    );
    Ok(())
}

pub(super) async fn a_changed_object_is_given(h: Harness) -> Verdict {
    let old = h.put_tagged("object", "old").await?;
    h.put("object", "new").await?;
    let read = h
        .storage
        .get(&h.key("object"), Harness::read_if_none_match(&old))
        .await?;
    ensure_eq!(read.bytes().await?, "new", "the bytes");
    Ok(())
}

pub(super) async fn times_are_conditions(h: Harness) -> Verdict {
    h.put("object", "bytes").await?;
    let key = h.key("object");
    let Some(written) = h.storage.head(&key).await?.last_modified else {
        return Err(Failure::new("head gives no time of writing"));
    };
    let day = SignedDuration::from_hours(24);
    let (before, after) = (written - day, written + day);
    let modified_since = |time: Timestamp| {
        let mut options = GetOptions::default();
        options.if_modified_since = Some(time);
        options
    };
    let unmodified_since = |time: Timestamp| {
        let mut options = GetOptions::default();
        options.if_unmodified_since = Some(time);
        options
    };
    h.storage.get(&key, modified_since(before)).await?;
    h.storage.get(&key, unmodified_since(after)).await?;
    let unmodified = h.storage.get(&key, unmodified_since(before)).await;
    ensure_kind!(
        unmodified,
        PreconditionFailed,
        "unmodified since the day before"
    );
    // HTTP ignores a time in the future here (RFC 9110, section 13.1.3), so the time of writing
    // itself it is, in whole seconds as HTTP has them.
    let modified = h.storage.get(&key, modified_since(written)).await;
    let error = ensure_kind!(
        modified,
        PreconditionFailed,
        "modified since it was written"
    );
    ensure!(
        is_not_modified(&error),
        "the error does not say that it is not modified: {error}"
    );
    Ok(())
}

pub(super) async fn head_takes_conditions(h: Harness) -> Verdict {
    let etag = h.put_tagged("object", "bytes").await?;
    let key = h.key("object");
    h.storage
        .head_with(&key, Harness::read_if_match(&etag))
        .await?;
    let other = ETag::new("\"0123456789abcdef0123456789abcdef\"");
    let head = h
        .storage
        .head_with(&key, Harness::read_if_match(&other))
        .await;
    ensure_kind!(head, PreconditionFailed, "a head of another version");
    Ok(())
}
