//! What tests of applications use: a mock of every driver trait, and a network that fails on
//! purpose.
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
//! # The fault laboratory
//!
//! For a provider of your own, and for everything that has to be right when the network is not.
//! A **server** acts on requests: a function, a [`Ledger`], or a real server behind a proxy. A
//! **line** to it fails on purpose, with one [`Fault`] for each request. A **ledger** says what
//! really happened.
//!
//! | | opens sockets | use it for |
//! |---|---|---|
//! | [`FaultyTransport`] | no | providers over our [`Transport`](crate::http::Transport); thousands of calls under paused time |
//! | [`FaultyServer::answering`] | yes | what opens connections of its own: SDKs, whole applications |
//! | [`FaultyServer::before`] | yes | the same against a real server, whose effects are real |
//!
//! All three take faults in three ways: for the next request that fits a rule (`fail`), for the next
//! requests whatever they are (`with_faults`), and drawn from a seed (`with_plan` and a
//! [`FaultPlan`]), so that a run that failed can be repeated. [`Ledger::audit`] holds what a caller
//! was told against what happened: never two effects of one operation, never an effect that was
//! told as none, never one that was told and is not there. The example at [`Ledger`] is such a test.
//!
//! # Signing in
//!
//! A [`Browser`] without a screen goes through the pages of a sign-in server on the own machine, so
//! that a test can come back with a code that a server gave:
//! [`sign_in_at_oidc_provider`], [`sign_in_at_emulate`]. Where such a server is, [`counterpart`] says.

mod browser;
mod counterpart;
mod counting;
mod fault;
mod ledger;
mod line;
mod plan;
mod server;
mod transport;

pub use browser::{Browser, Visit, WebForm, WebPage, sign_in_at_emulate, sign_in_at_oidc_provider};
pub use counterpart::counterpart;
pub use counting::CountingTransport;
pub use fault::Fault;
pub use ledger::{Entry, Idempotency, Ledger, Violation, ViolationKind};
pub use line::Exchange;
pub use plan::FaultPlan;
pub use server::FaultyServer;
pub use transport::FaultyTransport;
