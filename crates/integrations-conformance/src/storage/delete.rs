//! Removing objects.

use integrations_core::storage::{DeleteOptions, ObjectKey};

use super::Harness;
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

pub(super) async fn a_deleted_object_is_gone(h: Harness) -> Verdict {
    h.put("object", "x").await?;
    h.put("other", "y").await?;
    h.storage.delete(&h.key("object")).await?;
    h.lacks("object").await?;
    ensure_eq!(h.names("").await?, ["other"], "the listing");
    Ok(())
}

pub(super) async fn deleting_what_is_not_there_succeeds(h: Harness) -> Verdict {
    h.storage.delete(&h.key("missing")).await?;
    h.put("object", "x").await?;
    h.storage.delete(&h.key("object")).await?;
    h.storage.delete(&h.key("object")).await?;
    Ok(())
}

async fn delete_all(h: &Harness, keys: &[ObjectKey]) -> Verdict {
    let outcomes = h.storage.delete_many(keys).await?;
    let order: Vec<ObjectKey> = outcomes.iter().map(|outcome| outcome.key.clone()).collect();
    ensure_eq!(order, keys, "the keys of the outcomes");
    match outcomes
        .into_iter()
        .find_map(|outcome| outcome.result.err())
    {
        Some(error) => Err(Failure::new(format!("one was not removed: {error}"))),
        None => Ok(()),
    }
}

pub(super) async fn many_are_deleted_in_one_call(h: Harness) -> Verdict {
    // With names that must survive being written into one request body.
    let names = [
        "a", "b c", "d&e", "f<g>", "h\"i", "j/k", "l%6d", "ü", "n+o", "p'q", "keep",
    ];
    for name in names {
        h.put(name, "x").await?;
    }
    let keys: Vec<ObjectKey> = names[..10].iter().map(|name| h.key(name)).collect();
    delete_all(&h, &keys).await?;
    ensure_eq!(h.names("").await?, ["keep"], "the listing");
    Ok(())
}

pub(super) async fn a_batch_may_have_missing_keys(h: Harness) -> Verdict {
    h.put("a", "x").await?;
    h.put("c", "x").await?;
    delete_all(&h, &[h.key("a"), h.key("b"), h.key("c")]).await?;
    ensure_eq!(h.names("").await?, Vec::<String>::new(), "the listing");
    delete_all(&h, &[]).await
}

pub(super) async fn a_delete_of_the_known_version_works(h: Harness) -> Verdict {
    let etag = h.put_tagged("object", "x").await?;
    h.storage
        .delete_with(&h.key("object"), DeleteOptions::if_match(etag))
        .await?;
    h.lacks("object").await
}

pub(super) async fn a_delete_of_another_version_fails(h: Harness) -> Verdict {
    let old = h.put_tagged("object", "old").await?;
    h.put("object", "new").await?;
    let delete = h
        .storage
        .delete_with(&h.key("object"), DeleteOptions::if_match(old))
        .await;
    ensure_kind!(delete, PreconditionFailed, "a delete of an old version");
    h.holds("object", b"new").await
}
