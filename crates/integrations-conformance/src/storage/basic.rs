//! Put, get, head.

use integrations_core::storage::GetOptions;
use jiff::{SignedDuration, Timestamp};

use super::Harness;
use super::harness::{pattern, same};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_get_gives_the_bytes_that_were_put(h: Harness) -> Verdict {
    h.put("object", "hello").await?;
    ensure_eq!(h.read("object").await?, "hello", "the bytes");
    Ok(())
}

pub(super) async fn bytes_of_every_value_survive(h: Harness) -> Verdict {
    let all: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    h.put("object", all.clone()).await?;
    h.holds("object", &all).await
}

pub(super) async fn an_empty_object_is_an_object(h: Harness) -> Verdict {
    h.put("empty", "").await?;
    ensure_eq!(h.storage.head(&h.key("empty")).await?.size, 0, "the size");
    h.holds("empty", b"").await?;
    ensure_eq!(h.names("").await?, ["empty"], "the listing");
    Ok(())
}

pub(super) async fn a_large_object_is_whole(h: Harness) -> Verdict {
    let bytes = pattern((6 << 20) + 7);
    h.put("large", bytes.clone()).await?;
    ensure_eq!(
        h.storage.head(&h.key("large")).await?.size,
        bytes.len() as u64,
        "the size"
    );
    h.holds("large", &bytes).await
}

pub(super) async fn a_put_replaces_the_whole_object(h: Harness) -> Verdict {
    h.put("object", "a long first version").await?;
    h.put("object", "short").await?;
    ensure_eq!(h.read("object").await?, "short", "the bytes");
    ensure_eq!(h.storage.head(&h.key("object")).await?.size, 5, "the size");
    Ok(())
}

pub(super) async fn a_missing_object_is_not_found(h: Harness) -> Verdict {
    let key = h.key("missing");
    ensure_kind!(
        h.storage.get(&key, GetOptions::default()).await,
        NotFound,
        "a get"
    );
    ensure_kind!(h.storage.head(&key).await, NotFound, "a head");
    Ok(())
}

pub(super) async fn head_tells_size_and_key(h: Harness) -> Verdict {
    h.put("object", "12345").await?;
    let meta = h.storage.head(&h.key("object")).await?;
    ensure_eq!(meta.size, 5, "the size");
    ensure_eq!(meta.key, h.key("object"), "the key");
    Ok(())
}

pub(super) async fn head_and_get_agree(h: Harness) -> Verdict {
    h.put("object", "12345").await?;
    let head = h.storage.head(&h.key("object")).await?;
    let get = h
        .storage
        .get(&h.key("object"), GetOptions::default())
        .await?;
    ensure_eq!(get.meta.key, head.key, "the key");
    ensure_eq!(get.meta.size, head.size, "the size");
    ensure_eq!(get.meta.etag, head.etag, "the entity tag");
    ensure_eq!(
        get.meta.last_modified,
        head.last_modified,
        "the time of writing"
    );
    ensure_eq!(get.meta.attributes, head.attributes, "the attributes");
    ensure_eq!(get.range, 0..5, "the range");
    let bytes = get.bytes().await?;
    same(&bytes, b"12345").map_err(Failure::new)
}

pub(super) async fn exists_tells_both_ways(h: Harness) -> Verdict {
    let key = h.key("object");
    ensure!(
        !h.storage.exists(&key).await?,
        "{key} exists before it was stored"
    );
    h.put("object", "x").await?;
    ensure!(
        h.storage.exists(&key).await?,
        "{key} does not exist after it was stored"
    );
    Ok(())
}

pub(super) async fn the_entity_tag_changes_with_the_bytes(h: Harness) -> Verdict {
    let first = h.put_tagged("object", "first").await?;
    let second = h.put_tagged("object", "other").await?;
    ensure!(first != second, "both versions have the entity tag {first}");
    Ok(())
}

pub(super) async fn a_put_answers_the_entity_tag_of_the_object(h: Harness) -> Verdict {
    let put = h.put_tagged("object", "bytes").await?;
    ensure_eq!(h.etag("object").await?, put, "the entity tag by head");
    Ok(())
}

pub(super) async fn last_modified_is_known(h: Harness) -> Verdict {
    h.put("object", "x").await?;
    let meta = h.storage.head(&h.key("object")).await?;
    let Some(written) = meta.last_modified else {
        return Err(Failure::new("head gives no time of writing"));
    };
    // A day, so that a clock or zone that is off by hours is not this behaviour's concern, and a
    // default such as 1970 is.
    let apart = Timestamp::now().duration_since(written).abs();
    ensure!(
        apart < SignedDuration::from_hours(24),
        "written at {written}, which is not now"
    );
    Ok(())
}
