//! Sign in with Microsoft Entra ID (Azure AD), behind the sign-in trait.
//!
//! ```no_run
//! use integrations_azure_ad::{AzureAd, AzureAdConfig};
//! use integrations_core::auth::{AuthorizeRequest, SignIn};
//!
//! # async fn example() -> integrations_core::Result<()> {
//! // A tenant's id, or `organizations` / `common` / `consumers`.
//! let config = AzureAdConfig::new("organizations", "6731de76-14a6-49ae-97bc-6eba6914391e")
//!     .with_secret("…")
//!     .with_allowed_tenant("72f988bf-86f1-41af-91ab-2d7cd011db47");
//! let sign_in = SignIn::new(AzureAd::new(config)?);
//!
//! let request = AuthorizeRequest::new("https://app.example/callback".parse().unwrap());
//! let started = sign_in.authorize(&request).await?;
//! # Ok(()) }
//! ```
//!
//! # What is Entra's own
//!
//! - A user's **subject** is the object id in a tenant (`oid` and `tid`): `sub` differs from
//!   application to application, and an address can be given to another.
//! - An **address is never proved** by the claim `email`, which an administrator of any tenant can
//!   set to anything (the "nOAuth" attack); only by `xms_edov`, where the application has that
//!   claim.
//! - With `common` and `organizations` each tenant has its **own issuer**: the token's must be that
//!   of its own verified `tid`. [`allowed_tenants`](AzureAdConfig::allowed_tenants) says which
//!   tenants may sign in; without it every tenant of Entra can.
//! - **Groups** are in the token where the application asks for them; of users in more than 200
//!   the token says only that there are more (`_claim_names`): the groups are then not told, until
//!   [`fetch_groups`](AzureAdConfig::fetch_groups) has them asked for at Graph.
//! - **Refresh tokens** are replaced at every use, and the old one stays good until its time: a
//!   refresh whose answer was lost is sent again.
//! - Tokens cannot be ended (RFC 7009 is not offered): [`AzureAd::revoke_sign_in_sessions`] ends
//!   all of a user's sessions at Graph, with a permission for it.
//! - [`AzureAd::admin_consent_url`] is where an administrator consents for all users.

mod config;
mod directory;
mod operations;
mod profile;
mod provider;

pub use config::{AzureAdConfig, factory};
pub use provider::AzureAd;
