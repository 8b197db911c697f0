//! What a behaviour gets: the sign-in under test, and who plays the browser.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use integrations_core::Result;
use integrations_core::auth::{
    AuthSession, AuthorizeRequest, CallbackParams, DeviceAuth, Scope, Scopes, SignIn, TokenSet,
};
use url::Url;

use crate::Failure;

/// What the user decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The user of the sandbox signs in and says yes.
    Approve,
    /// Another user signs in and says yes, where the sandbox has two.
    ApproveAsOther,
    /// The user says no.
    Deny,
}

/// Plays the browser: goes to an address, decides, and gives the address that it comes back to.
pub type Browser = Arc<dyn Fn(Url, Decision) -> BoxFuture<'static, Result<Url>> + Send + Sync>;

/// Plays the user of a device: types the code and decides.
pub type DeviceUser =
    Arc<dyn Fn(DeviceAuth, Decision) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Does something at the provider.
pub type Act = Arc<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Lets time pass, at the provider and at the handle.
pub type Wait = Arc<dyn Fn(Duration) + Send + Sync>;

/// What a behaviour of this suite gets.
#[derive(Clone)]
#[non_exhaustive]
pub struct Harness {
    /// The sign-in under test.
    pub sign_in: SignIn,
    /// A redirect URI that is registered.
    pub redirect_uri: Url,
    /// Plays the browser.
    pub browser: Browser,
    /// The user's proved address, where the provider says which are.
    pub verified_email: Option<String>,
    /// Whether there is another user, whose address is not proved.
    pub has_other: bool,
    /// A redirect URI that is not registered.
    pub unregistered: Option<Url>,
    /// Plays the user of a device.
    pub device_user: Option<DeviceUser>,
    /// Makes the provider sign with a new key.
    pub rotate_keys: Option<Act>,
    /// Lets time pass.
    pub wait: Option<Wait>,
    /// How many requests have left the provider so far, where that can be told. With it the suite
    /// proves that refusals send nothing; without it those behaviours are skipped.
    pub requests: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
}

impl Harness {
    /// A harness with what every behaviour needs.
    #[must_use]
    pub fn new(sign_in: SignIn, redirect_uri: Url, browser: Browser) -> Self {
        Self {
            sign_in,
            redirect_uri,
            browser,
            verified_email: None,
            has_other: false,
            unregistered: None,
            device_user: None,
            rotate_keys: None,
            wait: None,
            requests: None,
        }
    }

    /// Names the user's proved address.
    #[must_use]
    pub fn with_verified_email(mut self, email: impl Into<String>) -> Self {
        self.verified_email = Some(email.into());
        self
    }

    /// There is another user, whose address is not proved.
    #[must_use]
    pub fn with_other_user(mut self) -> Self {
        self.has_other = true;
        self
    }

    /// Names a redirect URI that is not registered.
    #[must_use]
    pub fn with_unregistered(mut self, uri: Url) -> Self {
        self.unregistered = Some(uri);
        self
    }

    /// Plays the user of a device.
    #[must_use]
    pub fn with_device_user(mut self, user: DeviceUser) -> Self {
        self.device_user = Some(user);
        self
    }

    /// Makes the provider sign with a new key.
    #[must_use]
    pub fn with_rotate_keys(mut self, rotate: Act) -> Self {
        self.rotate_keys = Some(rotate);
        self
    }

    /// Lets time pass.
    #[must_use]
    pub fn with_wait(mut self, wait: Wait) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Counts the requests that leave the provider.
    #[must_use]
    pub fn with_requests(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.requests = Some(Arc::new(count));
        self
    }

    pub(super) fn request(&self) -> AuthorizeRequest {
        AuthorizeRequest::new(self.redirect_uri.clone())
    }

    /// A request that also asks for a refresh token, where there are such.
    pub(super) fn offline(&self) -> AuthorizeRequest {
        match self.sign_in.capabilities().refresh {
            true => self.request().offline(),
            false => self.request(),
        }
    }

    /// The browser's way there and back.
    pub(super) async fn back(
        &self,
        request: &AuthorizeRequest,
        decision: Decision,
    ) -> Result<(CallbackParams, AuthSession), Failure> {
        let started = self.sign_in.authorize(request).await?;
        let back = (self.browser)(started.url, decision).await?;
        Ok((CallbackParams::from_url(&back)?, started.session))
    }

    /// Tokens of the sandbox's user.
    pub(super) async fn tokens(&self) -> Result<TokenSet, Failure> {
        let (callback, session) = self.back(&self.offline(), Decision::Approve).await?;
        Ok(self.sign_in.exchange(&callback, session).await?)
    }

    pub(super) fn pass(&self, time: Duration) {
        if let Some(wait) = &self.wait {
            wait(time);
        }
    }

    pub(super) async fn decide(
        &self,
        device: &DeviceAuth,
        decision: Decision,
    ) -> Result<(), Failure> {
        match &self.device_user {
            Some(user) => Ok(user(device.clone(), decision).await?),
            None => Err(Failure::new("the harness has no user of devices")),
        }
    }
}

/// Whether an address is encrypted, or of a sandbox on the own machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let local = url
        .host_str()
        .is_some_and(|host| matches!(host, "127.0.0.1" | "[::1]" | "localhost"));
    url.scheme() == "https" || (url.scheme() == "http" && local)
}

pub(super) fn scopes(names: &[&str]) -> Result<Scopes, Failure> {
    let mut scopes = Scopes::none();
    for name in names {
        scopes.insert(Scope::new(*name)?);
    }
    Ok(scopes)
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness")
            .field("sign_in", &self.sign_in)
            .field("redirect_uri", &self.redirect_uri.as_str())
            .finish_non_exhaustive()
    }
}
