//! One piece of an application over every store, embedded and vendors': it sees the same everywhere.

use futures::{StreamExt, stream};
use integrations::storage::{
    CopyOptions, GetOptions, ListOptions, ObjectKey, PutBody, PutOptions, Storage,
};
use integrations::{Manager, PageRequest, Result, s3};
use integrations_core::testing::counterpart;

/// An archive of reports, and what its author can see of it.
async fn archive(storage: &Storage) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    let key = |name: &str| ObjectKey::new(name);

    for year in ["2024", "2025"] {
        for part in ["a", "b", "c"] {
            let options = PutOptions::create().with_content_type("text/csv");
            let key = key(&format!("reports/{year}/{part}.csv"))?;
            storage
                .put(&key, format!("{year},{part}\n"), options)
                .await?;
        }
    }
    let first = key("reports/2024/a.csv")?;
    let again = storage.put(&first, "other", PutOptions::create()).await;
    let error = again.err().map(|error| (error.kind(), error.effect()));
    seen.push(format!("created once: {error:?}"));
    seen.push(format!("kept: {:?}", storage.get_bytes(&first).await?));

    let pieces = (0..3_u8).map(|n| Ok(bytes::Bytes::from(vec![b'0' + n; 1000])));
    let body = PutBody::stream(stream::iter(pieces));
    let log = key("logs/today")?;
    storage.put(&log, body, PutOptions::default()).await?;
    seen.push(format!(
        "range: {:?}",
        storage.get_range(&log, 998..1002).await?
    ));

    let mut listed = storage.list("reports/");
    while let Some(page) = listed.next_page().await? {
        seen.extend(
            page.items
                .iter()
                .map(|one| format!("{} {}", one.key, one.size)),
        );
    }
    let by_year = ListOptions::prefix("reports/").with_delimiter("/");
    let folders = storage.list_with(by_year, PageRequest::default());
    for entry in folders.all().await? {
        seen.push(format!("folder: {entry:?}"));
    }

    let copy = key("copies/a.csv")?;
    storage.copy(&first, &copy, CopyOptions::default()).await?;
    let read = storage.get(&copy, GetOptions::default()).await?;
    seen.push(format!("copied: {:?}", read.meta.attributes.content_type));
    seen.push(format!("copied: {:?}", read.bytes().await?));

    let gone = [first, key("reports/never.csv")?];
    for outcome in storage.delete_many(&gone).await? {
        seen.push(format!(
            "deleted {}: {}",
            outcome.key,
            outcome.result.is_ok()
        ));
    }
    let missing = storage.head(&gone[0]).await;
    let error = missing.err().map(|error| (error.kind(), error.effect()));
    seen.push(format!("gone: {error:?}"));

    let all: Vec<_> = storage.list("").collect().await;
    seen.push(format!("left: {}", all.len()));
    Ok(seen)
}

/// The store that a configuration names.
async fn configured(text: &str) -> Storage {
    let builder = Manager::builder().toml("app.toml", text).unwrap();
    builder.build().await.unwrap().storage("store").unwrap()
}

async fn in_memory() -> Vec<String> {
    archive(&configured("[store]\nprovider = 'local_storage'\n").await)
        .await
        .unwrap()
}

/// A bucket on a server that this project did not write, where one is running.
async fn on_server(name: &str, variable: &str) {
    let Some(endpoint) = counterpart(name, variable) else {
        return;
    };
    let bucket = format!("stores-{}", std::process::id());
    let (key_id, secret) = ("AKIAEXAMPLE", "secretexample");
    let config = s3::S3Config::new(&bucket)
        .with_endpoint(&endpoint)
        .with_access_key(key_id, secret);
    let admin = s3::S3::new(config).await.unwrap();
    admin
        .client()
        .create_bucket()
        .bucket(&bucket)
        .send()
        .await
        .unwrap();
    let text = format!(
        "[store]\nprovider = 's3'\nbucket = '{bucket}'\nendpoint = '{endpoint}'\n\
         access_key_id = '{key_id}'\nsecret_access_key = '{secret}'\n"
    );
    let seen = archive(&configured(&text).await).await.unwrap();
    assert_eq!(seen, in_memory().await);
}

#[tokio::test]
async fn the_archive_works() {
    let seen = in_memory().await;
    assert_eq!(
        seen.first().unwrap(),
        "created once: Some((AlreadyExists, NotApplied))"
    );
    assert_eq!(seen.last().unwrap(), "left: 7");
}

#[tokio::test]
async fn a_folder_is_seen_as_memory_is() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let text = format!("[store]\nprovider = 'local_storage'\npath = '{place}'\n");
    let seen = archive(&configured(&text).await).await.unwrap();
    assert_eq!(seen, in_memory().await);
}

#[tokio::test]
async fn s3s_fs_is_seen_as_memory_is() {
    on_server("s3s-fs", "INTEGRATIONS_S3S_ENDPOINT").await;
}

#[tokio::test]
async fn moto_is_seen_as_memory_is() {
    on_server("moto", "INTEGRATIONS_MOTO_ENDPOINT").await;
}
