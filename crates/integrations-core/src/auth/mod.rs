//! Sign-in: who somebody is, and tokens to act for them.
//!
//! An application holds a [`SignIn`]; a provider implements [`AuthProvider`]. The flow is OAuth
//! 2.0 with PKCE, and OpenID Connect where the provider has it:
//!
//! ```
//! use integrations_core::auth::{AuthSession, AuthorizeRequest, CallbackParams, SignIn};
//! use integrations_core::{ExposeSecret, SecretString};
//!
//! # async fn example(sign_in: SignIn, query: &str) -> integrations_core::Result<()> {
//! // First request: send the browser away, and keep the session for this browser alone.
//! let request = AuthorizeRequest::new("https://app.example/callback".parse().unwrap());
//! let started = sign_in.authorize(&request).await?;
//! let keep: SecretString = started.session.export();
//! // … redirect to started.url
//!
//! // Second request, on any machine: the browser is back with a query string.
//! let session = AuthSession::import(keep.expose_secret())?;
//! let callback = CallbackParams::from_query(query)?;
//! let who = sign_in.sign_in(&callback, session).await?;
//!
//! // Key your accounts by the subject; believe the address only where it is proved.
//! println!("{} {:?}", who.profile.subject, who.profile.verified_email());
//! # let _ = who.tokens; Ok(()) }
//! ```
//!
//! # What holds for every provider
//!
//! - State, nonce and PKCE (`S256`) are always there and always checked; there is no option to
//!   leave them out. The check of a callback is [`AuthSession::check_callback`], once for all
//!   providers, and it runs before a driver sees the code.
//! - A [session](AuthSession) is good for one exchange, for ten minutes, for one provider.
//! - An ID token is believed only after its signature, issuer, audience, expiry, nonce and
//!   `at_hash` were checked; unsigned tokens and shared-key signatures never are.
//! - A user is a [`SubjectKey`]. [`UserProfile::verified_email`] gives an address only where the
//!   provider says that it is proved; what it does not tell proves nothing.
//! - Renewing tokens never loses the refresh token: what the answer leaves out stays as it was.
//!   Where [`refresh_rotation`](AuthCapabilities::refresh_rotation) is declared, the old refresh
//!   token must not be used again: store the new set before you use it.
//! - Only a refresh says that the owner has to consent again
//!   ([`Error::needs_reconnect`](crate::Error::needs_reconnect)); a spent code does not.
//! - No token, code, state, nonce or verifier shows in `Debug` or in an error.

mod authorize;
mod callback;
#[cfg(all(test, feature = "testing"))]
mod canary_tests;
mod capabilities;
pub(crate) mod check;
mod claims;
mod device;
mod handle;
#[cfg(all(test, feature = "testing"))]
mod handle_tests;
#[cfg(feature = "oauth")]
mod id_token;
#[cfg(feature = "oauth")]
mod id_token_times;
mod issued;
#[cfg(feature = "oauth")]
mod jwk;
#[cfg(feature = "oauth")]
mod jwks;
#[cfg(feature = "testing")]
mod mock;
mod pending;
mod pkce;
mod profile;
mod quick;
mod revoke;
mod scope;
mod session;
mod signed_in;
#[cfg(feature = "oauth")]
pub(crate) mod strict_json;
#[cfg(feature = "oauth")]
mod tenants;
mod token;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

pub use authorize::{Authorization, AuthorizeRequest, LogoutRequest, Prompt};
pub use callback::CallbackParams;
pub use capabilities::AuthCapabilities;
pub use check::{
    check_redirect_uri, oauth_error, oauth_refresh_error, redirect_uri_is_registered, secrets_equal,
};
pub use claims::{IdClaims, IdTokenExpectations};
pub use device::{DeviceAuth, DevicePoll};
pub use handle::SignIn;
#[cfg(feature = "oauth")]
pub use id_token::IdTokenVerifier;
pub use issued::IssuedTokens;
#[cfg(feature = "oauth")]
pub use jwks::{Jwks, SigningAlgorithm};
#[cfg(feature = "testing")]
pub use mock::{MockAuthProvider, MockUserDirectory};
pub use pending::{MemoryPending, PendingStore};
pub use pkce::PkceVerifier;
#[cfg(feature = "oauth")]
pub use pkce::{pkce_challenge, random_token};
pub use profile::{DirectoryUser, ProfileEmail, SubjectKey, UserId, UserProfile, UserQuery};
pub use revoke::RevokeFailures;
pub use scope::{Scope, Scopes};
pub use session::{AuthSession, CallbackCheck};
pub use signed_in::SignedIn;
#[cfg(feature = "oauth")]
pub use tenants::AllowedTenants;
pub use token::{Introspection, TokenKind, TokenRef, TokenSet};

use crate::error::Result;
use crate::integration::{Integration, unsupported};
use crate::page::{Page, PageRequest};

