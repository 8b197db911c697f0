//! One interface per category of third-party service: calendars, payments, video meetings, email,
//! object storage and sign-in.
//!
//! This crate re-exports the traits and handles of [`integrations_core`], every provider whose
//! feature is on, [`registry()`] with all of them, and the [`Manager`] that most applications hold.
//!
//! A feature is a category (`storage`: its trait, and every provider of it), a provider (`s3`), or
//! an embedded provider (`local-storage`); `local` is all six of those, `all` is everything.
//!
//! ```
//! use integrations::Manager;
//! use integrations::storage::{ObjectKey, PutOptions};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations::Result<()> {
//! // From `integrations.toml` and the environment in an application: `Manager::from_env()`.
//! let manager = Manager::builder().toml("demo", "[local_storage]\n")?.build().await?;
//!
//! let storage = manager.storage("local_storage")?;
//! let key = ObjectKey::new("hello.txt")?;
//! storage.put(&key, "hello", PutOptions::default()).await?;
//! assert_eq!(storage.get_bytes(&key).await?, "hello");
//! # Ok(()) }
//! ```

mod builder;
mod manager;
mod providers;
mod report;

pub use builder::Builder;
#[cfg(feature = "azure-ad")]
pub use integrations_azure_ad as azure_ad;
#[cfg(feature = "caldav")]
pub use integrations_caldav as caldav;
#[cfg(feature = "_auth")]
pub use integrations_core::auth;
#[cfg(feature = "_calendar")]
pub use integrations_core::calendar;
#[cfg(feature = "capsule")]
pub use integrations_core::capsule;
#[cfg(feature = "credentials")]
pub use integrations_core::credential;
#[cfg(feature = "_email")]
pub use integrations_core::email;
#[cfg(feature = "guard")]
pub use integrations_core::guard;
#[cfg(feature = "http")]
pub use integrations_core::http;
#[cfg(feature = "oauth-client")]
pub use integrations_core::oauth;
#[cfg(feature = "_payment")]
pub use integrations_core::payment;
#[cfg(feature = "_storage")]
pub use integrations_core::storage;
#[cfg(feature = "testing")]
pub use integrations_core::testing;
#[cfg(feature = "_video")]
pub use integrations_core::video;
pub use integrations_core::{
    ByteStream, Category, Circuit, ConnectionState, Cursor, Descriptor, Effect, Error, ErrorKind,
    ExposeSecret, Health, IdempotencyKey, Integration, Page, PageRequest, Paged, Raw, Result,
    RetryAdvice, SecretString, Status, async_trait, call, config, error, id_types, money,
    operation, page, registry, time, unsupported,
};
#[cfg(feature = "github")]
pub use integrations_github as github;
#[cfg(feature = "google-calendar")]
pub use integrations_google_calendar as google_calendar;
#[cfg(feature = "google-oauth")]
pub use integrations_google_oauth as google_oauth;
#[cfg(feature = "icalendar")]
pub use integrations_icalendar as icalendar;
#[cfg(feature = "_local")]
pub use integrations_local as local;
#[cfg(feature = "oidc")]
pub use integrations_oidc as oidc;
#[cfg(feature = "outlook")]
pub use integrations_outlook as outlook;
#[cfg(feature = "s3")]
pub use integrations_s3 as s3;
pub use manager::{Manager, Survey};
pub use providers::registry;
pub use report::StatusReport;
