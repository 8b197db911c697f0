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
use integrations_google::{ServiceAccount, oauth_client};
use serde::Deserialize;
use url::Url;

use crate::GoogleCalendar;

/// The scope that everything here needs
/// (<https://developers.google.com/workspace/calendar/api/auth>).
pub const SCOPE: &str = "https://www.googleapis.com/auth/calendar";

/// Where Google Calendar v3 is (discovery document, `rootUrl` and `servicePath`).
const BASE: &str = "https://www.googleapis.com/calendar/v3/";

/// Whose calendars they are, in one of three ways: by the refresh token of an owner who consented,
/// by a service account, or by an access token. `Debug` shows no secret.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GoogleCalendarConfig {
    /// The OAuth client's id, which ends in `.apps.googleusercontent.com`.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Its secret.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// The redirect URI that is registered for consent: see [`oauth_client`](Self::oauth_client).
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// The refresh token that the owner's consent gave.
    #[serde(default)]
    pub refresh_token: Option<SecretString>,
    /// A service account's JSON key file.
    #[serde(default)]
    pub service_account_key: Option<SecretString>,
    /// The user of a Workspace whom the service account acts for.
    #[serde(default)]
    pub subject: Option<String>,
    /// An access token. It ends within the hour: for a stand-in, and for trying out.
    #[serde(default)]
    pub access_token: Option<SecretString>,
    /// Where the API is, when it is not Google's own.
    #[serde(default)]
    pub base_url: Option<String>,
}

impl GoogleCalendarConfig {
    /// The account of an owner who consented.
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

    /// A service account, by its JSON key file.
    pub fn service_account(key_file: impl Into<SecretString>) -> Self {
        Self {
            service_account_key: Some(key_file.into()),
            ..Self::default()
        }
    }

    /// An account by an access token.
    pub fn with_token(access_token: impl Into<SecretString>) -> Self {
        Self {
            access_token: Some(access_token.into()),
            ..Self::default()
        }
    }

    /// Names the user of a Workspace whom the service account acts for.
    #[must_use]
    pub fn with_subject(mut self, email: impl Into<String>) -> Self {
        self.subject = Some(email.into());
        self
    }

    /// Asks the API elsewhere, for example at a stand-in: `http://127.0.0.1:4700/calendar/v3`.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The OAuth client by which an owner consents to [`SCOPE`], and by which tokens are refreshed.
    ///
    /// # Errors
    /// `Config` without a client id.
    pub fn oauth_client(&self, transport: impl Transport + 'static) -> Result<OAuthClient> {
        let id = self.client_id.as_deref().unwrap_or_default();
        let config = ClientConfig::new(id)
            .with_authentication(ClientAuthentication::Body)
            .with_secret_if(self.client_secret.clone())
            .with_redirect_uris(self.redirect_uri.as_deref());
        oauth_client("google_calendar", config, transport)
    }

    /// Checks the values before anything is sent.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn validate(&self) -> Result<()> {
        let mut wrong = Vec::new();
        let ways = [
            self.refresh_token.is_some(),
            self.service_account_key.is_some(),
            self.access_token.is_some(),
        ];
        if ways.iter().filter(|way| **way).count() != 1 {
            wrong.push("one of refresh_token, service_account_key and access_token is needed");
        }
        let id = self.client_id.as_deref().unwrap_or_default();
        if self.refresh_token.is_some() && id.is_empty() {
            wrong.push("refresh_token needs client_id");
        }
        if self.subject.is_some() && self.service_account_key.is_none() {
            wrong.push("subject goes with service_account_key alone");
        }
        if self.base().is_err() {
            wrong.push("base_url is no https URL, and no http URL of this machine");
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, wrong.join("; ")).with_provider("google_calendar"))
    }

    /// Where the API is. Without encryption it is on this machine alone: tokens go there.
    pub(crate) fn base(&self) -> Result<Url> {
        let wrong = || Error::new(ErrorKind::Config, "base_url is no URL of an API");
        let url = Url::parse(self.base_url.as_deref().unwrap_or(BASE)).map_err(|_| wrong())?;
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

    /// Where calls get their token.
    pub(crate) fn tokens(&self, transport: Arc<dyn Transport>) -> Result<Arc<dyn AccessTokens>> {
        if let Some(token) = &self.access_token {
            return Ok(Arc::new(token.clone()));
        }
        if let Some(key) = &self.service_account_key {
            let mut account = ServiceAccount::new(key, &[SCOPE], transport)?;
            if let Some(subject) = &self.subject {
                account = account.with_subject(subject);
            }
            return Ok(Arc::new(account));
        }
        let token = self.refresh_token.clone();
        let token =
            token.ok_or_else(|| Error::new(ErrorKind::Config, "refresh_token is missing"))?;
        Ok(Arc::new(RefreshedTokens::new(
            self.oauth_client(transport)?,
            token,
        )))
    }
}

impl fmt::Debug for GoogleCalendarConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleCalendarConfig")
            .field("client_id", &self.client_id)
            .field("has_secret", &self.client_secret.is_some())
            .field("redirect_uri", &self.redirect_uri)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("has_service_account", &self.service_account_key.is_some())
            .field("subject", &self.subject)
            .field("has_access_token", &self.access_token.is_some())
            .field("base_url", &self.base_url)
            .finish()
    }
}

const OWN: &[Field] = &[
    Field::text("client_id", "The OAuth client's id.").env(&["GOOGLE_CALENDAR_CLIENT_ID"]),
    Field::secret("client_secret", "The OAuth client's secret.")
        .env(&["GOOGLE_CALENDAR_CLIENT_SECRET"]),
    Field::text(
        "redirect_uri",
        "The redirect URI that is registered for consent.",
    )
    .env(&["GOOGLE_CALENDAR_REDIRECT_URI"]),
    Field::secret(
        "refresh_token",
        "The refresh token that the owner's consent gave.",
    )
    .env(&["GOOGLE_CALENDAR_REFRESH_TOKEN"]),
    Field::secret("service_account_key", "A service account's JSON key file.")
        .env(&["GOOGLE_CALENDAR_SERVICE_ACCOUNT_KEY"]),
    Field::text(
        "subject",
        "The user of a Workspace whom the service account acts for.",
    )
    .env(&["GOOGLE_CALENDAR_SUBJECT"]),
    Field::secret(
        "access_token",
        "An access token, for a stand-in or for trying out.",
    )
    .env(&["GOOGLE_CALENDAR_ACCESS_TOKEN"]),
    Field::text("base_url", "Where the API is, when it is not Google's own.")
        .env(&["GOOGLE_CALENDAR_BASE_URL"]),
];

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| guarded(OWN));

/// How the registry makes it.
#[must_use]
pub fn factory() -> Factory {
    let summary = "The calendars of a Google account.";
    Factory::new(
        "google_calendar",
        Category::CALENDAR,
        summary,
        &FIELDS,
        build,
    )
    .with_vendor("google")
    .with_operations(crate::operations::OPERATIONS)
    .with_check(|settings| settings.read::<GoogleCalendarConfig>()?.validate())
}

async fn build(settings: Settings) -> Result<Instance> {
    let provider = GoogleCalendar::new(settings.read()?)?.with_name(settings.name())?;
    let guard = settings.guard(provider.descriptor(), provider.guard().config())?;
    Ok(Calendar::new(provider.with_guard(guard)).into())
}
