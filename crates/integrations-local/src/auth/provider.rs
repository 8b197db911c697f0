//! The driver trait over the account.

use std::time::Instant;

use async_trait::async_trait;
use integrations_core::auth::{
    AuthCapabilities, AuthProvider, AuthSession, Authorization, AuthorizeRequest, DeviceAuth,
    DevicePoll, IdClaims, IdTokenExpectations, IdTokenVerifier, Introspection, Jwks, LogoutRequest,
    Scopes, SigningAlgorithm, SubjectKey, TokenKind, TokenRef, TokenSet, UserDirectory,
    UserProfile, redirect_uri_is_registered,
};
use integrations_core::{
    ConnectionState, Descriptor, Error, ErrorKind, ExposeSecret, Health, Integration, Result,
    SecretString, Status, unsupported,
};
use url::Url;

use super::account::{Polled, check_scopes};
use super::{CLIENT, ISSUER, LocalSignIn, LocalUser, lock};

#[async_trait]
impl Integration for LocalSignIn {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let result = self.check().await;
        let now = Some(self.now());
        *lock(&self.shared.status) = match &result {
            Ok(()) => Status::new(ConnectionState::Connected, now),
            Err(error) => {
                Status::new(ConnectionState::Failed, now).with_last_error(Some(error.to_string()))
            }
        };
        result
    }

    async fn disconnect(&self) -> Result<()> {
        *lock(&self.shared.status) = Status::new(ConnectionState::Disconnected, Some(self.now()));
        Ok(())
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.check().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        lock(&self.shared.status).clone()
    }
}

impl LocalSignIn {
    fn need(&self, has: bool, feature: &'static str) -> Result<()> {
        if has {
            Ok(())
        } else {
            Err(unsupported(self, feature))
        }
    }
}

fn endpoint(path: &str) -> Result<Url> {
    Url::parse(&format!("{ISSUER}/{path}")).map_err(|_| Error::internal("the issuer is no URL"))
}

/// A user as the provider tells it.
fn profile(user: &LocalUser, capabilities: &AuthCapabilities) -> UserProfile {
    let mut profile =
        UserProfile::new(SubjectKey::new(ISSUER, &user.id)).with_username(&user.username);
    profile.name.clone_from(&user.name);
    if let Some(email) = &user.email {
        let told = capabilities.verified_email.then_some(user.email_verified);
        profile = profile.with_email(email, told);
    }
    if capabilities.tenant {
        profile.tenant.clone_from(&user.tenant);
    }
    if capabilities.groups {
        profile.groups = Some(user.groups.clone());
    }
    profile
}

#[async_trait]
impl AuthProvider for LocalSignIn {
    fn capabilities(&self) -> &AuthCapabilities {
        &self.capabilities
    }

