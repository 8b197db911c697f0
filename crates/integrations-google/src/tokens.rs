//! Tokens for an account whose owner consented.

use std::time::Duration;

use integrations_core::http::Transport;
use integrations_core::oauth::{ClientConfig, Endpoints, OAuthClient};
use integrations_core::{Error, ErrorKind, Result};
use url::Url;

/// How long before its end a token is replaced: longer than a request takes.
pub(crate) const SKEW: Duration = Duration::from_secs(60);

/// Google's OAuth client, for consent to an API's scopes and for refreshing
/// (<https://developers.google.com/identity/protocols/oauth2/web-server>). Ask for consent with the
/// parameters `access_type=offline` and `prompt=consent`, or there is no refresh token.
///
/// # Errors
/// `Config` for an empty client id.
pub fn oauth_client(
    name: impl Into<String>,
    config: ClientConfig,
    transport: impl Transport + 'static,
) -> Result<OAuthClient> {
    let url = |text: &str| Url::parse(text).map_err(|_| Error::new(ErrorKind::Internal, "no URL"));
    let endpoints = Endpoints::new(
        url("https://accounts.google.com/o/oauth2/v2/auth")?,
        url("https://oauth2.googleapis.com/token")?,
    )
    .with_revocation(url("https://oauth2.googleapis.com/revoke")?);
    let client = OAuthClient::new(name, config, endpoints, transport)?;
    // Google's refresh tokens do not rotate.
    Ok(client.with_static_refresh_tokens())
}
