//! What is refused, and how.

use std::time::Duration;

use futures::stream;
use integrations_core::storage::{
    CopyOptions, DeleteOptions, ETag, GetOptions, ListOptions, ObjectKey, PresignRequest, PutBody,
    PutOptions, VersionId,
};
use integrations_core::{Effect, ErrorKind, PageRequest, Result};

use super::Harness;
use crate::requests::quietly;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

fn unsupported<T>(result: Result<T>, feature: &str) -> Verdict {
    match result {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            ensure_eq!(
                error.effect(),
                Effect::NotApplied,
                "the effect of a refusal"
            );
            Ok(())
        }
        Err(error) => Err(Failure::new(format!(
            "{feature}: expected `Unsupported`, saw {error}"
        ))),
        Ok(_) => Err(Failure::new(format!(
            "{feature} is not declared, and the driver served it"
        ))),
    }
}

pub(super) async fn what_is_not_declared_is_refused(h: Harness) -> Verdict {
    h.put("object", "bytes").await?;
    undeclared(&h).await?;
    h.holds("object", b"bytes").await
}

pub(super) async fn refusing_what_is_not_declared_sends_nothing(h: Harness) -> Verdict {
    let put = h.put("object", "bytes");
    quietly(h.requests.as_ref(), put, undeclared(&h)).await
}

/// Asks the driver for everything that it does not declare, about an object that is there.
async fn undeclared(h: &Harness) -> Verdict {
    let key = h.key("object");
    let (driver, has) = (h.storage.provider(), h.storage.capabilities());
    let etag = ETag::new("\"0\"");
    let put = |options: PutOptions| {
        let key = key.clone();
        async move { driver.put(&key, PutBody::from("other"), &options).await }
    };
    if !has.put_stream {
        let body = PutBody::stream(stream::empty());
        unsupported(
            driver.put(&key, body, &PutOptions::default()).await,
            "put_stream",
        )?;
    }
    if !has.put_create {
        unsupported(put(PutOptions::create()).await, "put_create")?;
    }
    if !has.put_update {
        unsupported(put(PutOptions::update(etag.clone())).await, "put_update")?;
    }
    if !has.attributes {
        let options = PutOptions::default().with_content_type("text/plain");
        unsupported(put(options).await, "attributes")?;
    }
    if !has.metadata {
        unsupported(
            put(PutOptions::default().with_metadata("a", "b")).await,
            "metadata",
        )?;
    }
    if !has.tags {
        unsupported(put(PutOptions::default().with_tag("a", "b")).await, "tags")?;
        unsupported(driver.get_tags(&key).await, "get_tags")?;
        unsupported(driver.set_tags(&key, &[].into()).await, "set_tags")?;
    }
    if !has.get_range {
        unsupported(
            driver.get(&key, &GetOptions::range(0..1)).await,
            "get_range",
        )?;
    }
    if !has.get_version {
        let mut options = GetOptions::default();
        options.version = Some(VersionId::new("1"));
        unsupported(driver.get(&key, &options).await, "get_version")?;
    }
    if !has.get_conditions {
        unsupported(
            driver.get(&key, &Harness::read_if_match(&etag)).await,
            "get_conditions",
        )?;
        let options = Harness::read_if_none_match(&etag);
        unsupported(driver.head(&key, &options).await, "conditions of head")?;
    }
    if !has.list_delimiter {
        let options = ListOptions::prefix("").with_delimiter("/");
        unsupported(
            driver.list(&options, &PageRequest::default()).await,
            "list_delimiter",
        )?;
    }
    if !has.list_start_after {
        let options = ListOptions::prefix("").with_start_after("a");
        unsupported(
            driver.list(&options, &PageRequest::default()).await,
            "list_start_after",
        )?;
    }
    if !has.delete_condition {
        let options = DeleteOptions::if_match(etag.clone());
        unsupported(driver.delete(&key, &options).await, "delete_condition")?;
    }
    if !has.delete_many {
        unsupported(
            driver.delete_many(std::slice::from_ref(&key)).await,
            "delete_many",
        )?;
    }
    let target = h.key("copy");
    if !has.copy {
        let options = CopyOptions::default();
        unsupported(driver.copy(&key, &target, &options).await, "copy")?;
    }
    if !has.copy_create {
        let options = CopyOptions::create();
        unsupported(driver.copy(&key, &target, &options).await, "copy_create")?;
    }
    if !has.copy_condition {
        let options = CopyOptions::default().with_if_match(etag.clone());
        unsupported(driver.copy(&key, &target, &options).await, "copy_condition")?;
    }
    let minute = Duration::from_secs(60);
    if !has.presign_get {
        let request = PresignRequest::get(key.clone(), minute);
        unsupported(driver.presign(&request).await, "presign_get")?;
    }
    if !has.presign_put {
        let request = PresignRequest::put(key.clone(), minute);
        unsupported(driver.presign(&request).await, "presign_put")?;
    }
    Ok(())
}