    async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
        self.need(
            self.capabilities.prompt || request.prompt.is_empty(),
            "prompt",
        )?;
        self.need(
            self.capabilities.login_hint || request.login_hint.is_none(),
            "login_hint",
        )?;
        self.need(
            self.capabilities.max_age || request.max_age.is_none(),
            "max_age",
        )?;
        self.need(self.capabilities.refresh || !request.offline, "offline")?;
        check_scopes(&request.scopes)?;
        let registered = self.redirect_uris.is_empty()
            || redirect_uri_is_registered(&self.redirect_uris, request.redirect_uri.as_str());
        if !registered {
            return Err(Error::invalid_input("the redirect URI is not registered"));
        }
        let session = AuthSession::start(self.descriptor.name.clone(), request, self.now())?
            .with_issuer(ISSUER);
        let mut started = Authorization::standard(endpoint("authorize")?, CLIENT, request, session);
        if request.offline {
            started
                .url
                .query_pairs_mut()
                .append_pair("access_type", "offline");
        }
        Ok(started)
    }

    async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet> {
        let now = self.now();
        self.change(|account| {
            account.spend(
                code.expose_secret(),
                session.verifier(),
                session.redirect_uri(),
                now,
            )
        })
        .await
    }

    async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile> {
        let account = self.account().await?;
        let good = account.good(tokens.access_token.expose_secret(), self.now());
        let user = good.and_then(|good| good.user).ok_or_else(|| {
            Error::new(
                ErrorKind::Unauthenticated,
                "the access token is not known, expired or revoked",
            )
            .with_code("invalid_token")
        })?;
        Ok(profile(user, &self.capabilities))
    }

    async fn verify_id_token(
        &self,
        token: &SecretString,
        expected: &IdTokenExpectations,
    ) -> Result<IdClaims> {
        self.need(self.capabilities.id_token, "verify_id_token")?;
        let keys = Jwks::from_value(&self.jwks().await?)?;
        let verifier =
            IdTokenVerifier::new(ISSUER, CLIENT, keys).with_algorithms([SigningAlgorithm::Es256]);
        let mut claims = verifier.verify(token, expected)?;
        if !self.capabilities.verified_email {
            claims.profile.email_verified = None;
        }
        Ok(claims)
    }

    async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet> {
        self.need(self.capabilities.refresh, "refresh")?;
        self.need(
            self.capabilities.refresh_scopes || scopes.is_empty(),
            "refresh_scopes",
        )?;
        let now = self.now();
        self.change(|account| account.renew(token.expose_secret(), scopes, now))
            .await
    }

    async fn revoke(&self, token: &TokenRef) -> Result<()> {
        self.need(self.capabilities.revoke, "revoke")?;
        self.change(|account| {
            account.revoke(token.token.expose_secret(), token.kind);
            Ok(())
        })
        .await
    }

    async fn introspect(&self, token: &TokenRef) -> Result<Introspection> {
        self.need(self.capabilities.introspect, "introspect")?;
        let account = self.account().await?;
        let text = token.token.expose_secret();
        let good = match token.kind {
            TokenKind::AccessToken => account.good(text, self.now()),
            TokenKind::RefreshToken => account.good_refresh(text),
        };
        let Some(good) = good else {
            return Ok(Introspection::inactive());
        };
        let known = Introspection::active(good.scopes.clone())
            .with_client_id(CLIENT)
            .with_times(Some(good.given), good.expires);
        Ok(match good.user {
            Some(user) => known.with_subject(&user.id).with_username(&user.username),
            None => known.with_subject(CLIENT),
        })
    }

    async fn client_credentials(&self, scopes: &Scopes) -> Result<TokenSet> {
        self.need(self.capabilities.client_credentials, "client_credentials")?;
        let now = self.now();
        self.change(|account| account.for_itself(scopes, now)).await
    }

    async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        self.need(self.capabilities.device, "device_start")?;
        let now = self.now();
        let (code, user_code, expires) = self
            .change(|account| account.start_device(scopes, now))
            .await?;
        let uri = endpoint("device")?;
        let mut complete = uri.clone();
        complete
            .query_pairs_mut()
            .append_pair("user_code", &user_code);
        let device = DeviceAuth::new(code, user_code, uri, expires);
        Ok(device
            .with_complete_uri(complete)
            .with_scopes(scopes.clone()))
    }

    async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        self.need(self.capabilities.device, "device_poll")?;
        let (now, code) = (self.now(), device.device_code.expose_secret());
        let polled = self
            .change(|account| account.poll_device(code, device.interval, now))
            .await?;
        Ok(match polled {
            Polled::Pending => DevicePoll::Pending,
            Polled::SlowDown => DevicePoll::SlowDown,
            Polled::Expired => DevicePoll::Expired,
            Polled::Denied => DevicePoll::Denied,
            Polled::Tokens(tokens) => DevicePoll::Tokens(tokens),
        })
    }

    fn logout_url(&self, request: &LogoutRequest) -> Result<Url> {
        self.need(self.capabilities.logout, "logout_url")?;
        Ok(request.standard_url(endpoint("logout")?, CLIENT))
    }

    fn directory(&self) -> Option<&dyn UserDirectory> {
        self.capabilities.directory.then_some(self)
    }
}
