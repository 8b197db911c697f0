//! What it needs to know.

use std::fmt;
use std::sync::{Arc, LazyLock};

use integrations_core::calendar::Calendar;
use integrations_core::config::{Field, Settings, guarded};
use integrations_core::http::Transport;
use integrations_core::oauth::{
    AccessTokens, ClientAuthentication, ClientConfig, OAuthClient, RefreshedTokens,
};
use integrations_core::registry::{Factory, Instance};
use integrations_core::{Category, Error, ErrorKind, Integration, Result, SecretString};
use integrations_microsoft_graph::{application_tokens, oauth_client, token_url};
use serde::Deserialize;
use url::Url;

use crate::Outlook;

/// The permission that everything here needs, delegated or of an application
/// (<https://learn.microsoft.com/en-us/graph/permissions-reference#calendarsreadwrite>). Ask for
/// `offline_access` beside it, or there is no refresh token; calendars that others share need
/// `Calendars.ReadWrite.Shared`.
pub const SCOPE: &str = "https://graph.microsoft.com/Calendars.ReadWrite";

/// Where Microsoft Graph is. National clouds have addresses of their own
/// (<https://learn.microsoft.com/en-us/graph/deployments>).
const BASE: &str = "https://graph.microsoft.com/v1.0";

const AUTHORITY: &str = "https://login.microsoftonline.com";

/// How many days the mirror of a synchronisation goes back and ahead.
const PAST: u16 = 90;
const AHEAD: u16 = 730;

/// Whose calendars they are, in one of three ways: by the refresh token of an owner who consented, by
/// the application's own rights over a mailbox, or by an access token. `Debug` shows no secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OutlookConfig {
    /// The application's (client) id at Entra.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Its secret.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// The tenant's id or domain. With a refresh token also `common` (the default), `organizations`
    /// or `consumers`; an application has rights in one tenant.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// The redirect URI that is registered for consent: see [`oauth_client`](Self::oauth_client).
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// The refresh token that the owner's consent gave.
    #[serde(default)]
    pub refresh_token: Option<SecretString>,
    /// An access token. It ends within the hour: for a stand-in, and for trying out.
    #[serde(default)]
    pub access_token: Option<SecretString>,
    /// The mailbox, by its id or address: that which the application works for, or a shared one.
    /// Without it, it is that of the one who consented.
    #[serde(default)]
    pub user: Option<String>,
    /// How many days before now a synchronisation has in its mirror: 90 unless said otherwise.
    #[serde(default = "past")]
    pub sync_past_days: u16,
    /// How many days after now: 730 unless said otherwise. When half of them are over, the mirror is
    /// read anew.
    #[serde(default = "ahead")]
    pub sync_ahead_days: u16,
    /// Where the API is, when it is not `https://graph.microsoft.com/v1.0`.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Where tokens are issued, when it is not the tenant's at `https://login.microsoftonline.com`.
    #[serde(default)]
    pub token_url: Option<String>,
}

fn past() -> u16 {
    PAST
}

fn ahead() -> u16 {
    AHEAD
}

impl Default for OutlookConfig {
    fn default() -> Self {
        Self {
            client_id: None,
            client_secret: None,
            tenant_id: None,
            redirect_uri: None,
            refresh_token: None,
            access_token: None,
            user: None,
            sync_past_days: PAST,
            sync_ahead_days: AHEAD,
            base_url: None,
            token_url: None,
        }
    }
}

impl OutlookConfig {
    /// The calendars of an owner who consented.
    pub fn refreshed(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        refresh_token: impl Into<SecretString>,
    ) -> Self {
        Self {
            client_id: Some(client_id.into()),
            client_secret: Some(client_secret.into()),
            refresh_token: Some(refresh_token.into()),
            ..Self::default()
        }
    }

