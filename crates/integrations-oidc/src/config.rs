//! What it needs to know.

use std::fmt;
use std::sync::LazyLock;

use integrations_core::auth::SignIn;
use integrations_core::config::{Field, Settings, guarded};
use integrations_core::oauth::{ClientAuthentication, ClientConfig, Discovery, OPERATIONS};
use integrations_core::registry::{Factory, Instance};
use integrations_core::{Category, Error, ErrorKind, Integration, Result, SecretString};
use serde::Deserialize;

use crate::Oidc;

/// Where the provider is, and who the application is there. `Debug` does not show the secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OidcConfig {
    /// The issuer, character by character as the provider's metadata name it.
    pub issuer: String,
    /// The application's id.
    pub client_id: String,
    /// Its secret; none for applications that cannot keep one.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// Whether the secret is shown in the body instead of a header (`client_secret_post`).
    #[serde(default)]
    pub secret_in_body: bool,
    /// A redirect URI that is registered. With one, another is refused before the browser goes.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// Other origins than the issuer's where its endpoints may be, separated by spaces.
    #[serde(default)]
    pub origins: Option<String>,
    /// Whether refresh tokens stay the same when they are used. Where they rotate, using one twice
    /// ends the grant, so that a refresh whose answer is lost is not sent again.
    #[serde(default)]
    pub static_refresh_tokens: bool,
}

impl OidcConfig {
    /// A provider and an application without a secret.
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret: None,
            secret_in_body: false,
            redirect_uri: None,
            origins: None,
            static_refresh_tokens: false,
        }
    }

    /// Gives the application a secret.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// Names the redirect URI that is registered.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// The application, as the client knows it.
    pub(crate) fn client(&self) -> ClientConfig {
        ClientConfig::new(&*self.client_id)
            .with_authentication(self.authentication())
            .with_secret_if(self.client_secret.clone())
            .with_redirect_uris(self.redirect_uri.as_deref())
    }

    /// Checks the values before anything is sent.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn validate(&self) -> Result<()> {
        let mut wrong = self.client().problems();
        if let Err(error) = Discovery::new(&self.issuer) {
            wrong.push(format!("issuer: {}", error.message()));
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, wrong.join("; ")).with_provider("oidc"))
    }

    fn authentication(&self) -> ClientAuthentication {
        match self.secret_in_body {
            true => ClientAuthentication::Body,
            false => ClientAuthentication::Basic,
        }
    }
}

impl fmt::Debug for OidcConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcConfig")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("has_secret", &self.client_secret.is_some())
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

const OWN: &[Field] = &[
    Field::text("issuer", "The issuer, as its metadata name it.")
        .env(&["OIDC_ISSUER"])
        .required(),
    Field::text("client_id", "The application's id.")
        .env(&["OIDC_CLIENT_ID"])
        .required(),
    Field::secret(
        "client_secret",
        "The application's secret; none for those that cannot keep one.",
    )
    .env(&["OIDC_CLIENT_SECRET"]),
    Field::bool(
        "secret_in_body",
        "Show the secret in the body instead of a header.",
    ),
    Field::text("redirect_uri", "The redirect URI that is registered.").env(&["OIDC_REDIRECT_URI"]),
    Field::text(
        "origins",
        "Other origins where its endpoints may be, separated by spaces.",
    ),
    Field::bool(
        "static_refresh_tokens",
        "Whether refresh tokens stay the same when they are used.",
    ),
];

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| guarded(OWN));

/// How the registry makes it.
#[must_use]
pub fn factory() -> Factory {
    let summary = "Any OpenID Connect provider: Keycloak, Auth0, Okta, your own.";
    Factory::new("oidc", Category::AUTH, summary, &FIELDS, build)
        .with_vendor("openid")
        .with_operations(OPERATIONS)
        .with_check(|settings| settings.read::<OidcConfig>()?.validate())
}

async fn build(settings: Settings) -> Result<Instance> {
    let provider = Oidc::new(settings.read()?)?.with_name(settings.name())?;
    let guard = settings.guard(provider.descriptor(), provider.guard().config())?;
    Ok(SignIn::new(provider.with_guard(guard)).into())
}
