//! Sign in with Google, behind the sign-in trait.
//!
//! ```no_run
//! use integrations_core::auth::{AuthorizeRequest, SignIn};
//! use integrations_google_oauth::{GoogleOAuth, GoogleOAuthConfig};
//!
//! # async fn example() -> integrations_core::Result<()> {
//! let config = GoogleOAuthConfig::new("1234.apps.googleusercontent.com").with_secret("GOCSPX-...");
//! let sign_in = SignIn::new(GoogleOAuth::new(config)?);
//!
//! // `offline` asks for a refresh token in Google's way.
//! let request = AuthorizeRequest::new("https://app.example/callback".parse().unwrap()).offline();
//! let started = sign_in.authorize(&request).await?;
//! # Ok(()) }
//! ```
//!
//! # What is Google's own
//!
//! - A **refresh token** comes with `access_type=offline`, and again only with `prompt=consent`:
//!   [`offline`](integrations_core::auth::AuthorizeRequest::offline) sends both. It does not rotate;
//!   an answer to a refresh leaves it out, and the old one is kept.
//! - Scopes add up: `include_granted_scopes` is sent, so that one more scope later does not take
//!   the others away.
//! - An **address is proved** only where Google is the authority for it: `@gmail.com`, or of a
//!   Workspace (`hd`) with `email_verified`. Any other address was proved once, and may be another's
//!   by now: it is given and not verified.
//! - With [`hosted_domain`](GoogleOAuthConfig::hosted_domain) only accounts of that Workspace sign
//!   in: `hd` in the address is a hint that the user can change, so the claim is checked.
//! - The **directory** (Admin SDK) needs a token with
//!   `admin.directory.user.readonly`: [`GoogleOAuth::with_directory`].

mod config;
mod directory;
mod operations;
mod profile;
mod provider;

pub use config::{GoogleOAuthConfig, factory};
pub use directory::GoogleDirectory;
pub use provider::GoogleOAuth;
