//! The bytes of objects: gathered in memory, or written to files that are whole or not there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use integrations_core::storage::{ByteStream, PutBody};
use integrations_core::{Error, ErrorKind, Result};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::index::{Index, Record};
use crate::files::{Lock, io_error, off_thread, take, write_atomic};

/// How much is read from a file at a time.
const CHUNK: usize = 256 << 10;

/// Bytes that were received in full, and not yet an object.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) id: String,
    pub(super) size: u64,
    pub(super) crc: u32,
    pub(super) bytes: Bytes,
    /// Removes the file unless the object took it over.
    file: Option<Unclaimed>,
}

impl Content {
    /// The bytes belong to an object now.
    pub(super) fn claim(mut self) {
        if let Some(file) = self.file.take() {
            file.keep();
        }
    }
}

/// A file that is removed unless somebody claims it: a put that fails or is dropped leaves nothing.
#[derive(Debug)]
struct Unclaimed(Option<PathBuf>);

impl Unclaimed {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // What cannot be removed now is removed when the folder is opened again.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Receives a body. `most` bounds it.
pub(super) async fn receive(
    body: PutBody,
    folder: Option<&Folder>,
    most: Option<u64>,
) -> Result<Content> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let mut crc = crc32fast::Hasher::new();
    let mut size = 0_u64;
    let mut stream = body.into_stream();
    let mut memory = BytesMut::new();
    let mut file = match folder {
        Some(folder) => {
            let path = folder.data(&id);
            let open = tokio::fs::File::create_new(&path).await;
            let open = open.map_err(|error| io_error(&path, error))?;
            Some((open, path.clone(), Unclaimed(Some(path))))
        }
        None => None,
    };
    while let Some(chunk) = stream.next().await.transpose()? {
        size += chunk.len() as u64;
        if most.is_some_and(|most| size > most) {
            return Err(full());
        }
        crc.update(&chunk);
        match &mut file {
            Some((file, path, _)) => {
                file.write_all(&chunk)
                    .await
                    .map_err(|error| io_error(path, error))?;
            }
            None => memory.extend_from_slice(&chunk),
        }
    }
    let unclaimed = match file {
        Some((mut file, path, unclaimed)) => {
            let flushed = async {
                file.flush().await?;
                file.sync_all().await
            };
            flushed.await.map_err(|error| io_error(&path, error))?;
            Some(unclaimed)
        }
        None => None,
    };
    Ok(Content {
        id,
        size,
        crc: crc.finalize(),
        bytes: memory.freeze(),
        file: unclaimed,
    })
}

/// The store has no room.
pub(super) fn full() -> Error {
    Error::new(
        ErrorKind::QuotaExceeded,
        "the store is full; nothing was stored",
    )
    .with_advice("remove objects or give the store more room")
}

/// The folder of a store.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Locked while the store is open.
    _lock: Lock,
}

impl Folder {
    /// Takes the folder, removes what a crash left, and reads the records.
    pub(super) async fn open(root: PathBuf) -> Result<(Self, Index)> {
        let (lock, records) = {
            let root = root.clone();
            off_thread(move || {
                let lock = take(&root)?;
                let objects = root.join("objects");
                let made = std::fs::create_dir_all(&objects);
                made.map_err(|error| io_error(&objects, error))?;
                let records =
                    read_records(&objects).map_err(|error| io_error(&objects, error))??;
                Ok((lock, records))
            })
            .await?
        };
        let mut index = Index::default();
        for record in records {
            index.insert(record);
        }
        Ok((Self { root, _lock: lock }, index))
    }

    /// Whether the folder is there.
    pub(super) async fn check(&self) -> Result<()> {
        let path = self.root.join("objects");
        let checked = tokio::fs::metadata(&path).await;
        checked.map(drop).map_err(|error| io_error(&path, error))
    }

    fn data(&self, id: &str) -> PathBuf {
        self.root.join("objects").join(format!("{id}.data"))
    }

    fn record(&self, id: &str) -> PathBuf {
        self.root.join("objects").join(format!("{id}.json"))
    }

    /// Makes a version visible.
    pub(super) async fn publish(&self, record: &Record) -> Result<()> {
        let json = serde_json::to_vec(record)
            .map_err(|error| Error::internal("a record cannot be written").with_source(error))?;
        write_atomic(self.record(&record.id), json).await
    }

    /// Removes the record of a version: it is no object any more.
    pub(super) async fn retract(&self, record: &Record) -> Result<()> {
        let path = self.record(&record.id);
        match tokio::fs::remove_file(&path).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(io_error(&path, error)),
        }
    }

    /// Removes the bytes of a version that is no object any more. Whoever reads them still does so
    /// to the end.
    pub(super) async fn discard(&self, record: &Record) {
        // What cannot be removed now is removed when the folder is opened again.
        let _ = tokio::fs::remove_file(self.data(&record.id)).await;
    }

    /// The bytes of a version. `None` when it was replaced meanwhile.
    pub(super) async fn read(
        &self,
        record: &Record,
        range: std::ops::Range<u64>,
    ) -> Result<Option<ByteStream>> {
        let path = self.data(&record.id);
        let mut file = match tokio::fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error(&path, error)),
        };
        file.seek(std::io::SeekFrom::Start(range.start))
            .await
            .map_err(|error| io_error(&path, error))?;
        let left = range.end - range.start;
        let chunks = stream::try_unfold((file, left, path), |(mut file, left, path)| async move {
            if left == 0 {
                return Ok(None);
            }
            let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let mut chunk = BytesMut::with_capacity(want);
            let mut limited = (&mut file).take(want as u64);
            while chunk.len() < want {
                let read = limited.read_buf(&mut chunk).await;
                if read.map_err(|error| io_error(&path, error))? == 0 {
                    break;
                }
            }
            if chunk.is_empty() {
                // The file is shorter than its record says; the reader sees the missing bytes.
                return Ok(None);
            }
            let left = left - chunk.len() as u64;
            Ok(Some((chunk.freeze(), (file, left, path))))
        });
        Ok(Some(ByteStream::new(chunks)))
    }
}

/// Reads all records. Of two of one key the newer counts; files that belong to no record go.
fn read_records(objects: &Path) -> std::io::Result<Result<Vec<Record>>> {
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    let mut others = Vec::new();
    for entry in std::fs::read_dir(objects)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            others.push(path);
            continue;
        }
        let record: Record = match serde_json::from_slice(&std::fs::read(&path)?) {
            Ok(record) => record,
            Err(error) => {
                let what = format!("the record {} is damaged: {error}", path.display());
                let advice = "restore it, or remove it to give its object up";
                return Ok(Err(Error::new(ErrorKind::Decode, what).with_advice(advice)));
            }
        };
        let older = match records.get(&record.key) {
            Some(other) if other.sequence > record.sequence => Some(record),
            _ => records.insert(record.key.clone(), record),
        };
        if let Some(older) = older {
            std::fs::remove_file(objects.join(format!("{}.json", older.id)))?;
        }
    }
    for path in others {
        let id = path
            .file_stem()
            .map(|id| id.to_string_lossy().into_owned())
            .unwrap_or_default();
        let is_data = path
            .extension()
            .is_some_and(|extension| extension == "data");
        if !is_data || !records.values().any(|record| record.id == id) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(Ok(records.into_values().collect()))
}
