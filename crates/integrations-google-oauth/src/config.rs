//! What it needs to know.

use std::fmt;
use std::sync::LazyLock;

use integrations_core::auth::SignIn;
use integrations_core::config::{Field, Settings, guarded};
use integrations_core::oauth::{ClientAuthentication, ClientConfig};
use integrations_core::registry::{Factory, Instance};
use integrations_core::{Category, Error, ErrorKind, Integration, Result, SecretString, oauth};
use serde::Deserialize;

use crate::GoogleOAuth;

/// Who the application is at Google. `Debug` does not show the secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GoogleOAuthConfig {
    /// The OAuth client's id, which ends in `.apps.googleusercontent.com`.
    pub client_id: String,
    /// Its secret. Also applications for desktops have one at Google.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// A redirect URI that is registered. With one, another is refused before the browser goes.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// The Workspace whose accounts alone may sign in, for example `school.example`.
    #[serde(default)]
    pub hosted_domain: Option<String>,
}

impl GoogleOAuthConfig {
    /// An application without a secret.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            redirect_uri: None,
            hosted_domain: None,
        }
    }

    /// Gives the application its secret.
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

    /// Lets only the accounts of a Workspace sign in.
    #[must_use]
    pub fn with_hosted_domain(mut self, domain: impl Into<String>) -> Self {
        self.hosted_domain = Some(domain.into());
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
        let domain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if let Some(hd) = &self.hosted_domain
            && (hd.is_empty() || !hd.chars().all(domain))
        {
            wrong.push("hosted_domain is no domain name".to_owned());
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, wrong.join("; ")).with_provider("google_oauth"))
    }
}

impl fmt::Debug for GoogleOAuthConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleOAuthConfig")
            .field("client_id", &self.client_id)
            .field("has_secret", &self.client_secret.is_some())
            .field("redirect_uri", &self.redirect_uri)
            .field("hosted_domain", &self.hosted_domain)
            .finish()
    }
}

const OWN: &[Field] = &[
    Field::text("client_id", "The OAuth client's id.")
        .env(&["GOOGLE_OAUTH_CLIENT_ID"])
        .required(),
    Field::secret("client_secret", "The OAuth client's secret.")
        .env(&["GOOGLE_OAUTH_CLIENT_SECRET"]),
    Field::text("redirect_uri", "The redirect URI that is registered.")
        .env(&["GOOGLE_OAUTH_REDIRECT_URI"]),
    Field::text(
        "hosted_domain",
        "The Workspace whose accounts alone may sign in.",
    ),
];

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| guarded(OWN));

/// How the registry makes it.
#[must_use]
pub fn factory() -> Factory {
    let summary = "Sign in with Google.";
    Factory::new("google_oauth", Category::AUTH, summary, &FIELDS, build)
        .with_vendor("google")
        .with_operations(oauth::OPERATIONS)
        .with_operations(crate::operations::OWN)
        .with_check(|settings| settings.read::<GoogleOAuthConfig>()?.validate())
}

async fn build(settings: Settings) -> Result<Instance> {
    let provider = GoogleOAuth::new(settings.read()?)?.with_name(settings.name())?;
    let guard = settings.guard(provider.descriptor(), provider.guard().config())?;
    Ok(SignIn::new(provider.with_guard(guard)).into())
}
