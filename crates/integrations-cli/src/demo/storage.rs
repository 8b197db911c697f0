//! An object, a part of it, a link to it.

use std::time::Duration;

use integrations::ErrorKind;
use integrations::storage::{ObjectKey, PresignRequest, PutOptions, Storage};

use super::log::Log;

const TEXT: &str = "id,amount\n1042,29.99\n1043,12.50\n";

pub(super) async fn run(storage: &Storage, log: &mut Log<'_>) {
    let Ok(key) = ObjectKey::new(format!("demo-{}/report.csv", std::process::id())) else {
        return;
    };
    let stored = log
        .step("put", async {
            let options = PutOptions::default().with_content_type("text/csv");
            storage.put(&key, TEXT, options).await?;
            Ok(((), format!("{key}, {} bytes", TEXT.len())))
        })
        .await;
    if stored.is_none() {
        return;
    }
    log.step("get_range", async {
        let part = storage.get_range(&key, 0..9).await?;
        Ok((
            (),
            format!(
                "its first nine bytes are {:?}",
                String::from_utf8_lossy(&part)
            ),
        ))
    })
    .await;
    if storage.capabilities().put_create {
        log.step("put", async {
            match storage.put(&key, "other", PutOptions::create()).await {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok((
                    (),
                    "only if it is not there: refused, as it should be".to_owned(),
                )),
                Err(error) => Err(error),
                Ok(_) => Ok(((), "only if it is not there: it was REPLACED".to_owned())),
            }
        })
        .await;
    }
    log.step("list", async {
        let prefix = key.as_str().split('/').next().unwrap_or_default();
        let all = storage.list(format!("{prefix}/")).all().await?;
        Ok(((), format!("{} object under {prefix}/", all.len())))
    })
    .await;
    if storage.capabilities().presign_get {
        log.step("presign", async {
            let request = PresignRequest::get(key.clone(), Duration::from_secs(600));
            let signed = storage.presign(request).await?;
            let host = signed.url.host_str().unwrap_or("this machine").to_owned();
            Ok((
                (),
                format!("a link that reads it for ten minutes, at {host}"),
            ))
        })
        .await;
    }
    log.step("delete", async {
        storage.delete(&key).await?;
        Ok(((), "it is gone again".to_owned()))
    })
    .await;
}
