//! Checking ID tokens (OpenID Connect Core, section 3.1.3.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::jwk::Key;
use super::{AllowedTenants, IdClaims, IdTokenExpectations, Jwks, SigningAlgorithm, secrets_equal};
use super::{id_token_times, strict_json, tenants};
use crate::error::{Error, ErrorKind, Result};

/// Checks the ID tokens of one issuer for one application.
///
/// ```
/// use integrations_core::auth::{IdTokenExpectations, IdTokenVerifier, Jwks};
/// use jiff::Timestamp;
///
/// let keys = Jwks::from_json(r#"{"keys": []}"#)?;
/// let verifier = IdTokenVerifier::new("https://issuer.example", "my-client", keys);
/// // {"alg":"none"}.{} — unsigned tokens are refused whatever they say.
/// let error = verifier
///     .verify(&"eyJhbGciOiJub25lIn0.e30.".into(), &IdTokenExpectations::at(Timestamp::now()))
///     .unwrap_err();
/// assert_eq!(error.code(), Some("id_token_algorithm"));
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct IdTokenVerifier {
    issuer: String,
    audience: String,
    trusted: Vec<String>,
    algorithms: Vec<SigningAlgorithm>,
    tenants: Option<AllowedTenants>,
    keys: Jwks,
}

impl IdTokenVerifier {
    /// The longest token that is looked at, in bytes.
    pub const MAX_LEN: usize = 64 * 1024;

    /// The longest subject, in ASCII characters (OpenID Connect Core, section 2).
    pub const MAX_SUBJECT_LEN: usize = 255;

