//! The provider and its SDK client.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, ConfigBag, Intercept, Region, RequestChecksumCalculation,
    ResponseChecksumValidation, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::disable_interceptor;
use integrations_core::guard::Guard;
use integrations_core::storage::StorageCapabilities;
use integrations_core::{Category, Descriptor, ExposeSecret, Result};

use crate::S3Config;

/// A bucket. Cheap to clone; clones share connections and the guard.
#[derive(Clone)]
pub struct S3 {
    pub(crate) client: Client,
    pub(crate) config: Arc<S3Config>,
    pub(crate) guard: Guard,
    pub(crate) descriptor: Descriptor,
    pub(crate) capabilities: Arc<StorageCapabilities>,
    /// Whether the bucket was met with these credentials.
    pub(crate) met: Arc<AtomicBool>,
}

/// Without the SDK's client, whose own shows the access key's id.
impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3")
            .field("name", &self.descriptor.name)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl S3 {
    /// A bucket. Sends nothing: [`connect`](integrations_core::Integration::connect) does.
    ///
    /// # Errors
    /// `Config` for values that do not work.
    pub async fn new(config: S3Config) -> Result<Self> {
        config.validate()?;
        let builder = match (&config.access_key_id, &config.secret_access_key) {
            (Some(id), Some(secret)) => {
                let token = config.session_token.as_ref();
                Builder::new()
                    .behavior_version(BehaviorVersion::latest())
                    .credentials_provider(Credentials::new(
                        id,
                        secret.expose_secret(),
                        token.map(|token| token.expose_secret().to_owned()),
                        None,
                        "integrations",
                    ))
            }
            _ => {
                let region = Region::new(config.region.clone());
                let chain = aws_config::defaults(BehaviorVersion::latest()).region(region);
                Builder::from(&chain.load().await)
            }
        };
        Ok(Self::with_builder(builder, config))
    }

    /// A bucket over an SDK configuration of your own: its HTTP client, credentials and
    /// interceptors are used; endpoint, region, retries and checksums come from `config`.
    ///
    /// # Errors
    /// `Config` for values that do not work.
    pub fn from_sdk_config(builder: Builder, config: S3Config) -> Result<Self> {
        config.validate()?;
        Ok(Self::with_builder(builder, config))
    }

    fn with_builder(builder: Builder, config: S3Config) -> Self {
        let descriptor = Descriptor::new("s3", Category::STORAGE, "aws").with_version("2006-03-01");
        let mut builder = builder
            .region(Region::new(config.region.clone()))
            .force_path_style(config.path_style())
            // The guard retries: it knows what may be repeated.
            .retry_config(RetryConfig::disabled())
            .interceptor(NoRetryHeaders)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .request_checksum_calculation(match config.always_checksums() {
                true => RequestChecksumCalculation::WhenSupported,
                false => RequestChecksumCalculation::WhenRequired,
            })
            // Reads are checked here, so that a read that was resumed is checked too.
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = &config.endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        Self {
            client: Client::from_conf(builder.build()),
            config: Arc::new(config),
            guard: labelled(&descriptor, &Guard::default()),
            descriptor,
            capabilities: Arc::new(capabilities()),
            met: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Gives the integration another name, for example when two buckets are configured.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.descriptor = self.descriptor.with_name(name.into());
        self.guard = labelled(&self.descriptor, &self.guard);
        self
    }

    /// The guard that every call runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Runs every call under this guard.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// The SDK's client, for what the trait does not offer. It has the same credentials; its calls
    /// are not retried.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.config.bucket
    }
}

/// Leaves out what the SDK would write into each request about retries of its own, of which there
/// are none: `amz-sdk-invocation-id`, the same for all attempts of a call, and `amz-sdk-request`,
/// their number. S3 does not read them, and they are made, signed and sent each time.
#[derive(Debug)]
struct NoRetryHeaders;

impl Intercept for NoRetryHeaders {
    fn name(&self) -> &'static str {
        "NoRetryHeaders"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let why = "the guard retries";
        let state = config.interceptor_state();
        state.store_put(disable_interceptor::<InvocationIdInterceptor>(why));
        state.store_put(disable_interceptor::<RequestInfoInterceptor>(why));
        Ok(())
    }
}

/// A guard of the same policy whose spans and metrics have the integration's names.
fn labelled(descriptor: &Descriptor, guard: &Guard) -> Guard {
    let policy = guard.config().clone();
    let labelled = Guard::builder().integration(descriptor).config(policy);
    // A policy that stands was checked when it was made.
    labelled.build().unwrap_or_else(|_| guard.clone())
}

/// How long a request with so many bytes may take, its repetitions included: five minutes, and
/// more where a line of 64 KiB/s would need it.
pub(crate) fn transfer_deadline(bytes: u64) -> Duration {
    Duration::from_secs(300 + bytes / (64 << 10))
}

fn capabilities() -> StorageCapabilities {
    let mut capabilities = StorageCapabilities::new();
    capabilities.etag = true;
    capabilities.last_modified = true;
    capabilities.put_stream = true;
    capabilities.put_create = true;
    capabilities.put_update = true;
    capabilities.get_conditions = true;
    capabilities.get_version = true;
    capabilities.get_range = true;
    capabilities.list_delimiter = true;
    capabilities.list_start_after = true;
    capabilities.delete_many = true;
    capabilities.copy = true;
    capabilities.copy_condition = true;
    capabilities.attributes = true;
    capabilities.metadata = true;
    capabilities.tags = true;
    capabilities.presign_get = true;
    capabilities.presign_put = true;
    capabilities.max_key_len = 1024;
    // 5 TiB; S3 user guide, "Multipart upload limits".
    capabilities.max_object_size = Some(5 << 40);
    capabilities.max_delete_batch = 1000;
    // 2 KB, less what the mark of a conditional put takes.
    capabilities.max_metadata_len = Some(2048 - 64);
    capabilities.max_tags = Some(10);
    capabilities
}
