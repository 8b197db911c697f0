//! What a provider says of itself (OpenID Connect Discovery 1.0; RFC 8414).

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;

use super::client::{Inner, OAuthClient};
use super::endpoints::{Endpoints, is_local, is_safe};
use super::operations::DISCOVER;
use crate::error::{Error, ErrorKind, Result};
use crate::guard::Operation;

/// The longest metadata that are read, in bytes.
const MAX_METADATA: u64 = 256 << 10;

/// How long metadata are used before they are asked for again.
const FRESH: Duration = Duration::from_secs(24 * 3600);

/// A provider whose addresses are in its metadata, at `/.well-known/openid-configuration` below the
/// issuer.
///
/// The metadata count only when they name the very issuer that was asked (OpenID Connect Discovery,
/// section 4.3), come from its origin, and name addresses of its origin or of one that is
/// [allowed](Self::with_origin): whoever can change where secrets go must not be able to send them
/// anywhere.
#[derive(Debug)]
pub struct Discovery {
    issuer: Url,
    /// As it was given: issuers are compared character by character.
    text: String,
    origins: Vec<String>,
    known: RwLock<Option<(Arc<Endpoints>, Timestamp)>>,
    /// Who has it asks; the others wait for the same answer.
    asking: Mutex<()>,
}

impl Discovery {
    /// The metadata of an issuer.
    ///
    /// # Errors
    /// `Config` for an issuer that is no https URL (`http` on the own machine), or has a query or
    /// fragment.
    pub fn new(issuer: &str) -> Result<Self> {
        let wrong = || {
            let text = format!("{issuer:?} is not an issuer");
            Error::new(ErrorKind::Config, text)
                .with_advice("an issuer is an https URL without query and fragment")
        };
        let url = Url::parse(issuer).map_err(|_| wrong())?;
        if !is_safe(&url) || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        Ok(Self {
            origins: vec![url.origin().ascii_serialization()],
            issuer: url,
            text: issuer.to_owned(),
            known: RwLock::new(None),
            asking: Mutex::new(()),
        })
    }

    /// Allows addresses of another origin, such as `https://oauth2.googleapis.com`.
    #[must_use]
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Where the metadata are.
    fn address(&self) -> Url {
        let mut address = self.issuer.clone();
        let path = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{path}/.well-known/openid-configuration"));
        address
    }

    /// The addresses that metadata name.
    fn read(&self, fields: &Map<String, Value>) -> Result<Endpoints> {
        let refused = |why: String, code: &'static str| {
            Error::new(ErrorKind::Untrusted, why)
                .with_code(code)
                .with_advice("check the configured issuer; do not sign anybody in there")
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        if text("issuer") != Some(&self.text) {
            let why = "the provider's metadata are those of another issuer".to_owned();
            return Err(refused(why, "issuer_mismatch"));
        }
        let address = |name: &str| -> Result<Option<Url>> {
            let Some(text) = text(name) else {
                return Ok(None);
            };
            let url = Url::parse(text).ok().filter(is_safe);
            // `http` beneath an `https` issuer would be a step down.
            let url = url.filter(|url| !is_local(url) || is_local(&self.issuer));
            let origin = url.as_ref().map(|url| url.origin().ascii_serialization());
            match (url, origin) {
                (Some(url), Some(origin)) if self.origins.contains(&origin) => Ok(Some(url)),
                (Some(_), Some(origin)) => {
                    let why = format!("the metadata's {name} is on another origin, {origin}");
                    Err(refused(why, "foreign_endpoint"))
                }
                _ => {
                    let why = format!("the metadata's {name} is no encrypted address");
                    Err(refused(why, "insecure_endpoint"))
                }
            }
        };
        let required = |name: &str| {
            address(name)?.ok_or_else(|| {
                let text = format!("the provider's metadata do not have {name}");
                Error::new(ErrorKind::Decode, text)
            })
        };
        Ok(Endpoints {
            issuer: Some(self.text.clone()),
            authorization: required("authorization_endpoint")?,
            token: required("token_endpoint")?,
            keys: address("jwks_uri")?,
            userinfo: address("userinfo_endpoint")?,
            revocation: address("revocation_endpoint")?,
            introspection: address("introspection_endpoint")?,
            device_authorization: address("device_authorization_endpoint")?,
            end_session: address("end_session_endpoint")?,
            metadata: fields.clone(),
        })
    }
}

