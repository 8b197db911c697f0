//! Tags.

use std::collections::BTreeMap;

use integrations_core::storage::PutOptions;

use super::Harness;
use crate::{Verdict, ensure_eq, ensure_kind};

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

pub(super) async fn tags_are_kept(h: Harness) -> Verdict {
    let key = h.key("object");
    let options = PutOptions::default()
        .with_tag("team", "blue + green")
        .with_tag("cost", "1+1=2");
    h.storage.put(&key, "x", options).await?;
    let expected = tags(&[("team", "blue + green"), ("cost", "1+1=2")]);
    ensure_eq!(h.storage.get_tags(&key).await?, expected, "the tags");
    Ok(())
}

pub(super) async fn tags_are_replaced(h: Harness) -> Verdict {
    let key = h.key("object");
    h.put("object", "bytes").await?;
    ensure_eq!(
        h.storage.get_tags(&key).await?,
        tags(&[]),
        "the tags of an object without any"
    );
    h.storage
        .set_tags(&key, &tags(&[("a", "1"), ("b", "2")]))
        .await?;
    h.storage.set_tags(&key, &tags(&[("b", "3")])).await?;
    ensure_eq!(
        h.storage.get_tags(&key).await?,
        tags(&[("b", "3")]),
        "the tags"
    );
    h.holds("object", b"bytes").await?;
    ensure_kind!(
        h.storage.get_tags(&h.key("missing")).await,
        NotFound,
        "tags of nothing"
    );
    Ok(())
}
