//! The client, and who it is.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::discovery::Source;
use super::endpoints::Endpoints;
use super::ids::Rules;
use super::keys::KeyCache;
use crate::auth::{
    AuthSession, Authorization, AuthorizeRequest, IdTokenVerifier, Jwks, LogoutRequest,
    check_redirect_uri, redirect_uri_is_registered,
};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::Guard;
use crate::http::Transport;
use crate::integration::Descriptor;

pub(super) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How the application shows its secret to the token endpoint (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// In the header `Authorization: Basic`, which every provider by the standard reads.
    #[default]
    Basic,
    /// In the body, as `client_id` and `client_secret`: GitHub, Entra and Google document that.
    Body,
}

/// The application, as the provider knows it. `Debug` does not show the secret.
#[derive(Clone)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The application's id.
    pub client_id: String,
    /// Its secret. Applications that cannot keep one (mobile, command line) have none: PKCE
    /// protects them.
    pub client_secret: Option<SecretString>,
    /// How the secret is shown.
    pub authentication: ClientAuthentication,
    /// The redirect URIs that are registered at the provider. With any, another one is refused
    /// before the browser is sent away.
    pub redirect_uris: Vec<String>,
}

impl ClientConfig {
    /// An application without a secret.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            authentication: ClientAuthentication::Basic,
            redirect_uris: Vec::new(),
        }
    }

    /// Gives it a secret.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// Gives it a secret where there is one.
    #[must_use]
    pub fn with_secret_if(mut self, secret: Option<SecretString>) -> Self {
        self.client_secret = secret;
        self
    }

    /// Says how the secret is shown.
    #[must_use]
    pub fn with_authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Adds redirect URIs that are registered.
    #[must_use]
    pub fn with_redirect_uris<U: Into<String>>(
        mut self,
        uris: impl IntoIterator<Item = U>,
    ) -> Self {
        self.redirect_uris.extend(uris.into_iter().map(Into::into));
        self
    }

    /// Everything that is wrong with it, each as a line that begins with the field's name: for a
    /// provider's own check of its configuration.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.client_id.is_empty() {
            wrong.push("client_id is empty".to_owned());
        }
        for uri in &self.redirect_uris {
            let checked = Url::parse(uri).map_err(|_| Error::invalid_input("it is no URL"));
            if let Err(error) = checked.and_then(|uri| check_redirect_uri(&uri)) {
                wrong.push(format!("redirect_uri: {}", error.message()));
            }
        }
        wrong
    }

    /// The first redirect URI that is registered.
    #[must_use]
    pub fn redirect_uri(&self) -> Option<Url> {
        self.redirect_uris.first()?.parse().ok()
    }

    /// Character by character (RFC 9700, section 2.1); of an IP address of the own machine the port
    /// is free, because who listens there takes what is free (RFC 8252, section 7.3).
    fn check_redirect(&self, uri: &Url) -> Result<()> {
        let any = self.redirect_uris.is_empty();
        if any || redirect_uri_is_registered(&self.redirect_uris, uri.as_str()) {
            return Ok(());
        }
        let same_but_port = |known: &String| {
            Url::parse(known).is_ok_and(|known| {
                let loopback = is_loopback_ip(&known) && is_loopback_ip(uri);
                loopback && without_port(known) == without_port(uri.clone())
            })
        };
        if self.redirect_uris.iter().any(same_but_port) {
            return Ok(());
        }
        let text = "the redirect URI is none of those that are configured";
        Err(Error::invalid_input(text)
            .with_code("redirect_uri_mismatch")
            .with_advice("it must be the same character by character; add it where they are set"))
    }
}

fn is_loopback_ip(url: &Url) -> bool {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    };
    ip && url.scheme() == "http"
}

fn without_port(mut url: Url) -> Url {
    // Fails for addresses without a host alone.
    let _ = url.set_port(None);
    url
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("client_id", &self.client_id)
            .field("has_secret", &self.client_secret.is_some())
            .field("authentication", &self.authentication)
            .field("redirect_uris", &self.redirect_uris)
            .finish()
    }
}

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) name: String,
    pub(super) config: ClientConfig,
    pub(super) source: Arc<Source>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) guard: Guard,
    pub(super) clock: Clock,
    pub(super) rotates: bool,
    pub(super) rules: Option<Rules>,
    pub(super) keys: Arc<KeyCache>,
}

/// Speaks OAuth 2.0 and OpenID Connect with one provider, for one application. Cheap to clone;
/// clones share what was fetched. See the [module page](super).
#[derive(Clone)]
pub struct OAuthClient {
    pub(super) inner: Arc<Inner>,
}

