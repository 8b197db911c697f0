//! Files that are whole or not there.
#![allow(dead_code)] // Each category uses what it needs.

use std::io::Write;
use std::path::{Path, PathBuf};

use integrations_core::{Effect, Error, ErrorKind, Result};

/// Writes a file so that a crash leaves the old one or the new one, never a part: a temporary file
/// beside it, flushed to the disk, then renamed over it.
pub(crate) async fn write_atomic(path: PathBuf, bytes: Vec<u8>) -> Result<()> {
    blocking(path.clone(), move || write_whole(&path, &bytes)).await
}

/// [`write_atomic`] for code that is off the async threads already.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    std::fs::create_dir_all(&folder)?;
    let name = format!(".tmp-{}", uuid::Uuid::new_v4().simple());
    let temporary = folder.join(name);
    let written = (|| {
        let mut file = std::fs::File::create_new(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Runs file work off the async threads, and says which path failed.
pub(crate) async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| io_error(&path, error)),
        Err(_) => Err(Error::internal("the file task was cancelled or panicked")),
    }
}

/// An I/O error of the local file system, in the terms of the workspace. Nothing was applied:
/// files are replaced whole.
pub(crate) fn io_error(path: &Path, error: std::io::Error) -> Error {
    use std::io::ErrorKind as Io;
    let (kind, what) = match error.kind() {
        Io::NotFound => (ErrorKind::NotFound, "does not exist"),
        Io::PermissionDenied | Io::ReadOnlyFilesystem => {
            (ErrorKind::PermissionDenied, "may not be used")
        }
        Io::StorageFull | Io::QuotaExceeded => {
            (ErrorKind::QuotaExceeded, "does not fit: the disk is full")
        }
        Io::AlreadyExists => (ErrorKind::AlreadyExists, "exists already"),
        _ => (ErrorKind::Unavailable, "cannot be used"),
    };
    Error::new(kind, format!("{} {what}: {error}", path.display()))
        .with_effect(Effect::NotApplied)
        .with_source(error)
}
