//! What it needs to know.

use std::fmt;
use std::sync::LazyLock;

use integrations_core::calendar::Calendar;
use integrations_core::config::{Field, Settings, guarded};
use integrations_core::registry::{Factory, Instance};
use integrations_core::{Category, Error, ErrorKind, Integration, Result, SecretString};
use serde::Deserialize;
use url::Url;

use crate::{CalDav, Credentials};

/// Which server, and who the account is there. `Debug` does not show the secrets.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CalDavConfig {
    /// Where the server is: its host alone (`https://dav.example.com`), its page for CalDAV, the
    /// account's own page, or a calendar.
    pub url: String,
    /// The account's name.
    #[serde(default)]
    pub username: Option<String>,
    /// The account's password, or one that is made for applications.
    #[serde(default)]
    pub password: Option<SecretString>,
    /// A bearer token in their place.
    #[serde(default)]
    pub token: Option<SecretString>,
    /// The account's email address, where the server does not say it.
    #[serde(default)]
    pub address: Option<String>,
    /// Hosts beside the first that belong to the service and may see the credentials, for example
    /// `https://p01-caldav.example.com`.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Allows `http://` to another machine, where everyone on the way can read along.
    #[serde(default)]
    pub plain_http: bool,
}

impl CalDavConfig {
    /// A server by its address.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            username: None,
            password: None,
            token: None,
            address: None,
            hosts: Vec::new(),
            plain_http: false,
        }
    }

    /// Sets name and password.
    #[must_use]
    pub fn with_password(
        mut self,
        username: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.username = Some(username.into());
        self.password = Some(password.into());
        self
    }

    /// Sets a bearer token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<SecretString>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets the account's email address.
    #[must_use]
    pub fn with_address(mut self, email: impl Into<String>) -> Self {
        self.address = Some(email.into());
        self
    }

    /// Lets another host of the service see the credentials.
    #[must_use]
    pub fn with_host(mut self, origin: impl Into<String>) -> Self {
        self.hosts.push(origin.into());
        self
    }

    /// Allows `http://` to another machine.
    #[must_use]
    pub fn with_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Checks the values before anything is sent.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn validate(&self) -> Result<()> {
        let mut wrong = Vec::new();
        for (name, text) in
            std::iter::once(("url", &self.url)).chain(self.hosts.iter().map(|host| ("hosts", host)))
        {
            match web_address(text) {
                Ok(url) if !url.username().is_empty() || url.password().is_some() => wrong.push(
                    format!("{name} has a user name in it: that goes into username and password"),
                ),
                Ok(_) => {}
                Err(()) => wrong.push(format!("{name} is no https or http URL")),
            }
        }
        if self.username.is_some() != self.password.is_some() {
            wrong.push("username and password belong together".to_owned());
        }
        if self.token.is_some() && self.password.is_some() {
            wrong.push("token and password exclude each other".to_owned());
        }
        if self
            .username
            .as_ref()
            .is_some_and(|name| name.contains(':'))
        {
            // RFC 7617, section 2.
            wrong.push("username has a colon, which no server could read".to_owned());
        }
        if self.address.as_ref().is_some_and(|it| !it.contains('@')) {
            wrong.push("address is no email address".to_owned());
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, wrong.join("; ")).with_provider("caldav"))
    }

    pub(crate) fn credentials(&self) -> Credentials {
        match (&self.username, &self.password, &self.token) {
            (Some(username), Some(password), _) => Credentials::Password {
                username: username.clone(),
                password: password.clone(),
            },
            (_, _, Some(token)) => Credentials::Token(token.clone()),
            _ => Credentials::None,
        }
    }
}

pub(crate) fn web_address(text: &str) -> Result<Url, ()> {
    let url = Url::parse(text).map_err(drop)?;
    let web = matches!(url.scheme(), "http" | "https");
    if web { Ok(url) } else { Err(()) }
}

impl fmt::Debug for CalDavConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CalDavConfig")
            .field(
                "url",
                &web_address(&self.url)
                    .ok()
                    .map(|url| url.origin().ascii_serialization()),
            )
            .field("username", &self.username)
            .field("has_password", &self.password.is_some())
            .field("has_token", &self.token.is_some())
            .field("address", &self.address)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

const OWN: &[Field] = &[
    Field::text(
        "url",
        "Where the server is, for example https://dav.example.com.",
    )
    .env(&["CALDAV_URL"])
    .required(),
    Field::text("username", "The account's name.").env(&["CALDAV_USERNAME"]),
    Field::secret(
        "password",
        "The account's password, or one that is made for applications.",
    )
    .env(&["CALDAV_PASSWORD"]),
    Field::secret("token", "A bearer token in place of name and password.").env(&["CALDAV_TOKEN"]),
    Field::text(
        "address",
        "The account's email address, where the server does not say it.",
    )
    .env(&["CALDAV_ADDRESS"]),
    Field::list(
        "hosts",
        "Further hosts of the service that may see the credentials.",
    ),
    Field::bool(
        "plain_http",
        "Allows http:// to another machine, where everyone on the way can read along.",
    ),
];

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| guarded(OWN));

/// How the registry makes it.
#[must_use]
pub fn factory() -> Factory {
    let summary = "Calendars at any CalDAV server.";
    Factory::new("caldav", Category::CALENDAR, summary, &FIELDS, build)
        .with_vendor("caldav")
        .with_operations(crate::operations::OPERATIONS)
        .with_check(|settings| settings.read::<CalDavConfig>()?.validate())
}

async fn build(settings: Settings) -> Result<Instance> {
    let provider = CalDav::new(settings.read()?)?.with_name(settings.name())?;
    let guard = settings.guard(provider.descriptor(), provider.guard().config())?;
    Ok(Calendar::new(provider.with_guard(guard)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut config = CalDavConfig::new("ftp://example.com").with_address("nobody");
        config.username = Some("a:b".to_owned());
        config.token = Some("canary".into());
        let error = config.validate().unwrap_err().to_string();
        for word in ["url", "belong together", "colon", "address"] {
            assert!(error.contains(word), "{error}");
        }
        let shown = format!("{config:?} {error}");
        assert!(!shown.contains("canary"), "{shown}");
        let inside = CalDavConfig::new("https://alice:canary@example.com");
        let error = inside.validate().unwrap_err();
        assert!(!format!("{error} {inside:?}").contains("canary"));
    }
}
