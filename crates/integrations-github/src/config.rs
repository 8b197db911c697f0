//! What it needs to know.

use std::fmt;
use std::sync::LazyLock;

use integrations_core::auth::SignIn;
use integrations_core::config::{Field, Settings, guarded};
use integrations_core::oauth::{ClientAuthentication, ClientConfig};
use integrations_core::registry::{Factory, Instance};
use integrations_core::{Category, Error, ErrorKind, Integration, Result, SecretString, oauth};
use serde::Deserialize;
use url::Url;

use crate::{GitHub, Organisation};

/// Who the application is at GitHub. `Debug` does not show the secrets.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GitHubConfig {
    /// The id of the OAuth app, or the client id of the GitHub App.
    pub client_id: String,
    /// Its secret.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// A callback URL that is registered. With one, another is refused before the browser goes.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// A GitHub Enterprise Server, for example `https://github.example.com`.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Whether it is a GitHub App whose user tokens expire, so that they come with refresh tokens.
    /// Those of OAuth apps do not.
    #[serde(default)]
    pub expiring_tokens: bool,
    /// Whether the device flow is switched on in the application's settings.
    #[serde(default)]
    pub device_flow: bool,
    /// The organisation whose members are the directory.
    #[serde(default)]
    pub organisation: Option<String>,
    /// A token that may read the organisation's members.
    #[serde(default)]
    pub organisation_token: Option<SecretString>,
}

impl GitHubConfig {
    /// An application at github.com.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            redirect_uri: None,
            base_url: None,
            expiring_tokens: false,
            device_flow: false,
            organisation: None,
            organisation_token: None,
        }
    }

    /// Gives the application its secret.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// Names the callback URL that is registered.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// Names a GitHub Enterprise Server.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Says that it is a GitHub App whose user tokens expire.
    #[must_use]
    pub fn with_expiring_tokens(mut self) -> Self {
        self.expiring_tokens = true;
        self
    }

    /// Says that the device flow is switched on.
    #[must_use]
    pub fn with_device_flow(mut self) -> Self {
        self.device_flow = true;
        self
    }

    /// The application, as the client knows it.
    pub(crate) fn client(&self) -> ClientConfig {
        ClientConfig::new(&*self.client_id)
            .with_authentication(ClientAuthentication::Body)
            .with_secret_if(self.client_secret.clone())
            .with_redirect_uris(self.redirect_uri.as_deref())
    }

    /// Checks the values before anything is sent.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn validate(&self) -> Result<()> {
        let mut wrong = self.client().problems();
        if let Some(base) = &self.base_url
            && !Url::parse(base).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        {
            wrong.push("base_url is no URL".to_owned());
        }
        if self.organisation.is_some() != self.organisation_token.is_some() {
            wrong.push("organisation and organisation_token belong together".to_owned());
        }
        if let Some(name) = &self.organisation
            && let Err(error) = Organisation::check(name)
        {
            wrong.push(error.message().to_owned());
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, wrong.join("; ")).with_provider("github"))
    }
}

impl fmt::Debug for GitHubConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubConfig")
            .field("client_id", &self.client_id)
            .field("has_secret", &self.client_secret.is_some())
            .field("redirect_uri", &self.redirect_uri)
            .field("base_url", &self.base_url)
            .field("organisation", &self.organisation)
            .finish_non_exhaustive()
    }
}

const OWN: &[Field] = &[
    Field::text("client_id", "The application's client id.")
        .env(&["GITHUB_CLIENT_ID"])
        .required(),
    Field::secret("client_secret", "The application's client secret.")
        .env(&["GITHUB_CLIENT_SECRET"]),
    Field::text("redirect_uri", "The callback URL that is registered.")
        .env(&["GITHUB_REDIRECT_URI"]),
    Field::text(
        "base_url",
        "A GitHub Enterprise Server, for example https://github.example.com.",
    )
    .env(&["GITHUB_BASE_URL"]),
    Field::bool(
        "expiring_tokens",
        "Whether it is a GitHub App whose user tokens expire.",
    ),
    Field::bool(
        "device_flow",
        "Whether the device flow is switched on in the application's settings.",
    ),
    Field::text(
        "organisation",
        "The organisation whose members are the directory.",
    ),
    Field::secret(
        "organisation_token",
        "A token that may read the organisation's members.",
    ),
];

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| guarded(OWN));

/// How the registry makes it.
#[must_use]
pub fn factory() -> Factory {
    let summary = "Sign in with GitHub or GitHub Enterprise Server.";
    Factory::new("github", Category::AUTH, summary, &FIELDS, build)
        .with_vendor("github")
        .with_operations(oauth::OPERATIONS)
        .with_operations(crate::operations::OWN)
        .with_check(|settings| settings.read::<GitHubConfig>()?.validate())
}

async fn build(settings: Settings) -> Result<Instance> {
    let provider = GitHub::new(settings.read()?)?.with_name(settings.name())?;
    let guard = settings.guard(provider.descriptor(), provider.guard().config())?;
    Ok(SignIn::new(provider.with_guard(guard)).into())
}
