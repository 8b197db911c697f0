//! What an object carries beside its bytes.

use std::collections::BTreeMap;

use futures::stream;
use integrations_core::storage::{Attributes, PutBody, PutOptions};

use super::Harness;
use super::harness::pattern;
use crate::{Verdict, ensure, ensure_eq};

pub(super) fn attributes() -> Attributes {
    let mut attributes = Attributes::default();
    attributes.content_type = Some("text/plain; charset=utf-8".to_owned());
    attributes.content_disposition = Some("attachment; filename=\"a b.txt\"".to_owned());
    // Not `gzip`: clients would unpack it.
    attributes.content_encoding = Some("identity".to_owned());
    attributes.content_language = Some("de".to_owned());
    attributes.cache_control = Some("max-age=60, private".to_owned());
    attributes
}

pub(super) fn metadata() -> BTreeMap<String, String> {
    [
        ("owner", "ada"),
        ("part-number", "0042"),
        ("note", "a, b; c=\"d\""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn options() -> PutOptions {
    let mut options = PutOptions::default().with_attributes(attributes());
    options.metadata = metadata();
    options
}

pub(super) async fn attributes_are_kept(h: Harness) -> Verdict {
    let key = h.key("object");
    h.storage
        .put(
            &key,
            "x",
            PutOptions::default().with_attributes(attributes()),
        )
        .await?;
    ensure_eq!(
        h.storage.head(&key).await?.attributes,
        attributes(),
        "the attributes"
    );
    Ok(())
}

pub(super) async fn metadata_is_kept(h: Harness) -> Verdict {
    let key = h.key("object");
    let mut options = PutOptions::default();
    options.metadata = metadata();
    h.storage.put(&key, "x", options).await?;
    ensure_eq!(
        h.storage.head(&key).await?.metadata,
        metadata(),
        "the metadata"
    );
    Ok(())
}

pub(super) async fn a_put_replaces_attributes_and_metadata(h: Harness) -> Verdict {
    let key = h.key("object");
    h.storage.put(&key, "x", options()).await?;
    h.storage.put(&key, "y", PutOptions::default()).await?;
    let meta = h.storage.head(&key).await?;
    ensure!(
        meta.metadata.is_empty(),
        "metadata is left: {:?}",
        meta.metadata
    );
    ensure_eq!(meta.attributes.cache_control, None, "the cache control");
    ensure_eq!(meta.attributes.content_language, None, "the language");
    Ok(())
}

pub(super) async fn streamed_puts_keep_attributes(h: Harness) -> Verdict {
    let key = h.key("object");
    let pieces: Vec<_> = (0..9).map(|_| Ok(pattern(1 << 20))).collect();
    h.storage
        .put(&key, PutBody::stream(stream::iter(pieces)), options())
        .await?;
    let meta = h.storage.head(&key).await?;
    ensure_eq!(meta.attributes, attributes(), "the attributes");
    ensure_eq!(meta.metadata, metadata(), "the metadata");
    Ok(())
}