/// Where the addresses come from: [`Endpoints`] that are known, or a [`Discovery`].
#[derive(Debug)]
pub struct Source(pub(super) Kind);

#[derive(Debug)]
pub(super) enum Kind {
    Known(Arc<Endpoints>),
    Discovered(Box<Discovery>),
}

impl From<Endpoints> for Source {
    fn from(endpoints: Endpoints) -> Self {
        Self(Kind::Known(Arc::new(endpoints)))
    }
}

impl From<Discovery> for Source {
    fn from(discovery: Discovery) -> Self {
        Self(Kind::Discovered(Box::new(discovery)))
    }
}

impl Source {
    pub(super) fn check(&self) -> Result<()> {
        match &self.0 {
            Kind::Known(endpoints) => endpoints.check(),
            // Judged when it was made, and again when the metadata are there.
            Kind::Discovered(_) => Ok(()),
        }
    }
}

impl Discovery {
    fn known(&self) -> Option<(Arc<Endpoints>, Timestamp)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    fn fresh(&self, now: Timestamp) -> Option<Arc<Endpoints>> {
        let (endpoints, at) = self.known()?;
        let age = now.duration_since(at);
        // A clock that went back tells nothing of the age.
        (!age.is_negative() && age.unsigned_abs() < FRESH).then_some(endpoints)
    }
}

impl Inner {
    /// The addresses, as far as they are known without asking.
    pub(super) fn known_endpoints(&self) -> Option<Arc<Endpoints>> {
        match &self.source.0 {
            Kind::Known(endpoints) => Some(endpoints.clone()),
            Kind::Discovered(discovery) => Some(discovery.known()?.0),
        }
    }

    pub(super) async fn endpoints(&self) -> Result<Arc<Endpoints>> {
        let discovery = match &self.source.0 {
            Kind::Known(endpoints) => return Ok(endpoints.clone()),
            Kind::Discovered(discovery) => discovery,
        };
        let now = (self.clock)();
        if let Some(endpoints) = discovery.fresh(now) {
            return Ok(endpoints);
        }
        let _asking = discovery.asking.lock().await;
        if let Some(endpoints) = discovery.fresh(now) {
            return Ok(endpoints);
        }
        match (self.discover(discovery).await, discovery.known()) {
            (Ok(endpoints), _) => {
                let endpoints = Arc::new(endpoints);
                let mut known = discovery
                    .known
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *known = Some((endpoints.clone(), now));
                Ok(endpoints)
            }
            // Addresses change seldom: yesterday's are better than none.
            (Err(error), Some((endpoints, _))) if error.kind().is_transient() => {
                tracing::warn!(target: "integrations", %error, "the provider's metadata are old");
                Ok(endpoints)
            }
            (Err(error), _) => Err(error),
        }
    }

    async fn discover(&self, discovery: &Discovery) -> Result<Endpoints> {
        let operation = Operation::of(&DISCOVER);
        let body = self
            .get(&operation, &discovery.address(), MAX_METADATA)
            .await?;
        let fields = super::answer::object(&body).map_err(|why| {
            let text = format!("the provider's metadata cannot be read: {why}");
            Error::new(ErrorKind::Decode, text)
        })?;
        discovery.read(&fields)
    }
}

impl OAuthClient {
    /// Asks the provider for what it says of itself, or for its keys where its addresses are known:
    /// the cheapest proof that it is there. Nothing of the application's is sent.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn reach(&self) -> Result<()> {
        let endpoints = self.endpoints().await?;
        match &endpoints.keys {
            Some(url) => self.keys(url).await.map(drop),
            None => Ok(()),
        }
    }
}
