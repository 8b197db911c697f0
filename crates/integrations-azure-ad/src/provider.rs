//! The sign-in trait.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use http::Method;
use integrations_core::auth::{
    AuthCapabilities, AuthProvider, AuthSession, Authorization, AuthorizeRequest, DeviceAuth,
    DevicePoll, IdClaims, IdTokenExpectations, IdTokenVerifier, LogoutRequest, Scope, Scopes,
    TokenSet, UserDirectory, UserProfile,
};
use integrations_core::guard::{Guard, Operation};
use integrations_core::http::{HttpTransport, Transport, TransportConfig};
use integrations_core::oauth::{ApplicationTokens, AuthScheme, Endpoints, OAuthClient};
use integrations_core::{
    Category, Descriptor, Error, ErrorKind, Health, Integration, Raw, Result, SecretString, Status,
    unsupported,
};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use crate::AzureAdConfig;
use crate::directory::{Directory, Graph};
use crate::operations::{GROUPS, ME, REVOKE_SESSIONS};
use crate::profile::{from_claims, from_graph, issuer};

/// Sign in with Microsoft Entra ID. Cheap to clone; clones share what was fetched.
#[derive(Debug, Clone)]
pub struct AzureAd {
    descriptor: Descriptor,
    graph: Graph,
    authority: String,
    tenant: String,
    fetch_groups: bool,
    directory: Option<Directory>,
    capabilities: AuthCapabilities,
}

/// https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration
fn endpoints(config: &AzureAdConfig) -> Result<Endpoints> {
    let base = config.authority.trim_end_matches('/');
    let url = |path: &str| {
        let text = format!("{base}/{}/{path}", config.tenant);
        Url::parse(&text).map_err(|_| Error::new(ErrorKind::Config, "authority is no URL"))
    };
    let mut endpoints = Endpoints::new(url("oauth2/v2.0/authorize")?, url("oauth2/v2.0/token")?)
        .with_device_authorization(url("oauth2/v2.0/devicecode")?)
        .with_end_session(url("oauth2/v2.0/logout")?);
    endpoints.keys = Some(url("discovery/v2.0/keys")?);
    Ok(endpoints)
}

