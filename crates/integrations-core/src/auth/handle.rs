//! What an application holds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use super::check::ends_the_grant;
use super::{
    AuthCapabilities, AuthProvider, AuthSession, Authorization, AuthorizeRequest, CallbackCheck,
    CallbackParams, DeviceAuth, DevicePoll, DirectoryUser, IdClaims, IdTokenExpectations,
    Introspection, IssuedTokens, LogoutRequest, MemoryPending, PendingStore, Scopes, SignedIn,
    TokenRef, TokenSet, UserDirectory, UserId, UserProfile, UserQuery, check_redirect_uri,
};
use crate::call;
use crate::error::{Error, ErrorKind, Result};
use crate::integration::unsupported;
use crate::page::{PageRequest, Paged};

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Sign-in at one provider. Cheap to clone; clones share the provider.
#[derive(Clone)]
pub struct SignIn {
    provider: Arc<dyn AuthProvider>,
    clock: Clock,
    session_max_age: Duration,
    leeway: Duration,
    pending: Arc<dyn PendingStore>,
}

impl SignIn {
    /// Sign-in at a provider.
    pub fn new(provider: impl AuthProvider + 'static) -> Self {
        Self::from_arc(Arc::new(provider))
    }

    /// Sign-in at a shared provider.
    #[must_use]
    pub fn from_arc(provider: Arc<dyn AuthProvider>) -> Self {
        Self {
            provider,
            clock: Arc::new(Timestamp::now),
            session_max_age: AuthSession::DEFAULT_MAX_AGE,
            leeway: IdTokenExpectations::DEFAULT_LEEWAY,
            pending: Arc::new(MemoryPending::new()),
        }
    }

    /// Keeps sign-ins under way elsewhere than in this process's memory: see
    /// [`authorization_url`](Self::authorization_url).
    #[must_use]
    pub fn with_pending(mut self, store: impl PendingStore + 'static) -> Self {
        self.pending = Arc::new(store);
        self
    }

    pub(super) fn pending(&self) -> &dyn PendingStore {
        &*self.pending
    }

    pub(super) fn session_max_age(&self) -> Duration {
        self.session_max_age
    }

    /// Reads the time from elsewhere, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How long a sign-in may take from [`authorize`](Self::authorize) to
    /// [`exchange`](Self::exchange). It starts as 10 minutes.
    #[must_use]
    pub fn with_session_max_age(mut self, age: Duration) -> Self {
        self.session_max_age = age;
        self
    }

    /// How far the provider's clock may be off when ID tokens are judged. It starts as 60 seconds.
    #[must_use]
    pub fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The provider itself: its descriptor, status, health.
    #[must_use]
    pub fn provider(&self) -> &Arc<dyn AuthProvider> {
        &self.provider
    }

    /// What the provider can do.
    #[must_use]
    pub fn capabilities(&self) -> &AuthCapabilities {
        self.provider.capabilities()
    }

