//! What it needs to know.

use std::fmt;
use std::sync::LazyLock;

use integrations_core::config::{Field, Settings, guarded};
use integrations_core::registry::{Factory, Instance};
use integrations_core::storage::Storage;
use integrations_core::{Category, Error, ErrorKind, Integration, Result, SecretString};
use serde::Deserialize;

use crate::S3;

const MIB: u64 = 1 << 20;

/// When uploads carry a checksum (CRC-32), and reads of whole objects ask for it and check it.
///
/// Not checked are ranges, because the checksum is one of the whole; objects that were uploaded in
/// parts, whose checksum is one of checksums; and objects that another program stored with another
/// algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksums {
    /// Always at Amazon; only where the protocol requires one at another endpoint, because stores
    /// that speak S3 often refuse the trailers that carry it.
    #[default]
    Auto,
    /// Always.
    WhenSupported,
    /// Only where the protocol requires one.
    WhenRequired,
}

/// When the SHA-256 of what is uploaded is part of the signature. Headers are always signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadSigning {
    /// Unless the bytes are protected twice already: on their way by TLS, and by a checksum in a
    /// signed header. Hashing is half of what an upload costs; the rule is that of `botocore`.
    #[default]
    Auto,
    /// Always: for buckets whose policy refuses `UNSIGNED-PAYLOAD`.
    Always,
    /// Never.
    Never,
}

/// How to reach a bucket. `Debug` does not show the keys.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct S3Config {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's region.
    pub region: String,
    /// Another endpoint than Amazon's, for stores that speak S3.
    pub endpoint: Option<String>,
    /// Put the bucket into the path instead of the host name. Most other stores need it, so it is
    /// the default with an endpoint.
    pub force_path_style: Option<bool>,
    /// The access key's id. Without it the AWS chain is asked: environment, profile, container,
    /// instance.
    pub access_key_id: Option<String>,
    /// The access key's secret.
    pub secret_access_key: Option<SecretString>,
    /// The token of temporary credentials.
    pub session_token: Option<SecretString>,
    /// The size of the first parts of a multipart upload, in bytes: 5 MiB to 1 GiB.
    pub part_size: u64,
    /// How many parts of one upload are under way at a time: 1 to 64.
    pub concurrency: usize,
    /// When uploads carry a checksum.
    pub checksums: Checksums,
    /// When the bytes of uploads are signed.
    pub payload_signing: PayloadSigning,
    /// From which size on a copy is made in parts, in bytes: up to 5 GiB, where a plain copy ends.
    pub copy_threshold: u64,
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            bucket: String::new(),
            region: "us-east-1".to_owned(),
            endpoint: None,
            force_path_style: None,
            access_key_id: None,
            secret_access_key: None,
            session_token: None,
            part_size: 8 * MIB,
            concurrency: 3,
            checksums: Checksums::Auto,
            payload_signing: PayloadSigning::Auto,
            copy_threshold: 5 << 30,
        }
    }
}

impl S3Config {
    /// A bucket at Amazon, with credentials from the AWS chain.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            ..Self::default()
        }
    }

    /// Sets the region.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Sets another endpoint than Amazon's.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the access key.
    #[must_use]
    pub fn with_access_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.access_key_id = Some(id.into());
        self.secret_access_key = Some(SecretString::from(secret.into()));
        self
    }

    /// Checks the values before anything is sent.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn validate(&self) -> Result<()> {
        let mut wrong = Vec::new();
        // The rules of the S3 user guide, "General purpose bucket naming rules".
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        if !(3..=63).contains(&self.bucket.len()) || !self.bucket.chars().all(plain) {
            wrong.push("bucket must be 3 to 63 of a-z 0-9 - .".to_owned());
        }
        // It becomes part of a host name: RFC 1123, section 2.1.
        let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=63).contains(&self.region.len()) || !self.region.chars().all(label) {
            wrong.push("region must be 1 to 63 of a-z 0-9 -".to_owned());
        }
        if let Some(endpoint) = &self.endpoint {
            match url::Url::parse(endpoint) {
                Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {}
                _ => wrong.push("endpoint must be an http or https URL".to_owned()),
            }
        }
        if self.access_key_id.is_some() != self.secret_access_key.is_some() {
            wrong.push("access_key_id and secret_access_key belong together".to_owned());
        }
        if !(5 * MIB..=1024 * MIB).contains(&self.part_size) {
            wrong.push("part_size must be 5 MiB to 1 GiB".to_owned());
        }
        if !(1..=64).contains(&self.concurrency) {
            wrong.push("concurrency must be 1 to 64".to_owned());
        }
        if !(5 * MIB..=5 << 30).contains(&self.copy_threshold) {
            wrong.push("copy_threshold must be 5 MiB to 5 GiB".to_owned());
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, wrong.join("; ")).with_provider("s3"))
    }

    pub(crate) fn path_style(&self) -> bool {
        self.force_path_style.unwrap_or(self.endpoint.is_some())
    }

    pub(crate) fn always_checksums(&self) -> bool {
        match self.checksums {
            Checksums::Auto => self.endpoint.is_none(),
            Checksums::WhenSupported => true,
            Checksums::WhenRequired => false,
        }
    }

    pub(crate) fn signs_payloads(&self) -> bool {
        // Without an endpoint it is Amazon's, by TLS.
        let plain = |endpoint: &String| !endpoint.starts_with("https:");
        match self.payload_signing {
            PayloadSigning::Auto => {
                self.endpoint.as_ref().is_some_and(plain) || !self.always_checksums()
            }
            PayloadSigning::Always => true,
            PayloadSigning::Never => false,
        }
    }
}

