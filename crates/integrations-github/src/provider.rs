//! The sign-in trait.

use std::time::Instant;

use async_trait::async_trait;
use http::Method;
use integrations_core::auth::{
    AuthCapabilities, AuthProvider, AuthSession, Authorization, AuthorizeRequest, DeviceAuth,
    DevicePoll, Introspection, Scope, Scopes, TokenKind, TokenRef, TokenSet, UserDirectory,
    UserProfile,
};
use integrations_core::guard::{Guard, Operation};
use integrations_core::http::{HttpTransport, Transport, TransportConfig};
use integrations_core::oauth::{Answered, AuthScheme, Endpoints, OAuthClient};
use integrations_core::{
    Category, Descriptor, Error, ErrorKind, ExposeSecret, Health, Integration, Raw, Result,
    SecretString, Status, unsupported,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::operations::{CHECK, DELETE, EMAILS, META, ORGS, USER};
use crate::profile::{add_emails, logins, profile};
use crate::{GitHubConfig, Organisation};

/// The version of the API that this was written for
/// (<https://docs.github.com/en/rest/about-the-rest-api/api-versions>).
const API_VERSION: &str = "2022-11-28";

/// GitHub's REST API.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: OAuthClient,
    base: Url,
}

const HEADERS: [(&str, &str); 2] = [
    ("accept", "application/vnd.github+json"),
    ("x-github-api-version", API_VERSION),
];

impl Api {
    pub(crate) fn url(&self, segments: &[&str]) -> Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::new(ErrorKind::Config, "base_url is no https URL"))?
            .pop_if_empty()
            .extend(segments);
        Ok(url)
    }

    pub(crate) async fn get(
        &self,
        operation: &Operation,
        url: &Url,
        token: &SecretString,
    ) -> Result<Answered> {
        self.client.get_json(operation, url, token, &HEADERS).await
    }

    /// Asks about a token, as the application.
    async fn about(
        &self,
        operation: &Operation,
        method: Method,
        token: &TokenRef,
    ) -> Result<Value> {
        let id = &self.client.config().client_id;
        let url = self.url(&["applications", id, "token"])?;
        let body = json!({ "access_token": token.token.expose_secret() });
        let asked = self.client.api(
            operation,
            method,
            &url,
            AuthScheme::Basic,
            &HEADERS,
            Some(&body),
        );
        Ok(asked.await?.json)
    }
}

/// Sign in with GitHub. Cheap to clone; clones share what was fetched.
#[derive(Debug, Clone)]
pub struct GitHub {
    descriptor: Descriptor,
    api: Api,
    issuer: String,
    organisation: Option<Organisation>,
    capabilities: AuthCapabilities,
}

/// Where GitHub is: its pages, and its API.
fn addresses(base: Option<&str>) -> Result<(Url, Url)> {
    let parse = |text: &str| {
        Url::parse(text).map_err(|_| Error::new(ErrorKind::Config, "base_url is no URL"))
    };
    match base {
        None => Ok((
            parse("https://github.com/")?,
            parse("https://api.github.com/")?,
        )),
        // https://docs.github.com/en/enterprise-server/rest/enterprise-admin
        Some(base) => {
            let base = base.trim_end_matches('/');
            Ok((
                parse(&format!("{base}/"))?,
                parse(&format!("{base}/api/v3/"))?,
            ))
        }
    }
}

