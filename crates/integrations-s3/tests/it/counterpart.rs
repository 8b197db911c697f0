//! The servers to test against: where they are comes from the environment, which
//! `cargo xtask test` sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, ConfigBag, Credentials, Intercept, RuntimeComponents,
};
use aws_sdk_s3::error::BoxError;
use integrations_core::storage::{ObjectKey, PutOptions, Storage};
use integrations_s3::{S3, S3Config};

pub(crate) const KEY_ID: &str = "AKIAEXAMPLE";
pub(crate) const SECRET: &str = "secretexample";

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

    /// A configuration for a bucket there that does not exist yet.
    pub(crate) fn config(self) -> Option<S3Config> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let config = S3Config::new(format!("test-{}-{count}", std::process::id()))
            .with_endpoint(self.endpoint()?)
            .with_access_key(KEY_ID, SECRET);
        Some(config)
    }

    /// A configuration for an empty bucket of the test's own.
    pub(crate) async fn new_bucket(self) -> Option<S3Config> {
        let config = self.config()?;
        let s3 = S3::new(config.clone()).await.unwrap();
        let created = s3.client().create_bucket().bucket(s3.bucket()).send().await;
        created.unwrap();
        Some(config)
    }

    /// An empty bucket of the test's own.
    pub(crate) async fn bucket(self) -> Option<S3> {
        Some(S3::new(self.new_bucket().await?).await.unwrap())
    }
}

/// A provider that counts the requests that leave it.
pub(crate) fn counted(config: S3Config) -> (S3, Arc<AtomicU64>) {
    #[derive(Debug)]
    struct Count(Arc<AtomicU64>);

    impl Intercept for Count {
        fn name(&self) -> &'static str {
            "count"
        }

        fn read_before_transmit(
            &self,
            _: &BeforeTransmitInterceptorContextRef<'_>,
            _: &RuntimeComponents,
            _: &mut ConfigBag,
        ) -> Result<(), BoxError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    let sent = Arc::new(AtomicU64::new(0));
    let builder = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(KEY_ID, SECRET, None, None, "test"))
        .interceptor(Count(sent.clone()));
    (S3::from_sdk_config(builder, config).unwrap(), sent)
}

pub(crate) fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name).unwrap()
}

/// Bytes that differ from place to place, so that a wrong offset is seen.
pub(crate) fn pattern(length: usize) -> bytes::Bytes {
    (0..length).map(|n| (n * 31 + n / 251) as u8).collect()
}

/// Stores `bytes` under `object`.
pub(crate) async fn store(storage: &Storage, bytes: bytes::Bytes) -> ObjectKey {
    let key = key("object");
    storage
        .put(&key, bytes, PutOptions::default())
        .await
        .unwrap();
    key
}
