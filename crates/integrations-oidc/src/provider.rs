//! The sign-in trait.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use async_trait::async_trait;
use integrations_core::auth::{
    AuthCapabilities, AuthProvider, AuthSession, Authorization, AuthorizeRequest, DeviceAuth,
    DevicePoll, IdClaims, IdTokenExpectations, Introspection, LogoutRequest, Prompt, Scope, Scopes,
    SubjectKey, TokenRef, TokenSet, UserProfile,
};
use integrations_core::guard::Guard;
use integrations_core::http::{HttpTransport, Transport, TransportConfig};
use integrations_core::oauth::{Discovery, Endpoints, OAuthClient};
use integrations_core::{
    Category, Descriptor, Health, Integration, Raw, Result, SecretString, Status, unsupported,
};
use serde_json::Value;
use url::Url;

use crate::OidcConfig;

/// An OpenID Connect provider. Cheap to clone; clones share what was fetched.
#[derive(Debug, Clone)]
pub struct Oidc {
    descriptor: Descriptor,
    client: OAuthClient,
    /// What every such provider can, and what this one said that it can.
    base: AuthCapabilities,
    told: Arc<OnceLock<AuthCapabilities>>,
}

impl Oidc {
    /// A provider over the usual transport. Sends nothing.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn new(config: OidcConfig) -> Result<Self> {
        config.validate()?;
        Self::with_transport(config, HttpTransport::new(TransportConfig::new())?)
    }

    /// A provider over a transport of your own.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn with_transport(config: OidcConfig, transport: impl Transport + 'static) -> Result<Self> {
        config.validate()?;
        let descriptor = Descriptor::new("oidc", Category::AUTH, "openid");
        let mut discovery = Discovery::new(&config.issuer)?;
        for origin in config
            .origins
            .iter()
            .flat_map(|origins| origins.split_whitespace())
        {
            discovery = discovery.with_origin(origin);
        }
        let mut client = OAuthClient::new("oidc", config.client(), discovery, transport)?
            .for_integration(&descriptor)?;
        if config.static_refresh_tokens {
            client = client.with_static_refresh_tokens();
        }
        let mut base = AuthCapabilities::new();
        // OpenID Connect Core, sections 3.1.2.1 and 15.1: what every provider has.
        base.pkce = true;
        base.id_token = true;
        base.prompt = true;
        base.login_hint = true;
        base.max_age = true;
        base.refresh = true;
        base.refresh_scopes = true;
        base.refresh_rotation = !config.static_refresh_tokens;
        base.verified_email = true;
        Ok(Self {
            descriptor,
            client,
            base,
            told: Arc::default(),
        })
    }

    /// Gives the integration another name, for example when two providers are configured.
    ///
    /// # Errors
    /// None in practice: the guard is made anew with the same policy.
    pub fn with_name(mut self, name: impl Into<String>) -> Result<Self> {
        self.descriptor = self.descriptor.with_name(name.into());
        self.client = self.client.for_integration(&self.descriptor)?;
        Ok(self)
    }

    /// The guard that every request runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        self.client.guard()
    }

    /// Runs every request under this guard.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.client = self.client.with_guard(guard);
        self
    }

    /// Reads the time from elsewhere, for tests.
    #[must_use]
    pub fn with_clock(
        mut self,
        clock: impl Fn() -> jiff::Timestamp + Send + Sync + 'static,
    ) -> Self {
        self.client = self.client.with_clock(clock);
        self
    }

    /// The client beneath, for what the trait does not offer.
    #[must_use]
    pub fn client(&self) -> &OAuthClient {
        &self.client
    }
}

/// What the metadata say that the provider can.
fn capabilities(mut can: AuthCapabilities, endpoints: &Endpoints) -> AuthCapabilities {
    let metadata = &endpoints.metadata;
    let among = |name: &str, word: &str| {
        let words = metadata.get(name)?.as_array()?;
        Some(words.iter().any(|one| one.as_str() == Some(word)))
    };
    let grant = |grant: &str| among("grant_types_supported", grant);
    can.id_token = endpoints.keys.is_some();
    can.callback_issuer = metadata
        .get("authorization_response_iss_parameter_supported")
        .is_some_and(|told| told == &Value::Bool(true));
    // What is left out of the metadata is not told: it may be there.
    can.pkce = among("code_challenge_methods_supported", "S256").unwrap_or(true);
    can.refresh = grant("refresh_token").unwrap_or(true);
    can.refresh_scopes = can.refresh;
    can.refresh_rotation &= can.refresh;
    can.revoke = endpoints.revocation.is_some();
    can.introspect = endpoints.introspection.is_some();
    can.device = endpoints.device_authorization.is_some();
    can.client_credentials = grant("client_credentials") == Some(true);
    can.logout = endpoints.end_session.is_some();
    can
}

#[async_trait]
impl Integration for Oidc {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        self.client.reach().await?;
        let endpoints = self.client.endpoints().await?;
        self.told
            .get_or_init(|| capabilities(self.base, &endpoints));
        Ok(())
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.connect().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        self.client.guard().status()
    }
}

#[async_trait]
impl AuthProvider for Oidc {
    fn capabilities(&self) -> &AuthCapabilities {
        self.told.get().unwrap_or(&self.base)
    }

    fn redirect_uri(&self) -> Option<Url> {
        self.client.config().redirect_uri()
    }

    async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
        self.capabilities().check_request(request)?;
        let mut request = request.clone();
        if request.offline {
            // OpenID Connect Core, section 11: without consent the scope is ignored.
            request.scopes.insert(Scope::new("offline_access")?);
            let asks = request.prompt.iter().any(|prompt| *prompt != Prompt::Login);
            if !asks {
                request.prompt.push(Prompt::Consent);
            }
        }
        self.client.authorize(&request, &[]).await
    }

    async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet> {
        self.client.exchange(code, session).await
    }

    async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile> {
        let claims = self.client.userinfo(&tokens.access_token).await?;
        let endpoints = self.client.endpoints().await?;
        let issuer = endpoints.issuer.clone().unwrap_or_default();
        let subject = claims
            .get("sub")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let subject = SubjectKey::new(issuer, subject);
        let claims = Value::Object(claims);
        Ok(UserProfile::from_claims(subject, &claims).with_raw(Raw::Json(claims)))
    }

    async fn verify_id_token(
        &self,
        token: &SecretString,
        expected: &IdTokenExpectations,
    ) -> Result<IdClaims> {
        self.client.verify_id_token(token, expected).await
    }

    async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet> {
        if !self.capabilities().refresh {
            return Err(unsupported(self, "refresh"));
        }
        self.client.refresh(token, scopes).await
    }

    async fn revoke(&self, token: &TokenRef) -> Result<()> {
        self.client.revoke(token).await
    }

    async fn introspect(&self, token: &TokenRef) -> Result<Introspection> {
        self.client.introspect(token).await
    }

    async fn client_credentials(&self, scopes: &Scopes) -> Result<TokenSet> {
        if !self.capabilities().client_credentials {
            return Err(unsupported(self, "client_credentials"));
        }
        self.client.client_credentials(scopes).await
    }

    async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        self.client.device_start(scopes).await
    }

    async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        self.client.device_poll(device).await
    }

    fn logout_url(&self, request: &LogoutRequest) -> Result<Url> {
        self.client.logout_url(request)
    }
}
