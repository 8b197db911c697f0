//! The keys that a provider signs ID tokens with.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

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

/// What a key can verify: its form decides, before any header is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Rsa,
    P256,
    P384,
    Ed25519,
}

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    /// The one algorithm that the key is for, where it says so.
    algorithm: Option<SigningAlgorithm>,
    form: Form,
    key: DecodingKey,
}

impl Key {
    fn verifies(&self, algorithm: SigningAlgorithm) -> bool {
        use SigningAlgorithm::{EdDsa, Es256, Es384};
        let form = match algorithm {
            Es256 => Form::P256,
            Es384 => Form::P384,
            EdDsa => Form::Ed25519,
            _ => Form::Rsa,
        };
        self.form == form && self.algorithm.is_none_or(|only| only == algorithm)
    }
}

/// A provider's public keys (a JWK Set, RFC 7517), as data: fetching and caching them is the
/// provider's affair.
#[derive(Debug, Clone, Default)]
pub struct Jwks(Vec<Key>);

impl Jwks {
    /// The keys of a JWK Set. Keys that cannot verify a signature of ours (shared keys, keys for
    /// encryption, unknown kinds) are left out, as RFC 7517 (section 5) asks.
    ///
    /// # Errors
    /// `Decode` when it is not a JWK Set.
    pub fn from_value(set: &Value) -> Result<Self> {
        let Some(keys) = set.get("keys").and_then(Value::as_array) else {
            return Err(Error::new(
                ErrorKind::Decode,
                "this is not a JWK Set: it has no `keys`",
            ));
        };
        Ok(Self(keys.iter().filter_map(key).collect()))
    }

    /// The keys of a JWK Set as text.
    ///
    /// # Errors
    /// `Decode` when it is not a JWK Set.
    pub fn from_json(set: &str) -> Result<Self> {
        let set: Value = serde_json::from_str(set).map_err(|error| {
            Error::new(ErrorKind::Decode, "this is not a JWK Set").with_source(error)
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

    /// The key for a header. Without a key id there must be one fitting key only (OpenID Connect
    /// Core, section 10.1).
    pub(super) fn find(
        &self,
        id: Option<&str>,
        algorithm: SigningAlgorithm,
    ) -> Option<&DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| {
            key.verifies(algorithm) && id.is_none_or(|id| key.id.as_deref() == Some(id))
        });
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Some(&key.key),
            _ => None,
        }
    }
}

fn key(value: &Value) -> Option<Key> {
    if value
        .get("use")
        .and_then(Value::as_str)
        .is_some_and(|used| used != "sig")
    {
        return None;
    }
    let algorithm = match value.get("alg").and_then(Value::as_str) {
        None => None,
        Some(name) => Some(SigningAlgorithm::from_name(name)?),
    };
    let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
    let form = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Form::Rsa,
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => Form::P256,
            EllipticCurve::P384 => Form::P384,
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
            Form::Ed25519
        }
        _ => return None,
    };
    Some(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        form,
        key: DecodingKey::from_jwk(&jwk).ok()?,
    })
}
