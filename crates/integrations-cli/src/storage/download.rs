//! Objects on their way into files.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use futures::TryStreamExt;
use indicatif::ProgressBar;
use integrations::storage::{ByteRange, GetOptions, ObjectMeta, Storage};
use serde_json::json;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{Remote, file_failure};
use crate::output::{Output, bytes};
use crate::{Failure, interrupt, progress};

pub(super) async fn to_stdout(from: &Remote) -> Result<(), Failure> {
    let read = from
        .storage
        .get(&from.object()?, GetOptions::default())
        .await?;
    let mut out = tokio::io::stdout();
    copy(
        read.body,
        &mut out,
        &ProgressBar::hidden(),
        Path::new("standard output"),
    )
    .await?;
    out.flush()
        .await
        .map_err(|e| file_failure(Path::new("standard output"), "written", &e))
}

pub(super) async fn get(from: &Remote, to: &Path, output: &Output) -> Result<(), Failure> {
    let key = from.object()?;
    let mut path = to.to_path_buf();
    if path.is_dir() {
        let name = key.as_str().rsplit('/').next().unwrap_or_default();
        if super::location::relative_path(name).is_none() {
            return Err(Failure::usage(format!(
                "{key} has no file name; write the file"
            )));
        }
        path.push(name);
    }
    let meta = from.storage.head(&key).await?;
    let bar = progress::bar(Some(meta.size), key.as_str(), output);
    get_file(&from.storage, &meta, &path, bar.clone()).await?;
    bar.finish_and_clear();
    let shown = path.display().to_string();
    output.show(&json!({ "file": shown, "size": meta.size }), || {
        format!("fetched {shown} ({})", bytes(meta.size))
    });
    Ok(())
}

/// Fetches an object into a file that is whole or not there. The bytes gather in a hidden file
/// beside it, named after the object's version, so that the next run goes on where this one
/// stopped, and never mixes two versions.
pub(super) async fn get_file(
    storage: &Storage,
    meta: &ObjectMeta,
    path: &Path,
    bar: ProgressBar,
) -> Result<(), Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|e| file_failure(folder, "made", &e))?;
    let part = part_path(path, meta);
    let have = match tokio::fs::metadata(&part).await {
        Ok(found) if found.len() <= meta.size && meta.etag.is_some() => found.len(),
        _ => 0,
    };
    let can_resume = have > 0 && storage.capabilities().get_range;
    let start = if can_resume { have } else { 0 };

    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .append(start > 0)
        .truncate(start == 0)
        .open(&part)
        .await
        .map_err(|e| file_failure(&part, "written", &e))?;
    bar.inc(start);
    if start < meta.size {
        let mut options = GetOptions::default();
        if start > 0 {
            options.range = Some(ByteRange::From(start));
        }
        if storage.capabilities().get_conditions {
            options.if_match.clone_from(&meta.etag);
        }
        let read = storage.get(&meta.key, options).await?;
        copy(read.body, &mut file, &bar, &part).await?;
    }
    finish(file, &part, path, meta).await
}

async fn finish(file: File, part: &Path, path: &Path, meta: &ObjectMeta) -> Result<(), Failure> {
    let file = file.into_std().await;
    let when = meta
        .last_modified
        .and_then(|when| SystemTime::try_from(when).ok());
    let (from, to) = (part.to_path_buf(), path.to_path_buf());
    let done = tokio::task::spawn_blocking(move || {
        if let Some(when) = when {
            // The source's time, so that a later sync sees the file as equal.
            file.set_modified(when)?;
        }
        file.sync_all()?;
        std::fs::rename(from, to)
    });
    match done.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(file_failure(path, "written", &error)),
        Err(_) => Err(Failure::failed(format!(
            "writing {} was cut off",
            path.display()
        ))),
    }
}

async fn copy(
    mut body: impl futures::Stream<Item = integrations::Result<bytes::Bytes>> + Unpin,
    to: &mut (impl AsyncWrite + Unpin),
    bar: &ProgressBar,
    path: &Path,
) -> Result<(), Failure> {
    let written = async {
        while let Some(chunk) = body.try_next().await? {
            interrupt::check()?;
            to.write_all(&chunk)
                .await
                .map_err(|e| file_failure(path, "written", &e))?;
            bar.inc(chunk.len() as u64);
        }
        Ok(())
    }
    .await;
    // Also after a failure: the next run goes on from what is on the disk.
    to.flush()
        .await
        .map_err(|e| file_failure(path, "written", &e))?;
    written
}

/// Where the bytes of this version of the object gather.
fn part_path(path: &Path, meta: &ObjectMeta) -> PathBuf {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let etag = meta
        .etag
        .as_ref()
        .map(|etag| etag.as_str().to_owned())
        .unwrap_or_default();
    let version: String = etag
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(40)
        .collect();
    path.with_file_name(format!(".{name}.{version}{PART}"))
}

/// How the name of an unfinished download ends: in a way that no file of the user's does.
const PART: &str = ".integrations-part";

/// Whether a file of this name is an unfinished download.
pub(super) fn is_part(file_name: &str) -> bool {
    file_name.starts_with('.') && file_name.ends_with(PART)
}
