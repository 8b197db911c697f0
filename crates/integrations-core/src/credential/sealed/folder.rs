//! A folder that belongs to one user, with files that are whole or not there.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Effect, Error, ErrorKind, Result};

/// How long somebody waits for the lock of a folder.
const PATIENCE: Duration = Duration::from_secs(20);
const TEMPORARY: &str = ".tmp-";

/// Makes a folder for its owner alone, or looks whether it is one.
pub(super) fn make_private(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| io_error(path, error))?;
    let there = std::fs::metadata(path).map_err(|error| io_error(path, error))?;
    check_private(path, &there, "700")
}

/// Refuses what others than its owner may use.
fn check_private(path: &Path, there: &std::fs::Metadata, mode: &str) -> Result<()> {
    #[cfg(unix)]
    {
        let found = std::os::unix::fs::PermissionsExt::mode(&there.permissions()) & 0o777;
        if found & 0o077 != 0 {
            return Err(Error::new(
                ErrorKind::PermissionDenied,
                format!(
                    "others than its owner may use {}: mode {found:04o}",
                    path.display()
                ),
            )
            .with_code("mode_too_wide")
            .with_effect(Effect::NotApplied)
            .with_advice(format!(
                "`chmod {mode} {}`, and take for read what is in it",
                path.display()
            )));
        }
    }
    #[cfg(not(unix))]
    let _ = (path, there, mode);
    Ok(())
}

/// Refuses a file that others than its owner may read.
#[cfg(feature = "sealed-sqlite")]
pub(super) fn check_private_file(path: &Path) -> Result<()> {
    let there = std::fs::metadata(path).map_err(|error| io_error(path, error))?;
    check_private(path, &there, "600")
}

/// Reads a file that its owner alone may read.
pub(super) fn read_private(path: &Path) -> Result<Vec<u8>> {
    let fail = |error| io_error(path, error);
    let mut file = File::open(path).map_err(fail)?;
    let there = file.metadata().map_err(fail)?;
    check_private(path, &there, "600")?;
    let mut bytes = Vec::with_capacity(usize::try_from(there.len()).unwrap_or_default());
    file.read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// [`read_private`]; `None` when there is no such file.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match read_private(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn private() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file that must not be there yet.
pub(super) fn write_new_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |error| io_error(path, error);
    let mut file = private()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.sync_all().map_err(fail)
}

/// A folder, with the lock on it for as long as this is kept.
#[derive(Debug)]
pub(super) struct Locked {
    folder: PathBuf,
    lock: File,
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Closing is not enough: a child process that is just being started has a copy of the file
        // until it runs its program, and with it the lock.
        let _ = self.lock.unlock();
    }
}

impl Locked {
    /// For those who only read: many at a time.
    pub(super) fn shared(folder: &Path) -> Result<Self> {
        Self::take(folder, File::try_lock_shared)
    }

    /// For one who writes, in any process.
    pub(super) fn exclusive(folder: &Path) -> Result<Self> {
        Self::take(folder, File::try_lock)
    }

    fn take(
        folder: &Path,
        lock: impl Fn(&File) -> std::result::Result<(), TryLockError>,
    ) -> Result<Self> {
        let path = folder.join("lock");
        let fail = |error| io_error(&path, error);
        let file = private()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(fail)?;
        let until = Instant::now() + PATIENCE;
        let mut wait = Duration::from_micros(100);
        loop {
            match lock(&file) {
                Ok(()) => {
                    return Ok(Self {
                        folder: folder.to_path_buf(),
                        lock: file,
                    });
                }
                Err(TryLockError::Error(error)) => return Err(fail(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                    return Err(Error::new(
                        ErrorKind::Unavailable,
                        format!("{} was locked for {PATIENCE:?}", path.display()),
                    )
                    .with_effect(Effect::NotApplied)
                    .with_advice("find the process that holds the lock: it may be stopped"));
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(wait);
                    wait = (wait * 2).min(Duration::from_millis(5));
                }
            }
        }
    }

    /// Replaces a file, so that there is the old one or the new one at any time, also after the end
    /// of the process or of the machine.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let target = self.folder.join(name);
        let temporary = self.folder.join(format!("{TEMPORARY}{name}"));
        let written = (|| {
            let mut file = private()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&temporary, &target)
        })();
        if let Err(error) = written {
            let _ = std::fs::remove_file(&temporary);
            return Err(io_error(&target, error));
        }
        // It is in its place; whether it stays there after a power failure is known only now.
        self.sync()
            .map_err(|error| error.with_effect(Effect::Unknown))
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        let path = self.folder.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(io_error(&path, error))
            }
            _ => Ok(()),
        }
    }

    /// Removes what a process that was killed began to write.
    pub(super) fn sweep(&self) -> Result<()> {
        let fail = |error| io_error(&self.folder, error);
        for entry in std::fs::read_dir(&self.folder).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            if let Some(name) = name.to_str().filter(|name| name.starts_with(TEMPORARY)) {
                self.remove(name)?;
            }
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        #[cfg(unix)]
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| io_error(&self.folder, error))?;
        Ok(())
    }
}

/// An I/O error of the local file system, in the terms of the workspace.
pub(super) fn io_error(path: &Path, error: std::io::Error) -> Error {
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
