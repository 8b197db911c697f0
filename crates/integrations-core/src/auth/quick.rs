//! A sign-in in two calls, for applications that keep no session of their own.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{AuthSession, AuthorizeRequest, CallbackParams, SignIn, SignedIn};
use crate::error::{Error, ErrorKind, Result};

impl SignIn {
    /// Where to send the browser, by the configured redirect URI and with what a sign-in asks for:
    /// `openid profile email`, and a refresh token where the provider has them.
    ///
    /// `state` is the secret of this browser's session: random, 16 characters or more
    /// ([`random_token`](super::random_token)), kept in a cookie or the session, and compared with
    /// the one that comes back before [`exchange_code`](Self::exchange_code) is called. What else
    /// is kept until then is in the [store](Self::with_pending).
    ///
    /// ```
    /// # use integrations_core::auth::SignIn;
    /// # async fn example(sign_in: SignIn, code: &str, state: &str) -> integrations_core::Result<()> {
    /// // First request.
    /// let url = sign_in.authorization_url(state).await?;
    /// // Second request: the browser is back with `code` and the same `state`.
    /// let who = sign_in.exchange_code(code, state).await?;
    /// # let _ = (url, who); Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for a state that is no secret, `Config` where no redirect URI is configured,
    /// and those of [`authorize`](Self::authorize).
    pub async fn authorization_url(&self, state: &str) -> Result<Url> {
        let uri = self.provider().redirect_uri().ok_or_else(|| {
            Error::new(ErrorKind::Config, "no redirect URI is configured")
                .with_advice("set `redirect_uri`, or give one with an AuthorizeRequest")
                .in_call(&self.provider().descriptor().name, "authorize")
        })?;
        let mut request = AuthorizeRequest::new(uri);
        request.offline = self.capabilities().refresh;
        self.authorization_url_for(&request, state).await
    }

    /// [`authorization_url`](Self::authorization_url) for a request of your own.
    ///
    /// # Errors
    /// As [`authorization_url`](Self::authorization_url).
    pub async fn authorization_url_for(
        &self,
        request: &AuthorizeRequest,
        state: &str,
    ) -> Result<Url> {
        let request = request.clone().with_state(state);
        let started = self.authorize(&request).await?;
        let ends = started.session.created_at();
        let ends = ends.checked_add(self.session_max_age()).unwrap_or(ends);
        let kept = self.pending().put(state, started.session.export(), ends);
        kept.await
            .map_err(|error| error.in_call(&self.provider().descriptor().name, "authorize"))?;
        Ok(started.url)
    }

    /// Finishes what [`authorization_url`](Self::authorization_url) started: tokens, and who signed
    /// in. A state is good once, whatever comes of it.
    ///
    /// # Errors
    /// `Untrusted` for a state that was never given out or is used; those of
    /// [`sign_in`](Self::sign_in).
    pub async fn exchange_code(&self, code: &str, state: &str) -> Result<SignedIn> {
        let callback = CallbackParams {
            code: Some(SecretString::from(code)),
            state: Some(SecretString::from(state)),
            ..CallbackParams::default()
        };
        self.finish(&callback).await
    }

    /// [`exchange_code`](Self::exchange_code) from all that the browser brought back, errors and
    /// the issuer (RFC 9207) among them. Providers that name themselves in callbacks need it.
    ///
    /// # Errors
    /// As [`exchange_code`](Self::exchange_code).
    pub async fn finish(&self, callback: &CallbackParams) -> Result<SignedIn> {
        let unknown = || {
            Error::new(
                ErrorKind::Untrusted,
                "no sign-in with this state is under way",
            )
            .with_code("state_unknown")
            .with_advice("do not act on it; it is used, too old or not ours: start again")
            .in_call(&self.provider().descriptor().name, "exchange")
        };
        let state = callback.state.as_ref().ok_or_else(unknown)?;
        let kept = self.pending().take(state.expose_secret()).await?;
        let session = AuthSession::import(kept.ok_or_else(unknown)?.expose_secret())?;
        self.sign_in(callback, session).await
    }
}
