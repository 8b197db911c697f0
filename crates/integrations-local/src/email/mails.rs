//! Where the messages themselves are: in memory, or as `.eml` files in a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use integrations_core::{Error, Result};

use crate::files::{io_error, write_whole};

/// A shelf of messages: a subfolder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shelf {
    /// What was sent.
    Outbox,
    /// What waits for its time.
    Scheduled,
    /// What came in.
    Inbox,
}

impl Shelf {
    const ALL: [Self; 3] = [Self::Outbox, Self::Scheduled, Self::Inbox];

    fn folder(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Scheduled => "scheduled",
            Self::Inbox => "inbox",
        }
    }
}

/// The messages, by shelf and id.
#[derive(Debug)]
pub(super) enum Mails {
    Memory(BTreeMap<(Shelf, String), Bytes>),
    Folder(PathBuf),
}

impl Mails {
    pub(super) fn put(&mut self, shelf: Shelf, id: &str, bytes: Bytes) -> Result<()> {
        match self {
            Self::Memory(all) => {
                all.insert((shelf, id.to_owned()), bytes);
                Ok(())
            }
            Self::Folder(root) => {
                let path = path(root, shelf, id);
                write_whole(&path, &bytes).map_err(|error| io_error(&path, error))
            }
        }
    }

    pub(super) fn get(&self, shelf: Shelf, id: &str) -> Result<Bytes> {
        match self {
            Self::Memory(all) => all
                .get(&(shelf, id.to_owned()))
                .cloned()
                .ok_or_else(|| Error::not_found(format_args!("the message {id}"))),
            Self::Folder(root) => {
                let path = path(root, shelf, id);
                match std::fs::read(&path) {
                    Ok(bytes) => Ok(bytes.into()),
                    Err(error) => Err(io_error(&path, error)),
                }
            }
        }
    }

    /// Takes a message away. One that stays behind is taken away when the folder is opened again.
    pub(super) fn remove(&mut self, shelf: Shelf, id: &str) {
        match self {
            Self::Memory(all) => {
                all.remove(&(shelf, id.to_owned()));
            }
            Self::Folder(root) => {
                let _ = std::fs::remove_file(path(root, shelf, id));
            }
        }
    }

    /// Takes away the files that an operation left that was never answered. Only what has the name
    /// of a message of this provider is touched.
    pub(super) fn clean(&self, known: impl Fn(Shelf, &str) -> bool) -> Result<()> {
        let Self::Folder(root) = self else {
            return Ok(());
        };
        for shelf in Shelf::ALL {
            let folder = root.join(shelf.folder());
            std::fs::create_dir_all(&folder).map_err(|error| io_error(&folder, error))?;
            let files = std::fs::read_dir(&folder).map_err(|error| io_error(&folder, error))?;
            for file in files {
                let file = file.map_err(|error| io_error(&folder, error))?;
                let name = file.file_name();
                let name = name.to_string_lossy();
                let ours = |id: &str| {
                    id.strip_prefix("msg_").is_some_and(|number| {
                        number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit())
                    })
                };
                let stray = match name.strip_suffix(".eml") {
                    Some(id) => ours(id) && !known(shelf, id),
                    None => name.starts_with(".tmp-"),
                };
                if stray {
                    std::fs::remove_file(file.path())
                        .map_err(|error| io_error(&file.path(), error))?;
                }
            }
        }
        Ok(())
    }
}

fn path(root: &Path, shelf: Shelf, id: &str) -> PathBuf {
    root.join(shelf.folder()).join(format!("{id}.eml"))
}
