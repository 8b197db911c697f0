//! Signing keys and ID tokens.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use integrations_core::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A key that signs, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SigningKey {
    pub(super) id: String,
    /// PKCS #8, in base64url.
    secret: String,
}

impl SigningKey {
    pub(super) fn generate() -> Result<Self> {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| Error::internal("the operating system gives no random bytes"))?;
        Ok(Self {
            id: uuid::Uuid::new_v4().simple().to_string(),
            secret: URL_SAFE_NO_PAD.encode(document.as_ref()),
        })
    }

    fn pair(&self) -> Result<EcdsaKeyPair> {
        let damaged = || Error::internal("a signing key is damaged");
        let secret = URL_SAFE_NO_PAD
            .decode(&self.secret)
            .map_err(|_| damaged())?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &secret).map_err(|_| damaged())
    }

    /// The public half as a JWK (RFC 7518, section 6.2.1); nothing for a key that is damaged.
    pub(super) fn jwk(&self) -> Option<Value> {
        let pair = self.pair().ok()?;
        // Uncompressed: 4, then both coordinates of 32 bytes.
        let point = pair.public_key().as_ref();
        let (x, y) = (point.get(1..33)?, point.get(33..65)?);
        Some(json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        }))
    }

    /// The claims as a signed token (RFC 7515, section 3.1).
    pub(super) fn sign(&self, claims: &Value) -> Result<String> {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": self.id });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self
            .pair()?
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|_| Error::internal("the token cannot be signed"))?;
        Ok(format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(signature.as_ref())
        ))
    }
}

/// What is kept of a token: not the token.
pub(super) fn hash(token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.as_ref())
}

/// `at_hash` for ES256 (OpenID Connect Core, section 3.1.3.6): half of the hash.
pub(super) fn access_token_hash(token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    let bytes = digest.as_ref();
    URL_SAFE_NO_PAD.encode(bytes.get(..bytes.len() / 2).unwrap_or_default())
}
