//! Files on their way into a store.

use std::path::Path;

use futures::TryStreamExt;
use indicatif::ProgressBar;
use integrations::storage::{ObjectKey, PutBody, PutOptions, Storage};
use integrations::{Error, ErrorKind};
use serde_json::json;
use tokio::fs::File;
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

use super::{Remote, file_failure};
use crate::output::{Output, bytes};
use crate::{Failure, interrupt, progress};

/// Files up to this size are read whole: such a put can be repeated after a lost connection.
const WHOLE: u64 = 1 << 20;
const CHUNK: usize = 128 << 10;

pub(super) async fn put(
    file: &str,
    to: &Remote,
    content_type: Option<String>,
    create: bool,
    output: &Output,
) -> Result<(), Failure> {
    let mut options = if create {
        PutOptions::create()
    } else {
        PutOptions::default()
    };
    options.attributes.content_type = content_type;
    let mut place = to.clone();
    let size = if file == "-" {
        let key = place.object()?;
        let bar = progress::bar(None, key.as_str(), output);
        let body = PutBody::stream(stream(tokio::io::stdin(), bar.clone()));
        place.storage.put(&key, body, options).await?;
        let size = bar.position();
        bar.finish_and_clear();
        size
    } else {
        let path = Path::new(file);
        if place.key.is_empty() || place.key.ends_with('/') {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .ok_or_else(|| {
                    Failure::usage(format!(
                        "{file:?} has no file name to use as key; write the key"
                    ))
                })?;
            place.key.push_str(name);
        }
        let key = place.object()?;
        let size = file_size(path).await?;
        let bar = progress::bar(Some(size), key.as_str(), output);
        put_file(path, size, &place.storage, &key, options, bar.clone()).await?;
        bar.finish_and_clear();
        size
    };
    let shown = place.show(&place.key);
    output.show(&json!({ "stored": shown, "size": size }), || {
        format!("stored {shown} ({})", bytes(size))
    });
    Ok(())
}

async fn file_size(path: &Path) -> Result<u64, Failure> {
    let meta = tokio::fs::metadata(path)
        .await
        .map_err(|e| file_failure(path, "read", &e))?;
    if meta.is_file() {
        Ok(meta.len())
    } else {
        Err(Failure::usage(format!(
            "{} is not a file; for a folder use sync",
            path.display()
        )))
    }
}

/// Stores one file. The bar counts its bytes.
pub(super) async fn put_file(
    path: &Path,
    size: u64,
    storage: &Storage,
    key: &ObjectKey,
    options: PutOptions,
    bar: ProgressBar,
) -> Result<(), Failure> {
    let body = if size <= WHOLE {
        let bytes = tokio::fs::read(path)
            .await
            .map_err(|e| file_failure(path, "read", &e))?;
        bar.inc(bytes.len() as u64);
        PutBody::from(bytes)
    } else {
        let file = File::open(path)
            .await
            .map_err(|e| file_failure(path, "read", &e))?;
        // A file that changes its length while it is read fails the put.
        PutBody::sized_stream(stream(file, bar), size)
    };
    storage.put(key, body, options).await?;
    Ok(())
}

fn stream(
    reader: impl AsyncRead + Send + 'static,
    bar: ProgressBar,
) -> impl futures::Stream<Item = Result<bytes::Bytes, Error>> + Send + 'static {
    ReaderStream::with_capacity(reader, CHUNK)
        .map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!("the input cannot be read: {error}"),
            )
            .with_source(error)
        })
        .and_then(move |chunk| {
            bar.inc(chunk.len() as u64);
            // An error in the body fails the put, and a failed put leaves nothing behind.
            let go_on = interrupt::check();
            async move { go_on.map(|()| chunk) }
        })
}
