//! A journal: a file of lines, one per operation, each on the disk before its operation is
//! answered.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use integrations_core::{Effect, Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::io_error;

/// An open journal, locked against other programs.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    /// How much of the file is whole lines.
    length: u64,
    /// A line could not be taken back: nothing more is written.
    broken: bool,
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Closing is not enough: a child process that is just being started has a copy of it.
        let _ = self.file.unlock();
    }
}

impl Journal {
    /// Opens the journal of a folder and reads what is in it. A last line that is not whole was
    /// being written when the program ended: its operation was never answered, and it is dropped.
    pub(crate) fn open<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<(Self, Vec<T>)> {
        let path = folder.join(name);
        let fail = |error| io_error(&path, error);
        std::fs::create_dir_all(folder).map_err(|error| io_error(folder, error))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("{} is open already", path.display()),
                )
                .with_advice("close the other program, or use another folder"));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(fail(error)),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(fail)?;
        let mut journal = Self {
            file,
            path,
            length: 0,
            broken: false,
        };
        let lines = journal.read(&text)?;
        journal.cut()?;
        Ok((journal, lines))
    }

    fn read<T: DeserializeOwned>(&mut self, text: &[u8]) -> Result<Vec<T>> {
        let mut lines = Vec::new();
        let mut rest = text;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            let after = after.get(1..).unwrap_or_default();
            match whole(line) {
                // A whole line was answered: one that cannot be read is never dropped.
                Some(json) => lines.push(serde_json::from_str(json).map_err(|error| {
                    Error::new(
                        ErrorKind::Config,
                        // Not in the parser's words: they repeat what is in the line.
                        format!(
                            "{} has a whole line at byte {} that cannot be read from its column \
                             {} on: it is of another version",
                            self.path.display(),
                            self.length,
                            error.column()
                        ),
                    )
                    .with_advice("open it with the version that wrote it; nothing was changed")
                })?),
                None if after.is_empty() => break,
                None => {
                    return Err(Error::new(
                        ErrorKind::Config,
                        format!(
                            "{} is damaged at byte {}, with more after it",
                            self.path.display(),
                            self.length
                        ),
                    )
                    .with_advice("restore the folder from a copy; nothing was changed"));
                }
            }
            self.length += end as u64 + 1;
            rest = after;
        }
        Ok(lines)
    }

    /// Writes a line and waits until it is on the disk.
    pub(crate) fn append<T: Serialize>(&mut self, line: &T) -> Result<()> {
        if self.broken {
            return Err(Error::new(
                ErrorKind::Unavailable,
                format!("{} could not be written before", self.path.display()),
            )
            .with_effect(Effect::NotApplied)
            .with_advice("open the folder again"));
        }
        let json = serde_json::to_string(line).map_err(|error| {
            Error::internal("the journal's line cannot be written").with_source(error)
        })?;
        let line = format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()));
        let written = self
            .file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                self.broken = self.cut().is_err();
                Err(io_error(&self.path, error))
            }
        }
    }

    /// Takes back what is after the last whole line.
    fn cut(&mut self) -> Result<()> {
        self.file
            .set_len(self.length)
            .and_then(|()| self.file.seek(SeekFrom::Start(self.length)))
            .and_then(|_| self.file.sync_data())
            .map_err(|error| io_error(&self.path, error))
    }
}

/// The JSON of a line that is whole: the checksum of the rest in hexadecimal, a space, JSON.
fn whole(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?;
    let (sum, json) = line.split_once(' ')?;
    let sum = u32::from_str_radix(sum, 16).ok()?;
    (sum == crc32fast::hash(json.as_bytes())).then_some(json)
}