    /// Starts a sign-in: where to send the browser, and what to keep until it is back.
    ///
    /// # Errors
    /// `InvalidInput` for a request that contradicts itself, `Unsupported` for an option that the
    /// provider does not have, before anything is sent.
    pub async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
        call::run(&*self.provider, "authorize", async {
            request.check()?;
            let can = self.capabilities();
            can.check_request(request)?;
            let started = self.provider.authorize(request).await?;
            started.check(request, &self.provider.descriptor().name, can)?;
            Ok(started)
        })
        .await
    }

    /// Exchanges the code that the browser brought back. The callback is checked first, and the ID
    /// token (where there is one) before anything of it is believed.
    ///
    /// # Errors
    /// `Untrusted` when the callback or the ID token is not proved genuine; `PermissionDenied` when
    /// the user said no; `Unauthenticated` when the sign-in took too long or the code is spent.
    /// What fails after the tokens were issued carries them: see [`IssuedTokens`].
    pub async fn exchange(
        &self,
        callback: &CallbackParams,
        session: AuthSession,
    ) -> Result<TokenSet> {
        Ok(self.exchange_with_claims(callback, session).await?.0)
    }

    /// [`exchange`](Self::exchange), and then who signed in: the ID token's claims and the
    /// provider's profile as one, of the same user.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange) and [`user_profile`](Self::user_profile).
    pub async fn sign_in(
        &self,
        callback: &CallbackParams,
        session: AuthSession,
    ) -> Result<SignedIn> {
        let (tokens, claims) = self.exchange_with_claims(callback, session).await?;
        let profile = match (self.user_profile(&tokens).await, &claims) {
            (Ok(profile), Some(claims)) => profile.or(claims.profile.clone()),
            (profile, _) => profile,
        };
        match profile {
            Ok(profile) => Ok(SignedIn {
                tokens,
                profile,
                claims,
            }),
            Err(error) => Err(IssuedTokens::keep(error, tokens)),
        }
    }

    async fn exchange_with_claims(
        &self,
        callback: &CallbackParams,
        session: AuthSession,
    ) -> Result<(TokenSet, Option<IdClaims>)> {
        call::run(&*self.provider, "exchange", async {
            let now = (self.clock)();
            let check = CallbackCheck {
                provider: &self.provider.descriptor().name,
                issuer_required: self.capabilities().callback_issuer,
                now,
                max_age: self.session_max_age,
            };
            let code = session.check_callback(callback, &check)?;
            let tokens = self.provider.exchange(code, &session).await?;
            let mut tokens = asked_for(tokens, session.scopes());
            let mut expected = self.expectations(&tokens, now).with_nonce(session.nonce());
            expected.max_auth_age = session.max_auth_age();
            let required = session.scopes().contains("openid");
            match self.prove(&mut tokens, &expected, required).await {
                Ok(claims) => Ok((tokens, claims)),
                Err(error) => Err(IssuedTokens::keep(error, tokens)),
            }
        })
        .await
    }

    /// Who the tokens' user is.
    ///
    /// # Errors
    /// `Unauthenticated` for tokens that are expired or revoked; `Untrusted` when the answer is of
    /// another user than the ID token.
    pub async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile> {
        call::run(&*self.provider, "user_profile", async {
            let profile = self.provider.user_profile(tokens).await?;
            match &tokens.subject {
                Some(subject) if *subject != profile.subject => Err(mismatch("the profile")),
                _ => Ok(profile),
            }
        })
        .await
    }

    /// Checks an ID token that came another way than through [`exchange`](Self::exchange), for
    /// example from a mobile application.
    ///
    /// # Errors
    /// `Untrusted`; its code says what is wrong.
    pub async fn verify_id_token(
        &self,
        token: &SecretString,
        expected: &IdTokenExpectations,
    ) -> Result<IdClaims> {
        call::run(&*self.provider, "verify_id_token", async {
            self.need(self.capabilities().id_token, "verify_id_token")?;
            self.provider.verify_id_token(token, expected).await
        })
        .await
    }

    /// Expectations at this handle's time, with its leeway.
    #[must_use]
    pub fn expect_now(&self) -> IdTokenExpectations {
        IdTokenExpectations::at((self.clock)()).with_leeway(self.leeway)
    }

    /// Renews tokens. What the answer leaves out is kept from `tokens`.
    ///
    /// # Errors
    /// `InvalidInput` when there is no refresh token; `Unauthenticated` when it is used, expired or
    /// revoked: the user has to sign in again ([`Error::needs_reconnect`]). What fails after the
    /// new tokens were issued carries them: see [`IssuedTokens`].
    pub async fn refresh(&self, tokens: &TokenSet) -> Result<TokenSet> {
        self.refresh_to(tokens, &Scopes::none()).await
    }

    /// [`refresh`](Self::refresh) for fewer scopes than were granted.
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh), and `InvalidInput` for a scope that was not granted.
    pub async fn refresh_to(&self, old: &TokenSet, scopes: &Scopes) -> Result<TokenSet> {
        call::run(&*self.provider, "refresh", async {
            let can = self.capabilities();
            self.need(can.refresh, "refresh")?;
            self.need(can.refresh_scopes || scopes.is_empty(), "refresh_scopes")?;
            let Some(token) = &old.refresh_token else {
                return Err(Error::invalid_input("these tokens have no refresh token")
                    .with_advice("ask for one when the user signs in: AuthorizeRequest::offline"));
            };
            if !old.scopes.is_empty() && !old.scopes.covers(scopes) {
                return Err(Error::invalid_input(
                    "tokens can be renewed only for scopes that were granted",
                ));
            }
            let new = self.provider.refresh(token, scopes).await;
            let mut new = asked_for(new.map_err(ends_the_grant)?, scopes);
            if new.id_token.is_some() {
                // Whose it is shows below: a subject key need not have the token's `sub`.
                let expected = self.expectations(&new, (self.clock)());
                if let Err(error) = self.prove(&mut new, &expected, false).await {
                    let mut kept = new.renewing(old);
                    // The old set's subject does not prove whose the new ID token is.
                    kept.subject = None;
                    return Err(IssuedTokens::keep(error, kept));
                }
            }
            match (&new.subject, &old.subject) {
                (Some(of_new), Some(of_old)) if of_new != of_old => {
                    Err(IssuedTokens::keep(mismatch("the renewed ID token"), new))
                }
                _ => Ok(new.renewing(old)),
            }
        })
        .await
    }

    /// Ends a token before its time.
    ///
    /// # Errors
    /// What the provider answers. An unknown token is a success.
    pub async fn revoke(&self, token: &TokenRef) -> Result<()> {
        call::run(&*self.provider, "revoke", async {
            self.need(self.capabilities().revoke, "revoke")?;
            self.provider.revoke(token).await
        })
        .await
    }

    /// What the provider knows of a token.
    ///
    /// # Errors
    /// What the provider answers. An unknown token is not an error, but not active.
    pub async fn introspect(&self, token: &TokenRef) -> Result<Introspection> {
        call::run(&*self.provider, "introspect", async {
            self.need(self.capabilities().introspect, "introspect")?;
            self.provider.introspect(token).await
        })
        .await
    }

    /// Tokens for the application itself.
    ///
    /// # Errors
    /// `InvalidInput` for a scope that the application may not have.
    pub async fn client_credentials(&self, scopes: &Scopes) -> Result<TokenSet> {
        call::run(&*self.provider, "client_credentials", async {
            self.need(self.capabilities().client_credentials, "client_credentials")?;
            let tokens = self.provider.client_credentials(scopes).await?;
            Ok(asked_for(tokens, scopes))
        })
        .await
    }

    /// Starts a sign-in on a device without a browser.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        call::run(&*self.provider, "device_start", async {
            self.need(self.capabilities().device, "device_start")?;
            self.provider.device_start(scopes).await
        })
        .await
    }

    /// Asks once what became of a device's sign-in. Codes past their end are `Expired` without
    /// asking.
    ///
    /// # Errors
    /// `Unauthenticated` for a device code that the provider does not know; `Untrusted` when the
    /// ID token is not proved genuine.
    pub async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        call::run(&*self.provider, "device_poll", async {
            self.need(self.capabilities().device, "device_poll")?;
            let now = (self.clock)();
            if device.expires_at <= now {
                return Ok(DevicePoll::Expired);
            }
            Ok(match self.provider.device_poll(device).await? {
                DevicePoll::Tokens(tokens) => {
                    let mut tokens = asked_for(*tokens, &device.scopes);
                    let expected = self.expectations(&tokens, now);
                    let required = device.scopes.contains("openid");
                    if let Err(error) = self.prove(&mut tokens, &expected, required).await {
                        return Err(IssuedTokens::keep(error, tokens));
                    }
                    DevicePoll::Tokens(Box::new(tokens))
                }
                other => other,
            })
        })
        .await
    }

    /// Where to send the browser to end the user's session at the provider. No I/O. It does not
    /// end tokens: see [`revoke_all`](Self::revoke_all).
    ///
    /// # Errors
    /// `Unsupported` where the provider has no such address; `InvalidInput` for one to go on to
    /// that no provider may take.
    pub fn logout_url(&self, request: &LogoutRequest) -> Result<Url> {
        let url = || {
            self.need(self.capabilities().logout, "logout_url")?;
            if let Some(uri) = &request.post_logout_redirect_uri {
                check_redirect_uri(uri)?;
            }
            self.provider.logout_url(request)
        };
        url().map_err(|error| error.in_call(&self.provider.descriptor().name, "logout_url"))
    }

    /// The users of the directory.
    #[must_use]
    pub fn users(&self, query: UserQuery) -> Paged<DirectoryUser> {
        let this = self.clone();
        Paged::new(PageRequest::default(), move |page| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                call::run(&*this.provider, "list_users", async {
                    this.directory()?.list_users(&query, &page).await
                })
                .await
            }
        })
    }

    /// One user of the directory.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn user(&self, id: &UserId) -> Result<DirectoryUser> {
        call::run(&*self.provider, "get_user", async {
            self.directory()?.get_user(id).await
        })
        .await
    }

    fn directory(&self) -> Result<&dyn UserDirectory> {
        self.need(self.capabilities().directory, "directory")?;
        self.provider.directory().ok_or_else(|| {
            Error::internal("the provider declares a directory and has none")
                .with_effect(crate::Effect::NotApplied)
        })
    }

    fn need(&self, met: bool, feature: &'static str) -> Result<()> {
        if met {
            Ok(())
        } else {
            Err(unsupported(&*self.provider, feature))
        }
    }

    fn expectations(&self, tokens: &TokenSet, now: Timestamp) -> IdTokenExpectations {
        IdTokenExpectations::at(now)
            .with_leeway(self.leeway)
            .with_access_token(tokens.access_token.clone())
    }

    /// Has the ID token verified, and notes whose it is. A provider that has ID tokens must give
    /// one where `openid` was asked for: otherwise somebody could leave it out to avoid the check.
    async fn prove(
        &self,
        tokens: &mut TokenSet,
        expected: &IdTokenExpectations,
        required: bool,
    ) -> Result<Option<IdClaims>> {
        if !self.capabilities().id_token {
            return Ok(None);
        }
        let Some(id_token) = &tokens.id_token else {
            return if required {
                Err(
                    Error::new(ErrorKind::Untrusted, "the answer has no ID token")
                        .with_code("id_token_missing"),
                )
            } else {
                Ok(None)
            };
        };
        let claims = self.provider.verify_id_token(id_token, expected).await?;
        tokens.subject = Some(claims.subject_key().clone());
        Ok(Some(claims))
    }
}

/// RFC 6749, section 5.1: scopes are left out of an answer when they are what was asked for.
fn asked_for(mut tokens: TokenSet, scopes: &Scopes) -> TokenSet {
    if tokens.scopes.is_empty() {
        tokens.scopes = scopes.clone();
    }
    tokens
}

fn mismatch(what: &str) -> Error {
    Error::new(
        ErrorKind::Untrusted,
        format!("{what} is of another user than the tokens"),
    )
    .with_code("subject_mismatch")
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("provider", &self.provider)
            .field("session_max_age", &self.session_max_age)
            .finish_non_exhaustive()
    }
}

impl<P: AuthProvider + 'static> From<P> for SignIn {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}
