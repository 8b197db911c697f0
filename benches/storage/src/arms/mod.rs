//! The clients that are compared. All have the same bucket, credentials, part size and number of
//! parts under way.

mod integrations;
mod object_store;
mod opendal;
mod raw;
mod sdk;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

pub use sdk::Part;

pub type Error = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Error>;
pub type Source = BoxStream<'static, Bytes>;

/// One client.
#[async_trait]
pub trait Arm: Send + Sync {
    async fn put(&self, key: &str, body: Bytes) -> Result<()>;

    /// Reads an object; answers its bytes.
    async fn get(&self, key: &str) -> Result<Bytes>;

    /// Stores a stream whose length the client is not told.
    async fn upload(&self, key: &str, source: Source) -> Result<()>;

    /// Reads an object piece by piece; answers how many bytes there were.
    async fn download(&self, key: &str) -> Result<u64>;
}

/// What an arm is called, and how it is set up.
pub const ARMS: &[(&str, &str)] = &[
    (
        "integrations-s3",
        "the `Storage` handle, defaults (at another endpoint than Amazon's no checksum is sent): the payload's SHA-256 is signed",
    ),
    (
        "integrations-s3+crc32",
        "the same, checksums `when_supported`: a CRC-32 in a trailer, checked when read",
    ),
    (
        "integrations-s3+unsigned",
        "the same without checksums, `payload_signing` `never`",
    ),
    (
        "aws-sdk-s3",
        "defaults (3 attempts, stalled-stream protection), but checksums `WhenRequired`: the payload's SHA-256 is signed; multipart by hand",
    ),
    (
        "aws-sdk-s3+crc32",
        "all defaults: checksums `WhenSupported`, in both directions",
    ),
    ("object_store", "defaults: the payload's SHA-256 is signed"),
    ("object_store+unsigned", "`with_unsigned_payload(true)`"),
    ("opendal", "defaults: unsigned payload, no layers"),
    (
        "reqwest",
        "the floor: the same requests, not signed, multipart by hand",
    ),
];

/// An arm by its name. `aws-sdk-s3` may be followed by parts to leave out: `aws-sdk-s3-signing`.
pub fn make(name: &str, endpoint: &str) -> Result<Box<dyn Arm>> {
    Ok(match name {
        "integrations-s3" => Box::new(integrations::Client::new(endpoint, false, false)?),
        "integrations-s3+crc32" => Box::new(integrations::Client::new(endpoint, true, false)?),
        "integrations-s3+unsigned" => Box::new(integrations::Client::new(endpoint, false, true)?),
        "aws-sdk-s3+crc32" => Box::new(sdk::Client::new(endpoint, true, &[])),
        "object_store" => Box::new(object_store::Client::new(endpoint, false)?),
        "object_store+unsigned" => Box::new(object_store::Client::new(endpoint, true)?),
        "opendal" => Box::new(opendal::Client::new(endpoint)?),
        "reqwest" => Box::new(raw::Client::new(endpoint)?),
        _ => {
            let without = name.strip_prefix("aws-sdk-s3").ok_or("no such arm")?;
            let without: Result<Vec<Part>> = without
                .split('-')
                .filter(|part| !part.is_empty())
                .map(str::parse)
                .collect();
            Box::new(sdk::Client::new(endpoint, false, &without?))
        }
    })
}
