//! An account as files.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use integrations_core::calendar::{CalendarId, EventId};
use integrations_core::{Error, ErrorKind, Result};

use super::account::{Account, Delta, Held, Meta};
use super::ics;
use super::series::Series;
use crate::files::{blocking, io_error, write_atomic};

const RECORD: &str = "calendar.json";

/// The folder of an account, locked for this process.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    _lock: File,
}

impl Folder {
    pub(super) async fn open(root: PathBuf) -> Result<(Self, Account)> {
        let path = root.clone();
        let lock = blocking(root.clone(), move || {
            std::fs::create_dir_all(&path)?;
            let mut options = std::fs::OpenOptions::new();
            options.create(true).truncate(false).write(true);
            options.open(path.join("lock"))
        })
        .await?;
        if lock.try_lock().is_err() {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("{} is open in another process", root.display()),
            ));
        }
        let path = root.clone();
        let account = tokio::task::spawn_blocking(move || read_account(&path))
            .await
            .map_err(|_| Error::internal("the file task was cancelled or panicked"))??;
        Ok((Self { root, _lock: lock }, account))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the folder can be used.
    pub(super) async fn check(&self) -> Result<()> {
        let root = self.root.clone();
        blocking(self.root.clone(), move || std::fs::read_dir(root).map(drop)).await
    }

    /// Writes a change down: first the events, each file whole, then the record. What a crash
    /// leaves between the two is found when the folder is opened, as a change by another program.
    pub(super) async fn write(&self, delta: &Delta) -> Result<()> {
        let mut sums: BTreeMap<&CalendarId, Vec<(String, Option<u32>)>> = BTreeMap::new();
        for ((calendar, uid), series) in &delta.series {
            if matches!(delta.calendars.get(calendar), Some(None)) {
                continue;
            }
            let name = file_name(uid);
            let path = self.calendar(calendar).join(&name);
            let sum = match series {
                Some(series) => {
                    let text = ics::write(series);
                    let sum = crc32fast::hash(text.as_bytes());
                    write_atomic(path, text.into_bytes()).await?;
                    Some(sum)
                }
                None => {
                    blocking(path.clone(), move || remove(&path)).await?;
                    None
                }
            };
            sums.entry(calendar).or_default().push((uid.clone(), sum));
        }
        for (id, meta) in &delta.calendars {
            let path = self.calendar(id);
            match meta {
                None => {
                    blocking(path.clone(), move || match std::fs::remove_dir_all(&path) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                        _ => Ok(()),
                    })
                    .await?;
                }
                Some(meta) => {
                    let mut meta = meta.clone();
                    for (uid, sum) in sums.remove(id).unwrap_or_default() {
                        match sum {
                            Some(sum) => meta.files.insert(uid, sum),
                            None => meta.files.remove(&uid),
                        };
                    }
                    let json = serde_json::to_vec_pretty(&meta);
                    let json = json.map_err(|_| Error::internal("the record cannot be written"))?;
                    write_atomic(path.join(RECORD), json).await?;
                }
            }
        }
        Ok(())
    }

    fn calendar(&self, id: &CalendarId) -> PathBuf {
        self.root.join(encode(id.as_str()))
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A name that every file system takes; long and odd ones get a sum in place of what is left out.
fn encode(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '@');
    if name.len() <= 100 && name.chars().all(plain) {
        return name.to_owned();
    }
    let mut short: String = name.chars().filter(|c| plain(*c)).take(60).collect();
    short.push_str(&format!(
        "~{:08x}{:x}",
        crc32fast::hash(name.as_bytes()),
        name.len()
    ));
    short
}

fn file_name(uid: &str) -> String {
    format!("{}.ics", encode(uid))
}

fn read_account(root: &Path) -> Result<Account> {
    let mut account = Account::default();
    let entries = std::fs::read_dir(root).map_err(|error| io_error(root, error))?;
    for entry in entries {
        let path = entry.map_err(|error| io_error(root, error))?.path();
        let record = path.join(RECORD);
        if record.is_file() {
            let held = read_calendar(&path, &record)?;
            account.calendars.insert(held.meta.info.id.clone(), held);
        }
    }
    Ok(account)
}

fn read_calendar(folder: &Path, record: &Path) -> Result<Held> {
    let text = std::fs::read(record).map_err(|error| io_error(record, error))?;
    let meta: Meta = serde_json::from_slice(&text).map_err(|error| {
        Error::new(
            ErrorKind::Decode,
            format!("{} is damaged: {error}", record.display()),
        )
    })?;
    let mut held = Held {
        meta,
        series: BTreeMap::new(),
    };
    let mut known = std::mem::take(&mut held.meta.files);
    let entries = std::fs::read_dir(folder).map_err(|error| io_error(folder, error))?;
    let mut changed: Vec<EventId> = Vec::new();
    let mut moved: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| io_error(folder, error))?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        if name.starts_with(".tmp-") {
            // What a crash left over.
            remove(&path).map_err(|error| io_error(&path, error))?;
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "ics") {
            continue;
        }
        let text = std::fs::read(&path).map_err(|error| io_error(&path, error))?;
        let sum = crc32fast::hash(&text);
        let text = String::from_utf8_lossy(&text);
        let series = match ics::read(&text, &held.meta.info.id, &held.meta.zone()) {
            Ok(series) => series,
            Err(error) => {
                // It is another program's: left alone, and not shown.
                tracing::warn!(target: "integrations::calendar::local", path = %path.display(), %error,
                    "a file of the calendar cannot be read");
                continue;
            }
        };
        let own = file_name(series.uid());
        if known.remove(series.uid()) != Some(sum) {
            changed.push(series.master.id.clone());
            changed.extend(series.changed.values().map(|event| event.id.clone()));
        }
        if own != name {
            moved.push(path.clone());
        }
        held.meta.files.insert(series.uid().to_owned(), sum);
        held.series.insert(series.uid().to_owned(), series);
    }
    // An event that another program named: it gets the name under which it would be written.
    for path in moved {
        let text = std::fs::read(&path).map_err(|error| io_error(&path, error))?;
        let text = String::from_utf8_lossy(&text);
        if let Ok(series) = ics::read(&text, &held.meta.info.id, &held.meta.zone()) {
            let target = folder.join(file_name(series.uid()));
            std::fs::rename(&path, &target).map_err(|error| io_error(&path, error))?;
        }
    }
    reconcile(&mut held, known, changed);
    Ok(held)
}

/// Takes up what other programs changed since the folder was open here.
fn reconcile(held: &mut Held, gone: BTreeMap<String, u32>, changed: Vec<EventId>) {
    if gone.is_empty() && changed.is_empty() {
        return;
    }
    held.meta.sequence += 1;
    let version = held.meta.sequence;
    for id in changed {
        if let Some(series) = held.series.get_mut(id.as_str()) {
            restamp(series, version);
        }
        held.meta.remember(id);
    }
    for uid in gone.into_keys() {
        held.meta.remember(EventId::new(uid));
    }
}

fn restamp(series: &mut Series, version: u64) {
    let etag = integrations_core::calendar::ETag::new(format!("\"{version}\""));
    series.master.etag = Some(etag.clone());
    for event in series.changed.values_mut() {
        event.etag = Some(etag.clone());
    }
}