    /// The calendars of a mailbox, by the rights that an administrator granted to the application.
    pub fn application(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        user: impl Into<String>,
    ) -> Self {
        Self {
            tenant_id: Some(tenant.into()),
            client_id: Some(client_id.into()),
            client_secret: Some(client_secret.into()),
            user: Some(user.into()),
            ..Self::default()
        }
    }

    /// Calendars by an access token.
    pub fn with_token(access_token: impl Into<SecretString>) -> Self {
        Self {
            access_token: Some(access_token.into()),
            ..Self::default()
        }
    }

    /// Names the tenant.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant.into());
        self
    }

    /// Names the mailbox, by its id or address.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets how many days before and after now a synchronisation has in its mirror.
    #[must_use]
    pub fn with_sync_window(mut self, past_days: u16, ahead_days: u16) -> Self {
        (self.sync_past_days, self.sync_ahead_days) = (past_days, ahead_days);
        self
    }

    /// Asks the API elsewhere, for example at a stand-in: `http://127.0.0.1:4700/v1.0`.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Asks for tokens elsewhere, for example in a national cloud.
    #[must_use]
    pub fn with_token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// The OAuth client by which an owner consents to [`SCOPE`], and by which tokens are refreshed.
    ///
    /// # Errors
    /// `Config` without a client id, or for a tenant that is none.
    pub fn oauth_client(&self, transport: impl Transport + 'static) -> Result<OAuthClient> {
        let id = self.client_id.as_deref().unwrap_or_default();
        let config = ClientConfig::new(id)
            .with_authentication(ClientAuthentication::Body)
            .with_secret_if(self.client_secret.clone())
            .with_redirect_uris(self.redirect_uri.as_deref());
        oauth_client("outlook", config, self.token_address()?, transport)
    }

    /// Checks the values before anything is sent.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn validate(&self) -> Result<()> {
        let mut wrong = Vec::new();
        let has = |text: &Option<String>| text.as_deref().is_some_and(|it| !it.is_empty());
        match (&self.access_token, &self.refresh_token) {
            (Some(_), Some(_)) => wrong.push("access_token and refresh_token are two ways: set one"),
            (None, None) if self.client_secret.is_none() => wrong.push(
                "one of refresh_token, access_token and client_secret (for an application) is needed",
            ),
            (None, None) => {
                let tenant = self.tenant_id.as_deref().unwrap_or_default();
                if matches!(tenant, "" | "common" | "organizations" | "consumers") {
                    wrong.push("without a refresh_token it is an application, which needs tenant_id: the id or domain of one tenant");
                }
                if !has(&self.user) {
                    wrong.push("without a refresh_token it is an application, which needs user: the mailbox");
                }
            }
            _ => {}
        }
        if self.access_token.is_none() && !has(&self.client_id) {
            wrong.push("client_id is missing");
        }
        if self
            .user
            .as_deref()
            .is_some_and(|it| it.is_empty() || matches!(it, "." | ".."))
        {
            wrong.push("user is no id and no address");
        }
        if self.sync_ahead_days == 0 {
            wrong.push("sync_ahead_days is 0");
        }
        if self.base().is_err() {
            wrong.push("base_url is no https URL, and no http URL of this machine");
        }
        if self.token_address().is_err() {
            wrong.push("token_url is no https URL, or tenant_id no id and no domain");
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, wrong.join("; ")).with_provider("outlook"))
    }

    /// Where the API is. Without encryption it is on this machine alone: tokens go there.
    pub(crate) fn base(&self) -> Result<Url> {
        address(self.base_url.as_deref().unwrap_or(BASE))
    }

    fn token_address(&self) -> Result<Url> {
        if let Some(url) = &self.token_url {
            return address(url);
        }
        let tenant = self.tenant_id.as_deref().unwrap_or("common");
        token_url(&address(AUTHORITY)?, tenant)
    }

    /// The path of the mailbox.
    pub(crate) fn root(&self) -> Vec<String> {
        match &self.user {
            None => vec!["me".to_owned()],
            Some(user) => vec!["users".to_owned(), user.clone()],
        }
    }

    /// Where calls get their token.
    pub(crate) fn tokens(&self, transport: Arc<dyn Transport>) -> Result<Arc<dyn AccessTokens>> {
        if let Some(token) = &self.access_token {
            return Ok(Arc::new(token.clone()));
        }
        let client = self.oauth_client(transport)?;
        if let Some(token) = &self.refresh_token {
            return Ok(Arc::new(RefreshedTokens::new(client, token.clone())));
        }
        Ok(Arc::new(application_tokens(client, &self.base()?)?))
    }
}

