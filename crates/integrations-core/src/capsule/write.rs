//! Capsules on their way to the disk: a bounded queue, whole files or none, and not too many.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use super::model::Capsule;

/// So many writes may wait. In an outage most capsules are of the same failure.
const WAITING: usize = 8;

/// How a capsule's file ends, and one that is not finished.
const ENDING: &str = ".capsule.json";
const UNFINISHED: &str = ".capsule.tmp";

/// An unfinished file that is older was left by a crash.
const ABANDONED: Duration = Duration::from_secs(600);

/// The writes that wait.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: AtomicUsize,
    told: AtomicBool,
    done: Notify,
}

/// A place in the queue; dropped, it is free again.
#[derive(Debug)]
pub(crate) struct Place(Arc<Queue>);

impl Queue {
    /// A place, when one is free.
    pub(crate) fn enter(queue: &Arc<Self>) -> Option<Place> {
        let more = |waiting: usize| (waiting < WAITING).then_some(waiting + 1);
        let entered = queue
            .waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        entered.ok().map(|_| Place(queue.clone()))
    }

    /// Tells once, until the queue is empty again, that capsules are left out.
    pub(crate) fn left_out(&self, capsule: &Capsule) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "integrations::capsule",
                integration = capsule.integration,
                operation = capsule.operation.name,
                "calls fail faster than their capsules are written: some are left out"
            );
        }
    }

    /// Waits until nothing waits.
    pub(crate) async fn empty(&self) {
        loop {
            // Made before the look, so that nothing is missed between the two.
            let done = self.done.notified();
            if self.waiting.load(Ordering::Acquire) == 0 {
                return;
            }
            done.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.0.waiting.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.told.store(false, Ordering::Relaxed);
            self.0.done.notify_waiters();
        }
    }
}

/// The file's name. By name they are in the order of time.
pub(crate) fn name(capsule: &Capsule) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let utc = capsule.started.strftime("%Y%m%dT%H%M%S.%6fZ");
    let plain = |text: &str| -> String {
        let plain = text.chars().take(40).map(|c| match c {
            c if c.is_ascii_alphanumeric() || c == '_' || c == '-' => c,
            _ => '_',
        });
        plain.collect()
    };
    let (integration, operation) = (plain(&capsule.integration), plain(&capsule.operation.name));
    let process = std::process::id();
    format!("{utc}-{integration}-{operation}-{process}-{number:06}")
}

/// Writes a whole file or none, and removes the oldest beyond `most`.
pub(crate) fn write(folder: &Path, name: &str, text: &str, most: usize) -> io::Result<()> {
    // One at a time, so that no two count the same files.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    make_folder(folder)?;
    let unfinished = folder.join(format!("{name}{UNFINISHED}"));
    let written = create(&unfinished)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            // A name that outlives a crash must not be that of an empty file.
            file.sync_all()
        })
        .and_then(|()| fs::rename(&unfinished, folder.join(format!("{name}{ENDING}"))));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    prune(folder, most)
}

/// Nobody but this user reads what calls failed.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn prune(folder: &Path, most: usize) -> io::Result<()> {
    let mut finished = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(ENDING) {
            finished.push(name);
        } else if name.ends_with(UNFINISHED) && is_abandoned(&entry) {
            remove(&entry.path())?;
        }
    }
    finished.sort_unstable();
    let beyond = finished.len().saturating_sub(most);
    finished[..beyond]
        .iter()
        .try_for_each(|name| remove(&folder.join(name)))
}

fn is_abandoned(entry: &fs::DirEntry) -> bool {
    let changed = entry.metadata().and_then(|about| about.modified());
    let age = changed.map(|at| SystemTime::now().duration_since(at));
    matches!(age, Ok(Ok(age)) if age > ABANDONED)
}

/// Another process may have been faster.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
