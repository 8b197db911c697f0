//! Making one side like the other.
//!
//! A file and an object count as equal when they have the same size and the target is not older
//! than the source. Everything is written whole or not at all on both sides, so a run that was
//! interrupted is simply started again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use futures::{StreamExt, TryStreamExt, stream};
use integrations::storage::{ObjectKey, ObjectMeta, PutOptions};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::Semaphore;

use super::location::relative_path;
use super::{Location, commands, download, file_failure, upload};
use crate::output::{Output, bytes};
use crate::{Failure, Outcome, interrupt, progress};

pub(super) struct Options {
    pub(super) delete: bool,
    pub(super) dry_run: bool,
    pub(super) parallel: usize,
}

/// One thing on a side, by its name below the folder or prefix.
#[derive(Debug, Clone)]
struct Item {
    size: u64,
    modified: Option<Timestamp>,
    object: Option<ObjectMeta>,
}

struct Listed {
    items: BTreeMap<String, Item>,
    /// Things that cannot be carried over, and why.
    refused: Vec<String>,
}

pub(super) async fn run(
    from: &Location,
    to: &Location,
    options: Options,
    output: &Output,
) -> Outcome {
    if let (Location::Folder(_), Location::Folder(_)) = (from, to) {
        return Err(Failure::usage(
            "one side must be a place in a store, written NAME:PREFIX",
        ));
    }
    if let Location::Folder(folder) = from
        && !folder.is_dir()
    {
        return Err(Failure::usage(format!(
            "{} is not a folder",
            folder.display()
        )));
    }
    let source = list(from).await?;
    let target = list(to).await?;
    let wanted: Vec<(&String, &Item)> = source
        .items
        .iter()
        .filter(|(name, item)| {
            !target
                .items
                .get(*name)
                .is_some_and(|there| is_equal(item, there))
        })
        .collect();
    let extra: Vec<&String> = if options.delete {
        target
            .items
            .keys()
            .filter(|name| !source.items.contains_key(*name))
            .collect()
    } else {
        Vec::new()
    };
    let total = wanted.iter().map(|(_, item)| item.size).sum();
    if options.dry_run {
        let copy: Vec<&String> = wanted.iter().map(|(name, _)| *name).collect();
        output.show(
            &json!({ "copy": copy, "remove": extra, "bytes": total }),
            || {
                let lines = copy.iter().map(|name| format!("copy {name}"));
                let lines = lines.chain(extra.iter().map(|name| format!("remove {name}")));
                lines
                    .chain([format!("{} to copy", bytes(total))])
                    .collect::<Vec<_>>()
                    .join("\n")
            },
        );
        return Ok(ExitCode::SUCCESS);
    }

    let bar = progress::bar(Some(total), "sync", output);
    let memory = Semaphore::new(MEMORY);
    let copies = wanted.iter().map(|(name, item)| {
        let (bar, memory) = (bar.clone(), &memory);
        async move {
            // It is never closed.
            let _held = memory.acquire_many(held(item, to)).await.ok();
            let done = match interrupt::check() {
                Ok(()) => copy(from, to, name, item, bar).await,
                Err(error) => Err(error.into()),
            };
            (*name, item.size, done)
        }
    });
    let outcomes: Vec<_> = stream::iter(copies)
        .buffer_unordered(options.parallel)
        .collect()
        .await;
    bar.finish_and_clear();
    // What was moved, and not what was meant to be.
    let (mut copied, mut moved) = (0_usize, 0_u64);
    for (_, size, _) in outcomes.iter().filter(|(_, _, done)| done.is_ok()) {
        copied += 1;
        moved += size;
    }
    if interrupt::is_set() {
        let mut failure = Failure::from(interrupt::error());
        failure.line = format!(
            "interrupted after {copied} of {} objects ({}); nothing is half-written; run it again \
             to go on",
            wanted.len(),
            bytes(moved)
        );
        return Err(failure);
    }
    let mut failed = source.refused;
    failed.extend(
        outcomes
            .into_iter()
            .filter_map(|(name, _, done)| Some(format!("{name}: {}", done.err()?.line))),
    );
    let mut removed = 0;
    // Only a side that is complete may lose something on the other.
    if failed.is_empty() {
        for name in &extra {
            interrupt::check()?;
            match remove(to, name).await {
                Ok(()) => removed += 1,
                Err(failure) => failed.push(format!("{name}: {}", failure.line)),
            }
        }
    }
    let equal = source.items.len() - wanted.len();
    let report = json!({ "copied": copied, "equal": equal, "removed": removed, "bytes": moved,
        "failed": failed });
    output.show(&report, || {
        let mut text = format!(
            "copied {copied} objects ({}), {equal} were equal, removed {removed}",
            bytes(moved)
        );
        for line in &failed {
            text.push_str(&format!("\nnot copied: {line}"));
        }
        text
    });
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the copies under way may hold together, in MiB.
const MEMORY: usize = 64;

/// What a copy may hold, in MiB: into a store its bytes, up to the parts of one upload.
fn held(item: &Item, to: &Location) -> u32 {
    const PARTS: u32 = 40;
    match to {
        Location::Store(_) => u32::try_from(item.size.div_ceil(1 << 20))
            .unwrap_or(PARTS)
            .clamp(1, PARTS),
        Location::Folder(_) => 1,
    }
}

fn is_equal(source: &Item, target: &Item) -> bool {
    // Stores keep whole seconds; a file system keeps more.
    let second = |item: &Item| item.modified.map(Timestamp::as_second);
    source.size == target.size && second(target) >= second(source)
}

async fn list(location: &Location) -> Result<Listed, Failure> {
    match location {
        Location::Folder(folder) => {
            let folder = folder.clone();
            let walk = tokio::task::spawn_blocking(move || walk(&folder));
            walk.await
                .map_err(|_| Failure::failed("reading the folder was cut off"))?
        }
        Location::Store(remote) => {
            let prefix = remote.folder();
            let mut listed = Listed {
                items: BTreeMap::new(),
                refused: Vec::new(),
            };
            let mut objects = remote.storage.list(prefix.clone());
            while let Some(meta) = objects.try_next().await? {
                interrupt::check()?;
                let name = meta
                    .key
                    .as_str()
                    .strip_prefix(&prefix)
                    .unwrap_or_default()
                    .to_owned();
                if relative_path(&name).is_none() {
                    listed
                        .refused
                        .push(format!("{}: the key is not a path", meta.key));
                    continue;
                }
                let item = Item {
                    size: meta.size,
                    modified: meta.last_modified,
                    object: Some(meta),
                };
                listed.items.insert(name, item);
            }
            Ok(listed)
        }
    }
}

fn walk(root: &Path) -> Result<Listed, Failure> {
    let mut listed = Listed {
        items: BTreeMap::new(),
        refused: Vec::new(),
    };
    let top = root.canonicalize().into_iter().collect::<Vec<_>>();
    let mut folders = vec![(root.to_path_buf(), String::new(), top)];
    while let Some((folder, prefix, above)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // The target of a first sync is not there yet.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder == root => break,
            Err(error) => return Err(file_failure(&folder, "read", &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| file_failure(&folder, "read", &e))?;
            let path = entry.path();
            let Ok(file_name) = entry.file_name().into_string() else {
                listed
                    .refused
                    .push(format!("{}: the name is not Unicode", path.display()));
                continue;
            };
            let name = format!("{prefix}{file_name}");
            let meta = std::fs::metadata(&path).map_err(|e| file_failure(&path, "read", &e))?;
            if meta.is_dir() {
                // A link can lead back to a folder that it is in.
                let real = path
                    .canonicalize()
                    .map_err(|e| file_failure(&path, "read", &e))?;
                if above.contains(&real) {
                    continue;
                }
                let mut within = above.clone();
                within.push(real);
                folders.push((path, format!("{name}/"), within));
            } else if !meta.is_file() {
                let what = "neither a file nor a folder";
                listed.refused.push(format!("{}: {what}", path.display()));
            } else if download::is_part(&file_name) {
                // What an interrupted download left.
            } else if let Err(error) = ObjectKey::new(name.clone()) {
                listed
                    .refused
                    .push(format!("{name:?}: {}", error.message()));
            } else {
                let modified = meta.modified().ok().and_then(|when| when.try_into().ok());
                listed.items.insert(
                    name,
                    Item {
                        size: meta.len(),
                        modified,
                        object: None,
                    },
                );
            }
        }
    }
    Ok(listed)
}

async fn copy(
    from: &Location,
    to: &Location,
    name: &str,
    item: &Item,
    bar: indicatif::ProgressBar,
) -> Result<(), Failure> {
    match (from, to) {
        (Location::Folder(folder), Location::Store(remote)) => {
            let key = ObjectKey::new(format!("{}{name}", remote.folder()))?;
            let path = folder.join(name);
            upload::put_file(
                &path,
                item.size,
                &remote.storage,
                &key,
                PutOptions::default(),
                bar,
            )
            .await
        }
        (Location::Store(remote), Location::Folder(folder)) => {
            let (Some(meta), Some(path)) = (&item.object, relative_path(name)) else {
                return Err(Failure::failed("the key is not a path"));
            };
            download::get_file(&remote.storage, meta, &folder.join(path), bar).await
        }
        (Location::Store(source), Location::Store(target)) => {
            let from = ObjectKey::from_provider(format!("{}{name}", source.folder()));
            let to = ObjectKey::new(format!("{}{name}", target.folder()))?;
            commands::between(source, target, (&from, &to), |_| bar).await
        }
        (Location::Folder(_), Location::Folder(_)) => {
            Err(Failure::usage("one side must be a place in a store"))
        }
    }
}

async fn remove(from: &Location, name: &str) -> Result<(), Failure> {
    match from {
        Location::Folder(folder) => {
            let path: PathBuf = folder.join(name);
            tokio::fs::remove_file(&path)
                .await
                .map_err(|e| file_failure(&path, "removed", &e))
        }
        Location::Store(remote) => {
            let key = ObjectKey::from_provider(format!("{}{name}", remote.folder()));
            Ok(remote.storage.delete(&key).await?)
        }
    }
}
