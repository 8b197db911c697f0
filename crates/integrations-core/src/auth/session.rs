//! The sign-in that is under way, between the two requests.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{CallbackParams, PkceVerifier, Scopes, oauth_error, secrets_equal};
use crate::error::{Error, ErrorKind, Result};

/// What must be kept between sending the browser away and its coming back: the state, the nonce
/// and the PKCE verifier, and for what they were made.
///
/// Any machine can finish what another started: store [`export`](Self::export) under a key that
/// only this browser has (a server-side session, or an encrypted cookie), and take it out, removing
/// it, when the browser is back. It is good for one exchange: it cannot be cloned, and
/// [`SignIn::exchange`](super::SignIn::exchange) consumes it.
pub struct AuthSession {
    provider: String,
    issuer: Option<String>,
    state: SecretString,
    nonce: SecretString,
    verifier: PkceVerifier,
    redirect_uri: Url,
    scopes: Scopes,
    created_at: Timestamp,
    max_auth_age: Option<Duration>,
    return_to: Option<String>,
}

/// The stored form. The version lets a later release refuse or read what an earlier one stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    v: u8,
    provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    state: String,
    nonce: String,
    verifier: String,
    redirect_uri: Url,
    scopes: Scopes,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_auth_age: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    return_to: Option<String>,
}

impl AuthSession {
    /// How long a sign-in may take where the application does not say otherwise: 10 minutes.
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(600);

    /// How far ahead another machine's clock may be.
    const CLOCK_SKEW: Duration = Duration::from_secs(60);

    /// A session from its parts. `provider` is the integration's name; `state` and `nonce` are
    /// random, at least 128 bits each.
    #[must_use]
    pub fn new(
        provider: impl Into<String>,
        state: impl Into<SecretString>,
        nonce: impl Into<SecretString>,
        verifier: PkceVerifier,
        redirect_uri: Url,
        created_at: Timestamp,
    ) -> Self {
        Self {
            provider: provider.into(),
            issuer: None,
            state: state.into(),
            nonce: nonce.into(),
            verifier,
            redirect_uri,
            scopes: Scopes::none(),
            created_at,
            max_auth_age: None,
            return_to: None,
        }
    }

    /// A new session for a request, with random state, nonce and verifier.
    ///
    /// # Errors
    /// `Internal` when the operating system gives no random bytes.
    #[cfg(feature = "oauth")]
    pub fn start(
        provider: impl Into<String>,
        request: &super::AuthorizeRequest,
        now: Timestamp,
    ) -> Result<Self> {
        use super::random_token;
        let state = match &request.state {
            Some(state) => state.clone(),
            None => random_token()?.into(),
        };
        let mut session = Self::new(
            provider,
            state,
            random_token()?,
            PkceVerifier::random()?,
            request.redirect_uri.clone(),
            now,
        )
        .with_scopes(request.scopes.clone());
        session.max_auth_age = request.max_age;
        session.return_to.clone_from(&request.return_to);
        Ok(session)
    }

    /// Names the issuer that the callback must come from (RFC 9207).
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Names the scopes that were asked for.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Bounds how long ago the user may have signed in.
    #[must_use]
    pub fn with_max_auth_age(mut self, age: Duration) -> Self {
        self.max_auth_age = Some(age);
        self
    }