impl AzureAd {
    /// Entra over the usual transport. Sends nothing.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn new(config: AzureAdConfig) -> Result<Self> {
        config.validate()?;
        let endpoints = endpoints(&config)?;
        let transport = HttpTransport::new(TransportConfig::new())?;
        Self::with_transport(config, endpoints, transport)
    }

    /// Entra's addresses, or a stand-in's, over a transport of your own.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn with_transport(
        config: AzureAdConfig,
        endpoints: Endpoints,
        transport: impl Transport + 'static,
    ) -> Result<Self> {
        config.validate()?;
        let descriptor = Descriptor::new("azure_ad", Category::AUTH, "microsoft");
        // Every tenant's tokens are signed by the same keys: the issuer tells them apart
        // (https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens#validate-the-issuer).
        let issuer = issuer(&config.authority, "{tenantid}");
        let (client_id, tenants) = (config.client_id.clone(), config.tenants()?);
        let device = endpoints.device_authorization.is_some();
        let client = OAuthClient::new("azure_ad", config.client(), endpoints, transport)?
            .for_integration(&descriptor)?
            .with_static_refresh_tokens()
            .with_id_tokens(move |keys| {
                IdTokenVerifier::new(&*issuer, &*client_id, keys).with_tenants(tenants.clone())
            });
        let base = Url::parse(&config.graph);
        let base = base.map_err(|_| Error::new(ErrorKind::Config, "graph is no URL"))?;
        let mut capabilities = capabilities(&config);
        capabilities.device = device;
        let mut made = Self {
            descriptor,
            capabilities,
            authority: config.authority,
            tenant: config.tenant,
            fetch_groups: config.fetch_groups,
            directory: None,
            graph: Graph { client, base },
        };
        if config.directory {
            made.directory = Some(made.own_directory()?);
        }
        Ok(made)
    }

    fn own_directory(&self) -> Result<Directory> {
        // Every application permission that was consented to
        // (https://learn.microsoft.com/en-us/entra/identity-platform/scopes-oidc#the-default-scope).
        let origin = self.graph.base.origin().ascii_serialization();
        let scopes = Scopes::none().with(Scope::new(format!("{origin}/.default"))?);
        let tokens = ApplicationTokens::new(self.graph.client.clone(), scopes);
        Ok(Directory {
            graph: self.graph.clone(),
            tokens: Arc::new(tokens),
        })
    }

    /// Changes the client, for all who ask by it.
    fn rewired(mut self, change: impl FnOnce(OAuthClient) -> Result<OAuthClient>) -> Result<Self> {
        self.graph.client = change(self.graph.client)?;
        if self.directory.is_some() {
            self.directory = Some(self.own_directory()?);
        }
        Ok(self)
    }

    /// Gives the integration another name, for example when two tenants are configured.
    ///
    /// # Errors
    /// None in practice: the guard is made anew with the same policy.
    pub fn with_name(mut self, name: impl Into<String>) -> Result<Self> {
        self.descriptor = self.descriptor.with_name(name.into());
        let descriptor = self.descriptor.clone();
        self.rewired(|client| client.for_integration(&descriptor))
    }

    /// The guard that every request runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        self.graph.client.guard()
    }

    /// Runs every request under this guard.
    ///
    /// # Errors
    /// None in practice.
    pub fn with_guard(self, guard: Guard) -> Result<Self> {
        self.rewired(|client| Ok(client.with_guard(guard)))
    }

    /// Reads the time from elsewhere, for tests.
    ///
    /// # Errors
    /// None in practice.
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Result<Self> {
        self.rewired(|client| Ok(client.with_clock(clock)))
    }

    /// The client beneath, for what the trait does not offer.
    #[must_use]
    pub fn client(&self) -> &OAuthClient {
        &self.graph.client
    }

    /// Where an administrator consents to these scopes for all users of a tenant
    /// (<https://learn.microsoft.com/en-us/entra/identity-platform/v2-admin-consent>). The browser
    /// comes back with `admin_consent=True` and the state, which the application compares.
    ///
    /// # Errors
    /// `Config` for an authority that is no URL.
    pub fn admin_consent_url(&self, redirect: &Url, scopes: &Scopes, state: &str) -> Result<Url> {
        let base = self.authority.trim_end_matches('/');
        let text = format!("{base}/{}/v2.0/adminconsent", self.tenant);
        let mut url =
            Url::parse(&text).map_err(|_| Error::new(ErrorKind::Config, "authority is no URL"))?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.graph.client.config().client_id)
            .append_pair("redirect_uri", redirect.as_str())
            .append_pair("scope", &scopes.to_string())
            .append_pair("state", state);
        Ok(url)
    }

    /// Ends all sessions and refresh tokens of the token's user, in every application
    /// (<https://learn.microsoft.com/en-us/graph/api/user-revokesigninsessions>). It needs the
    /// permission `User.RevokeSessions.All`, and takes a few minutes to act.
    ///
    /// # Errors
    /// What Graph answers.
    pub async fn revoke_sign_in_sessions(&self, token: &SecretString) -> Result<()> {
        let url = self.graph.url(&["me", "revokeSignInSessions"])?;
        let operation = Operation::of(&REVOKE_SESSIONS);
        let client = &self.graph.client;
        let scheme = AuthScheme::Bearer(token);
        let asked = client.api(&operation, Method::POST, &url, scheme, &[], None);
        asked.await.map(drop)
    }

    /// The user's groups at Graph, to the last page.
    async fn groups(&self, token: &SecretString) -> Result<Vec<String>> {
        let groups = ["me", "transitiveMemberOf", "microsoft.graph.group"];
        let mut url = self.graph.url(&groups)?;
        url.query_pairs_mut()
            .append_pair("$select", "id")
            .append_pair("$top", "999")
            .append_pair("$count", "true");
        let (mut all, mut next) = (Vec::new(), Some(url));
        while let Some(url) = next {
            let page = self.graph.get(&Operation::of(&GROUPS), &url, token).await?;
            let found = page
                .get("value")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let id = |group: &Value| group.get("id").and_then(Value::as_str).map(str::to_owned);
            all.extend(found.filter_map(id));
            next = self.graph.next(&page)?;
        }
        Ok(all)
    }
}