    /// Tokens of an issuer, for an application (its client id), signed with one of the keys.
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>, keys: Jwks) -> Self {
        Self {
            issuer: issuer.into(),
            audience: client_id.into(),
            trusted: Vec::new(),
            algorithms: SigningAlgorithm::ALL.into(),
            tenants: None,
            keys,
        }
    }

    /// Takes only these algorithms.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: impl Into<Vec<SigningAlgorithm>>) -> Self {
        self.algorithms = algorithms.into();
        self
    }

    /// Takes tokens that are also for this other application.
    #[must_use]
    pub fn with_trusted_audience(mut self, client_id: impl Into<String>) -> Self {
        self.trusted.push(client_id.into());
        self
    }

    /// Takes tokens of these tenants of Microsoft Entra. The issuer is then the one that Entra's
    /// discovery names for `common` and `organizations`, with a place for the tenant:
    /// `https://login.microsoftonline.com/{tenantid}/v2.0`. A token's own issuer must be exactly
    /// that with the token's claim `tid`, and so must the issuer of the key, where Entra says one.
    ///
    /// Without this, such an issuer fits no token.
    ///
    /// ```
    /// use integrations_core::auth::{AllowedTenants, IdTokenVerifier, Jwks};
    ///
    /// let issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
    /// let verifier = IdTokenVerifier::new(issuer, "my-client", Jwks::default())
    ///     .with_tenants(AllowedTenants::these(["11111111-2222-3333-4444-555555555555"])?);
    /// # let _ = verifier; Ok::<_, integrations_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_tenants(mut self, tenants: AllowedTenants) -> Self {
        self.tenants = Some(tenants);
        self
    }

    /// Checks a token and gives its claims.
    ///
    /// # Errors
    /// `Untrusted`. Its code says what is wrong: `id_token_malformed`, `_encrypted`, `_duplicate`
    /// (a name twice in one object), `_algorithm`, `_type`, `_critical`, `_unknown_key` (worth
    /// fetching the keys again, at a bounded rate), `_signature`, `_issuer`, `_key_issuer`,
    /// `_tenant`, `_tenant_not_allowed`, `_subject`, `_audience`, `_authorized_party`, `_expired`,
    /// `_not_yet_valid`, `_times` (it ends before it begins), `_nonce`, `_access_token`,
    /// `_auth_time`, each after `id_token`.
    pub fn verify(&self, token: &SecretString, expected: &IdTokenExpectations) -> Result<IdClaims> {
        let token = token.expose_secret();
        if token.len() > Self::MAX_LEN {
            return Err(malformed());
        }
        let parts: Vec<&str> = token.split('.').collect();
        let (header, payload, signature) = match parts[..] {
            [header, payload, signature] => (header, payload, signature),
            // RFC 7516, section 9.
            [_, _, _, _, _] => {
                return Err(refused(
                    "id_token_encrypted",
                    "the ID token is encrypted, which is not supported",
                ));
            }
            _ => return Err(malformed()),
        };
        let (algorithm, key) = self.check_signature(token, header, signature)?;
        let claims = object(payload)?;
        let issuer = self.check_issuer(&claims, key)?;
        self.check_claims(issuer, claims, expected, algorithm)
    }

    /// The signature first: nothing of an unsigned payload is read.
    fn check_signature(
        &self,
        token: &str,
        header: &str,
        signature: &str,
    ) -> Result<(SigningAlgorithm, &Key)> {
        let fields = object(header)?;
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let algorithm = text("alg")
            .and_then(SigningAlgorithm::from_name)
            .filter(|algorithm| self.algorithms.contains(algorithm))
            .ok_or_else(|| {
                refused(
                    "id_token_algorithm",
                    "the ID token is not signed with an algorithm that is allowed",
                )
            })?;
        // RFC 7515, section 4.1.11: what is critical and not understood must be refused. `b64` is
        // not for tokens at all (RFC 7797, section 7).
        if fields.get("crit").is_some() || fields.get("b64").is_some() {
            return Err(refused(
                "id_token_critical",
                "the ID token has a critical header that is not understood",
            ));
        }
        if let Some(kind) = fields.get("typ") {
            // RFC 8725, section 3.11: an access token or a logout token is no ID token.
            let jwt = kind.as_str().is_some_and(|kind| {
                kind.eq_ignore_ascii_case("jwt") || kind.eq_ignore_ascii_case("application/jwt")
            });
            if !jwt {
                return Err(refused("id_token_type", "this is another kind of token"));
            }
        }
        // RFC 7519, section 5.2: what is signed says itself that it is another token.
        if text("cty").is_some_and(|kind| kind.eq_ignore_ascii_case("jwt")) {
            return Err(refused("id_token_type", "this is a token around a token"));
        }
        // What the header itself brings (`jwk`, `jku`, `x5c`, `x5u`) is never looked at.
        if fields.get("kid").is_some_and(|id| !id.is_string()) {
            return Err(malformed());
        }
        let key = self.keys.find(text("kid"), algorithm).ok_or_else(|| {
            refused(
                "id_token_unknown_key",
                "the ID token is signed with a key that the provider does not publish",
            )
        })?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;
        // The engine is named here, not taken from the process: there it depends on which features
        // other crates switch on, and can be missing.
        let verifier = (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&algorithm.engine(), &key.key)
            .map_err(|error| {
            refused("id_token_signature", "the key cannot check the ID token").with_source(error)
        })?;
        // Both parts with the dot between them; `rsplit_once` cannot fail after the split above.
        let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        verifier
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| refused("id_token_signature", "the ID token's signature is wrong"))?;
        Ok((algorithm, key))
    }

    /// Whose token it is, and whether the key that signed it is for that issuer.
    fn check_issuer(&self, claims: &Value, key: &Key) -> Result<String> {
        let seen = claims.get("iss").and_then(Value::as_str);
        let tenant = match &self.tenants {
            None => None,
            Some(allowed) => {
                let tenant = tenants::tenant_of(claims).ok_or_else(|| {
                    refused("id_token_tenant", "the ID token does not say its tenant")
                })?;
                if !allowed.allows(tenant) {
                    return Err(refused(
                        "id_token_tenant_not_allowed",
                        "the user is of a tenant whose users may not sign in here",
                    ));
                }
                Some(tenant)
            }
        };
        // The issuer of the token's tenant, where the issuer has a place for one.
        let of_tenant = |issuer: &str| match tenant {
            None => issuer.to_owned(),
            Some(tenant) => tenants::issuer_of(issuer, tenant),
        };
        let issuer = of_tenant(&self.issuer);
        if seen != Some(&issuer) {
            return Err(refused(
                "id_token_issuer",
                "the ID token is of another issuer",
            ));
        }
        if key
            .issuer
            .as_deref()
            .is_some_and(|of| of_tenant(of) != issuer)
        {
            return Err(refused(
                "id_token_key_issuer",
                "the ID token is signed with a key that its provider has for another issuer",
            ));
        }
        Ok(issuer)
    }

    fn check_claims(
        &self,
        issuer: String,
        claims: Value,
        expected: &IdTokenExpectations,
        algorithm: SigningAlgorithm,
    ) -> Result<IdClaims> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let subject = text("sub").filter(|subject| is_subject(subject));
        let subject = subject.ok_or_else(|| {
            refused(
                "id_token_subject",
                "the ID token does not say whose it is, in 1 to 255 ASCII characters",
            )
        })?;
        if expected
            .subject
            .as_deref()
            .is_some_and(|other| other != subject)
        {
            return Err(refused(
                "id_token_subject",
                "the ID token is of another user",
            ));
        }
        let audience = self.check_audience(&claims)?;
        let (issued_at, expires_at) = id_token_times::check(&claims, expected)?;
        let nonce_is_ours = expected.nonce.as_ref().is_none_or(|nonce| {
            text("nonce").is_some_and(|seen| secrets_equal(seen, nonce.expose_secret()))
        });
        if !nonce_is_ours {
            return Err(refused(
                "id_token_nonce",
                "the ID token is not of this sign-in: its nonce is another",
            ));
        }
        if let (Some(token), Some(hash)) = (&expected.access_token, claims.get("at_hash")) {
            let digest =
                aws_lc_rs::digest::digest(algorithm.digest(), token.expose_secret().as_bytes());
            let digest = digest.as_ref();
            let half = digest.get(..digest.len() / 2).unwrap_or_default();
            if !hash
                .as_str()
                .is_some_and(|h| secrets_equal(h, &URL_SAFE_NO_PAD.encode(half)))
            {
                return Err(refused(
                    "id_token_access_token",
                    "the ID token does not belong to the access token",
                ));
            }
        }
        let subject = subject.to_owned();
        Ok(IdClaims::new(
            issuer, subject, audience, issued_at, expires_at, claims,
        ))
    }

    fn check_audience(&self, claims: &Value) -> Result<Vec<String>> {
        let audience: Option<Vec<String>> = match claims.get("aud") {
            Some(Value::String(one)) => Some(vec![one.clone()]),
            // All of it text: what cannot be read could be another application.
            Some(Value::Array(many)) => many
                .iter()
                .map(|one| one.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        let audience = audience.unwrap_or_default();
        let known = |other: &String| *other == self.audience || self.trusted.contains(other);
        if !audience.contains(&self.audience) || !audience.iter().all(known) {
            return Err(refused(
                "id_token_audience",
                "the ID token is for another application",
            ));
        }
        let party = claims.get("azp");
        let party_is_us = party.and_then(Value::as_str) == Some(&self.audience);
        if (party.is_some() || audience.len() > 1) && !party_is_us {
            return Err(refused(
                "id_token_authorized_party",
                "the ID token was given to another application",
            ));
        }
        Ok(audience)
    }
}

/// OpenID Connect Core, section 2: at most 255 ASCII characters. Control characters have no place in
/// what accounts are keyed by.
fn is_subject(text: &str) -> bool {
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    plain && (1..=IdTokenVerifier::MAX_SUBJECT_LEN).contains(&text.len())
}

/// A part of the token as a JSON object: base64url without padding and without stray bits.
fn object(part: &str) -> Result<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed())?;
    let value = strict_json::read(&bytes).map_err(|why| match why {
        strict_json::Refused::Malformed => malformed(),
        strict_json::Refused::Duplicate => refused(
            "id_token_duplicate",
            "the ID token has a name twice in one object",
        ),
    })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(malformed())
    }
}

fn malformed() -> Error {
    refused("id_token_malformed", "this is not a signed ID token")
}

pub(super) fn refused(code: &'static str, why: &'static str) -> Error {
    Error::new(ErrorKind::Untrusted, why)
        .with_code(code)
        .with_advice("do not act on it; start the sign-in again")
}

#[cfg(test)]
#[path = "id_token_tests/mod.rs"]
mod tests;
