//! Put, get, head, delete.

use integrations_core::storage::PutOptions;

use super::Harness;
use crate::{Verdict, ensure_eq, ensure_kind};

pub(super) async fn a_get_gives_the_bytes_that_were_put(h: Harness) -> Verdict {
    let key = h.key("object");
    h.storage.put(&key, "hello", PutOptions::default()).await?;
    ensure_eq!(
        h.storage.get_bytes(&key).await?,
        "hello",
        "the bytes of {key}"
    );
    Ok(())
}

pub(super) async fn a_put_replaces_the_whole_object(h: Harness) -> Verdict {
    let key = h.key("object");
    h.storage
        .put(&key, "a long first version", PutOptions::default())
        .await?;
    h.storage.put(&key, "short", PutOptions::default()).await?;
    ensure_eq!(
        h.storage.get_bytes(&key).await?,
        "short",
        "the bytes of {key}"
    );
    Ok(())
}

pub(super) async fn creating_twice_fails_the_second_time(h: Harness) -> Verdict {
    let key = h.key("object");
    h.storage.put(&key, "first", PutOptions::create()).await?;
    ensure_kind!(
        h.storage.put(&key, "second", PutOptions::create()).await,
        AlreadyExists,
        "creating {key} a second time"
    );
    ensure_eq!(
        h.storage.get_bytes(&key).await?,
        "first",
        "the bytes of {key}"
    );
    Ok(())
}
