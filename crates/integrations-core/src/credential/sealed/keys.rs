//! The keys of a store, and where they come from.

use std::env::VarError;
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::folder;
use super::key::{KeyId, SealingKey};
use crate::error::{Error, ErrorKind, Result};

/// The error of keys that are given as `length` bytes which are no text. Nothing of them is shown.
fn no_text(length: usize) -> Error {
    let advice = match length {
        SealingKey::LEN => {
            "these are as many bytes as a key has: write it as text, `base64 < KEY > KEY.txt`"
        }
        _ => "make one with `openssl rand -base64 32`, and save it as UTF-8",
    };
    Error::new(
        ErrorKind::Config,
        format!(
            "{length} bytes that are not text; keys are text, each 32 bytes in base64, one a line or \
             with commas between them"
        ),
    )
    .with_advice(advice)
}

/// The keys of a store: the first seals, and all of them open.
#[derive(Debug, Clone)]
pub struct SealingKeys(Vec<SealingKey>);

impl SealingKeys {
    /// The environment variable that [`from_env`](Self::from_env) reads.
    pub const VARIABLE: &'static str = "INTEGRATIONS_SEALING_KEYS";

    /// One key.
    #[must_use]
    pub fn new(key: SealingKey) -> Self {
        Self(vec![key])
    }

    /// These keys, and one more that seals from now on.
    #[must_use]
    pub fn rotated_to(mut self, key: SealingKey) -> Self {
        self.0.retain(|old| old.id() != key.id());
        self.0.insert(0, key);
        self
    }

    /// These keys, and one more that opens only. Give it to every process before the first one seals
    /// with it.
    #[must_use]
    pub fn also(mut self, key: SealingKey) -> Self {
        if self.find(key.id()).is_none() {
            self.0.push(key);
        }
        self
    }

    /// Keys as text, one a line or with commas between them; the first seals. Empty lines and those
    /// that begin with `#` do not count.
    ///
    /// # Errors
    /// `Config` when there is none, or one is not a key.
    pub fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.starts_with('#'));
        let words = lines.flat_map(|line| line.split(',')).map(str::trim);
        let mut keys: Vec<SealingKey> = Vec::new();
        for (n, word) in words.filter(|word| !word.is_empty()).enumerate() {
            let key: SealingKey = word.parse().map_err(|error: Error| {
                Error::new(
                    ErrorKind::Config,
                    format!("key {}: {}", n + 1, error.message()),
                )
                .with_advice(error.advice().to_owned())
            })?;
            if keys.iter().all(|other| other.id() != key.id()) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Err(Error::new(ErrorKind::Config, "there is no sealing key")
                .with_advice("make one with SealingKey::generate, or `openssl rand -base64 32`"));
        }
        Ok(Self(keys))
    }

    /// The keys in the environment variable [`VARIABLE`](Self::VARIABLE). Other processes of the
    /// same user can read it.
    ///
    /// # Errors
    /// `Config` when it is not set, or is not keys.
    pub fn from_env() -> Result<Self> {
        let named = |error: &Error| {
            Error::new(
                ErrorKind::Config,
                format!("{}: {}", Self::VARIABLE, error.message()),
            )
            .with_advice(error.advice().to_owned())
        };
        match std::env::var(Self::VARIABLE) {
            Ok(text) => Self::parse(&Zeroizing::new(text)).map_err(|error| named(&error)),
            Err(VarError::NotUnicode(value)) => Err(named(&no_text(value.len()))),
            Err(VarError::NotPresent) => Err(Error::new(
                ErrorKind::Config,
                format!("the environment variable {} is not set", Self::VARIABLE),
            )
            .with_advice("set it to a key of 32 bytes in base64, and the old ones after it")),
        }
    }

    /// The keys in a file, as [`parse`](Self::parse) reads them. On Unix nobody but its owner may
    /// read it (mode `0600` or less).
    ///
    /// # Errors
    /// `PermissionDenied` when others may read it; `NotFound`; `Config` when it is not keys.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = Zeroizing::new(folder::read_private(path)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| no_text(bytes.len()));
        text.and_then(Self::parse).map_err(|error| {
            Error::new(
                ErrorKind::Config,
                format!("{}: {}", path.display(), error.message()),
            )
            .with_advice(error.advice().to_owned())
        })
    }

    /// Writes the keys into a new file that its owner alone may read.
    ///
    /// # Errors
    /// `AlreadyExists`: a file with keys is never written over.
    pub fn write_new_file(&self, path: impl AsRef<Path>) -> Result<()> {
        folder::write_new_private(path.as_ref(), self.export().expose_secret().as_bytes())
    }

    /// The keys as text, one a line, the one that seals first. It is as secret as the keys.
    #[must_use]
    pub fn export(&self) -> SecretString {
        let mut text = Zeroizing::new(String::new());
        for key in &self.0 {
            text.push_str(key.export().expose_secret());
            text.push('\n');
        }
        text.as_str().into()
    }

    /// The ids, that of the key which seals first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.0.iter().map(SealingKey::id)
    }

    pub(super) fn sealing(&self) -> Result<&SealingKey> {
        // There is always one: see the constructors.
        self.0.first().ok_or_else(super::key::no_crypto)
    }

    pub(super) fn find(&self, id: KeyId) -> Option<&SealingKey> {
        self.0.iter().find(|key| key.id() == id)
    }
}
