//! Sign in with GitHub, behind the sign-in trait: OAuth apps and GitHub Apps, on github.com and on
//! GitHub Enterprise Server.
//!
//! ```no_run
//! use integrations_core::auth::{AuthorizeRequest, SignIn};
//! use integrations_github::{GitHub, GitHubConfig};
//!
//! # async fn example() -> integrations_core::Result<()> {
//! let config = GitHubConfig::new("Iv1.0123456789abcdef").with_secret("…");
//! let sign_in = SignIn::new(GitHub::new(config)?);
//!
//! let request = AuthorizeRequest::new("https://app.example/callback".parse().unwrap());
//! let started = sign_in.authorize(&request).await?;
//! # Ok(()) }
//! ```
//!
//! # What is GitHub's own
//!
//! - There are **no ID tokens**: who signed in is asked for with the token. The subject is the
//!   account's number, because a login can be given up and taken by another.
//! - The scopes of a sign-in are `read:user` and `user:email` here; `openid`, `profile` and `email`
//!   are translated.
//! - An **address is proved** when it is the primary one and verified in `/user/emails`. `/user`
//!   shows an address that the user chose to show, or none.
//! - The tokens of **GitHub Apps** end after eight hours where the app has that switched on
//!   ([`expiring_tokens`](GitHubConfig::expiring_tokens)); their refresh tokens rotate, and end
//!   after six months. Those of OAuth apps do not end, and have no refresh token.
//! - **Errors come with status 200**; they are errors here.
//! - Only **access tokens** are ended and looked up; by the application, with its secret.
//! - Organisations are the profile's groups, where `read:org` was granted. The **members** of one
//!   are the directory: [`GitHub::with_organisation`].

mod config;
mod operations;
mod organisation;
mod profile;
mod provider;

pub use config::{GitHubConfig, factory};
pub use organisation::Organisation;
pub use provider::GitHub;
