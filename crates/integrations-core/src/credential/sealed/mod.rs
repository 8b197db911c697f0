//! Connections at rest, sealed with a key that is kept elsewhere.
//!
//! ```
//! use std::sync::Arc;
//! use integrations_core::auth::TokenSet;
//! use integrations_core::credential::sealed::{SealedFileStore, SealingKey, SealingKeys};
//! use integrations_core::credential::{Connection, ConnectionId, CredentialStore};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path().join("credentials");
//! // In an application: SealingKeys::from_env(), or from_file().
//! let keys = SealingKeys::new(SealingKey::generate()?);
//! let store = SealedFileStore::open(&folder, keys.clone()).await?;
//!
//! let id = ConnectionId::new("zoom:7")?;
//! let now = jiff::Timestamp::now();
//! let connection = Connection::new(id.clone(), "zoom", TokenSet::new("access"), now);
//! let _ = store.compare_and_swap(None, &connection).await?;
//! assert!(store.load(&id).await?.is_some());
//!
//! // A new key: records are sealed anew, one by one, while others use them.
//! let keys = keys.rotated_to(SealingKey::generate()?);
//! let store = SealedFileStore::open(&folder, keys).await?;
//! assert_eq!(store.reseal().await?.resealed, 1);
//! # Ok(()) }
//! ```
//!
//! # How a record is sealed
//!
//! With AES-256-GCM-SIV (RFC 8452) by aws-lc-rs, under a random nonce of 96 bits. Each write of each
//! process draws a nonce, for years: with plain AES-GCM a nonce that comes twice (a virtual machine
//! that is resumed twice from one snapshot is enough) gives away the key of the authentication. With
//! GCM-SIV it tells no more than whether two records are the same.
//!
//! What is sealed together with the content, and cannot be changed or exchanged: the version of the
//! format, the kind, the id of the key, the version of the record, and the id of the connection.
//!
//! A [`KeyId`] is computed from the key. So "another key" and "damaged or altered" are told apart,
//! and two keys under one name do not exist.
//!
//! # What is found out, and what cannot be
//!
//! | what somebody does to the store | folder | SQLite |
//! |---|---|---|
//! | reads it without the key | learns how many connections there are, how large, and when they change; ids only by guessing | the same, and the ids |
//! | changes any bit of a record, cuts it off, makes it longer | an error for this record | the same |
//! | exchanges the records of two connections | an error for both | the same |
//! | puts back an earlier record of a connection | an error for it, or it is mended when it was the last write | an error for it |
//! | removes a record | an error for it | the same |
//! | puts back the earlier list of records, or removes it | an error | the same, also of a part of it |
//! | puts back a record that was deleted | it stays deleted | the same |
//! | puts back **everything** as it was at one time | not found out | the same |
//! | removes **everything**, records and list | not found out: it is an empty store | the same |
//!
//! The last two cannot be found out from inside: a store as it was yesterday is what it was yesterday.
//! An earlier one does little with a provider that rotates, whose old refresh tokens are refused.
//!
//! # How an earlier record is known
//!
//! A record by itself cannot say that it is an earlier one. A sealed list can, that has the version
//! which each must have, if record and list cannot disagree by accident:
//!
//! - In a **folder** there is one list, which carries the last record whole. Its replacement is the
//!   write, and the record's own file follows. Each write writes all of it.
//! - In a **database** record and list change in one transaction, so that it need not be one list: it
//!   is in 256 parts, by a digest of the id, and a sealed head names the version that each part must
//!   have. A write seals the record, its part and the head. Whoever puts back a record has the part
//!   against him, whoever puts back the part as well has the head, and whoever puts back the head has
//!   each other part that was written since.
//!
//! A row in a database says in itself, sealed, that there is a list. So a list that is gone is told
//! from a database that was written before there were lists, which is given one.
//!
//! What a store that is not ours has to do for the same is in `contract::check_rollback` (feature
//! `testing`), which both of these pass.
//!
//! Tokens are in the memory of the process as long as it uses them. Who can read that, or has the
//! key, has them.

mod envelope;
mod file_store;
mod folder;
mod key;
#[cfg(feature = "keyring")]
mod keyring;
mod keys;
mod manifest;
#[cfg(feature = "sealed-sqlite")]
mod sqlite;
#[cfg(test)]
mod tests;

pub use file_store::{Resealed, SealedFileStore};
pub use key::{KeyId, SealingKey};
pub use keys::SealingKeys;
#[cfg(feature = "sealed-sqlite")]
pub use sqlite::SealedSqliteStore;