impl OAuthClient {
    /// A client for [addresses](Endpoints) that are known, or that the provider's metadata tell
    /// ([`Discovery`](super::Discovery)). `name` is the integration's. Sends nothing.
    ///
    /// # Errors
    /// `Config` for an address that is not encrypted, or an empty client id.
    pub fn new(
        name: impl Into<String>,
        config: ClientConfig,
        endpoints: impl Into<Source>,
        transport: impl Transport + 'static,
    ) -> Result<Self> {
        let (name, source) = (name.into(), endpoints.into());
        source.check()?;
        if config.client_id.is_empty() {
            return Err(Error::new(ErrorKind::Config, "the client id is empty"));
        }
        let inner = Inner {
            guard: Guard::builder().build()?,
            name,
            config,
            source: Arc::new(source),
            transport: Arc::new(transport),
            clock: Arc::new(Timestamp::now),
            rotates: true,
            rules: None,
            keys: Arc::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    fn change(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.inner);
        change(&mut inner);
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Names the integration: in sessions (one that was started under one name is not finished under
    /// another), spans and metrics. The guard is made anew with the same policy.
    ///
    /// # Errors
    /// None in practice: the policy was judged when it was made.
    pub fn for_integration(self, descriptor: &Descriptor) -> Result<Self> {
        let policy = self.inner.guard.config().clone();
        let guard = Guard::builder()
            .config(policy)
            .integration(descriptor)
            .build()?;
        let name = descriptor.name.clone().into_owned();
        Ok(self.change(|inner| (inner.name, inner.guard) = (name, guard)))
    }

    /// Runs every request under this guard.
    #[must_use]
    pub fn with_guard(self, guard: Guard) -> Self {
        self.change(|inner| inner.guard = guard)
    }

    /// Reads the time from elsewhere, for tests.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.change(|inner| inner.clock = Arc::new(clock))
    }

    /// Says that a refresh token stays the same when it is used, so that a refresh whose answer is
    /// lost may be sent again.
    #[must_use]
    pub fn with_static_refresh_tokens(self) -> Self {
        self.change(|inner| inner.rotates = false)
    }

    /// How ID tokens are judged with the keys that are published now, where the issuer alone does
    /// not say it.
    #[must_use]
    pub fn with_id_tokens(
        self,
        rules: impl Fn(Jwks) -> IdTokenVerifier + Send + Sync + 'static,
    ) -> Self {
        self.change(|inner| inner.rules = Some(Arc::new(rules)))
    }

    /// The application.
    #[must_use]
    pub fn config(&self) -> &ClientConfig {
        &self.inner.config
    }

    /// The guard that every request runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.inner.guard
    }

    /// Where everything is: what was given, or what the provider's metadata say now.
    ///
    /// # Errors
    /// What fetching the metadata answers.
    pub async fn endpoints(&self) -> Result<Arc<Endpoints>> {
        self.inner.endpoints().await
    }

    /// Starts a sign-in. `more` are parameters of the vendor's own.
    ///
    /// # Errors
    /// `InvalidInput` for a redirect URI that is not configured; what fetching the metadata
    /// answers.
    pub async fn authorize(
        &self,
        request: &AuthorizeRequest,
        more: &[(&str, &str)],
    ) -> Result<Authorization> {
        self.inner.config.check_redirect(&request.redirect_uri)?;
        let endpoints = self.endpoints().await?;
        let mut session = AuthSession::start(&*self.inner.name, request, self.now())?;
        if let Some(issuer) = &endpoints.issuer {
            session = session.with_issuer(issuer);
        }
        let client_id = &self.inner.config.client_id;
        let mut started =
            Authorization::standard(endpoints.authorization.clone(), client_id, request, session);
        for (name, value) in more {
            started.url.query_pairs_mut().append_pair(name, value);
        }
        Ok(started)
    }

    /// Where to send the browser to end the user's session (RP-Initiated Logout 1.0). No I/O.
    ///
    /// # Errors
    /// `Unsupported` where the provider has no such address, or none is known before the first
    /// call.
    pub fn logout_url(&self, request: &LogoutRequest) -> Result<Url> {
        let known = self.inner.known_endpoints();
        let url = known.and_then(|endpoints| endpoints.end_session.clone());
        let mut url = url.ok_or_else(|| {
            let text = "no address to end sessions at is known";
            Error::new(ErrorKind::Unsupported, text)
                .with_advice("connect first: the provider's metadata say whether there is one")
        })?;
        let mut query = url.query_pairs_mut();
        query.append_pair("client_id", &self.inner.config.client_id);
        if let Some(hint) = &request.id_token_hint {
            query.append_pair("id_token_hint", hint.expose_secret());
        }
        if let Some(uri) = &request.post_logout_redirect_uri {
            query.append_pair("post_logout_redirect_uri", uri.as_str());
        }
        if let Some(state) = &request.state {
            query.append_pair("state", state);
        }
        drop(query);
        Ok(url)
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }
}

impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthClient")
            .field("name", &self.inner.name)
            .field("config", &self.inner.config)
            .field("source", &self.inner.source)
            .finish_non_exhaustive()
    }
}
