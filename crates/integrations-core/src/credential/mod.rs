//! Connections, the tokens and secrets that they are reached with, and where these are kept.
//!
//! A [`Connection`] is one account at one provider: an application with one Stripe key has one, an
//! application with ten thousand users' calendars has ten thousand. A [`CredentialStore`] keeps
//! them, and a [`TokenSource`] gives access tokens of one of them, renewed when they are about to
//! end:
//!
//! ```
//! use std::sync::Arc;
//! use integrations_core::auth::{SignIn, TokenSet};
//! use integrations_core::credential::{
//!     Connection, ConnectionId, CredentialStore, MemoryStore, Swap, TokenSource,
//! };
//!
//! # async fn example(sign_in: SignIn, tokens: TokenSet) -> integrations_core::Result<()> {
//! // When the owner has consented: keep what the sign-in gave.
//! let store: Arc<dyn CredentialStore> = Arc::new(MemoryStore::new());
//! let id = ConnectionId::new("google_calendar:42")?;
//! let now = jiff::Timestamp::now();
//! let connection = Connection::new(id.clone(), "google_calendar", tokens, now);
//! assert!(matches!(store.compare_and_swap(None, &connection).await?, Swap::Stored(_)));
//!
//! // Wherever calls are made: one source for the connection, cloned freely.
//! let source = TokenSource::new(id, store, sign_in);
//! let token = source.access_token().await?;
//! // … a call that answers 401 is made once more, with another token:
//! let token = source.rejected(&token).await?;
//! # let _ = token; Ok(()) }
//! ```
//!
//! # One refresh, and never a lost one
//!
//! Many providers **rotate**: each refresh spends the refresh token and gives the next one, and who
//! uses a spent one is taken for a thief, so that the whole grant ends. Two workers that refresh at
//! the same time, or one that dies with the next token in memory, cost the user a new sign-in.
//!
//! A refresh is therefore two writes, each a compare-and-swap on the connection's record:
//!
//! 1. the note that a refresh is under way ([`RefreshAttempt`]), **before** the token is sent. It is
//!    a lease: who finds it waits and reads the store again.
//! 2. the new tokens, in the place of the note, **before** the access token is given out.
//!
//! The lease is part of the record, and not a second thing beside it, for three reasons. Who lost
//! it cannot overwrite who has it, because the second write expects the version of the first.
//! A store has four methods and no second clock to be wrong about. And a process that is killed in
//! between leaves the note behind: the next one *knows* that the refresh token may be spent.
//!
//! That window, from the moment the provider has rotated until our write is on the disk, cannot be
//! closed from this side: the next refresh token exists only in an answer on its way. It is one
//! write long, a cut-off refresh is never taken for one that did not happen, and what is done then
//! is a setting: [`CutOff`].
//!
//! # Metrics
//!
//! Through the `metrics` facade, by the integration that the connection is for (not the one that
//! signs in, and no connection: there may be thousands):
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `integrations_token_refreshes_total` | counter: refreshes that this process made | `integration`, `outcome` |
//! | `integrations_token_refresh_seconds` | histogram: how long they took, with the store's writes | `integration` |
//! | `integrations_consents_needed_total` | counter: connections of which this process wrote down that their owner has to consent again | `integration` |
//!
//! `outcome` is `ok` when the new tokens are stored, or the [kind](crate::ErrorKind::as_str) of the
//! error. A refresh that came to nothing because somebody else refreshed or made the connection anew
//! meanwhile is not counted.
//!
//! # Stores
//!
//! | | keeps | for |
//! |---|---|---|
//! | [`MemoryStore`] | in memory | tests; credentials that are given anew at each start |
#![cfg_attr(
    feature = "sealed-store",
    doc = "| [`SealedFileStore`](sealed::SealedFileStore) | in a folder, sealed | many processes on one machine |"
)]
#![cfg_attr(
    feature = "sealed-sqlite",
    doc = "| [`SealedSqliteStore`](sealed::SealedSqliteStore) | in an SQLite database, sealed | the same, with more connections |"
)]
//!
//! A store of your own passes the same contract as these: `contract` (feature `testing`).

mod connection;
#[cfg(feature = "testing")]
pub mod contract;
mod event;
mod id;
mod memory;
#[cfg(feature = "sealed-store")]
pub mod sealed;
mod secrets;
mod source;
mod store;
mod stored;

pub use connection::{Connection, Credential, GrantState, RefreshAttempt};
pub use event::{ConnectionEvent, ConnectionEvents, Subscription};
pub use id::ConnectionId;
pub use memory::MemoryStore;
pub use secrets::Secrets;
pub use source::{AccessToken, CutOff, TokenSource, TokenSourceBuilder, TokenSources};
pub use store::{CredentialStore, Swap, Version, Versioned};
