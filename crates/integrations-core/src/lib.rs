//! One trait per category of third-party service: calendars, payments, video meetings, email,
//! object storage and sign-in.
//!
//! Each category has a **driver trait**, which a provider implements, and a **handle**, which an
//! application holds. The handle checks input and capability before anything is sent, opens the
//! operation's span and derives what can be derived; the trait stays small.
//!
//! | category | trait | handle |
//! |---|---|---|
//! | [`calendar`] | [`CalendarProvider`](calendar::CalendarProvider) | [`Calendar`](calendar::Calendar) |
//! | [`payment`] | [`PaymentProvider`](payment::PaymentProvider) | [`Payments`](payment::Payments) |
//! | [`video`] | [`VideoProvider`](video::VideoProvider) | [`Meetings`](video::Meetings) |
//! | [`email`] | [`EmailProvider`](email::EmailProvider) | [`Mailer`](email::Mailer) |
//! | [`storage`] | [`StorageProvider`](storage::StorageProvider) | [`Storage`](storage::Storage) |
//! | [`auth`] | [`AuthProvider`](auth::AuthProvider) | [`SignIn`](auth::SignIn) |
//!
//! Every one of them extends [`Integration`], which says what an integration is, connects, and
//! reports health and status. [`Category`] is open: a category of your own is a trait of your own
//! over [`Integration`].
//!
//! The rules that hold everywhere:
//!
//! - **Capabilities are data.** A call that the provider cannot serve answers
//!   [`ErrorKind::Unsupported`] before any byte is sent; a declared capability works.
//! - **A field is on the wire or refused.** Nothing that a caller asked for is dropped silently.
//! - **Nothing is lost inbound.** Models keep the vendor's own form as [`Raw`]; unknown values of
//!   vendors' enumerations are kept as `Other`.
//! - **An error says whether it took effect**: see [`Error::effect`].
//! - **Lists are complete**: [`Paged`] goes on to the last page.
//!
//! The default features are the traits and models, a feature for each category: `calendar`,
//! `payment`, `video`, `email`, `storage`, `auth`. `guard`, `http`, `cache`, `capsule`, `config`,
//! `recurrence`, `oauth`, `credentials`, `sealed-store`, `sealed-sqlite`, `keyring`, `templates` and
//! `testing` add the rest.

// The macros that declare types name this crate, so that they work in others too.
extern crate self as integrations_core;

#[cfg(feature = "auth")]
pub mod auth;
mod byte_stream;
#[cfg(feature = "calendar")]
pub mod calendar;
pub mod call;
#[cfg(feature = "capsule")]
pub mod capsule;
#[cfg(feature = "config")]
pub mod config;
#[cfg(feature = "credentials")]
pub mod credential;
#[cfg(all(test, any(feature = "credentials", feature = "guard")))]
mod dropped;
#[cfg(feature = "email")]
pub mod email;
pub mod error;
#[cfg(feature = "guard")]
pub mod guard;
#[cfg(any(feature = "http", feature = "testing"))]
pub mod http;
mod id;
mod idempotency;
mod integration;
#[cfg(all(test, any(feature = "credentials", feature = "guard")))]
mod measured;
pub mod money;
#[cfg(feature = "oauth-client")]
pub mod oauth;
pub mod operation;
pub mod page;
#[cfg(feature = "payment")]
pub mod payment;
mod raw;
#[cfg(feature = "config")]
pub mod registry;
#[cfg(feature = "storage")]
pub mod storage;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
#[cfg(feature = "video")]
pub mod video;

pub use async_trait::async_trait;
pub use byte_stream::ByteStream;
pub use error::{Effect, Error, ErrorKind, Result, RetryAdvice};
pub use idempotency::IdempotencyKey;
pub use integration::{
    Category, Circuit, ConnectionState, Descriptor, Health, Integration, Status, unsupported,
};
pub use page::{Cursor, Page, PageRequest, Paged};
pub use raw::Raw;
pub use secrecy::{ExposeSecret, SecretString};

#[doc(hidden)]
pub mod __private {
    pub use serde;
}
