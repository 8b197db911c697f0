//! Where a provider is asked what.

use serde_json::{Map, Value};
use url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};

/// The addresses of a provider, from its documentation or from its
/// [metadata](super::Discovery).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// Who signs its ID tokens and names itself in callbacks (RFC 9207).
    pub issuer: Option<String>,
    /// Where the browser goes.
    pub authorization: Url,
    /// Where codes and refresh tokens become tokens.
    pub token: Url,
    /// Where its signing keys are (RFC 7517).
    pub keys: Option<Url>,
    /// Where it says who a token's user is (OpenID Connect Core, section 5.3).
    pub userinfo: Option<Url>,
    /// Where tokens are ended (RFC 7009).
    pub revocation: Option<Url>,
    /// Where it says what a token is (RFC 7662).
    pub introspection: Option<Url>,
    /// Where devices get their codes (RFC 8628).
    pub device_authorization: Option<Url>,
    /// Where the browser goes to end the user's session (RP-Initiated Logout 1.0).
    pub end_session: Option<Url>,
    /// All that the provider's metadata say, where they were read.
    pub metadata: Map<String, Value>,
}

impl Endpoints {
    /// The two that every provider has.
    #[must_use]
    pub fn new(authorization: Url, token: Url) -> Self {
        Self {
            issuer: None,
            authorization,
            token,
            keys: None,
            userinfo: None,
            revocation: None,
            introspection: None,
            device_authorization: None,
            end_session: None,
            metadata: Map::new(),
        }
    }

    /// Names the issuer and where its keys are.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>, keys: Url) -> Self {
        self.issuer = Some(issuer.into());
        self.keys = Some(keys);
        self
    }

    /// Says where the user's profile is.
    #[must_use]
    pub fn with_userinfo(mut self, url: Url) -> Self {
        self.userinfo = Some(url);
        self
    }

    /// Says where tokens are ended.
    #[must_use]
    pub fn with_revocation(mut self, url: Url) -> Self {
        self.revocation = Some(url);
        self
    }

    /// Says where tokens are looked up.
    #[must_use]
    pub fn with_introspection(mut self, url: Url) -> Self {
        self.introspection = Some(url);
        self
    }

    /// Says where devices get their codes.
    #[must_use]
    pub fn with_device_authorization(mut self, url: Url) -> Self {
        self.device_authorization = Some(url);
        self
    }

    /// Says where the user's session is ended.
    #[must_use]
    pub fn with_end_session(mut self, url: Url) -> Self {
        self.end_session = Some(url);
        self
    }

    fn all(&self) -> impl Iterator<Item = &Url> {
        let optional = [
            &self.keys,
            &self.userinfo,
            &self.revocation,
            &self.introspection,
            &self.device_authorization,
            &self.end_session,
        ];
        [&self.authorization, &self.token]
            .into_iter()
            .chain(optional.into_iter().flatten())
    }

    /// Refuses an address to which no secret may go.
    pub(super) fn check(&self) -> Result<()> {
        match self.all().find(|url| !is_safe(url)) {
            None => Ok(()),
            Some(url) => {
                let text = format!(
                    "the endpoint {} is not encrypted",
                    url.origin().ascii_serialization()
                );
                let advice = "endpoints are https, except on the own machine";
                Err(Error::new(ErrorKind::Config, text).with_advice(advice))
            }
        }
    }
}

/// Whether an address is encrypted, or never leaves the machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let plain = url.username().is_empty() && url.password().is_none();
    plain && (url.scheme() == "https" || is_local(url))
}

/// Whether it is `http` on the own machine.
pub(super) fn is_local(url: &Url) -> bool {
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && local
}
