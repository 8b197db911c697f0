//! The suites over the embedded providers, with everything that they need.

use std::sync::Arc;

use integrations::local::storage::LocalStorage;
use integrations_conformance::{Options, Report, run as run_suite, storage};
use jiff::Timestamp;

use crate::Failure;

pub(super) async fn run(category: Option<&str>, options: &Options) -> Result<Vec<Report>, Failure> {
    let wanted = |name: &str| category.is_none_or(|category| category == name);
    let mut reports = Vec::new();
    if wanted("storage") {
        let make = || async { storage_harness(LocalStorage::in_memory()) };
        reports.push(run_suite(&storage::suite(), "local_storage", make, options).await);
    }
    Ok(reports)
}

fn storage_harness(store: LocalStorage) -> storage::Harness {
    let redeemer = store.clone();
    storage::Harness::new(store.into()).with_redeem(Arc::new(move |request, body| {
        let store = redeemer.clone();
        Box::pin(async move {
            match store.redeem(&request, body, Timestamp::now()).await {
                Ok((status, body)) => (status.as_u16(), body),
                Err(error) => (500, error.to_string().into()),
            }
        })
    }))
}
