//! The sign-in trait.

use std::time::Instant;

use async_trait::async_trait;
use integrations_core::auth::{
    AuthCapabilities, AuthProvider, AuthSession, Authorization, AuthorizeRequest, DeviceAuth,
    DevicePoll, IdClaims, IdTokenExpectations, IdTokenVerifier, Prompt, Scopes, TokenRef, TokenSet,
    UserDirectory, UserProfile,
};
use integrations_core::guard::Guard;
use integrations_core::http::{HttpTransport, Transport, TransportConfig};
use integrations_core::oauth::{Endpoints, OAuthClient};
use integrations_core::{
    Category, Descriptor, Error, ErrorKind, Health, Integration, Result, SecretString, Status,
};
use serde_json::Value;
use url::Url;

use crate::profile::{ISSUER, profile, proved};
use crate::{GoogleDirectory, GoogleOAuthConfig};

/// Sign in with Google. Cheap to clone; clones share what was fetched.
#[derive(Debug, Clone)]
pub struct GoogleOAuth {
    descriptor: Descriptor,
    client: OAuthClient,
    issuer: String,
    hosted_domain: Option<String>,
    directory: Option<GoogleDirectory>,
    capabilities: AuthCapabilities,
}

/// <https://accounts.google.com/.well-known/openid-configuration>, and for devices
/// <https://developers.google.com/identity/protocols/oauth2/limited-input-device>.
fn endpoints() -> Result<Endpoints> {
    let url = |text: &str| Url::parse(text).map_err(|_| Error::internal("an address is wrong"));
    Ok(Endpoints::new(
        url("https://accounts.google.com/o/oauth2/v2/auth")?,
        url("https://oauth2.googleapis.com/token")?,
    )
    .with_issuer(ISSUER, url("https://www.googleapis.com/oauth2/v3/certs")?)
    .with_userinfo(url("https://openidconnect.googleapis.com/v1/userinfo")?)
    .with_revocation(url("https://oauth2.googleapis.com/revoke")?)
    .with_device_authorization(url("https://oauth2.googleapis.com/device/code")?))
}

impl GoogleOAuth {
    /// Google over the usual transport. Sends nothing.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn new(config: GoogleOAuthConfig) -> Result<Self> {
        config.validate()?;
        let transport = HttpTransport::new(TransportConfig::new())?;
        Self::with_transport(config, endpoints()?, transport)
    }

    /// Google's addresses, or a stand-in's, over a transport of your own.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn with_transport(
        config: GoogleOAuthConfig,
        endpoints: Endpoints,
        transport: impl Transport + 'static,
    ) -> Result<Self> {
        config.validate()?;
        let descriptor = Descriptor::new("google_oauth", Category::AUTH, "google");
        let issuer = endpoints
            .issuer
            .clone()
            .unwrap_or_else(|| ISSUER.to_owned());
        let (expected, client_id) = (issuer.clone(), config.client_id.clone());
        let mut capabilities = capabilities();
        capabilities.device = endpoints.device_authorization.is_some();
        let client = OAuthClient::new("google_oauth", config.client(), endpoints, transport)?
            .for_integration(&descriptor)?
            .with_static_refresh_tokens()
            .with_id_tokens(move |keys| IdTokenVerifier::new(&*expected, &*client_id, keys));
        Ok(Self {
            descriptor,
            client,
            issuer,
            hosted_domain: config.hosted_domain,
            directory: None,
            capabilities,
        })
    }

    /// Gives the integration another name, for example when two applications are configured.
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

    /// Reads the users of a Workspace: the capability `directory`.
    #[must_use]
    pub fn with_directory(mut self, directory: GoogleDirectory) -> Self {
        self.directory = Some(directory.over(self.client.clone()));
        self.capabilities.directory = true;
        self
    }

    /// The client beneath, for what the trait does not offer.
    #[must_use]
    pub fn client(&self) -> &OAuthClient {
        &self.client
    }

    /// Refuses whoever is not of the Workspace.
    fn check_domain(&self, tenant: Option<&str>) -> Result<()> {
        match &self.hosted_domain {
            Some(domain) if !tenant.is_some_and(|hd| hd.eq_ignore_ascii_case(domain)) => {
                let text = format!("the account is not of the Workspace {domain}");
                Err(Error::new(ErrorKind::PermissionDenied, text)
                    .with_code("hosted_domain")
                    .with_advice("sign in with an account of the organisation"))
            }
            _ => Ok(()),
        }
    }
}

fn capabilities() -> AuthCapabilities {
    let mut can = AuthCapabilities::new();
    can.pkce = true;
    can.id_token = true;
    can.prompt = true;
    can.login_hint = true;
    can.refresh = true;
    can.revoke = true;
    can.verified_email = true;
    can.tenant = true;
    can
}

#[async_trait]
impl Integration for GoogleOAuth {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        self.client.reach().await
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
impl AuthProvider for GoogleOAuth {
    fn capabilities(&self) -> &AuthCapabilities {
        &self.capabilities
    }

    fn redirect_uri(&self) -> Option<Url> {
        self.client.config().redirect_uri()
    }

    async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
        self.capabilities.check_request(request)?;
        let mut request = request.clone();
        let mut more = vec![("include_granted_scopes", "true")];
        if request.offline {
            // https://developers.google.com/identity/protocols/oauth2/web-server#offline: without
            // consent the refresh token comes with the first sign-in only.
            more.push(("access_type", "offline"));
            let silent = request.prompt.contains(&Prompt::None);
            if !silent && !request.prompt.contains(&Prompt::Consent) {
                request.prompt.push(Prompt::Consent);
            }
        }
        if let Some(domain) = &self.hosted_domain {
            more.push(("hd", domain));
        }
        more.retain(|(name, _)| !request.extra.contains_key(*name));
        self.client.authorize(&request, &more).await
    }

    async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet> {
        self.client.exchange(code, session).await
    }

    async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile> {
        let claims = self.client.userinfo(&tokens.access_token).await?;
        let profile = profile(&self.issuer, Value::Object(claims));
        self.check_domain(profile.tenant.as_deref())?;
        Ok(profile)
    }

    async fn verify_id_token(
        &self,
        token: &SecretString,
        expected: &IdTokenExpectations,
    ) -> Result<IdClaims> {
        let mut claims = self.client.verify_id_token(token, expected).await?;
        self.check_domain(claims.profile.tenant.as_deref())?;
        claims.profile = proved(claims.profile);
        Ok(claims)
    }

    async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet> {
        if !scopes.is_empty() {
            return Err(Error::unsupported("refresh_scopes"));
        }
        self.client.refresh(token, scopes).await
    }

    async fn revoke(&self, token: &TokenRef) -> Result<()> {
        self.client.revoke(token).await
    }

    async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        self.client.device_start(scopes).await
    }

    async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        self.client.device_poll(device).await
    }

    fn directory(&self) -> Option<&dyn UserDirectory> {
        self.directory
            .as_ref()
            .map(|directory| directory as &dyn UserDirectory)
    }
}
