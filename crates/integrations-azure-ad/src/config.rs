//! What it needs to know.

use std::fmt;
use std::sync::LazyLock;

use integrations_core::auth::{AllowedTenants, SignIn};
use integrations_core::config::{Field, Settings, guarded};
use integrations_core::oauth::{ClientAuthentication, ClientConfig};
use integrations_core::registry::{Factory, Instance};
use integrations_core::{Category, Error, ErrorKind, Integration, Result, SecretString, oauth};
use serde::Deserialize;
use url::Url;

use crate::AzureAd;

/// Where the application signs in at Entra. `Debug` does not show the secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AzureAdConfig {
    /// A tenant's id or domain, or `common` (any account), `organizations` (work and school),
    /// `consumers` (personal).
    #[serde(default = "common")]
    pub tenant: String,
    /// The application's (client) id.
    pub client_id: String,
    /// Its secret.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// A redirect URI that is registered. With one, another is refused before the browser goes.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// The ids of the tenants whose users may sign in, separated by spaces. Without any, those of
    /// `tenant`.
    #[serde(default)]
    pub allowed_tenants: Option<String>,
    /// Whether the groups of a user are asked for at Graph, with the user's token; it needs the
    /// permission `GroupMember.Read.All`.
    #[serde(default)]
    pub fetch_groups: bool,
    /// Whether the application reads the users of its tenant at Graph, with its own rights; it needs
    /// the application permission `User.Read.All`, and a tenant's id.
    #[serde(default)]
    pub directory: bool,
    /// The authority of a national cloud, for example `https://login.microsoftonline.us`.
    #[serde(default = "authority")]
    pub authority: String,
    /// Graph of a national cloud, for example `https://graph.microsoft.us`.
    #[serde(default = "graph")]
    pub graph: String,
}

fn common() -> String {
    "common".to_owned()
}

fn authority() -> String {
    "https://login.microsoftonline.com".to_owned()
}

fn graph() -> String {
    "https://graph.microsoft.com".to_owned()
}

impl AzureAdConfig {
    /// An application without a secret, for the users of a tenant.
    pub fn new(tenant: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            tenant: tenant.into(),
            client_id: client_id.into(),
            client_secret: None,
            redirect_uri: None,
            allowed_tenants: None,
            fetch_groups: false,
            directory: false,
            authority: authority(),
            graph: graph(),
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

    /// Lets the users of a tenant sign in, and of no other that is not named so.
    #[must_use]
    pub fn with_allowed_tenant(mut self, id: impl AsRef<str>) -> Self {
        let tenants = self.allowed_tenants.get_or_insert_default();
        if !tenants.is_empty() {
            tenants.push(' ');
        }
        tenants.push_str(id.as_ref());
        self
    }

    /// The tenants whose users may sign in.
    pub(crate) fn tenants(&self) -> Result<AllowedTenants> {
        let named = self.allowed_tenants.as_deref().unwrap_or_default();
        if named.split_whitespace().next().is_some() {
            return AllowedTenants::these(named.split_whitespace());
        }
        match &*self.tenant {
            "common" => Ok(AllowedTenants::Any),
            "organizations" => Ok(AllowedTenants::Organizations),
            "consumers" => Ok(AllowedTenants::consumers()),
            // A domain is not in the token, and can change hands.
            id => AllowedTenants::these([id]),
        }
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
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if self.tenant.is_empty() || !self.tenant.chars().all(part) {
            wrong.push("tenant is an id, a domain, or common, organizations, consumers".to_owned());
        }
        if let Err(error) = self.tenants() {
            wrong.push(format!(
                "allowed_tenants: {} (where tenant is a domain they must be named)",
                error.message()
            ));
        }
        for (name, url) in [("authority", &self.authority), ("graph", &self.graph)] {
            if !Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                wrong.push(format!("{name} is no URL"));
            }
        }
        let one = !matches!(&*self.tenant, "common" | "organizations" | "consumers");
        if self.directory && !(one && self.client_secret.is_some()) {
            wrong.push("directory needs a tenant of its own and a client_secret".to_owned());
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, wrong.join("; ")).with_provider("azure_ad"))
    }
}

impl fmt::Debug for AzureAdConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureAdConfig")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("has_secret", &self.client_secret.is_some())
            .field("redirect_uri", &self.redirect_uri)
            .field("allowed_tenants", &self.allowed_tenants)
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

// Not `AZURE_CLIENT_ID` and its like, which Azure's own tools read: a machine's identity must not
// switch a sign-in on.
const OWN: &[Field] = &[
    Field::text(
        "tenant",
        "A tenant's id or domain, or common, organizations, consumers.",
    )
    .env(&["AZURE_AD_TENANT_ID"])
    .default("common"),
    Field::text("client_id", "The application's (client) id.")
        .env(&["AZURE_AD_CLIENT_ID"])
        .required(),
    Field::secret("client_secret", "The application's secret.").env(&["AZURE_AD_CLIENT_SECRET"]),
    Field::text("redirect_uri", "The redirect URI that is registered.")
        .env(&["AZURE_AD_REDIRECT_URI"]),
    Field::text(
        "allowed_tenants",
        "The ids of the tenants whose users may sign in, separated by spaces.",
    ),
    Field::bool("fetch_groups", "Ask for the groups of a user at Graph."),
    Field::bool("directory", "Read the users of the tenant at Graph."),
    Field::text("authority", "The authority of a national cloud.")
        .env(&["AZURE_AUTHORITY_HOST"])
        .default("https://login.microsoftonline.com"),
    Field::text("graph", "Graph of a national cloud.").default("https://graph.microsoft.com"),
];

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| guarded(OWN));

/// How the registry makes it.
#[must_use]
pub fn factory() -> Factory {
    let summary = "Sign in with Microsoft Entra ID (Azure AD).";
    Factory::new("azure_ad", Category::AUTH, summary, &FIELDS, build)
        .with_vendor("microsoft")
        .with_operations(oauth::OPERATIONS)
        .with_operations(crate::operations::OWN)
        .with_check(|settings| settings.read::<AzureAdConfig>()?.validate())
}

async fn build(settings: Settings) -> Result<Instance> {
    let provider = AzureAd::new(settings.read()?)?.with_name(settings.name())?;
    let guard = settings.guard(provider.descriptor(), provider.guard().config())?;
    Ok(SignIn::new(provider.with_guard(guard)?).into())
}
