//! The servers to test against: where they are comes from the environment, which
//! `cargo xtask test` sets.

use std::sync::atomic::{AtomicU64, Ordering};

use integrations_core::storage::Storage;
use integrations_s3::{S3, S3Config};

/// A server, and where it is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Server {
    S3sFs,
    Moto,
}

impl Server {
    fn variable(self) -> &'static str {
        match self {
            Self::S3sFs => "INTEGRATIONS_S3S_ENDPOINT",
            Self::Moto => "INTEGRATIONS_MOTO_ENDPOINT",
        }
    }

    /// Where it is. Says so when it is not there, and fails where it must be.
    pub(crate) fn endpoint(self) -> Option<String> {
        let endpoint = std::env::var(self.variable())
            .ok()
            .filter(|text| !text.is_empty());
        if endpoint.is_none() {
            let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
            assert!(!required, "the counterpart {self:?} is not running");
            eprintln!("skipped: the counterpart {self:?} is not running; use `cargo xtask test`");
        }
        endpoint
    }

    /// A configuration for a bucket there.
    pub(crate) fn config(self, bucket: &str) -> Option<S3Config> {
        let endpoint = self.endpoint()?;
        Some(
            S3Config::new(bucket)
                .with_endpoint(endpoint)
                .with_access_key("AKIAEXAMPLE", "secretexample"),
        )
    }

    /// A bucket of the test's own.
    pub(crate) async fn bucket(self) -> Option<S3> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let config = self.config(&format!("test-{}-{count}", std::process::id()))?;
        let s3 = S3::new(config).await.unwrap();
        s3.client()
            .create_bucket()
            .bucket(s3.bucket())
            .send()
            .await
            .unwrap();
        Some(s3)
    }

    /// A store over a bucket of the test's own.
    #[allow(dead_code)]
    pub(crate) async fn storage(self) -> Option<Storage> {
        Some(Storage::new(self.bucket().await?))
    }
}
