//! PKCE: a code is worth something only to the one who asked for it (RFC 7636).

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};

/// The secret behind a sign-in: 43 to 128 characters of `A-Z a-z 0-9 - . _ ~` (RFC 7636, section
/// 4.1).
#[derive(Clone)]
pub struct PkceVerifier(SecretString);

impl PkceVerifier {
    /// A verifier that was made elsewhere.
    ///
    /// # Errors
    /// `InvalidInput` when its length or characters are not those of RFC 7636.
    pub fn new(verifier: impl Into<String>) -> Result<Self> {
        let verifier = verifier.into();
        let plain = verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
        if plain && (43..=128).contains(&verifier.len()) {
            Ok(Self(verifier.into()))
        } else {
            Err(Error::invalid_input(
                "a PKCE verifier is 43 to 128 characters of A-Z a-z 0-9 - . _ ~",
            ))
        }
    }

    /// A new one from 32 random bytes.
    ///
    /// # Errors
    /// `Internal` when the operating system gives no random bytes.
    #[cfg(feature = "oauth")]
    pub fn random() -> Result<Self> {
        Ok(Self(random_token()?.into()))
    }

    /// The challenge for the authorization URL, method `S256`.
    #[cfg(feature = "oauth")]
    #[must_use]
    pub fn challenge(&self) -> String {
        pkce_challenge(self.0.expose_secret())
    }

    /// Whether this is the verifier behind a challenge of method `S256`.
    #[cfg(feature = "oauth")]
    #[must_use]
    pub fn answers(&self, challenge: &str) -> bool {
        super::secrets_equal(&self.challenge(), challenge)
    }

    /// The verifier itself, for the token request.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for PkceVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PkceVerifier([REDACTED])")
    }
}

/// The challenge of a verifier, method `S256`: the SHA-256 of its characters, in base64url without
/// padding (RFC 7636, section 4.2).
///
/// ```
/// // RFC 7636, appendix B.
/// let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// let challenge = integrations_core::auth::pkce_challenge(verifier);
/// assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// ```
#[cfg(feature = "oauth")]
#[must_use]
pub fn pkce_challenge(verifier: &str) -> String {
    use base64::Engine;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest.as_ref())
}

/// 32 random bytes in base64url: 43 characters, for states, nonces, verifiers, codes and tokens.
///
/// # Errors
/// `Internal` when the operating system gives no random bytes.
#[cfg(feature = "oauth")]
pub fn random_token() -> Result<String> {
    use base64::Engine;
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| Error::internal("the operating system gives no random bytes"))?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_has_the_length_and_characters_of_rfc_7636() {
        assert!(PkceVerifier::new("a".repeat(43)).is_ok());
        assert!(PkceVerifier::new("-._~".repeat(32)).is_ok());
        for bad in [
            "a".repeat(42),
            "a".repeat(129),
            "+".repeat(43),
            "é".repeat(43),
        ] {
            assert!(PkceVerifier::new(bad.clone()).is_err(), "{bad}");
        }
    }

    /// evidence: local_auth: exchange: published vector: the S256 challenge of RFC 7636, appendix B
    #[cfg(feature = "oauth")]
    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = PkceVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        assert!(verifier.answers("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(!verifier.answers("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    }

    #[cfg(feature = "oauth")]
    #[test]
    fn random_verifiers_differ_and_do_not_show_in_debug() {
        let (one, two) = (
            PkceVerifier::random().unwrap(),
            PkceVerifier::random().unwrap(),
        );
        assert_ne!(one.expose(), two.expose());
        assert!(PkceVerifier::new(one.expose()).is_ok());
        assert!(!format!("{one:?}").contains(one.expose()));
    }
}