/// What a sign-in provider implements. Applications hold a [`SignIn`] over it.
///
/// Three methods and the capabilities are required. What [`capabilities`](Self::capabilities)
/// declares must work; what it does not declare must answer `Unsupported` before any byte is sent.
/// [`SignIn`] checks both before it calls, and has checked the callback (state, issuer, age,
/// errors) before [`exchange`](Self::exchange), so a driver may rely on it.
#[async_trait]
pub trait AuthProvider: Integration {
    /// What this provider can do, as data.
    fn capabilities(&self) -> &AuthCapabilities;

    /// The redirect URI that is configured, where there is one: what
    /// [`SignIn::authorization_url`] asks for.
    fn redirect_uri(&self) -> Option<Url> {
        None
    }

    /// Starts a sign-in: the URL for the browser, and the session behind it.
    /// With the feature `oauth`, `AuthSession::start` and `Authorization::standard` do nearly all
    /// of it. The URL carries the session's state, its PKCE challenge where PKCE is declared, its
    /// nonce where ID tokens are, and never the verifier.
    ///
    /// # Errors
    /// `InvalidInput` for a redirect URI or parameter that the provider would refuse.
    async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization>;

    /// Exchanges the code of a checked callback for tokens. The ID token is returned as it came;
    /// the handle has it verified.
    ///
    /// # Errors
    /// `Unauthenticated` for a code that is used, expired, or not of this session.
    async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet>;

    /// Who the tokens' user is, from the provider's own API. The ID token in `tokens` has not
    /// necessarily been verified.
    ///
    /// # Errors
    /// `Unauthenticated` for a token that is expired or revoked.
    async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile>;

    /// Checks an ID token of this provider for this application and gives its claims.
    ///
    /// # Errors
    /// `Untrusted` for whatever is not exactly as it should be; `code` says what.
    async fn verify_id_token(
        &self,
        token: &SecretString,
        expected: &IdTokenExpectations,
    ) -> Result<IdClaims> {
        let _ = (token, expected);
        Err(unsupported(self, "verify_id_token"))
    }

    /// Renews tokens, for `scopes`, or for all that was granted when there is none. An answer may
    /// leave out what did not change: the handle keeps the old.
    ///
    /// # Errors
    /// `Unauthenticated` for a refresh token that is used, expired or revoked: an OAuth code becomes
    /// one by [`oauth_refresh_error`], which marks that the owner has to consent again.
    async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet> {
        let _ = (token, scopes);
        Err(unsupported(self, "refresh"))
    }

    /// Ends a token. Ending a refresh token ends what it renewed; a token that is unknown or ended
    /// already is a success (RFC 7009, section 2.2).
    ///
    /// # Errors
    /// What the provider answers.
    async fn revoke(&self, token: &TokenRef) -> Result<()> {
        let _ = token;
        Err(unsupported(self, "revoke"))
    }

    /// What the provider knows of a token. An unknown one is not an error, but not active.
    ///
    /// # Errors
    /// What the provider answers.
    async fn introspect(&self, token: &TokenRef) -> Result<Introspection> {
        let _ = token;
        Err(unsupported(self, "introspect"))
    }

    /// Tokens for the application itself.
    ///
    /// # Errors
    /// `InvalidInput` for a scope that the application may not have.
    async fn client_credentials(&self, scopes: &Scopes) -> Result<TokenSet> {
        let _ = scopes;
        Err(unsupported(self, "client_credentials"))
    }

    /// Starts a sign-in on a device without a browser.
    ///
    /// # Errors
    /// What the provider answers.
    async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        let _ = scopes;
        Err(unsupported(self, "device_start"))
    }

    /// Asks once what became of a device's sign-in. What the user decides is in the answer.
    ///
    /// # Errors
    /// `Unauthenticated` for a device code that the provider does not know.
    async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        let _ = device;
        Err(unsupported(self, "device_poll"))
    }

    /// Where to send the browser to end the user's session at the provider. No I/O.
    ///
    /// # Errors
    /// `InvalidInput` for an address that is not registered.
    fn logout_url(&self, request: &LogoutRequest) -> Result<Url> {
        let _ = request;
        Err(unsupported(self, "logout_url"))
    }

    /// The directory of users, where the provider has one and declares it.
    fn directory(&self) -> Option<&dyn UserDirectory> {
        None
    }
}

/// The users of an organisation. Hangs off [`AuthProvider::directory`]; calls are made with the
/// application's own rights.
#[async_trait]
pub trait UserDirectory: Send + Sync {
    /// One page of users, in an order that stays the same.
    ///
    /// # Errors
    /// `PermissionDenied` where the application may not read the directory.
    async fn list_users(
        &self,
        query: &UserQuery,
        page: &PageRequest,
    ) -> Result<Page<DirectoryUser>>;

    /// One user.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_user(&self, id: &UserId) -> Result<DirectoryUser>;
}
