//! Any OpenID Connect provider behind the sign-in trait: Keycloak, Auth0, Okta, Authentik, your own.
//!
//! ```no_run
//! use integrations_core::auth::{AuthorizeRequest, SignIn};
//! use integrations_oidc::{Oidc, OidcConfig};
//!
//! # async fn example() -> integrations_core::Result<()> {
//! let config = OidcConfig::new("https://id.example.com", "my-client").with_secret("my-secret");
//! let sign_in = SignIn::new(Oidc::new(config)?);
//!
//! let request = AuthorizeRequest::new("https://app.example/callback".parse().unwrap());
//! let started = sign_in.authorize(&request).await?;
//! // Send the browser to `started.url`, and keep `started.session` for its return.
//! # Ok(()) }
//! ```
//!
//! Everything about the provider is in its metadata, which are asked for when something is first
//! needed, and only believed when they name the issuer that was configured. What it can do is known
//! after [`connect`](integrations_core::Integration::connect); before, only what every OpenID
//! Connect provider can. Vendors with ways of their own (Google, Entra, GitHub) have crates of
//! their own.

mod config;
mod provider;

pub use config::{OidcConfig, factory};
pub use provider::Oidc;
