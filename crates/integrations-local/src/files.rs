//! Files that are whole or not there.
#![allow(dead_code)] // Each category uses what it needs.

use std::fs::{File, TryLockError};
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
    Staged::write(path.to_path_buf(), bytes)?.place()
}

/// A file that is on the disk, whole, beside its place. Unless it is [placed](Self::place) it is
/// removed, and what was in its place never changed: so that several files can be made sure of
/// before the first one counts.
#[derive(Debug)]
pub(crate) struct Staged {
    /// `None` once it is in its place.
    temporary: Option<PathBuf>,
    target: PathBuf,
}

impl Staged {
    /// Writes a file beside its place and flushes it to the disk.
    pub(crate) fn write(target: PathBuf, bytes: &[u8]) -> std::io::Result<Self> {
        let folder = target.parent().map(Path::to_path_buf).unwrap_or_default();
        std::fs::create_dir_all(&folder)?;
        let name = format!(".tmp-{}", uuid::Uuid::new_v4().simple());
        let temporary = folder.join(name);
        let mut file = File::create_new(&temporary)?;
        let staged = Self {
            temporary: Some(temporary),
            target,
        };
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(staged)
    }

    /// Where it will be.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Puts it into its place, over what is there.
    pub(crate) fn place(mut self) -> std::io::Result<()> {
        if let Some(temporary) = &self.temporary {
            std::fs::rename(temporary, &self.target)?;
        }
        self.temporary = None;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // What cannot be removed now is removed when the folder is opened again.
            let _ = std::fs::remove_file(temporary);
        }
    }
}

/// A lock on a file, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child process that is just being started has a copy of the
        // file until it runs its program, and with it the lock.
        let _ = self.0.unlock();
    }
}

/// Takes a folder, which is made when it is not there, for this process, as long as the answer is
/// kept.
pub(crate) fn take(folder: &Path) -> Result<Lock> {
    let fail = |error| io_error(folder, error);
    std::fs::create_dir_all(folder).map_err(fail)?;
    let path = folder.join("lock");
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    let lock = options
        .open(&path)
        .map_err(|error| io_error(&path, error))?;
    match lock.try_lock() {
        Ok(()) => Ok(Lock(lock)),
        Err(TryLockError::WouldBlock) => Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "{} is open already, here or in another process",
                folder.display()
            ),
        )
        .with_advice("end the other process, or use another folder")),
        Err(TryLockError::Error(error)) => Err(io_error(&path, error)),
    }
}

/// A folder that belongs to this process as long as this is kept, with one file for everything.
#[derive(Debug)]
pub(crate) struct OneFile {
    path: PathBuf,
    _lock: Lock,
}

impl OneFile {
    /// Takes a folder and reads its file, when it has one.
    pub(crate) async fn open(
        folder: PathBuf,
        name: &'static str,
    ) -> Result<(Self, Option<Vec<u8>>)> {
        off_thread(move || {
            let lock = take(&folder)?;
            let path = folder.join(name);
            let text = match std::fs::read(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                other => Some(other.map_err(|error| io_error(&path, error))?),
            };
            Ok((Self { path, _lock: lock }, text))
        })
        .await
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file, whole.
    pub(crate) async fn write(&self, bytes: Vec<u8>) -> Result<()> {
        write_atomic(self.path.clone(), bytes).await
    }

    /// Whether the folder can be used.
    pub(crate) async fn check(&self) -> Result<()> {
        let folder = self
            .path
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        blocking(folder.clone(), move || std::fs::read_dir(folder).map(drop)).await
    }
}

/// Runs work off the async threads that says by itself what failed.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::internal("the file task was cancelled or panicked"))?
}

/// Runs file work off the async threads, and says which path failed.
pub(crate) async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    off_thread(move || work().map_err(|error| io_error(&path, error))).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_file_in_a_starting_child_holds_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let lock = take(folder.path()).unwrap();
        assert!(take(folder.path()).is_err());
        let _child = lock.0.try_clone().unwrap();
        drop(lock);
        take(folder.path()).unwrap();
    }
}
