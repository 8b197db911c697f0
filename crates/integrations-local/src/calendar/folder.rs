//! An account as files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use integrations_core::calendar::{CalendarId, EventId};
use integrations_core::{Effect, Error, ErrorKind, Result};

use super::account::{Account, Delta, Held, Meta, first_version};
use super::ics;
use super::series::Series;
use crate::files::{Lock, Staged, blocking, io_error, off_thread, take};

const RECORD: &str = "calendar.json";

/// The folder of the messages to those who are invited.
const OUTBOX: &str = "outbox";

/// The folder of an account, locked for this process.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    _lock: Lock,
}

impl Folder {
    pub(super) async fn open(root: PathBuf) -> Result<(Self, Account)> {
        off_thread(move || {
            let lock = take(&root)?;
            let account = read_account(&root)?;
            Ok((Self { root, _lock: lock }, account))
        })
        .await
    }

    /// Whether the folder can be used.
    pub(super) async fn check(&self) -> Result<()> {
        let root = self.root.clone();
        blocking(self.root.clone(), move || std::fs::read_dir(root).map(drop)).await
    }

    /// Writes a change down. Everything new is on the disk before the first old file is replaced,
    /// so that a full disk leaves the folder as it was. Then the events take their places, each
    /// file whole, and after them the record. What a crash leaves between the two is found when the
    /// folder is opened, as a change by another program.
    pub(super) async fn write(&self, delta: &Delta) -> Result<()> {
        let plan = self.plan(delta)?;
        off_thread(move || plan.carry_out()).await
    }

    fn plan(&self, delta: &Delta) -> Result<Plan> {
        let mut plan = Plan::default();
        for invitation in &delta.invitations {
            let path = self.root.join(OUTBOX).join(invitation.file_name());
            plan.files.push((path, invitation.mail().into_bytes()));
        }
        let mut sums: BTreeMap<&CalendarId, Vec<(String, Option<u32>)>> = BTreeMap::new();
        for ((calendar, uid), series) in &delta.series {
            if matches!(delta.calendars.get(calendar), Some(None)) {
                continue;
            }
            let path = self.calendar(calendar).join(file_name(uid));
            let sum = match series {
                Some(series) => {
                    let text = ics::write(series)?;
                    let sum = crc32fast::hash(text.as_bytes());
                    plan.files.push((path, text.into_bytes()));
                    Some(sum)
                }
                None => {
                    plan.gone.push(path);
                    None
                }
            };
            sums.entry(calendar).or_default().push((uid.clone(), sum));
        }
        for (id, meta) in &delta.calendars {
            let path = self.calendar(id);
            let Some(meta) = meta else {
                plan.gone_folders.push(path);
                continue;
            };
            let mut meta = meta.clone();
            for (uid, sum) in sums.remove(id).unwrap_or_default() {
                match sum {
                    Some(sum) => meta.files.insert(uid, sum),
                    None => meta.files.remove(&uid),
                };
            }
            let json = serde_json::to_vec_pretty(&meta);
            let json = json.map_err(|_| Error::internal("the record cannot be written"))?;
            plan.records.push((path.join(RECORD), json));
        }
        Ok(plan)
    }

    fn calendar(&self, id: &CalendarId) -> PathBuf {
        self.root.join(encode(id.as_str()))
    }
}

/// What a change does to the files.
#[derive(Debug, Default)]
struct Plan {
    /// Events and messages.
    files: Vec<(PathBuf, Vec<u8>)>,
    gone: Vec<PathBuf>,
    gone_folders: Vec<PathBuf>,
    /// The records of calendars, which come last.
    records: Vec<(PathBuf, Vec<u8>)>,
}

impl Plan {
    fn carry_out(self) -> Result<()> {
        let stage = |files: Vec<(PathBuf, Vec<u8>)>| -> Result<Vec<Staged>> {
            let staged = files.into_iter().map(|(path, bytes)| {
                Staged::write(path.clone(), &bytes).map_err(|error| io_error(&path, error))
            });
            staged.collect()
        };
        let (files, records) = (stage(self.files)?, stage(self.records)?);
        let mut began = false;
        let mut step = |path: &Path, done: std::io::Result<()>| match done {
            Ok(()) => {
                began = true;
                Ok(())
            }
            Err(error) if began => Err(io_error(path, error)
                .with_effect(Effect::Unknown)
                .with_advice("open the folder again, and read what is there")),
            Err(error) => Err(io_error(path, error)),
        };
        for file in files {
            let path = file.target().to_path_buf();
            step(&path, file.place())?;
        }
        for path in self.gone {
            step(&path, remove(&path))?;
        }
        for path in self.gone_folders {
            step(&path, absent(std::fs::remove_dir_all(&path)))?;
        }
        for file in records {
            let path = file.target().to_path_buf();
            step(&path, file.place())?;
        }
        Ok(())
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    absent(std::fs::remove_file(path))
}

/// What is not there is removed.
fn absent(removed: std::io::Result<()>) -> std::io::Result<()> {
    match removed {
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
    let meta = serde_json::from_slice(&text).and_then(|mut record: serde_json::Value| {
        plain_roles(&mut record);
        serde_json::from_value::<Meta>(record)
    });
    let meta = meta.map_err(|error| {
        Error::new(
            ErrorKind::Decode,
            format!("{} is damaged: {error}", record.display()),
        )
    })?;
    let mut held = Held {
        meta,
        series: BTreeMap::new(),
    };
    // Earlier versions kept none.
    held.meta.info.etag.get_or_insert_with(first_version);
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
        if let Ok(series) = ics::read(&text, &held.meta.info.id, &held.meta.zone()) {
            let target = folder.join(file_name(series.uid()));
            std::fs::rename(&path, &target).map_err(|error| io_error(&path, error))?;
        }
    }
    reconcile(&mut held, known, changed);
    Ok(held)
}

/// A role that is not known was `{"other": word}` in earlier versions, and is the word now.
fn plain_roles(record: &mut serde_json::Value) {
    let rules = record.get_mut("acl").and_then(|acl| acl.as_array_mut());
    for rule in rules.into_iter().flatten() {
        if let Some(role) = rule.get_mut("role")
            && let Some(word) = role.get_mut("other").map(serde_json::Value::take)
        {
            *role = word;
        }
    }
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
