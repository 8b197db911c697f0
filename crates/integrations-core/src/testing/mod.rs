//! What tests of applications use: a mock of every driver trait.
//!
//! An application holds handles, and a handle takes any provider: in a test, a mock whose answers
//! the test sets. The handle's own checks run all the same, so what it would refuse in production
//! it refuses here.
//!
//! ```
//! use integrations_core::storage::{MockStorageProvider, ObjectKey, PutOptions};
//! use integrations_core::storage::{Storage, StorageCapabilities};
//! use integrations_core::{Category, Descriptor, Error, ErrorKind, Result};
//!
//! // The application's code: keeps a report, and says whether it could.
//! async fn keep_report(storage: &Storage, day: &str) -> Result<bool> {
//!     let key = ObjectKey::new(format!("reports/{day}.csv"))?;
//!     match storage.put(&key, "a,b\n", PutOptions::default()).await {
//!         Ok(_) => Ok(true),
//!         Err(error) if error.kind() == ErrorKind::QuotaExceeded => Ok(false),
//!         Err(error) => Err(error),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
//! let mut mock = MockStorageProvider::new();
//! mock.expect_descriptor().return_const(Descriptor::new("mock", Category::STORAGE, "mock"));
//! mock.expect_capabilities().return_const(StorageCapabilities::new());
//! mock.expect_put()
//!     .withf(|key, _, _| key.as_str() == "reports/2026-06-01.csv")
//!     .times(1)
//!     .returning(|_, _, _| Err(Error::new(ErrorKind::QuotaExceeded, "the disk is full")));
//!
//! assert!(!keep_report(&Storage::new(mock), "2026-06-01").await?);
//! # Ok(()) }
//! ```
//!
//! The mocks live beside their traits: [`MockCalendarProvider`](crate::calendar::MockCalendarProvider),
//! [`MockPaymentProvider`](crate::payment::MockPaymentProvider),
//! [`MockVideoProvider`](crate::video::MockVideoProvider),
//! [`MockEmailProvider`](crate::email::MockEmailProvider),
//! [`MockStorageProvider`](crate::storage::MockStorageProvider),
//! [`MockAuthProvider`](crate::auth::MockAuthProvider), and those of the groups of methods. Where a
//! test should exercise real behaviour, the embedded providers of `integrations-local` are better:
//! they keep what is given to them and pass the whole conformance suite.
//!
//! # A provider of your own over HTTP
//!
//! [`FaultyTransport`] stands where the network would: a function answers, and a plan of [`Fault`]s
//! loses the request before the function saw it, or the answer after. It keeps what was sent, so
//! that a test can count effects.

mod transport;

pub use transport::{Exchange, Fault, FaultyTransport};
