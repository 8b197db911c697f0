//! The keys that a provider signs ID tokens with.

use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::jwk::{self, Key};
use super::strict_json;
use crate::error::{Error, ErrorKind, Result};

/// How an ID token may be signed: with a private key of the provider. Shared-key signatures
/// (`HS256` and its like) and `none` are not among them, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, which most providers use.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// The name in a token's header (RFC 7518, section 3.1; RFC 8037).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of a name; `None` for every other, above all `none` and `HS256`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }

    pub(super) const fn engine(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Rs384 => Algorithm::RS384,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Ps384 => Algorithm::PS384,
            Self::Ps512 => Algorithm::PS512,
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }

    /// The digest for `at_hash` (OpenID Connect Core, section 3.1.3.6): that of the signature.
    /// Ed25519 hashes with SHA-512.
    pub(super) fn digest(self) -> &'static aws_lc_rs::digest::Algorithm {
        use aws_lc_rs::digest::{SHA256, SHA384, SHA512};
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => &SHA256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => &SHA384,
            Self::Rs512 | Self::Ps512 | Self::EdDsa => &SHA512,
        }
    }
}

/// A provider's public keys (a JWK Set, RFC 7517), as data: fetching and caching them is the
/// provider's affair.
///
/// Keys that cannot verify a signature of ours are left out, as RFC 7517 (section 5) asks: shared
/// keys, keys for encryption or of another kind. So are those that prove nothing: RSA below 2048
/// bits or with an exponent below 3, points off their curve, and keys whose private half is
/// published beside them.
#[derive(Debug, Clone, Default)]
pub struct Jwks(Vec<Key>);

impl Jwks {
    /// The longest set that is read, in bytes. Those that are known have less than 32 KiB.
    pub const MAX_LEN: usize = 256 * 1024;
    /// The most keys that a set may have, usable or not. Those that are known have less than 32.
    pub const MAX_KEYS: usize = 256;

    /// The usable keys of a JWK Set. A text is better read by [`from_json`](Self::from_json), which
    /// sees more.
    ///
    /// # Errors
    /// `Decode` when it is not a JWK Set, or has more than [`MAX_KEYS`](Self::MAX_KEYS).
    pub fn from_value(set: &Value) -> Result<Self> {
        let Some(keys) = set.get("keys").and_then(Value::as_array) else {
            return Err(refused("this is not a JWK Set: it has no `keys`"));
        };
        if keys.len() > Self::MAX_KEYS {
            return Err(refused(
                "this JWK Set has more keys than any provider needs",
            ));
        }
        let mut usable: Vec<Key> = Vec::new();
        for key in keys.iter().filter_map(jwk::read) {
            // One that is published twice is still one.
            if !usable.contains(&key) {
                usable.push(key);
            }
        }
        Ok(Self(usable))
    }

    /// The usable keys of a JWK Set as text.
    ///
    /// # Errors
    /// `Decode` when it is not a JWK Set, has a name twice in one object, or is longer than
    /// [`MAX_LEN`](Self::MAX_LEN) or [`MAX_KEYS`](Self::MAX_KEYS).
    pub fn from_json(set: &str) -> Result<Self> {
        if set.len() > Self::MAX_LEN {
            return Err(refused("this JWK Set is longer than any provider needs"));
        }
        let set = strict_json::read(set.as_bytes()).map_err(|why| {
            refused(match why {
                strict_json::Refused::Malformed => "this is not a JWK Set: it is no JSON",
                strict_json::Refused::Duplicate => "this JWK Set has a name twice in one object",
            })
        })?;
        Self::from_value(&set)
    }

    /// How many usable keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key for a header. There must be one fitting key only, with a key id and without
    /// (OpenID Connect Core, section 10.1).
    pub(super) fn find(&self, id: Option<&str>, algorithm: SigningAlgorithm) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| {
            key.verifies(algorithm) && id.is_none_or(|id| key.id.as_deref() == Some(id))
        });
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Some(key),
            _ => None,
        }
    }
}

fn refused(why: &'static str) -> Error {
    Error::new(ErrorKind::Decode, why)
        .with_advice("look at what the provider's address for keys answers")
}