impl GitHub {
    /// GitHub over the usual transport. Sends nothing.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn new(config: GitHubConfig) -> Result<Self> {
        config.validate()?;
        Self::with_transport(config, HttpTransport::new(TransportConfig::new())?)
    }

    /// GitHub over a transport of your own.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn with_transport(
        config: GitHubConfig,
        transport: impl Transport + 'static,
    ) -> Result<Self> {
        config.validate()?;
        let (pages, api) = addresses(config.base_url.as_deref())?;
        let join = |path: &str| {
            let joined = pages.join(path);
            joined.map_err(|_| Error::new(ErrorKind::Config, "base_url is no https URL"))
        };
        let endpoints = Endpoints::new(
            join("login/oauth/authorize")?,
            join("login/oauth/access_token")?,
        )
        .with_device_authorization(join("login/device/code")?);
        let descriptor = Descriptor::new("github", Category::AUTH, "github");
        let mut capabilities = AuthCapabilities::new();
        capabilities.pkce = true;
        capabilities.prompt = true;
        capabilities.login_hint = true;
        capabilities.refresh = config.expiring_tokens;
        capabilities.refresh_rotation = config.expiring_tokens;
        capabilities.device = config.device_flow;
        capabilities.verified_email = true;
        capabilities.groups = true;
        capabilities.revoke = config.client_secret.is_some();
        capabilities.introspect = config.client_secret.is_some();
        let client = OAuthClient::new("github", config.client(), endpoints, transport)?
            .for_integration(&descriptor)?;
        let made = Self {
            issuer: pages.origin().ascii_serialization(),
            descriptor,
            api: Api { client, base: api },
            organisation: None,
            capabilities,
        };
        match (config.organisation, config.organisation_token) {
            (Some(name), Some(token)) => {
                Ok(made.with_organisation(Organisation::new(name, token)?))
            }
            _ => Ok(made),
        }
    }

    /// Asks the API elsewhere, for a stand-in.
    #[must_use]
    pub fn with_api(mut self, base: Url) -> Self {
        self.api.base = base;
        self.rewired()
    }

    /// Gives the integration another name, for example when two applications are configured.
    ///
    /// # Errors
    /// None in practice: the guard is made anew with the same policy.
    pub fn with_name(mut self, name: impl Into<String>) -> Result<Self> {
        self.descriptor = self.descriptor.with_name(name.into());
        self.api.client = self.api.client.for_integration(&self.descriptor)?;
        Ok(self.rewired())
    }

    /// The guard that every request runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        self.api.client.guard()
    }

    /// Runs every request under this guard.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.api.client = self.api.client.with_guard(guard);
        self.rewired()
    }

    /// Reads the time from elsewhere, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.api.client = self.api.client.with_clock(clock);
        self.rewired()
    }

    /// Reads the members of an organisation: the capability `directory`.
    #[must_use]
    pub fn with_organisation(mut self, organisation: Organisation) -> Self {
        self.organisation = Some(organisation);
        self.capabilities.directory = true;
        self.rewired()
    }

    /// The organisation asks by the same client.
    fn rewired(mut self) -> Self {
        if let Some(organisation) = &mut self.organisation {
            organisation.api = Some(self.api.clone());
        }
        self
    }

    /// The client beneath, for what the trait does not offer.
    #[must_use]
    pub fn client(&self) -> &OAuthClient {
        &self.api.client
    }
}

/// A sign-in's scopes in GitHub's words
/// (<https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>).
fn translated(scopes: &Scopes) -> Result<Scopes> {
    let mut translated = Scopes::none();
    for scope in scopes.iter() {
        let word = match scope.as_str() {
            "openid" | "profile" => "read:user",
            "email" => "user:email",
            other => other,
        };
        translated.insert(Scope::new(word)?);
    }
    Ok(translated)
}

/// Whether a token was given a scope, or one that contains it.
fn granted(tokens: &TokenSet, scopes: &[&str]) -> bool {
    scopes.iter().any(|scope| tokens.scopes.contains(scope))
}

#[async_trait]
impl Integration for GitHub {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let url = self.api.url(&["meta"])?;
        let client = &self.api.client;
        if client.config().client_secret.is_none() {
            // Without credentials there is nothing to prove, and 60 requests an hour to prove it by.
            return Ok(());
        }
        let operation = Operation::of(&META);
        let asked = client.api(
            &operation,
            Method::GET,
            &url,
            AuthScheme::Basic,
            &HEADERS,
            None,
        );
        asked.await.map(drop)
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.connect().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        self.api.client.guard().status()
    }
}

#[async_trait]
impl AuthProvider for GitHub {
    fn capabilities(&self) -> &AuthCapabilities {
        &self.capabilities
    }

    fn redirect_uri(&self) -> Option<Url> {
        self.api.client.config().redirect_uri()
    }