    /// The integration's name.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The issuer that the callback must come from.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The state for the authorization URL.
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.expose_secret()
    }

    /// The nonce for the authorization URL.
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.nonce.expose_secret()
    }

    /// The PKCE verifier.
    #[must_use]
    pub fn verifier(&self) -> &PkceVerifier {
        &self.verifier
    }

    /// Where the browser comes back to.
    #[must_use]
    pub fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    /// The scopes that were asked for.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// When the sign-in was started.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// How long ago the user may have signed in.
    #[must_use]
    pub fn max_auth_age(&self) -> Option<Duration> {
        self.max_auth_age
    }

    /// Where the application goes on when the user is signed in.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }

    /// The session as text, to be stored where only this browser's next request finds it. It holds
    /// secrets.
    #[must_use]
    pub fn export(&self) -> SecretString {
        let stored = Stored {
            v: 1,
            provider: self.provider.clone(),
            issuer: self.issuer.clone(),
            state: self.state().to_owned(),
            nonce: self.nonce().to_owned(),
            verifier: self.verifier.expose().to_owned(),
            redirect_uri: self.redirect_uri.clone(),
            scopes: self.scopes.clone(),
            created_at: self.created_at,
            max_auth_age: self.max_auth_age.map(|age| age.as_secs()),
            return_to: self.return_to.clone(),
        };
        // Strings and numbers always serialise.
        serde_json::to_string(&stored).unwrap_or_default().into()
    }

    /// The session that [`export`](Self::export) gave.
    ///
    /// # Errors
    /// `Untrusted` for any other text.
    pub fn import(stored: &str) -> Result<Self> {
        let foreign = || {
            Error::new(
                ErrorKind::Untrusted,
                "the stored sign-in is not one of ours",
            )
            .with_advice("start the sign-in again")
        };
        let stored: Stored = serde_json::from_str(stored).map_err(|_| foreign())?;
        if stored.v != 1 || stored.state.is_empty() {
            return Err(foreign());
        }
        Ok(Self {
            provider: stored.provider,
            issuer: stored.issuer,
            state: stored.state.into(),
            nonce: stored.nonce.into(),
            verifier: PkceVerifier::new(stored.verifier).map_err(|_| foreign())?,
            redirect_uri: stored.redirect_uri,
            scopes: stored.scopes,
            created_at: stored.created_at,
            max_auth_age: stored.max_auth_age.map(Duration::from_secs),
            return_to: stored.return_to,
        })
    }

    /// Checks a callback against this session, and gives its code. The handle calls it before a
    /// driver sees anything.
    ///
    /// In this order, so that nothing in an unproved callback is believed: the session is of this
    /// provider and not too old; the state is ours; the issuer is the one we sent the browser to;
    /// the provider did not answer with an error; there is a code.
    ///
    /// # Errors
    /// `Untrusted` when the callback is not proved to answer this session, `Unauthenticated` when
    /// the session is too old, else the provider's error.
    pub fn check_callback<'c>(
        &self,
        callback: &'c CallbackParams,
        check: &CallbackCheck<'_>,
    ) -> Result<&'c SecretString> {
        let untrusted = |why: &'static str, code: &'static str| {
            Error::new(ErrorKind::Untrusted, why)
                .with_code(code)
                .with_advice("do not act on it; start the sign-in again")
        };
        if self.provider != check.provider {
            return Err(untrusted(
                "the sign-in was started with another provider",
                "provider_mismatch",
            ));
        }
        let age = check.now.duration_since(self.created_at);
        let too_old = i128::from(age.as_secs()) > i128::from(check.max_age.as_secs());
        let from_the_future = -i128::from(age.as_secs()) > i128::from(Self::CLOCK_SKEW.as_secs());
        if too_old || from_the_future {
            return Err(
                Error::new(ErrorKind::Unauthenticated, "the sign-in took too long")
                    .with_code("session_expired")
                    .with_advice("start the sign-in again"),
            );
        }
        let state = callback.state.as_ref().map(ExposeSecret::expose_secret);
        if !state.is_some_and(|state| secrets_equal(state, self.state())) {
            return Err(untrusted(
                "the callback's state is not the one that was sent",
                "state_mismatch",
            ));
        }
        match (&callback.iss, &self.issuer) {
            (Some(iss), Some(expected)) if iss != expected => {
                return Err(untrusted(
                    "the callback comes from another issuer",
                    "issuer_mismatch",
                ));
            }
            (None, _) if check.issuer_required => {
                return Err(untrusted(
                    "the callback does not say which issuer it comes from",
                    "issuer_missing",
                ));
            }
            _ => {}
        }
        if let Some(code) = &callback.error {
            return Err(oauth_error(code, callback.error_description.as_deref()));
        }
        callback
            .code
            .as_ref()
            .ok_or_else(|| untrusted("the callback has no code", "code_missing"))
    }
}

/// What a callback is checked against, besides its session.
#[derive(Debug, Clone, Copy)]
pub struct CallbackCheck<'a> {
    /// The name of the integration that is to exchange the code.
    pub provider: &'a str,
    /// Whether the provider always names itself in callbacks.
    pub issuer_required: bool,
    /// The time.
    pub now: Timestamp,
    /// How long a sign-in may take.
    pub max_age: Duration,
}