impl fmt::Debug for S3Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Config")
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("has_access_key", &self.access_key_id.is_some())
            .finish_non_exhaustive()
    }
}

const OWN: &[Field] = &[
    Field::text("bucket", "The bucket's name.")
        .env(&["AWS_S3_BUCKET"])
        .required(),
    Field::text("region", "The bucket's region.")
        .env(&["AWS_REGION", "AWS_DEFAULT_REGION"])
        .default("us-east-1"),
    Field::text(
        "endpoint",
        "Another endpoint than Amazon's, for stores that speak S3.",
    )
    .env(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]),
    Field::bool(
        "force_path_style",
        "Put the bucket into the path; the default with an endpoint.",
    ),
    Field::text(
        "access_key_id",
        "The access key's id; without it the AWS chain is asked.",
    )
    .env(&["AWS_ACCESS_KEY_ID"]),
    Field::secret("secret_access_key", "The access key's secret.").env(&["AWS_SECRET_ACCESS_KEY"]),
    Field::secret("session_token", "The token of temporary credentials.")
        .env(&["AWS_SESSION_TOKEN"]),
    Field::integer(
        "part_size",
        "The size of the first parts of an upload, in bytes.",
    ),
    Field::integer(
        "concurrency",
        "How many parts of one upload are under way at a time.",
    ),
    Field::text(
        "checksums",
        "When uploads carry a checksum: auto, when_supported, when_required.",
    ),
    Field::text(
        "payload_signing",
        "When the bytes of uploads are signed: auto, always, never.",
    ),
    Field::integer(
        "copy_threshold",
        "From how many bytes on a copy is made in parts.",
    ),
];

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| guarded(OWN));

/// How the registry makes it.
#[must_use]
pub fn factory() -> Factory {
    let summary = "Amazon S3, and stores that speak its protocol.";
    Factory::new(
        "s3",
        Category::STORAGE,
        summary,
        &FIELDS,
        |settings: Settings| async move {
            let s3 = S3::new(settings.read()?).await?.with_name(settings.name());
            let guard = settings.guard(s3.descriptor(), s3.guard().config())?;
            Ok(Instance::from(Storage::new(s3.with_guard(guard))))
        },
    )
    .with_vendor("aws")
    .with_operations(crate::operations::OPERATIONS)
    .with_check(|settings| settings.read::<S3Config>()?.validate())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_error_names_everything_that_is_wrong() {
        let mut config = S3Config::new("No_Such")
            .with_endpoint("localhost:9000")
            .with_region("eu/central");
        config.access_key_id = Some("id".into());
        config.part_size = 1;
        let text = config.validate().unwrap_err().to_string();
        for field in [
            "bucket",
            "region",
            "endpoint",
            "secret_access_key",
            "part_size",
        ] {
            assert!(text.contains(field), "{text}");
        }
        S3Config::new("photos").validate().unwrap();
    }

    #[test]
    fn debug_shows_no_key() {
        let config = S3Config::new("photos").with_access_key("AKIAEXAMPLE", "secretexample");
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("secretexample") && !shown.contains("AKIAEXAMPLE"),
            "{shown}"
        );
    }

    #[test]
    fn every_field_is_read() {
        use integrations_core::config::Layers;
        let mut layers = Layers::new();
        for (field, value) in [
            ("bucket", "photos"),
            ("endpoint", "http://localhost:9000"),
            ("force_path_style", "true"),
            ("access_key_id", "id"),
            ("secret_access_key", "hush"),
            ("session_token", "hush"),
            ("part_size", "5242880"),
            ("concurrency", "2"),
            ("checksums", "when_required"),
            ("payload_signing", "always"),
            ("copy_threshold", "6000000"),
        ] {
            layers.set("s3", field, value);
        }
        let config: S3Config = layers.resolve("s3", &FIELDS).unwrap().read().unwrap();
        config.validate().unwrap();
        assert_eq!(config.part_size, 5 << 20);
        assert_eq!(config.checksums, Checksums::WhenRequired);
        assert_eq!(config.payload_signing, PayloadSigning::Always);
        assert_eq!(config.region, "us-east-1");
    }
}
