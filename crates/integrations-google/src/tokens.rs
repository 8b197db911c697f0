//! Tokens for an account whose owner consented.

use std::time::Duration;

use async_trait::async_trait;
use integrations_core::auth::{Scopes, TokenSet};
use integrations_core::http::Transport;
use integrations_core::oauth::{AccessTokens, ClientConfig, Endpoints, OAuthClient};
use integrations_core::{Error, ErrorKind, Result, SecretString};
use jiff::Timestamp;
use tokio::sync::Mutex;
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

/// Access tokens from a refresh token: one for all callers, asked for when there is none or it ends
/// within a minute, once for all who wait. Google's refresh tokens do not rotate, so that nothing has
/// to be stored; where connections are kept, core's `credential::TokenSource` is the better one.
#[derive(Debug)]
pub struct RefreshedTokens {
    client: OAuthClient,
    refresh_token: SecretString,
    kept: Mutex<Option<TokenSet>>,
}

impl RefreshedTokens {
    /// Tokens from a refresh token. Sends nothing.
    #[must_use]
    pub fn new(client: OAuthClient, refresh_token: SecretString) -> Self {
        Self {
            client,
            refresh_token,
            kept: Mutex::default(),
        }
    }
}

#[async_trait]
impl AccessTokens for RefreshedTokens {
    async fn access_token(&self) -> Result<SecretString> {
        let mut kept = self.kept.lock().await;
        if let Some(tokens) = &*kept
            && !tokens.expires_within(SKEW, Timestamp::now())
        {
            return Ok(tokens.access_token.clone());
        }
        let tokens = self
            .client
            .refresh(&self.refresh_token, &Scopes::none())
            .await?;
        let token = tokens.access_token.clone();
        *kept = Some(tokens);
        Ok(token)
    }
}
