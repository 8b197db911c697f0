//! One interface per category of third-party service: calendars, payments, video meetings, email,
//! object storage and sign-in.
//!
//! This crate re-exports the traits and handles of [`integrations_core`], every provider whose
//! feature is on, [`registry()`] with all of them, and the [`Manager`] that most applications hold.
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
pub use integrations_core::*;
#[cfg(feature = "local")]
pub use integrations_local as local;
#[cfg(feature = "s3")]
pub use integrations_s3 as s3;
pub use manager::Manager;
pub use providers::registry;
pub use report::StatusReport;
