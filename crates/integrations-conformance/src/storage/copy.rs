//! Copies on the provider's side.

use integrations_core::storage::{CopyOptions, PutOptions};

use super::Harness;
use super::attributes::{attributes, metadata};
use super::keys::ODD;
use crate::{Verdict, ensure_eq, ensure_kind};

pub(super) async fn a_copy_has_the_bytes(h: Harness) -> Verdict {
    h.put("source", "bytes").await?;
    h.storage
        .copy(&h.key("source"), &h.key("target"), CopyOptions::default())
        .await?;
    h.holds("source", b"bytes").await?;
    h.holds("target", b"bytes").await
}

pub(super) async fn a_copy_keeps_attributes_and_metadata(h: Harness) -> Verdict {
    let mut options = PutOptions::default().with_attributes(attributes());
    options.metadata = metadata();
    h.storage.put(&h.key("source"), "bytes", options).await?;
    h.storage
        .copy(&h.key("source"), &h.key("target"), CopyOptions::default())
        .await?;
    let meta = h.storage.head(&h.key("target")).await?;
    ensure_eq!(meta.attributes, attributes(), "the attributes");
    ensure_eq!(meta.metadata, metadata(), "the metadata");
    Ok(())
}

pub(super) async fn a_copy_is_no_alias(h: Harness) -> Verdict {
    h.put("source", "before").await?;
    h.storage
        .copy(&h.key("source"), &h.key("target"), CopyOptions::default())
        .await?;
    h.put("source", "after").await?;
    h.holds("target", b"before").await?;
    h.storage.delete(&h.key("source")).await?;
    h.holds("target", b"before").await
}

pub(super) async fn a_copy_replaces_the_target(h: Harness) -> Verdict {
    h.put("source", "new").await?;
    h.put("target", "a longer old one").await?;
    h.storage
        .copy(&h.key("source"), &h.key("target"), CopyOptions::default())
        .await?;
    h.holds("target", b"new").await
}

pub(super) async fn a_copy_of_nothing_fails(h: Harness) -> Verdict {
    let copy = h
        .storage
        .copy(&h.key("missing"), &h.key("target"), CopyOptions::default())
        .await;
    ensure_kind!(copy, NotFound, "a copy of nothing");
    h.lacks("target").await
}

pub(super) async fn odd_keys_are_copied(h: Harness) -> Verdict {
    for name in ODD {
        let target = format!("copy of {name}");
        h.put(name, name.as_bytes().to_vec()).await?;
        h.storage
            .copy(&h.key(name), &h.key(&target), CopyOptions::default())
            .await?;
        h.holds(&target, name.as_bytes()).await?;
    }
    Ok(())
}

pub(super) async fn a_copy_may_only_create(h: Harness) -> Verdict {
    h.put("source", "new").await?;
    h.put("target", "old").await?;
    let copy = h
        .storage
        .copy(&h.key("source"), &h.key("target"), CopyOptions::create())
        .await;
    ensure_kind!(copy, AlreadyExists, "a copy onto an existing object");
    h.holds("target", b"old").await?;
    h.storage
        .copy(&h.key("source"), &h.key("fresh"), CopyOptions::create())
        .await?;
    h.holds("fresh", b"new").await
}

pub(super) async fn a_copy_of_the_known_version_works(h: Harness) -> Verdict {
    h.put("source", "bytes").await?;
    let options = CopyOptions::default().with_if_match(h.etag("source").await?);
    h.storage
        .copy(&h.key("source"), &h.key("target"), options)
        .await?;
    h.holds("target", b"bytes").await
}

pub(super) async fn a_copy_of_another_version_fails(h: Harness) -> Verdict {
    h.put("source", "before").await?;
    let options = CopyOptions::default().with_if_match(h.etag("source").await?);
    h.put("source", "after").await?;
    let copy = h
        .storage
        .copy(&h.key("source"), &h.key("target"), options)
        .await;
    ensure_kind!(copy, PreconditionFailed, "a copy of another version");
    h.lacks("target").await
}

pub(super) async fn a_rename_moves(h: Harness) -> Verdict {
    h.put("source", "bytes").await?;
    h.storage
        .rename(&h.key("source"), &h.key("target"), CopyOptions::default())
        .await?;
    h.holds("target", b"bytes").await?;
    h.lacks("source").await
}
