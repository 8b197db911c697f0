//! What the browser brings back.

use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::error::{Error, ErrorKind, Result};

/// The parameters with which the browser came back to the redirect URI. Nothing in them is proved
/// until [`SignIn::exchange`](super::SignIn::exchange) has checked them.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallbackParams {
    /// The authorization code.
    pub code: Option<SecretString>,
    /// The state.
    pub state: Option<SecretString>,
    /// The issuer (RFC 9207).
    pub iss: Option<String>,
    /// The provider's error code.
    pub error: Option<String>,
    /// The provider's words for the error.
    pub error_description: Option<String>,
}

impl CallbackParams {
    /// The parameters of a query string (or of a form that was posted), without the `?`.
    ///
    /// # Errors
    /// `Untrusted` when a parameter comes twice, which RFC 6749 (section 3.1) forbids: whoever
    /// reads the first and whoever reads the last would see different callbacks.
    pub fn from_query(query: &str) -> Result<Self> {
        Self::from_pairs(url::form_urlencoded::parse(query.as_bytes()))
    }

    /// The parameters of the address that the browser came back to.
    ///
    /// # Errors
    /// As [`from_query`](Self::from_query).
    pub fn from_url(url: &Url) -> Result<Self> {
        Self::from_query(url.query().unwrap_or_default())
    }

    /// The parameters as a web framework gives them.
    ///
    /// # Errors
    /// As [`from_query`](Self::from_query).
    pub fn from_pairs<N: AsRef<str>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self> {
        let mut params = Self::default();
        for (name, value) in pairs {
            let fresh = match name.as_ref() {
                "code" => params.code.replace(value.into().into()).is_none(),
                "state" => params.state.replace(value.into().into()).is_none(),
                "iss" => params.iss.replace(value.into()).is_none(),
                "error" => params.error.replace(value.into()).is_none(),
                "error_description" => params.error_description.replace(value.into()).is_none(),
                _ => true,
            };
            if !fresh {
                return Err(Error::new(
                    ErrorKind::Untrusted,
                    format!("the callback has the parameter {} twice", name.as_ref()),
                )
                .with_code("duplicate_parameter")
                .with_advice("do not act on it; start the sign-in again"));
            }
        }
        Ok(params)
    }
}

impl fmt::Debug for CallbackParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackParams")
            .field("code", &self.code.as_ref().map(|_| "[REDACTED]"))
            .field("state", &self.state.as_ref().map(|_| "[REDACTED]"))
            .field("iss", &self.iss)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_parameters_are_decoded() {
        let url: Url = "https://app.example/cb?code=a%2Bb+c&state=s&session_state=x"
            .parse()
            .unwrap();
        let params = CallbackParams::from_url(&url).unwrap();
        assert_eq!(params.code.unwrap().expose_secret(), "a+b c");
        assert_eq!(params.state.unwrap().expose_secret(), "s");
    }

    #[test]
    fn a_parameter_that_comes_twice_is_refused() {
        for query in ["code=a&code=b", "code=a&state=s&state=s", "error=a&error=b"] {
            let error = CallbackParams::from_query(query).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Untrusted, "{query}");
        }
    }

    #[test]
    fn debug_shows_neither_code_nor_state() {
        let params = CallbackParams::from_query("code=c0de&state=st4te").unwrap();
        let debug = format!("{params:?}");
        assert!(
            !debug.contains("c0de") && !debug.contains("st4te"),
            "{debug}"
        );
    }
}