fn capabilities(config: &AzureAdConfig) -> AuthCapabilities {
    let mut can = AuthCapabilities::new();
    can.pkce = true;
    can.id_token = true;
    can.prompt = true;
    can.login_hint = true;
    can.refresh = true;
    can.refresh_scopes = true;
    can.client_credentials = config.client_secret.is_some();
    can.logout = true;
    can.tenant = true;
    can.groups = true;
    can.directory = config.directory;
    can
}

#[async_trait]
impl Integration for AzureAd {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        self.graph.client.reach().await
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.connect().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        self.graph.client.guard().status()
    }
}

#[async_trait]
impl AuthProvider for AzureAd {
    fn capabilities(&self) -> &AuthCapabilities {
        &self.capabilities
    }

    fn redirect_uri(&self) -> Option<Url> {
        self.graph.client.config().redirect_uri()
    }

    async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
        self.capabilities.check_request(request)?;
        let mut request = request.clone();
        if request.offline {
            request.scopes.insert(Scope::new("offline_access")?);
        }
        self.graph.client.authorize(&request, &[]).await
    }

    async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet> {
        self.graph.client.exchange(code, session).await
    }

    async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile> {
        let token = &tokens.access_token;
        let me = match self
            .graph
            .get(&Operation::of(&ME), &self.graph.url(&["me"])?, token)
            .await
        {
            Ok(me) => Some(me),
            // A token for another resource than Graph, or without the permission.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => None,
            Err(error) => return Err(error),
        };
        // Graph tells the object and not its tenant: that was in the ID token, which the handle
        // had verified.
        let subject = tokens.subject.clone().ok_or_else(|| {
            let why = "the tokens do not say in which tenant the user is";
            Error::new(ErrorKind::Unsupported, why)
                .with_advice("ask for the scope `openid` when the user signs in")
        })?;
        let mut profile = match &me {
            Some(me) => from_graph(subject, me)?,
            None => UserProfile::new(subject),
        };
        if self.fetch_groups {
            profile.groups = Some(self.groups(token).await?);
        }
        Ok(profile)
    }

    async fn verify_id_token(
        &self,
        token: &SecretString,
        expected: &IdTokenExpectations,
    ) -> Result<IdClaims> {
        let mut claims = self.graph.client.verify_id_token(token, expected).await?;
        if let Raw::Json(told) = &claims.profile.raw {
            claims.profile = from_claims(&self.authority, told)?;
        }
        Ok(claims)
    }

    async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet> {
        self.graph.client.refresh(token, scopes).await
    }

    async fn client_credentials(&self, scopes: &Scopes) -> Result<TokenSet> {
        if !self.capabilities.client_credentials {
            return Err(unsupported(self, "client_credentials"));
        }
        self.graph.client.client_credentials(scopes).await
    }

    async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        self.graph.client.device_start(scopes).await
    }

    async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        self.graph.client.device_poll(device).await
    }

    fn logout_url(&self, request: &LogoutRequest) -> Result<Url> {
        self.graph.client.logout_url(request)
    }

    fn directory(&self) -> Option<&dyn UserDirectory> {
        self.directory
            .as_ref()
            .map(|directory| directory as &dyn UserDirectory)
    }
}
