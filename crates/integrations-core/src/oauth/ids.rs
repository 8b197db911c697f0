//! ID tokens, judged with the keys of now.

use std::sync::Arc;

use secrecy::SecretString;

use super::client::OAuthClient;
use crate::auth::{IdClaims, IdTokenExpectations, IdTokenVerifier, Jwks};
use crate::error::{Error, ErrorKind, Result};

pub(super) type Rules = Arc<dyn Fn(Jwks) -> IdTokenVerifier + Send + Sync>;

impl OAuthClient {
    /// Checks an ID token of this provider for this application. A key that is not known is asked
    /// for once a minute at most.
    ///
    /// # Errors
    /// `Untrusted` for whatever is not exactly as it should be, `Unsupported` where the provider
    /// has no keys, and what fetching them answers.
    pub async fn verify_id_token(
        &self,
        token: &SecretString,
        expected: &IdTokenExpectations,
    ) -> Result<IdClaims> {
        let endpoints = self.endpoints().await?;
        let keyless = || {
            Error::new(
                ErrorKind::Unsupported,
                "the provider publishes no keys, so that no ID token can be checked",
            )
        };
        let url = endpoints.keys.as_ref().ok_or_else(keyless)?;
        let client_id = &self.inner.config.client_id;
        let rules: Rules = match (&self.inner.rules, endpoints.issuer.clone()) {
            (Some(rules), _) => rules.clone(),
            (None, Some(issuer)) => {
                let client_id = client_id.clone();
                Arc::new(move |keys| IdTokenVerifier::new(&*issuer, &*client_id, keys))
            }
            (None, None) => return Err(keyless()),
        };
        let verifier = |keys: &Jwks| rules(keys.clone());
        let keys = self.keys(url).await?;
        let outcome = verifier(&keys).verify(token, expected);
        match outcome {
            Err(error) if error.code() == Some("id_token_unknown_key") => {
                let newer = self.newer_keys(url, &keys).await?;
                match Arc::ptr_eq(&newer, &keys) {
                    true => Err(error),
                    false => verifier(&newer).verify(token, expected),
                }
            }
            outcome => outcome,
        }
    }
}