impl fmt::Debug for AuthSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthSession")
            .field("provider", &self.provider)
            .field("redirect_uri", &self.redirect_uri.as_str())
            .field("scopes", &self.scopes.to_string())
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn session() -> AuthSession {
        AuthSession::new(
            "acme",
            "the-state",
            "the-nonce",
            PkceVerifier::new(VERIFIER).unwrap(),
            "https://app.example/cb".parse().unwrap(),
            Timestamp::UNIX_EPOCH,
        )
        .with_issuer("https://acme.example")
        .with_max_auth_age(Duration::from_secs(60))
        .with_scopes(Scopes::sign_in())
    }

    fn outcome(query: &str, age: i64, issuer_required: bool) -> Result<String> {
        let callback = CallbackParams::from_query(query)?;
        let check = CallbackCheck {
            provider: "acme",
            issuer_required,
            now: Timestamp::from_second(age).unwrap(),
            max_age: AuthSession::DEFAULT_MAX_AGE,
        };
        let code = session().check_callback(&callback, &check)?.clone();
        Ok(code.expose_secret().to_owned())
    }

    fn refusal(query: &str, age: i64, issuer_required: bool) -> (ErrorKind, String) {
        let error = outcome(query, age, issuer_required).unwrap_err();
        (error.kind(), error.code().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_callback_with_our_state_gives_its_code() {
        let query = "code=c1&state=the-state&iss=https%3A%2F%2Facme.example";
        assert_eq!(outcome(query, 1, true).unwrap(), "c1");
        assert_eq!(outcome("code=c1&state=the-state", 1, false).unwrap(), "c1");
    }

    #[test]
    fn a_callback_with_another_state_or_none_is_refused() {
        let mismatch = (ErrorKind::Untrusted, "state_mismatch".to_owned());
        for query in ["code=c1&state=other", "code=c1", "code=c1&state="] {
            assert_eq!(refusal(query, 1, false), mismatch, "{query}");
        }
    }

    #[test]
    fn an_error_with_a_foreign_state_is_not_believed() {
        let query = "error=access_denied&state=other";
        assert_eq!(refusal(query, 1, false).0, ErrorKind::Untrusted);
        let query = "error=access_denied&state=the-state";
        assert_eq!(refusal(query, 1, false).0, ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_callback_of_another_issuer_is_refused_and_a_missing_one_where_it_is_required() {
        let query = "code=c&state=the-state&iss=https%3A%2F%2Fevil.example";
        assert_eq!(refusal(query, 1, false).1, "issuer_mismatch");
        assert_eq!(
            refusal("code=c&state=the-state", 1, true).1,
            "issuer_missing"
        );
    }

    #[test]
    fn a_session_is_good_for_ten_minutes_and_not_from_the_future() {
        assert!(outcome("code=c&state=the-state", 600, false).is_ok());
        assert_eq!(
            refusal("code=c&state=the-state", 601, false).1,
            "session_expired"
        );
        assert!(outcome("code=c&state=the-state", -60, false).is_ok());
        assert_eq!(
            refusal("code=c&state=the-state", -61, false).1,
            "session_expired"
        );
    }

    #[test]
    fn a_session_of_another_provider_is_refused() {
        let callback = CallbackParams::from_query("code=c&state=the-state").unwrap();
        let check = CallbackCheck {
            provider: "other",
            issuer_required: false,
            now: Timestamp::UNIX_EPOCH,
            max_age: AuthSession::DEFAULT_MAX_AGE,
        };
        let error = session().check_callback(&callback, &check).unwrap_err();
        assert_eq!(error.code(), Some("provider_mismatch"));
    }

    #[test]
    fn a_session_survives_export_and_import_whole() {
        let stored = session().export();
        let back = AuthSession::import(stored.expose_secret()).unwrap();
        assert_eq!(back.provider(), "acme");
        assert_eq!(back.issuer(), Some("https://acme.example"));
        assert_eq!(back.state(), "the-state");
        assert_eq!(back.nonce(), "the-nonce");
        assert_eq!(back.verifier().expose(), VERIFIER);
        assert_eq!(back.redirect_uri().as_str(), "https://app.example/cb");
        assert_eq!(back.scopes(), &Scopes::sign_in());
        assert_eq!(back.created_at(), Timestamp::UNIX_EPOCH);
        assert_eq!(back.max_auth_age(), Some(Duration::from_secs(60)));
    }

    #[test]
    fn foreign_text_is_not_a_session() {
        for text in ["", "{}", "null", "[1]", "{\"v\":2}"] {
            let error = AuthSession::import(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Untrusted, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let debug = format!("{:?}", session());
        for secret in ["the-state", "the-nonce", VERIFIER] {
            assert!(!debug.contains(secret), "{debug}");
        }
    }
}