    async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
        self.capabilities.check_request(request)?;
        let mut request = request.clone();
        request.scopes = translated(&request.scopes)?;
        // GitHub's name for it.
        let hint = request.login_hint.take();
        let more: Vec<(&str, &str)> = hint.iter().map(|hint| ("login", &**hint)).collect();
        self.api.client.authorize(&request, &more).await
    }

    async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet> {
        self.api.client.exchange(code, session).await
    }

    async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile> {
        let token = &tokens.access_token;
        let url = self.api.url(&["user"])?;
        let user = self.api.get(&Operation::of(&USER), &url, token).await?.json;
        let mut profile = profile(&self.issuer, &user)?;
        // GitHub Apps have permissions instead of scopes, so that nothing is told beforehand.
        let told = !tokens.scopes.is_empty();
        if !told || granted(tokens, &["user:email", "user"]) {
            let url = self.api.url(&["user", "emails"])?;
            match self.api.get(&Operation::of(&EMAILS), &url, token).await {
                Ok(emails) => profile = add_emails(profile, &emails.json),
                // Not granted: the address that is shown stays, without proof.
                Err(error) if is_not_granted(&error) => {}
                Err(error) => return Err(error),
            }
        }
        if granted(tokens, &["read:org", "write:org", "admin:org"]) {
            let mut url = self.api.url(&["user", "orgs"])?;
            url.query_pairs_mut().append_pair("per_page", "100");
            let orgs = self.api.get(&Operation::of(&ORGS), &url, token).await?;
            profile = profile.with_groups(logins(&orgs.json));
        }
        Ok(profile)
    }

    async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet> {
        if !self.capabilities.refresh {
            return Err(unsupported(self, "refresh"));
        }
        if !scopes.is_empty() {
            return Err(Error::unsupported("refresh_scopes"));
        }
        let renewed = self.api.client.refresh(token, scopes).await;
        renewed.map_err(|error| match error.code() {
            // GitHub's word for `invalid_grant`.
            Some("bad_refresh_token") => error.with_reconnect(),
            _ => error,
        })
    }

    async fn revoke(&self, token: &TokenRef) -> Result<()> {
        if !self.capabilities.revoke {
            return Err(unsupported(self, "revoke"));
        }
        if token.kind == TokenKind::RefreshToken {
            return Err(Error::unsupported("revoking refresh tokens")
                .with_advice("end the access token; the refresh token ends by its time"));
        }
        match self
            .api
            .about(&Operation::of(&DELETE), Method::DELETE, token)
            .await
        {
            Err(error) if matches!(error.status(), Some(404 | 422)) => Ok(()),
            ended => ended.map(drop),
        }
    }

    async fn introspect(&self, token: &TokenRef) -> Result<Introspection> {
        if !self.capabilities.introspect {
            return Err(unsupported(self, "introspect"));
        }
        if token.kind == TokenKind::RefreshToken {
            return Err(Error::unsupported("looking up refresh tokens"));
        }
        let mut told = match self
            .api
            .about(&Operation::of(&CHECK), Method::POST, token)
            .await
        {
            Err(error) if matches!(error.status(), Some(404 | 422)) => {
                return Ok(Introspection::inactive());
            }
            told => told?,
        };
        let at = |name: &str| told.get(name)?.as_str()?.parse::<Timestamp>().ok();
        let scopes = told
            .get("scopes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let scopes = scopes
            .filter_map(|scope| Scope::new(scope.as_str()?).ok())
            .collect();
        let mut known =
            Introspection::active(scopes).with_times(at("created_at"), at("expires_at"));
        let user = told.get("user");
        let id = user.and_then(|user| user.get("id")).and_then(Value::as_u64);
        known.subject = id.map(|id| id.to_string());
        let login = user
            .and_then(|user| user.get("login"))
            .and_then(Value::as_str);
        known.username = login.map(str::to_owned);
        known.client_id = Some(self.api.client.config().client_id.clone());
        // The answer repeats the token.
        if let Some(fields) = told.as_object_mut() {
            fields.remove("token");
        }
        Ok(known.with_raw(Raw::Json(told)))
    }

    async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        if !self.capabilities.device {
            return Err(unsupported(self, "device_start"));
        }
        self.api.client.device_start(&translated(scopes)?).await
    }

    async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        if !self.capabilities.device {
            return Err(unsupported(self, "device_poll"));
        }
        self.api.client.device_poll(device).await
    }

    fn directory(&self) -> Option<&dyn UserDirectory> {
        self.organisation
            .as_ref()
            .map(|members| members as &dyn UserDirectory)
    }
}

/// `/user/emails` answers 404 without the scope, and 403 without the permission.
fn is_not_granted(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::PermissionDenied
    )
}