/// An address that tokens and secrets may go to.
fn address(text: &str) -> Result<Url> {
    let wrong = || Error::new(ErrorKind::Config, "the address is no URL of an API");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let local = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        _ => Err(wrong()),
    }
}

impl fmt::Debug for OutlookConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutlookConfig")
            .field("client_id", &self.client_id)
            .field("has_secret", &self.client_secret.is_some())
            .field("tenant_id", &self.tenant_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("has_access_token", &self.access_token.is_some())
            .field("user", &self.user)
            .field("sync_past_days", &self.sync_past_days)
            .field("sync_ahead_days", &self.sync_ahead_days)
            .field("base_url", &self.base_url)
            .field("token_url", &self.token_url)
            .finish()
    }
}

const OWN: &[Field] = &[
    Field::text("client_id", "The application's (client) id at Entra.").env(&["OUTLOOK_CLIENT_ID"]),
    Field::secret("client_secret", "The application's secret.").env(&["OUTLOOK_CLIENT_SECRET"]),
    Field::text(
        "tenant_id",
        "The tenant's id or domain; with a refresh token also common, organizations, consumers.",
    )
    .env(&["OUTLOOK_TENANT_ID"]),
    Field::text(
        "redirect_uri",
        "The redirect URI that is registered for consent.",
    )
    .env(&["OUTLOOK_REDIRECT_URI"]),
    Field::secret(
        "refresh_token",
        "The refresh token that the owner's consent gave.",
    )
    .env(&["OUTLOOK_REFRESH_TOKEN"]),
    Field::secret(
        "access_token",
        "An access token, for a stand-in or for trying out.",
    )
    .env(&["OUTLOOK_ACCESS_TOKEN"]),
    Field::text(
        "user",
        "The mailbox, by its id or address, when it is not that of the one who consented.",
    )
    .env(&["OUTLOOK_USER"]),
    Field::integer(
        "sync_past_days",
        "How many days before now a synchronisation has in its mirror.",
    )
    .default("90"),
    Field::integer(
        "sync_ahead_days",
        "How many days after now a synchronisation has in its mirror.",
    )
    .default("730"),
    Field::text(
        "base_url",
        "Where the API is, when it is not Microsoft's own.",
    )
    .env(&["OUTLOOK_BASE_URL"]),
    Field::text(
        "token_url",
        "Where tokens are issued, when it is not the tenant's at login.microsoftonline.com.",
    )
    .env(&["OUTLOOK_TOKEN_URL"]),
];

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| guarded(OWN));

/// How the registry makes it.
#[must_use]
pub fn factory() -> Factory {
    let summary = "The calendars of a mailbox at Outlook and Exchange Online.";
    Factory::new("outlook", Category::CALENDAR, summary, &FIELDS, build)
        .with_vendor("microsoft")
        .with_operations(crate::operations::OPERATIONS)
        .with_check(|settings| settings.read::<OutlookConfig>()?.validate())
}

async fn build(settings: Settings) -> Result<Instance> {
    let provider = Outlook::new(settings.read()?)?.with_name(settings.name())?;
    let guard = settings.guard(provider.descriptor(), provider.guard().config())?;
    Ok(Calendar::new(provider.with_guard(guard)).into())
}
