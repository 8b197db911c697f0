//! What a sign-in provider can do, as data.

use serde::Serialize;

use super::AuthorizeRequest;
use crate::error::{Error, Result};

/// What a sign-in provider can do. Everything starts as "no": a provider declares what works.
///
/// Authorization URLs, the exchange of a code and the user's profile are what every provider has;
/// the rest is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct AuthCapabilities {
    /// Binds the code to a secret of ours: PKCE with `S256` (RFC 7636).
    pub pkce: bool,
    /// Gives signed ID tokens that [`verify_id_token`](super::AuthProvider::verify_id_token)
    /// checks (OpenID Connect).
    pub id_token: bool,
    /// Names itself in every callback by `iss` (RFC 9207). Where declared, a callback without it
    /// is refused.
    pub callback_issuer: bool,
    /// Honours [`prompt`](super::AuthorizeRequest::prompt).
    pub prompt: bool,
    /// Honours [`login_hint`](super::AuthorizeRequest::login_hint).
    pub login_hint: bool,
    /// Honours [`max_age`](super::AuthorizeRequest::max_age) and says when the user signed in.
    pub max_age: bool,
    /// Gives refresh tokens on request, and renews tokens with them.
    pub refresh: bool,
    /// Replaces the refresh token at every use. Using an old one again is taken for theft.
    pub refresh_rotation: bool,
    /// Renews tokens with fewer scopes than were granted.
    pub refresh_scopes: bool,
    /// Ends tokens before their time (RFC 7009).
    pub revoke: bool,
    /// Tells whether a token is good (RFC 7662).
    pub introspect: bool,
    /// Signs in devices without a browser (RFC 8628).
    pub device: bool,
    /// Gives tokens to the application itself (RFC 6749, section 4.4).
    pub client_credentials: bool,
    /// Ends the user's session at the provider (OpenID Connect RP-Initiated Logout).
    pub logout: bool,
    /// Says which email addresses are proved to be the user's. Without it no address is verified.
    pub verified_email: bool,
    /// Says to which tenant (organisation) a user belongs.
    pub tenant: bool,
    /// Says in which groups a user is.
    pub groups: bool,
    /// Lists and finds users: [`directory`](super::AuthProvider::directory) is there.
    pub directory: bool,
}

impl AuthCapabilities {
    /// Authorization URLs, code exchange and profiles, and no more.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether everything that a sign-in asks for is there. The handle asks before it calls, and a
    /// driver that is called without a handle before it does anything: what a provider would leave
    /// out in silence is refused.
    ///
    /// # Errors
    /// `Unsupported`, naming what is not.
    pub fn check_request(&self, request: &AuthorizeRequest) -> Result<()> {
        let asked = [
            (self.prompt || request.prompt.is_empty(), "prompt"),
            (
                self.login_hint || request.login_hint.is_none(),
                "login_hint",
            ),
            (self.max_age || request.max_age.is_none(), "max_age"),
            (self.refresh || !request.offline, "offline"),
        ];
        match asked.iter().find(|(there, _)| !there) {
            None => Ok(()),
            Some((_, feature)) => Err(Error::unsupported(feature)),
        }
    }
}
