//! A real tree of files goes up, is listed, and comes down the same.
//!
//! The files are the sources of this workspace's dependencies, as the package manager keeps them.
//! `INTEGRATIONS_TREE_LIMIT` says how many (0: all, which is by hand).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use integrations_core::storage::{GetOptions, ObjectKey, PutOptions, Storage};

use crate::counterpart::Server;

fn files(folder: &Path, limit: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut entries: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    for path in entries {
        if found.len() >= limit {
            return;
        }
        if path.is_dir() && !path.is_symlink() {
            files(&path, limit, found);
        } else if path.is_file() && !path.is_symlink() {
            found.push(path);
        }
    }
}

/// The folder with the sources of dependencies.
fn sources() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    home.unwrap().join("registry/src")
}

fn sum(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

async fn round_trip(server: Server) {
    let Some(s3) = server.bucket().await else {
        return;
    };
    let storage = Storage::new(s3);
    let limit = std::env::var("INTEGRATIONS_TREE_LIMIT")
        .ok()
        .and_then(|text| text.parse().ok());
    let limit = match limit.unwrap_or(1500) {
        0 => usize::MAX,
        limit => limit,
    };
    let root = sources();
    let mut found = Vec::new();
    files(&root, limit, &mut found);
    if matches!(server, Server::S3sFs) {
        // It makes a file name of the whole key in base 64; the file system allows 255 bytes.
        let all = found.len();
        let key = |path: &PathBuf| path.strip_prefix(&root).unwrap().as_os_str().len();
        found.retain(|path| key(path) <= 140);
        eprintln!("{server:?}: {} keys are too long for it", all - found.len());
    }
    assert!(
        found.len() >= limit.min(500),
        "{} files under {}",
        found.len(),
        root.display()
    );

    let sums: BTreeMap<String, (u64, Vec<u8>)> = stream::iter(found)
        .map(|path| {
            let (storage, root) = (&storage, &root);
            async move {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                let bytes = Bytes::from(std::fs::read(&path).unwrap());
                let entry = (bytes.len() as u64, sum(&bytes));
                let key = ObjectKey::new(&name)?;
                let put = storage.put(&key, bytes, PutOptions::default()).await;
                put.unwrap_or_else(|error| panic!("{name}: {error}"));
                Ok::<_, integrations_core::Error>((name, entry))
            }
        })
        .buffer_unordered(16)
        .try_collect()
        .await
        .unwrap();

    let listed: Vec<_> = storage.list("").try_collect().await.unwrap();
    let listed: BTreeMap<String, u64> = listed
        .into_iter()
        .map(|meta| (meta.key.as_str().to_owned(), meta.size))
        .collect();
    let expected: BTreeMap<String, u64> = sums
        .iter()
        .map(|(name, (size, _))| (name.clone(), *size))
        .collect();
    assert!(
        listed == expected,
        "the listing differs: {} of {}",
        listed.len(),
        expected.len()
    );

    let different: Vec<String> = stream::iter(&sums)
        .map(|(name, (_, expected))| {
            let storage = &storage;
            async move {
                let key = ObjectKey::new(name)?;
                let read = storage
                    .get(&key, GetOptions::default())
                    .await?
                    .bytes()
                    .await?;
                Ok::<_, integrations_core::Error>((sum(&read) != *expected).then(|| name.clone()))
            }
        })
        .buffer_unordered(16)
        .try_filter_map(|name| async move { Ok(name) })
        .try_collect()
        .await
        .unwrap();
    assert!(different.is_empty(), "came back different: {different:?}");
    eprintln!(
        "{server:?}: {} files, {} bytes",
        sums.len(),
        sums.values().map(|(size, _)| size).sum::<u64>()
    );
}

#[tokio::test]
async fn a_real_tree_comes_back_the_same_from_s3s_fs() {
    round_trip(Server::S3sFs).await;
}

#[tokio::test]
async fn a_real_tree_comes_back_the_same_from_moto() {
    round_trip(Server::Moto).await;
}
