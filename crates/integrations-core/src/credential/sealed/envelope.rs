//! The form of what is sealed.
//!
//! ```text
//! "ISEAL" | format 1 byte | kind 1 byte | key id 8 bytes | version 8 bytes | nonce 12 bytes | sealed | tag 16 bytes
//! ```
//!
//! Everything before the nonce, and the name of what is sealed after it, is authenticated with the
//! content.

use secrecy::zeroize::Zeroizing;

use super::key::{KeyId, no_crypto};
use super::keys::SealingKeys;
use crate::error::{Effect, Error, ErrorKind, Result};

const MAGIC: &[u8; 5] = b"ISEAL";
const FORMAT: u8 = 1;
const HEAD: usize = 5 + 1 + 1 + KeyId::LEN + 8;
const NONCE: usize = 12;
const TAG: usize = 16;

/// What is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A connection; its name is the id.
    Record,
    /// A list of records, or a part of one.
    Manifest,
    /// A connection in a database, which has a list of them: in itself it says that there is one.
    #[cfg(feature = "sealed-sqlite")]
    Listed,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Record => 1,
            Self::Manifest => 2,
            #[cfg(feature = "sealed-sqlite")]
            Self::Listed => 3,
        }
    }
}

/// What can be read without a key. It is not to be believed before the rest was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) key: KeyId,
    pub(super) version: u64,
}

/// What was sealed.
pub(super) struct Opened {
    pub(super) head: Head,
    pub(super) content: Zeroizing<Vec<u8>>,
}

/// Seals `content` as `kind` with the name `name` in the state `version`.
pub(super) fn seal(
    keys: &SealingKeys,
    kind: Kind,
    name: &str,
    version: u64,
    content: &[u8],
) -> Result<Vec<u8>> {
    let key = keys.sealing()?;
    let mut sealed = Vec::with_capacity(HEAD + NONCE + content.len() + TAG);
    sealed.extend_from_slice(MAGIC);
    sealed.extend_from_slice(&[FORMAT, kind.byte()]);
    sealed.extend_from_slice(&key.id().bytes());
    sealed.extend_from_slice(&version.to_be_bytes());
    let aad = aad(&sealed, name);
    let mut nonce = [0; NONCE];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| no_crypto())?;
    sealed.extend_from_slice(&nonce);
    // Room for the tag: a vector that grows would leave the content behind in memory.
    let mut body = Zeroizing::new(Vec::with_capacity(content.len() + TAG));
    body.extend_from_slice(content);
    key.seal(nonce, &aad, &mut body)?;
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

/// The head of something sealed; `None` when it is no such thing.
pub(super) fn head(sealed: &[u8], kind: Kind) -> Option<Head> {
    let rest = sealed.strip_prefix(MAGIC)?;
    let rest = rest.strip_prefix(&[FORMAT, kind.byte()])?;
    let (key, rest) = rest.split_first_chunk()?;
    let (version, rest) = rest.split_first_chunk()?;
    (rest.len() >= NONCE + TAG).then_some(Head {
        key: KeyId::of_bytes(*key),
        version: u64::from_be_bytes(*version),
    })
}

/// Opens what was sealed as `kind` with the name `name`.
///
/// # Errors
/// `Untrusted` with the code `record_form`, `record_key` or `record_altered`.
pub(super) fn open(keys: &SealingKeys, kind: Kind, name: &str, sealed: &[u8]) -> Result<Opened> {
    let what = match kind {
        Kind::Manifest => "the list of records".to_owned(),
        _ => format!("the record of {name}"),
    };
    let Some(head) = head(sealed, kind) else {
        return Err(damaged(
            format!("{what} is cut off, or is not a sealed one"),
            "record_form",
        ));
    };
    let Some(key) = keys.find(head.key) else {
        let known: Vec<String> = keys.ids().map(|id| id.to_string()).collect();
        return Err(Error::new(
            ErrorKind::Config,
            format!(
                "{what} is sealed with the key {}, and the keys here are {}",
                head.key,
                known.join(", ")
            ),
        )
        .with_code("record_key")
        .with_effect(Effect::NotApplied)
        .with_advice("add the key that it was sealed with: old keys stay until `reseal` is done"));
    };
    let (start, rest) = sealed.split_at(HEAD);
    let Some((nonce, body)) = rest.split_first_chunk::<NONCE>() else {
        return Err(damaged(format!("{what} is cut off"), "record_form"));
    };
    let mut content = Zeroizing::new(body.to_vec());
    match key.open(*nonce, &aad(start, name), &mut content)? {
        Some(length) => {
            content.truncate(length);
            Ok(Opened { head, content })
        }
        None => Err(damaged(
            format!("{what} is damaged, altered, or of another connection"),
            "record_altered",
        )),
    }
}

fn aad(head: &[u8], name: &str) -> Vec<u8> {
    // The head has one length, so that where the name begins is never in doubt.
    [head, name.as_bytes()].concat()
}

pub(super) fn damaged(message: String, code: &'static str) -> Error {
    Error::new(ErrorKind::Untrusted, message)
        .with_code(code)
        .with_effect(Effect::NotApplied)
        .with_advice(
            "nothing of it was used: find out who wrote to the store, and restore it from a copy or \
             connect the account again",
        )
}
