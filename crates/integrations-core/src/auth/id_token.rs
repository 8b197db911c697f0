//! Checking ID tokens (OpenID Connect Core, section 3.1.3.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::crypto::aws_lc;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{IdClaims, IdTokenExpectations, Jwks, SigningAlgorithm, secrets_equal};
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
    keys: Jwks,
}

impl IdTokenVerifier {
    /// The longest token that is looked at, in bytes.
    pub const MAX_LEN: usize = 64 * 1024;

    /// Tokens of an issuer, for an application (its client id), signed with one of the keys.
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>, keys: Jwks) -> Self {
        Self {
            issuer: issuer.into(),
            audience: client_id.into(),
            trusted: Vec::new(),
            algorithms: SigningAlgorithm::ALL.into(),
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

    /// Checks a token and gives its claims.
    ///
    /// # Errors
    /// `Untrusted`. Its code says what is wrong: `id_token_malformed`, `_algorithm`, `_type`,
    /// `_critical`, `_unknown_key` (worth fetching the keys again, at a bounded rate),
    /// `_signature`, `_issuer`, `_subject`, `_audience`, `_authorized_party`, `_expired`,
    /// `_not_yet_valid`, `_nonce`, `_access_token`, `_auth_time`, each after `id_token`.
    pub fn verify(&self, token: &SecretString, expected: &IdTokenExpectations) -> Result<IdClaims> {
        let token = token.expose_secret();
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(malformed());
        };
        if token.len() > Self::MAX_LEN {
            return Err(malformed());
        }
        let algorithm = self.check_signature(token, header, signature)?;
        let claims = object(payload)?;
        self.check_claims(&claims, expected, algorithm)
    }

    /// The signature first: nothing of an unsigned payload is read.
    fn check_signature(
        &self,
        token: &str,
        header: &str,
        signature: &str,
    ) -> Result<SigningAlgorithm> {
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
        if fields.get("crit").is_some() {
            // RFC 7515, section 4.1.11: what is critical and not understood must be refused.
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
        let key = self.keys.find(text("kid"), algorithm).ok_or_else(|| {
            refused(
                "id_token_unknown_key",
                "the ID token is signed with a key that the provider does not publish",
            )
        })?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;
        // The engine is named here, not taken from the process: there it depends on which features
        // other crates switch on, and can be missing.
        let verifier = (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&algorithm.engine(), key)
            .map_err(|error| {
                refused("id_token_signature", "the key cannot check the ID token")
                    .with_source(error)
            })?;
        // Both parts with the dot between them; `rsplit_once` cannot fail after the split above.
        let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        verifier
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| refused("id_token_signature", "the ID token's signature is wrong"))?;
        Ok(algorithm)
    }

    fn check_claims(
        &self,
        claims: &Value,
        expected: &IdTokenExpectations,
        algorithm: SigningAlgorithm,
    ) -> Result<IdClaims> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(&self.issuer) {
            return Err(refused(
                "id_token_issuer",
                "the ID token is of another issuer",
            ));
        }
        let subject = text("sub").filter(|subject| !subject.is_empty());
        let subject = subject
            .filter(|subject| {
                expected
                    .subject
                    .as_deref()
                    .is_none_or(|other| other == *subject)
            })
            .ok_or_else(|| refused("id_token_subject", "the ID token is of another user"))?;
        let audience = self.check_audience(claims)?;
        let (issued_at, expires_at) = check_times(claims, expected)?;
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
        Ok(IdClaims::new(
            self.issuer.clone(),
            subject,
            audience,
            issued_at,
            expires_at,
            claims.clone(),
        ))
    }

    fn check_audience(&self, claims: &Value) -> Result<Vec<String>> {
        let audience: Vec<String> = match claims.get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        };
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

fn check_times(claims: &Value, expected: &IdTokenExpectations) -> Result<(Timestamp, Timestamp)> {
    let leeway = i64::try_from(expected.leeway.as_secs()).unwrap_or(i64::MAX);
    let now = expected.now.as_second();
    let expired = || {
        refused(
            "id_token_expired",
            "the ID token has expired or does not say when",
        )
    };
    let early = || refused("id_token_not_yet_valid", "the ID token is from the future");
    let expires = seconds(claims.get("exp")).ok_or_else(expired)?;
    // RFC 7519, section 4.1.4: not on or after the time.
    if now.saturating_sub(leeway) >= expires {
        return Err(expired());
    }
    let issued = seconds(claims.get("iat")).ok_or_else(early)?;
    let not_before = match claims.get("nbf") {
        None => issued,
        nbf => seconds(nbf).ok_or_else(early)?,
    };
    if issued.max(not_before) > now.saturating_add(leeway) {
        return Err(early());
    }
    if let Some(age) = expected.max_auth_age {
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        let recent = seconds(claims.get("auth_time"))
            .is_some_and(|at| at.saturating_add(age).saturating_add(leeway) >= now);
        if !recent {
            return Err(refused(
                "id_token_auth_time",
                "the user signed in too long ago",
            ));
        }
    }
    let at = |second| Timestamp::from_second(second).map_err(|_| malformed());
    Ok((at(issued)?, at(expires)?))
}

/// A NumericDate (RFC 7519, section 2), which may have a fraction.
fn seconds(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    value.as_i64().or_else(|| {
        #[allow(clippy::cast_possible_truncation)] // Saturates, and the result is bounds-checked.
        value
            .as_f64()
            .filter(|s| s.is_finite())
            .map(|s| s.floor() as i64)
    })
}

/// A part of the token as a JSON object.
fn object(part: &str) -> Result<Value> {
    URL_SAFE_NO_PAD
        .decode(part)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .filter(Value::is_object)
        .ok_or_else(malformed)
}

fn malformed() -> Error {
    refused("id_token_malformed", "this is not a signed ID token")
}

fn refused(code: &'static str, why: &'static str) -> Error {
    Error::new(ErrorKind::Untrusted, why)
        .with_code(code)
        .with_advice("do not act on it; start the sign-in again")
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
