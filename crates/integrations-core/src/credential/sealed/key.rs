//! Keys that seal.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::error::{Effect, Error, ErrorKind, Result};

/// Which key sealed something: 16 hexadecimal digits that are computed from the key and say nothing
/// of it. They are in each sealed record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

impl KeyId {
    pub(super) const LEN: usize = 8;

    pub(super) const fn bytes(self) -> [u8; 8] {
        self.0
    }

    pub(super) const fn of_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A key that seals: 256 random bits. As text it is base64. `Debug` shows its [`KeyId`] alone.
#[derive(Clone)]
pub struct SealingKey {
    bytes: SecretSlice<u8>,
    id: KeyId,
}

impl SealingKey {
    /// The length of a key in bytes.
    pub const LEN: usize = 32;

    /// A new key. Keep its [text](Self::export) where the store is not: who loses it loses the
    /// store.
    ///
    /// # Errors
    /// `Internal` when the system has no random numbers.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        aws_lc_rs::rand::fill(&mut *bytes).map_err(|_| no_crypto())?;
        Ok(Self::of(&*bytes))
    }

    fn of(bytes: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let tag = hmac::sign(&key, b"integrations sealed store, key id, 1");
        let mut id = [0; KeyId::LEN];
        id.copy_from_slice(&tag.as_ref()[..KeyId::LEN]);
        Self {
            bytes: bytes.to_vec().into(),
            id: KeyId(id),
        }
    }

    /// The key as text, which is as secret as the key.
    #[must_use]
    pub fn export(&self) -> SecretString {
        STANDARD.encode(self.bytes.expose_secret()).into()
    }

    /// Which key it is.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    fn cipher(&self) -> Result<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, self.bytes.expose_secret());
        Ok(LessSafeKey::new(key.map_err(|_| no_crypto())?))
    }

    /// Seals `content` in its place and adds the tag.
    pub(super) fn seal(&self, nonce: [u8; 12], aad: &[u8], content: &mut Vec<u8>) -> Result<()> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.cipher()?
            .seal_in_place_append_tag(nonce, Aad::from(aad), content)
            .map_err(|_| no_crypto())
    }

    /// Opens `sealed` in its place; `None` when it is not what was sealed.
    pub(super) fn open(
        &self,
        nonce: [u8; 12],
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<Option<usize>> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self.cipher()?.open_in_place(nonce, Aad::from(aad), sealed);
        Ok(opened.ok().map(|content| content.len()))
    }
}

/// Reads the text of [`export`](SealingKey::export); space around it does not count.
impl FromStr for SealingKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new);
        match bytes {
            Ok(bytes) if bytes.len() == Self::LEN => Ok(Self::of(&bytes)),
            _ => Err(Error::new(
                ErrorKind::Config,
                "a sealing key is 32 bytes in base64, and this text is not",
            )
            .with_advice("make one with SealingKey::generate, or `openssl rand -base64 32`")),
        }
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id)
    }
}

pub(super) fn no_crypto() -> Error {
    Error::internal("the cryptographic library failed").with_effect(Effect::NotApplied)
}
