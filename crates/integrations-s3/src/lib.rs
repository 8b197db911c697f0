//! Amazon S3, and stores that speak its protocol, behind the storage trait.
//!
//! ```no_run
//! use integrations_core::storage::{ObjectKey, PutOptions, Storage};
//! use integrations_s3::{S3, S3Config};
//!
//! # async fn example() -> integrations_core::Result<()> {
//! // Credentials from the AWS chain: environment, profile, container, instance.
//! let storage = Storage::new(S3::new(S3Config::new("photos").with_region("eu-central-1")).await?);
//!
//! let key = ObjectKey::new("2026/cat.jpg")?;
//! storage.put(&key, vec![0xff, 0xd8], PutOptions::default()).await?;
//! # Ok(()) }
//! ```
//!
//! # What it does beyond the SDK
//!
//! - A put of any stream, of unknown length too: small ones are one request, larger ones become a
//!   multipart upload with bounded memory. Parts grow so that 10,000 of them reach 5 TiB. A put
//!   that fails or is dropped aborts its upload.
//! - A read checks its length, and goes on where it stopped when the connection breaks or falls
//!   silent, on the same version of the object. A read of a whole object checks the CRC-32 that was
//!   stored with it, where there is one: [`Checksums`] says when.
//! - The SDK's own retries are off; every request runs under the guard. A conditional put whose
//!   answer was lost is told from one that another writer won by a mark in the object's metadata
//!   (`integrations-write-id`), which reads do not show.
//!
//! [`S3::client`] is the SDK's client, with the same credentials, for everything else.

mod client;
mod config;
mod copy;
mod error;
mod get;
mod list;
mod multipart;
mod operations;
mod presign;
mod provider;
mod put;
mod reason;
mod tags;
mod write_id;

pub use client::S3;
pub use config::{Checksums, PayloadSigning, S3Config, factory};
