//! The short commands: list, copy, remove, presign, stat.

use std::process::ExitCode;

use futures::TryStreamExt;
use indicatif::ProgressBar;
use integrations::PageRequest;
use integrations::storage::{
    CopyOptions, GetOptions, ListEntry, ListOptions, ObjectKey, ObjectMeta, PresignRequest,
    PutBody, PutOptions,
};
use serde_json::{Value, json};

use super::Remote;
use crate::output::{Output, bytes, table};
use crate::{Failure, Outcome, interrupt, progress};

pub(super) async fn ls(place: &Remote, recursive: bool, output: &Output) -> Result<(), Failure> {
    let options = ListOptions::prefix(place.key.clone());
    let options = if recursive {
        options
    } else {
        options.with_delimiter("/")
    };
    let mut entries = place.storage.list_with(options, PageRequest::default());
    let mut all = Vec::new();
    let (mut count, mut size) = (0_u64, 0_u64);
    while let Some(entry) = entries.try_next().await? {
        interrupt::check()?;
        match &entry {
            ListEntry::Object(meta) => {
                count += 1;
                size += meta.size;
                output.note(&line(meta));
            }
            other => output.note(&format!("{:>10}  {:20}  {}", "", "folder", other.name())),
        }
        if output.is_json() {
            all.push(entry_json(&entry));
        }
    }
    if output.is_json() {
        output.show(&all, String::new);
    } else {
        output.line(&format!("{count} objects, {}", bytes(size)));
    }
    Ok(())
}

fn line(meta: &ObjectMeta) -> String {
    let when = meta
        .last_modified
        .map(|when| when.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    format!(
        "{:>10}  {:20}  {}",
        bytes(meta.size),
        when.unwrap_or_default(),
        meta.key
    )
}

fn entry_json(entry: &ListEntry) -> Value {
    match entry {
        ListEntry::Object(meta) => object_json(meta),
        other => json!({ "prefix": other.name() }),
    }
}

fn object_json(meta: &ObjectMeta) -> Value {
    json!({
        "key": meta.key, "size": meta.size, "etag": meta.etag, "version": meta.version,
        "last_modified": meta.last_modified, "attributes": meta.attributes,
        "metadata": meta.metadata,
    })
}

pub(super) async fn cp(from: &Remote, to: &Remote, output: &Output) -> Result<(), Failure> {
    let (source, target) = (from.object()?, to.object()?);
    if from.name == to.name && from.storage.capabilities().copy {
        let bar = progress::wait(target.as_str(), output);
        let options = CopyOptions::default();
        from.storage.copy(&source, &target, options).await?;
        bar.finish_and_clear();
    } else {
        between(from, to, (&source, &target), |size| {
            progress::bar(Some(size), target.as_str(), output)
        })
        .await?;
    }
    let (from, to) = (from.show(source.as_str()), to.show(target.as_str()));
    output.show(&json!({ "from": from, "to": to }), || {
        format!("copied {from} to {to}")
    });
    Ok(())
}

/// Copies an object from one store to another, through this machine. `bar` counts its bytes, of as
/// many as it is told.
pub(super) async fn between(
    from: &Remote,
    to: &Remote,
    (source, target): (&ObjectKey, &ObjectKey),
    bar: impl FnOnce(u64) -> ProgressBar,
) -> Result<(), Failure> {
    let read = from.storage.get(source, GetOptions::default()).await?;
    let mut options = PutOptions::default().with_attributes(read.meta.attributes.clone());
    options.metadata.clone_from(&read.meta.metadata);
    let size = read.meta.size;
    let bar = bar(size);
    let body = read.body.and_then(move |chunk| {
        bar.inc(chunk.len() as u64);
        async move { interrupt::check().map(|()| chunk) }
    });
    let body = PutBody::sized_stream(body, size);
    to.storage.put(target, body, options).await?;
    Ok(())
}

pub(super) async fn rm(place: &Remote, recursive: bool, output: &Output) -> Outcome {
    let mut removed = 0_usize;
    let mut failed = Vec::new();
    if recursive {
        let mut list = place.storage.list(place.key.clone());
        while let Some(page) = list.next_page().await? {
            interrupt::check()?;
            let keys: Vec<_> = page.items.into_iter().map(|meta| meta.key).collect();
            for outcome in place.storage.delete_many(&keys).await? {
                match outcome.result {
                    Ok(()) => removed += 1,
                    Err(error) => failed.push(format!("{}: {error}", outcome.key)),
                }
            }
        }
    } else {
        let key = place.object()?;
        // Removing what is not there succeeds at a store; a person who mistyped wants to know.
        place.storage.head(&key).await?;
        place.storage.delete(&key).await?;
        removed = 1;
    }
    output.show(&json!({ "removed": removed, "failed": failed }), || {
        let mut text = format!("removed {removed} objects");
        for line in &failed {
            text.push_str(&format!("\nnot removed: {line}"));
        }
        text
    });
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(super) async fn presign(
    place: &Remote,
    request: PresignRequest,
    output: &Output,
) -> Result<(), Failure> {
    let signed = place.storage.presign(request).await?;
    let headers: std::collections::BTreeMap<&str, &str> = signed
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let value = json!({
        "method": signed.method.as_str(), "url": signed.url, "headers": headers,
        "expires_at": signed.expires_at,
    });
    output.show(&value, || {
        let mut text = format!("{} {}", signed.method, signed.url);
        for (name, value) in &headers {
            text.push_str(&format!("\n{name}: {value}"));
        }
        text
    });
    Ok(())
}

pub(super) async fn stat(place: &Remote, output: &Output) -> Result<(), Failure> {
    let meta = place.storage.head(&place.object()?).await?;
    output.show(&object_json(&meta), || {
        let mut rows = vec![
            ["key".to_owned(), meta.key.to_string()],
            [
                "size".to_owned(),
                format!("{} ({})", meta.size, bytes(meta.size)),
            ],
        ];
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                rows.push([name.to_owned(), value]);
            }
        };
        add("etag", meta.etag.as_ref().map(ToString::to_string));
        add("version", meta.version.as_ref().map(ToString::to_string));
        add(
            "last modified",
            meta.last_modified.map(|when| when.to_string()),
        );
        for (name, value) in meta.attributes.iter() {
            add(name, Some(value.to_owned()));
        }
        for (name, value) in &meta.metadata {
            add(&format!("metadata {name}"), Some(value.clone()));
        }
        table(&["what", "value"], rows)
    });
    Ok(())
}