pub(super) async fn wrong_input_is_refused(h: Harness) -> Verdict {
    wrong_input(&h).await?;
    h.lacks("object").await
}

pub(super) async fn refusing_wrong_input_sends_nothing(h: Harness) -> Verdict {
    let head = h.lacks("object");
    quietly(h.requests.as_ref(), head, wrong_input(&h)).await
}

/// Asks the handle for what cannot be.
async fn wrong_input(h: &Harness) -> Verdict {
    let key = h.key("object");
    let long = ObjectKey::from_provider("k".repeat(ObjectKey::MAX_LEN + 1));
    let put = h.storage.put(&long, "x", PutOptions::default()).await;
    ensure_kind!(put, InvalidInput, "an over-long key");
    if h.storage.capabilities().metadata {
        for (name, value) in [
            ("Upper", "v"),
            ("a b", "v"),
            ("", "v"),
            ("a", "line\nfeed"),
            ("a", "ü"),
        ] {
            let options = PutOptions::default().with_metadata(name, value);
            let put = h.storage.put(&key, "x", options).await;
            ensure_kind!(put, InvalidInput, "the metadata {name:?}: {value:?}");
        }
    }
    if h.storage.capabilities().attributes {
        let options = PutOptions::default().with_content_type("text/plain\r\nx-evil: 1");
        let put = h.storage.put(&key, "x", options).await;
        ensure_kind!(put, InvalidInput, "a content type with a line feed");
    }
    if h.storage.capabilities().get_range {
        let get = h.storage.get_range(&key, 5..5).await;
        ensure_kind!(get, InvalidInput, "an empty range");
    }
    if h.storage.capabilities().presign_get {
        for seconds in [0, 8 * 24 * 3600] {
            let request = PresignRequest::get(key.clone(), Duration::from_secs(seconds));
            let presign = h.storage.presign(request).await;
            ensure_kind!(presign, InvalidInput, "a presigned read for {seconds} s");
        }
    }
    Ok(())
}

pub(super) async fn an_error_names_provider_and_operation(h: Harness) -> Verdict {
    let error = ensure_kind!(
        h.storage.head(&h.key("missing")).await,
        NotFound,
        "a head of nothing"
    );
    let name = h.storage.provider().descriptor().name.clone();
    ensure_eq!(error.provider(), Some(name.as_ref()), "the provider");
    ensure_eq!(error.operation(), Some("head"), "the operation");
    ensure_eq!(error.effect(), Effect::NotApplied, "the effect of a read");
    let text = error.to_string();
    ensure!(
        !text.contains('\n'),
        "the message has more than one line: {text:?}"
    );
    Ok(())
}

pub(super) async fn connecting_twice_is_harmless(h: Harness) -> Verdict {
    let provider = h.storage.provider();
    provider.connect().await?;
    provider.connect().await?;
    let health = provider.check_health().await;
    ensure!(health.healthy, "not healthy: {:?}", health.detail);
    ensure_eq!(provider.status().last_error, None, "the last error");
    Ok(())
}
